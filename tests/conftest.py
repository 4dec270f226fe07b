"""Fixtures that more than one folder uses, and the order of all tests."""

import pytest

pytest_plugins = ("tests.databases", "tests.redis_servers")

_LONG = (
    *("/daemon/test_backfill", "/daemon/test_outages", "/daemon/test_replay_cluster", "/daemon/test_several_workers"),
    *("/daemon/test_kinds", "/daemon/test_silence", "/dashboard/test_browser", "/sources/test_rendering"),
    *("/stages/test_prefilter", "/stages/test_store_accidents"),
)
"""Some of their tests take longer than all that another worker has left at the end."""
_SLOW = ("/tests/daemon/", "/tests/dashboard/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long come first, then those that start processes, so that several workers end at about the same
    time; else as shuffled."""
    items.sort(key=lambda item: [not any(place in item.path.as_posix() for place in each) for each in (_LONG, _SLOW)])
