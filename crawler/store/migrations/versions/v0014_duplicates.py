"""The index of duplicates holds duplicates only."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_duplicate = sa.text("duplicate_of IS NOT NULL")
    op.drop_index("ix_articles_duplicate_of", "articles")
    op.create_index(
        "ix_articles_duplicate_of",
        "articles",
        ["duplicate_of"],
        sqlite_where=is_duplicate,
        postgresql_where=is_duplicate,
    )
