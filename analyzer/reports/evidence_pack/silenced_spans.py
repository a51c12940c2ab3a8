"""Which words of a call are personal values, and which stretches of its sound have to be silent for them.

Word times can be seconds off, so silence is padded and reaches to the neighbouring words; both channels fall silent,
because one side is often heard on the other's. Speech that nobody transcribed may hold anything and is silent too.
"""

from collections.abc import Iterable, Iterator, Sequence

from analyzer.entities.redaction import Finder
from analyzer.models.base import Span
from analyzer.reports.call_view import CallView
from analyzer.reports.turns import ShownTurn

PADDING = 0.25  # seconds of silence around a value (field notes 9)
_ROUGH_PADDING = 1.0  # where word times are estimates
_REACH = 2.0  # seconds to the neighbouring words that are silent as well
_TOGETHER = 12.0  # seconds between two parts of one number, in which the other side repeats the first
_UNHEARD = 1.0  # seconds of speech without words that may hold a value
_WORD_MARGIN = 0.5  # seconds; word times are that rough

Place = tuple[int, int]
"""number of a turn, and of a word in it"""


def values(turns: Sequence[ShownTurn], finder: Finder) -> set[Place]:
    """Words that are part of a value; each side's own talk is read on from turn to turn."""
    found: set[Place] = set()
    for channel in {turn.channel for turn in turns}:
        run: list[Place] = []
        end = 0.0
        for at, turn in enumerate(turns):
            if turn.channel != channel:
                continue
            if run and turn.start - end > _TOGETHER:
                found.update(_of(turns, run, finder))
                run = []
            run += [(at, index) for index in range(len(turn.words))]
            end = turn.end
        found.update(_of(turns, run, finder))
    return found


def within(turns: Sequence[ShownTurn], spans: Sequence[Span]) -> Iterator[Place]:
    """Words spoken in stretches of time."""
    for at, turn in enumerate(turns):
        for index, word in enumerate(turn.words):
            if any(span.overlap(word.start - _WORD_MARGIN, word.end + _WORD_MARGIN) > 0 for span in spans):
                yield at, index


def silent(view: CallView, places: set[Place], wider: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches of the recording that must not be heard, in order."""
    wanted = [*_around(view.turns, places), *wider, *_unheard(view)]
    found: list[Span] = []
    for span in sorted(wanted, key=lambda one: one.start):
        end = min(span.end, view.seconds)
        if found and span.start <= found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, end))
        elif end > span.start:
            found.append(Span(start=span.start, end=end))
    return tuple(found)


def _of(turns: Sequence[ShownTurn], run: Sequence[Place], finder: Finder) -> Iterable[Place]:
    words = [turns[at].words[index].text for at, index in run]
    return (run[place] for place in finder.places(words))


def _around(turns: Sequence[ShownTurn], places: set[Place]) -> Iterator[Span]:
    """Each word of a value, padded, and on to neighbours that are none."""
    for at, index in places:
        turn = turns[at]
        word = turn.words[index]
        padding = PADDING if turn.exact else _ROUGH_PADDING
        before = turn.words[index - 1].end if index else word.start - _REACH
        after = turn.words[index + 1].start if index + 1 < len(turn.words) else word.end + _REACH
        start = min(word.start - padding, max(before, word.start - _REACH))
        end = max(word.end + padding, min(after, word.end + _REACH))
        yield Span(start=max(0.0, start), end=max(0.0, end))


def _unheard(view: CallView) -> Iterator[Span]:
    """Speech of which no words are known."""
    for lane in view.lanes:
        yield from lane.unread
        words = [word for turn in view.turns if turn.channel == lane.channel for word in turn.words]
        covered = [Span(start=max(0.0, word.start - _WORD_MARGIN), end=word.end + _WORD_MARGIN) for word in words]
        for span in lane.speech:
            yield from (part for part in _rest(span, covered) if part.seconds > _UNHEARD)


def _rest(span: Span, covered: Sequence[Span]) -> Iterator[Span]:
    at = span.start
    for cover in sorted(covered, key=lambda one: one.start):
        if cover.start > at and at < span.end:
            yield Span(start=at, end=min(cover.start, span.end))
        at = max(at, cover.end)
    if at < span.end:
        yield Span(start=at, end=span.end)
