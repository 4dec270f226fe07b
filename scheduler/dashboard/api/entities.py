"""Entities as JSON."""

from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from scheduler.dashboard.api.paging import AskedPage, turn_page
from scheduler.dashboard.views.entities import EntityLine, EntityView, list_entities, read_entity, suggest_additions
from scheduler.dashboard.window import find_window
from scheduler.suggesting import Addition

router = APIRouter(prefix="/api", tags=["entities"])

EntityId = Annotated[str, Path(max_length=200, description="As in the gazetteer.")]


@router.get("/entities")
def show_entities(request: Request, response: Response, paging: AskedPage) -> list[EntityLine]:
    """Groups and bases by id, with the articles of the last 30 days that mention them."""
    # not by their counts, which change while pages are turned
    lines = sorted(list_entities(find_window(request)), key=attrgetter("id"))
    return turn_page(request, response, paging, lines, attrgetter("id"))


@router.get("/entities/suggestions")
def show_suggestions(request: Request, response: Response, paging: AskedPage) -> list[Addition]:
    """Spellings and groups that articles of the last 30 days wrote and the gazetteer lacks, each with its line; by the
    place of that line."""
    additions = sorted(suggest_additions(find_window(request)), key=_name_addition)
    return turn_page(request, response, paging, additions, _name_addition)


def _name_addition(addition: Addition) -> str:
    return f"{addition.place} {addition.suggestion.text}"


@router.get("/entities/{id_}")
def show_entity(request: Request, id_: EntityId) -> EntityView:
    """Of a group, base, person or other: aliases seen, timeline, company, what it claims or denies, articles."""
    view = read_entity(find_window(request), id_)
    if view is None:
        raise HTTPException(404, f"the gazetteer has no {id_}")
    return view
