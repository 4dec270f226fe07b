# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""From found spellings to mentions: the longest name wins, then each alias's policy decides."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Literal, final

from crawler.match.abroad import names_abroad
from crawler.match.automaton import Found
from crawler.match.document import Document, Place, ZoneText, overlaps
from crawler.match.gazetteer import Name, opens_guessing
from crawler.match.plain import compile_plain, level_text
from crawler.match.reading import LEAST_KNOWN, MOST_READ, is_loud_alone, load_weights
from crawler.match.sites import (
    names_dateline,
    names_kin,
    names_lane,
    names_model,
    names_other,
    names_person,
    names_region,
    names_school,
    names_street,
    names_thing,
    names_title,
    names_whereabouts,
    stands_at_site,
)
from crawler.match.units import stands_as_unit
from crawler.match.variants import Variants
from crawler.match.words import MASKED, MASKED_PEACE, FoundWords, Words
from crawler.models import Mention, Zone

_ATTRIBUTIVE: Final = re.compile(r"(?i)\b(?:pro|anti|non|ex|post)[-‐‑ ]['‘]?$")
_FOLLOWING: Final = re.compile(r"[\s\-_'\"’”»)]*")
_LOOKBACK: Final = 8
_RANGE_AFTER: Final = compile_plain(r"(?i)^\W{0,2}(?:to|إلى|الى|تا|حتى)\W")
"""From one base to another: both are meant."""
_ARMED: Final = {"cues/militia", "cues/war"}
"""Cues for which another armed group, named beyond doubt, stands as well."""
_CITY: Final = "cues/installation"
"""What a city's name needs, which stands in news of every kind: an embassy in Erbil is no base there."""
_TOWNS: Final = {"launch_area", "city_target"}
"""Kinds of places that are no base: there the town or the district itself is meant."""
_ARTICLE: Final = "ال"
CORE: Final = "@core"
"""In a context: a core group, or one of its leaders, named beyond doubt."""
_ELSEWHERE: Final = ("cues/elsewhere",)
"""Wars in which none of the gazetteer's groups fights."""
_AT_HOME: Final = ("cues/iraq-syria", "cues/neighbours")
"""Where they do: an article that names one of these is not of another war alone."""
OWN_CUES: Final = frozenset({*_ELSEWHERE, *_AT_HOME})
"""Lists that no alias need ask for."""
WARLIKE: Final = {*_ARMED, CORE}
"""Cues in place of which a passage may read like news of war."""
FACADE: Final = "facade_brand"
"""Kind of groups whose names are phrases of the Quran or plain words: beside a word for an armed group they need no
other context."""
_UMBRELLA: Final = "state_umbrella"
"""Kind of groups whose names are what other states call such a body too."""
_SHY: Final = {"context", "site"}
"""Policies of spellings that give way to one of the same entity that is safe alone."""
Certainty = Literal["alias", "context", "variant"]


@final
class Sighting:
    """A mention and where it stands, for rules."""

    __slots__ = ("mention", "name", "place")

    def __init__(self, mention: Mention, place: Place, name: Name) -> None:
        self.mention: Final = mention
        self.place: Final = place
        self.name: Final = name


@final
class Candidate:
    """A name that a longer one does not cover, before its policy was asked."""

    __slots__ = ("found", "place")

    def __init__(self, place: Place, found: Found[Name]) -> None:
        self.place: Final = place
        self.found: Final = found


def find_candidates(text: ZoneText, names: Iterable[Found[Name]], variants: Variants) -> list[Candidate]:
    """Of the listed names found, and of those guessed: in reading order, each stretch of text given to the longest;
    equal stretches keep all their names."""
    every = list(_without_article([match for match in names if _stands(match, text.text)]))
    named = any(_is_plain(match) and opens_guessing(match.pattern.value.entity) for match in every)
    guesses = [match for match in variants.find(text, named=named) if _stands(match, text.text)]
    guessed = _only_new(guesses, every)
    plain = _Cover(every, guessed)
    # an alias that needs context gives way to a spelling of the same entity, over the same words, that needs none
    certain = [match for match in every if match.pattern.value.alias.policy not in _SHY or not plain.touches(match)]
    kept = _keep_longest(join_overlaps([*certain, *guessed]))
    return [
        Candidate(text.place(match.start, match.end, match.left, match.right), match)
        for match in sorted(kept, key=lambda match: match.start)
    ]


