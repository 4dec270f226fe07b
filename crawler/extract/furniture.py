"""What an outlet repeats around its articles, learned from its pages alone and forgotten when the outlet drops it.

Each page leaves a Trace. OutletMemory counts in how many different articles a line, and a make of element, was seen;
Furniture is its verdict, small enough to be handed to a worker with every page. Two copies of one article would
condemn each other, so a near-duplicate of a recent page is not counted, unless three share the same lines and say
nothing else alike. A line in the make of the outlet's articles, or amid their paragraphs, is a reporter's background,
claim or denial unless most articles carry it, however unrelated: a label kept does less harm than a claim lost.
"""

import json
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import blake2b
from math import ceil
from typing import Self

from crawler.extract.blocks import make_key
from crawler.extract.hygiene import count_words, ends_sentence
from crawler.models import Article, Removed, Trace, TracedLine

_PROSE_WORDS = 12
"""A line of fewer words is a label, unless it ends like a sentence; labels are condemned sooner."""
_TOLD_WORDS = 6
"""A label of so many words may tell what happened, as flashes do."""
_KEPT_TEXT = 200
"""Code points of a line that are remembered."""
_MOST_LINES = 4_000
_MOST_MAKES = 500
_RECENT_PAGES = 200
_SAME_ARTICLE = 0.5
"""Part of the smaller page's prose that must be common for two pages to be one article."""
_WITNESSES = 2
"""Pages that must share lines with another, and say nothing else alike, for these lines to be no article."""
_ALIKE = 0.3
"""Part of the smaller text's runs of three words that the other has too, from which one is an edit of the other."""
_FEWEST_ARTICLES = 2
_IDLE_SHARE = 0.3
"""Part of the articles that must carry a link, the headline or a description for it to be furniture."""
_IDLE_ARTICLES = 3
_OWN_ARTICLES = 6
_LABEL_SHARE = 0.5
"""The same for a label above or below the text, in the make of the articles: a statement's signature is one too."""
_PROSE_SHARE = 0.9
"""The same for a sentence in their own make, and for all that stands between their paragraphs: an outlet on one war
prints the same background in half of them."""
_BESIDE_SHARE = 0.2
"""The same for a paragraph, or for all of a make, that stands beside the articles' text: boxes of background are put
around related articles only."""
_WITHIN_TEXT = frozenset({"blockquote", "ul", "ol", "li"})
"""Reporters quote and list in elements of their own; those of templates have classes."""
_MAKE_SHARE = 0.6
"""Part of the lines in one make that must be repeated, links or headlines, for all of that make to be furniture."""
_ARTICLE_MAKE = 0.25
"""Part of the outlet's prose from which a make is that of its articles, and safe."""
_ARTICLE_WORDS = 120
"""Words of prose in one article from which a make is that of some of them, when most of it is said once only."""
_REPEATED_SHARE = 0.4
_NOTHING_NEW = 0.95
"""Part of the lines in a make that must be repeated for it to be no article's, however much prose it has."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """The verdict on one outlet's blocks: fingerprints of lines, and makes."""

    lines: frozenset[str] = frozenset()
    makes: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    """Lines that an analyst keeps, in whatever make they stand."""
    chosen: frozenset[str] = frozenset()
    """Those of `lines` and `makes` that an analyst cuts."""

    @property
    def condemns(self) -> bool:
        """Anything at all?"""
        return bool(self.lines or self.makes)

    @property
    def digest(self) -> str:
        """Names this verdict; empty when it condemns nothing."""
        if not self.condemns:
            return ""
        return blake2b(
            repr([sorted(part) for part in (self.lines, self.makes, self.kept)]).encode(), digest_size=8
        ).hexdigest()


NO_FURNITURE = Furniture()


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
    why: str = ""
    """What decided it, for people."""


def fingerprint(text: str, make: str = "") -> str:
    """Of what a line says and in which make, white space and punctuation aside: 16 hexadecimal digits.

    The make counts: the same words are one article's standfirst and another's teaser.
    """
    return blake2b(f"{make}\n{make_key(text)}".encode(), digest_size=8).hexdigest()


