"""What an outlet repeats around its articles, learned from its pages alone and forgotten when the outlet drops it.

Each page leaves a Trace. OutletMemory counts in how many different articles a line, and a make of element, was seen;
Furniture is its verdict, small enough to be handed to a worker with every page. Two copies of one article would
condemn each other, so a near-duplicate of a recent page is not counted. A paragraph in the make of the outlet's
articles is a reporter's background unless most articles carry it, however unrelated.
"""

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from hashlib import blake2b
from typing import Self

from crawler.extract.blocks import make_key
from crawler.models import Article, Removed

_PROSE_WORDS = 12
"""A line of fewer words is a label; labels are condemned sooner."""
_MOST_LINES = 4_000
_MOST_MAKES = 500
_RECENT_PAGES = 200
_SAME_ARTICLE = 0.5
"""Part of the smaller page's prose that must be common for two pages to be one article."""
_FEWEST_ARTICLES = 2
_LABEL_ARTICLES = 3
_LABEL_SHARE = 0.3
_PROSE_ARTICLES = 6
_PROSE_SHARE = 0.5
"""Part of the outlet's articles that must carry a paragraph in their own make, for it to be furniture."""
_MAKE_SHARE = 0.6
"""Part of the lines in one make that must be repeated, links or headlines, for all of that make to be furniture."""
_ARTICLE_MAKE = 0.25
"""Part of the outlet's prose from which a make is that of its articles, and safe."""


@dataclass(frozen=True, slots=True)
class TracedLine:
    """One line as the page had it, before anything was cut."""

    text: str
    make: str = ""
    """`parent.class>tag.class` of its element; empty in dumped text."""
    is_idle: bool = False
    """It is a link or the headline again: no text of the article, whatever it says."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What learning needs of a page."""

    lines: tuple[TracedLine, ...] = ()


NO_TRACE = Trace()


@dataclass(frozen=True, slots=True)
class Furniture:
    """The verdict on one outlet's blocks. Line fingerprints and makes; what an analyst kept is not in it."""

    lines: frozenset[str] = frozenset()
    makes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LearnedBlock:
    """One row of what the store keeps and `basewatch furniture` shows."""

    kind: str
    """line or make."""
    key: str
    """Fingerprint of the line, or the make."""
    text: str
    """What it says, cut off, for people."""
    articles: int
    """In how many different articles it was seen."""
    is_furniture: bool
    verdict: str = ""
    """keep or cut, when an analyst decided; the rest is learned."""


def fingerprint(text: str, make: str = "") -> str:
    """Of what a line says and in which make, white space and punctuation aside: 16 hexadecimal digits.

    The make counts: the same words are one article's standfirst and another's teaser.
    """
    return blake2b(f"{make}\n{make_key(text)}".encode(), digest_size=8).hexdigest()


def cut_furniture(article: Article, trace: Trace, furniture: Furniture) -> Article:
    """Move the outlet's furniture from body and description to `removed`. What would lose all stays whole."""
    makes = {make_key(line.text): line.make for line in trace.lines}
    condemned = {
        line: block
        for line in article.body.split("\n")
        if (block := _name_block(line, makes.get(make_key(line), ""), furniture))
    }
    kept = [line for line in article.body.split("\n") if line not in condemned]
    if not kept or not condemned:
        return _cut_description(article, furniture)
    removed = tuple(Removed(line, f"furniture:{block}", _REASON) for line, block in condemned.items())
    return _cut_description(replace(article, body="\n".join(kept), removed=article.removed + removed), furniture)


_REASON = "this outlet repeats it around unrelated articles"


def _name_block(line: str, make: str, furniture: Furniture) -> str:
    """Fingerprint of the condemned line, or its condemned make; empty when it is no furniture."""
    if (key := fingerprint(line, make)) in furniture.lines:
        return key
    return make if make in furniture.makes else ""


def _cut_description(article: Article, furniture: Furniture) -> Article:
    key = fingerprint(article.description)
    if key not in furniture.lines:
        return article
    removed = Removed(article.description, f"furniture:{key}", _REASON)
    return replace(article, description="", removed=(*article.removed, removed))


@dataclass(slots=True)
class _Seen:
    text: str
    make: str
    articles: int = 0
    last: int = 0
    """Number of the latest article that had it."""


@dataclass(slots=True)
class _Make:
    lines: int = 0
    repeated: int = 0
    idle: int = 0
    words: int = 0
    articles: int = 0
    last: int = 0


