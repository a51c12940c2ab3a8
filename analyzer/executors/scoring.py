"""Many calls scored from what is kept, on all cores: the cheap half, but 10,000 calls are minutes on one."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from analyzer.batch import report_of
from analyzer.models.kept import KeptCall, KeptRun
from analyzer.models.phrases import PhraseBank
from analyzer.models.report import Report
from analyzer.pipeline import Scorer
from analyzer.transcribe import TranscriptCache

_WORTH_A_PROCESS = 200  # calls; a process takes about two seconds to start, as long as it scores 80 calls
_CHUNK = 25


def score_kept(
    run: KeptRun, cache: TranscriptCache, scorer: Scorer, *, processes: int | None = None
) -> Iterator[Report]:
    """The report of each call of a run, in its order. The same whatever the number of processes."""
    wanted = min(processes or _cores(), max(1, len(run.calls) // _WORTH_A_PROCESS))
    if wanted == 1:
        yield from (report_of(call, run, cache, scorer) for call in run.calls)
        return
    context = multiprocessing.get_context("spawn")
    shared = (scorer.bank, run.model_copy(update={"calls": ()}), cache)
    with ProcessPoolExecutor(wanted, mp_context=context, initializer=_start, initargs=shared) as pool:
        yield from pool.map(_score, run.calls, chunksize=_CHUNK)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class _Worker:
    scorer: Scorer
    run: KeptRun
    cache: TranscriptCache


_worker: list[_Worker] = []  # one a process, set when it starts


def _start(bank: PhraseBank, run: KeptRun, cache: TranscriptCache) -> None:
    _worker[:] = [_Worker(Scorer(bank), run, cache)]


def _score(call: KeptCall) -> Report:
    worker = _worker[0]
    return report_of(call, worker.run, worker.cache, worker.scorer)


def reports_of(
    run: KeptRun, cache: TranscriptCache, scorer: Scorer, *, processes: int | None = None
) -> Sequence[Report]:
    """All reports of a run at once."""
    return list(score_kept(run, cache, scorer, processes=processes))
