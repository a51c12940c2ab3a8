"""Results: runs with their calls, reports with their findings, and the calls' words for searches."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select

from analyzer.models.report import Report
from analyzer.models.run import StoredCall, StoredRun
from analyzer.store.database import (
    Database,
    RowValues,
    chunked,
    decode_model,
    decompress,
    encode_model,
    storable_text,
    upsert,
)
from analyzer.store.tables import calls, findings, reports, run_calls, runs, texts, transcripts


@dataclass(frozen=True)
class StoredReport:
    """A report of one call; `inputs` is a hash of everything it was made from."""

    call: StoredCall
    report: Report
    inputs: str


def call_key(call: StoredCall) -> str:
    """A call's identity in a store: made from the content of its audio and the name it came under."""
    sha256 = call.audio_sha256 or "unreadable"
    return hashlib.sha256(f"{sha256}\0{call.recording.name}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def search_form(text: str) -> str:
    """Text as it is stored and searched for: lower case, one blank between words.

    >>> search_form("  Alamat\\nE-mail ")
    'alamat e-mail'
    """
    return storable_text(" ".join(text.lower().split()))


class Runs:
    """The runs of one store: which calls a folder's newest results are of, and where their words are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, folder: str, run: StoredRun) -> None:
        """Store a finished run, whole; its calls replace those of the folder's earlier runs.

        A run equal to the folder's newest leaves the store as it is.
        """
        if self.newest(folder) == run:
            return
        folder = storable_text(folder)

        def write(connection: Connection) -> None:
            body = encode_model(run.model_copy(update={"calls": ()}))
            row = {"folder": folder, "ended_at": self._database.now(connection), "body": body}
            _put_calls(connection, run.calls)
            older = select(runs.c.id).where(runs.c.folder == folder)
            connection.execute(delete(run_calls).where(run_calls.c.run_id.in_(older)))
            number = connection.execute(insert(runs).values(**row).returning(runs.c.id)).scalar_one()
            rows = [
                {"run_id": number, "position": position, "call": call_key(call), "body": encode_model(call)}
                for position, call in enumerate(run.calls)
            ]
            for chunk in chunked(rows):
                connection.execute(insert(run_calls), list(chunk))

        self._database.write(write)

    def newest(self, folder: str | None) -> StoredRun | None:
        """The newest run of one folder or (None) of all; None when there is none."""

        def read(connection: Connection) -> tuple[bytes, list[bytes]] | None:
            row = connection.execute(_newest(folder)).one_or_none()
            if row is None:
                return None
            bodies = select(run_calls.c.body).where(run_calls.c.run_id == row.id).order_by(run_calls.c.position)
            return row.body, list(connection.execute(bodies).scalars())

        bodies = self._database.read(read)
        run = decode_model(StoredRun, bodies[0]) if bodies else None
        if bodies is None or run is None:
            return None
        return run.model_copy(update={"calls": tuple(c for body in bodies[1] if (c := decode_model(StoredCall, body)))})

    def number(self, folder: str | None) -> int | None:
        """Number of the newest run of one folder or (None) of all."""
        number: int | None = self._database.value(_newest(folder))
        return number

    def call(self, key: str) -> StoredCall | None:
        """A call, with where its recording and its words are, as the newest run that had it says."""
        query = select(run_calls.c.body).where(run_calls.c.call == key).order_by(run_calls.c.run_id.desc()).limit(1)
        body = self._database.value(query)
        return decode_model(StoredCall, body) if body is not None else None


class Reports:
    """The reports of one store: the newest of each call, with their findings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def inputs(self, keys: Sequence[str]) -> dict[str, str]:
        """The `inputs` of the stored reports of these calls, by `call_key`."""
        rows = self._database.rows_for(
            keys, lambda chunk: select(reports.c.call, reports.c.inputs).where(reports.c.call.in_(chunk))
        )
        return {row.call: row.inputs for row in rows}

    def get(self, keys: Sequence[str]) -> dict[str, Report]:
        """The stored reports of these calls; a row of another version of the program is left out."""
        rows = self._database.rows_for(
            keys, lambda chunk: select(reports.c.call, reports.c.body).where(reports.c.call.in_(chunk))
        )
        return {row.call: report for row in rows if (report := decode_model(Report, row.body))}

    def put(self, stored: Sequence[StoredReport]) -> None:
        """Store reports with their findings, each whole, and the calls' words for searches.

        They replace earlier ones of the same calls.
        """
        for chunk in chunked(stored):
            self._database.write(partial(self._put, stored=chunk))

    def _put(self, connection: Connection, stored: Sequence[StoredReport]) -> None:
        now = self._database.now(connection)
        _put_calls(connection, [item.call for item in stored])
        _put_texts(connection, [item.call for item in stored])
        rows = {call_key(item.call): _report_row(item, now) for item in stored}
        upsert(connection, reports, list(rows.values()))
        connection.execute(delete(findings).where(findings.c.call.in_(rows)))
        finding_rows = {(row["call"], row["step"]): row for item in stored for row in _finding_rows(item)}
        upsert(connection, findings, list(finding_rows.values()))


def _newest(folder: str | None) -> Select[Any]:
    query = select(runs.c.id, runs.c.body).order_by(runs.c.id.desc()).limit(1)
    return query if folder is None else query.where(runs.c.folder == storable_text(folder))


def _put_calls(connection: Connection, known: Sequence[StoredCall]) -> None:
    rows: dict[str, RowValues] = {}
    for call in known:
        metadata = call.recording.metadata
        rows[call_key(call)] = {
            "id": call_key(call),
            "call_id": storable_text(call.recording.call_id),
            "name": storable_text(call.recording.name),
            "audio_sha256": call.audio_sha256,
            "agent": storable_text(metadata.agent) if metadata.agent else None,
            "started_at": storable_text(metadata.started_at) if metadata.started_at else None,
        }
    upsert(connection, calls, list(rows.values()))


def _report_row(stored: StoredReport, now: float) -> RowValues:
    return {
        "call": call_key(stored.call),
        "inputs": stored.inputs,
        "verdict": stored.report.verdict,
        "score": stored.report.score,
        "sop_sha256": stored.report.sop.sha256,
        "body": encode_model(stored.report),
        "made_at": now,
    }


def _finding_rows(stored: StoredReport) -> list[RowValues]:
    return [
        {
            "call": call_key(stored.call),
            "step": finding.id,
            "status": finding.status,
            "confidence": finding.confidence,
            "similarity": finding.similarity,
            "start": finding.start,
        }
        for finding in stored.report.steps
    ]


def _put_texts(connection: Connection, known: Sequence[StoredCall]) -> None:
    """Store the words of calls whose transcripts are in the store, where they changed."""
    keys = {call_key(call): call.key for call in known if call.key}
    hashes = select(transcripts.c.key, transcripts.c.body_sha256).where(transcripts.c.key.in_(set(keys.values())))
    sources = {row.key: row.body_sha256 for row in connection.execute(hashes)}
    stored = select(texts.c.call, texts.c.source).where(texts.c.call.in_(keys))
    stored_sources = {row.call: row.source for row in connection.execute(stored)}
    new = {call: key for call, key in keys.items() if key in sources and stored_sources.get(call) != sources[key]}
    bodies = select(transcripts.c.key, transcripts.c.body).where(transcripts.c.key.in_(set(new.values())))
    words = {row.key: _words(row.body) for row in connection.execute(bodies)}
    rows = [{"call": call, "source": sources[key], "text": words[key]} for call, key in new.items()]
    upsert(connection, texts, rows)


def _words(body: bytes) -> str:
    """The text of all segments of a transcript of any kind, in order of time."""
    try:
        data = json.loads(decompress(body))
        segments = sorted(_segments(data), key=lambda segment: float(segment.get("start") or 0))
        return search_form(" ".join(str(segment.get("text") or "") for segment in segments))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""  # damaged, or handed in with a fault; the call's report says so


def _segments(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from data.get("segments") or ()
    for channel in data.get("channels") or ():
        yield from channel.get("segments") or ()
