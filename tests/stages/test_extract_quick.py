"""What our short cut through trafilatura gives is what trafilatura gives, and no page is changed on the way."""

import gzip
import os
from pathlib import Path

import pytest
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from crawler.extract.parse import parse_page
from crawler.extract.quick import extract_text

SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared")) / "extraction"
SENTENCE = "The ferry company said on Monday that its boats would stay in the harbour until the storm has passed. "
ARTICLE = "".join(f"<p>{number}. {SENTENCE * 3}</p>" for number in range(1, 12))
BRIEF = f"<p>{SENTENCE * 4}</p>"
REMARK = "I waited there for six hours and nobody told us anything at all about the boats, which is a shame. "
REMARKS = f"<p>{REMARK * 3}</p>" * 3
HEADLINES = "".join(f"<div><a href=/{number}>Headline number {number} of that day</a></div>" for number in range(300))
FORUM = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
STORY = f"<h1>Ferries</h1>{ARTICLE}"
BODIES = {
    "an article": f"<article>{STORY}</article>",
    "comments told by their name": f"<article>{STORY}<div id=comments>{REMARKS}</div></article>",
    "comments told by their class": f"<article>{STORY}<section class='x post-comments'>{REMARKS}</section></article>",
    "a list of comments": f"<article>{STORY}<ol class=commentlist><li>{REMARKS}</ol></article>",
    "a commentary": f"<article><div class=commentary>{STORY}</div></article>",
    "a forum, whose comments are its text": f"{FORUM}<h1>Ferries</h1><div class=comments>{ARTICLE}{REMARKS}</div>",
    "further articles below": f"<article>{STORY}</article><div class=infinite-scroll>{REMARKS * 9}</div>",
    "a brief": f"<article><h1>Ferries</h1>{BRIEF}</article>",
    "a brief among much else": f"<h1>Ferries</h1>{BRIEF}<div class=menu>{HEADLINES}</div>",
    "hardly anything": "<h1>Ferries</h1><p>They stay.</p>",
    "bare text": f"<div>{SENTENCE * 20}</div>",
    "a table": f"<article><table><tr><td>{ARTICLE}</td></tr></table></article>",
    "nothing": "<div></div><p></p>",
}


def parse(body: str) -> HtmlElement:
    page = f"<!doctype html><html><head><title>Ferries</title></head><body>{body}</body></html>"
    parsed = parse_page(page, has_controls=False)
    assert parsed is not None
    return parsed.tree


def ask_trafilatura(tree: HtmlElement, *, fast: bool = True) -> str:
    document = bare_extraction(tree, include_comments=False, fast=fast)
    return (document.text or "") if isinstance(document, Document) else ""


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("fast", [True, False])
def test_the_short_cut_leads_where_trafilatura_goes(body: str, fast: bool) -> None:  # noqa: FBT001  # a parameter of pytest's
    tree = parse(body)
    before = etree.tostring(tree)

    assert extract_text(tree, "", fast=fast) == ask_trafilatura(tree, fast=fast)
    assert etree.tostring(tree) == before


@pytest.mark.parametrize("kind", [kind for kind in BODIES if "comments" in kind and "forum" not in kind])
def test_comments_stay_out_and_what_only_sounds_like_them_stays_in(kind: str) -> None:
    assert REMARK.strip() not in extract_text(parse(BODIES[kind]), "", fast=True)
    assert SENTENCE.strip() in extract_text(parse(BODIES["a commentary"]), "", fast=True)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the pages are not here (BASEWATCH_SHARED)")
def test_real_pages_read_the_same() -> None:
    for path in sorted(SHARED.glob("*/*.html.gz"))[::6]:
        parsed = parse_page(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"), has_controls=True)
        if parsed is not None:
            assert extract_text(parsed.tree, "", fast=True) == ask_trafilatura(parsed.tree), path.name
