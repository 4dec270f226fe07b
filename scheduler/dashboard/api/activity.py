"""Activity as JSON."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request

from crawler.store.facts import Fact
from scheduler.dashboard.views.activity import ActivityView, Asked, Range, read_activity
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["activity"])

By = Literal["group", "base", "event", "outlet", "rule"]


def _only(what: str) -> Any:  # noqa: ANN401  # FastAPI's parameter
    return Query(max_length=200, description=f"Only articles with this {what}.")


def read_asked(  # one for each parameter of the address
    by: Annotated[By, Query(description="What the articles are counted by.")] = "base",
    days: Annotated[Range, Query(description="How many days back, today included.")] = "30",
    on: Annotated[str, Query(max_length=10, description="Only this day, or its week where bars are weeks: ISO.")] = "",
    group: Annotated[str, _only("group, by id")] = "",
    base: Annotated[str, _only("base, by id")] = "",
    event: Annotated[str, _only("event, without its #")] = "",
    outlet: Annotated[str, _only("outlet, by slug")] = "",
    rule: Annotated[str, _only("rule, by name")] = "",
) -> Asked:
    """What is counted and what narrows it, from the address."""
    values = {"group": group, "base": base, "event": event, "outlet": outlet, "rule": rule}
    return Asked(by, days, tuple(Fact(kind, name) for kind, name in values.items() if name), on)


@router.get("/activity")
def show_activity(request: Request, asked: Annotated[Asked, Depends(read_asked)]) -> ActivityView:
    """Articles with hits by day: all, each group, base, event, outlet or rule; and bases with their coordinates."""
    return read_activity(find_window(request), asked)
