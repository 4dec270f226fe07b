"""WARC files of anybody through the rules: on any number of workers, broken or hostile, interrupted or on a cluster."""

import asyncio
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from crawler.archive.places import list_files
from crawler.archive.warc import ArchiveWriter, find_cuts, iterate_open
from crawler.errors import ArchiveError, Quarantined, StoreError
from crawler.models import Page
from crawler.replay_piece import Asking, FilePiece, Piece, PieceResult, replay_piece
from crawler.workers import WorkerPool
from scheduler.replay_report import Outcome, write_html
from scheduler.replaying import Checkpoint, Plan, PoolExecutor, join_results, perform_all, perform_safely, plan_files
from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place
from tests.shipped import read_shipped
from tests.website import Answer, Seen, Website

LONGEST_S = 300
"""For a command on a machine that is busy with others."""
NOW = datetime(2026, 11, 28, tzinfo=UTC)
SETTINGS = read_shipped()
SNAPSHOT = SETTINGS.model_dump_json()
ARABIC = "استهدفت طائرتان مسيرتان قاعدة عين الأسد غربي العراق فجر الثلاثاء."


def make_page(number: int, body: bytes) -> Page:
    url = f"https://outlet.example/{number}"
    return Page(url, url, 200, (("Content-Type", "text/html"),), body, body, NOW)


