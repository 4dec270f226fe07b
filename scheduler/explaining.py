"""Pieces of an analysis as text for people, shared by the commands that explain."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from crawler.models import Hit
from scheduler.alerts.terminal import BRACKETS, STYLED, Span, defuse_text, find_spans, mark_words, merge_spans

Marks = tuple[str, str]
SHOWN_CHARACTERS = 300


def choose_marks(console: Console) -> Marks:
    """Brackets where the console cannot underline."""
    return STYLED if console.is_terminal and not console.is_dumb_terminal else BRACKETS


def mark_lines(text: str, spans: Sequence[Span], marks: Marks) -> Group:
    """A text of several lines with the words at `spans` marked; no span crosses a line's end."""
    lines: list[Text] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in merge_spans(spans) if a < end and b > start]
        lines.append(mark_words(line, inside, marks, longest=len(line)))
        start = end + 1
    return Group(*lines)


def render_hit(hit: Hit, marks: Marks, *, sign: str = "", style: str = "") -> RenderableType:
    """Rule, severity, why, and the sentence with the words it rests on."""
    terms = [term for term in hit.terms if term.zone is hit.zone]
    head = Text.assemble((sign, style), (hit.rule, f"bold {style}"), f" ({hit.severity}) ", (hit.explanation, "dim"))
    return Group(head, indent(mark_words(hit.sentence, find_spans(hit.sentence, terms, hit.start), marks)))


def indent(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, 2), expand=False)


def shorten_line(text: str) -> str:
    """One harmless line, cut where it gets long."""
    line = defuse_text(text)
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[:SHOWN_CHARACTERS]}… ({len(line)} characters)"
