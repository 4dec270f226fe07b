"""A replay on a real Dask cluster of another process: what it tells, and what a worker's death costs.

Whatever hangs there, hangs in a process that is killed when its time is over.
"""

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from crawler.errors import WorkerError
from crawler.replay_piece import Asking, FilePiece
from scheduler.replay_cluster import DaskExecutor, replay_there
from tests.daemon.test_replay_files import LONGEST_S, SNAPSHOT, read_lines, write_file
from tests.running import make_place

# found, not imported: every process that collects tests would, for a second
pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="needs basewatch[cluster]")
FILES = 6
CLUSTER = """
import asyncio, os, signal
from distributed import Client, LocalCluster

async def main():
    async with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, asynchronous=True
    ) as cluster, Client(cluster, asynchronous=True) as client:
        print(cluster.scheduler_address, flush=True)
        while len([keys for keys in (await client.processing()).values() if keys]) < 2:
            await asyncio.sleep(0.01)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        print("killed", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_cluster_tells_the_same_and_a_dead_worker_costs_a_retry(tmp_path: Path) -> None:
    """The worker is killed while both have work in their hands."""
    place = make_place(tmp_path / "place")
    files = [f"file://{write_file(tmp_path / str(number), 12)}" for number in range(FILES)]
    with subprocess.Popen([sys.executable, "-c", CLUSTER], stdout=subprocess.PIPE, text=True) as cluster:
        assert cluster.stdout is not None
        try:
            address = cluster.stdout.readline().strip()
            there = place.command("replay", *files, "--dask", address, "--json", timeout_s=LONGEST_S)
            killed = cluster.stdout.readline().strip()
        finally:
            cluster.kill()
    here = place.command("replay", *files, "--json", timeout_s=LONGEST_S)

    assert killed == "killed"
    assert there.returncode == here.returncode == 1, there.stderr
    assert len(read_lines(there.stdout)) > FILES
    assert read_lines(there.stdout) == read_lines(here.stdout)
    assert re.search(r"Pieces done again, as their worker died or took too long: [12]\.", there.stderr), there.stderr
    assert not here.stderr


def test_a_cluster_that_is_lost_is_told_in_one_line_and_the_same_command_goes_on_elsewhere(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    files = [f"file://{write_file(tmp_path / str(number), 12)}" for number in range(FILES)]
    words = [sys.executable, "-c", CLUSTER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as cluster:
        assert cluster.stdout is not None
        try:
            address = cluster.stdout.readline().strip()
            with place.start("replay", *files, "--dask", address) as (process, _, told):
                assert cluster.stdout.readline() == "killed\n"
                os.killpg(cluster.pid, signal.SIGKILL)
                code = process.wait(LONGEST_S)
                said = told.read_text("utf-8").splitlines()
        finally:
            if cluster.poll() is None:
                os.killpg(cluster.pid, signal.SIGKILL)
    here = place.command("replay", *files, "--json", timeout_s=LONGEST_S)

    assert code == 3, said
    assert len(said) == 1, said
    assert re.fullmatch(
        rf"the cluster at {address} gave up a piece \(.+\); what is done is kept, .+ from there", said[0]
    )
    assert read_lines(here.stdout)[-1]["pages"] == FILES * 12


async def test_a_cluster_that_is_lost_when_all_is_done_costs_nothing() -> None:
    class Gone:
        """As distributed's client is then, whose own attempt to ask fails in many ways."""

        status = "closed"

    executor = DaskExecutor(Gone(), "tcp://127.0.0.1:1", None, "digest", Asking(), 1)
    assert await executor.count_repeated() == 0


def test_a_worker_with_another_version_does_nothing_and_says_which(tmp_path: Path) -> None:
    piece = FilePiece(str(write_file(tmp_path, 20)))
    with pytest.raises(WorkerError, match=rf"has basewatch {version('basewatch')}, and it takes 99\.0"):
        replay_there(piece, "99.0", "digest", SNAPSHOT, Asking())


def test_an_address_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    there = make_place(tmp_path).command("replay", str(write_file(tmp_path / "pages", 20)), "--dask", "nonsense")

    assert there.returncode == 3
    assert there.stderr.splitlines() == [
        "the cluster at nonsense cannot be used: missing port number in address 'nonsense'"
    ]


def test_no_page_can_hold_the_interpreter_for_longer() -> None:
    hang = (
        "import re\nfrom crawler.page_limit import limit_page\nwith limit_page(0.5): re.match('(a+)+$', 'a' * 60 + 'b')"
    )

    done = subprocess.run([sys.executable, "-c", hang], timeout=60, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Timeout" in done.stderr
