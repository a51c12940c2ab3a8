"""A call's view without personal data: in its words, in the report, and as spans of audio to silence.

When a value is known to have been said but its words are not found, everything said where it must have been is masked,
and the pack says so; when not even that place is known, nothing is handed on.

Word times can be seconds off, so silence is padded and reaches to the neighbouring words; both channels are silenced,
because one side is often audible on the other's. Speech that nobody transcribed may hold anything and is silenced too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.entities.redaction import MASK, PersonalDataFinder
from analyzer.errors import UsageError
from analyzer.locale.catalogue import Labels, Localized, localized
from analyzer.models.base import Span, difference, union
from analyzer.models.finding import Captured, Finding, RecordCheckItem
from analyzer.models.report import Report
from analyzer.reports.call_view import CallView, ChannelTrack, ShownStep
from analyzer.reports.safe_text import clock
from analyzer.reports.sentence_translation import localize_reason
from analyzer.reports.turns import ShownTurn, ShownWord

PADDING = 0.25  # seconds of silence around a value
_ESTIMATE_PADDING = 1.0  # where word times are estimates
_REACH = 2.0  # seconds to the neighbouring words that are silenced as well
_MAX_GAP = 12.0  # seconds between two parts of one number, in which the other side repeats the first
_MIN_UNTRANSCRIBED = 1.0  # seconds of speech without words that may hold a value
_WORD_MARGIN = 0.5  # seconds; word times are that rough
_ANSWER = 70.0  # seconds after a question in which its answer is dictated and read back
_MIN_PHONE_WORDS = 6  # of a telephone number dictated digit by digit
_MIN_PHONE_DIGITS = 6  # in one word, from which it is a number by itself
_ASKED = (("email", "email_request"), ("phone", "callback_question"))
_LONG_NUMBER = re.compile(r"\+?\d{9,}")  # in names of files and calls; dates and times there have fewer digits
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")

WordPosition = tuple[int, int]
"""number of a turn, and of a word in it"""


@dataclass(frozen=True)
class RedactedView:
    """What is handed on, the spans of its audio to silence, and notes on both for the reader."""

    view: CallView
    silenced: tuple[Span, ...] = ()
    notes: tuple[Localized, ...] = ()


def redact(view: CallView, finder: PersonalDataFinder, labels: Labels) -> RedactedView:
    """The view without personal data. Raises UsageError when one was said and no place for it can be found."""
    values = value_words(view.turns, finder)
    answers: dict[str, Span] = {}
    for key, step in _ASKED:
        if _was_said(view.report, key) and not _has_value(view, values, key, step):
            answers[key] = _answer(view, key, step)
    values.update(_words_within(view.turns, list(answers.values())))
    silenced = spans_to_silence(view, values, list(answers.values()))
    redaction = ReportRedaction(finder)
    shown = view.model_copy(
        update={
            "report": redaction.report(view.report),
            "turns": tuple(_masked_turn(turn, index, values) for index, turn in enumerate(view.turns)),
            "steps": tuple(_step(step, redaction, labels) for step in view.steps),
            "tracks": tuple(_silenced_track(track, silenced, view.seconds) for track in view.tracks),
            "causes": tuple(tuple(map(redaction.name, cause)) for cause in view.causes),
        }
    )
    return RedactedView(shown, silenced, tuple(_notes(answers, silenced)))


# --- words ---


def value_words(turns: Sequence[ShownTurn], finder: PersonalDataFinder) -> set[WordPosition]:
    """Words that are part of a value; each side's talk is read on from turn to turn."""
    positions: set[WordPosition] = set()
    for channel in {turn.channel for turn in turns}:
        run: list[WordPosition] = []
        end = 0.0
        for number, turn in enumerate(turns):
            if turn.channel != channel:
                continue
            if run and turn.start - end > _MAX_GAP:
                positions.update(_values_in(turns, run, finder))
                run = []
            run += [(number, index) for index in range(len(turn.words))]
            end = turn.end
        positions.update(_values_in(turns, run, finder))
    return positions


