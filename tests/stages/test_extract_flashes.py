"""Short agency reports among long lists of other stories: exactly the report, whatever the template."""

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.models import Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
TITLE = "Faction says it fired drones at Ain al-Asad"
FLASH = (
    "BAGHDAD, Aug 21 - A faction said it had fired two drones at the Ain al-Asad air base in Iraq on Wednesday.",
    "There was no comment from the Pentagon. A security source said that one drone was shot down outside the base.",
)
PARAGRAPHS = "".join(f"<p>{line}</p>" for line in FLASH)
NAV = (
    "<header><nav><ul>"
    + "".join(f'<li><a href="/s{n}">Section {n}</a></li>' for n in range(12))
    + "</ul></nav></header>"
)
CARDS = "".join(
    f'<li><a href="/{n}"><h4>Hezbollah leader number {n} says something about the border</h4></a>'
    f"<p>Teaser text number {n} tells readers what the other story is about in a dozen words or so.</p></li>"
    for n in range(12)
)
FOOTER = "<footer><p>Copyright Example 2024. All rights reserved. Contact our office in Baghdad for more.</p></footer>"
TEMPLATES = {
    "article and aside": f"{NAV}<article><h1>{TITLE}</h1>{PARAGRAPHS}</article><aside><ul>{CARDS}</ul></aside>{FOOTER}",
    "divisions": f'{NAV}<div class="page"><div class="top"><h1>{TITLE}</h1></div><div class="txt">{PARAGRAPHS}</div>'
    f'<div class="more"><ul>{CARDS}</ul></div></div>{FOOTER}',
    "cards inside": f"{NAV}<main><article><h1>{TITLE}</h1>{PARAGRAPHS}<div><ul>{CARDS}</ul></div></article></main>",
    "line breaks": f'{NAV}<div><h1>{TITLE}</h1><div class="txt">{"<br><br>".join(FLASH)}</div><ul>{CARDS}</ul></div>',
}


def make_page(body: str) -> bytes:
    head = f"<head><title>{TITLE} - Example</title></head>"
    return f"<!doctype html><html lang='en'>{head}<body>{body}</body></html>".encode()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_flash_is_read_and_nothing_around_it(template: str) -> None:
    article = extract(Material(make_page(TEMPLATES[template]), "html"), RESIDUE)
    assert article.title == TITLE
    assert article.body.split("\n") == list(FLASH)


def test_lines_that_are_links_to_other_stories_are_cut_and_kept() -> None:
    link = '<p><a href="/x">Militia in Syria claims attack on a base near the border</a></p>'
    page = make_page(f"<article><h1>{TITLE}</h1>{PARAGRAPHS}{link}{PARAGRAPHS.replace('two', 'six')}</article>")
    article = extract(Material(page, "html"), RESIDUE)
    assert "Syria" not in article.body
    assert [piece.rule for piece in article.removed if "Syria" in piece.text] == ["link-line"]


