"""How long the dashboard takes over a year of articles, and whether those who look slow down what is stored.

    python -m benchmarks.dashboard --database FILE [--rounds 20] [--only WORD] [--ingest SECONDS]

The database is one of benchmarks.newsstand. The dashboard is a process of its own, as always. For each page: the wall
clock until its first byte and its last; the same without the time for which the server waited for a processor ("fair",
what a machine with less other work would show); the server's CPU, also as a ratio to that of /healthz, the reference.

With --ingest polls and articles are stored for so many seconds in turns, alone and while ten clients browse as fast as
they are answered, and what an article takes is compared: the CPU of this process, and all time that it did not wait
for a processor. The articles stay in the database.
"""

import argparse
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import quote

from crawler.models import (
    Analysis,
    Article,
    Capture,
    Hit,
    Link,
    Mention,
    Poll,
    PollVerdict,
    SeenLink,
    SourceState,
    Term,
    Zone,
)
from crawler.store.store import Store
from crawler.triage import AlertFilter
from settings import load_settings
from settings.model import Settings

PAGES = {
    "reference": "/healthz",
    "now": "/",
    "now, critical": "/?severity=critical",
    "now, a rare severity": "/?severity=notice",
    "now, one rule": "/?rule=group-alone",
    "now, a frequent entity": "/?entity={frequent}",
    "now, a rare entity": "/?entity={rare}",
    "now, one outlet": "/?outlet={outlet}",
    "now, no such outlet": "/?outlet=none",
    "now, language": "/?language=fa",
    "now, open ones": "/?unacked=true",
    "now, last hour": "/?since=1h",
    "now, last 30 days": "/?since=30d",
    "now, muted": "/?muted=yes",
    "now, not muted": "/?muted=no",
    "now, four filters": "/?severity=critical&entity={frequent}&outlet={outlet}&language=ar&unacked=true",
    "now, half a year back": "/?before=50000",
    "row": "/rows/{alert}",
    "stream": "/events?after=0",
    "alert": "/alerts/{alert}",
    "sources": "/sources",
    "source": "/sources/{source}",
    "activity, 30 days": "/activity",
    "activity, a year": "/activity?days=365",
    "activity, narrowed": "/activity?days=365&by=event&base={frequent}",
    "rules": "/rules",
    "rule": "/rules/base-attacked",
    "entities": "/entities",
    "entity": "/entities/{frequent}",
    "suggestions": "/entities/suggestions",
    "search, everything": "/search",
    "search, common word": "/search?q=rocket",
    "search, common, best": "/search?q=rocket+convoy&order=best",
    "search, rare word": "/search?q=n4711",
    "search, phrase": "/search?q=%22convoy+left+the+base%22",
    "search, Arabic": "/search?q=" + quote("القاعدة"),
    "search, prefix": "/search?q=w19*",
    "search, unwanted": "/search?q=-rocket",
    "search, word and entity": "/search?q=rocket&entity={frequent}",
    "search, rare pair": "/search?q=n4711+rocket&outlet={outlet}",
    "metrics": "/metrics",
    "api, alerts": "/api/alerts?limit=50",
    "api, ledger of a week": "/api/ledger?days=7",
    "api, feed": "/api/alerts.atom",
}
CLIENTS = 10
_FILTERS = ("now", "alert", "sources", "activity, 30 days", "search, common word", "entity", "rules")


@dataclass(frozen=True, slots=True)
class Server:
    """A dashboard that answers."""

    port: int
    pid: int

    def used(self) -> tuple[float, float]:
        """Seconds of CPU and of waiting for a processor, all threads, so far."""
        return _read_schedule(self.pid)


@dataclass(frozen=True, slots=True)
class Answer:
    """Milliseconds."""

    first: float
    whole: float
    waited: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="pages with this in their name")
    parser.add_argument("--ingest", type=float, default=0.0, metavar="SECONDS")
    asked = parser.parse_args()
    settings = load_settings(None, environ={})
    store = Store.open(f"sqlite:///{asked.database}")
    with serve(asked.database) as server:
        pages = fill_in(store, settings)
        if asked.ingest:
            compare_ingestion(store, server, pages, asked.ingest)
        else:
            measure_pages(server, {name: path for name, path in pages.items() if asked.only in name}, asked.rounds)
    store.close()


