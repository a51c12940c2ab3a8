"""Whether the audio proves the words: a finding rests on sound, not on text alone.

Recognisers write "terima kasih" over silence, music and noise (SYSTRAN/faster-whisper#506, #465). No text is rejected
for its wording: what counts is whether speech was detected there and the recogniser's own figures of the window.
"""

from analyzer.models.bank import Step
from analyzer.models.bank_settings import RecognitionLimits
from analyzer.models.finding import AcousticEvidence, Candidate
from analyzer.models.transcript import Segment
from analyzer.scoring.call import Call

_TOUCHING = 0.3  # seconds between two utterances of a loop; people pause longer


def acoustic_evidence(call: Call, candidate: Candidate) -> AcousticEvidence | None:
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


def unproven(call: Call, step: Step, candidate: Candidate, sound: AcousticEvidence | None) -> str | None:
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


def _repeats(call: Call, candidate: Candidate) -> int:
    """Length of the run of touching occurrences of the same target that holds the candidate."""
    run: list[Candidate] = []
    for other in call.candidates(candidate.target):
        if run and other.start - run[-1].end > _TOUCHING:
            if candidate in run:
                break
            run = []
        run.append(other)
    return len(run) if candidate in run else 1
