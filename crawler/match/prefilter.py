"""Which pages cannot fire any rule, told from their rough text, before anything is extracted. Errs to one side only.

Everything that is compared here is weaker than what matching asks: names are sought without regard to what stands
between their letters or behind them, context and negation are taken to hold, distances are not looked at. What cannot
be decided from words, as a regular expression, counts as found. Derived from the compiled rules and names alone.
"""

import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Generic, Literal, TypeVar, get_args

from ahocorasick_rs import BytesAhoCorasick, Implementation

from crawler.match.automaton import SHORTEST_TO_SPLIT, Automaton
from crawler.match.gazetteer import OPENING, Name, select_entity
from crawler.match.letters import ASCII_END, RARE, Letters, fold_letters
from crawler.match.matcher import Matcher, pause_collection
from crawler.match.mentions import FACADE, WARLIKE
from crawler.match.newgroups import GROUP_STEMS, REACH, may_name_groups
from crawler.match.normalize import squeeze_all
from crawler.match.pool import NEW_GROUP, OPPOSITES
from crawler.match.rough import Rough
from crawler.match.sites import SITE_STEMS
from crawler.match.stems import CALLED, CALLING, NEW_IN_ARABIC_SCRIPT, STEMS, Kind
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
from crawler.match.variants import Variants, capital_runs
from crawler.match.words import Words, phrase_parts, spell_forms

T = TypeVar("T")
_LONGEST_ENDING = 12
"""Bytes of the longest ending that may follow a name within its word, where each letter is one."""
_RARE_BYTES = 6
"""Of a letter that has no byte of its own."""
_LONGEST_RARE_ENDING = 6 * _RARE_BYTES
_KINDS: tuple[Kind, ...] = get_args(Kind)
_Kind = Kind | Literal["calling", "new", "group", "new group"]
_SHY_POLICIES = frozenset({"context", "site"})
"""Names that ask for words near them: their own, and those of a base for a word for base."""
_LEADING = frozenset({"core", "person"})
"""Selectors of those who are context enough for another group's short name, or for their own group's."""
_MOST_VAIN, _LONGEST_VAIN = 1 << 15, 1_000
_SITE = "a word for a military place"
_Context = frozenset[str]
"""What a name asks for near it; empty where it asks for nothing."""
_SILENT_POLICIES = frozenset({"never", "after_full_form"})
"""Names that are none unless another one of the same entity is there."""


class Prefilter:
    """What any of some rules cannot do without, compiled once."""

    def __init__(self, matcher: Matcher, only: Collection[str] | None = None) -> None:
        """`only` these rules; all where none are named."""
        sought = matcher.sought
        nodes = (rule.node for rule in sought.rules if only is None or rule.rule.name in only)
        self._nodes = sorted(nodes, key=lambda node: sum(1 for _ in terms_of(node)))
        """The shortest first: one that holds is enough, and where a name alone fires a rule nothing else is asked."""
        self._fires_unnamed = any(may_hold(node, lambda term: term.kind != "entity") for node in self._nodes)
        """May a rule fire where nothing is named?"""
        terms = (term for node in self._nodes for term in terms_of(node))
        self._asked = frozenset(term.value for term in terms if isinstance(term, Term) and term.kind == "entity")
        """Selectors of the rules."""
        with pause_collection():
            self._sought = _Sought(
                names=_Machine(_list_names(sought.names)),
                words=_Machine(_list_words(sought.words, self._nodes)),
                cues=_Machine(_list_cues(sought.names, sought.words)),
                stems=_Stems(),
                guesses=_Guesses(sought.variants),
            )

    def may_hit(self, rough: Rough) -> bool:
        """False only when no rule can fire on anything that is extracted from the page."""
        if rough.is_unclear:
            return True
        page = _Page(rough, self._sought)
        if not (self._fires_unnamed or page.may_name(self._asked)):
            return False
        return any(may_hold(node, page.holds_name) for node in self._nodes) and any(
            may_hold(node, page.holds) for node in self._nodes
        )


def may_hold(node: Node, holds: Callable[[Term], bool]) -> bool:  # noqa: PLR0911  # one for each kind of node
    """Can a part of a rule hold where only these terms are? What is denied, near or otherwise told of them, can."""
    match node:
        case Term():
            return holds(node)
        case AllOf(parts=parts):
            return all(may_hold(part, holds) for part in parts)
        case AnyOf(parts=parts):
            return any(may_hold(part, holds) for part in parts)
        case AtLeast(count=count, parts=parts):
            enough = min(count, 1) if len(parts) == 1 else count
            return sum(may_hold(part, holds) for part in parts) >= enough
        case Score(threshold=threshold, parts=weighted):
            return sum(weight for weight, part in weighted if weight > 0 and may_hold(part, holds)) >= threshold
        case Near(left=left, right=right) | Actor(group=left, event=right):
            return may_hold(left, holds) and may_hold(right, holds)
        case Within(part=part):
            return may_hold(part, holds)
        case Not() | Pattern() | Language() | FromOutlet():
            return True


