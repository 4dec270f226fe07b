"""What people did with alerts. A mute drops nothing: muted alerts are stored, listed, counted and marked. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler.models import Alert, Hit, Severity

MuteKind = Literal["rule", "entity", "outlet", "story", "alert"]


@dataclass(frozen=True, slots=True)
class Mute:
    """Nobody is told of what it covers. A row of `mutes`."""

    id: int
    kind: MuteKind
    value: str
    """Name of the rule, id of the entity, slug of the outlet, id of the story or the alert."""
    since: datetime
    until: datetime | None
    """None: until somebody ends it."""
    by: str
    reason: str = ""
    even_critical: bool = False
    """Else critical alerts are told all the same."""

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote beside an alert."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Somebody has seen to an alert."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class TriagedAlert:
    """An alert with all that people and time added to it."""

    number: int
    """In the order in which alerts were raised."""
    alert: Alert
    """As it is now."""
    raised_at: datetime
    told_at: datetime
    """When people were last to be told of it."""
    entries: int
    """Of the stream, about it."""
    ack: Ack | None = None
    """None, too, when people were to be told again since."""
    notes: tuple[Note, ...] = ()
    mute: Mute | None = None
    """What covers it now, or covered it when it was told."""
    outlets: int = 1
    """That tell its story, as far as is known."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for; what is empty does not matter."""

    severities: frozenset[Severity] = frozenset()
    rules: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    """Ids; any of them."""
    outlets: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    """ISO 639-1."""
    ids: frozenset[str] = frozenset()
    """Of alerts: does one of these match the rest?"""
    story: str = ""
    since: datetime | None = None
    """Raised or told again since then."""
    unacked: bool = False
    muted: bool | None = None
    """Only muted ones, or only others."""


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, newest first."""

    alerts: tuple[TriagedAlert, ...]
    next_before: int | None = None
    """Ask for those before this number to go on; None at the end."""


def find_mute(alert: Alert, mutes: Sequence[Mute], now: datetime) -> Mute | None:
    """The mute that covers it, if any. One on a rule or an entity covers single hits, and an alert is covered when all
    of its hits are: whoever mutes a rule still hears of what another rule found in the same article."""
    holding = [mute for mute in mutes if mute.holds(now) and (mute.even_critical or alert.severity != "critical")]
    whole = {"alert": alert.id, "outlet": alert.outlet, "story": alert.story}
    for mute in holding:
        if mute.value and whole.get(mute.kind) == mute.value:
            return mute
    covers = [_find_cover(hit, holding) for hit in alert.grounds]
    return covers[0] if covers and all(covers) else None


def _find_cover(hit: Hit, mutes: Sequence[Mute]) -> Mute | None:
    muted = {mute.value: mute for mute in mutes if mute.kind == "entity"}
    for mute in mutes:
        if mute.kind == "rule" and mute.value == hit.rule:
            return mute
        if mute.kind == "entity" and _rests_on(hit, mute.value, muted.keys()):
            return mute
    return None


def _rests_on(hit: Hit, entity: str, muted: Collection[str]) -> bool:
    """Does it name the entity, and no other one of its type that is not muted?"""
    named = {(kind, name) for term in hit.terms for kind, name in [_split_label(term.label)] if name}
    kinds = {kind for kind, name in named if name == entity}
    return bool(kinds) and all(name in muted for kind, name in named if kind in kinds)


def _split_label(label: str) -> tuple[str, str]:
    """`@group:hamas` → group, hamas; anything else has no name."""
    kind, _, name = label.removeprefix("@").partition(":")
    return (kind, name) if label.startswith("@") else ("", "")
