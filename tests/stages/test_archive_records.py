"""Records are read as FastWARC and warcio read them, however they are written; what is damaged hides nothing else."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from fastwarc.warc import ArchiveIterator as FastwarcIterator
from hypothesis import example, given, settings
from hypothesis import strategies as st
from isal import isal_zlib
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from crawler.archive import unpack
from crawler.archive.members import find_end, measure_member
from crawler.archive.record import Fields, parse_head
from crawler.archive.records import walk_records
from crawler.archive.warc import iterate_open, iterate_pages, read_page
from crawler.errors import ArchiveError

Found = tuple[int, str, bytes]
"""Of a record: where it begins, its type, its content."""


@dataclass(frozen=True)
class Written:
    """A record as some tool might write it."""

    kind: str
    content: bytes
    line_end: bytes = b"\r\n"
    version: bytes = b"WARC/1.0"
    length: bytes = b"Content-Length: %d"
    more: bytes = b""

    def write(self) -> bytes:
        lines = (
            self.version,
            b"WARC-Type: " + self.kind.encode(),
            b"WARC-Target-URI: http://outlet.example/",
            b"WARC-Date: 2019-05-01T10:11:12Z",
            *([self.more] if self.more else []),
            b"Content-Type: application/http; msgtype=response",
            self.length % len(self.content),
            b"",
            b"",
        )
        return self.line_end.join(lines) + self.content + b"\r\n\r\n"


def make_content(size: int, seed: int, *, dense: bool) -> bytes:
    """Some HTTP response; dense is what gzip cannot make smaller."""
    chance = Random(seed)
    body = chance.randbytes(size) if dense else (b"<p>%d</p>" % seed) * (size // 8)
    return b"HTTP/1.1 200 OK\r\nX-Seed: %d\r\n\r\n" % seed + body


WRITTEN = st.builds(
    Written,
    st.sampled_from(["response", "request", "metadata", "warcinfo", "resource", "conversion"]),
    st.builds(
        make_content,
        st.sampled_from([0, 1, 500, 8000, 70_000, 300_000]),
        st.integers(0, 999),
        dense=st.booleans(),
    ),
    st.sampled_from([b"\r\n", b"\n"]),
    st.sampled_from([b"WARC/1.0", b"WARC/1.1", b"WARC/0.18"]),
    st.sampled_from([b"Content-Length: %d", b"Content-Length:%d", b"Content-Length: %d "]),
    st.sampled_from([b"", b"X-Folded: a\r\n  b", b"X-Name: \xd9\x82\xff", b"no colon", b"X-Long: " + b"a" * 20_000]),
)


def pack_by_zlib(level: int) -> Callable[[bytes], bytes]:
    return lambda content: gzip.compress(content, level)


def pack_with_name(content: bytes) -> bytes:
    out = BytesIO()
    with gzip.GzipFile("a name", "wb", 6, out, 0) as file:
        file.write(content)
    return out.getvalue()


def pack_with_extra(content: bytes) -> bytes:
    """As wget has it: the member's length in a field of gzip's own head."""
    member = bytearray(gzip.compress(content, 6))
    member[3] |= 4
    return bytes(member[:10] + b"\x0c\x00sl\x08\x00" + len(member).to_bytes(8, "little") + member[10:])


def pack_in_blocks(content: bytes) -> bytes:
    """With an empty block after each kilobyte, as who flushes often makes them."""
    stream = zlib.compressobj(6, wbits=31)
    parts = [
        stream.compress(content[at : at + 1024]) + stream.flush(zlib.Z_SYNC_FLUSH)
        for at in range(0, len(content), 1024)
    ]
    return b"".join(parts) + stream.flush()


def pack_by_isal(content: bytes) -> bytes:
    return bytes(isal_zlib.compress(content, 3, 31))


PACKERS = [
    *map(pack_by_zlib, (0, 1, 6, 9)),
    pack_with_name,
    pack_with_extra,
    pack_in_blocks,
    pack_by_isal,
]


def read_ours(content: bytes) -> tuple[list[Found], list[str]]:
    """Records, and what is told of those that are broken."""
    records, problems = [], []
    for start, found in walk_records(BytesIO(content)):
        if isinstance(found, str):
            problems.append(found)
        else:
            records.append((start, found.kind, found.read()))
    return records, problems


def read_by_fastwarc(content: bytes) -> list[tuple[str, bytes]]:
    records = FastwarcIterator(BytesIO(content), parse_http=False)
    return [(record.headers.get("WARC-Type") or "", record.reader.read()) for record in records]


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=6), st.sampled_from(PACKERS), st.integers(1, 3))
def test_whatever_is_well_formed_is_read_as_fastwarc_reads_it(
    written: list[Written], pack: Callable[[bytes], bytes], together: int
) -> None:
    """Each member holds one record or a few."""
    raw = [each.write() for each in written]
    members = [pack(b"".join(raw[at : at + together])) for at in range(0, len(raw), together)]
    for content in (b"".join(raw), b"".join(members)):
        records, problems = read_ours(content)
        assert problems == []
        if all(each.line_end == b"\r\n" for each in written):  # it loses its way in others
            assert [record[1:] for record in records] == read_by_fastwarc(content)
        assert [record[1:] for record in records] == [(each.kind, each.content) for each in written]
    starts = [sum(map(len, members[: number // together])) for number in range(len(raw))]
    assert [start for start, _, _ in records] == starts


@settings(max_examples=20, deadline=None)
@given(
    st.lists(WRITTEN.filter(lambda each: each.version != b"WARC/0.18"), min_size=1, max_size=4),
    st.sampled_from(PACKERS),
)
def test_fields_and_contents_are_those_that_warcio_reads(
    written: list[Written], pack: Callable[[bytes], bytes]
) -> None:
    content = b"".join(pack(each.write()) for each in written)
    ours = []
    for _, found in walk_records(BytesIO(content)):
        assert not isinstance(found, str)
        folded = found.get("X-FOLDED")
        ours.append((found.kind, found.get("warc-target-uri"), folded and folded.split(), found.read()))
    theirs = WarcioIterator(BytesIO(content), no_record_parse=True)
    assert ours == [
        (
            record.rec_type,
            record.rec_headers.get_header("WARC-Target-URI"),
            (record.rec_headers.get_header("X-Folded") or "").split() or None,
            record.raw_stream.read(),
        )
        for record in theirs
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=4), st.sampled_from(PACKERS), st.integers(1, 5000), st.integers(1, 5000))
@example([Written("response", make_content(300_000, 1, dense=False))], pack_by_isal, 1, 1)
@example([Written("response", make_content(70_000, 1, dense=True))] * 2, pack_with_extra, 3, 2)
def test_members_come_out_the_same_by_whatever_pieces_they_are_read(
    written: list[Written], pack: Callable[[bytes], bytes], window: int, limit: int
) -> None:
    """As they lie across the pieces in which a file is read, and end anywhere in one."""
    members = [pack(each.write()) for each in written]
    before = unpack._WINDOW
    unpack._WINDOW = max(window, sum(map(len, members)) // 2000)
    try:
        unpacker = unpack.Unpacker(BytesIO(b"".join(members)), 0)
        for member, each in zip(members, written, strict=True):
            content, start = unpacker.read(max(limit, len(each.content) // 2000)), unpacker.place
            parts = [content]
            while content := unpacker.read_member(max(limit, len(each.content) // 2000)):
                parts.append(content)
            assert b"".join(parts) == each.write()
            assert (start, unpacker.end) == (unpacker.place, start + len(member))
        assert unpacker.read(limit) == b""
    finally:
        unpack._WINDOW = before


# ── damage ───────────────────────────────────────────────────────────────────────────────────────


def make_members(count: int, seed: int) -> list[bytes]:
    """Records of sizes as pages have them, each compressed by itself by one or another tool."""
    chance = Random(seed)
    return [
        chance.choice(PACKERS)(
            Written(
                chance.choice(["response", "response", "request", "metadata"]),
                make_content(chance.choice([0, 200, 5000, 60_000]), number, dense=chance.random() < 0.3),
            ).write()
        )
        for number in range(count)
    ]


DAMAGES: dict[str, Callable[[bytes, Random], bytes]] = {
    "flip": lambda member, chance: spoil(member, chance.randrange(len(member)), 1 << chance.randrange(8)),
    "zeros": lambda member, chance: overwrite(member, chance, bytes(chance.randrange(1, 5000))),
    "noise": lambda member, chance: overwrite(member, chance, chance.randbytes(chance.randrange(1, 5000))),
    "cut": lambda member, chance: member[: chance.randrange(1, len(member))],
    "headless": lambda member, chance: member[chance.randrange(1, len(member)) :],
    "rubbish": lambda member, chance: member + chance.randbytes(chance.randrange(1, 200)),
    "more in it": lambda member, _: gzip.compress(gzip.decompress(member) + b"more"),
    "less in it": lambda member, _: gzip.compress(gzip.decompress(member)[:-9]),
    "marks": lambda member, chance: overwrite(member, chance, unpack.GZIP_MARK * chance.randrange(1, 300)),
}


def spoil(member: bytes, at: int, bits: int) -> bytes:
    return member[:at] + bytes([member[at] ^ bits]) + member[at + 1 :]


def overwrite(member: bytes, chance: Random, rubbish: bytes) -> bytes:
    at = chance.randrange(len(member))
    return (member[:at] + rubbish)[: len(member)] + member[at + len(rubbish) :]


def is_sound(member: bytes, was: bytes) -> bool:
    """Is what a damage did without effect, as in gzip's own time or name?"""
    try:
        return gzip.decompress(member) == gzip.decompress(was)
    except (OSError, EOFError, zlib.error):
        return False


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10**6), st.sampled_from(sorted(DAMAGES)), st.data())
def test_damage_to_one_record_is_told_and_costs_no_other(
    count: int, seed: int, damage: str, data: st.DataObject
) -> None:
    members, chance = make_members(count, seed), Random(seed)
    hurt = data.draw(st.integers(0, count - 1))
    was = members[hurt]
    members[hurt] = DAMAGES[damage](was, chance)
    content = b"".join(members)
    starts = [sum(map(len, members[:number])) for number in range(count)]
    sound = [
        (start, gzip.decompress(member).split(b"\n\r\n", 1)[1][:-4])
        for number, (start, member) in enumerate(zip(starts, members, strict=True))
        if number != hurt or is_sound(member, was)
    ]

    records, problems = read_unbroken(content)

    within = range(starts[hurt], starts[hurt] + max(len(members[hurt]), 1))
    assert [record for record in records if record[0] not in within] == [
        record for record in sound if record[0] not in within
    ]
    assert problems or len(sound) == count
    assert len(problems) <= 2


