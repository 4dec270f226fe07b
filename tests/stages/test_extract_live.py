"""Live blogs without structured data, in many makes; and what only looks like one."""

import json
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


TITLE = "Live: strikes in Iraq"
CANONICAL = "<link rel='canonical' href='https://example.org/live/1'>"
AROUND = "<main><article><h1>Live: strikes in Iraq</h1><p>{intro}</p>{rows}</article></main>"


def read(rows: str, around: str = AROUND, *, names_itself: str = CANONICAL, title: str = TITLE) -> Article:
    body = around.format(intro=INTRODUCTION, rows=rows)
    nav = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(9)) + "</ul></nav>"
    head = f"<head><title>{title}</title>{names_itself}</head>"
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


# ── what stands around the entries ───────────────────────────────────────────────────────────────

ENTRY = "<div class='e'><time datetime='{iso}'>{clock}</time><h3>{head}</h3><p>{text}</p></div>"
POINTS = ("Two drones hit the base at Ain al-Asad, the coalition says.", "Flights from Erbil are cancelled until noon.")
BACKGROUND = "Kataib Hezbollah had threatened on Friday to attack the base, and repeated the threat on Sunday."
ABOVE = {
    "a list": "<ul class='summary'>" + "".join(f"<li>{point}</li>" for point in POINTS) + "</ul>",
    "divisions": "<div class='summary'>" + "".join(f"<div>{point}</div>" for point in POINTS) + "</div>",
    "a headed box": "<section><h2>Key points</h2>" + "".join(f"<p>{point}</p>" for point in POINTS) + "</section>",
}


@pytest.mark.parametrize("make", ABOVE)
def test_key_points_above_the_entries_stay(make: str) -> None:
    around = "<main><article><h1>Live: strikes in Iraq</h1><p>{intro}</p>" + ABOVE[make] + "{rows}</article></main>"
    headed = ["Key points"] if "h2" in ABOVE[make] else []
    assert read(write_entries(ENTRY), around).body.split("\n") == [INTRODUCTION, *headed, *POINTS, *EXPECTED]


BELOW = {
    "a paragraph": f"<p>{BACKGROUND}</p>",
    "a headed section": f"<div class='background'><h2>Background</h2><p>{BACKGROUND}</p></div>",
}


@pytest.mark.parametrize("make", BELOW)
def test_background_below_the_entries_stays(make: str) -> None:
    around = "<main><article><h1>Live: strikes in Iraq</h1><p>{intro}</p><div>{rows}</div>" + BELOW[make]
    body = read(write_entries(ENTRY), around + "</article></main>").body
    headed = ["Background"] if "h2" in BELOW[make] else []
    assert body.split("\n") == [INTRODUCTION, *EXPECTED, *headed, BACKGROUND]


def test_a_label_beside_the_entries_is_cut_and_kept() -> None:
    label = "<p><a href='/desk'>Our desk</a></p>"
    article = read(label + write_entries(ENTRY))
    assert article.body.split("\n") == [INTRODUCTION, *EXPECTED]
    assert [piece.rule for piece in article.removed if piece.text == "Our desk"] == ["beside-entries"]


def test_a_timeline_within_a_report_stays_in_its_place() -> None:
    around = "<main><article><h1>The night of the attack</h1><p>{intro}</p>{rows}<p>" + BACKGROUND + "</p>"
    row = "<div class='e'><time>{clock}</time><p>{text}</p></div>"
    body = read(write_entries(row), around + f"<p>{BACKGROUND[:-1]}, officials said.</p></article></main>").body
    entries = [f"{clock}: {text}" for clock, _, text in ENTRIES]
    assert body.split("\n") == [INTRODUCTION, *entries, BACKGROUND, f"{BACKGROUND[:-1]}, officials said."]


PERMALINKS = {
    "below the page": "/live/1/post-{n}",
    "by number": "https://example.org/live/1/{n}",
    "by query": "https://example.org/live/1?post={n}",
    "by a path and query": "/live/1?post={n}",
    "by fragment": "https://example.org/live/1#post-{n}",
}
NAMES = {
    "canonical": CANONICAL,
    "a path": "<link rel='canonical' href='/live/1'>",
    "og:url": "<meta property='og:url' content='https://example.org/live/1'>",
}


@pytest.mark.parametrize("named", NAMES)
@pytest.mark.parametrize("link", PERMALINKS)
def test_entries_whose_headings_link_to_themselves_are_entries(link: str, named: str) -> None:
    row = f"<div class='e'><time datetime='{{iso}}'>{{clock}}</time><h3><a href='{PERMALINKS[link]}'>{{head}}</a></h3>"
    body = read(write_entries(row + "<p>{text}</p></div>"), names_itself=NAMES[named]).body
    assert body.split("\n") == [INTRODUCTION, *EXPECTED]


