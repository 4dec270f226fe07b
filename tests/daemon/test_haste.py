"""What stands between a stored alert and the people it is for waits for no other writing."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from scheduler.alerts.care import CareStore
from scheduler.alerts.delivery import DeliveryStore
from scheduler.alerts.relay import Outbox
from scheduler.app import StoreCalls
from scheduler.health import HealthBoard


class Hasty:
    """A writer that only notes whether it is asked to hurry."""

    def __init__(self) -> None:
        self.urgent: list[bool] = []

    async def call(self, *_: object) -> None:
        self.urgent.append(False)

    async def call_urgently(self, *_: object) -> tuple[()]:
        self.urgent.append(True)
        return ()


class Anything:
    """A store with every method."""

    def __getattr__(self, name: str) -> str:
        return name


def list_methods() -> Iterator[str]:
    for part in (Outbox, CareStore, DeliveryStore):
        yield from (name for name, _ in inspect.getmembers(part, inspect.isfunction) if not name.startswith("_"))


@pytest.mark.parametrize("name", sorted(set(list_methods())))
async def test_relay_and_channels_pass_what_waits(name: str) -> None:
    """One call that waits behind ordinary writing makes all alerts wait for it: in a busy hour that is minutes."""
    writer = Hasty()
    calls: Any = StoreCalls(Anything(), writer, None, HealthBoard(), None)  # type: ignore[arg-type]
    method = getattr(calls, name)
    values: list[Any] = [() for each in inspect.signature(method).parameters.values() if each.default is each.empty]

    await method(*values)

    assert writer.urgent == [True]
