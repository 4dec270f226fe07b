"""An alert in a terminal: the right words marked, and nothing of the web acting on the terminal."""

import io
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from crawler.models import Alert, Hit, Severity, Term, Zone
from scheduler.alerts.terminal import defuse_text, make_line, render_alert

TITLE = "Militia fires on base"
BODY = "It was quiet. Kataib Hezbollah fired rockets at Ain al-Asad on Friday. Nobody was hurt."
SENTENCE = "Kataib Hezbollah fired rockets at Ain al-Asad on Friday."
OSC_LINK = "\x1b]8;"


def term_of(text: str, words: str, zone: Zone = Zone.BODY) -> Term:
    start = text.index(words)
    return Term(zone, start, start + len(words), words, "@group:some")


def hit_of(rule: str, body: str, sentence: str, *words: str, severity: Severity = "warning") -> Hit:
    start = body.index(sentence)
    terms = tuple(term_of(body, word) for word in words)
    return Hit(rule, "sha256:rule", severity, terms, Zone.BODY, start, start + len(sentence), sentence)


def alert_of(*hits: Hit, title: str = TITLE, url: str = "https://a.example/1") -> Alert:
    published = datetime(2026, 11, 21, 3, 14, tzinfo=UTC)
    return Alert("id", "a", "The Outlet", title, url, published, published, "warning", hits)


NEAR = hit_of("group-near-base", BODY, SENTENCE, "Kataib Hezbollah", "Ain al-Asad")


def show_plain(alert: Alert, width: int = 200) -> list[str]:
    """As in a pipe."""
    file = io.StringIO()
    Console(file=file, width=width, soft_wrap=True, highlight=False).print(render_alert(alert))
    return file.getvalue().splitlines()


def show_styled(alert: Alert, width: int = 200) -> str:
    """As in a terminal, escapes and all."""
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=True, color_system="standard", highlight=False).print(
        render_alert(alert)
    )
    return file.getvalue()


def test_it_says_who_when_what_why_and_where() -> None:
    assert show_plain(alert_of(NEAR)) == [
        " WARNING  The Outlet  2026-11-21 03:14 UTC",
        "Militia fires on base",
        "  group-near-base: [Kataib Hezbollah] fired rockets at [Ain al-Asad] on Friday.",
        "  https://a.example/1",
        "",
    ]


def test_without_a_date_it_says_when_it_was_seen_and_what_else_is_particular() -> None:
    alert = replace(alert_of(NEAR), published=None, partial=True, replay=True)
    assert show_plain(alert)[0] == " WARNING  The Outlet  2026-11-21 03:14 UTC (seen)  feed text only  replay"


def test_a_terminal_shows_marks_as_style_and_no_brackets() -> None:
    shown = show_styled(alert_of(NEAR))
    assert "\x1b[1;4mKataib Hezbollah\x1b[0m" in shown
    assert "\x1b[1;4mAin al-Asad\x1b[0m" in shown
    assert "[Kataib" not in shown


def test_only_the_matched_occurrence_is_marked() -> None:
    body = "The base and the base."
    hit = replace(hit_of("r", body, body), terms=(Term(Zone.BODY, 17, 21, "base", "#b"),))
    assert show_plain(alert_of(hit))[2] == "  r: The base and the [base]."


def test_overlapping_words_are_marked_as_one() -> None:
    hit = hit_of("r", BODY, SENTENCE, "Kataib Hezbollah", "Hezbollah fired", "rockets")
    assert "[Kataib Hezbollah fired] [rockets] at" in show_plain(alert_of(hit))[2]


def test_words_of_the_title_are_marked_there_and_it_is_not_shown_twice() -> None:
    terms = (term_of(TITLE, "Militia", Zone.TITLE), term_of(TITLE, "base", Zone.TITLE))
    hit = Hit("r", "d", "warning", terms, Zone.TITLE, 0, len(TITLE), TITLE)
    assert show_plain(alert_of(hit))[1:3] == ["[Militia] fires on [base]", "  r: in the title"]


