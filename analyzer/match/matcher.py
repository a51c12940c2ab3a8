"""Transcript -> evidence: every place where something of the bank may have been said, and by whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analyzer.match.hits import Groups, Hits
from analyzer.match.lexicon import Lexicon
from analyzer.match.roles import cue_weight, likely_agent
from analyzer.match.spot import Match, Spotter
from analyzer.match.stream import Stream, build_stream, words_of
from analyzer.models.base import Channel, Span
from analyzer.models.evidence import Evidence, Turn
from analyzer.models.finding import Candidate
from analyzer.models.phrases import PhraseBank, Target
from analyzer.models.transcript import Segment, Transcript, Word
from analyzer.text import normal_words

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
        self._groups = Groups(bank)
        fillers = self._groups.members(bank.match.fillers)
        light = self._groups.members(bank.match.light)
        self._costs = dict.fromkeys(light, bank.match.light_cost)
        self._costs |= dict.fromkeys(fillers, bank.match.filler_cost)
        agent: tuple[Target, ...] = (*bank.steps, *bank.anchors, *bank.violations)
        customer: tuple[Target, ...] = (*bank.exemptions, *bank.reply_values())
        self._agent = [self._spotter(target, light) for target in agent]
        self._customer = [self._spotter(target, light) for target in customer]
        self._telling_customer = [spotter for spotter in self._customer if spotter.target in bank.roles.answers]
        self._lexicon = Lexicon(self._vocabulary(), bank.language, bank.match.word_cutoff, self._plain())
        self._telling = {anchor.id: anchor.agent_weight for anchor in bank.anchors}
        self._telling |= {step.id: step.weight for step in bank.steps if not step.short}

    def find(self, transcript: Transcript) -> Evidence:
        """All candidates of all targets in a transcript, with turns by speaker; order rules come later.

        Words without a known speaker are given to agent or customer by what they say (`Turn.certainty`).
        """
        spoken: dict[Channel, list[Word]] = {"agent": [], "customer": [], "unknown": []}
        for segment in transcript.segments:
            spoken[segment.speaker].extend(words_of(segment))
        certainty: dict[tuple[float, float, str], float] = {}
        if spoken["unknown"]:
            mixed = [segment for segment in transcript.segments if segment.speaker == "unknown"]
            for unit, chance in self._who_speaks(mixed):
                speaker: Channel = "agent" if chance >= _EVEN else "customer"
                spoken[speaker].extend(unit.words)
                certainty.update({_key(word): max(chance, 1 - chance) for word in unit.words})
        for words in spoken.values():
            words.sort(key=lambda word: (word.start, word.end))
        agent = self._stream(spoken["agent"], "agent", spoken["customer"])
        customer = self._stream(spoken["customer"], "customer", spoken["agent"])
        found = [
            *self._candidates(agent, self._agent, transcript),
            *self._candidates(customer, self._customer, transcript),
        ]
        turns = [*_turns(agent, certainty), *_turns(customer, certainty)]
        return Evidence.model_construct(
            candidates=tuple(sorted(found, key=lambda item: (item.start, item.end, item.target))),
            turns=tuple(sorted(turns, key=lambda turn: (turn.start, turn.end))),
        )

    def agent_likeness(self, segments: Sequence[Segment]) -> float:
        """How much one channel's words sound like the agent who speaks the SOP; 0 when nothing does."""
        stream = self._stream([word for segment in segments for word in words_of(segment)], "unknown", ())
        hits = self._hits(stream)
        best: dict[str, float] = {}
        for spotter in self._agent:
            for match in spotter.find(hits):
                if spotter.target in self._telling:
                    best[match.target] = max(best.get(match.target, 0.0), match.similarity / 100)
        said = sum(self._telling[target] * similarity for target, similarity in best.items())
        cues = [cue_weight(self._bank.roles, hits, low, high) for low, high in stream.turn_bounds]
        return max(0.0, said + 0.25 * sum(cues))

    def _spotter(self, target: Target, light: frozenset[str]) -> Spotter:
        return Spotter(target.id, target.wording, light, self._bank.language, self._bank.match)

    def _vocabulary(self) -> Iterable[str]:
        yield from self._groups.words
        for spotter in (*self._agent, *self._customer):
            for phrase in spotter.phrases:
                yield from (element for element in phrase.elements if not element.startswith("<"))
            for example in spotter.wording.must_match:
                yield from normal_words(example, self._bank.language)

    def _plain(self) -> Iterable[str]:
        group = self._bank.match.plain
        for entry in self._bank.groups[group] if group else ():
            yield from normal_words(entry, self._bank.language)

    def _stream(self, words: Sequence[Word], channel: Channel, others: Sequence[Word]) -> Stream:
        starts = [word.start for word in others]
        return build_stream(words, channel, self._lexicon, self._bank.language, self._bank.match, starts)

    def _hits(self, stream: Stream) -> Hits:
        return Hits(stream, self._lexicon, self._groups, self._costs, self._bank.match.extra_cost)

    def _candidates(self, stream: Stream, spotters: Sequence[Spotter], transcript: Transcript) -> Iterable[Candidate]:
        hits = self._hits(stream)
        speech = _speech(transcript, stream.channel)
        for spotter in spotters:
            for match in spotter.find(hits):
                yield _candidate(match, stream, speech)

    def _who_speaks(self, segments: Sequence[Segment]) -> list[tuple[_Unit, float]]:
        """Each unit of mixed speech with the chance that it is the agent's."""
        units = _units(segments, self._bank.match.pause_seconds)
        odds = []
        for unit in units:
            stream = self._stream(unit.words, "unknown", ())
            hits = self._hits(stream)
            size = len(stream.tokens)
            telling = (spotter for spotter in self._agent if spotter.target in self._telling)
            said = max((match.similarity / 100 for spotter in telling for match in spotter.find(hits)), default=0.0)
            if not said:
                told = (match.similarity / 100 for spotter in self._telling_customer for match in spotter.find(hits))
                said = -max(told, default=0.0)
            odds.append(cue_weight(self._bank.roles, hits, 0, size) + _TARGET_ODDS * said if size else 0.0)
        chances = likely_agent(odds, [unit.border for unit in units], self._bank.roles)
        return list(zip(units, chances, strict=True))


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


