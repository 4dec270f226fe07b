"""The prefilter loses no hit: whatever it skips fires no rule, on every page that can be had and in every disguise."""

import gzip
import html
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.analysis import analyse
from crawler.errors import Unreadable
from crawler.match.matcher import Matcher
from crawler.match.prefilter import Prefilter
from crawler.match.rough import Rough
from crawler.models import Material
from scheduler.demo.press import Press
from settings.model import Rule
from tests.daemon.demo_client import fetch_page
from tests.shipped import compile_shipped, read_shipped

SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared"))
SENTENCES = [
    rule_example.text
    for rule in read_shipped().rules
    for rule_example in rule.examples
    if rule_example.matches and not rule_example.title
][::3]
FILLER = "The council met on Sunday and talked for three hours about the water supply of the district. " * 4
CALM_TEXT = "The bakery opened its doors at six and sold bread until noon, as it has done for forty years."
CALM = f"<p>{CALM_TEXT}</p>" * 5


@cache
def prefilter() -> Prefilter:
    return Prefilter(compile_shipped().matcher)


def fired(content: bytes, charset: str | None = None) -> set[str]:
    try:
        return {hit.rule for hit in analyse(Material(content, "html", charset=charset), compile_shipped()).hits}
    except Unreadable:
        return set()


def check(content: bytes, charset: str | None = None) -> bool:
    """Is it skipped? Never, when a rule fires."""
    skipped = not prefilter().may_hit(Rough(content, charset))
    if skipped:
        assert not fired(content, charset), content[:2000]
    return skipped


def make_page(text: str) -> str:
    """`text` is markup."""
    return (
        f"<html><head><title>News of the day</title></head><body><article><h1>News of the day</h1>"
        f"<p>{text}</p><p>{FILLER}</p></article></body></html>"
    )


# ── disguises: the same words for a reader, other bytes ──────────────────────────────────────────


def change_words(change: Callable[[str, random.Random], str]) -> Callable[[str, random.Random], str]:
    """Change some words of the text."""

    def change_some(text: str, chance: random.Random) -> str:
        return re.sub(r"\w{3,}", lambda word: change(word[0], chance) if chance.random() < 0.5 else word[0], text)

    return change_some


def insert(piece: str) -> Callable[[str, random.Random], str]:
    """Within a word."""

    def split(word: str, chance: random.Random) -> str:
        at = chance.randrange(1, len(word))
        return word[:at] + piece + word[at:]

    return change_words(split)


def wrap(word: str, chance: random.Random) -> str:
    tag = chance.choice(["b", "em", "span class='x > y'", "a href=/x", "strong", "mark", "FONT"])
    start, end = sorted(chance.sample(range(len(word) + 1), 2))
    return f"{word[:start]}<{tag}>{word[start:end]}</{tag.split()[0]}>{word[end:]}"


def interrupt(element: str) -> Callable[[str, random.Random], str]:
    """What readers drop, within words and between them."""

    def put(text: str, chance: random.Random) -> str:
        return insert(element)(text, chance).replace(" ", f"{element} ", 1)

    return put


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "none": lambda text, _: text,
    "tags": change_words(wrap),
    "tags between words": lambda text, _: text.replace(" ", " </b><i class=x>").replace(".", "</i>."),
    "line break in a name": lambda text, _: text.replace(" ", "<br>"),
    "line break and blank": lambda text, _: text.replace(" ", "<br/>\n  "),
    "numeric entities": change_words(lambda word, _: "".join(f"&#{ord(char)};" for char in word)),
    "hex entities": change_words(lambda word, _: "".join(f"&#x{ord(char):x};" for char in word)),
    "named entities": lambda text, _: html.escape(text).replace(" ", "&nbsp;"),
    "soft hyphens": insert("\u00ad"),
    "soft hyphen entities": insert("&shy;"),
    "joiners": insert("\u200d"),
    "zero width space": insert("\u200b"),
    "word break": insert("<wbr>"),
    "comments": insert("<!-- x -->"),
    "comment with a tag": insert("<!-- <p> -->"),
    "script in a word": insert("<script>var a = 1 < 2;</script>"),
    "a time": interrupt("<time datetime=x>12:00</time>"),
    "a picture with a name": interrupt("<svg><title>Opens in a new window</title><path d='M0'/></svg>"),
    "what only old browsers show": interrupt("<noscript><p>Switch <b>scripts</b> on</p></noscript>"),
    "a hidden word": interrupt("<span style='display:none'>the <b>old</b> fort</span>"),
    "a box by its class": interrupt("<span class='share-link'>Share</span>"),
    "two boxes": interrupt("<button>x</button><label>l</label>"),
    "no element": insert("<![CDATA[x]]>"),
    "no character": insert("&#0;"),
    "diacritics": insert("\u0301"),
    "arabic marks": insert("\u064e"),
    "tatweel": lambda text, _: re.sub("(?<=[\u0628-\u064a])(?=[\u0628-\u064a])", "\u0640", text),
    "no-break spaces": lambda text, _: text.replace(" ", "\u00a0"),
    "uppercase": lambda text, _: text.upper(),
    "hashtag": lambda text, _: "#" + text,
    "hyphens": lambda text, _: re.sub(r"(?<=\w) (?=\w)", "-", text),
    "quotes": change_words(lambda word, _: f"«{word}»"),
    "percent": lambda text, _: "".join(f"%{byte:02X}" for byte in text.encode()),
    "less than": lambda text, _: f"3 < 4 and {text} <3 and 5 > 4",
}


