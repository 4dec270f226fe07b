"""What of an article can be recognised in another language, and why an article belongs to its story."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signatures", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("signatures", sa.Column("language", sa.String(), nullable=False, server_default=""))
    op.add_column("signatures", sa.Column("gist", sa.String(), nullable=False, server_default=""))
    op.add_column("story_members", sa.Column("reason", sa.String(), nullable=False, server_default=""))
