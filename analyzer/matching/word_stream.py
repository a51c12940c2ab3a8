"""A speaker's whole word stream in normal words, with places back to what was heard.

Matching runs over this stream; the recogniser's segment borders leave no trace in it but pauses do.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain

from analyzer.matching.token_candidates import Sound
from analyzer.matching.word_reader import Reader, Reading
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.base import Channel
from analyzer.models.evidence import Heard
from analyzer.models.transcript import Segment, Word

_ENDS = frozenset(".?!")
_HEARD = partial(tuple.__new__, Heard)  # as Heard._make, without its detour through Python: there are many


@dataclass(frozen=True, slots=True)
class Stream:
    """Words of one speaker in time order, and the normal words ("tokens") made of them."""

    channel: Channel
    words: Sequence[Word]
    texts: list[str]
    ends: list[float]
    sounds: tuple[Sound, ...]
    """token -> what it may be"""
    first_word: list[int]
    """token -> index of the first word it was heard in"""
    last_word: list[int]
    breaks: list[int]
    """token -> pauses and sentence ends before it, counted from the start"""
    turn_of: list[int]
    """token -> number of its turn"""
    turn_bounds: list[tuple[int, int]]
    """turn -> its tokens, half-open"""
    heard: tuple[Heard, ...]

    def turn_at(self, token: int) -> tuple[int, int]:
        """Tokens of the turn that holds a token."""
        return self.turn_bounds[self.turn_of[token]]


def words_of(segment: Segment) -> tuple[Word, ...]:
    """The words of a segment; without word times they are spread evenly over it."""
    if segment.words is not None:
        return segment.words
    texts = segment.text.split()
    step = (segment.end - segment.start) / max(1, len(texts))
    return tuple(
        Word(start=segment.start + step * at, end=segment.start + step * (at + 1), text=text)
        for at, text in enumerate(texts)
    )


def build_stream(
    words: Sequence[Word],
    channel: Channel,
    reader: Reader,
    settings: MatchSettings,
    interruptions: Sequence[float] = (),
) -> Stream:
    """Normalise a speaker's words. `interruptions`: times at which the other speaker begins; they end a turn."""
    texts = [word.text for word in words]
    starts = [word.start for word in words]
    ends = [word.end for word in words]
    readings = reader.read(texts)
    sounds = [reading.sounds for reading in readings]
    shown = [reading.shown for reading in readings]
    pieces = [reading.pieces for reading in readings]
    longer = _read_together(reader, readings, sounds, shown)
    first = [index for index, parts in enumerate(sounds) for _ in parts]
    last = first.copy()
    for index, lasts in longer:
        at = bisect_left(first, index)
        last[at : at + len(lasts)] = lasts
    breaks, turns = _borders(texts, starts, ends, settings, interruptions)
    turn_of = [turns[index] for index in first]
    return Stream(
        channel=channel,
        words=words,
        texts=texts,
        ends=ends,
        sounds=tuple(chain.from_iterable(sounds)),
        first_word=first,
        last_word=last,
        breaks=[breaks[index] for index in first],
        turn_of=turn_of,
        turn_bounds=_bounds(turn_of),
        heard=tuple(map(_HEARD, zip(starts, ends, texts, shown, pieces, strict=True))),
    )


def _read_together(
    reader: Reader,
    readings: Sequence[Reading],
    sounds: list[tuple[Sound, ...]],
    shown: list[tuple[str, ...]],
) -> list[tuple[int, list[int]]]:
    """Put right what neighbours are together; returns where tokens reach over several words, with each one's last."""
    longer: list[tuple[int, list[int]]] = []
    for begin, end, tokens in reader.together(readings):
        lasts: list[list[int]] = [[] for _ in range(begin, end + 1)]
        for index in range(begin, end + 1):
            sounds[index] = ()
        for token, first, last in tokens:
            parts = reader.sounds(token)
            sounds[first] += parts
            lasts[first - begin] += [last] * len(parts)
        for index in range(begin, end + 1):
            shown[index] = tuple(sound.shown for sound in sounds[index])
        longer += [(begin + at, found) for at, found in enumerate(lasts) if found]
    return longer


def _borders(
    texts: Sequence[str],
    starts: Sequence[float],
    ends: Sequence[float],
    settings: MatchSettings,
    interruptions: Iterable[float],
) -> tuple[list[int], list[int]]:
    """Per word: breaks before it, and its turn."""
    breaking = [False, *[text[-1:] in _ENDS for text in texts[:-1]]]
    turning = [False] * len(breaking)
    others = sorted(interruptions)
    reached = list(accumulate(ends, max))
    least = min(settings.pause_seconds, settings.turn_seconds)
    gaps = [start - end for end, start in zip(ends, starts[1:], strict=False)]
    for index, gap in enumerate(gaps, 1):
        if gap < least:
            continue
        if gap >= settings.pause_seconds:
            breaking[index] = True
            nearest = bisect_left(others, reached[index - 1])
            turning[index] = nearest < len(others) and others[nearest] < starts[index]
        if gap >= settings.turn_seconds:
            turning[index] = True
    return list(accumulate(breaking)), list(accumulate(turning))


def _bounds(turn_of: list[int]) -> list[tuple[int, int]]:
    """Tokens of each turn; a turn whose words hold no letters has none."""
    bounds: list[tuple[int, int]] = []
    at = 0
    while at < len(turn_of):
        turn = turn_of[at]
        end = bisect_left(turn_of, turn + 1, lo=at)
        bounds += [(at, at)] * (turn - len(bounds))
        bounds.append((at, end))
        at = end
    return bounds
