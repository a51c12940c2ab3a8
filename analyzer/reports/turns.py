"""A transcript as people read it: who said what, in turns, with the words that are evidence for something."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from pydantic import Field

from analyzer.asr.segments import spread_words
from analyzer.models.base import Channel, Frozen, Probability, Seconds, Span
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
    evidence: tuple[str, ...] = Field((), description="step ids, `exemption`, `violation.ID`, `quote.STEP`")


class WordRun(Frozen):
    """Words in a row that are evidence for the same."""

    evidence: tuple[str, ...]
    words: tuple[ShownWord, ...]


class ShownTurn(Frozen):
    """A run of words by one speaker."""

    channel: Channel
    start: Seconds
    end: Seconds
    words: tuple[ShownWord, ...]
    exact: bool = Field(True, description="False: word times are estimated from the length of the words")
    second: bool = Field(False, description="from the second transcription; the first does not have it")

    @property
    def word_runs(self) -> tuple[WordRun, ...]:
        """The words by what they are evidence for."""
        runs = groupby(self.words, key=lambda word: word.evidence)
        return tuple(WordRun(evidence=evidence, words=tuple(words)) for evidence, words in runs)


class EvidenceQuote(Frozen):
    """Words that are evidence: for what, as recognised, and about when and by whom where that is known."""

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


def with_evidence(
    turns: Sequence[ShownTurn], quotes: Iterable[EvidenceQuote]
) -> tuple[tuple[ShownTurn, ...], dict[str, ShownWord]]:
    """The turns with `evidence` on their words, and for each quote whose words were found its first word, by name."""
    names: dict[tuple[int, int], list[str]] = {}
    first: dict[str, ShownWord] = {}
    for quote in quotes:
        positions = _positions(turns, quote)
        for position in positions:
            names.setdefault(position, []).append(quote.name)
        if positions:
            turn, word = positions[0]
            first.setdefault(quote.name, turns[turn].words[word])
    return tuple(_with_names(turn, number, names) for number, turn in enumerate(turns)), first


def _with_names(turn: ShownTurn, number: int, names: Mapping[tuple[int, int], list[str]]) -> ShownTurn:
    if not any((number, index) in names for index in range(len(turn.words))):
        return turn
    words = tuple(
        word.model_copy(update={"evidence": tuple(names[number, index])}) if (number, index) in names else word
        for index, word in enumerate(turn.words)
    )
    return turn.model_copy(update={"words": words})


def _positions(turns: Sequence[ShownTurn], quote: EvidenceQuote) -> list[tuple[int, int]]:
    """Where the quoted words are: the same words nearest to their time, else the words spoken at that time."""
    wanted = "".join(map(_plain, quote.text.split()))
    start = 0.0 if quote.start is None else quote.start
    end = start if quote.end is None else quote.end
    spoken = [
        (number, index, word)
        for number, turn in enumerate(turns)
        if quote.channel in (None, turn.channel)
        and (quote.start is None or (turn.start <= end + _NEAR and turn.end >= start - _NEAR))
        for index, word in enumerate(turn.words)
    ]
    # one word may hold several tokens and a token several words: compare the text, letter by letter
    texts = [_plain(word.text) for _, _, word in spoken]
    runs = _runs_of(texts, wanted)
    best = min(runs, key=lambda run: abs(spoken[run[0]][2].start - start), default=None)
    if best:
        return [(number, index) for number, index, _ in spoken[best[0] : best[1]]]
    return [(number, index) for number, index, word in spoken if start <= (word.start + word.end) / 2 < end]


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
    """One speaker's words, split at pauses."""
    words: list[ShownWord] = []
    exact = True
    for segment in sorted(segments, key=lambda segment: (segment.start, segment.end)):
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
        yield from estimated_words(segment.text, segment.start, segment.end)
        return
    for word in segment.words:
        text = "\u00a0".join(word.text.split())
        if text:
            yield ShownWord(
                start=round(word.start, 2), end=round(max(word.start, word.end), 2), text=text,
                probability=word.probability,
            )  # fmt: skip


def estimated_words(text: str, start: float, end: float) -> Iterator[ShownWord]:
    """Words without times, spread over a span by their length."""
    for word in spread_words(text, Span(start=start, end=end)):
        yield ShownWord(start=word.start, end=word.end, text=word.text)
