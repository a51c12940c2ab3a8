"""The tables. Times are seconds since 1970 by the database's clock; bodies are zlib-packed JSON of a model.

Migrations make them (`migrations/versions`); a test holds both together.
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
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# What lies at a path, so that a folder seen before is not read again to know its contents.
files = Table(
    "files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
)

# One content of audio (of a pair of legs: of both), whatever it is called.
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

# Words: of a recording, of a second look at it, or handed in as text.
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

# The one state machine: pending -> running (a lease) -> done | failed.
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

# The calls of a folder's newest run, in order: what its exports hold.
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
