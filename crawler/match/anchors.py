"""Which terms a rule cannot do without, so that most rules are never tried on most articles."""

from collections.abc import Iterable

from crawler.match.tree import Actor, AllOf, AnyOf, AtLeast, Near, Node, Pattern, Score, Term, Within

Anchors = frozenset[Term | Pattern]


def find_anchors(node: Node) -> Anchors | None:
    """Terms of which one must occur for the node to hold; None when it may hold without any."""
    match node:
        case Term() | Pattern():
            return frozenset({node})
        case AllOf(parts=parts):
            return _cheapest(parts)
        case AnyOf(parts=parts) | AtLeast(parts=parts):
            return _union(parts)
        case Score(threshold=threshold, parts=weighted) if threshold > 0:
            return _union(part for weight, part in weighted if weight > 0)
        case Within(part=part) | Actor(group=part):
            return find_anchors(part)
    return _cheapest((node.left, node.right)) if isinstance(node, Near) else None


def _cheapest(parts: Iterable[Node]) -> Anchors | None:
    """Where all parts must hold, those anchors that are looked up soonest."""
    return min(filter(None, map(find_anchors, parts)), key=_cost, default=None)


def _cost(anchors: Anchors) -> tuple[int, int]:
    """Names are known before any word is sought."""
    return sum(not (isinstance(term, Term) and term.kind == "entity") for term in anchors), len(anchors)


def _union(parts: Iterable[Node]) -> Anchors | None:
    """Where one part is enough, the anchors of all, if each has some."""
    each = list(map(find_anchors, parts))
    return None if None in each else frozenset(term for anchors in each for term in anchors or ())