class _Page:
    """One page's rough text, looked at only as far as it must be."""

    def __init__(self, rough: Rough, sought: "_Sought") -> None:
        self._sought = sought
        self._rough = rough
        self._letters = Letters(rough.text)

    def may_name(self, asked: frozenset[str]) -> bool:
        """Anything of what rules ask for? Told at once for most pages, where each rule would ask by itself."""
        if not asked.isdisjoint(self._held) or not asked.isdisjoint(self._guessed):
            return True
        return NEW_GROUP in asked and self._new_groups

    def holds_name(self, term: Term) -> bool:
        """Words are taken to be there."""
        if term.kind != "entity" or term.value in self._held:
            return True
        return self._new_groups if term.value == NEW_GROUP else term.value in self._guessed

    def holds(self, term: Term) -> bool:
        return self.holds_name(term) if term.kind == "entity" else (term.kind, term.value) in self._words

    @cached_property
    def _held(self) -> set[str]:
        """What is listed, its context somewhere too."""
        if not self._by_context:
            return self._listed
        led = not self._listed.isdisjoint(_LEADING)
        return self._listed | {
            selector for selector, context in self._by_context if led or not self._cues.isdisjoint(context)
        }

    @cached_property
    def _listed(self) -> set[str]:
        return self._names[0]

    @cached_property
    def _by_context(self) -> set[tuple[str, _Context]]:
        return self._names[1]

    @cached_property
    def _names(self) -> tuple[set[str], set[tuple[str, _Context]]]:
        found = self._sought.names.find(self._letters)
        return {name for name, context in found if not context}, {each for each in found if each[1]}

    @cached_property
    def _words(self) -> set[tuple[str, str]]:
        return self._sought.words.find(self._letters)

    @cached_property
    def _cues(self) -> set[str]:
        return self._sought.cues.find(self._letters)

    @cached_property
    def _kinds(self) -> set[Kind]:
        return self._sought.stems.find(self._letters)

    @cached_property
    def _flat(self) -> bytes:
        joined = self._rough.joined
        return b"%b %b" % (self._letters.flat, Letters(joined).flat) if joined else self._letters.flat

    @cached_property
    def _guessed(self) -> frozenset[str]:
        if "arms" not in self._kinds and OPENING.isdisjoint(self._listed):
            return frozenset()
        return self._sought.guesses.find(capital_runs(self._flat))

    @cached_property
    def _new_groups(self) -> bool:
        return self._kinds >= {"naming", "deeds"} and may_name_groups(self._flat)


class _Machine(Generic[T]):
    """Spellings, and what each stands for. Short ones must be words by themselves, as they must for matching."""

    def __init__(self, spellings: Iterable[tuple[str, T, bool]]) -> None:
        # most stand for several things, and folding them is what costs
        meant: dict[tuple[str, bool], set[T]] = defaultdict(set)
        for text, value, is_stem in spellings:
            meant[text, is_stem].add(value)
        values: dict[bytes, set[T]] = defaultdict(set)
        endings: dict[bytes, int] = defaultdict(int)
        squeezed = squeeze_all([text for text, _ in meant])
        for folded, ((_, is_stem), some) in zip(squeezed, meant.items(), strict=True):
            letters = fold_letters(folded).replace(" ", "")
            key = Letters(letters).squeezed
            if not key:
                continue  # nothing but signs, which no text is found to hold
            values[key] |= some
            endings[key] = max(endings[key], _longest_ending(letters, key, is_stem=is_stem))
        self._values = list(values.values())
        self._endings = list(endings.values())
        self._begins_anywhere = [key[0] >= ASCII_END for key in values]
        """Other scripts write small words before a name and as one with it."""
        self._machine = BytesAhoCorasick(list(values), implementation=Implementation.DFA)

    def find(self, letters: Letters) -> set[T]:
        """All that may be there."""
        found: set[T] = set()
        seen: set[int] = set()
        for index, left, right in self._machine.find_matches_as_indexes(letters.squeezed, overlapping=True):
            if index not in seen and self._fits(letters.firsts, index, left, right):
                seen.add(index)
                found |= self._values[index]
        return found

    def _fits(self, firsts: bytes, index: int, left: int, right: int) -> bool:
        if not (firsts[left] or self._begins_anywhere[index]):
            return False
        last = right + self._endings[index]
        return last >= len(firsts) or firsts.find(1, right, last + 1) >= 0


def _longest_ending(letters: str, key: bytes, *, is_stem: bool) -> int:
    """Bytes that may follow within the same word."""
    if is_stem:
        return sys.maxsize
    if len(letters) < SHORTEST_TO_SPLIT:
        return 0
    return _LONGEST_RARE_ENDING if RARE in key else _LONGEST_ENDING


