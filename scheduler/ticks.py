"""What the log says of ticks that go wrong: each kind once, then how often. Two lines a second hide all others."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger("daemon")

QUIET_S = 60.0
"""The same of the same tick is not said again before."""


@dataclass(slots=True)
class _Said:
    error: str
    at: float
    unsaid: int = 0
    """How often it happened since."""


class TickLog:
    """One line for the first of them, for each other error, and each minute how many more there were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[tuple[str, str], _Said] = {}

    def tell(self, how: str, job: str, error: str) -> None:
        """`how` is missed, overrun or failed."""
        now, said = self._clock(), self._said.get((how, job))
        if said is not None and said.error == error and now - said.at < QUIET_S:
            said.unsaid += 1
            return
        more = {"unsaid": said.unsaid} if said and said.unsaid else {}
        self._said[how, job] = _Said(error, now)
        write = log.error if how == "failed" else log.warning
        write("tick_went_wrong", how=how, job=job, **({"error": error} if error else {}), **more)
