"""Room kept for a full disk: given up when it is full, taken back when there is plenty."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.errors import StoreError
from crawler.store.store import Store
from scheduler.ballast import MIB, Ballast
from scheduler.health import HealthBoard
from tests.redis_servers import add_alerts

SIZE = 4 * MIB


class Disk:
    """How much is free, as the test says."""

    def __init__(self) -> None:
        self.free = 100 * MIB

    def __call__(self, _folder: Path) -> int:
        return self.free


def test_it_goes_when_the_disk_is_full_and_comes_back_with_the_room(tmp_path: Path) -> None:
    disk, board, seen = Disk(), HealthBoard(), list[tuple[int, bool, bool]]()
    ballast = Ballast(tmp_path, board, size=SIZE, free=disk)
    for free in (100, 8, 1, 8, 15, 17):
        disk.free = free * MIB
        ballast.look()
        seen.append((free, ballast.path.exists(), bool(board._is_open.get(("disk_full", "")))))

    assert seen == [
        (100, True, False),
        (8, True, False),
        (1, False, True),
        (8, False, True),
        (15, False, True),
        (17, True, False),
    ]
    assert ballast.path.stat().st_size == SIZE
    assert ballast.path.stat().st_mode & 0o077 == 0


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of its own, where this user may mount one; 24 MiB unless a test asks for another size."""
    size = getattr(request, "param", "24m")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small disk; tests/stages/store_full_disk.py limits the files instead")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_store_on_a_full_disk_goes_on_with_the_room_of_the_ballast(small_disk: Path) -> None:
    ballast = Ballast(small_disk, HealthBoard(), size=SIZE)
    ballast.look()
    store = Store.open(f"sqlite:///{small_disk / 'basewatch.sqlite'}")
    before = add_alerts(store, 1, 3)
    fill_disk(small_disk / "others")
    with pytest.raises(StoreError, match="full"):
        add_many(store)

    ballast.look()
    assert not ballast.path.exists()
    after = add_alerts(store, 5001, 5003)
    assert {alert.id for alert in store.read_alerts(10)} >= before | after

    (small_disk / "others").unlink()
    ballast.look()
    assert ballast.path.exists()
    store.close()


def fill_disk(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(os.urandom(64 * 1024))


def add_many(store: Store) -> None:
    for first in range(10, 4000, 10):
        add_alerts(store, first, first + 9)
