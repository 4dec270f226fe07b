"""The archive's own commands: what is verified, what one alert rests on, what goes and what stays."""

import asyncio
import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest
from typer.testing import CliRunner

from crawler.archive.retention import name_successor, write_kept
from crawler.archive.salvage import TORN
from crawler.archive.verify import Row
from crawler.archive.warc import ArchiveWriter, iterate_pages, read_page, verify
from crawler.archive.writer import OPEN
from crawler.errors import ArchiveError
from crawler.extract.furniture import NO_FURNITURE
from crawler.match.explain import digest_rule
from crawler.models import Capture, Origin, Page, SummedPolls
from crawler.replay_piece import Asking, Piece, PieceResult, replay_piece
from crawler.store.replay import Selection
from crawler.store.store import Store
from scheduler.app import App
from scheduler.cli import app
from scheduler.commands.archive_verify import verify_archive
from scheduler.current import write_snapshot
from scheduler.daemon import Daemon
from scheduler.evidence import collect_evidence
from scheduler.places import archive_folder, database_url
from scheduler.replaying import Checkpoint, join_results, perform_all, plan_stored
from scheduler.retention import PruneReport, plan_pruning, prune_archive
from settings.model import ArchiveLimits, Run, Settings
from tests.daemon.test_daemon_parts import Parts
from tests.shipped import read_shipped
from tests.stages.archive_pages import make_page
from tests.stages.store_samples import NOW, add_pending, analysis_of
from tests.stages.test_archive_pages import assert_others_accept

SHIPPED = read_shipped()
LATER = NOW + timedelta(days=40)
OLD = ArchiveLimits(max_age=timedelta(days=30))


@dataclass(frozen=True)
class Watched:
    """A data folder in which two pages of three fired no rule; the first was visited twice and had not changed."""

    run: Run
    store: Store
    settings: Settings
    captures: dict[str, Capture]

    @property
    def folder(self) -> Path:
        return archive_folder(self.run)

    @property
    def alert_id(self) -> str:
        return self.store.read_alerts()[0].id

    def page(self, name: str) -> Page:
        [place] = [row for row in self.store.read_link_captures(self.alert_id) if row.capture.status == 200][:1]
        return read_page(self.folder, place.capture)


def page_of(name: str, at: datetime = NOW) -> Page:
    body = f"<p>{name}</p>".encode() + Random(name).randbytes(4000)
    return make_page(body, url=f"https://a.example/{name}", requested_url=f"https://a.example/{name}", fetched_at=at)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    settings = SHIPPED.model_copy(update={"run": SHIPPED.run.model_copy(update={"data_dir": tmp_path / "data"})})
    rule = settings.rules[0]
    store = Store.open(database_url(settings.run))
    write_snapshot(settings, settings.run.data_dir / "run")
    captures = {}
    with ArchiveWriter(archive_folder(settings.run), now=lambda: NOW) as writer:
        writer.write(page_of("feed"), Origin("news", "news"))
        for name in ("quiet", "hit", "other"):
            [link] = add_pending(store, f"https://a.example/{name}")
            origin = Origin("news", "news", link.id)
            first = writer.write(page_of(name), origin)
            captures[name] = writer.write(page_of(name, NOW + timedelta(hours=1)), origin) if name == "hit" else first
            found = analysis_of(*(["x"] if name == "hit" else []), body=f"{name} " * 60, digest=settings.digest)
            hits = tuple(replace(hit, rule=rule.name, rule_digest=digest_rule(rule)) for hit in found.hits)
            store.save_analysis(link, replace(found, hits=hits), NOW, outlet_name="News", capture=captures[name])
    for path in archive_folder(settings.run).glob("*.warc.gz"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    yield Watched(settings.run, store, settings, captures)
    store.close()


def environ_of(watched: Watched) -> dict[str, str]:
    return {"BASEWATCH_DATA_DIR": str(watched.run.data_dir)}


def harm_index(watched: Watched, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(watched.run.data_dir / "basewatch.sqlite")) as database, database:
        database.execute(statement, values)


def command(watched: Watched, *words: str) -> tuple[int, list[dict[str, object]]]:
    done = CliRunner().invoke(app, ["archive", *words, "--json"], env=environ_of(watched))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


# ── verify and stats ─────────────────────────────────────────────────────────────────────────────


def test_a_sound_archive_and_its_rows_are_right(watched: Watched) -> None:
    code, [report] = command(watched, "verify")
    assert (code, report["problems"]) == (0, [])
    assert (report["files"], report["pages"], report["rows"], report["unlisted"]) == (1, 5, 3, 2)


def test_rows_whose_record_is_not_there_are_named(watched: Watched) -> None:
    [file] = watched.folder.glob("*.warc.gz")
    at = watched.captures["other"].offset
    file.write_bytes(file.read_bytes()[:at])
    code, [report] = command(watched, "verify")
    assert code == 1
    assert report["problems"] == [f"{file.name} at {at}: the database names a record that is not there"]
    file.unlink()
    code, [report] = command(watched, "verify")
    assert report["problems"] == [f"{file.name}: the database names 3 records in it, but there is no such file"]


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("digest", "sha256:0", "another digest"),
        ("length", 7, "another length"),
        ("offset", 3, "a record that is not there"),
        ("url", "https://a.example/other", "another address"),
        ("status", 404, "another status"),
        ("fetched_at", "2020-01-01 00:00:00.000000", "another time"),
        ("rendered", 1, "what came for what a browser made of it, or the other way round"),
    ],
)
def test_rows_that_mean_something_else_are_named(watched: Watched, field: str, value: object, wrong: str) -> None:
    capture = watched.captures["quiet"]
    harm_index(watched, f"update captures set {field} = ? where url = ?", value, capture.url)
    report = verify_archive(watched.folder, watched.store)
    at = value if field == "offset" else capture.offset
    assert report.problems == (f"{capture.file} at {at}: the database names {wrong}",)
    assert report.rows == 2


