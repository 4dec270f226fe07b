"""Where the embedded server's unix socket lies: in its folder, or elsewhere when that path is too long for a socket."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

SOCKET_NAME = "redis.sock"
POINTER_NAME = "socket-folder"
PATH_BYTES = 103
"""A socket's address holds 104 bytes on macOS and 108 on Linux, the closing NUL included."""


def read_socket(folder: Path) -> Path:
    """The socket's path as things stand; nothing need be there yet."""
    near = folder / SOCKET_NAME
    if fits_socket(near):
        return near
    try:
        return Path(os.fsdecode((folder / POINTER_NAME).read_bytes())) / SOCKET_NAME
    except FileNotFoundError:
        return near


def make_place(folder: Path) -> Path:
    """The socket's path, in a folder that exists and is ours alone. For the one who starts the server."""
    socket = read_socket(folder)
    if fits_socket(socket):
        with suppress(OSError):  # it is there, or cannot be: the next line tells
            # a cleaner of temporary files may have taken it; the same path again keeps everybody's URL true
            socket.parent.mkdir(mode=0o700)
        if is_private(socket.parent):
            return socket
    elsewhere = Path(tempfile.mkdtemp(prefix="basewatch-"))
    (folder / POINTER_NAME).write_bytes(os.fsencode(elsewhere))
    return elsewhere / SOCKET_NAME


def fits_socket(path: Path) -> bool:
    return len(os.fsencode(path)) <= PATH_BYTES


def is_private(folder: Path) -> bool:
    """A real folder of ours that nobody else can enter."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
