"""Furniture from the crawl to the command line: learned by the daemon, kept over restarts, decided by an analyst."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scheduler.cli import app
from tests.running import FILLER, Place, make_place
from tests.website import Item, Website

THREAT = "Kataib Hezbollah threatens to attack Ain al-Asad air base: join our channel and read it first."
OUTLET = "outlets:\n  local: {name: Local Outlet, homepage: https://local.example/, language: en, sources: []}\n"
SUBJECTS = ("harvest", "museum", "railway", "bridge", "school")


def make_page(subject: str) -> str:
    """An article in whose middle the outlet promotes itself with the name of a group and a base."""
    story = "".join(
        f"<p>The {subject} was the talk of the town on day {day}, and nobody who was asked about it was glad.</p>"
        for day in range(1, 4)
    )
    box = f'<div class="promo"><p>{THREAT}</p></div>'
    text = f'<div class="text">{story}{box}<p>The {subject} is to be repaired, they said.</p></div>'
    head = f"<!doctype html><html lang=en><head><title>News of the {subject}</title></head>"
    return f"{head}<body><article><h1>News of the {subject}</h1>{text}</article></body></html>"


Publish = Callable[[int], None]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path / "place")
    place.write("rules.yaml", "rules:\n  named:\n    severity: warning\n    when: '@group:kataib-hezbollah'\n")
    return place


def publish_to(site: Website, place: Place) -> Publish:
    """Lets the first so many subjects be in the feed."""

    def publish(count: int) -> None:
        for subject in SUBJECTS[:count]:
            site.page(f"/news/{subject}", make_page(subject))
        site.feed("/rss.xml", [Item(subject, site.url(f"/news/{subject}")) for subject in SUBJECTS[:count]])

    publish(1)
    place.watch(site, "/rss.xml")
    return publish


def call(place: Place, *arguments: str) -> Result:
    """A command in this process: each of its own would import everything anew."""
    clean = {name: None for name in os.environ if name.startswith("BASEWATCH_")}
    return CliRunner(env=clean).invoke(app, [*arguments, "--config", str(place.folder)])


def list_blocks(place: Place, *options: str) -> list[dict[str, object]]:
    shown = call(place, "furniture", "local", "--json", *options)
    assert shown.exit_code == 0, shown.stderr
    return [json.loads(line) for line in shown.stdout.splitlines()]


def promo_of(blocks: list[dict[str, object]]) -> dict[str, object]:
    return next(block for block in blocks if block["text"] == THREAT)


def extract_page(place: Place, page: Path) -> dict[str, Any]:
    """What another process makes of a page with what the outlet's pages taught the daemon."""
    line: dict[str, Any] = json.loads(call(place, "extract", str(page), "--outlet", "local", "--jsonl").stdout)
    return line


def test_the_daemon_learns_what_an_outlet_repeats_and_heeds_the_analyst(place: Place, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(make_page("theatre"), encoding="utf-8")
    with Website() as site, place.daemon() as daemon:
        publish = publish_to(site, place)
        for count in range(1, 4):  # one after the other, so that each is read with what those before it taught
            publish(count)
            daemon.wait_outcomes(count)
        outcomes = [str(outcome) for outcome in place.outcomes().values()]
        assert sorted(outcomes) == ["hit", "hit", "no_hit"], "two articles teach what the third is spared"
        promo = promo_of(list_blocks(place))
        assert (promo["articles"], promo["of"], promo["is_furniture"]) == (3, 3, True)
        assert "beside" in str(promo["why"])

        tried = call(place, "try", str(page), "--outlet", "local").stdout
        assert f"furniture:{promo['key']}: Kataib Hezbollah threatens" in tried
        assert "mentions dropped with it: Kataib Hezbollah (group), Ain al-Asad Air Base (base)" in tried
        extracted = extract_page(place, page)
        assert THREAT not in extracted["text"]
        assert [piece["text"] for piece in extracted["removed"]].count(THREAT) == 1

        assert promo_of(list_blocks(place, "--keep", str(promo["key"])[:6]))["verdict"] == "keep"
        publish(4)
        daemon.wait_outcomes(4)
        daemon.stop()
    assert str(place.outcomes()["/news/bridge"]) == "hit", "the daemon heeds what was decided while it ran"
    assert THREAT in extract_page(place, page)["text"], "kept for good, whoever asks afterwards"
    check_replays(place, str(promo["key"]))


def check_replays(place: Place, promo: str) -> None:
    """Of the four pages, with the box kept and with the box cut."""
    place.write("sources.yaml", "outlets: {}\n")
    replayed = call(place, "replay")
    assert "4 pages replayed: " in replayed.stdout
    assert "0 gone" in replayed.stdout
    list_blocks(place, "--cut", promo)
    gone = [json.loads(line) for line in call(place, "replay", "--json", "--commit").stdout.splitlines()]
    assert [row["kind"] for row in gone].count("difference") == 3, (
        "replay reads every page with what is known at its own time"
    )
    with place.store()._read("look") as connection:
        query = "SELECT count(DISTINCT furniture_digest), count(*) FROM articles WHERE revision = 2"
        assert connection.exec_driver_sql(query).one() == (1, 3), "and says with which verdict"


def test_blocks_and_outlets_that_nobody_knows_are_refused(place: Place) -> None:
    place.write("sources.yaml", OUTLET)
    unknown, block = call(place, "furniture", "nobody"), call(place, "furniture", "local", "--cut", "nothing")
    assert (unknown.exit_code, block.exit_code) == (2, 2)
    assert "no outlet is called nobody" in unknown.stderr
    assert "'nothing' is not the id of a block" in block.stderr
    assert "Nothing was learned" in call(place, "furniture", "local").stdout


def test_extract_prints_a_line_for_each_input_and_makes_no_database(place: Place, tmp_path: Path) -> None:
    place.write("sources.yaml", OUTLET)
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.html").write_text(make_page("harvest"), encoding="utf-8")
    (pages / "b.html").write_bytes(b"")
    (pages / "c.txt").write_text(f"A title\n\n{FILLER}\n", encoding="utf-8")

    done = call(place, "extract", str(pages), str(tmp_path / "gone.html"), "--jsonl", "--outlet", "local")
    read = call(place, "extract", str(pages / "a.html"))

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(line["file"]).name for line in lines] == ["a.html", "b.html", "c.txt", "gone.html"]
    assert [bool(line.get("error")) for line in lines] == [False, True, False, True]
    assert {"title", "text", "published", "language", "direction", "zones", "removed"} <= lines[0].keys()
    assert (done.exit_code, read.exit_code) == (1, 0)
    assert "The harvest was the talk of the town on day 1" in read.stdout
    assert not (place.data / "basewatch.sqlite").exists()
