"""What people did with an alert, as text and as JSON."""

import json
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from crawler.payload import alert_to_json
from crawler.triage import Mute, TriagedAlert
from scheduler.alerts.terminal import defuse_text, render_alert


def render_triaged(triaged: TriagedAlert) -> RenderableType:
    """The alert, under one line with its id and what was done with it."""
    return Group(describe_states(triaged), render_alert(triaged.alert))


def describe_states(triaged: TriagedAlert) -> Text:
    return Text(defuse_text("  ·  ".join((triaged.alert.id[:8], *list_states(triaged)))), "dim")


def list_states(triaged: TriagedAlert) -> list[str]:
    """What was done with it and what became of it, in words."""
    facts: list[str] = []
    if triaged.ack:
        facts.append(f"acknowledged by {triaged.ack.by}, {write_time(triaged.ack.at)}")
    if triaged.mute:
        facts.append(f"muted: {describe_mute(triaged.mute)}")
    if triaged.entries > 1:
        facts.append(f"updated {triaged.entries - 1} time{'s' if triaged.entries > 2 else ''}")  # noqa: PLR2004 - one update
    if triaged.outlets > 1:
        facts.append(f"told by {triaged.outlets} outlets")
    return facts + [f"{note.by}: {note.text}" for note in triaged.notes]


def describe_mute(mute: Mute) -> str:
    until = f"until {write_time(mute.until)}" if mute.until else "for good"
    parts = [
        f"{mute.kind} {mute.value} {until} by {mute.by}",
        "critical too" if mute.even_critical else "",
        mute.reason,
    ]
    return ", ".join(part for part in parts if part)


def triaged_to_dict(triaged: TriagedAlert) -> dict[str, Any]:
    """The alert as the stream has it, and `states` beside its fields."""
    states = {
        "raised_at": triaged.raised_at,
        "told_at": triaged.told_at,
        "entries": triaged.entries,
        "outlets": triaged.outlets,
        "ack": triaged.ack and {"at": triaged.ack.at, "by": triaged.ack.by},
        "notes": [{"at": note.at, "by": note.by, "text": note.text} for note in triaged.notes],
        "mute": triaged.mute and mute_to_dict(triaged.mute),
    }
    return {**json.loads(alert_to_json(triaged.alert)), "states": states}


def mute_to_dict(mute: Mute) -> dict[str, Any]:
    return {
        "number": mute.id,
        "kind": mute.kind,
        "value": mute.value,
        "since": mute.since,
        "until": mute.until,
        "by": mute.by,
        "reason": mute.reason,
        "even_critical": mute.even_critical,
    }


def write_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
