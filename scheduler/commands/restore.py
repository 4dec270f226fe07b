"""`basewatch restore`: a data folder from a backup."""

from pathlib import Path

from crawler.errors import BackupError
from scheduler.backup import restore_backup
from scheduler.commands.backup import tell_manifest
from scheduler.console import Exit, fail, make_console


def main(source: Path, data_dir: Path, *, as_json: bool) -> int:
    with make_console(stderr=True).status("Restoring") as status:
        try:
            manifest = restore_backup(source, data_dir, status.update)
        except BackupError as error:
            return fail(str(error), Exit.SERVICE_AWAY)
    tell_manifest(manifest, f"Restored into {data_dir}", as_json=as_json)
    return int(Exit.DONE)
