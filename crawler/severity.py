"""How loudly things are told."""

from collections.abc import Iterable
from typing import get_args

from crawler.models import Severity
from crawler.signs import HealthKind

_ORDER: tuple[Severity, ...] = get_args(Severity)

_GRAVE: frozenset[HealthKind] = frozenset(
    {"store_away", "archive_away", "disk_full", "stream_lost", "relay_blocked", "late"}
)
"""Alerts may be late, or evidence may be lost, until somebody does something."""
_SLIGHT: frozenset[HealthKind] = frozenset(
    {
        "identities",
        "outrun",
        "short_text",
        "title_only",
        "removed",
        "paywalled",
        "galleries",
        "empty_shells",
        "site_errors",
    }
)


def weigh_trouble(kind: HealthKind) -> Severity:
    """How loudly people are told that it begins, and that it ends."""
    if kind in _GRAVE:
        return "critical"
    return "notice" if kind in _SLIGHT else "warning"


def is_higher(severity: Severity, other: Severity) -> bool:
    return _ORDER.index(severity) > _ORDER.index(other)


def find_loudest(severities: Iterable[Severity]) -> Severity:
    """Of at least one."""
    return max(severities, key=_ORDER.index)
