"""Whether two reports that share most of their words tell the same news. Pure.

Agencies end their reports with paragraphs of background, the same ones for weeks. Of a short report these are most of
the words: by its words alone the next attack is a copy of the last one, and whoever is told each story once would never
hear of it. What is news stands where a report first names what is watched. So one of two must say again what the other
one leads with: with other words here and there, but not of another place, day or number. What is in doubt is two
stories: that tells people twice, and not never.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from crawler.match.normalize import fold_text
from crawler.match.sentences import split_sentences, stretch_at
from crawler.models import Mention, Zone

_NAMES = ("base", "group", "person")
"""What a sentence is of, that may hold the news."""
_PLACES = ("base", "group")
"""Where it happened and who did it: two reports of one event cannot name others."""
_FEWEST_WORDS = 6
"""A shorter sentence is a dateline or a heading."""
_LEAST_RETOLD = 0.5
"""Of a sentence's pairs of words, in two sentences of the other text."""
_LEAST_PART = 0.2
"""Of the pairs of one of these two, when it counts as telling the same."""
_MOST_CHARACTERS = 8_000
_BEGINNING = 1_000
_WORD = re.compile(r"\w+")
DIGIT = "[0-9٠-٩۰-۹]"
"""Of the languages in question. `re` seeks one of a set many times faster than a `\\d`."""
NUMBER = re.compile(rf"{DIGIT}\d*")
YEAR = re.compile(r"(?:19|20)\d\d|1[34]\d\d")
"""Of the calendars of the press in question."""
_DAYS = (
    ("Monday", "الاثنين", "دوشنبه"),
    ("Tuesday", "الثلاثاء", "سه‌شنبه"),
    ("Wednesday", "الأربعاء", "چهارشنبه"),
    ("Thursday", "الخميس", "پنجشنبه"),
    ("Friday", "الجمعة", "جمعه"),
    ("Saturday", "السبت", "شنبه"),
    ("Sunday", "الأحد", "یکشنبه"),
)
_DAY_OF = {fold_text(name).replace(" ", ""): number for number, names in enumerate(_DAYS) for name in names}
_DAY = re.compile(rf"\b(?:(يك|دو|سه|چهار|پنج) )?({'|'.join(sorted(_DAY_OF, key=len, reverse=True))})s?\b")
"""As folded; `Monday's` is one word there, and a joiner a space."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    pairs: frozenset[tuple[str, str]]
    facts: dict[str, frozenset[object]]
    """By kind: days, numbers, and what is watched by its type."""


@dataclass(frozen=True)
class Report:
    """Of an article, what is compared."""

    body: str
    names: tuple[tuple[int, str, str], ...] = ()
    """Of each mention in the body: where it begins, its type, its entity's id."""

    @cached_property
    def lead(self) -> tuple[int, int] | None:
        """Offsets of the first sentence that names what is watched, else of the first one; None where all are short."""
        first, named = None, [at for at, kind, _ in self.names if kind in _NAMES]
        last = max(named, default=-1)
        for start, end in _list_spans(self.body):
            is_named = any(start <= at < end for at in named)
            if (is_named or not first) and len(_WORD.findall(self.body, start, end)) >= _FEWEST_WORDS:
                if is_named:
                    return start, end
                first = start, end
            if first and last < end:
                break
        return first


def make_report(body: str, mentions: Iterable[Mention]) -> Report:
    return Report(body, tuple((each.start, each.type, each.entity) for each in mentions if each.zone is Zone.BODY))


def is_quoted(report: Report, body: str) -> bool:
    """Does a text hold the lead word for word, or is there none? Of most copies that is all there is to ask."""
    return report.lead is None or report.body[slice(*report.lead)] in body


def tells_other_news(later: Report, earlier: Report) -> bool:
    """Does each lead with what the other does not say?"""
    if later.lead is None or earlier.lead is None:
        return False
    lead, led = _read_sentence(later, *later.lead), _read_sentence(earlier, *earlier.lead)
    if _is_retold(lead, _read_sentences(earlier)):
        return False
    # further down it is background, and so it is below news of another day or place
    return _disagrees(lead, [led], (*_PLACES, "days")) or not _is_retold(led, _read_first_half(later))


def _read_first_half(report: Report) -> list[_Sentence]:
    sentences = list(_read_sentences(report))
    return sentences[: len(sentences) // 2 + 1]


def _read_sentences(report: Report) -> Iterator[_Sentence]:
    return (_read_sentence(report, start, end) for start, end in _list_spans(report.body))


def _list_spans(body: str) -> Iterator[tuple[int, int]]:
    """Of sentences. The first ones are listed by themselves, as most ask for no more."""
    first = body.rfind("\n", 0, _BEGINNING) + 1
    for begin, end in ((0, first), (first, _MOST_CHARACTERS)):
        part = body[begin:end]
        starts = split_sentences(part) if part else []
        for number in range(len(starts)):
            start, stop = stretch_at(starts, number, part)
            yield begin + start, begin + stop


def _read_sentence(report: Report, start: int, end: int) -> _Sentence:
    text = fold_text(report.body[start:end])
    named = {
        kind: frozenset(entity for at, of, entity in report.names if of == kind and start <= at < end)
        for kind in _NAMES
    }
    numbers = frozenset(int(each) for each in NUMBER.findall(text) if len(each) < 12 and not YEAR.fullmatch(each))  # noqa: PLR2004 - no longer one
    days = frozenset(_DAY_OF[before + name] for before, name in _DAY.findall(text) if before + name in _DAY_OF)
    return _Sentence(frozenset(pairwise(_WORD.findall(text))), {**named, "days": days, "numbers": numbers})


def _is_retold(lead: _Sentence, sentences: Iterable[_Sentence]) -> bool:
    """Somewhere, in one sentence or in two that follow each other."""
    before: list[_Sentence] = []
    for each in sentences:
        if _retells(lead, [*before, each]):
            return True
        before = [each]
    return False


def _retells(lead: _Sentence, there: Sequence[_Sentence]) -> bool:
    shared = lead.pairs & frozenset().union(*(each.pairs for each in there))
    if len(shared) < _LEAST_RETOLD * len(lead.pairs):
        return False
    same = [each for each in there if len(each.pairs & shared) >= _LEAST_PART * len(each.pairs)]
    return not _disagrees(lead, same, (*_PLACES, "days", "numbers"))


def _disagrees(lead: _Sentence, there: Sequence[_Sentence], kinds: Iterable[str]) -> bool:
    """Both say something of a kind, and nothing of it is the same."""
    for kind in kinds:
        said = frozenset[object]().union(*(each.facts[kind] for each in there))
        if lead.facts[kind] and said and lead.facts[kind].isdisjoint(said):
            return True
    return False
