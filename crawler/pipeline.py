"""What happens to a link's answer: archive, analyse, store, and the meaning of each failure, on one page.

    answer ─┬─ page 200 ── archive ── analyse ── save            hit · no_hit · duplicate
            ├─ page 4xx ── archive ── what the feed said         gone · refused
            ├─ later ────────────────────────────────────────    pending, until its attempts are used up: failed
            └─ never (robots, guard, size) ── what the feed said robots · out_of_scope · unreadable

    later visit ─┬─ page 200 ── archive ── analyse ── a new revision upgraded · revised · unchanged
                 └─ later, then never ─────────────────────── given up; the link's outcome stays

The archive comes first, so that no later fault loses evidence. Whatever keeps a page away, the text that the feed
carried is still read: it ends as hit when a rule fires on it, else as the reason that kept the page away. A page that
was refused or failed is asked for again later, and so is one that its feed shows as edited.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from crawler.errors import Quarantined, Unreadable
from crawler.fetch.policy import judge_answer, judge_rereading, judge_revisit, plan_rereading, plan_revisit
from crawler.models import (
    Analysis,
    Capture,
    Ending,
    FetchFailure,
    Material,
    Origin,
    Outcome,
    Page,
    PendingLink,
    Revisit,
    Saved,
)


class Saving(Protocol):
    """The part of the store that one link needs; each call is one transaction."""

    async def save_analysis(
        self, link: PendingLink, analysis: Analysis, capture: Capture | None, otherwise: Ending
    ) -> Saved: ...
    async def save_outcome(self, link: PendingLink, ending: Ending, capture: Capture | None) -> None: ...
    async def save_retry(self, link: PendingLink, at: datetime, detail: str, *, counts: bool) -> None: ...
    async def save_revision(self, link: PendingLink, analysis: Analysis, capture: Capture | None) -> Saved: ...
    async def give_up_revisit(self, link: PendingLink, detail: str, capture: Capture | None) -> None: ...
    async def put_off_revisit(self, link: PendingLink, at: datetime, detail: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Decides nothing about fetching and knows no framework; raises what `archive` and `saving` raise."""

    archive: Callable[[Page, Origin], Awaitable[Capture]]
    analyse: Callable[[Material], Awaitable[Analysis]]
    saving: Saving
    attempts: int
    """Tries before a link counts as failed."""

    async def take_answer(self, link: PendingLink, answer: Page | FetchFailure, now: datetime) -> Saved | None:
        """See one answer through. None: the link stays pending."""
        origin = Origin(link.source, link.outlet, link.id)
        capture = await self.archive(answer, origin) if isinstance(answer, Page) else None
        if link.revisit is not None:
            return await self._take_revisit(link, link.revisit, answer, capture, now)
        verdict = judge_answer(answer, attempts=link.attempts, max_attempts=self.attempts, now=now)
        if verdict.retry_at is not None:
            await self.saving.save_retry(link, verdict.retry_at, verdict.detail, counts=verdict.counts)
            return None
        if isinstance(answer, Page) and verdict.outcome is None:
            return await self._take_page(link, answer, capture, verdict.detail)
        ending = Ending(verdict.outcome or Outcome.FAILED, verdict.detail)
        return await self._take_feed_text(link, replace(ending, revisit_at=plan_revisit(ending.outcome, now)), capture)

    async def _take_revisit(
        self, link: PendingLink, visit: Revisit, answer: Page | FetchFailure, capture: Capture | None, now: datetime
    ) -> Saved | None:
        verdict = judge_revisit(answer, attempts=visit.attempts, now=now)
        if verdict.retry_at is not None:
            await self.saving.put_off_revisit(link, verdict.retry_at, verdict.detail)
            return None
        if not isinstance(answer, Page) or verdict.outcome is not None:
            await self.saving.give_up_revisit(link, verdict.detail, capture)
            return None
        try:
            analysis = await self.analyse(page_material(link, answer))
        except (Unreadable, Quarantined) as error:
            if again := judge_rereading(error.reason, attempts=visit.attempts, now=now):
                await self.saving.put_off_revisit(link, again, error.reason)
                return None
            # without its capture: what is replayed is the page that was read
            await self.saving.give_up_revisit(link, error.reason, None)
            return None
        return await self.saving.save_revision(link, analysis, capture)

    async def take_content(self, link: PendingLink) -> Saved:
        """A link whose content is the article: there is nothing to fetch, and its poll was archived."""
        try:
            analysis = await self.analyse(feed_material(link))
        except (Unreadable, Quarantined) as error:
            outcome = Outcome.UNREADABLE if isinstance(error, Unreadable) else Outcome.QUARANTINED
            await self.saving.save_outcome(link, Ending(outcome, error.reason), link.capture)
            return Saved(outcome)
        return await self.saving.save_analysis(link, analysis, link.capture, Ending(Outcome.NO_HIT))

    async def _take_page(self, link: PendingLink, page: Page, capture: Capture | None, detail: str) -> Saved:
        try:
            analysis = await self.analyse(page_material(link, page))
        except Unreadable as error:
            ending = Ending(Outcome.UNREADABLE, error.reason, plan_rereading(error.reason, page.fetched_at))
            return await self._take_feed_text(link, ending, capture)
        except Quarantined as error:
            return await self._take_feed_text(link, Ending(Outcome.QUARANTINED, error.reason), capture)
        return await self.saving.save_analysis(link, analysis, capture, Ending(Outcome.NO_HIT, detail))

    async def _take_feed_text(self, link: PendingLink, ending: Ending, capture: Capture | None) -> Saved:
        try:
            analysis = await self.analyse(feed_material(link))
        except (Unreadable, Quarantined):
            # the feed carried no text of use either: the page's own failure is what counts
            await self.saving.save_outcome(link, ending, capture)
            return Saved(ending.outcome)
        return await self.saving.save_analysis(link, analysis, capture, ending)


def page_material(link: PendingLink, page: Page) -> Material:
    """A page, with what its feed said as second evidence. Replay makes the same from the archive."""
    return Material(
        content=page.body,
        media="html",
        url=page.url,
        outlet=link.outlet,
        charset=declared_charset(page.header("content-type")),
        fetched_at=page.fetched_at,
        title=link.link.title,
        published=link.link.published,
    )


def feed_material(link: PendingLink) -> Material:
    """What the feed carried: all there is where the link is complete, else for when the page cannot be had."""
    return Material(
        content=link.link.content.encode("utf-8", "replace"),
        media="fragment",
        url=link.link.url,
        outlet=link.outlet,
        charset="utf-8",
        fetched_at=link.seen_at,
        title=link.link.title,
        published=link.link.published,
        partial=not link.link.complete,
    )


def declared_charset(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type, as evidence."""
    for part in (content_type or "").split(";")[1:]:
        key, _, value = part.partition("=")
        if key.strip().lower() == "charset" and value:
            return value.strip().strip("\"'") or None
    return None
