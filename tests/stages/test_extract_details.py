"""Dates, languages, live blogs, Arc's story data, and pages too large or too deep for a tree."""

from datetime import UTC, datetime
from time import thread_time
from zoneinfo import ZoneInfo

import pytest

from crawler.extract.article import extract
from crawler.extract.dates import parse_date_line, parse_timestamp
from crawler.extract.language import choose_language
from crawler.models import Article, Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
DUBAI = ZoneInfo("Asia/Dubai")
NEEDLE = "Kataib Hezbollah attacked the Ain al-Asad base on Tuesday, and the needle is here to be found."


def read(content: str, **known: object) -> Article:
    return extract(Material(content.encode(), "html", **known), RESIDUE)  # type: ignore[arg-type] # whatever a test knows


def make_page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Title</title>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("July 30, 2024", datetime(2024, 7, 30, tzinfo=UTC)),
        ("25 October, 2023", datetime(2023, 10, 25, tzinfo=UTC)),
        ("Updated: August 21, 2024, 4:01 PM", datetime(2024, 8, 21, 12, 1, tzinfo=UTC)),
        ("Wednesday, 21 Aug 2024 16:01 GMT", datetime(2024, 8, 21, 16, 1, tzinfo=UTC)),
        ("2024-08-21T16:01:00+03:00", datetime(2024, 8, 21, 13, 1, tzinfo=UTC)),
        ("Published on 21/08/2024", datetime(2024, 8, 21, tzinfo=UTC)),
        ("الأربعاء، ٢١ أغسطس ٢٠٢٤", datetime(2024, 8, 21, tzinfo=UTC)),
        ("21 كانون الثاني 2024", datetime(2024, 1, 21, tzinfo=UTC)),
        ("الأربعاء 21 أغسطس 2024 - 04:01 م", datetime(2024, 8, 21, 12, 1, tzinfo=UTC)),
        ("چهارشنبه ۳۱ مرداد ۱۴۰۳ - ۱۶:۲۲", datetime(2024, 8, 21, 12, 22, tzinfo=UTC)),
        ("۳۰ اسفند ۱۴۰۳", datetime(2025, 3, 20, tzinfo=UTC)),
        ("1404/01/01", datetime(2025, 3, 21, tzinfo=UTC)),
        ("1403/13/01", None),
        ("31 June 2024", None),
        ("On July 30, 2024 a base was hit.", None),
        ("2024", None),
        ("August 21, 2024, 25:00", None),
    ],
)
def test_a_line_that_is_a_date_is_read_in_the_outlets_time_zone(line: str, at: datetime | None) -> None:
    assert parse_date_line(line, DUBAI) == at


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1" * 500])
def test_a_timestamp_that_is_none_is_no_error(text: str) -> None:
    assert parse_timestamp(text) is None or isinstance(parse_timestamp(text), datetime)


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en", "هدد فصيل مسلح في العراق باستهداف القاعدة الجوية في الأنبار", "ar"),
        ("ar", "گروه‌های مقاومت اعلام کردند که حمله از سر گرفته می‌شود", "fa"),
        ("", "The army said that the base had been hit and that it was closed.", "en"),
        ("fr", "The army said that the base had been hit.", "fr"),
        ("", "Ordu, üssün vurulduğunu ve bu nedenle kapatıldığını ile olarak bir bildiri için söyledi.", "tr"),
        ("", "צה״ל הודיע כי הבסיס נפגע", "he"),
        ("", "Армия сообщила, что база была атакована", "ru"),
        ("de", "12345", "de"),
    ],
)
def test_the_text_decides_its_language_where_it_can(declared: str, text: str, language: str) -> None:
    assert choose_language(declared, text) == language