SHORT = (
    "BAGHDAD (Agencies) - A rocket hit the perimeter of Ain al-Asad airbase in western Iraq on Tuesday evening.",
    "No group claimed the attack.",
)
ARABIC = (
    "سقط صاروخ على محيط قاعدة عين الأسد غربي العراق مساء الثلاثاء، وفق ما أفاد به مصدر أمني.",
    "لم تعلن أي جهة مسؤوليتها.",
)
PERSIAN = ("یک موشک عصر سه‌شنبه به اطراف پایگاه عین الاسد در غرب عراق اصابت کرد.", "هیچ گروهی مسئولیت آن را نپذیرفت.")
LONGER = (*SHORT, "The army said so.", "A second rocket fell far outside of the fence, a witness said.")
HOLDERS = {
    "an article": "<article><h1>{title}</h1><div class='article-body'>{paragraphs}</div></article>",
    "main": "<main><h1>{title}</h1>{paragraphs}</main>",
    "divisions": "<div class='page'><h1>{title}</h1><div>{paragraphs}</div></div>",
    "a byline": "<article><header><h1>{title}</h1><span>By Our Desk</span></header>{paragraphs}</article>",
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("lines", [SHORT, ARABIC, PERSIAN, LONGER], ids=["short", "Arabic", "Persian", "longer"])
def test_the_paragraphs_of_a_short_flash_are_never_run_together(lines: tuple[str, ...], holder: str) -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    page = make_page(NAV + HOLDERS[holder].format(title=TITLE, paragraphs=paragraphs) + FOOTER)
    body = extract(Material(page, "html"), RESIDUE).body
    assert [line for line in body.split("\n") if line != "By Our Desk"] == list(lines)


ONLY = "Kataib Hezbollah says it struck the Harir base with two drones"
ALONE = {
    "a paragraph": f"<article><h1>{ONLY}</h1><p>{ONLY}</p></article>",
    "behind a time": f"<article><h1>{ONLY}</h1><time datetime='2024-08-05T20:00Z'>20:00</time><p>{ONLY}</p></article>",
    "beside a script": f"<script>start()</script>{NAV}<article><h1>{ONLY}</h1><div><p>{ONLY}</p></div></article>",
}


@pytest.mark.parametrize("page", ALONE.values(), ids=ALONE)
def test_a_flash_that_is_its_headline_is_an_article(page: str) -> None:
    content = f"<!doctype html><html><head><title>{ONLY}</title></head><body>{page}</body></html>".encode()
    assert extract(Material(content, "html"), RESIDUE).title == ONLY


@pytest.mark.parametrize("partial", [True, False])
def test_what_a_sitemap_tells_of_a_page_is_its_title(partial: bool) -> None:  # noqa: FBT001 — a parameter of pytest
    material = Material(b"", "fragment", title=ONLY, partial=partial)
    assert extract(material, RESIDUE).title == ONLY
    with pytest.raises(Unreadable):
        extract(Material(b" ", "fragment", partial=partial), RESIDUE)


TOLD = (
    "A drone hit a base near Erbil airport on Monday evening.",
    "Kataib Hezbollah claimed the attack in a message.",
    "Two guards were hurt, a security source told us.",
)
NEWS_BESIDE = {
    "a post that was deleted": "<div class=embed>This post has been deleted.</div>",
    "a form with a riddle": "<form><input id=cf-chl-widget-x1 type=hidden name=cf-turnstile-response></form>",
    "a banner of the app": "<div><a href='/app'>Open in app</a></div>",
    "a banner of cookies": "<div>We use cookies. By clicking accept you agree to our use of cookies.</div>",
    "a sentence on the post": "<p>This post was removed on Monday.</p>",
}


@pytest.mark.parametrize("beside", NEWS_BESIDE.values(), ids=NEWS_BESIDE)
@pytest.mark.parametrize("title", ["Drone hits base", "Security checkpoint \u2013 two dead in Kirkuk"])
def test_a_flash_is_no_notice_whatever_stands_beside_it(beside: str, title: str) -> None:
    told = "".join(f"<p>{line}</p>" for line in TOLD)
    page = f"<article><h1>{title}</h1><div>{told}{beside}</div></article>"
    content = f"<!doctype html><html><head><title>{title}</title></head><body>{page}</body></html>".encode()
    body = extract(Material(content, "html"), RESIDUE).body.split("\n")
    assert [line for line in body if line in TOLD] == list(TOLD)


PARTNERS = ("https://english.example.com/yemen/9", "https://partner.example/9")


@pytest.mark.parametrize("address", PARTNERS)
def test_a_teaser_of_a_partner_is_no_text_though_it_is_a_sentence(address: str) -> None:
    teaser = f"<p><a href='{address}'>The Houthis fired three missiles at a ship that came near the old bridge.</a></p>"
    told = "".join(f"<p>{line} {line}</p>" for line in TOLD)
    page = f"<article><h1>Drone hits base</h1>{told}{teaser}<p>{' '.join(TOLD)}</p></article>"
    link = "<link rel=canonical href='https://www.example.com/1'>"
    content = f"<!doctype html><html><head><title>Drone hits base</title>{link}</head><body>{page}</body></html>"
    assert "Houthis" not in extract(Material(content.encode(), "html"), RESIDUE).body


def test_a_head_that_is_called_a_box_is_none() -> None:
    told = "".join(f"<p>{line}</p>" for line in TOLD[1:])
    page = f"<article><div class=post-info-box><h1>Drone hits base</h1><p>{TOLD[0]}</p></div>{told}</article>"
    content = f"<!doctype html><html><head><title>Drone hits base</title></head><body>{page}</body></html>".encode()
    article = extract(Material(content, "html"), RESIDUE)
    assert TOLD[0] in f"{article.description} {article.body}"
