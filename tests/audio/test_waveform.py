"""Recordings too long for memory: the same sound, the same speech, and memory that does not grow with them."""

import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import waveform
from analyzer.audio.playback import write_playable
from analyzer.audio.vad import VadSettings, detect_speech, speech_from
from analyzer.audio.waveform import (
    FileWaveform,
    WaveformWriter,
    clipped_share,
    energy,
    energy_speech_seconds,
    is_silent,
    lengthened,
    same_signal,
)
from analyzer.audio.windows import cut_whole
from analyzer.errors import RecordingError
from analyzer.models.recording import SAMPLE_RATE, Recording
from tests.audio.recordings import SECONDS, decode, stereo, tone, write_wav
from tests.conftest import ROOT
from tests.examples import examples

SPOKEN = ROOT / "samples" / "calls" / "rekaman-0012.wav"
ALLOWED_MB = 120  # what an hour may cost beyond three minutes: the sound alone would be 230, with copies 700


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is longer than a second is long."""
    monkeypatch.setattr(waveform, "_BLOCK", SAMPLE_RATE * 3)
    monkeypatch.setattr(WaveformWriter.__init__, "__kwdefaults__", {"most_in_memory": SAMPLE_RATE})


def test_a_long_recording_is_decoded_to_the_same_samples(little_memory: None, monkeypatch: pytest.MonkeyPatch):
    stored = decode(SPOKEN)
    assert all(isinstance(channel, FileWaveform) for channel in stored.channels)
    monkeypatch.undo()
    whole = decode(SPOKEN)
    assert stored.facts == whole.facts
    for one, other in zip(stored.channels, whole.channels, strict=True):
        assert len(one) == len(other)
        assert np.array_equal(one[:], other[:])
        assert np.array_equal(one[SAMPLE_RATE : SAMPLE_RATE + 7 : 3], other[SAMPLE_RATE : SAMPLE_RATE + 7 : 3])
        assert one[len(one) - 5 : len(one) + 5].shape == (5,)


def test_figures_and_speech_of_a_long_channel_are_those_of_the_samples(little_memory: None):
    stored = decode(SPOKEN).channels[0]
    whole = stored[:]
    assert detect_speech(stored, VadSettings()) == detect_speech(whole, VadSettings()) != ()
    assert energy_speech_seconds(stored) == energy_speech_seconds(whole) > 1
    assert clipped_share(stored) == clipped_share(whole)
    assert energy(stored) == pytest.approx(energy(whole), rel=1e-4)  # float32 sums of other lengths
    assert is_silent(stored) is is_silent(whole) is False
    assert same_signal(stored, stored[:])
    assert not same_signal(stored, -whole)
    assert cut_whole(stored, max_seconds=10) == cut_whole(whole, max_seconds=10)


def test_legs_of_a_long_call_have_one_length(little_memory: None, tmp_path: Path):
    agent, customer = write_wav(tmp_path / "a.wav", tone(400)), write_wav(tmp_path / "b.wav", tone(900, SECONDS / 2))
    channels = decode(agent, customer).channels
    assert [len(channel) for channel in channels] == [SECONDS * SAMPLE_RATE] * 2
    assert channels[1][:SAMPLE_RATE].any()
    assert not channels[1][round(SECONDS * SAMPLE_RATE / 2) + 100 :].any()
    assert lengthened(np.ones(2, np.float32), 4)[:].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("most", [3, 1000])
def test_mono_stretches_of_a_stereo_recording_are_heard_on_both_sides(most: int):
    writer = WaveformWriter(most_in_memory=most)
    for part in ([[1, 2]], [[3, 4]], [[5], [6]], [[7]]):
        writer.add(np.array(part, np.float32))
    left, right = writer.finish(2)
    assert (left[:].tolist(), right[:].tolist()) == ([1, 2, 3, 4, 5, 7], [1, 2, 3, 4, 6, 7])


def test_a_temporary_folder_that_cannot_be_written_is_told_with_the_cure(
    little_memory: None, monkeypatch: pytest.MonkeyPatch
):
    def full() -> IO[bytes]:
        return Path("/dev/full").open("r+b", buffering=0)

    monkeypatch.setattr(waveform, "_temporary", full)
    with pytest.raises(RecordingError, match=r"rekaman-0012\.wav: .*No space left on device.*TMPDIR"):
        decode(SPOKEN)


def test_a_copy_for_browsers_of_a_long_call_is_the_same(
    little_memory: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_wav(tmp_path / "call.wav", stereo())
    recording = Recording(call_id="x", path=path, name=path.name)
    write_playable(recording, tmp_path / "long.ogg", max_seconds=60)
    monkeypatch.undo()
    write_playable(recording, tmp_path / "whole.ogg", max_seconds=60)
    one, other = (decode(tmp_path / name).channels for name in ("long.ogg", "whole.ogg"))
    assert all(np.array_equal(a[:], b[:]) for a, b in zip(one, other, strict=True))


@examples(100)
@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]), min_size=1, max_size=120),
    st.integers(0, 511),
    st.sampled_from([0, 50, 200]),
)
def test_speech_is_cut_from_probabilities_as_faster_whisper_cuts_it(chances: list[float], rest: int, pad: int):
    from faster_whisper import vad

    own = VadSettings(threshold=0.35, min_speech_ms=100, min_silence_ms=300, pad_ms=pad)
    length = (len(chances) - 1) * 512 + rest
    options = vad.VadOptions(threshold=0.35, min_speech_duration_ms=100, min_silence_duration_ms=300, speech_pad_ms=pad)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "get_vad_model", lambda: lambda _: chances)
        stock: list[dict[str, Any]] = vad.get_speech_timestamps(np.zeros(length, np.float32), options)
    expected = [(item["start"], min(item["end"], length)) for item in stock]
    assert speech_from(chances, length, own) == [(start, end) for start, end in expected if end > start]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_a_recording(tmp_path: Path):
    """Three minutes beside half an hour: decoding, voice activity, every figure about the sound, and its windows."""
    peaks = [_peak(_noise(tmp_path / f"{minutes}.wav", minutes)) for minutes in (3, 30)]
    assert peaks[1] < peaks[0] + ALLOWED_MB, peaks


def _noise(path: Path, minutes: int) -> Path:
    minute = np.random.default_rng(5).normal(0, 0.05, 60 * 8000)
    with soundfile.SoundFile(path, "w", 8000, 1, subtype="ULAW") as file:
        for _ in range(minutes):
            file.write(minute)
    return path


def _peak(path: Path) -> float:
    """MB that a process of its own needed at most to read a recording."""
    done = subprocess.run([sys.executable, "-c", _READ, path], capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout)


_READ = """
import resource, sys
from analyzer.audio.waveform import clipped_share, energy_speech_seconds
from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.audio.windows import cut_whole
from tests.audio.recordings import decode
from pathlib import Path
for channel in decode(Path(sys.argv[1]), max_seconds=9000).channels:
    detect_speech(channel, VadSettings())
    energy_speech_seconds(channel), clipped_share(channel)
    cut_whole(channel, max_seconds=30)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.parametrize("rest", [-1, 0, 1])
def test_a_recording_may_end_where_its_last_block_does(tmp_path: Path, rest: int):
    path = tmp_path / "blocks.wav"
    samples = 2 * 65_536 + rest  # read, and resampled, 65,536 at a time
    soundfile.write(path, np.full(samples, 0.25, np.float32), 16_000)
    (channel,) = decode(path).channels
    assert abs(len(channel) - samples) <= 1
