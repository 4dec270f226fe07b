"""Activity: a timeline of hits by what they are about, and a map of the bases."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from scheduler.dashboard.api.activity import read_asked
from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.activity import SKETCH, SKETCH_LABELS, Asked, read_activity
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/activity")
def show_activity(request: Request, asked: Annotated[Asked, Depends(read_asked)]) -> Response:
    view = read_activity(find_window(request), asked)
    return render(request, "activity.html", view=view, sketch=SKETCH, labels=SKETCH_LABELS)
