import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import event

from crawler.errors import StoreError
from crawler.models import Outcome, SourceState
from crawler.store.store import Store
from crawler.store.writer import Writer
from tests.stages.store_samples import NOW, poll_of, seen

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def writer(store: Store) -> AsyncIterator[Writer]:
    """On a busy machine too its groups take in all that waits."""
    opened = Writer(store, group_s=60)
    yield opened
    await opened.close()


@asynccontextmanager
async def kept_busy(writer: Writer) -> AsyncIterator[None]:
    """What is called meanwhile waits, all of it."""
    begun, gate = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        gate.wait(60)

    first = asyncio.create_task(writer.call(work))
    await asyncio.to_thread(begun.wait, 60)
    yield
    await asyncio.sleep(0)  # tasks that were made meanwhile call
    gate.set()
    await first


def save(store: Store, number: int) -> int:
    links = [seen(f"https://a.example/{number}")]
    return store.save_poll(poll_of(), links, SourceState("news", NOW)).new


async def test_a_call_returns_what_the_method_returns(store: Store, writer: Writer) -> None:
    count = await writer.call(store.save_poll, poll_of(), [seen("https://a.example/1")], SourceState("news", NOW))

    assert (count.new, store.read_ledger(NOW, NOW + DAY)[0].new) == (1, 1)


async def test_calls_are_done_in_their_order_and_off_the_loop(store: Store, writer: Writer) -> None:
    done: list[tuple[int, int]] = []

    def work(number: int) -> None:
        done.append((number, threading.get_ident()))

    await asyncio.gather(*(writer.call(work, number) for number in range(200)))

    assert [number for number, _ in done] == list(range(200))
    assert {thread for _, thread in done}.isdisjoint({threading.get_ident()})


async def test_what_waits_shares_a_commit(store: Store, writer: Writer) -> None:
    commits: list[object] = []
    event.listen(store._engine, "commit", commits.append)

    async with kept_busy(writer):
        calls = [asyncio.create_task(writer.call(save, store, number)) for number in range(100)]

    assert (sum(await asyncio.gather(*calls)), len(commits)) == (100, 2), "64 and the rest"
    assert store.read_ledger(NOW, NOW + DAY)[0].closes