def test_a_row_that_gives_a_link_the_page_of_another_is_named(watched: Watched) -> None:
    quiet, other = watched.captures["quiet"], watched.captures["other"]
    harm_index(watched, "update captures set link_id = 1 where url = ?", other.url)
    report = verify_archive(watched.folder, watched.store)
    assert report.problems == (f"{other.file} at {other.offset}: the database names another link",)
    assert quiet.offset != other.offset


def test_a_broken_page_is_told_and_nothing_of_its_neighbours(watched: Watched) -> None:
    [file] = watched.folder.glob("*.warc.gz")
    content, place = bytearray(file.read_bytes()), watched.captures["other"]
    content[place.offset + place.length // 2] ^= 1
    file.write_bytes(content)
    report = verify_archive(watched.folder, watched.store)
    assert [problem for problem in report.problems if f" at {place.offset}: " not in problem] == []
    assert f"{file.name} at {place.offset}: the database names a record that is not there" in report.problems
    assert report.rows == 2


@pytest.mark.parametrize("name", ["", "../archive/{}", "x" * 5000])
def test_rows_that_name_no_file_of_the_archive_are_told(watched: Watched, name: str) -> None:
    capture = watched.captures["quiet"]
    name = name.format(capture.file)
    harm_index(watched, "update captures set file = ? where url = ?", name, capture.url)
    report = verify_archive(watched.folder, watched.store)
    assert report.problems == (f"{name}: the database names 1 records in it, but there is no such file",)


def test_what_retention_moves_while_it_is_verified_is_no_problem_and_verified_where_it_lies_then(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_rows = watched.store.read_rows

    def prune_first(name: str) -> list[Row]:
        monkeypatch.setattr(watched.store, "read_rows", read_rows)
        prune_archive(watched.store, watched.folder, OLD, LATER)
        return read_rows(name)

    monkeypatch.setattr(watched.store, "read_rows", prune_first)
    report = verify_archive(watched.folder, watched.store)
    assert (report.problems, report.files, report.rows) == ((), 1, 1)


def test_rows_of_a_file_that_is_being_written_are_no_problem(watched: Watched) -> None:
    [file] = watched.folder.glob("*.warc.gz")
    file.rename(file.with_name(file.name + OPEN))
    report = verify_archive(watched.folder, watched.store)
    assert (report.problems, report.files, report.unclosed) == ((), 0, 1), "it is told, and nothing is called sound"


def test_stats_count_pages_by_day_and_outlet(watched: Watched) -> None:
    code, [stats] = command(watched, "stats")
    assert (code, stats["files"], stats["pages"], stats["pruned"]) == (0, 1, 3, 0)
    assert stats["days"] == {"2026-08-21": {"news": 3}}
    [file] = watched.folder.glob("*.warc.gz")
    assert stats["size"] == file.stat().st_size
    assert stats["compression"] > 0.5
    assert stats["oldest"] == stats["newest"] == "2026-08-21"


# ── export ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_exported_can_be_checked_without_us_and_holds_pages_text_and_rules(
    watched: Watched, tmp_path: Path
) -> None:
    target = tmp_path / "evidence"
    code, [told] = command(watched, "export", "--alert", watched.alert_id[:6], str(target))
    assert (code, told["missing"]) == (0, [])
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=target, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count(": OK") == 8
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    for member in manifest["files"]:
        assert hashlib.sha256((target / member["name"]).read_bytes()).hexdigest() == member["sha256"]

    assert_others_accept(target / "captures.warc.gz")
    [(page, place)] = [each for each in iterate_pages(target / "captures.warc.gz") if not isinstance(each, str)]
    assert page == page_of("hit", NOW + timedelta(hours=1)), "a revisit is written out, as it stands alone"
    [capture] = json.loads((target / "captures.json").read_text("utf-8"))
    assert (capture["offset"], capture["body_digest"]) == (place.offset, place.digest)

    [extraction] = json.loads((target / "extraction.json").read_text("utf-8"))
    assert extraction["article"]["body"] == "hit " * 60
    assert [piece["text"] for piece in extraction["article"]["removed"]] == ["5 min read", "%D8%A7"]
    rules = json.loads((target / "rules.json").read_text("utf-8"))
    assert rules["settings_digest"] == watched.settings.digest
    assert [rule["rule"]["when"] for rule in rules["rules"]] == [watched.settings.rules[0].when]
    assert json.loads((target / "alert.json").read_text("utf-8"))["id"] == watched.alert_id


def test_the_same_alert_makes_the_same_bytes(watched: Watched, tmp_path: Path) -> None:
    names = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for name in names:
        assert command(watched, "export", "--alert", watched.alert_id, str(name))[0] == 0
    one, two = (name.read_bytes() for name in names)
    assert one == two
    with zipfile.ZipFile(names[0]) as archive:
        archive.extractall(tmp_path / "out")
    [folder] = (tmp_path / "out").iterdir()
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=False).returncode == 0


