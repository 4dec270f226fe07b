"""Where does a part of a rule hold in an article? Pure.

Every part is answered once for each unit that it is asked about, for the whole article at once: as a number whose bits
are the stretches (see `windows`) in which it holds. AND is `&` then, OR is `|`, and rules that share a part, which
`language` makes one object, share the answer.
"""

from collections.abc import Iterable, Iterator

from crawler.match.nearness import Pair, pair_up
from crawler.match.pool import Occurrence, Pool
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
from crawler.match.windows import Stretch, list_bits


def holds(node: Node, pool: Pool) -> bool:
    """Does a part hold somewhere in what the article tells?"""
    return locate(node, pool, "article") != 0


def locate(node: Node, pool: Pool, unit: Stretch) -> int:
    """The stretches of that unit in which a part holds."""
    known = pool.located[unit]
    mask = known.get(id(node))
    if mask is None:
        mask = known[id(node)] = _locate(node, pool, unit)
    return mask


def _locate(node: Node, pool: Pool, unit: Stretch) -> int:  # noqa: PLR0911  # one for each kind of node
    # no `match`: mypyc makes a call of each of its cases, and a comparison of these
    if isinstance(node, (Term, Pattern)):
        return _locate_term(node, pool, unit)
    if isinstance(node, AllOf):
        return _locate_all(node, pool, unit)
    if isinstance(node, AnyOf):
        return _locate_any(node, pool, unit)
    if isinstance(node, Within):
        return _locate_within(node, pool, unit)
    if isinstance(node, Not):
        return _locate_not(node, pool, unit)
    if isinstance(node, Near):
        return _locate_near(node, pool, unit)
    if isinstance(node, Actor):
        return _locate_actor(node, pool, unit)
    if isinstance(node, AtLeast):
        return _locate_count(node, pool, unit)
    if isinstance(node, Score):
        return _locate_score(node, pool, unit)
    return _locate_language(node, pool, unit) if isinstance(node, Language) else _locate_outlet(node, pool, unit)


def list_places(node: Node, pool: Pool) -> tuple[Occurrence, ...]:
    """Where a word, a name, one of several or a pair of them occurs, in reading order: what distances are measured
    from. No place is listed twice."""
    if isinstance(node, (Term, Pattern)):
        return pool.occurrences(node)
    if id(node) not in pool.places:
        each: Iterable[Occurrence]
        match node:
            case AnyOf(parts=parts):
                each = (seen for part in parts for seen in list_places(part, pool))
            case Near():
                # of a pair within a NEAR any may be the one, not only the nearest
                each = (pair.whole for pair in _pair_up(node, pool, every=True))
            case Actor():
                each = list_acts(node, pool)
            case _:
                each = ()
        pool.places[id(node)] = pool.sort_places(each)
    return pool.places[id(node)]


def list_pairs(node: Near, pool: Pool) -> tuple[Pair, ...]:
    """The pairs of places that are near enough: for each left one the nearest on either side."""
    if id(node) not in pool.pairs:
        pool.pairs[id(node)] = tuple(_pair_up(node, pool))
    return pool.pairs[id(node)]


def _pair_up(node: Near, pool: Pool, *, every: bool = False) -> Iterator[Pair]:
    sides = list_places(node.left, pool), list_places(node.right, pool)
    return pair_up(*sides, node.words, ordered=node.ordered, every=every)


def list_counted(node: Node, pool: Pool) -> tuple[Occurrence, ...]:
    """What ATLEAST counts of one part: places; of a NEAR those of its first words that have a partner."""
    if isinstance(node, Near):
        return pool.sort_places(pair.left for pair in list_pairs(node, pool))
    return list_places(node, pool)


def count_times(node: Node, pool: Pool) -> int:
    """How often ATLEAST counts a single part in the whole article."""
    if isinstance(node, Within):
        return locate(node.part, pool, node.unit).bit_count()
    return len(list_counted(node, pool))