def _key(word: Word) -> tuple[float, float, str]:
    return word.start, word.end, word.text


def _turns(stream: Stream, certainty: dict[tuple[float, float, str], float]) -> Iterable[Turn]:
    """Runs of heard words of one stream."""
    for low, high in stream.turn_bounds:
        if low >= high:
            continue
        first, last = stream.first_word[low], stream.last_word[high - 1] + 1
        words = stream.heard[first:last]
        sure = [certainty.get(_key(word), 1.0) for word in stream.words[first:last]] if certainty else [1.0]
        yield Turn.model_construct(
            channel=stream.channel,
            certainty=sum(sure) / len(sure),
            start=words[0].start,
            end=words[-1].end,
            words=words,
        )


def _speech(transcript: Transcript, channel: Channel) -> tuple[Span, ...] | None:
    """Detected speech that belongs to a speaker; None for text-only input."""
    if transcript.speech is None:
        return None
    return transcript.speech.get(channel) or transcript.speech.get("unknown", ())


def _candidate(match: Match, stream: Stream, speech: tuple[Span, ...] | None) -> Candidate:
    first, last = stream.first_word[match.first], stream.last_word[match.last - 1] + 1
    words = stream.words[first:last]
    start, end = words[0].start, max(word.end for word in words)
    known = [word.probability for word in words if word.probability is not None]
    return Candidate.model_construct(
        target=match.target,
        phrase=match.phrase,
        similarity=round(min(100.0, match.similarity), 1),
        channel=stream.channel,
        first=first,
        last=last,
        start=start,
        end=end,
        heard=" ".join(word.text for word in words),
        probability=round(sum(known) / len(known), 3) if known else None,
        speech_overlap=None if speech is None else _overlap(speech, start, end),
    )


def _overlap(speech: tuple[Span, ...], start: float, end: float) -> float:
    """Share of [start, end) that lies in detected speech."""
    if end <= start:
        return 1.0 if any(span.start <= start <= span.end for span in speech) else 0.0
    return round(min(1.0, sum(span.overlap(start, end) for span in speech) / (end - start)), 3)
