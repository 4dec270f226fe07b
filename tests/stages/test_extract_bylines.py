# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""Who wrote an article, its picture, its standfirst, and files that are no page."""

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.extract.bylines import read_byline
from crawler.models import Article, Material
from tests.shipped import read_shipped
from tests.stages.test_extract_odd_pages import STORY, put_page

RESIDUE = read_shipped().residue
TITLE = "Drones hit base"
LINES = "".join(f"<p>{line}</p>" for line in STORY)
SUMMARY = "Two drones hit an air base in the west; a group close to Iran claims the attack within hours."
HEAD = f"<title>{TITLE}</title>"


def read(body: str, head: str = HEAD, url: str = "") -> Article:
    page = put_page(f"<article><h1>{TITLE}</h1>{body}</article>", head=head)
    return extract(Material(page, "html", url=url), RESIDUE)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Doe", ("Jane Doe",)),
        ("BY JANE DOE and Karim al-Haddad in Baghdad", ("JANE DOE", "Karim al-Haddad")),
        ("By Jane Doe, Karim Haddad and Ali Reza", ("Jane Doe", "Karim Haddad", "Ali Reza")),
        ("By Jane Doe | 25 October 2023, 18:30", ("Jane Doe",)),
        ("Written by: Jane Doe, Middle East Correspondent", ("Jane Doe",)),
        ("By Our Correspondent", ()),
        ("By Reuters", ()),
        ("كتب: أحمد رشيد وعلي حسن", ("أحمد رشيد", "علي حسن")),
        ("بقلم أحمد رشيد", ("أحمد رشيد",)),
        ("نویسنده: علی رضایی", ("علی رضایی",)),
        ("Von Jana Beck, Erbil", ("Jana Beck",)),
        ("Par Jean Dupont et Anne Roy", ("Jean Dupont", "Anne Roy")),
        ("Yazan: Ayşe Kaya", ("Ayşe Kaya",)),
        ("מאת יוסי כהן", ("יוסי כהן",)),
        ("By Tuesday", None),
        ("By dawn two drones had fallen", None),
        ("By land and sea", None),
        ("By contrast, Iran denied it", None),
        ("By Jane Doe, who covers Iraq", None),
        ("Von der Leyen reist nach Bagdad", None),
        ("Par la suite", None),
        ("كتب: سنرد على العدوان في الوقت المناسب", None),
        ("By", None),
    ],
)
def test_a_byline_is_names_and_no_sentence(line: str, names: tuple[str, ...] | None) -> None:
    assert read_byline(line) == names


@pytest.mark.parametrize("place", ["head", "tail"])
def test_a_byline_leaves_the_text_and_names_the_author(place: str) -> None:
    line = "<p>By Jane Doe</p>"
    article = read(line + LINES if place == "head" else LINES + line)
    assert article.body.split("\n") == list(STORY)
    assert article.authors == ("Jane Doe",)


def test_a_byline_in_the_midst_of_a_text_stays() -> None:
    text = "\n\n".join([TITLE, *STORY[:2], "By Any Means", *STORY[2:]])
    article = extract(Material(text.encode(), "text"), RESIDUE)
    assert "By Any Means" in article.body
    assert article.authors == ()


def test_a_cut_byline_says_why() -> None:
    text = "\n\n".join([TITLE, "كتب: أحمد رشيد", *STORY])
    article = extract(Material(text.encode(), "text"), RESIDUE)
    assert [(piece.text, piece.rule) for piece in article.removed] == [("كتب: أحمد رشيد", "byline")]
    assert article.authors == ("أحمد رشيد",)


@pytest.mark.parametrize(
    "line",
    [
        "<p class=byline>By <a rel=author href=/a/j>Jane Doe</a> and <a rel=author href=/a/k>Karim Haddad</a></p>",
        "<div class=authors><i itemprop=author>Jane Doe</i>, <i itemprop=author>Karim Haddad</i></div>",
        "<div class=byline>Jane Doe and Karim Haddad</div>",
    ],
)
def test_elements_made_for_it_name_the_authors(line: str) -> None:
    assert read(line + LINES).authors == ("Jane Doe", "Karim Haddad")


def test_authors_in_a_box_beside_the_article_are_not_its_own() -> None:
    box = "<aside><p class=byline>By <a rel=author href=/a/x>Other Writer</a></p></aside>"
    assert read(box + LINES).authors == ()


def test_a_picture_is_found_where_it_is_loaded_late() -> None:
    late = '<figure><img src="data:image/gif;base64,R0" data-src="/l.jpg"></figure>'
    assert read(late + LINES, url="https://x.example/a").image_url == "https://x.example/l.jpg"
    logo = '<img src="/img/logo.png"><img src="/face.jpg" width="40">'
    assert read(logo + LINES, url="https://x.example/a").image_url == ""


