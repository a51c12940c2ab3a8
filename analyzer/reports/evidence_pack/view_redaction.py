"""A call's view without personal values: in its words, in the report, and as stretches of sound to be silent.

When a value is known to have been said but its words are not found, everything said where it must have been is masked,
and the pack says so; when not even that place is known, nothing is handed on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.entities.redaction import MASK, Finder
from analyzer.errors import UsageError
from analyzer.models.base import Span
from analyzer.models.report import Report
from analyzer.reports.call_view import CallView, Lane, ShownStep
from analyzer.reports.evidence_pack.report_redaction import Hider
from analyzer.reports.evidence_pack.silenced_spans import Place, silent, values, within
from analyzer.reports.reasons import told
from analyzer.reports.safe_text import clock
from analyzer.reports.turns import ShownTurn, ShownWord
from analyzer.reports.words import WORDS, Both, Labels

_ANSWER = 70.0  # seconds after a question in which its answer is dictated and read back
_LEAST_WORDS = 6  # of a telephone number dictated digit by digit
_LONG = 6  # digits in one word from which it is a number by itself
_ASKED = (("email", "email_request"), ("phone", "callback_question"))


@dataclass(frozen=True)
class Masked:
    """What is handed on, what must not be heard of it, and what is to be said about that."""

    view: CallView
    silenced: tuple[Span, ...] = ()
    notes: tuple[Both, ...] = ()


def masked(view: CallView, finder: Finder, labels: Labels) -> Masked:
    """The view without personal values. Raises UsageError when one was said and no place for it can be found."""
    places = values(view.turns, finder)
    wider: dict[str, Span] = {}
    for key, step in _ASKED:
        if _was_said(view.report, key) and not _has(view, places, key, step):
            wider[key] = _answer(view, key, step)
    places.update(within(view.turns, list(wider.values())))
    silenced = silent(view, places, list(wider.values()))
    hider = Hider(finder)
    shown = view.model_copy(
        update={
            "report": hider.report(view.report),
            "turns": tuple(_without(turn, at, places) for at, turn in enumerate(view.turns)),
            "steps": tuple(_step(step, hider, labels) for step in view.steps),
            "lanes": tuple(_flat(lane, silenced, view.seconds) for lane in view.lanes),
            "causes": tuple((hider.name(indonesian), hider.name(english)) for indonesian, english in view.causes),
        }
    )
    return Masked(shown, silenced, tuple(_notes(wider, silenced)))


def _was_said(report: Report, key: str) -> bool:
    """Whether the customer is known to have said a value of this kind, understood or not."""
    if key == "email":
        return report.captured.email is not None or report.email_reply == "given"
    return report.captured.phone is not None or report.callback_reply == "other_number"


def _has(view: CallView, places: Iterable[Place], key: str, step: str) -> bool:
    """Whether masked words of the other side than the agent, after the question, may be the value."""
    asked = _finding_end(view, step)
    own = [
        view.turns[at].words[index]
        for at, index in places
        if view.turns[at].channel != "agent" and (asked is None or view.turns[at].end >= asked)
    ]
    return bool(own) and (key == "email" or len(own) >= _LEAST_WORDS or any(map(_long, own)))


def _long(word: ShownWord) -> bool:
    return sum(letter.isdigit() for letter in word.text) >= _LONG


def _finding_end(view: CallView, step: str) -> float | None:
    return next((one.finding.end for one in view.steps if one.finding.id == step), None)


def _answer(view: CallView, key: str, step: str) -> Span:
    """The stretch in which a value must have been said."""
    asked = _finding_end(view, step)
    if asked is None:
        name = "e-mail address" if key == "email" else "telephone number"
        raise UsageError(
            f"{view.report.call_id}: the customer said an {name}, but where cannot be found, so it cannot be masked. "
            "Listen to the call, and give --unmasked if it may be handed on as it is."
        )
    return Span(start=min(asked, view.seconds), end=min(view.seconds, asked + _ANSWER))


def _notes(wider: dict[str, Span], silenced: Sequence[Span]) -> Iterator[Both]:
    yield WORDS["pack.masked"]
    yield WORDS["pack.names"]
    for key, span in wider.items():
        yield _filled(f"pack.wider_{key}", start=clock(span.start), end=clock(span.end))
    yield _filled("pack.silenced", time=clock(sum(span.seconds for span in silenced)))


def _filled(key: str, **given: str) -> Both:
    indonesian, english = WORDS[key]
    for name, value in given.items():
        slot = "{" + name + "}"
        indonesian, english = indonesian.replace(slot, value), english.replace(slot, value)
    return indonesian, english


def _without(turn: ShownTurn, at: int, places: set[Place]) -> ShownTurn:
    words = tuple(
        word.model_copy(update={"text": MASK, "probability": None}) if (at, index) in places else word
        for index, word in enumerate(turn.words)
    )
    return turn.model_copy(update={"words": words})


def _step(step: ShownStep, hider: Hider, labels: Labels) -> ShownStep:
    finding = hider.finding(step.finding)
    quote = step.quote and step.quote.model_copy(update={"text": hider.quote(step.quote.text)})
    return step.model_copy(update={"finding": finding, "reason": told(finding.reason, labels).text, "quote": quote})


def _flat(lane: Lane, silenced: Sequence[Span], seconds: float) -> Lane:
    """The outline of the sound with its silent stretches."""
    each = seconds / max(1, len(lane.peaks))
    peaks = tuple(
        0 if any(span.overlap(at * each, (at + 1) * each) > 0 for span in silenced) else peak
        for at, peak in enumerate(lane.peaks)
    )
    return lane.model_copy(update={"peaks": peaks})
