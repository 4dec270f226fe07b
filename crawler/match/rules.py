"""Does a rule hold for an article, and on what evidence? Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from crawler.match.document import Place
from crawler.match.pool import Occurrence, Pool, unit_number
from crawler.match.tree import (
    PASSAGE,
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
    Unit,
    Within,
    terms_of,
)
from crawler.models import ScorePart, Zone

_NEIGHBOURS = 8
_MOST_EVIDENCE = 12
"""Occurrences of one term that are worth telling."""


class Window(NamedTuple):
    """The stretch that a part must hold in: a sentence or paragraph by its number, or a whole zone."""

    unit: Unit
    zone: Zone
    number: int = 0

    def holds(self, place: Place) -> bool:
        """Does a place lie in it?"""
        reach = PASSAGE if self.unit == "passage" else 1
        return place.zone is self.zone and 0 <= unit_number(place, self.unit) - self.number < reach


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a part holds."""

    occurrences: tuple[Occurrence, ...] = ()
    notes: tuple[str, ...] = ()
    """What cannot be pointed at: distances, absences, scores."""
    score: tuple[ScorePart, ...] = ()


def prove(node: Node, pool: Pool, window: Window | None = None) -> Proof | None:
    """The evidence that a part of a rule holds in the window (the whole article without one), or None."""
    key = (id(node), window)
    if key not in pool.proofs:
        pool.proofs[key] = _PROVERS[type(node)](node, pool, window)
    proof: Proof | None = pool.proofs[key]
    return proof


def holds(node: Node, pool: Pool, window: Window | None) -> bool:
    """Does a part hold? The same answer as `prove`, without the evidence."""
    match node:
        case Term() | Pattern():
            return bool(pool.within(node, *window) if window else pool.occurrences(node))
        case AllOf(parts=parts):
            return all(holds(part, pool, window) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, pool, window) for part in parts)
        case Not(part=part):
            return not holds(part, pool, window)
        case _:
            return prove(node, pool, window) is not None


def seek(node: Node, pool: Pool, window: Window | None) -> Sequence[Occurrence]:
    """Where a word, a name, or one of several, occurs in the window."""
    if isinstance(node, Term | Pattern):
        return pool.within(node, *window) if window else pool.occurrences(node)
    if isinstance(node, AnyOf):
        return [seen for part in node.parts for seen in seek(part, pool, window)]
    proof = prove(node, pool, window)
    return list(proof.occurrences) if proof else []


def distance(left: Place, right: Place) -> int:
    """Words from one to the other: neighbours are 1 apart, what overlaps 0. Right before left is negative."""
    if left.first_word <= right.last_word and right.first_word <= left.last_word:
        return 0
    return right.first_word - left.last_word if right.first_word > left.last_word else right.last_word - left.first_word


def _prove_term(node: Term | Pattern, pool: Pool, window: Window | None) -> Proof | None:
    seen = seek(node, pool, window)
    return Proof(tuple(seen[:_MOST_EVIDENCE])) if seen else None


def _prove_all(node: AllOf, pool: Pool, window: Window | None) -> Proof | None:
    proofs = []
    for part in node.parts:
        proof = prove(part, pool, window)
        if proof is None:
            return None
        proofs.append(proof)
    return _join(proofs)


def _prove_any(node: AnyOf, pool: Pool, window: Window | None) -> Proof | None:
    proofs = [proof for part in node.parts if (proof := prove(part, pool, window))]
    return _join(proofs) if proofs else None


def _prove_not(node: Not, pool: Pool, window: Window | None) -> Proof | None:
    return None if holds(node.part, pool, window) else Proof(notes=(f"without {node.part.source}",))


def _prove_near(node: Near, pool: Pool, window: Window | None) -> Proof | None:
    rights = sorted(seek(node.right, pool, window), key=_first_word)
    pairs = [
        (abs(words), left, right)
        for left in seek(node.left, pool, window)
        for right in _neighbours(left, rights)
        if left.place.zone is right.place.zone
        and left.place != right.place
        and abs(words := distance(left.place, right.place)) <= node.words
        and not (node.ordered and left.place.start > right.place.start)
    ]
    if not pairs:
        return None
    words, left, right = min(pairs, key=lambda pair: pair[0])
    return Proof((left, right), (f"{words} words apart",))


def _neighbours(left: Occurrence, rights: list[Occurrence]) -> list[Occurrence]:
    """The few that can be nearest in each zone: quadratic work on a hostile text is refused."""
    number = bisect_left(rights, left.place.first_word, key=_first_word)
    return rights[max(0, number - _NEIGHBOURS) : number + _NEIGHBOURS]


