"""Two readings of one stretch, weighed: what the second may change, and what it may not.

It may make a missed step unsure. It may make a step met only when the words are clear and the audio bears them out,
because a wider beam without voice activity also invents more. It never makes a step missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.bank_settings import SecondLook
from analyzer.models.base import Channel, Span
from analyzer.models.evidence import Evidence
from analyzer.models.finding import Finding, Judgement, SecondHearing, Sound
from analyzer.models.transcript import Reading, SecondReadings, Segment, Transcript
from analyzer.scoring.judge import judge
from analyzer.scoring.second_pass.spans import place_of
from analyzer.scoring.second_pass.splice import splice, words_in

_SAID = frozenset({"met", "out_of_order"})


@dataclass(frozen=True)
class Weighed:
    """What is known of a call after none, one or more second readings."""

    transcript: Transcript
    evidence: Evidence
    judgement: Judgement
    hearings: Mapping[str, SecondHearing] = field(default_factory=dict)


@dataclass(frozen=True)
class _Look:
    """One step's stretch with its second reading."""

    step: str
    place: Span
    speaker: Channel
    readings: Sequence[Reading]
    model: str


def weigh(
    transcript: Transcript,
    speakers: Mapping[int, Channel],
    readings: SecondReadings | None,
    bank: PhraseBank,
    matcher: Matcher,
) -> Weighed:
    """Judge a call from both readings. `speakers`: who speaks on each channel that was read again."""
    evidence = matcher.find(transcript)
    known = Weighed(transcript, evidence, judge(transcript, evidence, bank))
    settings = bank.second_look
    if settings is None or readings is None or not readings.readings:
        return known
    for step in bank.steps:
        for channel, speaker in speakers.items():
            finding = _finding(known.judgement, step.id)
            place = place_of(finding, settings, transcript.duration)
            if place is None:
                continue
            own = [r for r in readings.readings if r.channel == channel and r.overlap(place.start, place.end) > 0]
            if own:
                look = _Look(step.id, place, speaker, own, readings.engine.model)
                known = _consider(known, look, settings, bank, matcher)
    return known


def _consider(known: Weighed, look: _Look, settings: SecondLook, bank: PhraseBank, matcher: Matcher) -> Weighed:
    spliced = splice(known.transcript, look.speaker, look.place, look.readings)
    evidence = matcher.find(spliced)
    judged = judge(spliced, evidence, bank, known.hearings)
    hearing = _hearing(known, look, _finding(judged, look.step), settings)
    hearings = {**known.hearings, look.step: _better(known.hearings.get(look.step), hearing)}
    if hearing.outcome == "said" and not _harms(known.judgement, judged, but=look.step):
        return Weighed(spliced, evidence, judge(spliced, evidence, bank, hearings), hearings)
    return Weighed(
        known.transcript, known.evidence, judge(known.transcript, known.evidence, bank, hearings), hearings
    )


def _hearing(known: Weighed, look: _Look, found: Finding, settings: SecondLook) -> SecondHearing:
    place = look.place
    nothing = SecondHearing(
        looked=place,
        model=look.model,
        outcome="nothing",
        first=words_in(_own(known, look), place),
        heard=words_in([segment for reading in look.readings for segment in reading.segments], place),
    )
    inside = found.start is not None and found.end is not None and place.overlap(found.start, found.end) > 0
    if not inside or found.status not in {*_SAID, "unsure"} or found.start is None or found.end is None:
        return nothing
    alike = (found.similarity or 0.0) >= settings.least_similarity
    proven = found.status in _SAID and alike and _proven(found.sound, settings)
    return SecondHearing(
        looked=place,
        model=look.model,
        outcome="said" if proven else "unclear",
        first=words_in(_own(known, look), Span(start=found.start, end=found.end)),
        heard=found.heard,
        start=found.start,
        end=found.end,
        phrase=found.phrase,
        similarity=found.similarity,
        sound=found.sound or Sound(),
    )


def _own(known: Weighed, look: _Look) -> list[Segment]:
    return [segment for segment in known.transcript.segments if segment.speaker == look.speaker]


def _proven(sound: Sound | None, settings: SecondLook) -> bool:
    """Whether the second reading alone may call a step met: every figure must be known and good."""
    if sound is None or sound.speech_overlap is None or sound.avg_logprob is None or sound.probability is None:
        return False
    return (
        sound.speech_overlap >= settings.least_overlap
        and sound.avg_logprob >= settings.least_logprob
        and sound.probability >= settings.least_probability
    )


def _better(old: SecondHearing | None, new: SecondHearing) -> SecondHearing:
    """Of two channels' hearings of one step the one that heard more."""
    rank = {"said": 2, "unclear": 1, "nothing": 0}
    return new if old is None or rank[new.outcome] > rank[old.outcome] else old


def _harms(before: Judgement, after: Judgement, but: str) -> bool:
    """Whether the spliced words lost what the first reading had: another step's utterance, or a reply."""
    worth = {"met": 2, "out_of_order": 1}
    lost = any(
        worth.get(_finding(after, finding.id).status, 0) < worth[finding.status]
        for finding in before.findings
        if finding.id != but and finding.status in worth
    )
    replies = (
        (before.caller_role, after.caller_role),
        (before.email_reply, after.email_reply),
        (before.callback_reply, after.callback_reply),
    )
    return lost or any(old is not None and new is None for old, new in replies)


def _finding(judgement: Judgement, step: str) -> Finding:
    return next(finding for finding in judgement.findings if finding.id == step)
