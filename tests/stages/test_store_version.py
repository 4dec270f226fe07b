"""What a start asks of the schema, without Alembic."""

from alembic.script import ScriptDirectory

from crawler.store.engine import make_engine
from crawler.store.migrate import make_config
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
