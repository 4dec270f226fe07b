"""From the gazetteer's aliases to the spellings that are sought: articles, assimilations, plurals, numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product

from crawler.match.automaton import Automaton, Pattern
from crawler.match.formations import derive_formations
from crawler.match.normalize import squeeze_all
from crawler.match.ordinals import spell_ordinal
from crawler.match.sites import derive_airports, derive_stems
from settings.model import Alias, Entity, Gazetteer

_LATIN_ARTICLE = re.compile(r"(?i)^(al|el|ul|il)$")
_ASSIMILATED = re.compile(r"(?i)^[ae](sh|ch|th|dh|s|n|t|d|r|z)-$")
_ANY_ARTICLE = re.compile(r"(?i)(?<![^\s-])(?:[aeui]l|[ae](?:sh|ch|th|dh|s|n|t|d|r|z)(?=-))(?=[\s-])")
_SUN = re.compile(r"(?i)^(sh|ch|th|dh|s|n|t|d|r|z)")
_ARTICLE = "ال"
_EASTERN = re.compile("[ء-يکگچپژی]")
_ACRONYM = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_BRIGADES = (*range(1, 130), *range(313, 316))
_MOST_VARIANTS = 81
_TURKISH_VOWELS = {"ı": "a", "u": "a", "i": "e", "ü": "e"}
"""In which a possessive ends, and the vowel of the cases that follow."""
_DEPENDENT = {"after_full_form", "never"}
"""Policies of spellings that are no mention where nothing else is named."""


@dataclass(frozen=True, slots=True)
class Name:
    """One alias of one entity: what a found spelling stands for."""

    entity: Entity
    alias: Alias


OPENING = frozenset({"group", "base", "person:core"})
"""Selectors of those beside whom a spelling that no list has is looked for; an agency or a president says nothing."""


def opens_guessing(entity: Entity) -> bool:
    """May an article that names it hold other spellings of groups and bases?"""
    return entity.type in OPENING or (entity.type == "person" and entity.core)


def select_entity(entity: Entity) -> tuple[str, ...]:
    """What rules may call it: `base`, `base:al-tanf`, `base:core`, `base:in-syria`, `base:kind-us-coalition-base`."""
    return _list_selectors(entity.type, entity.id, entity.country, entity.kind, core=entity.core)


@lru_cache(maxsize=1 << 12)
def _list_selectors(kind: str, slug: str, country: str, sort: str, *, core: bool) -> tuple[str, ...]:
    selectors = [kind, f"{kind}:{slug}"]
    if core:
        selectors += [f"{kind}:core", *(["core"] if kind == "group" else [])]
    for relation, value in (("in", country), ("kind", sort)):
        if words := "-".join(re.findall(r"[a-z0-9]+", value.lower())):
            selectors.append(f"{kind}:{relation}-{words}")
    return tuple(selectors)


def compile_names(gazetteer: Gazetteer) -> Automaton[Name]:
    """All aliases and their safe variants. A variant never overrules a spelling that the gazetteer lists."""
    names = [Name(entity, alias) for entity in gazetteer.entities for alias in (*entity.aliases, *derive_stems(entity))]
    spelt = [(name, *spelling) for name in names for spelling in spell_name(name)]
    reworded = [Name(entity, alias) for entity, alias in derive_formations(gazetteer)]
    reworded += [Name(entity, alias) for entity in gazetteer.entities for alias in derive_airports(entity)]
    spelt += [(name, text, False) for name in reworded for text, _ in spell_name(name)]
    keys = squeeze_all([text for _, text, _ in spelt])
    listed = {key for key, (_, _, is_written) in zip(keys, spelt, strict=True) if is_written}
    patterns: dict[tuple[str, *tuple[object, ...]], Pattern[Name]] = {}
    for key, (name, text, is_written) in zip(keys, spelt, strict=True):
        if is_written or key not in listed:
            place = (key, name.entity.id, name.alias.policy, name.alias.context)
            if place not in patterns:
                patterns[place] = make_pattern(text, name)
    return Automaton(patterns.values(), lambda name: name.alias.policy not in _DEPENDENT, [key for key, *_ in patterns])


def make_pattern(text: str, name: Name) -> Pattern[Name]:
    """Acronyms that need the full form first are words in small letters (sad, han, aah): only capitals count."""
    alias = name.alias
    acronym = _ACRONYM.fullmatch(alias.text) is not None and _needs_full_form(name)
    return Pattern(
        text,
        name,
        exact_case=acronym,
        article=alias.policy in {"plain", "site"} and not alias.text.startswith(_ARTICLE),
    )


def _decline_turkish(text: str) -> Iterator[str]:
    """The cases of what takes no apostrophe: institutions, whose names end in a possessive (Tugayları, Tugaylarına),
    and plurals (Husiler, Husilerin)."""
    last = text[-1]
    if text.endswith(("lar", "ler")):
        soft, hard = ("ı", "a") if text[-2] == "a" else ("i", "e")
        yield from (text + ending for ending in (f"{soft}n", hard, soft, f"d{hard}", f"d{hard}n", f"l{hard}"))
    elif last in _TURKISH_VOWELS:
        hard = _TURKISH_VOWELS[last]
        endings = (f"n{last}n", f"n{hard}", f"n{last}", f"nd{hard}", f"nd{hard}n", f"yl{hard}")
        yield from (text + ending for ending in endings)


def _needs_full_form(name: Name) -> bool:
    """Does it, where no word of its context stands near?"""
    return any(each.policy == "after_full_form" and each.text == name.alias.text for each in name.entity.aliases)


def spell_name(name: Name) -> Iterator[tuple[str, bool]]:
    """Every way to write a name, and whether the gazetteer writes it so: first the alias, then what means the same."""
    for text in spell_numbers(name.alias.text, name.alias.language):
        yield text, True
        if _EASTERN.search(text):
            yield from ((spelt, False) for spelt in _spell_arabic(text))
        elif name.alias.policy != "never":
            yield from ((spelt, False) for spelt in _spell_latin(text, droppable=name.entity.type == "group"))
            if name.alias.language == "tr":
                yield from ((spelt, False) for spelt in _decline_turkish(text))


@lru_cache(maxsize=256)
def _spell_each_number(text: str, language: str) -> tuple[str, ...]:
    if "NNth" in text and _EASTERN.search(text):
        words = chain.from_iterable(spell_ordinal(number, language) for number in _BRIGADES)
        return tuple(text.replace("NNth", each) for each in words)
    return tuple(text.replace("NNth", _ordinal(number)).replace("NN", str(number)) for number in _BRIGADES)


def spell_numbers(text: str, language: str) -> tuple[str, ...]:
    """`NNth Brigade` stands for every brigade number, in Arabic letters for the number in words; any other text for
    itself."""
    return _spell_each_number(text, language) if "NN" in text else (text,)


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _spell_arabic(text: str) -> Iterator[str]:
    """After the preposition li- the article loses its alif (للحشد); the sound plural has two cases (ون، ين)."""
    forms = [text]
    if " " not in text and text.endswith("ون"):
        forms.append(text.removesuffix("ون") + "ين")
        yield forms[1]
    for form in forms:
        if form.startswith(_ARTICLE):
            rest = form.removeprefix(_ARTICLE)
            yield "ل" + rest if rest.startswith("ل") else "لل" + rest


def _spell_latin(text: str, *, droppable: bool) -> Iterator[str]:
    """al-Shuhada, el-Shuhada, ash-Shuhada; in a group's name of several words also without any article."""
    if not _ANY_ARTICLE.search(text):
        return
    parts = re.findall(r"[^\s-]+-?", text)
    choices = [_article_forms(parts, place, droppable=droppable) for place in range(len(parts))]
    size = 1
    for choice in choices:
        size *= len(choice)
    if 1 < size <= _MOST_VARIANTS:
        yield from (" ".join(form).strip() for form in product(*choices))


def _article_forms(parts: list[str], place: int, *, droppable: bool) -> tuple[str, ...]:
    part = parts[place]
    if place + 1 == len(parts) or not (_LATIN_ARTICLE.match(part.rstrip("-")) or _ASSIMILATED.match(part)):
        return (part,)
    forms = ["al", "el", "ul", "ol"]
    if sun := _SUN.match(parts[place + 1]):
        forms += [vowel + letters for letters in dict.fromkeys((sun[0], sun[0][0])) for vowel in "ae"]
    if droppable and (place > 0 or parts[2:]):
        forms.append("")
    return tuple(dict.fromkeys((part, *forms)))
