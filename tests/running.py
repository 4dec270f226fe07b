"""The daemon as a user runs it: a process of its own, with a configuration that watches a local website."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from crawler.models import EntryKind, LedgerRow, Outcome
from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM
from tests import forks
from tests.website import Website

LONG_AGO, FAR_AHEAD = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
BASEWATCH = [sys.executable, "-c", "from scheduler.cli import main; main()"]
BASE_ATTACK = (
    "Two explosive drones struck Ain al-Asad air base in western Iraq on Sunday evening, security officials said."
)
FILLER = (
    "Officials said that the incident was under investigation and gave no further details about it. "
    "Residents of the nearby town told local reporters that they had heard the noise shortly after sunset."
)


def make_article(title: str, *paragraphs: str) -> str:
    """A page as an honest outlet writes it."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    head = f"<!doctype html><html lang=en><head><title>{title}</title></head>"
    return f"{head}<body><article><h1>{title}</h1>{body}</article></body></html>"


@dataclass
class Place:
    """One configuration and its data; the daemon may run there many times."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def write(self, name: str, text: str) -> None:
        """A settings file, whole at once as editors do it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)

    def watch(self, site: Website, *paths: str, **options: str) -> None:
        """sources.yaml with one feed for each path, polled every second unless `options` say otherwise."""
        entry = {"every": "1s", "delay": "0s", "allow_private": "true", **options}
        extra = "".join(f"\n        {key}: {value}" for key, value in entry.items())
        sources = "".join(
            f"\n      - feed: {site.url(path)}\n        name: feed-{number}{extra}" for number, path in enumerate(paths)
        )
        outlet = f"name: Local Outlet\n    homepage: {site.url('/')}\n    language: en\n    sources:{sources}"
        self.write("sources.yaml", f"outlets:\n  local:\n    {outlet}\n")

    def command(self, *arguments: str, timeout_s: float = 180, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Any other `basewatch` command there, with what is typed into it."""
        return self.command_line(*arguments, "--config", str(self.folder), timeout_s=timeout_s, typed=typed)

    def command_line(
        self, *arguments: str, timeout_s: float = 180, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """The same, word for word."""
        return forks.run(list(arguments), self.environ, timeout_s, typed)

    @contextmanager
    def start(self, *arguments: str) -> Iterator[tuple[forks.Forked, Path, Path]]:
        """The same while it runs, and the files with what it prints; killed at the end of the block."""
        shown, told = self.folder / "shown.txt", self.folder / "told.txt"
        with Path(os.devnull).open("rb") as nothing, shown.open("wb") as stdout, told.open("wb") as stderr:
            process = forks.Forked([*arguments, "--config", str(self.folder)], self.environ, (nothing, stdout, stderr))
        try:
            yield process, shown, told
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def daemon(self, *options: str, forked: bool = True) -> Iterator["Daemon"]:
        """`basewatch run`, killed at the end of the block if it still runs. Not `forked`: a Python that starts from
        nothing, for what changes how it starts."""
        starts = self.log.count("started")
        words = ["run", "--quiet", "--config", str(self.folder), *options]
        with (self.folder / "daemon.log").open("ab") as log, Path(os.devnull).open("r+b") as nothing:
            process = (
                forks.Forked(words, self.environ, (nothing, nothing, log))
                if forked
                else subprocess.Popen([*BASEWATCH, *words], env=dict(self.environ), stdout=nothing, stderr=log)
            )
        try:
            yield Daemon(process, self, starts)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    @property
    def log(self) -> str:
        path = self.folder / "daemon.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    # what came of it

    def store(self) -> Store:
        in_place = f"sqlite:///{self.data / 'basewatch.sqlite'}"
        return Store.open(self.environ.get("BASEWATCH_DATABASE_URL", in_place))

    def outcomes(self) -> dict[str, Outcome]:
        """Path of the link → how it ended."""
        store = self.store()
        try:
            return {urlsplit(url).path: outcome for url, outcome in store.read_outcomes(LONG_AGO).items()}
        finally:
            store.close()

    def ledger(self) -> list[LedgerRow]:
        store = self.store()
        try:
            return store.read_ledger(LONG_AGO, FAR_AHEAD)
        finally:
            store.close()

    def stream(self, kind: EntryKind = "alert") -> list[dict[str, Any]]:
        """The entries of a kind on the stream, oldest first; starts the embedded server if no daemon runs."""
        with EmbeddedRedis(self.data) as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
            rows = client.xrange(STREAM)
            return [json.loads(fields["json"]) for _, fields in rows if fields["kind"] == kind]


@dataclass
class Daemon:
    """One run."""

    process: forks.Forked | subprocess.Popen[bytes]
    place: Place
    earlier_starts: int

    def stop(self, timeout_s: float = 60) -> float:
        """SIGTERM; how long it took, in seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout_s)
        assert code == 0, f"the daemon ended with {code}:\n{self.place.log}"
        return time.monotonic() - began

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def wait_for(self, condition: Callable[[], Any], timeout_s: float = 180) -> None:
        """Poll until it holds; a daemon that ended, or takes too long, fails the test with its log."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            ended = self.process.poll()
            assert ended is None, f"the daemon ended with {ended}:\n{self.place.log}"
            assert time.monotonic() < deadline, f"waited {timeout_s} s in vain:\n{self.place.log}"
            time.sleep(0.15)  # a look costs the CPU time that the daemon is waited for

    def wait_ready(self, timeout_s: float = 180) -> None:
        """A start compiles all rules; on a machine that is busy that takes its time."""
        self.wait_for(lambda: self.place.log.count("started") > self.earlier_starts, timeout_s)

    def wait_outcomes(self, count: int, timeout_s: float = 180) -> dict[str, Outcome]:
        self.wait_for(lambda: len(self.place.outcomes()) >= count, timeout_s)
        return self.place.outcomes()


def make_place(folder: Path) -> Place:
    """A configuration that waits for nothing; everything that it does not say is as shipped."""
    folder.mkdir(parents=True, exist_ok=True)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("BASEWATCH_")}
    # tests of the dashboard start it themselves: it has one address, and tests run beside each other
    place = Place(folder, {**clean, "BASEWATCH_DASHBOARD": "off"})
    data_dir = json.dumps(str(folder / "data"))
    place.write(
        "run.yaml", f"data_dir: {data_dir}\ndelay: 0s\nfetch_timeout: 5s\npage_timeout: 3s\nattempts: 2\nworkers: 1"
    )
    # never the shipped outlets: a test must not even ask for their names
    place.write("sources.yaml", "outlets: {}\n")
    return place
