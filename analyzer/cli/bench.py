"""`analyzer bench`: measure this machine with a model, print the table, keep the choice for `score`."""

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from analyzer.bank.shipped import shipped_bank
from analyzer.errors import RecordingError, UsageError
from analyzer.jobs.user_state import state_file
from analyzer.models.base import Device

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analyzer.analysis.bench.measure import Candidate, Measured
    from analyzer.asr.model_folder import ModelFolder
    from analyzer.jobs.tasks import TranscribeTask

_REPEATS = 3  # the least that has a middle and a spread
_SOUNDS = 4
_BUSY = 0.5  # processes that want a core besides us, from which on figures are not to be trusted
_WIDE = 0.25  # spread, as a share of the speed


@dataclass(frozen=True)
class BenchRequest:
    """What one `analyzer bench` is asked to do."""

    paths: tuple[Path, ...]
    model: str | None
    device: Device
    beam_size: int
    minutes: float


def bench_command(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Recordings to measure with. [default: made-up speech]")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Whisper model: a folder or a name. [default: large-v3-turbo, small on CPU]")
    ] = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the model runs.")] = "auto",
    beam_size: Annotated[int, typer.Option(min=1, max=20, help="Readings kept while decoding.")] = 5,
    minutes: Annotated[float, typer.Option(min=0.1, help="About how long it may take.")] = 5.0,
) -> None:
    """Find out how many processes and threads transcribe fastest on this machine; `score` and `watch` then use them.

    Leave the machine alone meanwhile.
    """
    run_bench(BenchRequest(tuple(paths or ()), model, device, beam_size, minutes))


def run_bench(request: BenchRequest) -> None:
    """Measure, print, keep. Raises AnalyzerError for what the user must mend first."""
    from analyzer.analysis.bench.measure import Bench, Candidate, best_of, candidates
    from analyzer.asr.model_folder import gpus, resolve_model
    from analyzer.jobs.scoring_run import workers_and_threads
    from analyzer.jobs.worker_choice import cores, machine_name

    told = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.monotonic()
    model = resolve_model(request.model, request.device)
    devices = gpus() if model.device == "cuda" else 0
    ways = candidates(cores(), devices)
    usual = Candidate(*workers_and_threads(None, 10**6, model.device), None if model.device == "cpu" else _usual_batch())
    ways = ways if usual in ways else (usual, *ways)
    load = os.getloadavg()[0]
    if load > _BUSY:
        told.print(f"This machine is busy (load {load:.1f}): the figures will be too low, and may mislead.")
    with tempfile.TemporaryDirectory(prefix="analyzer-bench-") as folder:
        task, sounds = _task_and_sounds(request, model)
        bench = Bench(task, sounds, Path(folder), cores(), devices)
        told.print(f"Measuring {len(ways)} ways, about {request.minutes:g} minutes.")
        bench.fit(usual, len(ways), _REPEATS, request.minutes * 60)
        found = bench.rounds(ways, _REPEATS, began + request.minutes * 60, told.print)
        source = "of recordings given" if request.paths else "made up"
        sound = f"{bench.clips} clips of {bench.clip_seconds:.0f} s {source}"
    best = best_of(found, usual)
    _print(found, best, usual, f"{model.name} ({model.compute_type}, {model.device}) on {machine_name()}; {sound}")
    _keep(model, best, told)


def _usual_batch() -> int:
    from analyzer.asr.recogniser import TranscribeSettings

    return TranscribeSettings().batch_size


def _task_and_sounds(
    request: BenchRequest, model: "ModelFolder"
) -> "tuple[TranscribeTask, list[NDArray[np.float32]]]":
    from analyzer.analysis.bench.measure import for_made_sound
    from analyzer.analysis.bench.synthetic_call import made_call
    from analyzer.asr.engine import engine_info
    from analyzer.asr.model_folder import settings_for
    from analyzer.bank.load import load_bank
    from analyzer.jobs.tasks import TranscribeTask
    from analyzer.pipeline.prepare import AudioSettings
    from analyzer.pipeline.score import AgentChannelOption
    from analyzer.pipeline.selective import SelectionPolicy

    bank = load_bank(shipped_bank())
    words = settings_for(model, beam_size=request.beam_size, language=bank.language)
    selection = SelectionPolicy(bank, AgentChannelOption())
    task = TranscribeTask(model, engine_info(model, words, {}), words, AudioSettings(), "", selection=selection)
    if request.paths:
        return task, _read(request.paths)
    return for_made_sound(task), [made_call(120.0, seed) for seed in range(_SOUNDS)]


def _read(paths: Sequence[Path]) -> "list[NDArray[np.float32]]":
    """The first minutes of the first recordings that can be read."""
    import numpy as np

    from analyzer.audio.decode import decode_recording
    from analyzer.models.waveform import SAMPLE_RATE
    from analyzer.sources.discover import find_recordings

    sounds = []
    for recording in find_recordings(paths).recordings:
        if recording.is_transcript:
            continue
        try:
            channels = decode_recording(recording, max_seconds=4 * 3600).channels
        except RecordingError:
            continue
        sounds.append(np.stack([channel[: 120 * SAMPLE_RATE] for channel in channels]))
        if len(sounds) == _SOUNDS:
            break
    if not sounds:
        raise UsageError(f"{paths[0]}: no recording that can be read. Give others, or none for made-up speech.")
    return sounds


def _print(found: "Sequence[Measured]", best: "Measured", usual: "Candidate", title: str) -> None:
    batches = any(one.candidate.batch_size for one in found)
    table = Table(box=None, pad_edge=False)
    columns = ["", "processes", "threads", *(["batch"] if batches else []), "x real time", "lowest", "highest", "GiB"]
    for name in columns:
        table.add_column(name, justify="right")
    table.add_column("")
    for one in found:
        way = one.candidate
        notes = [note for note, true in (("chosen", one is best), ("usual", way == usual)) if true]
        table.add_row(
            "*" if one is best else "",
            str(way.workers),
            str(way.threads),
            *([str(way.batch_size)] if batches else []),
            f"{one.speed:.2f}",
            f"{min(one.speeds):.2f}",
            f"{max(one.speeds):.2f}",
            f"{way.workers * one.worker_bytes / 2**30:.1f}",
            ", ".join(notes),
        )
    console = Console(highlight=False, soft_wrap=True)
    console.print(title)
    console.print(table)


def _keep(model: "ModelFolder", best: "Measured", told: Console) -> None:
    from analyzer.jobs.worker_choice import WorkerChoice, save_choice

    way, file = best.candidate, state_file("bench.json")
    choice = WorkerChoice(workers=way.workers, threads=way.threads, batch_size=way.batch_size, speed=best.speed)
    save_choice(file, model, choice)
    spread = (max(best.speeds) - min(best.speeds)) / best.speed
    if len(best.speeds) == 1:
        told.print("Each way was measured once only: give it more --minutes for figures to rely on.")
    elif spread > _WIDE:
        told.print(f"The figures spread by {spread:.0%}: run it again when nothing else works here.")
    told.print(f"Kept in {file}. `score` and `watch` use it for this model; --workers still wins.")
