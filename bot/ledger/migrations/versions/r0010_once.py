"""What a run was asked for by: of one firing of a schedule, or one match of a rule, there is one run at most."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; what is there was asked for by nothing that could ask again."""
    op.add_column("runs", sa.Column("once", sa.Text))
    op.create_index("runs_once", "runs", ["once"], unique=True)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("runs_once", "runs")
    op.drop_column("runs", "once")
