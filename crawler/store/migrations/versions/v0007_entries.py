"""Rows of the outbox carry their own entries: alerts, updates of alerts, and health."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PAYLOAD = "(SELECT alerts.{column} FROM alerts WHERE alerts.number = outbox.alert_number)"


def upgrade() -> None:
    op.add_column("health", sa.Column("outlet", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_outbox_unpublished", "outbox")
    for name in ("kind", "key", "alert_id", "severity", "outlet", "story", "payload"):
        op.add_column("outbox", sa.Column(name, sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("created_at", MOMENT, nullable=True))
    _fill_rows()
    _replace_columns()
    waiting = sa.text("published_at IS NULL")
    op.create_index(
        "ix_outbox_unpublished", "outbox", ["sequence", "id"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_outbox_alert_id", "outbox", ["alert_id"])


def _fill_rows() -> None:
    """What is there are alerts, each told once."""
    of_alert = {name: PAYLOAD.format(column=name) for name in ("severity", "outlet", "payload", "created_at")}
    values = {"kind": "'alert'", "story": "''", "alert_id": PAYLOAD.format(column="id"), **of_alert}
    for name, value in values.items():
        op.execute(f"UPDATE outbox SET {name} = {value}")  # noqa: S608 - names and values are those above
    op.execute("UPDATE outbox SET key = alert_id || '-1'")


def _replace_columns() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint("fk_outbox_alert_number", type_="foreignkey")
        batch.drop_constraint("uq_outbox_alert_number", type_="unique")
        batch.drop_column("alert_number")
        for name in ("kind", "key", "alert_id", "severity", "outlet", "story", "payload"):
            batch.alter_column(name, existing_type=sa.String(), nullable=False)
        batch.alter_column("created_at", existing_type=MOMENT, nullable=False)
        batch.create_unique_constraint("uq_outbox_key", ["key"])
