"""Nobody is asked but outlets and channels that the settings name: not by the daemon, not by any process that it starts
(B35)."""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.daemon.endpoints import http_endpoint
from tests.dashboard.test_process import free_address, is_up
from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place
from tests.website import Website

HOOK = """
import json, os, sys

_log = os.open(os.environ["EGRESS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

def _tell(event, what):
    os.write(_log, (json.dumps([os.getpid(), sys.argv[:1], event, repr(what)]) + "\\n").encode())

def _listen(event, args):
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        _tell(event, args[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        _tell(event, args[0])

_tell("start", "")
sys.addaudithook(_listen)
"""
"""Runs at the start of each Python; what is forked inherits it."""

LURES = """<html><head><title>Drones strike Ain al-Asad</title>
<link rel="stylesheet" href="http://lure.example/a.css"><link rel="canonical" href="http://lure.example/canonical">
<link rel="amphtml" href="http://lure.example/amp"><link rel="preconnect" href="http://lure.example/">
<meta property="og:image" content="http://lure.example/og.png"><meta property="og:url" content="http://lure.example/og">
<script src="http://lure.example/a.js"></script><base href="http://lure.example/base/">
<script type="application/ld+json">{"@context": "http://lure.example/context", "@type": "NewsArticle"}</script>
</head><body><img src="http://lure.example/a.png"><iframe src="http://lure.example/frame"></iframe>"""
FEED = """<?xml version="1.0"?><?xml-stylesheet href="http://lure.example/a.xsl"?>
<!DOCTYPE rss SYSTEM "http://lure.example/rss.dtd">
<rss version="2.0"><channel><title>Lures</title><link>http://lure.example/</link>
<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="http://lure.example/hub"/>
<item><title>Drones strike Ain al-Asad</title><link>{site}/news/attack</link>
<enclosure url="http://lure.example/a.mp3" type="audio/mpeg" length="1"/></item>
<item><title>Elsewhere</title><link>http://lure.example/news/1</link></item>
<item><title>Moved</title><link>{site}/news/moved</link></item></channel></rss>"""

LISTENS = "0A"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_no_process_of_the_daemon_asks_anybody_that_the_settings_do_not_name(tmp_path: Path) -> None:
    place, address = make_watched(tmp_path), free_address()
    foreign, pids = set[str](), set[int]()
    with Website() as site, http_endpoint() as desk:
        serve_lures(site)
        place.watch(site, "/rss.xml")
        place.write("channels.yaml", json.dumps({"channels": make_channels(desk.url)}))
        place = replace(place, environ={**place.environ, "BASEWATCH_DASHBOARD": address})
        with place.daemon(forked=False) as daemon:

            def has_done_everything() -> bool:
                tree = set(list_tree(daemon.process.pid))
                pids.update(tree)
                foreign.update(peer for pid in tree for peer in list_peers(pid) if not is_loopback(peer))
                return len(desk.posts) >= 2 and is_up(address) and len(place.outcomes()) >= 3

            daemon.wait_for(has_done_everything)
            daemon.stop()

    told = [json.loads(line) for line in (tmp_path / "egress.log").read_text().splitlines()]
    asked = {(event, what) for _, _, event, what in told if event != "start"}
    named = {what for event, what in asked if event.startswith("socket.get")}
    assert len({pid for pid, *_ in told}) >= 3, "the daemon, the dashboard and what starts the workers were heard"
    assert len(pids) >= 5, "and beside them the workers and the Redis server"
    assert {("socket.connect", repr(("127.0.0.1", port))) for port in (site.port, urlsplit(desk.url).port)} <= asked
    assert named <= {"'127.0.0.1'", "b'127.0.0.1'", "None"}, "no other name was looked up"
    assert [each for each in asked if not is_local(each[1])] == []
    assert foreign == set()
    assert not any("lure" in what for _, what in asked)


def make_watched(folder: Path) -> Place:
    """A place whose processes tell whom they ask."""
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(HOOK)
    place = make_place(folder / "place")
    watched = {"PYTHONPATH": str(folder / "hook"), "EGRESS_LOG": str(folder / "egress.log")}
    return replace(place, environ={**place.environ, **watched})


def serve_lures(site: Website) -> None:
    cookie = {"Set-Cookie": "a=b; Domain=lure.example", "Link": "<http://lure.example/>; rel=canonical"}
    article = make_article("Drones strike Ain al-Asad", BASE_ATTACK, FILLER)
    site.page("/news/attack", LURES + article, headers={**cookie, "Refresh": "0; url=http://lure.example/"})
    site.page("/rss.xml", FEED.format(site=site.url("")), headers=cookie, content_type="application/rss+xml")
    site.redirect("/news/moved", "http://lure.example/news/2")


def make_channels(url: str) -> dict[str, object]:
    """One that we serve ourselves, and one that Apprise serves in a process of its own."""
    ntfy = url.replace("http://", "ntfy://")
    return {
        "desk": {"kind": "webhook", "url": url, "allow_private": True},
        "push": {"url": ntfy.rstrip("/") + "/topic", "allow_private": True},
    }


# ── what the kernel knows of the processes ───────────────────────────────────────────────────────


def list_tree(root: int) -> Iterator[int]:
    yield root
    with suppress(OSError):
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from list_tree(int(child))


def list_peers(pid: int) -> Iterator[str]:
    """Both ends of each of its internet sockets, in the kernel's hexadecimal; of one that listens, where it does."""
    with suppress(OSError):
        own = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()}
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                columns = row.split()
                if f"socket:[{columns[9]}]" in own:
                    here, there = (column.split(":")[0] for column in columns[1:3])
                    if columns[3] == LISTENS:
                        yield here if here.strip("0") else "everywhere"
                    else:
                        yield from (here, there)


def is_loopback(peer: str) -> bool:
    """127.0.0.0/8, ::1, or an end that is not connected."""
    return peer.endswith("7F") or not peer.strip("0") or peer == "00000000000000000000000001000000"


def is_local(what: str) -> bool:
    """This machine, or the path of a unix socket."""
    return "'127.0.0.1'" in what or "('::1', 0" in what or "/" in what or what in {"''", "b''", "None"}
