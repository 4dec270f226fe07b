"""`basewatch alerts mutes`: what nobody is told of, until when, by whom, why."""

from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from crawler.errors import StoreError
from scheduler.alerts.states import describe_mute, mute_to_dict
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import open_store


def main(config: Path | None, *, everything: bool, as_json: bool) -> int:
    run = run_or_exit(config)
    try:
        with open_store(run) as store:
            mutes = store.read_mutes(None if everything else datetime.now(UTC))
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    for mute in mutes:
        if as_json:
            print_json(mute_to_dict(mute))
        else:
            make_console().print(Text(defuse_text(f"{mute.id}  {describe_mute(mute)}")))
    if not mutes:
        make_console(stderr=True).print("Nothing is muted.")
    return int(Exit.DONE)
