"""Many pages to JSON lines: in order, with an error where one fails."""

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.archive.warc import ArchiveWriter
from crawler.extract.bulk import extract_paths
from crawler.models import Page
from crawler.workers import WorkerPool
from settings.model import ResidueRule
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
PROMO = "Our weekly letter brings you the militias, the money and the men behind them, every Friday in your inbox."


def make_page(subject: str) -> bytes:
    text = "".join(
        f"<p>The {subject} was the talk of the town on day {day}, and nobody was glad.</p>" for day in range(4)
    )
    box = f'<div class="promo"><p>{PROMO}</p></div>'
    end = f"That is all on the {subject} for now, the editors said."
    page = f'<article><h1>News of the {subject}</h1><div class="text">{text}{box}<p>{end}</p></div></article>'
    return f"<!doctype html><html><head><title>{subject}</title></head><body>{page}</body></html>".encode()


@pytest.fixture
async def pool(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WorkerPool]:
    """Workers look for modules where their parent does, and pytest leaves the root out."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    pool = WorkerPool(2, memory_mb=512)
    yield pool
    pool.close()
    await asyncio.sleep(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.html").write_bytes(make_page("harvest"))
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(make_page("museum")))
    (tmp_path / "c.gz").write_bytes(b"\x1f\x8b broken")
    (tmp_path / "d.txt").write_text("Drones fall near Harir\n\nTwo drones fell near Harir.\n", encoding="utf-8")
    (tmp_path / "e.html").write_bytes(b"")
    (tmp_path / "f.html").write_bytes(make_page("railway"))
    (tmp_path / "g.css").write_bytes(b"p { color: red }")
    (tmp_path / ".hidden").write_bytes(b"no")
    return tmp_path


async def test_pages_of_an_archive_are_read_as_the_crawl_read_them(tmp_path: Path, pool: WorkerPool) -> None:
    text = "قال مصدر أمني إن طائرتين مسيرتين سقطتا قرب القاعدة مساء الثلاثاء دون أن تقع أي إصابات بين الجنود هناك."
    body = f"<html><body><article><h1>خبر</h1><p>21 August 2024, 16:00</p><p>{text}</p><p>{text[:60]}</p></article>"
    content = body.encode("cp1256")
    headers = (("Content-Type", "text/html; charset=windows-1256"),)
    page = Page("https://a.example/1", "https://a.example/1", 200, headers, content, content, datetime.now(UTC))
    missing = replace(page, url="https://a.example/2", requested_url="https://a.example/2", status=404)
    with closing(ArchiveWriter(tmp_path)) as archive:
        archive.write(page)
        archive.write(missing)
    lines = extract_paths([tmp_path], RESIDUE, pool, workers=1, timeout_s=20, outlet="a", timezone="Asia/Baghdad")
    row, other = [json.loads(line) async for line in lines]
    assert (other["file"].rpartition("#")[2], other["error"]) == (missing.url, "no page: the server answered 404")
    assert row["file"].endswith("#https://a.example/1")
    assert text in row["text"]
    assert (row["published"], row["published_certainty"]) == ("2024-08-21T13:00:00+00:00", "printed")
    assert row["direction"] == "rtl"


async def read_lines(paths: list[Path], pool: WorkerPool, outlet: str = "") -> list[dict[str, object]]:
    lines = extract_paths(paths, RESIDUE, pool, workers=2, timeout_s=20, outlet=outlet)
    return [json.loads(line) async for line in lines]


async def test_every_input_is_a_line_in_order_and_a_failure_is_one_too(folder: Path, pool: WorkerPool) -> None:
    rows = await read_lines([folder / "f.html", folder], pool)
    assert [Path(str(row["file"])).name for row in rows] == [
        "f.html", "a.html", "b.html.gz", "c.gz", "d.txt", "e.html", "f.html", "g.css",
    ]  # fmt: skip
    assert [("error" in row) for row in rows] == [False, False, False, True, False, True, False, True]
    assert rows[3]["text"] == rows[5]["text"] == ""
    assert rows[4]["text"] == "Two drones fell near Harir."
    assert rows[4]["title"] == "Drones fall near Harir"
    assert {"title", "text", "published", "language", "zones", "removed"} <= rows[0].keys()


async def test_with_an_outlet_its_furniture_is_learned_from_the_pages_and_cut(folder: Path, pool: WorkerPool) -> None:
    pages = [folder / name for name in ("a.html", "b.html.gz", "f.html")]
    assert all(PROMO in str(row["text"]) for row in await read_lines(pages, pool))
    rows = await read_lines(pages, pool, outlet="example")
    assert not any(PROMO in str(row["text"]) for row in rows)
    assert all(PROMO in json.dumps(row["removed"]) for row in rows)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS enforces no limit of memory")
async def test_a_page_that_overfeeds_its_worker_is_a_line_and_the_next_page_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    wide = b"<p>" + "\N{GRINNING FACE}".encode() + b"a quiet day " * 2_500_000  # one such sign, and each takes 4 bytes
    (tmp_path / "a.html").write_bytes(make_page("harvest"))
    (tmp_path / "b.html").write_bytes(wide)
    (tmp_path / "c.html").write_bytes(make_page("museum"))
    pool = WorkerPool(1, memory_mb=96)
    try:
        lines = extract_paths([tmp_path], RESIDUE, pool, workers=1, timeout_s=60)
        rows = [json.loads(line) async for line in lines]
    finally:
        pool.close()
        await asyncio.sleep(0)
    assert [row.get("error", "") for row in rows] == ["", "ran out of memory", ""]
    assert "museum" in rows[2]["text"]


async def test_a_page_that_hangs_is_a_line_and_the_next_page_is_read(tmp_path: Path, pool: WorkerPool) -> None:
    runaway = ResidueRule(name="runaway", reason="a test", line="(a+)+b", cuts=("aab",))
    (tmp_path / "a.html").write_bytes(make_page("harvest"))
    (tmp_path / "c.html").write_bytes(make_page("museum"))
    (tmp_path / "b.html").write_text(f"<html><body><p>One line.</p><p>{'a' * 64}</p></body></html>", encoding="utf-8")
    lines = extract_paths([tmp_path], (runaway,), pool, workers=2, timeout_s=3)
    rows = [json.loads(line) async for line in lines]
    assert [row.get("error", "") for row in rows] == ["", "hung for more than 3 s", ""]
    assert "museum" in rows[2]["text"]
