"""Who claims, denies, threatens, ends or keeps a truce: each such event goes to the nearest group of its sentence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from crawler.match.document import TITLE, Document, Place
from crawler.match.gated import Gated
from crawler.match.mentions import Sighting
from crawler.match.plain import compile_plain
from crawler.models import TOLD, Zone

STANCES: Final = ("claim", "denial", "doubt", "threat", "truce-end", "truce-hold", "truce")
"""Events that somebody is the author of."""
ACCUSATION: Final = "accusation"
"""Told by words that `claim` holds too, and no claim: attached to the nearest group, mostly the accused."""
ATTACHED: Final = (*STANCES, ACCUSATION)
"""What a rule may ask an ACTOR of."""

_BEHIND_COSTS: Final = 2
"""How much farther a group seems that stands after what it is said to have done, where subjects come first."""
_ASIDE_COSTS: Final = 100
_CLAUSE_COSTS: Final = 50
"""For a group of another clause."""
_CLAUSE: Final = compile_plain(r"[;:؛]| but ")
_LOOKBACK: Final = 48
_MOST_GROUPS: Final = 30
"""Groups of one sentence that are weighed."""
_ASIDE: Final = Gated(
    r"(?i)(?:\b(?:part of|belong\w* to|affiliated with|(?:arm|wing|branch) of|identif\w+ (?:as|under)|"
    r"under the (?:name|banner|umbrella|brand)|supporting|linked to|backing|close to|against|"
    r"rather than|instead of|unlike|other than|apart from)\b|,\s*(?:and|but)?\s*not\b|"
    r"(?<!\w)(?:جزء من|التابعة? ل|المنتمية? إلى|بخشی از|وابسته به|ضد|"
    r"وليست?|بدلا من|خلافا ل|بخلاف|على عكس|برخلاف|به جای|و نه)\s*)[\s\W]*(?:\w+\W+){0,2}$",
    "part belong affiliated arm wing branch identif under supporting linked backing close against rather instead "
    "unlike other apart not وليس بدلا خلافا بخلاف عكس برخلاف جای نه جزء تابع منتم بخش وابسته ضد",
)
_BY: Final = compile_plain(r"(?i)\bby$|^\W*by\b")
_AND: Final = compile_plain(r"(?i)^\W*(?:\w+\W+)?(?:and|as well as|و(?!ليس))\W*(?:(?:the|an?)\W+)?(?:\w+\W+)?$")

_COMMA: Final = compile_plain(r"(?i)\W*[,،]\W*(?:the\W+)?")
_OWNED: Final = compile_plain(
    r"(?i)(?:\b(?:to|by|from|of|in|for|with|per|against|that|on)\W+(?:the\W+)?|"
    r"(?<!\w)(?:وفق\w*|بحسب|حسب|ل|من|في|عن|ضد|به گفته|طبق|از|در|بر)\W*)$"
)


@dataclass(frozen=True, slots=True)
class Stance:
    """One event and the group that it is attached to."""

    event: str
    """claim, accusation (made of the group, or by it), denial, doubt, threat, truce-end, truce-hold or truce."""
    entity: str
    zone: Zone
    start: int
    end: int
    text: str
    """The words that tell the event."""
    place: Place
    """Where the event stands."""


def find_stances(
    document: Document, sightings: Iterable[Sighting], events: Iterable[tuple[str, Place]]
) -> Iterator[Stance]:
    """Each event with its group, with both where two are joined by `and`, or with none."""
    groups: dict[tuple[Zone, int], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if sighting.mention.type == "group" and sighting.place.zone in TOLD:
            groups[sighting.place.zone, sighting.place.sentence].append(sighting)
    for event, place in events:
        text = document.zones[place.zone]
        for entity in dict.fromkeys([actor.mention.entity for actor in _actors(document, groups, place)]):
            yield Stance(event, entity, place.zone, *text.quote(*text.whole_words(place.start, place.end)), place)


def list_reached(sightings: Iterable[Sighting]) -> frozenset[tuple[Zone, int]]:
    """The sentences whose events may have an author: those that name a group, and those that follow."""
    named = [sighting.place for sighting in sightings if sighting.mention.type == "group"]
    return frozenset((place.zone, place.sentence + step) for place in named for step in (0, 1))


def _actors(document: Document, groups: dict[tuple[Zone, int], list[Sighting]], event: Place) -> list[Sighting]:
    """The nearest group of the sentence; else of the sentence before: "He added that it ..."."""
    here = groups.get((event.zone, event.sentence), [])[:_MOST_GROUPS]
    if here:
        nearest = _choose_nearest(document, here, event)
        return [nearest, *(_joined(document, nearest, here) if here[1:] else ())]
    before = groups.get((event.zone, event.sentence - 1), [])[:_MOST_GROUPS]
    same = [group for group in before if group.place.paragraph == event.paragraph]
    return [_choose_nearest(document, same, event)] if same else []


def _choose_nearest(document: Document, groups: list[Sighting], event: Place) -> Sighting:
    if not groups[1:]:
        return groups[0]
    text, first = document.zones[event.zone].text, _stands_first(document, event)
    return min(groups, key=lambda group: _cost(text, group.place, event, first=first))


def _stands_first(document: Document, event: Place) -> bool | None:
    """Does who did it stand before what was done? Not in "claimed by". None where a language has it either way."""
    if document.language in {"ar", "he"}:
        return None
    text = document.zones[event.zone].text
    return not (_BY.search(text[event.start : event.end]) or _BY.search(text[event.end : event.end + 4]))


def _cost(text: str, group: Place, event: Place, *, first: bool | None) -> int:
    """Words between a group and an event, more for a group that is named aside or on the wrong side."""
    words = abs(group.first_word - event.first_word)
    if _ASIDE.search(text[max(0, group.start - _LOOKBACK) : group.start]):
        words += _ASIDE_COSTS
    if _CLAUSE.search(_between(text, group, event)):
        words += _CLAUSE_COSTS
    return words * _BEHIND_COSTS if (group.start > event.start) is first else words


def _joined(document: Document, nearest: Sighting, groups: list[Sighting]) -> list[Sighting]:
    """Groups that stand beside it with nothing but `and` between, and those that a list begins with: A, B and C. In a
    headline a comma is an `and`."""
    text = document.zones[nearest.place.zone].text
    joined = [
        group
        for group in groups
        if group.mention.entity != nearest.mention.entity and _AND.match(_between(text, group.place, nearest.place))
    ]
    first = min((nearest, *joined), key=_start)
    if joined or nearest.place.zone is TITLE:
        for group in sorted(groups, key=_start, reverse=True):
            if group.place.end <= first.place.start and _begins_list(text, group.place, first.place):
                joined.append(group)
                first = group
    return joined


def _begins_list(text: str, group: Place, following: Place) -> bool:
    """Is there but a comma between? Not behind what gives a source or an owner: according to A, B claimed it."""
    before = text[max(0, group.start - _LOOKBACK) : group.start]
    return _COMMA.fullmatch(_between(text, group, following)) is not None and _OWNED.search(before) is None


def _start(sighting: Sighting) -> int:
    return sighting.place.start


def _between(text: str, one: Place, two: Place) -> str:
    first, second = sorted((one, two), key=lambda place: place.start)
    return text[first.end : second.start]
