"""An alert as text for people. Titles and sentences come from the web: nothing in them may act on a terminal."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from crawler.models import Alert, Entry, HealthNotice, Hit, Severity, Term, Update, Zone
from settings.model import SEVERITIES

SEVERITY_STYLES: dict[Severity, str] = {
    "info": "dim",
    "notice": "cyan",
    "warning": "bold yellow",
    "critical": "bold white on red",
}
MATCH_STYLE = "bold underline"
STYLED, BRACKETS = ("", ""), ("[", "]")
LONGEST_TEXT = 600
"""Code points of a title or sentence that are shown."""
LEAD = 120
"""Code points kept before the first match of a longer one."""
MOST_SENTENCES = 3
_JOINERS = "\u200c\u200d"  # they spell Persian
_HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, invisible formats with the bidi ones, surrogates, line breaks
_PLAIN_LINK = re.compile(r"https?://[!-~]+", re.ASCII)


Span = tuple[int, int]
"""Start and end of marked words in a text."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A sentence that made rules fire."""

    rules: str
    sentence: str
    spans: tuple[Span, ...]


def render_alert(alert: Alert) -> RenderableType:
    """Outlet, time, title, then each telling sentence with its rules and marked words, the link and an empty line.

    Where the terminal cannot show marks by style, matched words stand in [brackets].
    """
    return _AlertView(alert)


def render_entry(entry: Entry) -> RenderableType:
    """An alert as above, an update with what changed, a health notice as one line and an empty one."""
    match entry:
        case Alert():
            return render_alert(entry)
        case Update():
            return Group(describe_update(entry), render_alert(entry.alert))
        case HealthNotice():
            return Group(describe_notice(entry), "")


def describe_update(update: Update) -> Text:
    """One line: what has changed."""
    facts = [f"update: {update.reason}"]
    if update.severity_before != update.alert.severity:
        facts.append(f"{update.severity_before} → {update.alert.severity}")
    facts += [f"new: {mention.name}" for mention in update.new_entities]
    facts += [f"now fires: {hit.rule}" for hit in update.new_hits]
    facts += [f"no longer fires: {hit.rule}" for hit in update.gone_hits]
    if update.title_before:
        facts.append(f"was: {update.title_before}")
    if update.new_members:
        names = ", ".join(member.outlet_name for member in update.new_members)
        facts.append(f"also told by {names}, {update.outlets} outlet{'s' if update.outlets != 1 else ''} now")
    if update.new_members and update.first_member:
        facts.append(f"first by {update.first_member.outlet_name}")
    return Text(defuse_text("; ".join(facts)), "dim")


def describe_notice(notice: HealthNotice) -> Text:
    """One line: of what, what it is, and since when or how long."""
    what = f"{notice.subject or 'basewatch'}: {notice.trouble.replace('_', ' ')}"
    if notice.ended_at:
        lasted = timedelta(seconds=round((notice.ended_at - notice.since).total_seconds()))
        return Text(defuse_text(f" OVER  {what}, after {lasted}"), "green")
    text = Text(f" {notice.severity.upper()} ", SEVERITY_STYLES[notice.severity])
    return text.append(defuse_text(f" {what}, since {notice.since:%Y-%m-%d %H:%M} UTC: {notice.detail}"), "default")


def make_line(alert: Alert) -> str:
    """One line for logs; never two, whatever the title says."""
    rules = ", ".join(dict.fromkeys(hit.rule for hit in alert.grounds))
    parts = (alert.severity, alert.outlet_name, alert.title, rules, alert.url)
    return " | ".join(defuse_text(part) for part in parts)


def defuse_text(text: str) -> str:
    """The same text on one line with every harmful character visible; each stays one code point, so offsets hold."""
    return "".join(_defuse_character(character) for character in text)


def _defuse_character(character: str) -> str:
    if character in "\t\n\r\u2028\u2029":
        return " "
    if character in _JOINERS or unicodedata.category(character) not in _HARMFUL:
        return character
    return "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class _AlertView:
    alert: Alert

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        marks = STYLED if console.is_terminal and not console.is_dumb_terminal else BRACKETS
        yield make_header(self.alert)
        yield mark_words(self.alert.title, title_spans(self.alert), marks, "bold")
        for telling in telling_sentences(self.alert)[:MOST_SENTENCES]:
            sentence = mark_words(telling.sentence, telling.spans, marks)
            yield indent_text(Text.assemble((defuse_text(telling.rules), "green"), ": ", sentence), options)
        if gone := describe_gone(self.alert):
            yield indent_text(Text(gone, "yellow"), options)
        yield indent_text(make_link(self.alert.url), options)
        yield ""