class OutletMemory:
    """What was learned of one outlet. Bounded; the same pages in the same order always teach the same."""

    def __init__(self) -> None:
        self._lines: dict[str, _Seen] = {}
        self._makes: dict[str, _Make] = {}
        self._recent: deque[frozenset[str]] = deque(maxlen=_RECENT_PAGES)
        self._articles = 0
        self._words = 0
        self._verdicts: dict[str, str] = {}

    def dump(self) -> str:
        """Everything remembered, as JSON: what the store keeps of an outlet between crawls, a megabyte at most."""
        return json.dumps(
            {
                "articles": self._articles,
                "words": self._words,
                "verdicts": self._verdicts,
                "recent": [sorted(prose) for prose in self._recent],
                "lines": {key: astuple(seen) for key, seen in self._lines.items()},
                "makes": {name: astuple(make) for name, make in self._makes.items()},
            }
        )

    @classmethod
    def restore(cls, dumped: str) -> Self:
        """The memory that gave this dump."""
        state, memory = json.loads(dumped), cls()
        memory._articles, memory._words = state["articles"], state["words"]
        memory._verdicts = state["verdicts"]
        memory._recent.extend(map(frozenset, state["recent"]))
        memory._lines = {key: _Seen(*fields) for key, fields in state["lines"].items()}
        memory._makes = {name: _Make(*fields) for name, fields in state["makes"].items()}
        return memory

    def learn(self, trace: Trace) -> bool:
        """Count a page. False when it is another copy of an article that was counted lately."""
        lines = {fingerprint(line.text, line.make): line for line in trace.lines}
        prose = frozenset(key for key, line in lines.items() if _is_prose(line.text) and not self._is_common(key))
        if any(_is_same(prose, other) for other in self._recent):
            return False
        self._recent.append(prose)
        self._articles += 1
        for key, line in lines.items():
            self._count_line(key, line)
        for make in {line.make for line in lines.values() if line.make}:
            self._makes[make].articles += 1
        self._forget()
        return True

    def decide(self, key: str, verdict: str) -> None:
        """An analyst's word on a block: `keep` or `cut`, for good; empty takes it back."""
        self._verdicts[key] = verdict

    def judge(self) -> Furniture:
        """What is furniture now."""
        blocks = [block for block in self.list_blocks() if block.is_furniture]
        return Furniture(
            lines=frozenset(block.key for block in blocks if block.kind == "line"),
            makes=frozenset(block.key for block in blocks if block.kind == "make"),
        )

    def list_blocks(self) -> list[LearnedBlock]:
        """Everything seen in more than one article, and every make, most frequent first."""
        lines = [
            LearnedBlock("line", key, seen.text, seen.articles, self._decide(key, self._is_line(seen)), self._word(key))
            for key, seen in self._lines.items()
            if seen.articles > 1 or key in self._verdicts
        ]
        makes = [
            LearnedBlock("make", name, name, make.articles, self._decide(name, self._is_make(make)), self._word(name))
            for name, make in self._makes.items()
        ]
        return sorted(lines + makes, key=lambda block: (-block.articles, block.key))

    def _word(self, key: str) -> str:
        return self._verdicts.get(key, "")

    def _decide(self, key: str, learned: bool) -> bool:  # noqa: FBT001 — one private caller, by position on purpose
        return {"keep": False, "cut": True}.get(self._word(key), learned)

    def _is_line(self, seen: _Seen) -> bool:
        if seen.articles < _FEWEST_ARTICLES:
            return False
        make = self._makes.get(seen.make)
        if make is not None and not self._belongs_to_articles(make):
            return True
        least, share = (_PROSE_ARTICLES, _PROSE_SHARE) if _is_prose(seen.text) else (_LABEL_ARTICLES, _LABEL_SHARE)
        return seen.articles >= max(least, share * self._articles)

    def _is_make(self, make: _Make) -> bool:
        if make.articles < _FEWEST_ARTICLES or self._belongs_to_articles(make):
            return False
        return make.repeated + make.idle >= _MAKE_SHARE * make.lines

    def _belongs_to_articles(self, make: _Make) -> bool:
        return make.words >= _ARTICLE_MAKE * self._words

    def _is_common(self, key: str) -> bool:
        return key in self._lines and self._is_line(self._lines[key])

    def _count_line(self, key: str, line: TracedLine) -> None:
        seen = self._lines.setdefault(key, _Seen(line.text[:200], line.make))
        seen.articles, seen.last = seen.articles + 1, self._articles
        if not line.make:
            return
        make = self._makes.setdefault(line.make, _Make())
        make.lines, make.last = make.lines + 1, self._articles
        if line.is_idle:
            make.idle += 1
        elif seen.articles > 1:
            # the first time it was seen counts as repeated too, now that it is known to be
            make.repeated += 2 if seen.articles == _FEWEST_ARTICLES else 1
        if _is_prose(line.text):
            words = len(line.text.split())
            make.words, self._words = make.words + words, self._words + words

    def _forget(self) -> None:
        """Drop what was not seen for longest when there is too much; labels and text alike."""
        for table, most in ((self._lines, _MOST_LINES), (self._makes, _MOST_MAKES)):
            if len(table) > most:
                _drop_oldest(table, most)


def _drop_oldest(table: dict[str, _Seen] | dict[str, _Make], most: int) -> None:
    oldest = sorted(table, key=lambda key: (table[key].last, table[key].articles))
    for key in oldest[: len(table) - most * 3 // 4]:
        del table[key]


def _is_prose(text: str) -> bool:
    return len(text.split()) >= _PROSE_WORDS


def _is_same(prose: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(prose), len(other))
    return bool(smaller) and len(prose & other) >= _SAME_ARTICLE * smaller


def learn_all(traces: Iterable[Trace]) -> OutletMemory:
    """A memory of these pages, in this order."""
    memory = OutletMemory()
    for trace in traces:
        memory.learn(trace)
    return memory
