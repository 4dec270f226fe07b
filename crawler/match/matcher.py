"""Compile the gazetteer and the rules once; then say of each article what it mentions and which rules fire. Pure."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Final, NamedTuple, get_args

from crawler.match.absence import tell_absence
from crawler.match.anchors import Anchors, find_anchors
from crawler.match.automaton import Automaton
from crawler.match.document import BESIDE, Document
from crawler.match.evidence import Proof, prove
from crawler.match.explain import digest_rule, find_calm, find_loud, find_near_miss, judge_severity, make_hit, tell_rule
from crawler.match.gazetteer import Name, select_entity
from crawler.match.language import Known, parse_rule
from crawler.match.lexicon import compile_lexicon
from crawler.match.mentions import Candidate, Judge, Sighting, find_candidates, needs_words
from crawler.match.newgroups import NewGroup
from crawler.match.pool import NEW_GROUP, SUPPOSED, Pool
from crawler.match.reading import Reading
from crawler.match.stance import Stance
from crawler.match.tree import AllOf, Node, Not, Pattern, Term, terms_of
from crawler.match.variants import Variants
from crawler.match.words import TRUCE_HOLD, FoundWords, Search, Words, list_name
from crawler.models import TOLD, Article, Hit, Mention, NearMiss, PartVerdict, Severity, Zone
from settings.model import Gazetteer, Rule

_SEVERITIES: Final = get_args(Severity)
"""From the least to the greatest."""
_TYPES: Final = ("group", "base", "person", "outlet", "actor")


@dataclass(frozen=True, slots=True)
class Findings:
    """What matching found in one article."""

    mentions: tuple[Mention, ...] = ()
    hits: tuple[Hit, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    stances: tuple[Stance, ...] = ()
    """Who claims, denies, threatens, ends or keeps a truce."""
    new_groups: tuple[NewGroup, ...] = ()
    """Groups that the article names and the gazetteer does not know."""
    disabled: tuple[str, ...] = ()
    """Rules that are off, told when this article made one run away: its regular expression did not end in time."""
    costs: tuple[tuple[str, float], ...] = ()
    """Rule and the seconds of CPU that it took, of those that were tried."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule, its tree, and the terms that it cannot do without."""

    rule: Rule
    digest: str
    node: Node
    anchors: Anchors | None
    patterns: frozenset[Pattern]
    """Its regular expressions, which may run away."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The compiled parts of a matcher."""

    rules: tuple[CompiledRule, ...]
    names: Automaton[Name]
    variants: Variants
    words: Words


