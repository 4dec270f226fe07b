"""Unseen spellings that were found become lines to add to the gazetteer."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from crawler.match.document import guess_language
from crawler.match.normalize import squeeze, squeeze_all
from settings.model import Gazetteer

_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class SeenVariant:
    """A mention of certainty `variant`, and the sentence that it stood in."""

    entity: str
    text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A spelling worth listing."""

    entity: str
    text: str
    count: int
    example: str
    line: str
    """For the entity's `aliases` in the gazetteer."""


def suggest_aliases(seen: Iterable[SeenVariant]) -> tuple[Suggestion, ...]:
    """Spellings that fold alike count as one; the most frequent first."""
    return _rank(_suggest(group) for group in _gather(seen))


def suggest_groups(seen: Iterable[SeenVariant]) -> tuple[Suggestion, ...]:
    """Names of groups that nobody listed; the line is a whole entry of groups.yaml. The most frequent first."""
    return _rank(_suggest_group(group) for group in _gather(seen))


def is_listed(gazetteer: Gazetteer) -> Callable[[SeenVariant], bool]:
    """Tells of a name whether the gazetteer holds it by now: of its entity, or of any for a group nobody knew."""
    names = [(entity.id, alias.text) for entity in gazetteer.entities for alias in entity.aliases]
    squeezed = squeeze_all([text for _, text in names])
    listed = {(entity, key) for (entity, _), key in zip(names, squeezed, strict=True)}
    anyone = {key for _, key in listed}

    def ask(seen: SeenVariant) -> bool:
        key = squeeze(seen.text)
        return (seen.entity, key) in listed if seen.entity else key in anyone

    return ask


def _gather(seen: Iterable[SeenVariant]) -> Iterable[list[SeenVariant]]:
    groups: dict[tuple[str, str], list[SeenVariant]] = defaultdict(list)
    for variant in seen:
        groups[variant.entity, squeeze(variant.text)].append(variant)
    return groups.values()


def _rank(suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    return tuple(sorted(suggestions, key=lambda each: (-each.count, each.entity, each.text)))


def _suggest_group(group: list[SeenVariant]) -> Suggestion:
    suggestion = _suggest(group)
    name = json.dumps(suggestion.text, ensure_ascii=False)
    language = guess_language(suggestion.text) or "en"
    entry = f"{make_slug(suggestion.text)}: {{name: {name}, kind: new_group, aliases: {{{language}: [{name}]}}}}"
    return replace(suggestion, line=entry)


def make_slug(name: str) -> str:
    """An id for a name of any script; letters that no slug may have are told apart by a digest."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    if words and name.isascii():
        return "-".join(words)[:_LONGEST_SLUG].strip("-")
    return f"new-group-{hashlib.sha256(squeeze(name).encode()).hexdigest()[:8]}"


def _suggest(group: list[SeenVariant]) -> Suggestion:
    first = group[0]
    text = " ".join(first.text.replace("_", " ").split())
    # a JSON string is a YAML string, whatever the spelling holds
    line = f"- {json.dumps(text, ensure_ascii=False)}"
    return Suggestion(first.entity, text, len(group), first.sentence, line)
