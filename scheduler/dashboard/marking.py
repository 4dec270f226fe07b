"""Where matched words stand in a text that people read, and what kind of word each is. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.models import Alert, Hit, Mention, Zone

MarkKind = Literal["group", "base", "event", "name", "word"]
"""A name of another type than group and base is a name; what a rule quotes is a word."""

_RANKS: dict[MarkKind, int] = {"group": 0, "base": 1, "name": 2, "event": 3, "word": 4}
"""Where two overlap, the lower one is shown."""
_LINE_END = "\n"


@dataclass(frozen=True, slots=True)
class Mark:
    """Words at [start, end) code points of a text."""

    start: int
    end: int
    kind: MarkKind
    label: str
    """What they are: `@group:hamas`, `#attack`, `"all options"`."""


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text, and its marks counted from its beginning; they do not overlap."""

    text: str
    marks: tuple[Mark, ...] = ()

    @property
    def pieces(self) -> Iterator[tuple[str, Mark | None]]:
        """The text in order, each piece with the mark that it bears."""
        at = 0
        for mark in self.marks:
            if mark.start > at:
                yield self.text[at : mark.start], None
            yield self.text[mark.start : mark.end], mark
            at = mark.end
        if at < len(self.text):
            yield self.text[at:], None


def mark_sentence(hit: Hit, mentions: Iterable[Mention]) -> MarkedText:
    """The sentence that tells a hit best: what the rule rests on, and every name."""
    marks = _marks_of_hit(hit, hit.zone) + [_mark_of(each) for each in mentions if each.zone is hit.zone]
    return MarkedText(hit.sentence, _lay_out(marks, hit.start, hit.start + len(hit.sentence)))


def mark_title(alert: Alert) -> MarkedText:
    return MarkedText(alert.title, _lay_out(list_marks(alert, alert.mentions, Zone.TITLE), 0, len(alert.title)))


def list_marks(alert: Alert, mentions: Iterable[Mention], zone: Zone) -> list[Mark]:
    """All that was found in a zone: what rules rest on, who tells, and every name."""
    found = [mark for hit in alert.hits for mark in _marks_of_hit(hit, zone)]
    found += [Mark(each.start, each.end, "event", each.event) for each in alert.stances if each.zone is zone]
    found += [_mark_of(each) for each in mentions if each.zone is zone]
    return found


def mark_lines(text: str, marks: Sequence[Mark]) -> tuple[MarkedText, ...]:
    """Each line of a text with the marks inside it; empty lines are left out."""
    return mark_pieces(text.split(_LINE_END), marks) if text else ()


def mark_pieces(pieces: Iterable[str], marks: Sequence[Mark]) -> tuple[MarkedText, ...]:
    """The same of texts that are counted as if each stood on a line of its own."""
    found = []
    start = 0
    for piece in pieces:
        if piece.strip():
            found.append(MarkedText(piece, _lay_out(marks, start, start + len(piece))))
        start += len(piece) + len(_LINE_END)
    return tuple(found)


def _marks_of_hit(hit: Hit, zone: Zone) -> list[Mark]:
    return [Mark(term.start, term.end, _kind_of(term.label), term.label) for term in hit.terms if term.zone is zone]


def _mark_of(mention: Mention) -> Mark:
    label = f"@{mention.type}:{mention.entity}"
    return Mark(mention.start, mention.end, _kind_of(label), label)


def _kind_of(label: str) -> MarkKind:
    if label.startswith("#"):
        return "event"
    if not label.startswith("@"):
        return "word"
    name = label[1:].partition(":")[0]
    return "group" if name in {"group", "new-group"} else "base" if name == "base" else "name"


def _lay_out(marks: Iterable[Mark], start: int, end: int) -> tuple[Mark, ...]:
    """Those inside [start, end), counted from `start`; where some overlap, the rest of the less telling one."""
    taken: list[Mark] = []
    inside = (mark for mark in marks if mark.start < end and mark.end > start)
    for mark in sorted(inside, key=lambda each: (_RANKS[each.kind], each.start, -each.end)):
        for left, right in _free_parts(max(mark.start, start), min(mark.end, end), taken):
            taken.append(Mark(left, right, mark.kind, mark.label))
    moved = [Mark(mark.start - start, mark.end - start, mark.kind, mark.label) for mark in taken]
    return tuple(sorted(moved, key=lambda mark: mark.start))


def _free_parts(start: int, end: int, taken: Sequence[Mark]) -> list[tuple[int, int]]:
    at, parts = start, []
    for mark in sorted(taken, key=lambda each: each.start):
        if mark.end <= at or mark.start >= end:
            continue
        if mark.start > at:
            parts.append((at, mark.start))
        at = mark.end
    return [*parts, (at, end)] if at < end else parts
