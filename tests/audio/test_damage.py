"""Damaged recordings give what can be read, at the right times, and say what was lost."""

import gc
import resource
import struct
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.audio import decode_audio

from analyzer.errors import RecordingError
from tests.audio.recordings import LEFT_HZ, SECONDS, damaged, decode, encode, pitch, stereo, tone, write_wav

MAKERS = {
    "x.mp3": lambda path: encode(path, stereo(12), "libmp3lame"),
    "x.ogg": lambda path: encode(path, stereo(12), "libopus", rate=48000),
    "x.flac": lambda path: encode(path, stereo(12), "flac"),
    "x.m4a": lambda path: encode(path, stereo(12), "aac"),
    "x.wav": lambda path: write_wav(path, stereo(12)),
}


def theirs(path: Path) -> float:
    """Seconds that faster-whisper's own decoder recovers."""
    try:
        return len(decode_audio(str(path))) / 16000
    except (OSError, ValueError, IndexError):  # FFmpegError is a ValueError or an OSError
        return 0.0


@pytest.mark.slow  # faster-whisper's decoder collects garbage each time
@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(("kind", "count"), [("random", 400), ("zeros", 3000), ("cut", 0)])
def test_ours_recovers_at_least_what_faster_whisper_does(name: str, kind: str, count: int, tmp_path: Path):
    path = damaged(MAKERS[name](tmp_path / name), kind, count=count)
    try:
        decoded = decode(path)
    except RecordingError:
        assert (name, kind) == ("x.m4a", "cut")  # its index stood at the end: nothing can be read
        assert theirs(path) == 0
        return
    facts = decoded.facts
    lost = sum(hole.seconds for hole in facts.holes)
    assert facts.decoded_seconds - lost >= theirs(path) - 0.05
    if kind == "cut":
        assert facts.partial
        assert facts.decoded_seconds == pytest.approx(6, abs=1)
    else:
        assert facts.decoded_seconds == pytest.approx(12, abs=0.3)


@pytest.mark.parametrize("kind", ["random", "zeros"])
def test_after_a_hole_times_are_still_right(kind: str, tmp_path: Path):
    """The second half of the file is a higher tone: it must begin where it began in the sound one."""
    sound = np.concatenate([tone(LEFT_HZ, 9), tone(1500, 3)])
    path = damaged(encode(tmp_path / "x.mp3", sound, "libmp3lame"), kind, count=1500)
    decoded = decode(path)
    samples, facts = decoded.channels[0], decoded.facts
    assert facts.bad_packets > 0
    assert facts.partial
    assert len(facts.holes) == 1
    assert 5 < facts.holes[0].start < facts.holes[0].end < 8
    assert pitch(samples[round(8.0 * 16000) : round(8.85 * 16000)]) == pytest.approx(LEFT_HZ, abs=3)
    assert pitch(samples[round(9.15 * 16000) : round(11.8 * 16000)]) == pytest.approx(1500, abs=3)
    middle = round((facts.holes[0].start + facts.holes[0].end) * 8000)
    assert not samples[middle : middle + 160].any()


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_a_wav_that_leaves_its_length_open_is_read_whole(size: int, tmp_path: Path):
    path = write_wav(tmp_path / "x.wav", stereo(), "ULAW")
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + struct.pack("<I", size) + data[at + 4 :])
    facts = decode(path).facts
    assert facts.decoded_seconds == pytest.approx(SECONDS, abs=0.01)
    assert facts.header_seconds is None
    assert (facts.partial, facts.bad_packets) == (size == 0, 0)  # size 0: a recorder that never finished
    assert "read whole" in facts.notes[0]


def test_a_wav_cut_in_half_is_partial(tmp_path: Path):
    facts = decode(damaged(write_wav(tmp_path / "x.wav", stereo(), "ALAW"), "cut")).facts
    assert facts.header_seconds == SECONDS
    assert facts.decoded_seconds == pytest.approx(SECONDS / 2, abs=0.05)
    assert facts.partial


def test_a_long_silence_in_a_small_file_is_refused(tmp_path: Path):
    path = encode(tmp_path / "x.flac", np.zeros(8000 * 1200, np.float32), "flac")
    assert path.stat().st_size < 400_000  # 20 minutes
    with pytest.raises(RecordingError, match=r"x\.flac: longer than 10 minutes"):
        decode(path, max_seconds=600)


def test_a_header_that_lies_cannot_pass_the_limit(tmp_path: Path):
    """FLAC's sample count set to 'unknown': the limit holds while decoding."""
    path = encode(tmp_path / "x.flac", np.zeros(8000 * 1200, np.float32), "flac")
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RecordingError, match="longer than 1 minutes"):
        decode(path, max_seconds=60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB


def test_memory_and_open_files_stay_flat(tmp_path: Path):
    paths = [encode(tmp_path / "x.mp3", stereo(1.0), "libmp3lame"), write_wav(tmp_path / "x.wav", stereo(1.0))]

    def used() -> tuple[int, int]:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() // 1024, len(list(Path("/proc/self/fd").iterdir()))

    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    gc.freeze()  # each decoding ends with a collection, which would look through all that pytest holds
    try:
        for _ in range(10):
            decode(paths[0])
        memory, files = used()
        for turn in range(60):
            decode(paths[turn % 2])
        memory_after, files_after = used()
    finally:
        gc.unfreeze()
    assert files_after <= files
    assert memory_after - memory < 20_000  # KiB
