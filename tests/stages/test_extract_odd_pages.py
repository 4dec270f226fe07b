"""Templates that nobody would write and outlets have: what is text, what is not, and what it is called."""

import pytest

from crawler.errors import Unreadable
from crawler.extract.article import extract
from crawler.models import Article, Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
TITLE = "Drones hit base"
STORY = (
    "BAGHDAD — Two attack drones hit the perimeter of an air base in the west of Iraq before dawn, officials said.",
    "Nobody was hurt, said the officials, who asked not to be named because they may not speak to reporters.",
    "The coalition did not respond at once to a request for comment.",
    "The government condemned the attack and promised an investigation, as it had done eleven times before.",
)
TURKISH = (
    "Irak'ın batısındaki hava üssüne çarşamba sabaha karşı iki insansız hava aracıyla saldırı düzenlendi.",
    "Saldırıda can kaybı olmadı, bir depo hasar gördü.",
)
HEBREW = (
    'שני כטב"מים תקפו לפנות בוקר את הבסיס במערב עיראק, כך מסרו גורמי ביטחון.',
    "לא היו נפגעים, ונזק קל נגרם למחסן בתוך הבסיס.",
)


ESCAPED = r"\n\n".join(STORY)


def put_page(body: str, *, lang: str = "en", head: str = f"<title>{TITLE}</title>") -> bytes:
    page = f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return page.encode()


def put_story(*after: str, before: str = "", times: int = 1) -> bytes:
    lines = "".join(f"<p>{line}</p>" for line in STORY)
    more = "".join(f"<p>{line[:-1]}, said witness {number}.</p>" for number in range(1, times) for line in STORY)
    return put_page(f"<article><h1>{TITLE}</h1>{before}{lines}{more}{''.join(after)}</article>")


def read(content: bytes, timezone: str = "UTC") -> Article:
    return extract(Material(content, "html", url="https://o.example/news/1", timezone=timezone), RESIDUE)


def put_story_of(before: str, line: str, after: str) -> bytes:
    lines = "".join(line.format(text) for text in STORY)
    return put_page(f"<article><h1>{TITLE}</h1>{before.format()}{lines}{after}</article>")


POINTS = tuple(line for text in STORY for line in ("Point", text))
GLUED = {
    "a table that lays out the page": (
        put_page(f"<table><tr><td><a href='/s'>Spor</a></td><td>{'<br><br>'.join(TURKISH)}</td></tr></table>"),
        TURKISH,
    ),
    "a report so short that trafilatura takes the whole page for it": (
        put_page(f"<article><h1>{TITLE}</h1><p>{HEBREW[0]}</p><p>{HEBREW[1]}</p></article>", lang="he"),
        HEBREW,
    ),
    "spans in the place of paragraphs": (
        put_page(f"<h1>{TITLE}</h1><div>{''.join(f'<span class=para>{line}</span>' for line in STORY)}</div>"),
        STORY,
    ),
    "phrases without a space between": (put_story_of("<p>", "<i>{}</i>", "</p>"), STORY),
    "phrases that their style shows as blocks": (
        put_story_of("<p>", "<b style='color: red; display:block'>{}</b>\n", "</p>"),
        STORY,
    ),
    "phrases that the page's style sheet shows as blocks": (
        put_story_of(
            "<style>@media all{{.x, q.line:first-child{{display : block}}}}</style><p>", "<q class=line>{}</q> ", "</p>"
        ),
        STORY,
    ),
    "elements of the outlet's own": (put_story_of("<div>", "<o-line>{}</o-line>\n", "</div>"), STORY),
    "a table of one column": (put_story_of("<table>", "<tr><td>{}</td></tr>", "</table>"), STORY),
    "items of a list that hold blocks": (
        put_story_of("<ul>", "<li><div>Point</div><div>{}</div></li>", "</ul>"),
        POINTS,
    ),
    "definitions": (put_story_of("<dl>", "<dd><h3>Point</h3><p>{}</p></dd>", "</dl>"), POINTS),
    "a bold heading beside a block": (put_story_of("<div>", "<div><b>Point</b><div>{}</div></div>", "</div>"), POINTS),
    "plain text in structured data": (
        put_page(
            "<div id=root></div>",
            head=f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{ESCAPED}"}}</script>',
        ),
        STORY,
    ),
}


@pytest.mark.parametrize("template", GLUED)
def test_paragraphs_are_never_glued(template: str) -> None:
    content, lines = GLUED[template]
    assert tuple(read(content).body.split("\n")) == lines


