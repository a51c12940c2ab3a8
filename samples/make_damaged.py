"""Makes `samples/damaged/`: recordings broken as they break in practice, from one sample call.

One command, from the repository's root:

    python samples/make_damaged.py

Another call, or any audio file, can be given as the argument. Same source, same bytes: damage is seeded, times and
encoder versions are left out of the files.
"""

import argparse
import random
import struct
import tempfile
from pathlib import Path

import av
import numpy as np
import soundfile

from analyzer.audio.decode import decode_recording
from analyzer.models.recording import Recording

HERE = Path(__file__).parent
SOURCE = HERE / "calls" / "rekaman-0009.wav"  # asks its first SOP question early enough for half a call to hold it
SECONDS = 55  # of the call; keeps every file under 600 KB


def make(source: Path, folder: Path) -> None:
    """Write every damaged file into `folder`, replacing those of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    sound = _sound(source)
    mp3 = _mp3(sound)
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("This is the recorder's error log, saved under a recording's name.\n" * 5)
    (folder / "playlist.wav").write_text("ffconcat version 1.0\nfile 'size0.wav'\n")
    (folder / "silence.wav").write_bytes(_wav(np.zeros((8000 * 20, 1), np.float32)))
    (folder / "size0.wav").write_bytes(_without_size(_wav(sound[: 8000 * 35])))
    (folder / "cut.mp3").write_bytes(mp3[: len(mp3) // 2])
    (folder / "corrupt.mp3").write_bytes(_corrupted(mp3))


def _sound(source: Path) -> np.ndarray:
    """The call as 8 kHz frames x channels."""
    decoded = decode_recording(Recording(call_id="x", path=source, name=source.name), max_seconds=3600)
    return np.stack([channel[::2] for channel in decoded.channels], axis=1)[: 8000 * SECONDS]


def _wav(sound: np.ndarray) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.wav")
        soundfile.write(path, sound, 8000, subtype="ULAW")
        return path.read_bytes()


def _without_size(wav: bytes) -> bytes:
    """As a recorder leaves a file when it dies: the data size is filled in only at the end."""
    at = wav.index(b"data") + 4
    return wav[:4] + struct.pack("<I", 0) + wav[8:at] + struct.pack("<I", 0) + wav[at + 4 :]


def _mp3(sound: np.ndarray) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.mp3")
        with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
            stream = container.add_stream("libmp3lame", rate=8000)
            stream.layout = "stereo" if sound.shape[1] > 1 else "mono"
            stream.bit_rate = 32_000
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound.T, np.float32), format="fltp", layout=stream.layout.name
            )
            frame.sample_rate, frame.pts = 8000, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _corrupted(mp3: bytes) -> bytes:
    """400 random bytes in the middle, as a bad sector or a broken transfer leaves them."""
    middle = len(mp3) // 2
    return mp3[:middle] + random.Random(123).randbytes(400) + mp3[middle + 400 :]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", type=Path, default=SOURCE)
    make(parser.parse_args().source, HERE / "damaged")
