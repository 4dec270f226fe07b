"""Sources, ledger and health as JSON."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from crawler.models import LedgerRow
from crawler.signs import HealthEvent
from scheduler.dashboard.api.paging import AskedPage, Paging, turn_page
from scheduler.dashboard.views.sources import SourcePage, SourcesView, read_source, read_sources, start_of_day
from scheduler.dashboard.window import Window, find_window

router = APIRouter(prefix="/api", tags=["sources"])

Days = Annotated[int, Query(ge=1, le=366, description="How many days back, today included.")]
Name = Annotated[str, Path(max_length=200, description="Name of a source, as in sources.yaml.")]
OfSource = Annotated[str | None, Query(max_length=200, description="Only of this source.")]


@router.get("/sources")
def list_sources(request: Request, response: Response, paging: AskedPage) -> SourcesView:
    """Sources as they are now, in pages; with each page today's account, latencies of the last week, open troubles."""
    view = read_sources(find_window(request))
    page = turn_page(request, response, paging, view.sources, lambda source: source.name)
    return replace(view, sources=tuple(page))


@router.get("/sources/{name}")
def show_source(request: Request, name: Name) -> SourcePage:
    """One source: its accounts by day, latencies, what was dropped and why, coverage, troubles."""
    page = read_source(find_window(request), name)
    if page is None:
        raise HTTPException(404, f"no source is called {name}")
    return page


@router.get("/ledger")
def list_accounts(
    request: Request, response: Response, paging: AskedPage, days: Days = 7, source: OfSource = None
) -> list[dict[str, object]]:
    """One account for each day and source: seen = known + new, new = Σ outcomes + pending."""
    window = find_window(request)
    today = start_of_day(window.clock())
    since = max(today - timedelta(days=days - 1), _read_day(paging.cursor))
    rows = _read_accounts(window, since, today, source, paging)
    page = turn_page(request, response, paging, rows, lambda row: f"{row.day} {row.source}")
    return [_with_verdict(row) for row in page]


def _read_accounts(
    window: Window, since: datetime, last: datetime, source: str | None, paging: Paging
) -> list[LedgerRow]:
    """By days until the page is full, for a week has tens of thousands of polls; twice as many each time, for a year of
    few sources, or of days before the first poll, is not to be asked for day by day."""
    rows: list[LedgerRow] = []
    shown, span = 0, timedelta(days=1)
    while since <= last and len(rows) - shown <= paging.limit:
        until = min(since + span, last + timedelta(days=1))
        rows += window.store.read_ledger(since, until, source)
        shown = shown or (len(rows) if paging.cursor else 0)
        since, span = until, 2 * span
    return rows


@router.get("/health")
def list_troubles(request: Request, response: Response, paging: AskedPage, days: Days = 7) -> list[HealthEvent]:
    """Troubles that are open, and those that ended in the last days."""
    window = find_window(request)
    events = window.store.read_events(window.clock() - timedelta(days=days))
    return turn_page(request, response, paging, events, lambda each: f"{each.kind} {each.subject} {each.since}")


def _read_day(cursor: str) -> datetime:
    """What was before the page before need not be counted again."""
    try:
        return datetime.fromisoformat(cursor.partition(" ")[0]).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _with_verdict(row: LedgerRow) -> dict[str, object]:
    return {**asdict(row), "closes": row.closes}
