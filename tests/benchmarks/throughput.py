"""Speed of transcription beside stock faster-whisper: same calls, weights, beam, threads, one run.

    python tests/benchmarks/throughput.py [--shape small] [--calls FOLDER | --count 21] [--workers 2] [--device cpu]

Shapes: `sample` is samples/model as it is; tiny, base and small are the same model widened to Whisper's cost
(samples/training/widen.py): it writes the same words. It hears 10 s at a time, a real one 30. So that a second of
audio costs what it costs a real model, all decoders here, stock ones too, are given 10 s windows and pad them to 12 s
instead of 30 (a window of a real model's is full in the same way); `--pad 30` pads as stock faster-whisper does.
At the sample model's own size stock pads to 30, as it does to everything, and ours to 12, a setting of that model.

Ours runs as `score --workers N` does; 1 is what `score` does by itself on 2 cores. Processes share `--threads`, each
has a stream, in which its threads work side by side.

Stock sequential: each file, each channel, vad_filter, word times; without temperature fallback and without prompts
of earlier text, both of which make it slower. `textual` is the same without timestamps in the text, which is no
default of it, but faster. Stock batched: `BatchedInferencePipeline`, each file and channel.
Printed: seconds, times faster than each, word error, for ours also how much of the time the model works and its
encoder alone (the floor), statuses that agree with the labels, and with `--customer-audio full`.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import faster_whisper.transcribe as stock
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel, decode_audio
from rapidfuzz.distance import Levenshtein

from analyzer.analysis.labels import read_labels
from analyzer.asr.model_folder import ModelFolder, engine_info, resolve_model, settings_for
from analyzer.asr.recogniser import AudioWindow, DecodedWindow, Encoding, Features, TranscribeSettings
from analyzer.asr.whisper import WhisperRecogniser
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.jobs.decode_helpers import decode_pool_for
from analyzer.language.normalise import normal_words
from analyzer.models.base import CustomerAudio, Device
from analyzer.models.recording import Recording
from analyzer.models.transcript import AudioTranscript, FailedTranscript
from analyzer.pipeline.concurrent import ConcurrentSession
from analyzer.pipeline.score import AgentChannelOption, Scorer
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings
from analyzer.sources.discover import find_recordings
from analyzer.sources.manifest import read_manifest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "samples" / "training"))
PAD = 12.0  # seconds
WINDOW = 10.0  # seconds
_STOCK = ("sequential", "textual", "batched")

Words = list[list[str]]  # of each channel


class Timed(WhisperRecogniser):
    """Knows how long the model itself worked."""

    spent: dict[str, float]  # of all its threads together
    counting = threading.Lock()

    def _timed(self, name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        try:
            return work()
        finally:
            with self.counting:
                self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - began

    def encode(self, batch: Sequence[Features]) -> list[Encoding]:
        """Timed."""
        return cast(list[Encoding], self._timed("encode", lambda: super(Timed, self).encode(batch)))

    def decode(self, clips: Sequence[AudioWindow], encodings: Sequence[Encoding]) -> list[DecodedWindow]:
        """Timed."""
        return cast(list[DecodedWindow], self._timed("decode", lambda: super(Timed, self).decode(clips, encodings)))

    def align(self, batch: Sequence[DecodedWindow]) -> list[DecodedWindow]:
        """Timed; an encoding made again counts as both."""
        return cast(list[DecodedWindow], self._timed("align", lambda: super(Timed, self).align(batch)))


_own: dict[str, Any] = {}  # of a worker process


def _begin(model: ModelFolder, words: TranscribeSettings, threads: int, customer: CustomerAudio) -> None:
    _own["recogniser"] = recogniser = Timed(
        model, words, engine_info(model, words, {"customer_audio": customer}), cpu_threads=threads
    )
    recogniser.spent = {}
    attention = SelectionPolicy(load_bank(shipped_bank()), AgentChannelOption(), customer)
    pool = decode_pool_for(model.device, threads)
    _own["stream"] = ConcurrentSession(recogniser, AudioSettings(), words, attention, pool)


def _dealt(recordings: Sequence[Recording], hands: int) -> list[list[Recording]]:
    """Longest first, to and fro: all hands end at about the same time, as they do when each fetches its next."""
    order = [*range(hands), *reversed(range(hands))]
    return [[r for at, r in enumerate(recordings) if order[at % len(order)] == hand] for hand in range(hands)]


def _ready(first: Recording) -> None:
    """So that each worker takes one, and has the GPU's programs loaded."""
    _own["stream"].submit(first, "first").result()
    _own["recogniser"].spent.clear()
    time.sleep(1.0)


