"""Activity as JSON."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from crawler.store.facts import Fact
from scheduler.dashboard.views.activity import ActivityView, Asked, Range, read_activity
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["activity"])

Value = Annotated[str, Query(max_length=200)]
By = Literal["group", "base", "event", "outlet", "rule"]


def read_asked(  # one for each parameter of the address
    by: By = "base",
    days: Range = "30",
    group: Value = "",
    base: Value = "",
    event: Value = "",
    outlet: Value = "",
    rule: Value = "",
) -> Asked:
    """What is counted and what narrows it, from the address."""
    values = {"group": group, "base": base, "event": event, "outlet": outlet, "rule": rule}
    return Asked(by, days, tuple(Fact(kind, name) for kind, name in values.items() if name))


@router.get("/activity")
def show_activity(request: Request, asked: Annotated[Asked, Depends(read_asked)]) -> ActivityView:
    """Articles with hits by day: all, each group, base, event, outlet or rule; and bases with their coordinates."""
    return read_activity(find_window(request), asked)
