"""What an article offers to rules: where each term of the rule language occurs in it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import regex

from crawler.match.document import TOLD, Document, Place, overlaps
from crawler.match.gazetteer import select_entity
from crawler.match.mentions import Sighting
from crawler.match.negation import is_negated
from crawler.match.newgroups import NewGroup, find_new_groups
from crawler.match.stance import STANCES, Stance, find_stances
from crawler.match.tree import Pattern, Term
from crawler.match.words import TRUCE_HOLD, FoundWords, Words

NEW_GROUP = "new-group"
"""What rules call a group that the gazetteer does not know."""
_TOPICS = frozenset({"truce", "arms", "civil"})
"""What is spoken of, whether it is said to be or not to be."""
_OPPOSITES = {TRUCE_HOLD: "truce-end", "truce-end": TRUCE_HOLD}
PATTERN_SECONDS = 0.05
"""Longest that one regular expression may look at one article."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term at a place."""

    place: Place
    label: str
    """The term as the rule writes it."""


class Pool:
    """Looks terms up, each once for each article."""

    def __init__(
        self, document: Document, sightings: Iterable[Sighting], words: Words, found: Callable[[], FoundWords]
    ) -> None:
        self.document = document
        self._words = words
        self._found = found
        self.runaways: set[Pattern] = set()
        """Regular expressions that did not end in time; what they are part of counts as not found."""
        self._known: dict[Term | Pattern, tuple[Occurrence, ...]] = {}
        self._sightings = [sighting for sighting in sightings if sighting.place.zone in TOLD]
        self._names = [sighting.place for sighting in self._sightings]
        self._guesses = {sighting.place for sighting in self._sightings if sighting.mention.certainty == "variant"}
        self._entities: dict[str, list[Place]] = defaultdict(list)
        self._selectors: dict[str, frozenset[str]] = {}
        for sighting in self._sightings:
            selectors = select_entity(sighting.name.entity)
            self._selectors[sighting.mention.entity] = frozenset(selectors)
            for selector in selectors:
                self._entities[selector].append(sighting.place)

    def occurrences(self, term: Term | Pattern) -> tuple[Occurrence, ...]:
        """Where a term occurs in what the article tells, in reading order."""
        if term not in self._known:
            self._known[term] = tuple(Occurrence(place, term.source) for place in self._look_up(term))
        return self._known[term]

    def may_hold(self, anchors: Iterable[Term | Pattern] | None) -> bool:
        """Is what a rule asks for there at all? What asks for nothing is always worth trying, as is what ran away."""
        return anchors is None or any(self.occurrences(term) or term in self.runaways for term in anchors)

    def _look_up(self, term: Term | Pattern) -> list[Place]:
        if isinstance(term, Pattern):
            return self._search(term)
        match term.kind:
            case "entity" if term.value == NEW_GROUP:
                return [group.place for group in self.new_groups]
            case "entity":
                return self._entities.get(term.value, [])
            case "event":
                return self._event(term.value)
            case "word":
                return self._found().places(term.value)

    def _event(self, name: str) -> list[Place]:
        """An event's words, without those that are negated and with its opposite's that are.

        A truce's end that is negated is a truce that holds, and the other way round.
        """
        told = [place for place in self._event_words(name) if name in _TOPICS or not self._is_negated(name, place)]
        if opposite := _OPPOSITES.get(name):
            told += [place for place in self._event_words(opposite) if self._is_negated(opposite, place)]
        return sorted(told, key=_reading_order)

    def _event_words(self, name: str) -> list[Place]:
        """All of an event's words, the longest where several overlap, none inside a name."""
        words = self._words.events.get(name, ())
        kept: list[Place] = []
        for place in sorted((place for word in words for place in self._found().places(word)), key=_reading_order):
            if not (kept and overlaps(place, kept[-1])) and not any(overlaps(place, name) for name in self._names):
                kept.append(place)
        return kept

    def _is_negated(self, name: str, place: Place) -> bool:
        return is_negated(self.document.zones[place.zone], place, deed=name not in STANCES)

    @cached_property
    def new_groups(self) -> tuple[NewGroup, ...]:
        """Names that the article gives to groups that the gazetteer does not know."""
        return find_new_groups(self.document, self._names)

    def is_guess(self, place: Place) -> bool:
        """Does a place rest on a spelling that no alias lists?"""
        return place in self._guesses

    def selectors(self, entity: str) -> frozenset[str]:
        """What a mentioned entity answers to."""
        return self._selectors.get(entity, frozenset())

    @cached_property
    def stances(self) -> tuple[Stance, ...]:
        """Who claims, denies, threatens ..., in reading order."""
        events = [(name, place) for name in STANCES if name in self._words.known_events for place in self._event(name)]
        return tuple(
            find_stances(self.document, self._sightings, sorted(events, key=lambda event: _reading_order(event[1])))
        )

    def _search(self, pattern: Pattern) -> list[Place]:
        try:
            return list(self._find_all(pattern, perf_counter() + PATTERN_SECONDS))
        except TimeoutError:
            self.runaways.add(pattern)
            return []

    def _find_all(self, pattern: Pattern, deadline: float) -> Iterator[Place]:
        for zone in TOLD:
            if text := self.document.zones.get(zone):
                left = max(0.001, deadline - perf_counter())
                for match in regex.finditer(pattern.regex, text.text, flags=regex.IGNORECASE, timeout=left):
                    if match.end() > match.start():
                        yield text.place_between(*match.span())


def _reading_order(place: Place) -> tuple[int, int, int]:
    return (TOLD.index(place.zone), place.start, -place.end)
