"""Candidates and turns made without checks are the same as checked ones; speech overlap found by time."""

from hypothesis import given
from hypothesis import strategies as st

from analyzer.matching.matcher import SpeechIndex
from analyzer.models.base import Span
from analyzer.models.finding import Candidate, Turn
from tests.matching.support import MATCHER, call

CALL = call(
    "a: Untuk alamat emailnya mohon disampaikan",
    "c: Tidak punya email Mbak",
    "u: Terima kasih sudah menghubungi PLN",
    speech={"agent": (Span(start=0.5, end=1.4),), "customer": ()},
)
SECONDS = st.integers(0, 400).map(lambda number: number / 10)


def test_candidates_and_turns_are_as_if_checked():
    evidence = MATCHER.find(CALL)
    assert evidence.candidates
    for candidate in evidence.candidates:
        checked = Candidate(**candidate.model_dump())
        assert candidate == checked
        assert candidate.model_dump_json() == checked.model_dump_json()
        assert candidate.model_fields_set == checked.model_fields_set
        assert candidate.model_copy(update={"similarity": 1.0}).similarity == 1.0
    for turn in evidence.turns:
        assert turn == Turn(**{name: getattr(turn, name) for name in Turn.model_fields})


def test_overlap_is_of_the_speakers_own_speech():
    agent = next(c for c in MATCHER.find(CALL).candidates if c.target == "email_request")
    assert agent.speech_overlap
    assert agent.speech_overlap < 1


@given(st.lists(st.tuples(SECONDS, SECONDS), max_size=8), SECONDS, SECONDS)
def test_overlap_is_the_share_of_all_spans(spans, start, length):
    made = tuple(Span(start=min(pair), end=max(pair)) for pair in spans)
    end = start + length
    if length:
        expected = round(min(1.0, sum(span.overlap(start, end) for span in made) / (end - start)), 3)
    else:
        expected = 1.0 if any(span.start <= start <= span.end for span in made) else 0.0
    assert abs(SpeechIndex(made).share(start, end) - expected) <= 0.001
