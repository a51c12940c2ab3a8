"""Whether the audio proves the words, and how likely a status is right.

Recognisers write "terima kasih" over silence, music and noise (https://github.com/SYSTRAN/faster-whisper/issues/506),
so a finding rests on sound, not on text alone. Confidence is a logistic regression over a few features with the bank's
weights from labelled calls; that of undecided findings is one half.
"""

import math

from analyzer.models.bank import Step
from analyzer.models.bank_settings import ConfidenceModel, ConfidenceWeights, RecognitionLimits
from analyzer.models.finding import AcousticEvidence, Candidate, Grounds
from analyzer.models.transcript import Segment
from analyzer.scoring.call import JudgedCall

OPEN = 0.5


def said_grounds(step: Step, candidate: Candidate, *, answered: bool) -> Grounds:
    """Grounds of a step that was recognised, or is known by its answer."""
    accept = step.wording.accept
    fit = (candidate.similarity - accept) / max(1.0, 100.0 - accept)
    return Grounds(
        kind="answered" if answered else "said",
        fit=round(min(1.0, max(0.0, fit)), 3),
        hearing=candidate.probability,
        speaker=round(candidate.certainty, 3),
    )


def missed_grounds(call: JudgedCall, near: Candidate | None) -> Grounds:
    """Grounds of a step that was not recognised; the nearer some words came, the less sure."""
    fit = near.similarity / 100 if near else 0.0
    return Grounds(kind="missed", fit=round(fit, 3), hearing=call.hearing, speaker=call.agent_certainty)


def not_due_grounds(call: JudgedCall) -> Grounds:
    """Grounds of a step that the customer's words made not applicable."""
    return Grounds(kind="not_due", hearing=call.hearing, speaker=call.agent_certainty)


def confidence_of(grounds: Grounds, model: ConfidenceModel) -> float:
    """Probability that the status is right, within the bank's bounds."""
    weights: ConfidenceWeights | None = {
        "said": model.said,
        "answered": model.answered,
        "missed": model.missed,
        "not_due": model.not_due,
    }.get(grounds.kind)
    if weights is None:
        return OPEN
    fit, hearing, doubt = features(grounds, model)
    odds = weights.base + weights.fit * fit + weights.hearing * hearing + weights.speaker * doubt
    return round(min(model.highest, max(model.lowest, 1 / (1 + math.exp(-odds)))), 3)


def features(grounds: Grounds, model: ConfidenceModel) -> tuple[float, float, float]:
    """The regression's features: fit, word probability in tenths above typical, doubt about the speaker."""
    hearing = model.typical_hearing if grounds.hearing is None else grounds.hearing
    return grounds.fit, (hearing - model.typical_hearing) * 10, 1 - grounds.speaker


def acoustic_evidence(call: JudgedCall, candidate: Candidate) -> AcousticEvidence | None:
    """The audio's and the recogniser's figures for a candidate's words; None for text without any."""
    windows = [segment for segment in call.transcript.segments if _holds(segment, candidate)]
    logprobs = [w.avg_logprob for w in windows if w.avg_logprob is not None]
    silences = [w.no_speech_prob for w in windows if w.no_speech_prob is not None]
    ratios = [w.compression_ratio for w in windows if w.compression_ratio is not None]
    sound = AcousticEvidence(
        speech_overlap=candidate.speech_overlap,
        probability=candidate.probability,
        avg_logprob=min(logprobs, default=None),
        no_speech_prob=max(silences, default=None),
        compression_ratio=max(ratios, default=None),
    )
    return None if sound == AcousticEvidence() else sound


def unproven(call: JudgedCall, step: Step, candidate: Candidate, sound: AcousticEvidence | None) -> str | None:
    """Why the words prove nothing, as part of a sentence; None when the audio proves them, or there is none."""
    hearing = call.bank.hearing
    if step.short and _repeats(call, candidate) > hearing.most_repeats:
        return "the same words stand there again and again, as when the recogniser loops"
    if sound is None:
        return None
    if sound.speech_overlap is not None and sound.speech_overlap < hearing.least_overlap:
        return "hardly any speech was detected there"
    if decoding_failed(hearing, sound.avg_logprob, sound.compression_ratio):
        return "the recogniser itself could hardly make out that stretch"
    if (sound.no_speech_prob or 0.0) > hearing.most_no_speech and (sound.probability or 1.0) < hearing.guessed:
        return "the recogniser itself doubts that anybody speaks there"
    return None


def decoding_failed(hearing: RecognitionLimits, avg_logprob: float | None, compression_ratio: float | None) -> bool:
    """True where decoding failed by the recogniser's own figures: the words show neither what was said nor what not."""
    unlikely = avg_logprob is not None and avg_logprob < hearing.worst_logprob
    loops = compression_ratio is not None and compression_ratio > hearing.worst_compression
    return unlikely or loops


def _holds(segment: Segment, candidate: Candidate) -> bool:
    same_speaker = segment.speaker in {candidate.channel, "unknown"}
    return same_speaker and segment.start < candidate.end and candidate.start < segment.end


def _repeats(call: JudgedCall, candidate: Candidate) -> int:
    """Length of the run of touching occurrences of the same target that holds the candidate."""
    run: list[Candidate] = []
    for other in call.candidates(candidate.target):
        if run and other.start - run[-1].end > call.bank.hearing.loop_pause:
            if candidate in run:
                break
            run = []
        run.append(other)
    return len(run) if candidate in run else 1
