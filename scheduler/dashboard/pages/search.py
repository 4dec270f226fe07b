"""Search: a question, its answers with the words marked, and facets to narrow it by."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from crawler.errors import QuestionError
from crawler.store.search import Facets
from scheduler.dashboard.api.search import read_facets
from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.search import Order, search
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/search")
def show_search(
    request: Request,
    facets: Annotated[Facets, Depends(read_facets)],
    q: str = "",
    order: Order = "newest",
    cursor: str = "",
) -> Response:
    try:
        view = search(find_window(request), q, facets, order, cursor)
    except QuestionError as error:
        return render(request, "search.html", status=422, view=None, text=q, order=order, problem=str(error))
    return render(request, "search.html", view=view, text=q, order=order, problem="")