async def test_one_that_fails_fails_alone(store: Store, writer: Writer) -> None:
    def refuse() -> int:
        save(store, 1000)
        raise StoreError("refused")

    calls = [writer.call(save, store, number) for number in range(10)]
    calls.insert(5, writer.call(refuse))
    calls.insert(3, writer.call(lambda: 1 // 0))

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert [answer for answer in answers if not isinstance(answer, Exception)] == [1] * 10
    assert [type(answers[3]), type(answers[6])] == [ZeroDivisionError, StoreError]
    assert store.read_ledger(NOW, NOW + DAY)[0].closes


async def test_all_that_wait_are_told_when_the_database_stays_locked(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite'}")
    event.listen(store._engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=100"))
    writer = Writer(store)
    with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        calls = [writer.call(save, store, number) for number in range(3)]
        hurried = [writer.call_urgently(save, store, number) for number in range(3, 6)]
        async with asyncio.timeout(30):
            answers = await asyncio.gather(*calls, *hurried, return_exceptions=True)
        locker.execute("ROLLBACK")

    assert [type(answer) for answer in answers] == [StoreError] * 6
    assert await writer.call(save, store, 7) == 1
    await writer.close()
    store.close()


async def test_calls_that_each_wait_in_vain_are_told_together_and_not_one_after_the_other(store: Store) -> None:
    writer, tried = Writer(store, patience_s=0.2), list[int]()

    def wait_in_vain(number: int) -> None:
        tried.append(number)
        time.sleep(0.3)
        raise StoreError("canceling statement due to lock timeout")

    first = asyncio.create_task(writer.call(time.sleep, 0.2))
    await asyncio.sleep(0.02)
    answers = await asyncio.gather(*(writer.call(wait_in_vain, number) for number in range(60)), return_exceptions=True)
    await first

    assert tried == [0, 0], "once in the group, once alone"
    assert [type(answer) for answer in answers] == [StoreError] * 60
    assert "canceling statement" in str(answers[59])
    assert await writer.call(save, store, 7) == 1
    await writer.close()


async def test_closing_does_not_wait_for_a_database_that_does_not_answer(store: Store) -> None:
    writer, answers = Writer(store, close_s=0.1), threading.Event()
    calls = [asyncio.ensure_future(writer.call(answers.wait, 30))]
    await asyncio.sleep(0.02)
    calls += [asyncio.ensure_future(writer.call_urgently(save, store, 1)), asyncio.ensure_future(writer.call(int))]
    await asyncio.sleep(0)

    await writer.close()

    assert [type(answer) for answer in await asyncio.gather(*calls[1:], return_exceptions=True)] == [StoreError] * 2
    answers.set()
    assert await calls[0] is True


async def test_closing_finishes_what_was_called(store: Store) -> None:
    writer = Writer(store)
    calls = [asyncio.ensure_future(writer.call(save, store, number)) for number in range(50)]
    await asyncio.sleep(0)

    await writer.close()

    assert sum(await asyncio.gather(*calls)) == 50
    with pytest.raises(StoreError, match="closed"):
        await writer.call(save, store, 51)
    await writer.close()


async def test_a_cancelled_call_that_has_not_begun_is_not_done(store: Store, writer: Writer) -> None:
    async with kept_busy(writer):
        cancelled = asyncio.create_task(writer.call(save, store, 1))
        await asyncio.sleep(0)
        cancelled.cancel()

    assert await writer.call(save, store, 1) == 1


async def test_a_group_that_fails_leaves_nothing(store: Store) -> None:
    def fail_together() -> None:
        with store.group():
            save(store, 2)
            store.save_outcome(1, Outcome.GONE, NOW)
            raise ZeroDivisionError

    save(store, 1)
    with pytest.raises(ZeroDivisionError):
        fail_together()

    [row] = store.read_ledger(NOW, NOW + DAY)
    assert (row.new, row.pending) == (1, 1)


async def test_patient_calls_share_a_commit_and_one_that_does_not_wait_ends_their_wait(store: Store) -> None:
    commits: list[object] = []
    event.listen(store._engine, "commit", commits.append)
    writer = Writer(store, group_s=60, share_s=60)
    patient = [asyncio.create_task(writer.call_patiently(save, store, number)) for number in range(5)]
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in patient)

    assert await writer.call(save, store, 5) == 1

    assert await asyncio.gather(*patient) == [1] * 5
    assert len(commits) == 1
    await writer.close()


async def test_patient_calls_that_nobody_joins_are_done_after_a_moment(store: Store, writer: Writer) -> None:
    assert await writer.call_patiently(save, store, 1) == 1


async def test_an_urgent_call_passes_those_that_wait_but_holds_none_of_them_up_for_good(writer: Writer) -> None:
    done: list[str] = []
    async with kept_busy(writer):
        waiting = [asyncio.create_task(writer.call(done.append, f"ordinary {number}")) for number in range(3)]
        await asyncio.sleep(0)
        urgent = [asyncio.create_task(writer.call_urgently(done.append, f"urgent {number}")) for number in range(2)]

    await asyncio.gather(*waiting, *urgent)
    assert done == ["ordinary 0", "urgent 0", "urgent 1", "ordinary 1", "ordinary 2"]


async def test_between_two_pieces_of_a_long_work_all_that_waits_is_done(writer: Writer) -> None:
    done: list[str] = []
    async with kept_busy(writer):
        pieces = [asyncio.create_task(writer.call_in_between(done.append, f"piece {number}")) for number in range(2)]
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(writer.call(done.append, f"ordinary {number}")) for number in range(3)]

    await asyncio.gather(*pieces, *waiting)
    assert set(done[-2:]) >= {"piece 1"}
    assert done.index("ordinary 2") < done.index("piece 1")


async def test_a_group_that_takes_long_takes_nothing_more_in(store: Store) -> None:
    commits: list[object] = []
    writer = Writer(store)
    event.listen(store._engine, "commit", commits.append)
    async with kept_busy(writer):
        slow = [asyncio.create_task(writer.call(time.sleep, 0.15)) for _ in range(3)]

    await asyncio.gather(*slow)
    await writer.close()

    assert len(commits) == 2, "the third was alone, and wrote nothing"


async def test_an_urgent_call_that_comes_during_a_group_is_in_its_commit(store: Store, writer: Writer) -> None:
    commits: list[object] = []
    event.listen(store._engine, "commit", commits.append)
    loop, urgent = asyncio.get_running_loop(), list[asyncio.Task[int]]()
    called = threading.Event()

    def hurry() -> None:
        urgent.append(loop.create_task(writer.call_urgently(save, store, 1)))
        loop.call_soon(called.set)

    def work() -> None:
        loop.call_soon_threadsafe(hurry)
        called.wait(5)

    async with kept_busy(writer):
        both = [asyncio.create_task(writer.call(work)), asyncio.create_task(writer.call(save, store, 2))]
    await asyncio.gather(*both)

    assert await urgent[0] == 1
    assert len(commits) == 2, "the group with the urgent call, then the one that waited"
