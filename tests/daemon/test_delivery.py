"""From the stream to endpoints: everything arrives, in order, and nothing that one endpoint does hinders another."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from crawler.deliveries import DeliveryState, Verdict
from crawler.errors import StoreError
from crawler.signs import Trouble
from crawler.store.store import Store
from crawler.workers import WorkerPool
from scheduler.alerts.answers import Answer as Sent
from scheduler.alerts.delivery import RECLAIM_EVERY, RECLAIM_IDLE_S, ChannelDelivery
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.groups import BLOCK_S, MOST_READS, ChannelGroup
from scheduler.alerts.letters import Letter, write_words
from scheduler.alerts.opening import make_pool
from scheduler.alerts.sent import SentFile
from scheduler.alerts.stream import STREAM, AlertStream
from scheduler.alerts.targets import Target
from scheduler.alerts.timing import MOST_ATTEMPTS
from scheduler.alerts.webhook import WebhookTarget
from scheduler.commands.alerts_redrive import Earlier, tell_earlier
from settings.model import Channel
from tests.daemon.delivering import AsyncStore, delivering, hook, make_deliveries, publish_all, wait_for
from tests.daemon.endpoints import Answer, Post, flood, http_endpoint, reset, say, trickle
from tests.redis_servers import add_alerts
from tests.stages.test_store_stories import WORDS, analysis, links_of, save


@pytest.fixture
async def stream(embedded: EmbeddedRedis) -> AsyncIterator[AlertStream]:
    async with AlertStream(embedded.url) as opened:
        yield opened


@pytest.fixture
async def pool() -> Iterator[WorkerPool]:
    made = make_pool()
    yield made
    made.close()


@pytest.fixture
def parts(sqlite_url: str, stream: AlertStream, tmp_path: Path, pool: WorkerPool) -> Iterator[tuple]:
    """What a delivering process is made of, with a store of its own."""
    store = Store.open(sqlite_url)
    yield store, sqlite_url, stream, tmp_path, pool
    store.close()


def count(store: Store, channel: str) -> dict[DeliveryState, int]:
    return {each.state: each.count for each in store.count_deliveries() if each.channel == channel}


async def test_every_alert_arrives_once_in_order(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 30)
            keys = await publish_all(store, stream)
            await wait_for(lambda: len(endpoint.posts) == 30)
    assert endpoint.keys == keys
    assert count(store, "desk") == {DeliveryState.SENT: 30}
    (entry,) = json.loads(endpoint.posts[0].body)["entries"]
    assert entry["json"]["id"] == keys[0].removesuffix("-1")


async def test_a_new_channel_is_not_told_the_past(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    add_alerts(store, 1, 5)
    await publish_all(store, stream)
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 6, 6)
            (key,) = await publish_all(store, stream)
            await wait_for(lambda: endpoint.posts)
            await asyncio.sleep(0.2)
    assert endpoint.keys == [key]


async def test_what_comes_while_nobody_delivers_is_delivered_later(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        channels = [hook("desk", endpoint.url)]
        async with delivering(make_deliveries(*parts, channels)):
            await wait_for(store.read_channels)
        add_alerts(store, 1, 5)
        keys = await publish_all(store, stream)
        async with delivering(make_deliveries(*parts, channels)):
            await wait_for(lambda: len(endpoint.posts) == 5)
    assert endpoint.keys == keys


async def test_endpoints_that_misbehave_delay_no_other(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    keys, began = list[str](), list[float]()
    with (
        http_endpoint() as good,
        http_endpoint(trickle) as hung,
        http_endpoint(flood) as flooding,
        http_endpoint(say(302, {"Location": "/hook"})) as looping,
        http_endpoint(reset) as resetting,
    ):
        ends = {"good": good, "hung": hung, "flooding": flooding, "looping": looping, "resetting": resetting}
        async with delivering(make_deliveries(*parts, [hook(name, end.url) for name, end in ends.items()])):
            await wait_for(lambda: len(store.read_channels()) == 5)
            for number in range(20):
                add_alerts(store, number, number)
                began.append(time.monotonic())
                keys += await publish_all(store, stream)
                await wait_for(lambda number=number: len(good.posts) > number)
            await wait_for(lambda: hung.posts and flooding.posts and looping.posts and resetting.posts)
            assert len(hung.posts) == 1, "the first message to the one that hangs was still under way"
    assert good.keys == keys
    waits = sorted(post.at - begun for post, begun in zip(good.posts, began, strict=True))
    sys.stderr.write(f"beside four endpoints that misbehave: p95 {waits[18]:.2f} s, longest {waits[19]:.2f} s\n")
    assert waits[18] < 5
    assert len(looping.posts) <= 3, "redirects are not followed"
    for name in ("hung", "flooding", "looping", "resetting"):
        assert set(count(store, name)) == {DeliveryState.QUEUED}, "all is kept for later"


async def test_what_can_never_be_sent_is_a_dead_letter_at_once_and_can_be_redriven(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint(say(404)) as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 2)
            keys = await publish_all(store, stream)
            await wait_for(lambda: len(store.read_dead("desk")) == 2)
            assert len(endpoint.posts) == 2, "each was tried once"
            assert [event.kind for event in store.read_events()] == ["dead_letters"]
            endpoint.choose = lambda _: say(200)
            store.redrive("desk", [], datetime.now(UTC))
            await wait_for(lambda: count(store, "desk") == {DeliveryState.SENT: 2})
    assert endpoint.keys == keys + keys


async def test_a_poison_message_does_not_hold_up_the_next(parts: tuple, plain: redis.Redis) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            poison = ["\ud800".encode("utf-8", "surrogatepass"), b"\0\0", b"[" * 100_000, b"x" * (20 << 20), b"{}"]
            for number, text in enumerate(poison, start=2):
                fields = {"id": text[:64], "key": b"poison-%d" % number, "schema": "1", "severity": "warning"}
                plain.xadd(STREAM, {**fields, "outlet": "x", "json": text}, id=f"0-{number}")
            plain.xadd(STREAM, {"nothing": "of ours"}, id="0-9")
            add_alerts(store, 1, 1)
            began = time.monotonic()
            (key,) = await publish_all(store, stream)
            await wait_for(lambda: endpoint.posts)
            sys.stderr.write(f"behind six poisonous entries: {endpoint.posts[0].at - began:.2f} s\n")
            await wait_for(lambda: count(store, "desk") == {DeliveryState.DEAD: 6, DeliveryState.SENT: 1})
            (consumer,) = plain.xinfo_consumers(STREAM, "channel:desk")
    assert endpoint.keys == [key]
    assert consumer["pending"] == 0
    # each was set aside when it was read for the first time, so that nothing behind it had to wait
    assert not [letter.key for _, letter in store.read_dead("desk") if "was read" in letter.error]


async def test_one_message_that_always_fails_does_not_hold_up_the_next(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        endpoint.choose = lambda number: say(500) if number == 0 else say(200)
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 3)
            keys = await publish_all(store, stream)
            await wait_for(lambda: len(endpoint.posts) == 3)
            await wait_for(lambda: count(store, "desk") == {DeliveryState.SENT: 2, DeliveryState.QUEUED: 1})
    assert endpoint.keys == keys


async def test_entries_that_a_dead_reader_left_are_taken_over(parts: tuple, plain: redis.Redis) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        channels = [hook("desk", endpoint.url, severity="critical")]
        async with delivering(make_deliveries(*parts, channels)):
            await wait_for(lambda: plain.exists(STREAM) and plain.xinfo_groups(STREAM))
        add_alerts(store, 1, 500)
        await publish_all(store, stream)
        plain.xreadgroup("channel:desk", "dead", {STREAM: ">"}, count=500)
        assert plain.xpending(STREAM, "channel:desk")["pending"] == 500
        async with delivering(make_deliveries(*parts, channels)):
            await wait_for(lambda: count(store, "desk") == {DeliveryState.FILTERED: 500})
            await wait_for(lambda: plain.xpending(STREAM, "channel:desk")["pending"] == 0)


async def test_a_foreign_group_reads_the_same_entries(parts: tuple, plain: redis.Redis) -> None:
    store, stream = parts[0], parts[2]
    plain.xgroup_create(STREAM, "theirs", "0", mkstream=True)
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 10)
            keys = await publish_all(store, stream)
            await wait_for(lambda: len(endpoint.posts) == 10)
    ((_, rows),) = plain.xreadgroup("theirs", "me", {STREAM: ">"}, count=100)
    assert [fields["key"] for _, fields in rows] == keys == endpoint.keys


async def test_after_redis_lost_everything_a_channel_goes_on(parts: tuple, plain: redis.Redis) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 2)
            first = await publish_all(store, stream)
            await wait_for(lambda: len(endpoint.posts) == 2)
            plain.flushall()
            add_alerts(store, 3, 4)
            second = await publish_all(store, stream)
            await wait_for(lambda: len(endpoint.posts) == 4)
    assert endpoint.keys == [*first, *second]


async def test_a_digest_tells_everything_since_the_last_one_in_one_message(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url, digest={"every": "2s"})])):
            await wait_for(store.read_channels)
            await asyncio.sleep(2 - time.time() % 2 + 0.1)  # just after a beat of its clock
            began = time.time() // 2
            add_alerts(store, 1, 7)
            keys = await publish_all(store, stream)
            await wait_for(lambda: count(store, "desk") == {DeliveryState.SENT: 7})
            beats = time.time() // 2 - began
    assert len(endpoint.posts) <= beats, "one, where the machine is not slower than the digest's clock"
    bodies = [json.loads(post.body) for post in endpoint.posts]
    assert [entry["key"] for body in bodies for entry in body["entries"]] == keys


async def test_what_is_beyond_the_rate_is_told_in_a_summary(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url, at_most="2/3s")])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 9)
            keys = await publish_all(store, stream)
            await wait_for(lambda: count(store, "desk") == {DeliveryState.SENT: 9})
    told = [[entry["key"] for entry in json.loads(post.body)["entries"]] for post in endpoint.posts]
    assert told == [keys[:1], keys[1:2], keys[2:]]
    assert "held back" in json.loads(endpoint.posts[2].body)["text"]


async def test_what_was_held_back_names_all_that_tell_a_story_by_then(parts: tuple) -> None:
    """Copies are no entries of a channel that is told stories; whoever reads the summary hears of them all the same."""
    store, stream = parts[0], parts[2]
    first, copy = links_of(store, "wire", "daily")
    with http_endpoint() as endpoint:
        channel = hook("desk", endpoint.url, at_most="1/4s", kinds=["alert"])
        async with delivering(make_deliveries(*parts, [channel])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 1)
            save(store, first, analysis(WORDS, "threat"))
            save(store, copy, analysis(f"{WORDS} again.", "threat"))
            await publish_all(store, stream)
            await wait_for(lambda: len(endpoint.posts) == 2)
    assert count(store, "desk") == {DeliveryState.SENT: 2, DeliveryState.FOLDED: 1, DeliveryState.FILTERED: 1}
    assert "Also: The Daily" in json.loads(endpoint.posts[1].body)["text"]


async def test_a_channel_without_its_secret_is_told_of_and_the_others_go_on(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint() as endpoint:
        broken = Channel(name="broken", url="${NOT_SET_ANYWHERE}")
        async with delivering(make_deliveries(*parts, [broken, hook("desk", endpoint.url)])):
            await wait_for(lambda: len(store.read_channels()) == 2)
            add_alerts(store, 1, 1)
            await publish_all(store, stream)
            await wait_for(lambda: endpoint.posts)
            (event,) = store.read_events()
    assert (event.kind, event.subject) == ("channel_closed", "broken")
    assert "NOT_SET_ANYWHERE" in event.detail


async def test_a_defect_with_one_channel_ends_no_other_and_a_refusal_to_note_it_is_made_up_for(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    refusals = iter([StoreError("locked")])

    class Refusing(AsyncStore):
        async def open_event(self, *args: object) -> object:
            for refusal in refusals:
                raise refusal
            return await asyncio.to_thread(store.open_event, *args)

    with http_endpoint() as endpoint:
        deliveries = make_deliveries(*parts, [hook("desk", endpoint.url), Channel(name="closed", url="${NOT_SET}")])
        deliveries._store = Refusing(store)
        open_it, defects = deliveries._open_target, iter([ZeroDivisionError("ours")])

        def open_badly(channel: Channel) -> Target:
            for defect in defects:
                raise defect
            return open_it(channel)

        deliveries._open_target = open_badly
        async with delivering(deliveries):
            await wait_for(store.read_events)
            add_alerts(store, 1, 1)
            await publish_all(store, stream)
            await wait_for(lambda: endpoint.posts)
    assert [(event.kind, event.subject) for event in store.read_events()] == [("channel_closed", "closed")]


async def test_the_next_try_is_durable(parts: tuple) -> None:
    store, stream = parts[0], parts[2]
    with http_endpoint(say(503, {"Retry-After": "3600"})) as endpoint:
        channels = [hook("desk", endpoint.url)]
        async with delivering(make_deliveries(*parts, channels)):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 1)
            await publish_all(store, stream)
            await wait_for(lambda: store.read_channels()[0].failures)
        async with delivering(make_deliveries(*parts, channels)):
            await asyncio.sleep(1.5)
    assert len(endpoint.posts) == 1, "a restart does not forget that the endpoint asked for an hour"
    (state,) = store.read_channels()
    assert state.paused_until
    assert abs(state.paused_until - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)


async def test_what_a_killed_process_had_sent_is_marked_and_not_sent_again(parts: tuple) -> None:
    store, stream, folder = parts[0], parts[2], parts[3]
    store.watch_channels(["desk"], datetime.now(UTC))
    add_alerts(store, 1, 3)
    keys = await publish_all(store, stream)
    sent = folder / "sent" / "desk"
    with http_endpoint(say(503)) as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(lambda: sum(count(store, "desk").values()) == 3)
    sent.write_text(f"{keys[0]}\n{keys[1]}\n{keys[2][:5]}")
    store.redrive("desk", [], datetime.now(UTC))
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(lambda: count(store, "desk").get(DeliveryState.SENT, 0) >= 2)
            await wait_for(lambda: not sent.read_text())
    assert not set(endpoint.keys) & set(keys[:2])


async def test_where_what_was_sent_cannot_be_written_down_everything_arrives_once(parts: tuple) -> None:
    store, stream, folder = parts[0], parts[2], parts[3]
    (folder / "sent").write_text("a file in the folder's place")
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(store.read_channels)
            add_alerts(store, 1, 5)
            keys = await publish_all(store, stream)
            await wait_for(lambda: count(store, "desk") == {DeliveryState.SENT: 5})
    assert endpoint.keys == keys


async def test_entries_beyond_count_and_those_that_kill_their_reader_are_dealt_with(
    parts: tuple, plain: redis.Redis
) -> None:
    """5,000 that a dead worker had taken, one of them for the fifth time; all within 90 s of its death."""
    store, stream = parts[0], parts[2]
    store.watch_channels(["desk"], datetime.now(UTC))
    plain.xgroup_create(STREAM, "channel:desk", "0", mkstream=True)
    with plain.pipeline(transaction=False) as pipeline:
        for number in range(1, 5000):
            pipeline.xadd(STREAM, {"key": f"foreign-{number}"}, id=f"0-{number}")
        pipeline.execute()
    add_alerts(store, 1, 1)
    (key,) = await publish_all(store, stream)
    plain.xreadgroup("channel:desk", "dead", {STREAM: ">"}, count=5000)
    plain.xclaim(STREAM, "channel:desk", "dead", 0, ["1-1"], retrycount=MOST_READS)
    with http_endpoint() as endpoint:
        async with delivering(make_deliveries(*parts, [hook("desk", endpoint.url)])):
            await wait_for(lambda: plain.xpending(STREAM, "channel:desk")["pending"] == 0, 120)
    assert count(store, "desk") == {DeliveryState.DEAD: 5000}
    (letter,) = [letter for _, letter in store.read_dead("desk") if letter.key == key]
    assert "read 6 times" in letter.error
    assert endpoint.posts == []
    assert timedelta(seconds=RECLAIM_IDLE_S + BLOCK_S) + RECLAIM_EVERY <= timedelta(seconds=90)


@pytest.mark.parametrize("options", [{}, {"digest": {"every": "30d"}}, {"at_most": "1/h"}])
async def test_what_a_clock_that_was_ahead_put_off_is_sent_when_it_is_set_right(parts: tuple, options: dict) -> None:
    store, stream, folder = parts[0], parts[2], parts[3]
    clock = Clock()
    right, clock.now = clock.now, clock.now + timedelta(days=3650)
    store.watch_channels(["desk"], clock())
    add_alerts(store, 1, 2)
    keys = await publish_all(store, stream)
    channel, since = hook("desk", "http://127.0.0.1:1", **options), right - timedelta(days=1)
    assert tell_earlier(store, Earlier(channel, since), clock()) == 2
    with http_endpoint(say(503, {"Retry-After": "3600"})) as endpoint:
        target = WebhookTarget(endpoint.url, "", allow_private=True)
        sent, group = SentFile(folder / "sent"), ChannelGroup(stream, "desk")
        delivery = ChannelDelivery(channel, target, AsyncStore(store), group, sent, clock=clock)
        if not options:
            await delivery.send_next()
            assert store.read_channels()[0].paused_until > clock()
        endpoint.posts.clear()
        endpoint.choose, clock.now = (lambda _: say(200)), right
        for _ in range(4):
            await delivery.send_next()
            clock.now += timedelta(hours=1)
        await target.close()
    assert sorted(key for post in endpoint.posts for key in told_keys(post)) == sorted(keys)


async def test_a_wait_that_was_meant_is_left_as_it_is(parts: tuple) -> None:
    store, stream, folder = parts[0], parts[2], parts[3]
    clock = Clock()
    store.watch_channels(["desk"], clock())
    add_alerts(store, 1, 1)
    await publish_all(store, stream)
    channel = hook("desk", "http://127.0.0.1:1", digest={"every": "30d"})
    tell_earlier(store, Earlier(channel, clock() - timedelta(days=1)), clock())
    before = store.read_agenda("desk", clock(), 1).next_try_at
    target = WebhookTarget("http://127.0.0.1:1", "")
    group = ChannelGroup(stream, "desk")
    delivery = ChannelDelivery(channel, target, AsyncStore(store), group, SentFile(folder / "sent"), clock=clock)
    await delivery.send_next()
    await target.close()
    assert store.read_agenda("desk", clock(), 1).next_try_at == before


def told_keys(post: Post) -> list[str]:
    return [entry["key"] for entry in json.loads(post.body)["entries"]]


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("answer", [say(500), reset, trickle], ids=["500", "reset", "silent"])
async def test_an_endpoint_that_fails_is_tried_20_times_ever_later_and_then_lost_nothing(
    parts: tuple, answer: Answer
) -> None:
    store, stream, folder = parts[0], parts[2], parts[3]
    clock, waits = Clock(), list[float]()
    store.watch_channels(["desk"], clock())
    add_alerts(store, 1, 1)
    (key,) = await publish_all(store, stream)
    store.save_verdicts("desk", [Verdict(key, 1, DeliveryState.QUEUED, clock(), message=key)], clock())
    with http_endpoint(answer) as endpoint:
        target = WebhookTarget(endpoint.url, "", allow_private=True, deadline_s=0.3 if answer is trickle else 30)
        sent, group = SentFile(folder / "sent"), ChannelGroup(stream, "desk")
        channel = hook("desk", endpoint.url)
        delivery = ChannelDelivery(channel, target, AsyncStore(store), group, sent, clock=clock, chance=lambda: 0.0)
        while not store.read_dead("desk"):
            await delivery.send_next()
            agenda = store.read_agenda("desk", clock(), 1)
            if agenda.next_try_at:
                waits.append((agenda.next_try_at - clock()).total_seconds())
                clock.now = max(agenda.next_try_at, agenda.state.paused_until or clock())
        assert len(endpoint.posts) == len(waits) + 1 == MOST_ATTEMPTS
        assert waits[:9] == [15, 30, 60, 120, 240, 480, 960, 1920, 3600]
        assert set(waits[8:]) == {3600}
        assert {event.kind for event in store.read_events()} == {"channel_failing", "dead_letters"}
        endpoint.choose = lambda _: say(200)
        store.redrive("desk", [], clock())
        await delivery.send_next()
        await target.close()
    assert count(store, "desk") == {DeliveryState.SENT: 1}
    assert set(endpoint.keys) == {key}, "whoever had taken it in spite of its answer knows it again"


def test_a_new_channel_is_told_of_what_came_before_only_what_it_asks_for(sqlite_url: str) -> None:
    store, now = Store.open(sqlite_url), datetime.now(UTC)
    first, copy, muted = links_of(store, "wire", "daily", "post")
    save(store, first, analysis(WORDS, "threat"))
    save(store, copy, analysis(f"{WORDS} again.", "threat"))
    save(store, muted, analysis(WORDS.replace("orchard", "river"), "threat"))
    store.add_mute("outlet", "post", now, by="me")
    store.open_event(Trouble("late", "slow"), now)
    store.mark_published([entry.id for entry in store.take_unpublished(99)], now)
    store.watch_channels(["desk", "night"], now)
    desk = Channel(name="desk", url="ntfy://ntfy.example/topic", quiet="00:00-23:59")
    night = Channel(name="night", url="ntfy://ntfy.example/topic", severity="critical")

    owed = [tell_earlier(store, Earlier(channel, now - timedelta(days=1)), now) for channel in (desk, night, desk)]
    states = {each: count(store, each) for each in ("desk", "night")}
    store.close()

    assert owed == [1, 0, 0]
    assert states["desk"] == {
        DeliveryState.HELD: 1,
        DeliveryState.FOLDED: 3,  # a copy, and the entries that tell of both copies
        DeliveryState.MUTED: 1,
        DeliveryState.FILTERED: 1,  # a trouble of basewatch's own
    }
    assert set(states["night"]) == {DeliveryState.FILTERED}


def test_a_copy_that_weighs_more_is_told_to_people_once(sqlite_url: str) -> None:
    store, now = Store.open(sqlite_url), datetime.now(UTC)
    first, copy, later = links_of(store, "wire", "daily", "post")
    save(store, first, analysis(WORDS, "threat"))
    for link, body in ((copy, f"{WORDS} again."), (later, f"{WORDS} once more.")):
        made = analysis(body, "attack")
        save(store, link, replace(made, hits=tuple(replace(hit, severity="critical") for hit in made.hits)))
    store.mark_published([entry.id for entry in store.take_unpublished(99)], now)
    channels = {
        "stories": Channel(name="stories", url="ntfy://ntfy.example/topic"),
        "articles": Channel(name="articles", url="ntfy://ntfy.example/topic", per="article"),
        "wire": Channel(name="wire", url="ntfy://ntfy.example/topic", outlets=["wire"]),
    }
    store.watch_channels(list(channels), now)
    owed = {}
    for name, channel in channels.items():
        tell_earlier(store, Earlier(channel, now - timedelta(days=1)), now)
        owed[name] = [(due.entry.kind, due.entry.outlet, due.entry.severity) for due in store.read_due(name, now, 9)]
    store.close()

    warning, critical = ("alert", "wire", "warning"), ("alert", "daily", "critical")
    assert owed == {
        "stories": [warning, critical],
        "articles": [warning, critical, ("alert", "post", "critical")],
        "wire": [warning, ("update", "wire", "critical")],  # which hears of the copy in no other way
    }


class ShortTarget(WebhookTarget):
    """As a service of people whose messages are short."""

    longest = 400

    def __init__(self, url: str) -> None:
        super().__init__(url, "", allow_private=True)
        self.bodies: list[str] = []

    async def send(self, letter: Letter, now: datetime) -> Sent:
        self.bodies.append(write_words(letter, self.longest).body)
        return await super().send(letter, now)


@pytest.mark.parametrize("options", [{"digest": {"every": "1h"}}, {"quiet": "12:00-12:30"}, {"at_most": "1/h"}])
async def test_a_digest_that_is_too_long_for_its_service_is_several_messages(parts: tuple, options: dict) -> None:
    """Only what is beyond a rate is told in one, which says how much it leaves out."""
    store, stream, folder = parts[0], parts[2], parts[3]
    clock = Clock()
    store.watch_channels(["desk"], clock())
    add_alerts(store, 1, 12)
    keys = await publish_all(store, stream)
    with http_endpoint() as endpoint:
        channel = hook("desk", endpoint.url, **options)
        tell_earlier(store, Earlier(channel, clock() - timedelta(days=1)), clock())
        target, group, sent = ShortTarget(endpoint.url), ChannelGroup(stream, "desk"), SentFile(folder / "sent")
        delivery = ChannelDelivery(channel, target, AsyncStore(store), group, sent, clock=clock)
        for _ in range(30):
            if await delivery.send_next():
                clock.now += timedelta(minutes=30)
        await target.close()
    told = [told_keys(post) for post in endpoint.posts]
    assert sorted(key for each in told for key in each) == sorted(keys), "each once"
    left_out = [body for body in target.bodies if "more stories" in body]
    assert (len(told), len(left_out)) == (2, 1) if "at_most" in options else (len(told) > 2, left_out) == (True, [])
