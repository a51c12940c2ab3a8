"""Recordings prepared in other processes: the same, whatever becomes of these."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from analyzer.audio.waveform import IN_MEMORY_SECONDS, FileWaveform
from analyzer.errors import RecordingError
from analyzer.jobs.decode_helpers import DecodeProcessPool
from analyzer.models.recording import Recording
from analyzer.pipeline.concurrent import ConcurrentSession
from analyzer.pipeline.transcribe import AudioSettings, Prepared, prepare
from tests.conftest import SAMPLES
from tests.pipeline.sample_recogniser import heard, load_recogniser, recordings, words

pytestmark = pytest.mark.slow

SETTINGS = AudioSettings()


@pytest.fixture
def helpers() -> Iterator[DecodeProcessPool]:
    made = DecodeProcessPool(2)
    yield made
    made.close()


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "analyzer.jobs.decode_helpers" in " ".join(one.cmdline())]


def same(one: Prepared, other: Prepared) -> bool:
    pairs = zip(one.decoded.channels, other.decoded.channels, strict=True)
    return (
        all(np.array_equal(mine[:], yours[:]) for mine, yours in pairs)
        and one.decoded.facts == other.decoded.facts
        and one.speech == other.speech
    )


def test_what_helpers_prepare_side_by_side_is_what_is_prepared_here(helpers: DecodeProcessPool):
    calls = [recordings()[call] for call in ("urgent", "angry", "neighbour", "hold")]
    with ThreadPoolExecutor(helpers.at_once) as threads:
        prepared = list(threads.map(lambda call: helpers.prepare(call, SETTINGS), calls))
    assert len(children()) == 2
    assert all(same(mine, prepare(call, SETTINGS)) for mine, call in zip(prepared, calls, strict=True))


def test_a_recording_that_cannot_be_read_is_told_as_ever(helpers: DecodeProcessPool):
    bad = Recording(call_id="bad", path=SAMPLES / "damaged" / "text.wav", name="text.wav")
    with pytest.raises(RecordingError) as here:
        prepare(bad, SETTINGS)
    with pytest.raises(RecordingError) as there:
        helpers.prepare(bad, SETTINGS)
    assert str(there.value) == str(here.value)


def test_a_helper_that_dies_is_replaced_and_its_recording_is_prepared_here(helpers: DecodeProcessPool):
    call = recordings()["urgent"]
    helpers.prepare(call, SETTINGS)
    (first,) = children()
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    assert same(helpers.prepare(call, SETTINGS), prepare(call, SETTINGS))
    assert children() == []
    helpers.prepare(call, SETTINGS)
    assert [one.pid for one in children()] != [first.pid]


def test_a_recording_too_long_for_memory_is_prepared_here(helpers: DecodeProcessPool, tmp_path: Path):
    path = tmp_path / "long.wav"
    noise = np.random.default_rng(1).normal(0, 0.01, 8_000).astype(np.float32)
    soundfile.write(path, np.tile(noise, round(IN_MEMORY_SECONDS) + 2), 8_000)
    found = helpers.prepare(Recording(call_id="long", path=path, name="long.wav"), SETTINGS)
    assert isinstance(found.decoded.channels[0], FileWaveform)
    assert found.decoded.facts.decoded_seconds == pytest.approx(IN_MEMORY_SECONDS + 2, abs=0.1)


def test_no_helper_outlives_the_process_that_started_it():
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # a worker that is killed
        made = DecodeProcessPool(1)
        made.prepare(recordings()["urgent"], SETTINGS)
        os.write(writer, str(children()[0].pid).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    helper = int(os.read(reader, 20))
    until = time.monotonic() + 20
    while psutil.pid_exists(helper) and psutil.Process(helper).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.audio
def test_a_stream_with_helpers_gives_the_same_transcripts(helpers: DecodeProcessPool):
    calls = ["urgent", "angry"]
    settings = words()
    aside = heard(ConcurrentSession(load_recogniser(settings), SETTINGS, settings, None, helpers), calls)
    alone = heard(ConcurrentSession(load_recogniser(settings), SETTINGS, settings), calls)
    assert aside == alone