def test_each_entry_of_a_live_blog_is_a_section_with_its_time() -> None:
    head = """<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Live", "liveBlogUpdate": [
      {"datePublished": "2024-08-21T16:05:00Z", "headline": "Second drone", "articleBody": "A second drone fell."},
      {"datePublished": "2024-08-21T15:55:00Z", "headline": "First drone", "articleBody": "A drone fell on Harir."}]}
    </script>"""
    body = "<article><h1>Live</h1><p>Second drone</p><p>A second drone fell.</p><p>A drone fell on Harir.</p></article>"
    assert read(make_page(body, head)).body.split("\n") == [
        "2024-08-21 16:05 UTC: Second drone",
        "A second drone fell.",
        "2024-08-21 15:55 UTC: First drone",
        "A drone fell on Harir.",
    ]


def test_what_arc_embeds_as_a_box_is_cut_and_what_it_tells_is_found() -> None:
    story = (
        '<script>window.Fusion={};Fusion.globalContent={"content_elements": ['
        '{"type": "text", "content": "<p>Two drones fell near <b>Harir</b> on Tuesday, and nobody was hurt.</p>"},'
        '{"type": "custom_embed", "embed": {"config": {"title": "The%20oasis", "content": "%3Cp%3ELiwa%20is%20an'
        '%20oasis%20in%20the%20south%20of%20Abu%20Dhabi%20that%20grows%20dates.%3C%2Fp%3E"}}}]};</script>'
    )
    told = "<p>Two drones fell near <b>Harir</b> on Tuesday, and nobody was hurt.</p>"
    box = "<p>Liwa is an oasis in the south of Abu Dhabi that grows dates.</p>"
    article = read(make_page(f"<article><h1>Drones</h1>{told}{box}</article>", story))
    assert article.body == "Two drones fell near Harir on Tuesday, and nobody was hurt."
    assert [piece.rule for piece in article.removed if "Liwa" in piece.text] == ["fact-box"]
    assert read(make_page("<div id='root'></div>", story)).body == article.body


def test_what_arc_says_of_the_times_is_stated_and_gives_way_to_meta_elements() -> None:
    story = (
        '<script>Fusion.globalContent={"display_date": "2024-08-20T08:15:00Z", "first_publish_date": 7,'
        '"last_updated_date": "2024-08-20T11:00:00Z", "content_elements": "none"};</script>'
    )
    told = f"<article><h1>Drones</h1><p>{'Two drones fell near Harir, and nobody was hurt. ' * 4}</p></article>"
    article = read(make_page(told, story))
    assert (article.published, article.published_from) == (datetime(2024, 8, 20, 8, 15, tzinfo=UTC), "meta")
    assert article.updated == datetime(2024, 8, 20, 11, tzinfo=UTC)
    meta = '<meta property="article:published_time" content="2024-08-20T07:00:00Z">'
    assert read(make_page(told, story + meta)).published == datetime(2024, 8, 20, 7, tzinfo=UTC)


def test_what_arc_says_beside_the_text_goes_into_its_zones() -> None:
    story = (
        '<script>Fusion.globalContent={"headlines": {"basic": "Drones fall"}, "description": {"basic": "Nobody hurt"},'
        '"credits": {"by": [{"name": "Jane Doe"}, 7]}, "content_elements": ['
        '{"type": "text", "content": "Two drones fell near Harir on Tuesday, and nobody was hurt, officials said."},'
        '{"type": "quote", "content_elements": [{"type": "text", "content": "We strike again"}],'
        '"citation": {"content": "Kataib Hezbollah"}}, {"type": "image", "caption": "Harir in 2020."},'
        '{"type": "table", "header": [{"type": "text", "content": "Base"}, {"type": "text", "content": "Day"}],'
        '"rows": [[{"type": "text", "content": "Harir"}, {"type": "text", "content": "Monday"}], 7]},'
        '{"type": "correction", "text": "An earlier version misnamed the base."}, {"type": "image"}]};</script>'
    )
    article = read(make_page("<div id='root'></div>", story))
    assert (article.title, article.description, article.authors) == ("Drones fall", "Nobody hurt", ("Jane Doe",))
    assert article.captions == ("Harir in 2020.",)
    told = ["We strike again", "Kataib Hezbollah", "Base Day", "Harir Monday", "An earlier version misnamed the base."]
    assert article.body.split("\n")[1:] == told


