import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from synthesis.script import STEPS, Script, read_scripts  # type: ignore[import-not-found]
from voices import HELD_OUT_VOICES  # type: ignore[import-not-found]

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CALLS = SAMPLES / "calls"
SCRIPTS = {script.call_id: script for script in read_scripts(SAMPLES / "call_scripts")}
FREE = {script.call_id: script for script in read_scripts(SAMPLES / "call_scripts" / "heldout")}
EVERY = [(CALLS, script) for script in SCRIPTS.values()] + [(SAMPLES / "heldout", script) for script in FREE.values()]
each_call = pytest.mark.parametrize(("folder", "script"), EVERY, ids=[script.call_id for _, script in EVERY])


def lines(path: Path) -> dict[str, dict[str, Any]]:
    return {row["call_id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}


@cache
def channels(path: Path) -> tuple[np.ndarray, int]:
    """Every channel of a file as float, and its rate."""
    blocks = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            block = frame.to_ndarray()
            if not frame.format.is_planar:
                block = block.reshape(-1, frame.layout.nb_channels).T
            scale = {"f": 1.0, "i": 2.0 ** (8 * block.dtype.itemsize - 1)}[block.dtype.kind]
            blocks.append(block / scale)
            rate = frame.sample_rate
    return np.concatenate(blocks, axis=1), rate


def sound(folder: Path, script: Script) -> tuple[np.ndarray, int]:
    """A call's channels; a pair of legs side by side."""
    files = [channels(folder / name) for name in script.files]
    return np.concatenate([samples for samples, _ in files]), files[0][1]


@each_call
def test_recording_opens_and_lasts_40_to_120_seconds_without_clipping(folder: Path, script: Script):
    samples, rate = sound(folder, script)
    assert 40 <= samples.shape[1] / rate <= 120
    assert samples.shape[0] == (1 if script.layout == "mono" else 2)
    assert 0.2 < np.abs(samples).max() < 0.98


@each_call
def test_only_voices_that_training_never_hears_speak_and_two_different_ones(folder: Path, script: Script):
    names = {voice.name for voice in script.voices.values()}
    assert len(names) == 2
    assert names <= set(HELD_OUT_VOICES)


@each_call
def test_true_times_are_those_of_the_script_and_lie_inside_the_recording(folder: Path, script: Script):
    samples, rate = sound(folder, script)
    turns = lines(folder / "reference.jsonl")[script.call_id]["turns"]
    assert [(turn["speaker"], turn["text"]) for turn in turns] == [(turn.speaker, turn.text) for turn in script.turns]
    for turn in turns:
        times = [time for _, start, end in turn["words"] for time in (start, end)]
        assert len(turn["words"]) == len(turn["text"].split())
        assert times == sorted(times)
        assert 0 <= turn["start"] <= times[0] <= times[-1] <= turn["end"] + 0.001 <= samples.shape[1] / rate
    starts = [turn["start"] for turn in turns]
    assert starts == sorted(starts)


@each_call
def test_speech_lies_where_the_true_times_say(folder: Path, script: Script):
    samples, rate = sound(folder, script)
    hop = rate // 100
    mono = np.abs(samples).sum(axis=0)
    loud = mono[: mono.size // hop * hop].reshape(-1, hop).mean(axis=1)
    loud = np.minimum(loud, np.quantile(loud, 0.9))
    spoken = np.zeros(loud.size)
    for turn in lines(folder / "reference.jsonl")[script.call_id]["turns"]:
        for _, start, end in turn["words"]:
            spoken[int(start * 100) : int(end * 100)] = 1
    lags = range(-30, 31)
    fit = [float(np.dot(np.roll(spoken, lag) - spoken.mean(), loud - loud.mean())) for lag in lags]
    assert abs(lags[int(np.argmax(fit))]) <= 3


@each_call
def test_agent_is_on_the_side_that_the_script_says(folder: Path, script: Script):
    samples, rate = sound(folder, script)
    if script.layout == "mono":
        return
    agent = 1 if script.agent_side == "right" else 0
    turns = lines(folder / "reference.jsonl")[script.call_id]["turns"]
    differences = []
    for turn in turns:
        power = (samples[:, int(turn["start"] * rate) : int(turn["end"] * rate)] ** 2).mean(axis=1)
        own = agent if turn["speaker"] == "agent" else 1 - agent
        differences.append(10 * np.log10(power[own] / power[1 - own]))
    assert np.median(differences) > 15


def test_manifest_names_every_file_and_every_file_is_named():
    rows = list(csv.DictReader((CALLS / "manifest.csv").open(encoding="utf-8")))
    named = [name for row in rows for name in (row["file"], row["customer_file"]) if name]
    audio = [path.name for path in CALLS.iterdir() if path.suffix not in {".csv", ".jsonl", ".md"}]
    assert sorted(named) == sorted(audio)
    assert {row["call_id"]: row["file"] for row in rows} == {key: script.file for key, script in SCRIPTS.items()}
    assert {row["agent_channel"] for row in rows} == {"", "left", "right"}
    assert all(row["agent_channel"] in ("", SCRIPTS[row["call_id"]].agent_side) for row in rows), (
        "the manifest must not lie about the side"
    )
    assert {row["system"] for row in rows} == {"CRM", "APKT", "AP2T"}


def test_labels_are_those_of_the_scripts_and_legal():
    labels = lines(CALLS / "labels.jsonl")
    assert list(labels) == list(SCRIPTS)
    for label in labels.values():
        script = SCRIPTS[label["call_id"]].labels
        assert script is not None
        assert label["steps"] == script.steps
        assert tuple(label["steps"]) == STEPS
        assert label["verdict"] in {"pass", "fail", "exempt"}
        asked = label["steps"]["email_request"] in ("met", "out_of_order")
        assert (label["steps"]["thanks_for_email"] != "not_applicable") == asked
        assert (label["email_reply"] is not None) == asked
        assert (label["exemption"] is not None) == (label["verdict"] == "exempt")
        assert (label["callback_reply"] == "other_number") == bool(label["captured"]["phone"])
        assert (label["email_reply"] == "given") == bool(label["captured"]["email"])


def test_every_case_that_the_checker_must_know_is_there():
    labels = list(lines(CALLS / "labels.jsonl").values())
    missed = Counter(step for label in labels for step, status in label["steps"].items() if status == "missed")
    late = Counter(step for label in labels for step, status in label["steps"].items() if status == "out_of_order")
    assert set(missed) == set(STEPS)
    assert late["email_request"] >= 1
    assert late["marketing_notice"] >= 2
    assert sum(set(label["steps"].values()) == {"met"} for label in labels) >= 3
    assert {label["caller_role"] for label in labels} == {"owner", "tenant", "responsible", "other", None}
    assert {label["email_reply"] for label in labels} == {"given", "none", "refused", None}
    assert {label["callback_reply"] for label in labels} >= {"yes", "no", "other_number", None}
    assert {label["exemption"] for label in labels} == {"urgent", "angry", None}
    assert ["refused_to_process"] in [label["violations"] for label in labels]


def test_formats_and_layouts_are_those_that_pbxs_write():
    scripts = SCRIPTS.values()
    assert {script.format for script in scripts} == {"mulaw", "alaw", "pcm16", "gsm", "mp3", "opus", "flac", "aac"}
    assert {script.layout for script in scripts} == {"stereo", "mono", "legs"}
    assert {script.agent_side for script in scripts} == {"left", "right"}
    assert any(script.file.endswith(".WAV") for script in scripts)
    assert any(turn.hold for script in scripts for turn in script.turns)
    assert any(turn.overlap for script in scripts for turn in script.turns)


def test_samples_stay_small():
    assert sum(path.stat().st_size for path in CALLS.iterdir()) <= 20 * 2**20
    assert sum(path.stat().st_size for path in (SAMPLES / "heldout").iterdir()) <= 5 * 2**20
