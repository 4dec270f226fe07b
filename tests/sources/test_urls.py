"""What makes two links the same, and which links nobody should follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import LinkError
from crawler.fetch.urls import canonical_url, check_url, in_scope, join_link

SAME = [
    ("http://example.org/news/1", "https://example.org/news/1"),
    ("https://www.example.org/news/1", "https://example.org/news/1"),
    ("https://m.example.org/news/1", "https://example.org/news/1"),
    ("https://amp.example.org/news/1", "https://example.org/news/1"),
    ("https://mobile.www.example.org/news/1", "https://example.org/news/1"),
    ("https://EXAMPLE.org:443/news/1", "https://example.org/news/1"),
    ("http://example.org:80/news/1", "https://example.org/news/1"),
    ("https://example.org./news/1", "https://example.org/news/1"),
    ("https://example.org/news/1/", "https://example.org/news/1"),
    ("https://example.org/news/1#comments", "https://example.org/news/1"),
    ("https://example.org/news/1?utm_source=rss&utm_medium=x", "https://example.org/news/1"),
    ("https://example.org/news/1?fbclid=abc&at_medium=RSS&at_campaign=KARANGA", "https://example.org/news/1"),
    ("https://example.org/news/1/amp", "https://example.org/news/1"),
    ("https://example.org/news/1/amp/", "https://example.org/news/1"),
    ("https://example.org/news/1.amp.html", "https://example.org/news/1.html"),
    ("https://example.org/news/1?amp=1", "https://example.org/news/1"),
    ("https://example.org/news/1?outputType=amp", "https://example.org/news/1"),
    ("https://example-org.cdn.ampproject.org/c/s/www.example.org/news/1", "https://example.org/news/1"),
    ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
    ("https://example.org/%e3%81%82", "https://example.org/%E3%81%82"),
    ("https://example.org/خبر", "https://example.org/%D8%AE%D8%A8%D8%B1"),
    ("  https://example.org/a\n", "https://example.org/a"),
]
DIFFERENT = [
    ("https://example.org/?id=1", "https://example.org/?id=2"),
    ("https://example.org/?p=1&source=1", "https://example.org/?p=1&source=2"),
    ("https://example.org/story?ref=100", "https://example.org/story?ref=101"),
    ("https://example.org/?cid=5", "https://example.org/?cid=6"),
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a", "https://arabic.example.org/a"),
    ("https://example.org/a", "https://example.org:8443/a"),
    ("https://example.org/#!/news/1", "https://example.org/#!/news/2"),
    ("https://m.org/a", "https://www.org/a"),
    ("https://example.org/camp", "https://example.org/c"),
    ("https://example.org/amp", "https://example.org/"),
]
HOSTILE = [
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://example.org/x", "mailto:a@example.org",
    "//", "http://", "http:///x", "http://[", "http://[::1", "http://user@example.org/", "http://user:pass@example.org/",
    "http://example.org\\@evil.example/", "http:\\\\example.org\\", "http://example.org:99999/", "http://example.org:0/",
    "http://example.org:port/", "http://exa mple.org/", "http://a..b/", "http://" + "a" * 64 + ".org/",
    "https://example.org/" + "a" * 2100, "https://example.org/" + "ب" * 500, "", "   ", "http://a\u2024b@c/", "http://%00/",
    "http://ex%2Fample.org/", "http://<script>/", "http://example.org:80:80/",
]  # fmt: skip


@pytest.mark.parametrize(("variant", "plain"), SAME)
def test_variants_of_one_page_share_a_key(variant: str, plain: str) -> None:
    assert canonical_url(variant) == canonical_url(plain)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_articles_never_share_a_key(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize("url", [url for pair in SAME + DIFFERENT for url in pair])
def test_the_key_of_a_key_is_itself(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_link_is_refused_with_a_reason(url: str) -> None:
    for act in (canonical_url, check_url):
        with pytest.raises(LinkError) as refusal:
            act(url)
        assert refusal.value.reason


@given(st.text() | st.text(alphabet="htps:/.@\\[]%#?&=a0\u0661\u3002\x00 "))
def test_no_text_at_all_makes_it_raise_anything_else(text: str) -> None:
    for act in (lambda: canonical_url(text), lambda: join_link("https://example.org/a/b", text)):
        try:
            result = act()
        except LinkError:
            continue
        assert result.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("href", "joined"),
    [
        ("c", "https://example.org/a/c"),
        ("/c", "https://example.org/c"),
        ("//other.example/c", "https://other.example/c"),
        ("?q=1", "https://example.org/a/b?q=1"),
        ("../../../c", "https://example.org/c"),
        (" \thttps://example.org/d\r\n", "https://example.org/d"),
        ("/c d", "https://example.org/c%20d"),
        ("/new\nline", "https://example.org/newline"),
        ("https://example.org/?q=a\\b", "https://example.org/?q=a%5Cb"),
    ],
)
def test_links_are_joined_as_a_browser_does(href: str, joined: str) -> None:
    assert join_link("https://example.org/a/b", href) == joined


@pytest.mark.parametrize("href", ["", "  ", "javascript:void(0)", "http://[", "\\\\evil.example\\x", "https://a@b/"])
def test_what_cannot_be_joined_is_refused(href: str) -> None:
    with pytest.raises(LinkError):
        join_link("https://example.org/a/b", href)


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://example.org/a", True),
        ("https://www.example.org/a", True),
        ("https://english.example.org/a", True),
        ("http://EXAMPLE.org./a", True),
        ("https://notexample.org/a", False),
        ("https://example.org.evil.example/a", False),
        ("https://org/a", False),
        ("http://[", False),
    ],
)
@pytest.mark.parametrize("host", ["example.org", "www.example.org", "Example.Org"])
def test_scope_is_a_host_and_what_is_below_it(url: str, host: str, *, inside: bool) -> None:
    assert in_scope(url, [host]) is inside


def test_an_empty_scope_holds_nothing() -> None:
    assert not in_scope("https://example.org/", [])
    assert not in_scope("https://example.org/", [""])
