"""What systemd hears: ready when it is, a heartbeat from the loop, stopping; and a unit that systemd accepts."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.supervision import Supervisor, read_heartbeat
from tests.running import Place, make_place

UNIT = Path(__file__).parents[2] / "deploy" / "basewatch.service"


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        yield listener


def drain(ear: socket.socket) -> None:
    ear.setblocking(False)
    with suppress(BlockingIOError):
        while ear.recv(100):
            pass


def test_the_daemon_says_ready_lives_and_says_that_it_stops(ear: socket.socket, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    told = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "400000"}
    with Place(place.folder, {**place.environ, **told}).daemon() as daemon:
        assert ear.recv(100) == b"READY=1"
        assert [ear.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        daemon.stop()
    said = b""
    while said != b"STOPPING=1":
        said = ear.recv(100)


def test_a_daemon_that_hangs_is_heard_no_more(ear: socket.socket, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    told = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "400000"}
    with Place(place.folder, {**place.environ, **told}).daemon() as daemon:
        assert ear.recv(100) == b"READY=1"
        daemon.process.send_signal(signal.SIGSTOP)  # stands for a loop that is blocked
        time.sleep(1)
        drain(ear)  # what was sent before
        ear.settimeout(1.5)
        with pytest.raises(TimeoutError):
            ear.recv(100)
        daemon.process.send_signal(signal.SIGCONT)


def test_where_nobody_asks_nothing_is_said_and_a_deaf_supervisor_stops_nothing(tmp_path: Path) -> None:
    Supervisor({}).say_ready()
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).say_ready()


def test_the_heartbeat_is_twice_as_fast_as_asked_and_only_for_this_process() -> None:
    assert read_heartbeat({"WATCHDOG_USEC": "60000000"}) == timedelta(seconds=30)
    assert read_heartbeat({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}) == timedelta(seconds=30)
    for other in ({}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}):
        assert read_heartbeat(other) is None


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "basewatch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = UNIT.read_text(encoding="utf-8").replace("/opt/basewatch/.venv/bin/basewatch", str(program))
    unit = tmp_path / "basewatch.service"
    # `verify` looks the user up; any of this machine will do
    unit.write_text(text.replace("User=basewatch", "User=daemon"), encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