def test_a_sentence_is_shown_once_with_all_its_rules_and_the_most_severe_first() -> None:
    quiet = hit_of("quiet", BODY, "It was quiet.", "quiet", severity="info")
    attack = hit_of("attack", BODY, SENTENCE, "fired rockets", severity="critical")
    assert show_plain(alert_of(quiet, NEAR, attack))[2:4] == [
        "  attack, group-near-base: [Kataib Hezbollah] [fired rockets] at [Ain al-Asad] on Friday.",
        "  quiet: It was [quiet].",
    ]


def test_offsets_that_do_not_fit_mark_nothing_rather_than_something_else() -> None:
    hit = replace(NEAR, terms=(Term(Zone.BODY, 15, 20, "other", "#x"), Term(Zone.BODY, -3, 2, "", "#x")))
    assert show_plain(alert_of(hit))[2] == f"  group-near-base: {SENTENCE}"


def test_a_very_long_sentence_is_cut_to_its_match() -> None:
    body = "x " * 5000 + "Kataib Hezbollah fired. " + "y " * 5000
    line = show_plain(alert_of(hit_of("r", body, body, "Kataib Hezbollah")))[2]
    assert len(line) < 700
    assert "… x" in line
    assert "[Kataib Hezbollah] fired. y" in line
    assert line.endswith(" …")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("قصفت كتائب حزب الله قاعدة عين الأسد فجر اليوم", "كتائب حزب الله"),
        ("گروه‌های مقاومت به پایگاه عین‌الاسد حمله کردند", "عین‌الاسد"),
    ],
    ids=["arabic", "persian"],
)
def test_arabic_and_persian_are_shown_as_they_are(sentence: str, words: str) -> None:
    shown = show_plain(alert_of(hit_of("r", sentence, sentence, words)))[2]
    assert shown == "  r: " + sentence.replace(words, f"[{words}]")


HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;new window title\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m and \x9d0;title\x9c",
    "over\rwritten\b\b\b",
    "two\nlines\u2028three\x85four",
    "user\u202egnp.exe \u2066isolated\u2069",
    "zero\u200bwidth\ufeff\u00ad",
    "nul\x00 surrogate \ud800",
    "tag \U000e0041\U000e007f",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_the_web_acts_on_the_terminal(hostile: str) -> None:
    body = f"{hostile} Kataib Hezbollah {hostile}"
    hit = hit_of(hostile, body, body, "Kataib Hezbollah")
    alert = replace(alert_of(hit, title=hostile, url=f"https://a.example/{hostile}"), outlet_name=hostile)
    lines = show_plain(alert)
    assert len(lines) == 5
    assert "[Kataib Hezbollah]" in lines[2], "what is made visible keeps its place"
    for text in (*lines, make_line(alert)):
        assert not [character for character in text if is_harmful(character)]
    assert OSC_LINK not in show_styled(alert)


def is_harmful(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("markup", ["[red]x[/red]", "[link=https://evil.example]x[/link]", "[/]", "[bold", ":warning:"])
def test_markup_in_text_is_inert(markup: str) -> None:
    alert = alert_of(hit_of("r", f"{markup} words", f"{markup} words", "words"), title=markup)
    assert show_plain(alert)[1:3] == [markup, f"  r: {markup} [words]"]
    assert f"{markup} " in show_styled(alert)


def test_a_plain_address_can_be_clicked_and_is_the_one_shown() -> None:
    shown = show_styled(alert_of(NEAR))
    assert ";https://a.example/1\x1b\\" in shown
    assert shown.count("https://a.example/1") == 2


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/\x1b]8;;x", "file:///etc/passwd", ""])
def test_any_other_address_is_text_only(url: str) -> None:
    assert OSC_LINK not in show_styled(alert_of(NEAR, url=url))


def test_the_line_for_logs_is_one_line() -> None:
    assert make_line(alert_of(NEAR)) == (
        "warning | The Outlet | Militia fires on base | group-near-base | https://a.example/1"
    )


def test_defused_text_keeps_its_length() -> None:
    text = "".join(HOSTILE)
    assert len(defuse_text(text)) == len(text)
