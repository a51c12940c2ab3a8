"""Why an utterance is, or is not, taken for a target: what was compared with what, word by word, and what decided.

Made on request only; matching itself keeps no such detail. What matching takes is explained by the same code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from analyzer.language.normalise import normal_words, split_text
from analyzer.matching.alignment import Fit, Phrase
from analyzer.matching.concepts import (
    ConceptSearch,
    GroupIndex,
    Hit,
    combined_similarity,
    concept_label,
    span_of,
)
from analyzer.matching.phrase_search import PhraseSearch
from analyzer.matching.token_stream import TokenStream
from analyzer.models.bank_settings import MatchSettings
from analyzer.models.base import Channel, Frozen
from analyzer.models.wording import Concept, Percent, Wording

_MIN_NEAR_MISS = 40.0  # similarity from which a near miss is shown: below it, everyday talk resembles every target
VERDICT_ORDER = {"yes": 0, "doubtful": 1, "no": 2}
"""verdicts, the surest first"""
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_MIN_SHARE = 0.3  # share of a phrase's words that must be there to be compared at all


class AlignedWord(Frozen):
    """A word of the bank's wording and what was heard for it."""

    wanted: str | None = Field(description="word, or group as `<group>`; None for an extra word that was heard")
    heard: str | None = Field(description="as given, or a part of a word that was split; None when it is missing")
    read_as: str | None = Field(description="in the bank's spelling")
    similarity: Percent | None = Field(description="of this word; None when it is missing or extra")


@dataclass(frozen=True)
class PhraseComparison:
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
    blocked_by: tuple["BlockingWord", ...]


class BlockingWord(Frozen):
    """A word that must not stand where it stands."""

    key: str = Field(description="of the wording or concept, which names the group")
    group: str
    heard: str
    word: int = Field(description="number of the first of its words in the utterance, from 1")
    where: Literal["near", "in the same sentence as", "just before"]

    def __str__(self) -> str:
        return f"blocked by `{self.key}`: “{self.heard}” stands {self.where} it (<{self.group}>), word {self.word}"


class ChangedWord(Frozen):
    """Words that are read otherwise than they were given."""

    heard: str
    read_as: str
    by: Literal["spelling", "sound"] = Field(description="spelling: and endings; sound: a word of the bank like it")


class TargetExplanation(Frozen):
    """One wording of a target, compared with the words that come nearest to it."""

    target: str
    speaker: Channel = Field(description="who says such things")
    verdict: Literal["yes", "doubtful", "no"]
    similarity: Percent = Field(description="of the words alone; `why` tells what else decided")
    accept: Percent
    doubt: Percent
    kind: Literal["phrase", "concept"]
    compared_with: str = Field(description="the bank's phrase, or the groups of its concept")
    heard: str = Field(description="words from the first to the last that were compared")
    words: tuple[AlignedWord, ...] = Field(description="in the order of the phrase, or of the concept's groups")
    why: tuple[str, ...]
    blocked_by: tuple[BlockingWord, ...] = Field(description="each is in `why`, too")


class Explanation(Frozen):
    """All that an utterance resembles."""

    read_as: str = Field(description="the utterance in the bank's spelling, misheard words put right")
    changed: tuple[ChangedWord, ...] = Field(description="the words of `read_as` that were given otherwise")
    tried: tuple[TargetExplanation, ...] = Field(
        description="every place where a target was found, and for each other target its nearest miss; surest first"
    )
    matches: dict[str, tuple[str, ...]] = Field(
        description="target -> all of its phrases and concepts that the words match, doubtfully at least"
    )


def explain(searches: Sequence[PhraseSearch], index: GroupIndex) -> Explanation:
    """Compare a stream with all targets of its speaker."""
    explained = [_explained(search, item, index) for search in searches for item in _worth_showing(search, index)]
    explained.sort(key=lambda item: (VERDICT_ORDER[item.verdict], -item.similarity, item.target))
    read_as = " ".join(token.spelling for token in index.stream.tokens)
    changed = (change for search in searches[:1] for change in _changed(index.stream, search.code))
    matches = {search.target: found for search in searches if (found := tuple(_matching(search, index)))}
    return Explanation(read_as=read_as, changed=tuple(changed), tried=tuple(explained), matches=matches)