def cut_furniture(article: Article, trace: Trace, furniture: Furniture) -> Article:
    """Move the outlet's furniture from body and description to `removed`. What would lose all stays whole."""
    if not furniture.condemns:
        return article
    makes = {make_key(line.text): line.make for line in trace.lines}
    condemned = {
        line: block
        for line in article.body.split("\n")
        if (block := _name_block(line, makes.get(make_key(line), ""), furniture))
    }
    kept = [line for line in article.body.split("\n") if line not in condemned]
    if not kept or not condemned:
        return _cut_description(article, furniture)
    removed = tuple(_remove_block(line, block, furniture) for line, block in condemned.items())
    return _cut_description(replace(article, body="\n".join(kept), removed=article.removed + removed), furniture)


def _remove_block(text: str, block: str, furniture: Furniture) -> Removed:
    by_hand = block in furniture.chosen
    reason = "an analyst cuts it at this outlet" if by_hand else "this outlet repeats it around unrelated articles"
    return Removed(text, f"furniture:{block}", reason)


def _name_block(line: str, make: str, furniture: Furniture) -> str:
    """Fingerprint of the condemned line, or its condemned make; empty when it is no furniture."""
    if (key := fingerprint(line, make)) in furniture.lines:
        return key
    return make if make in furniture.makes and key not in furniture.kept else ""


def _cut_description(article: Article, furniture: Furniture) -> Article:
    key = fingerprint(article.description)
    if not article.description or key not in furniture.lines:
        return article
    removed = _remove_block(article.description, key, furniture)
    return replace(article, description="", removed=(*article.removed, removed))


