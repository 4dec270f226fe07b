"""A page as the bytes of WARC records, and back. Pure: no file is touched here."""

import hashlib
import http.client
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import repeat
from urllib.parse import quote, urlsplit
from uuid import uuid4

from isal import isal_zlib

from crawler.archive.coding import decode_body, join_chunks
from crawler.archive.members import MAX_HEAD
from crawler.errors import ArchiveError
from crawler.models import Origin, Page

REQUESTED = "Basewatch-Requested-URI"
"""Header of our response records: the address before redirects."""

EARLIER = "Basewatch-Refers-To-Offset"
"""Header of our revisit records: where in the same file the record begins whose body this one has too."""

MADE_DIGEST = "Basewatch-Payload-Digest"
"""Header of our conversion records, in which others take no HTTP message for one: the digest of its body."""

FRAMED = "Basewatch-"
"""Before the name of Transfer-Encoding headers in our records. What came in chunks is kept as one body; whoever looked
for chunks in it would take a first line such as `2026` for the length of one, and leave it out."""

_FRAMING = "transfer-encoding"

SAME_BODY = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

LEVEL = 2
"""Of ISA-L's: half of the time of its best, and files of real pages a thirtieth larger; a sixth of zlib-ng's 6, files a
sixth larger. The archive is written between polls, in the process that polls."""

_PLAIN = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""Everything printable of ASCII: all that an address may keep in a header line."""

HEAD_END = re.compile(rb"\n\r?\n")
"""Of a record and of an HTTP message: an empty line, however lines end."""

_STATUS = re.compile(r"HTTP/[\d.]+ +(\d{3})\b", re.ASCII)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_BLANKS = (b" ", b"\t")
_NEXT_FIELD = re.compile(rb"\n(?![ \t])")
_NOT_IN_NAME = re.compile(rb"[\x00-\x20:\x7f]")


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header lines of an HTTP response, and where its body starts."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body_at: int


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record to be written."""

    id: str
    content: bytes


class Fields:
    """The named fields of a WARC record's head. They are looked for when they are asked for: of most records that are
    read only few are."""

    __slots__ = ("_lines", "_small")

    def __init__(self, head: bytes) -> None:
        self._lines = head
        self._small = head.lower()

    def get(self, name: str) -> str | None:
        """The value of a field, whatever its case; of several with one name the first."""
        value = self.get_bytes(name)
        return None if value is None else value.decode("utf-8", "replace")

    def get_bytes(self, name: str) -> bytes | None:
        for mark in _make_marks(name):
            before = self._small.find(mark)
            if before >= 0:
                at = before + len(mark)
                end = self._lines.find(b"\n", at)
                if self._lines.startswith(_BLANKS, end + 1):
                    return self._unfold(at)
                return self._lines[at:end].strip()
        return None

    def _unfold(self, at: int) -> bytes:
        """A value that goes on in the next line."""
        end = _NEXT_FIELD.search(self._lines, at)
        return _FOLD.sub(b" ", self._lines[at : end.start() if end else None]).strip()


@cache
def _make_marks(name: str) -> tuple[bytes, ...]:
    """What stands before the value of a field."""
    return tuple(f"\n{name.lower()}{sign}".encode() for sign in (":", " :", "\t:"))


@dataclass(frozen=True, slots=True)
class Earlier:
    """A response record of the same file."""

    offset: int
    digest: str
    record_id: str
    fetched_at: datetime


def make_digest(payload: bytes) -> str:
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def format_date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# ── page → records ───────────────────────────────────────────────────────────────────────────────


def make_record(kind: str, block: bytes, headers: dict[str, str], record_id: str = "") -> Record:
    """With its block digest, under an identity of its own unless one is given. Raises ValueError for a head that
    nobody would read back; no address that passed `check_url` makes one."""
    record_id = record_id or f"<urn:uuid:{uuid4()}>"
    identity = {"WARC-Type": kind, "WARC-Record-ID": record_id, "Content-Length": str(len(block))}
    fields = identity | headers | {"WARC-Block-Digest": make_digest(block)}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return Record(record_id, b"%s%s\r\n\r\n" % (_check_head(f"WARC/1.1\r\n{head}\r\n".encode()), block))


def _check_head(head: bytes) -> bytes:
    """The same, if it can be read back. Raises ValueError."""
    if len(head) > MAX_HEAD:
        raise ValueError(f"a head of {len(head)} bytes in the archive: more than {MAX_HEAD} cannot be read back")
    return head


