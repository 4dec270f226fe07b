"""Settings replaced while articles flow: each article sees one set, and says which. A rule that runs away is switched
off. A stored hit can be derived again."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from crawler.analysis import Tools, analyse
from crawler.archive.warc import read_page
from crawler.models import Analysis, Link, Material, PendingLink, Poll, PollVerdict, SeenLink, SourceState
from crawler.payload import alert_from_json
from crawler.pipeline import page_material
from crawler.store.store import Store
from crawler.workers import WorkerPool
from scheduler.analysing import Analyst, tell_runaways
from scheduler.current import Current, read_stamp
from scheduler.health import HealthBoard
from scheduler.places import archive_folder
from scheduler.verified import load_verified
from settings.model import Settings
from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place
from tests.website import Item, Website

RELOADS = 12
NOW = datetime.now(UTC)
RUNAWAY = "rules:\n  bad: {severity: info, when: '/(a|aa)+$/'}\n  good: {severity: info, when: wheat}\n"
LONG_WORD = Material(b"The wheat was sown. " + b"a" * 60 + b"! Nobody knows why.", "text", url="https://a.example/1")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """With a gazetteer that compiles at once."""
    place = make_place(tmp_path / "place")
    for name in ("bases", "people", "outlets", "cues", "events"):
        place.write(f"gazetteer/{name}.yaml", f"{name}: {{}}\n")
    write_set(place, "old")
    place.data.mkdir()
    return place


def write_set(place: Place, name: str) -> None:
    """Two rules and a group that carry the set's name."""
    rules = "".join(f"  {name}-{number}: {{severity: info, when: '@group AND wheat'}}\n" for number in (1, 2))
    place.write("rules.yaml", f"rules:\n{rules}")
    place.write(
        "gazetteer/groups.yaml", f"groups:\n  {name}:\n    name: Fajr\n    aliases: {{en: [Al-Fajr Brigade]}}\n"
    )


def make_current(place: Place) -> Current:
    return Current(load_verified(place.folder, place.environ), place.folder, place.data / "run")


def test_what_is_written_while_a_start_reads_the_settings_is_a_change(place: Place) -> None:
    stamp = read_stamp(place.folder)
    settings = load_verified(place.folder, place.environ)
    write_set(place, "new")
    current = Current(settings, place.folder, place.data / "run", stamp)

    assert current.has_changed()
    assert current.reload()
    assert not current.has_changed()


@contextmanager
def make_analyst(current: Current, board: HealthBoard) -> Iterator[Analyst]:
    pool = WorkerPool(2, memory_mb=512)
    try:
        yield Analyst(pool, current, board)
    finally:
        pool.close()


def test_each_article_is_analysed_by_one_set_and_says_which(place: Place) -> None:
    current, found = make_current(place), list[Analysis]()
    digests = {"old": current.settings.digest}

    async def reload_often(done: asyncio.Event, analysed: asyncio.Semaphore) -> None:
        for number in range(RELOADS):
            name = ("new", "old")[number % 2]
            write_set(place, name)
            assert await asyncio.to_thread(current.reload)
            digests[name] = current.settings.digest
            for _ in range(number % 5):
                await analysed.acquire()
        done.set()

    async def flow(analyst: Analyst, done: asyncio.Event, analysed: asyncio.Semaphore) -> None:
        while not done.is_set():
            text = f"The Al-Fajr Brigade burned the wheat of farm {len(found)}."
            found.append(await analyst.analyse(Material(text.encode(), "text")))
            analysed.release()

    async def run() -> None:
        done, analysed = asyncio.Event(), asyncio.Semaphore(0)
        with make_analyst(current, HealthBoard()) as analyst:
            await asyncio.gather(reload_often(done, analysed), *(flow(analyst, done, analysed) for _ in range(4)))

    asyncio.run(run())
    stored = keep_all(place, found)

    assert len(stored) > RELOADS
    assert {digest for digest, _, _ in stored} == set(digests.values())
    names = {digest: name for name, digest in digests.items()}
    for digest, rules, entities in stored:
        name = names[digest]
        assert (rules, entities) == ({f"{name}-1", f"{name}-2"}, {name})


def keep_all(place: Place, found: list[Analysis]) -> list[tuple[str, set[str], set[str]]]:
    """Store analyses as the daemon does; what their alerts then say: digest, rules, entities."""
    store = place.store()
    try:
        links = add_links(store, len(found))
        for link, analysis in zip(links, found, strict=True):
            store.save_analysis(link, analysis, NOW, outlet_name="The Wire")
        alerts = store.read_alerts(len(found))
    finally:
        store.close()
    return [
        (alert.settings_digest, {hit.rule for hit in alert.hits}, {mention.entity for mention in alert.mentions})
        for alert in alerts
    ]


def add_links(store: Store, count: int) -> list[PendingLink]:
    urls = [f"https://a.example/{number}" for number in range(count)]
    poll = Poll("feed", outlet="wire", at=NOW, verdict=PollVerdict.CHANGED, status=200)
    store.save_poll(poll, [SeenLink(url, Link(url)) for url in urls], SourceState("feed", NOW + timedelta(days=1)))
    return store.read_pending(NOW + timedelta(minutes=1), count)


