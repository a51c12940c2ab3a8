"""Transcripts of recordings, second passes, transcripts handed in as text; and which content files have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select

from analyzer.models.recording import AudioFacts
from analyzer.models.transcript import AudioTranscript, FailedTranscript, Outcome, SecondPassTranscript
from analyzer.store.database import Database, chunked, compress, decode_model, decompress, sha256, to_json, upsert
from analyzer.store.job_queue import finish, is_done
from analyzer.store.tables import audio, files, transcripts, work


@dataclass(frozen=True)
class FileState:
    """Size and time of a file, by which a change shows, and the hash of its content then.

    A remote file has a number made of its stamp in the place of the time.
    """

    size: int
    mtime_ns: int
    sha256: str


class Files:
    """Files seen before, by absolute path or URL, so that 20,000 unchanged recordings are not read again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, paths: Sequence[str]) -> dict[str, FileState]:
        """The states of those of `paths` that were seen before."""
        rows = self._database.rows_for(paths, lambda chunk: select(files).where(files.c.path.in_(chunk)))
        return {row.path: FileState(row.size, row.mtime_ns, row.sha256) for row in rows}

    def put(self, states: Mapping[str, FileState]) -> None:
        """Store files' states by path."""
        rows = [
            {"path": path, "size": state.size, "mtime_ns": state.mtime_ns, "sha256": state.sha256}
            for path, state in sorted(states.items())
        ]
        for chunk in chunked(rows):
            self._database.write(partial(upsert, table=files, rows=chunk))


class Transcripts:
    """The transcripts of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Outcome | None:
        """A recording's transcript, or why there is none; None when it was not transcribed, or the row is damaged."""
        query = select(transcripts.c.failed, transcripts.c.body).where(transcripts.c.key == key)
        for row in self._database.rows(query):
            return decode_model(FailedTranscript, row.body) if row.failed else decode_model(AudioTranscript, row.body)
        reason = self._failure(key)
        return FailedTranscript(audio_sha256="", error=reason) if reason else None

    def second_pass(self, key: str) -> SecondPassTranscript | None:
        """The second pass stored under this key, with the reason when that job was given up; None without any."""
        body = self._body(key)
        stored = decode_model(SecondPassTranscript, body) if body is not None else None
        reason = self._failure(key)
        return stored.model_copy(update={"error": reason}) if stored and reason else stored

    def text(self, key: str) -> bytes | None:
        """A transcript that was handed in, byte for byte; None when it is not there."""
        body = self._body(key)
        return decompress(body) if body is not None else None

    def put_text(self, key: str, audio_sha256: str, data: bytes) -> None:
        """Store a transcript that was handed in."""
        self._database.write(lambda c: self._put(c, key, "text", audio_sha256, data, failed=False))

    def finish(self, key: str, owner: str, outcome: Outcome | SecondPassTranscript) -> None:
        """Store a job's outcome and end the job, both or neither; it may be called twice.

        A failure never replaces what another owner has stored meanwhile.
        """

        def keep(connection: Connection) -> None:
            kind = "second" if isinstance(outcome, SecondPassTranscript) else "audio"
            failed = isinstance(outcome, FailedTranscript)
            error = None if isinstance(outcome, AudioTranscript) else outcome.error
            if error and is_done(connection, key):
                return
            self._put(connection, key, kind, outcome.audio_sha256, to_json(outcome), failed=failed)
            if not isinstance(outcome, SecondPassTranscript) and outcome.facts is not None:
                _put_facts(connection, outcome.audio_sha256, outcome.facts)
            finish(connection, key, owner, self._database.now(connection), error)

        self._database.write(keep)

    def hashes(self, keys: Sequence[str]) -> dict[str, str]:
        """Content hash of what is stored under each key; the reason of a failed job is part of it."""
        hashes: dict[str, str] = {}
        for chunk in chunked(keys):
            hashes.update(self._database.read(partial(_hashes, keys=chunk)))
        return hashes

    def _body(self, key: str) -> bytes | None:
        body: bytes | None = self._database.value(select(transcripts.c.body).where(transcripts.c.key == key))
        return body

    def _failure(self, key: str) -> str | None:
        query = select(work.c.reason).where(work.c.key == key, work.c.state == "failed")
        reason: str | None = self._database.value(query)
        return reason

    def _put(
        self, connection: Connection, key: str, kind: str, audio_sha256: str, data: bytes, *, failed: bool
    ) -> None:
        row = {
            "key": key,
            "kind": kind,
            "audio_sha256": audio_sha256,
            "failed": failed,
            "body": compress(data),
            "body_sha256": sha256(data),
            "made_at": self._database.now(connection),
        }
        upsert(connection, transcripts, [row])


def _put_facts(connection: Connection, sha: str, facts: AudioFacts) -> None:
    names = ("header_seconds", "decoded_seconds", "speech_seconds", "bad_packets", "channels", "codec", "partial")
    upsert(connection, audio, [{"sha256": sha, **{name: getattr(facts, name) for name in names}}])


def _hashes(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    given_up = select(work.c.key, work.c.reason).where(work.c.key.in_(keys), work.c.state == "failed")
    stored = select(transcripts.c.key, transcripts.c.body_sha256).where(transcripts.c.key.in_(keys))
    hashes = {row.key: row.body_sha256 for row in connection.execute(stored)}
    for row in connection.execute(given_up):
        hashes[row.key] = sha256(f"{hashes.get(row.key, '')}:{row.reason}".encode())
    return hashes
