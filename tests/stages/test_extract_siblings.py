"""What stands among an article's paragraphs and is none itself: lists, headings, divisions of sentences."""

import pytest

from crawler.extract.article import extract
from crawler.models import Article, Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
PARAGRAPHS = [
    "Two drones were shot down over the base on Saturday, an official of the province told reporters at noon.",
    "Nobody was hurt, he said, but one of the hangars at the northern end of the runway had been damaged.",
    "The group had announced a day before that the truce which it declared in the summer was at an end.",
    "An inquiry was ordered by the government, which called the attack a breach of what had been agreed.",
]
ITEMS = ["Iraq: Kataib Hezbollah likely fired rockets at Ain al-Asad", "Syria: drones hit the base at al-Tanf again"]
SENTENCE = "The faction's spokesman said in a recorded message that the bases of Harir and Victoria were within range."


def read(inside: str, holder: str = "div class=nn") -> Article:
    tag = holder.split(maxsplit=1)[0]
    page = f"<!doctype html><html><body><div class=wrap><h1>Drones over the base</h1><{holder}>{inside}</{tag}></div>"
    return extract(Material(f"{page}</body></html>".encode(), "html"), RESIDUE)


def among(inside: str) -> str:
    paragraphs = [f"<p>{text}</p>" for text in PARAGRAPHS]
    return "".join((*paragraphs[:2], inside, *paragraphs[2:]))


@pytest.mark.parametrize(
    "holder", ["div class=nn", "div class=news_text", "div class=css-9xk", "article", "span id=lblBody", "main"]
)
def test_a_list_and_its_heading_are_text_whatever_holds_them(holder: str) -> None:
    items = "".join(f"<li>{text}</li>" for text in ITEMS)
    article = read(among(f"<h3>What happened where</h3><ul>{items}</ul>"), holder)
    assert article.body.split("\n") == [*PARAGRAPHS[:2], "What happened where", *ITEMS, *PARAGRAPHS[2:]]


@pytest.mark.parametrize("division", ["<div>%s</div>", "<div dir=auto>%s</div>", "<div><span>%s</span></div>"])
def test_a_division_with_a_sentence_is_a_paragraph_wherever_it_stands(division: str) -> None:
    bare, paragraphs = division % SENTENCE, "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    assert read(bare + paragraphs).body.split("\n") == [SENTENCE, *PARAGRAPHS]
    assert read(among(bare)).body.split("\n") == [*PARAGRAPHS[:2], SENTENCE, *PARAGRAPHS[2:]]
    assert read(paragraphs + bare).body.split("\n") == [*PARAGRAPHS, SENTENCE]


@pytest.mark.parametrize(
    "inside",
    [
        f"<ul><li><a href=/1>{ITEMS[0]}</a></li><li><a href=/2>{ITEMS[1]}</a></li></ul>",
        f"<div class=newsletter-box>{SENTENCE}</div>",
        f"<div class=wp-caption><img src=a.jpg><div>{SENTENCE}</div></div>",
        f"<div class=author-bio>{SENTENCE}</div>",
        f"<div>{SENTENCE}<form><input name=q></form></div>",
        f"<div style='display:none'>{SENTENCE}</div>",
        f"<div>{ITEMS[0]}</div>",
        f"<div class=code-block>{SENTENCE}</div>",
        f"<p><img src=a.jpg></p><div class=img-desc>{SENTENCE}</div>",
    ],
)
def test_what_is_made_for_something_else_is_none(inside: str) -> None:
    article = read(among(inside))
    assert article.body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize("inside", [f"<div class=share>{SENTENCE}</div>", f"<div class=about>{SENTENCE}</div>"])
def test_around_the_text_only_what_has_no_name_belongs_to_it(inside: str) -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    assert read(paragraphs + inside).body.split("\n") == PARAGRAPHS


def test_divisions_of_one_name_are_text_as_they_are_pasted() -> None:
    pasted = "".join(f"<div class=x11i5>{text}</div>" for text in (SENTENCE, f"{SENTENCE} Again."))
    assert SENTENCE in read(among(pasted)).body.split("\n")


def test_what_follows_the_lead_picture_may_be_its_caption() -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    assert read(f"<div><img src=a.jpg></div><div>{SENTENCE}</div>{paragraphs}").body.split("\n") == PARAGRAPHS


def test_a_list_comes_whole_though_the_text_tells_a_name_on_it_too() -> None:
    names = ["The group that had announced it", "Harakat al-Nujaba", "Kataib Sayyid al-Shuhada"]
    inside = f"<ul>{''.join(f'<li>{name}</li>' for name in names)}</ul>"
    told = f"<p>{names[0]} said nothing more on Saturday, and neither did the spokesman of the other groups.</p>"
    assert read(among(told + inside)).body.split("\n")[3:6] == names


def test_headings_of_a_chronology_stay_above_what_they_head() -> None:
    again = "No group has claimed responsibility for the attack, officials of the province said later."
    days = [("October 18", PARAGRAPHS[0]), ("October 19", PARAGRAPHS[1]), ("November 20", PARAGRAPHS[2])]
    body = read("".join(f"<h3>{day}</h3><p>{text}</p><p>{again}</p>" for day, text in days)).body.split("\n")
    for day, text in days[1:]:
        assert day not in body or body.index(day) + 1 == body.index(text)