@pytest.mark.parametrize("name", DISGUISES)
def test_names_in_disguise_are_not_skipped_where_they_fire_a_rule(name: str) -> None:
    chance = random.Random(name)
    found = 0
    for sentence in SENTENCES:
        content = make_page(DISGUISES[name](html.escape(sentence, quote=False), chance)).encode()
        check(content)
        found += bool(fired(content))
    assert found or name == "percent", "nothing fired, so nothing was shown"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sentence=st.sampled_from(SENTENCES),
    names=st.lists(st.sampled_from(sorted(DISGUISES)), min_size=1, max_size=3),
    seed=st.integers(0, 1 << 16),
)
def test_disguises_may_be_worn_one_over_the_other(sentence: str, names: list[str], seed: int) -> None:
    text = sentence
    for name in names:
        text = DISGUISES[name](text, random.Random(seed))
    check(make_page(text).encode())


ATTACK = "Two rockets were fired at Ain al-Asad airbase late on Monday, a security source said."
JSON = ATTACK.replace("Asad", "\\u0041sad").replace("rockets", "<b>ro</b>ckets").replace(" ", "\\n", 1)

TOLD = json.dumps({"@type": "NewsArticle", "description": ATTACK.replace("at Ain", "at&ZeroWidthSpace;Ain")})
TIMED = ATTACK.replace("Asad", "A<style>b{}</style>sad")

FORUM = json.dumps({"topic_1": json.dumps({"post_stream": {"posts": [{"cooked": f"<p>{ATTACK}</p>"}]}})})


