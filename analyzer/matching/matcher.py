"""Transcript -> evidence: every place where something of the bank may have been said, and by whom."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from analyzer.language.normalise import normal_words
from analyzer.matching.concepts import GroupIndex
from analyzer.matching.explain import Explanation, explain
from analyzer.matching.phrase_search import Match, PhraseSearch
from analyzer.matching.speaker_hmm import adapted_weights, cues_in, forward_backward
from analyzer.matching.token_candidates import Lexicon, TokenIndex, WordGroups
from analyzer.matching.token_stream import Tokenizer, TokenStream, build_stream, words_of
from analyzer.matching.word_segmentation import WordSegmenter
from analyzer.models.bank import Cue, PhraseBank, Target
from analyzer.models.base import Channel, Span
from analyzer.models.finding import Candidate, Evidence, Turn
from analyzer.models.transcript import Segment, Transcript, Word, split_words

_Model = TypeVar("_Model", bound=BaseModel)

WordKey = tuple[float, float, str]
"""start, end and text, which no two words of a call share"""


def construct_unvalidated(model: type[_Model], values: dict[str, Any]) -> _Model:
    """A model of values that are known to be valid, all fields given: as `model_construct`, in a fourth of its time.

    A call has a hundred candidates and a hundred turns; making them took a fifth of all matching.
    """
    instance = model.__new__(model)
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", set(values))
    object.__setattr__(instance, "__pydantic_extra__", None)
    object.__setattr__(instance, "__pydantic_private__", None)
    return instance


class CandidateBuilder:
    """Builds candidates and turns of one stream."""

    def __init__(self, stream: TokenStream, transcript: Transcript, certainty: Mapping[WordKey, float]) -> None:
        """`certainty`: probability that the speaker of a word is the one named; 1 where absent."""
        self._stream = stream
        self._certainty = certainty
        self._speech = _speech_index(transcript, stream)

    def candidate(self, match: Match) -> Candidate:
        """A match with its words, times and proof of speech."""
        stream = self._stream
        first, last = stream.first_word[match.first], stream.last_word[match.last - 1] + 1
        start, end = stream.words[first].start, max(stream.ends[first:last])
        known = [word.probability for word in stream.words[first:last] if word.probability is not None]
        values = {
            "target": match.target,
            "phrase": match.phrase,
            "similarity": round(min(100.0, match.similarity), 1),
            "channel": stream.channel,
            "first": first,
            "last": last,
            "start": start,
            "end": end,
            "heard": " ".join(stream.texts[first:last]),
            "certainty": self._best_certainty(match, first, last),
            "probability": round(sum(known) / len(known), 3) if known else None,
            "speech_overlap": self._speech.share(start, end) if self._speech else None,
        }
        return construct_unvalidated(Candidate, values)

    def turns(self) -> Iterator[Turn]:
        """The turns of the stream that hold words."""
        stream = self._stream
        for low, high in stream.turn_bounds:
            if low >= high:
                continue
            first, last = stream.first_word[low], stream.last_word[high - 1] + 1
            words = stream.recognized[first:last]
            values = {
                "channel": stream.channel,
                "certainty": self._mean_certainty(first, last),
                "start": words[0].start,
                "end": words[-1].end,
                "words": words,
            }
            yield construct_unvalidated(Turn, values)

    def _best_certainty(self, match: Match, first: int, last: int) -> float:
        """Certainty of the words or of their whole turn, whichever is higher: each is evidence for the other."""
        if not self._certainty:
            return 1.0
        stream = self._stream
        low, high = stream.turn_at(match.first)
        whole = self._mean_certainty(stream.first_word[low], stream.last_word[high - 1] + 1)
        return max(self._mean_certainty(first, last), whole)

    def _mean_certainty(self, first: int, last: int) -> float:
        """Mean certainty of words [first, last)."""
        if not self._certainty:
            return 1.0
        return sum(self._certainty.get(word_key(word), 1.0) for word in self._stream.words[first:last]) / (last - first)


def word_key(word: Word) -> WordKey:
    """The key of a word among all words of a call."""
    return word.start, word.end, word.text


class SpeechIndex:
    """Spans of detected speech, looked up by time: an hour holds a thousand."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self._spans = sorted(spans, key=lambda span: span.start)
        self._starts = [span.start for span in self._spans]
        self._latest_ends = list(accumulate((span.end for span in self._spans), max))

    def share(self, start: float, end: float) -> float:
        """Share of [start, end) that lies in detected speech."""
        if end <= start:
            near = self._spans[bisect_left(self._latest_ends, start) : bisect_right(self._starts, start)]
            return 1.0 if any(span.end >= start for span in near) else 0.0
        near = self._spans[bisect_right(self._latest_ends, start) : bisect_left(self._starts, end)]
        return round(min(1.0, sum(span.overlap(start, end) for span in near) / (end - start)), 3)


