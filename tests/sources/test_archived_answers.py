"""What outlets send, in whatever coding, is kept as it came, and read so by us and by the tools of others."""

import gzip
from pathlib import Path

import brotli
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from crawler.archive.warc import ArchiveWriter, read_page
from crawler.models import FetchFailure, Page
from settings.model import Source
from tests.sources.conftest import Crawl
from tests.website import Answer, Website

BODY = b"2026\r\n" + b"<p>Two drones struck the base, officials said.</p>\r\n" * 2000
"""Its first line looks like the length of a chunk."""
BROKEN = gzip.compress(BODY)[:200] + bytes(20) + gzip.compress(BODY)[220:]


def cut(body: bytes) -> bytes:
    """In chunks, as they go over the wire."""
    pieces = (body[at : at + 700] for at in range(0, len(body), 700))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


ANSWERS: dict[str, tuple[bytes, list[str]]] = {
    "plain": (BODY, []),
    "gzip": (gzip.compress(BODY), ["gzip"]),
    "br": (brotli.compress(BODY), ["br"]),
    "compressed twice, as two headers say": (gzip.compress(gzip.compress(BODY)), ["gzip", "gzip"]),
    "cut short": (gzip.compress(BODY)[:300], ["gzip"]),
    "broken": (BROKEN, ["gzip"]),
    "a coding that nobody knows": (BODY, ["none"]),
    "nothing": (b"", ["gzip"]),
}


@pytest.mark.parametrize("is_cut", [False, True], ids=["", "in chunks"])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_kept_as_it_came(
    crawl: Crawl, site: Website, source: Source, tmp_path: Path, name: str, *, is_cut: bool
) -> None:
    raw, codings = ANSWERS[name]
    headers = [("Content-Type", "text/html"), *(("Content-Encoding", coding) for coding in codings)]
    framing = [("Transfer-Encoding", "chunked")] if is_cut else []
    site.script("/a", lambda _: Answer(200, [*headers, *framing], cut(raw) if is_cut else raw))
    page = crawl.fetch(site.url("/a"), source)
    assert isinstance(page, Page), page
    with ArchiveWriter(tmp_path) as writer:
        capture = writer.write(page)
    assert read_page(tmp_path, capture) == page
    with (tmp_path / capture.file).open("rb") as stream:
        digested = [each.raw_stream.read() for each in WarcioIterator(stream, check_digests="raise")]
    assert raw in digested
    with (tmp_path / capture.file).open("rb") as stream:
        responses = ArchiveIterator(stream, record_types=WarcRecordType.response, auto_decode="transfer")
        assert [each.reader.read() for each in responses] == [raw]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd"])
@pytest.mark.parametrize("is_cut", [False, True], ids=["", "in chunks"])
def test_what_is_not_packed_as_it_says_is_a_failure_and_no_record(
    crawl: Crawl, site: Website, source: Source, coding: str, *, is_cut: bool
) -> None:
    """Browsers refuse it too."""
    headers = [("Content-Type", "text/html"), ("Content-Encoding", coding)]
    framing = [("Transfer-Encoding", "chunked")] if is_cut else []
    site.script("/a", lambda _: Answer(200, [*headers, *framing], cut(BODY) if is_cut else BODY))
    answer = crawl.fetch(site.url("/a"), source)
    assert isinstance(answer, FetchFailure), answer
    assert answer.kind == "bad_content"
