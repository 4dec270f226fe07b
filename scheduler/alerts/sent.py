"""What a channel has sent and the database does not know yet: one line for each message, in a file of its own.

A line written outlives a `kill -9` at once, for a hundredth of what a commit costs. So messages need not wait for each
other's commits: what a killed process had sent is marked by the next one, and only the message under way is repeated.
"""

import os
from pathlib import Path


class SentFile:
    """Of one channel; used by the one process that delivers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.keys: list[str] = []
        """Keys of messages that were sent and are to be marked, in order."""

    def open(self) -> None:
        """Read what an earlier process left. Raises OSError; then `add` only remembers."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        left = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0).decode("ascii", "replace")
        self.keys = left.split()

    def add(self, key: str) -> bool:
        """False when it could not be written: then it must be marked before anything else is sent."""
        self.keys.append(key)
        line = f"{key}\n".encode()
        try:
            return self._descriptor is not None and os.write(self._descriptor, line) == len(line)
        except OSError:
            return False

    def clear(self) -> None:
        """They are marked. Raises OSError."""
        self.keys.clear()
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
