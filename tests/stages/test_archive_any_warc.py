"""WARC files of other people: plain, compressed, broken, hostile."""

import gzip
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from fastwarc.stream_io import BrotliWriter, ZstdWriter
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive.coding import decode_body
from crawler.archive.warc import find_cuts, iterate_open, iterate_pages, read_page
from crawler.errors import ArchiveError
from tests.stages.archive_pages import make_page, write_pages


def response(
    body: bytes, *head: str, kind: str = "response", uri: str = "http://outlet.example/", date: str = ""
) -> bytes:
    """An uncompressed record, as any tool might write it."""
    return wrap("\r\n".join(("HTTP/1.1 200 OK", *head, "", "")).encode("latin-1") + body, kind, uri, date)


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def wrap(block: bytes, kind: str = "response", uri: str = "http://outlet.example/", date: str = "") -> bytes:
    lines = (
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:0c0ffee0-0000-4000-8000-000000000000>",
        f"WARC-Target-URI: {uri}",
        f"WARC-Date: {date or '2019-05-01T10:11:12Z'}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block)}",
    )
    return "\r\n".join(("WARC/1.0", *lines, "", "")).encode() + block + b"\r\n\r\n"


def read_bodies(file: Path, **limits: int) -> list[bytes | str]:
    """Bodies, and for what could not be read the line without its file and place."""
    return [
        found.partition(": ")[2] if isinstance(found, str) else found[0].body for found in iterate_pages(file, **limits)
    ]


def save(folder: Path, content: bytes) -> Path:
    file = folder / "theirs.warc"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
