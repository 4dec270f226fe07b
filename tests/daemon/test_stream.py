"""The stream: entries under explicit ids, each once, through outages and beside foreign clients."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from crawler.errors import StreamError
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM, AlertStream, Outage, Published, StreamEntry
from tests.redis_servers import make_entries, read_alert_ids, read_pid, stopped_process


@pytest.fixture
async def stream(embedded: EmbeddedRedis) -> AsyncIterator[AlertStream]:
    async with AlertStream(embedded.url, revive=embedded.revive) as opened:
        yield opened


async def test_an_entry_has_its_sequence_as_id_and_the_documented_fields(
    stream: AlertStream, plain: redis.Redis
) -> None:
    assert await stream.publish(make_entries(7, 7)) == Published((7,))
    assert plain.xrange(STREAM) == [
        (
            "7-1",
            {
                "id": "alert-7",
                "key": "alert-7-1",
                "kind": "alert",
                "schema": "1",
                "severity": "warning",
                "outlet": "the-outlet",
                "story": "the-story",
                "json": '{"id":"alert-7"}',
            },
        )
    ]


async def test_publishing_again_adds_nothing_and_counts_as_done(stream: AlertStream, plain: redis.Redis) -> None:
    await stream.publish(make_entries(1, 3))
    assert await stream.publish(make_entries(2, 5)) == Published((2, 3, 4, 5))
    assert read_alert_ids(plain) == [f"alert-{number}" for number in range(1, 6)]


async def test_nothing_to_publish_is_no_error(stream: AlertStream) -> None:
    assert await stream.publish([]) == Published(())


async def test_a_foreign_entry_in_the_way_is_reported_and_not_taken_for_ours(
    stream: AlertStream, plain: redis.Redis
) -> None:
    await stream.publish(make_entries(1, 2))
    foreign = plain.xadd(STREAM, {"hello": "world"})
    published = await stream.publish(make_entries(2, 4))
    assert published.done == (2,)
    assert published.blocked_above == int(str(foreign).split("-")[0])


async def test_another_alert_under_the_same_id_is_foreign(stream: AlertStream, plain: redis.Redis) -> None:
    plain.xadd(STREAM, {"id": "another"}, id="1-1")
    assert await stream.publish(make_entries(1, 2)) == Published((2,), blocked_above=2)


async def test_made_up_ids_at_the_end_of_the_range_are_an_error_that_says_so(
    stream: AlertStream, plain: redis.Redis
) -> None:
    plain.xadd(STREAM, {"a": "b"}, id=f"{2**64 - 2}-0")
    with pytest.raises(StreamError, match="rename that key"):
        await stream.publish(make_entries(1, 1))


async def test_a_key_of_another_type_is_an_error_of_ours(stream: AlertStream, plain: redis.Redis) -> None:
    plain.set(STREAM, "text")
    with pytest.raises(StreamError, match="WRONGTYPE"):
        await stream.publish(make_entries(1, 1))
    with pytest.raises(StreamError, match="WRONGTYPE"):
        await stream.read_last(1)


async def test_text_that_utf_8_cannot_hold_does_not_stop_the_others(stream: AlertStream, plain: redis.Redis) -> None:
    (entry,) = make_entries(1, 1)
    hostile = replace(entry, payload='{"title":"\ud800\x00"}')
    assert (await stream.publish([hostile, *make_entries(2, 2)])).done == (1, 2)


async def test_read_last_gives_the_newest_in_order(stream: AlertStream, plain: redis.Redis) -> None:
    await stream.publish(make_entries(1, 5))
    assert [entry.alert_id for entry in await stream.read_last(2)] == ["alert-4", "alert-5"]


async def test_foreign_entries_and_bytes_are_left_out_when_reading(stream: AlertStream, plain: redis.Redis) -> None:
    plain.xadd(STREAM, {b"\xff\xfe": b"\xff"}, id="1-0")
    await stream.publish(make_entries(2, 2))
    assert [entry.stream_id for entry in await stream.read_last(10)] == ["2-1"]


async def test_follow_gives_what_comes_after_now(stream: AlertStream) -> None:
    await stream.publish(make_entries(1, 2))
    async with aclosing(stream.follow()) as entries:
        first = asyncio.ensure_future(anext(entries))
        await asyncio.sleep(0.2)
        await stream.publish(make_entries(3, 3))
        assert await first == StreamEntry(
            stream_id="3-1",
            kind="alert",
            key="alert-3-1",
            alert_id="alert-3",
            schema="1",
            severity="warning",
            outlet="the-outlet",
            story="the-story",
            payload='{"id":"alert-3"}',
        )


async def test_follow_from_the_beginning_gives_all_in_order(stream: AlertStream) -> None:
    await stream.publish(make_entries(1, 250))
    assert [entry.stream_id for entry in await collect(stream, "0", 250)] == [f"{n}-1" for n in range(1, 251)]


async def test_follow_tells_an_outage_and_misses_nothing(stream: AlertStream, embedded: EmbeddedRedis) -> None:
    await stream.publish(make_entries(1, 1))
    async with aclosing(stream.follow("0")) as entries:
        assert isinstance(await anext(entries), StreamEntry)
        next_one = asyncio.ensure_future(anext(entries))
        os.kill(read_pid(embedded.url), signal.SIGKILL)
        away = await next_one
        assert isinstance(away, Outage)
        assert not away.over
        assert away.reason
        await embedded.revive()
        await stream.publish(make_entries(2, 3))
        assert await anext(entries) == Outage("", over=True)
        assert [(await anext(entries)).stream_id for _ in range(2)] == ["2-1", "3-1"]


async def test_a_follower_brings_the_server_back_by_itself(stream: AlertStream, embedded: EmbeddedRedis) -> None:
    async with aclosing(stream.follow("0")) as entries:
        waiting = asyncio.ensure_future(anext(entries))
        await asyncio.sleep(0.1)
        os.kill(read_pid(embedded.url), signal.SIGKILL)
        await waiting
        assert await anext(entries) == Outage("", over=True)


async def test_a_silent_server_is_an_error_in_time(embedded: EmbeddedRedis) -> None:
    async with AlertStream(embedded.url, patience_s=0.3) as stream:
        with stopped_process(read_pid(embedded.url)), pytest.raises(StreamError):
            await asyncio.wait_for(stream.publish(make_entries(1, 1)), 3)
        assert (await stream.publish(make_entries(1, 1))).done == (1,)


async def test_cancelled_commands_give_nobody_another_ones_answer(stream: AlertStream) -> None:
    """The defect of CVE-2023-28858: a connection left with an unread answer gives it to the next caller."""
    chance = random.Random(1)
    await stream.publish(make_entries(1, 50))
    for number in range(51, 351):
        adds = chance.random() < 0.5
        task = asyncio.ensure_future(stream.publish(make_entries(number, number)) if adds else stream.read_last(9))
        await asyncio.sleep(chance.random() * 0.0015)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await stream.publish(make_entries(1, 2))) == Published((1, 2))
        (last,) = await stream.read_last(1)
        assert int(last.stream_id.split("-")[0]) in range(50, number + 1)


async def test_a_cancelled_follower_ends_and_leaves_no_connection(stream: AlertStream, plain: redis.Redis) -> None:
    """At whatever moment: asyncio.wait_for of Python 3.11 loses a cancellation that comes with an answer."""
    chance = random.Random(2)
    for _ in range(200):
        follower = asyncio.ensure_future(collect(stream, "$", 1))
        await asyncio.sleep(chance.random() * 0.005)
        follower.cancel()
        done, _ = await asyncio.wait([follower], timeout=3)
        assert done
    assert plain.info("clients")["blocked_clients"] <= 1
    assert plain.info("clients")["connected_clients"] < 10


async def test_a_consumer_group_of_a_foreign_client_reads_it(stream: AlertStream, plain: redis.Redis) -> None:
    plain.xgroup_create(STREAM, "theirs", id="0", mkstream=True)
    await stream.publish(make_entries(1, 3))
    ((_, rows),) = plain.xreadgroup("theirs", "one", {STREAM: ">"})
    assert [fields["id"] for _, fields in rows] == ["alert-1", "alert-2", "alert-3"]


async def test_nothing_is_ever_trimmed(stream: AlertStream, plain: redis.Redis) -> None:
    for first in range(1, 3001, 500):
        await stream.publish(make_entries(first, first + 499))
    assert plain.xlen(STREAM) == 3000


async def test_after_flushall_the_sequence_goes_on_and_what_was_published_is_not_repeated(
    stream: AlertStream, plain: redis.Redis
) -> None:
    await stream.publish(make_entries(1, 2))
    plain.flushall()
    assert (await stream.publish(make_entries(3, 4))).done == (3, 4)
    assert read_alert_ids(plain) == ["alert-3", "alert-4"]


async def test_a_server_that_is_away_is_an_error_of_ours(tmp_path: Path) -> None:
    async with AlertStream(f"unix://{tmp_path}/none.sock") as stream:
        with pytest.raises(StreamError, match=r"none\.sock"):
            await stream.publish(make_entries(1, 1))
        await stream.revive()


@pytest.mark.parametrize("url", ["redis://:se:cret@host:x/0", "host:6379", "unix:///x?db=secret", "http://x", ""])
def test_an_address_that_is_none_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(StreamError, match="redis://") as refused:
        AlertStream(url)
    assert "cret" not in str(refused.value)


async def test_a_wrong_password_is_an_error_of_ours(
    stream: AlertStream, plain: redis.Redis, embedded: EmbeddedRedis
) -> None:
    plain.config_set("requirepass", "right")
    try:
        async with AlertStream(embedded.url.replace("unix://", "unix://:wrong@")) as other:
            with pytest.raises(StreamError, match="invalid username-password pair"):
                await other.read_last(1)
    finally:
        plain.config_set("requirepass", "")


async def collect(stream: AlertStream, last_id: str, count: int) -> list[StreamEntry]:
    found: list[StreamEntry] = []
    async with aclosing(stream.follow(last_id)) as entries:
        async for entry in entries:
            assert isinstance(entry, StreamEntry)
            found.append(entry)
            if len(found) == count:
                break
    return found