def write_file(folder: Path, count: int) -> Path:
    """Every tenth page tells of an attack, one of these in Arabic; one page is a bomb of tags."""
    bodies = [make_article(f"Harvest {number}", FILLER * 3) for number in range(count)]
    for number in range(0, count, 10):
        bodies[number] = make_article("Drones <b>strike</b>", BASE_ATTACK, FILLER)
    bodies[10] = make_article("خبر", ARABIC, FILLER)
    bodies[5] = "<table><tr><td>" * 30_000
    with ArchiveWriter(folder) as writer:
        captures = [writer.write(make_page(number, body.encode())) for number, body in enumerate(bodies)]
    return folder / captures[0].file


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pages; a member in the middle is broken."""
    path = write_file(tmp_path_factory.mktemp("files"), 40)
    content = bytearray(path.read_bytes())
    middle = content.index(b"\x1f\x8b\x08", len(content) // 2) + 40
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)
    return path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path / "place")


def read_lines(text: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in text.splitlines()]
    for each in lines:
        each.pop("seconds", None)
        each.pop("begun_at", None)
    return lines


def test_one_worker_and_two_tell_the_same_and_what_is_broken_is_told_and_passed_over(
    place: Place, archive: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    one = place.command("replay", str(archive), "--json", "--workers", "1", "--html", str(report), timeout_s=LONGEST_S)
    two = place.command(
        "replay", str(archive.parent), "--json", "--workers", "2", "--audit", "100", timeout_s=LONGEST_S
    )

    *found, summary = read_lines(one.stdout)
    *same, audited = read_lines(two.stdout)
    assert one.returncode == 1, one.stderr
    assert found == same
    assert {each["url"] for each in found} >= {f"https://outlet.example/{number}" for number in (0, 10)}
    assert len(summary["not_read"]) >= 1
    assert summary["pages"] >= 35
    assert summary["skipped"] >= 25
    assert (audited["audited"], audited["missed"]) == (summary["skipped"], 0)
    html = report.read_text("utf-8")
    assert "<mark>" in html
    assert "<script" not in html
    assert "الأسد" in html
    assert 'dir="auto"' in html


def test_named_files_cannot_be_committed_and_wrong_names_are_explained(place: Place, archive: Path) -> None:
    committed = place.command("replay", str(archive), "--commit")
    unknown = place.command("replay", "--rule", "no-such-rule")
    absent = place.command("replay", "nowhere.warc.gz")
    shown, calm = place.command("replay", str(archive)), place.command("replay", str(archive), "--until", "2020-01-01")

    assert (committed.returncode, unknown.returncode, absent.returncode) == (2, 2, 2)
    assert "leave out" in committed.stderr
    assert "base-attacked" in unknown.stderr
    assert "no such file" in absent.stderr
    assert "Nothing was stored, nor can be" in shown.stdout
    assert "there is nothing to store" in calm.stdout


def test_a_file_is_cut_where_records_begin_and_no_page_is_lost_or_read_twice(archive: Path) -> None:
    with archive.open("rb") as file:
        whole = [found for found in iterate_open(file, "x") if not isinstance(found, str)]
        cuts = find_cuts(file, 2_000)
        pieces = [
            found
            for start, end in zip(cuts, [*cuts[1:], None], strict=True)
            for found in iterate_open(file, "x", start=start, end=end)
            if not isinstance(found, str)
        ]

    assert len(cuts) > 5
    assert [page.url for page, _ in pieces] == [page.url for page, _ in whole]


def test_addresses_of_folders_and_with_stars_stand_for_all_their_files(archive: Path, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs basewatch[cluster]")
    root = f"memory://{tmp_path.name}"
    for name in ("a.warc.gz", "b.warc.gz", "note.txt"):
        with fsspec.open(f"{root}/{name}", "wb") as file:
            file.write(archive.read_bytes())

    listed = list_files(root)

    assert [each.rpartition("/")[2] for each in listed] == ["a.warc.gz", "b.warc.gz"]
    assert list_files(f"{root}/*.warc.gz") == listed
    assert list_files(f"{root}/a.warc.gz") == [f"{root}/a.warc.gz"]
    assert replay_piece(FilePiece(listed[1]), SETTINGS.digest, SNAPSHOT, Asking()).pages > 30
    for nothing in (f"{root}/c*", "nothing://here"):
        with pytest.raises(ArchiveError, match=nothing[:5]):
            list_files(nothing)


class _AwayError(Exception):
    """Of a library that we do not know."""


def test_whatever_an_addresss_library_raises_is_told_in_words() -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs basewatch[cluster]")

    class Away(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
        def info(self, path: str, **_: object) -> dict[str, object]:
            raise _AwayError("no endpoint answers")

        ls = _open = isdir = info

    fsspec.register_implementation("away", Away, clobber=True)
    with pytest.raises(ArchiveError, match="away://x: cannot be read: no endpoint answers"):
        list_files("away://x")
    with pytest.raises(ArchiveError, match="away://x/a: cannot be read: no endpoint answers"):
        plan_files(["away://x/a"], NOW)


def test_workers_bring_files_of_other_machines(archive: Path, place: Place) -> None:
    pytest.importorskip("fsspec", reason="needs basewatch[cluster]")
    content = archive.read_bytes()

    def serve(seen: Seen) -> Answer:
        first, _, last = seen.headers.get("range", f"bytes=0-{len(content)}").removeprefix("bytes=").partition("-")
        part = content[int(first) : int(last) + 1]
        told = [("Accept-Ranges", "bytes"), ("Content-Type", "application/octet-stream")]
        if seen.method == "HEAD":
            return Answer(200, [*told, ("Content-Length", str(len(content)))], b"")
        return Answer(206, [*told, ("Content-Range", f"bytes {first}-{last}/{len(content)}")], part)

    with Website() as site:
        site.script("/2026/news.warc.gz", serve)
        told = place.command("replay", site.url("/2026/news.warc.gz"), "--json", "--workers", "1", timeout_s=LONGEST_S)
    here = place.command("replay", str(archive), "--json", "--workers", "1", timeout_s=LONGEST_S)
    there, summary = (json.loads(done.stdout.splitlines()[-1]) for done in (told, here))
    assert [there[name] for name in ("pages", "new")] == [summary[name] for name in ("pages", "new")]
    assert there["pages"] > 30


async def test_what_cannot_be_cut_is_given_the_time_of_all_its_pieces() -> None:
    class Watched:
        patience: list[float] = []  # noqa: RUF012  # one test's

        async def run(self, *_: object, timeout_s: float) -> PieceResult:
            self.patience.append(timeout_s)
            return PieceResult()

    executor = PoolExecutor(Watched(), 1, Path("x"), Asking(), 1.0)  # type: ignore[arg-type]  # all that it asks of a pool

    await executor.perform(FilePiece("x.warc", weight=100))
    await executor.perform(FilePiece("x.warc", weight=80 << 20))

    usual, large = Watched.patience
    assert large == 10 * usual


def test_a_small_file_is_one_piece_and_an_absent_rule_finds_nothing(archive: Path, tmp_path: Path) -> None:
    asking = Asking(rules=frozenset({"sanction"}))
    [piece] = plan_files([str(archive)], NOW).pieces

    result = replay_piece(piece, SETTINGS.digest, SNAPSHOT, asking)

    assert result.differences == []
    assert result.skipped > 30


# ── interrupted, and resumed ─────────────────────────────────────────────────────────────────────


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(place: Place, tmp_path: Path) -> None:
    files = [str(write_file(tmp_path / f"file-{number}", 20)) for number in range(12)]
    with place.start("replay", *files, "--json", "--workers", "1") as (process, shown, told):
        deadline = time.monotonic() + LONGEST_S
        while not [path for path in (place.data / "replay").glob("*/*.done") if path.stem != "plan"]:
            assert process.poll() is None, told.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        code = process.wait(LONGEST_S)
    second = place.command("replay", *files, "--json", "--workers", "1", timeout_s=LONGEST_S)
    fresh = place.command("replay", *files, "--json", "--workers", "2", "--fresh", timeout_s=LONGEST_S)

    assert (code, shown.read_text()) == (130, "")
    assert "goes on from there" in told.read_text().replace("\n", " ")
    assert "Traceback" not in told.read_text()
    assert "Going on with the replay" in second.stderr
    assert read_lines(second.stdout) == read_lines(fresh.stdout)
    assert read_lines(second.stdout)[-1]["pages"] == 12 * 20


class Counting:
    """Does pieces in this process, until it is to stop."""

    workers = 1

    def __init__(self, stop_at: int | None = None) -> None:
        self.done: list[Piece] = []
        self._stop_at = stop_at

    async def perform(self, piece: Piece) -> PieceResult:
        if len(self.done) == self._stop_at:
            raise KeyboardInterrupt
        self.done.append(piece)
        return PieceResult(pages=1, problems=[piece.name])

    async def close(self) -> None: ...


def test_a_replay_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    plan = Plan(NOW, tuple(FilePiece("x", start) for start in range(9)), None, {})

    async def collect(executor: Counting) -> PieceResult:
        checkpoint = Checkpoint(tmp_path, "rules")
        begun = checkpoint.begin(lambda: plan, fresh=False)
        return join_results([result async for result in perform_all(begun, executor, checkpoint)])

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(collect(Counting(stop_at=4)))
    assert Checkpoint(tmp_path, "rules").count_done() == 4, "each piece that was done before the break"
    assert Checkpoint(tmp_path, "other rules").count_done() == 0
    second = Counting()

    result = asyncio.run(collect(second))

    assert second.done == list(plan.pieces[4:])
    assert result.problems == [piece.name for piece in plan.pieces]


@pytest.mark.parametrize("harm", [b"", b"\0", b"\x80\x04K\x01."])
def test_what_a_checkpoint_holds_counts_only_as_it_was_written(tmp_path: Path, harm: bytes) -> None:
    checkpoint = Checkpoint(tmp_path, "rules")
    checkpoint.begin(lambda: Plan(NOW, (FilePiece("x"), FilePiece("y")), None, {}), fresh=False)
    checkpoint.write(0, PieceResult(pages=7))
    checkpoint.write(1, PieceResult(pages=8))
    path = checkpoint.folder / "0.done"

    whole = path.read_bytes()
    middle = whole.index(b"pages") if b"pages" in whole else len(whole) // 2
    path.write_bytes(whole[:middle] + harm + whole[middle + len(harm or b"x") :])

    assert checkpoint.read(0) is None, "it is done again"
    assert checkpoint.read(1) == PieceResult(pages=8), "the others are not"


def test_what_was_done_of_a_plan_that_is_lost_is_no_part_of_the_next_one(tmp_path: Path) -> None:
    with Checkpoint(tmp_path, "rules") as first:
        first.begin(lambda: Plan(NOW, (FilePiece("x"),), None, {}), fresh=False)
        first.write(0, PieceResult(pages=7))
        (first.folder / "plan.done").write_bytes(b"harmed")

    with Checkpoint(tmp_path, "rules") as second:
        plan = second.begin(lambda: Plan(NOW, (FilePiece("new"), FilePiece("x")), None, {}), fresh=False)

        assert plan.pieces[0] == FilePiece("new")
        assert second.read(0) is None


def test_a_file_that_was_still_on_its_way_is_read_anew_and_one_that_is_as_it_was_is_not(tmp_path: Path) -> None:
    file = write_file(tmp_path, 20)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])

    def goes_on() -> bool:
        with Checkpoint(tmp_path / "data", "rules") as checkpoint:
            checkpoint.begin(lambda: plan_files([str(file)], NOW), fresh=False)
            found = checkpoint.count_done() > 0
            checkpoint.write(0, PieceResult(pages=7))
            return found

    assert not goes_on()
    assert goes_on()
    file.write_bytes(content)
    assert not goes_on()
    file.rename(tmp_path / "moved.warc.gz")
    assert goes_on(), "what was read of a file that is gone stays read"


def test_what_was_broken_off_long_ago_is_taken_away_with_a_word(tmp_path: Path) -> None:
    """Not what is young, and not what another process has under way, however old."""
    place, file = make_place(tmp_path), write_file(tmp_path / "pages", 20)

    def leave(name: str, days: int) -> Path:
        with Checkpoint(place.data, name) as checkpoint:
            checkpoint.begin(lambda: plan_files([], NOW), fresh=False)
            checkpoint.write(0, PieceResult(pages=7))
        moment = time.time() - days * 86_400
        for path in (*checkpoint.folder.glob("*"), checkpoint.folder.with_suffix(".lock")):
            os.utime(path, (moment, moment))
        return checkpoint.folder

    young, old, running = leave("young", 29), leave("old", 31), leave("running", 31)
    hold = (
        "import sys; from pathlib import Path; from scheduler.locks import lock_file; lock_file(Path(sys.argv[1])); "
        "print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", hold, str(running.with_suffix(".lock"))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        first = place.command("replay", str(file))
        other.communicate()
    second = place.command("replay", str(file))

    assert [text.count("what was done of 1 other replay,") for text in (first.stderr, second.stderr)] == [1, 1]
    assert young.exists()
    assert not old.exists()
    assert not old.with_suffix(".lock").exists()
    assert not running.exists()


def test_the_same_replay_runs_once_at_a_time(tmp_path: Path) -> None:
    begin = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime; "
        "from scheduler.replaying import Checkpoint, plan_files; checkpoint = Checkpoint(Path(sys.argv[1]), 'rules'); "
        "checkpoint.begin(lambda: plan_files([], datetime.now(UTC)), fresh=False); "
        "print('begun', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", begin, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout
        assert other.stdout.readline() == "begun\n"
        with pytest.raises(StoreError, match="under way in another process"):
            Checkpoint(tmp_path, "rules").begin(lambda: plan_files([], NOW), fresh=True)
        Checkpoint(tmp_path, "other rules").begin(lambda: plan_files([], NOW), fresh=False)
    finally:
        other.communicate()
    assert Checkpoint(tmp_path, "rules").begin(lambda: plan_files([], NOW), fresh=False).begun_at != NOW


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
async def test_pages_that_kill_their_workers_are_found_and_asked_for_once_more_and_all_others_are_read(
    archive: Path, tmp_path: Path, *, packed: bool
) -> None:
    if not packed:
        whole = write_file(tmp_path, 40)
        archive = tmp_path / "plain.warc"
        archive.write_bytes(gzip.decompress(whole.read_bytes()))
    with archive.open("rb") as file:
        captures = [found[1] for found in iterate_open(file, "x") if not isinstance(found, str)]
    deadly = {captures[number].offset for number in (3, 4, 5, 17, -1)}
    asked: Counter[int] = Counter()

    async def perform(piece: Piece) -> PieceResult:
        assert isinstance(piece, FilePiece)
        inside = {each.offset for each in captures if piece.start <= each.offset < (piece.end or 1 << 40)}
        asked.update(inside)
        if inside & deadly:
            raise Quarantined("killed its worker")
        return PieceResult(pages=len(inside))

    result = await perform_safely(FilePiece(str(archive)), perform)

    assert result.pages == len(captures)
    assert result.problems == [f"{archive} at {offset}: killed its worker" for offset in sorted(deadly)]
    assert set(asked.values()) == {2}


async def test_a_page_alone_is_waited_for_no_longer_than_a_page_may_take(archive: Path) -> None:
    """Twenty pages' time for each page of a stretch would be hours."""
    waits: list[float] = []

    class Pool(WorkerPool):
        async def run(self, _: object, piece: FilePiece, *__: object, timeout_s: float, size: int = 0) -> PieceResult:  # type: ignore[override]
            del size
            waits.append(timeout_s)
            if piece.start == 0:
                raise Quarantined("hung")
            return PieceResult()

    plan = plan_files([str(archive)], NOW)
    executor = PoolExecutor(Pool(1, memory_mb=100), 1, archive, Asking(), page_s=10)
    await perform_safely(plan.pieces[0], executor.perform)
    await executor.close()

    assert (waits[0], set(waits[1:])) == (200, {30})