def test_pages_of_any_file_are_read_and_can_be_come_back_to(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    file = save(tmp_path, b"".join(pack(response(body)) for body in (b"one", b"two", b"three")))
    found = [pair for pair in iterate_pages(file) if not isinstance(pair, str)]
    assert [page.body for page, _ in found] == [b"one", b"two", b"three"]
    assert found[0][0].requested_url == found[0][0].url == "http://outlet.example/"
    assert [read_page(tmp_path, capture) for _, capture in found] == [page for page, _ in found]


def test_what_warcio_writes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "theirs.warc.gz"
    with file.open("wb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # warcio leaves its temporary files to the collector
        writer = WARCWriter(stream, gzip=True)
        for body in (b"one", b"two"):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
            writer.write_record(
                writer.create_warc_record(
                    "http://outlet.example/a", "response", payload=BytesIO(body), http_headers=head
                )
            )
    assert read_bodies(file) == [b"one", b"two"]


def test_records_that_are_no_pages_are_passed_over(tmp_path: Path) -> None:
    kinds = ("request", "metadata", "revisit", "resource", "response")
    file = save(tmp_path, b"".join(response(kind.encode(), kind=kind) for kind in kinds))
    assert read_bodies(file) == [b"response"]


def test_records_compressed_together_are_read_as_well(tmp_path: Path) -> None:
    file = save(tmp_path, gzip.compress(b"".join(response(body) for body in (b"one", b"two", b"three"))))
    assert read_bodies(file) == [b"one", b"two", b"three"]


LARGE = [Random(number).randbytes(20_000).hex().encode() for number in range(40)]
"""More than anybody reads at once."""


def test_of_a_file_that_is_compressed_as_a_whole_the_last_page_is_read_too(tmp_path: Path) -> None:
    assert read_bodies(save(tmp_path, gzip.compress(b"".join(map(response, LARGE))))) == LARGE


@pytest.mark.parametrize("missing", [3, 9, 60, 500])
@pytest.mark.parametrize("bodies", [LARGE, [body[:100] for body in LARGE]], ids=["large", "small"])
def test_one_that_is_cut_short_is_told_and_read_as_far_as_it_goes(
    tmp_path: Path, missing: int, bodies: list[bytes]
) -> None:
    found = read_bodies(save(tmp_path, gzip.compress(b"".join(map(response, bodies)))[:-missing]))
    pages = [page for page in found if isinstance(page, bytes)]
    assert found[-1] == "broken: cut short"
    assert 0 < len(pages) < len(bodies)
    assert pages == bodies[: len(pages)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
@pytest.mark.parametrize("end", [b"", b"\r\n", b"\n"])
def test_what_is_missing_behind_a_records_content_costs_no_page(
    tmp_path: Path, pack: Callable[[bytes], bytes], end: bytes
) -> None:
    records = [response(body).removesuffix(b"\r\n\r\n") + end for body in (b"one", b"two", b"three")]
    assert read_bodies(save(tmp_path, b"".join(map(pack, records)))) == [b"one", b"two", b"three"]


@pytest.mark.parametrize(
    "kind", ["Application/HTTP; msgtype=response", "application/HTTP", "APPLICATION/HTTP;MSGTYPE=RESPONSE"]
)
def test_a_response_is_known_however_its_type_is_written(tmp_path: Path, kind: str) -> None:
    record = response(b"one").replace(b"application/http; msgtype=response", kind.encode())
    assert read_bodies(save(tmp_path, record)) == [b"one"]


def test_heads_before_the_real_one_are_passed_over(tmp_path: Path) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    lone, upgrade = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x01a"
    file = save(tmp_path, b"".join(map(wrap, (early + HEAD + b"one", lone * 3 + HEAD + b"two", lone, upgrade))))
    pages = [found[0] for found in iterate_pages(file) if not isinstance(found, str)]
    assert [(page.status, page.body) for page in pages] == [
        (200, b"one"),
        (200, b"two"),
        (100, b""),
        (101, b"\x81\x01a"),
    ]


@pytest.mark.parametrize("heads", [("gzip, chunked",), ("GZIP", "Chunked"), ("gzip",)])
@pytest.mark.parametrize("encoded", [False, True])
def test_what_was_compressed_for_the_wire_is_unpacked(tmp_path: Path, heads: tuple[str, ...], *, encoded: bool) -> None:
    body = gzip.compress(gzip.compress(b"<p>one</p>") if encoded else b"<p>one</p>")
    if "chunked" in heads[-1].lower():
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    lines = [f"Transfer-Encoding: {head}" for head in heads] + ["Content-Encoding: gzip"] * encoded
    assert read_bodies(save(tmp_path, response(body, *lines))) == [b"<p>one</p>"]


def test_chunks_are_joined_and_what_only_claims_to_be_in_chunks_is_left(tmp_path: Path) -> None:
    head = "Transfer-Encoding: chunked"
    bodies = [
        b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n",
        b"<p>already joined</p>",
        b"",
        b"ffffffffffffffff\r\nab",
    ]
    file = save(tmp_path, b"".join(response(body, head) for body in bodies))
    assert read_bodies(file) == [b"abcde", *bodies[1:]]


def test_line_ends_folds_and_dates_of_sloppy_writers_are_forgiven(tmp_path: Path) -> None:
    sloppy = response(b"body\r\n\r\nmore", "X-Fold: a", "\tb", date="2019-05-01T10:11:12.123456789Z")
    file = save(tmp_path, sloppy + response(b"two"))
    first, second = (found[0] for found in iterate_pages(file) if not isinstance(found, str))
    assert first.header("x-fold") == "a b"
    assert first.body == b"body\r\n\r\nmore"
    assert first.fetched_at.microsecond == 123456
    assert second.body == b"two"


# ── broken ───────────────────────────────────────────────────────────────────────────────────────


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


ONE, TWO, THREE = (gzip.compress(response(body * 50)) for body in (b"one", b"two", b"three"))
PLAIN_ONE, PLAIN_TWO = response(b"one" * 50), response(b"two" * 50)

BROKEN = {
    "a flipped bit": (ONE + flip(TWO, 100) + THREE, [b"one", "broken", b"three"]),
    "a flipped bit in a checksum": (ONE + flip(TWO, len(TWO) - 6) + THREE, [b"one", "broken", b"three"]),
    "a flipped bit in the last checksum": (ONE + flip(TWO, len(TWO) - 6), [b"one", "broken"]),
    "a flipped bit right behind the body": (ONE + flip(TWO, len(TWO) - 10), [b"one", "broken"]),
    "rubbish between members": (ONE + b"rubbish" * 9 + THREE, [b"one", "broken", b"three"]),
    "zeros between members": (ONE + bytes(5000) + THREE, [b"one", "broken", b"three"]),
    "a member cut short": (ONE + TWO[:120] + THREE, [b"one", "broken", b"three"]),
    "a torn tail": (ONE + TWO[:-20], [b"one", "cut short"]),
    "a broken beginning": (flip(ONE, 60) + TWO, ["broken", b"two"]),
    "rubbish in place of the first marks": (bytes(20) + ONE[20:] + TWO + THREE, ["broken", b"two", b"three"]),
    "rubbish in place of the first words": (
        b"rubbish" + PLAIN_ONE[7:] + response(TWO) + PLAIN_TWO,
        ["broken", TWO, b"two"],
    ),
    "no WARC at all": (b"<html>" * 100, ["broken"]),
    "compressed, and no WARC": (gzip.compress(b"<html>" * 100) + TWO, ["broken", b"two"]),
    "empty": (b"", ["no record"]),
    "blank": (b"\r\n\r\n", ["no record"]),
    "compressed, and empty": (gzip.compress(b""), ["no record"]),
    "plain with rubbish": (PLAIN_ONE + b"rubbish\r\n\r\n" + PLAIN_TWO, [b"one", "broken", b"two"]),
    "plain, torn": (PLAIN_ONE + PLAIN_TWO[:-60], [b"one", "cut short"]),
    "a length that lies": (
        gzip.compress(PLAIN_ONE.replace(b"Length: 169", b"Length: 160")) + TWO,
        [b"one", "broken", b"two"],
    ),
    "headers without end": (
        gzip.compress(b"WARC/1.0\r\n" + b"X: " + b"a" * (2 << 20)) + TWO,
        ["broken", b"two"],
    ),
    "no HTTP in it": (gzip.compress(PLAIN_ONE.replace(b"HTTP/1.1 2", b"ICY/1.1 2")) + TWO, ["not an HTTP", b"two"]),
    "no date": (gzip.compress(PLAIN_ONE.replace(b"2019-", b"when-")) + TWO, ["without a date", b"two"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told_once_and_the_rest_is_read(tmp_path: Path, name: str) -> None:
    content, expected = BROKEN[name]
    found = read_bodies(save(tmp_path, content))
    assert len(found) == len(expected)
    for got, wanted in zip(found, expected, strict=True):
        assert type(got) is type(wanted)
        assert wanted in got  # type: ignore[operator]  # same type, as the line above saw


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
@pytest.mark.parametrize("broken", [False, True])
def test_a_file_is_cut_where_records_begin_and_no_page_is_lost_or_read_twice(
    tmp_path: Path, pack: Callable[[bytes], bytes], *, broken: bool
) -> None:
    """Each page shows the records of another file, which are no records of this one."""
    shown = response(b"shown", uri="http://shown.example/")
    records = [pack(response(b"%d " % number + shown * 3)) for number in range(40)]
    if broken:
        records[20] = records[20][:-60]
    path = save(tmp_path, b"".join(records))
    with path.open("rb") as file:
        cuts = find_cuts(file, len(records[0]) * 3)
        whole = list(iterate_open(file, "x"))
        pieces = [
            found
            for start, end in zip(cuts, [*cuts[1:], None], strict=True)
            for found in iterate_open(file, "x", start=start, end=end)
        ]

    assert len(cuts) > 10
    assert pieces == whole
    assert broken or [found[0].body[:2].strip() for found in whole if not isinstance(found, str)] == [
        b"%d" % number for number in range(40)
    ]


def test_a_file_that_is_compressed_as_a_whole_is_left_whole(tmp_path: Path) -> None:
    path = save(tmp_path, gzip.compress(PLAIN_ONE * 50))
    with path.open("rb") as file:
        assert find_cuts(file, 100) == [0]


@pytest.mark.parametrize(
    "content",
    [b"", b"WARC/1.", PLAIN_ONE, PLAIN_ONE[:-60], b"WARC/1.0\r\n" * 50, b"WARC/1.0\r\nContent-Length: 0\r\n\r\n" * 3],
)
def test_every_cut_lies_before_the_end_and_after_the_last_one(tmp_path: Path, content: bytes) -> None:
    path = save(tmp_path, content)
    with path.open("rb") as file:
        cuts = find_cuts(file, 10)
    assert cuts == sorted(set(cuts))
    assert cuts[-1] < max(1, len(content))


def test_a_line_says_which_file_and_where(tmp_path: Path) -> None:
    [_, line, _] = iterate_pages(save(tmp_path, ONE + flip(TWO, 100) + THREE))
    assert isinstance(line, str)
    assert line.startswith(f"theirs.warc at {len(ONE)}: broken: ")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"gone\.warc: No such file"):
        list(iterate_pages(tmp_path / "gone.warc"))


def test_rubbish_that_begins_like_a_record_at_every_byte_comes_to_an_end(tmp_path: Path) -> None:
    file = save(tmp_path, ONE + b"\x1f\x8b\x08\x00" * 20_000)
    *_, last = read_bodies(file)
    assert last == "too much is broken to go on"


# ── encodings and bombs ──────────────────────────────────────────────────────────────────────────

TEXT = "قاعدة عين الأسد ".encode() * 2000


def pack_with(make_writer: Callable[[BytesIO], ZstdWriter | BrotliWriter], data: bytes) -> bytes:
    out = BytesIO()
    writer = make_writer(out)
    for at in range(0, len(data), 1 << 20):
        writer.write(data[at : at + (1 << 20)])  # it takes no more than 8 MiB at once, without a word
    writer.close()
    return out.getvalue()


def brotli(data: bytes) -> bytes:
    return pack_with(BrotliWriter, data)


def zstd(data: bytes) -> bytes:
    return pack_with(ZstdWriter, data)


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli,
    "zstd": zstd,
    "GZip ": gzip.compress,
    "gzip, br": lambda data: brotli(gzip.compress(data)),
    "identity": bytes,
    "": bytes,
    "something-new": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_is_decoded_as_its_header_says(coding: str) -> None:
    assert decode_body(CODINGS[coding](TEXT), coding, 1 << 20) == TEXT


def test_deflate_without_its_frame_is_understood() -> None:
    assert decode_body(raw_deflate(TEXT), "deflate", 1 << 20) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_a_body_cut_short_gives_what_there_is(coding: str) -> None:
    packed = CODINGS[coding](TEXT + Random(1).randbytes(1 << 20))
    got = decode_body(packed[: len(packed) // 2], coding, 4 << 20)
    assert got.startswith(TEXT[:1000])


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("body", [b"<html>plain after all</html>", b"", b"\x1f", b"\x78\x9c"])
def test_a_body_that_was_never_encoded_is_left_as_it_is(coding: str, body: bytes) -> None:
    assert decode_body(body, coding, 1 << 20) == body


def make_bomb(coding: str, mebibytes: int) -> bytes:
    """As many MiB of zeros, packed."""
    return CODINGS[coding](bytes(mebibytes << 20))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_a_bomb_is_refused(tmp_path: Path, coding: str) -> None:
    bomb = make_page(make_bomb(coding, 64), headers=(("Content-Encoding", coding),))
    file, (capture, _) = write_pages(tmp_path, [bomb, make_page(b"next")])
    with pytest.raises(ArchiveError, match=r"more than 8388608 bytes come out"):
        read_page(tmp_path, capture)
    line, after = iterate_pages(file)
    assert isinstance(line, str)
    assert isinstance(after, tuple)
    assert after[0].body == b"next"


def test_many_encodings_one_inside_the_other_are_refused() -> None:
    with pytest.raises(ArchiveError, match="5 content encodings"):
        decode_body(b"", "gzip, gzip, gzip, gzip, gzip", 1000)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_bombs_need_little_memory_and_time(tmp_path: Path) -> None:
    """128 MiB of zeros in each encoding, and in the member of the file itself, in a process that counts."""
    for number, coding in enumerate(("br", "zstd", "gzip", "gzip, br")):
        (tmp_path / f"{number}").write_bytes(make_bomb(coding, 128))
    (tmp_path / "member.warc.gz").write_bytes(gzip.compress(response(bytes(128 << 20)), 1))
    done = subprocess.run([sys.executable, "-c", MEASURE_BOMBS, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    grown_mib, seconds = map(float, done.stdout.split())
    assert grown_mib < 64
    assert seconds < 5


MEASURE_BOMBS = """
import resource, sys, time
from pathlib import Path
from crawler.archive.coding import decode_body
from crawler.archive.warc import iterate_pages
from crawler.errors import ArchiveError

folder = Path(sys.argv[1])
raws = [(folder / str(n)).read_bytes() for n in range(4)]
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
for raw, coding in zip(raws, ("br", "zstd", "gzip", "gzip, br")):
    try:
        decode_body(raw, coding, 8 << 20)
        sys.exit("not refused: " + coding)
    except ArchiveError:
        pass
[line] = iterate_pages(folder / "member.warc.gz")
assert "a record of" in line, line
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, time.process_time() - began)
"""
