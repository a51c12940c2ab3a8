import pytest

from analyzer.models.base import Span
from analyzer.models.recording import AudioFacts
from analyzer.models.transcript import AudioTranscript, ChannelTranscript, EngineInfo, Segment
from analyzer.scoring.agent_channel import decide_agent_channel, with_speakers


@pytest.mark.parametrize(
    ("likeness", "wanted", "index", "contradicted"),
    [
        ((8.0, 0.3), "auto", 0, False),
        ((0.3, 8.0), "auto", 1, False),
        ((4.0, 3.0), "auto", None, False),  # both sound like it: a transfer, or a staff member calling
        ((0.4, 0.0), "auto", None, False),  # too little to say
        ((0.0, 0.0), "auto", None, False),
        ((0.3, 8.0), "left", 0, True),
        ((8.0, 0.3), "left", 0, False),
        ((8.0, 0.3), "right", 1, True),
        ((0.2, 0.1), "right", 1, False),  # no proof against the setting
        ((5.0,), "left", None, False),
    ],
)
def test_the_side_is_decided_by_who_speaks_the_sop(likeness, wanted, index, contradicted):
    side = decide_agent_channel(likeness, wanted, "option")
    assert (side.index, side.contradicted) == (index, contradicted)


def audio(channels: int) -> AudioTranscript:
    def one(index: int) -> ChannelTranscript:
        segment = Segment(start=2.0 - index, end=3.0, text=f"channel {index}")
        return ChannelTranscript(index=index, speech=(Span(start=1, end=3),), segments=(segment,))

    facts = AudioFacts(decoded_seconds=6.0, header_seconds=12.0, channels=channels, partial=True)
    return AudioTranscript(
        audio_sha256="0", facts=facts, engine=EngineInfo(model="m"), channels=tuple(one(i) for i in range(channels))
    )


def test_channels_get_their_speakers_and_segments_their_order():
    transcript = with_speakers(audio(2), decide_agent_channel((0.0, 5.0), "auto", "auto"))
    assert [(s.speaker, s.text) for s in transcript.segments] == [("agent", "channel 1"), ("customer", "channel 0")]
    assert transcript.speech is not None
    assert set(transcript.speech) == {"agent", "customer"}


def test_mono_stays_unknown():
    transcript = with_speakers(audio(1), decide_agent_channel((5.0,), "left", "option"))
    assert [segment.speaker for segment in transcript.segments] == ["unknown"]


def test_a_broken_off_end_is_a_hole():
    transcript = with_speakers(audio(1), decide_agent_channel((5.0,), "auto", "auto"), cut_off_at=6.0)
    assert transcript.holes == (Span(start=6.0, end=12.0),)
    assert transcript.duration == 12.0
