"""Runs: which calls a folder's newest results are of, and where their words are."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from analyzer.models.run import KeptCall, KeptRun
from analyzer.store.database import Database
from analyzer.store.serialization import encode_model, storable_text, decode_model
from analyzer.store.tables import calls, run_calls, runs
from analyzer.store.upsert import Row, chunked, upsert


def call_key(call: KeptCall) -> str:
    """A call's identity in a store: the content of its audio and the name it came under."""
    sha256 = call.audio_sha256 or "unreadable"
    return hashlib.sha256(f"{sha256}\0{call.recording.name}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Runs:
    """The runs of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, folder: str, run: KeptRun) -> None:
        """Keep a finished run, whole; its calls replace those of the folder's earlier runs.

        A run like the folder's newest leaves the store as it is.
        """
        if self.newest(folder) == run:
            return
        folder = storable_text(folder)

        def write(connection: Connection) -> None:
            row = {"folder": folder, "ended_at": self._database.now(connection), "body": encode_model(_without_calls(run))}
            put_calls(connection, run.calls)
            older = select(runs.c.id).where(runs.c.folder == folder)
            connection.execute(delete(run_calls).where(run_calls.c.run_id.in_(older)))
            number = connection.execute(insert(runs).values(**row).returning(runs.c.id)).scalar_one()
            rows = [
                {"run_id": number, "position": at, "call": call_key(call), "body": encode_model(call)}
                for at, call in enumerate(run.calls)
            ]
            for part in chunked(rows):
                connection.execute(insert(run_calls), list(part))

        self._database.write(write)

    def newest(self, folder: str | None) -> KeptRun | None:
        """The newest run of one folder or (None) of all; None when there is none."""

        def read(connection: Connection) -> tuple[bytes, list[bytes]] | None:
            every = select(runs.c.id, runs.c.body)
            own = every if folder is None else every.where(runs.c.folder == storable_text(folder))
            row = connection.execute(own.order_by(runs.c.id.desc()).limit(1)).one_or_none()
            if row is None:
                return None
            wanted = select(run_calls.c.body).where(run_calls.c.run_id == row.id).order_by(run_calls.c.position)
            return row.body, list(connection.execute(wanted).scalars())

        found = self._database.read(read)
        run = decode_model(KeptRun, found[0]) if found else None
        if found is None or run is None:
            return None
        return run.model_copy(update={"calls": tuple(c for body in found[1] if (c := decode_model(KeptCall, body)))})


    def number(self, folder: str | None) -> int | None:
        """Number of the newest run of one folder or (None) of all."""
        every = select(runs.c.id) if folder is None else select(runs.c.id).where(runs.c.folder == storable_text(folder))
        return self._database.read(lambda c: c.execute(every.order_by(runs.c.id.desc()).limit(1)).scalar())

    def call(self, key: str) -> KeptCall | None:
        """A call with where its recording was and where its words are, as the newest run that had it says."""
        wanted = select(run_calls.c.body).where(run_calls.c.call == key).order_by(run_calls.c.run_id.desc()).limit(1)
        body = self._database.read(lambda connection: connection.execute(wanted).scalar())
        return decode_model(KeptCall, body) if body is not None else None


def put_calls(connection: Connection, known: Sequence[KeptCall]) -> None:
    """Upsert calls."""
    rows: dict[str, Row] = {}
    for call in known:
        about = call.recording.metadata
        rows[call_key(call)] = {
            "id": call_key(call),
            "call_id": storable_text(call.recording.call_id),
            "name": storable_text(call.recording.name),
            "audio_sha256": call.audio_sha256,
            "agent": storable_text(about.agent) if about.agent else None,
            "started_at": storable_text(about.started_at) if about.started_at else None,
        }
    upsert(connection, calls, list(rows.values()))


def _without_calls(run: KeptRun) -> KeptRun:
    return run.model_copy(update={"calls": ()})
