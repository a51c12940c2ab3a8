"""A transcript as people read it: who said what, in turns, with the words that prove something marked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from pydantic import Field

from analyzer.models.base import Channel, Frozen, Probability, Seconds
from analyzer.models.transcript import Segment

_PAUSE = 1.2  # seconds without a word after which the other side's words may come between
_NEW_TURN = 4.0  # seconds of silence after which the same speaker begins anew
_NEAR = 6.0  # seconds; words are looked for this far around the time that goes with them


class ShownWord(Frozen):
    """One word with its place in the recording."""

    start: Seconds
    end: Seconds
    text: str = Field(description="never empty; blanks inside are kept from breaking it")
    probability: Probability | None = None
    marks: tuple[str, ...] = Field((), description="what it is evidence for: step ids, `exemption`, `violation.ID`...")


class Piece(Frozen):
    """Words in a row that are evidence for the same."""

    marks: tuple[str, ...]
    words: tuple[ShownWord, ...]


class ShownTurn(Frozen):
    """A run of words by one speaker."""

    channel: Channel
    start: Seconds
    end: Seconds
    words: tuple[ShownWord, ...]
    exact: bool = Field(True, description="False: word times are spread over a stretch, not measured")
    second: bool = Field(False, description="from a second reading; the first does not have it")

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The words by what they are evidence for."""
        runs = groupby(self.words, key=lambda word: word.marks)
        return tuple(Piece(marks=marks, words=tuple(words)) for marks, words in runs)


class Mark(Frozen):
    """Words to be marked: a name, the words as recognised, and about when and by whom, when that is known."""

    name: str
    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    channel: Channel | None = None


def turns_of(channels: Mapping[Channel, Sequence[Segment]]) -> tuple[ShownTurn, ...]:
    """All speakers' words in order of time, as turns."""
    runs = sorted(
        (run for channel, segments in channels.items() for run in _runs(channel, segments)),
        key=lambda run: (run.start, run.end, run.channel),
    )
    turns: list[ShownTurn] = []
    for run in runs:
        last = turns[-1] if turns else None
        if last and last.channel == run.channel and last.exact == run.exact and run.start - last.end < _NEW_TURN:
            turns[-1] = last.model_copy(update={"end": max(last.end, run.end), "words": (*last.words, *run.words)})
        else:
            turns.append(run)
    return tuple(turns)


def marked(turns: Sequence[ShownTurn], marks: Iterable[Mark]) -> tuple[tuple[ShownTurn, ...], dict[str, ShownWord]]:
    """The turns with marks on their words, and the first marked word of each mark that has its place."""
    names: dict[tuple[int, int], list[str]] = {}
    first: dict[str, ShownWord] = {}
    for mark in marks:
        places = _places(turns, mark)
        for place in places:
            names.setdefault(place, []).append(mark.name)
        if places:
            first.setdefault(mark.name, turns[places[0][0]].words[places[0][1]])
    found = tuple(_with_marks(turn, at, names) for at, turn in enumerate(turns))
    return found, first


def _with_marks(turn: ShownTurn, at: int, names: Mapping[tuple[int, int], list[str]]) -> ShownTurn:
    if not any((at, index) in names for index in range(len(turn.words))):
        return turn
    words = tuple(
        word.model_copy(update={"marks": tuple(names[at, index])}) if (at, index) in names else word
        for index, word in enumerate(turn.words)
    )
    return turn.model_copy(update={"words": words})


def _places(turns: Sequence[ShownTurn], mark: Mark) -> list[tuple[int, int]]:
    """Where the marked words are: the same words nearest to their time, else the words spoken at that time."""
    wanted = "".join(map(_plain, mark.text.split()))
    start = 0.0 if mark.start is None else mark.start
    end = start if mark.end is None else mark.end
    spoken = [
        (at, index, word)
        for at, turn in enumerate(turns)
        if mark.channel in (None, turn.channel)
        and (mark.start is None or (turn.start <= end + _NEAR and turn.end >= start - _NEAR))
        for index, word in enumerate(turn.words)
    ]
    # one word may hold several tokens and a token several words: compare the text, letter by letter
    texts = [_plain(word.text) for _, _, word in spoken]
    runs = _runs_of(texts, wanted)
    best = min(runs, key=lambda run: abs(spoken[run[0]][2].start - start), default=None)
    if best:
        return [(at, index) for at, index, _ in spoken[best[0] : best[1]]]
    return [(at, index) for at, index, word in spoken if start <= (word.start + word.end) / 2 < end]


def _runs_of(texts: Sequence[str], wanted: str) -> Iterator[tuple[int, int]]:
    """Half-open runs of texts that together spell `wanted`."""
    if not wanted:
        return
    for first in range(len(texts)):
        if not texts[first] or not wanted.startswith(texts[first]):
            continue
        spelled = ""
        for last in range(first, len(texts)):
            spelled += texts[last]
            if spelled == wanted:
                yield first, last + 1
                break
            if not wanted.startswith(spelled):
                break


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum() or character in "@._-+")


def _runs(channel: Channel, segments: Iterable[Segment]) -> Iterator[ShownTurn]:
    """One speaker's words, parted where they pause."""
    words: list[ShownWord] = []
    exact = True
    for segment in sorted(segments, key=lambda one: (one.start, one.end)):
        aligned = segment.aligned and bool(segment.words)
        for word in _words(segment):
            if words and (word.start - words[-1].end > _PAUSE or aligned != exact):
                yield _turn(channel, words, exact=exact)
                words = []
            exact = aligned
            words.append(word)
    if words:
        yield _turn(channel, words, exact=exact)


def _turn(channel: Channel, words: Sequence[ShownWord], *, exact: bool) -> ShownTurn:
    end = max(word.end for word in words)
    return ShownTurn(channel=channel, start=words[0].start, end=end, words=tuple(words), exact=exact)


def _words(segment: Segment) -> Iterator[ShownWord]:
    if segment.words is None:
        yield from spread(segment.text, segment.start, segment.end)
        return
    for word in segment.words:
        text = "\u00a0".join(word.text.split())
        if text:
            yield ShownWord(
                start=round(word.start, 2), end=round(max(word.start, word.end), 2), text=text,
                probability=word.probability,
            )  # fmt: skip


def spread(text: str, start: float, end: float) -> Iterator[ShownWord]:
    """Words without times, laid over a stretch by their length."""
    tokens = text.split()
    letters = sum(len(token) + 1 for token in tokens)
    at = start
    for token in tokens:
        until = at + (end - start) * (len(token) + 1) / letters
        yield ShownWord(start=round(at, 2), end=round(max(at, until), 2), text=token)
        at = until
