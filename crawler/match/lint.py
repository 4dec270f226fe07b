"""What is doubtful in names and rules, before it does harm. Pure; what was seen in the store is handed in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from crawler.match.anchors import find_anchors
from crawler.match.common import COMMON_WORDS, LITTLE_WORDS
from crawler.match.gazetteer import Name, spell_name
from crawler.match.language import find_nearest
from crawler.match.matcher import compile_rule, list_known
from crawler.match.normalize import squeeze
from crawler.match.possible import can_hold, list_bearers
from crawler.match.tree import FromOutlet, Node, Term, parts_of, terms_of
from settings.model import Gazetteer, Rule

_SHORTEST_ALIAS = 4
"""Letters of the shortest alias that may stand alone without a remark."""
_A_SLIP = 0.85
"""How alike two ids must be for one to be a slip of the other."""
_TOO_OFTEN = 0.5
"""Share of all articles above which a rule tells nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something doubtful, and where."""

    where: str
    """The alias or rule."""
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


def lint_settings(
    gazetteer: Gazetteer, rules: Iterable[Rule], outlets: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """All findings: aliases first, then rules. Raises RuleError when a rule cannot be read at all. `outlets` are those
    that are watched, where that is known."""
    names = [Name(entity, alias) for entity in gazetteer.entities for alias in entity.aliases]
    return (
        *_find_shared(names),
        *_find_short(names),
        *_find_common(gazetteer, names),
        *_find_groundless(names),
        *_find_strangers(gazetteer),
        *_check_rules(gazetteer, rules, outlets),
    )


def list_unseen(gazetteer: Gazetteer, seen: Collection[tuple[str, str]], days: int) -> tuple[Finding, ...]:
    """Aliases that no stored mention of the last days rests on. `seen` holds (entity, alias) pairs."""
    return tuple(
        Finding(_tell(name), f"not seen in {days} days")
        for entity in gazetteer.entities
        for alias in entity.aliases
        if alias.policy != "never" and (entity.id, alias.text) not in seen
        for name in (Name(entity, alias),)
    )


def list_useless(rules: Iterable[Rule], fired: Mapping[str, int], articles: int, days: int) -> tuple[Finding, ...]:
    """Rules that fired on none, or on most, of the articles of the last days. `fired` counts articles."""
    findings = []
    for rule in rules:
        count = fired.get(rule.name, 0)
        if count == 0:
            findings.append(Finding(f"rule {rule.name}", f"has not fired in {days} days"))
        elif count > articles * _TOO_OFTEN:
            findings.append(Finding(f"rule {rule.name}", f"fired on {count} of {articles} articles in {days} days"))
    return tuple(findings)


def _find_shared(names: Iterable[Name]) -> Iterator[Finding]:
    """A spelling of two entities needs context that tells them apart, or a note that says why not."""
    sharing: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        if name.alias.policy == "plain":
            for key in {squeeze(text) for text, _ in spell_name(name)}:
                sharing[key].append(name)
    told: set[Finding] = set()
    for group in sharing.values():
        others = dict.fromkeys(name.entity.id for name in group if name.entity.id != group[0].entity.id)
        if others and not any(name.alias.note for name in group):
            finding = Finding(_tell(group[0]), f"shared with {', '.join(others)} without a reason")
            if finding not in told:
                told.add(finding)
                yield finding


def _find_strangers(gazetteer: Gazetteer) -> Iterator[Finding]:
    """Ids that look like a slip: the relation would be lost in silence. Ids like no other may be of a group that
    somebody left out on purpose."""
    known = {entity.id for entity in gazetteer.entities if entity.type == "group"}
    for entity in gazetteer.entities:
        for relation, ids in (("part_of", entity.part_of), ("facade_of", entity.facade_of)):
            for id_ in ids:
                if id_ not in known and (near := get_close_matches(id_, known, n=1, cutoff=_A_SLIP)):
                    yield Finding(entity.id, f"{relation}: there is no {id_}; did you mean {near[0]}?")


def _find_short(names: Iterable[Name]) -> Iterator[Finding]:
    for name in names:
        if name.alias.policy == "plain" and len(squeeze(name.alias.text)) < _SHORTEST_ALIAS and not name.alias.note:
            yield Finding(_tell(name), "very short; give it context, or a note that says why it is safe")


def _find_common(gazetteer: Gazetteer, names: Iterable[Name]) -> Iterator[Finding]:
    """Words of every day, and the single words of the event lists."""
    everyday = {squeeze(word) for word in COMMON_WORDS | LITTLE_WORDS}
    events = {
        squeeze(word)
        for words in gazetteer.events
        for listed in words.words.values()
        for word in listed
        if " " not in word and not word.endswith("*")
    }
    for name in names:
        if name.alias.policy != "plain" or name.alias.note:
            continue
        key = squeeze(name.alias.text)
        if name.entity.core and name.entity.type != "actor" and key in events:
            yield Finding(_tell(name), "also a word of an event list; give it context")
        elif key in everyday:
            yield Finding(_tell(name), "a word of every day; give it context, or a note that says why it is safe")


def _find_groundless(names: Iterable[Name]) -> Iterator[Finding]:
    for name in names:
        if name.alias.policy == "context" and not name.alias.context:
            yield Finding(_tell(name), "needs context and names none, so it is never found")


def _check_rules(gazetteer: Gazetteer, rules: Iterable[Rule], outlets: Collection[str] | None) -> Iterator[Finding]:
    known, bearers = list_known(gazetteer), list_bearers(gazetteer)
    for rule in rules:
        where = f"rule {rule.name}"
        node = compile_rule(rule, known, {}).node
        if not can_hold(node, bearers):
            yield Finding(where, "can never fire")
        elif find_anchors(node) is None:
            yield Finding(where, "asks for no name and no word, so it may fire on every article")
        if rule.loud and not any(isinstance(term, Term) and term.kind == "entity" for term in terms_of(node)):
            yield Finding(where, "`loud` has no effect, as the rule asks for no name around which a text could read so")
        for slug in sorted(_list_outlets(node) - set(outlets)) if outlets is not None else ():
            near = find_nearest(slug, outlets or ())
            yield Finding(where, f"no outlet {slug} is watched" + (f"; did you mean {near}?" if near else ""))
        if {example.matches for example in rule.examples} != {True, False}:
            yield Finding(where, "needs examples that match and examples that do not")


def _list_outlets(node: Node) -> set[str]:
    own = set(node.slugs) if isinstance(node, FromOutlet) else set()
    return own.union(*map(_list_outlets, parts_of(node)))


def _tell(name: Name) -> str:
    return f"{name.entity.id}, alias {name.alias.text!r} ({name.alias.language})"
