"""`basewatch alerts mute`: tell nobody of what a rule, entity, outlet, story or alert brings."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from rich.text import Text

from crawler.errors import StoreError
from crawler.triage import MuteKind
from scheduler.alerts.states import describe_mute
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, run_or_exit
from scheduler.places import open_store
from scheduler.triaging import find_value, read_end, who_speaks


def main(  # the options of the command
    kind: str, value: str, config: Path | None, *, until: str | None, why: str, even_critical: bool, by: str
) -> int:
    run = run_or_exit(config)
    # what is only stored needs no names of the settings, which take seconds to be read
    settings = None if kind in {"alert", "story"} else load_or_exit(config)
    now = datetime.now(UTC)
    try:
        end = read_end(until, now) if until else None
        with open_store(run) as store:
            value = find_value(settings, store, kind, value)
            known = cast("MuteKind", kind)
            mute = store.add_mute(
                known, value, now, by=who_speaks(by), until=end, reason=why, even_critical=even_critical
            )
    except (LookupError, ValueError, OverflowError) as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    console = make_console()
    console.print(Text(defuse_text(f"Mute {mute.id}: {describe_mute(mute)}")))
    if not even_critical:
        console.print(Text("Critical alerts are told all the same; --even-critical mutes these too.", "dim"))
    return int(Exit.DONE)