def indent_text(text: Text, options: ConsoleOptions) -> RenderableType:
    """Every line of it; in a pipe nothing is wrapped, and Padding would cut the line at the terminal's width."""
    return Text("  ") + text if options.no_wrap else Padding(text, (0, 0, 0, 2), expand=False)


def make_header(alert: Alert) -> Text:
    """How severe, who published it, when."""
    moment = alert.published or alert.seen
    facts = [f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" + ("" if alert.published else " (seen)")]
    facts += ["feed text only"] if alert.partial else []
    facts += ["replay"] if alert.replay else []
    severity = Text(f" {alert.severity.upper()} ", SEVERITY_STYLES.get(alert.severity, ""))
    return Text.assemble(severity, " ", (defuse_text(alert.outlet_name), "bold"), "  ", ("  ".join(facts), "dim"))


def describe_gone(alert: Alert) -> str:
    """Since when and why no rule fires on the article; empty where one does."""
    if alert.hits or not alert.former_hits:
        return ""
    last = alert.former_hits[-1]
    return f"no rule finds this any more since {last.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({last.reason})"


def make_link(url: str) -> Text:
    """The address as it would be opened; only a plain one can be clicked."""
    shown = defuse_text(url)
    return Text(shown, Style(dim=True, link=url if _PLAIN_LINK.fullmatch(url) else None), overflow="fold")


def telling_sentences(alert: Alert) -> list[Telling]:
    """The sentences that made rules fire, each once, the most severe first."""
    places: dict[tuple[Zone, int, int], list[Hit]] = {}
    for hit in sorted(alert.grounds, key=lambda hit: -SEVERITIES.index(hit.severity)):
        places.setdefault((hit.zone, hit.start, hit.end), []).append(hit)
    return [make_telling(hits, alert.title) for hits in places.values()]


def make_telling(hits: Sequence[Hit], title: str) -> Telling:
    """What hits on the same sentence have in common."""
    first, rules = hits[0], ", ".join(dict.fromkeys(hit.rule for hit in hits))
    if first.zone is Zone.TITLE and first.sentence == title:
        return Telling(rules, "in the title", ())
    terms = (term for hit in hits for term in hit.terms if term.zone is first.zone)
    return Telling(rules, first.sentence, find_spans(first.sentence, terms, first.start))


def title_spans(alert: Alert) -> tuple[Span, ...]:
    terms = (term for hit in alert.grounds for term in hit.terms if term.zone is Zone.TITLE)
    return find_spans(alert.title, terms, 0)


def find_spans(text: str, terms: Iterable[Term], shift: int) -> tuple[Span, ...]:
    """Where the terms stand in a text that begins at `shift` of its zone; in order, overlapping ones as one."""
    return tuple(merge_spans((term.start - shift, term.end - shift) for term in terms if is_at(text, term, shift)))


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """In order, overlapping ones as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def is_at(text: str, term: Term, shift: int) -> bool:
    """Does the text hold the term's words at the term's place? Marks are exact, or absent."""
    return term.start >= shift and text[term.start - shift : term.end - shift] == term.text != ""


def mark_words(
    text: str, spans: Sequence[Span], marks: tuple[str, str], style: str = "", *, longest: int = LONGEST_TEXT
) -> Text:
    """One line with the words at `spans` marked; a very long text is cut to the part that holds the first of them."""
    first, last = choose_window(text, spans, longest)
    marked = Text("… " if first else "", style, overflow="fold")
    position = first
    for start, end in ((max(start, first), min(end, last)) for start, end in spans if start < last):
        marked.append(defuse_text(text[position:start]))
        marked.append(marks[0] + defuse_text(text[start:end]) + marks[1], MATCH_STYLE)
        position = end
    marked.append(defuse_text(text[position:last]))
    return marked.append(" …" if last < len(text) else "")


def choose_window(text: str, spans: Sequence[Span], longest: int) -> Span:
    if len(text) <= longest:
        return 0, len(text)
    first = max(0, spans[0][0] - LEAD) if spans else 0
    return first, min(len(text), first + longest)
