"""Alerts as JSON, feeds, exports and STIX; and what is done with them."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Depends, HTTPException, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response, StreamingResponse

from crawler.triage import AlertPage, TriagedAlert
from scheduler.alerts.states import mute_to_dict, triaged_to_dict
from scheduler.dashboard import deeds
from scheduler.dashboard.api.exports import write_csv, write_jsonl
from scheduler.dashboard.api.feeds import FeedPlace, make_json_feed, write_atom
from scheduler.dashboard.api.paging import AskedPage, turn_page
from scheduler.dashboard.api.stix import StixAwayError, make_bundle
from scheduler.dashboard.views.alert import RuleRead, read_rules
from scheduler.dashboard.views.differences import compare_articles
from scheduler.dashboard.wanted import MOST_NUMBER, Before, Limit, Wanted, read_wanted
from scheduler.dashboard.window import Window, find_window

router = APIRouter(prefix="/api", tags=["alerts"])

Asked = Annotated[Wanted, Depends(read_wanted)]
MuteNumber = Annotated[int, Path(ge=1, le=MOST_NUMBER, description="The mute's `id`.")]
AlertId = Annotated[str, Path(max_length=64, description="The alert's whole id.")]
_PORTION = 200


class AlertList(BaseModel):
    """A page of alerts, the newest first."""

    alerts: list[dict[str, Any]] = Field(description="As the stream has them (docs/alerts.md), with `states` beside.")
    next_before: int | None = Field(description="Ask with `before` of this for the next page; null at the end.")


class Deed(BaseModel):
    """Who does something, and what is said of it."""

    by: str = Field(
        default="", max_length=deeds.LONGEST_NAME, description="Who does it; the dashboard's user if empty."
    )
    note: str = Field(default="", max_length=deeds.LONGEST_WORDS, description="Words to keep beside the alert.")


class MuteOrder(BaseModel):
    """What nobody is to be told of, and for how long. Nothing is dropped."""

    kind: str = Field(max_length=20, description="rule, entity, outlet, story or alert.")
    value: str = Field(max_length=300, description="Name of the rule, id of the entity, slug, id.")
    lasts: str = Field(default=deeds.FOR_GOOD, max_length=40, description='A span such as "8h", or "forever".')
    by: str = Field(default="", max_length=deeds.LONGEST_NAME, description="Who mutes; the dashboard's user if empty.")
    reason: str = Field(default="", max_length=400, description="Why, for the others.")
    even_critical: bool = Field(default=False, description="Mute critical alerts too.")


@router.get("/alerts")
def list_alerts(request: Request, wanted: Asked, limit: Limit = 50, before: Before = None) -> AlertList:
    """The newest alerts that match, in pages."""
    page = _read_page(request, wanted, limit, before)
    return AlertList(alerts=[triaged_to_dict(each) for each in page.alerts], next_before=page.next_before)


@router.get("/alerts.atom", response_class=Response, responses={200: {"content": {"application/atom+xml": {}}}})
def send_atom(request: Request, wanted: Asked, limit: Limit = 50, before: Before = None) -> Response:
    """The same as an Atom feed (RFC 4287, paged by RFC 5005)."""
    page = _read_page(request, wanted, limit, before)
    return Response(write_atom(page.alerts, _place_feed(request, page)), media_type="application/atom+xml")


@router.get("/alerts.json", response_class=Response, responses={200: {"content": {"application/feed+json": {}}}})
def send_json_feed(request: Request, wanted: Asked, limit: Limit = 50, before: Before = None) -> Response:
    """The same as a JSON Feed 1.1."""
    page = _read_page(request, wanted, limit, before)
    return JSONResponse(make_json_feed(page.alerts, _place_feed(request, page)), media_type="application/feed+json")


@router.get("/alerts.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def export_csv(
    request: Request,
    wanted: Asked,
    bom: Annotated[bool, Query(description="Begin with a byte order mark, which Excel needs for Arabic.")] = False,  # noqa: FBT002  # a query parameter
) -> Response:
    """All that match, as CSV; cells that a spreadsheet would take for formulas have a ' before them."""
    return _stream(write_csv(_read_all(find_window(request), wanted), bom=bom), "text/csv", "csv")


@router.get("/alerts.jsonl", response_class=Response, responses={200: {"content": {"application/x-ndjson": {}}}})
def export_jsonl(request: Request, wanted: Asked) -> Response:
    """All that match, one JSON object a line."""
    return _stream(write_jsonl(_read_all(find_window(request), wanted)), "application/x-ndjson", "jsonl")


@router.get("/alerts/{alert_id}")
def show_alert(request: Request, alert_id: AlertId) -> dict[str, Any]:
    """One alert with its evidence: revisions, captures, story, entries of the stream, deliveries."""
    window = find_window(request)
    triaged = _find_alert(window, alert_id)
    return triaged_to_dict(triaged) | {"evidence": asdict(window.store.read_evidence(alert_id))}


