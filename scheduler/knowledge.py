"""What an earlier crawl has learned of outlets, for commands that also work where nothing was ever crawled."""

from collections.abc import Callable
from typing import TypeVar

from crawler.extract.furniture import NO_FURNITURE, Furniture, OutletMemory
from crawler.store.store import Store
from scheduler.places import open_store
from settings.model import Run

T = TypeVar("T")


def load_furniture(run: Run, outlet: str) -> Furniture:
    """The verdict that the daemon would give to its workers now. Raises StoreError."""
    return _ask_store(run, lambda store: store.read_furniture(outlet), NO_FURNITURE) if outlet else NO_FURNITURE


def load_memory(run: Run, outlet: str) -> OutletMemory:
    """Everything that was learned of an outlet's pages. Raises StoreError."""
    return _ask_store(run, lambda store: store.read_memory(outlet), OutletMemory())


def _ask_store(run: Run, question: Callable[[Store], T], otherwise: T) -> T:
    """Asking must not be what makes a database."""
    if not run.database_url and not (run.data_dir / "basewatch.sqlite").exists():
        return otherwise
    with open_store(run) as store:
        return question(store)
