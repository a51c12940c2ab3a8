"""A worker that transcribes for hours keeps its size: whatever libraries hold on to must not grow with the calls.

150 calls show what leaks a megabyte in ten calls; 500, with `pytest --nightly`, a fifth of that.
"""

import multiprocessing
import statistics
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import soundfile

from analyzer.asr.model_folder import engine_info, resolve_model, settings_for
from analyzer.audio.identity import sha256_of_files
from analyzer.jobs.dispatch import dispatch
from analyzer.jobs.worker import Pass, RecognitionTask
from analyzer.jobs.worker_pool import LocalPool
from analyzer.models.recording import Recording
from analyzer.models.run import Job
from analyzer.pipeline.transcribe import AudioSettings
from analyzer.store.store import Store
from tests.conftest import SAMPLES
from tests.examples import nightly

pytestmark = pytest.mark.audio
SOUND = SAMPLES / "calls" / "in-082145567788-3201-20261103-092517-1762134317.1220.wav"
WARM = 50  # calls, of all kinds
SECONDS = 2.0


def clips(folder: Path, count: int) -> Iterator[Job]:
    """Short pieces of a call: every kind within the first WARM, then the same again; what comes later is a leak."""
    sound, rate = soundfile.read(SOUND, dtype="int16")
    length = int(SECONDS * rate)
    last = len(sound) - length
    for number in range(count):
        at = number % WARM * last // WARM
        path = folder / f"{number:03d}.wav"
        soundfile.write(path, sound[at : at + length], rate)
        recording = Recording(call_id=path.stem, path=path, name=path.name)
        yield Job(key=path.stem, sha256=sha256_of_files([path]), recording=recording, seconds=SECONDS)


def own_memory(pid: int) -> int:
    """Bytes that a process has made its own. Not the pages of programs' files: they come and go as the kernel likes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    sizes = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return sum(int(sizes[name].split()[0]) << 10 for name in ("RssAnon", "VmSwap"))


def test_memory_of_a_worker_is_flat_over_hundreds_of_calls(tmp_path: Path):
    calls = 500 if nightly() else 150
    model = resolve_model(str(SAMPLES / "model"), "cpu")
    words, sound = settings_for(model, beam_size=1), AudioSettings()
    engine = engine_info(model, words, sound.options())
    store = Store(tmp_path)
    task = RecognitionTask(model, sound, store.address, Pass(engine, words), cpu_threads=2)
    pool = LocalPool(task, "tests", 1)
    own: list[int] = []
    resident: list[int] = []
    pids: set[int] = set()

    def note(job: Job, why: str | None) -> None:
        assert why is None
        (worker,) = multiprocessing.active_children()
        pids.add(worker.pid or 0)
        own.append(own_memory(worker.pid or 0))
        resident.append(psutil.Process(worker.pid).memory_info().rss)

    try:
        dispatch(tuple(clips(tmp_path, calls)), pool, store, "tests", note)
    finally:
        pool.close()
        store.close()
    assert len(own) == calls
    assert len(pids) == 1  # not recycled on the way
    allowed = 0.1 * max(resident[WARM - 10 : WARM])
    early, late = own[WARM : 2 * WARM], own[-WARM:]  # the same clips
    assert min(late) - min(early) < allowed
    # Buffers of up to 30 MB come and go with how full a batch happens to be: what most calls stay below compares.
    first, second = own[WARM : (WARM + calls) // 2], own[(WARM + calls) // 2 :]
    assert most(second) - most(first) < allowed


def most(sizes: list[int]) -> float:
    """What nine of ten are below."""
    return statistics.quantiles(sizes, n=10)[-1]
