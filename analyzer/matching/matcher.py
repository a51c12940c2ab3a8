"""Transcript -> evidence: every place where something of the bank may have been said, and by whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Literal

from analyzer.language.normalise import normal_words
from analyzer.matching.candidates import CandidateBuilder, WordKey, word_key
from analyzer.matching.explain import Explanation, explain
from analyzer.matching.group_index import GroupIndex
from analyzer.matching.phrase_search import Match, PhraseSearch
from analyzer.matching.speaker_hmm import adapted_weights, cue_weight, cues_in, forward_backward
from analyzer.matching.token_candidates import Lexicon, TokenIndex, WordGroups
from analyzer.matching.token_stream import Tokenizer, TokenStream, build_stream, words_of
from analyzer.matching.word_segmentation import WordSegmenter
from analyzer.models.bank import Cue, PhraseBank, Target
from analyzer.models.base import Channel
from analyzer.models.evidence import Evidence, Turn
from analyzer.models.finding import Candidate
from analyzer.models.transcript import Segment, Transcript, Word

_EVEN = 0.5  # chance from which a mixed turn is the agent's
_TARGET_ODDS = 1.5  # log odds that a step (or an answer) gives its speaker: customers do repeat agents' words


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of mixed speech by one speaker, as far as the recogniser could tell."""

    words: tuple[Word, ...]
    border: bool