def _values_in(
    turns: Sequence[ShownTurn], run: Sequence[WordPosition], finder: PersonalDataFinder
) -> Iterable[WordPosition]:
    words = [turns[number].words[index].text for number, index in run]
    return (run[place] for place in finder.positions(words))


def _words_within(turns: Sequence[ShownTurn], spans: Sequence[Span]) -> Iterator[WordPosition]:
    """Words spoken in spans of time."""
    for number, turn in enumerate(turns):
        for index, word in enumerate(turn.words):
            if any(span.overlap(word.start - _WORD_MARGIN, word.end + _WORD_MARGIN) > 0 for span in spans):
                yield number, index


def _masked_turn(turn: ShownTurn, number: int, values: set[WordPosition]) -> ShownTurn:
    words = tuple(
        word.model_copy(update={"text": MASK, "probability": None}) if (number, index) in values else word
        for index, word in enumerate(turn.words)
    )
    return turn.model_copy(update={"words": words})


def _was_said(report: Report, key: str) -> bool:
    """Whether the customer is known to have said a value of this kind, understood or not."""
    if key == "email":
        return report.captured.email is not None or report.email_reply == "given"
    return report.captured.phone is not None or report.callback_reply == "other_number"


def _has_value(view: CallView, values: Iterable[WordPosition], key: str, step: str) -> bool:
    """Whether masked words of the other side than the agent, after the question, may be the value."""
    asked = _finding_end(view, step)
    words = [
        view.turns[number].words[index]
        for number, index in values
        if view.turns[number].channel != "agent" and (asked is None or view.turns[number].end >= asked)
    ]
    return bool(words) and (key == "email" or len(words) >= _MIN_PHONE_WORDS or any(map(_is_number, words)))


def _is_number(word: ShownWord) -> bool:
    return sum(letter.isdigit() for letter in word.text) >= _MIN_PHONE_DIGITS


def _finding_end(view: CallView, step: str) -> float | None:
    return next((shown.finding.end for shown in view.steps if shown.finding.id == step), None)


def _answer(view: CallView, key: str, step: str) -> Span:
    """The span in which a value must have been said."""
    asked = _finding_end(view, step)
    if asked is None:
        name = "e-mail address" if key == "email" else "telephone number"
        raise UsageError(
            f"{view.report.call_id}: the customer said an {name}, but where cannot be found, so it cannot be masked. "
            "Listen to the call, and give --unmasked if it may be handed on as it is."
        )
    return Span(start=min(asked, view.seconds), end=min(view.seconds, asked + _ANSWER))


def _notes(answers: dict[str, Span], silenced: Sequence[Span]) -> Iterator[Localized]:
    yield localized("pack.masked")
    yield localized("pack.names")
    for key, span in answers.items():
        yield localized(f"pack.wider_{key}", start=clock(span.start), end=clock(span.end))
    yield localized("pack.silenced", time=clock(sum(span.seconds for span in silenced)))


def _step(step: ShownStep, redaction: "ReportRedaction", labels: Labels) -> ShownStep:
    finding = redaction.finding(step.finding)
    quote = step.quote and step.quote.model_copy(update={"text": redaction.quote(step.quote.text)})
    reason = localize_reason(finding.reason, labels).text
    return step.model_copy(update={"finding": finding, "reason": reason, "quote": quote})


# --- audio ---


def spans_to_silence(view: CallView, values: set[WordPosition], answers: Sequence[Span]) -> tuple[Span, ...]:
    """Spans of the recording that must not be audible, in order."""
    wanted = [*_around(view.turns, values), *answers, *_untranscribed(view)]
    clipped = (Span(start=span.start, end=max(span.start, min(span.end, view.seconds))) for span in wanted)
    return union(span for span in clipped if span.seconds > 0)


