"""Captures whose records were taken out of the archive, and captures by file."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("captures", sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_captures_file", "captures", ["file", "offset"])
