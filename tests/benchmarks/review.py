"""How long reviewers wait with many calls: pages of the queue under every filter, the next call, a decision.

    python tests/benchmarks/review.py [--calls N] [--postgresql] [--work DIR]

Makes N calls of four minutes (default 20,000) of 40 agents and 60 days, scored by the shipped bank, stores them as
`score` does, and prints the milliseconds of each operation: the median and the longest of 9 runs, and the median of
this process's processor time, which says more on a busy machine.
"""

import argparse
import contextlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from analyzer.bank.load import load_bank
from analyzer.bank.shipped import shipped_bank
from analyzer.models.base import Span
from analyzer.models.recording import CallMetadata, Recording
from analyzer.models.review import CallFilter, NewEvent, Person
from analyzer.models.run import StoredCall, StoredRun
from analyzer.models.transcript import Transcript
from analyzer.pipeline.score import TEXT_ENGINE, Scorer
from analyzer.review.agents import AgentStatistics
from analyzer.review.sampling import SamplingGoal
from analyzer.review.service import ReviewService
from analyzer.store.results import StoredReport
from analyzer.store.store import Store
from tests import postgres
from tests.benchmarks.made_calls import made_call

_DIFFERENT = 100  # transcripts; the others are copies with another caller's name
_WORDS = 600
_TRIES = 9
LEA = Person(name="Lea", role="lead")
RINI = Person(name="Rini", role="coach")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL server of Debian's binaries")
    parser.add_argument("--work", type=Path, help="folder for the store; kept [default: a temporary one]")
    arguments = parser.parse_args()
    with _address(arguments.work, server=arguments.postgresql) as address:
        store = Store(address)
        _fill(store, arguments.calls)
        _measure(store)
        store.close()


@contextlib.contextmanager
def _address(work: Path | None, *, server: bool) -> Iterator[str]:
    if server:
        with postgres.running(fast=False) as running:
            yield running.new_database()
        return
    folder = work or Path(tempfile.mkdtemp(prefix="analyzer-review-"))
    try:
        yield str(folder / "analyzer.db")
    finally:
        if work is None:
            shutil.rmtree(folder)


def _fill(store: Store, count: int) -> None:
    """Transcripts, reports and the run, as `score` keeps them."""
    began = time.monotonic()
    scorer = Scorer(load_bank(shipped_bank()))
    kinds = [_damaged(made_call(scorer.bank, _WORDS, seed), seed) for seed in range(_DIFFERENT)]
    store.banks.put(scorer.bank)
    calls: list[StoredCall] = []
    for at in range(0, count, 500):
        filed = [_filed(store, scorer, kinds, number) for number in range(at, min(count, at + 500))]
        store.reports.put(filed)
        calls += [one.call for one in filed]
    store.runs.put("/benchmark", StoredRun(engine=TEXT_ENGINE, max_seconds=3600, calls=tuple(calls)))
    print(f"{count} calls kept in {time.monotonic() - began:.0f} s")


def _damaged(transcript: Transcript, seed: int) -> Transcript:
    """A transcript without some of its turns, so that steps are missed; every tenth with a hole, for unsure steps."""
    segments = tuple(s for n, s in enumerate(transcript.segments) if (n * 7 + seed) % 11 >= seed % 4)
    holes = (Span(start=transcript.duration * 0.3, end=transcript.duration * 0.6),) if seed % 10 == 0 else ()
    return transcript.model_copy(update={"segments": segments, "holes": holes})


_SCORED: dict[int, object] = {}


def _filed(store: Store, scorer: Scorer, kinds: Sequence[Transcript], number: int) -> StoredReport:
    transcript = kinds[number % _DIFFERENT]
    name = f"call-{number:06}"
    day = date(2026, 1, 1) + timedelta(days=number % 60)
    about = CallMetadata(agent=f"Agent {number % 40:02}", started_at=f"{day.isoformat()} 09:{number % 60:02}")
    recording = Recording(call_id=name, path=Path(f"{name}.json"), name=f"{name}.json", metadata=about)
    sha256 = f"{number:064x}"
    call = StoredCall(recording=recording, audio_sha256=sha256, key=f"text-{sha256}"[:80])
    first = transcript.segments[0].model_copy(update={"text": f"nama saya pelanggan{number:06} ya"})
    own = transcript.model_copy(update={"call_id": None, "segments": (first, *transcript.segments[1:])})
    text = own.model_dump_json(exclude_none=True).encode()
    store.transcripts.put_text(call.key or "", sha256, text)
    report = scorer.score_transcript(recording, text) if number < _DIFFERENT else None
    if report is not None:
        _SCORED[number] = report
    base = _SCORED[number % _DIFFERENT]
    report = base.model_copy(  # type: ignore[attr-defined]
        update={"call_id": name, "recording": recording.name, "agent": about.agent, "started_at": about.started_at}
    )
    return StoredReport(call, report, f"inputs-{number}")


def _measure(store: Store) -> None:
    service = ReviewService(store, run=store.runs.number("/benchmark"))
    began = time.monotonic()
    count = service.refresh()
    print(f"{count} queue positions derived in {time.monotonic() - began:.1f} s")
    queue = CallFilter(waiting=True)
    waiting = [call.call for call in store.listing.every(service.scope(LEA), queue)]
    key = waiting[100]
    cursor = store.listing.cursor_of(key)
    filters = {
        "the queue": queue,
        "every call": CallFilter(),
        "a step and its status": CallFilter(step="email_request", status="missed"),
        "any step unsure": CallFilter(status="unsure"),
        "an agent": CallFilter(agent="Agent 07"),
        "two weeks": CallFilter(since=date(2026, 1, 10), until=date(2026, 1, 24)),
        "failed and unreviewed": CallFilter(verdict="fail", state="unreviewed"),
        "one word of all calls": CallFilter(text="email"),
        "words of one call": CallFilter(text="pelanggan012345"),
        "a phrase nobody said": CallFilter(text='"kata yang tidak pernah diucapkan"'),
        "three words, an agent, the queue": CallFilter(text="nama saya email", agent="Agent 07", waiting=True),
    }
    for name, wanted in filters.items():
        total = service.queue(LEA, wanted).total
        _print_times(f"page of {name} ({total})", partial(service.queue, LEA, wanted))
    _print_times("last page of every call", lambda: service.queue(LEA, CallFilter(), offset=max(0, count - 50)))
    _print_times("the next call", lambda: service.next_call(LEA, queue, cursor or key))
    _print_times("one call opened", lambda: service.call(LEA, key))
    agents = AgentStatistics(service)
    _print_times("figures of every agent", lambda: agents.figures(LEA))
    _print_times("an agent's trend", lambda: agents.trend(LEA, "Agent 07"))
    _print_times("a plan for every agent", lambda: agents.plan(LEA, SamplingGoal(kind="width"), CallFilter()))
    keys = iter(waiting)
    _print_times(
        "one decision", lambda: service.add_event(RINI, NewEvent(call=next(keys), kind="comment", text="heard"))
    )


def _print_times(what: str, work: Callable[[], object]) -> None:
    elapsed, processor = [], []
    for _ in range(_TRIES):
        began, worked = time.perf_counter(), time.process_time()
        work()
        elapsed.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - worked))
    figures = statistics.median(elapsed), max(elapsed), statistics.median(processor)
    print("{:60} {:7.1f} ms, longest {:7.1f}, own time {:7.1f}".format(what, *figures))


if __name__ == "__main__":
    main()
