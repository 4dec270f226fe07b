"""Signatures by a number of their own: their bands are looked up in memory, and rows only where languages differ."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from pydantic import TypeAdapter

from crawler.gists import list_keys
from crawler.models import Gist

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PORTION = 500
_KEPT = "link_id, minima, pairs, facts, saved_at, told_at, gist"
_GISTS = sa.text("""
    SELECT signatures.number, signatures.told_at, signatures.gist FROM signatures
    WHERE signatures.number > :after AND gist <> '' AND told_at IS NOT NULL ORDER BY number LIMIT :portion
""").columns(told_at=MOMENT)
_KEY = sa.text("INSERT INTO gist_keys (key, number, language) VALUES (:key, :number, :language)")


def upgrade() -> None:
    op.drop_table("bands")
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT {_KEPT} FROM signatures")  # noqa: S608 - columns named here
    op.drop_table("signatures")
    op.create_table(
        "signatures",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("minima", sa.LargeBinary(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("gist", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_signatures_link_id_links"),
        sa.PrimaryKeyConstraint("number", name="pk_signatures"),
    )
    op.create_table(
        "gist_keys",
        sa.Column("key", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "number", name="pk_gist_keys"),
        sqlite_with_rowid=False,
    )
    numbered = f"SELECT row_number() OVER (ORDER BY saved_at, link_id), {_KEPT} FROM kept"  # noqa: S608 - as above
    op.execute(f"INSERT INTO signatures (number, {_KEPT}) {numbered}")
    op.execute("DROP TABLE kept")
    _fill_keys(op.get_bind())


def _fill_keys(connection: sa.Connection) -> None:
    read, after = TypeAdapter(Gist), 0
    while rows := connection.execute(_GISTS, {"after": after, "portion": PORTION}).all():
        keys = [key for row in rows for key in _list_keys(row.number, read.validate_json(row.gist), row.told_at)]
        if keys:
            connection.execute(_KEY, keys)
        after = rows[-1].number


def _list_keys(number: int, gist: Gist, told_at: datetime) -> list[dict[str, int | str]]:
    if not gist.language:
        return []
    # SQLite's text has no zone
    moment = told_at if told_at.tzinfo else told_at.replace(tzinfo=UTC)
    return [{"key": key, "number": number, "language": gist.language} for key in list_keys(gist, moment)]
