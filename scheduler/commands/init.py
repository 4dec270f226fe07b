"""`basewatch init`: a copy of the shipped settings, to be changed."""

import shutil
from pathlib import Path

from rich.text import Text

from scheduler.console import Exit, fail, make_console
from settings.load import SHIPPED, settings_files


def main(folder: Path) -> int:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        return fail(f"{folder} exists and is not empty; nothing was written", Exit.WRONG_SETTINGS)
    for path in settings_files(None):
        target = folder / path.relative_to(SHIPPED)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    make_console().print(Text(f"Wrote {folder}. Start with: basewatch run --config {folder}"))
    return int(Exit.DONE)
