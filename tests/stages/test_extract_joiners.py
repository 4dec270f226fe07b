"""Persian is spelled with U+200C: every one in a page's title, standfirst, body and captions is kept."""

import gzip
import html
import os
import re
from pathlib import Path

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.models import Article, Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
PAGES = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared")) / "extraction" / "pages"
TITLE = "حمله‌ها به پایگاه‌های نیروها از سر گرفته می‌شود"
STANDFIRST = "گروه‌های مقاومت می‌گویند که آتش‌بس پایان یافته است و پایگاه‌ها را هدف می‌گیرند."
CAPTION = "نمایی از پایگاه عین‌الاسد که بارها هدف حمله‌های موشکی بوده‌است"
BODY = (
    "سخنگوی گروه‌های مقاومت گفت که حمله‌ها به پایگاه‌های آمریکا از سر گرفته می‌شود و گزینه‌ها روی میز است.",
    "کتائب حزب‌الله در بیانیه‌ای نوشت که نیروهایش آماده‌اند و خانه‌های خود را ترک نمی‌کنند، هرچند هزینه‌اش سنگین باشد.",
    "دولت هنوز واکنشی نشان نداده‌است؛ نماینده‌ها می‌گویند که نشست ویژه‌ای روز سه‌شنبه برگزار می‌شود.",
)
SPELLINGS = {
    "raw": "\u200c", "named": "&zwnj;", "decimal": "&#8204;", "hexadecimal": "&#x200c;", "capitals": "&#X200C;",
    "padded": "&#x0200C;", "zeros": "&#08204;", "unterminated": "&#8204",
}  # fmt: skip
MARKUP = {
    "plain": "{}",
    "link": '<a href="/x">{}</a>',
    "bold": "<b>{}</b>",
    "span": "<span>{}</span>",
    "nested": "<em><span class='w'>{}</span></em>",
}


def put_page(spell: str, markup: str, *, across: bool = False) -> bytes:
    """`markup` is around one word of each paragraph; `across`: it ends right before a joiner, inside the word."""

    def write(text: str) -> str:
        return text.replace("\u200c", spell)

    def mark(text: str) -> str:
        word = re.search(r"\w+(?=\u200c)" if across else r"\S+\u200c\S+", text)
        assert word is not None
        return write(text[: word.start()] + markup.format(word[0]) + text[word.end() :])

    paragraphs = "".join(f"<p>{mark(line)}</p>" for line in BODY)
    figure = f'<figure><img src="a.jpg"><figcaption>{mark(CAPTION)}</figcaption></figure>'
    head = f'<title>{write(TITLE)}</title><meta name="description" content="{write(STANDFIRST)}">'
    page = f'<html lang="fa" dir="rtl"><head><meta charset="utf-8">{head}</head>'
    return f"<!doctype html>{page}<body><article><h1>{mark(TITLE)}</h1>{figure}{paragraphs}</article></body>".encode()


def read(content: bytes) -> Article:
    return extract(Material(content, "html"), RESIDUE)


def check_zones(article: Article) -> None:
    assert article.title == TITLE
    assert article.description == STANDFIRST
    assert article.captions == (CAPTION,)
    assert article.body.split("\n") == list(BODY)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("markup", MARKUP)
def test_every_joiner_is_kept_however_it_is_written(spelling: str, markup: str) -> None:
    check_zones(read(put_page(SPELLINGS[spelling], MARKUP[markup])))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("markup", [name for name in MARKUP if name != "plain"])
def test_a_joiner_between_two_elements_is_kept(spelling: str, markup: str) -> None:
    check_zones(read(put_page(SPELLINGS[spelling], MARKUP[markup], across=True)))


@pytest.mark.parametrize("spell", ["\u200c", "\\u200c", "&zwnj;"])
def test_joiners_in_structured_data_are_kept(spell: str) -> None:
    title, author, body = (text.replace("\u200c", spell) for text in (TITLE, "علی‌رضا کریمی", " ".join(BODY)))
    data = '"@type": "NewsArticle", "headline": "%s", "author": {"name": "%s"}, "articleBody": "%s"'
    head = f'<script type="application/ld+json">{{{data % (title, author, body)}}}</script>'
    article = read(f"<!doctype html><html lang=fa><head>{head}</head><body><div id=root></div></body></html>".encode())
    assert article.title == TITLE
    assert article.authors == ("علی‌رضا کریمی",)
    assert article.body == " ".join(BODY)


def test_joiners_of_tags_and_section_are_kept() -> None:
    head = '<meta property="article:section" content="بین‌الملل"><meta name="keywords" content="حزب‌الله, حمله‌ها">'
    article = read(put_page("&zwnj;", "{}").replace(b"</head>", f"{head}</head>".encode()))
    assert (article.section, article.tags) == ("بین‌الملل", ("حزب‌الله", "حمله‌ها"))


def read_source(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")


@pytest.mark.skipif(not PAGES.is_dir(), reason="the pages are not here (BASEWATCH_SHARED)")
def test_every_joiner_of_the_persian_pages_is_kept() -> None:
    """Told by their language, not by their names. Each line of every zone stands in the page as it is."""
    joiners = 0
    for path in PAGES.glob("*.html.gz"):
        source = read_source(path)
        try:
            article = read(source.encode())
        except Unreadable:
            continue  # no article, and so no Persian one
        if article.language == "fa":
            text = html.unescape(source)
            text += " ".join(re.sub(r"<[^>]*>", "", text).split())
            for line in (article.title, *article.captions, *article.body.split("\n")):
                spellings = re.findall("\u200c*".join(map(re.escape, line.replace("\u200c", ""))), text)
                assert line in spellings, f"{path.name}: {line}"
                joiners += line.count("\u200c")
    assert joiners > 10
