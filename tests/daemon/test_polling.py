"""One poll: what each answer means for the ledger, the links and the source's memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import ArchiveError, FeedError, Quarantined, StoreError
from crawler.fetch.policy import OVERRULED
from crawler.models import (
    FetchFailure,
    Link,
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
from scheduler.polling import PollJob
from settings.model import Source
from spiders.feeds import FeedLinks
from spiders.readers import Listing, identify_links

NOW = datetime.now(UTC)
SOURCE = Source(
    name="wire-feed",
    outlet="wire",
    kind="feed",
    url="https://wire.example/rss.xml",
    scope=("wire.example",),
    every=timedelta(minutes=10),
)
STATE = SourceState("wire-feed", NOW, etag='"old"', last_modified="Mon", body_digest="d", failures=2)


def make_page(body: bytes = b"<rss/>", status: int = 200, **headers: str) -> Page:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Page(SOURCE.url, SOURCE.url, status, named, body, body, NOW)


@dataclass
class OneAnswer:
    """A spider that gives one answer."""

    answer: Page | FetchFailure
    asked: list[SourceState] = field(default_factory=list)

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure:
        self.asked.append(state)
        return self.answer


@dataclass
class Notebook:
    """A store that writes down what it is told."""

    saved: list[tuple[Poll, list[SeenLink], SourceState]] = field(default_factory=list)
    refuses: bool = False

    async def lease_due(self, names: list[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        return []

    async def save_poll(self, poll: Poll, links: Sequence[SeenLink], end: Callable[[PollCount], PollEnd]) -> PollCount:
        if self.refuses:
            raise StoreError("database is locked")
        count = PollCount(1, len(links), 0, len(links), fresh=len(links))
        self.saved.append((poll, list(links), end(count).state))
        return count


async def poll(
    answer: Page | FetchFailure,
    found: FeedLinks | Exception = FeedLinks(()),  # noqa: B008  # frozen
    *,
    state: SourceState = STATE,
    source: Source | None = SOURCE,
    store: Notebook | None = None,
    archive_fails: bool = False,
) -> tuple[Poll, list[SeenLink], SourceState] | None:
    notebook = store or Notebook()

    async def read_links(_: Page, __: Source, ___: str) -> Listing:
        if isinstance(found, Exception):
            raise found
        return Listing.of(found, SOURCE)

    async def archive(_: Page, __: Origin) -> None:
        if archive_fails:
            raise ArchiveError("disk full")

    job = PollJob(notebook, read_links, archive, lambda _: source, asyncio.Event())
    await job.poll_source(OneAnswer(answer), state)
    return notebook.saved[0] if notebook.saved else None


async def test_a_feed_whose_items_all_stand_as_before_has_changed_and_is_not_empty() -> None:
    saved = await poll(make_page(b"older"), FeedLinks((), pruned=50, memory="shown"))
    assert saved is not None
    written, links, state = saved
    assert (written.verdict, written.pruned, links) == (PollVerdict.CHANGED, 50, [])
    assert (state.memory, state.empties) == ("shown", 0)


async def test_a_changed_feed_brings_its_links_and_only_then_its_validators() -> None:
    link = Link("https://wire.example/1", guid="1", title="One")

    saved = await poll(make_page(etag='W/"new"', last_modified="Tue"), FeedLinks((link,)))

    assert saved is not None
    made, links, state = saved
    assert (made.verdict, made.status) == (PollVerdict.CHANGED, 200)
    assert [(seen.link, seen.outcome) for seen in links] == [(link, None)]
    assert (state.etag, state.last_modified, state.failures) == ('W/"new"', "Tue", 0)
    assert state.body_digest not in {None, "d"}
    assert state.next_poll_at >= NOW + SOURCE.every


async def test_not_modified_keeps_the_validators_that_were_sent() -> None:
    saved = await poll(make_page(status=304, etag='"other"'), state=replace(STATE, full_at=datetime.now(UTC)))

    assert saved is not None
    assert saved[0].verdict is PollVerdict.NOT_MODIFIED
    assert (saved[2].etag, saved[2].body_digest, saved[2].failures) == ('"old"', "d", 0)


@pytest.mark.parametrize("state", [STATE, SourceState("wire-feed", NOW)], ids=["whole", "first"])
async def test_not_modified_is_no_answer_where_the_whole_was_asked_for(state: SourceState) -> None:
    """A source that answers so would bring nothing for ever, and seem well."""
    saved = await poll(make_page(status=304), state=state)

    assert saved is not None
    assert (saved[0].verdict, saved[0].detail) == (PollVerdict.FAILED, "HTTP status 304, and the whole was asked for")
    assert saved[2].failures == state.failures + 1


async def test_the_bytes_of_last_time_are_not_read_again() -> None:
    first = await poll(make_page(b"same"), FeedLinks((Link("https://wire.example/1"),)))
    assert first is not None

    again = await poll(make_page(b"same"), FeedError("must not be read"), state=first[2])

    assert again is not None
    assert (again[0].verdict, again[1]) == (PollVerdict.SAME_BODY, [])


async def test_an_empty_feed_is_a_state_of_its_own_and_is_asked_for_whole_again() -> None:
    saved = await poll(make_page(etag='"empty"'), FeedLinks(()))

    assert saved is not None
    assert saved[0].verdict is PollVerdict.EMPTY
    assert (saved[2].etag, saved[2].last_modified, saved[2].body_digest) == (None, None, None)


@pytest.mark.parametrize(
    ("answer", "found", "detail"),
    [
        (make_page(b"<html>"), FeedError("not a feed: HTML"), "not a feed: HTML"),
        (make_page(b"bomb"), Quarantined("took longer than 10 s"), "took longer than 10 s"),
        (make_page(status=500), FeedLinks(()), "HTTP status 500"),
        (make_page(status=403), FeedLinks(()), "HTTP status 403"),
        (FetchFailure("timeout", "30 s"), FeedLinks(()), "timeout: 30 s"),
    ],
)
async def test_a_failed_poll_is_counted_and_keeps_what_was_known(
    answer: Page | FetchFailure, found: FeedLinks | Exception, detail: str
) -> None:
    saved = await poll(answer, found)

    assert saved is not None
    made, links, state = saved
    assert (made.verdict, made.detail, links) == (PollVerdict.FAILED, detail, [])
    assert (state.etag, state.body_digest, state.failures) == ('"old"', "d", 3)
    assert state.next_poll_at > NOW + 4 * SOURCE.every


async def test_what_the_cap_left_out_is_counted() -> None:
    saved = await poll(make_page(), FeedLinks((Link("https://wire.example/1"),), capped=95_000))

    assert saved is not None
    assert saved[0].capped == 95_000


async def test_a_poll_cut_off_by_the_stop_is_no_poll() -> None:
    assert await poll(FetchFailure("interrupted")) is None


async def test_a_source_that_was_taken_out_is_not_polled() -> None:
    assert await poll(make_page(), source=None) is None


async def test_a_store_that_refuses_does_not_raise_into_the_loop() -> None:
    assert await poll(make_page(), store=Notebook(refuses=True)) is None


async def test_links_count_though_the_feed_itself_could_not_be_archived() -> None:
    saved = await poll(make_page(), FeedLinks((Link("https://wire.example/1"),)), archive_fails=True)

    assert saved is not None
    assert len(saved[1]) == 1


async def test_a_defect_on_one_source_is_kept_to_it() -> None:
    assert await poll(make_page(), ZeroDivisionError("ours")) is None


def test_every_link_gets_a_key_and_those_that_cannot_be_fetched_their_outcome() -> None:
    links = [
        Link("http://www.wire.example/a?utm_source=rss"),
        Link("https://elsewhere.example/a"),
        Link("javascript:alert(1)", guid="js"),
        Link("", guid="none", problem="no link"),
        replace(Link("https://news.wire.example/b"), title="subdomain"),
    ]

    seen = list(identify_links(links, SOURCE))

    assert [each.outcome for each in seen] == [
        None,
        Outcome.OUT_OF_SCOPE,
        Outcome.OUT_OF_SCOPE,
        Outcome.OUT_OF_SCOPE,
        None,
    ]
    assert seen[0].key == "https://wire.example/a"
    assert seen[2].key == "guid:wire-feed:js"
    assert all(each.detail for each in seen if each.outcome)


def test_items_that_are_nothing_but_text_are_as_many_as_their_texts() -> None:
    texts = ["A drone fell.", "Another one fell.", "A drone fell.", ""]
    links = [Link("", content=text, problem="no link") for text in texts]

    assert len({each.key for each in identify_links(links, SOURCE)}) == 3


async def test_the_ledger_tells_of_a_poll_that_robots_txt_forbids() -> None:
    told = await poll(replace(make_page(), overruled=True))
    assert told is not None
    assert told[0].detail == OVERRULED