def compress_record(record: Record) -> bytes:
    """The record as one gzip member of its own, which is what makes it readable by its offset."""
    return isal_zlib.compress(record.content, LEVEL, isal_zlib.MAX_WBITS | 16)


def make_response(page: Page, digest: str, record_id: str = "") -> Record:
    return make_record(
        "response",
        format_head(page) + page.raw,
        {
            "WARC-Target-URI": clean_address(page.url),
            "WARC-Date": format_date(page.fetched_at),
            "WARC-Payload-Digest": digest,
            "Content-Type": "application/http; msgtype=response",
            REQUESTED: clean_address(page.requested_url),
        },
        record_id,
    )


def make_revisit(page: Page, earlier: Earlier) -> Record:
    """The same body as before, under today's headers (WARC 1.1, 6.7.2)."""
    return make_record(
        "revisit",
        format_head(page),
        {
            "WARC-Target-URI": clean_address(page.url),
            "WARC-Date": format_date(page.fetched_at),
            "WARC-Profile": SAME_BODY,
            "WARC-Payload-Digest": earlier.digest,
            "WARC-Refers-To": earlier.record_id,
            "WARC-Refers-To-Target-URI": clean_address(page.url),
            "WARC-Refers-To-Date": format_date(earlier.fetched_at),
            EARLIER: str(earlier.offset),
            "Content-Type": "application/http; msgtype=response",
            REQUESTED: clean_address(page.requested_url),
        },
    )


def make_metadata(page: Page, origin: Origin, response_id: str) -> Record:
    """For whom the page was asked for."""
    fields = {"source": origin.source, "outlet": origin.outlet, "link": "" if origin.link is None else str(origin.link)}
    lines = (f"{name}: {' '.join(value.split())}\r\n" for name, value in fields.items() if value)
    return make_record(
        "metadata",
        "".join(lines).encode("utf-8", "replace"),
        {
            "WARC-Target-URI": clean_address(page.url),
            "WARC-Date": format_date(page.fetched_at),
            "WARC-Concurrent-To": response_id,
            "WARC-Refers-To": response_id,
            "Content-Type": "application/warc-fields",
        },
    )


def make_conversion(page: Page, digest: str, original_id: str) -> Record:
    """What a browser made of a page, as an HTTP response like the one it was made of, to which it refers."""
    return make_record(
        "conversion",
        format_head(page) + page.raw,
        {
            "WARC-Target-URI": clean_address(page.url),
            "WARC-Date": format_date(page.fetched_at),
            MADE_DIGEST: digest,
            "WARC-Refers-To": original_id,
            "Content-Type": "application/http; msgtype=response",
            REQUESTED: clean_address(page.requested_url),
        },
    )


def make_request(page: Page, response_id: str) -> Record:
    """What was asked: method and address. Headers are not kept, so that no credential can end up in an archive."""
    address = clean_address(page.requested_url)
    return make_record(
        "request",
        _format_request(address),
        {
            "WARC-Target-URI": address,
            "WARC-Date": format_date(page.fetched_at),
            "WARC-Concurrent-To": response_id,
            "Content-Type": "application/http; msgtype=request",
        },
    )


def _format_request(address: str) -> bytes:
    try:
        parts = urlsplit(address)
    except ValueError:  # an address that only a hostile page would write
        return b"GET / HTTP/1.1\r\n\r\n"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("ascii")


def format_head(page: Page) -> bytes:
    """Status line and headers as they came, but for what would end a line, and for the name of the header that says how
    the body was cut for the wire. Raises ValueError when it could not be read back."""
    lines = [f"HTTP/1.1 {page.status:03d} {http.client.responses.get(page.status, '')}".encode("ascii")]
    lines += [_encode_name(name) + b": " + _encode_value(value) for name, value in map(_mark_framing, page.headers)]
    return _check_head(b"\r\n".join(lines) + b"\r\n\r\n")


def _mark_framing(header: tuple[str, str]) -> tuple[str, str]:
    name, value = header
    return (FRAMED + name, value) if name.lower() == _FRAMING else header


def _encode_name(name: str) -> bytes:
    return _NOT_IN_NAME.sub(b"_", _encode_value(name))


