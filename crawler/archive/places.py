"""Files by their path, or by an address such as s3://bucket/file.warc.gz that fsspec understands."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from crawler.errors import ArchiveError, BasewatchError

_HERE = ("file://", "local://", "memory://")
_SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
"""Those with zst are not read; left out of a folder they would be missed without a word."""


def is_remote(path: str) -> bool:
    return "://" in path


def is_elsewhere(path: str) -> bool:
    """Does it take the network to read it?"""
    return is_remote(path) and not path.startswith(_HERE)


@contextmanager
def open_place(path: str) -> Iterator[BinaryIO]:
    """A file that can be sought in. Raises ArchiveError."""
    with _translating(), _open_remote(path) if is_remote(path) else Path(path).open("rb") as file:
        yield file


@contextmanager
def _translating(before: str = "") -> Iterator[None]:
    """What goes wrong with a file, as ArchiveError."""
    try:
        yield
    except FileNotFoundError as error:
        raise ArchiveError(f"{before}there is no such file") from error
    except (OSError, ValueError, ImportError) as error:
        raise ArchiveError(f"{before}cannot be read: {error}") from error
    except Exception as error:
        # each kind of address has a library, and each library errors of its own; a defect of ours is of a built-in kind
        if isinstance(error, BasewatchError) or type(error).__module__ == "builtins":
            raise
        raise ArchiveError(f"{before}cannot be read: {error}") from error


def list_files(path: str) -> list[str]:
    """The WARC files of a folder, by name; any other path names itself. Raises ArchiveError when there is none. Of
    addresses those with * stand for all that they fit, as a shell would have it for paths."""
    if is_remote(path):
        return _list_remote(path)
    place = Path(path)
    if place.is_dir():
        return [str(file) for file in sorted(place.rglob("*")) if file.name.endswith(_SUFFIXES)]
    if not place.exists():
        raise ArchiveError(f"{path}: there is no such file")
    return [str(place.resolve())]


def _list_remote(path: str) -> list[str]:
    fsspec = _import_fsspec()
    with _translating(f"{path}: "):
        system, name = fsspec.url_to_fs(path)
        if "*" in name:
            found = system.glob(name)
        elif system.isdir(name):
            found = [each for each in system.find(name) if each.endswith(_SUFFIXES)]
        else:
            return [path]
    if not found:
        raise ArchiveError(f"{path}: there is no such file")
    return [system.unstrip_protocol(each) for each in sorted(found)]


def _open_remote(path: str) -> AbstractContextManager[BinaryIO]:
    opened: AbstractContextManager[BinaryIO] = _import_fsspec().open(path, "rb")
    return opened


def _import_fsspec() -> ModuleType:
    try:
        return import_module("fsspec")
    except ImportError as error:
        raise ArchiveError("paths with :// need fsspec: pip install 'basewatch[cluster]'") from error
