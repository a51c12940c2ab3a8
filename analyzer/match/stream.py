"""A speaker's whole word stream in normal words, with places back to what was heard.

Matching runs over this stream; the recogniser's segment borders leave no trace in it but pauses do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.match.lexicon import Lexicon
from analyzer.models.base import Channel
from analyzer.models.evidence import Heard
from analyzer.models.phrases import MatchSettings
from analyzer.models.transcript import Segment, Word
from analyzer.text import normal_groups, split_text

_SAME_WORD = 0.8  # similarity from which a heard word is read as the bank's word, e.g. a digit
_ENDS = (".", "?", "!")


@dataclass(frozen=True, slots=True)
class Stream:
    """Words of one speaker in time order, and the normal words ("tokens") made of them."""

    channel: Channel
    words: tuple[Word, ...]
    tokens: list[str]
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
    lexicon: Lexicon,
    code: str,
    settings: MatchSettings,
    interruptions: Sequence[float] = (),
) -> Stream:
    """Normalise a speaker's words. `interruptions`: times at which the other speaker begins; they end a turn."""
    pieces: list[str] = []
    origin: list[int] = []
    for index, word in enumerate(words):
        for piece in split_text(word.text):
            pieces.append(piece)
            origin.append(index)
    spelled = _spelled(pieces, origin, code)
    lexicon.learn(token for token, _, _ in spelled)
    tokens = _split(_joined(spelled, lexicon), lexicon)
    breaks, turns = _borders(words, settings, interruptions)
    first = [begin for _, begin, _ in tokens]
    turn_of = [turns[index] for index in first]
    texts = [token for token, _, _ in tokens]
    last = [end for _, _, end in tokens]
    return Stream(
        channel=channel,
        words=tuple(words),
        tokens=texts,
        first_word=first,
        last_word=last,
        breaks=[breaks[index] for index in first],
        turn_of=turn_of,
        turn_bounds=_bounds(turn_of),
        heard=_heard(words, tokens, pieces, origin, lexicon),
    )


Token = tuple[str, int, int]
"""normal word, first and last index of the words it was heard in"""


def _spelled(pieces: list[str], origin: list[int], code: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    for used, normal in normal_groups(pieces, code):
        found += [(token, origin[at], origin[at + used - 1]) for token in normal]
        at += used
    return found


def _split(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    found: list[Token] = []
    for token, first, last in tokens:
        found += [(part, first, last) for part in lexicon.split(token)]
    return found


def _joined(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        whole = lexicon.join(found[-1][0], token[0]) if found and found[-1][2] + 1 == token[1] else None
        if whole is None:
            found.append(token)
        else:
            found[-1] = (whole, found[-1][1], token[2])
    return found


def _borders(
    words: Sequence[Word], settings: MatchSettings, interruptions: Sequence[float]
) -> tuple[list[int], list[int]]:
    """Per word: breaks before it, and its turn."""
    breaks: list[int] = []
    turns: list[int] = []
    broken = turn = 0
    others = sorted(interruptions)
    nearest = 0
    for index, word in enumerate(words):
        if index:
            before = words[index - 1]
            gap = word.start - before.end
            while nearest < len(others) and others[nearest] < before.end:
                nearest += 1
            interrupted = nearest < len(others) and others[nearest] < word.start and gap >= settings.pause_seconds
            if gap >= settings.turn_seconds or interrupted:
                turn += 1
            if gap >= settings.pause_seconds or before.text.endswith(_ENDS):
                broken += 1
        breaks.append(broken)
        turns.append(turn)
    return breaks, turns


def _bounds(turn_of: list[int]) -> list[tuple[int, int]]:
    bounds: list[tuple[int, int]] = []
    known = -1
    for index, turn in enumerate(turn_of):
        while len(bounds) <= turn:  # a turn whose words hold no letters has no tokens
            bounds.append((index, index))
        if turn != known:
            bounds[turn] = (index, index)
            known = turn
        bounds[turn] = (bounds[turn][0], index + 1)
    return bounds


def _heard(
    words: Sequence[Word], tokens: list[Token], pieces: list[str], origin: list[int], lexicon: Lexicon
) -> tuple[Heard, ...]:
    normal: list[list[str]] = [[] for _ in words]
    plain: list[list[str]] = [[] for _ in words]
    for token, first, _ in tokens:
        best = lexicon.best(token)
        normal[first].append(best[0] if best and best[1] >= _SAME_WORD else token)
    for piece, index in zip(pieces, origin, strict=True):
        plain[index].append(piece)
    return tuple(
        Heard(word.start, word.end, word.text, tuple(normal[index]), tuple(plain[index]))
        for index, word in enumerate(words)
    )
