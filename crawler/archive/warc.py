"""Pages to WARC files and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from crawler.models import Capture, Page


class ArchiveWriter:
    """Appends pages to a file of its own, `.open` while it is written. One per process; not thread-safe."""

    def __init__(self, folder: Path, *, max_bytes: int = 1 << 30) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(self, *error: object) -> None:
        raise NotImplementedError

    def write(self, page: Page) -> Capture:
        """Store request and response; return only when the bytes are with the operating system."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish the file and drop `.open` from its name."""
        raise NotImplementedError


def salvage(folder: Path) -> list[Path]:
    """Close what a killed process left open: cut each `.open` file to its last complete record and rename it."""
    raise NotImplementedError


def read_page(folder: Path, capture: Capture, *, max_body_bytes: int = 8 << 20) -> Page:
    """Read one page back. Raises ArchiveError when the record is not there or its digest differs."""
    raise NotImplementedError


def iterate_pages(path: Path, *, max_body_bytes: int = 8 << 20) -> Iterator[tuple[Page, Capture] | str]:
    """Every HTTP response of any WARC file; a record that cannot be read is a line saying why."""
    raise NotImplementedError