@pytest.mark.parametrize(
    "rules",
    [
        "rules:\n  new: {severity: info, when: rice, examples: [{text: Wheat grew., matches: true}]}\n",
        "rules:\n  new: {severity: info, when: rice, examples: [{text: Rice grew., matches: false}]}\n",
        "rules:\n  new: {severity: info, when: 'rice AND'}\n",
        "rules:\n  new: {severity: info, when: rice, unless: 'rice OR'}\n",
        "rules:\n  new: {severity: info, when: '/(a|aa)+$/', examples: [{text: " + "a" * 60 + "!, matches: false}]}\n",
    ],
)
def test_rules_that_are_wrong_or_whose_examples_fail_are_refused_and_the_old_set_stays(
    place: Place, rules: str
) -> None:
    current = make_current(place)
    before = (current.settings, current.snapshot)
    place.write("rules.yaml", rules)

    with capture_logs() as logs:
        assert not current.reload()
    assert not current.reload(), "what was refused once is no set that was found right"

    assert (current.settings, current.snapshot) == before
    [refusal] = [log for log in logs if log["event"] == "settings_refused"]
    assert "rules.yaml" in refusal["problems"][0]
    assert "new" in refusal["problems"][0]


async def measure_lag(work: Callable[[], Awaitable[object]]) -> float:
    """The longest that the event loop was kept from going on while something was done, in seconds."""
    longest, done = 0.0, asyncio.Event()

    async def tick() -> None:
        nonlocal longest
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    ticking = asyncio.create_task(tick())
    try:
        await work()
    finally:
        done.set()
        await ticking
    return longest


def test_a_rule_that_runs_away_is_switched_off_and_told_once_and_the_loop_goes_on(place: Place) -> None:
    place.write("rules.yaml", RUNAWAY)
    current, board, found = make_current(place), HealthBoard(), list[Analysis]()

    async def run() -> float:
        with make_analyst(current, board) as analyst:
            await analyst.analyse(Material(b"Nothing is here to be told.", "text"))

            async def work() -> None:
                found.extend(await asyncio.gather(*(analyst.analyse(LONG_WORD) for _ in range(6))))

            lag = await measure_lag(work)
            write_set(place, "new")
            assert await asyncio.to_thread(current.reload)
            await analyst.analyse(LONG_WORD)
            return lag

    with capture_logs() as logs:
        lag = asyncio.run(run())

    assert [[hit.rule for hit in analysis.hits] for analysis in found] == [["good"]] * 6
    told = [(log["event"], log.get("rule"), log.get("kind")) for log in logs if log["log_level"] in {"error", "info"}]
    assert [each for each in told if each[0] != "settings_reloaded"] == [
        ("rule_disabled", "bad", None),
        ("trouble_begins", None, "rule_disabled"),
        ("trouble_ends", None, "rule_disabled"),
    ]
    assert lag < 0.1


def test_every_rule_that_runs_away_is_told_be_it_later_than_another(place: Place) -> None:
    rules = "rules:\n  bad: {severity: info, when: '/(a|aa)+$/'}\n  worse: {severity: info, when: '/(b|bb)+$/'}\n"
    place.write("rules.yaml", rules)
    current, board = make_current(place), HealthBoard()
    other = Material(b"The wheat was sown. " + b"b" * 60 + b"! Nobody knows why.", "text", url="https://a.example/2")

    async def run() -> None:
        with make_analyst(current, board) as analyst:
            for material in (LONG_WORD, other, LONG_WORD):
                await analyst.analyse(material)

    with capture_logs() as logs:
        asyncio.run(run())

    assert [log["detail"] for log in logs if log["event"] == "trouble_begins"] == [
        "bad: its regular expression ran away on https://a.example/1",
        "worse, bad: their regular expressions ran away, the last on https://a.example/2",
    ]


def test_of_very_many_rules_that_ran_away_some_are_named_and_the_others_counted() -> None:
    told = tell_runaways([f"bad-{number}" for number in range(30)], "https://a.example/1")
    assert told.startswith("bad-0, bad-1, bad-2, bad-3, bad-4 and 25 more: ")


def test_a_stored_hit_is_derived_again_from_the_stored_bytes_and_the_recorded_settings(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    with Website() as site, place.daemon() as daemon:
        place.watch(site, "/rss.xml")
        site.page("/news/attack", make_article("Drones strike Ain al-Asad", BASE_ATTACK, FILLER))
        site.feed("/rss.xml", [Item("Attack", site.url("/news/attack"))])
        daemon.wait_for(place.stream)
        daemon.stop()
    alert = alert_from_json(json.dumps(place.stream()[0]))
    place.write("rules.yaml", "rules: {}\n")  # what is in force now does not matter

    store = place.store()
    [stored] = store.read_captures()
    store.close()
    assert alert.capture is not None
    run = load_verified(place.folder, place.environ).run
    snapshot = place.data / "run" / f"settings-{alert.settings_digest}.json"
    settings = Settings.model_validate_json(snapshot.read_bytes())
    page = read_page(archive_folder(run), alert.capture)
    again = analyse(page_material(stored.link, page), Tools(settings))

    assert again.settings_digest == alert.settings_digest
    assert again.hits == alert.hits != ()
    assert again.stances == alert.stances
