"""`basewatch alerts mute`: tell nobody of what a rule, entity, outlet, story or alert brings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast, get_args

from rich.text import Text

from crawler.errors import StoreError
from crawler.store.store import Store
from crawler.triage import MuteKind
from scheduler.alerts.states import describe_mute
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.places import open_store
from scheduler.triaging import find_alert, who_speaks
from settings.model import Settings, parse_duration


def main(  # the options of the command
    kind: str, value: str, config: Path | None, *, duration: str | None, why: str, even_critical: bool, by: str
) -> int:
    settings = load_or_exit(config)
    now = datetime.now(UTC)
    try:
        until = now + read_span(duration) if duration else None
        with open_store(settings.run) as store:
            value = find_value(settings, store, kind, value)
            known = cast("MuteKind", kind)
            mute = store.add_mute(
                known, value, now, by=who_speaks(by), until=until, reason=why, even_critical=even_critical
            )
    except (LookupError, ValueError, OverflowError) as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    make_console().print(Text(defuse_text(f"Mute {mute.id}: {describe_mute(mute)}")))
    return int(Exit.DONE)


def read_span(text: str) -> timedelta:
    """Raises ValueError in words for people."""
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise ValueError(f'--for is a duration such as "8h" or "30d", not {text!r}') from error
    if not isinstance(span, timedelta):
        raise ValueError(f"--for is a duration, not {text!r}")  # noqa: TRY004 - what a person typed is wrong
    return span


def find_value(settings: Settings, store: Store, kind: str, value: str) -> str:
    """What is muted, by its whole name. Raises LookupError when there is no such thing: that would mute nothing."""
    if kind == "alert":
        return find_alert(store, value)
    known = {
        "rule": {rule.name for rule in settings.rules},
        "entity": {entity.id for entity in settings.gazetteer.entities},
        "outlet": {outlet.slug for outlet in settings.outlets},
        "story": {value} if store.read_members(value) else set(),
    }
    if kind not in known:
        raise LookupError(f"{', '.join(get_args(MuteKind))} can be muted, not {kind!r}")
    if value not in known[kind]:
        raise LookupError(f"there is no {kind} {value!r}")
    return value
