"""What a source's rhythm, its troubles and later visits to links need."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _extend_sources()
    _extend_links()
    _create_revisits()
    _create_health()


def _extend_sources() -> None:
    for name in ("full_at", "news_at"):
        op.add_column("sources", sa.Column(name, MOMENT, nullable=True))
    op.add_column("sources", sa.Column("empties", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sources", sa.Column("moved_to", sa.String(), nullable=True))
    for name in ("rhythm", "hints", "troubles"):
        op.add_column("sources", sa.Column(name, sa.String(), nullable=False, server_default=""))


def _extend_links() -> None:
    op.add_column("links", sa.Column("updated", MOMENT, nullable=True))
    op.add_column("links", sa.Column("shown", sa.String(), nullable=True))
    op.add_column("links", sa.Column("edits", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_links_outlet_ended_at", "links", ["outlet", "ended_at"])


def _create_revisits() -> None:
    op.create_table(
        "revisits",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_revisits_link_id_links"),
        sa.PrimaryKeyConstraint("id", name="pk_revisits"),
    )
    op.create_index("ix_revisits_link_id", "revisits", ["link_id"])
    _create_partial_index("uq_revisits_waiting", "revisits", ["link_id"], "result IS NULL", unique=True)
    _create_partial_index("ix_revisits_due", "revisits", ["next_try_at", "id"], "result IS NULL", unique=False)


def _create_health() -> None:
    op.create_table(
        "health",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_health"),
    )
    op.create_index("ix_health_since", "health", ["since"])
    _create_partial_index("uq_health_open", "health", ["kind", "subject"], "ended_at IS NULL", unique=True)


def _create_partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
