"""An index of the words of articles, and the facts that they are counted by; filled with what is stored already."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from crawler.search import split_words
from crawler.store.search import INSERT_WORDS, has_index, list_tokens, write_vector

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PORTION = 500
_WORDS_TABLE = "CREATE VIRTUAL TABLE article_words USING fts5(title, rest, facts, content='', tokenize='ascii')"


def upgrade() -> None:
    op.create_table(
        "newest",
        sa.Column("article_id", NUMBER, nullable=False),
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("words", TSVECTOR().with_variant(sa.String(), "sqlite")),
        sa.PrimaryKeyConstraint("article_id", name="pk_newest"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_newest_article_id_articles"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_newest_link_id_links"),
        sa.UniqueConstraint("link_id", name="uq_newest_link_id"),
    )
    op.create_table(
        "facts",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("article_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "day", "article_id", name="pk_facts"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_facts_article_id_articles"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_facts_article", "facts", ["article_id", "kind", "name", "day"])
    filled = sa.text("words IS NOT NULL")
    op.create_index("ix_newest_words", "newest", ["words"], postgresql_using="gin", sqlite_where=filled)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite" and _has_fts5(connection):
        op.execute(_WORDS_TABLE)
    _fill(connection)


def _has_fts5(connection: sa.Connection) -> bool:
    options = connection.execute(sa.text("PRAGMA compile_options")).scalars()
    return "ENABLE_FTS5" in set(options)


_ARTICLES = sa.text("""
    SELECT a.id, a.link_id, a.title, a.description, a.body, a.captions, a.outlet, a.language, l.seen_at
    FROM articles a JOIN links l ON l.id = a.link_id
    WHERE a.id > :after AND a.revision = (SELECT max(revision) FROM articles b WHERE b.link_id = a.link_id)
    ORDER BY a.id LIMIT :portion
""").columns(seen_at=MOMENT)
_MENTIONS = "SELECT DISTINCT article_id, type, entity FROM mentions WHERE article_id BETWEEN :first AND :last"
_HITS = "SELECT article_id, rule, severity, terms FROM hits WHERE article_id BETWEEN :first AND :last"
_FACT = sa.text("INSERT INTO facts (kind, name, day, article_id) VALUES (:kind, :name, :day, :article_id)")
_NEWEST = (
    "INSERT INTO newest (article_id, link_id, seen_at, day, outlet, language, words) "
    "VALUES (:id, :link_id, :seen_at, :day, :outlet, :language, {words})"
)


def _fill(connection: sa.Connection) -> None:
    after = 0
    while rows := connection.execute(_ARTICLES, {"after": after, "portion": PORTION}).all():
        _fill_portion(connection, rows)
        after = rows[-1].id


def _fill_portion(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    span = {"first": rows[0].id, "last": rows[-1].id}
    mentioned: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in connection.execute(sa.text(_MENTIONS), span):
        mentioned[row.article_id].add((row.type, row.entity))
    struck: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in connection.execute(sa.text(_HITS), span):
        labels = [str(term["label"]) for term in json.loads(row.terms)]
        struck[row.article_id] |= {("rule", row.rule), ("severity", row.severity)}
        struck[row.article_id] |= {("event", label[1:]) for label in labels if label.startswith("#")}
    for row in rows:
        _fill_one(connection, row, mentioned[row.id], struck[row.id])


def _fill_one(
    connection: sa.Connection, row: sa.Row[Any], mentioned: set[tuple[str, str]], struck: set[tuple[str, str]]
) -> None:
    day = f"{row.seen_at:%Y-%m-%d}"
    entities = {entity for _, entity in mentioned}
    found = {("mention", entity) for entity in entities} | struck
    if struck:
        found |= {("outlet", row.outlet)} | {named for named in mentioned if named[0] in {"group", "base"}}
    title = split_words(row.title)
    rest = split_words(f"{row.description}\n{row.body}\n{row.captions}")
    tokens = list_tokens(entities, row.outlet, row.language, day)
    values = {**row._mapping, "day": day}  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
    if connection.dialect.name == "postgresql":
        values["words"] = write_vector(title, rest, tokens)
        statement = _NEWEST.format(words="CAST(:words AS tsvector)")
    else:
        statement = _NEWEST.format(words="NULL")
    connection.execute(sa.text(statement).bindparams(sa.bindparam("seen_at", type_=MOMENT)), values)
    if connection.dialect.name == "sqlite" and has_index(connection):
        words = {"id": row.id, "title": " ".join(title), "rest": " ".join(rest), "facts": " ".join(tokens)}
        connection.execute(INSERT_WORDS, words)
    if found:
        facts = [{"kind": kind, "name": name, "day": day, "article_id": row.id} for kind, name in sorted(found)]
        connection.execute(_FACT, facts)