@pytest.mark.parametrize("link", ["/live/1?post={n}", "/live/1#post-{n}"])
def test_links_to_parts_of_one_page_are_its_own_where_it_does_not_tell_its_address(link: str) -> None:
    row = f"<div class='e'><time datetime='{{iso}}'>{{clock}}</time><h3><a href='{link}'>{{head}}</a></h3>"
    body = read(write_entries(row + "<p>{text}</p></div>"), names_itself="").body
    assert body.split("\n") == [INTRODUCTION, *EXPECTED]


OWN_PAGES = {
    "the time leads there too": "<a href='/p/{n}'>{clock}</a><h3><a href='/p/{n}'>{head}</a></h3><p>{text}</p>",
    "the address says so": "<b>{clock}</b><h4><a href='/liveblog_entry/{n}/'>{head}</a></h4><p>{text}</p>",
    "more text than cards have": "<b>{clock}</b><h3><a href='/n/{n}'>{head}</a></h3><p>{text}</p><p>More: {text}</p>",
}


@pytest.mark.parametrize("make", OWN_PAGES)
def test_entries_that_have_pages_of_their_own_are_entries_where_the_page_names_itself_live(make: str) -> None:
    body = read(write_entries(f"<div class='e'>{OWN_PAGES[make]}</div>")).body.replace("More: ", "")
    lines = [line for clock, head, text in ENTRIES for line in (f"{clock}: {head}", text)]
    assert list(dict.fromkeys(body.split("\n"))) == [INTRODUCTION, *lines]


def test_a_first_report_beside_rows_that_lead_elsewhere_keeps_them_out() -> None:
    row = f"<div class='e'>{OWN_PAGES['the time leads there too']}</div>"
    around = (
        "<main><article><h1>Live: strikes in Iraq</h1><p>{intro}</p>" + ARTICLE + "</article><div>{rows}</div></main>"
    )
    body = read(write_entries(row), around).body
    assert body.split("\n")[0] == INTRODUCTION
    assert not any(text in body.split("\n") for _, _, text in ENTRIES)


def write_data(headline: str, text: str, *, newest: int = len(ENTRIES)) -> str:
    """Structured data of the entries: a format string for each of their headlines and texts."""
    updates = [
        {
            "datePublished": f"2024-08-21T{clock}:00Z",
            "headline": headline.format(head),
            "articleBody": text.format(body),
        }
        for clock, head, body in ENTRIES[:newest]
    ]
    data = json.dumps({"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": updates})
    return f"{CANONICAL}<script type='application/ld+json'>{data}</script>"


POOR_DATA = {
    "headlines": write_data("{}", ""),
    "the newest": write_data("{}", "{}", newest=2),
    "beginnings": write_data("{}", "{:.40}…"),
    "nothing": write_data("", "", newest=0),
    "all": write_data("{}", "{}"),
}


@pytest.mark.parametrize("data", POOR_DATA.values(), ids=POOR_DATA)
def test_a_live_blog_is_told_by_whichever_tells_more_the_page_or_its_data(data: str) -> None:
    assert read(write_entries(ENTRY), names_itself=data).body.split("\n") == [INTRODUCTION, *EXPECTED]


def test_what_data_only_begin_to_tell_is_told_once() -> None:
    """Without times the page has no row, and its data no more than beginnings."""
    rows = "".join(f"<p>{text}</p>" for _, _, text in ENTRIES)
    body = read(rows, names_itself=write_data("{}", "{:.40}…")).body
    assert body.split("\n") == [INTRODUCTION, *EXPECTED]


PRINTED = (
    ("14h05", "13h40", "12h10", "11h55"),
    ("14.05 Uhr", "13.40 Uhr", "12.10 Uhr", "11.55 Uhr"),
    ("2:05 PM", "1:40 PM", "12:10 PM", "11:55 AM"),
    ("2:05 مساء", "1:40 مساءً", "12:10 ظهرا", "11:55 صباحًا"),
    ("الساعة 14:05", "الساعة 13:40", "الساعة 12:10", "الساعة 11:55"),
    ("۲:۰۵ بعدازظهر", "۱:۴۰ بعد از ظهر", "۱۲:۱۰ ظهر", "۱۱:۵۵ صبح"),  # noqa: RUF001 — Persian digits
    ("ساعت ۱۴:۰۵", "ساعت ۱۳:۴۰", "ساعت ۱۲:۱۰", "ساعت ۱۱:۵۵"),  # noqa: RUF001 — Persian digits
    ("5 minutes ago", "12 minutes ago", "an hour ago", "2 hours ago"),
    ("منذ 5 دقائق", "منذ 12 دقيقة", "منذ ساعة", "قبل ساعتين"),
    ("۵ دقیقه پیش", "۱۲ دقیقه پیش", "یک ساعت پیش", "۲ ساعت قبل"),
    ("21 Aug 2024 14:05", "21 Aug 2024 13:40", "21 Aug 2024 12:10", "21 Aug 2024 11:55"),
    ("14:05 - 21 أغسطس 2024", "13:40 - 21 أغسطس 2024", "12:10 - 21 أغسطس 2024", "11:55 - 21 أغسطس 2024"),
)