def list_acts(node: Actor, pool: Pool) -> dict[Occurrence, list[str]]:
    """The events that are attached to one of the groups, each with notes of who did what."""
    if id(node) not in pool.acts:
        groups = {term.value for term in terms_of(node.group) if isinstance(term, Term)}
        events = {term.value: term for term in terms_of(node.event) if isinstance(term, Term)}
        shared = {(seen.label, seen.place): seen for term in events.values() for seen in pool.occurrences(term)}
        acts: dict[Occurrence, list[str]] = {}
        for stance in pool.stances:
            if stance.event in events and groups & pool.selectors(stance.entity):
                told = (events[stance.event].source, stance.place)
                if told not in shared:
                    shared[told] = Occurrence(stance.place, told[0])
                acts.setdefault(shared[told], []).append(f"{stance.event} by {stance.entity}")
        pool.acts[id(node)] = acts
    return pool.acts[id(node)]


def weigh_parts(node: Score, pool: Pool, unit: Stretch) -> dict[float, int]:
    """The stretches that reach each total."""
    totals = {0.0: pool.windows.all_of(unit)}
    for weight, part in node.parts:
        mask = locate(part, pool, unit)
        shifted: dict[float, int] = {}
        for total, where in totals.items():
            if with_it := where & mask:
                shifted[total + weight] = shifted.get(total + weight, 0) | with_it
            if without := where & ~mask:
                shifted[total] = shifted.get(total, 0) | without
        totals = shifted
    return totals


def count_over(masks: Iterable[int], count: int) -> int:
    """The stretches that stand in at least so many of the masks."""
    reached = [0] * count
    for mask in masks:
        for place in range(count - 1, 0, -1):
            reached[place] |= reached[place - 1] & mask
        reached[0] |= mask
    return reached[-1]


def _locate_term(node: Term | Pattern, pool: Pool, unit: Stretch) -> int:
    seen = pool.occurrences(node)
    return pool.windows.around_all([each.place for each in seen], unit) if seen else 0


def _locate_all(node: AllOf, pool: Pool, unit: Stretch) -> int:
    mask = -1  # every bit there may be
    for part in node.by_cost:
        mask &= locate(part, pool, unit)
        if not mask:
            return 0
    return mask


def _locate_any(node: AnyOf, pool: Pool, unit: Stretch) -> int:
    mask, known = 0, pool.located[unit]
    for part in node.parts:
        held = known.get(id(part))
        mask |= locate(part, pool, unit) if held is None else held
    return mask


def _locate_not(node: Not, pool: Pool, unit: Stretch) -> int:
    return pool.windows.all_of(unit) & ~locate(node.part, pool, unit)


def _locate_near(node: Near, pool: Pool, unit: Stretch) -> int:
    mask = 0
    for pair in list_pairs(node, pool):
        mask |= pool.windows.around(pair.left.place, unit) & pool.windows.around(pair.right.place, unit)
    return mask


def _locate_actor(node: Actor, pool: Pool, unit: Stretch) -> int:
    return pool.windows.around_all((seen.place for seen in list_acts(node, pool)), unit)


def _locate_within(node: Within, pool: Pool, unit: Stretch) -> int:
    """What stands in a smaller stretch stands in the greater; a sentence has what its paragraph has; and the title is
    the article's, wherever one asks."""
    inside = locate(node.part, pool, node.unit)
    if node.unit == "title":
        return pool.windows.all_of(unit) if inside else 0
    return pool.windows.convert(inside, node.unit, unit)


def _locate_count(node: AtLeast, pool: Pool, unit: Stretch) -> int:
    if len(node.parts) > 1:
        return count_over((locate(part, pool, unit) for part in node.parts), node.count)
    part = node.parts[0]
    if isinstance(part, Within):
        # each stretch of its own counts
        inside = locate(part, pool, part.unit)
        if inside.bit_count() < node.count or unit == "article":
            return int(inside.bit_count() >= node.count)
        each = (1 << bit for bit in list_bits(inside))
        return count_over((pool.windows.convert(one, part.unit, unit) for one in each), node.count)
    seen = list_counted(part, pool)
    if len(seen) < node.count:
        return 0
    return 1 if unit == "article" else count_over((pool.windows.around(one.place, unit) for one in seen), node.count)


def _locate_score(node: Score, pool: Pool, unit: Stretch) -> int:
    mask = 0
    for total, where in weigh_parts(node, pool, unit).items():
        if total >= node.threshold:
            mask |= where
    return mask


def _locate_language(node: Language, pool: Pool, unit: Stretch) -> int:
    return pool.windows.all_of(unit) if pool.document.language in node.codes else 0


def _locate_outlet(node: FromOutlet, pool: Pool, unit: Stretch) -> int:
    return pool.windows.all_of(unit) if pool.document.article.outlet in node.slugs else 0
