"""Whether two reports that share most of their words tell the same news. Pure.

Agencies end their reports with paragraphs of background, the same ones for weeks, and put what comes after an attack, a
claim, a denial, a new toll, above the very report of it. Of a report that is most of the words: by its words alone it
is a copy of the last one, and whoever is told each story once would never hear of it. What is news stands where a
report begins, down to where it first names what is watched. So the earlier one must hold what the later one begins
with: with other words here and there, but not of another place, day or number, and not once more, or denied. What is in
doubt is two stories: that tells people twice, and not never.
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
_NUMBERS = (
    (2, "two", "اثنين اثنان اثنتين", "دو"),
    (3, "three", "ثلاثة ثلاث", "سه"),
    (4, "four", "أربعة أربع", "چهار"),
    (5, "five", "خمسة خمس", "پنج"),
    (6, "six", "ستة ست", "شش"),
    (7, "seven", "سبعة سبع", "هفت"),
    (8, "eight", "ثمانية ثماني ثمان", "هشت"),
    (9, "nine", "تسعة تسع", ""),  # in Persian it is the word for no
    (10, "ten", "عشرة عشر", "ده"),
    (11, "eleven", "", "یازده"),
    (12, "twelve", "", "دوازده"),
)
"""Of soldiers, drones and rockets; one is in each second sentence, and more than twelve are written in digits."""
_NUMBER_OF = {fold_text(word): number for number, *names in _NUMBERS for name in names for word in name.split()}
_TURNS = frozenset(
    fold_text(word)
    for word in (
        *("second", "third", "another", "again", "renewed", "fresh"),
        *("no", "not", "never", "deny", "denies", "denied", "denying"),
        *("ثان", "ثانية", "الثاني", "الثانية", "ثالث", "الثالث", "الثالثة", "مجددا", "جديد", "جديدة"),
        *("لا", "لم", "ليس", "ليست", "نفى", "نفت", "ينفي", "تنفي"),
        *("دومین", "دوم", "سومین", "سوم", "دوباره", "مجدد", "مجددا", "جدید", "دیگری"),
        *("نیست", "نبود", "نکرد", "نکرده", "نکرده‌اند", "نداشت", "نداشته", "تکذیب"),
    )
)
"""What makes another attack, or none, of a sentence that says all else as before."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    pairs: frozenset[tuple[str, str]]
    facts: dict[str, frozenset[object]]
    """By kind: days, numbers, words that turn it, and what is watched by its type."""


@dataclass(frozen=True)
class Report:
    """Of an article, what is compared."""

    body: str
    names: tuple[tuple[int, str, str], ...] = ()
    """Of each mention in the body: where it begins, its type, its entity's id."""

    @cached_property
    def news(self) -> tuple[tuple[int, int], ...]:
        """Offsets of the sentences with which it begins, down to the first one that names what is watched: that is its
        lead. Of a text that names nothing, the first one. Empty where all are short."""
        told: list[tuple[int, int]] = []
        named = [at for at, kind, _ in self.names if kind in _NAMES]
        last = max(named, default=-1)
        for start, end in _list_spans(self.body):
            if len(_WORD.findall(self.body, start, end)) >= _FEWEST_WORDS:
                told.append((start, end))
                if any(start <= at < end for at in named):
                    return tuple(told)
            if told and last < end:
                break
        return tuple(told[:1])


def make_report(body: str, mentions: Iterable[Mention]) -> Report:
    return Report(body, tuple((each.start, each.type, each.entity) for each in mentions if each.zone is Zone.BODY))


def is_quoted(report: Report, body: str) -> bool:
    """Does a text hold the news word for word? Of most copies that is all there is to ask."""
    return all(report.body[start:end] in body for start, end in report.news)


def tells_other_news(later: Report, earlier: Report) -> bool:
    """Does it begin with what the earlier one does not say, whatever follows? A claim, a denial, a new toll or a
    retaliation is told above the very report that it is about."""
    if not earlier.news:
        return False
    begun = [_read_sentence(later, *span) for span in later.news]
    # above the lead, what gives neither a number nor a day is an editor's frame
    said = [each for each in begun if each is begun[-1] or each.facts["numbers"] or each.facts["days"]]
    return not all(_is_retold(each, _read_sentences(earlier)) for each in said)


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
    days = frozenset(_DAY_OF[before + name] for before, name in _DAY.findall(text) if before + name in _DAY_OF)
    words = _WORD.findall(_DAY.sub(" ", text))
    digits = (int(each) for each in NUMBER.findall(text) if len(each) < 12 and not YEAR.fullmatch(each))  # noqa: PLR2004 - no longer one
    numbers = frozenset([*digits, *(_NUMBER_OF[word] for word in words if word in _NUMBER_OF)])
    facts = {**named, "days": days, "numbers": numbers, "turns": _TURNS.intersection(words)}
    return _Sentence(frozenset(pairwise(_WORD.findall(text))), facts)


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
    if lead.facts["turns"] and not any(each.facts["turns"] for each in same):
        return False
    return not _disagrees(lead, same, (*_PLACES, "days", "numbers"))


def _disagrees(lead: _Sentence, there: Sequence[_Sentence], kinds: Iterable[str]) -> bool:
    """Both say something of a kind, and nothing of it is the same."""
    for kind in kinds:
        said = frozenset[object]().union(*(each.facts[kind] for each in there))
        if lead.facts[kind] and said and lead.facts[kind].isdisjoint(said):
            return True
    return False
