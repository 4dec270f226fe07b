"""One file that holds everything, and the way back: database, archive, snapshots of settings, and the settings' files.

A backup is a tar that any tool opens. Its last member, `manifest.json`, names the version, the schema and each file's
size and SHA-256, so that a torn backup is no backup. The daemon may run meanwhile: SQLite copies itself in one
consistent state, pg_dump does the same for PostgreSQL, closed archive files never change, and the open one is copied as
far as it is complete. Secrets of the environment are not in it; Redis needs no backup, the database publishes again
what was not delivered.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, BinaryIO

from sqlalchemy import URL

from crawler.archive.writer import OPEN
from crawler.errors import BackupError
from crawler.store.engine import read_url
from crawler.store.version import newest_version
from scheduler.places import archive_folder, database_url
from settings.load import settings_files
from settings.model import Run

MANIFEST = "manifest.json"
DATABASE = "basewatch.sqlite"
DUMP = "basewatch.pgdump"
"""What pg_dump makes of a server's database, for pg_restore."""
FORMAT = 1
_MAX_MANIFEST = 64 << 20
_PORTION = 1 << 20

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup."""

    name: str
    """Relative, with slashes: database/, archive/, run/ or settings/ and a file."""
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    basewatch: str
    schema: str
    """Revision of the database; empty where it is a server's, and not in it because pg_dump is not there."""
    made_at: str
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members)


# ── there ────────────────────────────────────────────────────────────────────────────────────────


