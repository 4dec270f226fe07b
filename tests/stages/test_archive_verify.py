"""Verifying finds what is wrong, and nothing where all is well."""

import gzip
from pathlib import Path

import pytest

from crawler.archive.warc import ArchiveWriter, verify
from tests.stages.archive_pages import is_same_inside, make_page, write_pages
from tests.stages.test_archive_any_warc import flip, response
from tests.stages.test_archive_pages import ODD_PAGES


def test_a_sound_archive_has_no_problems(tmp_path: Path) -> None:
    first, _ = write_pages(tmp_path, list(ODD_PAGES.values()))
    second, _ = write_pages(tmp_path, [make_page(bytes(3 << 20))])
    report = verify(tmp_path)
    pages = len(ODD_PAGES) + 1
    assert report.problems == ()
    assert (report.files, report.pages) == (2, pages)
    assert report.records == 2 + 2 * pages
    assert report.digests == 2 + 3 * pages
    assert report.size == first.stat().st_size + second.stat().st_size


def test_nothing_is_a_sound_archive_and_a_file_being_written_is_not_looked_at(tmp_path: Path) -> None:
    assert verify(tmp_path / "archive").files == 0
    with ArchiveWriter(tmp_path) as writer:
        writer.write(make_page())
        assert verify(tmp_path).files == 0


def test_one_flipped_bit_anywhere_is_found(tmp_path: Path) -> None:
    file, _ = write_pages(tmp_path, [make_page(bytes(range(256)) * 4)] * 2)
    whole = file.read_bytes()
    for at in range(10, len(whole), 61):
        spoilt = flip(whole, at)
        file.write_bytes(spoilt)
        assert verify(tmp_path).problems or is_same_inside(spoilt, whole), at


def test_the_rest_of_a_broken_file_is_verified_too(tmp_path: Path) -> None:
    file, [_, second, _] = write_pages(tmp_path, [make_page(b"text" * 99)] * 3)
    file.write_bytes(flip(file.read_bytes(), second.offset + second.length // 2))
    report = verify(tmp_path)
    assert report.pages == 2
    [problem] = report.problems
    assert problem.startswith(f"{file.name} at {second.offset}: broken")


@pytest.mark.parametrize(
    ("digest", "problem"),
    [
        ("WARC-Payload-Digest: sha256:" + "0" * 64, "its WARC-Payload-Digest differs"),
        ("WARC-Block-Digest: sha1:AAAA", "its WARC-Block-Digest differs"),
        ("WARC-Block-Digest: rot13:x", "a digest that nobody knows, 'rot13'"),
    ],
)
def test_a_digest_that_differs_is_named(tmp_path: Path, digest: str, problem: str) -> None:
    record = response(b"body").replace(b"WARC-Type", digest.encode() + b"\r\nWARC-Type", 1)
    (tmp_path / "theirs.warc.gz").write_bytes(gzip.compress(record))
    assert verify(tmp_path).problems == (f"theirs.warc.gz at 0: {problem}",)


def test_digests_of_other_tools_are_understood(tmp_path: Path) -> None:
    sha1 = b"WARC-Payload-Digest: sha1:AIED6RLZ4CFGCJBFYDA2C7XEPLOXQO4U\r\n"  # of "body", in Base32
    (tmp_path / "theirs.warc.gz").write_bytes(
        gzip.compress(response(b"body").replace(b"WARC-Type", sha1 + b"WARC-Type", 1))
    )
    report = verify(tmp_path)
    assert report.problems == ()
    assert report.digests == 1


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    file, _ = write_pages(tmp_path, [make_page()])
    file.write_bytes(file.read_bytes()[:-5])
    [problem] = verify(tmp_path).problems
    assert "cut short" in problem
