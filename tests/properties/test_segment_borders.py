"""Segments, letter case and commas belong to the recogniser, not to the speech: they change nothing."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.base import Channel, Span
from analyzer.models.report import Report
from analyzer.models.transcript import Segment, Transcript, Word
from tests.examples import examples
from tests.properties import sop, talk
from tests.properties.calls import Line, scored, transcript_of

SIDES: tuple[Channel, ...] = ("agent", "customer")
_ENDS = (".", "?", "!")
Style = tuple[Callable[[str], str], str, str]
"""letter case, and what is put before and after a word"""

talked = st.lists(st.one_of(sop.mixed_calls().map(lambda call: list(sop.said(call))), talk.padding), max_size=3)
cuts = st.sets(st.integers(1, 300), max_size=30)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """A call with some talk around it, with or without proof of speech and a hole."""
    said: list[Line] = [line for lines in draw(talked) for line in lines] or [Line("a", "Halo")]
    transcript = transcript_of(said)
    if draw(st.booleans()):
        return transcript
    speech = {side: tuple(_spans(transcript, side)) for side in SIDES}
    hole = Span(start=transcript.duration / 2, end=transcript.duration / 2 + 1)
    return transcript.model_copy(update={"speech": speech, "holes": (hole,)})


def _spans(transcript: Transcript, side: Channel) -> list[Span]:
    return [Span(start=s.start, end=s.end) for s in transcript.segments if s.speaker == side]


def cut_anew(transcript: Transcript, where: set[int]) -> Transcript:
    """The same words in other segments, each side cut at the same word numbers."""
    segments: list[Segment] = []
    for side in SIDES:
        words = [word for s in transcript.segments if s.speaker == side for word in s.words or ()]
        borders = sorted({0, len(words), *(cut for cut in where if cut < len(words))})
        segments += [_segment(side, words[low:high]) for low, high in pairwise(borders)]
    segments.sort(key=lambda segment: segment.start)
    return transcript.model_copy(update={"segments": tuple(segments)})


def _segment(side: Channel, words: list[Word]) -> Segment:
    text = " ".join(word.text for word in words)
    return Segment(start=words[0].start, end=words[-1].end, speaker=side, text=text, words=tuple(words))


@given(transcripts(), cuts)
@examples(60)
def test_segments_may_be_cut_anywhere(transcript, where):
    assert scored(cut_anew(transcript, where)) == scored(transcript)


@given(transcripts(), st.randoms(use_true_random=False))
@examples(40)
def test_segments_may_come_in_any_order(transcript, chance):
    segments = list(transcript.segments)
    chance.shuffle(segments)
    assert scored(transcript.model_copy(update={"segments": tuple(segments)})) == scored(transcript)


styles = st.lists(
    st.tuples(
        st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
        st.sampled_from(["", "", "(", '"', "'", "“"]),
        st.sampled_from(["", "", ",", ";", ":", ")", '"', "'", "”", " -", "-", "…"]),
    ),
    min_size=1,
    max_size=12,
)


@given(transcripts(), styles)
@examples(60)
def test_case_and_punctuation_inside_a_sentence_do_not_matter(transcript, wanted):
    before, after = scored(transcript), scored(_restyled(transcript, wanted))
    assert _decided(after) == _decided(before)


def _restyled(transcript: Transcript, wanted: list[Style]) -> Transcript:
    """Every word in another style in turn; a sentence's end stays its end, for it is a pause."""
    segments = []
    for segment in transcript.segments:
        words = []
        for at, word in enumerate(segment.words or ()):
            case, before, after = wanted[at % len(wanted)]
            after = "" if word.text.endswith(_ENDS) else after.strip()
            words.append(word.model_copy(update={"text": f"{before}{case(word.text)}{after}"}))
        text = " ".join(word.text for word in words)
        segments.append(segment.model_copy(update={"text": text, "words": tuple(words)}))
    return transcript.model_copy(update={"segments": tuple(segments)})


def _decided(report: Report) -> dict[str, Any]:
    """Everything of a report but the words as they were written."""
    left = report.model_dump(exclude={"steps": {"__all__": {"heard", "reason"}}, "exemption": {"heard"}})
    left["violations"] = [(violation.id, violation.start) for violation in report.violations]
    return left
