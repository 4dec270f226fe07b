"""Sources as people and programs see them: state, sums, rhythm, latencies, drops."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from crawler.models import LedgerRow, Link, Outcome, Poll, PollVerdict, SeenLink, SourceState
from crawler.signs import Rhythm, Trouble
from crawler.store.store import Store
from crawler.timing import Latency, Milestones, measure_stages
from scheduler.dashboard.site import make_site
from scheduler.dashboard.window import Shown, Window
from settings.model import Outlet, Settings, Source
from tests.dashboard.conftest import ADDRESS

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def pages(store: Store, shipped: Settings, tmp_path: Path) -> Iterator[TestClient]:
    """One outlet with three sources: well, troubled, never polled."""
    sources = tuple(
        Source(name=name, outlet="wire", kind="feed", url=f"http://wire.example/{name}")
        for name in ("good", "bad", "fresh")
    )
    outlet = Outlet(slug="wire", name=f"Wire {HOSTILE}", homepage="http://wire.example", language="en", sources=sources)
    settings = shipped.model_copy(update={"outlets": (outlet,)})
    save_polls(store)
    run = settings.run.model_copy(update={"data_dir": tmp_path / "data"})
    client = TestClient(make_site(Window(run, store, Shown(None, settings), lambda: NOW)), base_url=ADDRESS)
    client.headers["Accept"] = "text/html"
    yield client
    client.close()


def save_polls(store: Store) -> None:
    store.add_sources(dict.fromkeys(("good", "bad"), NOW))
    at = NOW - timedelta(hours=1)
    links = [
        SeenLink(f"http://wire.example/{number}", Link(f"http://wire.example/{number}", published=at), *ended)
        for number, ended in enumerate([(Outcome.CAPPED, "too many"), (Outcome.ROBOTS, f"robots.txt {HOSTILE}"), ()])
    ]
    state = SourceState("good", NOW + timedelta(minutes=5), polled_at=at, succeeded_at=at, news_at=at)
    busy = Rhythm(news=(240.0,) * 24, watched=(240.0,) * 24)
    store.save_poll(Poll("good", "wire", at, PollVerdict.CHANGED, 200), links, replace(state, rhythm=busy))
    trouble = Trouble("challenge", f"it asks whether we are human {HOSTILE}")
    failing = SourceState("bad", NOW, polled_at=at, failures=4, troubles=(trouble,))
    store.save_poll(Poll("bad", "wire", at, PollVerdict.FAILED, 403), [], failing)
    store.open_event(trouble, at, "bad")


def test_the_list_shows_each_source_its_state_and_sums_that_close(pages: TestClient) -> None:
    page = pages.get("/sources").text
    text = " ".join(re.sub("<[^>]+>", "", page).split())
    assert "3 seen = 0 known + 3 new" in text
    assert "3 new = 1 robots + 1 capped + 1 pending" in text
    assert "The sums close" in text
    assert all(state in page for state in (">well<", ">troubled<", ">new<", "4 failed in a row"))
    assert "at most 1.0 in an hour" in page


def test_a_source_shows_what_became_no_article_and_why(pages: TestClient) -> None:
    text = pages.get("/sources/good").text
    assert "too many" in text
    assert "publication to seen" in text
    assert "It has not been polled yet" in pages.get("/sources/fresh").text
    assert pages.get("/sources/none").status_code == 404


def test_what_outlets_write_stays_text(pages: TestClient) -> None:
    for path in ("/sources", "/sources/good", "/sources/bad"):
        text = pages.get(path).text
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text, path


def test_programs_read_the_same(pages: TestClient) -> None:
    sources = pages.get("/api/sources").json()
    assert sources["today"] == {
        "seen": 3,
        "known": 0,
        "new": 3,
        "pending": 1,
        "outcomes": {"robots": 1, "capped": 1},
        "closes": True,
    }
    assert [source["state"] for source in sources["sources"]] == ["well", "troubled", "new"]
    drops = pages.get("/api/sources/good").json()["drops"]
    assert sorted(drops) == [["capped", "too many", 1], ["robots", f"robots.txt {HOSTILE}", 1]]
    assert [(row["source"], row["closes"]) for row in pages.get("/api/ledger").json()] == [
        ("bad", True),
        ("good", True),
    ]
    assert [event["kind"] for event in pages.get("/api/health").json()] == ["challenge"]
    missing = pages.get("/api/sources/none")
    assert (missing.status_code, missing.json()) == (404, {"error": "no source is called none"})
    wrong = pages.get("/api/ledger?days=0")
    assert wrong.status_code == 422
    assert "days" in wrong.json()["error"]


def test_latencies_are_percentiles_and_times_ahead_of_the_clock_do_not_count() -> None:
    passed = [Milestones(NOW, NOW + timedelta(seconds=second), None, None) for second in range(1, 101)]
    passed.append(Milestones(NOW + timedelta(hours=1), NOW, None, None))
    assert measure_stages(passed) == (Latency("publication to seen", 100, 51.0, 96.0),)
    assert measure_stages([]) == ()


class CountingStore(Store):
    """Counts how often it is asked for accounts."""

    asked = 0

    def read_ledger(self, since: datetime, until: datetime, source: str | None = None) -> list[LedgerRow]:
        self.asked += 1
        return super().read_ledger(since, until, source)


def test_a_year_of_accounts_is_read_in_few_steps_and_page_by_page_the_same(
    sqlite_url: str, shipped: Settings, tmp_path: Path
) -> None:
    with closing(CountingStore.open(sqlite_url)) as store:
        for back in (0, 1, 2, 30, 31, 150, 151, 152, 153, 360, 365):
            for name in ("good", "bad"):
                at = NOW - timedelta(days=back)
                store.save_poll(Poll(name, "wire", at, PollVerdict.EMPTY, 200), [], SourceState(name, at))
        run = shipped.run.model_copy(update={"data_dir": tmp_path / "data"})
        site = make_site(Window(run, store, Shown(None, shipped), lambda: NOW))
        with TestClient(site, base_url=ADDRESS) as client:
            whole = client.get("/api/ledger?days=366").json()
            assert store.asked < 12
            assert [(row["day"], row["source"]) for row in whole] == [
                ((NOW - timedelta(days=back)).date().isoformat(), name)
                for back in (365, 360, 153, 152, 151, 150, 31, 30, 2, 1, 0)
                for name in ("bad", "good")
            ]
            gathered, address = [], "/api/ledger?days=366&limit=3"
            while address:
                answer = client.get(address)
                gathered += answer.json()
                address = answer.links.get("next", {}).get("url")
            assert gathered == whole
