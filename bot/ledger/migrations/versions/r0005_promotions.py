"""Promotions: a runbook may run in one more environment, for exactly the content that was looked at."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "promotions",
        sa.Column("id", sa.Integer, primary_key=True),
        *(_text(name) for name in ("runbook", "environment", "content_hash", "evidence", "actor")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        *(_text(name) for name in ("ended_by", "ended_why")),
        sqlite_autoincrement=True,
    )
    op.create_index("promotions_by_place", "promotions", ["runbook", "environment"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("promotions")


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
