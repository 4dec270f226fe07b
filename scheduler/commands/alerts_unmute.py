"""`basewatch alerts unmute`: end a mute."""

from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StoreError
from scheduler.console import Exit, fail, make_console, run_or_exit
from scheduler.places import open_store


def main(number: int, config: Path | None) -> int:
    run = run_or_exit(config)
    try:
        with open_store(run) as store:
            if not store.end_mute(number, datetime.now(UTC)):
                return fail(f"no mute {number} holds: see basewatch alerts mutes", Exit.WRONG_SETTINGS)
            make_console().print(f"Mute {number} has ended.")
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    return int(Exit.DONE)
