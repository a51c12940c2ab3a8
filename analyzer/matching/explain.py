"""Why an utterance is, or is not, taken for a target: what was compared with what, and what decided.

Made on request only; finding itself keeps no such detail. What finding takes is explained by the same code.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from analyzer.matching.comparison import AlignedWord, Comparison, comparisons, words_at
from analyzer.matching.group_index import Hits
from analyzer.matching.phrase_search import Spotter
from analyzer.models.base import Frozen
from analyzer.models.wording import Percent

_NEAR = 40.0  # similarity from which a near miss is shown: below it, everyday talk resembles every target
_ORDER = {"yes": 0, "doubtful": 1, "no": 2}


class Tried(Frozen):
    """One wording of a target, compared with the words that come nearest to it."""

    target: str
    verdict: Literal["yes", "doubtful", "no"]
    similarity: Percent = Field(description="of the words alone; `why` tells what else decided")
    accept: Percent
    doubt: Percent
    kind: Literal["phrase", "concept"]
    compared_with: str = Field(description="the bank's phrase, or the groups of its concept")
    heard: str = Field(description="words from the first to the last that were compared")
    words: tuple[AlignedWord, ...] = Field(description="in the order of the phrase, or of the concept's groups")
    why: tuple[str, ...]


class Explanation(Frozen):
    """All that an utterance resembles."""

    read_as: str = Field(description="the utterance in the bank's spelling, misheard words put right")
    tried: tuple[Tried, ...] = Field(
        description="every place where a target was found, and for each other target its nearest miss; surest first"
    )


def explain(spotters: Sequence[Spotter], hits: Hits) -> Explanation:
    """Compare a stream with all targets of its speaker."""
    tried = [_tried(spotter, item, hits) for spotter in spotters for item in _worth_showing(spotter, hits)]
    tried.sort(key=lambda item: (_ORDER[item.verdict], -item.similarity, item.target))
    return Explanation(read_as=" ".join(sound.shown for sound in hits.stream.sounds), tried=tuple(tried))


def _worth_showing(spotter: Spotter, hits: Hits) -> list[Comparison]:
    """What finding takes; the nearest of what it refuses, if nearer still or nothing is taken; and the best phrase.

    A concept often wins with two words; how near the written phrases come is seen in their alignment.
    """
    every = list(comparisons(spotter, hits))
    taken: list[Comparison] = []
    for match in spotter.find(hits):
        place = (match.first, match.last, match.phrase)
        same = [c for c in every if (c.first, c.last, c.compared_with) == place and not c.refusals]
        taken.append(max(same, key=lambda item: item.similarity))
    bar = max((item.similarity for item in taken), default=_NEAR)
    missed = [item for item in every if item.similarity >= bar and (item.refusals or not taken)]
    missed.sort(key=lambda item: (-item.similarity, len(item.refusals)))
    shown = taken + missed[:1]
    if not any(item.kind == "phrase" for item in shown):
        phrases = [item for item in every if item.kind == "phrase" and item.similarity >= _NEAR]
        shown += sorted(phrases, key=lambda item: -item.similarity)[:1]
    return shown


def _tried(spotter: Spotter, item: Comparison, hits: Hits) -> Tried:
    wording = spotter.wording
    verdict: Literal["yes", "doubtful", "no"] = "no"
    if not item.refusals and item.similarity >= wording.doubt:
        verdict = "yes" if item.similarity >= wording.accept else "doubtful"
    similarity = min(100.0, round(item.similarity, 1))
    return Tried(
        target=spotter.target,
        verdict=verdict,
        similarity=similarity,
        accept=wording.accept,
        doubt=wording.doubt,
        kind=item.kind,
        compared_with=item.compared_with,
        heard=words_at(hits, item.first, item.last),
        words=item.words,
        why=tuple(_why(spotter, item, similarity, verdict, hits)),
    )


def _why(spotter: Spotter, item: Comparison, similarity: float, verdict: str, hits: Hits) -> list[str]:
    why = list(item.refusals)
    accept, doubt = f"accept ({spotter.wording.accept:g})", f"doubt ({spotter.wording.doubt:g})"
    if not why:
        below = f"is below {doubt}"
        if spotter.wording.least <= similarity < spotter.wording.doubt:
            below += ", counts only when the customer answers it at once"
        reached = {"yes": f"reaches {accept}", "doubtful": f"reaches {doubt}, not {accept}", "no": below}
        why.append(f"{similarity:g} {reached[verdict]}")
    breaks = hits.breaks_inside(item.first, item.last)
    if breaks:
        why.append(f"pauses or sentence ends between its words: {breaks}, {spotter.settings.break_cost:g} points each")
    return why
