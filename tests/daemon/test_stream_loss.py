"""What Redis loses and somebody still needs is published again, and nothing else; nothing unread is ever trimmed."""

import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from crawler.deliveries import DeliveryState, Verdict
from crawler.errors import StreamError
from crawler.models import OutboxEntry
from crawler.store.store import Store
from scheduler.alerts.care import StreamCare
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.reconciler import is_mark
from scheduler.alerts.relay import Relay
from scheduler.alerts.stream import STREAM, AlertStream, Published
from scheduler.alerts.stream_state import Group, read_finished, read_position
from scheduler.health import HealthBoard
from scheduler.locks import FileLock
from tests.daemon.relay_process import StoreOutbox
from tests.redis_servers import add_alerts, read_alert_ids, read_pid

ALL = 1 << 30


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class Bench:
    """A relay that makes a pass when it is told to, and a foreign client."""

    def __init__(self, store: Store, stream: AlertStream, plain: redis.Redis, folder: Path, keep: int = 0) -> None:
        self.store, self.stream, self.plain, self.folder, self.keep = store, stream, plain, folder, keep
        self.clock, self.board = Clock(), HealthBoard()
        self.relay = self.make_relay()

    def make_relay(self) -> Relay:
        outbox = StoreOutbox(self.store)
        care = StreamCare(outbox, self.stream, self.board, keep=self.keep, look_every=timedelta(0))
        return Relay(outbox, self.stream, FileLock(self.folder / "relay.lock"), care, clock=self.clock)

    async def publish(self, first: int, last: int) -> set[str]:
        added = add_alerts(self.store, first, last)
        await self.settle()
        return added

    async def reconnect(self) -> None:
        """After a restart of the server: the first command finds the old connection closed."""
        with suppress(StreamError):
            await self.stream.read_state()

    async def settle(self) -> None:
        """Until nothing is left to publish, and a look at the groups."""
        while await self.relay.relay_batch():
            pass

    def join(self, group: str = "foreign") -> None:
        self.plain.xgroup_create(STREAM, group, id="0", mkstream=True)

    def read(self, group: str = "foreign", count: int = ALL) -> list[str]:
        """The alerts that the group had not been given; stream ids to acknowledge them by are in `ids`."""
        answer = self.plain.xreadgroup(group, "me", {STREAM: ">"}, count=count)
        rows = answer[0][1] if answer else []
        self.ids = [row_id for row_id, _ in rows]
        return [fields["id"] for _, fields in rows]

    def finish(self, group: str = "foreign", count: int = ALL) -> list[str]:
        read = self.read(group, count)
        if self.ids:
            self.plain.xack(STREAM, group, *self.ids)
        return read

    async def troubles(self) -> list[tuple[str, str]]:
        """Those that are open: kind and subject."""
        await self.board.flush(StoreHealth(self.store))
        return [(event.kind, event.subject) for event in self.store.read_events()]


class StoreHealth:
    """The store's health calls for asyncio."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        async def call(*args: object) -> object:
            return getattr(self._store, name)(*args)

        return call


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is asked of the database, tests/stages/test_store_outbox.py asks of both."""
    return sqlite_url


@pytest.fixture
async def bench(store: Store, embedded: EmbeddedRedis, plain: redis.Redis, tmp_path: Path) -> AsyncIterator[Bench]:
    async with AlertStream(embedded.url, revive=embedded.revive) as stream:
        yield Bench(store, stream, plain, tmp_path)


@pytest.fixture
def other_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "other") as server:
        yield server


# ── loss ─────────────────────────────────────────────────────────────────────────────────────────


async def test_after_flushall_a_foreign_group_gets_what_it_had_not_finished_and_nothing_else(bench: Bench) -> None:
    bench.join()
    await bench.publish(1, 5)
    finished = bench.finish(count=3)
    await bench.settle()
    unfinished = set(read_alert_ids(bench.plain)) - set(finished)

    bench.plain.flushall()
    await bench.settle()

    # the group is there again: its client goes on as if nothing had happened
    assert sorted(bench.finish()) == sorted(unfinished)
    assert sorted(read_alert_ids(bench.plain)) == sorted(unfinished)
    assert await bench.troubles() == [("stream_lost", "")]


async def test_what_was_given_and_not_acknowledged_is_published_again(bench: Bench) -> None:
    bench.join()
    expected = await bench.publish(1, 4)
    bench.read()

    bench.plain.delete(STREAM)
    await bench.settle()

    assert set(bench.finish()) == expected


async def test_a_loss_that_is_added_to_before_it_is_seen_is_seen_all_the_same(bench: Bench) -> None:
    bench.join()
    expected = await bench.publish(1, 4)
    flush_next(bench)
    expected |= await bench.publish(5, 6)

    assert sorted(bench.finish()) == sorted(expected)
    assert sorted(read_alert_ids(bench.plain)) == sorted(expected)


