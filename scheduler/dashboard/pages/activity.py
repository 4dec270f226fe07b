"""Activity: a timeline of hits by what they are about, and a map of the bases."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from scheduler.dashboard.api.activity import read_asked
from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.activity import SKETCH, SKETCH_LABELS, Asked, name_everything, read_activity
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/activity")
def show_activity(request: Request, asked: Annotated[Asked, Depends(read_asked)]) -> Response:
    window = find_window(request)
    view, names = read_activity(window, asked), name_everything(window.settings)
    return render(request, "activity.html", view=view, names=names, sketch=SKETCH, labels=SKETCH_LABELS)
