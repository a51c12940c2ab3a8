"""The tables. Times are seconds since 1970 by the database's clock; bodies are compressed JSON of a model.

Migrations make them (`migrations/versions`); a test holds both together. Rows of `events` and `ratings` are only ever
added; triggers refuse everything else but the purge of a call (migration 0002). `reviews` and `decided` are derived
from them, and may be derived again at any time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# Contents of files by path, so that a folder seen before is not read again.
files = Table(
    "files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
)

# Facts of audio by content (of a pair of legs: of both), whatever the file is called.
audio = Table(
    "audio",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("header_seconds", Float),
    Column("decoded_seconds", Float, nullable=False),
    Column("speech_seconds", Float, nullable=False),
    Column("bad_packets", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("codec", Text),
    Column("partial", Boolean, nullable=False),
)

# Transcripts: of a recording, of a second pass over it, or handed in as text.
transcripts = Table(
    "transcripts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("audio_sha256", String(64), nullable=False, index=True),
    Column("failed", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("made_at", Float, nullable=False),
)

# Jobs: pending -> running (a lease) -> done | failed.
work = Table(
    "work",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("job", LargeBinary, nullable=False),
    Column("owner", Text),
    Column("lease_until", Float),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("reason", Text),
    Column("changed_at", Float, nullable=False),
    Index("ix_work_state", "state"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("outcome", String(16)),
    Column("reason", Text),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("audio_sha256", String(64)),
    Column("agent", Text, index=True),
    Column("started_at", Text),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder", Text, nullable=False, index=True),
    Column("ended_at", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# The calls of a folder's newest run, in the order of its exports.
run_calls = Table(
    "run_calls",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("call", ForeignKey("calls.id"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_run_calls_call", "call", "run_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("inputs", String(64), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("score", Float),
    Column("sop_sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", Float, nullable=False),
    Index("ix_reports_made_from", "call", "inputs", "sop_sha256"),
)

findings = Table(
    "findings",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("step", String(64), primary_key=True),
    Column("status", String(16), nullable=False, index=True),
    Column("confidence", Float),
    Column("similarity", Float),
    Column("start", Float),
)

# SOPs that reports were made against, by content hash.
banks = Table(
    "banks",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("kept_at", Float, nullable=False),
)

# The words of each call in lower case, for searches; `source` is the hash of their transcript.
texts = Table(
    "texts",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("text", Text, nullable=False),
)

# The history. An event that is sent twice has the same `token` and is stored once.
events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("token", String(64), nullable=False),
    Column("call", ForeignKey("calls.id"), nullable=False),
    Column("made_at", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("step", String(64)),
    Column("status", String(16)),
    Column("text", Text),
    Column("at", Float),
    Column("target", Integer),
    Column("inputs", String(64)),
    Index("ix_events_call", "call", "number"),
    UniqueConstraint("token", name="uq_events_token"),
    sqlite_autoincrement=True,  # a number is never given twice, not even after a purge
)

# Calls that are being deleted with their history, inside the one transaction that does it.
purging = Table("purging", metadata, Column("call", String(32), primary_key=True))

people = Table(
    "people",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", String(8), nullable=False),
    Column("agent", Text),
    Column("password", Text),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Float),
    Column("made_at", Float, nullable=False),
)

# Sessions of browsers, and links that begin one; only hashes of tokens are stored.
logins = Table(
    "logins",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("person", ForeignKey("people.name"), nullable=False, index=True),
    Column("made_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# Derived: verdict and queue position of each call that has a report.
reviews = Table(
    "reviews",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("inputs", String(64), nullable=False),
    Column("rules", String(64), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("score", Float),
    Column("reviewed", Boolean, nullable=False),
    Column("older", Boolean, nullable=False),
    Column("disputes", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("place", Float, nullable=False),
    Column("why", String(32)),
    Column("day", String(10)),
    Column("agent", Text),
    Index("ix_reviews_order", "rank", "place", "call"),
    Index("ix_reviews_agent", "agent"),
)

# Derived: steps whose status people decided, and steps that follow from those.
decided = Table(
    "decided",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("step", String(64), primary_key=True),
    Column("status", String(16), nullable=False),
)

# Calibration sessions: several people rate the same calls without seeing each other's ratings.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("expert", Text),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("closed_at", Float),
    UniqueConstraint("token", name="uq_sessions_token"),
)

session_calls = Table(
    "session_calls",
    metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)

session_people = Table(
    "session_people",
    metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("person", ForeignKey("people.name"), primary_key=True),
)

# Ratings of steps by these people and by the machine (`who` empty); the last of each counts.
session_ratings = Table(
    "marks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("token", String(64), nullable=False),
    Column("session", ForeignKey("sessions.id"), nullable=False),
    Column("call", ForeignKey("calls.id"), nullable=False),
    Column("who", Text, nullable=False),
    Column("step", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("text", Text),
    Column("made_at", Float, nullable=False),
    Index("ix_marks_session", "session", "call"),
    UniqueConstraint("token", name="uq_marks_token"),
    sqlite_autoincrement=True,
)
