"""Polls of more than one page: indexes of sitemaps and gaps in channels, with the readers as they are."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawler.errors import ArchiveError
from crawler.models import (
    Capture,
    FetchFailure,
    Origin,
    Outcome,
    Page,
    Poll,
    PollCount,
    PollEnd,
    PollVerdict,
    SeenLink,
    SourceState,
)
from scheduler.following import MAX_PAGES
from scheduler.polling import PollJob
from settings.model import Source
from spiders.readers import Listing, read_seen
from tests.sources.channels import CHANNEL, message, photo, preview

NOW = datetime.now(UTC)
SITE = "https://wire.example"
SITEMAP = Source(name="wire-sitemap", outlet="wire", kind="sitemap", url=f"{SITE}/index.xml", scope=("wire.example",))
TELEGRAM = Source(
    name="wire-telegram", outlet="wire", kind="telegram", url=f"https://t.me/s/{CHANNEL}", scope=("t.me",)
)

NOTED = f'{{"channel":"{CHANNEL}","top":%d,"gaps":[%s]}}'
"""What the reader of channels remembers."""


def page_of(url: str, body: str, status: int = 200, **headers: str) -> Page:
    return Page(url, url, status, tuple(headers.items()), body.encode(), body.encode(), NOW)


@dataclass
class Outlet:
    """A spider whose outlet answers as it is told; what is not told is a timeout."""

    answers: dict[str, Page | FetchFailure]
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure:
        self.asked.append((source.url, state.etag))
        return self.answers.get(source.url, FetchFailure("timeout", "5 s"))

    def serve(self, path: str, body: str, status: int = 200, **headers: str) -> None:
        self.answers[SITE + path] = page_of(SITE + path, body, status, **headers)


@dataclass
class Notebook:
    """A store that writes down what it is told, and an archive that numbers its pages."""

    saved: list[tuple[Poll, list[SeenLink], SourceState]] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    is_full: bool = False

    async def lease_due(self, names: list[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        return []

    async def save_poll(self, poll: Poll, links: Sequence[SeenLink], end: Callable[[PollCount], PollEnd]) -> PollCount:
        count = PollCount(1, len(links), 0, len(links), fresh=len(links))
        self.saved.append((poll, list(links), end(count).state))
        return count

    async def archive(self, page: Page, _: Origin) -> Capture:
        if self.is_full:
            raise ArchiveError("disk full")
        self.archived.append(page.requested_url)
        return Capture("a.warc.gz", len(self.archived), 1, "sha256:0", page.url, page.status, page.fetched_at)


async def poll(
    source: Source, outlet: Outlet, state: SourceState | None = None, notebook: Notebook | None = None
) -> tuple[Poll, list[SeenLink], SourceState]:
    book = notebook or Notebook()

    async def read(page: Page, asked: Source, memory: str) -> Listing:
        return read_seen(page, asked, memory)

    job = PollJob(book, read, book.archive, lambda _: source, asyncio.Event())
    await job.poll_source(outlet, state or SourceState(source.name, NOW, etag='"before"', body_digest="x"))
    return book.saved[-1]


def sitemap(*paths: str) -> str:
    return f"<urlset>{''.join(f'<url><loc>{SITE}{path}</loc></url>' for path in paths)}</urlset>"


def index(*names: str) -> str:
    entries = (f"<sitemap><loc>{SITE}{name}</loc><lastmod>2026-01-01</lastmod></sitemap>" for name in names)
    return f"<sitemapindex>{''.join(entries)}</sitemapindex>"


def paths(links: Sequence[SeenLink]) -> list[str]:
    return [seen.link.url.removeprefix(SITE) for seen in links]


async def test_an_index_and_its_sitemaps_are_one_poll_with_one_account() -> None:
    outlet = Outlet({})
    outlet.serve("/index.xml", index("/b.xml", "/a.xml"), ETag='"index"')
    outlet.serve("/a.xml", sitemap("/1", "/2"), ETag='"a"')
    outlet.serve("/b.xml", sitemap("/3"))

    made, links, state = await poll(SITEMAP, outlet)

    assert (made.verdict, made.detail) == (PollVerdict.CHANGED, "2 of 2 sitemaps of the index")
    assert sorted(paths(links)) == ["/1", "/2", "/3"]
    assert (state.etag, state.body_digest) == (None, None), (
        "an index says nothing of its sitemaps: it is asked for again"
    )
    assert '"a\\"' in state.memory


async def test_further_pages_are_archived_and_asked_for_with_their_own_validators() -> None:
    outlet, book = Outlet({}), Notebook()
    outlet.serve("/index.xml", index("/a.xml"))
    outlet.serve("/a.xml", sitemap("/1"), ETag='"a"')
    _, _, state = await poll(SITEMAP, outlet, notebook=book)
    outlet.serve("/a.xml", "", 304)

    made, links, _ = await poll(SITEMAP, outlet, state)

    assert book.archived == [f"{SITE}/index.xml", f"{SITE}/a.xml"]
    assert outlet.asked[-2:] == [(f"{SITE}/index.xml", None), (f"{SITE}/a.xml", '"a"')]
    assert (made.verdict, links) == (PollVerdict.NOT_MODIFIED, [])


async def test_a_further_page_that_calls_itself_unchanged_to_who_never_had_it_is_told() -> None:
    outlet = Outlet({})
    outlet.serve("/index.xml", index("/a.xml"))
    outlet.serve("/a.xml", "", 304)

    made, links, _ = await poll(SITEMAP, outlet)

    assert (made.verdict, links) == (PollVerdict.FAILED, [])
    assert f"{SITE}/a.xml: HTTP status 304" in made.detail


async def test_a_sitemap_that_cannot_be_had_hides_nothing_of_the_others_and_is_told() -> None:
    outlet = Outlet({})
    outlet.serve("/index.xml", index("/a.xml", "/b.xml", "/c.xml"))
    outlet.serve("/b.xml", sitemap("/2"))
    outlet.serve("/c.xml", "<html>Sorry</html>")

    made, links, state = await poll(SITEMAP, outlet)

    assert (made.verdict, paths(links)) == (PollVerdict.CHANGED, ["/2"])
    assert f"{SITE}/a.xml: timeout: 5 s" in made.detail
    assert f"{SITE}/c.xml: an HTML page, not a sitemap" in made.detail
    outlet.serve("/a.xml", sitemap("/1"))
    outlet.serve("/c.xml", sitemap("/3"))
    assert sorted(paths((await poll(SITEMAP, outlet, state))[1])) == ["/1", "/3"]


async def test_when_none_of_its_sitemaps_can_be_had_the_poll_has_failed() -> None:
    outlet = Outlet({})
    outlet.serve("/index.xml", index("/a.xml"))
    made, _, state = await poll(SITEMAP, outlet)
    assert (made.verdict, state.failures) == (PollVerdict.FAILED, 1)


async def test_an_index_without_end_costs_a_poll_a_bounded_number_of_requests() -> None:
    outlet = Outlet({})
    for number in range(50):
        outlet.serve("/index.xml" if number == 0 else f"/{number}.xml", index(f"/{number + 1}.xml"))
    made, _, _ = await poll(SITEMAP, outlet)
    assert len(outlet.asked) == 1 + MAX_PAGES
    assert "the list goes on at the next poll" in made.detail


async def test_messages_are_complete_and_know_the_page_that_they_stand_on() -> None:
    shown = preview([message(1, "Text"), message(2, inside=photo(CHANNEL, 2))])
    outlet = Outlet({TELEGRAM.url: page_of(TELEGRAM.url, shown)})

    _, links, state = await poll(TELEGRAM, outlet)

    assert [(seen.outcome, seen.detail, seen.capture and seen.capture.offset) for seen in links] == [
        (None, "", 1),
        (Outcome.UNREADABLE, "no text: photo; 900 views", None),
    ]
    assert state.memory == NOTED % (2, "")


async def test_a_full_disk_does_not_keep_messages_from_being_read() -> None:
    outlet = Outlet({TELEGRAM.url: page_of(TELEGRAM.url, preview([message(1, "Text")]))})
    _, links, _ = await poll(TELEGRAM, outlet, notebook=Notebook(is_full=True))
    assert [(seen.outcome, seen.capture) for seen in links] == [(None, None)]


async def test_a_gap_is_filled_and_missing_messages_are_out_of_scope_with_their_numbers() -> None:
    outlet = Outlet({TELEGRAM.url: page_of(TELEGRAM.url, preview([message(9, "i"), message(10, "j")]))})
    older = f"{TELEGRAM.url}?before=9"
    outlet.answers[older] = page_of(older, preview([message(4, "d"), message(6, "f")]))
    known = SourceState(TELEGRAM.name, NOW, memory=NOTED % (4, ""))

    _, links, state = await poll(TELEGRAM, outlet, known)

    told = {seen.link.guid: (seen.outcome, seen.detail) for seen in links}
    assert told[f"{CHANNEL}/6"] == (None, "")
    assert told[f"{CHANNEL}/5"] == (Outcome.OUT_OF_SCOPE, "not shown: 5")
    assert told[f"{CHANNEL}/7-8"] == (Outcome.OUT_OF_SCOPE, "not shown: 7-8")
    assert state.memory == NOTED % (10, "")
    assert len({seen.key for seen in links}) == len(links)


async def test_a_gap_that_cannot_be_filled_now_stays_and_the_page_is_asked_for_whole() -> None:
    outlet = Outlet({TELEGRAM.url: page_of(TELEGRAM.url, preview([message(9, "i")]), ETag='"p"')})
    known = SourceState(TELEGRAM.name, NOW, memory=NOTED % (4, ""))
    made, _, state = await poll(TELEGRAM, outlet, known)
    assert "timeout" in made.detail
    assert (state.etag, state.memory) == (None, NOTED % (9, "[5,8]"))
