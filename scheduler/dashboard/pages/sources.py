"""Sources: health, rhythm against expectation, the ledger with its closing sum, latency, what was dropped and why."""

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.sources import read_source, read_sources
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/sources")
def show_sources(request: Request) -> Response:
    return render(request, "sources.html", view=read_sources(find_window(request)))


@router.get("/sources/{name}")
def show_source(request: Request, name: str) -> Response:
    page = read_source(find_window(request), name)
    if page is None:
        raise HTTPException(404, f"No source is called {name}.")
    return render(request, "source.html", view=page)
