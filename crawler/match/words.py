"""The words that rules and context cues rest on: literals, events and cues, found in one pass."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, final

from crawler.match.automaton import Automaton, Pattern
from crawler.match.document import Document, Place, ZoneText
from crawler.match.negation import denies_within
from crawler.match.normalize import squeeze, squeeze_all
from crawler.match.plain import compile_plain
from crawler.models import Zone
from settings.model import Gazetteer, WordList

_GAP: Final = re.compile(r"\s*(?:…|\.\.\.)\s*")
MASKED: Final = "masked"
"""The list of phrases that hide what their words would tell."""
MASKED_PEACE: Final = "masked-peace"
"""The same for words of peace: the Arab League plays no football."""
TRUCE_HOLD: Final = "truce-hold"
"""An event that every gazetteer has: also a truce's end that is negated tells it."""
_EVERYWHERE: Final = frozenset({"en", "ar", "fa"})
"""Languages whose words count in every text; those of others would be names elsewhere: Kurdish هێرش, Hersh."""
_TWINS: Final = {"ar": "fa", "fa": "ar"}
"""Languages of one script whose words look alike and differ: Arabic حملة is a campaign, Persian حمله an attack."""
_UNDECLINED: Final = re.compile(r"(?:[ءؤئاآىةهتو]|ون|ين|ان|هم|كم)$|[^ء-ي]")
"""Words that take no alif."""
Seen = tuple[int, int, int]
"""The number of a text, and between which places of its squeezed form a word was found."""
_WIDEST_GAP: Final = 6
"""Words that `…` in an event phrase may stand for."""
_NEXT_CLAUSE: Final = compile_plain(
    r"(?i)[;؛]|[,،]\s+(?:and|but|while|whereas|yet|ولكن|لكن|بل|بينما|فيما|اما|ولی|در حالی که|در حالیکه)\b"
)
"""Behind it somebody else does something else: X did not attack, and Y claimed the attack."""


def word_key(text: str) -> str:
    """What makes two ways of writing a word or phrase the same."""
    return squeeze(text.removesuffix("*")) + ("*" if text.endswith("*") else "")


@lru_cache(maxsize=1 << 16)
def phrase_keys(text: str) -> tuple[str, ...]:
    """The keys of a phrase: one, or one for each side of `…`."""
    return tuple(map(word_key, phrase_parts(text)))


def phrase_parts(text: str) -> list[str]:
    """A phrase as written, cut at each `…`."""
    return _GAP.split(text)


def spell_forms(text: str) -> Iterator[str]:
    """A word or phrase as listed and, in Arabic, as it is declined: an adjective takes the article with its noun (طيران
    مسير, الطيران المسير), and both take an alif where they are objects: طيرانا مسيرا."""
    yield text
    first, *others = text.split(" ")
    if not all("ء" <= word[:1] <= "ي" and not word.startswith("ال") for word in (first, *others)):
        return
    if others:
        yield " ".join((first, *("ال" + word for word in others)))
    if len(others) <= 1 and not any(map(_UNDECLINED.search, (first, *others))):
        yield " ".join(f"{word}ا" for word in (first, *others))


def list_name(name: str) -> str:
    """Event lists are called `truce-end` in rules, whether the file says truce-end or truce_end."""
    return name.replace("_", "-")


class Words:
    """Every literal, cue and event word, compiled once."""

    def __init__(self, gazetteer: Gazetteer, literals: Iterable[str]) -> None:
        self.cues = {cue.name: _all_words(cue) for cue in gazetteer.cues}
        self.events = {list_name(event.name): _all_words(event) for event in gazetteer.events}
        self.masks = {name: _index_words(self.events.get(name, ())) for name in (MASKED, MASKED_PEACE)}
        """Phrases whose words do not mean what they say, by the keys that they begin with."""
        self._contexts: dict[tuple[str, ...], dict[str, list[str]]] = {}
        self.known_events = frozenset(self.events) | {TRUCE_HOLD}
        texts = {*literals, *_flatten(self.cues.values()), *_flatten(self.events.values())}
        for entity in gazetteer.entities:
            listed = (entity.unless, *(alias.context for alias in entity.aliases))
            texts.update(cue for cues in listed for cue in cues if not cue.startswith("cues/"))
        keys = _key_parts({part for text in texts for part in phrase_parts(text)})
        self.leads = _index_events(gazetteer.events, keys)
        persian = _only_persian((*gazetteer.cues, *gazetteer.events)) - set(literals)
        self._automaton = Automaton(
            Pattern(text.removesuffix("*"), key, prefix=part.endswith("*"), proclitic=part not in persian)
            for part, key in keys.items()
            if key.strip("*")
            for text in ((part,) if part in persian else spell_forms(part))
        )

    def index_cues(self, context: tuple[str, ...]) -> dict[str, list[str]]:
        """The words of an alias's context, or of what makes a name something else, by the keys that they begin with."""
        if context not in self._contexts:
            self._contexts[context] = _index_words(self.cue_words(context))
        return self._contexts[context]

    def cue_words(self, context: tuple[str, ...]) -> tuple[str, ...]:
        """The words of an alias's context, its references to cue lists resolved."""
        return tuple(
            word
            for entry in context
            for word in (self.cues.get(entry.removeprefix("cues/"), ()) if entry.startswith("cues/") else (entry,))
        )

    def search(self, document: Document, zones: Iterable[Zone]) -> "Search":
        """All occurrences in these zones, sought when somebody asks for them."""
        return Search(self, document, zones)

    def find(self, document: Document, zones: Iterable[Zone]) -> "FoundWords":
        """All occurrences in these zones."""
        seen: dict[str, list[Seen]] = defaultdict(list)
        texts = [document.zones[zone] for zone in zones if zone in document.zones]
        for number, text in enumerate(texts):
            for pattern, left, right in self._automaton.stand(text.folded):
                seen[pattern.value].append((number, left, right))
        return FoundWords(texts, seen)


