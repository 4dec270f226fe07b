"""One relay at a time, on either database; the lock goes when its process goes."""

import asyncio
import os
import signal
import uuid
from pathlib import Path

import psycopg
import pytest

from crawler.errors import StoreError
from scheduler.database_lock import DatabaseLock
from scheduler.locks import FileLock, Lock, make_lock
from tests.redis_servers import read_line, running_script

HOLDER = """
import asyncio, os, pathlib, sys, time
from scheduler.locks import make_lock
async def main():
    name, store_url, folder, forks = sys.argv[1:]
    lock = make_lock(name, store_url, pathlib.Path(folder))
    print(await lock.acquire() and await lock.acquire(), flush=True)
    child = os.fork() if forks == "True" else 0
    if child or forks == "False":
        print(child, flush=True)
    time.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
def name() -> str:
    """PostgreSQL's advisory locks belong to the whole database, not to the test's schema."""
    return f"test-{uuid.uuid4().hex}"


async def test_it_can_be_taken_kept_and_given_back(name: str, database_url: str, tmp_path: Path) -> None:
    lock = make_lock(name, database_url, tmp_path)
    assert [await lock.acquire(), await lock.acquire()] == [True, True]
    await lock.release()
    await lock.release()
    assert await lock.acquire()
    await lock.release()


async def test_a_second_process_gets_it_only_when_the_first_is_killed(
    name: str, database_url: str, tmp_path: Path
) -> None:
    lock = make_lock(name, database_url, tmp_path)
    with running_script(HOLDER, name, database_url, tmp_path, False) as holder:
        assert read_line(holder) == "True"
        assert not await lock.acquire()
        holder.kill()
        holder.wait()
        await gets_free(lock)
    await lock.release()


async def test_a_worker_forked_by_the_killed_process_does_not_keep_it(
    name: str, sqlite_url: str, tmp_path: Path
) -> None:
    lock = make_lock(name, sqlite_url, tmp_path)
    with running_script(HOLDER, name, sqlite_url, tmp_path, True) as holder:
        assert read_line(holder) == "True"
        worker = int(read_line(holder))
        holder.kill()
        holder.wait()
        try:
            await gets_free(lock)
        finally:
            os.kill(worker, signal.SIGKILL)
    await lock.release()


async def test_a_lost_connection_is_noticed_and_the_lock_taken_again(name: str, postgres_url: str) -> None:
    lock = DatabaseLock(name, postgres_url)
    assert await lock.acquire()
    assert lock._connection
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [lock._connection.info.backend_pid])
    with pytest.raises(StoreError, match="the database cannot be locked"):
        await lock.acquire()
    assert await lock.acquire()
    await lock.release()


async def test_a_server_that_hangs_is_told_of_and_not_waited_for(name: str, postgres_url: str) -> None:
    lock = DatabaseLock(name, postgres_url, answer_s=0.2)
    assert await lock.acquire()
    assert lock._connection
    backend = lock._connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    try:
        async with asyncio.timeout(20):
            with pytest.raises(StoreError, match="it does not answer"):
                await lock.acquire()
    finally:
        os.kill(backend, signal.SIGCONT)
    await gets_free(lock)
    await lock.release()


async def test_a_database_that_is_away_is_an_error_of_ours(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the database cannot be locked"):
        await DatabaseLock(name, f"postgresql+psycopg://user:secret@/db?host={tmp_path}").acquire()


async def test_a_file_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be locked"):
        await FileLock(tmp_path / "file" / "relay.lock").acquire()


async def gets_free(lock: Lock) -> None:
    for _ in range(200):
        if await lock.acquire():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it stayed taken")
