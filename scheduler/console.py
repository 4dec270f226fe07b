"""How commands speak to people: one console, the exit codes, settings errors as a list."""

import json
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from settings import SettingsError, load_settings
from settings.load import load_run
from settings.model import Run, Settings


class Exit(IntEnum):
    """What a shell script may rely on."""

    DONE = 0
    FINDINGS = 1
    WRONG_SETTINGS = 2
    SERVICE_AWAY = 3


Loaded = TypeVar("Loaded", Settings, Run)


class LoadFailed(SystemExit):
    """The settings were refused and the person has been told why."""

    def __init__(self) -> None:
        super().__init__(int(Exit.WRONG_SETTINGS))


PIPE_WIDTH = 10_000
"""Columns of what is no terminal: a line of ours stays one line for grep."""


def make_console(*, stderr: bool = False) -> Console:
    """Colour where the terminal can; in a pipe no line is broken for it."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else PIPE_WIDTH, highlight=False)


def load_or_exit(config: Path | None, load: Callable[[Path | None], Settings] = load_settings) -> Settings:
    """The settings, or every problem with them on stderr and exit code 2."""
    return _try_load(config, load)


def run_or_exit(config: Path | None) -> Run:
    """run.yaml alone, for commands on what is stored: a mistake in a rule must keep nobody from the alerts."""
    return _try_load(config, load_run)


def _try_load(config: Path | None, load: Callable[[Path | None], Loaded]) -> Loaded:
    try:
        return load(config)
    except SettingsError as error:
        console = make_console(stderr=True)
        count = len(error.problems)
        console.print(Text(f"The settings have {count} problem{'s' if count > 1 else ''}:", style="bold red"))
        for problem in error.problems:
            console.print(Text(f"  {problem}"))
        raise LoadFailed from error


def fail(message: str, code: Exit) -> int:
    """Say on stderr what is wrong; the exit code to return."""
    make_console(stderr=True).print(Text(message, style="red"))
    return int(code)


def print_json(value: object) -> None:
    """One JSON object on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
