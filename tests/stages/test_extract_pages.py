"""Pages, feed fragments and what is neither."""

import socket
from datetime import UTC, datetime

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.models import Article, Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
FETCHED = datetime(2024, 8, 22, 6, 0, tzinfo=UTC)
PARAGRAPHS = (
    "Two drones fell near the Harir air base in Erbil on Tuesday night, the counter-terrorism service said.",
    "A channel close to Kataib Hezbollah called the attack “a beginning”. Nobody was hurt, the base said.",
    "It is the third attack on the base since the truce ended in July, an official in Baghdad told the outlet.",
)
JSON_LD = """<script type="application/ld+json">{"@graph": [{"@type": "Organization", "name": "Example Daily"},
 {"@type": "NewsArticle", "headline": "Drones fall near Harir", "datePublished": "2024-08-21T20:15:00+03:00",
  "author": [{"@type": "Person", "name": "Sara Karim"}, "Ali Hasan"], "inLanguage": "en-GB"}]}</script>"""


def make_page(head: str = "", body: str | None = None, title: str = "Drones fall near Harir | Example Daily") -> bytes:
    text = "".join(f"<p>{line}</p>" for line in PARAGRAPHS) if body is None else body
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>Drones fall near Harir</h1>{text}</article></body></html>"
    ).encode()


def read_page(content: bytes, **known: object) -> Article:
    return extract(Material(content, "html", url="https://example.org/a", fetched_at=FETCHED, **known), RESIDUE)  # type: ignore[arg-type] # whatever a test knows


def test_a_page_gives_its_zones_and_what_it_says_of_itself() -> None:
    head = JSON_LD + '<link rel="canonical" href="/news/drones-harir">'
    head += '<meta property="og:description" content="A third attack on the base.">'
    figure = '<figure><img src="x.jpg" alt="The base"><figcaption>The base in 2023. AP</figcaption></figure>'
    article = read_page(make_page(head, figure + "".join(f"<p>{line}</p>" for line in PARAGRAPHS)))
    assert article.title == "Drones fall near Harir"
    assert article.body.split("\n") == list(PARAGRAPHS)
    assert article.description == "A third attack on the base."
    assert article.captions == ("The base in 2023. AP",)
    assert article.published == datetime(2024, 8, 21, 17, 15, tzinfo=UTC)
    assert article.published_from == "json-ld"
    assert article.authors == ("Sara Karim", "Ali Hasan")
    assert article.language == "en"
    assert article.canonical_url == "https://example.org/news/drones-harir"


def test_a_page_without_metadata_takes_what_the_feed_said() -> None:
    published = datetime(2024, 8, 21, 17, 0, tzinfo=UTC)
    article = read_page(
        f"<html><body><p>{'</p><p>'.join(PARAGRAPHS)}</p></body></html>".encode(),
        title="Drones fall",
        published=published,
    )
    assert (article.title, article.published, article.published_from) == ("Drones fall", published, "feed")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n\x00 ", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00" + bytes(range(256)) * 4, "not-html"),
        (b'{"error": "not found"}', "not-html"),
        (
            b"<html><head><title>App</title></head><body><div id='root'></div><script>start()</script></body></html>",
            "text",
        ),
    ],
)
def test_what_holds_no_article_is_unreadable_and_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_page(content)


def test_a_nul_in_the_title_is_dropped() -> None:
    assert read_page(make_page(title="Drones \x00fall near Harir")).title == "Drones fall near Harir"


def test_controls_and_bidi_overrides_are_dropped_and_the_persian_joiner_is_kept() -> None:
    sentence = "گروه‌های مقاومت اعلام کردند که حمله‌ها از سر گرفته می‌شود و پایگاه‌ها هدف خواهند بود.\u202e\x1b"
    article = read_page(make_page(body="".join(f"<p>{sentence} {number}</p>" for number in range(6))))
    assert article.body.count("\u200c") == 6 * sentence.count("\u200c")
    assert "\u202e" not in article.body
    assert "\x1b" not in article.body


def test_a_feed_fragment_keeps_every_block_apart() -> None:
    html = "Two <b>drones</b> fell near Harir.<br>Nobody was hurt.<div>The base is closed.</div>"
    html += "<ul><li>One</li><li>Two</li></ul>"
    article = read_page(html.encode(), partial=True, title="Drones fall near Harir")
    assert article.body.split("\n") == [
        "Two drones fell near Harir.", "Nobody was hurt.", "The base is closed.", "One", "Two",
    ]  # fmt: skip
    assert article.partial
    assert article.title == "Drones fall near Harir"


def test_a_feed_entry_with_a_title_alone_is_an_article_and_one_without_anything_is_not() -> None:
    assert read_page(b"<p></p>", partial=True, title="Kataib Hezbollah claims attack").body == ""
    with pytest.raises(Unreadable):
        read_page(b"<p></p>", partial=True)


def test_extraction_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("extraction asked for a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    head = '<link rel="canonical" href="https://some.unknown-suffix.example.co.uk/a"><meta name="date" content="2024">'
    assert read_page(make_page(head)).body


@pytest.mark.parametrize("charset", ["windows-1256", "utf-16", "utf-8-sig"])
def test_the_bytes_decide_what_a_mislabelled_page_says(charset: str) -> None:
    text = "هدد فصيل مسلح في العراق باستهداف قاعدة عين الأسد في محافظة الأنبار إذا استمرت الغارات على مواقعه."
    page = make_page(body=f"<p>{text}</p>" * 1 + f"<p>{text} مرة ثانية</p>").decode().encode(charset, "ignore")
    assert text in read_page(page, charset="iso-8859-1").body