class Matcher:
    """Everything that is sought, compiled. Raises RuleError when a rule is wrong.

    It remembers one thing: a rule whose regular expression ran away is not tried again until the rules are reloaded.
    """

    def __init__(self, gazetteer: Gazetteer, rules: tuple[Rule, ...]) -> None:
        self._disabled: set[str] = set()
        with pause_collection():
            known = list_known(gazetteer)
            shared: dict[Node, Node] = {}
            self._rules = tuple(compile_rule(rule, known, shared) for rule in rules)
            self._index = RuleIndex(self._rules)
            self._lexicon = compile_lexicon(gazetteer)
            self._names, self._variants = self._lexicon.names, self._lexicon.variants
            self._words = self._lexicon.compile_words(_literals(self._rules))

    @property
    def sought(self) -> Sought:
        """What must be in a text for anything to be found; for `prefilter`."""
        return Sought(self._rules, self._names, self._variants, self._words)

    def examine(self, article: Article, off: frozenset[str] = frozenset()) -> Findings:
        """Every mention in every zone; hits and near misses from what the article tells. Rules that are `off`, because
        they ran away elsewhere, stay off."""
        document = Document(article)
        told, pool = self._read(document)
        beside = self._sight(document, BESIDE, self._words.search(document, BESIDE))
        self._disabled |= off
        already = len(self._disabled)
        costs: dict[str, float] = {}
        hits, near_misses = self._apply_rules(pool, costs)
        disabled = tuple(sorted(self._disabled)) if len(self._disabled) > already else ()
        mentions = tuple(sighting.mention for sighting in (*told, *beside))
        return Findings(
            mentions, hits, near_misses, pool.stances if told else (), pool.new_groups, disabled, tuple(costs.items())
        )

    def forgive_rules(self) -> tuple[str, ...]:
        """Try rules again that ran away, and name them: what one page did must not decide about the next one."""
        away = tuple(sorted(self._disabled))
        self._disabled.clear()
        return away

    def tell_why(self, article: Article, rule: str) -> tuple[PartVerdict, ...]:
        """How each part of a rule fared on an article. Raises KeyError when there is no such rule."""
        asked = {compiled.rule.name: compiled for compiled in self._rules}[rule]
        absence, pool = partial(self.tell_absence, article), self.read_pool(article)
        told = {hit.rule: hit.severity for hit in self._apply_rules(pool, {})[0]}
        return tuple(tell_rule(asked.rule, asked.node, pool, absence, told))

    def read_pool(self, article: Article) -> Pool:
        """What an article offers to rules."""
        return self._read(Document(article))[1]

    def tell_absence(self, article: Article, entity: str) -> str:
        """Why an entity is not among the mentions of an article, in one line."""
        return tell_absence(Document(article), self._names, self._variants, entity)

    def _read(self, document: Document) -> tuple[list[Sighting], Pool]:
        search = self._words.search(document, TOLD)
        told = self._sight(document, TOLD, search)
        return told, Pool(document, told, self._words, search)

    def _sight(self, document: Document, zones: Iterable[Zone], search: Search) -> list[Sighting]:
        texts = [document.zones[zone] for zone in zones if zone in document.zones]
        spotted = [(text, self._names.spot(text.folded.squeezed)) for text in texts]
        if not any("arms" in text.stems or self._names.may_stand(spots) for text, spots in spotted):
            return []
        candidates: list[Candidate] = [
            candidate
            for text, spots in spotted
            for candidate in find_candidates(text, self._names.find(text.folded, spots), self._variants)
        ]
        if not candidates:
            return []
        found = search.found if any(needs_words(each) for each in candidates) else FoundWords((), {})
        return Judge(document, self._words, found).judge_all(candidates)

    def _apply_rules(self, pool: Pool, costs: dict[str, float]) -> tuple[tuple[Hit, ...], tuple[NearMiss, ...]]:
        fired: list[Fired] = []
        near_misses: list[NearMiss] = []
        if not any(zone in pool.document.zones for zone in TOLD):
            return (), ()
        for compiled in time_rules(self._index.choose(pool), costs):
            if compiled.rule.name in self._disabled or not pool.may_hold(compiled.anchors):
                continue
            proof = prove(compiled.node, pool)
            if not pool.runaways.isdisjoint(compiled.patterns):
                self._disabled.add(compiled.rule.name)
            elif proof:
                fired.append(Fired(compiled, proof, find_calm(compiled.rule, proof, pool)))
            elif near := find_near_miss(compiled.rule, compiled.node, pool):
                near_misses.append(near)
        told = silence_weaker(raise_loud(fired, pool), pool)
        hits = [make_hit(each.rule, each.digest, proof, reading, pool) for each, proof, reading in told]
        return tuple(hits), tuple(near_misses)


class Fired(NamedTuple):
    """A rule that holds, before it is told."""

    compiled: CompiledRule
    proof: Proof
    reading: Reading | None
    """How the text reads around it, if that makes it less severe, or more."""

    def rank(self, pool: Pool) -> int:
        """How severe it is told, more is more."""
        return _SEVERITIES.index(judge_severity(self.compiled.rule, self.proof, self.reading, pool))


def time_rules(rules: Iterable[CompiledRule], costs: dict[str, float]) -> Iterator[CompiledRule]:
    """The same rules; what is done with each one until the next is asked for goes into `costs`, in seconds.

    Nothing is waited for meanwhile, so they are seconds of CPU unless the machine has more to do than it can; asking
    the system for those costs more than most rules do. What several rules share is charged to the first.
    """
    for compiled in rules:
        began = perf_counter()
        yield compiled
        costs[compiled.rule.name] = perf_counter() - began


