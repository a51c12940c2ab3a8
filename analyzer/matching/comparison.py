"""One target's wordings beside the words that come nearest to them, word by word, with what forbids a match."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from analyzer.matching.alignment import Fit, Phrase
from analyzer.matching.concepts import FORBIDDEN_WORD, SURE_WORD, Finder, label, span, together
from analyzer.matching.group_index import Hit, Hits
from analyzer.matching.phrase_search import MUST_NEAR, MUST_NOT_NEAR, Spotter
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.base import Frozen
from analyzer.models.wording import Concept, Percent

_LEAST_WORDS = 0.3  # share of a phrase's words that must be there to be compared at all


class AlignedWord(Frozen):
    """A word of the bank's wording and what was heard for it."""

    wanted: str | None = Field(description="word, or group as `<group>`; None for an extra word that was heard")
    heard: str | None = Field(description="as given, or a part of a word that was cut; None when it is missing")
    read_as: str | None = Field(description="in the bank's spelling")
    similarity: Percent | None = Field(description="of this word; None when it is missing or extra")


@dataclass(frozen=True)
class Comparison:
    """A wording at one place; tokens half-open."""

    kind: Literal["phrase", "concept"]
    compared_with: str
    similarity: float
    """0 to 100; of an incomplete concept what its words would give"""
    first: int
    last: int
    words: tuple[AlignedWord, ...]
    refusals: tuple[str, ...]
    """why it is no match whatever its similarity"""


def comparisons(spotter: Spotter, hits: Hits) -> Iterator[Comparison]:
    """All wordings of a target wherever enough of their words stand."""
    yield from _phrases(spotter, hits)
    for concept in spotter.wording.concepts:
        yield from _concept(concept, spotter.settings, hits)


def words_at(hits: Hits, first: int, last: int) -> str:
    """The words as given in the tokens [first, last); of a word that was cut the part alone."""
    stream = hits.stream
    begin, end = stream.first_word[first], stream.last_word[last - 1]
    cut = (first > 0 and stream.last_word[first - 1] >= begin) or (
        last < len(stream.sounds) and stream.first_word[last] <= end
    )
    if cut:
        return " ".join(sound.text for sound in stream.sounds[first:last])
    return " ".join(stream.texts[begin : end + 1])


def _phrases(spotter: Spotter, hits: Hits) -> Iterator[Comparison]:
    if not spotter.phrases:
        return
    anchors = [hit for hit in hits.of(spotter.wording.must[0]).hits if hit[2] >= SURE_WORD]
    for low, high in [spotter.reach(hits, hit[0], hit[1]) for hit in anchors] or hits.stream.turn_bounds:
        window = spotter.window(hits, low, high)
        best = spotter.best_fit(window, hits) or spotter.best_fit(window, hits, _LEAST_WORDS)
        if best:
            phrase, fit, similarity = best
            yield Comparison(
                kind="phrase",
                compared_with=phrase.label,
                similarity=similarity,
                first=fit.first,
                last=fit.last,
                words=tuple(_aligned(phrase, fit, hits)),
                refusals=tuple(_phrase_refusals(spotter, fit, hits)),
            )


def _aligned(phrase: Phrase, fit: Fit, hits: Hits) -> Iterator[AlignedWord]:
    links = {element: (first, last) for element, first, last in fit.links()}
    at = fit.first
    for index, element in enumerate(phrase.elements):
        if index not in links:
            yield AlignedWord(wanted=element, heard=None, read_as=None, similarity=None)
            continue
        first, last = links[index]
        for extra in range(at, first):
            yield _word(None, (extra, extra + 1, None), hits)
        yield _word(element, (first, last, _similarity(element, first, last, hits)), hits)
        at = last


def _phrase_refusals(spotter: Spotter, fit: Fit, hits: Hits) -> Iterator[str]:
    low, high = hits.around(fit.first, fit.last, MUST_NEAR)
    for group in spotter.wording.must:
        if not hits.surely((group,), SURE_WORD).any_between(low, high):
            yield f"no word of <{group}> was heard, without which nothing counts"
    low, high = hits.around(fit.first, fit.last, MUST_NOT_NEAR)
    yield from _blocked(spotter.wording.must_not, FORBIDDEN_WORD, (low, high), "near", hits)