def flush_next(bench: Bench) -> None:
    """Lose the stream between the next look at it and the adding."""
    publish = bench.stream.publish

    async def lose_and_publish(entries: list[OutboxEntry]) -> Published:
        bench.stream.publish = publish  # type: ignore[method-assign, assignment]
        bench.plain.flushall()
        return await publish(entries)

    bench.stream.publish = lose_and_publish  # type: ignore[method-assign, assignment]


async def test_an_older_stream_that_comes_back_gets_what_it_lacks(bench: Bench, embedded: EmbeddedRedis) -> None:
    bench.join()
    older = await bench.publish(1, 3)
    embedded.close()
    kept = shutil.copytree(embedded.folder / "appendonlydir", bench.folder / "kept")
    embedded.ensure()
    await bench.reconnect()
    newer = await bench.publish(4, 6)
    embedded.close()
    shutil.rmtree(embedded.folder / "appendonlydir")
    kept.rename(embedded.folder / "appendonlydir")
    embedded.ensure()
    assert set(read_alert_ids(bench.plain)) == older

    await bench.reconnect()
    await bench.settle()

    assert sorted(bench.finish()) == sorted(older | newer)


async def test_a_restart_with_an_empty_folder_is_a_loss(bench: Bench, embedded: EmbeddedRedis) -> None:
    bench.join()
    expected = await bench.publish(1, 3)
    os.kill(read_pid(embedded.url), signal.SIGKILL)
    shutil.rmtree(embedded.folder / "appendonlydir")
    await embedded.revive()

    await bench.reconnect()
    await bench.settle()

    assert set(bench.finish()) == expected


async def test_another_server_gets_what_is_unfinished(bench: Bench, other_redis: EmbeddedRedis) -> None:
    bench.join()
    expected = await bench.publish(1, 3)
    with redis.Redis.from_url(other_redis.url, decode_responses=True) as plain:
        # its clock-made id is far above ours: the numbers alone would not tell
        plain.xadd(STREAM, {"id": "theirs"})
        async with AlertStream(other_redis.url) as stream:
            moved = Bench(bench.store, stream, plain, bench.folder / "moved")
            await moved.settle()
            assert sorted(moved.finish()) == sorted([*expected, "theirs"])


@pytest.mark.parametrize("step", ["renewing", "groups", "mark"])
async def test_a_kill_while_a_loss_is_made_good_doubles_nothing(bench: Bench, step: str) -> None:
    bench.join()
    expected = await bench.publish(1, 4)
    bench.plain.flushall()
    die_before(bench, step)
    with pytest.raises(SystemExit):
        await bench.relay.relay_batch()
    bench.relay = bench.make_relay()

    await bench.settle()

    assert sorted(bench.finish()) == sorted(read_alert_ids(bench.plain)) == sorted(expected)


def die_before(bench: Bench, step: str) -> None:
    """End the relay in the middle of making good."""
    create = bench.stream.create_group

    async def find_absent(_entries: list[OutboxEntry]) -> list[OutboxEntry]:
        bench.stream.find_absent = type(bench.stream).find_absent.__get__(bench.stream)  # type: ignore[method-assign]
        raise SystemExit

    async def create_group(name: str, finished: int) -> None:
        if is_mark(name) == (step == "mark"):
            bench.stream.create_group = create  # type: ignore[method-assign]
            raise SystemExit
        await create(name, finished)

    if step == "renewing":
        bench.stream.find_absent = find_absent  # type: ignore[method-assign, assignment]
    else:
        bench.stream.create_group = create_group  # type: ignore[method-assign]


async def test_a_stream_of_an_earlier_version_without_a_mark_is_no_loss(bench: Bench) -> None:
    add_alerts(bench.store, 1, 3)
    entries = bench.store.take_unpublished(10)
    await bench.stream.publish(entries)
    bench.store.mark_published([entry.id for entry in entries], bench.clock())
    bench.join()

    await bench.publish(4, 4)

    assert len(read_alert_ids(bench.plain)) == 4
    assert await bench.troubles() == []


async def test_when_nobody_is_known_nothing_is_published_again(bench: Bench) -> None:
    await bench.publish(1, 3)
    bench.plain.flushall()
    expected = await bench.publish(4, 5)

    assert set(read_alert_ids(bench.plain)) == expected


async def test_a_group_that_its_owner_removed_is_forgotten(bench: Bench) -> None:
    bench.join()
    await bench.publish(1, 3)
    bench.plain.xgroup_destroy(STREAM, "foreign")
    await bench.settle()
    bench.plain.flushall()
    await bench.settle()

    assert read_alert_ids(bench.plain) == []


