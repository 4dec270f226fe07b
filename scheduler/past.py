"""What commands that ask the past share: how far back, and every article since."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from crawler.models import StoredArticle
from crawler.store.store import Store
from settings.model import parse_duration


def read_last(text: str) -> datetime:
    """The moment so long ago: "30d", "12h". Raises ValueError."""
    span = parse_duration(text)
    if not isinstance(span, timedelta):
        raise ValueError('a duration such as "12h" or "30d"')  # noqa: TRY004  # whoever calls tells a person of a wrong value
    return datetime.now(UTC) - span


def count_days(since: datetime) -> int:
    """Whole days from then to now, at least one."""
    return max(1, round((datetime.now(UTC) - since).total_seconds() / 86400))


def read_all(store: Store, since: datetime) -> Iterator[StoredArticle]:
    """Every article seen since then, some at a time."""
    after = 0
    while portion := store.read_articles(since, after):
        yield from portion
        after = portion[-1].id