MISWRITTEN = {
    "a last comma": "{%s,}",
    "a semicolon": "{%s};",
    "a comment around": "<!-- {%s} -->",
    "CDATA": "//<![CDATA[\n{%s}\n//]]>",
    "an escaped apostrophe": '{%s, "description": "Iraq\\\'s base"}',
    "a quote that ends too soon": '{%s, "description": "He said "no" to it"}',
}


@pytest.mark.parametrize("written", MISWRITTEN.values(), ids=MISWRITTEN)
def test_the_times_of_data_with_a_slip_are_read(written: str) -> None:
    data = written % '"@type": "NewsArticle", "datePublished": "2024-08-05T22:41:00Z", "author": "By Jane Doe"'
    head = f'<script type="application/ld+json">{data}</script>'
    article = read(make_page(f"<article><h1>Drones</h1><p>{NEEDLE}</p></article>", head))
    assert (article.published, article.published_from) == (datetime(2024, 8, 5, 22, 41, tzinfo=UTC), "json-ld")
    assert article.authors in {("Jane Doe",), ()}


def test_of_data_that_cannot_be_read_the_articles_own_times_come_first() -> None:
    data = '{"@type": "NewsArticle", "headline": "He said "no"", "datePublished": "2024-01-05T03:04:05Z", "mentions":'
    head = f'<script type="application/ld+json">{data} {{"datePublished": "2021-06-01"}}}}</script>'
    article = read(make_page(f"<article><h1>Drones</h1><p>{NEEDLE}</p></article>", head))
    assert article.published == datetime(2024, 1, 5, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("address", ["/", "https://outlet.example", "https://outlet.example/index.html"])
def test_a_heading_that_leads_to_the_front_page_is_the_outlets_name(address: str) -> None:
    logo = f"<header><h1><a href='{address}'>The Outlet</a></h1></header>"
    page = f"<html><head><title>Drones fall near Harir - The Outlet</title></head><body>{logo}<article><h2>Drones fall"
    article = extract(
        Material(f"{page} near Harir</h2><p>{NEEDLE}</p></article></body></html>".encode(), "html"), RESIDUE
    )
    assert article.title == "Drones fall near Harir"


@pytest.mark.parametrize("digits", ["1722886860", "1722886860000"])
def test_a_time_may_be_told_in_seconds_since_1970(digits: str) -> None:
    head = f'<meta property="article:published_time" content="{digits}">'
    article = read(make_page(f"<article><h1>Drones</h1><p>{NEEDLE}</p></article>", head))
    assert article.published == datetime(2024, 8, 5, 19, 41, tzinfo=UTC)


def test_the_date_of_a_post_that_is_quoted_is_not_the_articles() -> None:
    post = (
        "<blockquote><p>We will strike.</p>&mdash; A leader (@leader) <a href='https://x.example/1'>March 9, 2021</a>"
    )
    page = make_page(f"<article><h1>Drones</h1><p>{NEEDLE}</p>{post}</blockquote><p>{NEEDLE[::-1]}</p></article>")
    at = datetime(2024, 8, 5, 20, tzinfo=UTC)
    article = extract(Material(page.encode(), "html", published=at), RESIDUE)
    assert (article.published, article.published_from) == (at, "feed")


PARAGRAPHS = [
    "Two drones were shot down over the base on Saturday, an official of the province told reporters at noon.",
    "Nobody was hurt, he said, but one of the hangars at the northern end of the runway had been damaged.",
    "The group had announced a day before that the truce which it declared in the summer was at an end.",
    "An inquiry was ordered by the government, which called the attack a breach of what had been agreed.",
]


def test_a_date_between_paragraphs_is_that_of_something_told() -> None:
    post = "<div class=tweet><p>Our brothers have struck the base, and will again.</p><i>November 3, 2023</i></div>"
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:2])
    rest = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[2:])
    quoted = read(make_page(f"<article><h1>Drones over the base</h1>{told}{post}{rest}</article>"))
    assert quoted.published is None
    dated = read(make_page(f"<article><h1>Drones over the base</h1><p>May 6, 2024</p>{told}{post}{rest}</article>"))
    assert dated.published == datetime(2024, 5, 6, tzinfo=UTC)
    below = read(make_page(f"<article><h1>Drones over the base</h1>{told}{rest}<p>May 6, 2024</p></article>"))
    assert below.published == datetime(2024, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize("heading", ["3 Comments", "Comments (3)", "٣ تعليقات", "3 Kommentare"])
def test_what_readers_say_below_a_heading_that_counts_it_is_no_text(heading: str) -> None:
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    said = "".join(f"<div><b>reader{each}</b><div>{NEEDLE} Says me, number {each}.</div></div>" for each in range(3))
    article = read(make_page(f"<article><h1>Drones over the base</h1>{told}<h3>{heading}</h3>{said}</article>"))
    assert article.body.split("\n") == PARAGRAPHS
    assert sum("Says me" in each.text for each in article.removed) == 3


@pytest.mark.parametrize("heading", ["Comments", "Comment by 2 officials", "4. Discussion", "3 bases", "Reaction"])
def test_a_section_of_the_report_stays_whatever_it_is_called(heading: str) -> None:
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    article = read(make_page(f"<article><h1>Drones at bases</h1>{told}<h3>{heading}</h3><p>{NEEDLE}</p></article>"))
    assert NEEDLE in article.body


@pytest.mark.parametrize(
    "line",
    [
        "May 06, 2024 - 22:12 News ID: 486112",
        "By Sara Ali | Baghdad | May 6, 2024",
        "Iraq · 06-05-2024",
        "Monday, 06 May 2024 7:15 AM [ Last Update: Tuesday, 07 May 2024 9:15 AM ]",
        "چاپ شده در: 1403-02-17 11:20 - کد خبر: 22312",
    ],
)
def test_a_date_is_found_beside_what_else_the_line_says(line: str) -> None:
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    article = read(make_page(f"<article><h1>Drones over the base</h1><div>{line}</div>{told}</article>"))
    assert article.published is not None
    assert f"{article.published:%Y-%m-%d}" == "2024-05-06"


def test_an_account_that_publishes_is_no_author() -> None:
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "author": {"name": "admin"}}</script>'
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    byline = "<div class=post-author><div>By</div> <a href=/s>Omar Faris</a><div> - </div></div>"
    article = read(make_page(f"<article><h1>Drones over the base</h1>{byline}{told}</article>", data))
    assert article.authors == ("Omar Faris",)


