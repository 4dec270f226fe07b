"""Search as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from crawler.errors import QuestionError
from crawler.store.search import Facets
from scheduler.dashboard.views.search import Order, SearchView, search
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["search"])


def read_facets(
    entity: Annotated[str, Query(max_length=200, description="Id of a group, base or person that they mention.")] = "",
    outlet: Annotated[str, Query(max_length=200, description="Slug of their outlet.")] = "",
    language: Annotated[str, Query(max_length=200, description="Their language, ISO 639-1.")] = "",
    day: Annotated[
        str, Query(max_length=200, description="Day or month on which they were first seen: 2026-11-28, 2026-11.")
    ] = "",
) -> Facets:
    """What narrows a search, from the address."""
    return Facets(entity, outlet, language, day)


@router.get("/search")
def search_articles(
    request: Request,
    facets: Annotated[Facets, Depends(read_facets)],
    q: Annotated[str, Query(description='words "words in a row" this OR that -unwanted begin*')] = "",
    order: Annotated[Order, Query(description="The newest first, or those that answer best.")] = "newest",
    cursor: Annotated[str, Query(description="`cursor` of the page before")] = "",
) -> SearchView:
    """Articles that answer, with marked titles and snippets; facets of the newest thousand."""
    try:
        return search(find_window(request), q, facets, order, cursor)
    except QuestionError as error:
        raise HTTPException(422, str(error)) from error
