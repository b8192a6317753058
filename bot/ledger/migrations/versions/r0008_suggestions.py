"""What rules would have run, what became of it, and who is called while nobody acts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("key", "state", "actor", "runbook", "ask", "hosts", "reason", "taken_by"),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incidents.id")),
        sa.Column("verify", sa.Integer),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("at", "changed_at")),
        sqlite_autoincrement=True,
    )
    op.create_index("suggestions_by_key", "suggestions", ["key"], unique=True)
    op.create_index("suggestions_by_incident", "suggestions", ["incident_id", "id"])
    op.create_index("suggestions_by_state", "suggestions", ["state", "id"])
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("key", "called", "text"),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incidents.id"), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("after", "step")),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,
    )
    op.create_index("calls_by_key", "calls", ["key"], unique=True)
    op.create_index("calls_by_time", "calls", ["next_at"])


def downgrade() -> None:
    """Take them back."""
    for name in ("calls", "suggestions"):
        op.drop_table(name)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