@pytest.mark.parametrize("lost", [1, 10, 14])
def test_a_first_member_that_lost_its_head_and_holds_its_record_uncompressed_costs_no_other(lost: int) -> None:
    """Else the file would pass for an uncompressed one."""
    members = [gzip.compress(Written("response", make_content(200, n, dense=False)).write(), 0) for n in range(3)]
    records, problems = read_unbroken(members[0][lost:] + members[1] + members[2])
    starts = [len(members[0]) - lost, len(members[0]) - lost + len(members[1])]
    assert ([start for start, _ in records], problems) == (starts, [0])


def test_a_member_in_a_page_of_an_uncompressed_file_is_none_of_its_records() -> None:
    member = gzip.compress(Written("response", b"HTTP/1.1 200 OK\r\n\r\n").write())
    records = [
        Written("response", content).write() for content in (b"one", b"two", b"HTTP/1.1 200 OK\r\n\r\n" + member)
    ]
    assert len(read_unbroken(b"\n?" + b"".join(records))[0]) == 3


def read_unbroken(content: bytes) -> tuple[list[tuple[int, bytes]], list[int]]:
    """Records whose content could be read and whose checksum was right, and the places of breaks."""
    records: list[tuple[int, bytes]] = []
    breaks: list[int] = []
    for start, found in walk_records(BytesIO(content)):
        if isinstance(found, str):
            breaks.append(start)
            if records and records[-1][0] == start:
                records.pop()
            continue
        try:
            records.append((start, found.read()))
        except OSError:
            continue
    return records, breaks


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(DAMAGES)), st.booleans())
def test_pages_of_a_damaged_file_are_pages_that_were_written(seed: int, damage: str, digests: bool) -> None:  # noqa: FBT001
    chance = Random(seed)
    members = make_members(6, seed)
    bodies = {
        parse_body(gzip.decompress(member).split(b"\n\r\n", 1)[1][:-4]) for member in members if is_response(member)
    }
    for number in chance.sample(range(6), 2):
        if damage not in {"more in it", "less in it"}:  # these are whole, and say themselves what they hold
            members[number] = DAMAGES[damage](members[number], chance)
    found = list(iterate_open(BytesIO(b"".join(members)), "x", digests=digests))
    assert {page[0].body for page in found if not isinstance(page, str)} <= bodies


