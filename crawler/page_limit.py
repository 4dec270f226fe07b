"""A page that hangs ends the process that reads it, even while C code holds the interpreter.

For processes that somebody starts again and whose end is told to whoever waits for them: workers of ours, and those of
a Dask cluster under their nanny. No thread of Python could do it: it would wait for the interpreter, as all others do.
"""

import faulthandler
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

_lock = threading.Lock()
_deadlines: list[float] = []
"""Of all threads of this process, which has one alarm."""


@contextmanager
def limit_page(longest_s: float | None) -> Iterator[None]:
    """End this process when what is inside takes longer; None for no limit."""
    if longest_s is None:
        yield
        return
    deadline = monotonic() + longest_s
    with _lock:
        _deadlines.append(deadline)
        _set_alarm()
    try:
        yield
    finally:
        with _lock:
            _deadlines.remove(deadline)
            _set_alarm()


def _set_alarm() -> None:
    """For the earliest deadline."""
    if not _deadlines:
        faulthandler.cancel_dump_traceback_later()
        return
    left_s = max(0.001, min(_deadlines) - monotonic())
    faulthandler.dump_traceback_later(left_s, exit=True, file=sys.__stderr__ or sys.stderr)
