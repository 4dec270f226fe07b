"""What a terminal that follows the stream shows, and what it leaves out."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from crawler.errors import StoreError
from crawler.models import Alert
from crawler.payload import alert_to_json
from crawler.triage import Ack, AlertFilter, Mute, TriagedAlert
from scheduler.alerts.stream import StreamEntry
from scheduler.watching import LookUp, show_entry
from tests.daemon.test_stream_terminal import NEAR, alert_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ALERT = alert_of(NEAR)
MUTE = Mute(1, "entity", "some", NOW, None, "dana", "drill")
ENTRY = StreamEntry("1-1", "alert", "id-1", ALERT.id, "1", "warning", "a", "", alert_to_json(ALERT))


def stored(alert: Alert = ALERT, **states: object) -> LookUp:
    async def look_up(_: str) -> TriagedAlert:
        return TriagedAlert(1, alert, NOW, NOW, 1, **states)  # type: ignore[arg-type]  # what a test says of it

    return look_up


async def show(look_up: LookUp, wanted: AlertFilter) -> str:
    file = io.StringIO()
    await show_entry(ENTRY, Console(file=file, width=200), look_up, wanted)
    return file.getvalue()


async def test_an_alert_comes_with_its_id_and_what_was_done_with_it() -> None:
    told = await show(stored(ack=Ack(NOW, "dana"), mute=MUTE), AlertFilter())

    first, *rest = told.splitlines()
    assert first.startswith("id  ·  acknowledged by dana, 2026-11-28 12:00 UTC  ·  muted: entity some")
    assert "Militia fires on base" in rest


@pytest.mark.parametrize(
    ("look_up", "wanted"),
    [
        (stored(mute=MUTE), AlertFilter(muted=False)),
        (stored(), AlertFilter(muted=True)),
        (stored(ack=Ack(NOW, "dana")), AlertFilter(unacked=True)),
        (stored(), AlertFilter(since=NOW + timedelta(seconds=1))),
    ],
)
async def test_what_its_state_excludes_is_not_shown(look_up: LookUp, wanted: AlertFilter) -> None:
    assert await show(look_up, wanted) == ""
    assert "Militia" in await show(look_up, AlertFilter())


async def test_an_alert_is_shown_where_the_database_does_not_have_it_or_is_away() -> None:
    async def unknown(_: str) -> None:
        return None

    async def away(_: str) -> None:
        raise StoreError("locked")

    for look_up in (unknown, away):
        assert "Militia" in await show(look_up, AlertFilter(muted=False))
