"""The settings in force. A reload replaces them all at once, or leaves them all as they are."""

import os
from pathlib import Path

import structlog

from crawler.errors import StoreError
from scheduler.verified import load_verified
from settings import SettingsError
from settings.load import settings_files
from settings.model import Settings, Source

log = structlog.get_logger("settings")


Stamp = tuple[tuple[int, int] | None, ...]
"""When each settings file was last written, and its size."""


class Current:
    """One consistent set and its snapshot on disk, which is how worker processes get it."""

    def __init__(self, settings: Settings, config_dir: Path | None, folder: Path, stamp: Stamp | None = None) -> None:
        """`stamp` is that of the files before the settings were read, so that what is written meanwhile is a change."""
        self.config_dir = config_dir
        self.folder = folder
        self._stamp = read_stamp(config_dir) if stamp is None else stamp
        self._install(settings, write_snapshot(settings, folder))

    def _install(self, settings: Settings, snapshot: Path) -> None:
        self.settings = settings
        self.snapshot = snapshot
        self._sources = {source.name: source for source in settings.sources if source.enabled}
        self._outlets = {outlet.slug: outlet.name for outlet in settings.outlets}

    @property
    def sources(self) -> list[Source]:
        return list(self._sources.values())

    def find_source(self, name: str) -> Source | None:
        return self._sources.get(name)

    def outlet_name(self, slug: str) -> str:
        return self._outlets.get(slug, slug)

    def has_changed(self) -> bool:
        """Has a settings file been written, added or taken away since the last look?"""
        stamp, self._stamp = self._stamp, read_stamp(self.config_dir)
        return stamp != self._stamp

    def reload(self) -> bool:
        """Take the files as they are now. Broken ones are told and the old set stays; False then."""
        self._stamp = read_stamp(self.config_dir)
        try:
            settings = load_verified(self.config_dir)
            # where data lies and who keeps it is decided at the start; whom we may ask is not
            allowed = {"allowed_hosts": settings.run.allowed_hosts}
            settings = settings.model_copy(update={"run": self.settings.run.model_copy(update=allowed)})
            snapshot = write_snapshot(settings, self.folder)
        except (SettingsError, StoreError) as error:
            problems = [str(each) for each in getattr(error, "problems", (error,))]
            log.error("settings_refused", kept=self.settings.digest, problems=problems)
            return False
        self._install(settings, snapshot)
        log.info("settings_reloaded", digest=settings.digest, sources=len(self.sources))
        return True


def read_stamp(config_dir: Path | None) -> Stamp:
    return tuple(_stamp_of(path) for path in settings_files(config_dir))


def write_snapshot(settings: Settings, folder: Path) -> Path:
    """Store a set under its digest, whole or not at all; the digest in the name is what workers cache by."""
    path = folder / f"settings-{settings.digest}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(settings.model_dump_json(), encoding="utf-8")
            partial.replace(path)
    except OSError as error:
        raise StoreError(f"the settings in force cannot be kept in {folder}: {error.strerror}") from error
    return path


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
