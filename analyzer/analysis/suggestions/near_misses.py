"""Near misses: steps called missed or unsure though similar words were heard, or though people say they were said.

Labels, where given, decide: a step labelled missed was not said, so its words are no wording for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from pydantic import Field

from analyzer.analysis.calibration.rejudge import with_changes
from analyzer.analysis.labels import SAID, CallLabels
from analyzer.matching.matcher import Matcher
from analyzer.models.bank import PhraseBank
from analyzer.models.base import Channel, Frozen, Seconds, Status
from analyzer.models.finding import Candidate, Finding
from analyzer.models.report import Report
from analyzer.models.transcript import Transcript, Word

# Least similarity of words when people say that the step was said. With wordings taken out of a bank, 20 gave a
# sentence for each of 14 such steps, 12 of them the right one; 30 gave none.
_LOW_DOUBT = 20.0
_MAX_SENTENCE_WORDS = 16  # more is no single utterance (the SOP's longest sentence has 17)
_SAME_TIME = 0.006  # seconds; results keep two decimals


class NearMiss(Frozen):
    """One finding that a better wording might have decided."""

    call_id: str
    step: str
    status: Status
    label: Status | None
    heard: str = Field(description="the nearest words; the whole sentence around them where its transcript is given")
    start: Seconds
    similarity: float


class UnrecognizedStep(Frozen):
    """A step that people say was said, but nothing like it was recognised: no wording helps, listening does."""

    call_id: str
    step: str


class NearMisses(Frozen):
    """All near misses of some results, and what is not one."""

    found: tuple[NearMiss, ...]
    contradicted: tuple[NearMiss, ...] = Field(description="labelled missed: these words did not say the step")
    by_place: int = Field(description="near enough already: the place in the call decided, not the wording")
    unheard: tuple[UnrecognizedStep, ...]


def near_misses(
    reports: Iterable[Report],
    bank: PhraseBank,
    labels: Mapping[str, CallLabels],
    transcripts: Mapping[str, Transcript],
) -> NearMisses:
    """Near misses in the order of calls and steps. Labels and transcripts are by call id and may be empty."""
    matcher = _LowDoubtMatcher(bank) if transcripts else None
    thresholds = {step.id: step.wording.accept for step in bank.steps}
    found: list[NearMiss] = []
    contradicted: list[NearMiss] = []
    unheard: list[UnrecognizedStep] = []
    by_place = 0
    for report in reports:
        labelled = labels.get(report.call_id)
        transcript = transcripts.get(report.call_id)
        for finding in report.steps:
            label = labelled.steps.get(finding.id) if labelled else None
            if finding.status not in {"missed", "unsure"} or finding.id not in thresholds or label == "not_applicable":
                continue
            near = _near_miss(report.call_id, finding, label, transcript, matcher)
            if near is None:
                unheard += [UnrecognizedStep(call_id=report.call_id, step=finding.id)] if label in SAID else []
            elif near.similarity >= thresholds[finding.id]:
                by_place += 1
            else:
                (contradicted if label == "missed" else found).append(near)
    return NearMisses(found=tuple(found), contradicted=tuple(contradicted), by_place=by_place, unheard=tuple(unheard))


def _near_miss(
    call_id: str,
    finding: Finding,
    label: Status | None,
    transcript: Transcript | None,
    matcher: "_LowDoubtMatcher | None",
) -> NearMiss | None:
    heard, start, similarity = finding.heard, finding.start, finding.similarity
    if heard is None and label in SAID and transcript and matcher:
        best = matcher.nearest(finding.id, transcript)
        if best:
            heard, start, similarity = best.heard, best.start, best.similarity
    if heard is None or start is None or similarity is None:
        return None
    sentence = sentence_at(transcript, start) if transcript else None
    return NearMiss(
        call_id=call_id,
        step=finding.id,
        status=finding.status,
        label=label,
        heard=sentence or heard,
        start=start,
        similarity=similarity,
    )


class _LowDoubtMatcher:
    """Finds words of low similarity to a step, without those that are something else: a greeting resembles much."""

    def __init__(self, bank: PhraseBank) -> None:
        self._wordings = bank.targets()
        self._matcher = Matcher(_with_low_doubt(bank))

    def nearest(self, step: str, transcript: Transcript) -> Candidate | None:
        """The best candidate of a step."""
        candidates = self._matcher.find(transcript).candidates
        accepted = [item for item in candidates if item.similarity >= self._wordings[item.target].accept]
        free = [
            item
            for item in candidates
            if item.target == step and not any(_overlap(item, other) for other in accepted if other.target != step)
        ]
        return max(free, key=lambda item: (item.similarity, -item.start), default=None)


def _overlap(first: Candidate, second: Candidate) -> bool:
    return first.channel == second.channel and first.first < second.last and second.first < first.last


def _with_low_doubt(bank: PhraseBank) -> PhraseBank:
    """The bank with every step's `doubt` lowered."""
    steps = tuple(
        step.model_copy(
            update={"wording": step.wording.model_copy(update={"doubt": min(_LOW_DOUBT, step.wording.doubt)})}
        )
        for step in bank.steps
    )
    return with_changes(bank, steps=steps)


def sentence_at(transcript: Transcript, start: float, speaker: Channel = "agent") -> str | None:
    """A speaker's sentence in which a word begins at `start` seconds; None when it is too long for one."""
    for segment in transcript.segments:
        words = segment.words or ()
        index = next((i for i, word in enumerate(words) if abs(word.start - start) < _SAME_TIME), None)
        if index is not None and segment.speaker in {speaker, "unknown"}:
            first, last = _sentence(words, index)
            text = " ".join(word.text for word in words[first:last])
            return text if last - first <= _MAX_SENTENCE_WORDS else None
    return None


def _sentence(words: Sequence[Word], index: int) -> tuple[int, int]:
    ends = [0, *(i for i, (word, _) in enumerate(pairwise(words), 1) if word.text.endswith((".", "?", "!")))]
    first = max(end for end in ends if end <= index)
    return first, next((end for end in ends if end > index), len(words))