def make_backup(run: Run, config_dir: Path | None, target: Path, now: datetime, tell: Progress) -> Manifest:
    """Write `target`, whole or not at all. Raises BackupError when it exists or cannot be written."""
    if target.exists():
        raise BackupError(f"{target} exists already; it was left as it is")
    partial = target.with_name(f"{target.name}.partial")
    try:
        with TemporaryDirectory(dir=target.parent, prefix=".basewatch-") as scratch:
            partial.touch(mode=0o600)
            with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as tar:
                files = [*_list_database(run, Path(scratch)), *_list_archive(run), *_list_settings(run, config_dir)]
                members = tuple(_add_file(tar, name, path, tell) for name, path in files)
                has_database = any(name.startswith("database/") for name, _ in files)
                schema = newest_version() if has_database else ""
                manifest = Manifest(FORMAT, version("basewatch"), schema, now.isoformat(), members)
                _add_manifest(tar, manifest)
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"{target} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _list_database(run: Run, scratch: Path) -> Iterator[tuple[str, Path]]:
    """A consistent copy of SQLite's file, or what pg_dump makes of a server's database; none without pg_dump."""
    address = read_url(database_url(run))
    if not address.drivername.startswith("sqlite") or not address.database:
        if program := shutil.which("pg_dump"):
            _dump_server(program, address, scratch / DUMP)
            yield f"database/{DUMP}", scratch / DUMP
        return
    copy = scratch / DATABASE
    with (
        closing(sqlite3.connect(f"file:{address.database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target, pages=4096)
    yield f"database/{DATABASE}", copy


def _dump_server(program: str, address: URL, target: Path) -> None:
    """The password goes by the environment: everybody on the machine may read command lines."""
    place = address.set(drivername="postgresql", password=None).render_as_string()
    environ = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
    command = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", f"--dbname={place}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    if done.returncode:
        raise BackupError(f"pg_dump cannot save the database: {done.stderr.strip()[:500]}")


def _list_archive(run: Run) -> Iterator[tuple[str, Path]]:
    folder = archive_folder(run)
    for path in sorted(folder.rglob("*.warc.gz*")) if folder.exists() else ():
        if path.is_file():
            yield f"archive/{path.relative_to(folder).as_posix()}", path


def _list_settings(run: Run, config_dir: Path | None) -> Iterator[tuple[str, Path]]:
    """The files in force, and the snapshots by which old hits can be derived again."""
    for path in sorted((run.data_dir / "run").glob("settings-*.json")):
        yield f"run/{path.name}", path
    if config_dir is not None:
        for path in settings_files(config_dir):
            if path.is_relative_to(config_dir):
                yield f"settings/{path.relative_to(config_dir).as_posix()}", path


def _add_file(tar: tarfile.TarFile, name: str, path: Path, tell: Progress) -> Member:
    """As long as it is now: what the daemon appends meanwhile belongs to the next backup."""
    tell(name)
    with _open_wherever(path) as file:
        info = tar.gettarinfo(arcname=name, fileobj=file)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        reader = _HashingReader(file, info.size)
        tar.addfile(info, reader)
    return Member(name, info.size, reader.digest.hexdigest())


def _open_wherever(path: Path) -> BinaryIO:
    """The daemon may close an archive file between our look and now; it then loses the end of its name."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return path.with_name(path.name.removesuffix(OPEN)).open("rb")


def _add_manifest(tar: tarfile.TarFile, manifest: Manifest) -> None:
    content = json.dumps(asdict(manifest), indent=1).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size = len(content)
    info.mode = 0o600
    tar.addfile(info, io.BytesIO(content))


class _HashingReader(io.RawIOBase):
    """The first `size` bytes of a file, hashed as they are read."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        portion = self._file.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(portion)
        self.digest.update(portion)
        return portion


# ── and back ─────────────────────────────────────────────────────────────────────────────────────


def restore_backup(source: Path, data_dir: Path, tell: Progress) -> Manifest:
    """Fill a data folder that does not exist or is empty; the settings' files come to lie in its folder `settings`.

    Everything is checked beside the place before anything is put there. Raises BackupError.
    """
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise BackupError(f"{data_dir} is not empty; restore into a new folder, and nothing is overwritten")
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=data_dir.parent, prefix=".basewatch-") as scratch:
            manifest = _unpack(source, Path(scratch), tell)
            _refuse_foreign(source, manifest)
            data_dir.mkdir(mode=0o700, exist_ok=True)
            for name, place in (("archive", "archive"), ("run", "run"), ("settings", "settings")):
                if (part := Path(scratch) / name).exists():
                    shutil.move(part, data_dir / place)
            for name in (DATABASE, DUMP):
                if (database := Path(scratch) / "database" / name).exists():
                    shutil.move(database, data_dir / name)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise BackupError(f"{source} cannot be restored: {error}") from error
    return manifest


def _unpack(source: Path, folder: Path, tell: Progress) -> Manifest:
    """All members, each with its digest as the manifest says."""
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    with tarfile.open(source, "r:") as tar:
        for info in tar:
            if not info.isfile() or manifest is not None or info.name in found:
                raise BackupError(f"{source} holds {info.name!r}, which is no part of a backup; nothing was restored")
            content = tar.extractfile(info)
            if content is None:
                raise BackupError(f"{source} ends inside {info.name}; nothing was restored")
            if info.name == MANIFEST:
                manifest = _read_manifest(source, content)
            else:
                tell(info.name)
                found[info.name] = _write_member(source, info.name, content, folder)
    if manifest is None:
        raise BackupError(f"{source} has no {MANIFEST}: it is torn, or no backup of basewatch; nothing was restored")
    if wrong := {member.name for member in manifest.members if found.get(member.name) != member} | (
        found.keys() - {member.name for member in manifest.members}
    ):
        raise BackupError(f"{source} is damaged at {', '.join(sorted(wrong)[:5])}; nothing was restored")
    return manifest


def _write_member(source: Path, name: str, content: IO[bytes], folder: Path) -> Member:
    """Only below the folders that a backup has: a tar may name any place of the machine."""
    place = (folder / name).resolve()
    top = name.partition("/")[0]
    if top not in {"database", "archive", "run", "settings"} or not place.is_relative_to(folder.resolve() / top):
        raise BackupError(f"{source} holds {name!r}, which is no part of a backup; nothing was restored")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with place.open("xb") as file:
        place.chmod(0o600)
        while portion := content.read(_PORTION):
            file.write(portion)
            digest.update(portion)
            size += len(portion)
    return Member(name, size, digest.hexdigest())


def _read_manifest(source: Path, content: IO[bytes]) -> Manifest:
    try:
        fields = json.loads(content.read(_MAX_MANIFEST))
        members = tuple(Member(**member) for member in fields.pop("members"))
        return Manifest(members=members, **fields)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupError(f"{source} has a {MANIFEST} that cannot be read: {error}") from error


def _refuse_foreign(source: Path, manifest: Manifest) -> None:
    if manifest.format > FORMAT or manifest.schema > newest_version():
        raise BackupError(
            f"{source} was made by basewatch {manifest.basewatch}, newer than this one; only that can restore it"
        )
