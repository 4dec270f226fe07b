"""A body that did not change is kept once and read from wherever it is named; who asked stands beside it."""

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from crawler.archive.warc import ArchiveWriter, iterate_pages, read_page, verify
from crawler.errors import ArchiveError
from crawler.models import Capture, Origin, Page
from tests.stages.archive_pages import FETCHED, make_page
from tests.stages.test_archive_pages import assert_others_accept, read_records

BODY = Random(1).randbytes(5000)


def make_visits() -> list[Page]:
    """Three visits to one page, the body of the second as before under other headers, and one to another."""
    first = make_page(BODY)
    again = replace(first, headers=(("X-Visit", "2"),), fetched_at=FETCHED + timedelta(hours=1))
    changed = replace(first, raw=BODY + b"!", body=BODY + b"!", fetched_at=FETCHED + timedelta(hours=2))
    return [
        first,
        again,
        changed,
        replace(changed, fetched_at=FETCHED + timedelta(hours=3)),
        make_page(BODY, url="http://a/"),
    ]


def write_visits(folder: Path, pages: list[Page]) -> list[Capture]:
    with ArchiveWriter(folder) as writer:
        return [writer.write(page, Origin("wire-feed", "wire", number)) for number, page in enumerate(pages)]


def test_a_body_as_before_is_written_once_and_read_back_each_time(tmp_path: Path) -> None:
    pages = make_visits()
    captures = write_visits(tmp_path, pages)
    [file] = tmp_path.iterdir()
    kinds = [record.rec_type for record in read_records(file) if record.rec_type not in {"request", "metadata"}]
    assert kinds == ["warcinfo", "response", "revisit", "response", "revisit", "response"]
    assert [read_page(tmp_path, capture) for capture in captures] == pages
    assert captures[1].length < captures[0].length / 4
    found = list(iterate_pages(file))
    assert [page for page, _ in found] == pages
    assert [each.digest for _, each in found] == [each.digest for each in captures]


def test_others_accept_a_file_with_revisits(tmp_path: Path) -> None:
    write_visits(tmp_path, make_visits())
    [file] = tmp_path.iterdir()
    assert_others_accept(file)
    report = verify(tmp_path)
    assert (report.problems, report.pages) == ((), 5)


def test_a_revisit_says_what_it_repeats(tmp_path: Path) -> None:
    write_visits(tmp_path, make_visits()[:2])
    [file] = tmp_path.iterdir()
    response, revisit = (each.rec_headers for each in read_records(file) if each.rec_type in {"response", "revisit"})
    assert revisit.get_header("WARC-Profile").endswith("/warc/1.1/revisit/identical-payload-digest")
    assert revisit.get_header("WARC-Refers-To") == response.get_header("WARC-Record-ID")
    assert revisit.get_header("WARC-Refers-To-Target-URI") == response.get_header("WARC-Target-URI")
    assert revisit.get_header("WARC-Refers-To-Date") == response.get_header("WARC-Date")
    assert revisit.get_header("WARC-Payload-Digest") == response.get_header("WARC-Payload-Digest")


def test_no_file_needs_another(tmp_path: Path) -> None:
    page = make_page(BODY)
    one, other = write_visits(tmp_path, [page])[0], write_visits(tmp_path, [page])[0]
    (tmp_path / one.file).unlink()
    assert read_page(tmp_path, other) == page


def test_small_bodies_and_what_a_browser_made_are_written_as_they_are(tmp_path: Path) -> None:
    small, came = make_page(b"gone", status=410), make_page(BODY)
    made = replace(came, raw=BODY + b"made", body=BODY + b"made", original=came)
    captures = write_visits(tmp_path, [small, small, came, made, made])
    [file] = tmp_path.iterdir()
    assert "revisit" not in {record.rec_type for record in read_records(file)}
    assert [read_page(tmp_path, each) for each in captures[2:]] == [came, *[replace(made, original=None)] * 2]


def test_who_asked_for_a_page_stands_beside_it(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path) as writer:
        writer.write(make_page(), Origin("wire-feed", "wire", 7))
        writer.write(make_page(), Origin("wire-feed", "wire"))
    [file] = tmp_path.iterdir()
    assert_others_accept(file)
    metadata = [record for record in read_records(file) if record.rec_type == "metadata"]
    raw = gzip.decompress(file.read_bytes())
    assert raw.count(b"source: wire-feed\r\noutlet: wire\r\nlink: 7\r\n") == 1
    assert raw.count(b"source: wire-feed\r\noutlet: wire\r\n\r\n") == 1
    response = next(record for record in read_records(file) if record.rec_type == "response")
    assert metadata[0].rec_headers.get_header("WARC-Concurrent-To") == response.rec_headers.get_header("WARC-Record-ID")


@pytest.mark.parametrize(
    "place", ["Basewatch-Refers-To-Offset: 1", "Basewatch-Refers-To-Offset: 0", "Basewatch-Refers-To-Offset: x"]
)
def test_a_revisit_of_what_is_not_there_is_a_problem_and_no_more(tmp_path: Path, place: str) -> None:
    captures = write_visits(tmp_path, make_visits())
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    cut = slice(captures[1].offset, captures[1].offset + captures[1].length)
    right = f"Basewatch-Refers-To-Offset: {captures[0].offset}".encode()
    member = gzip.decompress(whole[cut])
    assert right in member
    spoilt = gzip.compress(member.replace(right, place.encode()))
    file.write_bytes(whole[: cut.start] + spoilt + whole[cut.stop :])
    with pytest.raises(ArchiveError):
        read_page(tmp_path, replace(captures[1], length=len(spoilt)))
    found = list(iterate_pages(file))
    assert [isinstance(each, str) for each in found].count(True) >= 1
    assert sum(not isinstance(each, str) for each in found) >= 3
    assert verify(tmp_path).problems
