"""What is found from one address, with an outlet that is a table of answers: for hosts that loopback has none of."""

from collections.abc import Mapping

import pytest

from crawler.errors import Unreadable
from crawler.extract.recognise import SCRIPTED
from crawler.models import Article, FetchFailure, Link, Page, SourceState
from scheduler.discovering import Discovery, Explorer, Trial, discover_sources, fetch_sample
from settings.model import Source
from spiders.readers import Listing, read_seen
from tests.website import Item, rss

HOME = "https://wire.example/"
START = Source(name="new", outlet="new", kind="section", url=HOME)


class Table:
    """A web of a few pages."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure:
        body = self.answers.get(source.url)
        status, content = (404, b"") if body is None else (200, body.encode())
        return Page(source.url, source.url, status, (), content, content, state.next_poll_at)


async def read(page: Page, source: Source, memory: str) -> Listing:
    return read_seen(page, source, memory)


async def extract(_: object) -> Article:
    raise AssertionError("nobody asked for a sample")


@pytest.mark.parametrize(
    ("reason", "render", "told"),
    [
        (SCRIPTED, False, f"unreadable: {SCRIPTED}; with `render: true` a browser runs it"),
        (SCRIPTED, True, f"unreadable: {SCRIPTED}"),
        ("no-text: no text was found", False, "unreadable: no-text: no text was found"),
    ],
)
async def test_a_sample_that_a_browser_could_read_says_so(reason: str, render: bool, told: str) -> None:  # noqa: FBT001 - a parameter of the test
    async def refuse(_: object) -> Article:
        raise Unreadable(reason)

    source = START.model_copy(update={"render": render})
    trial = Trial(source, links=(Link(f"{HOME}1"),))
    explorer = Explorer(Table({f"{HOME}1": "<div id=app></div>"}), read, refuse)
    assert (await fetch_sample(explorer, trial)).problem == told


async def discover(answers: Mapping[str, str]) -> Discovery:
    return await discover_sources(Explorer(Table(answers), read, extract), START)


def feed_of(*links: str) -> str:
    return rss([Item("Event", link) for link in links], "Feed")


@pytest.mark.parametrize(
    ("feed", "problem"),
    [
        (feed_of("https://www.wire.example/1", "https://burner.example/2"), ""),
        (feed_of("https://burner.example/1"), "nothing in it leads to the outlet's pages"),
    ],
)
async def test_a_feed_on_another_host_is_the_outlets_if_it_leads_to_its_pages(feed: str, problem: str) -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="https://burner.example/wire">'
    found = await discover({HOME: f"<html><head>{head}</head></html>", "https://burner.example/wire": feed})
    (trial,) = (trial for trial in found.trials if trial.source.kind == "feed")
    assert trial.problem == problem
    assert [chosen.source.url for chosen in found.chosen] == ([] if problem else ["https://burner.example/wire"])


async def test_pages_that_list_feeds_and_each_other_are_followed_once() -> None:
    page = '<a href="/rss/a">RSS</a><a href="/rss/b">RSS</a><a href="/rss/c">RSS</a>'
    found = await discover({HOME: page, f"{HOME}rss/a": page, f"{HOME}rss/b": page, f"{HOME}rss/c": page})
    assert [trial.source.url for trial in found.trials if trial.source.kind == "feed"] == [
        f"{HOME}rss/{name}" for name in "abc"
    ]
