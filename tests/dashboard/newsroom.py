"""A store that fills with articles of the demo: printed by its press, analysed with what is shipped, archived."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from crawler.analysis import Tools, analyse
from crawler.archive.writer import ArchiveWriter
from crawler.fetch.urls import canonical_url
from crawler.models import Analysis, Link, Page, PendingLink, Poll, PollVerdict, Saved, SeenLink, SourceState
from crawler.pipeline import page_material
from crawler.store.store import Store
from scheduler.current import write_snapshot
from scheduler.demo.press import Press
from scheduler.places import archive_folder
from settings import load_settings
from settings.model import Run, Settings
from tests.daemon.demo_client import fetch_page

ENGLISH, ARABIC, PERSIAN, COPIED, COPY = 1, 4, 6, 8, 57
"""Numbers of articles that become alerts, but for the copy."""
WARNING, NOTICE, INFO = 31, 47, 48


class Newsroom:
    """One for many tests: it keeps the pages and what was found in them."""

    def __init__(self, folder: Path, numbers: tuple[int, ...]) -> None:
        with Press() as press:
            while press.publish_next():
                pass
            self.settings: Settings = load_settings(press.write_config(folder), {})
            self._outlets = {piece.article.number: piece.article.outlet for piece in press.published}
            self._pages: dict[int, Page] = {
                piece.article.number: fetch_page(piece.url)
                for piece in press.published
                if piece.article.number in numbers
            }

    @cached_property
    def tools(self) -> Tools:
        return Tools(self.settings)

    @contextmanager
    def open_desk(self, store: Store, run: Run) -> Iterator["Desk"]:
        write_snapshot(self.settings, run.data_dir / "run")
        with ExitStack() as stack:
            yield Desk(self, store, stack.enter_context(ArchiveWriter(archive_folder(run))))

    def page(self, number: int) -> tuple[str, Page]:
        """Outlet and page of an article."""
        return self._outlets[number], self._pages[number]

    def analyse(self, number: int, link: PendingLink | None = None) -> Analysis:
        outlet, page = self.page(number)
        return analyse(page_material(link or PendingLink(1, "any", outlet, Link(page.url)), page), self.tools)


class Desk:
    """Puts articles into one store."""

    def __init__(self, newsroom: Newsroom, store: Store, archive: ArchiveWriter) -> None:
        self._newsroom = newsroom
        self._store = store
        self._archive = archive

    def tell(self, number: int, at: datetime | None = None) -> str:
        """Save an article as the daemon does; the id of its alert."""
        outlet, page = self._newsroom.page(number)
        now = at or datetime.now(UTC)
        link = self._list_link(outlet, page.url, now)
        return self._save(link, self._newsroom.analyse(number, link), page, now).alert_id or ""

    def save(self, url: str, analysis: Analysis, page: Page, at: datetime | None = None) -> str:
        """Save any analysis."""
        now = at or datetime.now(UTC)
        link = self._list_link(self._newsroom.settings.outlets[0].slug, url, now)
        return self._save(link, analysis, page, now).alert_id or ""

    def revise(self, number: int, html: bytes, at: datetime | None = None) -> None:
        """A later visit finds another page."""
        outlet, page = self._newsroom.page(number)
        now = at or datetime.now(UTC)
        changed = replace(page, raw=html, body=html, fetched_at=now)
        link = next(
            each for each in self._store.read_pending(now + timedelta(days=1), 1000) if each.link.url == page.url
        )
        analysis = analyse(page_material(link, changed), self._newsroom.tools)
        capture = self._archive.write(changed)
        self._store.save_revision(link, analysis, now, outlet_name=self._name_of(outlet), capture=capture)

    def _list_link(self, outlet: str, url: str, now: datetime) -> PendingLink:
        source = f"{outlet}-feed"
        self._store.add_sources({source: now})
        seen = SeenLink(canonical_url(url), Link(url))
        self._store.save_poll(Poll(source, outlet, now, PollVerdict.CHANGED, 200), [seen], SourceState(source, now))
        return next(each for each in self._store.read_pending(now, 1000) if each.link.url == url)

    def _save(self, link: PendingLink, analysis: Analysis, page: Page, now: datetime) -> Saved:
        capture = self._archive.write(page)
        name, again = self._name_of(link.outlet), now + timedelta(hours=1)
        return self._store.save_analysis(link, analysis, now, outlet_name=name, capture=capture, revisit_at=again)

    def _name_of(self, outlet: str) -> str:
        return next(each.name for each in self._newsroom.settings.outlets if each.slug == outlet)