def test_phrases_within_a_sentence_stay_in_it() -> None:
    style = "<style>.menu span, span.c {display: inline} .menu > b {display:block}</style>"
    first, second = STORY[0].split(" before dawn")
    line = f"<p>{first}<b> before dawn</b><span>{second}</span> <span>{STORY[1]}</span> <i>{STORY[2]}</i></p>"
    body = read(put_page(f"{style}<article><h1>{TITLE}</h1>{line}<p>{STORY[3]}</p></article>")).body
    assert body.split("\n") == [" ".join(STORY[:3]), STORY[3]]


LEADS = {
    "bare text below the heading": f"<div><h1>{TITLE}</h1>{STORY[0]}",
    "bold, above the container of the text": f"<div><h1>{TITLE}</h1><p><b>{STORY[0]}</b></p><div class=content>",
    "a heading": f"<div><h1>{TITLE}</h1><h2>{STORY[0]}</h2><div class=content>",
    "in the page's header": f"<div><header><h1>{TITLE}</h1><p class=lead>{STORY[0]}</p></header>",
}


@pytest.mark.parametrize("template", LEADS)
def test_the_first_paragraph_is_in_a_zone_that_counts(template: str) -> None:
    article = read(put_page(LEADS[template] + "".join(f"<p>{line}</p>" for line in STORY[1:])))
    assert STORY[0] in (article.description, *article.body.split("\n"))
    assert set(STORY[1:]) <= set(article.body.split("\n"))


def test_text_behind_a_block_is_a_paragraph() -> None:
    text = (
        f"<img src=a.jpg>{STORY[0]}<div class=ad>Advertisement</div>{STORY[1]} <b>Nobody</b> spoke.<br><br>{STORY[2]}"
    )
    article = read(put_page(f"<article><h1>{TITLE}</h1><div class=content>{text}</div></article>"))
    assert article.body.split("\n") == [STORY[0], f"{STORY[1]} Nobody spoke.", STORY[2]]


def test_entries_of_a_live_blog_may_tell_the_time_in_arabic() -> None:
    said = (
        "مراسلنا: دوي انفجارات في محيط قاعدة حرير شمال أربيل، وإغلاق الطرق المؤدية إليها.",
        "جهاز مكافحة الإرهاب: سقوط طائرة مسيرة مفخخة قرب مطار أربيل الدولي دون إصابات.",
        "مصدر أمني: القوات الأمريكية ترفع حالة التأهب في قواعدها بعد تهديدات الفصائل المسلحة.",
    )
    entries = "".join(
        f"<article class=u><time>{hour}:42 م</time><div>{line}</div></article>"
        for hour, line in zip((10, 9, 8), said, strict=True)
    )
    article = read(put_page(f"<h1>لحظة بلحظة</h1><div>{entries}</div>", lang="ar"))
    assert article.body.split("\n") == [f"{hour}:42 م: {line}" for hour, line in zip((10, 9, 8), said, strict=True)]


def test_a_paragraph_that_sums_up_those_below_is_not_cut_into_them() -> None:
    page = put_story(before=f"<p>{' '.join(STORY)}</p>")
    assert read(page).body.split("\n") == [" ".join(STORY), *STORY]


INVITATION = "<h4>Support our reporting</h4><p>Subscribe to continue reading stories like this one.</p>"


@pytest.mark.parametrize(
    "extra",
    [
        f"<div class='subscribe-box'>{INVITATION}<a href='/s'>Subscribe now</a></div>",
        f"<p>Sign in to read the full story archive</p><p>{STORY[0]}</p>",
    ],
)
def test_a_whole_article_with_an_invitation_to_subscribe_is_not_truncated(extra: str) -> None:
    article = read(put_story(extra, times=3))
    assert not article.truncated
    assert "Subscribe" not in article.body


@pytest.mark.parametrize(
    "extra",
    [
        "<p>Subscribe to continue reading</p><a href='/o'>See our offers</a>",
        "<p>Weiterlesen mit unserem Digital-Abo</p><p>Sie haben schon ein Abo? <a href='/l'>Hier anmelden</a></p>",
        "<div class='newsletter'><p>Subscribe to read the full article.</p><a href='/s'>Subscribe</a></div>",
    ],
)
def test_what_is_for_subscribers_is_truncated_and_its_offers_are_cut(extra: str) -> None:
    article = read(put_story(extra))
    assert article.truncated
    assert tuple(article.body.split("\n")) == STORY


