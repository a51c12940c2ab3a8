"""The phrase bank: one SOP as data. Everything that differs from company to company is here, nothing of it in code.

A bank has *targets* (steps, replies, exemptions, violations, anchors); each target has a *wording*. Ids are machine
keys, words are those of the bank's language.
"""

from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from analyzer.models.bank_settings import (
    AssignmentSettings,
    ConfidenceModel,
    Hallucination,
    MatchSettings,
    RecognitionLimits,
    SecondPassSettings,
)
from analyzer.models.base import CallerRole, Frozen, Probability
from analyzer.models.recording import System
from analyzer.models.wording import DisplayName, Id, Percent, Wording

RENAMED_KEYS = {
    "nowhere": "absent_in_sentence",
    "not_before": "not_preceded_by",
    "reach": "preceding_window",
    "opens": "sentence_initial",
    "telling": "implies_question",
    "proves": "proves_question",
    "telling_words": "implies_question_within",
    "invention": "hallucination",
}
"""Former key of a bank -> the key that took its place; stored banks still have the former ones."""


class Due(Frozen):
    """When a step is due. Every condition given must hold."""

    unless_exempt: bool = Field(True, description="not due in calls with an exemption")
    unless_roles: tuple[CallerRole, ...] = Field((), description="caller roles for which it is not applicable")
    after_said: Id | None = Field(None, description="due only when this step was said")


class AfterAnswerRule(Frozen):
    """A step that must follow the customer's answer to another step (SOP clause 3: thanks for the e-mail)."""

    step: Id = Field(description="the step that asks")
    seconds: float = Field(gt=0, description="after the end of the answer")
    reason: str = Field(description="why so many seconds")


class ClosingRule(Frozen):
    """A step that belongs to the end of the call."""

    words_after: int = Field(ge=0, description="agent's words that may still follow")
    anchor: Id = Field(description="anchor whose wording marks the closing wherever it stands")
    opened_by: Id | None = Field(None, description="anchor that begins the closing part of a call")
    reason: str = Field(description="why so many words")


class Placement(Frozen):
    """Where in the call a step belongs."""

    after: tuple[Id, ...] = Field((), description="steps that must come before it, else it is out of order")
    after_anchor: Id | None = Field(None, description="anchor that must come before it, when it was heard at all")
    answers: AfterAnswerRule | None = Field(None, description="it follows the customer's answer to another step")
    closing: ClosingRule | None = Field(None, description="it belongs to the end of the call")
    never_as: tuple[Id, ...] = Field((), description="anchors; an occurrence that is part of one does not count")


class Step(Frozen):
    """One required utterance."""

    id: Id = Field(description="its key in results")
    clause: str = Field(description="clause of the SOP")
    label: DisplayName = Field(description="its name in reports")
    weight: float = Field(1, gt=0, description="its share in the score")
    due: Due = Field(Due(), description="when the SOP asks for it")
    place: Placement = Field(Placement(), description="where in the call it belongs; anywhere without it")
    short: bool = Field(False, description="too short to count without proof of speech in the audio")
    wording: Wording = Field(description="how it sounds")


class Anchor(Frozen):
    """Something the agent says that is no step but marks a part of the call, or resembles a step."""

    id: Id = Field(description="how steps name it")
    agent_weight: float = Field(1, ge=0, description="how strongly it shows that the speaker is the agent")
    wording: Wording = Field(description="how it sounds")


class ReplyValue(Frozen):
    """One way to answer; several may give the same value."""

    id: Id = Field(description="how `answers` of `roles` names it")
    value: str = Field(description="what it means, in results")
    implies_question: bool = Field(
        False, description="who begins with it was perhaps asked, though the question was not recognised"
    )
    proves_question: bool = Field(
        False, description="nobody says it unasked: it proves a question that was not recognised clearly"
    )
    wording: Wording = Field(description="how it sounds")


class ReplySpec(Frozen):
    """The customer's answer to a step. Values are tried in the order given."""

    step: Id = Field(description="the step that asks")
    seconds: float = Field(25, gt=0, description="how long after the question an answer counts")
    span_words: int = Field(6, ge=0, description="words after the first answering word in which the order counts")
    volunteered: bool = Field(False, description="may also have been said before the question")
    volunteered_from: Percent = Field(90, description="similarity from which it counts then: nobody had asked")
    implies_question_within: int = Field(
        5, ge=1, description="words of a turn in which a value with `implies_question` must begin"
    )
    about: tuple[Id, ...] = Field((), description="groups that show which of several questions a sentence answers")
    values: tuple[ReplyValue, ...] = Field(description="ways to answer, tried in this order")


