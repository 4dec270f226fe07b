"""From a rule's text to its tree, or to an error that shows where and what was expected."""

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import regex
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from crawler.errors import RuleError
from crawler.match.anchors import find_anchors
from crawler.match.stance import ATTACHED
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
    Unit,
    Within,
)
from crawler.match.words import list_name

_GRAMMAR = Lark(
    Path(__file__).with_name("rules.lark").read_text(encoding="utf-8"),
    parser="lalr",
    propagate_positions=True,
    maybe_placeholders=False,
)
_PLAIN_WORDS = {
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "AND": "AND",
    "OR": "OR",
    "NOT": "NOT",
    "NAME": "a word",
    "WORD": "a word",
    "PHRASE": 'a "phrase"',
    "ENTITY": "@group, @base ...",
    "EVENT": "#event",
    "PATTERN": "/regex/",
    "NEAR": "NEAR/5(",
    "BEFORE": "BEFORE/5(",
    "ACTOR": "ACTOR(",
    "ATLEAST": "ATLEAST/2(",
    "SCORE": "SCORE/5(",
    "WEIGHT": "a weight such as 3:",
    "SENTENCE": "SENTENCE(",
    "PARAGRAPH": "PARAGRAPH(",
    "PASSAGE": "PASSAGE(",
    "TITLE": "TITLE(",
    "LANG": "LANG(",
    "OUTLET": "OUTLET(",
    "$END": "the end",
}
_OPERATORS = {"AND", "OR", "NOT", "SENTENCE", "PARAGRAPH", "PASSAGE", "TITLE", "ACTOR", "LANG", "OUTLET"}
_COMMENT_HINT = " (if the rule goes on with a #, put it into quotes: YAML takes # for a comment)"
_UNCLOSED = {'"': "the phrase", "/": "the regular expression"}
_CURLY = frozenset("“”„‟«»")
_SMALL = re.compile(r"\b(?:and|or|not)\b")
_REACH = 4
"""Characters around a mistake in which an operator in small letters may be what is wrong."""
_WORDS = re.compile(r"[a-z0-9]+")
_DEEPEST = 50
"""Levels of parts in parts; what walks through a rule has a stack that ends, and nobody writes a tenth of that."""
_LANGUAGE = re.compile(r"[a-z]{2}")
_CALLS = {told.partition("/")[0].rstrip("("): told for told in _PLAIN_WORDS.values() if told[:-1] and told[-1] == "("}
"""Operators with parentheses, as they are written."""
_CALLED = re.compile(r"([A-Za-z]+)\s*$")
_MISSPELT = 0.7
"""Of difflib's measure: NEER for NEAR."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule may name."""

    selectors: frozenset[str]
    """`group`, `core`, `group:hamas` ..."""
    events: frozenset[str]


def parse_rule(rule: str, when: str, known: Known, shared: dict[Node, Node] | None = None) -> Node:
    """The tree of one rule. Parts that are also among those `shared` become the same objects, so that they are looked
    for once. Raises RuleError."""
    try:
        tree = _GRAMMAR.parse(when)
    except UnexpectedInput as error:
        raise RuleError(rule, when, _offset(error, when), _explain(error, when)) from error
    _refuse_depth(rule, when, tree)
    return _Builder(rule, when, known, {} if shared is None else shared).build(tree.children[0])


