"""A page goes into a WARC file and comes out as it was, for us and for the tools of others."""

import gzip
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import given, settings
from hypothesis import strategies as some
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.warc import ArchiveWriter, iterate_pages, read_page
from crawler.errors import ArchiveError
from crawler.models import Page
from tests.stages.archive_pages import FETCHED, is_same_inside, make_page, write_pages

ODD_PAGES = {
    "plain": make_page(),
    "empty body": make_page(b""),
    "every byte": make_page(bytes(range(256)) * 40),
    "line ends in the body": make_page(b"\r\n\r\nWARC/1.1\r\n\r\n\n\n"),
    "no headers": make_page(headers=()),
    "a header twice": make_page(headers=(("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("Set-Cookie", "a=1"))),
    "bytes that are no ASCII": make_page(headers=(("X-Title", "\xd9\x82\xff\xfe\x80"), ("X-Café", "1"))),
    "blanks around a value": make_page(headers=(("X-Wide", "  two \t"), ("X-Empty", ""), ("X-Colon", "a: b:c"))),
    "a status nobody knows": make_page(status=799),
    "an error page": make_page(b"gone", status=410),
    "not redirected": make_page(url="https://outlet.example/", requested_url="https://outlet.example/"),
    "a port and a query": make_page(url="http://127.0.0.1:8080/?a=b&c=%D9%82#x"),
    "a second without fraction": make_page(fetched_at=FETCHED.replace(microsecond=0)),
    "chunked, it says, and is not": make_page(b"no chunks", headers=(("Transfer-Encoding", "chunked"),)),
    "chunked, it says, and looks it": make_page(b"3\r\nabc\r\n0\r\n\r\n", headers=(("Transfer-Encoding", "chunked"),)),
    "chunked, and begins like a chunk": make_page(b"2026\r\nnews", headers=(("transfer-encoding", "Chunked"),)),
    "chunked and compressed": make_page(
        gzip.compress(b"news"), body=b"news", headers=(("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    ),
    "chunked, and compressed as it says": make_page(
        b"news", headers=(("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    ),
}


@pytest.mark.parametrize("name", ODD_PAGES)
def test_a_page_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    page = ODD_PAGES[name]
    _, [capture] = write_pages(tmp_path, [page])
    assert read_page(tmp_path, capture) == page


def test_pages_come_back_in_order_with_their_places(tmp_path: Path) -> None:
    pages = list(ODD_PAGES.values())
    file, captures = write_pages(tmp_path, pages)
    found = list(iterate_pages(file))
    assert [page for page, _ in found] == pages
    assert [replace(capture, length=0) for _, capture in found] == [replace(capture, length=0) for capture in captures]
    assert [read_page(tmp_path, capture) for _, capture in found] == pages


def test_a_page_far_larger_than_any_buffer_comes_back(tmp_path: Path) -> None:
    page = make_page(Random(1).randbytes(20 << 20) + bytes(20 << 20))
    _, [capture] = write_pages(tmp_path, [page])
    assert read_page(tmp_path, capture, max_body_bytes=64 << 20).raw == page.raw


header_names = some.text(some.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1)
header_values = some.text(some.characters(max_codepoint=255, exclude_characters="\r\n"))


@settings(max_examples=60, deadline=None)
@given(raw=some.binary(max_size=3000), headers=some.lists(some.tuples(header_names, header_values), max_size=8))
def test_any_bytes_and_headers_come_back(raw: bytes, headers: list[tuple[str, str]]) -> None:
    coded = {"content-encoding"}
    page = make_page(raw, headers=tuple((name, value) for name, value in headers if name.lower() not in coded))
    with tempfile.TemporaryDirectory() as folder:
        _, [capture] = write_pages(Path(folder), [page])
        assert read_page(Path(folder), capture) == page


@pytest.mark.parametrize(
    ("given_header", "kept"),
    [
        (("X-A", "one\r\nX-Evil: two"), ("X-A", "one  X-Evil: two")),
        (("X:Evil\n", "v"), ("X_Evil_", "v")),
        (("X-Utf", "قاعدة"), ("X-Utf", "قاعدة".encode().decode("latin-1"))),
        (("X-Half", "a\udcff"), ("X-Half", "a\xff")),
        (("X-Lone", "a\ud800"), ("X-Lone", "a?")),
    ],
)
def test_a_header_can_end_no_line_and_lose_no_record(
    tmp_path: Path, given_header: tuple[str, str], kept: tuple[str, str]
) -> None:
    _, [capture] = write_pages(tmp_path, [make_page(headers=(given_header,))])
    assert read_page(tmp_path, capture).headers == (kept,)


@pytest.mark.parametrize(
    "url",
    ["http://a/\r\nWARC-Type: x", "http://a/ب c", "http://[::1", "http:", "http://\ud800", "http://a/" + "x" * 60_000],
)
def test_a_hostile_address_can_end_no_line_and_lose_no_record(tmp_path: Path, url: str) -> None:
    file, [capture] = write_pages(tmp_path, [make_page(url=url, requested_url=url)])
    page = read_page(tmp_path, capture)
    assert page.url.isascii()
    assert page.url.isprintable()
    assert len(list(iterate_pages(file))) == 1
    assert_others_accept(file)


@pytest.mark.parametrize(
    "page",
    [
        make_page(url="http://a/" + "x" * 200_000, requested_url="http://a/" + "x" * 200_000),
        make_page(headers=(("X-Long", "x" * 300_000),)),
    ],
    ids=["address", "header"],
)
def test_a_head_that_could_not_be_read_back_is_refused_and_leaves_nothing_behind(tmp_path: Path, page: Page) -> None:
    with ArchiveWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="cannot be read back"):
            writer.write(page)
        capture = writer.write(make_page())
    assert [found for found, _ in iterate_pages(tmp_path / capture.file)] == [make_page()]


def test_a_password_in_an_address_is_not_sent_to_the_request_record(tmp_path: Path) -> None:
    file, _ = write_pages(tmp_path, [make_page(requested_url="https://user:secret@outlet.example/a")])
    requests = [r.content_stream().read() for r in read_records(file) if r.rec_type == "request"]
    assert requests == [b""]
    assert b"Host: outlet.example\r\n" in gzip.decompress(file.read_bytes())


# ── the tools of others ──────────────────────────────────────────────────────────────────────────


def test_gzip_and_warcio_accept_our_files(tmp_path: Path) -> None:
    file, _ = write_pages(tmp_path, list(ODD_PAGES.values()))
    assert_others_accept(file)


def test_others_read_every_body_as_it_came_whatever_its_headers_say(tmp_path: Path) -> None:
    """What came in chunks is kept as one body, and whoever reads on in chunks leaves a line of it out."""
    pages = list(ODD_PAGES.values())
    file, _ = write_pages(tmp_path, pages)
    with file.open("rb") as stream:
        by_warcio = [each.content_stream().read() for each in ArchiveIterator(stream) if each.rec_type == "response"]
    assert by_warcio == [page.body for page in pages]
    with file.open("rb") as stream:
        responses = FastIterator(stream, record_types=WarcRecordType.response, auto_decode="transfer")
        by_fastwarc = [each.reader.read() for each in responses]
    assert by_fastwarc == [page.raw for page in pages]


def test_warcio_reads_what_we_wrote(tmp_path: Path) -> None:
    page = make_page(headers=(("Content-Type", "text/html"), ("X-Title", "\xd9\x82")))
    file, _ = write_pages(tmp_path, [page])
    info, response, request = read_records(file)
    assert info.rec_type == "warcinfo"
    assert info.rec_headers.get_header("WARC-Filename") == file.name
    assert response.rec_headers.protocol == "WARC/1.1"
    assert response.rec_headers.get_header("WARC-Target-URI") == page.url
    assert response.rec_headers.get_header("WARC-Date") == "2026-07-29T12:30:15.123456Z"
    assert response.http_headers.get_statuscode() == "200"
    assert request.rec_headers.get_header("WARC-Target-URI") == page.requested_url
    assert request.rec_headers.get_header("WARC-Concurrent-To") == response.rec_headers.get_header("WARC-Record-ID")


def read_records(file: Path) -> list:  # type: ignore[type-arg]  # warcio has no types
    with file.open("rb") as stream:
        records = []
        for record in ArchiveIterator(stream):
            record.content_stream()
            records.append(record)
        return records


def assert_others_accept(file: Path) -> None:
    warcio = Path(sys.executable).with_name("warcio")
    checked = subprocess.run([warcio, "check", "-v", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "digest failed" not in checked.stdout
    assert "no digest to check" not in checked.stdout
    assert subprocess.run([shutil.which("gzip") or "gzip", "-t", file], check=False).returncode == 0


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_made_before_the_first_page(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "archive"):
        assert not (tmp_path / "archive").exists()


def test_a_file_is_called_open_while_it_is_written_and_can_be_read_all_along(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path) as writer:
        capture = writer.write(make_page())
        assert [path.name for path in tmp_path.iterdir()] == [f"{capture.file}.open"]
        assert read_page(tmp_path, capture) == make_page()
    assert [path.name for path in tmp_path.iterdir()] == [capture.file]
    assert read_page(tmp_path, capture) == make_page()


def test_only_its_owner_may_look(tmp_path: Path) -> None:
    file, _ = write_pages(tmp_path / "archive", [make_page()])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_name_says_when_and_nothing_of_the_page(tmp_path: Path) -> None:
    now = datetime(2026, 7, 29, 1, 2, 3, tzinfo=UTC)
    with ArchiveWriter(tmp_path, now=lambda: now) as writer:
        name = writer.write(make_page(url="https://outlet.example/../../etc/passwd")).file
    stem, process, chance = name.removesuffix(".warc.gz").split("-")
    assert stem == "20260729T010203Z"
    assert process.isdigit()
    assert len(chance) == 8


def test_two_writers_and_two_starts_never_share_a_file(tmp_path: Path) -> None:
    now = datetime(2026, 7, 29, tzinfo=UTC)
    names = set()
    for _ in range(3):
        with ArchiveWriter(tmp_path, now=lambda: now) as one, ArchiveWriter(tmp_path, now=lambda: now) as other:
            names |= {one.write(make_page()).file, other.write(make_page()).file}
    assert len(names) == 6


def test_a_full_file_and_a_new_day_begin_another(tmp_path: Path) -> None:
    clock = [datetime(2026, 7, 29, 23, 59, tzinfo=UTC)]
    with ArchiveWriter(tmp_path, max_bytes=3000, now=lambda: clock[0]) as writer:
        captures = [writer.write(make_page()) for _ in range(12)]
        by_size = {capture.file for capture in captures}
        clock[0] += timedelta(minutes=2)
        tomorrow = writer.write(make_page()).file
    assert len(by_size) == 3
    assert tomorrow not in by_size
    assert all((tmp_path / name).stat().st_size < 4000 for name in by_size)
    for file in tmp_path.iterdir():
        assert_others_accept(file)


def test_a_full_disk_is_told_and_leaves_no_torn_record(tmp_path: Path) -> None:
    script = tmp_path / "fill.py"
    script.write_text(FILL_DISK)
    done = subprocess.run([sys.executable, script, tmp_path / "archive"], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["ArchiveError", "written"], done.stderr
    [file] = (tmp_path / "archive").iterdir()
    assert_others_accept(file)
    assert len(list(iterate_pages(file))) == 2


FILL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.archive.warc import ArchiveWriter
from crawler.errors import ArchiveError
from crawler.models import Page

def page(size):
    import random
    raw = random.Random(1).randbytes(size)
    return Page("http://a/", "http://a/", 200, (), raw, raw, datetime.now(UTC))

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
with ArchiveWriter(Path(sys.argv[1])) as writer:
    writer.write(page(1000))
    try:
        writer.write(page(100_000))
    except ArchiveError:
        print("ArchiveError")
    writer.write(page(1000))
    print("written")
"""


# ── what cannot be read ──────────────────────────────────────────────────────────────────────────


def test_one_flipped_bit_anywhere_in_a_record_is_found(tmp_path: Path) -> None:
    file, [_, capture, _] = write_pages(tmp_path, [make_page(bytes(range(256)) * 4)] * 3)
    whole = file.read_bytes()
    member = whole[capture.offset : capture.offset + capture.length]
    places = {*range(10, capture.length, 7), *range(capture.length - 8, capture.length)}
    for at in places:  # the last eight bytes are checksum and size
        spoilt = bytearray(member)
        spoilt[at] ^= 1 << at % 8
        if is_same_inside(bytes(spoilt), member):
            continue
        file.write_bytes(whole.replace(member, spoilt))
        with pytest.raises(ArchiveError, match=file.name):
            read_page(tmp_path, capture)


def test_a_page_whose_file_is_gone_is_told_in_words(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path) as writer:
        capture = writer.write(make_page(b"one"))
    (tmp_path / capture.file).unlink()
    with pytest.raises(
        ArchiveError, match=rf"^{capture.file} at {capture.offset}: there is no such file in the archive$"
    ):
        read_page(tmp_path, capture)


def test_another_body_under_the_same_place_is_found_by_its_digest(tmp_path: Path) -> None:
    _, [capture] = write_pages(tmp_path, [make_page()])
    with pytest.raises(ArchiveError, match="digest differs"):
        read_page(tmp_path, replace(capture, digest="sha256:" + "0" * 64))


@pytest.mark.parametrize(
    "wrong", [{"offset": 5}, {"offset": 10**9}, {"length": 20}, {"length": 0}, {"file": "gone.warc.gz"}, {"offset": -1}]
)
def test_a_place_that_holds_no_record_is_told(tmp_path: Path, wrong: dict[str, object]) -> None:
    _, [capture] = write_pages(tmp_path, [make_page()])
    with pytest.raises(ArchiveError):
        read_page(tmp_path, replace(capture, **wrong))  # type: ignore[arg-type]  # fields of its own


@pytest.mark.parametrize("name", ["../secret.warc.gz", "/etc/passwd", "a/b.warc.gz", "..", ""])
def test_no_name_leads_out_of_the_archive(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "archive"
    file, [capture] = write_pages(folder, [make_page()])
    file.rename(tmp_path / "secret.warc.gz")
    with pytest.raises(ArchiveError):
        read_page(folder, replace(capture, file=name))


def test_a_page_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    file, [capture] = write_pages(tmp_path, [make_page(b"x" * 5000)])
    with pytest.raises(ArchiveError, match="5000 bytes"):
        read_page(tmp_path, capture, max_body_bytes=4000)
    [line] = iterate_pages(file, max_body_bytes=4000)
    assert isinstance(line, str)
    assert "5000 bytes" in line


def test_a_rendered_page_is_kept_beside_what_came_and_read_back_as_rendered(tmp_path: Path) -> None:
    came = make_page(b"<p>Please enable JavaScript.</p>")
    dom = b"<p>Text</p>"
    made = replace(came, headers=(("Content-Type", "text/html"),), raw=dom, body=dom, original=came)
    with ArchiveWriter(tmp_path) as writer:
        capture = writer.write(made)
        plain = writer.write(came)
    assert (capture.rendered, plain.rendered) == (True, False)
    assert read_page(tmp_path, capture) == replace(made, original=None)
    assert read_page(tmp_path, plain) == came
    with (tmp_path / capture.file).open("rb") as file:
        records = [(record.rec_type, record.rec_headers) for record in ArchiveIterator(file)]
    kinds = [kind for kind, _ in records]
    assert kinds == ["warcinfo", "response", "request", "conversion", "response", "request"]
    assert records[3][1].get_header("WARC-Refers-To") == records[1][1].get_header("WARC-Record-ID")
