"""What a killed process left behind: files still called `.open`."""

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from crawler.archive.members import find_end
from crawler.archive.writer import OPEN, sync_folder
from crawler.errors import ArchiveError

_CHUNK = 1 << 20

TORN = ".torn"
"""Ends the name of the file that keeps what was cut off: evidence is never thrown away."""


def salvage(folder: Path) -> list[Path]:
    """Close what a killed process left open: cut each `.open` file to its last complete record and rename it.

    Files whose writer lives are locked and left alone. What is cut is kept beside the file, ending in `.torn`. Reads
    every byte of those files (see benchmarks/warc.py), so give it to a worker when they are large.
    """
    return [path for working in sorted(folder.glob(f"*{OPEN}")) if (path := _close_file(working))]


def _close_file(working: Path) -> Path | None:
    try:
        with working.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return _finish_file(file, working) if working.exists() else None
    except BlockingIOError:
        return None  # its writer lives
    except FileNotFoundError:
        return None  # another process salvages as well, and was faster
    except OSError as error:
        raise ArchiveError(f"cannot salvage {working.name}: {error.strerror}") from error


def _finish_file(file: BinaryIO, working: Path) -> Path | None:
    end = find_end(file)
    path = working.with_name(working.name.removesuffix(OPEN))
    _keep_rest(file, end, path.with_name(path.name + TORN))
    if end == 0:
        working.unlink()
        return None
    file.truncate(end)
    os.fsync(file.fileno())
    working.rename(path)
    sync_folder(path.parent)
    return path


def _keep_rest(file: BinaryIO, start: int, path: Path) -> None:
    file.seek(start)
    rest = file.read(_CHUNK)
    if not rest:
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as torn:
        while rest:
            torn.write(rest)
            rest = file.read(_CHUNK)
        torn.flush()
        os.fsync(torn.fileno())
