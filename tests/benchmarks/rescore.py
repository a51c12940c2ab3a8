"""How long `analyzer rescore` takes: kept transcripts of five minutes against another bank, the real command.

    python tests/benchmarks/rescore.py [--calls N] [--work DIR]

Makes N transcripts (default 10,000, about 900 MB) as a run would have kept them, scores them once, then times
`analyzer rescore` against a bank with one threshold raised, and prints minutes, milliseconds a call and what changed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.jobs.stored_calls import fresh_reports
from analyzer.models.recording import Recording
from analyzer.models.run import StoredCall, StoredRun
from analyzer.pipeline.score import TEXT_ENGINE, Scorer
from analyzer.reports.jsonl import to_jsonl
from analyzer.store.store import Store
from tests.benchmarks.made_calls import FIVE_MINUTES, made_call

DIFFERENT = 200  # distinct calls; the others repeat them under other names, which saves making time, not scoring time


def main() -> None:
    """Make transcripts, score them, time the rescoring."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        out = work / f"kept-{arguments.calls}"
        if not out.is_dir():
            make(out, arguments.calls)
        other = changed_bank(work / "bank")
        began = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-m", "analyzer", "rescore", str(out), "--bank", str(other), "--show", "3"],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        seconds = time.perf_counter() - began
    print(ran.stdout, ran.stderr[-2000:])
    cores = len(os.sched_getaffinity(0))
    print(f"{arguments.calls} transcripts of {FIVE_MINUTES} words on {cores} cores: {seconds / 60:.2f} minutes,")
    print(f"{seconds * cores / arguments.calls * 1000:.1f} ms of one core a call")


def make(out: Path, count: int) -> None:
    """A results folder as `analyzer score` leaves it, each call with a transcript of its own."""
    bank = load_bank(shipped_bank())
    store = Store(out)
    made = [made_call(bank, FIVE_MINUTES, number) for number in range(DIFFERENT)]
    texts = [call.model_dump_json(exclude_none=True).encode() for call in made]
    calls = []
    for number in range(count):
        key, name = f"{number:032d}-text", f"call-{number:05d}"
        store.transcripts.put_text(key, f"{number:064d}", texts[number % DIFFERENT])
        recording = Recording(call_id=name, path=Path(f"{name}.json"), name=f"{name}.json")
        calls.append(StoredCall(recording=recording, audio_sha256=f"{number:064d}", key=key))
    run = StoredRun(engine=TEXT_ENGINE, max_seconds=3600, calls=tuple(calls))
    store.runs.put(os.path.realpath(out), run)
    (out / "results.jsonl").write_bytes(to_jsonl(fresh_reports(run, store, Scorer(bank))))


def changed_bank(folder: Path) -> Path:
    """The shipped bank with a higher threshold of the callback question."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shipped_bank(), folder)
    step = folder / "steps" / "callback_question.yaml"
    text = step.read_text("utf-8")
    assert "accept: 72" in text
    step.write_text(text.replace("accept: 72", "accept: 95"), "utf-8")
    return folder


if __name__ == "__main__":
    main()
