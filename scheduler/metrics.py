"""What a daemon counts for Prometheus: polls, outcomes, stages, deliveries, lost workers.

The daemon opens no port for it. It writes its figures into a file of its own in the data folder every few seconds,
whole or not at all, and the dashboard's /metrics gives them out beside what the database knows. Counters begin anew
with the process, as Prometheus expects. Labels have few values, all of them ours: no text of the web, no address.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from crawler.models import Capture, Outcome, PendingLink, PollVerdict

FRESH_S = 60.0
"""The figures of a daemon that has not written for so long are not given out: it is gone."""
_STAGE_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400)


class Meters:
    """Everything counted in this process. Not shared: tests make their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._polls = Counter("basewatch_polls", "Polls by what they brought.", ["verdict"], registry=self.registry)
        self._links = Counter("basewatch_links_seen", "Links that polls listed.", registry=self.registry)
        self._outcomes = Counter("basewatch_outcomes", "Links by how they ended.", ["outcome"], registry=self.registry)
        self._stages = Histogram(
            "basewatch_stage_seconds",
            "How long news took for each stage.",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=self.registry,
        )
        self._published = Counter(
            "basewatch_entries_published", "Entries that the relay put on the stream.", registry=self.registry
        )
        self._deliveries = Counter(
            "basewatch_deliveries",
            "Messages to channels by what became of the attempt.",
            ["channel", "result"],
            registry=self.registry,
        )
        self._workers = Counter(
            "basewatch_workers_lost", "Worker processes that hung, died or overate.", registry=self.registry
        )
        self._tried = Counter(
            "basewatch_rule_tries", "Articles on which a rule was tried.", ["rule"], registry=self.registry
        )
        self._costs = Counter(
            "basewatch_rule_seconds",
            "Time that trying a rule took; what rules share is charged to the first.",
            ["rule"],
            registry=self.registry,
        )
        self._lag = Gauge(
            "basewatch_loop_lag_seconds", "How long one turn of the event loop took.", registry=self.registry
        )
        self._stream = Gauge("basewatch_stream_entries", "Entries on the stream.", registry=self.registry)
        self._written = Gauge("basewatch_written_timestamp_seconds", "When this was written.", registry=self.registry)

    def count_poll(self, verdict: PollVerdict, links: int) -> None:
        self._polls.labels(verdict).inc()
        self._links.inc(links)

    def count_outcome(self, outcome: Outcome) -> None:
        self._outcomes.labels(outcome).inc()

    def time_stages(self, link: PendingLink, capture: Capture | None, now: datetime) -> None:
        """A link has ended now. What happened before it was listed, or lies ahead of the clock, is not counted."""
        fetched_at = capture.fetched_at if capture else None
        self.time_stage("publication_to_seen", [link.link.published], link.seen_at)
        self.time_stage("seen_to_fetched", [link.seen_at], fetched_at)
        self.time_stage("fetched_to_saved", [fetched_at], now)

    def time_stage(self, stage: str, starts: Iterable[datetime | None], end: datetime | None) -> None:
        """Of several that ended together. What a channel holds back by itself (quiet hours, a digest) counts too."""
        for start in starts:
            if start is not None and end is not None and end >= start:
                self._stages.labels(stage).observe((end - start).total_seconds())

    def count_costs(self, costs: Iterable[tuple[str, float]]) -> None:
        """Of one article: rule and seconds of CPU."""
        for rule, seconds in costs:
            self._tried.labels(rule).inc()
            self._costs.labels(rule).inc(seconds)

    def count_published(self, entries: int) -> None:
        self._published.inc(entries)

    def count_delivery(self, channel: str, result: str, messages: int = 1) -> None:
        """`result` is sent, failed or dead."""
        self._deliveries.labels(channel, result).inc(messages)

    def count_lost_worker(self) -> None:
        self._workers.inc()

    def note_lag(self, seconds: float) -> None:
        self._lag.set(max(0.0, seconds))

    def note_stream(self, entries: int | None) -> None:
        """None: nobody knows."""
        self._stream.set(float("nan") if entries is None else entries)

    def write(self, folder: Path) -> None:
        """Into this process's own file. Raises OSError."""
        self._written.set_to_current_time()
        write_to_textfile(str(folder / f"metrics-{os.getpid()}.prom"), self.registry)


def remove_file(folder: Path) -> None:
    """At an orderly end."""
    (folder / f"metrics-{os.getpid()}.prom").unlink(missing_ok=True)


def read_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Process id and figures of each daemon that still writes; what a killed one left behind is taken away."""
    for path in sorted(folder.glob("metrics-*.prom")):
        try:
            if time.time() - path.stat().st_mtime > FRESH_S:
                path.unlink(missing_ok=True)
            else:
                yield path.stem.removeprefix("metrics-"), path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue  # it has ended between our look and now


@dataclass(frozen=True, slots=True)
class RuleCost:
    """Since the daemons that write here started."""

    tries: int
    """Articles on which it was tried; on the others some word is missing without which it cannot fire."""
    seconds: float
    """Of CPU, for all of them."""


def read_costs(folder: Path) -> dict[str, RuleCost]:
    """Rule → what it cost the daemons of this data folder together."""
    found: dict[str, RuleCost] = {}
    for _, text in read_files(folder):
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                before = found.get(rule := sample.labels.get("rule", ""), RuleCost(0, 0.0))
                if sample.name == "basewatch_rule_tries_total":
                    found[rule] = replace(before, tries=before.tries + int(sample.value))
                elif sample.name == "basewatch_rule_seconds_total":
                    found[rule] = replace(before, seconds=before.seconds + sample.value)
    return found
