"""Say why: the sentence that tells a hit best, the terms, one line for people; and what a rule lacked."""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, get_args

from crawler.match.document import Place
from crawler.match.evidence import Proof, prove
from crawler.match.nearness import count_words, distance, pair_up
from crawler.match.pool import Occurrence, Pool, Told
from crawler.match.reading import Reading, digest_reading
from crawler.match.rules import count_times, holds, list_places, weigh_parts
from crawler.match.tree import (
    AllOf,
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
    parts_of,
)
from crawler.models import TOLD, Certainty, Hit, NearMiss, PartVerdict, Severity, Zone
from crawler.models import Term as HitTerm
from settings.model import Rule

_RANKS: Final[tuple[Certainty, ...]] = get_args(Certainty)
_MOST_TOLD: Final = 3
_MOST_MEASURED: Final = 24
"""Words of one sentence between which distances are measured."""


def digest_rule(rule: Rule) -> str:
    """What decides a rule's hits: changes when its expression or severity does, not when its description does."""
    decides = [rule.name, rule.severity, rule.when, rule.unless, *(["yields"] if rule.yields else [])]
    if rule.is_read:
        decides += [rule.calm or "", *([rule.loud] if rule.loud else []), digest_reading()]
    return hashlib.sha256("\0".join(decides).encode()).hexdigest()[:16]


def make_hit(rule: Rule, digest: str, proof: Proof, reading: Reading | None, pool: Pool) -> Hit:
    """A hit with its terms, its best sentence and the line that explains it; `reading` is what `find_calm` or
    `find_loud` found."""
    told = [pool.tell(seen) for seen in proof.occurrences]
    terms = tuple([each.term for each in told])
    zone, number = _best_sentence(proof.occurrences, pool)
    text = pool.document.zones[zone]
    start, end, sentence = text.quote(*text.sentence_span(number))
    here = [each for each in told if (place := each.seen.place).sentence == number and place.zone is zone]
    return Hit(
        rule=rule.name,
        rule_digest=digest,
        severity=judge_severity(rule, proof, reading, pool),
        terms=terms,
        zone=text.zone,
        start=start,
        end=end,
        sentence=sentence,
        explanation=_tell(told, proof, reading),
        marks=_merge_spans([(each.term.start - start, min(each.term.end, end) - start) for each in here]),
        distance=_measure_distance([each.seen for each in here[:_MOST_MEASURED]]),
        certainty=_judge_certainty(terms),
        score=proof.score,
    )


