"""Live blogs without structured data, in many makes; and what only looks like one."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler.extract.article import extract
from crawler.models import Article, Material
from tests.shipped import read_shipped

MAKES = Path(__file__).parent / "extract" / "live"
RESIDUE = read_shipped().residue
INTRODUCTION = "Iraq woke to news of strikes on two bases. Follow what is known so far on this page, entry by entry."
ENTRIES = (
    (
        "16:05",
        "Second drone shot down",
        "A second drone was shot down near the Harir air base, a coalition officer said.",
    ),
    (
        "15:40",
        "Group claims attack",
        "The Islamic Resistance in Iraq said in a statement that it had fired two drones.",
    ),
    (
        "14:10",
        "Sirens in Erbil",
        "Residents of Erbil heard sirens and two blasts, and the airport stopped all flights.",
    ),
    (
        "13:55",
        "Baghdad condemns",
        "The prime minister condemned the attack and asked the security forces to find the men.",
    ),
)
EXPECTED = [line for clock, head, text in ENTRIES for line in (f"2024-08-21 {clock} UTC: {head}", text)]


def write_entries(template: str, entries: Sequence[tuple[str, str, str]] = ENTRIES) -> str:
    return "".join(
        template.format(n=number, iso=f"2024-08-21T{clock}:00Z", clock=clock, head=head, text=text)
        for number, (clock, head, text) in enumerate(entries)
    )


AROUND = "<main><article><h1>Live: strikes in Iraq</h1><p>{intro}</p>{rows}</article></main>"


def read(rows: str, around: str = AROUND) -> Article:
    body = around.format(intro=INTRODUCTION, rows=rows)
    nav = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(9)) + "</ul></nav>"
    head = "<head><title>Live: strikes in Iraq</title><link rel='canonical' href='https://example.org/live/1'></head>"
    page = f"<!doctype html><html lang='en'>{head}<body>{nav}{body}<footer><p>Imprint</p></footer></body></html>"
    return extract(Material(page.encode(), "html", timezone="Asia/Baghdad"), RESIDUE)


HEADED = {path.stem: path.read_text(encoding="utf-8") for path in sorted((MAKES / "entries").iterdir())}


@pytest.mark.parametrize("make", HEADED)
def test_one_entry_is_one_section_with_its_time(make: str) -> None:
    assert read(write_entries(HEADED[make])).body.split("\n") == [INTRODUCTION, *EXPECTED]


def test_entries_without_a_heading_begin_with_their_time() -> None:
    body = read(write_entries("<div class='u'><time datetime='{iso}'>{clock}</time><p>{text}</p></div>")).body
    assert body.split("\n") == [INTRODUCTION, *(f"2024-08-21 {clock} UTC: {text}" for clock, _, text in ENTRIES)]


BARE = {
    "bold": "<div class=u><b>{clock}</b><h3>{head}</h3><p>{text}</p></div>",
    "a paragraph": "<section><p>{clock}</p><h3>{head}</h3><p>{text}</p></section>",
    "bold within a paragraph": "<div class=u><p><strong>{clock}</strong></p><p><b>{head}</b></p><p>{text}</p></div>",
    "within two elements": "<div class=u><div><span><em>{clock}</em></span></div><h3>{head}</h3><p>{text}</p></div>",
    "the beginning of the heading": "<div class=u><h3>{clock} {head}</h3><p>{text}</p></div>",
    "a heading in a row without entries": "<h2>{clock}</h2><h3>{head}</h3><p>{text}</p>",
    "a line in a row without entries": "<p><strong>{clock}</strong></p><h3>{head}</h3><p>{text}</p>",
    "a link to the entry": "<div class=u><a href='#e{n}'>{clock}</a><h3>{head}</h3><p>{text}</p></div>",
    "a term": "<dl><dt>{clock}</dt><dd><h3>{head}</h3><p>{text}</p></dd></dl>",
}


@pytest.mark.parametrize("make", BARE)
def test_a_clock_needs_neither_an_element_nor_a_class_of_its_own(make: str) -> None:
    lines = [line for clock, head, text in ENTRIES for line in (f"{clock}: {head}", text)]
    assert read(write_entries(BARE[make])).body.split("\n") == [INTRODUCTION, *lines]


def test_bare_times_beside_an_article_make_no_live_blog() -> None:
    story = "".join(f"<p>{text} {text} {text}</p>" for _, _, text in ENTRIES)
    programme = "".join(f"<li><b>{clock}</b><p>{text[:70]}</p></li>" for clock, _, text in ENTRIES)
    body = read(f"{story}</article><ul>{programme}</ul><article>").body
    assert not any(clock in body for clock, _, _ in ENTRIES)


def test_a_printed_clock_is_kept_as_it_is_printed() -> None:
    rows = write_entries(
        "<div class='row'><span class='time'>{clock} GMT</span><div class='txt'><p>{text}</p></div></div>"
    )
    assert read(rows).body.split("\n") == [INTRODUCTION, *(f"{clock} GMT: {text}" for clock, _, text in ENTRIES)]


def test_entries_under_days_are_one_row() -> None:
    one = HEADED["articles"]
    rows = "".join(f"<div class='day'>{write_entries(one, part)}</div>" for part in (ENTRIES[:2], ENTRIES[2:]))
    assert read(rows).body.split("\n") == [INTRODUCTION, *EXPECTED]


def test_a_time_without_a_zone_is_that_of_the_outlet() -> None:
    rows = write_entries(
        "<article><time datetime='2024-08-21T{clock}'>{clock}</time><h3>{head}</h3><p>{text}</p></article>"
    )
    assert "2024-08-21 13:05 UTC: Second drone shot down" in read(rows).body


ARTICLE = "".join(
    f"<p>{text} {head} was the word of the day, an official in Baghdad told the outlet.</p>"
    for _, head, text in ENTRIES
)
OTHERS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((MAKES / "others").iterdir())}


@pytest.mark.parametrize("make", OTHERS)
def test_rows_beside_an_article_are_no_live_blog(make: str) -> None:
    around = "<main><article><h1>Live: strikes in Iraq</h1><p>{intro}</p>" + ARTICLE + "</article>{rows}</main>"
    body = read(write_entries(OTHERS[make]), around).body
    assert "UTC" not in body
    assert body.startswith(INTRODUCTION)
    assert "word of the day" in body
