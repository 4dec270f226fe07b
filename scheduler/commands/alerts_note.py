"""`basewatch alerts note`: words beside an alert."""

from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StoreError
from scheduler.console import Exit, fail, make_console, run_or_exit
from scheduler.places import open_store
from scheduler.triaging import find_alert, who_speaks


def main(alert: str, text: str, by: str, config: Path | None) -> int:
    run = run_or_exit(config)
    if not text.strip():
        return fail("a note has words", Exit.WRONG_SETTINGS)
    try:
        with open_store(run) as store:
            store.add_note(find_alert(store, alert), datetime.now(UTC), who_speaks(by), text)
    except LookupError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    make_console().print("Noted.")
    return int(Exit.DONE)
