"""The dashboard as a process: beside the daemon, alone, and with the daemon gone."""

import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.running import Place, make_place


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=5) as answer:
            return bool(answer.read() == b"ok\n")
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def wait_until_down(address: str, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while is_up(address):
        assert time.monotonic() < deadline, "the dashboard outlived its daemon"
        time.sleep(0.1)


def place_at(folder: Path, address: str) -> Place:
    place = make_place(folder)
    return Place(folder, {**place.environ, "BASEWATCH_DASHBOARD": address})


def find_dashboard(daemon: int) -> int:
    """The process of a daemon's dashboard."""
    children = Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()
    [found] = [pid for pid in children if b"\0dashboard\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(found)


def test_the_daemon_starts_a_dashboard_that_ends_with_it_even_by_kill_9(tmp_path: Path) -> None:
    address = free_address()
    with place_at(tmp_path, address).daemon() as daemon:
        daemon.wait_for(lambda: is_up(address), 120)
        daemon.kill()
        wait_until_down(address)
    place = place_at(tmp_path, address)
    lines = len(place.log.splitlines())
    with place.daemon("--log-json") as daemon:
        daemon.wait_for(lambda: is_up(address), 120)
        dashboard = find_dashboard(daemon.process.pid)
        assert os.getpriority(os.PRIO_PROCESS, dashboard) == 5, "the watch comes first"
        daemon.stop()
        assert not is_up(address)
    told = [json.loads(line) for line in place.log.splitlines()[lines:]]
    assert any(line["event"] == "dashboard" for line in told), "its lines have the form of the daemon's"


def test_an_address_that_is_taken_is_told_and_the_daemon_goes_on(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        place = place_at(tmp_path, address)
        answer = place.command("dashboard")
        assert (answer.returncode, answer.stdout) == (3, "")
        assert re.search(rf"cannot listen at {re.escape(address)}: Address already in use", answer.stderr)
        assert "Traceback" not in answer.stderr
        with place.daemon() as daemon:
            daemon.wait_for(lambda: "dashboard_ended" in place.log, 120)
            daemon.stop()
        assert "Traceback" not in place.log


def test_a_dashboard_that_is_off_says_so(tmp_path: Path) -> None:
    answer = make_place(tmp_path).command("dashboard")
    assert answer.returncode == 2
    assert "off" in answer.stderr