def test_the_text_of_a_rule_outlives_the_version_that_it_fired_in(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest also names how sentences are weighed, and another version may know other keys."""
    [snapshot] = (watched.run.data_dir / "run").glob("settings-*.json")
    settings = json.loads(snapshot.read_bytes())
    settings["rules"][0]["once"] = "a key"
    snapshot.write_text(json.dumps(settings), "utf-8")
    monkeypatch.setattr("crawler.match.explain.digest_reading", lambda: "other weights")
    bundle = collect_evidence(watched.store, watched.run, watched.alert_id, NOW)
    [rule] = json.loads(bundle.files["rules.json"])["rules"]
    assert bundle.missing == ()
    assert rule["rule"] == settings["rules"][0]


@pytest.mark.parametrize("name", ["case.zip", "case"])
def test_a_full_disk_leaves_no_half_of_an_export(watched: Watched, tmp_path: Path, name: str) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    target = tmp_path / "out" / name
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it anyway
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        done = CliRunner().invoke(
            app, ["archive", "export", "--alert", watched.alert_id, str(target)], env=environ_of(watched)
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert done.exit_code == 3, done.output
    assert "cannot be written" in done.stderr
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digest": "other", "rules": []}', '{"digest": 1, "rules": [2]}'])
def test_settings_that_are_not_what_they_are_called_are_told(watched: Watched, text: str) -> None:
    [snapshot] = (watched.run.data_dir / "run").glob("settings-*.json")
    snapshot.write_text(text, "utf-8")
    [missing] = collect_evidence(watched.store, watched.run, watched.alert_id, NOW).missing
    assert missing.startswith("the text of rule ")


def test_nothing_is_overwritten_and_an_unknown_alert_is_told(watched: Watched, tmp_path: Path) -> None:
    assert command(watched, "export", "--alert", watched.alert_id, str(tmp_path))[0] == 2
    assert command(watched, "export", "--alert", "nope", str(tmp_path / "x"))[0] == 2
    assert not (tmp_path / "x").exists()


def test_what_is_no_longer_there_is_said_in_the_manifest(watched: Watched) -> None:
    shutil.rmtree(watched.folder)
    shutil.rmtree(watched.run.data_dir / "run")
    bundle = collect_evidence(watched.store, watched.run, watched.alert_id, NOW)
    assert len(bundle.missing) == 2
    assert json.loads(bundle.files["manifest.json"])["missing"] == list(bundle.missing)
    target = str(watched.run.data_dir / "out.zip")
    assert command(watched, "export", "--alert", watched.alert_id, target)[0] == 1


# ── prune ────────────────────────────────────────────────────────────────────────────────────────


def test_pruning_shows_first_and_changes_nothing(watched: Watched) -> None:
    before = {path.name: path.read_bytes() for path in watched.folder.iterdir()}
    code, [file, summary] = command(watched, "prune", "--max-age", "0s")
    assert (code, summary["done"], summary["pages"], summary["kept"]) == (0, False, 2, 1)
    assert file["frees"] > 0
    assert {path.name: path.read_bytes() for path in watched.folder.iterdir()} == before
    assert command(watched, "prune")[0] == 2, "no limit is set"
    assert command(watched, "prune", "--max-age", "soon")[0] == 2


def test_what_is_old_goes_and_pages_with_hits_stay_readable(watched: Watched, tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in watched.folder.glob("*.warc.gz"))
    report = prune_archive(watched.store, watched.folder, OLD, LATER)
    assert (report.files, report.rewritten, report.pages, report.kept, report.problems) == (1, 1, 2, 1, [])
    [file] = watched.folder.glob("*.warc.gz")
    assert report.frees == size - file.stat().st_size > 0
    assert_others_accept(file)
    verified = verify_archive(watched.folder, watched.store)
    assert (verified.problems, verified.rows, verified.pages) == ((), 1, 1)
    assert watched.page("hit") == page_of("hit", NOW + timedelta(hours=1))
    assert watched.store.count_pages()[1] == 2
    assert {stored.link.link.url for stored in watched.store.read_captures()} == {"https://a.example/hit"}

    again = prune_archive(watched.store, watched.folder, OLD, LATER)
    assert (again.files, again.frees) == (0, 0)
    bundle = collect_evidence(watched.store, watched.run, watched.alert_id, NOW)
    assert bundle.missing == ()


def test_what_was_cut_off_a_file_is_counted_and_goes_when_its_file_would(watched: Watched) -> None:
    [file] = watched.folder.glob("*.warc.gz")
    torn, foreign = file.with_name(file.name + TORN), file.with_name("mine" + TORN)
    for path in (torn, foreign):
        path.write_bytes(b"half a page")
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    _, [stats] = command(watched, "stats")
    assert (stats["torn_files"], stats["size"]) == (1, file.stat().st_size + len(b"half a page"))
    assert prune_archive(watched.store, watched.folder, OLD, NOW + timedelta(days=20)).files == 0
    report = prune_archive(watched.store, watched.folder, OLD, LATER)
    assert (report.files, report.rewritten, report.pages, report.problems) == (2, 1, 2, [])
    assert (torn.exists(), foreign.exists()) == (False, True)


def test_hits_go_too_when_they_are_told_to(watched: Watched) -> None:
    code, rows = command(watched, "prune", "--max-size", "0", "--no-keep-hits", "--yes")
    assert (code, rows[-1]["pages"]) == (0, 3)
    assert list(watched.folder.glob("*.warc.gz")) == []
    assert verify_archive(watched.folder, watched.store).problems == ()
    bundle = collect_evidence(watched.store, watched.run, watched.alert_id, NOW)
    assert ["was pruned" in line for line in bundle.missing] == [True]


def test_what_a_limit_does_not_reach_is_told(watched: Watched) -> None:
    [planned] = command(watched, "prune", "--max-size", "100")[1][1:]
    [done] = command(watched, "prune", "--max-size", "100", "--yes")[1][1:]
    left = sum(path.stat().st_size for path in watched.folder.glob("*.warc.gz"))
    assert done["over"] == left - 100 > 0
    assert 0 < planned["over"] <= done["over"], "about, before: the page itself, without what it takes along"
    assert command(watched, "prune", "--max-size", "1MB")[1][0]["over"] == 0
    told = CliRunner().invoke(app, ["archive", "prune", "--max-size", "0"], env=environ_of(watched))
    assert "MB more than the limit stay: pages with hits" in told.stdout


def test_an_alert_whose_page_went_says_so(watched: Watched) -> None:
    def show() -> str:
        return CliRunner().invoke(app, ["alerts", "show", watched.alert_id], env=environ_of(watched)).stdout

    assert f"archive/{watched.captures['hit'].file} at " in show()
    prune_archive(watched.store, watched.folder, ArchiveLimits(max_age=OLD.max_age, keep_hits=False), LATER)
    assert f"pruned from the archive on {LATER:%Y-%m-%d}" in show()
    assert "archive/" not in show()


def test_what_is_young_small_open_just_closed_or_not_ours_stays(watched: Watched) -> None:
    store, folder = watched.store, watched.folder
    (folder / "theirs.warc.gz").write_bytes(b"")
    with ArchiveWriter(folder, now=lambda: NOW) as writer:
        writer.write(page_of("open"))
        assert plan_pruning(store, folder, OLD, NOW + timedelta(days=1)).files == 0
        assert plan_pruning(store, folder, ArchiveLimits(max_size=10**9), LATER).files == 0
        assert plan_pruning(store, folder, ArchiveLimits(max_size=0), NOW).files == 0, "closed within the hour"
        prune_archive(store, folder, ArchiveLimits(max_size=0, keep_hits=False), LATER)
        assert [path.name for path in folder.glob("*.warc.gz*") if path.name.endswith(OPEN)] != []
    assert (folder / "theirs.warc.gz").exists()


def test_the_oldest_go_until_the_rest_is_small_enough(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'x.sqlite'}")
    days = [NOW + timedelta(days=day) for day in range(4)]
    for day in days:
        with ArchiveWriter(tmp_path / "a", now=lambda day=day: day) as writer:
            writer.write(page_of(day.isoformat()))
    for path in (tmp_path / "a").iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    half = sum(path.stat().st_size for path in (tmp_path / "a").iterdir()) // 2 + 100
    prune_archive(store, tmp_path / "a", ArchiveLimits(max_size=half), LATER)
    store.close()
    assert sorted(path.name[:8] for path in (tmp_path / "a").glob("*.gz")) == ["20260823", "20260824"]


@pytest.mark.parametrize("killed", ["while writing", "before the database knows", "before the old file goes"])
def test_a_kill_at_any_moment_loses_nothing_and_the_next_run_tidies_up(watched: Watched, killed: str) -> None:
    [file] = watched.folder.glob("*.warc.gz")
    keep = {watched.captures["hit"].offset}
    if killed == "while writing":
        (watched.folder / (name_successor(file.name) + ".part")).write_bytes(b"half")
    else:
        successor, moved = write_kept(file, keep, LATER)
        if killed == "before the old file goes":
            watched.store.save_pruned(file.name, successor.name, moved, LATER)
    assert watched.page("hit") == page_of("hit", NOW + timedelta(hours=1))

    prune_archive(watched.store, watched.folder, OLD, LATER)
    assert watched.page("hit") == page_of("hit", NOW + timedelta(hours=1))
    assert [path.name for path in watched.folder.glob("*.warc.gz*")] == [name_successor(file.name)]
    assert verify_archive(watched.folder, watched.store).problems == ()
    assert watched.store.count_pages()[1] == 2


def test_a_broken_file_is_left_for_a_person(watched: Watched) -> None:
    [file] = watched.folder.glob("*.warc.gz")
    file.write_bytes(file.read_bytes()[:-5])
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    report = prune_archive(watched.store, watched.folder, OLD, LATER)
    assert (report.files, len(report.problems)) == (0, 1)
    assert list(watched.folder.glob("*.warc.gz*")) == [file]


def test_a_rendered_page_takes_what_came_over_the_wire_along(watched: Watched, tmp_path: Path) -> None:
    came = page_of("came")
    made = replace(came, raw=b"<p>made</p>", body=b"<p>made</p>", original=came)
    with ArchiveWriter(tmp_path / "a", now=lambda: NOW) as writer:
        writer.write(page_of("before"))
        capture = writer.write(made, Origin("news", "news", 1))
    path, moved = write_kept(tmp_path / "a" / capture.file, {capture.offset}, LATER)
    place = replace(capture, file=path.name, offset=moved[capture.offset].offset)
    assert read_page(tmp_path / "a", place) == replace(made, original=None)
    assert [page.raw for page, _ in iterate_pages(path)] == [came.raw]
    assert_others_accept(path)
    (tmp_path / "a" / capture.file).unlink()
    assert verify(tmp_path / "a").problems == ()


def test_only_one_prunes_at_a_time(watched: Watched) -> None:
    holding = subprocess.Popen(
        ["flock", watched.folder / ".prune.lock", "sh", "-c", "echo held; read x"], stdin=-1, stdout=-1
    )
    assert holding.stdout
    assert holding.stdout.readline() == b"held\n"
    with pytest.raises(ArchiveError, match="another process"):
        prune_archive(watched.store, watched.folder, OLD, LATER)
    holding.communicate()


# ── and a replay meanwhile ───────────────────────────────────────────────────────────────────────


class Reading:
    """Reads pieces in this process."""

    workers = 1

    def __init__(self, settings: Settings) -> None:
        self._call = settings.digest, settings.model_dump_json(), Asking(prefilter=False)

    async def perform(self, piece: Piece) -> PieceResult:
        return replay_piece(piece, *self._call)

    async def count_repeated(self) -> int:
        return 0

    async def close(self) -> None: ...


async def test_a_replay_reads_pages_where_retention_put_them_and_tells_what_it_took_away(
    watched: Watched, tmp_path: Path
) -> None:
    store, stored = watched.store, watched.store.read_captures()
    plan = plan_stored(watched.folder, stored, {"news": NO_FURNITURE}, NOW)
    for limits in (OLD, ArchiveLimits(max_age=timedelta(0), keep_hits=False)):
        for path in watched.folder.glob("*.warc.gz"):
            os.utime(path, (NOW.timestamp(), NOW.timestamp()))
        prune_archive(store, watched.folder, limits, LATER)
        checkpoint = Checkpoint(tmp_path, limits)
        checkpoint.begin(lambda: plan, fresh=True)
        results = perform_all(plan, Reading(watched.settings), checkpoint, store.find_places)
        result = join_results([each async for each in results])
        gone = ["quiet", "other"] if limits is OLD else ["quiet", "hit", "other"]
        assert result.pages == 3
        assert result.problems == [f"https://a.example/{name}: pruned since the replay began" for name in gone]
        assert store.count_pruned() == len(gone)
    assert store.count_pruned(Selection(outlets=("elsewhere",))) == 0


def test_what_a_replay_stores_names_the_page_where_it_lies_by_then(watched: Watched) -> None:
    [stored] = [each for each in watched.store.read_captures() if each.rules]
    prune_archive(watched.store, watched.folder, OLD, LATER)
    analysis = analysis_of(body="It says something else now.", digest="another")
    watched.store.save_replay(stored.link.id, analysis, LATER, outlet_name="News", capture=stored.capture, alert=False)
    places = [each.capture and each.capture.file for each in watched.store.read_evidence(watched.alert_id).revisions]
    assert places == [file.name for file in watched.folder.glob("*.kept1.warc.gz")] * 2


async def test_the_daemon_keeps_the_limits_of_its_settings_soon_after_each_start(
    watched: Watched, tmp_path: Path
) -> None:
    async def prune(run: Run, now: datetime) -> PruneReport:
        report = await asyncio.to_thread(prune_archive, watched.store, watched.folder, run.archive, now)
        pruned.set()
        return report

    async def sum_up(before: datetime) -> SummedPolls:
        asked.append(before)
        if len(asked) == 2:
            summed.set()
        return SummedPolls(1, is_left=len(asked) < 2)

    asked: list[datetime] = []
    pruned, summed, parts = asyncio.Event(), asyncio.Event(), Parts(tmp_path)
    parts.current.settings.run = Run(
        data_dir=tmp_path, archive=ArchiveLimits(max_size=0), keep_polls=timedelta(days=7, hours=5)
    )
    parts.store = SimpleNamespace(prune_archive=prune, sum_old_polls=sum_up)
    daemon = Daemon(cast("App", parts), first_prune_s=0.1)
    running = asyncio.create_task(daemon.run(None))
    await asyncio.wait_for(pruned.wait(), 60)
    await asyncio.wait_for(summed.wait(), 60)
    daemon.stop.set()
    await asyncio.wait_for(running, 30)

    [before] = set(asked)
    assert (before.hour, before.minute, before.second, before.microsecond) == (0, 0, 0, 0)
    assert timedelta(days=7, hours=5) <= datetime.now(UTC) - before < timedelta(days=8, hours=6)
    assert watched.page("hit").body
    with pytest.raises(ArchiveError):
        read_page(watched.folder, watched.captures["quiet"])
