"""Stored pages through today's settings: what would be new, what would be gone. Pure; does not read or store."""

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.models import Analysis, Hit, Material, Page, StoredHits
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
        return bool(self.new) and not self.stored.alerted


def replay_materials(stored: StoredHits, page: Page | None) -> Iterator[Material]:
    """What `analyse` is given, as the pipeline gave it then: the page, and where nothing can be read of it the feed's
    text. The first one that is readable counts."""
    if page is not None and not stored.link.link.complete:
        yield page_material(stored.link, page)
    yield feed_material(stored.link)


def compare_hits(stored: StoredHits, analysis: Analysis | None) -> Difference | None:
    """None when the same rules fire as did then."""
    hits = analysis.hits if analysis else ()
    today = {hit.rule for hit in hits}
    new = tuple(hit for hit in hits if hit.rule not in stored.rules)
    gone = tuple(sorted(stored.rules - today))
    return Difference(stored, analysis, new, gone) if new or gone else None
