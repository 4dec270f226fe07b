"""What people do with alerts here: acknowledge, note, mute. The pages and the API come through this one door."""

from datetime import timedelta
from typing import cast

from fastapi import HTTPException, Request

from crawler.errors import StoreError
from crawler.triage import Mute, MuteKind
from scheduler.dashboard.window import Window, find_window
from scheduler.triaging import find_value, read_span, who_speaks

LONGEST_NAME = 80
LONGEST_WORDS = 4000
SPEAKER = "by"
"""Under which the session keeps who speaks."""
FOR_GOOD = "forever"


def name_speaker(request: Request, given: str) -> str:
    """Who was named, now or before in this session; else the user that the dashboard runs as."""
    name = " ".join(given.split())[:LONGEST_NAME]
    if name:
        request.session[SPEAKER] = name
        return name
    kept = str(request.session.get(SPEAKER, ""))
    try:
        return kept or who_speaks("")
    except StoreError:
        return "dashboard"  # a container may run under a number that no name belongs to


def require_alert(window: Window, alert_id: str) -> None:
    if window.store.read_alert(alert_id, window.clock()) is None:
        raise HTTPException(404, "There is no such alert.")


def ack_alert(request: Request, alert_id: str, by: str, note: str) -> None:
    window = find_window(request)
    require_alert(window, alert_id)
    window.store.ack_alerts([alert_id], window.clock(), name_speaker(request, by), note.strip())


def note_alert(request: Request, alert_id: str, by: str, words: str) -> None:
    window = find_window(request)
    require_alert(window, alert_id)
    if not words.strip():
        raise HTTPException(422, "A note has words.")
    window.store.add_note(alert_id, window.clock(), name_speaker(request, by), words.strip())


def add_mute(request: Request, kind: str, value: str, *, lasts: str, by: str, reason: str, even_critical: bool) -> Mute:
    """Refuses with 422 what mutes nothing: a name that nobody knows, a time that is none."""
    window = find_window(request)
    now = window.clock()
    try:
        until = None if lasts in {"", FOR_GOOD} else now + _read_span(lasts)
        known = find_value(window.settings, window.store, kind, value)
    except (LookupError, ValueError, OverflowError) as error:
        raise HTTPException(422, str(error)) from error
    return window.store.add_mute(
        cast("MuteKind", kind),
        known,
        now,
        by=name_speaker(request, by),
        until=until,
        reason=" ".join(reason.split()),
        even_critical=even_critical,
    )


def end_mute(request: Request, number: int) -> None:
    window = find_window(request)
    if not window.store.end_mute(number, window.clock()):
        raise HTTPException(404, f"No mute {number} holds.")


def _read_span(text: str) -> timedelta:
    try:
        return read_span(text)
    except ValueError as error:
        raise ValueError(f'a mute lasts for a span such as "8h" or "30d", or {FOR_GOOD}; not {text!r}') from error