def _without_article(listed: list[Found[Name]]) -> Iterator[Found[Name]]:
    """Without what is plain by itself, where the Arabic article stands before it and the list says that this spelling
    needs context: فاطميون are a brigade, الفاطميون may be the dynasty."""
    shy = {
        (match.pattern.value.entity.id, match.left + len(_ARTICLE), match.right)
        for match in listed
        if match.pattern.value.alias.policy in _SHY and match.pattern.value.alias.text.startswith(_ARTICLE)
    }
    return (match for match in listed if (match.pattern.value.entity.id, match.left, match.right) not in shy)


def _keep_longest(listed: Iterable[Found[Name]]) -> Iterator[Found[Name]]:
    """Those that no longer one, kept before, overlaps."""
    taken: list[tuple[int, int]] = []
    for match in sorted(listed, key=_longest_first):
        span = (match.left, match.right)
        place = bisect_left(taken, span)
        if place < len(taken) and taken[place] == span:
            yield match
        elif (place == 0 or taken[place - 1][1] <= span[0]) and (place == len(taken) or span[1] <= taken[place][0]):
            taken.insert(place, span)
            yield match


def _longest_first(match: Found[Name]) -> tuple[int, bool, int]:
    return (match.left - match.right, match.guessed, match.left)


def _only_new(guessed: list[Found[Name]], listed: list[Found[Name]]) -> list[Found[Name]]:
    """Guesses that say more than what is listed: of another stretch, or of a longer one and another entity.

    Kataeb Hezbolah is more than Hezbollah, and so is Harakat Hizbollah al-Nujabaa, although al-Nujabaa is listed; what
    reaches over a listed base is not another base.
    """
    if not guessed:
        return []
    spans = {(match.left, match.right) for match in listed}
    plain = _Cover(listed)
    bases = [match for match in listed if _is_plain(match) and _is_base(match)]
    return [
        guess
        for guess in guessed
        if (guess.left, guess.right) not in spans
        and (not plain.touches(guess) or _swallows_another(guess, listed, plain))
        and not (_is_base(guess) and any(base.left < guess.right and guess.left < base.right for base in bases))
    ]


def _swallows_another(guess: Found[Name], listed: list[Found[Name]], plain: "_Cover") -> bool:
    """Is another name part of it, which would be taken for a mention? Not one that its own listed part covers."""
    entity = guess.pattern.value.entity
    return any(
        guess.left <= match.left and match.right <= guess.right and _is_plain(match)
        for match in listed
        if match.pattern.value.entity is not entity and not plain.holds(entity.id, match.left, match.right)
    )


def _is_base(match: Found[Name]) -> bool:
    return match.pattern.value.entity.type == "base"


class _Cover:
    """The stretches that plain spellings take, for each entity, joined where they overlap."""

    def __init__(self, *listed: Iterable[Found[Name]]) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        plain = (match for match in chain.from_iterable(listed) if _is_plain(match))
        for match in sorted(plain, key=lambda match: match.left):
            spans = self._spans.setdefault(match.pattern.value.entity.id, [])
            if spans and match.left <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(match.right, spans[-1][1]))
            else:
                spans.append((match.left, match.right))

    def touches(self, match: Found[Name]) -> bool:
        """Does a plain spelling of the same entity overlap it?"""
        return self.holds(match.pattern.value.entity.id, match.left, match.right)

    def holds(self, entity: str, left: int, right: int) -> bool:
        """Does a plain spelling of that entity overlap a stretch?"""
        spans = self._spans.get(entity, ())
        place = bisect_left(spans, (right,)) - 1
        return place >= 0 and spans[place][1] > left


def join_overlaps(found: list[Found[Name]]) -> list[Found[Name]]:
    """Where two plain spellings of one entity overlap, the whole is one name: Ayn Al Asad + Al Asad airbase."""
    joined: list[Found[Name]] = []
    latest: dict[str, int] = {}
    for match in sorted(found, key=lambda match: (match.left, -match.right)):
        entity = match.pattern.value.entity.id
        place = latest.get(entity)
        before = joined[place] if place is not None else None
        overlapping = before and before.left < match.left < before.right < match.right
        if before and overlapping and _is_plain(before) and _is_plain(match):
            joined[latest[entity]] = before._replace(end=match.end, right=match.right)
            continue
        if before is None or match.right > before.right:
            latest[entity] = len(joined)
        joined.append(match)
    return joined


