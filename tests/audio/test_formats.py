"""Every format that a recorder writes comes out as 16 kHz channels, kept apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analyzer.audio.containers import AUDIO_SUFFIXES
from analyzer.audio.identity import probe_seconds
from tests.audio.recordings import LEFT_HZ, RIGHT_HZ, SECONDS, decode, encode, pitch, stereo, tone, write_wav

pytestmark = pytest.mark.slow  # encodes and decodes every format

STEREO = {
    "pcm.wav": lambda path: write_wav(path, stereo()),
    "ulaw.wav": lambda path: write_wav(path, stereo(), "ULAW"),
    "alaw.WAV": lambda path: write_wav(path, stereo(), "ALAW"),
    "float.wav": lambda path: write_wav(path, stereo(), "FLOAT"),
    "call.mp3": lambda path: encode(path, stereo(), "libmp3lame"),
    "call.MP3": lambda path: encode(path, stereo(), "libmp3lame", container="mp3"),
    "call.ogg": lambda path: encode(path, stereo(), "libopus", rate=48000),
    "call.flac": lambda path: encode(path, stereo(), "flac"),
    "call.m4a": lambda path: encode(path, stereo(), "aac"),
    "call.webm": lambda path: encode(path, stereo(), "libopus", rate=48000),
    "call.w64": lambda path: encode(path, stereo(), "pcm_s16le"),
}
MONO = {
    "gsm.WAV": lambda path: write_wav(path, tone(LEFT_HZ), "GSM610"),
    "ima.wav": lambda path: write_wav(path, tone(LEFT_HZ), "IMA_ADPCM"),
    "call.g722": lambda path: encode(path, tone(LEFT_HZ), "g722", rate=16000),
    "call.amr": lambda path: encode(path, tone(LEFT_HZ), "libopencore_amrnb"),
    "call.aac": lambda path: encode(path, tone(LEFT_HZ), "aac", container="adts"),
}


def made(name: str, makers: dict[str, Callable[[Path], Path]], folder: Path) -> Path:
    try:
        return makers[name](folder / name)
    except (ValueError, LookupError) as error:  # this PyAV cannot write it
        pytest.skip(f"cannot be made here: {error}")


@pytest.mark.parametrize("name", STEREO)
def test_stereo_is_kept_apart(name: str, tmp_path: Path):
    path = made(name, STEREO, tmp_path)
    decoded = decode(path)
    left, right = decoded.channels
    assert len(left) == len(right)
    assert left[:].dtype == right[:].dtype == np.float32
    assert pitch(left) == pytest.approx(LEFT_HZ, abs=2)
    assert pitch(right) == pytest.approx(RIGHT_HZ, abs=2)
    assert decoded.facts.channels == 2
    assert decoded.facts.decoded_seconds == pytest.approx(SECONDS, abs=0.2)
    assert decoded.facts.header_seconds == pytest.approx(SECONDS, abs=0.2)
    assert (decoded.facts.bad_packets, decoded.facts.partial, decoded.facts.holes) == (0, False, ())
    assert probe_seconds(path) == pytest.approx(SECONDS, rel=0.1)


@pytest.mark.parametrize("name", MONO)
def test_mono_codecs(name: str, tmp_path: Path):
    decoded = decode(made(name, MONO, tmp_path))
    assert len(decoded.channels) == 1
    assert pitch(decoded.channels[0]) == pytest.approx(LEFT_HZ, abs=3)
    assert decoded.facts.decoded_seconds == pytest.approx(SECONDS, abs=0.3)
    assert not decoded.facts.partial


@pytest.mark.parametrize(("suffix", "subtype"), [(".ulaw", "ULAW"), (".AL", "ALAW"), (".sln", "PCM_16")])
def test_headerless_telephone_files_are_read_as_8_khz_mono(suffix: str, subtype: str, tmp_path: Path):
    path = tmp_path / f"call{suffix}"
    soundfile.write(path, tone(LEFT_HZ), 8000, subtype=subtype, format="RAW")
    decoded = decode(path)
    assert decoded.facts.sample_rate == 8000
    assert decoded.facts.decoded_seconds == pytest.approx(SECONDS, abs=0.01)
    assert pitch(decoded.channels[0]) == pytest.approx(LEFT_HZ, abs=2)


def test_a_wav_named_ulaw_is_read_by_its_header(tmp_path: Path):
    decoded = decode(write_wav(tmp_path / "call.ulaw", stereo()))
    assert len(decoded.channels) == 2


def test_legs_of_unequal_length_are_padded_and_the_agent_comes_first(tmp_path: Path):
    agent = write_wav(tmp_path / "a.wav", tone(LEFT_HZ, 3.0))
    customer = encode(tmp_path / "c.flac", tone(RIGHT_HZ, 5.0), "flac")
    decoded = decode(agent, customer)
    assert [len(channel) for channel in decoded.channels] == [80_000, 80_000]
    assert pitch(decoded.channels[0][:48_000]) == pytest.approx(LEFT_HZ, abs=2)
    assert pitch(decoded.channels[1]) == pytest.approx(RIGHT_HZ, abs=2)
    assert not decoded.channels[0][48_100:].any()
    assert decoded.facts.decoded_seconds == 5.0
    assert not decoded.facts.partial


def test_two_equal_channels_are_mono(tmp_path: Path):
    both = np.stack([tone(LEFT_HZ)] * 2)
    for path in (write_wav(tmp_path / "x.wav", both), encode(tmp_path / "x.mp3", both, "libmp3lame")):
        decoded = decode(path)
        assert decoded.facts.channels == 1
        assert "same signal" in decoded.facts.notes[0]
        assert len(decoded.channels) == 1


def test_a_silent_side_is_kept_and_noted(tmp_path: Path):
    sound = np.stack([tone(LEFT_HZ), np.zeros_like(tone(LEFT_HZ))])
    decoded = decode(write_wav(tmp_path / "x.wav", sound, "ULAW"))
    assert len(decoded.channels) == 2
    assert decoded.facts.notes == ("The right channel is silent.",)


def test_the_first_two_of_four_channels_are_used(tmp_path: Path):
    four = np.stack([tone(LEFT_HZ), tone(RIGHT_HZ), tone(600), tone(700)])
    decoded = decode(write_wav(tmp_path / "x.wav", four))
    assert [pitch(channel) for channel in decoded.channels] == pytest.approx([LEFT_HZ, RIGHT_HZ], abs=2)
    assert "first two of 4" in decoded.facts.notes[0]


def test_names_are_only_names(tmp_path: Path):
    for name in ("$(touch x);'\" #%20\n.wav", "concat:a|b.wav", "-i.wav"):
        assert decode(write_wav(tmp_path / name, stereo(1.0))).facts.channels == 2


def test_endings_are_lower_case():
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in AUDIO_SUFFIXES)
    assert {".wav", ".mp3", ".ogg", ".flac", ".m4a", ".gsm", ".ulaw"} <= AUDIO_SUFFIXES