def _changed(stream: TokenStream, code: str) -> Iterator[ChangedWord]:
    """Runs of words that belong together, where their tokens are other words than they."""
    first = 0
    while first < len(stream.tokens):
        last, end = first + 1, stream.last_word[first]
        while last < len(stream.tokens) and stream.first_word[last] <= end:
            end = max(end, stream.last_word[last])
            last += 1
        heard = " ".join(stream.texts[stream.first_word[first] : end + 1])
        read = tuple(token.spelling for token in stream.tokens[first:last])
        if read != split_text(heard):
            by: Literal["spelling", "sound"] = "spelling" if read == normal_words(heard, code) else "sound"
            yield ChangedWord(heard=_EDGES.sub("", heard), read_as=" ".join(read), by=by)
        first = last


def _matching(search: PhraseSearch, index: GroupIndex) -> Iterator[str]:
    """Which phrases and concepts of a target, by `wording_names`, a stream holds at `doubt` or better."""
    doubt = search.wording.doubt
    phrases = (item for item in _phrases(search, index) if not _is_refused(item) and item.similarity >= doubt)
    yield from dict.fromkeys(item.compared_with for item in phrases)
    concepts = wording_names(search.wording)[len(search.wording.phrases) :]
    for name, concept in zip(concepts, search.wording.concepts, strict=True):
        found = ConceptSearch(concept, index, search.settings).find(())
        if any(similarity >= doubt for similarity, _, _ in found):
            yield name


def wording_names(wording: Wording) -> tuple[str, ...]:
    """Its phrases, then its concepts by number and the groups they need."""
    concepts = (f"concept {number} ({concept_label(item)})" for number, item in enumerate(wording.concepts, 1))
    return (*wording.phrases, *concepts)


def _worth_showing(search: PhraseSearch, index: GroupIndex) -> list[PhraseComparison]:
    """What matching takes; the nearest of what it refuses, if nearer still or nothing is taken; and the best phrase.

    A concept often matches better with two words; how near the written phrases come is seen in their alignment.
    """
    every = list(_comparisons(search, index))
    taken: list[PhraseComparison] = []
    for match in search.find(index):
        key = (match.first, match.last, match.phrase)
        same = [c for c in every if (c.first, c.last, c.compared_with) == key and not _is_refused(c)]
        taken.append(max(same, key=lambda item: item.similarity))
    threshold = max((item.similarity for item in taken), default=_MIN_NEAR_MISS)
    missed = [item for item in every if item.similarity >= threshold and (_is_refused(item) or not taken)]
    missed.sort(key=lambda item: (-item.similarity, len(item.refusals) + len(item.blocked_by)))
    selected = taken + missed[:1]
    if not any(item.kind == "phrase" for item in selected):
        phrases = [item for item in every if item.kind == "phrase" and item.similarity >= _MIN_NEAR_MISS]
        selected += sorted(phrases, key=lambda item: -item.similarity)[:1]
    return selected


def _is_refused(item: PhraseComparison) -> bool:
    return bool(item.refusals or item.blocked_by)


def _explained(search: PhraseSearch, item: PhraseComparison, index: GroupIndex) -> TargetExplanation:
    wording = search.wording
    verdict: Literal["yes", "doubtful", "no"] = "no"
    if not _is_refused(item) and item.similarity >= wording.doubt:
        verdict = "yes" if item.similarity >= wording.accept else "doubtful"
    similarity = min(100.0, round(item.similarity, 1))
    return TargetExplanation(
        target=search.target,
        speaker=index.stream.channel,
        verdict=verdict,
        similarity=similarity,
        accept=wording.accept,
        doubt=wording.doubt,
        kind=item.kind,
        compared_with=item.compared_with,
        heard=_text_at(index, item.first, item.last),
        words=item.words,
        why=tuple(_why(search, item, similarity, verdict, index)),
        blocked_by=item.blocked_by,
    )


