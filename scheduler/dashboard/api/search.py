"""Search as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from crawler.errors import QuestionError
from crawler.store.search import Facets
from scheduler.dashboard.views.search import Order, SearchView, search
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["search"])

Value = Annotated[str, Query(max_length=200)]


def read_facets(entity: Value = "", outlet: Value = "", language: Value = "", day: Value = "") -> Facets:
    """What narrows a search, from the address."""
    return Facets(entity, outlet, language, day)


@router.get("/search")
def search_articles(
    request: Request,
    facets: Annotated[Facets, Depends(read_facets)],
    q: Annotated[str, Query(description='words "words in a row" this OR that -unwanted begin*')] = "",
    order: Order = "newest",
    cursor: Annotated[str, Query(description="`cursor` of the page before")] = "",
) -> SearchView:
    """Articles that answer, with marked titles and snippets; facets of the newest thousand."""
    try:
        return search(find_window(request), q, facets, order, cursor)
    except QuestionError as error:
        raise HTTPException(422, str(error)) from error