def _around(turns: Sequence[ShownTurn], values: set[WordPosition]) -> Iterator[Span]:
    """Each word of a value, padded, and on to neighbours that are none."""
    for number, index in values:
        turn = turns[number]
        word = turn.words[index]
        padding = PADDING if turn.exact else _ESTIMATE_PADDING
        before = turn.words[index - 1].end if index else word.start - _REACH
        after = turn.words[index + 1].start if index + 1 < len(turn.words) else word.end + _REACH
        start = min(word.start - padding, max(before, word.start - _REACH))
        end = max(word.end + padding, min(after, word.end + _REACH))
        yield Span(start=max(0.0, start), end=max(0.0, end))


def _untranscribed(view: CallView) -> Iterator[Span]:
    """Speech of which no words are known."""
    for track in view.tracks:
        yield from track.unread
        words = [word for turn in view.turns if turn.channel == track.channel for word in turn.words]
        covered = [Span(start=max(0.0, word.start - _WORD_MARGIN), end=word.end + _WORD_MARGIN) for word in words]
        yield from (span for span in difference(track.speech, covered) if span.seconds > _MIN_UNTRANSCRIBED)


def _silenced_track(track: ChannelTrack, silenced: Sequence[Span], seconds: float) -> ChannelTrack:
    """The waveform with its silent spans."""
    each = seconds / max(1, len(track.peaks))
    peaks = tuple(
        0 if any(span.overlap(index * each, (index + 1) * each) > 0 for span in silenced) else peak
        for index, peak in enumerate(track.peaks)
    )
    return track.model_copy(update={"peaks": peaks})


# --- the report ---


class ReportRedaction:
    """Takes personal data out of every text of a report, and out of the values themselves. What words prove stays."""

    def __init__(self, finder: PersonalDataFinder) -> None:
        self._finder = finder

    def report(self, report: Report) -> Report:
        """The whole report."""
        captured, exemption = report.captured, report.exemption
        return report.model_copy(
            update={
                "call_id": self.name(report.call_id),
                "recording": self.name(report.recording),
                "metadata": {key: self.name(self._finder.masked(text)) for key, text in report.metadata.items()},
                "steps": tuple(map(self.finding, report.steps)),
                "exemption": exemption and exemption.model_copy(update={"heard": self.quote(exemption.heard)}),
                "violations": tuple(v.model_copy(update={"heard": self.quote(v.heard)}) for v in report.violations),
                "captured": Captured(email=_value(captured.email), phone=_value(captured.phone)),
                "record_check": {key: _checked(item) for key, item in report.record_check.items()},
                "error": report.error and self.name(report.error),
            }
        )

    def finding(self, finding: Finding) -> Finding:
        """One finding with its evidence and its second transcription."""
        second = finding.second
        if second is not None:
            first, second_words = (text and self.quote(text) for text in (second.first, second.heard))
            second = second.model_copy(update={"first": first, "heard": second_words})
        heard = finding.heard and self.quote(finding.heard)
        return finding.model_copy(update={"heard": heard, "second": second, "reason": self.reason(finding.reason)})

    def reason(self, reason: str) -> str:
        """A reason whose quoted words hold no value."""
        quote = localize_reason(reason, {}).quote
        return self.name(reason.replace(quote, self.quote(quote)) if quote else reason)

    def quote(self, text: str) -> str:
        """Words of the call; a value may have been cut off at their edges."""
        return self.name(self._finder.masked(text, strict=True))

    def name(self, text: str) -> str:
        """A name of a file or call, which often holds the caller's number."""
        return _LONG_NUMBER.sub(MASK, _ADDRESS.sub(MASK, text))


def _value(value: str | None) -> str | None:
    return None if value is None else MASK


def _checked(item: RecordCheckItem) -> RecordCheckItem:
    return item.model_copy(update={"recorded": _value(item.recorded), "said": _value(item.said)})
