"""Room kept for the worst day. On a full disk SQLite can neither delete nor checkpoint: it never recovers by itself.

A file of zeros in the data directory takes that room while there is plenty. When the disk is nearly full it goes, so
that what is under way can be stored, outcomes and troubles first of all; it comes back when there is plenty again.
"""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from crawler.signs import ProcessTrouble

log = structlog.get_logger("ballast")

MIB = 1 << 20
BALLAST = 16 * MIB
NAME = "ballast"


class Troubles(Protocol):
    """Where it is said what goes wrong and what goes well."""

    def report(self, kind: ProcessTrouble, detail: str) -> None: ...
    def clear(self, kind: ProcessTrouble, quiet: timedelta) -> None: ...


def read_free(folder: Path) -> int:
    """Bytes that this process may still write there."""
    return shutil.disk_usage(folder).free


class Ballast:
    """The file of one data directory."""

    def __init__(
        self, folder: Path, troubles: Troubles, *, size: int = BALLAST, free: Callable[[Path], int] = read_free
    ) -> None:
        self.path = folder / NAME
        self._troubles = troubles
        self._size = size
        self._free = free

    def look(self) -> None:
        """Give the room up, or take it back. Between half the ballast and four times it nothing changes."""
        free = self._free(self.path.parent)
        if free < self._size // 2:
            self._give_up(free)
        elif free > 4 * self._size:
            self._take_back()

    def _give_up(self, free: int) -> None:
        room = "" if not self.path.exists() else f"; {self._size // MIB} MiB kept for this are given up"
        self._troubles.report("disk_full", f"{free // MIB} MiB free at {self.path.parent}{room}")
        self.path.unlink(missing_ok=True)

    def _take_back(self) -> None:
        self._troubles.clear("disk_full", timedelta(0))
        if self.path.exists() and self.path.stat().st_size == self._size:
            return
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
            finally:
                os.close(descriptor)
        except OSError as error:
            # a file system without allocation, or a disk that filled up meanwhile: the next look decides
            log.warning("no_ballast", error=str(error))