class RoleReplySpec(ReplySpec):
    """Caller role, SOP clause 2."""

    on_yes: dict[CallerRole, tuple[Id, ...]] = Field(
        default_factory=dict, description="role -> groups: a bare yes means that role when only its words were asked"
    )
    yes: tuple[Id, ...] = Field((), description="groups of words that say yes")


class EmailReplySpec(ReplySpec):
    """E-mail reply and how addresses are spoken, SOP clauses 3 and 7."""

    domains: Id = Field(description="group of mail providers' names")
    stop: Id = Field(description="group of words that are never part of an address")


class CallbackReplySpec(ReplySpec):
    """Callback reply and how numbers are spoken, SOP clause 4."""

    region: str = Field(pattern=r"^[A-Z]{2}$", description="for numbers without country code")
    least_digits: int = Field(6, ge=1, description="digits heard from which the answer is another number")
    whole_digits: int = Field(9, ge=1, description="the same after a yes, when no number can be read")


class ReplySpecs(Frozen):
    """What the customer's answers decide; absent in an SOP that does not ask."""

    caller_role: RoleReplySpec | None = Field(None, description="who the caller is")
    email_reply: EmailReplySpec | None = Field(None, description="whether an e-mail address was given")
    callback_reply: CallbackReplySpec | None = Field(None, description="whether the number may be called back")

    @property
    def all(self) -> tuple[ReplySpec, ...]:
        """Those that the SOP has."""
        return tuple(reply for reply in (self.caller_role, self.email_reply, self.callback_reply) if reply)


class ExemptionRule(Frozen):
    """A kind of call in which most steps are not due (SOP clause 1)."""

    id: Id = Field(description="how `answers` of `roles` names it")
    kind: Literal["urgent", "angry"] = Field(description="what it shows, in results")
    strength: Literal["strong", "weak"] = Field(description="weak proof sends the call to review, never exempts")
    clause: str = Field(description="clause of the SOP")
    wording: Wording = Field(description="how it sounds")


class ViolationRule(Frozen):
    """Something the agent must not say."""

    id: Id = Field(description="its key in results")
    clause: str = Field(description="clause of the SOP")
    label: DisplayName = Field(description="its name in reports")
    wording: Wording = Field(description="how it sounds")


class Cue(Frozen):
    """A word group that shows who speaks when channels are mixed."""

    group: Id = Field(description="group of such words")
    weight: float = Field(description="positive: agent, negative: customer (log odds)")
    adapts: bool = Field(False, description="a form of address: each call shows which side uses it")


class SpeakerRoles(Frozen):
    """How agent and customer are distinguished on a mono recording."""

    cues: tuple[Cue, ...] = Field((), description="word groups that show who speaks")
    answers: tuple[Id, ...] = Field((), description="targets that only a customer says")
    change: float = Field(0.7, gt=0, lt=1, description="probability that the speaker changes from turn to turn")
    change_inside: float = Field(
        0.1, gt=0, lt=1, description="the same inside a segment: the recogniser cuts at most changes itself"
    )
    first_is_agent: float = Field(
        0.8, gt=0, lt=1, description="probability that the agent speaks first; an IVR or a cut start may come first"
    )
    agent_from: Probability = Field(0.5, description="probability from which an utterance is the agent's")
    cue_similarity: Probability = Field(0.8, description="similarity from which a cue's word counts")
    cue_share: float = Field(
        0.25, ge=0, description="of a cue's weight that counts in a channel's likeness to the agent"
    )
    target_odds: float = Field(
        1.5, ge=0, description="log odds that a step or answer gives its speaker: customers do repeat agents' words"
    )
    prior_uses: float = Field(2.0, ge=0, description="uses of a cue in a call that count as much as the bank's weight")
    reason: str = Field("", description="where the numbers come from")


Target = Step | Anchor | ExemptionRule | ViolationRule | ReplyValue
"""anything of the bank that is looked for in speech"""