@pytest.mark.parametrize(
    "beside", ["<p><em>%s (Reuters)</em></p>", "<p>%s Photo: AFP</p>", "<p class=x>%s (Photo: CENTCOM)</p>"]
)
def test_a_credited_line_beside_a_picture_is_its_caption(beside: str) -> None:
    caption, told = "Soldiers stand guard near the base in 2020.", "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    picture = "<p><img src=a.jpg></p>" + beside % caption
    article = read(make_page(f"<article><h1>Drones over the base</h1>{picture}{told}</article>"))
    assert article.body.split("\n") == PARAGRAPHS
    assert [each.startswith(caption) for each in article.captions] == [True]
    plain = read(make_page(f"<article><h1>Drones</h1><p><img src=a.jpg></p><p>{NEEDLE}</p>{told}</article>"))
    assert plain.body.split("\n") == [NEEDLE, *PARAGRAPHS]


def test_a_card_that_is_one_link_leads_elsewhere_with_all_its_lines() -> None:
    told = "".join(f"<div>{text}</div>" for text in PARAGRAPHS)
    cards = "".join(
        f"<a href=/{each}><div>Houthis claim attack number {each} on a ship</div><div>{NEEDLE}</div></a>"
        for each in "123"
    )
    article = read(make_page(f"<article><h1>Drones over the base</h1>{told}{cards}</article>"))
    assert article.body.split("\n") == PARAGRAPHS