@contextmanager
def pause_collection() -> Iterator[None]:
    """Nothing that a matcher is compiled to dies before it: looking for garbage meanwhile is a third of the work."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def raise_loud(fired: Sequence[Fired], pool: Pool) -> Sequence[Fired]:
    """With the rules that are more severe where the text reads loud, if nothing else tells of it as severely."""
    if not any(each.compiled.rule.loud for each in fired):
        return fired
    loudest = max(each.rank(pool) for each in fired)
    return [
        each._replace(reading=find_loud(each.compiled.rule, each.proof, pool))
        if each.compiled.rule.loud and _SEVERITIES.index(each.compiled.rule.loud) > loudest and not each.reading
        else each
        for each in fired
    ]


def silence_weaker(fired: Sequence[Fired], pool: Pool) -> Sequence[Fired]:
    """Without the rules that yield and name nothing that another, at least as severe, does not name."""
    if not any(each.compiled.rule.yields for each in fired):
        return fired
    ranks = [(each.rank(pool), not each.compiled.rule.yields) for each in fired]
    named = [pool.entities_of(each.proof.occurrences) for each in fired]
    loudest: dict[str, tuple[int, bool]] = {}
    for rank, entities in zip(ranks, named, strict=True):
        loudest.update({entity: max(rank, loudest.get(entity, rank)) for entity in entities})
    return [
        each
        for each, rank, entities in zip(fired, ranks, named, strict=True)
        if not (each.compiled.rule.yields and entities) or any(loudest[entity] <= rank for entity in entities)
    ]


def compile_rule(rule: Rule, known: Known, shared: dict[Node, Node]) -> CompiledRule:
    """A rule's tree: `when`, and not `unless`."""
    node = parse_rule(rule.name, rule.when, known, shared)
    if rule.unless:
        unless = parse_rule(rule.name, rule.unless, known, shared)
        parts = node.parts if isinstance(node, AllOf) else (node,)
        node = AllOf(rule.when, (*parts, Not(f"NOT ({rule.unless})", unless)))
    patterns = frozenset(term for term in terms_of(node) if isinstance(term, Pattern))
    return CompiledRule(rule, digest_rule(rule), node, find_anchors(node), patterns)


class RuleIndex:
    """Rules by the names that they cannot do without: most rules are never looked at."""

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._rules = rules
        self._always: set[int] = set()
        self._by_selector: dict[str, list[int]] = defaultdict(list)
        for number, compiled in enumerate(rules):
            selectors = _selectors(compiled.anchors)
            if selectors is None:
                self._always.add(number)
            for selector in selectors or ():
                self._by_selector[selector].append(number)

    def choose(self, pool: Pool) -> Iterator[CompiledRule]:
        """Rules that may hold, in their order."""
        numbers = set(self._always)
        for selector in pool.present_selectors:
            numbers.update(self._by_selector.get(selector, ()))
        return (self._rules[number] for number in sorted(numbers))


def _selectors(anchors: Anchors | None) -> list[str] | None:
    """The names among which one must be mentioned; None when words or nothing may be enough."""
    if anchors is None:
        return None
    names = [term.value for term in anchors if isinstance(term, Term) and term.kind == "entity"]
    return names if len(names) == len(anchors) and NEW_GROUP not in names else None


def list_known(gazetteer: Gazetteer) -> Known:
    """What rules may name, given this gazetteer."""
    entities = (selector for entity in gazetteer.entities for selector in select_entity(entity))
    return Known(
        selectors=frozenset({*_TYPES, *(f"{each}:core" for each in _TYPES), "core", NEW_GROUP, *entities}),
        events=frozenset({TRUCE_HOLD, SUPPOSED, *(list_name(event.name) for event in gazetteer.events)}),
    )


def _literals(rules: Iterable[CompiledRule]) -> list[str]:
    return [
        term.value
        for compiled in rules
        for term in terms_of(compiled.node)
        if isinstance(term, Term) and term.kind == "word"
    ]
