"""Stored pages through today's settings: what would be new, what would be gone. Pure; does not read or store."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.models import Analysis, Hit, Material, Page, Severity, StoredHits
from crawler.pipeline import declared_charset, feed_material, page_material


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that fired then and fires now, on another sentence or with another severity."""

    hit: Hit
    before: str
    """The sentence then."""
    severity_before: Severity


@dataclass(frozen=True, slots=True)
class Difference:
    """How today's hits of one article differ from the stored ones."""

    url: str
    outlet: str
    stored: StoredHits | None
    """None for a page of a foreign file, of which nothing is stored."""
    analysis: Analysis | None
    """None when nothing readable is left of it under today's settings."""
    new: tuple[Hit, ...]
    gone: tuple[str, ...]
    """Names of rules that fired then and do not now."""
    changed: tuple[Change, ...] = ()

    @property
    def alerts(self) -> bool:
        """Would it be an alert where there was none?"""
        return bool(self.new) and not (self.stored and self.stored.alerted)

    @property
    def sentences(self) -> dict[str, str]:
        """Of the rules that are gone."""
        return {rule: self.stored.sentences.get(rule, "") for rule in self.gone} if self.stored else {}


def replay_materials(stored: StoredHits, page: Page | None) -> Iterator[Material]:
    """What `analyse` is given, as the pipeline gave it then: the page, and where nothing can be read of it the feed's
    text. The first one that is readable counts."""
    if page is not None and not stored.link.link.complete:
        yield page_material(stored.link, page)
    yield feed_material(stored.link)


def foreign_material(page: Page, outlet: str) -> Material:
    """A page of a file that is not ours."""
    charset = declared_charset(page.header("content-type"))
    return Material(page.body, "html", page.url, outlet, charset, page.fetched_at)


def compare_hits(
    stored: StoredHits, analysis: Analysis | None, only: frozenset[str] | None = None
) -> Difference | None:
    """None when the same rules fire on the same sentences, as severely as they did then; `only` these rules count."""
    hits = [hit for hit in (analysis.hits if analysis else ()) if only is None or hit.rule in only]
    before = stored.rules if only is None else stored.rules & only
    new = tuple(hit for hit in hits if hit.rule not in before)
    gone = tuple(sorted(before - {hit.rule for hit in hits}))
    changes = (
        Change(hit, stored.sentences[hit.rule], stored.severities[hit.rule]) for hit in hits if hit.rule in before
    )
    changed = tuple(
        each for each in changes if (each.before, each.severity_before) != (each.hit.sentence, each.hit.severity)
    )
    if not (new or gone or changed):
        return None
    return Difference(stored.link.link.url, stored.link.outlet, stored, analysis, new, gone, changed)


def is_in_sample(url: str, percent: float) -> bool:
    """Is a skipped page read all the same? The same pages are chosen on every machine."""
    number = int.from_bytes(hashlib.sha256(url.encode("utf-8", "replace")).digest()[:4])
    return number < percent / 100 * (1 << 32)