class PhraseBank(Frozen):
    """A whole SOP."""

    id: Id = Field(description="named in every report")
    version: str = Field(description="raise it when you change something: every report names it")
    title: str = Field(description="the SOP's name, shown in reports")
    sha256: str = Field(description="over all files of the bank, in order of their names")
    language: str = Field(description="ISO code of the speech; names the language data")
    languages: tuple[str, ...] = Field(description="codes that a transcript may carry")
    pass_mark: Percent = Field(description="score from which a call passes")
    out_of_order_credit: float = Field(ge=0, le=1, description="share of a step's weight when it was said too early")
    match: MatchSettings = Field(description="costs of matching, and how a stream is cut into turns")
    roles: SpeakerRoles = Field(description="how agent and customer are distinguished on a mono recording")
    groups: dict[Id, tuple[str, ...]] = Field(description="word groups; an entry may have several words")
    steps: tuple[Step, ...] = Field(min_length=1, description="required utterances, in the order of the SOP")
    anchors: tuple[Anchor, ...] = Field((), description="what the agent says that is no step but marks a place")
    greeting: Id | None = Field(None, description="anchor that opens the call; thanks in it never count")
    replies: ReplySpecs = Field(ReplySpecs(), description="what the customer's answers decide")
    exemptions: tuple[ExemptionRule, ...] = Field((), description="what customers say that makes steps not due")
    violations: tuple[ViolationRule, ...] = Field((), description="what the agent must not say")
    assignment: AssignmentSettings = Field(
        AssignmentSettings(), description="which of several occurrences serves which step"
    )
    hallucination: Hallucination | None = Field(
        None, description="words that recognisers write over silence; None: they are not looked for"
    )
    hearing: RecognitionLimits = Field(RecognitionLimits(), description="when a stretch of text proves nothing")
    confidence: ConfidenceModel = Field(ConfidenceModel(), description="how sure findings are")
    second_look: SecondPassSettings | None = Field(None, description="None: no second pass")
    hole_slack: float = Field(
        2.0, ge=0, description="seconds by which word times may be off, around holes and doubtful words"
    )
    record_fields: dict[System, dict[Literal["email", "phone"], str]] = Field(
        default_factory=dict, description="names of the fields in each application, clause 1 a-c"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "PhraseBank":
        problems = [*self._unknown_groups(), *self._unknown_ids()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def targets(self) -> dict[str, Wording]:
        """Every wording by the id of its target, in bank order."""
        return self._wordings

    def entries(self) -> tuple[str, ...]:
        """Every entry of every word group, each once, sorted."""
        return self._entries

    @cached_property
    def _entries(self) -> tuple[str, ...]:
        return tuple(sorted({entry for group in self.groups.values() for entry in group}))

    @cached_property
    def _wordings(self) -> dict[str, Wording]:
        return {item.id: item.wording for item in self._all_targets()}

    def _all_targets(self) -> tuple[Target, ...]:
        return (*self.steps, *self.anchors, *self.exemptions, *self.violations, *self.reply_values())

    def reply_values(self) -> tuple[ReplyValue, ...]:
        """All values of all replies."""
        return tuple(value for reply in self.replies.all for value in reply.values)

    def step(self, step_id: str) -> Step:
        """The step with this id."""
        return next(step for step in self.steps if step.id == step_id)

    def _unknown_groups(self) -> list[str]:
        named: set[str] = {self.match.fillers, self.match.light, *(cue.group for cue in self.roles.cues)}
        named |= {self.match.plain} if self.match.plain else set()
        named.update(group for reply in self.replies.all for group in reply.about)
        for wording in self.targets().values():
            named.update(wording.groups)
        return [f"no word group '{group}'" for group in sorted(named - set(self.groups))]

    def _unknown_ids(self) -> list[str]:
        ids = [item.id for item in self._all_targets()]
        problems = [f"id '{name}' is used twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
        steps, anchors = {step.id for step in self.steps}, {anchor.id for anchor in self.anchors}
        for step in self.steps:
            place = step.place
            needed = {*place.after, *([place.answers.step] if place.answers else ())}
            needed |= {step.due.after_said} if step.due.after_said else set()
            problems += [f"{step.id}: no step '{name}'" for name in sorted(needed - steps)]
            marks = {*place.never_as, *([place.after_anchor] if place.after_anchor else ())}
            if place.closing:
                marks |= {place.closing.anchor, *([place.closing.opened_by] if place.closing.opened_by else ())}
            problems += [f"{step.id}: no anchor '{name}'" for name in sorted(marks - anchors)]
        problems += [f"order cycle at '{name}'" for name in _cycles({s.id: s.place.after for s in self.steps})]
        return problems


def _cycles(after: dict[str, tuple[str, ...]]) -> list[str]:
    """Steps that must come before themselves."""
    cyclic = []
    for start, before in after.items():
        seen: set[str] = set()
        todo = list(before)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += after.get(name, ())
        if start in seen:
            cyclic.append(start)
    return cyclic