@dataclass(slots=True)
class _Seen:
    text: str
    make: str
    articles: int = 0
    last: int = 0
    """Number of the latest article that had it."""
    within: int = 0
    """In how many of them it stood between paragraphs."""
    idle: int = 0
    """In how many it was a link, the headline or the description."""


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
        self._text_holders: frozenset[str] = frozenset()
        """Where the articles' paragraphs stand: the first parts of their makes."""

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
            },
            ensure_ascii=False,
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
        memory._find_holders()
        return memory

    def learn(self, trace: Trace) -> bool:
        """Count a page. False when it is another copy of an article that was counted lately."""
        # what is all punctuation says nothing that could be told apart
        lines = {fingerprint(line.text, line.make): line for line in trace.lines if make_key(line.text)}
        told = {key: line.text for key, line in lines.items() if _tells(line) and not self._is_common(key)}
        if not self._is_new(told, lines):
            return False
        self._articles += 1
        within = _find_within(list(lines), told)
        for key, line in lines.items():
            self._count_line(key, line, is_within=key in within)
        for make in {line.make for line in lines.values() if line.make}:
            self._makes[make].articles += 1
        self._forget()
        self._find_holders()
        return True

    def _is_new(self, told: Mapping[str, str], lines: Mapping[str, TracedLine]) -> bool:
        """Is it no copy of a recent page? Remembers it as one, unless it is."""
        keys = frozenset(told)
        same = [other for other in self._recent if _is_same(keys, other)]
        if not all(self._says_other(told, other) for other in same):
            return False
        self._recent.append(keys)
        if 0 < len(same) < _WITNESSES:
            for key in keys:  # not counted yet; the next page is compared with what it says
                self._lines.setdefault(key, _Seen(lines[key].text[:_KEPT_TEXT], lines[key].make, last=self._articles))
            return False
        return True

    def _says_other(self, told: Mapping[str, str], other: Collection[str]) -> bool:
        """Do both pages say something besides the lines that they share, and nothing of it alike?"""
        here = [text[:_KEPT_TEXT] for key, text in told.items() if key not in other]
        there = [self._lines[key].text for key in other if key not in told and key in self._lines]
        return bool(here and there) and not _is_alike(here, there)

    def decide(self, key: str, verdict: str) -> None:
        """An analyst's word on a block: `keep` or `cut`, for good; empty takes it back."""
        self._verdicts[key] = verdict
        if not verdict:
            del self._verdicts[key]

    @property
    def articles(self) -> int:
        """How many different articles taught it."""
        return self._articles

    def find_keys(self, start: str) -> list[str]:
        """Keys of all blocks seen, however often, that are called so or begin so."""
        keys = (*self._lines, *self._makes)
        return [start] if start in keys else [key for key in keys if key.startswith(start)]

    def judge(self) -> Furniture:
        """What is furniture now."""
        lines = (key for key, seen in self._lines.items() if self._decide(key, self._is_line(seen)))
        makes = (name for name, make in self._makes.items() if self._decide(name, self._is_make(name, make)))
        return Furniture(
            lines=frozenset(lines),
            makes=frozenset(makes),
            kept=frozenset(key for key, verdict in self._verdicts.items() if verdict == "keep"),
            chosen=frozenset(key for key, verdict in self._verdicts.items() if verdict == "cut"),
        )

    def list_blocks(self) -> list[LearnedBlock]:
        """Everything seen in more than one article, and every make, most frequent first."""
        lines = [key for key, seen in self._lines.items() if seen.articles > 1 or key in self._verdicts]
        return sorted(map(self.describe, (*lines, *self._makes)), key=lambda block: (-block.articles, block.key))

    def describe(self, key: str) -> LearnedBlock:
        """A block that was seen."""
        if seen := self._lines.get(key):
            kind, text, articles, (learned, why) = "line", seen.text, seen.articles, self._weigh_line(seen)
        else:
            make = self._makes[key]
            kind, text, articles, (learned, why) = "make", key, make.articles, self._weigh_make(key, make)
        word = self._verdicts.get(key, "")
        why = f"an analyst said {word}; learned: {why}" if word else why
        return LearnedBlock(kind, key, text, articles, self._decide(key, learned), word, why)

    def _decide(self, key: str, learned: bool) -> bool:  # noqa: FBT001 — one private caller, by position on purpose
        return {"keep": False, "cut": True}.get(self._verdicts.get(key, ""), learned)

    def _is_line(self, seen: _Seen) -> bool:
        return seen.articles >= self._fewest_articles(seen)

    def _fewest_articles(self, seen: _Seen) -> float:
        """From how many articles on the line is furniture."""
        is_amid = self._stands_amid(seen)
        if 2 * seen.idle > seen.articles:
            return max(_IDLE_ARTICLES, _IDLE_SHARE * self._articles) if is_amid else _FEWEST_ARTICLES
        if is_amid:
            is_text = _is_sentence(seen.text) or 2 * seen.within > seen.articles
            return max(_OWN_ARTICLES, (_PROSE_SHARE if is_text else _LABEL_SHARE) * self._articles)
        return max(_FEWEST_ARTICLES, _BESIDE_SHARE * self._articles) if _is_sentence(seen.text) else _FEWEST_ARTICLES

    def _stands_amid(self, seen: _Seen) -> bool:
        """Is its make that of articles, or of what stands amid their paragraphs? Bare text has none."""
        make = self._makes.get(seen.make)
        return make is None or self._belongs_to_articles(make) or self._stands_within(seen.make)

    def _is_make(self, name: str, make: _Make) -> bool:
        if make.articles < max(_FEWEST_ARTICLES, _BESIDE_SHARE * self._articles):
            return False
        if self._belongs_to_articles(make) or self._stands_within(name):
            return False
        return make.repeated + make.idle >= _MAKE_SHARE * make.lines

    def _stands_within(self, make: str) -> bool:
        """Does it stand amid the paragraphs of articles?"""
        holder = _name_holder(make)
        return holder in self._text_holders or holder in _WITHIN_TEXT

    def _find_holders(self) -> None:
        articles = (name for name, make in self._makes.items() if self._belongs_to_articles(make))
        self._text_holders = frozenset(map(_name_holder, articles))

    def _weigh_line(self, seen: _Seen) -> tuple[bool, str]:
        """Is it furniture, and why."""
        where = "where articles have their text" if self._stands_amid(seen) else "beside it"
        return self._is_line(seen), f"furniture from {ceil(self._fewest_articles(seen))} articles on: it stands {where}"

    def _weigh_make(self, name: str, make: _Make) -> tuple[bool, str]:
        if self._belongs_to_articles(make):
            share = make.words / self._words if self._words else 1
            words = make.words / max(make.articles, 1)
            told = f"{share:.0%} of the outlet's prose, and {words:.0f} words an article, have this make"
            return False, f"{told}: it is that of its articles"
        repeated = (make.repeated + make.idle) / make.lines if make.lines else 0
        where = "; it stands amid the paragraphs of articles" if self._stands_within(name) else ""
        return self._is_make(name, make), f"{repeated:.0%} of its lines are repeated, links or headlines{where}"

    def _belongs_to_articles(self, make: _Make) -> bool:
        if make.articles > _WITNESSES and make.repeated >= _NOTHING_NEW * make.lines:
            return False  # beside flashes it may hold most of the outlet's prose, and yet says the same each time
        if make.words >= _ARTICLE_MAKE * self._words:
            return True
        # the template of few articles: nothing else has as much prose that is not repeated
        is_new = make.repeated + make.idle < _REPEATED_SHARE * make.lines
        return is_new and make.words >= _ARTICLE_WORDS * make.articles

    def _is_common(self, key: str) -> bool:
        return key in self._lines and self._is_line(self._lines[key])

    def _count_line(self, key: str, line: TracedLine, *, is_within: bool) -> None:
        seen = self._lines.setdefault(key, _Seen(line.text[:_KEPT_TEXT], line.make))
        seen.articles, seen.last = seen.articles + 1, self._articles
        seen.within, seen.idle = seen.within + is_within, seen.idle + line.is_idle
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
            words = count_words(line.text)
            make.words, self._words = make.words + words, self._words + words

    def _forget(self) -> None:
        """Drop what was not seen for longest when there is too much; labels and text alike."""
        for table, most in ((self._lines, _MOST_LINES), (self._makes, _MOST_MAKES)):
            if len(table) > most:
                _drop_oldest(table, most, self._verdicts)


