"""What is measured, what is chosen, and that `score` uses it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analysis.bench.benchmark import Measurement, WorkerConfiguration, best_of, configurations
from analyzer.analysis.bench.synthetic_call import synthetic_call
from analyzer.asr.model_folder import ModelFolder, cache_key, engine_info, resolve_model, settings_for
from analyzer.audio.vad import VadSettings, detect_speech
from analyzer.errors import AnalyzerError
from analyzer.jobs import worker_configuration as run_module
from analyzer.jobs.worker_configuration import (
    WorkerChoice,
    cores,
    load_choice,
    save_choice,
    state_file,
    workers_and_threads,
)
from tests.conftest import SAMPLES, analyzer

USUAL, OTHER = WorkerConfiguration(1, 2), WorkerConfiguration(2, 1)


@pytest.fixture
def model() -> ModelFolder:
    return resolve_model(str(SAMPLES / "model"), "cpu")


@pytest.mark.parametrize(
    ("count", "ways"),
    [
        (1, [(1, 1)]),
        (2, [(1, 2), (2, 1)]),
        (6, [(1, 6), (3, 2), (6, 1)]),
        (16, [(1, 16), (2, 8), (4, 4), (8, 2), (16, 1)]),
    ],
)
def test_ways_to_use_a_cpu_fill_its_cores(count: int, ways: list[tuple[int, int]]):
    assert [(way.workers, way.threads) for way in configurations(count, 0)] == ways


def test_a_gpu_has_one_process_and_several_batch_sizes():
    assert configurations(8, 1) == tuple(WorkerConfiguration(1, 8, batch_size) for batch_size in (4, 8, 16))
    assert {(way.workers, way.threads) for way in configurations(16, 4)} == {(4, 4)}


@given(st.integers(1, 130))
def test_no_way_takes_more_than_the_cores(count: int):
    assert configurations(count, 0)
    assert all(way.workers * way.threads <= count for way in configurations(count, 0))


def measured(way: WorkerConfiguration, *speeds: float) -> Measurement:
    return Measurement(way, speeds, 0)


def test_a_lead_beyond_the_spread_is_chosen_and_one_within_it_changes_nothing():
    clear = [measured(USUAL, 4.0, 4.1, 4.2), measured(OTHER, 5.0, 5.1, 4.9)]
    assert best_of(clear, USUAL).configuration == OTHER
    noisy = [measured(USUAL, 4.0, 4.1, 5.2), measured(OTHER, 5.0, 5.1, 3.0)]
    assert best_of(noisy, USUAL).configuration == USUAL
    once = [measured(USUAL, 4.8), measured(OTHER, 5.0)]
    assert best_of(once, USUAL).configuration == USUAL
    assert best_of([measured(USUAL, 3.0), measured(OTHER, 5.0)], USUAL).configuration == OTHER


def test_made_up_speech_is_heard_as_speech_on_both_sides_in_turn():
    call = synthetic_call(30, seed=1)
    assert (call == synthetic_call(30, seed=1)).all()
    for side in call:
        assert 3 < sum(span.seconds for span in detect_speech(side, VadSettings())) < 28


def test_a_choice_is_kept_for_its_machine_model_and_device_alone(model: ModelFolder, tmp_path: Path):
    file = tmp_path / "state" / "bench.json"
    assert load_choice(file, model) is None
    first, second = WorkerChoice(workers=2, threads=1, speed=5), WorkerChoice(workers=3, threads=1, speed=6)
    on_gpu = replace(model, device="cuda", compute_type="float16")
    save_choice(file, model, first)
    save_choice(file, on_gpu, second)
    assert (load_choice(file, model), load_choice(file, on_gpu)) == (first, second)
    assert load_choice(file, replace(model, sha256="0" * 64)) is None
    file.write_text(json.dumps({next(iter(json.loads(file.read_text()))): {"workers": "many"}}))
    assert load_choice(file, model) is None  # of another version
    file.write_text("{")
    with pytest.raises(AnalyzerError, match=r"bench\.json: cannot be read .*; delete it and run `analyzer bench`"):
        load_choice(file, model)


@given(st.one_of(st.none(), st.integers(1, 40)), st.integers(1, 40), st.integers(1, 8), st.booleans())
def test_processes_and_threads_never_take_more_than_the_cores(wanted: int | None, jobs: int, power: int, tuned: bool):
    count = 1 << power
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "cores", lambda: count)
        choice = WorkerChoice(workers=count // 2 or 1, threads=2, speed=1) if tuned else None
        workers, threads = workers_and_threads(wanted, jobs, "cpu", choice)
    assert 1 <= workers <= max(jobs, 1)
    assert workers * threads <= max(count, workers)
    assert workers <= (wanted or count)


def test_the_choice_is_used_and_workers_still_wins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_module, "cores", lambda: 8)
    choice = WorkerChoice(workers=8, threads=1, speed=1)
    assert workers_and_threads(None, 100, "cpu") == (4, 2)
    assert workers_and_threads(None, 100, "cpu", choice) == (8, 1)
    assert workers_and_threads(2, 100, "cpu", choice) == (2, 4)
    monkeypatch.setattr(run_module, "gpu_count", lambda: 4)
    assert workers_and_threads(None, 100, "cuda") == (4, 2)
    assert workers_and_threads(None, 2, "cpu", choice) == (2, 4)


def test_the_batch_size_is_no_part_of_a_transcript_s_identity(model: ModelFolder):
    words = settings_for(model)
    other = words.model_copy(update={"batch_size": 3})
    assert cache_key("a" * 64, engine_info(model, words, {})) == cache_key("a" * 64, engine_info(model, other, {}))


@pytest.mark.audio
def test_it_measures_prints_and_keeps_what_score_then_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: ModelFolder
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    ran = analyzer("bench", "--model", SAMPLES / "model", "--minutes", "0.1", out=tmp_path / "out")
    assert ran.status == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines() if "usual" in line or "*" in line]
    assert "chosen" in " ".join(" ".join(row) for row in rows)
    assert f"{cores()} cores" in ran.stdout
    assert "--workers still wins" in ran.stderr
    kept = load_choice(state_file("bench.json"), model)
    assert kept is not None
    assert kept.workers * kept.threads <= cores()
    assert workers_and_threads(None, 100, "cpu", kept) == (kept.workers, kept.threads)


def test_recordings_that_cannot_be_read_are_told(tmp_path: Path):
    given = ("bench", SAMPLES / "damaged" / "empty.wav", "--model", SAMPLES / "model")
    ran = analyzer(*given, out=tmp_path / "out")
    assert ran.status == 2
    assert "no recording that can be read" in ran.stderr