def _index_words(words: Iterable[str]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for word in words:
        index[phrase_keys(word)[0]].append(word)
    return index


@final
class Lead:
    """Where the first word of an event's phrase leads to."""

    __slots__ = ("language", "name", "others")

    def __init__(self, name: str, others: tuple[str, ...], language: str) -> None:
        self.name: Final = name
        """The event's."""
        self.others: Final = others
        """The keys of what follows behind each `…`."""
        self.language: Final = language


class FoundWords:
    """Where each word of interest stands; told of those only that somebody asks for, which most are not."""

    def __init__(self, texts: Sequence[ZoneText], seen: Mapping[str, Iterable[Seen]]) -> None:
        self._texts = texts
        self._seen = seen
        self._keys = frozenset(seen)
        self._places: dict[str, list[Place]] = {}
        self._by_zone: dict[tuple[str, Zone], list[Place]] = {}
        self.denied: set[tuple[Zone, int, int]] = set()
        """Phrases that deny themselves between their parts: the truce is not over."""

    def _list_places(self, key: str) -> list[Place]:
        """In reading order."""
        if key not in self._places:
            seen = sorted(self._seen.get(key, ()))
            self._places[key] = [self._texts[number].place_squeezed(left, right) for number, left, right in seen]
        return self._places[key]

    def places_of(self, index: Mapping[str, Iterable[str]]) -> list[Place]:
        """Occurrences of the words that stand in an index under the keys that they begin with."""
        present = index.keys() & self._keys
        return [place for key in present for word in index[key] for place in self.places(word)]

    def places(self, text: str) -> list[Place]:
        """Occurrences of a word or phrase, in reading order; `…` in it stands for a few words."""
        first, *others = phrase_keys(text)
        return self._follow(first, others)

    def _follow(self, first: str, others: Sequence[str]) -> list[Place]:
        """The stretches from a word to what must come behind it."""
        if not self._keys.issuperset(others):
            return []
        found = self._list_places(first)
        for other in others:
            found = [joined for place in found if (joined := self._go_on(place, other)) is not None]
        return found

    def _go_on(self, place: Place, key: str) -> Place | None:
        """The stretch from a place to the next occurrence of a word, if that is near in the same clause."""
        later = self._in_zone(key, place.zone)
        number = bisect_right(later, place.last_word, key=_first_word)
        if number == len(later):
            return None
        follower = later[number]
        if follower.first_word - place.last_word > _WIDEST_GAP + 1 or follower.sentence != place.sentence:
            return None
        between = self._text_between(place, follower)
        if _NEXT_CLAUSE.search(between):
            return None
        joined = place.reach(follower.end, follower.last_word)
        if denies_within(between):
            self.denied.add(joined.span)
        return joined

    def _text_between(self, place: Place, follower: Place) -> str:
        text = next(text for text in self._texts if text.zone is place.zone)
        return text.text[place.end : follower.start]

    def _in_zone(self, key: str, zone: Zone) -> list[Place]:
        if (key, zone) not in self._by_zone:
            self._by_zone[key, zone] = [place for place in self._list_places(key) if place.zone is zone]
        return self._by_zone[key, zone]

    def of_lists(self, leads: dict[str, list["Lead"]], language: str) -> dict[str, list[Place]]:
        """Occurrences of the words of each list, given where first words lead to."""
        found: dict[str, list[Place]] = defaultdict(list)
        read = (_EVERYWHERE | {language}) - {_TWINS.get(language)}
        for key in leads.keys() & self._keys:
            for lead in leads[key]:
                if lead.language not in read:
                    continue
                if not lead.others:
                    found[lead.name].extend(self._list_places(key))
                elif self._keys.issuperset(lead.others):
                    found[lead.name].extend(self._follow(key, lead.others))
        return found


class Search:
    """Looks for words once, when first asked: most articles name nothing, and then nobody does."""

    def __init__(self, words: Words, document: Document, zones: Iterable[Zone]) -> None:
        self._words, self._document, self._zones = words, document, zones
        self._kept_found: FoundWords | None = None

    @property
    def found(self) -> FoundWords:
        if self._kept_found is None:
            self._kept_found = self._words.find(self._document, self._zones)
        return self._kept_found


def _first_word(place: Place) -> int:
    return place.first_word


def _key_parts(parts: Collection[str]) -> dict[str, str]:
    """`word_key` of each."""
    squeezed = squeeze_all([part.removesuffix("*") for part in parts])
    return {part: key + "*" * part.endswith("*") for part, key in zip(parts, squeezed, strict=True)}


def _index_events(events: Iterable[WordList], keys: Mapping[str, str]) -> dict[str, list[Lead]]:
    leads: dict[str, list[Lead]] = defaultdict(list)
    for event in events:
        for language, words in event.words.items():
            for word in words:
                first, *others = phrase_parts(word)
                behind = tuple(keys[other] for other in others)
                leads[keys[first]].append(Lead(list_name(event.name), behind, language))
    return leads


def _only_persian(lists: Iterable[WordList]) -> set[str]:
    """Parts of phrases that no list of another language holds."""
    parts: dict[bool, set[str]] = {True: set(), False: set()}
    for each in lists:
        for language, words in each.words.items():
            parts[language == "fa"].update(part for word in words for part in _GAP.split(word))
    return parts[True] - parts[False]


def _all_words(words: WordList) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_flatten(words.words.values())))


def _flatten(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [word for group in groups for word in group]