def eat(snapshot: str) -> int:
    """All that a worker with the rules may have; the most that it had, in bytes."""
    replay_piece(FilePiece("nowhere.warc.gz"), SETTINGS.digest, snapshot, Asking())
    eaten = []
    with suppress(MemoryError):
        while True:
            eaten.append(b"x" * (1 << 20))
    eaten.clear()
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert peak
    return int(peak[1]) << 10


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no limit of memory holds")
async def test_a_worker_has_no_more_than_400_mb_however_much_it_asks_for() -> None:
    pool = WorkerPool(1, memory_mb=SETTINGS.run.replay_memory_mb)
    try:
        most = await pool.run(eat, SNAPSHOT, timeout_s=LONGEST_S)
    finally:
        pool.close()
    assert 250e6 < most < 400e6


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no limit of memory holds")
def test_a_page_that_needs_more_memory_than_a_worker_may_have_is_told_and_all_others_are_read(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    text = "Rockets hit Ain al-Asad base. " * 240_000 + "\U0001f600"
    data = json.dumps({"@type": "NewsArticle", "articleBody": text}, ensure_ascii=False)
    head = f"<html><head><script type='application/ld+json'>{data}</script></head>"
    large = f"{head}<body><p>{BASE_ATTACK}</p></body></html>"
    bodies = [large, make_article("Drones strike", BASE_ATTACK)]
    with ArchiveWriter(tmp_path / "pages") as writer:
        captures = [writer.write(make_page(number, body.encode())) for number, body in enumerate(bodies)]
    path = tmp_path / "pages" / captures[0].file

    def ask() -> tuple[list[str], list[str]]:
        done = place.command("replay", str(path), "--json", "--workers", "1", timeout_s=LONGEST_S)
        *found, summary = read_lines(done.stdout)
        return [str(each["url"])[-1] for each in found], cast("list[str]", summary["not_read"])

    found, missed = ask()
    run = (place.folder / "run.yaml").read_text("utf-8")
    place.write("run.yaml", run.replace("page_timeout: 3s", "page_timeout: 2m\nreplay_memory_mb: 2048"))

    assert found == ["1"]
    assert len(missed) == 1
    assert missed[0].startswith(f"{path} at {captures[0].offset}: ")
    assert ask() == (["0", "1"], []), "it is memory that the page wants, and no more"


def test_the_report_is_harmless_whatever_a_page_says(tmp_path: Path) -> None:
    result = PieceResult(pages=1, problems=["https://x.example/<script>alert(1)</script>\u202e: no"])
    path = tmp_path / "report.html"

    write_html(path, Outcome(result, NOW, 1.0, "digest", {}))

    text = path.read_text("utf-8")
    assert "<script" not in text
    assert "\u202e" not in text
