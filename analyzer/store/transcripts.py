"""Words that were made once: of recordings, of second looks, and those handed in as text."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, select

from analyzer.models.recording import AudioFacts
from analyzer.models.transcript import AudioTranscript, FailedTranscript, Outcome, SecondPassTranscript
from analyzer.store.database import Database
from analyzer.store.queue import finish, is_done
from analyzer.store.serialization import to_json, compress, sha256, decompress, decode_model
from analyzer.store.tables import audio, transcripts, work
from analyzer.store.upsert import chunked, upsert


class Transcripts:
    """The transcripts of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Outcome | None:
        """What a recording gave, or why it gave nothing; None when it was not read, or the row is damaged."""
        row = self._database.read(
            lambda connection: connection.execute(
                select(transcripts.c.failed, transcripts.c.body).where(transcripts.c.key == key)
            ).one_or_none()
        )
        if row is not None:
            return decode_model(FailedTranscript, row.body) if row.failed else decode_model(AudioTranscript, row.body)
        reason = self._given_up(key)
        return FailedTranscript(audio_sha256="", error=reason) if reason else None

    def readings(self, key: str) -> SecondPassTranscript | None:
        """Second readings kept under this key, with the reason when reading again was given up; None without any."""
        body = self._body(key)
        found = decode_model(SecondPassTranscript, body) if body is not None else None
        reason = self._given_up(key)
        return found.model_copy(update={"error": reason}) if found and reason else found

    def text(self, key: str) -> bytes | None:
        """A transcript that was handed in, byte for byte; None when it is not there."""
        body = self._body(key)
        return decompress(body) if body is not None else None

    def put_text(self, key: str, audio_sha256: str, data: bytes) -> None:
        """Keep a transcript that was handed in."""
        self._database.write(lambda c: self._put(c, key, "text", audio_sha256, data, failed=False))

    def finish(self, key: str, owner: str, outcome: Outcome | SecondPassTranscript) -> None:
        """Keep a job's outcome and end the job, both or neither; said twice it is the same.

        A failure never replaces what another owner has kept meanwhile.
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
        """Content hash of what is kept under each key; a job that was given up counts with its reason."""
        found: dict[str, str] = {}
        for part in chunked(keys):
            found.update(self._database.read(partial(_hashes, keys=part)))
        return found

    def _body(self, key: str) -> bytes | None:
        wanted = select(transcripts.c.body).where(transcripts.c.key == key)
        return self._database.read(lambda connection: connection.execute(wanted).scalar())

    def _given_up(self, key: str) -> str | None:
        wanted = select(work.c.reason).where(work.c.key == key, work.c.state == "failed")
        return self._database.read(lambda connection: connection.execute(wanted).scalar())

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
    kept = select(transcripts.c.key, transcripts.c.body_sha256).where(transcripts.c.key.in_(keys))
    found = {row.key: row.body_sha256 for row in connection.execute(kept)}
    for row in connection.execute(given_up):
        found[row.key] = sha256(f"{found.get(row.key, '')}:{row.reason}".encode())
    return found
