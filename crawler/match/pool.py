"""What an article offers to rules: where each term of the rule language occurs in it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import regex

from crawler.match.document import TOLD, Document, Place
from crawler.match.mentions import Sighting
from crawler.match.tree import Pattern, Term
from crawler.match.words import FoundWords, Words

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
        self._known: dict[Term | Pattern, tuple[Occurrence, ...]] = {}
        self._entities: dict[str, list[Place]] = defaultdict(list)
        for sighting in sightings:
            if sighting.place.zone in TOLD:
                for selector in select_entity(sighting):
                    self._entities[selector].append(sighting.place)

    def occurrences(self, term: Term | Pattern) -> tuple[Occurrence, ...]:
        """Where a term occurs in what the article tells, in reading order."""
        if term not in self._known:
            self._known[term] = tuple(Occurrence(place, term.source) for place in self._look_up(term))
        return self._known[term]

    def _look_up(self, term: Term | Pattern) -> list[Place]:
        if isinstance(term, Pattern):
            return self._search(term)
        match term.kind:
            case "entity":
                return self._entities.get(term.value, [])
            case "event":
                return self._event(term.value)
            case "word":
                return self._found().places(term.value)

    def _event(self, name: str) -> list[Place]:
        """An event's words, the longest where several overlap."""
        places = sorted(
            (place for word in self._words.events[name] for place in self._found().places(word)),
            key=lambda place: (TOLD.index(place.zone), place.start, -place.end),
        )
        kept: list[Place] = []
        for place in places:
            if not kept or place.zone is not kept[-1].zone or place.start >= kept[-1].end:
                kept.append(place)
        return kept

    def _search(self, pattern: Pattern) -> list[Place]:
        return [
            text.place_between(*match.span())
            for zone in TOLD
            if (text := self.document.zones.get(zone))
            for match in regex.finditer(pattern.regex, text.text, flags=regex.IGNORECASE, timeout=PATTERN_SECONDS)
            if match.end() > match.start()
        ]


def select_entity(sighting: Sighting) -> tuple[str, ...]:
    """The selectors that an entity answers to: `group`, `core`, `group:hamas`."""
    entity = sighting.name.entity
    core = ("core",) if entity.type == "group" and entity.core else ()
    return (entity.type, f"{entity.type}:{entity.id}", *core)
