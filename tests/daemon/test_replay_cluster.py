"""A replay on a real Dask cluster of another process: what it tells, and what a worker's death costs.

Whatever hangs there, hangs in a process that is killed when its time is over.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.replay_piece import Asking, FilePiece, replay_piece
from tests.daemon.test_replay_files import SETTINGS, SNAPSHOT, write_file

pytest.importorskip("distributed", reason="needs basewatch[cluster]")
LONGEST_S = 240
PIECES = 6
CLUSTER = f"""
import asyncio, json, os, signal, sys
from distributed import LocalCluster
from crawler.replay_piece import Asking, FilePiece
from scheduler.replay_cluster import DaskExecutor
from settings import load_settings

async def main():
    async with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, asynchronous=True
    ) as cluster:
        executor = await DaskExecutor.connect(cluster.scheduler_address, load_settings(), Asking())
        piece = FilePiece("file://" + sys.argv[1])
        results = [await executor.perform(piece)]
        asked = [asyncio.create_task(executor.perform(piece)) for _ in range({PIECES})]
        while len([keys for keys in (await executor._client.processing()).values() if keys]) < 2:
            await asyncio.sleep(0.01)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        results += await asyncio.gather(*asked)
        told = [[each.pages, each.skipped, [found.url for found in each.differences]] for each in results]
        print(json.dumps(told), flush=True)
        os._exit(0)

asyncio.run(main())
"""


def test_a_cluster_tells_the_same_and_a_dead_worker_costs_a_retry(tmp_path: Path) -> None:
    """The worker is killed while both have work in their hands."""
    archive = write_file(tmp_path, 20)
    here = replay_piece(FilePiece(str(archive)), SETTINGS.digest, SNAPSHOT, Asking())

    done = subprocess.run(
        [sys.executable, "-c", CLUSTER, str(archive)], timeout=LONGEST_S, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert here.differences
    expected = [here.pages, here.skipped, [found.url for found in here.differences]]
    assert json.loads(done.stdout) == [expected] * (PIECES + 1)


def test_no_page_can_hold_the_interpreter_for_longer() -> None:
    hang = (
        "import re\nfrom crawler.page_limit import limit_page\nwith limit_page(0.5): re.match('(a+)+$', 'a' * 60 + 'b')"
    )

    done = subprocess.run([sys.executable, "-c", hang], timeout=60, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Timeout" in done.stderr
