"""Word error rate of a packed model on a folder of audio files with a .txt of the words beside each.

Modes: `vad` cuts at pauses into windows of at most the model's own length, each transcribed by itself, as the
checker does; `batched` and `sequential` are faster-whisper's ways, the latter without the text before each
window as a prompt; `conditioned` is sequential with that prompt, faster-whisper's default.
"""

import argparse
import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.audio import decode_audio
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

SAMPLE_RATE = 16_000


def words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[a-z0-9]+", text.lower())


def distance(wanted: list[str], got: list[str]) -> int:
    """Least number of substituted, dropped and inserted words."""
    row = list(range(len(got) + 1))
    for at, word in enumerate(wanted, 1):
        last, row[0] = row[0], at
        for column, other in enumerate(got, 1):
            last, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, last + (word != other))
    return row[-1]


def windows_of(audio: NDArray[np.float32], seconds: float) -> list[tuple[int, int]]:
    """Speech in windows of at most `seconds`, cut at pauses, near neighbours together."""
    options = VadOptions(max_speech_duration_s=seconds, min_silence_duration_ms=250, speech_pad_ms=200)
    windows: list[tuple[int, int]] = []
    for piece in get_speech_timestamps(audio, options):
        start, end = piece["start"], piece["end"]
        if windows and end - windows[-1][0] <= seconds * SAMPLE_RATE:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def transcribe(model: WhisperModel, audio: NDArray[np.float32], mode: str, chunk: int | None) -> str:
    """The text of one recording."""
    options: dict[str, Any] = {"language": "id", "beam_size": 5}
    if mode == "vad":
        seconds = chunk or model.feature_extractor.chunk_length
        options |= {"without_timestamps": True, "condition_on_previous_text": False, "chunk_length": chunk}
        pieces = [audio[start:end] for start, end in windows_of(audio, seconds)]
        found = [said for piece in pieces for said in model.transcribe(piece, **options)[0]]
    elif mode == "batched":
        pipeline = BatchedInferencePipeline(model)
        found = list(pipeline.transcribe(audio, batch_size=8, chunk_length=chunk, **options)[0])
    else:
        options["condition_on_previous_text"] = mode == "conditioned"
        found = list(model.transcribe(audio, chunk_length=chunk, **options)[0])
    return " ".join(said.text for said in found)


def evaluate(model: WhisperModel, folder: Path, mode: str, chunk: int | None, show: bool) -> dict[str, Any]:
    """Totals over a folder."""
    wrong = total = 0
    begun = time.time()
    for label in sorted(folder.glob("*.txt")):
        path = next(other for other in label.parent.glob(label.stem + ".*") if other.suffix != ".txt")
        text = transcribe(model, decode_audio(str(path)), mode, chunk)
        wanted, got = words(label.read_text(encoding="utf-8")), words(text)
        errors = distance(wanted, got)
        wrong, total = wrong + errors, total + len(wanted)
        if show:
            print(f"{path.name} {errors / len(wanted):.3f}")
            print(f"  wanted {' '.join(wanted)}\n  heard  {' '.join(got)}")
    return {
        "folder": folder.name, "mode": mode, "chunk": chunk, "words": total,
        "wer": round(wrong / max(total, 1), 4), "seconds": round(time.time() - begun, 1),
    }  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument(
        "--mode", choices=("vad", "batched", "sequential", "conditioned"), nargs="+", default=["vad"]
    )
    parser.add_argument("--chunk", type=int, help="window length instead of the model's own")
    parser.add_argument("--show", action="store_true", help="print what was said and what was heard")
    args = parser.parse_args()
    model = WhisperModel(str(args.model), device="cpu", compute_type="int8", cpu_threads=2)
    for folder in args.folders:
        for mode in args.mode:
            print(json.dumps(evaluate(model, folder, mode, args.chunk, args.show)))


if __name__ == "__main__":
    main()
