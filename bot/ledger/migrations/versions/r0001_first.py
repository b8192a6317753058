"""The first tables: meta, runs with plans, statuses, events and hosts, and the audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table("meta", sa.Column("key", sa.Text, primary_key=True), _text("value"))
    _runs()
    op.create_table("run_plans", _run_id(primary_key=True), _text("plan"))
    _statuses()
    _events()
    _hosts()
    _audit()


def downgrade() -> None:
    """Drop them all."""
    tables = ("automation_events", "run_hosts", "run_events", "run_statuses", "run_plans", "runs", "meta")
    for table in tables:
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _run_id(**more: Any) -> sa.Column[int]:
    return sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False, **more)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        *(_text(name) for name in ("status", "reason", "runbook", "environment")),
        sa.Column("host_count", sa.Integer, nullable=False),
        sa.Column("check_mode", sa.Boolean, nullable=False),
        *(_text(name) for name in ("actor", "transport", "channel", "thread", "origin", "command")),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("parent", sa.Integer, sa.ForeignKey("runs.id")),
        *(_text(name) for name in ("parent_how", "cancel_asked_by", "card_ref")),
        sa.Column("recapped_at", _TIME),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_by_status", "runs", ["status"])
    op.create_index("runs_by_recap", "runs", ["recapped_at", "status"])


def _statuses() -> None:
    op.create_table(
        "run_statuses",
        sa.Column("id", sa.Integer, primary_key=True),
        _run_id(),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("from_status", sa.Text),
        _text("to_status"),
        _text("reason"),
        sqlite_autoincrement=True,
    )
    op.create_index("run_statuses_by_run", "run_statuses", ["run_id", "id"])


def _events() -> None:
    op.create_table(
        "run_events",
        _run_id(primary_key=True),
        sa.Column("counter", sa.BigInteger, primary_key=True),
        _text("kind"),
        sa.Column("at", sa.Double, nullable=False),
        *(_text(name) for name in ("host", "task", "play")),
        sa.Column("result", sa.Text),
        sa.Column("duration", sa.Double),
        _text("message"),
        sa.Column("rest", sa.Text),
    )


def _hosts() -> None:
    counts = ("ok", "changed", "failed", "unreachable", "skipped", "rescued", "ignored")
    op.create_table(
        "run_hosts",
        _run_id(primary_key=True),
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in counts),
    )


def _audit() -> None:
    before, after = ("service", "action", "environment", "actor", "origin", "channel"), ("status", "result", "reason")
    op.create_table(
        "automation_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("run_id", sa.Integer),
        *(_text(name) for name in before + after + ("parameters", "hosts", "revision")),
        sqlite_autoincrement=True,
    )
    op.create_index("automation_events_by_run", "automation_events", ["run_id"])
    op.create_index("automation_events_by_time", "automation_events", ["at"])
