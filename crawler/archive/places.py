"""Files by their path, or by an address such as s3://bucket/file.warc.gz that fsspec understands."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from crawler.errors import ArchiveError

_SUFFIXES = (".warc", ".warc.gz")


def is_remote(path: str) -> bool:
    return "://" in path


@contextmanager
def open_place(path: str) -> Iterator[BinaryIO]:
    """A file that can be sought in. Raises ArchiveError."""
    try:
        with _open_remote(path) if is_remote(path) else Path(path).open("rb") as file:
            yield file
    except (OSError, ValueError) as error:
        raise ArchiveError(f"cannot be read: {error}") from error


def list_files(path: str) -> list[str]:
    """The WARC files of a folder, by name; any other path names itself. Raises ArchiveError when there is none."""
    if is_remote(path):
        return [path]
    place = Path(path)
    if place.is_dir():
        return [str(file) for file in sorted(place.rglob("*")) if file.name.endswith(_SUFFIXES)]
    if not place.exists():
        raise ArchiveError(f"{path}: there is no such file")
    return [str(place.resolve())]


def _open_remote(path: str) -> AbstractContextManager[BinaryIO]:
    try:
        opened: AbstractContextManager[BinaryIO] = import_module("fsspec").open(path, "rb")
    except ImportError as error:
        raise ArchiveError("paths with :// need fsspec: pip install 'basewatch[cluster]'") from error
    return opened