@pytest.mark.parametrize(
    "page",
    [
        f'<head><meta property="og:description" content="{ATTACK}"><title>x</title></head><body><h1>x</h1>{CALM}',
        f"<HEAD><META NAME=description CONTENT='{ATTACK}'></HEAD><body><h1>x</h1>{CALM}",
        f'<head><meta name=description content="1 > 0: {ATTACK}"></head><body><h1>x</h1>{CALM}',
        f"<head><title>{ATTACK.replace('Asad airbase', '<b>Asad</b> airbase')}</title></head><body>{CALM}",
        f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{JSON}"}}</script><p>Wait</p>',
        f'<script type="application/ld&#x2B;json">{{"@type":"NewsArticle","articleBody":"{JSON}"}}</script><p>Wait</p>',
        f'<script>Fusion.globalContent={{"content_elements":[{{"type":"text","content":"{JSON}"}}]}};</script><p>W</p>',
        f"<!-- <script> --><h1>x</h1><p>{ATTACK}</p><script>1</script>{CALM}",
        f"<p title='<script>'>{ATTACK}</p>{CALM}<script>1</script>",
        f"<script>var a = '<!--';</script><h1>x</h1><p>{ATTACK}</p>{CALM}<!-- x -->",
        f"<!--><h1>x</h1><p>{ATTACK}</p>{CALM}<!-- x -->",
        f"<script src=x /><h1>x</h1><p>{ATTACK}</p>{CALM}",
        f"<h1>x</h1><p>{ATTACK}{'<b>' * 70_000}",
        f"<h1>x</h1><p>{ATTACK.replace('Asad', 'A&s&shy;hy;sad')}</p>{CALM}",
        f"<h1>x</h1><p>{ATTACK.replace('Asad', 'A&<b>#x73</b>;ad')}</p>{CALM}",
        f"<h1>x</h1><p>{ATTACK.replace('Asad', 'A&am<!-- <p> -->p;#x73;ad')}</p>{CALM}",
        f"<h1>x</h1><p>3 < 4 and {ATTACK.replace('Asad', 'As<script>1 < 2</script>ad')}</p>{CALM}",
        f'<div id=root></div><script>state = {{"a": "<p>{JSON}</p><p>{CALM_TEXT}</p>"}}</script>',
        f'<div id=root></div><script>state = {{"a": "\\u003cp\\u003e{JSON}\\u003Cp\\u003e{CALM_TEXT}"}}</script>',
        f'<div id=root></div><script src=x /><p>state = "\\u003cp\\u003e{JSON}\\u003Cp\\u003e{CALM_TEXT}"</script>',
        f'<div id=root></div><SCRIPT>state = {{"a": "<p>{JSON}</p><p>{CALM_TEXT}</p>"}}</sCript>',
        f'<div id=root></div><script>b="\\\\"; a="\\"No\\", <p>said \\"he\\" {JSON}</p><p>{CALM_TEXT}</p>"</script>',
        f'<div id=root></div><script>a="<p>{CALM_TEXT}";b="<p>{JSON} \\"</p><p>{CALM_TEXT}</p>\\\\";c=2</script>',
        f'<div id=root></div><script>a = "<p>{JSON}</p><p>{CALM_TEXT} {"<p>x</p>" * 500}"</script>',
        f'<div id=data-preloaded data-preloaded="{html.escape(FORUM)}"></div>',
        f"<meta content='1 > 0: {ATTACK}' name=description><h1>x</h1>{CALM}",
        f"<meta content='{ATTACK} 1 > 0' name=description><h1>x</h1>{CALM}",
        f'<meta title="\'" content="{ATTACK} 1 > 0" data="\'" name="description"><h1>x</h1>{CALM}',
        f'<META data-x PROPERTY = "og:descri&#112;tion" content="{ATTACK}"/><h1>x</h1>{CALM}',
        f'<meta content="{ATTACK}" name="descrip\x01tion"><h1>x</h1>{CALM}',
        f"<meta itemprop=description content='Forces of Kataib > Hezbollah said it'><h1>x</h1>{CALM}",
        f"<script type='application/ld+json'>{TOLD}</script><h1>x</h1>{CALM}",
        f'<div id=root></div><script>state = {{"a": "<p>{TIMED}</p><p>{CALM_TEXT}</p>"}}</script>',
        f"<h1>News<span>Ain al-Asad</span></h1><p>{ATTACK.replace('Ain al-Asad', 'it')}</p>{CALM}",
    ],
)  # fmt: skip
def test_no_corner_of_a_page_is_overlooked(page: str) -> None:
    assert not check(page.encode())


def test_a_name_that_only_the_sum_of_words_makes_one_is_not_skipped() -> None:
    sentence = (
        "Nujaba wounded two troops before dawn, when five projectiles exploded inside the perimeter, a source said."
    )
    assert not check(f"<h1>x</h1><p>{sentence}</p>".encode())
    assert fired(f"<h1>x</h1><p>{sentence}</p>".encode())


def test_a_new_group_is_seen_in_the_markup_of_a_script() -> None:
    text = "A previously unk<wbr>nown gr<wbr>oup cal<tt>ling</tt> itself Jund al-Fajr said it fired two rockets."
    page = f'<div id=root></div><script>state = {{"a": "<p>{text}</p><p>{FILLER}</p>"}}</script>'.encode()

    assert "new-group" in fired(page)
    assert prefilter().may_hit(Rough(page))


def test_a_page_with_more_elements_in_its_sentences_than_are_left_out_one_by_one_is_read_in_full() -> None:
    assert prefilter().may_hit(Rough(make_page("a <time>b</time> " * 2_100).encode()))
    assert not prefilter().may_hit(Rough(make_page("a <time>b</time> " * 1_900).encode()))


@pytest.mark.parametrize("before", range(-9, 3))
def test_what_stands_where_two_stretches_meet_is_seen(before: int) -> None:
    """Literals are sought in stretches of 256 KiB."""
    for hidden in ("<!-- C -->", "<script>C</script>", "<STYLE >C</STYLE>", "<script>'<!--'</script>"):
        page = f"{hidden}<p>A</p><meta name=description content=B>3 < 4 <script>C</script><title>D < E</title>"
        for sign in ("<", "</", "<meta", "< ", "<script>C", "<title"):
            if sign in page:
                rough = Rough((" " * ((256 << 10) + before - page.index(sign)) + page).encode())
                assert {"A", "content=B", "3", "4", "D", "E"} <= set(rough.text.split()), (page, sign)
                assert "C" not in rough.text, (page, sign)