def _merge_spans(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """In order, what overlaps as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _measure_distance(seen: Sequence[Occurrence]) -> int | None:
    """Between a name and what is said of it; between any two terms where there is no name."""
    names = [each for each in seen if each.label.startswith("@")]
    least = _least_distance(names, seen)
    return _least_distance(seen, seen) if least is None else least


def _least_distance(ones: Iterable[Occurrence], others: Sequence[Occurrence]) -> int | None:
    """As NEAR counts it, 0 where one stands in the other; None where all have one label, or stand at one place."""
    apart = [
        abs(distance(seen.place, other.place))
        for seen in ones
        for other in others
        if other.label != seen.label and other.place != seen.place
    ]
    return min(apart, default=None)


def _judge_certainty(terms: Iterable[HitTerm]) -> Certainty | None:
    """Of each label the surest name, of those the least sure."""
    ranks: dict[str, int] = {}
    for label, certainty in {(term.label, term.certainty) for term in terms if term.certainty}:
        rank = _RANKS.index(certainty)
        ranks[label] = min(rank, ranks.get(label, rank))
    return _RANKS[max(ranks.values())] if ranks else None


def judge_severity(rule: Rule, proof: Proof, reading: Reading | None, pool: Pool) -> Severity:
    """A rule may be less severe where the text reads calm, and more where it reads loud; and a name whose spelling was
    guessed is never alone the ground of the highest severity."""
    read = reading and (rule.calm if reading.is_calm else rule.loud)
    severity = read or rule.severity
    if severity != "critical":
        return severity
    names = _list_names(proof)
    guessed = bool(names) and all(pool.certainty(place) == "variant" for place in names)
    return "warning" if guessed else severity


def find_calm(rule: Rule, proof: Proof, pool: Pool) -> Reading | None:
    """How the text reads around the names that a rule rests on, or else around its words: if it is calm around all."""
    if rule.calm is None:
        return None
    evidence = [seen.place for seen in proof.occurrences]
    return pool.find_calm(_list_names(proof) or evidence, evidence)


def find_loud(rule: Rule, proof: Proof, pool: Pool) -> Reading | None:
    """How the text reads around the names that a rule rests on: if it is loud around one."""
    return None if rule.loud is None else pool.find_loud(_list_names(proof))


def _list_names(proof: Proof) -> list[Place]:
    return [seen.place for seen in proof.occurrences if seen.label.startswith("@")]


def _best_sentence(occurrences: tuple[Occurrence, ...], pool: Pool) -> tuple[Zone, int]:
    """The sentence that holds most of the different terms; of equals the first, in reading order."""
    labels: dict[tuple[Zone, int], set[str]] = defaultdict(set)
    for seen in occurrences:
        labels[seen.place.zone, seen.place.sentence].add(seen.label)
    if len(labels) == 1:
        return next(iter(labels))
    if not labels:
        return next(zone for zone in TOLD if zone in pool.document.zones), 0
    return max(labels, key=lambda key: (len(labels[key]), -TOLD.index(key[0]), -key[1]))


def _tell(told: Iterable[Told], proof: Proof, reading: Reading | None) -> str:
    """Of each label the first few different texts, and what makes it less severe, or more."""
    by_label: dict[str, dict[str, None]] = {}
    for each in told:
        texts = by_label.setdefault(each.seen.label, {})
        if len(texts) < _MOST_TOLD:
            texts[each.shown] = None
    parts = [f"{label}: {', '.join(texts)}" for label, texts in by_label.items()]
    read = [_tell_reading(reading)] if reading else []
    return "; ".join((*parts, *proof.notes, *read))


def _tell_reading(reading: Reading) -> str:
    if reading.is_calm:
        return f"less severe, as the words around read calm ({', '.join(reading.calming)})"
    return f"more severe, as the words around read loud ({', '.join(reading.alarming)})"


def tell_rule(
    rule: Rule, node: Node, pool: Pool, absence: Callable[[str], str], told: Mapping[str, Severity]
) -> Iterator[PartVerdict]:
    """A rule with its parts, and what makes it less severe, or more, or silent. `told`: the rules that are, each as
    severely as it is told."""
    yield from tell_parts(node, pool, absence)
    proof = prove(node, pool)
    if not proof:
        return
    if rule.yields and rule.name not in told:
        yield PartVerdict(1, "yields: true", holds=True, evidence="silent, as others tell of all that it names")
    elif calm := find_calm(rule, proof, pool):
        yield PartVerdict(1, f"calm: {rule.calm}", holds=True, evidence=_tell_reading(calm))
    elif loud := find_loud(rule, proof, pool):
        yield _tell_loud(rule, loud, told.get(rule.name), judge_severity(rule, proof, loud, pool))


def _tell_loud(rule: Rule, loud: Reading, told: Severity | None, may_be: Severity) -> PartVerdict:
    if may_be == rule.severity:
        evidence = "all its names are guessed from their sound, which is never critical"
    elif told == rule.severity:
        evidence = "another rule is told as loudly"
    else:
        return PartVerdict(1, f"loud: {rule.loud}", holds=True, evidence=_tell_reading(loud))
    return PartVerdict(1, f"loud: {rule.loud}", holds=False, evidence=evidence)


def tell_parts(node: Node, pool: Pool, absence: Callable[[str], str], depth: int = 0) -> Iterator[PartVerdict]:
    """A rule and each of its parts, outermost first, each judged on the whole article. `absence` says why an entity,
    by its id, is not mentioned."""
    proof = prove(node, pool)
    if isinstance(node, Term) and proof is None:
        told = _tell_missing(node, pool, absence)
    else:
        told = _tell_proof(proof, pool) if proof else _tell_lack(node, pool)
    yield PartVerdict(depth, node.source, proof is not None, told)
    for part in parts_of(node):
        yield from tell_parts(part, pool, absence, depth + 1)


def _tell_missing(term: Term, pool: Pool, absence: Callable[[str], str]) -> str:
    """Words of an event that stand there and do not count; a name that stands there and is none."""
    if term.kind == "event":
        found = (
            (pool.tell(Occurrence(place, term.source)).shown, why) for place, why in pool.list_unasserted(term.value)
        )
        return "; ".join(dict.fromkeys(f"{shown} is {why}" for shown, why in found))
    _, _, entity = term.value.partition(":")
    is_one = entity and entity != "core" and not entity.startswith(("in-", "kind-"))
    return absence(entity) if term.kind == "entity" and is_one else ""


def _tell_proof(proof: Proof, pool: Pool) -> str:
    words = (pool.tell(seen).shown for seen in proof.occurrences)
    return "; ".join(dict.fromkeys((*words, *proof.notes)))


def _tell_lack(node: Node, pool: Pool) -> str:  # noqa: PLR0911  # one for each kind of node
    """How far a part is from holding, where its own parts do not tell."""
    match node:
        case Within(part=part, unit=unit) if holds(part, pool):
            return "not in the title" if unit == "title" else f"nowhere in one {unit}"
        case Near():
            return _tell_nearest(node, pool)
        case AtLeast(count=count, parts=(part,)):
            times = count_times(part, pool)
            return f"{times} of {count} times" if times else ""
        case AtLeast(count=count, parts=parts):
            return f"{sum(holds(part, pool) for part in parts)} of {count}"
        case Score(threshold=threshold):
            return f"score {max(weigh_parts(node, pool, 'article')):g} of {threshold:g}"
        case Not(part=part):
            proof = prove(part, pool)
            return _tell_proof(proof, pool) if proof else ""
        case Pattern() if node in pool.runaways:
            return "ran away and was stopped"
        case Language():
            return f"language {pool.document.language or 'unknown'}"
        case FromOutlet():
            return f"outlet {pool.document.article.outlet or 'unknown'}"
        case _:
            return ""


def _tell_nearest(node: Near, pool: Pool) -> str:
    pairs = list(pair_up(list_places(node.left, pool), list_places(node.right, pool), sys.maxsize, ordered=False))
    ordered = [pair.words for pair in pairs if pair.left.place.start <= pair.right.place.start]
    if node.ordered and pairs and not ordered:
        return "only the other way round"
    nearest = min(ordered if node.ordered else (pair.words for pair in pairs), default=None)
    return "" if nearest is None else f"{count_words(nearest)} apart, not {node.words}"


def find_near_miss(rule: Rule, node: Node, pool: Pool) -> NearMiss | None:
    """What a rule lacked, when it lacked one part only and has any evidence at all."""
    missing = _missing(node, pool)
    return NearMiss(rule.name, missing.source) if missing else None


def _missing(node: Node, pool: Pool) -> Node | None:
    """The one part that keeps a node from holding; None when there are more, or nothing speaks for it."""
    if isinstance(node, Within):
        if holds(node.part, pool):
            return node
        return _missing(node.part, pool)
    if not isinstance(node, AllOf):
        return None
    failing = [part for part in node.parts if not holds(part, pool)]
    if len(failing) != 1 or not any(not isinstance(part, (Not, Language)) and holds(part, pool) for part in node.parts):
        return None
    inner = failing[0]
    return (_missing(inner, pool) if parts_of(inner) else None) or inner
