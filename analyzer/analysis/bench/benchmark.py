"""Measures which number of processes and threads transcribes fastest on this machine, and saves the choice.

It measures jobs, worker processes and store as `score` uses them, on clips of equal length. Machines are noisy: every
configuration is measured several times, in turn, so that what disturbs disturbs all; medians are compared, and a lead
that lies within the spread is no lead.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
import soundfile
from numpy.typing import NDArray

from analyzer.analysis.bench.synthetic_call import synthetic_call
from analyzer.asr.model_folder import ModelFolder, engine_info, gpu_count, resolve_model, settings_for
from analyzer.asr.recogniser import TranscribeSettings
from analyzer.audio.decode import decode_recording
from analyzer.audio.identity import sha256_of_files
from analyzer.audio.vad import VadSettings
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.errors import RecordingError, StoreError, UsageError
from analyzer.jobs.dispatch import dispatch
from analyzer.jobs.worker import Pass, RecognitionTask
from analyzer.jobs.worker_configuration import (
    WorkerChoice,
    cores,
    machine_name,
    save_choice,
    state_file,
    workers_and_threads,
)
from analyzer.jobs.worker_pool import LocalPool
from analyzer.models.base import Device
from analyzer.models.recording import SAMPLE_RATE, Recording
from analyzer.models.run import Job
from analyzer.pipeline.score import AgentChannelOption
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings
from analyzer.sources.discover import find_recordings
from analyzer.store.store import Store

_REPEATS = 3  # the least that has a middle and a spread
_CALLS = 4
_CALL_SECONDS = 120
_BUSY_LOAD = 0.5  # other processes that want a core, from which on figures are not to be trusted
_WIDE_SPREAD = 0.25  # as a share of the speed
_OWNER = "bench"
_MIN_CLIPS = 6  # a worker holds six calls at once on a CPU: fewer would not fill its batches
_CLIP_SECONDS = (10.0, 120.0)  # shorter ones are a window or two, longer ones tell nothing more
_WARM_SECONDS = 6.0
_CUDA_BATCHES = (4, 8, 16)  # as in TranscribeSettings; a GPU takes four times as many windows
_MIN_CORES_USED = 0.75  # a configuration that leaves more of the cores idle is not worth measuring
_MEMORY_SHARE = 0.8  # of what is free
_UNKNOWN_SPREAD = 0.1


@dataclass(frozen=True)
class WorkerConfiguration:
    """A number of processes, threads of each, and batch size."""

    workers: int
    threads: int
    batch_size: int | None = None  # None: the settings' own


@dataclass(frozen=True)
class Measurement:
    """Speeds of one configuration: seconds of audio a second, each time it was measured."""

    configuration: WorkerConfiguration
    speeds: tuple[float, ...]
    worker_bytes: int  # resident memory of the largest worker

    @property
    def speed(self) -> float:
        """The median."""
        return statistics.median(self.speeds)

    @property
    def best(self) -> float:
        """The highest; of a single one a guess of what it may be."""
        return max(self.speeds) if len(self.speeds) > 1 else self.speed * (1 + _UNKNOWN_SPREAD)


@dataclass(frozen=True)
class BenchOptions:
    """Options of one `analyzer bench`."""

    paths: tuple[Path, ...]
    model: str | None
    device: Device
    beam_size: int
    minutes: float


@dataclass(frozen=True)
class BenchResult:
    """What was measured, what was chosen, and where the choice is."""

    measured: Sequence[Measurement]
    best: Measurement
    usual: WorkerConfiguration
    title: str
    saved_in: Path


def bench_machine(options: BenchOptions, tell: Callable[[str], None]) -> BenchResult:
    """Measure every configuration and save the fastest. Raises AnalyzerError for what the user must correct first."""
    began = time.monotonic()
    model = resolve_model(options.model, options.device)
    devices = gpu_count() if model.device == "cuda" else 0
    configs = configurations(cores(), devices)
    batch = None if model.device == "cpu" else TranscribeSettings().batch_size
    usual = WorkerConfiguration(*workers_and_threads(None, 10**6, model.device), batch)
    configs = configs if usual in configs else (usual, *configs)
    load = os.getloadavg()[0]
    if load > _BUSY_LOAD:
        tell(f"This machine is busy (load {load:.1f}): the figures will be too low, and may mislead.")
    with tempfile.TemporaryDirectory(prefix="analyzer-bench-") as folder:
        task, calls = _task_and_calls(options, model)
        bench = Benchmark(task, calls, Path(folder), cores(), devices)
        tell(f"Measuring {len(configs)} ways, about {options.minutes:g} minutes.")
        bench.choose_clip_seconds(usual, len(configs), _REPEATS, options.minutes * 60)
        measured = bench.rounds(configs, _REPEATS, began + options.minutes * 60, tell)
        source = "of recordings given" if options.paths else "made up"
        clips = f"{bench.clips} clips of {bench.clip_seconds:.0f} s {source}"
    best = best_of(measured, usual)
    title = f"{model.name} ({model.compute_type}, {model.device}) on {machine_name()}; {clips}"
    return BenchResult(measured, best, usual, title, _saved(model, best))


def reliability_note(best: Measurement) -> str | None:
    """What a person should know before relying on the figures; None when nothing."""
    spread = (max(best.speeds) - min(best.speeds)) / best.speed
    if len(best.speeds) == 1:
        return "Each way was measured once only: give it more --minutes for figures to rely on."
    if spread > _WIDE_SPREAD:
        return f"The figures spread by {spread:.0%}: run it again when nothing else works here."
    return None


def _task_and_calls(options: BenchOptions, model: ModelFolder) -> tuple[RecognitionTask, list[NDArray[np.float32]]]:
    bank = load_bank(shipped_bank())
    words = settings_for(model, beam_size=options.beam_size, language=bank.language)
    first = Pass(engine_info(model, words, {}), words, SelectionPolicy(bank, AgentChannelOption()))
    task = RecognitionTask(model, AudioSettings(), "", first=first)
    if options.paths:
        return task, _decoded(options.paths)
    return accepting_any_sound(task), [synthetic_call(float(_CALL_SECONDS), seed) for seed in range(_CALLS)]


def _decoded(paths: Sequence[Path]) -> list[NDArray[np.float32]]:
    """The first minutes of the first recordings that can be read."""
    calls: list[NDArray[np.float32]] = []
    for recording in find_recordings(paths).recordings:
        if recording.is_transcript:
            continue
        try:
            channels = decode_recording(recording, max_seconds=4 * 3600).channels
        except RecordingError:
            continue
        calls.append(np.stack([channel[: _CALL_SECONDS * SAMPLE_RATE] for channel in channels]))
        if len(calls) == _CALLS:
            break
    if not calls:
        raise UsageError(f"{paths[0]}: no recording that can be read. Give others, or none for made-up speech.")
    return calls


def _saved(model: ModelFolder, best: Measurement) -> Path:
    config, file = best.configuration, state_file("bench.json")
    sizes = {"workers": config.workers, "threads": config.threads, "batch_size": config.batch_size}
    choice = WorkerChoice(**sizes, speed=best.speed)
    save_choice(file, model, choice)
    return file


def configurations(cores: int, gpus: int) -> tuple[WorkerConfiguration, ...]:
    """Configurations worth measuring: all threads fill the cores; one process a GPU, with several batch sizes."""
    if gpus:
        return tuple(WorkerConfiguration(gpus, max(1, cores // gpus), batch) for batch in _CUDA_BATCHES)
    threads = sorted({1 << power for power in range(cores.bit_length())} | {cores}, reverse=True)
    configs = [WorkerConfiguration(cores // count, count) for count in threads if count <= cores]
    return tuple(config for config in configs if config.workers * config.threads >= _MIN_CORES_USED * cores)


def accepting_any_sound(task: RecognitionTask) -> RecognitionTask:
    """A task that takes all sound for speech, and decodes it once, however unlikely the words are."""
    accepted = {"avg_logprob_min": -1e9, "compression_ratio_max": 1e9, "no_speech_max": 1.0, "repeats_max": 10**6}
    audio = task.audio.model_copy(update={"vad": VadSettings(threshold=0.01)})
    return replace(_with_settings(task, accepted), audio=audio)


def best_of(measured: Sequence[Measurement], usual: WorkerConfiguration) -> Measurement:
    """The fastest; but the usual one, or the one with the fewest processes, when the lead lies within the spread."""
    fastest = max(measured, key=lambda item: item.speed)
    rivals = [item for item in measured if item.best >= fastest.speed]

    def preference(item: Measurement) -> tuple[bool, int, int]:
        return item.configuration != usual, item.configuration.workers, item.configuration.threads

    return min(rivals, key=preference)


@dataclass
class Benchmark:
    """Measures configurations with a task on clips of some calls, in a folder of its own."""

    task: RecognitionTask
    calls: Sequence[NDArray[np.float32]]  # [channels, samples], 16 kHz
    folder: Path
    cores: int
    gpus: int = 0  # that the model runs on
    clip_seconds: float = _CLIP_SECONDS[0]
    load_seconds: float = 0.0
    _clips: dict[float, list[Path]] = field(default_factory=dict)
    _number: int = 0

    @property
    def clips(self) -> int:
        """How many are transcribed each time: the same number for each of as many workers as there are cores."""
        return -(-max(_MIN_CLIPS, self.cores) // self.cores) * self.cores

    def choose_clip_seconds(self, usual: WorkerConfiguration, count: int, repeats: int, seconds: float) -> None:
        """Choose the clips' length so that `repeats` of `count` configurations take about so many seconds."""
        speed = self.measure(usual).speed
        each = max(0.0, seconds - self.load_seconds) / (count * repeats) - self.load_seconds
        self.clip_seconds = min(_CLIP_SECONDS[1], max(_CLIP_SECONDS[0], each * speed / self.clips))

    def measure(self, config: WorkerConfiguration) -> Measurement:
        """Start the workers, then time all clips through them."""
        store = Store(self.folder / "bench.db")
        pool = LocalPool(
            self._task(config, store).using(config.threads), _OWNER, config.workers, gpus=max(1, self.gpus)
        )
        workers: list[int] = []

        def note(_: Job, why: str | None) -> None:
            if why:
                raise StoreError(f"The measurement failed: {why}")
            workers.append(_largest_child())

        try:
            began = time.monotonic()
            dispatch(self._jobs(config.workers, _WARM_SECONDS), pool, store, _OWNER, note)
            self.load_seconds = time.monotonic() - began
            jobs = self._jobs(self.clips, self.clip_seconds)
            began = time.monotonic()
            dispatch(jobs, pool, store, _OWNER, note)
            took = time.monotonic() - began
        finally:
            pool.close()
            store.close()
        return Measurement(config, (sum(job.seconds for job in jobs) / took,), max(workers))

    def rounds(
        self, configs: Sequence[WorkerConfiguration], repeats: int, until: float, tell: Callable[[str], None]
    ) -> list[Measurement]:
        """Every configuration once a round, each round in another order; the first round is finished whatever the time.

        Configurations whose processes would not fit into memory are left out, with a message.
        """
        measurements: dict[WorkerConfiguration, list[Measurement]] = {}
        room = psutil.virtual_memory().available * _MEMORY_SHARE
        for number in range(repeats):
            began = time.monotonic()
            for config in (*configs[number % len(configs) :], *configs[: number % len(configs)]):
                largest = max((item.worker_bytes for items in measurements.values() for item in items), default=0)
                if config not in measurements and config.workers * largest > room:
                    tell(f"{config.workers} processes would not fit into memory: left out.")
                    continue
                measurements.setdefault(config, []).append(self.measure(config))
                speed = measurements[config][-1].speed
                tell(f"round {number + 1}: {config.workers} x {config.threads}: {speed:.2f} x real time")
            if time.monotonic() + (time.monotonic() - began) > until:
                break
        return [
            Measurement(config, tuple(item.speeds[0] for item in items), max(item.worker_bytes for item in items))
            for config, items in measurements.items()
        ]

    def _task(self, config: WorkerConfiguration, store: Store) -> RecognitionTask:
        changes = {"batch_size": config.batch_size} if config.batch_size else {}
        return replace(_with_settings(self.task, changes), store=store.address)

    def _jobs(self, count: int, seconds: float) -> list[Job]:
        paths = self._clips.get(seconds) or self._clips.setdefault(seconds, self._write(seconds))
        jobs = []
        for number in range(count):
            path = paths[number % len(paths)]
            self._number += 1
            recording = Recording(call_id=path.stem, path=path, name=path.name)
            key = f"{self._number}"
            jobs.append(Job(key=key, sha256=sha256_of_files([path]), recording=recording, seconds=seconds))
        return jobs

    def _write(self, seconds: float) -> list[Path]:
        """Each call as a clip of exactly this length."""
        length = round(seconds * SAMPLE_RATE)
        paths = []
        for number, call in enumerate(self.calls):
            path = self.folder / f"{seconds:g}-{number}.wav"
            soundfile.write(path, _of_length(call, length).T, SAMPLE_RATE)
            paths.append(path)
        return paths


def _with_settings(task: RecognitionTask, changes: Mapping[str, object]) -> RecognitionTask:
    """The task with other settings of its first pass."""
    if task.first is None:
        return task
    return replace(task, first=replace(task.first, settings=task.first.settings.model_copy(update=changes)))


def _of_length(call: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut to a length, or repeated from the start up to it."""
    times = -(-length // call.shape[1])
    return np.tile(call, times)[:, :length]


def _largest_child() -> int:
    sizes = []
    for child in psutil.Process().children():
        try:
            sizes.append(int(child.memory_info().rss))
        except psutil.Error:
            continue
    return max(sizes, default=0)
