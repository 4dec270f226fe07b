"""`basewatch archive export`: the evidence of one alert, to hand on."""

from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from crawler.errors import StoreError
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.evidence import Bundle, collect_evidence, write_folder, write_zip
from scheduler.places import open_store
from scheduler.triaging import find_alert


def main(alert: str, target: Path, config: Path | None, *, as_json: bool) -> int:
    run = run_or_exit(config)
    if target.exists():
        return fail(f"{target} is there already; name one that is not", Exit.WRONG_SETTINGS)
    try:
        with open_store(run) as store:
            bundle = collect_evidence(store, run, find_alert(store, alert), datetime.now(UTC))
        _write(bundle, target)
    except LookupError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    except OSError as error:
        return fail(f"{target} cannot be written: {error.strerror or error}", Exit.SERVICE_AWAY)
    _tell(bundle, target, as_json=as_json)
    return int(Exit.FINDINGS if bundle.missing else Exit.DONE)


def _write(bundle: Bundle, target: Path) -> None:
    if target.suffix.lower() == ".zip":
        write_zip(bundle, target)
    else:
        write_folder(bundle, target)


def _tell(bundle: Bundle, target: Path, *, as_json: bool) -> None:
    if as_json:
        sizes = {name: len(content) for name, content in bundle.files.items()}
        print_json({"alert": bundle.alert_id, "target": str(target), "files": sizes, "missing": bundle.missing})
        return
    console = make_console()
    for line in bundle.missing:
        console.print(Text(f"not in it: {line}", "yellow"))
    console.print(
        Text(f"{len(bundle.files)} files in {target}; check them there with: sha256sum -c SHA256SUMS", "green")
    )