async def test_a_channel_gets_what_it_has_no_delivery_of(bench: Bench) -> None:
    bench.store.watch_channels(["mail"], bench.clock())
    bench.join("channel:mail")
    await bench.publish(1, 4)
    taken = bench.finish("channel:mail", count=2)
    verdicts = [Verdict(f"{alert}-1", 0, DeliveryState.SENT) for alert in taken]
    bench.store.save_verdicts("mail", verdicts, bench.clock())
    unfinished = set(read_alert_ids(bench.plain)) - set(taken)

    bench.plain.flushall()
    await bench.settle()

    assert sorted(bench.finish("channel:mail")) == sorted(read_alert_ids(bench.plain)) == sorted(unfinished)


# ── trimming ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_thousand_entries_wait_for_a_consumer_that_is_off(bench: Bench) -> None:
    bench.join()
    bench.join("quick")
    expected = await bench.publish(1, 1000)
    bench.finish("quick")
    await bench.settle()

    assert bench.plain.xlen(STREAM) == 1000
    assert set(bench.finish()) == expected
    await bench.settle()
    assert bench.plain.xlen(STREAM) == 0


async def test_what_all_groups_have_acknowledged_is_trimmed_up_to_the_oldest_pending_one(bench: Bench) -> None:
    bench.join()
    await bench.publish(1, 10)
    bench.read()
    bench.plain.xack(STREAM, "foreign", *[each for each in bench.ids if each != "4-1"])
    await bench.settle()

    assert [row_id for row_id, _ in bench.plain.xrange(STREAM)] == [f"{number}-1" for number in range(4, 11)]


async def test_a_channel_that_has_not_begun_holds_everything(bench: Bench) -> None:
    bench.store.watch_channels(["mail"], bench.clock())
    bench.join()
    await bench.publish(1, 10)
    bench.finish()
    await bench.settle()

    assert bench.plain.xlen(STREAM) == 10


async def test_the_newest_entries_stay_for_those_who_read_without_a_group(
    bench: Bench, store: Store, tmp_path: Path
) -> None:
    bench.keep = 3
    bench.relay = bench.make_relay()
    bench.join()
    await bench.publish(1, 10)
    bench.finish()
    await bench.settle()

    assert [row_id for row_id, _ in bench.plain.xrange(STREAM)] == ["8-1", "9-1", "10-1"]


async def test_without_any_group_nothing_is_trimmed(bench: Bench) -> None:
    await bench.publish(1, 10)
    await bench.settle()

    assert bench.plain.xlen(STREAM) == 10


async def test_what_the_outbox_has_not_marked_is_kept(bench: Bench) -> None:
    bench.join()
    await bench.publish(1, 3)
    add_alerts(bench.store, 4, 6)
    await bench.stream.publish(bench.store.take_unpublished(10))  # killed before it could mark them
    bench.finish()
    assert bench.store.read_dispensable(0) == 3
    await bench.settle()

    assert bench.store.take_unpublished(10) == []
    assert len(bench.store.read_alerts()) == 6


# ── who does not read ────────────────────────────────────────────────────────────────────────────


async def test_a_group_that_never_reads_is_told_by_name_after_a_day_and_until_it_reads(bench: Bench) -> None:
    bench.join("forgotten")
    await bench.publish(1, 3)
    assert await bench.troubles() == []

    bench.clock.now += timedelta(hours=25)
    await bench.settle()
    assert await bench.troubles() == [("stream_unread", "forgotten")]
    [event] = bench.store.read_events()
    assert "'forgotten' has not acknowledged 3 alerts" in event.detail

    bench.finish("forgotten")
    await bench.settle()
    assert await bench.troubles() == []


async def test_the_trouble_of_a_removed_group_ends_with_it(bench: Bench) -> None:
    bench.join("forgotten")
    await bench.publish(1, 3)
    bench.clock.now += timedelta(hours=25)
    await bench.settle()
    bench.plain.xgroup_destroy(STREAM, "forgotten")
    await bench.settle()

    assert await bench.troubles() == []


async def test_a_foreign_entry_is_a_trouble_and_groups_go_on_above_it(bench: Bench) -> None:
    bench.join()
    expected = await bench.publish(1, 2)
    bench.plain.xadd(STREAM, {"id": "theirs"})
    expected |= await bench.publish(3, 4)

    assert await bench.troubles() == [("stream_foreign", "")]
    assert set(bench.finish()) == {*expected, "theirs"}
    await bench.settle()
    # what is left is that trouble itself, as news
    assert [fields["kind"] for _, fields in bench.plain.xrange(STREAM)] == ["health"]


# ── what ids mean ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stream_id", "position"), [("0-0", 0), ("7-1", 7), ("7-5", 7), ("7-0", 6), ("1700000000000-0", 1699999999999)]
)
def test_an_id_tells_which_of_ours_are_not_after_it(stream_id: str, position: int) -> None:
    assert read_position(stream_id) == position


def test_the_oldest_pending_entry_decides_what_is_finished() -> None:
    group = Group("any", delivered=9, pending=2)
    assert (read_finished(group, None), read_finished(group, "4-1"), read_finished(group, "4-0")) == (9, 3, 3)