@pytest.mark.parametrize("make", ["<span>{clock}</span>", "<time>{clock}</time>", "<a><i></i> {clock}</a>"])
@pytest.mark.parametrize("clocks", PRINTED, ids=lambda clocks: clocks[0])
def test_every_way_to_print_a_time_heads_its_entry(clocks: Sequence[str], make: str) -> None:
    entries = [(clock, "", text) for clock, (_, _, text) in zip(clocks, ENTRIES, strict=True)]
    body = read(write_entries(f"<li class='u'>{make}<div><p>{{text}}</p></div></li>", entries)).body
    assert body.split("\n") == [INTRODUCTION, *(f"{clock}: {text}" for clock, _, text in entries)]


def test_the_newest_entry_does_not_tell_when_the_page_was_published() -> None:
    entries = [(f"21 Aug 2024 {clock}", head, text) for clock, head, text in ENTRIES]
    article = read(write_entries("<div class='u'><b>{clock}</b><h3>{head}</h3><p>{text}</p></div>", entries))
    assert f"{article.published:%H:%M} {article.updated:%H:%M}" == "10:55 13:05"


# ── what is none ─────────────────────────────────────────────────────────────────────────────────

FLASH = (
    "A rocket hit the perimeter of the air base in western Iraq on Tuesday, a source told the agency.",
    "No group has claimed the attack so far.",
)
FEEDS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((MAKES / "feeds").iterdir())}
POSTS = {make for make in FEEDS if make.startswith("posts")}
"""Only an article element tells them from what goes on with the report."""
HOLDERS = {
    "an article": ("<main><article>{flash}</article>", "</main>"),
    "a division": ("<div class='page'><div class='story'>{flash}</div>", "</div>"),
}


@pytest.mark.parametrize(
    ("make", "holder"),
    [(make, holder) for make in FEEDS for holder in HOLDERS if "post" not in make or "article" in holder],
)
def test_a_row_of_other_stories_below_a_flash_is_not_the_flash(make: str, holder: str) -> None:
    before, after = HOLDERS[holder]
    flash = "<h1>Rocket hits base</h1><div>" + "".join(f"<p>{line}</p>" for line in FLASH) + "</div>"
    around = before.format(flash=flash) + "<section class='feed'><h3>Wire</h3>{rows}</section>" + after
    own = "<link rel='canonical' href='https://example.org/news.php?id=77'>"
    body = read(write_entries(FEEDS[make]), around, names_itself=own, title="Rocket hits base").body
    assert body.split("\n") == list(FLASH)


SHARED = {
    "links in a list": "<ul class=share><li><a href='https://www.facebook.com/sharer?u=x'>Facebook</a></li>"
    "<li><a href='https://twitter.com/intent/tweet?url=x'>X</a></li></ul>",
    "links in a row": "<div><a href='https://wa.me/?text=x'>WhatsApp</a> <a href='#' class='share'>Share</a></div>",
    "buttons": "<button type=button>Copy link</button><button>Share</button>",
}


@pytest.mark.parametrize("shares", SHARED.values(), ids=SHARED)
def test_the_names_of_what_shares_an_entry_are_no_text_of_it(shares: str) -> None:
    make = f"<div class='entry'><time datetime='{{iso}}'>{{clock}}</time><h3>{{head}}</h3><p>{{text}}</p>{shares}</div>"
    article = read(write_entries(make))
    assert article.body.split("\n") == [INTRODUCTION, *EXPECTED]
    assert any("Share" in each.text or "Facebook" in each.text for each in article.removed)


def test_a_sentence_that_links_to_a_post_stays_in_its_entry() -> None:
    post = "He wrote so on <a href='https://x.com/a/status/1'>X</a>."
    make = "<div class=entry><time datetime='{iso}'>{clock}</time><h3>{head}</h3><p>{text} " + post + "</p></div>"
    assert all(f"{text} He wrote so on X." in read(write_entries(make)).body for _, _, text in ENTRIES)


def test_entries_that_only_the_data_have_follow_those_that_the_page_shows() -> None:
    older = [
        {"@type": "BlogPosting", "datePublished": f"2024-08-21T0{n}:00:00Z", "headline": f"Older entry {n}",
         "articleBody": f"Rocket number {n} fell on the Conoco base, and nobody was hurt."}
        for n in (5, 4)
    ]  # fmt: skip
    short = [
        {"@type": "BlogPosting", "datePublished": f"2024-08-21T{clock}:00Z", "headline": head,
         "articleBody": f"{text[:30]}…"}
        for clock, head, text in ENTRIES
    ]  # fmt: skip
    data = json.dumps({"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": [*short, *older]})
    make = "<div class='entry'><time datetime='{iso}'>{clock}</time><h3>{head}</h3><p>{text}</p></div>"
    head = f'{CANONICAL}<script type="application/ld+json">{data}</script>'
    body = read(write_entries(make), names_itself=head).body.split("\n")
    assert [line for line in body if line in EXPECTED] == EXPECTED
    assert body[-1] == "Rocket number 4 fell on the Conoco base, and nobody was hurt."