class _Stems:
    """Without which a costly search can find nothing, sought as they are in an article."""

    def __init__(self) -> None:
        stems: list[tuple[_Kind, str]] = [("calling" if stem in CALLING else kind, stem) for kind, stem in STEMS]
        stems += [("naming", stem) for stem in CALLED]
        stems += [("new", "new"), *(("group", stem) for stem in GROUP_STEMS)]
        stems += [("new group", stem) for stem in NEW_IN_ARABIC_SCRIPT]
        self._kinds = [kind for kind, _ in stems]
        self._machine = BytesAhoCorasick(
            [Letters(stem).squeezed for _, stem in stems], implementation=Implementation.DFA
        )

    def find(self, letters: Letters) -> set[Kind]:
        """Words such as `called` are of naming only where a group is called so, or a new one is spoken of: an article
        that has one of them anywhere is searched for all ways of naming."""
        places: dict[_Kind, list[int]] = defaultdict(list)
        firsts = letters.firsts
        for number, start, _ in self._machine.find_matches_as_indexes(letters.squeezed, overlapping=True):
            kind = self._kinds[number]
            if kind != "arms" or firsts[start]:
                places[kind].append(start)
        kinds = {kind for kind in _KINDS if kind in places}
        if "calling" in places and ("new group" in places or _tells_of_new(letters, places["new"], places["group"])):
            kinds.add("naming")
        return kinds


def _tells_of_new(letters: Letters, news: Iterable[int], groups: Sequence[int]) -> bool:
    """Does a word for a group follow the word `new`, which is no part of `news`? The places of both are in order."""
    reach = _RARE_BYTES * REACH if RARE in letters.squeezed else REACH
    firsts, behind = letters.firsts, len("new")
    return any(
        firsts[place] and firsts[place + behind : place + behind + 1] != b"\0"
        for place in news
        if bisect_left(groups, place) < bisect_left(groups, place + reach)
    )


class _Guesses:
    """Names that runs of capitalised words may be guessed to be."""

    def __init__(self, variants: Variants) -> None:
        self._variants = variants
        self._vain: set[bytes] = set()
        """Runs that are no name, as nearly all: the same stand on many pages."""

    def find(self, runs: set[bytes]) -> frozenset[str]:
        """Their selectors."""
        found: set[str] = set()
        new = runs - self._vain
        if len(self._vain) + len(new) > _MOST_VAIN:
            self._vain.clear()
        for run in new:
            if names := list(self._variants.guess_names(run.decode())):
                found.update(_selectors_of(names))
            elif len(run) <= _LONGEST_VAIN:
                self._vain.add(run)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for."""

    names: _Machine[tuple[str, _Context]]
    """Selectors, each with the context that it asks for; none for what needs none."""
    words: _Machine[tuple[str, str]]
    """Literals and events of rules, by kind and value."""
    cues: _Machine[str]
    """Each word of a context, and the lists that hold it."""
    stems: "_Stems"
    guesses: "_Guesses"


def _selectors_of(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(selector for name in names for selector in select_entity(name.entity))


@lru_cache(maxsize=1 << 12)
def _share_context(words: tuple[str, ...]) -> _Context:
    """One object for the same words, which is compared and put into sets at once."""
    return frozenset(words)


def _list_names(names: Automaton[Name]) -> Iterator[tuple[str, tuple[str, _Context], bool]]:
    for pattern in names.patterns:
        alias = pattern.value.alias
        if alias.policy not in _SILENT_POLICIES:
            entity = pattern.value.entity
            # in place of a warlike context all the other words may speak for it, and of a façade's a word for a group
            is_shy = alias.policy in _SHY_POLICIES and WARLIKE.isdisjoint(alias.context) and entity.kind != FACADE
            context = alias.context if is_shy else ()
            if is_shy and entity.type == "base":
                context = (*context, _SITE)
            for selector in select_entity(entity):
                yield pattern.text, (selector, _share_context(context)), pattern.prefix


def _list_cues(names: Automaton[Name], words: Words) -> Iterator[tuple[str, str, bool]]:
    yield from ((stem, _SITE, True) for stem in SITE_STEMS)
    for entry in {entry for pattern in names.patterns for entry in pattern.value.alias.context}:
        for word in words.cue_words((entry,)):
            yield from ((text, entry, is_stem) for text, is_stem in _spell_phrase(word))


def _spell_phrase(phrase: str) -> Iterator[tuple[str, bool]]:
    """The longest part of a phrase with gaps; is it a stem?"""
    longest = max(phrase_parts(phrase), key=len)
    for spelt in spell_forms(longest):
        yield spelt.removesuffix("*"), longest.endswith("*")


def _list_words(words: Words, nodes: Iterable[Node]) -> Iterator[tuple[str, tuple[str, str], bool]]:
    """The words of the literals and events that the rules name."""
    for term in {term for node in nodes for term in terms_of(node)}:
        if isinstance(term, Term) and term.kind != "entity":
            for text in _list_texts(words, term):
                for spelt, is_stem in _spell_phrase(text):
                    yield spelt, (term.kind, term.value), is_stem


def _list_texts(words: Words, term: Term) -> Iterable[str]:
    """An event's words, and those of its opposite, which may tell it when they are negated."""
    if term.kind == "word":
        return (term.value,)
    return (*words.events.get(term.value, ()), *words.events.get(OPPOSITES.get(term.value, ""), ()))
