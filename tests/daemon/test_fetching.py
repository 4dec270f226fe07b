"""Pending links: who is asked for, and that no answer, however bad, stops the others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from crawler.errors import Quarantined, StoreError, Unreadable
from crawler.models import (
    Analysis,
    Article,
    Capture,
    Ending,
    FetchFailure,
    Hit,
    Link,
    Material,
    Origin,
    Outcome,
    Page,
    PendingLink,
    Revisit,
    Saved,
    Zone,
)
from crawler.pipeline import Pipeline
from scheduler.due import choose_links
from scheduler.fetching import FetchJob
from settings.model import Source

NOW = datetime.now(UTC)
SOURCE = Source(name="wire-feed", outlet="wire", kind="feed", url="https://wire.example/rss.xml")
HIT = Hit("group-alone", "d", "info", (), Zone.BODY, 0, 1, "A")


def make_link(number: int, outlet: str = "wire", content: str = "") -> PendingLink:
    return PendingLink(number, "wire-feed", outlet, Link(f"https://wire.example/{number}", content=content))


def make_page(status: int = 200) -> Page:
    url = "https://wire.example/1"
    return Page(url, url, status, (), b"raw", b"body", NOW)


@dataclass
class Notebook:
    """A store that writes down what it is told."""

    saved: list[tuple[Outcome, str]] = field(default_factory=list)
    planned: list[datetime | None] = field(default_factory=list)
    """When the pages of the links that ended are visited again."""
    revised: list[Analysis] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    retries: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    tries: int = 0

    async def save_analysis(
        self, link: PendingLink, analysis: Analysis, capture: Capture | None, otherwise: Ending
    ) -> Saved:
        self._fail()
        outcome = Outcome.HIT if analysis.hits else otherwise.outcome
        self.saved.append((outcome, otherwise.detail))
        self.planned.append(otherwise.revisit_at)
        return Saved(outcome, "alert" if analysis.hits else None)

    async def save_outcome(self, link: PendingLink, ending: Ending, capture: Capture | None) -> None:
        self.saved.append((ending.outcome, ending.detail))
        self.planned.append(ending.revisit_at)

    async def save_retry(self, link: PendingLink, at: datetime, detail: str, *, counts: bool) -> None:
        self.retries.append(detail)
        self.tries += counts

    async def save_revision(self, link: PendingLink, analysis: Analysis, capture: Capture | None) -> Saved:
        self._fail()
        self.revised.append(analysis)
        return Saved(Outcome.NO_HIT)

    async def give_up_revisit(self, link: PendingLink, detail: str, capture: Capture | None) -> None:
        self.given_up.append(detail)

    async def put_off_revisit(self, link: PendingLink, at: datetime, detail: str) -> None:
        self.retries.append(detail)

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)


class Submissions:
    """A spider that only notes what it is asked for."""

    def __init__(self) -> None:
        self.links: list[PendingLink] = []

    def submit(self, link: PendingLink, source: Source) -> None:
        self.links.append(link)


Analyse = Callable[[Material], Awaitable[Analysis]]


async def find_nothing(material: Material) -> Analysis:
    if not material.content:
        raise Unreadable("empty")
    return Analysis(Article(partial=material.partial))


async def find_hit(material: Material) -> Analysis:
    return Analysis(Article(partial=material.partial), hits=(HIT,))


async def hang(material: Material) -> Analysis:
    raise Quarantined("took longer than 10 s")


def make_job(store: Notebook, analyse: Analyse = find_nothing, pending: list[PendingLink] | None = None) -> FetchJob:
    async def archive(page: Page, _: Origin) -> Capture:
        return Capture("f", 0, 1, "sha256:0", page.url, page.status, NOW)

    async def read_pending(now: datetime, limit: int, without: list[int]) -> list[PendingLink]:
        return [link for link in pending or [] if link.id not in without][:limit]

    find_source = {"wire-feed": SOURCE}.get
    return FetchJob(Pipeline(archive, analyse, store, attempts=3), read_pending, find_source, room=10, per_outlet=2)


async def answer_with(
    answer: Page | FetchFailure, analyse: Analyse = find_nothing, *, content: str = "", attempts: int = 0
) -> Notebook:
    store = Notebook()
    job = make_job(store, analyse)
    job.in_flight[1] = PendingLink(1, "wire-feed", "wire", Link("https://wire.example/1", content=content), attempts)
    await job.take_answer(1, answer)
    assert not job.in_flight
    return store


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (make_page(), Outcome.NO_HIT),
        (make_page(404), Outcome.GONE),
        (make_page(410), Outcome.GONE),
        (make_page(403), Outcome.REFUSED),
        (make_page(451), Outcome.REFUSED),
        (FetchFailure("robots", "disallowed"), Outcome.ROBOTS),
        (FetchFailure("too_large", "5 MB"), Outcome.UNREADABLE),
        (FetchFailure("bad_url", "no"), Outcome.OUT_OF_SCOPE),
    ],
)
async def test_each_answer_ends_in_one_outcome(answer: Page | FetchFailure, outcome: Outcome) -> None:
    store = await answer_with(answer)

    assert [saved for saved, _ in store.saved] == [outcome]
    assert not store.retries


@pytest.mark.parametrize("answer", [make_page(503), make_page(429), FetchFailure("timeout"), FetchFailure("dns")])
async def test_what_may_pass_is_tried_again_until_its_attempts_are_used_up(answer: Page | FetchFailure) -> None:
    first = await answer_with(answer, attempts=0)
    last = await answer_with(answer, attempts=2)

    assert (len(first.retries), first.saved) == (1, [])
    assert (last.retries, [outcome for outcome, _ in last.saved]) == ([], [Outcome.FAILED])


@pytest.mark.parametrize(("answer", "kept_away"), [(make_page(403), "HTTP 403"), (FetchFailure("robots"), "robots")])
async def test_a_page_that_cannot_be_had_is_read_from_what_the_feed_carried(
    answer: Page | FetchFailure, kept_away: str
) -> None:
    store = await answer_with(answer, find_hit, content="<p>Drones hit the base.</p>")

    assert store.saved[0][0] is Outcome.HIT
    assert kept_away in store.saved[0][1]


@pytest.mark.parametrize(
    ("answer", "attempts", "visited"),
    [
        (make_page(403), 0, True),
        (make_page(451), 0, True),
        (make_page(500), 2, True),
        (FetchFailure("timeout"), 2, True),
        (make_page(404), 0, False),
        (make_page(), 0, False),
        (FetchFailure("robots"), 0, False),
        (FetchFailure("too_large"), 0, False),
    ],
)
@pytest.mark.parametrize("content", ["", "<p>What the feed said.</p>"])
async def test_a_page_that_may_be_had_later_is_visited_again(
    answer: Page | FetchFailure, attempts: int, content: str, *, visited: bool
) -> None:
    store = await answer_with(answer, content=content, attempts=attempts)

    assert [at is not None for at in store.planned] == [visited]


async def visit_with(answer: Page | FetchFailure, analyse: Analyse = find_nothing, *, attempts: int = 0) -> Notebook:
    store = Notebook()
    job = make_job(store, analyse)
    link = replace(make_link(1, content="<p>What the feed said.</p>"), revisit=Revisit(5, "partial", attempts))
    job.in_flight[1] = link
    await job.take_answer(1, answer)
    assert not job.in_flight
    assert store.saved == [], "a visit never ends the link again"
    return store


async def test_a_later_visit_that_finds_the_page_makes_a_revision() -> None:
    store = await visit_with(make_page())

    assert [analysis.article.partial for analysis in store.revised] == [False]


@pytest.mark.parametrize("answer", [make_page(403), make_page(503), FetchFailure("timeout")])
async def test_a_later_visit_in_vain_is_repeated_and_then_given_up(answer: Page | FetchFailure) -> None:
    tried = [await visit_with(answer, attempts=attempts) for attempts in range(3)]

    assert [len(store.retries) for store in tried] == [1, 1, 0]
    assert [len(store.given_up) for store in tried] == [0, 0, 1]


@pytest.mark.parametrize("answer", [make_page(404), make_page(410), FetchFailure("robots"), FetchFailure("bad_url")])
async def test_a_later_visit_without_hope_is_given_up_at_once(answer: Page | FetchFailure) -> None:
    assert len((await visit_with(answer)).given_up) == 1


def refuse_with(reason: str) -> Analyse:
    async def refuse(_: Material) -> Analysis:
        raise Unreadable(reason)

    return refuse


@pytest.mark.parametrize(
    ("reason", "visited"), [("site-error: x", True), ("bot-challenge: x", True), ("paywall: x", False)]
)
async def test_a_page_that_hides_its_article_for_now_is_visited_again(reason: str, *, visited: bool) -> None:
    store = await answer_with(make_page(), refuse_with(reason))
    tried = [await visit_with(make_page(), refuse_with(reason), attempts=attempts) for attempts in range(3)]

    assert store.saved == [(Outcome.UNREADABLE, reason)]
    assert [at is not None for at in store.planned] == [visited]
    assert [len(each.retries) for each in tried] == ([1, 1, 0] if visited else [0, 0, 0])
    assert [len(each.given_up) for each in tried] == ([0, 0, 1] if visited else [1, 1, 1])


async def test_a_later_visit_to_a_page_that_hangs_is_given_up() -> None:
    assert (await visit_with(make_page(), hang)).given_up == ["took longer than 10 s"]


async def test_a_later_visit_that_breaks_us_again_and_again_is_given_up() -> None:
    store = Notebook(faults=[ZeroDivisionError("ours")] * 3)
    job = make_job(store)
    for _ in range(3):
        job.in_flight[1] = replace(make_link(1), revisit=Revisit(5, "edited"))
        await job.take_answer(1, make_page())

    assert len(store.given_up) == 1
    assert store.saved == []


async def test_a_link_whose_host_was_left_alone_has_used_no_attempt() -> None:
    store = await answer_with(FetchFailure("held", "asked us to wait"), attempts=2)

    assert (store.saved, len(store.retries), store.tries) == ([], 1, 0)


async def test_a_page_that_hangs_its_worker_is_quarantined() -> None:
    store = await answer_with(make_page(), hang)

    assert store.saved == [(Outcome.QUARANTINED, "took longer than 10 s")]


async def test_an_answer_cut_off_by_the_stop_leaves_the_link_pending() -> None:
    store = await answer_with(FetchFailure("interrupted"))

    assert (store.saved, store.retries) == ([], [])


async def test_a_full_disk_holds_the_link_back_for_a_while_and_loses_nothing() -> None:
    store = Notebook(faults=[StoreError("disk full")])
    job = make_job(store, pending=[make_link(1)])
    crawl = Submissions()
    await job.submit_pending(crawl)
    await job.take_answer(1, make_page())

    assert store.saved == []
    assert await job.submit_pending(crawl) == 0, "not again at once"


async def test_a_page_that_breaks_us_again_and_again_is_quarantined() -> None:
    store = Notebook(faults=[ZeroDivisionError("ours")] * 3)
    job = make_job(store)
    for _ in range(3):
        job.in_flight[1] = make_link(1)
        await job.take_answer(1, make_page())

    assert [outcome for outcome, _ in store.saved] == [Outcome.QUARANTINED]
    assert "ZeroDivisionError" in store.saved[0][1]


async def test_an_alert_wakes_the_relay_and_nothing_else_does() -> None:
    for analyse, wakes in ((find_hit, True), (find_nothing, False)):
        job = make_job(Notebook(), analyse)
        job.in_flight[1] = make_link(1)
        await job.take_answer(1, make_page())

        assert job.alerted.is_set() is wakes


async def test_links_of_a_source_that_was_taken_out_end_as_out_of_scope() -> None:
    store = Notebook()
    orphan = PendingLink(7, "gone-feed", "gone", Link("https://gone.example/1"))
    crawl = Submissions()
    await make_job(store, pending=[orphan]).submit_pending(crawl)

    assert crawl.links == []
    assert [outcome for outcome, _ in store.saved] == [Outcome.OUT_OF_SCOPE]


def test_an_outlet_with_a_backlog_delays_only_itself() -> None:
    backlog = [make_link(number, "busy") for number in range(100)]
    chosen = choose_links([*backlog, make_link(200, "calm")], [make_link(300, "busy")], room=10, per_outlet=3)

    assert [(link.id, link.outlet) for link in chosen] == [(0, "busy"), (1, "busy"), (200, "calm")]


def test_a_dozen_outlets_with_backlogs_leave_room_for_others() -> None:
    backlogs = [make_link(20 * outlet + number, f"slow-{outlet}") for number in range(20) for outlet in range(12)]
    under_way = choose_links(backlogs, [], room=64, per_outlet=8)
    for _ in range(20):  # each look takes what the share allows
        room = 64 - len(under_way)
        under_way += choose_links(backlogs[len(under_way) :], under_way, room=room, per_outlet=8)

    assert [link.id for link in choose_links([make_link(999, "calm")], under_way, room=room, per_outlet=8)] == [999]


def test_outlets_that_are_alone_use_the_room_that_there_is() -> None:
    backlog = [make_link(number, "busy") for number in range(100)]
    assert len(choose_links(backlog, [], room=64, per_outlet=8)) == 8
    assert len(choose_links(backlog, [], room=1, per_outlet=8)) == 1
