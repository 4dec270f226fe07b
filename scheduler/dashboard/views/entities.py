"""Who and what is named: how they are written of, with whom, and what the gazetteer lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from crawler.store.facts import MOST_READ
from crawler.store.search import MENTION, FoundArticle
from scheduler.dashboard.views.charts import Count, count_steps, list_days
from scheduler.dashboard.views.search import find_link
from scheduler.dashboard.window import Window
from scheduler.suggesting import Addition, list_additions
from settings.model import Entity

DAYS = 90
LISTED_DAYS = 30
SUGGESTED = timedelta(days=30)
RECENT = 15
MOST_SHOWN = 30
_LISTED = ("group", "base")


@dataclass(frozen=True, slots=True)
class EntityLine:
    """One in the list."""

    id: str
    name: str
    type: str
    kind: str
    country: str
    articles: int
    """That mention it, seen in the last 30 days."""


@dataclass(frozen=True, slots=True)
class Named:
    """Another entity, or an alias, or an event, with a count."""

    id: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article in a list."""

    title: str
    link: str | None
    outlet_name: str
    day: str
    alert: str | None


@dataclass(frozen=True, slots=True)
class EntityView:
    """One of the gazetteer."""

    entity: EntityLine
    note: str
    latitude: float | None
    longitude: float | None
    links: tuple[tuple[str, str, str], ...]
    """How it is bound to others: "part of", "cover name of", "has part", "uses the cover name"; id; name."""
    days: int
    bars: tuple[Count, ...]
    read: int
    """Articles, the newest that mention it, that the following counts are of."""
    is_all: bool
    aliases: tuple[Named, ...]
    beside: tuple[Named, ...]
    stances: tuple[Named, ...]
    articles: tuple[ArticleLine, ...]


def list_entities(window: Window) -> tuple[EntityLine, ...]:
    """Groups, then bases; the most mentioned first."""
    known = [entity for entity in window.settings.gazetteer.entities if entity.type in _LISTED]
    since = list_days(window.clock(), LISTED_DAYS)[0]
    counts = window.store.count_names(MENTION, [entity.id for entity in known], since)
    lines = [_make_line(entity, counts[entity.id]) for entity in known]
    return tuple(sorted(lines, key=lambda line: (_LISTED.index(line.type), -line.articles, line.name)))


def read_entity(window: Window, id_: str) -> EntityView | None:
    """Persons and others too, who are not listed. None for an id that the gazetteer does not know."""
    entities = window.settings.gazetteer.entities
    entity = next((each for each in entities if each.id == id_), None)
    if entity is None:
        return None
    store = window.store
    days = list_days(window.clock(), DAYS)
    timeline = store.read_timeline(MENTION, id_, days[0])
    company = store.read_company(id_)
    names = {each.id: each.name for each in entities}
    since = list_days(window.clock(), LISTED_DAYS)[0]
    return EntityView(
        _make_line(entity, sum(count for day, count in timeline.items() if day >= since)),
        entity.note,
        entity.latitude,
        entity.longitude,
        tuple(_list_links(entity, entities)),
        DAYS,
        count_steps(days, timeline),
        company.articles,
        company.articles < MOST_READ,
        tuple(Named(alias, alias, count) for alias, count in company.aliases[:MOST_SHOWN]),
        tuple(Named(other, names.get(other, other), count) for other, count in company.beside[:MOST_SHOWN]),
        tuple(Named(event, event, count) for event, count in company.stances),
        show_articles(window, store.read_found(store.list_ids(MENTION, id_, RECENT))),
    )


def show_articles(window: Window, found: Iterable[FoundArticle]) -> tuple[ArticleLine, ...]:
    names = {outlet.slug: outlet.name for outlet in window.settings.outlets}
    return tuple(
        ArticleLine(
            article.title or article.url,
            find_link(article.alert, article.url),
            names.get(article.outlet, article.outlet),
            f"{article.seen_at:%Y-%m-%d}",
            article.alert,
        )
        for article in found
    )


def suggest_additions(window: Window) -> tuple[Addition, ...]:
    """Lines for the gazetteer, from what was seen in the last 30 days."""
    variants, groups = window.store.read_unlisted(window.clock() - SUGGESTED)
    return list_additions(window.settings.gazetteer, variants, groups, 1)


def _make_line(entity: Entity, articles: int) -> EntityLine:
    return EntityLine(entity.id, entity.name, entity.type, entity.kind, entity.country, articles)


def _list_links(entity: Entity, entities: Iterable[Entity]) -> Iterable[tuple[str, str, str]]:
    names = {each.id: each.name for each in entities}
    yield from (("part of", id_, names.get(id_, id_)) for id_ in entity.part_of)
    yield from (("cover name of", id_, names.get(id_, id_)) for id_ in entity.facade_of)
    for each in entities:
        if entity.id in each.part_of:
            yield "has part" if each.type == "group" else "has member", each.id, each.name
        if entity.id in each.facade_of:
            yield "uses the cover name", each.id, each.name
