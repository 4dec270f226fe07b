from dataclasses import dataclass
from crawler.models import Link


@dataclass(frozen=True, slots=True)
class FeedLinks:
    links: tuple[Link, ...]
    capped: int = 0