class Matcher:
    """A bank, compiled once: phrases expanded, word groups and sounds indexed."""

    def __init__(self, bank: PhraseBank) -> None:
        self._bank = bank
        self._groups = WordGroups(bank)
        light = self._groups.members(bank.match.light)
        agent: tuple[Target, ...] = (*bank.steps, *bank.anchors, *bank.violations)
        customer: tuple[Target, ...] = (*bank.exemptions, *bank.reply_values())
        self._agent = [self._search(target, light) for target in agent]
        self._customer = [self._search(target, light) for target in customer]
        self._telling_customer = [search for search in self._customer if search.target in bank.roles.answers]
        lexicon = Lexicon(self._vocabulary(), bank.language, bank.match.word_cutoff, self._plain())
        cues = {cue.group for cue in bank.roles.cues}
        agents, customers = _sought(self._agent), _sought(self._customer)
        sought: dict[Channel, set[str]] = {"agent": agents, "customer": customers, "unknown": agents | customers | cues}
        seams = WordSegmenter(lexicon)
        self._readers = {
            channel: Tokenizer(lexicon, seams, TokenIndex(lexicon, self._groups, groups, bank.match))
            for channel, groups in sought.items()
        }
        self._telling = {anchor.id: anchor.agent_weight for anchor in bank.anchors}
        self._telling |= {step.id: step.weight for step in bank.steps if not step.short}

    def find(self, transcript: Transcript) -> Evidence:
        """All candidates of all targets in a transcript, with turns by speaker; order rules come later.

        Words without a known speaker are given to agent or customer by what they say (`Turn.certainty`).
        """
        spoken: dict[Channel, list[Word]] = {"agent": [], "customer": [], "unknown": []}
        for segment in transcript.segments:
            spoken[segment.speaker].extend(words_of(segment))
        certainty: dict[WordKey, float] = {}
        if spoken["unknown"]:
            mixed = [segment for segment in transcript.segments if segment.speaker == "unknown"]
            for unit, chance in self._who_speaks(mixed):
                speaker: Channel = "agent" if chance >= _EVEN else "customer"
                spoken[speaker].extend(unit.words)
                certainty.update({word_key(word): max(chance, 1 - chance) for word in unit.words})
        for words in spoken.values():
            words.sort(key=attrgetter("start", "end"))
        agent = self._stream(spoken["agent"], "agent", spoken["customer"])
        customer = self._stream(spoken["customer"], "customer", spoken["agent"])
        found: list[Candidate] = []
        turns: list[Turn] = []
        for stream, searches in ((agent, self._agent), (customer, self._customer)):
            collector = CandidateBuilder(stream, transcript, certainty)
            hits = GroupIndex(stream)
            found += [collector.candidate(match) for search in searches for match in search.find(hits)]
            turns += collector.turns()
        return Evidence.model_construct(
            candidates=tuple(sorted(found, key=attrgetter("start", "end", "target"))),
            turns=tuple(sorted(turns, key=attrgetter("start", "end"))),
        )

    def explain(self, transcript: Transcript, speaker: Literal["agent", "customer"]) -> Explanation:
        """What all words of a transcript, as said by one speaker, were compared with and why it counts or does not."""
        words = sorted(
            (w for segment in transcript.segments for w in words_of(segment)), key=attrgetter("start", "end")
        )
        stream = self._stream(words, speaker, ())
        return explain(self._agent if speaker == "agent" else self._customer, GroupIndex(stream))

    def agent_likeness(self, segments: Sequence[Segment]) -> float:
        """How much one channel's words sound like the agent who speaks the SOP; 0 when nothing does."""
        stream = self._stream([word for segment in segments for word in words_of(segment)], "unknown", ())
        hits = GroupIndex(stream)
        best: dict[str, float] = {}
        for search in self._agent:
            for match in _doubtful_or_better(search, hits):
                if search.target in self._telling:
                    best[match.target] = max(best.get(match.target, 0.0), match.similarity / 100)
        said = sum(self._telling[target] * similarity for target, similarity in best.items())
        cues = [cue_weight(self._bank.roles, hits, low, high) for low, high in stream.turn_bounds]
        return max(0.0, said + 0.25 * sum(cues))

    def _search(self, target: Target, light: frozenset[str]) -> PhraseSearch:
        return PhraseSearch(target.id, target.wording, light, self._bank.language, self._bank.match)

    def _vocabulary(self) -> Iterable[str]:
        yield from self._groups.words
        for search in (*self._agent, *self._customer):
            for phrase in search.phrases:
                yield from (element for element in phrase.elements if not element.startswith("<"))
            for example in search.wording.must_match:
                yield from normal_words(example, self._bank.language)

    def _plain(self) -> Iterable[str]:
        group = self._bank.match.plain
        for entry in self._bank.groups[group] if group else ():
            yield from normal_words(entry, self._bank.language)

    def _stream(self, words: Sequence[Word], channel: Channel, others: Sequence[Word]) -> TokenStream:
        starts = [word.start for word in others]
        return build_stream(words, channel, self._readers[channel], self._bank.match, starts)

    def _who_speaks(self, segments: Sequence[Segment]) -> list[tuple[_Unit, float]]:
        """Each unit of mixed speech with the chance that it is the agent's."""
        units = _units(segments, self._bank.match.pause_seconds)
        borders = [unit.border for unit in units]
        cues: list[list[Cue]] = []
        odds: list[float] = []  # without cues
        for unit in units:
            stream = self._stream(unit.words, "unknown", ())
            hits = GroupIndex(stream)
            cues.append(cues_in(self._bank.roles, hits, 0, len(stream.tokens)) if stream.tokens else [])
            odds.append(self._told(hits) if stream.tokens else 0.0)
        heard = [start + sum(cue.weight for cue in own) for start, own in zip(odds, cues, strict=True)]
        chances = forward_backward(heard, borders, self._bank.roles)
        learned = adapted_weights(cues, chances)
        heard = [
            start + sum(learned.get(cue.group, cue.weight) for cue in own)
            for start, own in zip(odds, cues, strict=True)
        ]
        return list(zip(units, forward_backward(heard, borders, self._bank.roles), strict=True))

    def _told(self, hits: GroupIndex) -> float:
        """Log odds for the agent from what only one side says; a question holds the words of its answers, too."""
        asking = (search for search in self._agent if search.target in self._telling)
        heard = (match for search in asking for match in _doubtful_or_better(search, hits))
        said = max((match.similarity / 100 for match in heard), default=0.0)
        if said == 1:
            return _TARGET_ODDS
        answers = (match.similarity / 100 for search in self._telling_customer for match in search.find(hits))
        told = max(answers, default=0.0)
        return _TARGET_ODDS * (said if said >= told else -told)


def _doubtful_or_better(search: PhraseSearch, hits: GroupIndex) -> list[Match]:
    """Matches that may count by themselves; mere traces of a question tell nothing about who speaks."""
    return [match for match in search.find(hits) if match.similarity >= search.wording.doubt]


def _sought(searches: Iterable[PhraseSearch]) -> set[str]:
    """Groups that a speaker's words are searched for."""
    sought: set[str] = set()
    for search in searches:
        wording = search.wording
        sought.update(wording.must, wording.must_not)
        for concept in wording.concepts:
            sought.update(concept.all, concept.any, concept.none, concept.absent_in_sentence, concept.not_preceded_by)
        sought.update(group for phrase in search.phrases for group in phrase.groups)
    return sought


def _units(segments: Sequence[Segment], pause: float) -> list[_Unit]:
    units: list[_Unit] = []
    for segment in segments:
        words = words_of(segment)
        cut = [0]
        for index, (before, word) in enumerate(pairwise(words), 1):
            if word.start - before.end >= pause or before.text.endswith((".", "?", "!")):
                cut.append(index)
        for begin, end in pairwise((*cut, len(words))):
            if begin < end:
                units.append(_Unit(words[begin:end], border=begin == 0))
    return units
