"""What people look for in articles, and the words by which articles are found. Pure; both databases are fed from here.

Texts and questions go through the same folding as names do, so that أحمد finds احمد and Ḥezbollah finds Hezbollah,
whichever database is asked. A database is given words that this module split, never what a person typed.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.errors import QuestionError
from crawler.match.normalize import Folded, fold_text

MOST_WORDS = 16_000
"""Words of one article by which it is found; PostgreSQL counts no further than 16,383."""
_MOST_LETTERS = 60
_LONGEST_QUESTION = 500
_MOST_PIECES = 24
_SHORTEST_PREFIX = 2
_AROUND = 90
"""Characters shown before and after the first word found."""
_LONGEST_SNIPPET = 320
_MOST_EXAMINED = 20_000
"""Characters of a text in which words are marked."""

_WORD = re.compile(r"\w+")
_CHUNK = re.compile(r"\S+")
_ITEM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?(?P<star>\*?)|(?P<word>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in a row; with `is_prefix` the last one may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One piece of each group must be there, and none that is unwanted. Without groups everything is meant."""

    wanted: tuple[tuple[Piece, ...], ...] = ()
    unwanted: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a snippet."""

    text: str
    is_mark: bool = False


def split_words(text: str) -> list[str]:
    """The folded words of a text, in order; punctuation parts them."""
    return [word[:_MOST_LETTERS] for word in _WORD.findall(fold_text(text))[:MOST_WORDS]]


def make_token(kind: str, value: str) -> str:
    """A word that stands for a fact, such as the outlet, among an article's words; nobody can write it in a text."""
    return f"·{kind}{value.encode(errors='replace').hex()}"


def parse_question(text: str) -> Question:
    """Words that must all be there, "words in a row", either OR other, -unwanted, begin*. Raises QuestionError."""
    if len(text) > _LONGEST_QUESTION:
        raise QuestionError(f"a question has at most {_LONGEST_QUESTION} characters, this one {len(text)}")
    wanted: list[list[Piece]] = []
    unwanted: list[Piece] = []
    joins = False
    for item in _ITEM.finditer(text.translate(_QUOTES)):
        if item[0] in {"OR", "|"}:
            joins = bool(wanted)
            continue
        piece = _make_piece(item)
        if piece is None:
            continue
        if item["minus"]:
            unwanted.append(piece)
        elif joins:
            wanted[-1].append(piece)
        else:
            wanted.append([piece])
        joins = False
    if sum(map(len, wanted)) + len(unwanted) > _MOST_PIECES:
        raise QuestionError(f"a question has at most {_MOST_PIECES} words and phrases")
    return Question(tuple(map(tuple, wanted)), tuple(unwanted))


def _make_piece(item: re.Match[str]) -> Piece | None:
    """None for what has no letters."""
    told = item["word"] if item["phrase"] is None else item["phrase"]
    words = tuple(split_words(told))
    if not words:
        return None
    starred = bool(item["star"]) or (item["phrase"] is None and told.endswith("*"))
    if starred and len(words[-1]) < _SHORTEST_PREFIX:
        raise QuestionError(f"{told!r}: write at least {_SHORTEST_PREFIX} letters before the *")
    return Piece(words, starred)


def find_marks(text: str, question: Question) -> list[tuple[int, int]]:
    """Where the wanted words stand in the original text, in order and apart."""
    pieces = [piece for group in question.wanted for piece in group]
    if not pieces:
        return []
    told = list(_locate_words(text[:_MOST_EXAMINED], _Sought(pieces)))
    marks = [
        (told[at][1], told[at + len(piece.words) - 1][2])
        for piece in pieces
        for at in range(len(told) - len(piece.words) + 1)
        if _stands_at(piece, told, at)
    ]
    return _join_marks(sorted(marks))


class _Sought:
    """Quickly: may this word be part of something wanted?"""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._words = frozenset(word for piece in pieces for word in piece.words)
        self._prefixes = tuple(piece.words[-1] for piece in pieces if piece.is_prefix)

    def has_any(self, words: Collection[str]) -> bool:
        return any(word in self._words or word.startswith(self._prefixes) for word in words)


def _locate_words(text: str, sought: _Sought) -> Iterator[tuple[str, int, int]]:
    """Every folded word with its place in the original; only those of interest have an exact place."""
    for chunk in _CHUNK.finditer(text):
        words = _fold_chunk(chunk[0])
        if sought.has_any(words):
            yield from ((word, chunk.start() + start, chunk.start() + end) for word, start, end in _place(chunk[0]))
        else:
            yield from ((word, chunk.start(), chunk.end()) for word in words)


@lru_cache(maxsize=1 << 15)
def _fold_chunk(chunk: str) -> tuple[str, ...]:
    return tuple(split_words(chunk))


def _place(chunk: str) -> Iterator[tuple[str, int, int]]:
    folded, told = Folded(chunk), fold_text(chunk)
    for word in _WORD.finditer(told):
        start, end = (index - told.count(" ", 0, index) for index in word.span())
        yield (word[0][:_MOST_LETTERS], *folded.span(start, end))


def _stands_at(piece: Piece, told: Sequence[tuple[str, int, int]], at: int) -> bool:
    *first, last = piece.words
    if any(told[at + number][0] != word for number, word in enumerate(first)):
        return False
    word = told[at + len(first)][0]
    return word.startswith(last) if piece.is_prefix else word == last


def _join_marks(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in marks:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def mark_text(text: str, question: Question) -> tuple[Run, ...]:
    """A whole short text, such as a headline, in runs."""
    return _cut_runs(text, find_marks(text, question), 0, len(text))


def cut_snippet(text: str, question: Question) -> tuple[Run, ...]:
    """The text around the first word found, else its beginning."""
    marks = find_marks(text, question)
    begin = max(0, marks[0][0] - _AROUND) if marks else 0
    start = (begin and text.find(" ", begin, marks[0][0]) + 1) or begin
    stop = min(len(text), start + _LONGEST_SNIPPET)
    runs = _cut_runs(text, marks, start, stop)
    return (*((Run("… "),) if start else ()), *runs, *((Run(" …"),) if stop < len(text) else ()))


def _cut_runs(text: str, marks: Sequence[tuple[int, int]], start: int, stop: int) -> tuple[Run, ...]:
    runs: list[Run] = []
    at = start
    for first, last in marks:
        if first < at or last > stop:
            continue
        runs += [Run(text[at:first]), Run(text[first:last], is_mark=True)]
        at = last
    runs.append(Run(text[at:stop]))
    return tuple(run for run in runs if run.text)
