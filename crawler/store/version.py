"""Is a database's schema the newest? Asked at every start; what migrates one is only imported when it is not."""

import re
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from crawler.store.engine import begin_read

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_TABLE = "alembic_version"


def bring_up_to_date(engine: Engine) -> None:
    """Migrate unless there is nothing to migrate. Raises StoreError for a schema newer than ours.

    Alembic takes a tenth of a second and 9 MB, which a daemon should not pay for a question.
    """
    if read_version(engine) != newest_version():
        import_module("crawler.store.migrate").migrate_schema(engine)


def newest_version() -> str:
    """From the file names: `v0001_first_tables.py` holds revision 0001; a test compares them with Alembic's own."""
    return max(match[1] for path in _VERSIONS.iterdir() if (match := re.fullmatch(r"v(\d{4})_\w+\.py", path.name)))


def read_version(engine: Engine) -> str | None:
    """None for a database without our tables."""
    with begin_read(engine) as connection:
        if not inspect(connection).has_table(_TABLE):
            return None
        version: str | None = connection.scalar(text(f"SELECT version_num FROM {_TABLE}"))  # noqa: S608  # a constant
        return version