@router.get("/alerts/{alert_id}/texts")
def show_texts(request: Request, alert_id: AlertId) -> list[dict[str, Any]]:
    """Every text that its article had, in zones, with what was removed and mentioned, and what it changed of the one
    before; the oldest first."""
    window = find_window(request)
    _find_alert(window, alert_id)
    texts = window.store.read_texts(alert_id)
    changes = [(), *(compare_articles(one.article, other.article) for one, other in pairwise(texts))]
    return [
        asdict(text) | {"changes": [asdict(change) for change in changed]}
        for text, changed in zip(texts, changes, strict=True)
    ]


@router.get("/alerts/{alert_id}/rules")
def show_rules(request: Request, alert_id: AlertId) -> list[RuleRead]:
    """Each rule that fired as it was written then, and which of its parts held."""
    rules = read_rules(find_window(request), alert_id)
    if rules is None:
        raise HTTPException(404, "There is no such alert.")
    return rules


@router.get(
    "/alerts/{alert_id}/stix", response_class=Response, responses={200: {"content": {"application/stix+json": {}}}}
)
def send_stix(request: Request, alert_id: AlertId) -> Response:
    """One alert as a STIX 2.1 bundle. 501 without the extra `stix`."""
    window = find_window(request)
    try:
        bundle = make_bundle(_find_alert(window, alert_id), window.settings.gazetteer)
    except StixAwayError as error:
        raise HTTPException(501, str(error)) from error
    name = f"basewatch-{alert_id[:8]}.stix.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(bundle, media_type="application/stix+json;version=2.1", headers=headers)


@router.post("/alerts/{alert_id}/ack")
def ack(request: Request, alert_id: AlertId, deed: Annotated[Deed | None, Body()] = None) -> dict[str, Any]:
    """Say that somebody has seen to it."""
    told = deed or Deed()
    deeds.ack_alert(request, alert_id, told.by, told.note)
    return triaged_to_dict(_find_alert(find_window(request), alert_id))


@router.post("/alerts/{alert_id}/note")
def write_note(request: Request, alert_id: AlertId, deed: Deed) -> dict[str, Any]:
    """Write words beside it."""
    deeds.note_alert(request, alert_id, deed.by, deed.note)
    return triaged_to_dict(_find_alert(find_window(request), alert_id))


@router.get("/mutes")
def list_mutes(request: Request, response: Response, paging: AskedPage) -> list[dict[str, Any]]:
    """What nobody is told of now; the oldest first."""
    window = find_window(request)
    mutes = window.store.read_mutes(window.clock())
    return [mute_to_dict(each) for each in turn_page(request, response, paging, mutes, lambda each: str(each.id))]


@router.post("/mutes", status_code=201)
def mute(request: Request, order: MuteOrder) -> dict[str, Any]:
    """Tell nobody of what it covers, for a while or for good."""
    return mute_to_dict(
        deeds.add_mute(
            request,
            order.kind,
            order.value,
            lasts=order.lasts,
            by=order.by,
            reason=order.reason,
            even_critical=order.even_critical,
        )
    )


@router.delete("/mutes/{number}", status_code=204)
def unmute(request: Request, number: MuteNumber) -> None:
    """End a mute."""
    deeds.end_mute(request, number)


def _read_page(request: Request, wanted: Wanted, limit: int, before: int | None) -> AlertPage:
    window = find_window(request)
    return window.store.read_page(wanted.filter, window.clock(), limit=limit, before=before)


def _read_all(window: Window, wanted: Wanted) -> Iterator[TriagedAlert]:
    """In portions, so that no export holds the database or the memory."""
    before: int | None = None
    while True:
        page = window.store.read_page(wanted.filter, window.clock(), limit=_PORTION, before=before)
        yield from page.alerts
        if page.next_before is None:
            return
        before = page.next_before


def _find_alert(window: Window, alert_id: str) -> TriagedAlert:
    triaged = window.store.read_alert(alert_id, window.clock())
    if triaged is None:
        raise HTTPException(404, "There is no such alert.")
    return triaged


def _place_feed(request: Request, page: AlertPage) -> FeedPlace:
    """Host names that are not ours never come so far, so that what is absolute is right."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "before"]
    following = urlencode([*others, ("before", page.next_before)]) if page.next_before else None
    address = str(request.url.replace(query="", fragment=""))
    asked = request.url.query
    return FeedPlace(
        base=str(request.base_url),
        address=f"{address}?{asked}" if asked else address,
        next=f"{address}?{following}" if following else None,
    )


def _stream(lines: Iterator[str], media_type: str, suffix: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="basewatch-alerts.{suffix}"'}
    return StreamingResponse(lines, media_type=media_type, headers=headers)