def is_response(member: bytes) -> bool:
    return b"WARC-Type: response" in gzip.decompress(member)


def parse_body(message: bytes) -> bytes:
    return message[parse_head(message).body_at :]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.booleans())
def test_of_a_file_that_is_compressed_as_a_whole_what_lies_before_the_damage_is_read(
    seed: int,
    parts: int,
    torn: bool,  # noqa: FBT001
) -> None:
    """But for 64 KiB, and for the last page before it, whose end nothing tells."""
    chance = Random(seed)
    raw = [Written("response", make_content(20_000, number, dense=True)).write() for number in range(40)]
    whole = gzip.compress(b"".join(raw), chance.choice([1, 6]))
    at = len(whole) * parts // 13
    found = list(iterate_open(BytesIO(whole[:at] if torn else overwrite_at(whole, at, chance.randbytes(500))), "x"))
    pages = [page[0].raw for page in found if not isinstance(page, str)]
    before = at // len(raw[0]) - 6
    assert pages[: max(before, 0)] == [parse_body(each.split(b"\n\r\n", 1)[1][:-4]) for each in raw[: max(before, 0)]]
    assert [page[1].length for page in found if not isinstance(page, str)] == [0] * len(pages)
    assert isinstance(found[-1], str)


def overwrite_at(content: bytes, at: int, rubbish: bytes) -> bytes:
    return content[:at] + rubbish + content[at + len(rubbish) :]


