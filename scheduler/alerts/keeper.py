"""Runs a server that must not outlive its owner: `python -I -S keeper.py OWNER_PID COMMAND...`

Neither a pipe nor Linux's parent-death signal does alone: forked workers of the owner would hold the pipe open, and
the signal comes when the *thread* that started the child ends. So this small process, standard library only, looks
five times a second whether its parent is still the owner. The server in turn is tied to it, on Linux, where the
signal is sound because this process has one thread.

SIGTERM ends both. Exits with the server's code, or 127 when the command cannot be run.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
LOOK_EVERY_S = 0.2
GRACE_S = 3.0
"""Time for an orderly end, before SIGKILL."""
CANNOT_RUN = 127


def start_server(command: list[str]) -> int:
    """Its process id."""
    child = os.fork()
    if child == 0:
        become_server(command)
    return child


def become_server(command: list[str]) -> None:
    """Replace this process; never returns."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        os.execv(command[0], command)  # noqa: S606 - running our own server without a shell is the purpose
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(CANNOT_RUN)


def watch_both(child: int, owner: int) -> int | None:
    """The server's exit code once it has ended; None when it is to be ended."""
    try:
        while os.getppid() == owner:
            if (code := read_exit(child)) is not None:
                return code
            time.sleep(LOOK_EVERY_S)
    except SystemExit:  # SIGTERM
        pass
    return None


def stop_server(child: int) -> None:
    """Ask, wait, insist."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while read_exit(child) is None:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def read_exit(child: int) -> int | None:
    """Its exit code as a shell would show it; None while it runs."""
    ended, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) & 0xFF if ended else None


def main() -> None:
    owner, command = int(sys.argv[1]), sys.argv[2:]
    os.umask(0o077)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    child = start_server(command)
    code = watch_both(child, owner)
    if code is None:
        stop_server(child)
    sys.exit(code)


if __name__ == "__main__":
    main()
