"""`basewatch alerts ack`: somebody has seen to them."""

from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StoreError
from scheduler.console import Exit, fail, make_console, run_or_exit
from scheduler.places import open_store
from scheduler.triaging import find_alert, who_speaks


def main(ids: list[str], note: str, by: str, config: Path | None) -> int:
    """All of them, or none when one is not known."""
    run = run_or_exit(config)
    try:
        with open_store(run) as store:
            known = list(dict.fromkeys(find_alert(store, each) for each in ids))
            store.ack_alerts(known, datetime.now(UTC), who_speaks(by), note)
    except LookupError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    make_console().print(f"Acknowledged: {len(known)}.")
    return int(Exit.DONE)
