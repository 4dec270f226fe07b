"""Entities: each group and base, and names to add to the gazetteer."""

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.entities import list_entities, read_entity, suggest_additions
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/entities")
def show_entities(request: Request) -> Response:
    return render(request, "entities.html", lines=list_entities(find_window(request)))


@router.get("/entities/suggestions")
def show_suggestions(request: Request) -> Response:
    return render(request, "suggestions.html", additions=suggest_additions(find_window(request)))


@router.get("/entities/{id_}")
def show_entity(request: Request, id_: str) -> Response:
    view = read_entity(find_window(request), id_)
    if view is None:
        raise HTTPException(404, f"The gazetteer has no {id_}.")
    return render(request, "entity.html", view=view)