def _refuse_depth(rule: str, when: str, tree: Tree[Token]) -> None:
    waiting = [(tree, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > _DEEPEST:
            raise RuleError(rule, when, part.meta.start_pos, f"parts stand in parts more than {_DEEPEST} deep")
        waiting += [(child, depth + 1) for child in part.children if isinstance(child, Tree)]


def _offset(error: UnexpectedInput, when: str) -> int:
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end or error.pos_in_stream in (None, -1):
        return len(when.rstrip())
    return int(error.pos_in_stream or 0)


def _explain(error: UnexpectedInput, when: str) -> str:
    at = _offset(error, when)
    if misspelt := _explain_call(when, at):
        return misspelt
    if (opened := _UNCLOSED.get(when[at : at + 1])) and when.find(when[at], at + 1) < 0:
        return f"{opened} that begins here is not closed"
    if when[at : at + 1] in _CURLY:
        return 'a phrase stands in straight quotes: "fired at"'
    wanted = dict.fromkeys(told for name, told in _PLAIN_WORDS.items() if name in _expected(error))
    hint = _COMMENT_HINT if "#" not in when and at == len(when.rstrip()) else ""
    if small := _SMALL.search(when, max(0, at - _REACH), at + _REACH):
        hint += f" ({small[0].upper()} is written in capitals)"
    return f"expected {', '.join(wanted)}{hint}"


def _explain_call(when: str, at: int) -> str:
    """What is wrong with the operator that is called where the mistake is, if there is one."""
    called = _CALLED.search(when, 0, at)
    if not called or when[at : at + 1] not in {"(", "/"}:
        return ""
    meant = next(iter(difflib.get_close_matches(called[1].upper(), _CALLS, n=1, cutoff=_MISSPELT)), "")
    if meant == called[1]:
        return f"{meant} needs a number: {meant}/5(...)"
    return f"there is no operator {called[1]}; did you mean {_CALLS[meant]}...)?" if meant else ""


def _expected(error: UnexpectedInput) -> Collection[str]:
    match error:
        case UnexpectedToken():
            return error.accepts or error.expected
        case UnexpectedCharacters():
            return error.allowed or ()
        case _:
            return ()


class _Builder:
    """Turns lark's tree into ours, checking names on the way."""

    def __init__(self, rule: str, when: str, known: Known, shared: dict[Node, Node]) -> None:
        self._shared = shared
        self._rule = rule
        self._when = when
        self._known = known

    def build(self, tree: Tree[Token] | Token) -> Node:
        """One node and everything below."""
        assert isinstance(tree, Tree)  # noqa: S101 the grammar makes a tree of every operand; this is for the type checker
        source = self._when[tree.meta.start_pos : tree.meta.end_pos]
        make = getattr(self, f"_make_{tree.data}")
        node: Node = make(source, tree)
        return self._shared.setdefault(node, node)

    def _parts(self, tree: Tree[Token]) -> tuple[Node, ...]:
        return tuple(self.build(child) for child in tree.children if isinstance(child, Tree))

    def _refuse(self, token: Token, problem: str) -> RuleError:
        return RuleError(self._rule, self._when, token.start_pos or 0, problem)

    def _make_any_of(self, source: str, tree: Tree[Token]) -> Node:
        return AnyOf(source, self._parts(tree))

    def _make_all_of(self, source: str, tree: Tree[Token]) -> Node:
        return AllOf(source, self._parts(tree))

    def _make_negation(self, source: str, tree: Tree[Token]) -> Node:
        return Not(source, self._parts(tree)[0])

    def _make_near(self, source: str, tree: Tree[Token], *, ordered: bool = False) -> Node:
        operator = _token(tree)
        left, right = self._parts(tree)
        if _number(operator) < 1:
            raise self._refuse(operator, "neighbours are 1 apart, so no words are nearer")
        for part in (left, right):
            if not has_places(part):
                raise self._refuse(operator, f"{operator.split('/')[0]} takes words, names and OR between them")
        return Near(source, _number(operator), ordered, left, right)

    def _make_before(self, source: str, tree: Tree[Token]) -> Node:
        return self._make_near(source, tree, ordered=True)

    def _make_actor(self, source: str, tree: Tree[Token]) -> Node:
        group, event = self._parts(tree)
        at = tree.meta.start_pos
        if not _only(group, lambda term: term.kind == "entity" and term.value.split(":")[0] in {"group", "core"}):
            raise RuleError(self._rule, self._when, at, "ACTOR takes groups first: ACTOR(@core, #claim)")
        if not _only(event, lambda term: term.kind == "event" and term.value in ATTACHED):
            told = ", ".join(f"#{name}" for name in ATTACHED)
            raise RuleError(self._rule, self._when, at, f"ACTOR takes one of {told} second")
        return Actor(source, group, event)

    def _within(self, source: str, unit: Unit, tree: Tree[Token]) -> Node:
        part = self._parts(tree)[0]
        return Within(source, unit, part, find_anchors(part))

    def _make_sentence(self, source: str, tree: Tree[Token]) -> Node:
        return self._within(source, "sentence", tree)

    def _make_paragraph(self, source: str, tree: Tree[Token]) -> Node:
        return self._within(source, "paragraph", tree)

    def _make_passage(self, source: str, tree: Tree[Token]) -> Node:
        return self._within(source, "passage", tree)

    def _make_title(self, source: str, tree: Tree[Token]) -> Node:
        return self._within(source, "title", tree)

    def _make_at_least(self, source: str, tree: Tree[Token]) -> Node:
        operator, parts = _token(tree), self._parts(tree)
        if _number(operator) < 1:
            raise self._refuse(operator, "asks for nothing; the least is ATLEAST/1")
        if len(parts) > 1 and _number(operator) > len(parts):
            raise self._refuse(operator, f"asks for {_number(operator)} of {len(parts)} parts")
        if len(parts) == 1 and not (has_places(parts[0]) or isinstance(parts[0], Within)):
            counted = "how often a word, a name, a NEAR or a SENTENCE(...) occurs"
            raise self._refuse(operator, f"{operator} counts {counted}, or which of several parts hold: a, b, c")
        return AtLeast(source, _number(operator), parts)

    def _make_score(self, source: str, tree: Tree[Token]) -> Node:
        return Score(source, float(_token(tree).split("/")[1]), tuple(map(self._weigh, tree.find_data("weighted"))))

    def _weigh(self, tree: Tree[Token]) -> tuple[float, Node]:
        weight = tree.children[0]
        return float(weight.rstrip(":")) if isinstance(weight, Token) else 1.0, self._parts(tree)[0]

    def _make_language(self, source: str, tree: Tree[Token]) -> Node:
        for code in tree.children:
            if isinstance(code, Token) and not _LANGUAGE.fullmatch(code):
                raise self._refuse(code, f"{code} is no code of a language; they have two letters: en, ar, fa, he, tr")
        return Language(source, frozenset(map(str, tree.children)))

    def _make_outlet(self, source: str, tree: Tree[Token]) -> Node:
        return FromOutlet(source, frozenset(map(str, tree.children)))

    def _make_word(self, source: str, tree: Tree[Token]) -> Node:
        token = _token(tree)
        if token in _OPERATORS:
            raise self._refuse(token, f"{token} is an operator; put it in quotes to look for the word")
        return Term(source, "word", str(token))

    def _make_phrase(self, source: str, tree: Tree[Token]) -> Node:
        return Term(source, "word", _token(tree)[1:-1])

    def _make_entity(self, source: str, tree: Tree[Token]) -> Node:
        token = _token(tree)
        return Term(source, "entity", self._check(token, self._known.selectors, "@"))

    def _make_event(self, source: str, tree: Tree[Token]) -> Node:
        token = _token(tree)
        return Term(source, "event", self._check(token, self._known.events, "#"))

    def _make_pattern(self, source: str, tree: Tree[Token]) -> Node:
        token = _token(tree)
        text = token[1:-1].replace("\\/", "/")
        try:
            regex.compile(text, regex.IGNORECASE)
        except regex.error as error:
            raise self._refuse(token, f"not a regular expression: {error}") from error
        except RecursionError as error:
            raise self._refuse(token, "a regular expression nested too deep") from error
        return Pattern(source, text)

    def _check(self, token: Token, known: Collection[str], sign: str) -> str:
        name = list_name(token.removeprefix(sign))
        if name in known:
            return name
        near = find_nearest(name.lower(), known)
        hint = f"; did you mean {sign}{near}?" if near else f"; known: {', '.join(sorted(known)[:12])}"
        raise self._refuse(token, f"there is no {token}{hint}")


_ALMOST = 0.8
"""Of difflib's measure: `bas` for `base`, `nujaba` not yet for `harakat-hezbollah-al-nujaba`."""


def find_nearest(name: str, known: Collection[str]) -> str | None:
    """The name that somebody may have meant: one that is written almost like it, else one that holds all the words of
    it, else the one that is written most like it."""
    if typed := difflib.get_close_matches(name, known, n=1, cutoff=_ALMOST):
        return typed[0]
    words = set(_WORDS.findall(name))
    fuller = [each for each in known if words <= set(_WORDS.findall(each))]
    alike = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return min(fuller, key=lambda each: (len(each), each)) if fuller and words else next(iter(alike), None)


def _only(node: Node, holds: Callable[[Term], bool]) -> bool:
    """Is it a term, or several with OR between them, of which this holds?"""
    if isinstance(node, AnyOf):
        return all(_only(part, holds) for part in node.parts)
    return isinstance(node, Term) and holds(node)


def has_places(node: Node) -> bool:
    """Can distances be measured from it?"""
    match node:
        case Term() | Pattern() | Near() | Actor():
            return True
        case AnyOf(parts=parts):
            return all(map(has_places, parts))
        case _:
            return False


def _token(tree: Tree[Token]) -> Token:
    child = tree.children[0]
    assert isinstance(child, Token)  # noqa: S101 these grammar rules begin with a token; this is for the type checker
    return child


def _number(operator: Token) -> int:
    return int(operator.split("/")[1])
