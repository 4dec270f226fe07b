"""What has changed between two texts of an article, line by line. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from crawler.models import Article

_ZONES = ("title", "description", "body", "caption")
_MOST_LINES = 1500
"""Of texts that are compared; beyond that it takes too long."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line that came, went or stayed; lines that stayed are only counted."""

    kind: Literal["added", "removed", "same", "too_long"]
    text: str = ""
    zone: str = ""
    count: int = 1


def compare_articles(before: Article, after: Article) -> tuple[Change, ...]:
    """Title, description, body and captions; empty when nothing differs."""
    old, new = list(_lines_of(before)), list(_lines_of(after))
    if old == new:
        return ()
    if max(len(old), len(new)) > _MOST_LINES:
        return (Change("too_long", count=max(len(old), len(new))),)
    return tuple(_list_changes(old, new))


def _lines_of(article: Article) -> Iterator[tuple[str, str]]:
    """Zone and line."""
    yield "title", article.title
    for zone, text in (
        ("description", article.description),
        ("body", article.body),
        ("caption", "\n".join(article.captions)),
    ):
        yield from ((zone, line) for line in text.split("\n") if line.strip())


def _list_changes(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> Iterator[Change]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", count=i2 - i1)
            continue
        # zone by zone, so that what was stands above what is
        for zone in _ZONES:
            yield from (Change("removed", text, zone) for at, text in old[i1:i2] if at == zone)
            yield from (Change("added", text, zone) for at, text in new[j1:j2] if at == zone)
