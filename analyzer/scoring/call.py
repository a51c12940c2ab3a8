"""One call as the scoring rules see it: candidates and turns, by whom, in order of time."""

from functools import cached_property

from analyzer.language.normalise import normal_words
from analyzer.models.bank import PhraseBank, Step
from analyzer.models.base import Channel, Span
from analyzer.models.finding import Candidate, Evidence, Turn
from analyzer.models.transcript import Transcript

SURE_SPEAKER = 0.75  # on mono: below it the words may be the other side's, so a person should look
TIME_SLACK = 0.5  # seconds; word times are rarely better than this, and people begin to answer before a question ends


class JudgedCall:
    """A transcript and its evidence, with the look-ups that several rules need."""

    def __init__(self, transcript: Transcript, evidence: Evidence, bank: PhraseBank) -> None:
        self.transcript = transcript
        self.bank = bank
        self.turns = evidence.turns
        self._wording = bank.targets()
        self._by_target: dict[str, list[Candidate]] = {}
        self._traces: dict[str, list[Candidate]] = {}
        for candidate in evidence.candidates:
            counts = candidate.similarity >= self._wording[candidate.target].doubt
            by_target = self._by_target if counts else self._traces
            by_target.setdefault(candidate.target, []).append(candidate)

    def candidates(self, target: str) -> list[Candidate]:
        """All candidates of a target, doubtful ones too, by start."""
        return self._by_target.get(target, [])

    def traces(self, target: str, turn: Turn) -> list[Candidate]:
        """Candidates of a target in a turn that are too weak to count by themselves."""
        return [c for c in self._traces.get(target, ()) if turn.start <= c.start and c.end <= turn.end]

    def accepted(self, target: str) -> list[Candidate]:
        """All candidates of a target that `is_accepted`, by start."""
        return [candidate for candidate in self.candidates(target) if self.is_accepted(candidate)]

    def is_accepted(self, candidate: Candidate) -> bool:
        """True at or above the target's accept threshold: similarity alone proves that it was said."""
        return candidate.similarity >= self._wording[candidate.target].accept

    @cached_property
    def customer_turns(self) -> tuple[Turn, ...]:
        """The customer's turns."""
        return tuple(turn for turn in self.turns if turn.channel == "customer")

    @cached_property
    def agent_turns(self) -> tuple[Turn, ...]:
        """The agent's turns."""
        return tuple(turn for turn in self.turns if turn.channel == "agent")

    @cached_property
    def hearing(self) -> float | None:
        """Mean probability of the agent's words; None when the recogniser gave none."""
        known = [
            word.probability
            for segment in self.transcript.segments
            if segment.speaker != "customer"
            for word in segment.words or ()
            if word.probability is not None
        ]
        return round(sum(known) / len(known), 3) if known else None

    @cached_property
    def agent_certainty(self) -> float:
        """Mean probability that the agent's turns are the agent's; 1 when channels were recorded apart."""
        turns = self.agent_turns
        return round(sum(turn.certainty for turn in turns) / len(turns), 3) if turns else 1.0

    @cached_property
    def agent_words(self) -> int:
        """Number of words the agent said in the call."""
        return sum(len(turn.words) for turn in self.agent_turns)

    @cached_property
    def landmarks(self) -> list[Candidate]:
        """Steps and anchors surely said that move the call on to another subject, by start."""
        names = [step.id for step in self.bank.steps if not step.short]
        names += {step.place.after_anchor for step in self.bank.steps if step.place.after_anchor}
        return sorted((c for name in names for c in self.accepted(name)), key=lambda c: c.start)

    def next_agent_move(self, question: Candidate) -> float:
        """Second at which the agent goes on to another step or anchor; infinity when never.

        Questions of the same turn do not count: all of them are answered after it.
        """
        spoken = max(question.end - TIME_SLACK, self._turn_of(question).end)
        for landmark in self.landmarks:
            if landmark.start > spoken and landmark.target != question.target:
                return landmark.start
        return float("inf")

    def same_turn(self, first: Candidate, second: Candidate) -> bool:
        """True when the agent said both in one turn."""
        turn = self._turn_of(first)
        return turn.start <= second.start <= turn.end

    def _turn_of(self, candidate: Candidate) -> Span:
        """The agent's turn in which something was said."""
        for turn in self.agent_turns:
            if turn.start <= candidate.start <= turn.end:
                return Span(start=turn.start, end=turn.end)
        return Span(start=candidate.start, end=candidate.end)

    def answer_turns(self, question: Candidate, seconds: float) -> list[Turn]:
        """The customer's turns that may answer a question: until the agent's next step, or `seconds` later."""
        limit = min(question.end + seconds, self.next_agent_move(question))
        return [turn for turn in self.customer_turns if _may_answer(turn, question) and turn.start < limit]

    def within(self, target: str, turn: Turn) -> list[Candidate]:
        """Candidates of a target inside a turn."""
        return [c for c in self.candidates(target) if turn.start <= c.start and c.end <= turn.end]

    def mentions(self, group: str, start: float, end: float, channel: Channel) -> bool:
        """True when a speaker said a word of a group between `start` and `end`."""
        words = [
            word
            for turn in self.turns
            if turn.channel == channel and turn.end >= start and turn.start <= end
            for spoken in turn.words
            if start - 0.01 <= spoken.start and spoken.end <= end + 0.01
            for word in spoken.normal
        ]
        text = f" {' '.join(words)} "
        return any(f" {entry} " in text for entry in self._entries(group))

    def _entries(self, group: str) -> tuple[str, ...]:
        return tuple(" ".join(normal_words(entry, self.bank.language)) for entry in self.bank.groups[group])

    def step(self, step_id: str) -> Step:
        """The bank's step of this id."""
        return self.bank.step(step_id)


def _may_answer(turn: Turn, question: Candidate) -> bool:
    return turn.end > question.end and question.start < turn.start + TIME_SLACK