def test_a_form_that_asks_for_an_address_is_cut_with_its_box_whatever_it_is_called() -> None:
    pitch = "From militias to money: our weekly briefing on the region's armed groups."
    form = "<form><input type=email placeholder='Your e-mail'><button>Sign up</button></form>"
    article = read(
        put_story(f"<div class=x1><div class=x2>The Watch</div><p>{pitch}</p>{form}</div>", f"<p>{TITLE}.</p>")
    )
    assert pitch not in article.body
    assert (pitch, "newsletter-box") in [(piece.text, piece.rule) for piece in article.removed]


def test_a_label_and_a_link_are_a_link_and_a_linked_statement_is_none() -> None:
    link = "<p><b>READ: <a href='/k'>Militia names a new leader after the strike of Sunday</a></b></p>"
    said = "He said: <a href='/s'>“We will go on until the last soldier has left.”</a>"
    body = read(put_story(link, f"<p>{said}</p>", f"<p>{STORY[0]} Again.</p>")).body
    assert "new leader" not in body
    assert "He said: “We will go on" in body


DATES = {
    "Published: November 24, 2026, 9:10 PM": "2026-11-24T17:10:00+00:00",
    "الثلاثاء 24 نوفمبر 2026 - 09:10 م": "2026-11-24T17:10:00+00:00",
    "24 November 2026": "2026-11-24T00:00:00+00:00",
}


@pytest.mark.parametrize("printed", DATES)
def test_a_date_beside_the_heading_is_read_in_the_outlets_time_zone(printed: str) -> None:
    meta = f"<div class=m><span>The Desk</span><span>{printed}</span></div>"
    story = "".join(f"<p>{line}</p>" for line in STORY)
    article = read(put_page(f"<h1>{TITLE}</h1>{meta}<div class=t>{story}</div>"), "Asia/Dubai")
    assert article.published is not None
    assert (article.published.isoformat(), article.published_from) == (DATES[printed], "text")


def test_an_update_beside_the_heading_is_no_date_of_publication() -> None:
    meta = "<div><span>24 November 2026</span><span>Updated: November 25, 2026, 4:01 PM</span></div>"
    article = read(put_story(before=meta), "Asia/Dubai")
    assert str(article.published) == "2026-11-24 00:00:00+00:00"
    assert str(article.updated) == "2026-11-25 12:01:00+00:00"


COOKIES = "We and our 824 partners use cookies and other technologies to store and access information on your device."
SCRIPT = "<script></script>"
NO_ARTICLE = {
    "consent-wall": f"<h1>Before you continue</h1><p>{COOKIES}</p><button>Accept all</button>{SCRIPT}",
    "empty-shell": f"<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>{SCRIPT}",
    "listing": "<h1>Iraq</h1>"
    + "".join(f"<h3><a href='/{number}'>Militia names its leader number {number}</a></h3>" for number in range(9)),
    "no-access": "<h1>451</h1><p>This page is not available in your country.</p>",
    "not-found": "<h1>عذرا، الصفحة غير موجودة</h1><p>الصفحة التي تبحث عنها غير موجودة أو تم نقلها.</p>",
    "bot-challenge": f"<h1>در حال انتقال به سایت مورد نظر هستید...</h1><p>لطفا جاوااسکریپت را فعال کنید.</p>{SCRIPT}",
}


@pytest.mark.parametrize("kind", NO_ARTICLE)
def test_a_page_that_is_no_article_is_named(kind: str) -> None:
    with pytest.raises(Unreadable, match=f"^{kind}: "):
        read(put_page(NO_ARTICLE[kind], head="<title>The News</title>"))


def test_a_question_about_cookies_before_an_article_is_cut() -> None:
    article = read(
        put_page(
            f"<div><h2>We value your privacy</h2><p>{COOKIES}</p><button>Accept all</button></div>"
            f"<article><h1>{TITLE}</h1>{''.join(f'<p>{line}</p>' for line in STORY)}</article>"
        )
    )
    assert tuple(article.body.split("\n")) == STORY


SOURCES = {
    "another site": "https://t.me/somechannel/1",
    "the page itself": "/news/1",
    "a part of the page": "#top",
    "all about a subject": "https://o.example/tag/%D8%A7/",
    "all about a subject, in Persian": "/برچسب/1",
}


@pytest.mark.parametrize("place", range(len(STORY) - 1))
@pytest.mark.parametrize("target", SOURCES.values(), ids=SOURCES)
def test_a_sentence_that_is_a_link_as_a_whole_stays_among_the_paragraphs(target: str, place: int) -> None:
    lines = [f"<p>{line}</p>" for line in STORY]
    lines[place] = f"<p><a href='{target}'>{STORY[place]}</a></p>"
    article = read(put_page(f"<article><h1>{TITLE}</h1>{''.join(lines)}</article>"))
    assert article.body.split("\n") == list(STORY)
    assert article.links == ((target,) if "t.me" in target else ())


