"""Where in a call a step belongs, and gaps in which it may have been said unheard: lost audio, speech without words."""

from collections.abc import Sequence

from analyzer.models.bank import AfterAnswerRule, Step
from analyzer.models.bank_settings import RecognitionLimits
from analyzer.models.base import Span, difference
from analyzer.models.finding import Candidate
from analyzer.models.transcript import Transcript
from analyzer.scoring.assignment import Assignments, is_position_based
from analyzer.scoring.call import JudgedCall
from analyzer.scoring.confidence import decoding_failed


def unheard_reason(call: JudgedCall, step: Step, assigned: Assignments) -> str | None:
    """Why a step that was not found may still have been said, as part of a sentence; None when nothing was lost."""
    spans, limits = _possible_spans(call, step, assigned), call.bank.hearing
    for hole in call.transcript.holes:
        if hole.seconds >= limits.least_hole and _touches(hole, spans, slack=call.bank.hole_slack):
            return f"audio was lost from {hole.start:.1f} to {hole.end:.1f} s, where it may have been said"
    for speech in _speech_without_words(call.transcript, limits):
        if speech.seconds >= limits.least_unheard and _touches(speech, spans, slack=0.0):
            return (
                f"speech from {speech.start:.1f} to {speech.end:.1f} s gave no words to rely on, "
                "it may have been said there"
            )
    return None


def _touches(span: Span, others: Sequence[Span], *, slack: float) -> bool:
    return any(other.start < span.end + slack and span.start - slack < other.end for other in others)


def _speech_without_words(transcript: Transcript, hearing: RecognitionLimits) -> list[Span]:
    """Detected speech of the agent, or of an unknown speaker, that no reliable word explains."""
    if transcript.speech is None:
        return []
    spans_without_words: list[Span] = []
    for channel, spans in transcript.speech.items():
        if channel == "customer":
            continue
        words = [
            Span(start=max(0.0, word.start - hearing.word_margin), end=word.end + hearing.word_margin)
            for segment in transcript.segments
            if segment.speaker in {channel, "unknown"}
            and not decoding_failed(hearing, segment.avg_logprob, segment.compression_ratio)
            for word in segment.words or ()
        ]
        spans_without_words += difference(spans, words)
    return spans_without_words


def _possible_spans(call: JudgedCall, step: Step, assigned: Assignments) -> list[Span]:
    """Where a step could have been met. If it was said there, other occurrences might have been assigned."""
    low = 0.0
    for name in step.place.after:
        if name in assigned:
            low = max(low, _earliest(call, name, assigned))
    rule = step.place.answers
    if rule is None or rule.step not in assigned:
        return [Span(start=low, end=float("inf"))]
    questions = {id(c): c for c in (assigned[rule.step].candidate, *call.accepted(rule.step))}
    return [_reply_window(call, rule, question) for question in questions.values()]


def _earliest(call: JudgedCall, name: str, assigned: Assignments) -> float:
    """When a step was first said; one known by its place alone was said where it was assigned."""
    start = assigned[name].candidate.start
    if is_position_based(call.step(name)):
        return start
    return min((candidate.start for candidate in call.accepted(name)), default=start)


def _reply_window(call: JudgedCall, rule: AfterAnswerRule, question: Candidate) -> Span:
    """From a question to the bank's seconds after the last of its answers, but not beyond the agent's next step."""
    limit = call.next_agent_move(question)
    ends = [turn.end for turn in call.customer_turns if turn.end > question.end and turn.start < limit]
    end = min(max(ends, default=question.end) + rule.seconds, limit)
    return Span(start=question.end, end=max(question.end, end))


def _allowed_seconds(call: JudgedCall, step: Step, assigned: Assignments) -> tuple[float, float]:
    """The earliest and latest second at which the step could still have been met."""
    place = step.place
    low, high = 0.0, float("inf")
    if place.answers:
        question = assigned.get(place.answers.step)
        if question:
            low = question.candidate.end
            high = min(low + place.answers.seconds, call.next_agent_move(question.candidate))
    for name in place.after:
        if name in assigned:
            low = max(low, assigned[name].candidate.start)
    return low, high


def expected_span(call: JudgedCall, step: Step, assigned: Assignments) -> Span:
    """Where an agent who follows the SOP says the step: between its neighbours in the bank's order.

    When the neighbours are in another order, the whole allowed span.
    """
    low, high = _allowed_seconds(call, step, assigned)
    end = min(high, max(call.transcript.duration, low))
    order = [item.id for item in call.bank.steps]
    index = order.index(step.id)
    before = [assigned[name].candidate.end for name in order[:index] if name in assigned]
    after = [assigned[name].candidate.start for name in order[index + 1 :] if name in assigned]
    first, last = max(low, max(before, default=0.0)), min(end, min(after, default=end))
    if last <= first:
        first, last = low, end
    return Span(start=round(first, 2), end=round(max(first, last), 2))


def span_around(call: JudgedCall, candidate: Candidate) -> Span:
    """A doubtful utterance with a margin, as word times are rough."""
    slack = call.bank.hole_slack
    end = max(candidate.end, min(candidate.end + slack, call.transcript.duration))
    return Span(start=round(max(0.0, candidate.start - slack), 2), end=round(end, 2))
