"""Rules evaluated in the plainest way: every stretch of text is looked at by itself, every pair of places measured.

Slow, and easy to believe. `test_match_evaluation.py` holds the real evaluation against it.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from crawler.match.document import Place
from crawler.match.pool import Pool
from crawler.match.sentences import number_at
from crawler.match.tree import (
    Actor,
    AllOf,
    AnyOf,
    AtLeast,
    FromOutlet,
    Language,
    Near,
    Node,
    Not,
    Pattern,
    Score,
    Term,
    Within,
    terms_of,
)
from crawler.models import TOLD, Zone

Sentence = tuple[Zone, int]


class Stretch(NamedTuple):
    """A stretch of text and the sentences in it."""

    unit: str
    sentences: frozenset[Sentence]


def holds_plainly(node: Node, pool: Pool) -> bool:
    """Does a rule hold for the article?"""
    return _holds(node, pool, next(_stretches(pool, "article")))


def _stretches(pool: Pool, unit: str) -> Iterator[Stretch]:
    every: set[Sentence] = set()
    for zone in TOLD:
        if text := pool.document.zones.get(zone):
            where = {(zone, n): number_at(text.paragraphs, start) for n, start in enumerate(text.sentences)}
            every |= where.keys()
            if unit == "sentence":
                yield from (Stretch(unit, frozenset({each})) for each in where)
            elif unit in {"paragraph", "passage"}:
                reach = 3 if unit == "passage" else 1
                for first in range(len(text.paragraphs)):
                    held = (each for each, number in where.items() if first <= number < first + reach)
                    yield Stretch(unit, frozenset(held))
    if unit == "article":
        yield Stretch(unit, frozenset(every))
    elif unit == "title":
        yield Stretch(unit, frozenset(each for each in every if each[0] is Zone.TITLE))


def _holds(node: Node, pool: Pool, stretch: Stretch) -> bool:  # noqa: C901, PLR0911, PLR0912  # one for each kind of node
    match node:
        case Term() | Pattern():
            return bool(_places(node, pool, stretch))
        case AllOf(parts=parts):
            return all(_holds(part, pool, stretch) for part in parts)
        case AnyOf(parts=parts):
            return any(_holds(part, pool, stretch) for part in parts)
        case Not(part=part):
            return not _holds(part, pool, stretch)
        case Near():
            return bool(_pairs(node, pool, stretch))
        case Actor():
            return bool(_places(node, pool, stretch))
        case Within(part=part):
            return any(_holds(part, pool, inner) for inner in _inner(node, pool, stretch))
        case AtLeast(count=count, parts=(Within() as part,)):
            return sum(_holds(part.part, pool, inner) for inner in _inner(part, pool, stretch)) >= count
        case AtLeast(count=count, parts=(Near() as part,)):
            return len({left.span for left, _ in _pairs(part, pool, stretch)}) >= count
        case AtLeast(count=count, parts=(part,)):
            return len(_places(part, pool, stretch)) >= count
        case AtLeast(count=count, parts=parts):
            return sum(_holds(part, pool, stretch) for part in parts) >= count
        case Score(threshold=threshold, parts=weighted):
            return sum(weight for weight, part in weighted if _holds(part, pool, stretch)) >= threshold
        case Language(codes=codes):
            return pool.document.language in codes
        case FromOutlet(slugs=slugs):
            return pool.document.article.outlet in slugs


def _inner(node: Within, pool: Pool, stretch: Stretch) -> list[Stretch]:
    """Those within the stretch, or around it; the title stands above all."""
    return [
        each
        for each in _stretches(pool, node.unit)
        if node.unit == "title"
        or (each == stretch if each.unit == stretch.unit else each.sentences & stretch.sentences)
    ]


def _places(node: Node, pool: Pool, stretch: Stretch) -> set[Place]:
    found: set[Place] = set()
    match node:
        case Term() | Pattern():
            found = {seen.place for seen in pool.occurrences(node)}
        case AnyOf(parts=parts):
            found = {place for part in parts for place in _places(part, pool, stretch)}
        case Near():
            found = {_join(*pair) for pair in _pairs(node, pool, stretch)}
        case Actor():
            groups = {term.value for term in terms_of(node.group) if isinstance(term, Term)}
            events = {term.value for term in terms_of(node.event) if isinstance(term, Term)}
            found = {
                stance.place
                for stance in pool.stances
                if stance.event in events and pool.selectors(stance.entity) & groups
            }
    return {place for place in found if stretch.unit == "article" or (place.zone, place.sentence) in stretch.sentences}


def _pairs(node: Near, pool: Pool, stretch: Stretch) -> list[tuple[Place, Place]]:
    return [
        (left, right)
        for left, right in product(_places(node.left, pool, stretch), _places(node.right, pool, stretch))
        if left.zone is right.zone
        and left != right
        and _apart(left, right) <= node.words
        and (not node.ordered or left.start <= right.start)
    ]


def _apart(left: Place, right: Place) -> int:
    return max(0, right.first_word - left.last_word, left.first_word - right.last_word)


def _join(left: Place, right: Place) -> Place:
    first = min(left, right, key=lambda place: (place.start, place.end))
    return first.reach(max(left.end, right.end), max(left.last_word, right.last_word))
