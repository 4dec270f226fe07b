"""*Alert*: all that one alert rests on; the stored bytes; acknowledging, noting, muting."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Path, Request
from starlette.responses import RedirectResponse, Response

from crawler.archive.reader import read_page
from crawler.errors import ArchiveError
from scheduler.dashboard import deeds
from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.alert import read_alert
from scheduler.dashboard.wanted import MOST_NUMBER, clean_query
from scheduler.dashboard.window import find_window
from scheduler.evidence import collect_evidence, make_zip
from scheduler.places import archive_folder

router = APIRouter(include_in_schema=False)

AlertId = Annotated[str, Path(max_length=64)]
Name = Annotated[str, Form(max_length=deeds.LONGEST_NAME)]
Words = Annotated[str, Form(max_length=deeds.LONGEST_WORDS)]
Back = Annotated[str | None, Form(max_length=8000)]
"""The query of the list that a form stands in; absent in the alert's own page."""
_CAPTURE_HEADERS = {
    # what an outlet sent never acts here: it is text, nobody guesses otherwise, and if somebody did, it has no origin
    "Content-Type": "text/plain",
    "Content-Security-Policy": "sandbox; default-src 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/alerts/{alert_id}")
def show_alert(request: Request, alert_id: AlertId) -> Response:
    view = read_alert(find_window(request), alert_id)
    if view is None:
        raise HTTPException(404, "There is no such alert.")
    return render(request, "alert.html", view=view, speaker=request.session.get(deeds.SPEAKER, ""))


@router.get("/alerts/{alert_id}/captures/{revision}")
def download_capture(
    request: Request,
    alert_id: AlertId,
    revision: Annotated[int, Path(ge=1, le=MOST_NUMBER)],
    received: bool = False,  # noqa: FBT001, FBT002  # a query parameter
) -> Response:
    """The page of a revision as text; with `received` byte for byte as it came, which is what its digest is made of."""
    window = find_window(request)
    texts = window.store.read_texts(alert_id)
    capture = next((text.capture for text in texts if text.revision == revision), None)
    if capture is None:
        raise HTTPException(404, "No page is stored for that.")
    try:
        page = read_page(archive_folder(window.run), capture)
    except ArchiveError as error:
        raise HTTPException(404, f"The archive cannot give it: {error}") from error
    name = f"basewatch-{alert_id[:8]}-{revision}{'-received' if received else ''}.txt"
    headers = _CAPTURE_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(page.raw if received else page.body, headers=headers)


@router.get("/alerts/{alert_id}/evidence.zip")
def download_evidence(request: Request, alert_id: AlertId) -> Response:
    """What `basewatch archive export` writes: pages, text, rules and digests, to be checked without us."""
    window = find_window(request)
    deeds.require_alert(window, alert_id)
    bundle = collect_evidence(window.store, window.run, alert_id, window.clock())
    headers = {"Content-Disposition": f'attachment; filename="basewatch-{alert_id[:8]}.zip"'}
    return Response(make_zip(bundle), media_type="application/zip", headers=headers)


@router.post("/alerts/{alert_id}/ack")
def ack(request: Request, alert_id: AlertId, by: Name = "", note: Words = "", back: Back = None) -> Response:
    deeds.ack_alert(request, alert_id, by, note)
    return _return_to(alert_id, back)


@router.post("/alerts/{alert_id}/note")
def write_note(request: Request, alert_id: AlertId, by: Name = "", note: Words = "", back: Back = None) -> Response:
    deeds.note_alert(request, alert_id, by, note)
    return _return_to(alert_id, back)


@router.post("/alerts/{alert_id}/mute")
def mute(
    request: Request,
    alert_id: AlertId,
    what: Annotated[str, Form(max_length=300)],
    lasts: Annotated[str, Form(max_length=40)] = "8h",
    by: Name = "",
    reason: Annotated[str, Form(max_length=400)] = "",
    even_critical: Annotated[bool, Form()] = False,  # noqa: FBT002  # a field of the form
    back: Back = None,
) -> Response:
    """`what` is a kind and a value: rule:NAME, entity:ID, outlet:SLUG, story:ID or alert:ID."""
    deeds.require_alert(find_window(request), alert_id)
    kind, _, value = what.partition(":")
    deeds.add_mute(request, kind, value, lasts=lasts, by=by, reason=reason, even_critical=even_critical)
    return _return_to(alert_id, back)


@router.post("/alerts/{alert_id}/unmute/{number}")
def unmute(
    request: Request, alert_id: AlertId, number: Annotated[int, Path(ge=1, le=MOST_NUMBER)], back: Back = None
) -> Response:
    deeds.end_mute(request, number)
    return _return_to(alert_id, back)


def _return_to(alert_id: str, back: str | None) -> Response:
    """Only to our own pages, whatever the form says."""
    if back is None:
        return RedirectResponse(f"/alerts/{quote(alert_id, safe='')}", 303)
    query = clean_query(back)
    return RedirectResponse(f"/?{query}" if query else "/", 303)