def test_a_relative_picture_is_read_against_the_canonical_address() -> None:
    data = '{"@type": "NewsArticle", "image": {"@type": "ImageObject", "contentUrl": "/img/a.jpg"}}'
    canonical = '<link rel="canonical" href="https://x.example/a">'
    head = f'{HEAD}{canonical}<script type="application/ld+json">{data}</script>'
    assert read(LINES, head).image_url == "https://x.example/img/a.jpg"


def test_a_standfirst_stands_in_one_zone_only() -> None:
    head = f'{HEAD}<meta name="description" content="{SUMMARY}">'
    article = read(f"<p class=standfirst>{SUMMARY}</p>{LINES}", head)
    assert article.description == SUMMARY
    assert article.body.split("\n") == list(STORY)
    flash = read(f"<p class=standfirst>{SUMMARY}</p><p>{STORY[1]}</p>", head)
    assert SUMMARY in flash.body


@pytest.mark.parametrize("tag", ["h2", "p", "div"])
def test_a_page_without_a_description_has_what_it_shows_as_its_standfirst(tag: str) -> None:
    article = read(f"<{tag} class=article__standfirst>{SUMMARY}</{tag}>{LINES}")
    assert (article.description, article.body.split("\n")) == (SUMMARY, list(STORY))


ARABIC = "كتائب حزب الله تعلن استهداف قاعدة حرير في أربيل بطائرتين مسيرتين مساء الاثنين."
HIDDEN = "hit by Iran in 2020 after the killing of a general"
FIRST_BLOCKS = {
    "a kicker and a line break": (f"<p><strong>بغداد / خاص</strong><br>{ARABIC}</p>{LINES}", [ARABIC, *STORY]),
    "a table": (f"<table><tr><td>{'<br><br>'.join(STORY)}</td></tr></table>", list(STORY)),
    "hidden words": (LINES.replace("air base", f"air base<span style='display: none'>{HIDDEN}</span>"), list(STORY)),
}


@pytest.mark.parametrize(("body", "lines"), FIRST_BLOCKS.values(), ids=FIRST_BLOCKS)
def test_what_stands_under_the_heading_is_read_block_by_block(body: str, lines: list[str]) -> None:
    """Glued, it would say what nobody wrote, and differ from the body's line, so that both would stand."""
    article = read(body)
    assert article.description == ""
    assert [line for line in article.body.split("\n") if len(line) > len("بغداد / خاص")] == lines


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\nBT (Two drones hit the base.) Tj ET", "not-html: a PDF file"),
        (b'{"title": "Drones hit base", "text": "Two drones hit the base before dawn."}', "not-html: JSON, data"),
        (b'[{"a": 1}]', "not-html: JSON, data"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "not-html: a picture"),
        (bytes(range(1, 32)) * 40, "not-html: binary data"),
    ],
)
@pytest.mark.parametrize("media", ["html", "text"])
def test_a_file_that_is_no_page_is_refused_with_its_kind(content: bytes, reason: str, media: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        extract(Material(content, media), RESIDUE)  # type: ignore[arg-type] # one of the two


def test_a_text_that_begins_with_a_bracket_is_a_text() -> None:
    text = "[Baghdad] " + "\n".join(STORY)
    assert extract(Material(text.encode(), "text"), RESIDUE).body


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            "Maintenance",
            "Iraq's fleet at Balad is grounded for lack of maintenance, three officers told us on Tuesday.",
        ),
        (
            "404 killed: The toll of the drone war",
            "Four hundred and four people were killed by drones in the region, a count by the paper shows.",
        ),
        (
            "Forbidden",
            "Access to the base at Harir is forbidden to the press after the attack of Tuesday, a ministry said.",
        ),
    ],
)
def test_a_report_under_the_heading_of_a_notice_is_a_report(title: str, told: str) -> None:
    page = put_page(f"<article><h1>{title}</h1><p>{told}</p></article>", head=f"<title>{title}</title>")
    assert told in extract(Material(page, "html"), RESIDUE).body


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            "Maintenance",
            "We work on our website at the moment and will be back soon, thank you for waiting until then.",
        ),
        (
            "404",
            "Sorry, the page that you want is no longer here, but you may find it from the first page of all.",
        ),
        ("404 - Example News", "Nothing was found under this address."),
        (
            "Forbidden",
            "You do not have permission to see this page, so go back and ask the administrator for help with it.",
        ),
    ],
)
def test_a_notice_of_many_words_is_still_a_notice(title: str, told: str) -> None:
    page = put_page(f"<h1>{title}</h1><p>{told}</p>", head=f"<title>{title}</title>")
    with pytest.raises(Unreadable):
        extract(Material(page, "html"), RESIDUE)