def _listen(recordings: Sequence[Recording]) -> tuple[dict[str, AudioTranscript | FailedTranscript], dict[str, float]]:
    futures = {recording.name: _own["stream"].submit(recording, recording.name) for recording in recordings}
    outcomes = {name: future.result() for name, future in futures.items()}
    _own["stream"].close()
    threads = _own["recogniser"].model_threads
    return outcomes, {part: seconds / threads for part, seconds in _own["recogniser"].spent.items()}


@dataclass
class Bench:
    """The calls, the model and what is common to all runs."""

    recordings: Sequence[Recording]
    references: dict[str, dict[str, list[str]]]
    model: ModelFolder
    words: TranscribeSettings
    threads: int
    workers: int
    folder: Path
    statuses: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def stock(self, way: str) -> tuple[float, list[Words]]:
        """Seconds and words of stock faster-whisper."""
        model = WhisperModel(
            str(self.model.path),
            device=self.model.device,
            compute_type=self.model.compute_type,
            cpu_threads=self.threads,
        )
        reader = BatchedInferencePipeline(model) if way == "batched" else model
        alone: dict[str, Any] = {"vad_filter": True, "condition_on_previous_text": False}
        own = {
            "batched": {"batch_size": self.words.batch_on(self.model.device)},
            "sequential": alone,
            "textual": {**alone, "without_timestamps": True},
        }[way]

        def words_of(recording: Recording) -> Words:
            found: Words = []
            for samples in decode_audio(str(recording.path), split_stereo=True):
                segments, _ = reader.transcribe(
                    samples,
                    language=self.words.language,
                    beam_size=self.words.beam_size,
                    length_penalty=self.words.length_penalty,
                    temperature=0.0,
                    word_timestamps=True,
                    **own,
                )
                found.append([word for part in segments for word in normal_words(part.text, "id")])
            return found

        words_of(self.recordings[0])  # loads the GPU's programs; ours gets the same
        began = time.perf_counter()
        found = [words_of(recording) for recording in self.recordings]
        return time.perf_counter() - began, found

    def ours(self, customer: CustomerAudio) -> tuple[float, list[Words], dict[str, float]]:
        """Seconds, words, and the seconds of each part of the model's work, all workers together."""
        ordered = sorted(self.recordings, key=lambda recording: -recording.path.stat().st_size)
        own = (self.model, self.words, self.threads // self.workers, customer)
        with ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"), _begin, own) as crew:
            for started in [crew.submit(_ready, self.recordings[0]) for _ in range(self.workers)]:
                started.result()
            began = time.perf_counter()
            shares = [crew.submit(_listen, share) for share in _dealt(ordered, self.workers)]
            done = [share.result() for share in shares]
            seconds = time.perf_counter() - began
        outcomes = {name: outcome for found, _ in done for name, outcome in found.items()}
        spent = {part: sum(own[part] for _, own in done) / self.workers for part in done[0][1]}
        scorer = Scorer(load_bank(shipped_bank()))
        engine = engine_info(self.model, self.words, {"customer_audio": customer})
        reports = [scorer.score_audio(r, outcomes[r.name], AgentChannelOption(), engine) for r in self.recordings]
        self.statuses[customer] = {r.call_id: {step.id: step.status for step in r.steps} for r in reports}
        heard = [
            [
                [word for part in channel.segments for word in normal_words(part.text, "id")]
                for channel in cast(AudioTranscript, outcomes[recording.name]).channels
            ]
            for recording in self.recordings
        ]
        return seconds, heard, spent

    def error(self, found: list[Words]) -> float:
        """Word error in percent, each channel against its speaker's words."""
        wrong = total = 0
        for recording, channels in zip(self.recordings, found, strict=True):
            said = self.references[recording.call_id]
            sides = [[said["agent"], said["customer"]], [said["customer"], said["agent"]]]
            wrong += min(sum(Levenshtein.distance(*pair) for pair in zip(s, channels, strict=True)) for s in sides)
            total += sum(map(len, said.values()))
        return 100 * wrong / total

    def agreement(self, customer: str) -> str:
        """Statuses that are right, and those that are as with the whole customer."""
        labels = read_labels(self.folder / "labels.jsonl")
        mine, full = self.statuses[customer], self.statuses["full"]
        pairs = [(call, step) for call in labels if call in mine for step in labels[call].steps]
        right = sum(mine[call].get(step) == labels[call].steps[step] for call, step in pairs)
        same = sum(mine[call].get(step) == full[call].get(step) for call, step in pairs)
        return f"{right}/{len(pairs)} right, {same}/{len(pairs)} as full"


def main() -> None:
    """Every decoder once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=["sample", "tiny", "base", "small"], default="small")
    parser.add_argument("--calls", type=Path, help="folder made by long_calls.py; without it they are made")
    parser.add_argument("--count", type=int, default=21)
    parser.add_argument("--repeat", type=int, default=1, help="each call so many times, for a GPU that needs more")
    parser.add_argument("--threads", type=int, default=2, help="of stock, and of all our workers together")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--pad", type=float, help="seconds given to the encoder, by all decoders [default: see above]")
    parser.add_argument("--only", nargs="*", default=["sequential", "batched", "full", "replies", "none"])
    given = parser.parse_args()
    own_size = given.pad is None and given.shape == "sample"
    given.pad = given.pad or PAD
    with tempfile.TemporaryDirectory() as temporary, padded_to(30.0 if own_size else given.pad):
        bench = prepared(given, Path(temporary))
        seconds = sum(len(decode_audio(str(r.path))) for r in bench.recordings) / 16_000
        print(f"{len(bench.recordings)} calls, {seconds / 60:.1f} minutes, {given}", flush=True)
        table(bench, given.only, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of this process, all decoders: {peak:.2f} GiB")


def prepared(given: argparse.Namespace, work: Path) -> Bench:
    """Calls and model, made where they are not given."""
    folder = given.calls
    if folder is None:
        from tests.benchmarks.long_calls import make

        folder = work / "calls"
        make(folder, given.count)
    path = ROOT / "samples" / "model"
    if given.shape != "sample":
        from widen import SHAPES, save  # type: ignore[import-not-found]

        save(path, SHAPES[given.shape], work / "model", json.loads((path / "transcribe.json").read_text("utf-8")))
        path = work / "model"
    model = resolve_model(str(path), cast(Device, given.device))
    words = settings_for(model, beam_size=given.beam, language="id").model_copy(
        update={
            "window_seconds": WINDOW,
            "encoder_seconds": given.pad,
            "batch_size": given.batch,
            "join_pauses": True,
            "max_gap_seconds": 0.3,
        }
    )
    once = find_recordings([folder], rows=read_manifest(folder / "manifest.csv")).recordings[: given.count]
    recordings = [
        one.model_copy(update={"name": f"{number}-{one.name}"}) for number in range(given.repeat) for one in once
    ]
    rows = map(json.loads, (folder / "reference.jsonl").read_text("utf-8").splitlines())
    references = {row["call_id"]: spoken(row["turns"]) for row in rows}
    return Bench(recordings, references, model, words, given.threads, given.workers, folder)


def spoken(turns: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Reference words of each speaker."""
    return {
        speaker: [w for turn in turns if turn["speaker"] == speaker for w in normal_words(turn["text"], "id")]
        for speaker in ("agent", "customer")
    }


@contextmanager
def padded_to(seconds: float) -> Iterator[None]:
    """Stock faster-whisper pads to so many seconds instead of 30."""
    original = stock.pad_or_trim

    def shorter(features: np.ndarray[Any, Any], *_: object, **__: object) -> np.ndarray[Any, Any]:
        return cast("np.ndarray[Any, Any]", original(features, round(seconds * 100)))

    stock.pad_or_trim = shorter
    try:
        yield
    finally:
        stock.pad_or_trim = original


def table(bench: Bench, names: Sequence[str], audio: float) -> None:
    """One row a decoder."""
    print(f"{'':12} {'seconds':>8} {'x real':>7} {'/seq':>5} {'/batch':>6} {'WER %':>6}  notes")
    took: dict[str, float] = {}
    for name in names:
        note = ""
        if name in _STOCK:
            took[name], found = bench.stock(name)
        else:
            took[name], found, spent = bench.ours(cast(CustomerAudio, name))
            busy = sum(spent.values())
            parts = ", ".join(f"{part} {value:.1f}" for part, value in spent.items())
            note = f"model {parts}; other {100 * (1 - busy / took[name]):.1f} %; {bench.agreement(name)}"
        seconds = took[name]
        ratios = [f"{took[base] / seconds:.2f}" if base in took else "-" for base in ("sequential", "batched")]
        figures = f"{seconds:8.1f} {audio / seconds:7.1f} {ratios[0]:>5} {ratios[1]:>6} {bench.error(found):6.2f}"
        print(f"{name:12} {figures}  {note}", flush=True)


if __name__ == "__main__":
    main()
