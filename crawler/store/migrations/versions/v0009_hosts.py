"""Which of several crawl workers may ask a host, and captures of what a browser made of a page."""

import sqlalchemy as sa
from alembic import op

from crawler.fetch.urls import slot_of

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
    op.create_index("ix_hosts_held_until", "hosts", ["held_until"])
    op.add_column("links", sa.Column("host", sa.String(), nullable=False, server_default=""))
    op.add_column("captures", sa.Column("rendered", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill_pending(op.get_bind())


def _fill_pending(connection: sa.Connection) -> None:
    """Those that wait to be fetched; what has its outcome is asked for again rarely, and may do without."""
    links = sa.table("links", sa.column("id"), sa.column("url"), sa.column("host"), sa.column("outcome"))
    waiting = sa.select(links.c.id, links.c.url).where(links.c.outcome.is_(None))
    rows = [{"key": row.id, "slot": slot_of(row.url)} for row in connection.execute(waiting)]
    if rows:
        known = links.c.id == sa.bindparam("key")
        connection.execute(sa.update(links).where(known).values(host=sa.bindparam("slot")), rows)
