"""Alerts and incidents: how alerts stand, what they are part of, the story of that, and who wanted silence."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("status", "group_key", "severity", "source", "service", "symptom", "title"),
        *_texts("acknowledged_by", "assignee", "closed_by"),
        sa.Column("flapping", sa.Boolean, nullable=False),
        *_times("opened_at", "last_at"),
        *_times("acknowledged_at", "closed_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("incidents_by_group", "incidents", ["group_key", "status"])
    op.create_index("incidents_by_status", "incidents", ["status", "id"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, primary_key=True),
        _incident_id(nullable=True),
        *_texts("key", "status", "severity", "source", "subject", "symptom", "service", "host", "changes", "value"),
        *_times("first_at", "last_at"),
        sa.Column("repeats", sa.Integer, nullable=False),
        sa.Column("muted_by", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("alerts_by_key", "alerts", ["key", "id"])
    op.create_index("alerts_by_incident", "alerts", ["incident_id", "status"])
    op.create_table("alert_keys", sa.Column("digest", sa.Text, primary_key=True), *_times("at"))
    op.create_table(
        "incident_events",
        sa.Column("id", sa.Integer, primary_key=True),
        _incident_id(nullable=False),
        *_times("at"),
        *_texts("kind", "actor", "text", "data"),
        sqlite_autoincrement=True,
    )
    op.create_index("incident_events_by_incident", "incident_events", ["incident_id", "id"])
    op.create_table(
        "mutes",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("matchers", "actor", "why", "ended_by"),
        *_times("at", "until"),
        *_times("ended_at", nullable=True),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take them back."""
    for name in ("mutes", "incident_events", "alert_keys", "alerts", "incidents"):
        op.drop_table(name)


def _incident_id(*, nullable: bool) -> sa.Column[Any]:
    return sa.Column("incident_id", sa.Integer, sa.ForeignKey("incidents.id"), nullable=nullable)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]
