"""What a killed process leaves behind: every complete record is kept, and nobody's living file is touched."""

import gzip
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.archive.warc import ArchiveWriter, iterate_pages, read_page, salvage
from crawler.models import Capture
from tests.stages.archive_pages import FETCHED, make_page, write_pages
from tests.stages.test_archive_pages import assert_others_accept

WRITER = """
import random, sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.archive.warc import ArchiveWriter
from crawler.models import Page

chance = random.Random(int(sys.argv[2]))
with ArchiveWriter(Path(sys.argv[1]), max_bytes=300_000) as writer:
    while True:
        raw = chance.randbytes(chance.randrange(60_000)) + bytes(chance.randrange(60_000))
        capture = writer.write(Page("http://a/", "http://a/", 200, (), raw, raw, datetime.now(UTC)))
        sys.stdout.write(f"{capture.file} {capture.offset} {capture.length} {capture.digest}\\n")
        sys.stdout.flush()
"""


SALVAGER = """
import sys
from pathlib import Path
from crawler.archive.warc import salvage
print(len(salvage(Path(sys.argv[1]))))
"""


@pytest.mark.parametrize("number", range(int(os.environ.get("BASEWATCH_KILLS", "5"))))
def test_after_kill_9_every_page_that_was_written_can_be_read(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-c", WRITER, tmp_path, str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        first = writer.stdout.readline()
        time.sleep(random.uniform(0, 0.1))  # wherever it hits
        writer.kill()
        written = (first + writer.stdout.read()).splitlines()
    salvage(tmp_path)
    assert not list(tmp_path.glob("*.open"))
    for line in written:
        if line.count(" ") == 3 and len(line.split()[3]) == 71:  # the last line may be torn as well
            file, offset, length, digest = line.split()
            capture = Capture(file, int(offset), int(length), digest, "", 200, FETCHED)
            assert read_page(tmp_path, capture).raw is not None
    for path in tmp_path.glob("*.warc.gz"):
        assert_others_accept(path)
        assert not [found for found in iterate_pages(path) if isinstance(found, str)]


def leave_open(folder: Path, content: bytes) -> Path:
    """A file as a killed writer leaves it."""
    path = folder / "20260729T000000Z-1-00000000.warc.gz.open"
    path.write_bytes(content)
    return path


def written(folder: Path, bodies: list[bytes]) -> tuple[bytes, list[Capture]]:
    """Content of a file with these bodies, and where they lie in it."""
    file, captures = write_pages(folder / "elsewhere", [make_page(body) for body in bodies])
    return file.read_bytes(), captures


def bodies_in(path: Path) -> list[object]:
    return [found if isinstance(found, str) else found[0].body for found in iterate_pages(path)]


def test_a_file_is_cut_at_every_possible_place_to_its_complete_records(tmp_path: Path) -> None:
    content, captures = written(tmp_path, [b"one", b"two"])
    ends = [capture.offset + capture.length for capture in captures]
    for length in sorted({*range(captures[0].offset, len(content), 9), *ends, *(end - 1 for end in ends)}):
        leave_open(tmp_path, content[:length])
        [path] = salvage(tmp_path)
        expected = [body for body, end in zip((b"one", b"two"), ends, strict=True) if length >= end]
        assert bodies_in(path) == expected
        assert path.stat().st_size in {*ends, captures[0].offset, captures[1].offset}


def test_what_is_cut_is_kept_beside(tmp_path: Path) -> None:
    content, captures = written(tmp_path, [b"one", b"two"])
    cut = captures[1].offset + captures[1].length - 4
    leave_open(tmp_path, content[:cut])
    [path] = salvage(tmp_path)
    [torn] = tmp_path.glob("*.torn")
    assert path.read_bytes() + torn.read_bytes() == content[:cut]
    assert torn.stat().st_mode & 0o077 == 0


def test_a_whole_file_only_loses_its_ending(tmp_path: Path) -> None:
    content, _ = written(tmp_path, [b"one", b"two"])
    leave_open(tmp_path, content)
    [path] = salvage(tmp_path)
    assert path.name == "20260729T000000Z-1-00000000.warc.gz"
    assert path.read_bytes() == content
    assert not list(tmp_path.glob("*.torn"))


def test_zeros_that_a_power_failure_leaves_are_cut(tmp_path: Path) -> None:
    content, _ = written(tmp_path, [b"one", b"two"])
    leave_open(tmp_path, content + bytes(70_000))
    [path] = salvage(tmp_path)
    assert bodies_in(path) == [b"one", b"two"]
    assert_others_accept(path)


def test_a_member_that_is_no_record_is_cut(tmp_path: Path) -> None:
    content, _ = written(tmp_path, [b"one"])
    leave_open(tmp_path, content + gzip.compress(b"no record"))
    [path] = salvage(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"rubbish"])
def test_a_file_without_a_record_goes(tmp_path: Path, content: bytes) -> None:
    leave_open(tmp_path, content)
    assert salvage(tmp_path) == []
    assert not list(tmp_path.glob("*.open"))
    assert [torn.read_bytes() for torn in tmp_path.glob("*.torn")] == ([content] if content else [])


def test_a_file_whose_writer_lives_is_left_alone(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path) as writer:
        capture = writer.write(make_page(b"one"))
        assert salvage(tmp_path) == []
        writer.write(make_page(b"two"))
    assert bodies_in(tmp_path / capture.file) == [b"one", b"two"]


def test_a_new_start_writes_another_file_before_and_after_salvage(tmp_path: Path) -> None:
    content, captures = written(tmp_path, [b"one"])
    left = leave_open(tmp_path, content[:-5])
    with ArchiveWriter(tmp_path) as writer:
        fresh = writer.write(make_page(b"new"))
        assert left.read_bytes() == content[:-5]
        [path] = salvage(tmp_path)
    assert bodies_in(path) == [b"one"]
    assert bodies_in(tmp_path / fresh.file) == [b"new"]
    assert captures[0].offset < path.stat().st_size


def test_two_salvagers_do_not_disturb_each_other(tmp_path: Path) -> None:
    content, _ = written(tmp_path, [b"one" * 10_000] * 50)
    leave_open(tmp_path, content[:-5])
    command = [sys.executable, "-c", SALVAGER, tmp_path]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for _ in range(2)]
    assert sorted(int(process.communicate()[0]) for process in both) == [0, 1]
    assert [process.returncode for process in both] == [0, 0]
    assert len(bodies_in(next(tmp_path.glob("*.warc.gz")))) == 50


def test_there_may_be_no_archive_yet(tmp_path: Path) -> None:
    assert salvage(tmp_path / "archive") == []