def _is_plain(match: Found[Name]) -> bool:
    return match.pattern.value.alias.policy == "plain"


def _stands(match: Found[Name], text: str) -> bool:
    """`not_followed_by` refuses a match altogether: it does not even cover a shorter one."""
    refused = match.pattern.value.alias.not_followed_by
    if not refused:
        return True
    gap = _FOLLOWING.match(text, match.end)
    rest = text[gap.end() if gap else match.end :].casefold()
    return not rest.startswith(tuple(level_text(word.casefold()) for word in refused))


class Judge:
    """Decides which candidates are mentions, in reading order."""

    def __init__(self, document: Document, words: Words, found: FoundWords) -> None:
        self._document = document
        self._words = words
        self._found = found
        self._introduced: set[str] = set()
        self._armed: frozenset[int] = frozenset()
        self._sure: frozenset[str] = frozenset()
        self._led: frozenset[str] = frozenset()
        self._otherwise: frozenset[str] = frozenset()
        self._persons: set[str] = set()
        self._cue_places: dict[tuple[str, ...], list[Place]] = {}
        self._meant_places: dict[tuple[str, ...], list[Place]] = {}

    def judge_all(self, candidates: Iterable[Candidate]) -> list[Sighting]:
        """One sighting at most for each stretch of text."""
        candidates = list(candidates)
        self._armed = frozenset(self._document.sentence_order(each.place) for each in candidates if _is_armed(each))
        self._sure = frozenset(each.found.pattern.value.entity.id for each in candidates if _is_sure(each))
        self._led = frozenset(chain.from_iterable(map(_led_by, candidates)))
        self._otherwise = frozenset(each.found.pattern.value.entity.id for each in candidates if self._means_else(each))
        self._persons = {each.found.pattern.value.alias.text for each in candidates if self._is_namesake(each)}
        groups: dict[tuple[object, int, int], list[Candidate]] = {}
        for candidate in candidates:
            place = candidate.place
            groups.setdefault((place.zone, place.start, place.end), []).append(candidate)
        return self._drop_whereabouts([sighting for group in groups.values() if (sighting := self._judge(group))])

    def _drop_whereabouts(self, sightings: list[Sighting]) -> list[Sighting]:
        """A city that only says where another base lies is not the city's base: Harir, north of Erbil."""
        sure = {_sentence_of(each.place) for each in sightings if self._is_sure_base(each)}
        return [
            sighting
            for sighting in sightings
            if _sentence_of(sighting.place) not in sure or not self._tells_where(sighting)
        ]

    def _is_sure_base(self, sighting: Sighting) -> bool:
        place, name = sighting.place, sighting.name
        text = self._document.zones[place.zone].text
        return name.entity.type == "base" and (
            name.alias.policy != "context" or " " in name.alias.text or stands_at_site(text, place.start, place.end)
        )

    def _tells_where(self, sighting: Sighting) -> bool:
        place, name = sighting.place, sighting.name
        if name.entity.kind in _TOWNS or name.entity.type != "base" or name.alias.policy != "context":
            return False
        if self._is_sure_base(sighting):
            return False
        text = self._document.zones[place.zone].text
        if _RANGE_AFTER.match(text[place.end : place.end + _LOOKBACK]):
            return False
        return names_whereabouts(text, place.start)

    def _judge(self, group: list[Candidate]) -> Sighting | None:
        """Of several entities that share a spelling, the one whose context speaks for it."""
        place = group[0].place
        text = self._document.zones[place.zone].text
        if _ATTRIBUTIVE.search(text[max(0, place.start - _LOOKBACK) : place.start]):
            return None
        if self._names_something_else(group[0], text):
            return None
        ranked = [(rank, candidate) for candidate in group if (rank := self._rank(candidate))]
        if not ranked:
            return None
        rank, best = max(ranked, key=lambda pair: pair[0])
        self._introduced.add(best.found.pattern.value.entity.id)
        certainty: Certainty = "variant" if best.found.guessed else "context" if rank > 1 else "alias"
        return _sighting(best, self._document.zones[place.zone], certainty)

    def _names_something_else(self, candidate: Candidate, text: str) -> bool:
        """A street, a shop, or a person: a word that needs context may be a given name too."""
        place, name = candidate.place, candidate.found.pattern.value
        start, end = place.start, place.end
        if names_lane(text, start, end) or names_other(text, end) or _is_abroad(name, text, start, end):
            return True
        if name.entity.type == "base" and (names_street(text, end) or names_thing(text, start, end)):
            return True
        is_kin = _is_bare(name) and names_kin(text, start, end)
        if name.alias.policy not in _SHY:
            return is_kin
        if name.entity.type == "group" and names_model(text, start, end):
            return True
        at_site = name.entity.type == "base" and stands_at_site(text, start, end)
        if names_school(text, start, end) and not at_site:
            return True
        return names_title(text, start) or self._names_person(place, name, text) or is_kin

    def _is_namesake(self, candidate: Candidate) -> bool:
        """Is a base's bare name a person's here, be it after the name stood alone, as headlines have it?"""
        place, name = candidate.place, candidate.found.pattern.value
        if name.entity.type != "base" or name.alias.policy not in _SHY or " " in name.alias.text:
            return False
        return names_person(self._document.zones[place.zone].text, place.start, place.end)

    def _names_person(self, place: Place, name: Name, text: str) -> bool:
        """Once Dr Badr has been introduced, Badr is he."""
        if " " in name.alias.text:
            return False
        if names_person(text, place.start, place.end):
            self._persons.add(name.alias.text)
        return name.alias.text in self._persons

    def _rank(self, candidate: Candidate) -> int:
        """0: no mention. 1: plain. 2, 3: its context holds, in a neighbouring or in the same sentence."""
        alias = candidate.found.pattern.value.alias
        match alias.policy:
            case "plain":
                return 1
            case "after_full_form":
                return 2 if candidate.found.pattern.value.entity.id in self._introduced else 0
            case "site" if candidate.found.pattern.value.entity.type == "group":
                return self._rank_unit(candidate)
            case "context" if candidate.found.pattern.value.entity.kind == FACADE:
                return self._rank_unit(candidate) or self._rank_context(candidate)
            case "context" | "site":
                return self._rank_context(candidate)
            case _:
                return 0

    def _rank_unit(self, candidate: Candidate) -> int:
        """A word for an armed group beside a name that may be a phrase of the Quran as well."""
        place = candidate.place
        if self._means_else(candidate):
            return 0
        return 3 if stands_as_unit(self._document.zones[place.zone].text, place.start, place.end) else 0

    def _rank_context(self, candidate: Candidate) -> int:
        """A base is also known by a word for base beside it, and not by the name of its province."""
        place, name = candidate.place, candidate.found.pattern.value
        text = self._document.zones[place.zone].text
        otherwise = name.entity.id in self._otherwise
        if otherwise and self._means_else(candidate):
            return 0
        if name.entity.type == "base":
            if stands_at_site(text, place.start, place.end):
                return 3
            if name.alias.policy == "site" or (
                name.entity.kind not in _TOWNS and names_region(text, place.start, place.end)
            ):
                return 0
        if otherwise:
            return 0  # a club or a dynasty in one sentence is no base or brigade in the next
        if name.entity.type == "base" and self._is_only_city(place, name):
            return 0
        return self._near_cue(place, name)

    def _is_only_city(self, place: Place, name: Name) -> bool:
        """Is it where an article was written, or where something else lies?"""
        text = self._document.zones[place.zone].text
        city = _CITY in name.alias.context
        return names_dateline(text, place.start, place.end) or (city and names_whereabouts(text, place.start))

    def _means_else(self, candidate: Candidate) -> bool:
        """Does a word near an ambiguous spelling make it something else, and no safe one stand in the article?"""
        name = candidate.found.pattern.value
        unsure = name.alias.policy in _SHY and name.entity.id not in self._sure
        return unsure and self._near(candidate.place, self._meant(name.entity.unless, MASKED_PEACE)) > 0

    def _plays_elsewhere(self, place: Place) -> bool:
        """Does the text around tell of another war, and the article of none of ours? Words of war tell nothing then."""
        return not self._armed and self._near(place, self._cues(_ELSEWHERE)) > 0 and not self._cues(_AT_HOME)

    def _near_cue(self, place: Place, name: Name) -> int:
        if name.entity.id in self._led:
            return 2
        if self._plays_elsewhere(place):
            return 0
        order, context = self._document.sentence_order(place), name.alias.context
        asks = CORE in context or (name.entity.type == "group" and not _ARMED.isdisjoint(context))
        armed = self._armed if asks else ()
        beside = ({0: 3, 1: 2}.get(abs(each - order), 0) for each in armed)
        near = max(self._near(place, self._meant(context, MASKED)), *beside, 0)
        return near or (2 if not WARLIKE.isdisjoint(context) and self._reads_loud(place) else 0)

    def _reads_loud(self, place: Place) -> bool:
        """Do all the words around, together, tell of war, though none is listed?"""
        words = load_weights().get(self._document.language)
        if words is None:
            return False
        text = self._document.zones[place.zone]
        start, _ = text.sentence_span(max(0, place.sentence - 1))
        _, end = text.sentence_span(min(len(text.sentences) - 1, place.sentence + 1))
        around = f"{text.text[start : place.start]} {text.text[place.end : end]}"
        odds = words.weigh(around[:MOST_READ])
        return odds.known >= LEAST_KNOWN and is_loud_alone(odds, is_armed=False)

    def _cues(self, words: tuple[str, ...]) -> list[Place]:
        if words not in self._cue_places:
            self._cue_places[words] = self._found.places_of(self._words.index_cues(words)) if words else []
        return self._cue_places[words]

    def _meant(self, words: tuple[str, ...], masked: str) -> list[Place]:
        """Without those in phrases that mean something else: an explosion of colour is no context of a base."""
        if words not in self._meant_places:
            cues = self._cues(words)
            masks = self._found.places_of(self._words.masks[masked]) if cues else []
            self._meant_places[words] = [cue for cue in cues if not any(overlaps(cue, mask) for mask in masks)]
        return self._meant_places[words]

    def _near(self, place: Place, cues: Iterable[Place]) -> int:
        """3 where one of these words is in the sentence; 2: in one beside it; else 0."""
        order = self._document.sentence_order(place)
        distances = (
            abs(self._document.sentence_order(cue) - order)
            for cue in cues
            if not (cue.zone is place.zone and cue.start < place.end and place.start < cue.end)
        )
        return {0: 3, 1: 2}.get(min(distances, default=2), 0)


