"""Where things lie: data folder, database, archive. Light, so that commands that only read start at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.errors import StoreError
from crawler.store.store import Store
from settings.model import Run


def database_url(run: Run) -> str:
    return run.database_url or f"sqlite:///{(run.data_dir / 'basewatch.sqlite').resolve()}"


def archive_folder(run: Run) -> Path:
    return run.data_dir / "archive"


def make_data_dir(run: Run) -> None:
    """Only its owner may look inside: it says what is watched."""
    try:
        run.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"data_dir {run.data_dir} cannot be used: {error.strerror}") from error


@contextmanager
def open_store(run: Run) -> Iterator[Store]:
    """For one command. Raises StoreError, also from what is done inside."""
    make_data_dir(run)
    store = Store.open(database_url(run))
    try:
        yield store
    finally:
        store.close()
