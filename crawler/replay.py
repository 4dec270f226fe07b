"""Stored pages through today's settings: what would be new, what would be gone. Pure: reading and storing are not here."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from crawler.models import Analysis, Hit, Material, Page, PendingLink, StoredHits
from crawler.pipeline import feed_material, page_material


@dataclass(frozen=True, slots=True)
class Difference:
    """How today's hits of one article differ from the stored ones."""

    stored: StoredHits
    analysis: Analysis | None
    """None when nothing readable is left of it under today's settings."""
    new: tuple[Hit, ...]
    gone: tuple[str, ...]
    """Names of rules that fired then and do not now."""

    @property
    def alerts(self) -> bool:
        """Would it be an alert where there was none?"""
        return bool(self.new) and not self.stored.rules


def replay_material(stored: StoredHits, page: Page) -> Material:
    """What `analyse` was given then: the page, or the feed's text where the page could not be had."""
    link = PendingLink(id=stored.link_id, source="", outlet=stored.outlet, link=stored.link, seen_at=stored.seen_at)
    if stored.partial or page.status != HTTPStatus.OK:
        return feed_material(link)
    return page_material(link, page)


def compare_hits(stored: StoredHits, analysis: Analysis | None) -> Difference | None:
    """None when the same rules fire as did then."""
    hits: Iterable[Hit] = analysis.hits if analysis else ()
    today = {hit.rule for hit in hits}
    new = tuple(hit for hit in hits if hit.rule not in stored.rules)
    gone = tuple(sorted(stored.rules - today))
    return Difference(stored, analysis, new, gone) if new or gone else None
