"""What a rule says, as a tree. Every node keeps the words that the rule's writer used for it."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Unit = Literal["sentence", "paragraph", "passage", "title"]
PASSAGE = 3
"""Paragraphs that a passage holds, one after the other."""
TermKind = Literal["entity", "event", "word"]


class Term(NamedTuple):
    """Words, an event or named entities. A named tuple, because it is looked up hundreds of times an article."""

    source: str
    kind: TermKind
    value: str
    """Words as written, the event's name, or the entity selector, e.g. `core` or `group:hamas`."""


class Pattern(NamedTuple):
    """A regular expression, sought in the original text."""

    source: str
    regex: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """AND."""

    source: str
    parts: tuple["Node", ...]
    by_cost: tuple["Node", ...] = field(init=False, compare=False, repr=False)
    """The parts in the order in which they are asked: what asks for least first, regular expressions last."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_cost", tuple(sorted(self.parts, key=_cost)))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR."""

    source: str
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    source: str
    part: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """Both parts within a number of words; in that order when `ordered`."""

    source: str
    words: int
    ordered: bool
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Actor:
    """The group that an event is attached to is one of these."""

    source: str
    group: "Node"
    event: "Node"


@dataclass(frozen=True, slots=True)
class Within:
    """The part holds inside one sentence, one paragraph, one passage or the title."""

    source: str
    unit: Unit
    part: "Node"
    anchors: "frozenset[Term | Pattern] | None" = None
    """Terms of which one must stand there; None when there are none, see `anchors`."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts hold; with one part, it occurs so many times."""

    source: str
    count: int
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The weights of the parts that hold reach the threshold."""

    source: str
    threshold: float
    parts: tuple[tuple[float, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Language:
    """The article is written in one of these."""

    source: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class FromOutlet:
    """One of these outlets published it."""

    source: str
    slugs: frozenset[str]


Node = Term | Pattern | AllOf | AnyOf | Not | Near | Actor | Within | AtLeast | Score | Language | FromOutlet


def _cost(node: Node) -> tuple[bool, bool, int]:
    terms = terms_of(node)
    return any(isinstance(term, Pattern) for term in terms), isinstance(node, Not), len(terms)


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case AllOf() | AnyOf() | AtLeast():
            return node.parts
        case Score():
            return tuple(part for _, part in node.parts)
        case Not() | Within():
            return (node.part,)
        case Near():
            return (node.left, node.right)
        case Actor():
            return (node.group, node.event)
        case _:
            return ()


def terms_of(node: Node) -> tuple[Term | Pattern, ...]:
    """Every term and pattern below a node, in order."""
    if isinstance(node, (Term, Pattern)):
        return (node,)
    return tuple(term for part in parts_of(node) for term in terms_of(part))
