"""Reports and findings: what people see, kept with what they were made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, delete, select

from analyzer.models.report import Report
from analyzer.models.run import KeptCall
from analyzer.store.database import Database
from analyzer.store.runs import call_key, put_calls
from analyzer.store.search_index import put_texts
from analyzer.store.serialization import encode_model, decode_model
from analyzer.store.tables import findings, reports
from analyzer.store.upsert import Row, chunked, upsert


@dataclass(frozen=True)
class StoredReport:
    """A report of one call; `inputs` names everything it was made from."""

    call: KeptCall
    report: Report
    inputs: str


class Reports:
    """The reports of one store: the newest of each call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def inputs(self, keys: Sequence[str]) -> dict[str, str]:
        """What the kept reports of these calls (`call_key`) were made from."""
        found: dict[str, str] = {}
        for part in chunked(keys):
            found.update(self._database.read(partial(_inputs, keys=part)))
        return found

    def get(self, keys: Sequence[str]) -> dict[str, Report]:
        """Kept reports of these calls; a row of another version of the program is left out."""
        found: dict[str, Report] = {}
        for part in chunked(keys):
            bodies = self._database.read(partial(_bodies, keys=part))
            found.update({key: report for key, body in bodies.items() if (report := decode_model(Report, body))})
        return found

    def put(self, filed: Sequence[StoredReport]) -> None:
        """Keep reports with their findings, each whole, and the calls' words for searches.

        They replace earlier ones of the same calls.
        """
        for part in chunked(filed):
            self._database.write(partial(self._put, filed=part))

    def _put(self, connection: Connection, filed: Sequence[StoredReport]) -> None:
        now = self._database.now(connection)
        put_calls(connection, [one.call for one in filed])
        put_texts(connection, [one.call for one in filed])
        rows = {call_key(one.call): _report_row(one, now) for one in filed}
        upsert(connection, reports, list(rows.values()))
        connection.execute(delete(findings).where(findings.c.call.in_(rows)))
        upsert(connection, findings, list({(r["call"], r["step"]): r for one in filed for r in _rows(one)}.values()))


def _report_row(filed: StoredReport, now: float) -> Row:
    return {
        "call": call_key(filed.call),
        "inputs": filed.inputs,
        "verdict": filed.report.verdict,
        "score": filed.report.score,
        "sop_sha256": filed.report.sop.sha256,
        "body": encode_model(filed.report),
        "made_at": now,
    }


def _rows(filed: StoredReport) -> list[Row]:
    return [
        {
            "call": call_key(filed.call),
            "step": finding.id,
            "status": finding.status,
            "confidence": finding.confidence,
            "similarity": finding.similarity,
            "start": finding.start,
        }
        for finding in filed.report.steps
    ]


def _inputs(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    wanted = select(reports.c.call, reports.c.inputs).where(reports.c.call.in_(keys))
    return {row.call: row.inputs for row in connection.execute(wanted)}


def _bodies(connection: Connection, keys: Sequence[str]) -> dict[str, bytes]:
    wanted = select(reports.c.call, reports.c.body).where(reports.c.call.in_(keys))
    return {row.call: row.body for row in connection.execute(wanted)}
