"""Second looks: what is to be read again because a step is undecided there."""

from collections.abc import Sequence

from analyzer.asr.engine import second_pass_key
from analyzer.jobs.plan import BatchOptions, absolute, longest_first
from analyzer.models.job import Job
from analyzer.models.report import Report
from analyzer.models.run import KeptCall
from analyzer.models.transcript import EngineInfo
from analyzer.pipeline.score import Scorer
from analyzer.store.store import Store


def second_pass_jobs(
    calls: Sequence[KeptCall],
    reports: Sequence[Report],
    store: Store,
    scorer: Scorer,
    second: EngineInfo,
    options: BatchOptions,
) -> tuple[Job, ...]:
    """What is to be read a second time and was not read yet, longest first."""
    again = options.force or options.retry_failed
    asked = {report.audio_sha256: second_pass_key(report.audio_sha256, second) for report in reports if report.audio_sha256}
    states = store.queue.states(list(asked.values()))
    wanted: dict[str, Job] = {}
    for call, report in zip(calls, reports, strict=True):
        spans = scorer.undecided(report)
        if not spans or report.audio is None or report.audio_sha256 is None:
            continue
        key = asked[report.audio_sha256]
        if states.get(key) == "failed" and not again:
            continue  # it was given up; a person may ask for it
        kept = None if options.force else store.transcripts.readings(key)
        if kept and kept.error:
            kept = kept.model_copy(update={"error": None})
        missing = kept.missing(spans) if kept else spans
        if missing:
            known = wanted[key].spans if key in wanted else ()
            wanted[key] = Job(
                key=key,
                sha256=report.audio_sha256,
                recording=absolute(call.recording),
                seconds=report.audio.decoded_seconds,
                spans=(*known, *missing),
                fresh=options.force,
            )
    return longest_first(wanted.values())