def needs_words(candidate: Candidate) -> bool:
    """Does it depend on the words around it whether this is a mention?"""
    alias, entity = candidate.found.pattern.value.alias, candidate.found.pattern.value.entity
    return alias.policy == "context" or (alias.policy == "site" and bool(entity.unless))


def _is_bare(name: Name) -> bool:
    """Is it one word that a family of the place, or of its people, bears too? Al-Houthi is of the movement's own."""
    return " " not in name.alias.text and name.entity.core and name.entity.type in {"base", "group"}


def _is_abroad(name: Name, text: str, start: int, end: int) -> bool:
    """Is a town or a body of another country named? Kataib Hezbollah's men are its men wherever they are."""
    borne = name.entity.type == "base" or name.entity.kind == _UMBRELLA or name.alias.policy in _SHY
    return borne and names_abroad(text, start, end)


def _is_sure(candidate: Candidate) -> bool:
    """Is it a spelling that is safe alone?"""
    return candidate.found.pattern.value.alias.policy == "plain" and not candidate.found.guessed


def _led_by(candidate: Candidate) -> tuple[str, ...]:
    """The groups that somebody belongs to whose full name stands there."""
    return candidate.found.pattern.value.entity.part_of if _is_sure(candidate) and _is_person(candidate) else ()


def _is_person(candidate: Candidate) -> bool:
    return candidate.found.pattern.value.entity.type == "person"


def _is_armed(candidate: Candidate) -> bool:
    """Is a core group, or one of its leaders, named by a spelling that is safe alone?"""
    name = candidate.found.pattern.value
    return _is_sure(candidate) and name.entity.core and name.entity.type in {"group", "person"}


def _sentence_of(place: Place) -> tuple[Zone, int]:
    return place.zone, place.sentence


def _sighting(candidate: Candidate, text: ZoneText, certainty: Certainty) -> Sighting:
    """A mention has the plural ending that stands in the word, and not the "and" that Arabic writes before it."""
    name, place = candidate.found.pattern.value, candidate.place
    start, end, words = text.quote(*text.whole_words(place.start, place.end, before=False))
    mention = Mention(
        entity=name.entity.id,
        type=name.entity.type,
        name=name.entity.name,
        zone=place.zone,
        start=start,
        end=end,
        text=words,
        alias=name.alias.text,
        certainty=certainty,
    )
    return Sighting(mention, place, name)
