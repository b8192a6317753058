"""When an incident began anew: from then on it counts how long nobody has acted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; of what is there nobody knows, so it counts from its opening."""
    op.add_column("incidents", sa.Column("reopened_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("incidents", "reopened_at")
