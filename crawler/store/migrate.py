"""Brings a database to the newest schema, or refuses it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from crawler.errors import StoreError
from crawler.store.engine import begin_read, begin_write, take_lock

_FOLDER = Path(__file__).parent / "migrations"

_LOCK = 0x62617365
"""PostgreSQL's advisory locks are numbers; any will do that every process of ours takes."""


def migrate_schema(engine: Engine) -> None:
    """One transaction: a process killed in the middle leaves the old schema. Raises StoreError for a newer schema."""
    script = ScriptDirectory.from_config(make_config())
    with begin_read(engine) as connection:
        if _read_heads(connection) == set(script.get_heads()):
            return
    with begin_write(engine) as connection:
        take_lock(connection, _LOCK)
        _refuse_newer(_read_heads(connection), script)
        command.upgrade(make_config(connection), "heads")


def make_config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _read_heads(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _refuse_newer(heads: set[str], script: ScriptDirectory) -> None:
    for head in heads:
        try:
            script.get_revision(head)
        except CommandError as error:
            raise StoreError(
                f"the database has schema {head!r}, this basewatch knows none newer than {script.get_current_head()!r}:"
                " it was written by a newer one, and only that can open it"
            ) from error
