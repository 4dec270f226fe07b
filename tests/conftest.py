"""Fixtures that more than one folder uses."""

pytest_plugins = ("tests.databases", "tests.redis_servers")
