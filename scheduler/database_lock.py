"""A lock among processes on any machine that share a PostgreSQL database."""

import asyncio
from hashlib import sha256
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from crawler.errors import StoreError
from crawler.store.engine import ALIVE, read_url

ANSWER_S: Final = 10.0
"""A server that takes longer is away: whoever waits for the lock would wait for ever, and nobody would be told."""


class DatabaseLock:
    """For processes on any machine: an advisory lock of PostgreSQL's, which lasts as long as one connection."""

    def __init__(self, name: str, store_url: str, *, answer_s: float = ANSWER_S) -> None:
        self._answer_s = answer_s
        address = read_url(store_url).set(drivername="postgresql")
        address = address.update_query_dict({name: str(value) for name, value in ALIVE.items()})
        self._address = address.render_as_string(hide_password=False)
        self._key = int.from_bytes(sha256(f"basewatch {name}".encode()).digest()[:8], "big", signed=True)
        self._connection: psycopg.AsyncConnection[TupleRow] | None = None

    async def acquire(self) -> bool:
        try:
            async with asyncio.timeout(self._answer_s):
                if self._connection:
                    # if it still answers, the lock is still ours
                    await self._connection.execute("SELECT 1")
                else:
                    self._connection = await self._try_lock()
        except (psycopg.Error, TimeoutError) as error:
            await self.release()
            reason = str(error).strip() or "it does not answer"
            raise StoreError(f"the database cannot be locked: {reason}") from error
        return self._connection is not None

    async def release(self) -> None:
        if self._connection:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _try_lock(self) -> psycopg.AsyncConnection[TupleRow] | None:
        """A connection that has the lock."""
        connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
        held = False
        try:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key])
            held = await cursor.fetchone() == (True,)
        finally:
            if not held:
                await connection.close()
        return connection if held else None
