"""Some requests from a process that has no reactor yet, with the guard and the manners of the daemon."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from crawler.models import FetchFailure, Page
from settings.model import Run, Source
from spiders.live import LiveCrawl, run_reactor

T = TypeVar("T")

_PATIENCE = timedelta(seconds=1)
"""A person waits for the answers: requests to one host follow each other faster than the daemon's, but no faster."""
_STOP_GRACE_S = 2.0


def run_session(run: Run, sources: Sequence[Source], work: Callable[[LiveCrawl], Awaitable[T]]) -> T:
    """Do `work` with an open spider, then end the reactor. Once per process; raises what `work` raises, GuardError."""
    results: list[T] = []

    async def main() -> None:
        live = LiveCrawl(run.model_copy(update={"delay": min(run.delay, _PATIENCE)}), sources, _ignore)
        await live.start()
        try:
            results.append(await work(live))
        finally:
            await live.stop(_STOP_GRACE_S)

    run_reactor(main)
    return results[0]


async def _ignore(_: int, __: Page | FetchFailure) -> None:
    """No link is ever submitted."""