def _first_word(seen: Occurrence) -> int:
    return seen.place.first_word


def _prove_actor(node: Actor, pool: Pool, window: Window | None) -> Proof | None:
    groups = {selector for term in terms_of(node.group) if isinstance(term, Term) for selector in (term.value,)}
    events = {term.value: term.source for term in terms_of(node.event) if isinstance(term, Term)}
    held = [
        stance
        for stance in pool.stances
        if stance.event in events
        and groups & pool.selectors(stance.entity)
        and (window is None or window.holds(stance.place))
    ]
    if not held:
        return None
    told = dict.fromkeys(f"{stance.event} by {stance.entity}" for stance in held)
    return Proof(tuple(Occurrence(stance.place, events[stance.event]) for stance in held[:_MOST_EVIDENCE]), tuple(told))


def _prove_within(node: Within, pool: Pool, window: Window | None) -> Proof | None:
    if node.unit == "title":
        inside = Window("title", Zone.TITLE)
        return prove(node.part, pool, inside) if window is None or window.zone is Zone.TITLE else None
    terms = terms_of(node.part) if node.anchors is None else node.anchors
    windows = dict.fromkeys(
        inside for term in terms for seen in seek(term, pool, window) for inside in _windows_of(seen.place, node.unit)
    )
    held = [inside for inside in windows if holds(node.part, pool, inside)]
    proofs = [proof for inside in held[:_MOST_EVIDENCE] if (proof := prove(node.part, pool, inside))]
    return _join(proofs, f"in one {node.unit}") if proofs else None


def _windows_of(place: Place, unit: Unit) -> Iterator[Window]:
    number = unit_number(place, unit)
    first = max(0, number - PASSAGE + 1) if unit == "passage" else number
    return (Window(unit, place.zone, each) for each in range(first, number + 1))


def _prove_count(node: AtLeast, pool: Pool, window: Window | None) -> Proof | None:
    if len(node.parts) == 1:
        seen = seek(node.parts[0], pool, window)
        return Proof(tuple(seen), (f"{len(seen)} times",)) if len(seen) >= node.count else None
    proofs = [proof for part in node.parts if (proof := prove(part, pool, window))]
    return _join(proofs, f"{len(proofs)} of {len(node.parts)}") if len(proofs) >= node.count else None


def _prove_score(node: Score, pool: Pool, window: Window | None) -> Proof | None:
    proofs = [prove(part, pool, window) for _, part in node.parts]
    score = tuple(
        ScorePart(part.source, weight, proof is not None)
        for (weight, part), proof in zip(node.parts, proofs, strict=True)
    )
    total = sum(part.weight for part in score if part.held)
    if total < node.threshold:
        return None
    weights = " ".join(f"{part.weight:+g}" for part in score if part.held)
    joined = _join(filter(None, proofs), f"score {total:g} of {node.threshold:g} ({weights})")
    return replace(joined, score=tuple(dict.fromkeys((*joined.score, *score))))


def _prove_language(node: Language, pool: Pool, _window: Window | None) -> Proof | None:
    language = pool.document.language
    return Proof(notes=(f"language {language}",)) if language in node.codes else None


def _prove_outlet(node: FromOutlet, pool: Pool, _window: Window | None) -> Proof | None:
    outlet = pool.document.article.outlet
    return Proof(notes=(f"outlet {outlet}",)) if outlet in node.slugs else None


def _join(proofs: Iterable[Proof], *notes: str) -> Proof:
    """Of one object is kept one: the pool makes each occurrence once, and comparing them by value is dear."""
    proofs = list(proofs)
    if len(proofs) == 1 and not notes:
        return proofs[0]
    occurrences = {id(seen): seen for proof in proofs for seen in proof.occurrences}
    told = dict.fromkeys((*(note for proof in proofs for note in proof.notes), *notes))
    score = dict.fromkeys(part for proof in proofs for part in proof.score)
    return Proof(tuple(occurrences.values()), tuple(told), tuple(score))


# Any: each function takes its own kind of node, which the key says and the type system cannot
_PROVERS: dict[type, Callable[[Any, Pool, Window | None], Proof | None]] = {
    Term: _prove_term,
    Pattern: _prove_term,
    AllOf: _prove_all,
    AnyOf: _prove_any,
    Not: _prove_not,
    Near: _prove_near,
    Actor: _prove_actor,
    Within: _prove_within,
    AtLeast: _prove_count,
    Score: _prove_score,
    Language: _prove_language,
    FromOutlet: _prove_outlet,
}