def _why(search: PhraseSearch, item: PhraseComparison, similarity: float, verdict: str, index: GroupIndex) -> list[str]:
    why = [*item.refusals, *map(str, item.blocked_by)]
    accept, doubt = f"accept ({search.wording.accept:g})", f"doubt ({search.wording.doubt:g})"
    if not why:
        below = f"is below {doubt}"
        if search.wording.min_similarity <= similarity < search.wording.doubt:
            below += ", counts only when the customer answers it at once"
        reached = {"yes": f"reaches {accept}", "doubtful": f"reaches {doubt}, not {accept}", "no": below}
        why.append(f"{similarity:g} {reached[verdict]}")
    breaks = index.breaks_inside(item.first, item.last)
    if breaks:
        why.append(f"pauses or sentence ends between its words: {breaks}, {search.settings.break_cost:g} points each")
    return why


def _comparisons(search: PhraseSearch, index: GroupIndex) -> Iterator[PhraseComparison]:
    """All wordings of a target wherever enough of their words stand."""
    yield from _phrases(search, index)
    for concept in search.wording.concepts:
        yield from _concept(concept, search.settings, index)


def _text_at(index: GroupIndex, first: int, last: int) -> str:
    """The words as given in the tokens [first, last); of a word that was split the part alone."""
    stream = index.stream
    begin, end = stream.first_word[first], stream.last_word[last - 1]
    split = (first > 0 and stream.last_word[first - 1] >= begin) or (
        last < len(stream.tokens) and stream.first_word[last] <= end
    )
    if split:
        return " ".join(token.text for token in stream.tokens[first:last])
    return " ".join(stream.texts[begin : end + 1])


def _phrases(search: PhraseSearch, index: GroupIndex) -> Iterator[PhraseComparison]:
    if not search.phrases:
        return
    seeds = [hit for hit in index.hits(search.wording.must[0]).hits if hit[2] >= search.settings.heard]
    for low, high in [search.search_window(index, hit[0], hit[1]) for hit in seeds] or index.stream.turn_bounds:
        window = search.window(index, low, high)
        best = search.best_fit(window, index) or search.best_fit(window, index, _MIN_SHARE)
        if best:
            phrase, fit, similarity = best
            around = index.widened(fit.first, fit.last, search.settings.must_not_window)
            yield PhraseComparison(
                kind="phrase",
                compared_with=phrase.label,
                similarity=similarity,
                first=fit.first,
                last=fit.last,
                words=tuple(_aligned(phrase, fit, index)),
                refusals=tuple(_phrase_refusals(search, fit, index)),
                blocked_by=tuple(_blocked("must_not", search.wording.must_not, around, "near", index, search.settings)),
            )


def _aligned(phrase: Phrase, fit: Fit, index: GroupIndex) -> Iterator[AlignedWord]:
    links = {element: (first, last) for element, first, last in fit.links()}
    end = fit.first
    for position, element in enumerate(phrase.elements):
        if position not in links:
            yield AlignedWord(wanted=element, heard=None, read_as=None, similarity=None)
            continue
        first, last = links[position]
        for extra in range(end, first):
            yield _word(None, (extra, extra + 1, None), index)
        yield _word(element, (first, last, _similarity(element, first, last, index)), index)
        end = last


def _phrase_refusals(search: PhraseSearch, fit: Fit, index: GroupIndex) -> Iterator[str]:
    low, high = index.widened(fit.first, fit.last, search.settings.must_window)
    for group in search.wording.must:
        if not index.confident_hits((group,), search.settings.heard).any_between(low, high):
            yield f"no word of <{group}> was heard, without which nothing counts"


