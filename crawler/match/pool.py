"""What an article offers to rules: where each term of the rule language occurs in it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from time import process_time
from typing import Any, Final, final

import regex

from crawler.match.anchors import Anchors
from crawler.match.document import Document, Place, overlaps
from crawler.match.frames import MARKS, TOPICS, Frames, is_background
from crawler.match.gazetteer import select_entity
from crawler.match.mentions import Sighting
from crawler.match.negation import is_negated
from crawler.match.newgroups import NewGroup, find_new_groups
from crawler.match.reading import (
    MOST_READ,
    Odds,
    Reading,
    Surroundings,
    Weights,
    is_loud_alone,
    load_judgement,
    load_weights,
)
from crawler.match.stance import ACCUSATION, ATTACHED, STANCES, Stance, find_stances, list_reached
from crawler.match.tree import Pattern, Term
from crawler.match.windows import STRETCHES, Stretch, Windows
from crawler.match.words import MASKED, MASKED_PEACE, TRUCE_HOLD, Search, Words
from crawler.models import TOLD, Certainty, Zone
from crawler.models import Term as HitTerm

_ORDER: Final = {zone: number for number, zone in enumerate(TOLD)}
NEW_GROUP: Final = "new-group"
"""What rules call a group that the gazetteer does not know."""
SUPPOSED: Final = "supposed"
"""What rules call a sentence that supposes or remembers something: "if they attacked", the anniversary of a strike."""
_UNDENIED: Final = (MARKS | {"staged"}) - {"lifted", "all-clear"}
"""Lists that hold their own negations, or need none; `frames` asks for those of what is staged where it matters."""
_PEACEFUL: Final = frozenset({"civil", "sport", "staged"})
"""Lists of peace, which have masks of their own."""
_TOPICS: Final = frozenset({"truce", "arms", "civil", "war", "deployment", "sport", "foreign-troops", "blame", "tie"})
"""What is spoken of, whether it is said to be or not to be: a deed and a tie are named in order to deny them."""
_ANSWERED: Final = frozenset({"claim", "truce-end", TRUCE_HOLD})
"""What somebody may be said to deny: a threat is rejected by whom it is made to."""
_DENIED_WITHIN: Final = frozenset({"claim", "truce-end", TRUCE_HOLD})
"""Whose phrases may be denied between their parts: the truce is not over."""
OPPOSITES: Final = {TRUCE_HOLD: "truce-end", "truce-end": TRUCE_HOLD}
_MOST_STANCES: Final = 300
"""Events of one article that are attached to groups; a longer text is no news."""
PATTERN_SECONDS: Final = 0.05
"""CPU time that one regular expression may spend on one article; `regex` counts its timeout so too. A machine that is
busy with something else never makes a rule look as if it ran away."""
ARTICLE_SECONDS: Final = 0.2
"""CPU time that all of them may. Each has at most half of what is left, so that some that run away leave the others far
more than they need."""
_WEAPONS: Final = tuple(Term(f"#{name}", "event", name) for name in ("rocket", "drone", "us-strike"))
_DEEDS: Final = tuple(
    Term(f"#{name}", "event", name) for name in ("attack", "rocket", "interception", "us-strike", "claim")
)
"""Rockets are not told of but when they are fired; those that are not are no event, see `Frames`."""
_AROUND: Final = 3
"""Sentences on either side of one that are read with it."""
_LEAST_SECONDS: Final = 0.001
"""Not worth beginning with."""


_Spans = tuple[list[int], list[int]]
"""Offsets at which some places of a zone begin, and at which they end."""


@final
class Occurrence:
    """A term at a place; each is made once, and no other is the same."""

    __slots__ = ("label", "parts", "place")

    def __init__(self, place: Place, label: str, parts: tuple["Occurrence", ...] = ()) -> None:
        """`label` is the term as the rule writes it; a pair of words has the two as its parts."""
        self.place: Final = place
        self.label: Final = label
        self.parts: Final = parts


@final
class Told:
    """An occurrence as it is told: kept itself, so that its identity stays its own."""

    __slots__ = ("entity", "seen", "shown", "term")

    def __init__(self, seen: Occurrence, term: HitTerm, shown: str, entity: str) -> None:
        self.seen: Final = seen
        self.term: Final = term
        """As a hit holds it."""
        self.shown: Final = shown
        """Its words for people, in quotation marks on one line."""
        self.entity: Final = entity
        """What it names."""


class Pool:
    """Looks terms up, each once for each article."""

    def __init__(self, document: Document, sightings: Iterable[Sighting], words: Words, search: Search) -> None:
        self.document = document
        self._words = words
        self._search_of_words = search
        self._seconds_left = ARTICLE_SECONDS
        self.runaways: set[Pattern] = set()
        """Regular expressions that did not end in time; what they are part of counts as not found."""
        self._known: dict[Term | Pattern, tuple[Occurrence, ...]] = {}
        self._sightings = [sighting for sighting in sightings if sighting.place.zone in TOLD]
        self._names = [sighting.place for sighting in self._sightings]
        self._names_in = _list_spans(self._names)
        self._words_of: dict[str, list[Place]] = {}
        self._undenied: dict[str, list[Place]] = {}
        self._negations: dict[tuple[Place, bool, bool], bool] = {}
        self.windows = Windows(document)
        self.located: dict[Stretch, dict[int, int]] = {unit: {} for unit in STRETCHES}
        """What `rules` found, by the identity of nodes, which the rules' trees keep alive."""
        self.places: dict[int, tuple[Occurrence, ...]] = {}
        self.pairs: dict[int, tuple[Any, ...]] = {}
        self.acts: dict[int, dict[Occurrence, list[str]]] = {}
        self._readings: dict[tuple[Zone, int], Reading | None] = {}
        """Of a sentence and what stands around it; None where that is too long."""
        self._alone: dict[tuple[Zone, int], Odds] = {}
        self._told: dict[int, Told] = {}
        """By the identity of an occurrence."""
        self._certainties = {sighting.place: sighting.mention.certainty for sighting in self._sightings}
        self._entities: dict[str, list[Place]] = defaultdict(list)
        self._selectors: dict[str, frozenset[str]] = {}
        for sighting in self._sightings:
            selectors = select_entity(sighting.name.entity)
            self._selectors[sighting.mention.entity] = frozenset(selectors)
            for selector in selectors:
                self._entities[selector].append(sighting.place)

    def occurrences(self, term: Term | Pattern) -> tuple[Occurrence, ...]:
        """Where a term occurs in what the article tells, in reading order."""
        if (known := self._known.get(term)) is None:
            source = term.source
            known = self._known[term] = tuple([Occurrence(place, source) for place in self._look_up(term)])
        return known

    def sort_places(self, seen: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
        """In reading order, each place once."""
        first: dict[tuple[Zone, int, int], Occurrence] = {}
        for each in seen:
            first.setdefault(each.place.span, each)
        return tuple(sorted(first.values(), key=lambda each: _reading_order(each.place)))

    def may_hold(self, anchors: Anchors | None) -> bool:
        """Is what a rule asks for there at all? What asks for nothing is always worth trying, as is what ran away."""
        if anchors is None or any(self.occurrences(anchor) for anchor in anchors):
            return True
        return not self.runaways.isdisjoint(anchors)

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
                return self._search_of_words.found.places(term.value)

    def _event(self, name: str, sentences: Container[tuple[Zone, int]] | None = None) -> list[Place]:
        """An event's words (in some sentences), without those that are negated and with its opposite's that are.

        A truce's end that is negated is a truce that holds, and the other way round.
        """
        if name == SUPPOSED:
            return [place for place in self._names if self._frames.supposes(place)]
        told = [
            place for place in self._words_in(name, sentences) if name in _TOPICS or not self._is_negated(name, place)
        ]
        if name == "truce" or name not in TOPICS:
            told = [place for place in told if self._frames.asserts(name, place)]
        if opposite := OPPOSITES.get(name):
            others = [
                place
                for place in self._words_in(opposite, sentences)
                if self._is_negated(opposite, place) and not self._frames.hides(name, place)
            ]
            told = sorted([*told, *others], key=_reading_order) if others else told
        return told

    def _words_in(self, name: str, sentences: Container[tuple[Zone, int]] | None) -> list[Place]:
        words = self._event_words(name)
        if sentences is None:
            return words
        return [place for place in words if (place.zone, place.sentence) in sentences]

    def _event_words(self, name: str) -> list[Place]:
        """All of an event's words, the longest where several overlap, none inside a name."""
        if name not in self._words_of:
            self._words_of[name] = self._choose_words(name)
        return self._words_of[name]

    def _choose_words(self, name: str) -> list[Place]:
        told = self._told_events.get(name)
        if not told:
            return []
        kept: list[Place] = []
        mask = MASKED_PEACE if name in _PEACEFUL else MASKED
        for place in sorted(told, key=_reading_order) if len(told) > 1 else told:
            if (
                not (kept and overlaps(place, kept[-1]))
                and not self._is_in_name(place)
                and not self._is_masked(place, mask)
            ):
                kept.append(place)
        if name == "staged":
            return [place for place in kept if not is_background(self.document.zones[place.zone], place)]
        return kept

    def _undenied_words(self, name: str) -> list[Place]:
        """Without those that the text denies: "it was no accident", "no rockets were fired"."""
        if name not in self._undenied:
            words = self._event_words(name)
            kept = words if name in _UNDENIED else [place for place in words if not self._is_negated(name, place)]
            self._undenied[name] = kept
        return self._undenied[name]

    def list_unasserted(self, name: str) -> Iterator[tuple[Place, str]]:
        """An event's words that do not count, each with the reason."""
        for place in self._event_words(name):
            if name not in _TOPICS and self._is_negated(name, place):
                yield place, "denied"
            elif name not in TOPICS and not self._frames.asserts(name, place):
                yield place, "not told as news"

    _kept_frames: Frames | None = None

    @property
    def _frames(self) -> Frames:
        if self._kept_frames is None:
            self._kept_frames = Frames(self.document, self._names, self._undenied_words)
        return self._kept_frames

    _kept_told_events: dict[str, list[Place]] | None = None

    @property
    def _told_events(self) -> dict[str, list[Place]]:
        if self._kept_told_events is None:
            self._kept_told_events = self._search_of_words.found.of_lists(self._words.leads, self.document.language)
        return self._kept_told_events

    def _is_in_name(self, place: Place) -> bool:
        """Does it begin or end within a name? One that a phrase with a gap goes round is no part of it."""
        if place.zone not in self._names_in:
            return False
        starts, ends = self._names_in[place.zone]
        # names do not overlap each other: the last one that begins before or at an offset decides
        last = bisect_right(starts, place.start) - 1
        if last >= 0 and ends[last] > place.start:
            return True
        while last + 1 < len(starts) and starts[last + 1] < place.end:
            last += 1
        return last >= 0 and ends[last] >= place.end

    def _is_masked(self, place: Place, mask: str) -> bool:
        """Is it part of a phrase that means something else: a heart attack?"""
        masks = self._masks[mask]
        if place.zone not in masks:
            return False
        starts, ends = masks[place.zone]
        number = bisect_right(starts, place.start) - 1
        return number >= 0 and place.end <= ends[number]

    _kept_masks: dict[str, dict[Zone, _Spans]] | None = None

    @property
    def _masks(self) -> dict[str, dict[Zone, _Spans]]:
        if self._kept_masks is None:
            self._kept_masks = {name: self._list_masks(name) for name in (MASKED, MASKED_PEACE)}
        return self._kept_masks

    def _list_masks(self, name: str) -> dict[Zone, _Spans]:
        """The longest where several begin at one place."""
        longest: dict[tuple[Zone, int], Place] = {}
        for place in sorted(self._told_events.get(name, ()), key=_reading_order, reverse=True):
            longest[place.zone, place.start] = place
        return _list_spans(longest.values())

    def _is_negated(self, name: str, place: Place) -> bool:
        key = place, name not in ATTACHED, name in _ANSWERED
        if key not in self._negations:
            text = self.document.zones[place.zone]
            within = name in _DENIED_WITHIN and place.span in self._search_of_words.found.denied
            self._negations[key] = within or is_negated(text, place, deed=key[1], answered=key[2])
        return self._negations[key]

    _kept_new_groups: tuple[NewGroup, ...] | None = None

    @property
    def new_groups(self) -> tuple[NewGroup, ...]:
        """Names that the article gives to groups that the gazetteer does not know."""
        if self._kept_new_groups is None:
            self._kept_new_groups = find_new_groups(self.document, self._names)
        return self._kept_new_groups

    def certainty(self, place: Place) -> Certainty | None:
        """How sure the name at a place is; None where none stands."""
        return self._certainties.get(place)

    def tell(self, seen: Occurrence) -> Told:
        """An occurrence with the whole words that a stem or a name stands in; one for all rules."""
        told = self._told.get(id(seen))
        return self._tell(seen) if told is None else told

    def _tell(self, seen: Occurrence) -> Told:
        place, text = seen.place, self.document.zones[seen.place.zone]
        start, end = place.start, place.end
        if not seen.label.startswith("/"):
            start, end = text.whole_words(start, end, before=not seen.label.startswith("@"))
        start, end, words = text.quote(start, end)
        term = HitTerm(place.zone, start, end, words, seen.label, self.certainty(place))
        entity = self._entity_at.get((place.zone, start, end), "")
        told = self._told[id(seen)] = Told(seen, term, f"“{' '.join(words.split())}”", entity)
        return told

    def entities_of(self, occurrences: Iterable[Occurrence]) -> set[str]:
        """The entities that are named there."""
        named = {self.tell(seen).entity for seen in occurrences}
        named.discard("")
        return named

    _kept_entity_at: dict[tuple[Zone, int, int], str] | None = None

    @property
    def _entity_at(self) -> dict[tuple[Zone, int, int], str]:
        if self._kept_entity_at is None:
            self._kept_entity_at = self._make_entity_at()
        return self._kept_entity_at

    def _make_entity_at(self) -> dict[tuple[Zone, int, int], str]:
        mentions = [sighting.mention for sighting in self._sightings]
        return {(mention.zone, mention.start, mention.end): mention.entity for mention in mentions}

    @property
    def present_selectors(self) -> Iterable[str]:
        """What the mentioned entities answer to."""
        return self._entities.keys()

    def selectors(self, entity: str) -> frozenset[str]:
        """What a mentioned entity answers to."""
        return self._selectors.get(entity, frozenset())

    _kept_stances: tuple[Stance, ...] | None = None

    @property
    def stances(self) -> tuple[Stance, ...]:
        """Who claims, denies, threatens ..., in reading order."""
        if self._kept_stances is None:
            self._kept_stances = self._make_stances()
        return self._kept_stances

    def _make_stances(self) -> tuple[Stance, ...]:
        reached = list_reached(self._sightings)
        names = [name for name in STANCES if name in self._words.known_events] if reached else []
        accusing = {place.span for place in self._told_events.get(ACCUSATION, ())}
        events = [
            (ACCUSATION if name == "claim" and place.span in accusing else name, place)
            for name in names
            for place in self._event(name, reached)
        ]
        ordered = sorted(events, key=lambda event: _reading_order(event[1]))[:_MOST_STANCES]
        return tuple(find_stances(self.document, self._sightings, ordered))

    def find_calm(self, names: Iterable[Place], evidence: Iterable[Place]) -> Reading | None:
        """How the text reads around these names, if it is calm around each of them: the least calm reading. What is far
        from all names is read around the evidence too; and no sentence of the evidence may be loud by itself."""
        words = load_weights().get(self.document.language)
        if words is None:
            return None
        named = {(place.zone, place.sentence) for place in names}
        told = {(place.zone, place.sentence) for place in evidence}
        if any(self._is_loud_alone(words, sentence) for sentence in named | told):
            return None
        least: Reading | None = None
        for sentence in sorted(named | (told - _list_neighbours(named))):
            reading = self._read_sentence(words, sentence)
            if reading is None or not reading.is_calm:
                return None
            least = max(least or reading, reading, key=lambda each: each.chance)
        return least

    def find_loud(self, names: Iterable[Place]) -> Reading | None:
        """How the text reads around the one of these names where it is loudest, if it is loud there."""
        words = load_weights().get(self.document.language)
        if words is None:
            return None
        sentences = sorted({(place.zone, place.sentence) for place in names})
        readings = [self._read_sentence(words, sentence) for sentence in sentences]
        loud = [reading for reading in readings if reading and reading.is_loud]
        return max(loud, key=lambda each: each.chance, default=None)

    def _is_loud_alone(self, words: Weights, sentence: tuple[Zone, int]) -> bool:
        alone = self._weigh_alone(words, sentence)
        return is_loud_alone(alone, is_armed=False) or (is_loud_alone(alone, is_armed=True) and sentence in self._armed)

    def _weigh_alone(self, words: Weights, sentence: tuple[Zone, int]) -> Odds:
        """Once, as loudness and the reading both ask for it."""
        if sentence not in self._alone:
            self._alone[sentence] = words.weigh(self.blank_names(*sentence, sentence[1])[:MOST_READ])
        return self._alone[sentence]

    def _read_sentence(self, words: Weights, sentence: tuple[Zone, int]) -> Reading | None:
        if sentence not in self._readings:
            self._readings[sentence] = self._make_reading(words, sentence)
        return self._readings[sentence]

    def _make_reading(self, words: Weights, sentence: tuple[Zone, int]) -> Reading | None:
        surroundings = self.take_surroundings(*sentence)
        if surroundings is None:
            return None
        alone, around = self._weigh_alone(words, sentence), words.weigh(surroundings.around)
        return load_judgement().read(alone, around, surroundings)

    _kept_armed: set[tuple[Zone, int]] | None = None

    @property
    def _armed(self) -> set[tuple[Zone, int]]:
        """Sentences that name a weapon and what was done with it."""
        if self._kept_armed is None:
            self._kept_armed = self._sentences_of(_WEAPONS) & self._sentences_of(_DEEDS)
        return self._kept_armed

    def _sentences_of(self, events: Iterable[Term]) -> set[tuple[Zone, int]]:
        return {(seen.place.zone, seen.place.sentence) for event in events for seen in self.occurrences(event)}

    @property
    def named_sentences(self) -> list[tuple[Zone, int]]:
        """In which somebody or something is named."""
        return sorted({(place.zone, place.sentence) for place in self._names})

    def take_surroundings(self, zone: Zone, sentence: int) -> Surroundings | None:
        """What is read around a sentence; None where that is too long to be honest."""
        alone, around = self.blank_names(zone, sentence, sentence), self._take_around(zone, sentence)
        if max(len(alone), len(around)) > MOST_READ:
            return None
        near = [
            self._lists_in.get((each, number), frozenset())
            for each, first, last in self._list_around(zone, sentence)
            for number in range(first, last + 1)
        ]
        here = self._lists_in.get((zone, sentence), frozenset())
        is_armed = (zone, sentence) in self._armed
        return Surroundings(alone, around, here, frozenset().union(*near), zone is Zone.TITLE, is_armed)

    _kept_lists_in: dict[tuple[Zone, int], frozenset[str]] | None = None

    @property
    def _lists_in(self) -> dict[tuple[Zone, int], frozenset[str]]:
        """Which lists of words have one in a sentence that counts there."""
        if self._kept_lists_in is None:
            found: dict[tuple[Zone, int], set[str]] = defaultdict(set)
            for name in self._told_events:
                for seen in self.occurrences(Term(f"#{name}", "event", name)):
                    found[seen.place.zone, seen.place.sentence].add(name)
            self._kept_lists_in = {sentence: frozenset(names) for sentence, names in found.items()}
        return self._kept_lists_in

    def _take_around(self, zone: Zone, sentence: int) -> str:
        """The same text without names."""
        return "\n".join([self.blank_names(*stretch) for stretch in self._list_around(zone, sentence)])

    def _list_around(self, zone: Zone, sentence: int) -> list[tuple[Zone, int, int]]:
        """The title and some sentences, first and last; those around a headline are the first of the text."""
        zones = self.document.zones
        stretches = [(each, 0, len(zones[each].sentences)) for each in (Zone.TITLE,) if each in zones]
        if zone is not Zone.TITLE:
            stretches.append((zone, max(0, sentence - _AROUND), sentence + _AROUND))
        elif Zone.BODY in zones:
            stretches.append((Zone.BODY, 0, _AROUND))
        return stretches

    def blank_names(self, zone: Zone, first: int, last: int) -> str:
        """The text of some sentences, blanks where names stand."""
        text = self.document.zones[zone]
        start, _ = text.sentence_span(first)
        _, end = text.sentence_span(min(last, len(text.sentences) - 1))
        parts, at = [], start
        starts, ends = self._names_in.get(zone, ([], []))
        for number in range(bisect_left(starts, start), bisect_left(starts, end)):
            parts.append(text.text[at : starts[number]])
            at = ends[number]
        return " ".join((*parts, text.text[at:end]))

    def _search(self, pattern: Pattern) -> list[Place]:
        limit = min(PATTERN_SECONDS, self._seconds_left / 2)
        if limit < _LEAST_SECONDS:
            self.runaways.add(pattern)
            return []
        began = process_time()
        try:
            return list(self._find_all(pattern, began + limit))
        except TimeoutError:
            self.runaways.add(pattern)
            return []
        finally:
            self._seconds_left -= process_time() - began

    def _find_all(self, pattern: Pattern, deadline: float) -> Iterator[Place]:
        for zone in TOLD:
            if text := self.document.zones.get(zone):
                left = max(_LEAST_SECONDS, deadline - process_time())
                for match in regex.finditer(pattern.regex, text.printed, flags=regex.IGNORECASE, timeout=left):
                    if match.end() > match.start():
                        yield text.place_between(*match.span())


def _list_neighbours(sentences: Iterable[tuple[Zone, int]]) -> set[tuple[Zone, int]]:
    """What is read around some sentences; see `Pool._take_around`."""
    near = {(zone, number + step) for zone, number in sentences for step in range(-_AROUND, _AROUND + 1)}
    headline = {(Zone.BODY, number) for number in range(_AROUND + 1)} if (Zone.TITLE, 0) in near else set()
    return near | headline | {(Zone.TITLE, 0)}


def _list_spans(places: Iterable[Place]) -> dict[Zone, _Spans]:
    """Where they begin and end, in reading order."""
    spans: dict[Zone, _Spans] = {}
    for place in sorted(places, key=_start):
        starts, ends = spans.setdefault(place.zone, ([], []))
        starts.append(place.start)
        ends.append(place.end)
    return spans


def _start(place: Place) -> int:
    return place.start


def _reading_order(place: Place) -> tuple[int, int, int]:
    return (_ORDER[place.zone], place.start, -place.end)
