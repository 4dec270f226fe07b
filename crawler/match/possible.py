"""Can a rule hold for any article at all? Errs to one side: what is called impossible is. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from crawler.match.gazetteer import select_entity
from crawler.match.pool import NEW_GROUP
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
    Score,
    Term,
    Within,
    parts_of,
)
from settings.model import Gazetteer

Bearers = Mapping[str, frozenset[str]]
"""The entities that answer to a selector, by any alias that can be a mention."""


def list_bearers(gazetteer: Gazetteer) -> Bearers:
    """Entities that can be found at all, by what rules may call them."""
    bearers: dict[str, set[str]] = defaultdict(set)
    for entity in gazetteer.entities:
        if any(alias.policy not in {"never", "after_full_form"} for alias in entity.aliases):
            for selector in select_entity(entity):
                bearers[selector].add(entity.id)
    return {selector: frozenset(entities) for selector, entities in bearers.items()}


def can_hold(node: Node, bearers: Bearers) -> bool:  # noqa: PLR0911  # one for each kind of node
    """False for what no article can satisfy: a threshold out of reach, a name that nobody bears, a part that is wanted
    and refused."""
    match node:
        case Term(kind="entity", value=value):
            return value == NEW_GROUP or bool(bearers.get(value))
        case AllOf(parts=parts):
            return not _contradicts(parts, bearers) and all(can_hold(part, bearers) for part in parts)
        case Score(threshold=threshold, parts=parts):
            return sum(weight for weight, part in parts if weight > 0 and can_hold(part, bearers)) >= threshold
        case AtLeast(count=count, parts=parts) if len(parts) > 1:
            return sum(can_hold(part, bearers) for part in parts) >= count
        case AnyOf(parts=parts) | AtLeast(parts=parts):
            return any(can_hold(part, bearers) for part in parts)
        case Not():
            return True
        case _:
            return all(can_hold(part, bearers) for part in parts_of(node))


def _contradicts(parts: Sequence[Node], bearers: Bearers) -> bool:
    """Must something be there that must not, or is the article to be in two languages, or of two outlets?"""
    wanted = {term for part in parts for term in _list_wanted(part)}
    refused = {term for part in parts if isinstance(part, Not) for term in _list_any(part.part)}
    names = frozenset[str]().union(*(_bearers_of(term, bearers) for term in refused))
    codes = [part.codes for part in parts if isinstance(part, Language)]
    slugs = [part.slugs for part in parts if isinstance(part, FromOutlet)]
    return (
        bool({(term.kind, term.value) for term in wanted} & {(term.kind, term.value) for term in refused})
        or any(held and held <= names for held in (_bearers_of(term, bearers) for term in wanted))
        or any(each and not frozenset.intersection(*each) for each in (codes, slugs))
    )


def _bearers_of(term: Term, bearers: Bearers) -> frozenset[str]:
    return bearers.get(term.value, frozenset()) if term.kind == "entity" else frozenset()


def _list_wanted(node: Node) -> set[Term]:
    """Terms that must all be there for a part to hold."""
    match node:
        case Term():
            return {node}
        case AllOf() | Within() | Near():
            return {term for part in parts_of(node) for term in _list_wanted(part)}
        case Actor(group=part) | AtLeast(parts=(part,)):
            return _list_wanted(part)
        case AnyOf(parts=parts):
            return set.intersection(*map(_list_wanted, parts))
        case _:
            return set()


def _list_any(node: Node) -> set[Term]:
    """Terms of which each alone makes a part hold, wherever it stands."""
    match node:
        case Term():
            return {node}
        case AnyOf(parts=parts):
            return {term for part in parts for term in _list_any(part)}
        case Within(part=part, unit=unit) if unit != "title":
            return _list_any(part)
        case _:
            return set()
