"""What sitemaps and channels need: a reader's memory, links that are complete, and who else listed a link."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sources", sa.Column("memory", sa.String(), nullable=False, server_default=""))
    op.add_column("links", sa.Column("complete", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("links", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "sightings",
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_sightings_link_id"),
        sa.PrimaryKeyConstraint("link_id", "source", name="pk_sightings"),
    )
