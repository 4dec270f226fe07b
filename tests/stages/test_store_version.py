"""What a start asks of the schema, without Alembic."""

from contextlib import closing
from datetime import UTC, datetime

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from crawler.search import parse_question
from crawler.store.engine import make_engine
from crawler.store.migrate import make_config
from crawler.store.search import Facets
from crawler.store.store import Store
from crawler.store.version import newest_version, read_version


def test_the_file_names_and_alembic_agree_on_the_newest_version() -> None:
    assert [newest_version()] == ScriptDirectory.from_config(make_config()).get_heads()


def test_an_opened_database_has_the_newest_version_and_an_empty_one_has_none(
    new_database_url: str,
) -> None:
    engine = make_engine(new_database_url)
    assert read_version(engine) is None
    Store.open(new_database_url).close()
    assert read_version(engine) == newest_version()
    engine.dispose()


def test_alerts_that_an_older_basewatch_stored_keep_their_place_on_the_stream(new_database_url: str) -> None:
    engine = make_engine(new_database_url)
    with engine.begin() as connection:
        command.upgrade(make_config(connection), "0006")
        connection.execute(text("UPDATE counters SET value = 3"))
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    engine.dispose()

    store = Store.open(new_database_url)
    [waiting] = store.take_unpublished(10)
    store.close()

    assert (waiting.id, waiting.sequence, waiting.payload, waiting.outlet) == (2, 3, '{"version":1}', "news")
    assert (waiting.kind, waiting.alert_id, waiting.key, waiting.severity) == ("alert", "b", "b-1", "warning")


def test_articles_that_an_older_basewatch_stored_are_found_by_words_names_and_the_days_of_their_hits(
    new_database_url: str,
) -> None:
    engine = make_engine(new_database_url)
    with engine.begin() as connection:
        command.upgrade(make_config(connection), "0006")
        for statement in (*OLD_ROWS, *OLD_NAMES):
            connection.execute(text(statement))
    engine.dispose()

    with closing(Store.open(new_database_url)) as store:
        found = {
            asked: store.search_articles(parse_question(asked), Facets()).ids for asked in ("القواع*", "co*", "x*y")
        }
        spellings, groups = store.read_unlisted(datetime(2026, 8, 1, tzinfo=UTC))
        later = store.read_unlisted(datetime(2026, 8, 22, tzinfo=UTC))
        days = store.count_hits("2026-08-21", ())

    assert found == {"القواع*": (1,), "co*": (2, 1), "x*y": ()}
    assert [(each.entity, each.text) for each in (*spellings, *groups)] == [("ansar", "Ansaar"), ("", "Kataib X")]
    assert later == ([], [])
    assert days == {"2026-08-21": 1}


OLD_ROWS = (
    "INSERT INTO polls VALUES (1, 's', 'news', '2026-08-21', '2026-08-21 12:00:00', 'changed', 200, '', 2, 0, 2, 0)",
    *(
        "INSERT INTO links (id, identity, key, poll_id, source, outlet, url, title, content, problem, seen_at,"
        " attempts, next_try_at, detail)"
        f" VALUES ({number}, '{number}', '', 1, 's', 'news', '', '', '', '', '2026-08-21 12:00:00', 0,"
        " '2026-08-21 12:00:00', '')"
        for number in (1, 2)
    ),
    *(
        "INSERT INTO articles (id, link_id, revision, outlet, url, title, description, body, captions, language,"
        " published_from, authors, canonical_url, truncated, partial, settings_digest, saved_at)"
        f" VALUES ({number}, {number}, 1, 'news', '', '', '', '', '', '', '', '', '', FALSE, FALSE, '',"
        " '2026-08-21 12:00:00')"
        for number in (1, 2)
    ),
    *(
        "INSERT INTO alerts (number, id, link_id, article_id, outlet, severity, created_at, payload)"
        f" VALUES ({number}, '{id_}', {number}, {number}, 'news', 'warning', '2026-08-21 12:00:00',"
        """ '{"version"\\:1}')"""
        for number, id_ in ((1, "a"), (2, "b"))
    ),
    "INSERT INTO outbox (id, alert_number, sequence, published_at) VALUES (1, 1, 2, '2026-08-21 12:00:00')",
    "INSERT INTO outbox (id, alert_number, sequence, published_at) VALUES (2, 2, 3, NULL)",
)

OLD_NAMES = (
    "UPDATE articles SET title = 'A convoy', body = 'القواعد' WHERE id = 1",
    "UPDATE articles SET title = 'A company' WHERE id = 2",
    "INSERT INTO mentions VALUES (1, 0, 'ansar', 'group', 'Ansar', 'title', 0, 6, 'Ansaar', '', 'variant')",
    "INSERT INTO mentions VALUES (1, 1, 'nujaba', 'group', 'Nujaba', 'removed', 0, 6, 'Nojaba', '', 'variant')",
    "INSERT INTO new_groups VALUES (2, 0, 'Kataib X', 'title', 0, 8)",
    "INSERT INTO hits VALUES (1, 0, 'attack', '', 'warning', '[]', 'title', 0, 1, 'A', '', NULL, NULL, '[]')",
)
