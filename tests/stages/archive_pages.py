"""Pages for the archive's tests."""

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.warc import ArchiveWriter
from crawler.models import Capture, Page

FETCHED = datetime(2026, 7, 29, 12, 30, 15, 123456, tzinfo=UTC)


def make_page(raw: bytes = b"<p>text</p>", **fields: object) -> Page:
    values = {
        "url": "https://outlet.example/a?b=1",
        "requested_url": "https://outlet.example/a",
        "status": 200,
        "headers": (("Content-Type", "text/html"),),
        "raw": raw,
        "body": raw,
        "fetched_at": FETCHED,
    }
    return Page(**(values | fields))  # type: ignore[arg-type]  # the names above are its own


def write_pages(folder: Path, pages: list[Page]) -> tuple[Path, list[Capture]]:
    """One closed file with these pages."""
    with ArchiveWriter(folder) as writer:
        captures = [writer.write(page) for page in pages]
    return folder / captures[0].file, captures


def is_same_inside(spoilt: bytes, whole: bytes) -> bool:
    """A flipped bit of gzip's own time, system or padding harms nothing."""
    try:
        return gzip.decompress(spoilt) == gzip.decompress(whole)
    except (OSError, EOFError, zlib.error):
        return False
