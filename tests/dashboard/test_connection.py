"""Connections that ask nothing do not keep others out; those that are being answered stay."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from scheduler.dashboard.connection import TimedConnection

Address = tuple[str, int]
HEAD = b" HTTP/1.1\r\nHost: a\r\n"


class Hasty(TimedConnection):
    patience_s = 1.5


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """/slow begins at once and goes on for five seconds; everything else reads the body and says ok."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(12 if scope["path"] == "/slow" else 0):
        await send({"type": "http.response.body", "body": b"on\n", "more_body": True})
        await asyncio.sleep(0.4)
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(answer, log_config=None, ws="none", lifespan="off", http=Hasty, timeout_keep_alive=60)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def read_all(connection: socket.socket) -> bytes:
    """Until the other side ends it."""
    connection.settimeout(60)
    return b"".join(iter(lambda: connection.recv(4096), b""))


def test_who_asks_nothing_whole_or_no_more_loses_the_connection(address: Address) -> None:
    asked = {
        b"": 0,
        b"GET / HT": 0,
        b"GET /" + HEAD: 0,
        b"POST /" + HEAD + b"Content-Length: 9\r\n\r\nword": 0,
        b"POST /" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nword\r\n": 0,
        b"GET /" + HEAD + b"\r\n": 1,
        b"GET /" + HEAD + b"\r\nGET / HT": 1,
    }
    with ExitStack() as stack:
        connections = [stack.enter_context(socket.create_connection(address)) for _ in asked]
        for connection, said in zip(connections, asked, strict=True):
            connection.sendall(said)
        assert [read_all(each).count(b"200 OK") for each in connections] == [*asked.values()]


def test_an_answer_takes_its_time_and_a_browser_that_goes_on_asking_keeps_its_connection(address: Address) -> None:
    with socket.create_connection(address) as slow, socket.create_connection(address) as busy:
        slow.sendall(b"GET /slow" + HEAD + b"Connection: close\r\n\r\n")
        busy.settimeout(60)
        for _ in range(16):
            busy.sendall(b"GET /" + HEAD + b"\r\n")
            said = b""
            while not said.endswith(b"0\r\n\r\n"):
                said += (portion := busy.recv(4096))
                assert portion, "it was ended"
            time.sleep(0.25)
        told = read_all(slow)
    assert told.count(b"on\n") == 12
    assert b"ok" in told
