"""The tables of people: what they decide, who they are, and what is derived from it for lists and searches.

`events` and `marks` are only ever added to; triggers of the database refuse everything else but a purge of a call
(migration 0002). `reviews` and `decided` are derived, and may be made again at any time.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from analyzer.store.tables import metadata

# SOPs that reports were made against, by content: reviewing needs their labels, weights and pass mark.
banks = Table(
    "banks",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("kept_at", Float, nullable=False),
)

# The words of each call in small letters, for searches; `source` tells of which transcript.
texts = Table(
    "texts",
    metadata,
    Column("call", ForeignKey("calls.id"), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("text", Text, nullable=False),
)

# The history. `token` makes an event that is sent twice one event.
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

# Sessions of browsers and links that begin one; only the hash of what the browser holds is kept.
logins = Table(
    "logins",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("person", ForeignKey("people.name"), nullable=False, index=True),
    Column("made_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# Derived: how each call that has a report stands in review.
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

# Calibration sessions: several people score the same calls blind.
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

# What each of them, and the machine (`who` empty), says of a step; the last word of each counts.
marks = Table(
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
