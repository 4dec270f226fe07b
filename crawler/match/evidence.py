"""On what does a part of a rule that holds rest: words, what cannot be pointed at, and weights. Pure."""

from collections.abc import Iterable
from typing import Final, final

from crawler.match.nearness import count_words
from crawler.match.pool import Occurrence, Pool
from crawler.match.rules import list_acts, list_counted, list_pairs, locate, weigh_parts
from crawler.match.tree import (
    Actor,
    AllOf,
    AnyOf,
    AtLeast,
    Language,
    Near,
    Node,
    Not,
    Pattern,
    Score,
    Term,
    Within,
)
from crawler.match.windows import Stretch, first_bits, list_bits
from crawler.models import ScorePart

_MOST_STRETCHES: Final = 12
"""Sentences, paragraphs or passages that are worth telling."""
_MOST_PLACES: Final = 36
"""Occurrences of one term that are."""


@final
class Proof:
    """Why a part holds. No dataclass: those are made by Python, also where the rest is machine code."""

    __slots__ = ("notes", "occurrences", "score")

    def __init__(
        self,
        occurrences: tuple[Occurrence, ...] = (),
        notes: tuple[str, ...] = (),
        score: tuple[ScorePart, ...] = (),
    ) -> None:
        """`notes` tell what cannot be pointed at: distances, absences, scores."""
        self.occurrences: Final = occurrences
        self.notes: Final = notes
        self.score: Final = score


def prove(node: Node, pool: Pool) -> Proof | None:
    """The evidence that a part of a rule holds in an article, or None."""
    mask = locate(node, pool, "article")
    return _Gatherer(pool).gather(node, mask) if mask else None


class _Gatherer:
    """Collects the evidence of one rule, each piece once."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._seen: dict[int, Occurrence] = {}
        """By identity: the pool makes each occurrence once, and comparing them by value is dear."""
        self._notes: dict[str, None] = {}
        self._score: dict[ScorePart, None] = {}

    def gather(self, node: Node, mask: int) -> Proof:
        self.add(node, "article", mask)
        return Proof(tuple(self._seen.values()), tuple(self._notes), tuple(self._score))

    def add(self, node: Node, unit: Stretch, mask: int) -> None:  # noqa: C901  # one for each kind of node
        """What speaks for a part in these stretches, in each of which it holds."""
        if isinstance(node, (Term, Pattern)):
            _add_term(self, node, unit, mask)
        elif isinstance(node, AllOf):
            _add_all(self, node, unit, mask)
        elif isinstance(node, AnyOf):
            _add_any(self, node, unit, mask)
        elif isinstance(node, Within):
            _add_within(self, node, unit, mask)
        elif isinstance(node, Not):
            self.note(f"without {node.part.source}")
        elif isinstance(node, Near):
            _add_near(self, node, unit, mask)
        elif isinstance(node, Actor):
            _add_actor(self, node, unit, mask)
        elif isinstance(node, AtLeast):
            _add_count(self, node, unit, mask)
        elif isinstance(node, Score):
            _add_score(self, node, unit, mask)
        elif isinstance(node, Language):
            self.note(f"language {self.pool.document.language}")
        else:
            self.note(f"outlet {self.pool.document.article.outlet}")

    def point(self, places: Iterable[Occurrence]) -> None:
        known = self._seen
        for seen in places:
            if seen.parts:
                self.point(seen.parts)
            elif id(seen) not in known:
                known[id(seen)] = seen

    def note(self, told: str) -> None:
        self._notes[told] = None

    def weigh(self, part: ScorePart) -> None:
        self._score[part] = None

    def stand_in(self, places: Iterable[Occurrence], unit: Stretch, mask: int) -> list[Occurrence]:
        """Those of the places that stand in the stretches."""
        if unit == "article":
            return list(places)
        around = self.pool.windows.around
        return [seen for seen in places if around(seen.place, unit) & mask]


def _add_term(into: _Gatherer, node: Term | Pattern, unit: Stretch, mask: int) -> None:
    into.point(into.stand_in(into.pool.occurrences(node), unit, mask)[:_MOST_PLACES])


def _add_all(into: _Gatherer, node: AllOf, unit: Stretch, mask: int) -> None:
    for part in node.parts:
        into.add(part, unit, mask)


def _add_any(into: _Gatherer, node: AnyOf, unit: Stretch, mask: int) -> None:
    known = into.pool.located[unit]
    for part in node.parts:
        where = known.get(id(part))
        if held := mask & (locate(part, into.pool, unit) if where is None else where):
            into.add(part, unit, held)


def _add_near(into: _Gatherer, node: Near, unit: Stretch, mask: int) -> None:
    """The nearest pair of each stretch."""
    windows, left = into.pool.windows, mask
    for pair in sorted(list_pairs(node, into.pool), key=lambda pair: pair.words):
        here = left & windows.around(pair.left.place, unit) & windows.around(pair.right.place, unit)
        if here:
            left &= ~here
            into.point((pair.left, pair.right))
            into.note(f"{count_words(pair.words)} apart")


def _add_actor(into: _Gatherer, node: Actor, unit: Stretch, mask: int) -> None:
    acts = list_acts(node, into.pool)
    held = into.stand_in(acts, unit, mask)[:_MOST_PLACES]
    into.point(held)
    for seen in held:
        for told in acts[seen]:
            into.note(told)


def _add_within(into: _Gatherer, node: Within, unit: Stretch, mask: int) -> None:
    inside = locate(node.part, into.pool, node.unit)
    if node.unit != "title":
        inside = first_bits(inside & into.pool.windows.convert(mask, unit, node.unit), _MOST_STRETCHES)
        into.add(node.part, node.unit, inside)
        into.note(f"in one {node.unit}")
    else:
        into.add(node.part, node.unit, inside)


def _add_count(into: _Gatherer, node: AtLeast, unit: Stretch, mask: int) -> None:
    if len(node.parts) > 1:
        first = mask & -mask
        held = [part for part in node.parts if locate(part, into.pool, unit) & mask]
        for part in held:
            into.add(part, unit, mask & locate(part, into.pool, unit))
        here = sum(bool(locate(part, into.pool, unit) & first) for part in held)
        into.note(f"{here} of {len(node.parts)}")
        return
    part = node.parts[0]
    if isinstance(part, Within):
        into.add(part, unit, mask)
        inside = locate(part.part, into.pool, part.unit) & into.pool.windows.convert(mask, unit, part.unit)
        into.note(f"{inside.bit_count()} times")
        return
    seen = into.stand_in(list_counted(part, into.pool), unit, mask)
    into.point(seen[:_MOST_PLACES])
    most = max(sum(bool(into.pool.windows.around(one.place, unit) >> bit & 1) for one in seen) for bit in _bits(mask))
    into.note(f"{most} times")


def _bits(mask: int) -> list[int]:
    return list(list_bits(first_bits(mask, _MOST_STRETCHES)))


def _add_score(into: _Gatherer, node: Score, unit: Stretch, mask: int) -> None:
    """Where the total is highest."""
    total, where = max(
        (total, held & mask) for total, held in weigh_parts(node, into.pool, unit).items() if held & mask
    )
    first = where & -where
    weights = []
    for weight, part in node.parts:
        held = locate(part, into.pool, unit)
        into.weigh(ScorePart(part.source, weight, bool(held & first)))
        if held & first:
            weights.append(f"{weight:+g}")
        if held & mask:
            into.add(part, unit, held & mask)
    into.note(f"score {total:g} of {node.threshold:g} ({' '.join(weights)})")
