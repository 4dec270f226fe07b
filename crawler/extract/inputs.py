"""Files, folders and WARC files → materials, in the order in which they were named."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crawler.archive.warc import iterate_pages
from crawler.errors import ArchiveError
from crawler.models import Material, Page
from crawler.pipeline import declared_charset

MAX_BYTES = 64 << 20
"""Of one file, after gunzip; what is longer is refused rather than cut."""
_GZIP_MARK = b"\x1f\x8b"
_OK = 200
_NO_PAGES = {".css": "a style sheet", ".js": "a script", ".svg": "a picture", ".woff2": "a font", ".woff": "a font"}
"""What a page that was saved whole brings along, and would read as text."""


@dataclass(frozen=True, slots=True)
class Input:
    """One page to extract, or why it cannot be read."""

    name: str
    """Path as given; for a page of a WARC file followed by `#` and its address."""
    material: Material | None
    problem: str = ""


def read_inputs(paths: Iterable[Path], outlet: str = "", timezone: str = "UTC") -> Iterator[Input]:
    """One input for each file, page and record. Folders give their files by name, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            found = (file for file in sorted(path.rglob("*")) if file.is_file() and not file.name.startswith("."))
            yield from read_inputs(found, outlet, timezone)
        elif path.name.lower().endswith((".warc", ".warc.gz")):
            yield from _read_warc(path, outlet, timezone)
        else:
            yield read_file(path, outlet, timezone)


def _read_warc(path: Path, outlet: str, timezone: str) -> Iterator[Input]:
    try:
        for found in iterate_pages(path):
            if isinstance(found, str):
                yield Input(str(path), None, found)
            else:
                page, name = found[0], f"{path}#{found[0].url}"
                if page.status == _OK:
                    yield Input(name, _make_material(page, outlet, timezone))
                else:
                    yield Input(name, None, f"no page: the server answered {page.status}")
    except ArchiveError as error:
        yield Input(str(path), None, str(error))


def _make_material(page: Page, outlet: str, timezone: str) -> Material:
    charset = declared_charset(page.header("content-type"))
    return Material(page.body, "html", page.url, outlet, charset, page.fetched_at, timezone=timezone)


def read_file(path: Path, outlet: str = "", timezone: str = "UTC") -> Input:
    """A page or dumped text, gzip opened."""
    if other := _NO_PAGES.get(path.suffix.lower()):
        return Input(str(path), None, f"not-html: {other}")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP_MARK
        with gzip.open(path) if zipped else path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        return Input(str(path), None, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(content) > MAX_BYTES:
        return Input(str(path), None, f"larger than {MAX_BYTES >> 20} MiB")
    return Input(str(path), Material(content, guess_media(path.name, content), outlet=outlet, timezone=timezone))


def guess_media(name: str, content: bytes) -> Literal["html", "text"]:
    """Markup by the file's name or by its first bytes; everything else is dumped text."""
    if name.lower().removesuffix(".gz").endswith((".html", ".htm", ".xhtml")):
        return "html"
    start = content[:2048].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return "html" if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<!--")) or b"<body" in start else "text"
