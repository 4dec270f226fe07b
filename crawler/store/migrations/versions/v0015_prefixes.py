"""Facts tell which articles have names that the gazetteer lacks. SQLite's index lists the beginnings of words too: what
begins with two to four letters is one look-up."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from crawler.search import split_words
from crawler.store.search import INSERT_WORDS, has_index, list_tokens

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PORTION = 500
_WORDS_TABLE = """
    CREATE VIRTUAL TABLE article_words
    USING fts5(title, rest, facts, content='', prefix='2 3 4', tokenize='ascii')
"""


_UNLISTED = """
    INSERT INTO facts (kind, name, day, article_id)
    SELECT 'unlisted', 'spelling', n.day, n.article_id FROM mentions m JOIN newest n ON n.article_id = m.article_id
    WHERE m.certainty = 'variant' AND m.zone <> 'removed'
    UNION SELECT 'unlisted', 'group', n.day, n.article_id
    FROM new_groups g JOIN newest n ON n.article_id = g.article_id
"""


def upgrade() -> None:
    op.execute(_UNLISTED)
    connection = op.get_bind()
    if connection.dialect.name != "sqlite" or not has_index(connection):
        return
    op.execute("DROP TABLE article_words")
    op.execute(_WORDS_TABLE)
    _fill(connection)


_ARTICLES = sa.text("""
    SELECT a.id, a.title, a.description, a.body, a.captions, n.outlet, n.language, n.day
    FROM newest n JOIN articles a ON a.id = n.article_id WHERE n.article_id > :after
    ORDER BY n.article_id LIMIT :portion
""")
_ENTITIES = sa.text("""
    SELECT article_id, name FROM facts WHERE kind || '' = 'mention' AND article_id BETWEEN :first AND :last
""")
"""Nothing that an index knows is asked of the kind, lest the whole of it be read each time."""


def _fill(connection: sa.Connection) -> None:
    after = 0
    while rows := connection.execute(_ARTICLES, {"after": after, "portion": PORTION}).all():
        connection.execute(INSERT_WORDS, _list_words(connection, rows))
        after = rows[-1].id


def _list_words(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[dict[str, object]]:
    entities: dict[int, set[str]] = defaultdict(set)
    for article, name in connection.execute(_ENTITIES, {"first": rows[0].id, "last": rows[-1].id}):
        entities[article].add(name)
    return [
        {
            "id": row.id,
            "title": " ".join(split_words(row.title)),
            "rest": " ".join(split_words(f"{row.description}\n{row.body}\n{row.captions}")),
            "facts": " ".join(list_tokens(entities[row.id], row.outlet, row.language, row.day)),
        }
        for row in rows
    ]
