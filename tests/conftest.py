"""Fixtures that more than one folder uses, and the order of all tests."""

import pytest

pytest_plugins = ("tests.databases", "tests.redis_servers")

_SLOW = ("/tests/daemon/", "/tests/dashboard/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that start processes come first, so that several workers end at about the same time; else as shuffled."""
    items.sort(key=lambda item: not any(folder in item.path.as_posix() for folder in _SLOW))
