"""The words that rules and context cues rest on: literals, events and cues, found in one pass."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from crawler.match.automaton import Automaton, Pattern
from crawler.match.document import Document, Place, ZoneText
from crawler.match.normalize import squeeze
from crawler.models import Zone
from settings.model import Gazetteer, WordList

_GAP = re.compile(r"\s*(?:…|\.\.\.)\s*")
TRUCE_HOLD = "truce-hold"
"""An event that every gazetteer has: also a truce's end that is negated tells it."""
_WIDEST_GAP = 6
"""Words that `…` in an event phrase may stand for."""


def word_key(text: str) -> str:
    """What makes two ways of writing a word or phrase the same."""
    return squeeze(text.removesuffix("*")) + ("*" if text.endswith("*") else "")


@lru_cache(maxsize=1 << 16)
def phrase_keys(text: str) -> tuple[str, ...]:
    """The keys of a phrase: one, or one for each side of `…`."""
    return tuple(map(word_key, _GAP.split(text)))


def spell_definite(text: str) -> tuple[str, ...]:
    """In Arabic an adjective takes the article with its noun: طيران مسير, الطيران المسير."""
    first, *others = text.split(" ")
    if not others or not all("ء" <= word[:1] <= "ي" and not word.startswith("ال") for word in (first, *others)):
        return (text,)
    return text, " ".join((first, *("ال" + word for word in others)))


def list_name(name: str) -> str:
    """Event lists are called `truce-end` in rules, whether the file says truce-end or truce_end."""
    return name.replace("_", "-")


class Words:
    """Every literal, cue and event word, compiled once."""

    def __init__(self, gazetteer: Gazetteer, literals: Iterable[str]) -> None:
        self.cues = {cue.name: _all_words(cue) for cue in gazetteer.cues}
        self.events = {list_name(event.name): _all_words(event) for event in gazetteer.events}
        self.known_events = frozenset(self.events) | {TRUCE_HOLD}
        texts = {*literals, *_flatten(self.cues.values()), *_flatten(self.events.values())}
        for entity in gazetteer.entities:
            texts.update(cue for alias in entity.aliases for cue in alias.context if not cue.startswith("cues/"))
        parts = {part for text in texts for part in _GAP.split(text) if word_key(part).strip("*")}
        self._automaton = Automaton(
            Pattern(text.removesuffix("*"), word_key(part), prefix=part.endswith("*"))
            for part in parts
            for text in spell_definite(part)
        )

    def cue_words(self, context: tuple[str, ...]) -> tuple[str, ...]:
        """The words of an alias's context, its references to cue lists resolved."""
        return tuple(
            word
            for entry in context
            for word in (self.cues.get(entry.removeprefix("cues/"), ()) if entry.startswith("cues/") else (entry,))
        )

    def find(self, document: Document, zones: Iterable[Zone]) -> "FoundWords":
        """All occurrences in these zones."""
        places: dict[str, list[Place]] = defaultdict(list)
        for zone in zones:
            if zone in document.zones:
                self._collect(document.zones[zone], places)
        return FoundWords(places)

    def _collect(self, text: ZoneText, places: dict[str, list[Place]]) -> None:
        for found in sorted(self._automaton.find(text.folded), key=lambda found: (found.start, found.end)):
            places[found.pattern.value].append(text.place(found))


class FoundWords:
    """Where each word of interest stands."""

    def __init__(self, places: dict[str, list[Place]]) -> None:
        self._places = places

    def places(self, text: str) -> list[Place]:
        """Occurrences of a word or phrase; `…` in it stands for a few words."""
        parts = phrase_keys(text)
        chains = [(place, place) for place in self._places.get(parts[0], ())]
        for part in parts[1:]:
            chains = [
                (first, later)
                for (first, last), later in product(chains, self._places.get(part, ()))
                if later.zone is last.zone
                and later.sentence == last.sentence
                and 0 < later.first_word - last.last_word <= _WIDEST_GAP + 1
            ]
        return [first if first is last else _stretch(first, last) for first, last in chains]


def _stretch(first: Place, last: Place) -> Place:
    return Place(first.zone, first.start, last.end, first.first_word, last.last_word, first.sentence, first.paragraph)


def _all_words(words: WordList) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_flatten(words.words.values())))


def _flatten(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [word for group in groups for word in group]