def _speech_index(transcript: Transcript, stream: TokenStream) -> SpeechIndex | None:
    """Detected speech that belongs to a speaker; None for text-only input."""
    if transcript.speech is None:
        return None
    return SpeechIndex(transcript.speech.get(stream.channel) or transcript.speech.get("unknown", ()))


@dataclass(frozen=True, slots=True)
class _Utterance:
    """A span of mixed speech between pauses, by one speaker as far as the recogniser could tell."""

    words: Sequence[Word]
    starts_segment: bool


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
        self._customer_only = [search for search in self._customer if search.target in bank.roles.answers]
        lexicon = Lexicon(self._vocabulary(), bank.language, bank.match, self._everyday())
        cues = {cue.group for cue in bank.roles.cues}
        agents, customers = _groups_of(self._agent), _groups_of(self._customer)
        groups: dict[Channel, set[str]] = {"agent": agents, "customer": customers, "unknown": agents | customers | cues}
        segmenter = WordSegmenter(lexicon, bank.match.segmentation)
        self._tokenizers = {
            channel: Tokenizer(lexicon, segmenter, TokenIndex(lexicon, self._groups, searched, bank.match))
            for channel, searched in groups.items()
        }
        self._agent_weights = {anchor.id: anchor.agent_weight for anchor in bank.anchors}
        self._agent_weights |= {step.id: step.weight for step in bank.steps if not step.short}

    def find(self, transcript: Transcript) -> Evidence:
        """All candidates of all targets in a transcript, with turns by speaker; order rules come later.

        Words without a known speaker are given to agent or customer by what they say (`Turn.certainty`).
        """
        words_by: dict[Channel, list[Word]] = {"agent": [], "customer": [], "unknown": []}
        for segment in transcript.segments:
            words_by[segment.speaker].extend(words_of(segment))
        certainty: dict[WordKey, float] = {}
        if words_by["unknown"]:
            mixed = [segment for segment in transcript.segments if segment.speaker == "unknown"]
            for utterance, agent_probability in self._attribute_speakers(mixed):
                speaker: Channel = "agent" if agent_probability >= self._bank.roles.agent_from else "customer"
                words_by[speaker].extend(utterance.words)
                surer = max(agent_probability, 1 - agent_probability)
                certainty.update({word_key(word): surer for word in utterance.words})
        for words in words_by.values():
            words.sort(key=attrgetter("start", "end"))
        agent = self._stream(words_by["agent"], "agent", words_by["customer"])
        customer = self._stream(words_by["customer"], "customer", words_by["agent"])
        candidates: list[Candidate] = []
        turns: list[Turn] = []
        for stream, searches in ((agent, self._agent), (customer, self._customer)):
            builder = CandidateBuilder(stream, transcript, certainty)
            index = GroupIndex(stream)
            candidates += [builder.candidate(match) for search in searches for match in search.find(index)]
            turns += builder.turns()
        return Evidence.model_construct(
            candidates=tuple(sorted(candidates, key=attrgetter("start", "end", "target"))),
            turns=tuple(sorted(turns, key=attrgetter("start", "end"))),
        )

    def explain(self, transcript: Transcript, speaker: Literal["agent", "customer"]) -> Explanation:
        """What all words of a transcript, as said by one speaker, were compared with and why it counts or does not."""
        words = [word for segment in transcript.segments for word in words_of(segment)]
        stream = self._stream(sorted(words, key=attrgetter("start", "end")), speaker, ())
        return explain(self._agent if speaker == "agent" else self._customer, GroupIndex(stream))

    def agent_likeness(self, segments: Sequence[Segment]) -> float:
        """How much one channel's words sound like the agent who speaks the SOP; 0 when nothing does."""
        stream = self._stream([word for segment in segments for word in words_of(segment)], "unknown", ())
        index = GroupIndex(stream)
        best: dict[str, float] = {}
        for search in self._agent:
            if search.target in self._agent_weights:
                for match in _at_least_doubtful(search, index):
                    best[match.target] = max(best.get(match.target, 0.0), match.similarity / 100)
        targets = sum(self._agent_weights[target] * similarity for target, similarity in best.items())
        roles = self._bank.roles
        cues = [sum(cue.weight for cue in cues_in(roles, index, low, high)) for low, high in stream.turn_bounds]
        return max(0.0, targets + roles.cue_share * sum(cues))

    def _search(self, target: Target, light: frozenset[str]) -> PhraseSearch:
        return PhraseSearch(target.id, target.wording, light, self._bank.language, self._bank.match)

    def _vocabulary(self) -> Iterable[str]:
        yield from self._groups.words
        for search in (*self._agent, *self._customer):
            for phrase in search.phrases:
                yield from (element for element in phrase.elements if not element.startswith("<"))
            for example in search.wording.must_match:
                yield from normal_words(example, self._bank.language)

    def _everyday(self) -> Iterable[str]:
        group = self._bank.match.plain
        for entry in self._bank.groups[group] if group else ():
            yield from normal_words(entry, self._bank.language)

    def _stream(self, words: Sequence[Word], channel: Channel, others: Sequence[Word]) -> TokenStream:
        starts = [word.start for word in others]
        return build_stream(words, channel, self._tokenizers[channel], self._bank.match, starts)

    def _attribute_speakers(self, segments: Sequence[Segment]) -> list[tuple[_Utterance, float]]:
        """Each utterance of mixed speech with the probability that it is the agent's.

        Two passes: the first gives each cue the weight that this call shows it to have.
        """
        utterances = list(_utterances(segments, self._bank.match.pause_seconds))
        segment_starts = [utterance.starts_segment for utterance in utterances]
        cues: list[list[Cue]] = []
        target_odds: list[float] = []
        for utterance in utterances:
            stream = self._stream(utterance.words, "unknown", ())
            index = GroupIndex(stream)
            cues.append(cues_in(self._bank.roles, index, 0, len(stream.tokens)) if stream.tokens else [])
            target_odds.append(self._target_log_odds(index) if stream.tokens else 0.0)
        odds = [start + sum(cue.weight for cue in heard) for start, heard in zip(target_odds, cues, strict=True)]
        probabilities = forward_backward(odds, segment_starts, self._bank.roles)
        weights = adapted_weights(cues, probabilities, self._bank.roles.prior_uses)
        odds = [
            start + sum(weights.get(cue.group, cue.weight) for cue in heard)
            for start, heard in zip(target_odds, cues, strict=True)
        ]
        return list(zip(utterances, forward_backward(odds, segment_starts, self._bank.roles), strict=True))

    def _target_log_odds(self, index: GroupIndex) -> float:
        """Log odds for the agent from what only one side says; a question holds the words of its answers, too."""
        asking = (search for search in self._agent if search.target in self._agent_weights)
        matches = (match for search in asking for match in _at_least_doubtful(search, index))
        agent = max((match.similarity / 100 for match in matches), default=0.0)
        odds = self._bank.roles.target_odds
        if agent == 1:
            return odds
        answers = (match.similarity / 100 for search in self._customer_only for match in search.find(index))
        customer = max(answers, default=0.0)
        return odds * (agent if agent >= customer else -customer)


def _at_least_doubtful(search: PhraseSearch, index: GroupIndex) -> list[Match]:
    """Matches that may count by themselves; mere traces of a question do not show who speaks."""
    return [match for match in search.find(index) if match.similarity >= search.wording.doubt]


def _groups_of(searches: Iterable[PhraseSearch]) -> set[str]:
    """Groups that a speaker's words are searched for."""
    groups: set[str] = set()
    for search in searches:
        groups.update(group for phrase in search.phrases for group in phrase.groups)
        groups.update(search.wording.groups)
    return groups


def _utterances(segments: Sequence[Segment], pause: float) -> Iterator[_Utterance]:
    """Segments cut at pauses and sentence ends."""
    for segment in segments:
        for position, words in enumerate(split_words(words_of(segment), pause)):
            yield _Utterance(words, starts_segment=position == 0)
