"""Names that articles wrote and no list holds, with the place in the settings where each would be added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.match.sentences import sentence_at
from crawler.match.suggest import SeenVariant, Suggestion, is_listed, suggest_aliases, suggest_groups
from crawler.models import SeenName
from settings.load import ENTITY_FILES
from settings.model import Gazetteer


@dataclass(frozen=True, slots=True)
class Addition:
    """One line to add."""

    kind: str
    """spelling or group."""
    place: str
    """File and key."""
    name: str
    """Of the entity that is spelled so; empty for a group that nobody knows."""
    suggestion: Suggestion


def list_additions(
    gazetteer: Gazetteer, variants: Iterable[SeenName], groups: Iterable[SeenName], at_least: int
) -> tuple[Addition, ...]:
    """Spellings first; of each kind the most frequent first."""
    known = is_listed(gazetteer)
    entities = {entity.id: (entity.name, entity.type) for entity in gazetteer.entities}
    spellings = suggest_aliases(seen for seen in map(_with_sentence, variants) if not known(seen))
    unknown = suggest_groups(seen for seen in map(_with_sentence, groups) if not known(seen))
    found = (*_place("spelling", spellings, entities), *_place("group", unknown, entities))
    return tuple(addition for addition in found if addition.suggestion.count >= at_least)


def _with_sentence(seen: SeenName) -> SeenVariant:
    start, end = sentence_at(seen.around, seen.start)
    return SeenVariant(seen.entity, seen.text, seen.around[start:end])


def _place(kind: str, suggestions: Sequence[Suggestion], entities: Mapping[str, tuple[str, str]]) -> Iterator[Addition]:
    for suggestion in suggestions:
        if not suggestion.entity:
            yield Addition(kind, "gazetteer/groups.yaml, groups", "", suggestion)
            continue
        name, type_ = entities.get(suggestion.entity, (suggestion.entity, "group"))
        file = next(file for file, each in ENTITY_FILES.items() if each == type_)
        yield Addition(kind, f"gazetteer/{file}.yaml, {file}.{suggestion.entity}.aliases.en", name, suggestion)
