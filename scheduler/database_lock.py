"""A lock among processes on any machine that share a PostgreSQL database."""

from hashlib import sha256

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import make_url

from crawler.errors import StoreError


class DatabaseLock:
    """For processes on any machine: an advisory lock of PostgreSQL's, which lasts as long as one connection."""

    def __init__(self, name: str, store_url: str) -> None:
        self._address = make_url(store_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._key = int.from_bytes(sha256(f"basewatch {name}".encode()).digest()[:8], "big", signed=True)
        self._connection: psycopg.AsyncConnection[TupleRow] | None = None

    async def acquire(self) -> bool:
        try:
            if self._connection:
                # if it still answers, the lock is still ours
                await self._connection.execute("SELECT 1")
            else:
                self._connection = await self._try_lock()
        except psycopg.Error as error:
            await self.release()
            raise StoreError(f"the database cannot be locked: {str(error).strip()}") from error
        return self._connection is not None

    async def release(self) -> None:
        if self._connection:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _try_lock(self) -> psycopg.AsyncConnection[TupleRow] | None:
        """A connection that has the lock."""
        connection = await psycopg.AsyncConnection.connect(
            self._address,
            autocommit=True,
            # a server that is gone without a word is noticed
            connect_timeout=10,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        held = False
        try:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key])
            held = await cursor.fetchone() == (True,)
        finally:
            if not held:
                await connection.close()
        return connection if held else None
