"""What rules are still to be told, and what conversations were shown of incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables; an incident counts its changes, and how often it was told to somebody else."""
    for name in ("edition", "escalated"):
        op.add_column("incidents", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "alert_news",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.Integer, sa.ForeignKey("alerts.id"), nullable=False),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incidents.id")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("ruled", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("alert_news_by_ruled", "alert_news", ["ruled", "id"])
    op.create_index("automation_events_by_incident", "automation_events", ["incident_id"])
    op.create_index("alert_keys_by_at", "alert_keys", ["at"])
    op.create_table(
        "incident_cards",
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incidents.id"), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("incident_cards")
    op.drop_index("alert_keys_by_at", "alert_keys")
    op.drop_index("automation_events_by_incident", "automation_events")
    op.drop_table("alert_news")
    for name in ("escalated", "edition"):
        op.drop_column("incidents", name)
