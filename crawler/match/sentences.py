"""Where sentences and paragraphs end, in English, Arabic and Persian (and in languages that punctuate like them)."""

import re
from bisect import bisect_right
from typing import Final

from crawler.match.normalize import list_words

_STOPS: Final = ".!?…؟۔"
_SIGNS: Final = (*_STOPS, "\n")
_END: Final = re.compile(
    rf"[{_STOPS}\n](?:(?<=\n)\n*|(?<!\n)(?<![{_STOPS}][{_STOPS}])[{_STOPS}]*+[\"'”’»)\]]*(?:\[\d+\])*\s+)"
)
"""A row of stops is looked at from its first."""
_SHORTENED: Final = list_words(
    "Mr Mrs Ms Dr Prof Gen Lt Col Maj Capt Brig Sgt Adm Sen Rep Gov Pres St No Nos vs etc approx e.g i.e a.m p.m "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
_ABBREVIATION: Final = re.compile(rf"(?:\b(?:{'|'.join(map(re.escape, _SHORTENED))})|\b[A-Z](?:\.[A-Z])*)\.$")
_TAIL: Final = 3
_TAILS: Final = frozenset(word[-_TAIL:] for word in _SHORTENED)


def split_sentences(text: str) -> list[int]:
    """Offsets at which sentences begin; the first is 0. A line's end always ends one."""
    starts = [0]
    reached = 0
    for stop in _list_stops(text):
        if stop >= reached and (mark := _END.match(text, stop)):
            reached = mark.end()
            if reached < len(text) and _ends_here(text, mark, reached):
                starts.append(reached)
    return starts


def _list_stops(text: str) -> list[int]:
    """Where an end may be, sought sign by sign: an expression takes three times as long to look for any of them."""
    stops: list[int] = []
    for sign in _SIGNS:
        at = text.find(sign)
        while at >= 0:
            stops.append(at)
            at = text.find(sign, at + 1)
    stops.sort()
    return stops


def _ends_here(text: str, mark: re.Match[str], reached: int) -> bool:
    written = mark[0]
    if written[0] != "." or "\n" in written or written.rstrip() != ".":
        return True
    following = text[reached]
    if following.islower() or following.isdigit():
        return False
    tail = text[max(0, mark.start() - _TAIL) : mark.start()]
    if not tail[-1:].isascii() or (len(tail) == _TAIL and tail.isalpha() and tail.islower() and tail not in _TAILS):
        return True  # most sentences: what ends them is no abbreviation
    return _ABBREVIATION.search(text[max(0, mark.start() - 12) : mark.start() + 1]) is None


def split_paragraphs(text: str) -> list[int]:
    """Offsets at which paragraphs begin; a paragraph is a line."""
    starts = [0]
    end = text.find("\n")
    while end >= 0:
        start = end + 1
        end = text.find("\n", start)
        if start < len(text) and end != start:
            starts.append(start)
    return starts


def number_at(starts: list[int], offset: int) -> int:
    """Which of the stretches that begin at `starts` an offset lies in, from 0."""
    return bisect_right(starts, offset) - 1


def stretch_at(starts: list[int], number: int, text: str) -> tuple[int, int]:
    """Offsets of one of them, without the white space at its end."""
    start = starts[number]
    end = starts[number + 1] if number + 1 < len(starts) else len(text)
    return start, start + len(text[start:end].rstrip())


def sentence_at(text: str, offset: int) -> tuple[int, int]:
    """Offsets of the sentence that a place lies in."""
    starts = split_sentences(text)
    return stretch_at(starts, number_at(starts, offset), text)
