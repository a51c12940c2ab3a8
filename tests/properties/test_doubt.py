"""Lost audio and speech without words make a missed step unsure where it may have been, and do nothing else."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.models.base import Channel, Span
from analyzer.models.transcript import Segment, Transcript
from tests.examples import examples
from tests.matching.support import BANK
from tests.properties import sop, talk
from tests.properties.calls import APART, Line, padded, scored, statuses, transcript_of
from tests.properties.sop import CALLBACK, CLOSING, EMAIL, NOTICE, OWNER, THANKS

SIDES: tuple[Channel, ...] = ("agent", "customer")
SHORTEST = 2.0  # seconds that a lost sentence takes at least: shorter speech without words is no utterance
SLACK = BANK.hole_slack
WHOLE = 0.05  # seconds; what is left of a span that touches another

pads = st.dictionaries(st.integers(0, 16), talk.padding, max_size=2)


def with_speech(transcript: Transcript) -> Transcript:
    """With proof of speech wherever there are words."""
    speech = {
        side: tuple(Span(start=s.start, end=s.end) for s in transcript.segments if s.speaker == side) for side in SIDES
    }
    return transcript.model_copy(update={"speech": speech})


@dataclass(frozen=True)
class Lost:
    """A call without one sentence, and where that was."""

    transcript: Transcript
    place: Span

    def as_hole(self) -> Transcript:
        """The audio is lost there."""
        return self.transcript.model_copy(update={"holes": (self.place,)})

    def as_noise(self) -> Transcript:
        """Somebody speaks on the agent's side there, but no words were recognised."""
        speech = dict(self.transcript.speech or {})
        speech["agent"] = tuple(sorted((*speech["agent"], self.place), key=lambda span: span.start))
        return self.transcript.model_copy(update={"speech": speech})


def lose(said: tuple[Line, ...], line: Line) -> Lost:
    """Take one sentence of the agent out of a call, leaving everything else at its time."""
    transcript = with_speech(transcript_of(said))
    at = next(index for index, other in enumerate(said) if other.text == line.text and other.who == line.who)
    gone = transcript.segments[at]
    left = tuple(segment for segment in transcript.segments if segment is not gone)
    without = with_speech(transcript.model_copy(update={"segments": left}))
    return Lost(without, Span(start=gone.start, end=max(gone.end, gone.start + SHORTEST)))


@pytest.mark.parametrize("step", sop.STEPS)
@given(whole=sop.calls, between=pads)
@examples(25)
def test_a_step_is_unsure_where_its_sentence_was_lost_and_nothing_else_changes(step, whole, between):
    sentence = next(part for part in whole if part.name == step).said[0]
    said = padded(sop.said(whole), between)
    met = statuses(scored(with_speech(transcript_of(said))))
    assert {name for name, status in met.items() if status != "met"} <= {THANKS}  # late thanks: see test_padding
    lost = lose(said, sentence)
    want = {**met, step: "unsure"} if met[step] == "met" else met
    if step == EMAIL:
        want[THANKS] = "unsure"  # it is due only when the e-mail was asked for
    for heard in (lost.as_hole(), lost.as_noise()):
        report = scored(heard)
        assert statuses(report) == want
        assert report.verdict != "fail" or "missed" in want.values()


@given(whole=sop.calls, again=st.sampled_from([OWNER, CALLBACK]))
@examples(25)
def test_thanks_may_be_lost_after_an_e_mail_that_was_asked_for_again(whole, again):
    opening, owner, email, thanks, *rest = whole
    between = next(part for part in whole if part.name == again)
    said = sop.said((opening, owner, email, between, email, thanks, *rest))
    assert statuses(scored(transcript_of(said))) == sop.ALL_MET
    lost = lose(said, thanks.said[0])
    assert statuses(scored(lost.as_hole())) == {**sop.ALL_MET, THANKS: "unsure"}
    assert statuses(scored(lost.as_noise())) == {**sop.ALL_MET, THANKS: "unsure"}


@given(whole=sop.calls)
@examples(25)
def test_an_e_mail_request_may_be_lost_after_the_first_of_two_owner_questions(whole):
    opening, owner, email, *rest = whole
    weak = sop.Part(OWNER, (Line("a", "Apakah Bapak penyewa?", APART), Line("c", "Iya.")))
    said = sop.said((opening, weak, email, rest[0], owner, *rest[1:]))
    assert statuses(scored(transcript_of(said))) == sop.ALL_MET
    lost = lose(said, email.said[0])
    assert statuses(scored(lost.as_hole())) == {**sop.ALL_MET, EMAIL: "unsure", THANKS: "unsure"}


