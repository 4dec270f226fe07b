"""`basewatch restore`: a data folder from a backup."""

from pathlib import Path

from rich.text import Text

from crawler.errors import BackupError
from scheduler.backup import DUMP, restore_backup
from scheduler.commands.backup import tell_manifest
from scheduler.console import Exit, fail, make_console


def main(source: Path, data_dir: Path, *, as_json: bool) -> int:
    with make_console(stderr=True).status("Restoring") as status:
        try:
            manifest = restore_backup(source, data_dir, status.update)
        except BackupError as error:
            return fail(str(error), Exit.SERVICE_AWAY)
    tell_manifest(manifest, f"Restored into {data_dir}", as_json=as_json)
    if (dump := data_dir / DUMP).exists():
        told = f"pg_restore --no-owner --single-transaction --dbname postgresql://USER@HOST/EMPTY_DATABASE {dump}"
        make_console(stderr=True).print(Text(f"Load its database into a server: {told}", "yellow"))
    return int(Exit.DONE)
