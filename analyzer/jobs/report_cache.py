"""Many calls scored from what is kept, on all cores: the cheap half, but 10,000 calls are minutes on one.

A report that was made from the same words, bank and program is kept, and comes from the store.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from analyzer.files import package_sha256
from analyzer.jobs.stored_calls import report_of
from analyzer.models.bank import PhraseBank
from analyzer.models.report import Report
from analyzer.models.run import KeptCall, KeptRun
from analyzer.pipeline.score import Scorer
from analyzer.store.reports import StoredReport
from analyzer.store.runs import call_key
from analyzer.store.store import Store

_WORTH_A_PROCESS = 200  # calls; a process takes about two seconds to start, as long as it scores 80 calls
_CHUNK = 25
_DECIDING = ("models", "language", "bank", "entities", "asr", "matching", "scoring", "pipeline")


def fresh_reports(run: KeptRun, store: Store, scorer: Scorer, *, processes: int | None = None) -> Sequence[Report]:
    """All reports of a run in its order, made anew. The same whatever the number of processes."""
    return list(_scored(run, run.calls, store, scorer, processes))


def cached_reports(run: KeptRun, store: Store, scorer: Scorer, *, processes: int | None = None) -> Sequence[Report]:
    """All reports of a run in its order; those made from the same before are read, the others made and kept.

    So is the bank: whoever reviews them needs it.
    """
    store.banks.put(scorer.bank)
    keys = [call_key(call) for call in run.calls]
    inputs = _inputs(run, store, scorer)
    known = store.reports.inputs(keys)
    found = store.reports.get([key for key in keys if known.get(key) == inputs[key]])
    missing = [call for call, key in zip(run.calls, keys, strict=True) if key not in found]
    made = dict(zip(map(call_key, missing), _scored(run, missing, store, scorer, processes), strict=True))
    store.reports.put([StoredReport(call, made[call_key(call)], inputs[call_key(call)]) for call in missing])
    return [found.get(key) or made[key] for key in keys]


def _inputs(run: KeptRun, store: Store, scorer: Scorer) -> dict[str, str]:
    """Of each call, everything that its report is made from, as one hash."""
    words = [key for call in run.calls for key in (call.key, call.second_key) if key]
    hashes = store.transcripts.hashes(words)
    common = [run.engine.model_dump_json(), run.side, run.side_given, scorer.bank.sha256, scoring_code_version()]
    return {
        call_key(call): hashlib.sha256(
            json.dumps([common, repr(call), *(hashes.get(key or "") for key in (call.key, call.second_key))]).encode()
        ).hexdigest()
        for call in run.calls
    }


def scoring_code_version() -> str:
    """The code that makes reports: another version makes them again, without anybody counting versions."""
    return package_sha256(*_DECIDING)


def _scored(
    run: KeptRun, calls: Sequence[KeptCall], store: Store, scorer: Scorer, processes: int | None
) -> Iterable[Report]:
    wanted = min(processes or _cores(), max(1, len(calls) // _WORTH_A_PROCESS))
    if wanted == 1:
        return (report_of(call, run, store, scorer) for call in calls)
    return _in_processes(run, calls, store, scorer, wanted)


def _in_processes(
    run: KeptRun, calls: Sequence[KeptCall], store: Store, scorer: Scorer, processes: int
) -> Iterator[Report]:
    context = multiprocessing.get_context("spawn")
    shared = (scorer.bank, run.model_copy(update={"calls": ()}), store.address)
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=shared) as pool:
        yield from pool.map(_score, calls, chunksize=_CHUNK)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class _Worker:
    scorer: Scorer
    run: KeptRun
    store: Store


_worker: list[_Worker] = []  # one a process, set when it starts


def _start(bank: PhraseBank, run: KeptRun, address: str) -> None:
    _worker[:] = [_Worker(Scorer(bank), run, Store(address))]


def _score(call: KeptCall) -> Report:
    worker = _worker[0]
    return report_of(call, worker.run, worker.store, worker.scorer)
