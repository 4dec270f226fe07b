"""Unseen spellings that were found become lines to add to the gazetteer."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.match.normalize import squeeze


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
    groups: dict[tuple[str, str], list[SeenVariant]] = defaultdict(list)
    for variant in seen:
        groups[variant.entity, squeeze(variant.text)].append(variant)
    suggestions = (_suggest(group) for group in groups.values())
    return tuple(sorted(suggestions, key=lambda each: (-each.count, each.entity, each.text)))


def _suggest(group: list[SeenVariant]) -> Suggestion:
    first = group[0]
    text = " ".join(first.text.split())
    # a JSON string is a YAML string, whatever the spelling holds
    line = f"- {json.dumps(text, ensure_ascii=False)}"
    return Suggestion(first.entity, text, len(group), first.sentence, line)
