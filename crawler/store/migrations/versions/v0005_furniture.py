"""What outlets repeat around their articles, and what else pages say of themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("articles", sa.Column("updated", MOMENT, nullable=True))
    for name in ("updated_from", "section", "tags", "image_url", "furniture_digest"):
        op.add_column("articles", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.create_table(
        "furniture",
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("memory", sa.String(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("outlet", name="pk_furniture"),
    )
    op.create_table(
        "traces",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("lines", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_traces"),
    )
    op.create_index("ix_traces_outlet", "traces", ["outlet"])
