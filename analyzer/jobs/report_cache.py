"""Many calls scored from what is kept, on all cores: the cheap half, but 10,000 calls are minutes on one.

A report that was made from the same words, bank and program is kept, and comes from the store.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence

from analyzer.files import package_sha256
from analyzer.jobs.process_map import process_map
from analyzer.jobs.stored_calls import report_of
from analyzer.models.bank import PhraseBank
from analyzer.models.report import Report
from analyzer.models.run import StoredCall, StoredRun
from analyzer.pipeline.score import Scorer
from analyzer.store.results import StoredReport, call_key
from analyzer.store.store import Store

_DECIDING = ("models", "language", "bank", "entities", "asr", "matching", "scoring", "pipeline")


def fresh_reports(run: StoredRun, store: Store, scorer: Scorer, *, processes: int | None = None) -> Sequence[Report]:
    """All reports of a run in its order, made anew. The same whatever the number of processes."""
    return list(_scored(run, run.calls, store, scorer, processes))


def cached_reports(run: StoredRun, store: Store, scorer: Scorer, *, processes: int | None = None) -> Sequence[Report]:
    """All reports of a run in its order; those made from the same before are read, the others made and kept.

    So is the bank: whoever reviews them needs it.
    """
    store.banks.put(scorer.bank)
    keys = [call_key(call) for call in run.calls]
    inputs = _inputs(run, store, scorer)
    known = store.reports.inputs(keys)
    cached = store.reports.get([key for key in keys if known.get(key) == inputs[key]])
    missing = [call for call, key in zip(run.calls, keys, strict=True) if key not in cached]
    made = dict(zip(map(call_key, missing), _scored(run, missing, store, scorer, processes), strict=True))
    store.reports.put([StoredReport(call, made[call_key(call)], inputs[call_key(call)]) for call in missing])
    return [cached.get(key) or made[key] for key in keys]


def _inputs(run: StoredRun, store: Store, scorer: Scorer) -> dict[str, str]:
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
    run: StoredRun, calls: Sequence[StoredCall], store: Store, scorer: Scorer, processes: int | None
) -> Iterator[Report]:
    shared = (scorer.bank, run.model_copy(update={"calls": ()}), store.address)
    return process_map(_scoring, shared, calls, local=_report_of(run, store, scorer), processes=processes)


def _scoring(bank: PhraseBank, run: StoredRun, address: str) -> Callable[[StoredCall], Report]:
    """What scores a call in a process of its own."""
    return _report_of(run, Store(address), Scorer(bank))


def _report_of(run: StoredRun, store: Store, scorer: Scorer) -> Callable[[StoredCall], Report]:
    return lambda call: report_of(call, run, store, scorer)
