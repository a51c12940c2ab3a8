"""What people decide: SOPs and words kept for reviewing, the history, accounts, calibration sessions, derived lists."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_APPEND_ONLY = ("events", "marks")


def upgrade() -> None:
    """Make the tables and what guards them."""
    _kept_with_reports()
    _history()
    _accounts()
    _derived()
    _sessions()
    op.create_index("ix_reports_made_from", "reports", ["call", "inputs", "sop_sha256"])
    op.create_index("ix_run_calls_call", "run_calls", ["call", "run_id"])
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _kept_with_reports() -> None:
    op.create_table(
        "banks",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_banks")),
    )
    op.create_table(
        "texts",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_texts_call")),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_texts")),
    )


def _history() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", sa.Float(), nullable=True),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("inputs", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_events_call")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint("token", name="uq_events_token"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_call", "events", ["call", "number"])
    op.create_table(
        "purging",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_purging")),
    )


def _accounts() -> None:
    op.create_table(
        "people",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.Float(), nullable=True),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_people")),
    )
    op.create_table(
        "logins",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name=op.f("fk_logins_person")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_logins")),
    )
    op.create_index(op.f("ix_logins_person"), "logins", ["person"])


def _derived() -> None:
    op.create_table(
        "reviews",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("inputs", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("older", sa.Boolean(), nullable=False),
        sa.Column("disputes", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("place", sa.Float(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_reviews_call")),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_order", "reviews", ["rank", "place", "call"])
    op.create_index("ix_reviews_agent", "reviews", ["agent"])
    op.create_table(
        "decided",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_decided_call")),
        sa.PrimaryKeyConstraint("call", "step", name=op.f("pk_decided")),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expert", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("closed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token", name="uq_sessions_token"),
    )
    op.create_table(
        "session_calls",
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_session_calls_session")),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_session_calls_call")),
        sa.PrimaryKeyConstraint("session", "call", name=op.f("pk_session_calls")),
    )
    op.create_table(
        "session_people",
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_session_people_session")),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name=op.f("fk_session_people_person")),
        sa.PrimaryKeyConstraint("session", "person", name=op.f("pk_session_people")),
    )
    op.create_table(
        "marks",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_marks_session")),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_marks_call")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_marks")),
        sa.UniqueConstraint("token", name="uq_marks_token"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_marks_session", "marks", ["session", "call"])


def _guards(dialect: str) -> list[str]:
    """Rows of these tables are never changed, and deleted only while their call is being purged."""
    if dialect == "postgresql":
        function = (
            "CREATE FUNCTION analyzer_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP = 'DELETE' THEN IF EXISTS (SELECT 1 FROM purging p WHERE p.call = OLD.call) "
            "THEN RETURN OLD; END IF; END IF; "
            "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is only ever added to'; END $$"
        )
        return [function, *(one for table in _APPEND_ONLY for one in _postgresql(table))]
    return [one for table in _APPEND_ONLY for one in _sqlite(table)]


def _postgresql(table: str) -> list[str]:
    run = "EXECUTE FUNCTION analyzer_only_added()"
    return [
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}",
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    ]


def _sqlite(table: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
    purged = "EXISTS (SELECT 1 FROM purging WHERE purging.call = OLD.call)"
    there = f"EXISTS (SELECT 1 FROM {table} WHERE number = NEW.number OR token = NEW.token)"  # noqa: S608
    return [
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_last BEFORE DELETE ON {table} WHEN NOT {purged} {refuse}",
        # INSERT OR REPLACE would delete the row that is there without a word to the trigger above.
        f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN {there} {refuse}",
    ]