@given(whole=sop.calls, start=st.floats(0, 1), seconds=st.floats(0, 30))
@examples(40)
def test_a_hole_changes_nothing_where_nothing_was_missed(whole, start, seconds):
    transcript = with_speech(transcript_of(sop.said(whole)))
    hole = Span(start=start * transcript.duration, end=start * transcript.duration + seconds)
    lost = Lost(transcript, hole)
    assert scored(lost.as_hole()) == scored(transcript)
    assert scored(lost.as_noise()) == scored(transcript)


TOO_EARLY = {EMAIL: OWNER, NOTICE: CALLBACK, CLOSING: NOTICE, THANKS: EMAIL}
"""step -> before this sentence it cannot have been said in its place"""


@pytest.mark.parametrize("step", sorted(TOO_EARLY))
@given(whole=sop.calls, start=st.floats(0, 1), seconds=st.floats(2, 30))
@examples(40)
def test_a_hole_where_a_step_cannot_have_been_leaves_it_missed(step, whole, start, seconds):
    parts = tuple(part for part in whole if part.name != step)
    transcript = with_speech(transcript_of(sop.said(parts)))
    end = _sentence(transcript, parts, TOO_EARLY[step]).start - SLACK - WHOLE
    places = [Span(start=start * end, end=min(end, start * end + seconds))]
    if step == THANKS:  # nor once the agent has gone on
        begin = _sentence(transcript, parts, CALLBACK).end + SLACK + WHOLE + start * 20
        places.append(Span(start=begin, end=begin + seconds))
    want = statuses(scored(transcript))
    assert want[step] == "missed"
    for place in places:
        assert statuses(scored(Lost(transcript, place).as_hole())) == want
        assert statuses(scored(Lost(transcript, place).as_noise())) == want


def _sentence(transcript: Transcript, parts: sop.Call, name: str) -> Segment:
    """The agent's sentence of a part."""
    at = next(index for index, part in enumerate(parts) if part.name == name)
    return transcript.segments[sum(len(other.said) for other in parts[:at])]


@dataclass(frozen=True)
class Doubts:
    """Audio doubts that may be laid over any call; times are shares of its length."""

    holes: tuple[tuple[float, float], ...]
    noises: tuple[tuple[float, float], ...]
    failed: frozenset[int]

    def over(self, transcript: Transcript) -> Transcript:
        """The call with these doubts."""
        speech = {**(transcript.speech or {})}
        speech["agent"] = (*speech["agent"], *_spans(self.noises, transcript.duration))
        segments = tuple(
            _failed(segment) if at in self.failed else segment for at, segment in enumerate(transcript.segments)
        )
        holes = tuple(_spans(self.holes, transcript.duration))
        return transcript.model_copy(update={"speech": speech, "holes": holes, "segments": segments})

    def and_more(self, more: "Doubts") -> "Doubts":
        """Both."""
        return Doubts(self.holes + more.holes, self.noises + more.noises, self.failed | more.failed)


def _spans(shares: tuple[tuple[float, float], ...], duration: float) -> list[Span]:
    return [Span(start=share * duration, end=share * duration + seconds) for share, seconds in shares]


def _failed(segment: Segment) -> Segment:
    """Words of a window that the recogniser itself calls failed."""
    return segment.model_copy(update={"avg_logprob": -1.5})


spans = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 8)), max_size=2).map(tuple)
doubts = st.builds(Doubts, spans, spans, st.frozensets(st.integers(0, 15), max_size=3))


@given(sop.mixed_calls(), doubts, doubts)
@examples(90)
def test_more_doubt_only_ever_makes_unsure(call, some, more):
    transcript = with_speech(transcript_of(sop.said(call)))
    none = statuses(scored(transcript))
    few = statuses(scored(some.over(transcript)))
    many = statuses(scored(some.and_more(more).over(transcript)))
    assert "unsure" not in none.values()
    for before, after in ((none, few), (few, many)):
        for step, status in before.items():
            may = {status, "unsure"}
            assert after[step] in may
