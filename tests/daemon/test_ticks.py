"""The log of ticks that go wrong: nothing is hidden, and nothing is said twice a second."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from scheduler.ticks import QUIET_S, TickLog


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as captured:
        yield captured


def told(lines: Lines) -> list[tuple[object, ...]]:
    return [(line["log_level"], line["how"], line["job"], line.get("error"), line.get("unsaid")) for line in lines]


def test_a_tick_that_overruns_twice_a_second_is_told_once_a_minute_with_how_often(lines: Lines) -> None:
    clock = Clock()
    ticks = TickLog(clock)
    for _ in range(240):
        ticks.tell("overrun", "poll", "")
        clock.now += QUIET_S / 120

    assert told(lines) == [("warning", "overrun", "poll", None, None), ("warning", "overrun", "poll", None, 119)]


def test_another_job_another_way_and_another_error_are_told_at_once(lines: Lines) -> None:
    ticks = TickLog(Clock())
    ticks.tell("failed", "poll", "ZeroDivisionError()")
    ticks.tell("failed", "poll", "ZeroDivisionError()")
    ticks.tell("failed", "poll", "KeyError()")
    ticks.tell("failed", "health", "KeyError()")
    ticks.tell("missed", "poll", "")

    assert told(lines) == [
        ("error", "failed", "poll", "ZeroDivisionError()", None),
        ("error", "failed", "poll", "KeyError()", 1),
        ("error", "failed", "health", "KeyError()", None),
        ("warning", "missed", "poll", None, None),
    ]


def test_what_goes_wrong_again_after_a_long_while_is_told_without_a_count(lines: Lines) -> None:
    clock = Clock()
    ticks = TickLog(clock)
    ticks.tell("missed", "prune", "")
    clock.now += 10 * QUIET_S
    ticks.tell("missed", "prune", "")

    assert told(lines) == [("warning", "missed", "prune", None, None)] * 2
