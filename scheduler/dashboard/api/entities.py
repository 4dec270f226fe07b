"""Entities as JSON."""

from fastapi import APIRouter, HTTPException, Request

from scheduler.dashboard.views.entities import EntityLine, EntityView, list_entities, read_entity, suggest_additions
from scheduler.dashboard.window import find_window
from scheduler.suggesting import Addition

router = APIRouter(prefix="/api", tags=["entities"])


@router.get("/entities")
def show_entities(request: Request) -> tuple[EntityLine, ...]:
    """Groups and bases with the articles of the last 30 days that mention them."""
    return list_entities(find_window(request))


@router.get("/entities/suggestions")
def show_suggestions(request: Request) -> tuple[Addition, ...]:
    """Spellings and groups that articles of the last 30 days wrote and the gazetteer lacks, each with its line."""
    return suggest_additions(find_window(request))


@router.get("/entities/{id_}")
def show_entity(request: Request, id_: str) -> EntityView:
    """One group or base: aliases seen, timeline, what is mentioned beside it, what it claims or denies, articles."""
    view = read_entity(find_window(request), id_)
    if view is None:
        raise HTTPException(404, f"no group or base has the id {id_}")
    return view
