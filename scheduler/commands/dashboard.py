"""`basewatch dashboard`: the window alone, without a daemon."""

import os
from contextlib import suppress
from pathlib import Path

from crawler.errors import BasewatchError
from scheduler.console import Exit, fail, load_or_exit
from scheduler.dashboard.serve import serve_dashboard
from scheduler.logs import configure_logging
from settings.model import OFF

_NICER = 5
"""Than its daemon: a third of its share of a processor that both want."""


def main(config: Path | None, *, owner: int | None, log_json: bool) -> int:
    settings = load_or_exit(config)
    configure_logging(as_json=log_json)
    if owner is not None:
        # where both want the processor, people who look can wait a moment longer than the watch
        with suppress(OSError):
            os.nice(_NICER)
    if settings.run.dashboard == OFF:
        return fail(
            "The dashboard is off: `dashboard:` in run.yaml or BASEWATCH_DASHBOARD says so.", Exit.WRONG_SETTINGS
        )
    try:
        serve_dashboard(settings, config, owner)
    except BasewatchError as error:
        return fail(f"The dashboard cannot start: {error}", Exit.SERVICE_AWAY)
    except KeyboardInterrupt:
        # uvicorn has ended in order and raises the signal once more
        return int(Exit.DONE)
    return int(Exit.DONE)
