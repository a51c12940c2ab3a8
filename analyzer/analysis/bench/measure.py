"""Measures the real thing: jobs, worker processes and store, as `score` uses them, on clips of equal length.

Machines are noisy. Every way of using one is measured several times, in turn, so that what disturbs disturbs all;
medians are compared, and a lead that lies within the spread is no lead.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
import soundfile
from numpy.typing import NDArray

from analyzer.audio.identity import sha256_of_files
from analyzer.audio.vad import VadSettings
from analyzer.errors import StoreError
from analyzer.jobs.dispatch import dispatch
from analyzer.jobs.worker import RecognitionTask
from analyzer.jobs.worker_pool import LocalPool
from analyzer.models.recording import Recording
from analyzer.models.run import Job
from analyzer.models.waveform import SAMPLE_RATE
from analyzer.store.store import Store

_OWNER = "bench"
_LEAST_CLIPS = 6  # a worker holds six calls at once on a CPU: fewer would not fill its batches
_CLIP_SECONDS = (10.0, 120.0)  # shorter ones are a window or two, longer ones tell nothing more
_WARM_SECONDS = 6.0
_CUDA_BATCHES = (4, 8, 16)  # as in TranscribeSettings; a GPU takes four times as many windows
_USED = 0.75  # a way that leaves more of the cores idle is not worth measuring
_MEMORY_SHARE = 0.8  # of what is free
_UNKNOWN_SPREAD = 0.1


@dataclass(frozen=True)
class WorkerConfiguration:
    """One way to use the machine."""

    workers: int
    threads: int
    batch_size: int | None = None  # None: the settings' own


@dataclass(frozen=True)
class Measurement:
    """What came of a candidate: seconds of audio a second, of each time it was measured."""

    candidate: WorkerConfiguration
    speeds: tuple[float, ...]
    worker_bytes: int  # resident memory of the largest worker

    @property
    def speed(self) -> float:
        """The middle one."""
        return statistics.median(self.speeds)

    @property
    def best(self) -> float:
        """What it may do on a good day: the highest; of a single one a guess."""
        return max(self.speeds) if len(self.speeds) > 1 else self.speed * (1 + _UNKNOWN_SPREAD)


def candidates(cores: int, gpus: int) -> tuple[WorkerConfiguration, ...]:
    """Ways worth measuring: processes times threads fill the cores; one process a GPU, with several batch sizes."""
    if gpus:
        return tuple(WorkerConfiguration(gpus, max(1, cores // gpus), batch) for batch in _CUDA_BATCHES)
    threads = sorted({1 << power for power in range(cores.bit_length())} | {cores}, reverse=True)
    ways = [WorkerConfiguration(cores // count, count) for count in threads if count <= cores]
    return tuple(way for way in ways if way.workers * way.threads >= _USED * cores)


def accepting_any_sound(task: RecognitionTask) -> RecognitionTask:
    """A task that takes whatever it hears for speech, and reads it once, however odd the words are."""
    believed = {"avg_logprob_min": -1e9, "compression_ratio_max": 1e9, "no_speech_max": 1.0, "repeats_max": 10**6}
    audio = task.audio.model_copy(update={"vad": VadSettings(threshold=0.01)})
    return replace(_with_words(task, believed), audio=audio)


def best_of(measured: Sequence[Measurement], usual: WorkerConfiguration) -> Measurement:
    """The fastest; but the usual one, or the one with the fewest processes, when the lead lies within the spread."""
    fastest = max(measured, key=lambda one: one.speed)
    rivals = [one for one in measured if one.best >= fastest.speed]
    return min(rivals, key=lambda one: (one.candidate != usual, one.candidate.workers, one.candidate.threads))


@dataclass
class Benchmark:
    """Clips, the task, and a folder for both while it measures."""

    task: RecognitionTask
    sounds: Sequence[NDArray[np.float32]]  # [channels, samples], 16 kHz
    folder: Path
    cores: int
    gpus: int = 0  # that the model runs on
    clip_seconds: float = _CLIP_SECONDS[0]
    load_seconds: float = 0.0
    _made: dict[float, list[Path]] = field(default_factory=dict)
    _number: int = 0

    @property
    def clips(self) -> int:
        """How many are transcribed each time: the same number for each of as many workers as there are cores."""
        return -(-max(_LEAST_CLIPS, self.cores) // self.cores) * self.cores

    def fit(self, usual: WorkerConfiguration, ways: int, repeats: int, seconds: float) -> None:
        """Choose the clips' length so that `repeats` of all `ways` take about so many seconds."""
        speed = self.measure(usual).speed
        each = max(0.0, seconds - self.load_seconds) / (ways * repeats) - self.load_seconds
        self.clip_seconds = min(_CLIP_SECONDS[1], max(_CLIP_SECONDS[0], each * speed / self.clips))

    def measure(self, way: WorkerConfiguration) -> Measurement:
        """Load as many workers, then time all clips through them."""
        store = Store(self.folder / "bench.db")
        pool = LocalPool(
            self._task(way, store).using(way.threads), _OWNER, way.workers, gpus=max(1, self.gpus)
        )
        workers: list[int] = []

        def note(_: Job, why: str | None) -> None:
            if why:
                raise StoreError(f"The measurement failed: {why}")
            workers.append(_largest_child())

        try:
            began = time.monotonic()
            dispatch(self._jobs(way.workers, _WARM_SECONDS), pool, store, _OWNER, note)
            self.load_seconds = time.monotonic() - began
            jobs = self._jobs(self.clips, self.clip_seconds)
            began = time.monotonic()
            dispatch(jobs, pool, store, _OWNER, note)
            took = time.monotonic() - began
        finally:
            pool.close()
            store.close()
        return Measurement(way, (sum(job.seconds for job in jobs) / took,), max(workers))

    def rounds(
        self, ways: Sequence[WorkerConfiguration], repeats: int, until: float, told: Callable[[str], None]
    ) -> list[Measurement]:
        """Every way once a round, each round in another order; the first round is finished whatever the time.

        Ways whose processes would not fit into memory are left out, and told.
        """
        found: dict[WorkerConfiguration, list[Measurement]] = {}
        room = psutil.virtual_memory().available * _MEMORY_SHARE
        for number in range(repeats):
            began = time.monotonic()
            for way in (*ways[number % len(ways) :], *ways[: number % len(ways)]):
                known = max((one.worker_bytes for own in found.values() for one in own), default=0)
                if way not in found and way.workers * known > room:
                    told(f"{way.workers} processes would not fit into memory: left out.")
                    continue
                found.setdefault(way, []).append(self.measure(way))
                told(f"round {number + 1}: {way.workers} x {way.threads}: {found[way][-1].speed:.2f} x real time")
            if time.monotonic() + (time.monotonic() - began) > until:
                break
        return [
            Measurement(way, tuple(one.speeds[0] for one in own), max(one.worker_bytes for one in own))
            for way, own in found.items()
        ]

    def _task(self, way: WorkerConfiguration, store: Store) -> RecognitionTask:
        changes = {"batch_size": way.batch_size} if way.batch_size else {}
        return replace(_with_words(self.task, changes), store=store.address)

    def _jobs(self, count: int, seconds: float) -> list[Job]:
        paths = self._made.get(seconds) or self._made.setdefault(seconds, self._write(seconds))
        jobs = []
        for number in range(count):
            path = paths[number % len(paths)]
            self._number += 1
            recording = Recording(call_id=path.stem, path=path, name=path.name)
            key = f"{self._number}"
            jobs.append(Job(key=key, sha256=sha256_of_files([path]), recording=recording, seconds=seconds))
        return jobs

    def _write(self, seconds: float) -> list[Path]:
        """Each sound as a clip of exactly this length."""
        length = round(seconds * SAMPLE_RATE)
        paths = []
        for number, sound in enumerate(self.sounds):
            path = self.folder / f"{seconds:g}-{number}.wav"
            soundfile.write(path, _of_length(sound, length).T, SAMPLE_RATE)
            paths.append(path)
        return paths


def _with_words(task: RecognitionTask, changes: Mapping[str, object]) -> RecognitionTask:
    """The task with other settings of its first pass."""
    if task.first is None:
        return task
    return replace(task, first=replace(task.first, words=task.first.words.model_copy(update=changes)))


def _of_length(sound: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Again from its start when it is too short."""
    times = -(-length // sound.shape[1])
    return np.tile(sound, times)[:, :length]


def _largest_child() -> int:
    sizes = []
    for child in psutil.Process().children():
        try:
            sizes.append(int(child.memory_info().rss))
        except psutil.Error:
            continue
    return max(sizes, default=0)
