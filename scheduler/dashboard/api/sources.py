"""Sources, ledger and health as JSON."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request

from crawler.models import LedgerRow
from crawler.signs import HealthEvent
from scheduler.dashboard.views.sources import SourcePage, SourcesView, read_source, read_sources, start_of_day
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["sources"])

Days = Annotated[int, Query(ge=1, le=366, description="How many days back, today included.")]


@router.get("/sources")
def list_sources(request: Request) -> SourcesView:
    """All sources as they are now, today's account, latencies of the last week, open troubles."""
    return read_sources(find_window(request))


@router.get("/sources/{name}")
def show_source(request: Request, name: str) -> SourcePage:
    """One source: its accounts by day, latencies, what was dropped and why, coverage, troubles."""
    page = read_source(find_window(request), name)
    if page is None:
        raise HTTPException(404, f"no source is called {name}")
    return page


@router.get("/ledger")
def list_accounts(request: Request, days: Days = 7, source: str | None = None) -> list[dict[str, object]]:
    """One account for each day and source: seen = known + new, new = Σ outcomes + pending."""
    window = find_window(request)
    now = window.clock()
    rows = window.store.read_ledger(start_of_day(now) - timedelta(days=days - 1), now + timedelta(days=1), source)
    return [_with_verdict(row) for row in rows]


@router.get("/health")
def list_troubles(request: Request, days: Days = 7) -> list[HealthEvent]:
    """Troubles that are open, and those that ended in the last days."""
    window = find_window(request)
    return window.store.read_events(window.clock() - timedelta(days=days))


def _with_verdict(row: LedgerRow) -> dict[str, object]:
    return {**asdict(row), "closes": row.closes}
