"""What those share who mark alerts: which alert is meant, what is muted for how long, and who speaks."""

import getpass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import get_args

from crawler.errors import StoreError
from crawler.store.store import Store
from crawler.triage import MuteKind
from settings.model import Settings, parse_duration


def find_alert(store: Store, beginning: str) -> str:
    """The whole id. Raises LookupError in words for people."""
    match store.find_alerts(beginning):
        case [alert_id]:
            return alert_id
        case []:
            raise LookupError(f"no alert has an id that begins with {beginning!r}: see basewatch alerts")
        case _:
            raise LookupError(f"several alerts have ids that begin with {beginning!r}: give more of it")


def who_speaks(by: str) -> str:
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise StoreError("your user name is not known: say who you are with --by") from error


def read_span(text: str) -> timedelta:
    """Raises ValueError in words for people."""
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise ValueError(f'--for is a duration such as "8h" or "30d", or a time, not {text!r}') from error
    if not isinstance(span, timedelta):
        raise ValueError(f"--for is a duration, not {text!r}")  # noqa: TRY004 - what a person typed is wrong
    return span


def read_end(text: str, now: datetime) -> datetime:
    """So long from now, or a time by ISO 8601, UTC unless it says otherwise. Raises ValueError in words for people."""
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        return now + read_span(text)
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    if end <= now:
        raise ValueError(f"{end:%Y-%m-%d %H:%M %Z} is over already")
    return end


def find_value(settings: Settings | None, store: Store, kind: str, value: str) -> str:
    """What is muted, by its whole name. Raises LookupError when there is no such thing: that would mute nothing."""
    if kind == "alert":
        return find_alert(store, value)
    if kind == "story":
        return _find_story(store, value)
    if settings is None or kind not in get_args(MuteKind):
        raise LookupError(f"{', '.join(get_args(MuteKind))} can be muted, not {kind!r}")
    known = {
        "rule": {rule.name for rule in settings.rules},
        "entity": {entity.id for entity in settings.gazetteer.entities},
        "outlet": {outlet.slug for outlet in settings.outlets},
    }
    if value not in known[kind]:
        near = get_close_matches(value, known[kind], 1)
        raise LookupError(f"there is no {kind} {value!r}" + (f"; do you mean {near[0]}?" if near else ""))
    return value


def _find_story(store: Store, value: str) -> str:
    """By its own id, or by that of one of its alerts, which is what lists show; either may be shortened."""
    if store.read_members(value):
        return value
    try:
        triaged = store.read_alert(find_alert(store, value), datetime.now(UTC))
    except LookupError as error:
        # of a story's id only what begins no alert's: nobody shall mute another one than was meant
        known = store.find_stories(value)
        if len(known) == 1:
            return known[0]
        raise LookupError(f"there is no story {value!r}, and {error}") from error
    if triaged is None or not triaged.alert.story:
        raise LookupError(f"the alert {value!r} belongs to no story")
    return triaged.alert.story
