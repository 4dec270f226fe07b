"""`basewatch alerts ack`: somebody has seen to them."""

from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StoreError
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.places import open_store
from scheduler.triaging import find_alert, who_speaks


def main(ids: list[str], note: str, by: str, config: Path | None) -> int:
    """All of them, or none when one is not known."""
    run = load_or_exit(config).run
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
