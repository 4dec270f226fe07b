"""A running daemon through everything that may fail around it: nothing is lost, nothing is told twice, it recovers by
itself, and its health says what was wrong.

BASEWATCH_OUTAGE_S=60 makes Redis silent for as long as that; `make soak` does.
"""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis

from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM
from tests.daemon.endpoints import Endpoint, http_endpoint
from tests.daemon.test_ballast import fill_disk, small_disk
from tests.daemon.test_channel_commands import tell
from tests.daemon.test_kill import make_attack
from tests.running import LONG_AGO, Daemon, Place, make_place
from tests.website import Item, Website

__all__ = ["small_disk"]
OUTAGE_S = float(os.environ.get("BASEWATCH_OUTAGE_S", "12"))
RELAY_PATIENCE_S = 10
"""Redis away for longer is told."""


class Scene:
    """A daemon with one outlet and one channel; what is published there is expected to arrive."""

    def __init__(self, place: Place, site: Website, endpoint: Endpoint) -> None:
        self.place, self.site, self.endpoint = place, site, endpoint
        self.published = 0

    def publish(self) -> None:
        """One more article that is worth an alert."""
        self.site.page(f"/news/{self.published}", make_attack(self.published))
        self.published += 1
        items = [Item(f"Attack {each}", self.site.url(f"/news/{each}")) for each in range(self.published)]
        self.site.feed("/rss.xml", items)

    def wait_told(self, daemon: Daemon) -> float:
        """Until everything has arrived; how long it took, in seconds."""
        began = time.monotonic()
        daemon.wait_for(lambda: len(set(self.endpoint.keys)) >= self.published)
        return time.monotonic() - began

    def read_troubles(self) -> set[str]:
        with closing(self.place.store()) as store:
            return {event.kind for event in store.read_events(LONG_AGO)}


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    place = make_place(folder)
    run = (place.folder / "run.yaml").read_text(encoding="utf-8")
    place.write("run.yaml", run.replace("page_timeout: 3s", "page_timeout: 60s"))
    with Website() as site, http_endpoint() as endpoint:
        tell(place, desk=f"kind: webhook, url: '{endpoint.url}', allow_private: true, per: article, kinds: [alert]")
        made = Scene(place, site, endpoint)
        made.publish()
        place.watch(site, "/rss.xml")
        yield made


def connect(place: Place) -> "redis.Redis":
    return redis.Redis.from_url(EmbeddedRedis(place.data).url, decode_responses=True)


def test_redis_killed_silent_and_emptied_and_a_locked_database(tmp_path: Path) -> None:
    with scene(tmp_path / "p") as made, made.place.daemon() as daemon, connect(made.place) as client:
        took = {"start": made.wait_told(daemon)}
        client.xgroup_create(STREAM, "theirs", id="0")
        [[_, [(first, _)]]] = client.xreadgroup("theirs", "me", {STREAM: ">"})
        client.xack(STREAM, "theirs", first)

        os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
        made.publish()
        took["killed"] = made.wait_told(daemon)

        server = int(client.info("server")["process_id"])
        os.kill(server, signal.SIGSTOP)
        made.publish()
        # what the daemon says of it must come while Redis is silent, however slow the machine is
        silent_since = time.monotonic()
        daemon.wait_for(lambda: "relay_blocked" in made.place.log)
        time.sleep(max(0.0, OUTAGE_S - (time.monotonic() - silent_since)))
        os.kill(server, signal.SIGCONT)
        took["silent"] = made.wait_told(daemon)

        daemon.wait_for(lambda: client.xlen(STREAM) >= made.published)
        client.flushall()
        took["emptied"] = wait_renewed(daemon, client, made.published - 1)
        renewed = [fields["key"] for _, fields in client.xrange(STREAM) if fields["kind"] == "alert"]
        assert first_key(made.endpoint) not in renewed, "what everybody had is not published again"

        with closing(sqlite3.connect(made.place.data / "basewatch.sqlite", isolation_level=None)) as locker:
            locker.execute("BEGIN IMMEDIATE")
            made.publish()
            daemon.wait_for(lambda: "store_away" in made.place.log)
            locker.execute("ROLLBACK")
        took["locked"] = made.wait_told(daemon)
        daemon.wait_for(lambda: made.read_troubles() >= {"relay_blocked", "stream_lost", "store_away"})
        daemon.stop()
    sys.stderr.write(f"seconds until all was told: {' '.join(f'{name} {s:.1f}' for name, s in took.items())}\n")

    assert sorted(made.endpoint.keys) == sorted(set(made.endpoint.keys)), "nothing is told twice"
    assert len(made.endpoint.keys) == made.published
    assert took["emptied"] < 60


def wait_renewed(daemon: Daemon, client: "redis.Redis", count: int) -> float:
    """Until the foreign group can read what it had not acknowledged; how long that took, in seconds."""
    began = time.monotonic()

    def is_renewed() -> bool:
        try:
            groups = {group["name"] for group in client.xinfo_groups(STREAM)}
        except redis.ResponseError:  # there is no stream
            return False
        kinds = [fields["kind"] for _, fields in client.xrange(STREAM)]
        return "theirs" in groups and kinds.count("alert") >= count

    daemon.wait_for(is_renewed)
    return time.monotonic() - began


def first_key(endpoint: Endpoint) -> str:
    return endpoint.keys[0]


@pytest.mark.parametrize("small_disk", ["120m"], indirect=True)
def test_a_full_disk_under_a_running_daemon(small_disk: Path) -> None:
    with scene(small_disk / "p") as made, made.place.daemon() as daemon:
        made.wait_told(daemon)
        fill_disk(small_disk / "others")
        made.publish()
        daemon.wait_for(lambda: not (made.place.data / "ballast").exists())
        daemon.wait_for(lambda: "disk_full" in made.place.log)
        fill_disk(small_disk / "more")
        made.publish()
        time.sleep(5)  # it meets the full disk again and again
        (small_disk / "others").unlink()
        (small_disk / "more").unlink()
        made.wait_told(daemon)
        daemon.wait_for(lambda: "disk_full" in made.read_troubles())
        daemon.stop()

    assert sorted(made.endpoint.keys) == sorted(set(made.endpoint.keys))
    assert len(made.endpoint.keys) == made.published
