"""Narrow rows by which alerts are chosen, filled with what was raised already; indexes for lists of large databases.

What was cut from an article no longer counts as mentioned in it. The index of words keeps it for articles from before.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from crawler.payload import alert_from_json
from crawler.store.alert_names import MUTED, OPEN, STATE, list_names

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PORTION = 500


def upgrade() -> None:
    op.create_table(
        "alert_names",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "number", name="pk_alert_names"),
        sa.ForeignKeyConstraint(["number"], ["alerts.number"], name="fk_alert_names_number_alerts"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_names_number", "alert_names", ["number"])
    op.execute("UPDATE alerts SET told_at = created_at WHERE told_at IS NULL")
    op.create_index("ix_alerts_told_at", "alerts", ["told_at"])
    op.create_index("ix_links_source_seen_at", "links", ["source", "seen_at"])
    op.create_index("ix_polls_source_at", "polls", ["source", "at"])
    op.create_index("ix_newest_day", "newest", ["day", "article_id"])
    guessed = sa.text("certainty = 'variant'")
    op.create_index("ix_mentions_variant", "mentions", ["article_id"], sqlite_where=guessed, postgresql_where=guessed)
    op.execute(_FORGET_CUT)
    _fill(op.get_bind())


_FORGET_CUT = """
    DELETE FROM facts WHERE kind IN ('mention', 'group', 'base') AND EXISTS (
        SELECT 1 FROM mentions m WHERE m.article_id = facts.article_id AND zone = 'removed'
    ) AND NOT EXISTS (
        SELECT 1 FROM mentions m WHERE m.article_id = facts.article_id AND entity = facts.name AND zone <> 'removed'
    )
"""

_ALERTS = sa.text("""
    SELECT alerts.number, payload, severity, outlet, told_at, muted_by, acks.at AS ack_at
    FROM alerts LEFT JOIN acks ON acks.alert_id = alerts.id
    WHERE alerts.number > :after ORDER BY alerts.number LIMIT :portion
""").columns(told_at=MOMENT, ack_at=MOMENT)
_NAME = sa.text("INSERT INTO alert_names (kind, name, number) VALUES (:kind, :name, :number)")


def _fill(connection: sa.Connection) -> None:
    after = 0
    while rows := connection.execute(_ALERTS, {"after": after, "portion": PORTION}).all():
        named = [(row.number, kind, name) for row in rows for kind, name in _list_names(row)]
        connection.execute(_NAME, [{"kind": kind, "name": name, "number": number} for number, kind, name in named])
        after = rows[-1].number


def _list_names(row: sa.Row[Any]) -> list[tuple[str, str]]:
    try:
        named = list_names(alert_from_json(row.payload))
    except ValueError:  # it cannot be shown either; no reason to refuse the others
        named = {("severity", row.severity), ("outlet", row.outlet)}
    acked: datetime | None = row.ack_at
    if acked is None or acked < row.told_at:
        named |= {(STATE, OPEN)}
    if row.muted_by is not None:
        named |= {(STATE, MUTED)}
    return sorted(named)
