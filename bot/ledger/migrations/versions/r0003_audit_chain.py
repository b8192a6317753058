"""The audit becomes a chain that can only grow; runs get the service that they were about."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.ledger.chain import COLUMNS, GENESIS, digest

revision = "0003"
down_revision = "0002"

_PAGE = 1_000
_plain: Any = (sa.column(name) for name in COLUMNS if name != "at")
_events = sa.table("automation_events", *_plain, sa.column("at", sa.DateTime(timezone=True)))


def upgrade() -> None:
    """Add the columns, chain the rows that are there, then forbid all changes."""
    op.add_column("automation_events", sa.Column("incident_id", sa.Integer))
    op.add_column("automation_events", sa.Column("previous", sa.Text, nullable=False, server_default=""))
    op.create_index("automation_events_by_status", "automation_events", ["status", "action"])
    op.create_index("automation_events_by_actor", "automation_events", ["actor", "id"])
    op.create_index("automation_events_by_environment", "automation_events", ["environment", "id"])
    op.add_column("runs", sa.Column("service", sa.Text, nullable=False, server_default=""))
    op.create_index("runs_by_outcome", "runs", ["runbook", "service", "status"])
    _make_chain()
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take it all back."""
    for statement in _UNGUARD[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("audit_chain")
    for name in ("status", "actor", "environment"):
        op.drop_index(f"automation_events_by_{name}", "automation_events")
    op.drop_index("runs_by_outcome", "runs")
    for table, name in (("automation_events", "previous"), ("automation_events", "incident_id"), ("runs", "service")):
        op.drop_column(table, name)


def _make_chain() -> None:
    table = op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("anchor_id", "head_id")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("anchor_hash", "head_hash")),
    )
    last, previous = _chain_old(op.get_bind())
    op.bulk_insert(table, [{"id": 1, "anchor_id": 0, "anchor_hash": GENESIS, "head_id": last, "head_hash": previous}])


def _chain_old(connection: sa.Connection) -> tuple[int, str]:
    """Rows of earlier versions get the hash of the row before, as if they had always had it."""
    last, previous = 0, GENESIS
    asked = sa.select(_events).where(_events.c.id > sa.bindparam("after")).order_by(_events.c.id).limit(_PAGE)
    while found := connection.execute(asked, {"after": last}).mappings().all():
        for row in found:
            whole: dict[Any, Any] = {**row, "previous": previous, "at": _aware(row["at"])}
            connection.execute(sa.update(_events).where(_events.c.id == row["id"]).values(previous=previous))
            last, previous = row["id"], digest(whole)
    return last, previous


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment  # SQLite keeps UTC without saying so


_GUARDS = {
    "sqlite": (
        """CREATE TRIGGER automation_events_no_update BEFORE UPDATE ON automation_events
        BEGIN SELECT RAISE(ABORT, 'the audit can only grow'); END""",
        """CREATE TRIGGER automation_events_no_delete BEFORE DELETE ON automation_events
        WHEN OLD.id > (SELECT anchor_id FROM audit_chain)
        BEGIN SELECT RAISE(ABORT, 'the audit can only grow'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION automation_events_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' AND OLD.id <= (SELECT anchor_id FROM audit_chain) THEN RETURN OLD; END IF;
          RAISE EXCEPTION 'the audit can only grow';
        END $$""",
        """CREATE TRIGGER automation_events_no_change BEFORE UPDATE OR DELETE ON automation_events
        FOR EACH ROW EXECUTE FUNCTION automation_events_only_grow()""",
        """CREATE TRIGGER automation_events_no_truncate BEFORE TRUNCATE ON automation_events
        FOR EACH STATEMENT EXECUTE FUNCTION automation_events_only_grow()""",
    ),
}
_UNGUARD = {
    "sqlite": ("DROP TRIGGER automation_events_no_update", "DROP TRIGGER automation_events_no_delete"),
    "postgresql": (
        "DROP TRIGGER automation_events_no_truncate ON automation_events",
        "DROP TRIGGER automation_events_no_change ON automation_events",
        "DROP FUNCTION automation_events_only_grow()",
    ),
}
