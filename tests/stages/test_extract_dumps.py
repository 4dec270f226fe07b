"""Dumped text, and the same lines as a page: every line ends up in its zone."""

import json
import os
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extract.article import extract
from crawler.models import Article, Material
from settings.model import ResidueRule
from tests.shipped import read_shipped
from tests.stages.extract.dumps import NAMES, TEMPLATES, Dump, read_dump_file, write_page

SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared"))
DATES = {
    "monitor_report": datetime(2024, 5, 6, tzinfo=UTC),
    "daily_with_boxes": datetime(2023, 10, 2, 9, 15, tzinfo=UTC),
    "weekly_with_widgets": datetime(2024, 3, 3, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def residue() -> tuple[ResidueRule, ...]:
    return read_shipped().residue


def body_lines(article: Article) -> list[str]:
    return [" ".join(line.split()) for line in article.body.split("\n")]


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_dump_ends_up_in_its_zone(name: str, residue: tuple[ResidueRule, ...]) -> None:
    dump = read_dump_file(name)
    article = extract(Material(dump.as_text(), "text"), residue)
    assert body_lines(article) == dump.select("body")
    assert article.title == next(iter(dump.select("title")), "")
    assert list(article.captions) == list(dict.fromkeys(dump.select("caption")))
    cut = [piece.text for piece in article.removed if piece.rule != "date-line"]
    assert sorted(cut) == sorted(dump.select("cut"))
    assert article.published == DATES.get(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_lines_as_a_page_give_the_same_article(name: str, residue: tuple[ResidueRule, ...]) -> None:
    dump = read_dump_file(name)
    article = extract(Material(dump.as_page(), "html"), residue)
    assert body_lines(article) == dump.select("body")
    assert article.title == next(iter(dump.select("title")), "")
    assert list(article.captions) == list(dict.fromkeys(dump.select("caption")))


def test_what_is_cut_is_kept_with_its_reason(residue: tuple[ResidueRule, ...]) -> None:
    article = extract(Material(read_dump_file("daily_with_boxes").as_text(), "text"), residue)
    reasons = {piece.text: piece.reason for piece in article.removed}
    assert "Houthis: Movement that holds Sanaa and fires at ships" in reasons
    assert all(reasons.values())


def test_a_stub_is_marked_as_truncated(residue: tuple[ResidueRule, ...]) -> None:
    stub, whole = (read_dump_file(name).as_text() for name in ("monitor_report", "clean_report"))
    assert extract(Material(stub, "text"), residue).truncated
    assert not extract(Material(whole, "text"), residue).truncated


def test_a_single_line_is_the_body(residue: tuple[ResidueRule, ...]) -> None:
    article = extract(Material(b"Kataib Hezbollah fired rockets at Ain al-Asad", "text"), residue)
    assert article.body == "Kataib Hezbollah fired rockets at Ain al-Asad"


def read_seeds() -> list[tuple[str, Dump]]:
    golden = SHARED / "seeds" / "golden.json"
    if not golden.exists():
        return []
    places = json.loads(golden.read_text(encoding="utf-8"))
    return [(name, label_lines(SHARED / "seeds" / name, zones)) for name, zones in places.items()]


def label_lines(path: Path, zones: dict[str, object]) -> Dump:
    labels = {
        number: {"removed": "cut"}.get(zone, zone)
        for zone, numbers in zones.items()
        if zone != "outlet" and numbers is not None
        for number in (numbers if isinstance(numbers, list) else [numbers])
    }
    lines = path.read_text(encoding="utf-8").split("\n")
    return Dump(tuple((labels.get(number, "blank"), line) for number, line in enumerate(lines, start=1)))


@pytest.mark.skipif(not (SHARED / "seeds").is_dir(), reason="the seeds are not here (BASEWATCH_SHARED)")
@pytest.mark.parametrize("media", ["text", "html"])
@pytest.mark.parametrize(("name", "seed"), read_seeds())
def test_the_seeds_give_exactly_their_golden_lines(
    name: str, seed: Dump, media: str, residue: tuple[ResidueRule, ...]
) -> None:
    content = seed.as_text() if media == "text" else seed.as_page()
    article = extract(Material(content, "text" if media == "text" else "html"), residue)
    assert body_lines(article) == seed.select("body")
    assert article.title == next(iter(seed.select("title")), "")
    assert set(seed.select("caption")) == set(article.captions)
    assert (article.published is not None) == bool(seed.select("date"))
    if media == "text":
        assert set(seed.select("cut")) <= {" ".join(piece.text.split()) for piece in article.removed}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    ("name", "dump"),
    [*((name, read_dump_file(name)) for name in NAMES), *read_seeds()],
    ids=lambda part: str(part)[:20],
)
def test_every_template_around_the_lines_gives_the_same_article(
    name: str, dump: Dump, template: str, residue: tuple[ResidueRule, ...]
) -> None:
    article = extract(Material(write_page(dump, template), "html"), residue)
    assert body_lines(article) == dump.select("body")
    assert article.title == next(iter(dump.select("title")), "")
    assert set(article.captions) == set(dump.select("caption"))
    assert (article.published is not None) == bool(dump.select("date"))


ARRANGEMENTS = sorted((SHARED / "extraction" / "synthetic").glob("thenational_*.html"))


@pytest.mark.skipif(not ARRANGEMENTS, reason="the arrangements are not here (BASEWATCH_SHARED)")
@pytest.mark.parametrize("path", ARRANGEMENTS, ids=lambda path: path.stem)
def test_every_arrangement_of_boxes_around_the_fifth_seed_gives_its_golden_lines(
    path: Path, residue: tuple[ResidueRule, ...]
) -> None:
    [seed] = [seed for name, seed in read_seeds() if name.startswith("004_")]
    article = extract(Material(path.read_bytes(), "html"), residue)
    assert body_lines(article) == seed.select("body")
    assert [article.title] == seed.select("title")
    assert set(article.captions) == set(seed.select("caption"))
    assert article.published == datetime(2024, 8, 21, 16, 1, tzinfo=UTC)


PARAGRAPHS = (
    "BAGHDAD - The group said on Monday that it had attacked the air base in the west with two one-way drones, again.",
    "A source, who spoke on condition of anonymity, said that five soldiers were injured in the attack on the base.",
    "No group has claimed responsibility for the attack so far.",
)


@pytest.mark.parametrize("width", [60, 72, 100])
def test_lines_broken_at_one_width_are_paragraphs_again(width: int, residue: tuple[ResidueRule, ...]) -> None:
    dump = "\n\n".join(textwrap.fill(line, width) for line in ("Drones hit base in Iraq", *PARAGRAPHS))
    article = extract(Material(dump.encode(), "text"), residue)
    assert (article.title, article.body.split("\n")) == ("Drones hit base in Iraq", list(PARAGRAPHS))


def test_lines_that_no_width_broke_stay_apart(residue: tuple[ResidueRule, ...]) -> None:
    dump = "\n".join(("Drones hit base in Iraq", "", *PARAGRAPHS, "", "Two bases were hit.", *PARAGRAPHS[2:]))
    article = extract(Material(dump.encode(), "text"), residue)
    assert article.body.split("\n") == [*PARAGRAPHS, "Two bases were hit."]


REPORT = [
    "Two drones were shot down over the base on Saturday, an official of the province told reporters at noon.",
    "Nobody was hurt, he said, but one of the hangars at the northern end of the runway had been damaged.",
    "The group had announced a day before that the truce which it declared in the summer was at an end (AFP)",
    "An inquiry was ordered by the government, which called the attack a breach of what had been agreed.",
]


@pytest.mark.parametrize(
    "way", [["Home > News > Iraq"], ["Home", "Middle East", "Iraq"], ["الرئيسية / أخبار / العراق"], ["Home"]]
)
def test_the_way_to_the_page_is_no_headline(way: list[str], residue: tuple[ResidueRule, ...]) -> None:
    article = extract(Material("\n".join([*way, "Drones over the base", *REPORT]).encode(), "text"), residue)
    assert article.title == "Drones over the base"
    assert body_lines(article) == REPORT
    assert [piece.text for piece in article.removed if piece.rule == "way-to-page"] == way


@pytest.mark.parametrize("title", ["Home > sweet home for the fallen", "Home front braces for drones", "Iraq"])
def test_a_headline_that_begins_like_a_way_stays_the_headline(title: str, residue: tuple[ResidueRule, ...]) -> None:
    article = extract(Material("\n".join([title, *REPORT]).encode(), "text"), residue)
    assert article.title == title
    assert body_lines(article) == REPORT


def test_a_sentence_within_the_report_is_no_caption_for_the_agency_behind_it(residue: tuple[ResidueRule, ...]) -> None:
    caption = "Smoke rises over the base on Saturday. (AFP)"
    article = extract(Material("\n".join(["Drones over the base", caption, *REPORT]).encode(), "text"), residue)
    assert body_lines(article) == REPORT
    assert article.captions == (caption,)


@pytest.mark.parametrize("heading", ["Related", "أخبار ذات صلة", "Related:"])
def test_headlines_below_a_box_are_cut_where_nothing_else_follows(
    heading: str, residue: tuple[ResidueRule, ...]
) -> None:
    others = ["Houthis fire missile at airport", "Badr Organization names new chief"]
    text = "\n".join(["Drones over the base", *REPORT, heading, *others])
    assert body_lines(extract(Material(text.encode(), "text"), residue)) == REPORT


def test_a_way_that_ends_in_the_headline_is_not_cut(residue: tuple[ResidueRule, ...]) -> None:
    text = "\n".join(["Home > Iraq > Drones hit the base of Harir", "By Sami Saleh", *REPORT])
    article = extract(Material(text.encode(), "text"), residue)
    assert article.title == "Home > Iraq > Drones hit the base of Harir"
    assert article.authors == ("Sami Saleh",)


def test_paragraphs_without_stops_below_read_also_are_no_headlines(residue: tuple[ResidueRule, ...]) -> None:
    plain = ["وقال مصدر أمني إن القاعدة تعرضت لهجوم بطائرتين مسيرتين", "وأضاف أن الدفاعات أسقطت إحداهما"]
    text = "\n".join(["هجوم على القاعدة", *REPORT, "اقرأ أيضا", *plain])
    assert body_lines(extract(Material(text.encode(), "text"), residue))[-2:] == plain
