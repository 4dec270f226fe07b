"""What runs next, decided without looking at a clock or a store."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from crawler.fetch.policy import spread
from crawler.models import PendingLink
from settings.model import Source

FIRST_SPREAD = timedelta(seconds=20)
"""New sources get their first poll within this time, not all in the first second."""


def spread_first_polls(sources: Iterable[Source], now: datetime) -> dict[str, datetime]:
    """A first time for each enabled source, the same at every start, spread so that a start makes no herd."""
    return {source.name: now + spread(source.name, min(FIRST_SPREAD, source.every)) for source in sources}


def choose_links(
    pending: Sequence[PendingLink], in_flight: Iterable[PendingLink], *, room: int, per_outlet: int
) -> list[PendingLink]:
    """Oldest first, but no outlet holds more than its share of the requests under way: a backlog delays only itself."""
    held = Counter(link.outlet for link in in_flight)
    chosen: list[PendingLink] = []
    for link in pending:
        if len(chosen) == room:
            break
        if held[link.outlet] < per_outlet:
            held[link.outlet] += 1
            chosen.append(link)
    return chosen