def _concept(concept: Concept, settings: MatchSettings, hits: Hits) -> Iterator[Comparison]:
    finder = Finder(concept, hits)
    for anchor in finder.anchors.hits:
        if anchor[2] < SURE_WORD:
            continue
        turn = hits.stream.turn_at(anchor[0])
        parts = finder.gather(anchor, turn)
        wanted = _nearest(concept, anchor, parts, turn, hits)
        heard = [hit for _, hit in wanted if hit]
        first, last = span(heard)
        found = [hit[2] if hit else 0.0 for _, hit in wanted]
        similarity = concept.score * (found[0] if len(found) == 1 else together(found, settings))
        refusals = [f"no word of {name} was heard near the others" for name, hit in wanted if hit is None]
        if parts is None and not refusals:
            refusals = ["its words stand in another order, or too far apart"]
        around = finder.around(first, last, turn)
        refusals += _blocked(concept.none, FORBIDDEN_WORD, around, "near", hits)
        sentence = finder.sentence(first, last, turn)
        refusals += _blocked(concept.absent_in_sentence, FORBIDDEN_WORD, sentence, "in the same sentence as", hits)
        if finder.late(first, turn):
            refusals.append("it counts at the beginning of a sentence only")
        low, _ = hits.around(anchor[0], anchor[0], concept.preceding_window)
        refusals += _blocked(concept.not_preceded_by, SURE_WORD, (low, anchor[0]), "just before", hits)
        yield Comparison(
            kind="concept",
            compared_with=label(concept),
            similarity=max(0.0, similarity - settings.break_cost * hits.breaks_inside(first, last)),
            first=first,
            last=last,
            words=tuple(_word(name, hit, hits) for name, hit in wanted),
            refusals=tuple(refusals),
        )


def _nearest(
    concept: Concept, anchor: Hit, parts: list[Hit] | None, turn: tuple[int, int], hits: Hits
) -> list[tuple[str, Hit | None]]:
    """What a concept needs and the words for it: those that count together, else for each group the nearest."""
    names = [f"<{group}>" for group in concept.all]
    names += [f"<{'|'.join(concept.any)}>"] if concept.any else []
    if parts is not None:
        return list(zip(names, parts, strict=True))
    low, high = max(turn[0], anchor[0] - concept.within), min(turn[1], anchor[1] + concept.within)
    found: list[tuple[str, Hit | None]] = [(names[0], anchor)]
    needed = [(group,) for group in concept.all[1:]] + ([concept.any] if concept.any else [])
    for name, groups in zip(names[1:], needed, strict=True):
        near = [hit for group in groups for hit in hits.of(group).between(low, high)]
        taken = [hit for _, hit in found if hit]
        free = [hit for hit in near if all(hit[0] >= other[1] or hit[1] <= other[0] for other in taken)]
        found.append((name, max(free, key=lambda hit: (hit[2], -abs(hit[0] - anchor[0])), default=None)))
    return found


def _blocked(groups: Sequence[str], least: float, span: tuple[int, int], where: str, hits: Hits) -> Iterator[str]:
    """Words that must not stand there."""
    for group in groups:
        for hit in hits.of(group).between(*span):
            if hit[2] >= least:
                yield f"blocked because “{words_at(hits, hit[0], hit[1])}” stands {where} it (<{group}>)"


def _word(wanted: str | None, hit: tuple[int, int, float | None] | None, hits: Hits) -> AlignedWord:
    if hit is None:
        return AlignedWord(wanted=wanted, heard=None, read_as=None, similarity=None)
    first, last, similarity = hit
    return AlignedWord(
        wanted=wanted,
        heard=words_at(hits, first, last),
        read_as=" ".join(sound.shown for sound in hits.stream.sounds[first:last]),
        similarity=None if similarity is None else round(100 * similarity, 1),
    )


def _similarity(element: str, first: int, last: int, hits: Hits) -> float:
    """How well a word or group was heard in the tokens [first, last)."""
    longer = [hit for group, hit in hits.longer.get(first, ()) if f"<{group}>" == element and hit[1] == last]
    alone = hits.stream.sounds[first].elements.get(element, 0.0) if last == first + 1 else 0.0
    return max([alone, *(hit[2] for hit in longer)])
