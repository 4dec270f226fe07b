"""*Now*: alerts as they come, and what is done with them from the list."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from starlette.responses import Response, StreamingResponse

from scheduler.dashboard.deeds import SPEAKER
from scheduler.dashboard.events import Broadcaster, TooManyClientsError
from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.alerts import list_choices, read_alerts, read_row
from scheduler.dashboard.wanted import MOST_NUMBER, Before, Wanted, read_wanted
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)

PER_PAGE = 30
Asked = Annotated[Wanted, Depends(read_wanted)]


@router.get("/")
def show_alerts(request: Request, wanted: Asked, before: Before = None) -> Response:
    window = find_window(request)
    view = read_alerts(window, wanted.filter, limit=PER_PAGE, before=before)
    return render(
        request,
        "now.html",
        view=view,
        wanted=wanted,
        choices=list_choices(window.settings),
        is_first=before is None,
        speaker=request.session.get(SPEAKER, ""),
    )


@router.get("/rows/{alert_id}")
def show_row(request: Request, alert_id: str, wanted: Asked) -> Response:
    """One line of the list, for the script; nothing when it is not among those that are asked for."""
    row = read_row(find_window(request), wanted.filter, alert_id)
    if row is None:
        return Response(status_code=204)
    return render(request, "row.html", row=row, wanted=wanted)


@router.get("/events")
async def send_events(
    request: Request,
    after: Annotated[int | None, Query(ge=0, le=MOST_NUMBER)] = None,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """The alerts that are raised and updated from now on, or since an entry that the browser names."""
    broadcaster: Broadcaster = request.app.state.broadcaster
    if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < len(str(MOST_NUMBER)):
        after = int(last_event_id)
    stack = AsyncExitStack()
    try:
        events = await stack.enter_async_context(broadcaster.join(after))
    except TooManyClientsError as error:
        raise HTTPException(503, "Too many windows are open.") from error

    async def send() -> AsyncIterator[bytes]:
        async with stack:
            async for event in events:
                yield event

    return StreamingResponse(send(), media_type="text/event-stream")
