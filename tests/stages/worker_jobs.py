"""What pages do to workers, as small functions that a worker can import."""

import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crawler.errors import RuleError, Unreadable

_HELD: list[bytes] = []


def tell_pid() -> int:
    return os.getpid()


def has_imported(module: str) -> bool:
    return module in sys.modules


def add_words(left: str, right: str) -> str:
    return left + right


def sleep_long(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def wait_for_file(path: Path) -> str:
    while not path.exists():
        time.sleep(0.01)
    return "seen"


def _leave_pid(note: Path) -> None:
    """Whole at once: whoever waits for the file must not find it empty."""
    partial = note.with_suffix(".partial")
    partial.write_text(str(os.getpid()), "ascii")
    partial.replace(note)


def sleep_noted(note: Path, seconds: float) -> None:
    """Leave the process id where a test can find it, then hang."""
    _leave_pid(note)
    time.sleep(seconds)


def hold_interpreter() -> None:
    """Hang in C code that never lets another thread of the process run."""
    re.match("(a+)+b", "a" * 64)


def note_and_hold(note: Path) -> None:
    _leave_pid(note)
    hold_interpreter()


def take_memory(mebibytes: int) -> int:
    return len(bytes(mebibytes << 20))


def keep_memory(mebibytes: int) -> int:
    """Leave something behind, as a cache that grows with every page."""
    _HELD.append(bytes(mebibytes << 20))
    return os.getpid()


def make_result(size: int) -> bytes:
    return bytes(size)


def end_process(code: int) -> None:
    os._exit(code)


def abort_process() -> None:
    os.abort()


def end_when_used(pid: int) -> int:
    """End the worker that `pid` names, no other."""
    if os.getpid() == pid:
        os._exit(1)
    return os.getpid()


def raise_unreadable(reason: str) -> None:
    raise Unreadable(reason)


def raise_with_more_arguments() -> None:
    raise RuleError("near-base", "a AND", 5, "a word is missing")


def raise_foreign(message: str) -> None:
    raise ValueError(message)


def leave_interpreter() -> None:
    sys.exit("bye")


def return_unpicklable() -> object:
    return lambda: None


def connect_out(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def connect_out_aside(port: int) -> None:
    """As fsspec does: in a thread that reads no pages."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(connect_out, port).result()


def run_program() -> None:
    subprocess.run(["true"], check=True)


def print_loudly() -> None:
    os.write(1, b"loud\n")
    os.write(2, b"louder\n")


def list_descriptors() -> list[str]:
    """What this process has open: sockets, pipes and files by name."""
    names = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(entry.readlink()))
        except FileNotFoundError:
            continue  # the listing's own
    return names


def burn_on(processor: int, seconds: float) -> str:
    """Use so much time of one processor, however long that takes."""
    os.sched_setaffinity(0, {processor})
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
    return "burnt"