@contextmanager
def serve(database: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        environ = {
            **os.environ,
            "BASEWATCH_DASHBOARD": f"127.0.0.1:{port}",
            "BASEWATCH_DATABASE_URL": f"sqlite:///{database.resolve()}",
            "BASEWATCH_DATA_DIR": folder,
        }
        code = "from scheduler.cli import main; main()"
        words = ["dashboard", "--owner", str(os.getpid())]  # as the daemon starts it
        process = subprocess.Popen([sys.executable, "-c", code, *words], env=environ, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def fill_in(store: Store, settings: Settings) -> dict[str, str]:
    named = [each.id for each in settings.gazetteer.entities if each.type in {"group", "base"}]
    known = {
        "frequent": named[1],
        "rare": named[-1],
        "outlet": settings.outlets[3].slug,
        "source": settings.sources[3].name,
        "alert": store.read_page(AlertFilter(), datetime.now(UTC), limit=1).alerts[0].alert.id,
    }
    return {name: path.format(**known) for name, path in PAGES.items()}


def measure_pages(server: Server, pages: dict[str, str], rounds: int) -> None:
    reference = 0.0
    print(f"{'ms':<26}{'first p95':>10}{'median':>9}{'p95':>9}{'fair p95':>10}{'CPU':>8}{'of healthz':>12}")
    for name, path in pages.items():
        ask(server, path)  # warm: templates, and the matcher of examples
        answers = [ask(server, path) for _ in range(rounds)]
        cpu = min(each.cpu for each in answers)
        reference = reference or cpu
        shown = (
            _p95([each.first for each in answers]),
            median(each.whole for each in answers),
            _p95([each.whole for each in answers]),
            _p95([max(0.0, each.whole - each.waited) for each in answers]),
        )
        print(f"{name:<26}{shown[0]:>10.1f}{shown[1]:>9.1f}{shown[2]:>9.1f}{shown[3]:>10.1f}{cpu:>8.1f}", end="")
        print(f"{cpu / reference:>12.1f}", flush=True)


def ask(server: Server, path: str) -> Answer:
    cpu, waited = server.used()
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", path, headers={"Accept": "text/html"})
    response = connection.getresponse()
    response.read(1)
    first = time.perf_counter() - began
    if response.status not in {200, 204}:
        raise SystemExit(f"{path}: {response.status}")
    if not path.startswith("/events"):
        response.read()
    whole = time.perf_counter() - began
    connection.close()
    cpu_after, waited_after = server.used()
    return Answer(1e3 * first, 1e3 * whole, 1e3 * (waited_after - waited), 1e3 * (cpu_after - cpu))


def compare_ingestion(store: Store, server: Server, pages: dict[str, str], seconds: float) -> None:
    work = _Ingestion(store)
    work.run(2.0)  # warm
    alone, browsed, asked = [], [], 0
    for _ in range(3):
        alone.append(work.run(seconds / 6))
        with browsing(server, pages) as counted:
            browsed.append(work.run(seconds / 6))
        asked += counted[0]
    for name, at in (("CPU", 0), ("CPU and waiting for locks and disk", 1), ("wall clock", 2)):
        quiet, busy = min(each[at] for each in alone), min(each[at] for each in browsed)
        print(f"{name:<36}{quiet:>8.2f} ms an article alone{busy:>8.2f} browsed{100 * (busy / quiet - 1):>+8.1f} %")
    print(f"{asked} pages were answered meanwhile")


@contextmanager
def browsing(server: Server, pages: dict[str, str]) -> Iterator[list[int]]:
    """Ten clients, each with one page after the other."""
    counted, ended = [0], threading.Event()
    code = "from benchmarks.dashboard import browse; browse({}, {})"
    paths = [pages[name] for name in _FILTERS]
    process = subprocess.Popen(
        [sys.executable, "-c", code.format(server.port, paths)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield counted
    finally:
        ended.set()
        told, _ = process.communicate("end\n")
        counted[0] = int(told.split()[-1])


def browse(port: int, paths: list[str]) -> None:
    """The clients' process: until something is written to its stdin."""
    server, ended, counts = Server(port, os.getpid()), threading.Event(), [0] * CLIENTS

    def look(client: int) -> None:
        choose = Random(client)  # no secret
        while not ended.is_set():
            ask(server, choose.choice(paths))
            counts[client] += 1

    threads = [threading.Thread(target=look, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    ended.set()
    for thread in threads:
        thread.join()
    print(sum(counts))


class _Ingestion:
    """A poll with two new articles, one of them with hits; again and again, as the daemon stores them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._run = time.time_ns()
        self._count = 0

    def run(self, seconds: float) -> tuple[float, float, float]:
        """Milliseconds an article: CPU; what was not waiting for a processor; wall clock."""
        began, before, first = time.perf_counter(), _read_schedule(os.getpid()), self._count
        while time.perf_counter() - began < seconds:
            self._store_poll()
        wall = time.perf_counter() - began
        cpu, waited = (after - at for after, at in zip(_read_schedule(os.getpid()), before, strict=True))
        articles = self._count - first
        return 1e3 * cpu / articles, 1e3 * (wall - waited) / articles, 1e3 * wall / articles

    def _store_poll(self) -> None:
        now = datetime.now(UTC)
        urls = [f"https://bench.example/{self._run}/{self._count + number}" for number in range(2)]
        self._count += len(urls)
        links = [SeenLink(url, Link(url, title="A title")) for url in urls]
        poll = Poll("bench", "bench", now, PollVerdict.CHANGED, 200)
        self._store.save_poll(poll, links, SourceState("bench", now + timedelta(minutes=10)))
        pending = self._store.read_pending(now, len(urls))
        for number, link in enumerate(pending):
            body = f"{link.link.url} " + "the convoy left the base before dawn " * 30
            mention = Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 0, 4, body[:4])
            terms = (Term(Zone.BODY, 0, 4, body[:4], "@base:ain-al-asad"),)
            hit = Hit("base-attacked", "0" * 16, "critical", terms, Zone.BODY, 0, 80, body[:80], "why")
            analysis = Analysis(Article("A title", body=body, language="en"), (mention,), (hit,) if number else ())
            capture = Capture("bench.warc.gz", link.id, 900, "sha256:0", link.link.url, 200, now)
            self._store.save_analysis(link, analysis, now, outlet_name="Bench", capture=capture)


def _read_schedule(pid: int) -> tuple[float, float]:
    """Seconds of CPU and of waiting for a processor, all threads."""
    cpu = waited = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            used, delayed, _ = (task / "schedstat").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that has just ended
        cpu, waited = cpu + int(used), waited + int(delayed)
    return cpu / 1e9, waited / 1e9


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


def _wait_for(port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the dashboard did not come up")


if __name__ == "__main__":
    main()
