"""What runs next, decided without looking at a clock or a store."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from crawler.models import PendingLink
from settings.model import Source

FIRST_SPREAD = timedelta(seconds=20)
"""New sources get their first poll within this time, not all in the first second."""


def spread_first_polls(sources: Iterable[Source], now: datetime) -> dict[str, datetime]:
    """A first time for each enabled source, the same at every start, spread so that a start makes no herd."""
    return {source.name: now + min(FIRST_SPREAD, source.every) * share_of(source.name) for source in sources}


def share_of(name: str) -> float:
    """A number in [0, 1) that belongs to a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) / 2**32


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
