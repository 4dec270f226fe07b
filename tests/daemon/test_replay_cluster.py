"""A replay on a real Dask cluster of another process: what it tells, and what a worker's death costs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crawler.archive.warc import find_cuts
from crawler.errors import Quarantined
from crawler.replay_piece import Asking, FilePiece, PieceResult, replay_piece
from scheduler.replaying import Checkpoint, Plan, join_results, perform_all
from tests.daemon.test_replay_files import NOW, SETTINGS, SNAPSHOT, read_lines, write_file
from tests.running import make_place

distributed = pytest.importorskip("distributed", reason="needs basewatch[cluster]")
from scheduler.replay_cluster import DaskExecutor  # noqa: E402  # only where distributed is

pytestmark = pytest.mark.filterwarnings("ignore")  # distributed warns of its own event loops and sockets
LONGEST_S = 240
CLUSTER = """
import json, sys
import dask
from distributed import LocalCluster

dask.config.set({"distributed.scheduler.allowed-failures": 1})
cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
print(json.dumps([cluster.scheduler_address, [nanny.pid for nanny in cluster.workers.values()]]), flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Cluster:
    address: str
    pids: list[int]
    """Of its workers."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """In a process group of its own, which is killed at the end, whatever hangs in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        yield Cluster(*json.loads(process.stdout.readline()))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_file(tmp_path_factory.mktemp("cluster"), 40)


def make_plan(archive: Path) -> Plan:
    with archive.open("rb") as file:
        cuts = find_cuts(file, 2_000)
    pieces = [FilePiece(str(archive), start, end) for start, end in zip(cuts, [*cuts[1:], None], strict=True)]
    return Plan(NOW, tuple(pieces), None, {})


def test_the_command_tells_the_same_on_a_cluster(cluster: Cluster, archive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")

    here = place.command("replay", str(archive), "--json", "--workers", "1", timeout_s=LONGEST_S)
    there = place.command("replay", f"file://{archive}", "--json", "--dask", cluster.address, timeout_s=LONGEST_S)

    assert there.returncode == 1, there.stderr
    assert len(read_lines(here.stdout)) > 4
    assert read_lines(there.stdout) == read_lines(here.stdout)


async def count_busy(client: distributed.Client) -> int:
    """Workers that have something to do."""
    return sum(map(bool, (await client.processing()).values()))


async def test_a_worker_that_dies_costs_a_retry(cluster: Cluster, archive: Path, tmp_path: Path) -> None:
    """It dies with work in its hands."""
    plan = make_plan(archive)
    local = join_results([replay_piece(piece, SETTINGS.digest, SNAPSHOT, Asking()) for piece in plan.pieces])
    checkpoint = Checkpoint(tmp_path, "cluster")
    checkpoint.begin(lambda: plan, fresh=False)

    async with asyncio.timeout(LONGEST_S):
        executor = await DaskExecutor.connect(cluster.address, SETTINGS, Asking())
        async with distributed.Client(cluster.address, asynchronous=True) as client:

            async def collect() -> list[PieceResult]:
                return [result async for result in perform_all(plan, executor, checkpoint)]

            results = asyncio.create_task(collect())
            while await count_busy(client) < len(cluster.pids):
                assert not results.done()
                await asyncio.sleep(0.01)
            os.kill(cluster.pids[0], signal.SIGKILL)
            remote = join_results(await results)
        await executor.close()

    assert remote == local
    assert remote.differences


async def test_a_page_that_takes_too_long_ends_its_worker_and_is_told(cluster: Cluster, archive: Path) -> None:
    async with asyncio.timeout(LONGEST_S):
        executor = await DaskExecutor.connect(cluster.address, SETTINGS, replace(Asking(), page_s=0.001))
        with pytest.raises(Quarantined, match="killed its workers"):
            await executor.perform(FilePiece(str(archive)))
        await executor.close()


def test_no_page_can_hold_the_interpreter_for_longer() -> None:
    hang = (
        "import re\nfrom crawler.page_limit import limit_page\nwith limit_page(0.5): re.match('(a+)+$', 'a' * 60 + 'b')"
    )

    done = subprocess.run([sys.executable, "-c", hang], timeout=60, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Timeout" in done.stderr
