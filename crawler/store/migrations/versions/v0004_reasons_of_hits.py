"""Why a hit is one, who is the author of what an article tells, and groups that no gazetteer knew."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("hits", sa.Column("distance", sa.Integer(), nullable=True))
    op.add_column("hits", sa.Column("certainty", sa.String(), nullable=True))
    op.add_column("hits", sa.Column("score", sa.String(), nullable=False, server_default="[]"))
    _create_finding("stances", "event", "entity", "zone", "start", "end", "text")
    op.create_index("ix_stances_entity", "stances", ["entity"])
    _create_finding("new_groups", "name", "zone", "start", "end")


def _create_finding(table: str, *columns: str) -> None:
    """Rows of an article in their order; offsets are numbers, all else is text."""
    op.create_table(
        table,
        sa.Column("article_id", NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Integer() if name in {"start", "end"} else sa.String(), nullable=False)
            for name in columns
        ),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=f"fk_{table}_article_id_articles"),
        sa.PrimaryKeyConstraint("article_id", "position", name=f"pk_{table}"),
    )
