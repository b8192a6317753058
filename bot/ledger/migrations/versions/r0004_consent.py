"""What runs wait for before they may be queued, and the votes on it, which nobody can change."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, then forbid all changes of votes."""
    op.create_table(
        "consents",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        _must("stage", sa.Text),
        *(_must(name, _TIME) for name in ("asked_at", "deadline")),
        *(_must(name, sa.Text) for name in ("reasons", "message")),
        _must("count", sa.Integer),
        _must("roles", sa.Text),
        _must("exclude_requester", sa.Boolean),
        _must("approve_seconds", sa.Integer),
        _must("excerpts", sa.Text),
        sa.Column("check_run", sa.Integer),
        _must("confirmed", sa.Boolean),
        _must("broke_glass", sa.Text),
        sa.Column("settled_at", _TIME),
        *(_must(name, sa.Text) for name in ("settled_by", "reason")),
        _must("edition", sa.Integer),
    )
    op.create_index("consents_by_stage", "consents", ["stage"])
    op.create_table(
        "votes",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("actor", sa.Text, primary_key=True),
        _must("yes", sa.Boolean),
        _must("reason", sa.Text),
        _must("at", _TIME),
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take it all back."""
    op.drop_table("votes")
    op.drop_table("consents")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION votes_stay()")


def _must(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


_GUARDS = {
    "sqlite": (
        """CREATE TRIGGER votes_no_update BEFORE UPDATE ON votes
        BEGIN SELECT RAISE(ABORT, 'a vote stays as it is'); END""",
        """CREATE TRIGGER votes_no_delete BEFORE DELETE ON votes
        BEGIN SELECT RAISE(ABORT, 'a vote stays as it is'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION votes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a vote stays as it is'; END $$""",
        """CREATE TRIGGER votes_no_change BEFORE UPDATE OR DELETE ON votes
        FOR EACH ROW EXECUTE FUNCTION votes_stay()""",
    ),
}
