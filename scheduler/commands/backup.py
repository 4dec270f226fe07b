"""`basewatch backup`: everything into one file."""

from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from crawler.errors import BackupError, StoreError
from crawler.store.engine import read_url
from scheduler.backup import Manifest, make_backup
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import database_url


def main(target: Path, config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    with make_console(stderr=True).status("Saving") as status:
        try:
            manifest = make_backup(settings.run, config, target, datetime.now(UTC), status.update)
        except (BackupError, StoreError) as error:
            return fail(str(error), Exit.SERVICE_AWAY)
    tell_manifest(manifest, f"Saved in {target}", as_json=as_json)
    if not manifest.schema:
        server = read_url(database_url(settings.run)).render_as_string(hide_password=True)
        make_console(stderr=True).print(
            Text(f"The database is not in it: there is no pg_dump here. Save {server} where there is one.", "yellow")
        )
    return int(Exit.DONE)


def tell_manifest(manifest: Manifest, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"files": len(manifest.members), "bytes": manifest.size, "made_at": manifest.made_at})
    else:
        text = f"{done}: {len(manifest.members)} files, {manifest.size / 1e6:.1f} MB, made at {manifest.made_at}"
        make_console().print(Text(text, "green"))
