"""Section pages: which of their links are articles."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from crawler.errors import FeedError
from crawler.models import Page
from settings.model import LinkSelector
from spiders.feeds import MAX_ITEMS
from spiders.listings import MAX_BYTES, read_listing
from spiders.shapes import looks_like_article

URL = "https://wire.example/section/world"
SECTION = (Path(__file__).parent / "data" / "pages" / "section.html").read_text()


def page_of(body: str | bytes, content_type: str = "text/html; charset=utf-8") -> Page:
    content = body.encode() if isinstance(body, str) else body
    return Page(URL, URL, 200, (("Content-Type", content_type),), content, content, datetime(2026, 5, 1, tzinfo=UTC))


def test_without_a_selector_links_that_look_like_articles_of_the_same_site_are_found() -> None:
    found = read_listing(page_of(SECTION), LinkSelector())
    assert [(unquote(link.url), link.title) for link in found.links] == [
        ("https://wire.example/2026/05/01/rockets?utm_source=front", "Rockets near the base"),
        ("https://wire.example/news/12345-short", "Numbered"),
        ("https://www.wire.example/story/a-headline-in-many-words", "Headline in many words"),
        ("https://wire.example/خبر/هجوم-على-قاعدة-عين-الأسد", "هجوم على قاعدة عين الأسد"),
    ]


SECTIONS = Path(__file__).parent / "data" / "sections"


@pytest.mark.parametrize("name", sorted(path.name for path in SECTIONS.glob("*.html")))
def test_articles_are_learned_from_the_form_that_their_addresses_share(name: str) -> None:
    expected = json.loads((SECTIONS / f"{name}.expected.json").read_text())
    found = read_listing(page_of((SECTIONS / name).read_bytes()), LinkSelector())
    assert sorted(unquote(link.url.removeprefix("https://wire.example")) for link in found.links) == sorted(expected)
    assert len({link.title for link in found.links}) == len(expected), "each with its headline"


def test_a_page_that_is_all_menu_by_its_classes_is_read_all_the_same() -> None:
    body = (SECTIONS / "short_numbers.html").read_text().replace("<body>", '<body><div class="with-menu">')
    assert len(read_listing(page_of(body), LinkSelector()).links) == 8


def test_links_may_be_chosen_by_xpath() -> None:
    by_xpath = read_listing(page_of(SECTION), LinkSelector(xpath="//ul//a[contains(@class, 'story')]"))
    assert by_xpath == read_listing(page_of(SECTION), LinkSelector(css="ul a.story"))
    assert read_listing(page_of(SECTION), LinkSelector(xpath="//a/@href")).links == (), "text is no link"


def test_a_selector_decides_alone_and_tells_what_cannot_be_followed() -> None:
    found = read_listing(page_of(SECTION), LinkSelector(css="a.story"))
    assert [bool(link.problem) for link in found.links] == [False, False, False, True]
    assert found.links[3].url == "javascript:open()"


def test_a_selector_may_choose_what_stands_around_the_link() -> None:
    found = read_listing(page_of(SECTION), LinkSelector(css=".river li"))
    assert len(found.links) == 7


def test_a_pattern_chooses_by_path() -> None:
    found = read_listing(page_of(SECTION), LinkSelector(pattern=r"^/news/\d+"))
    assert [link.title for link in found.links] == ["Numbered"]
    both = read_listing(page_of(SECTION), LinkSelector(css="a.story", pattern="^/خبر/"))
    assert [link.title for link in both.links] == ["هجوم على قاعدة عين الأسد"]


def test_a_base_element_counts() -> None:
    found = read_listing(page_of('<base href="/deep/"><a href="2026/05/01/x">X</a>'), LinkSelector())
    assert [link.url for link in found.links] == ["https://wire.example/deep/2026/05/01/x"]


@pytest.mark.parametrize("base", ["javascript:x", "http://[", ""])
def test_a_hostile_base_element_does_not(base: str) -> None:
    found = read_listing(page_of(f'<base href="{base}"><a href="/2026/05/01/x">X</a>'), LinkSelector())
    assert [link.url for link in found.links] == ["https://wire.example/2026/05/01/x"]


def test_a_mislabelled_page_is_read_in_its_own_charset() -> None:
    text = SECTION.replace("Rockets near the base", "صواريخ قرب القاعدة الجوية في محافظة الأنبار غربي العراق")
    found = read_listing(page_of(text.encode("cp1256"), "text/html; charset=iso-8859-1"), LinkSelector())
    assert found.links[0].title == "صواريخ قرب القاعدة الجوية في محافظة الأنبار غربي العراق"


def test_a_page_without_article_links_is_empty() -> None:
    assert read_listing(page_of("<p>Nothing today</p>"), LinkSelector()).links == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty body"),
        (b" \n", "empty body"),
        (b"Service unavailable", "not HTML"),
        (b"{}", "not HTML"),
        (b"<" * (MAX_BYTES + 1), "larger than 8 MiB"),
        (b"<title>Just a moment...</title><p>Checking", "a challenge page, not a list of articles"),
    ],
)
def test_what_is_no_section_page_is_a_feed_error(body: bytes, reason: str) -> None:
    with pytest.raises(FeedError) as refusal:
        read_listing(page_of(body), LinkSelector())
    assert refusal.value.reason == reason


@pytest.mark.parametrize("selector", [LinkSelector(css="a[["), LinkSelector(xpath="//a["), LinkSelector(pattern="(")])
def test_a_selector_that_is_none_is_a_feed_error_that_names_it(selector: LinkSelector) -> None:
    with pytest.raises(FeedError, match=r"a\[\[|\(|//a\["):
        read_listing(page_of(SECTION), selector)


def test_nul_and_deep_nesting_do_no_harm() -> None:
    body = "<div>" * 1000 + '<a href="/2026/05/01/x\0y">A\0B</a>'
    assert [link.title for link in read_listing(page_of(body), LinkSelector()).links] == ["AB"]


def test_links_beyond_the_cap_are_counted() -> None:
    body = "".join(f'<a href="/2026/05/01/{number}">{number}</a>' for number in range(MAX_ITEMS + 3))
    found = read_listing(page_of(body), LinkSelector())
    assert (len(found.links), found.capped) == (MAX_ITEMS, 3)


@pytest.mark.parametrize(
    ("path", "article"),
    [
        ("/2026/05/01/x", True), ("/2026/5/", True), ("/world/2026-05-01-x", True), ("/news/1234567", True),
        ("/a-headline-in-many-words", True), ("/news/a_headline_in_many_words/", True), ("/", False), ("/world", False),
        ("/middle-east", False), ("/tag/2026/05/01", False), ("/en/category/a-b-c-d-e", False),
        ("/privacy-policy-of-our-site", False),
        ("/2026/05/01/photo.jpg", False),
    ],
)  # fmt: skip
def test_an_article_is_told_by_its_path(path: str, *, article: bool) -> None:
    assert looks_like_article(path) is article