def test_another_storys_headline_that_reads_as_a_sentence_is_none_of_the_paragraphs() -> None:
    other = "The premier asked the security forces to find the men who had fired the rockets."
    lines = [f"<p>{line}</p>" for line in STORY]
    lines.insert(2, f"<p><a href='/news/2'>{other}</a></p>")
    assert read(put_page(f"<article><h1>{TITLE}</h1>{''.join(lines)}</article>")).body.split("\n") == list(STORY)
    below = read(put_story(f"<p><a href='https://other.example/a'>{other}</a></p>"))
    assert other not in below.body


LEFT_OUT = "Kataib Hezbollah said in a statement that it hit the base with drones."
NOT_TAKEN = {
    "a side bar": f"<div class=sidebar><p>{LEFT_OUT}</p></div>",
    "a post": f"<div class=telegram-embed><iframe src='https://t.me/x/1'></iframe><blockquote>{LEFT_OUT}</blockquote></div>",
    "the author": f"<div class=author-bio><h4>About the author</h4><p>{LEFT_OUT}</p></div>",
    "the next story": f"</article><article><h2>Other</h2><div><p>{LEFT_OUT}</p><p>{STORY[0]}</p></div>",
}


@pytest.mark.parametrize("box", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_is_not_taken_of_the_articles_container_is_kept_with_a_reason(box: str) -> None:
    lines = "".join(f"<p>{line}</p>" for line in STORY)
    holder = f"<article><h1>{TITLE}</h1><div class=body>{lines}</div>{box}</article>"
    article = read(put_page(f"<main>{holder}</main><footer>{LEFT_OUT}</footer>"))
    assert article.body.split("\n") == list(STORY)
    assert [piece.rule for piece in article.removed if piece.text == LEFT_OUT] == ["not-taken"]


SIDEBARS = {
    "an aside": f"<aside><h3>Who is who</h3><aside><p>{LEFT_OUT}</p></aside></aside>",
    "a class": f"<div class='right-sidebar'><p>{LEFT_OUT}</p></div>",
    "a role": f"<div role=complementary><p>{LEFT_OUT}</p></div>",
}


@pytest.mark.parametrize("sidebar", SIDEBARS.values(), ids=SIDEBARS)
def test_a_sidebar_outside_the_articles_container_is_kept_with_a_reason(sidebar: str) -> None:
    story = f"<main><article><h1>{TITLE}</h1>{''.join(f'<p>{line}</p>' for line in STORY)}</article></main>"
    article = read(put_page(f"<div class='layout has-sidebar'>{story}{sidebar}</div><footer>{LEFT_OUT}</footer>"))
    assert article.body.split("\n") == list(STORY)
    assert [(piece.rule, piece.reason) for piece in article.removed if piece.text == LEFT_OUT] == [
        ("not-taken", "it stands in a sidebar, beside the article")
    ]


def test_what_is_not_taken_is_kept_once_without_menus_and_what_is_not_shown() -> None:
    boxes = f"<div class=sidebar><p>{LEFT_OUT}</p></div>" * 2
    chrome = "<nav><p>All of our reports from Iraq</p></nav><button>Subscribe to our letter</button>"
    article = read(put_story(f"{boxes}{chrome}<div hidden class=sidebar><p>Hidden words that nobody sees.</p></div>"))
    assert [piece.text for piece in article.removed if piece.rule == "not-taken"] == [LEFT_OUT]


QUOTES = (
    "<figure class=wp-block-pullquote><blockquote><p>{}</p></blockquote></figure>",
    "<aside class=pullquote><p>{}</p></aside>",
)


@pytest.mark.parametrize("make", QUOTES)
def test_a_quotation_printed_large_is_text_unless_the_text_says_it_anyway(make: str) -> None:
    quote = "“The base will be next,” the group said on Telegram."
    lines = [f"<p>{line}</p>" for line in STORY]
    new = read(put_page(f"<article><h1>{TITLE}</h1>{lines[0]}{make.format(quote)}{''.join(lines[1:])}</article>"))
    assert new.body.split("\n") == [STORY[0], quote, *STORY[1:]]
    again = read(put_page(f"<article><h1>{TITLE}</h1>{''.join(lines)}{make.format(STORY[1])}</article>"))
    assert again.body.split("\n") == list(STORY)
