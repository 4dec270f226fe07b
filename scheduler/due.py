"""What runs next, decided without looking at a clock or a store."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from crawler.fetch.cadence import nominal_interval
from crawler.fetch.policy import spread
from crawler.models import PendingLink
from settings.model import Source

FIRST_SPREAD = timedelta(seconds=20)
"""New sources get their first poll within this time, not all in the first second."""
FIRST_SPACING = timedelta(milliseconds=100)
"""Or, where there are very many, this far apart."""
LEAST_POLLS_A_SECOND = 20
"""What may be made up for after an outage, however few the sources are."""
CATCH_UP = 2
"""How many times faster than usual polls may follow each other after an outage."""


def spread_first_polls(sources: Iterable[Source], now: datetime) -> dict[str, datetime]:
    """A first time for each enabled source, the same at every start, spread so that a start makes no herd."""
    listed = list(sources)
    window = max(FIRST_SPREAD, FIRST_SPACING * len(listed))
    return {source.name: now + spread(source.name, min(window, nominal_interval(source))) for source in listed}


def limit_polls(sources: Iterable[Source]) -> float:
    """Polls a second that may be started at most, so that what an outage left due comes soon and not all at once."""
    usual = sum(1 / max(nominal_interval(source).total_seconds(), 1) for source in sources)
    return max(LEAST_POLLS_A_SECOND, CATCH_UP * usual)


def choose_links(
    pending: Sequence[PendingLink], in_flight: Iterable[PendingLink], *, room: int, per_outlet: int
) -> list[PendingLink]:
    """In their order, but no outlet holds more than its share of the requests under way: a backlog delays only itself.
    The last half of the places is for outlets that hold none, so that a dozen slow ones cannot take all of them."""
    held = Counter(link.outlet for link in in_flight)
    scarce = (room + held.total()) / 2
    chosen: list[PendingLink] = []
    for link in pending:
        left = room - len(chosen)
        if not left:
            break
        if held[link.outlet] < (per_outlet if left > scarce else 1):
            held[link.outlet] += 1
            chosen.append(link)
    return chosen
