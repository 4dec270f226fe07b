"""Whether two reports that share most of their words tell the same news. Pure.

Agencies end their reports with paragraphs of background, the same ones for weeks, and put what comes after an attack, a
claim, a denial, a new toll, above the very report of it. Of a report that is most of the words: by its words alone it
is a copy of the last one, and whoever is told each story once would never hear of it. What is news stands where a
report begins, down to where it first names what is watched. So the earlier one must hold what the later one begins
with: with other words here and there, but not of another place, hour, weapon or number, not with a base or group that
it did not name, not once more, denied, shot down or deadlier, and not of another deed. What is in doubt is two stories:
that tells people twice, and not never.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from crawler.lead_words import (
    WORD,
    count_things,
    find_hours,
    find_numbers,
    find_telling,
    find_turns,
    find_weapons,
    take_days,
)
from crawler.match.normalize import fold_text
from crawler.match.sentences import split_sentences, stretch_at
from crawler.models import Mention, Zone

_NAMES = ("base", "group", "person")
"""What a sentence is of, that may hold the news."""
_PLACES = ("base", "group")
"""Where it happened and who did it."""
_SAME_EVENT = (*_PLACES, "days", "hours", "numbers", "weapons")
"""Of what two reports of one event cannot name others."""
_FEWEST_TELLING = 2
"""Words; one alone may be another one for the same."""
_FEWEST_WORDS = 6
"""A shorter sentence is a dateline or a heading."""
_LEAST_RETOLD = 0.5
"""Of a sentence's pairs of words, in two sentences of the other text."""
_LEAST_PART = 0.2
"""Of the pairs of one of these two, when it counts as telling the same."""
_MOST_CHARACTERS = 8_000
_BEGINNING = 1_000


@dataclass(frozen=True, slots=True)
class _Sentence:
    pairs: frozenset[tuple[str, str]]
    facts: Mapping[str, frozenset[object]]
    """By kind: days and halves of days, numbers, weapons, and what is watched by its type."""
    counted: Mapping[str, frozenset[int]]
    """How many of what."""
    turns: frozenset[str]
    telling: frozenset[str]
    """Words that say what happened."""
    head: frozenset[str]
    """Those before the base, which say who did what to it; empty where none is named."""


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
            if len(WORD.findall(self.body, start, end)) >= _FEWEST_WORDS:
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
    known = {(kind, entity) for _, kind, entity in earlier.names}
    if any((kind, entity) not in known for each in begun for kind in _PLACES for entity in each.facts[kind]):
        return True
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
    plain, days = take_days(text)
    words = WORD.findall(plain)
    base = min((at for at, of, _ in report.names if of == "base" and start <= at < end), default=start)
    return _Sentence(
        pairs=frozenset(pairwise(WORD.findall(text))),
        facts={
            **named,
            "days": days,
            "hours": find_hours(words),
            "numbers": find_numbers(plain),
            "weapons": find_weapons(words),
        },
        counted=count_things(plain),
        turns=find_turns(plain),
        telling=find_telling(plain),
        head=find_telling(take_days(fold_text(report.body[start:base]))[0]),
    )


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
    if lead.turns - frozenset[str]().union(*(each.turns for each in same)):
        return False
    return not (_disagrees(lead, same) or _counts_otherwise(lead, same) or _is_done_by_others(lead, same))


def _disagrees(lead: _Sentence, there: Sequence[_Sentence]) -> bool:
    """Both say something of a kind, and nothing of it is the same."""
    for kind in _SAME_EVENT:
        said = frozenset[object]().union(*(each.facts[kind] for each in there))
        if lead.facts[kind] and said and lead.facts[kind].isdisjoint(said):
            return True
    return False


def _counts_otherwise(lead: _Sentence, there: Sequence[_Sentence]) -> bool:
    """Three soldiers are not five, even where both were hurt by two drones."""
    for thing, numbers in lead.counted.items():
        said = frozenset[int]().union(*(each.counted.get(thing, ()) for each in there))
        if said and numbers.isdisjoint(said):
            return True
    return False


def _is_done_by_others(lead: _Sentence, there: Sequence[_Sentence]) -> bool:
    """Something else, by others, at the same base, on the same day, as told by the same official: of a short sentence
    these are most of the words. What it says of who did what is in none of the others', and the other way round."""
    head = frozenset[str]().union(*(each.head for each in there))
    told = frozenset[str]().union(*(each.telling for each in there))
    few = min(len(lead.head), len(head)) < _FEWEST_TELLING
    return not few and lead.head.isdisjoint(told) and head.isdisjoint(lead.telling)