def test_records_of_one_member_have_no_place_of_their_own(tmp_path: Path) -> None:
    raw = [Written("response", make_content(500, number, dense=False)).write() for number in range(5)]
    members = [gzip.compress(part) for part in (raw[0], b"".join(raw[1:4]), raw[4])]
    file = tmp_path / "theirs.warc.gz"
    file.write_bytes(b"".join(members))
    places = [(found[1].offset, found[1].length) for found in iterate_pages(file) if not isinstance(found, str)]
    last = len(members[0]) + len(members[1])
    assert places == [(0, len(members[0])), *[(len(members[0]), 0)] * 3, (last, len(members[2]))]


def test_rubbish_at_the_end_of_a_member_does_not_take_the_place_of_the_next_page(tmp_path: Path) -> None:
    raw = [Written("response", make_content(500, number, dense=False)).write() for number in range(3)]
    members = [gzip.compress(part) for part in (raw[0], raw[1] + b"more", raw[2])]
    file = tmp_path / "theirs.warc.gz"
    file.write_bytes(b"".join(members))
    first, second, problem, third = iterate_pages(file)
    assert isinstance(problem, str)
    pages = [found for found in (first, second, third) if not isinstance(found, str)]
    starts = [0, len(members[0]), len(members[0]) + len(members[1])]
    assert [(page[1].offset, page[1].length) for page in pages] == list(zip(starts, map(len, members), strict=True))
    for page, capture in (pages[0], pages[2]):
        assert read_page(tmp_path, capture) == page


# ── small parts ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "value"),
    [
        (b"WARC/1.0\r\nWARC-Date: one\r\nWARC-Date: two\r\n\r\n", "one"),
        (b"WARC/1.0\r\nwarc-date:one\r\n\r\n", "one"),
        (b"WARC/1.0\r\nWARC-DATE : one \r\n\r\n", "one"),
        (b"WARC/1.0\nWARC-Date\t: one\n\n", "one"),
        (b"WARC/1.0\r\nWARC-Date: one\r\n  and\r\n\ttwo\r\nX: y\r\n\r\n", "one and two"),
        (b"WARC/1.0\r\nWARC-Date:\r\n one\r\n\r\n", "one"),
        (b"WARC/1.0\r\nWARC-Date:\r\n\r\n", ""),
        (b"WARC/1.0\r\nX: WARC-Date: one\r\n\r\n", None),
        (b"WARC/1.0\r\nX-WARC-Date: one\r\n\r\n", None),
        (b"WARC/1.0\r\nWARC-Date: \xd9\x82\xff\r\n\r\n", "ق\ufffd"),
    ],
)
def test_a_field_is_found_however_it_is_written(head: bytes, value: str | None) -> None:
    assert Fields(head).get("WARC-Date") == value


HEADERS = st.lists(
    st.tuples(
        st.text("abcXYZ-019_ :\t", max_size=8),
        st.sampled_from([":", ": ", ":  ", " : ", "", "\t"]),
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=12),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(HEADERS, st.sampled_from(["\r\n", "\n"]))
def test_the_short_way_to_an_http_head_leads_where_the_long_one_does(
    headers: list[tuple[str, str, str]], line_end: str
) -> None:
    lines = [line for line in map("".join, headers) if line.strip("\r\n")]
    block = line_end.join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1")
    assert parse_head(block).headers == split_by_line(lines)


def split_by_line(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """As the web has it, a line at a time."""
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if line[0] in " \t" and headers:
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        elif colon:
            headers.append((name, value.removeprefix(" ")))
    return tuple(headers)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\n", b"", b"\r\n\r\n", b"ICY 200 OK\r\n\r\n"])
def test_what_is_no_http_head_is_refused(head: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"an HTTP response"):
        parse_head(head)


@pytest.mark.parametrize("pack", PACKERS)
def test_a_member_is_measured_and_one_that_is_not_whole_is_not(pack: Callable[[bytes], bytes]) -> None:
    members = [pack(Written("response", make_content(size, 1, dense=True)).write()) for size in (10, 200_000)]
    file = BytesIO(b"".join(members))
    assert measure_member(file, 0) == len(members[0])
    assert measure_member(file, len(members[0])) == len(members[1])
    assert measure_member(file, 1) is None
    assert find_end(file) == len(b"".join(members))
    for missing in (1, 5, 8, 9, 1000):
        torn = BytesIO(b"".join(members)[:-missing])
        assert measure_member(torn, len(members[0])) is None
        assert find_end(torn) == len(members[0])
