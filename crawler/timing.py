"""Latencies of the stages that news passes, as percentiles. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Milestones:
    """When one link passed which point; None where it has not, or nobody knows."""

    published: datetime | None
    """As the outlet says; often to the minute only, sometimes ahead of the clock."""
    seen: datetime
    fetched: datetime | None
    alerted: datetime | None


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one stage took."""

    stage: str
    """publication to seen, seen to fetched, fetched to alert, or publication to alert."""
    count: int
    p50_s: float
    p95_s: float


def measure_stages(passed: Sequence[Milestones]) -> tuple[Latency, ...]:
    """Stages that nothing has passed are left out. A page that a backfill fetched before it was listed counts not."""
    stages = (
        ("publication to seen", ((each.published, each.seen) for each in passed)),
        ("seen to fetched", ((each.seen, each.fetched) for each in passed)),
        ("fetched to alert", ((each.fetched, each.alerted) for each in passed)),
        ("publication to alert", ((each.published, each.alerted) for each in passed)),
    )
    measured = ((stage, sorted(_list_spans(pairs))) for stage, pairs in stages)
    return tuple(
        Latency(stage, len(spans), find_percentile(spans, 0.5), find_percentile(spans, 0.95))
        for stage, spans in measured
        if spans
    )


def find_percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that is not below `share` of them; `ordered` rises and is not empty."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _list_spans(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> Iterable[float]:
    """Seconds, none negative."""
    return (
        (end - start).total_seconds()
        for start, end in pairs
        if start is not None and end is not None and end - start >= timedelta(0)
    )