def test_a_card_for_the_article_itself_takes_nothing_from_it() -> None:
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    card = f"<a href=/1><h3>Drones over the base, again</h3><p>{PARAGRAPHS[0]}</p></a>"
    article = read(make_page(f"<article><h1>Drones over the base</h1>{told}</article><div class=z>{card}</div>"))
    assert article.body.split("\n") == PARAGRAPHS


def test_a_paragraph_that_a_reader_quotes_stays() -> None:
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    said = f"<div><b>reader</b><div>{PARAGRAPHS[1]}</div><div>{NEEDLE} Says me.</div></div>"
    article = read(make_page(f"<article><h1>Drones over the base</h1>{told}<h3>2 Comments</h3>{said}</article>"))
    assert article.body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize(
    "end", [" (AFP)", " (General Esmail Qaani)", " (Sanaa)", ", a picture: three drones on a truck", " Reuters"]
)
def test_the_only_paragraph_of_a_brief_is_no_caption(end: str) -> None:
    brief = f"{PARAGRAPHS[0][:-1]}{end}"
    article = read(make_page(f"<article><h1>Drones over the base</h1><p><img src=a.jpg></p><p>{brief}</p></article>"))
    assert article.body == brief


def test_the_date_of_a_card_is_not_the_articles() -> None:
    told = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    card = "<div><a href=/1>Rocket fire at the airport wounds one guard</a><div>Iraq | May 3, 2023</div></div>"
    article = read(make_page(f"<article><h1>Drones over the base</h1>{card}<p>November 27, 2023</p>{told}</article>"))
    assert article.published == datetime(2023, 11, 27, tzinfo=UTC)


def test_the_body_in_structured_data_stands_in_for_a_page_without_text() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "%s"}</script>'
    assert read(make_page("<div id='root'></div>", head % NEEDLE)).body == NEEDLE


def test_what_a_script_would_put_into_an_empty_page_is_found() -> None:
    """As server-side frameworks hand it over: a string with markup in the state of the page."""
    html = f'<p class=\\"x\\">{NEEDLE}</p><p>Nobody was hurt.</p>'.replace("<", "\\u003c")
    state = f'{{"title":"Other","teaser":"<p>Short</p>","article":{{"contentHtml":"{html}"}}}}'
    page = make_page(f"<div id='root'></div><script>window.state = {state};</script><script>start()</script>")
    assert read(page).body.split("\n") == [NEEDLE, "Nobody was hurt."]


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 300 + f"<p>{NEEDLE}</p>" + "</div>" * 300,
        "<div>" * 100_000 + f"<p>{NEEDLE}</p>",
        "<p>" + "<span>a " * 55_000 + f"</p><p>{NEEDLE}</p>",
        "<table><tr><td>x</td></tr></table>" * 20_000 + f"<p>{NEEDLE}</p>",
        f"<div {' '.join(f'a{number}=x' for number in range(50_000))}><p>{NEEDLE}</p></div>",
        f"<p>{'word ' * 900_000}</p><p>{NEEDLE}</p>",
        "<" * 200_000 + f"<p>{NEEDLE}</p>",
    ],
    ids=["deep", "deeper", "spans", "tables", "attributes", "long", "brackets"],
)
def test_text_hidden_in_a_hostile_page_is_found_in_time(body: str) -> None:
    began = thread_time()
    assert NEEDLE in read(make_page(body)).body
    assert thread_time() - began < read_shipped().run.page_timeout.total_seconds()


def test_an_entity_bomb_is_harmless() -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    page = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "ha">{entities}]>' + make_page(
        f"<p>&e9;</p><p>{NEEDLE}</p>"
    )
    assert len(read(page).body) < 1_000