def _concept(concept: Concept, settings: MatchSettings, index: GroupIndex) -> Iterator[PhraseComparison]:
    concept_search = ConceptSearch(concept, index, settings)
    for seed in concept_search.seeds.hits:
        if seed[2] < settings.heard:
            continue
        turn = index.stream.turn_at(seed[0])
        parts = concept_search.nearest_hits(seed, turn)
        wanted = _nearest(concept, seed, parts, turn, index)
        heard = [hit for _, hit in wanted if hit]
        first, last = span_of(heard)
        each = [hit[2] if hit else 0.0 for _, hit in wanted]
        similarity = concept.score * (each[0] if len(each) == 1 else combined_similarity(each, settings))
        refusals = [f"no word of {name} was heard near the others" for name, hit in wanted if hit is None]
        if parts is None and not refusals:
            refusals = ["its words stand in another order, or too far apart"]
        if concept_search.is_late(first, turn):
            refusals.append("it counts at the beginning of a sentence only")
        around, sentence = concept_search.neighbourhood(first, last, turn), concept_search.sentence(first, last, turn)
        before = index.widened(seed[0], seed[0], concept.preceding_window)[0], seed[0]
        blocked_by = (
            *_blocked("none", concept.none, around, "near", index, settings),
            *_blocked(
                "absent_in_sentence", concept.absent_in_sentence, sentence, "in the same sentence as", index, settings
            ),
            *_blocked("not_preceded_by", concept.not_preceded_by, before, "just before", index, settings),
        )
        yield PhraseComparison(
            kind="concept",
            compared_with=concept_label(concept),
            similarity=max(0.0, similarity - settings.break_cost * index.breaks_inside(first, last)),
            first=first,
            last=last,
            words=tuple(_word(name, hit, index) for name, hit in wanted),
            refusals=tuple(refusals),
            blocked_by=blocked_by,
        )


def _nearest(
    concept: Concept, seed: Hit, parts: list[Hit] | None, turn: tuple[int, int], index: GroupIndex
) -> list[tuple[str, Hit | None]]:
    """(what a concept needs, the words for it): those that count together, else for each group the nearest."""
    names = [f"<{group}>" for group in concept.all]
    names += [f"<{'|'.join(concept.any)}>"] if concept.any else []
    if parts is not None:
        return list(zip(names, parts, strict=True))
    low, high = max(turn[0], seed[0] - concept.within), min(turn[1], seed[1] + concept.within)
    result: list[tuple[str, Hit | None]] = [(names[0], seed)]
    needed = [(group,) for group in concept.all[1:]] + ([concept.any] if concept.any else [])
    for name, groups in zip(names[1:], needed, strict=True):
        near = [hit for group in groups for hit in index.hits(group).between(low, high)]
        taken = [hit for _, hit in result if hit]
        free = [hit for hit in near if all(hit[0] >= other[1] or hit[1] <= other[0] for other in taken)]
        result.append((name, max(free, key=lambda hit: (hit[2], -abs(hit[0] - seed[0])), default=None)))
    return result


def _blocked(
    key: str,
    groups: Sequence[str],
    span: tuple[int, int],
    where: Literal["near", "in the same sentence as", "just before"],
    index: GroupIndex,
    settings: MatchSettings,
) -> Iterator[BlockingWord]:
    """Words that must not stand there."""
    threshold = settings.heard if where == "just before" else settings.forbids
    for group in groups:
        for hit in index.hits(group).between(*span):
            if hit[2] >= threshold:
                heard, word = _text_at(index, hit[0], hit[1]), index.stream.first_word[hit[0]] + 1
                yield BlockingWord(key=key, group=group, heard=heard, word=word, where=where)


def _word(wanted: str | None, hit: tuple[int, int, float | None] | None, index: GroupIndex) -> AlignedWord:
    if hit is None:
        return AlignedWord(wanted=wanted, heard=None, read_as=None, similarity=None)
    first, last, similarity = hit
    return AlignedWord(
        wanted=wanted,
        heard=_text_at(index, first, last),
        read_as=" ".join(token.spelling for token in index.stream.tokens[first:last]),
        similarity=None if similarity is None else round(100 * similarity, 1),
    )


def _similarity(element: str, first: int, last: int, index: GroupIndex) -> float:
    """How well a word or group was heard in the tokens [first, last)."""
    multiword = [
        hit for group, hit in index.multiword_hits.get(first, ()) if f"<{group}>" == element and hit[1] == last
    ]
    alone = index.stream.tokens[first].elements.get(element, 0.0) if last == first + 1 else 0.0
    return max([alone, *(hit[2] for hit in multiword)])
