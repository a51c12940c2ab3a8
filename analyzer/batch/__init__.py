"""Many calls: what is kept is reused, the rest is claimed, transcribed and kept, every call becomes one report.

One failure is a row, not a stop. The store is the one state machine; whoever does the work only reads keys from it and
writes outcomes to it, so that the same command goes on where it was interrupted, and two commands share one store.
"""

from analyzer.batch.calls import kept_calls, report_of, transcript_of
from analyzer.batch.dispatch import Ended, Pool, Trouble, dispatch
from analyzer.batch.identity import files_of
from analyzer.batch.looks import looks
from analyzer.batch.owner import owner_name, reap
from analyzer.batch.plan import BatchOptions, Plan, plan

__all__ = [
    "BatchOptions",
    "Ended",
    "Plan",
    "Pool",
    "Trouble",
    "dispatch",
    "files_of",
    "kept_calls",
    "looks",
    "owner_name",
    "plan",
    "reap",
    "report_of",
    "transcript_of",
]
