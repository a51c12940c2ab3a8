"""Which number of processes and threads transcribes fastest on this machine with a model; the choice is saved."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analyzer.analysis.bench.measure import (
    Benchmark,
    Measurement,
    WorkerConfiguration,
    accepting_any_sound,
    best_of,
    candidates,
)
from analyzer.analysis.bench.synthetic_call import synthetic_call
from analyzer.asr.engine import ModelFolder, engine_info, gpu_count, resolve_model, settings_for
from analyzer.asr.recogniser import TranscribeSettings
from analyzer.audio.decode import decode_recording
from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.errors import RecordingError, UsageError
from analyzer.jobs.worker import Pass, RecognitionTask
from analyzer.jobs.worker_choice import (
    WorkerChoice,
    cores,
    machine_name,
    save_choice,
    state_file,
    workers_and_threads,
)
from analyzer.models.base import Device
from analyzer.models.waveform import SAMPLE_RATE
from analyzer.pipeline.score import AgentChannelOption
from analyzer.pipeline.selective import SelectionPolicy
from analyzer.pipeline.transcribe import AudioSettings
from analyzer.sources.discover import find_recordings

_REPEATS = 3  # the least that has a middle and a spread
_CALLS = 4
_CALL_SECONDS = 120
_BUSY = 0.5  # processes that want a core besides us, from which on figures are not to be trusted
_WIDE = 0.25  # spread, as a share of the speed


@dataclass(frozen=True)
class BenchOptions:
    """What one `analyzer bench` is asked to do."""

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
    """Measure every way, save the fastest. Raises AnalyzerError for what the user must mend first."""
    began = time.monotonic()
    model = resolve_model(options.model, options.device)
    devices = gpu_count() if model.device == "cuda" else 0
    ways = candidates(cores(), devices)
    batch = None if model.device == "cpu" else TranscribeSettings().batch_size
    usual = WorkerConfiguration(*workers_and_threads(None, 10**6, model.device), batch)
    ways = ways if usual in ways else (usual, *ways)
    load = os.getloadavg()[0]
    if load > _BUSY:
        tell(f"This machine is busy (load {load:.1f}): the figures will be too low, and may mislead.")
    with tempfile.TemporaryDirectory(prefix="analyzer-bench-") as folder:
        task, calls = _task_and_calls(options, model)
        bench = Benchmark(task, calls, Path(folder), cores(), devices)
        tell(f"Measuring {len(ways)} ways, about {options.minutes:g} minutes.")
        bench.fit(usual, len(ways), _REPEATS, options.minutes * 60)
        measured = bench.rounds(ways, _REPEATS, began + options.minutes * 60, tell)
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
    return f"The figures spread by {spread:.0%}: run it again when nothing else works here." if spread > _WIDE else None


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
    way, file = best.candidate, state_file("bench.json")
    choice = WorkerChoice(workers=way.workers, threads=way.threads, batch_size=way.batch_size, speed=best.speed)
    save_choice(file, model, choice)
    return file
