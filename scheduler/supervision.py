"""What systemd is told: ready, alive, stopping. Nothing at all where nobody asks (no NOTIFY_SOCKET).

The protocol is one datagram of KEY=VALUE lines, see sd_notify(3). A heartbeat is sent from the event loop, so that a
loop that hangs misses it and systemd starts the daemon anew.
"""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta

import structlog

log = structlog.get_logger("supervision")


class Supervisor:
    """Whoever started us and asked to be told."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self.heartbeat = read_heartbeat(environ)
        """How often it wants to hear that we are alive: twice in its own patience. None: not at all."""

    def say_ready(self) -> None:
        self._send("READY=1")

    def say_alive(self) -> None:
        self._send("WATCHDOG=1")

    def say_stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        """Never raises: that the supervisor is deaf must not stop the watch."""
        if not self._address:
            return
        # a leading @ stands for Linux's abstract names
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.sendto(state.encode(), address)
        except OSError as error:
            log.warning("supervisor_deaf", state=state, error=str(error))


def read_heartbeat(environ: Mapping[str, str]) -> timedelta | None:
    """From WATCHDOG_USEC, microseconds, unless WATCHDOG_PID names another process."""
    text, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not (text.isascii() and text.isdigit() and int(text)) or process not in {"", str(os.getpid())}:
        return None
    return timedelta(microseconds=int(text)) / 2