def _drop_oldest(table: dict[str, _Seen] | dict[str, _Make], most: int, spared: Collection[str]) -> None:
    oldest = sorted((key for key in table if key not in spared), key=lambda key: (table[key].last, table[key].articles))
    for key in oldest[: len(table) - most * 3 // 4]:
        del table[key]


def _name_holder(make: str) -> str:
    return make.partition(">")[0]


def _is_prose(text: str) -> bool:
    return count_words(text) >= _PROSE_WORDS


def _is_sentence(text: str) -> bool:
    """Is it prose, or does it end like it, however short?"""
    return _is_prose(text) or ends_sentence(text)


def _tells(line: TracedLine) -> bool:
    return not line.is_idle and (count_words(line.text) >= _TOLD_WORDS or _is_sentence(line.text))


def _find_within(keys: Sequence[str], told: Mapping[str, str]) -> frozenset[str]:
    """What stands between two paragraphs of the page."""
    prose = [index for index, key in enumerate(keys) if key in told and _is_prose(told[key])]
    return frozenset(keys[prose[0] + 1 : prose[-1]]) if prose else frozenset()


def _is_same(prose: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(prose), len(other))
    return bool(smaller) and len(prose & other) >= _SAME_ARTICLE * smaller


def _is_alike(here: Iterable[str], there: Iterable[str]) -> bool:
    """Have two texts so much of their wording in common that one is an edit of the other?"""
    one, two = _list_runs(here), _list_runs(there)
    return len(one & two) >= _ALIKE * min(len(one), len(two))


def _list_runs(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """All runs of three words; of unspaced writing, of three characters."""
    pieces = (list(text) if count_words(text) > len(text.split()) else text.casefold().split() for text in texts)
    return frozenset(run for piece in pieces for run in zip(piece, piece[1:], piece[2:], strict=False))


def learn_all(traces: Iterable[Trace]) -> OutletMemory:
    """A memory of these pages, in this order."""
    memory = OutletMemory()
    for trace in traces:
        memory.learn(trace)
    return memory