SAID = "<p>Two drones fell near the base on Tuesday, and nobody was hurt.</p>"
EDITED = {
    "printed": ("", "<p>Updated: August 21, 2024, 12:00</p>"),
    "printed in Persian": ("", "<p>به\u200cروزرسانی: ۳۱ مرداد ۱۴۰۳ - ۱۲:۰۰</p>"),  # noqa: RUF001 — its digits
    "meta": ('<meta property="article:modified_time" content="2024-08-21T12:00:00Z">', ""),
    "json-ld": (
        '<script type="application/ld+json">{"@type": "Article", "dateModified": "2024-08-21T12:00Z"}</script>',
        "",
    ),
    "time element": ("", '<time class="updated" datetime="2024-08-21T12:00:00Z">21 Aug</time>'),
    "label before": ("", '<p>Last updated: <time datetime="2024-08-21T12:00:00Z">21 Aug</time></p>'),
}


@pytest.mark.parametrize("kind", EDITED)
def test_the_time_of_an_update_is_that_of_publication_only_where_none_is_told_and_says_so(kind: str) -> None:
    head, line = EDITED[kind]
    body = f"<article><h1>Drones fall</h1>{line}{SAID}</article>"
    article = read(make_page(body, head))
    assert article.published == article.updated == datetime(2024, 8, 21, 12, tzinfo=UTC)
    assert (article.published_from, article.published_certainty) == ("update", "guessed")


def test_what_a_theme_calls_published_and_updated_was_published() -> None:
    line = '<time class="entry-date published updated" datetime="2024-08-21T12:00:00Z">21 Aug</time>'
    body = f"<article><h1>Drones fall</h1>{line}{SAID}</article>"
    assert read(make_page(body)).published == datetime(2024, 8, 21, 12, tzinfo=UTC)


def test_a_feed_knows_better_than_a_guess_when_a_page_was_published() -> None:
    told = datetime(2024, 8, 21, 7, 30, tzinfo=UTC)
    head = '<link rel="canonical" href="https://example.org/2024/08/20/a">'
    article = read(make_page(SAID, head), published=told)
    assert (article.published, article.published_from) == (told, "feed")


def test_entities_that_were_escaped_twice_are_read_and_those_of_markup_are_not() -> None:
    said = "Drones fell near the&amp;nbsp;Harir base, said the mayor&amp;rsquo;s office, which saw &amp;lt;b&amp;gt;."
    page = make_page(
        f"<article><h1>Drones</h1><p>{said}</p><p>&amp;nbsp;&amp;amp;nbsp;</p><p>{said} Again.</p></article>"
    )
    article = extract(Material(page.encode(), "html"), ())
    told = "Drones fell near the Harir base, said the mayor’s office, which saw &lt;b&gt;."
    assert article.body.split("\n") == [told, f"{told} Again."]


@pytest.mark.parametrize("below", ["<br><em>{}</em>", "<i>{}</i>", "<small>{}</small>"])
def test_slanted_words_below_a_picture_are_its_caption(below: str) -> None:
    said = "Smoke rises above the base in the west of Iraq [Ali Hassan/Agency]"
    text = "".join(
        f"<p>{line}, and nobody was hurt, said the officials.</p>" for line in ("A drone fell", "Another fell")
    )
    page = make_page(
        f"<article><h1>Drones</h1>{text}<p><img src=a.jpg>{below.format(said)}</p>{text.upper()}</article>"
    )
    article = extract(Material(page.encode(), "html"), ())
    assert article.captions == (said,)
    assert said not in article.body


@pytest.mark.parametrize("control", ["&#1;", "&#x1f", "&#31;", "&#00031;", "\x01", "\x0c", "\ufffe", "&#0;", "&#12;"])
def test_a_control_character_beside_what_is_cut_spoils_no_page(control: str) -> None:
    said = f"Drones fell near the base{control} in the west of Iraq, officials said, and nobody was hurt by them."
    links = "<h3>Most read</h3><ul><li><a href=/a>Another story of another day</a></li></ul>"
    box = f"<div class=related>{control}{links}</div>{control}"
    more = "The governor condemned it and promised that those who did it would be found and brought to court soon."
    page = make_page(f"<article><h1>Drones</h1>{control}<p>{said}</p>{box}<p>{more}</p>{control}</article>")
    article = extract(Material(page.encode(), "html"), ())
    assert " ".join(article.body.split()) == f"{said.replace(control, '')} {more}"