def test_a_page_with_more_marks_than_anybody_keeps_in_mind_is_read_in_full() -> None:
    assert prefilter().may_hit(Rough(b"<p>x" * 120_000))
    assert prefilter().may_hit(Rough(b"<meta a>" * 120_000))
    assert not prefilter().may_hit(Rough(make_page(FILLER + "<p>x" * 50_000).encode()))


@pytest.mark.parametrize("charset", ["windows-1256", "utf-16", "utf-16-le", "utf-8-sig", "windows-1252"])
@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", None])
def test_a_wrong_label_hides_nothing(charset: str, label: str | None) -> None:
    for sentence in SENTENCES:
        check(make_page(sentence).replace("<head>", "<head><meta charset=utf-8>").encode(charset, "replace"), label)


def test_what_cannot_fire_is_skipped() -> None:
    assert check(make_page(FILLER).encode())
    assert check(make_page("The minister visited the Victoria and Albert Museum.").encode())


NEW_GROUP = "A new Shiite resistance group, Saraya al-Fajr, said that it fired two rockets at the base. "
ELSEWHERE = "The street is {} after a poet. "


@pytest.mark.parametrize("word", ["called", "named", "known as", "dubbed"])
def test_a_word_of_naming_anywhere_makes_a_new_group_be_looked_for(word: str) -> None:
    """Articles with one are searched for all ways of naming, wherever it stands."""
    page = make_page(NEW_GROUP + FILLER + ELSEWHERE.format(word)).encode()

    assert "new-group" in fired(page)
    assert prefilter().may_hit(Rough(page))


@pytest.mark.parametrize("text", ["The quay is called the Spit", "The Ferrymen were named", "A statement signed"])
def test_words_of_naming_alone_are_no_new_group(text: str) -> None:
    assert check(make_page(f"{text} by the harbour office after a rocket of cardboard. {FILLER}").encode())


MAY_SKIP = {
    "/wat.r/": False,
    '"water supply"': False,
    '"wheat harvest"': True,
    '"!!!"': True,
    '"wheat harvest" AND /wat.r/': True,
    "NOT @base:core": False,
    "@base:core AND NOT #attack": True,
}
"""What a rule asks for; is a page of `FILLER` skipped?"""


def test_a_regular_expression_disables_skipping_and_a_word_does_not() -> None:
    rules = tuple(Rule(name=f"rule-{at}", severity="info", when=when) for at, when in enumerate(MAY_SKIP))
    matcher, rough = Matcher(read_shipped().gazetteer, rules), Rough(make_page(FILLER).encode())

    skipped = {rule.when: not Prefilter(matcher, {rule.name}).may_hit(rough) for rule in rules}

    assert skipped == MAY_SKIP


def test_the_feeds_words_count_too() -> None:
    page = make_page(FILLER).encode()

    assert prefilter().may_hit(Rough(page, extra="Rockets near Ain al-Asad"))


def test_no_page_of_the_demo_that_fires_is_skipped(tmp_path: Path) -> None:
    """How much is skipped, real pages tell: this press writes of little but what the rules ask for."""
    firing = 0
    with Press() as press:
        while press.publish_next():
            pass
        for piece in press.published:
            if piece.article.link is not None or piece.article.status != HTTPStatus.OK:
                continue
            content = fetch_page(piece.url).body
            if fired(content):
                firing += 1
                assert prefilter().may_hit(Rough(content)), piece.url
    assert firing > 20


def read_shared() -> Iterator[bytes]:
    for path in sorted((SHARED / "extraction").glob("*/*.html.gz")):
        yield gzip.decompress(path.read_bytes())


@pytest.mark.skipif(not (SHARED / "extraction").is_dir(), reason="the pages are not here (BASEWATCH_SHARED)")
def test_no_real_page_that_fires_is_skipped_and_most_are() -> None:
    pages = list(read_shared())
    assert sum(map(check, pages)) > 0.8 * len(pages)


@pytest.mark.skipif(not (SHARED / "extraction").is_dir(), reason="the pages are not here (BASEWATCH_SHARED)")
def test_sentences_planted_in_real_pages_are_not_skipped() -> None:
    """Names stand where an outlet's own template puts its paragraphs, in disguise."""
    chance = random.Random(7)
    found = 0
    for content in list(read_shared())[::9]:
        text = DISGUISES[chance.choice(sorted(DISGUISES))](chance.choice(SENTENCES), chance)
        places = [place.end() for place in re.finditer(rb"<p[^>]*>", content)]
        if places:
            at = chance.choice(places)
            planted = content[:at] + text.encode() + b" " + content[at:]
            check(planted)
            found += bool(fired(planted))
    assert found > 5
