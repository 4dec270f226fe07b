"""What a check finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from crawler.errors import BasewatchError
from settings.model import Settings


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """It works, and something could be lost or go wrong one day."""
    FAIL = "fail"
    """It does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for people."""

    check: str
    level: Level
    found: str
    advice: str = ""
    """What to do; empty when nothing is to be done."""


Check = Callable[[Settings], Iterable[Finding]]
"""Looks and changes nothing. What it raises as BasewatchError or OSError is a finding too."""


def run_checks(checks: dict[str, Check], settings: Settings) -> Iterator[Finding]:
    """One after another, each to its end."""
    for name, check in checks.items():
        try:
            yield from check(settings)
        except (BasewatchError, OSError) as error:
            yield Finding(name, Level.FAIL, str(error))
