"""pywb indexes and serves our archive. It pins libraries that we have newer, so it lives in an environment of its own:
`BASEWATCH_TEST_PYWB` names the folder of its programs, as .ci/run sets it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from crawler.archive.warc import ArchiveWriter
from crawler.models import Origin, Page
from tests.stages.archive_pages import FETCHED, make_page

PROGRAMS = os.environ.get("BASEWATCH_TEST_PYWB", "")
pytestmark = pytest.mark.skipif(not PROGRAMS, reason="BASEWATCH_TEST_PYWB names no pywb")

URL = "http://outlet.example/a"
IN_CHUNKS = b"2026\r\n<p>the year, and not the length of a chunk</p>"
BODY = b"<html><body>" + Random(1).randbytes(3000).hex().encode() + b"</body></html>"


def visit(hours: int, body: bytes = BODY) -> Page:
    return make_page(body, url=URL, requested_url=URL, fetched_at=FETCHED + timedelta(hours=hours))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a pywb that serves an archive with three visits, of which the second is a revisit record, what a
    browser made of a fourth, and a fifth that came in chunks."""
    cut = replace(visit(4, IN_CHUNKS), headers=(("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")))
    made = replace(visit(3, b"<p>made</p>"), original=visit(3, BODY + b"3"))
    with ArchiveWriter(tmp_path / "archive") as writer:
        for number, page in enumerate([visit(0), visit(1), visit(2, BODY + b"2"), made, cut]):
            writer.write(page, Origin("wire-feed", "wire", number))
    [file] = (tmp_path / "archive").iterdir()
    run([Path(PROGRAMS) / "wb-manager", "init", "ours"], tmp_path)
    run([Path(PROGRAMS) / "wb-manager", "add", "ours", file], tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [Path(PROGRAMS) / "wayback", "-b", "127.0.0.1", "-p", str(port)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/ours"
    finally:
        server.terminate()
        server.wait()


def run(words: list[str | Path], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def ask(url: str) -> bytes:
    """As soon as the server is there."""
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return bytes(answer.read())
        except (ConnectionError, urllib.error.URLError) as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.25)
    raise AssertionError("pywb does not come up")


def test_pywb_serves_each_visit_byte_for_byte(served: str) -> None:
    index = ask(f"{served}/cdx?url={URL}&output=json").decode().splitlines()
    assert len(index) == 6, "with what a browser made of one"
    assert sum('"mime": "warc/revisit"' in line for line in index) == 1
    assert ask(f"{served}/20260729123015id_/{URL}") == BODY
    assert ask(f"{served}/20260729133015id_/{URL}") == BODY
    assert ask(f"{served}/20260729143015id_/{URL}") == BODY + b"2"
    assert ask(f"{served}/20260729163015id_/{URL}") == IN_CHUNKS