def _encode_value(value: str) -> bytes:
    """Latin-1 gives back every byte that came as Latin-1; what does not fit was decoded as UTF-8 by somebody."""
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:
        raw = value.encode("utf-8", "surrogateescape" if _is_escaped(value) else "replace")
    return raw.replace(b"\r", b" ").replace(b"\n", b" ")


def _is_escaped(value: str) -> bool:
    return all("\udc80" <= char <= "\udcff" for char in value if "\ud800" <= char <= "\udfff")


def clean_address(url: str) -> str:
    """The address in ASCII without blanks or control characters: unchanged, if it is a well-formed one."""
    if url.isascii() and url.isprintable() and " " not in url:  # as nearly all are, at each of which `quote` looks long
        return url
    return quote(url, safe=_PLAIN, errors="replace")


# ── records → page ───────────────────────────────────────────────────────────────────────────────


def parse_head(block: bytes) -> Head:
    """Read the head of an HTTP response, as forgiving as the web is. Raises ArchiveError."""
    end = HEAD_END.search(block)
    if end is None:
        raise ArchiveError("an HTTP response without an end of its headers")
    first, _, text = block[: end.start()].decode("latin-1").rstrip("\r").partition("\n")
    match = _STATUS.match(first)
    if match is None:
        raise ArchiveError("not an HTTP response")
    return Head(int(match[1]), _split_usual(text) or _split_odd(text), end.end())


def _split_usual(text: str) -> tuple[tuple[str, str], ...]:
    """Of lines that are all `Name: value`, as most heads' are, by a few calls for all of them; of others nothing."""
    names, blanks, values = zip(*map(str.partition, text.split("\r\n"), repeat(": ")), strict=True)
    together, told = "".join(names), "".join(values)
    if "" in blanks or any(map(together.__contains__, ": \t\n")) or "\r" in told or "\n" in told:
        return ()
    return tuple(zip(names, values, strict=True))


def _split_odd(text: str) -> tuple[tuple[str, str], ...]:
    headers: list[tuple[str, str]] = []
    for line in (each.rstrip("\r") for each in text.split("\n")):
        if line[:1] in {" ", "\t"} and headers:  # a folded line, as HTTP once allowed
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name, value.removeprefix(" ")))
    return tuple(headers)


def make_page(fields: Fields, head_bytes: bytes, raw: bytes, max_body_bytes: int) -> Page:
    """The page that a response record holds: the record's fields, the HTTP message's head, its body. Raises
    ArchiveError."""
    head = parse_head(head_bytes)
    url = (fields.get("WARC-Target-URI") or "").strip("<>")
    ours = fields.get(REQUESTED)
    fetched_at = _parse_date(fields)
    headers, content_coding = head.headers, ""
    if b"encoding:" in head_bytes.lower():
        content_coding = _join_values(headers, "content-encoding")
        if ours is not None:
            headers = tuple(map(_unmark_framing, headers))
        elif transfer_coding := _join_values(headers, _FRAMING):
            raw = _undo_transfer(transfer_coding, raw, max_body_bytes)
    if len(raw) > max_body_bytes:
        raise ArchiveError(f"a body of {len(raw)} bytes, more than {max_body_bytes}")
    body = decode_body(raw, content_coding, max_body_bytes) if content_coding else raw
    return Page(url, ours or url, head.status, headers, raw, body, fetched_at)


def _join_values(headers: tuple[tuple[str, str], ...], name: str) -> str:
    """All that headers of one name say: they are a list, on however many lines (RFC 9110, 5.3)."""
    return ",".join(value for each, value in headers if each.lower() == name)


def _unmark_framing(header: tuple[str, str]) -> tuple[str, str]:
    name, value = header
    return (name[len(FRAMED) :], value) if name.lower() == f"{FRAMED}{_FRAMING}".lower() else header


def _undo_transfer(told: str, raw: bytes, max_body_bytes: int) -> bytes:
    """Others keep bodies as they came over the wire, or undo that and leave the header. Raises ArchiveError."""
    codings = [coding.strip().lower() for coding in told.split(",")]
    if "chunked" in codings:
        raw = join_chunks(raw)
    return decode_body(raw, ",".join(coding for coding in codings if coding != "chunked"), max_body_bytes)


def _parse_date(fields: Fields) -> datetime:
    try:
        moment = datetime.fromisoformat(fields.get("WARC-Date") or "")
    except ValueError as error:
        raise ArchiveError("a record without a date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
