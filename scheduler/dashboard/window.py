"""What every page looks through: the store, the settings in force, the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from fastapi import Request

from crawler.store.store import Store
from settings import SettingsError, load_settings
from settings.load import settings_files
from settings.model import Run, Settings

log = structlog.get_logger("dashboard")

LOOK_EVERY_S = 2.0


class Shown:
    """The settings as their files are now; those of before while the files are wrong."""

    def __init__(self, config_dir: Path | None, settings: Settings) -> None:
        self._config_dir = config_dir
        self._settings = settings
        self._stamp = self._read_stamp()
        self._looked = time.monotonic()

    def read(self) -> Settings:
        if time.monotonic() - self._looked > LOOK_EVERY_S:
            self._looked = time.monotonic()
            if (stamp := self._read_stamp()) != self._stamp:
                self._stamp = stamp
                self._reload()
        return self._settings

    def _reload(self) -> None:
        try:
            self._settings = load_settings(self._config_dir)
        except SettingsError as error:
            log.warning("settings_refused", problems=[str(problem) for problem in error.problems])

    def _read_stamp(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in settings_files(self._config_dir))


@dataclass(frozen=True, slots=True)
class Window:
    """Handed to every route as `request.app.state.window`."""

    run: Run
    store: Store
    shown: Shown
    clock: Callable[[], datetime]

    @property
    def settings(self) -> Settings:
        return self.shown.read()


def find_window(request: Request) -> Window:
    """A FastAPI dependency."""
    window: Window = request.app.state.window
    return window
