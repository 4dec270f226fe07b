"""Pages that answered 200 and are no article, and articles that only look like such pages."""

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.models import Material
from settings.load import SHIPPED, load_settings

RESIDUE = load_settings(SHIPPED, {}).residue
SENTENCE = (
    "Two drones fell near the base at Harir on Tuesday night, and the army said that nobody had been hurt by them."
)
PAID = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'


def make_page(body: str, title: str = "Drones fall near Harir", head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body>{body}</body></html>'.encode()
    )


OTHERS = {
    "bot-challenge": make_page(
        "<div class='main-wrapper'><h2>Checking if the site connection is secure</h2><noscript>Enable JavaScript and "
        "cookies to continue</noscript></div><script>window._cf_chl_opt={};</script>",
        title="Just a moment...",
    ),
    "paywall": make_page(
        f"<article><h1>A</h1><p>{SENTENCE[:60]}</p><p>Subscribe to continue reading</p></article>", head=PAID
    ),
    "gallery": make_page("<h1>Collapsed houses</h1><div>1 / 22</div><img src='a.jpg'><img src='b.jpg'><p>Next</p>"),
    "empty-shell": make_page("<div id='root'></div><script src='/app.js'></script>"),
    "not-found": make_page(
        "<h1>404 - Page not found</h1><p>The page you requested has moved.</p>", title="Page not found"
    ),
}


def test_a_shell_that_says_that_it_is_loading_is_one() -> None:
    page = make_page("<div id='root'><p>Loading, please wait</p></div><script src='/app.js'></script>")
    with pytest.raises(Unreadable, match=r"^empty-shell: "):
        extract(Material(page, "html", url="https://example.org/a"), RESIDUE)


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_article_is_refused_with_its_kind(kind: str) -> None:
    with pytest.raises(Unreadable, match=f"^{kind}: "):
        extract(Material(OTHERS[kind], "html", url="https://example.org/a"), RESIDUE)


def test_an_article_that_is_cut_short_by_a_paywall_is_kept_and_marked() -> None:
    body = f"<article><h1>Drones</h1><p>{SENTENCE}</p><p>{SENTENCE.replace('Two', 'Three')}</p></article>"
    article = extract(Material(make_page(body, head=PAID), "html"), RESIDUE)
    assert article.truncated
    assert article.body.startswith("Two drones")


@pytest.mark.parametrize("extra", ["Are you a robot? Verify that you are human.", "404 not found", "1 / 22"])
def test_an_article_that_speaks_of_such_things_is_an_article(extra: str) -> None:
    paragraphs = "".join(f"<p>{SENTENCE.replace('Two', str(number))}</p>" for number in range(12))
    page = make_page(f"<article><h1>Drones</h1>{paragraphs}<p>{extra}</p></article>")
    assert "11 drones fell" in extract(Material(page, "html"), RESIDUE).body
