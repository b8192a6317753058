"""The outbox: what must reach a conversation, stored before it is sent."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("key"),
        sa.Column("run_id", sa.Integer),
        *(_text(name) for name in ("channel", "thread", "parent", "kind", "payload")),
        _must("version", sa.BigInteger),
        _must("urgent", sa.Boolean),
        *(_text(name) for name in ("asker", "state", "ts")),
        *(_must(name, sa.BigInteger) for name in ("sent_version", "tried_version")),
        *(_must(name, sa.Integer) for name in ("attempt", "failures")),
        *(_must(name, sa.Boolean) for name in ("doubtful", "plain")),
        _must("copies", sa.Integer),
        *(_must(name, sa.Double) for name in ("next_at", "tried_at", "sent_at")),
        _text("reason"),
        *(sa.Column(name, _TIME, nullable=False) for name in ("created_at", "updated_at")),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_by_key", "deliveries", ["key"], unique=True)
    op.create_index("deliveries_by_state", "deliveries", ["state", "next_at"])
    op.create_index("deliveries_by_parent", "deliveries", ["parent", "state"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("deliveries")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _must(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
