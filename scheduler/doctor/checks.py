"""The checks, in the order in which they are shown. Larger ones stand in modules of their own."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from crawler.compiled import runs_compiled
from crawler.errors import StoreError
from crawler.store.engine import begin_read, make_engine, translate_errors
from crawler.store.version import newest_version, read_version
from scheduler.doctor.channels import check_channels
from scheduler.doctor.findings import Check, Finding, Level
from scheduler.doctor.outside import check_outside
from scheduler.doctor.redis_server import check_redis
from scheduler.places import archive_folder, database_url
from settings.model import Settings

MIB = 1 << 20
LITTLE_SPACE = 1024 * MIB
NO_SPACE = 64 * MIB
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""basewatch is younger than any clock that shows less."""
A_DAY_S = 24 * 3600


def check_settings(settings: Settings) -> Iterator[Finding]:
    """That they are right is known: without that no check runs."""
    enabled = [source for source in settings.sources if source.enabled]
    found = f"{len(enabled)} sources of {len(settings.outlets)} outlets, {len(settings.rules)} rules"
    if not enabled or not settings.rules:
        yield Finding(
            "settings", Level.WARN, found, "nothing will be found: basewatch sources add URL, settings/rules.yaml"
        )
    elif not settings.run.contact:
        yield Finding(
            "settings", Level.WARN, f"{found}; no contact", "set `contact:` in run.yaml: outlets can reach you"
        )
    else:
        yield Finding("settings", Level.OK, found)


def check_clock(_: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    if now < EARLIEST:
        yield Finding("clock", Level.FAIL, f"it shows {now:%Y-%m-%d}", "set the clock; run an NTP client")
        return
    newest = max((path.stat().st_mtime for path in Path(__file__).parent.iterdir()), default=0.0)
    if newest - now.timestamp() > 24 * 3600:
        yield Finding(
            "clock", Level.WARN, f"it shows {now:%Y-%m-%d %H:%M} UTC, before basewatch was installed", "set it"
        )
    else:
        yield Finding("clock", Level.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def check_disk(settings: Settings) -> Iterator[Finding]:
    folder = nearest_folder(settings.run.data_dir.resolve())
    free = shutil.disk_usage(folder).free
    found = f"{free // MIB} MiB free at {folder}"
    if free < LITTLE_SPACE:
        level = Level.FAIL if free < NO_SPACE else Level.WARN
        yield Finding("disk", level, found, "make room; when the disk is full nothing can be stored")
    else:
        yield Finding("disk", Level.OK, found)


def check_database(settings: Settings) -> Iterator[Finding]:
    """Asks, and neither makes nor migrates anything."""
    url = database_url(settings.run)
    if url.startswith("sqlite") and not Path(url.partition("///")[2]).exists():
        yield Finding("database", Level.OK, "not there yet; the first start makes it")
        return
    engine = make_engine(url)
    try:
        with translate_errors("ask the database"):
            version = read_version(engine)
            with begin_read(engine) as connection:
                if engine.dialect.name == "sqlite":
                    problem = connection.scalar(text("PRAGMA quick_check(1)"))
                    server, is_whole = "SQLite", problem == "ok"
                else:
                    server, is_whole = f"PostgreSQL {connection.scalar(text('SHOW server_version'))}", True
    except StoreError as error:
        advice = "start it, or mend `database_url:` (BASEWATCH_DATABASE_URL)"
        if engine.dialect.name == "sqlite":
            advice = "it must be a database that the user who runs basewatch may read and write: put back a backup"
        yield Finding("database", Level.FAIL, str(error), advice)
        return
    finally:
        engine.dispose()
    yield judge_database(server, version, is_whole=is_whole)


def judge_database(server: str, version: str | None, *, is_whole: bool) -> Finding:
    found, newest = f"{server}, schema {version or 'none'}", newest_version()
    if not is_whole:
        return Finding(
            "database", Level.FAIL, f"{found}, damaged", "stop basewatch, copy the file, `sqlite3 FILE .recover`"
        )
    if version is None or version < newest:
        return Finding("database", Level.OK, f"{found}; the next start brings it to {newest}")
    if version > newest:
        return Finding("database", Level.FAIL, found, f"a newer basewatch wrote it, this one knows {newest}: upgrade")
    return Finding("database", Level.OK, found)


def check_archive(settings: Settings) -> Iterator[Finding]:
    folder = archive_folder(settings.run)
    near = nearest_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=near) as probe:
            probe.write(b"basewatch")
            os.fsync(probe.fileno())
    except OSError as error:
        advice = f"give the user who runs basewatch the right to write in {near}, or make room"
        yield Finding("archive", Level.FAIL, f"{near} cannot be written: {error.strerror}", advice)
        return
    files = list(folder.glob("*.warc.gz*")) if folder.exists() else []  # the one that is being written too
    size = sum(path.stat().st_size for path in files)
    yield Finding("archive", Level.OK, f"{len(files)} files, {size // MIB} MiB in {folder}")


def check_matching(_: Settings) -> Iterator[Finding]:
    how = "as machine code" if runs_compiled() else "as Python, in half as much time again as compiled: `make compiled`"
    yield Finding("matching", Level.OK, how)


def check_proxies(_: Settings) -> Iterable[Finding]:
    names = [name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}]
    if names:
        return [
            Finding(
                "proxy", Level.WARN, f"{', '.join(sorted(names))} is set", "basewatch asks directly, and ignores it"
            )
        ]
    return []


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the first above it that is there."""
    return next(each for each in (path, *path.parents) if each.is_dir())


CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "clock": check_clock,
    "disk": check_disk,
    "database": check_database,
    "redis": check_redis,
    "archive": check_archive,
    "matching": check_matching,
    "channels": check_channels,
    "outside": check_outside,
    "proxy": check_proxies,
}
"""Name → check. A part of basewatch that can be wrong in its own way has a line here."""
