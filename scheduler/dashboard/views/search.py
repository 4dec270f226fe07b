"""Search: which articles answer, where they say it, and what they have in common."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode, urlsplit

from crawler.search import Question, Run, cut_snippet, mark_text, parse_question
from crawler.store.search import Facets, FoundArticle
from scheduler.dashboard.window import Window

PAGE = 20
MOST_VALUES = 12
"""Values of a facet that are shown."""

Order = Literal["newest", "best"]


@dataclass(frozen=True, slots=True)
class FoundView:
    """One article with the words that were sought."""

    title: tuple[Run, ...]
    snippet: tuple[Run, ...]
    outlet: str
    outlet_name: str
    url: str
    link: str | None
    """Where to read it: its alert, else its address where that is one of the web."""
    language: str
    published: datetime | None
    seen_at: datetime
    alert: str | None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that narrows the search, with how many of the articles counted have it."""

    value: str
    name: str
    count: int
    query: str
    """The search narrowed to it, or widened again where it is chosen, as the part of an address behind `?`."""
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SearchView:
    """One page of answers."""

    text: str
    order: Order
    facets: Facets
    articles: tuple[FoundView, ...]
    counted: int
    is_all: bool
    """False: `counted` are only the newest ones."""
    groups: tuple[tuple[str, tuple[FacetValue, ...]], ...]
    """Facet and its values."""
    cursor: str | None
    """Of the next page."""
    more: str | None
    """The same as the part of an address behind `?`."""


def search(window: Window, text: str, facets: Facets, order: Order, cursor: str) -> SearchView:
    """Raises QuestionError for what cannot be searched for, StoreError where there is no index."""
    question = parse_question(text)
    by_rank = order == "best" and bool(question.wanted)
    found = window.store.search_articles(question, facets, by_rank=by_rank)
    ids, following = _turn_to_page(window, question, facets, cursor, found.ids, by_rank=by_rank)
    names = {outlet.slug: outlet.name for outlet in window.settings.outlets}
    asked = _Asked(text, facets, order)
    return SearchView(
        text,
        order,
        facets,
        tuple(_show(article, question, names) for article in window.store.read_found(ids)),
        len(found.ids),
        found.is_all,
        _list_facets(window, asked, found.ids, names),
        following,
        asked.write(cursor=following) if following else None,
    )


def _turn_to_page(
    window: Window, question: Question, facets: Facets, cursor: str, first: tuple[int, ...], *, by_rank: bool
) -> tuple[tuple[int, ...], str | None]:
    """Ids of the page and the cursor behind it: the last id shown or, by rank, how many were."""
    number = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 18 else 0  # noqa: PLR2004 - 64 bits
    if by_rank:
        page = first[number : number + PAGE]
        return page, str(number + PAGE) if number + PAGE < len(first) else None
    ids = window.store.search_articles(question, facets, before=number).ids if number else first
    return ids[:PAGE], str(ids[PAGE - 1]) if len(ids) > PAGE else None


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    facets: Facets
    order: Order

    def write(self, facets: Facets | None = None, cursor: str = "") -> str:
        told = facets or self.facets
        values = {
            "q": self.text,
            "entity": told.entity,
            "outlet": told.outlet,
            "language": told.language,
            "day": told.day,
            "order": "" if self.order == "newest" else self.order,
            "cursor": cursor,
        }
        return urlencode({name: value for name, value in values.items() if value}, errors="replace")


def _list_facets(
    window: Window, asked: _Asked, ids: tuple[int, ...], outlets: dict[str, str]
) -> tuple[tuple[str, tuple[FacetValue, ...]], ...]:
    counts = window.store.count_facets(ids)
    entities = {entity.id: entity.name for entity in window.settings.gazetteer.entities}
    facets = asked.facets

    def show(kind: str, values: tuple[tuple[str, int], ...], names: dict[str, str]) -> tuple[FacetValue, ...]:
        chosen = getattr(facets, kind)
        shown = list(values[:MOST_VALUES])
        shown += [(chosen, dict(values).get(chosen, 0))] if chosen and chosen not in dict(shown) else []
        return tuple(
            FacetValue(
                value,
                names.get(value, value) or "unknown",
                count,
                asked.write(replace(facets, **{kind: "" if value == chosen else value})),
                value == chosen,
            )
            for value, count in shown
            if value
        )

    return (
        ("entity", show("entity", counts.entity, entities)),
        ("outlet", show("outlet", counts.outlet, outlets)),
        ("language", show("language", counts.language, {})),
        ("day", show("day", counts.day, {})),
    )


def _show(article: FoundArticle, question: Question, names: dict[str, str]) -> FoundView:
    text = "\n".join(filter(None, (article.description, article.body, article.captions)))
    return FoundView(
        mark_text(article.title, question) or (Run(article.url),),
        cut_snippet(text, question),
        article.outlet,
        names.get(article.outlet, article.outlet),
        article.url,
        find_link(article.alert, article.url),
        article.language,
        article.published,
        article.seen_at,
        article.alert,
    )


def find_link(alert: str | None, url: str) -> str | None:
    """Where an article is read: its alert here, else its own address; None when that is no address of the web."""
    if alert:
        return f"/alerts/{alert}"
    try:
        return url if urlsplit(url).scheme in {"http", "https"} else None
    except ValueError:
        return None
