"""Where a step may have been though no words show it: lost audio, and speech that gave no text."""

from collections.abc import Sequence

from analyzer.models.bank import ReplyWindow, Step
from analyzer.models.bank_settings import Hearing
from analyzer.models.base import Span
from analyzer.models.finding import Candidate
from analyzer.models.spans import difference
from analyzer.models.transcript import Transcript
from analyzer.scoring.acoustic_proof import decoding_failed
from analyzer.scoring.assignment import Assignments, by_place
from analyzer.scoring.call import Call

_WORD_MARGIN = 0.5  # seconds around a word that count as explained: word times are that rough
_LEAST_UNHEARD = 1.5  # seconds; a shorter stretch of speech without text holds no SOP sentence
_LEAST_HOLE = 0.5  # seconds; a shorter hole swallows a word, not an utterance


def unheard_reason(call: Call, step: Step, chosen: Assignments) -> str | None:
    """Why a step that was not found may still have been said, in plain words; None when nothing was lost."""
    windows = _windows(call, step, chosen)
    for hole in call.transcript.holes:
        if hole.seconds >= _LEAST_HOLE and _touches(hole, windows, slack=call.bank.hole_slack):
            return f"audio was lost from {hole.start:.1f} to {hole.end:.1f} s, where it may have been said"
    for span in unheard(call.transcript, call.bank.hearing):
        if span.seconds >= _LEAST_UNHEARD and _touches(span, windows, slack=0.0):
            return (
                f"speech from {span.start:.1f} to {span.end:.1f} s gave no words to rely on, "
                "it may have been said there"
            )
    return None


def _touches(span: Span, windows: Sequence[Span], *, slack: float) -> bool:
    return any(window.start < span.end + slack and span.start - slack < window.end for window in windows)


def unheard(transcript: Transcript, hearing: Hearing) -> list[Span]:
    """Detected speech of the agent (or of nobody known) that no believable word explains."""
    if transcript.speech is None:
        return []
    found: list[Span] = []
    for channel, spans in transcript.speech.items():
        if channel == "customer":
            continue
        words = [
            Span(start=max(0.0, word.start - _WORD_MARGIN), end=word.end + _WORD_MARGIN)
            for segment in transcript.segments
            if segment.speaker in {channel, "unknown"}
            and not decoding_failed(hearing, segment.avg_logprob, segment.compression_ratio)
            for word in segment.words or ()
        ]
        found += difference(spans, words)
    return found


def _windows(call: Call, step: Step, chosen: Assignments) -> list[Span]:
    """Where a step could have been met, given what was found: had it been said, other occurrences might be chosen."""
    low = 0.0
    for name in step.place.after:
        if name in chosen:
            low = max(low, _earliest(call, name, chosen))
    rule = step.place.answers
    if rule is None or rule.step not in chosen:
        return [Span(start=low, end=float("inf"))]
    asked = {id(c): c for c in (chosen[rule.step].candidate, *call.accepted(rule.step))}
    return [_answered(call, rule, question) for question in asked.values()]


def _earliest(call: Call, name: str, chosen: Assignments) -> float:
    """When a step was first said; one known by its place alone is said where it was chosen."""
    start = chosen[name].candidate.start
    if by_place(call.step(name)):
        return start
    return min((candidate.start for candidate in call.accepted(name)), default=start)


def _answered(call: Call, rule: ReplyWindow, question: Candidate) -> Span:
    """From a question to the bank's seconds after the last of its answers, but not beyond the agent's next step."""
    limit = call.next_agent_move(question)
    ends = [turn.end for turn in call.customer_turns if turn.end > question.end and turn.start < limit]
    end = min(max(ends, default=question.end) + rule.seconds, limit)
    return Span(start=question.end, end=max(question.end, end))


def allowed_place(call: Call, step: Step, chosen: Assignments) -> tuple[float, float]:
    """Seconds between which the step could still have been met."""
    place = step.place
    low, high = 0.0, float("inf")
    if place.answers:
        question = chosen.get(place.answers.step)
        if question:
            low = question.candidate.end
            high = min(low + place.answers.seconds, call.next_agent_move(question.candidate))
    for name in place.after:
        if name in chosen:
            low = max(low, chosen[name].candidate.start)
    return low, high


def expected_place(call: Call, step: Step, chosen: Assignments) -> Span:
    """The stretch where an agent who follows the SOP says it: between its neighbours in the bank's order.

    Neighbours that stand in another order leave the whole allowed stretch.
    """
    low, high = allowed_place(call, step, chosen)
    end = min(high, max(call.transcript.duration, low))
    order = [item.id for item in call.bank.steps]
    at = order.index(step.id)
    before = [chosen[name].candidate.end for name in order[:at] if name in chosen]
    after = [chosen[name].candidate.start for name in order[at + 1 :] if name in chosen]
    first, last = max(low, max(before, default=0.0)), min(end, min(after, default=end))
    if last <= first:
        first, last = low, end
    return Span(start=round(first, 2), end=round(max(first, last), 2))


def surroundings(call: Call, candidate: Candidate) -> Span:
    """The stretch around a doubtful utterance in which all of it lies, word times being rough."""
    slack = call.bank.hole_slack
    end = max(candidate.end, min(candidate.end + slack, call.transcript.duration))
    return Span(start=round(max(0.0, candidate.start - slack), 2), end=round(end, 2))
