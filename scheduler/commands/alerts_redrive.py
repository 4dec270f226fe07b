"""`basewatch alerts redrive`: owe channels again what was given up, or what came before them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.text import Text

from crawler.errors import StoreError
from crawler.store.store import Store
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import open_store
from settings.model import parse_duration


def main(config: Path | None, channel: str | None, keys: list[str], since: str | None, *, as_json: bool) -> int:
    run = run_or_exit(config)
    if since is not None and channel is None:
        return fail("--since needs --channel: which one is to be told what came before?", Exit.WRONG_SETTINGS)
    now = datetime.now(UTC)
    try:
        begin = None if since is None else now - parse_span(since)
    except ValueError as error:
        return fail(f"--since is {error}", Exit.WRONG_SETTINGS)
    try:
        with open_store(run) as store:
            if channel is not None and channel not in {state.name for state in store.read_channels()}:
                return fail(f"No daemon has ever told a channel {channel}; start it once.", Exit.WRONG_SETTINGS)
            dead, earlier = redrive(store, channel, keys, begin, now)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        print_json({"dead": dead, "earlier": earlier})
    else:
        first = f", {earlier} earlier entries for the first time" if since else ""
        said = f"{dead} dead letter{' is' if dead == 1 else 's are'} sent again{first}"
        make_console().print(Text(f"{said}; a running daemon takes them within seconds."))
    return int(Exit.DONE)


def parse_span(text: str) -> timedelta:
    span = parse_duration(text)
    assert isinstance(span, timedelta)  # noqa: S101 - of a text it makes one, or raises
    return span


def redrive(
    store: Store, channel: str | None, keys: list[str], begin: datetime | None, now: datetime
) -> tuple[int, int]:
    """How many dead letters, and how many earlier entries. A trouble that is over by that ends."""
    dead = store.redrive(channel, keys, now)
    earlier = store.queue_earlier(channel, begin, now) if channel is not None and begin is not None else 0
    left = {name for name, _ in store.read_dead()}
    for state in store.read_channels():
        if state.name not in left:
            store.close_event("dead_letters", now, state.name)
    return dead, earlier
