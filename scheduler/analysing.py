"""Articles go to the workers, each with one consistent set of settings; a rule that ran away is off for that set."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from crawler.extract.furniture import NO_FURNITURE, Furniture
from crawler.models import Analysis, Material
from crawler.workers import ANALYSE, WorkerPool
from scheduler.current import Current
from scheduler.health import HealthBoard

log = structlog.get_logger("analysing")

_MOST_TOLD: Final = 5
"""Rules that one trouble names."""


class Analyst:
    """What the pipeline calls to have a material read."""

    def __init__(self, pool: WorkerPool, current: Current, board: HealthBoard) -> None:
        self._pool = pool
        self._current = current
        self._board = board
        self._off: tuple[Path | None, frozenset[str]] = (None, frozenset())
        """Rules that are off with a snapshot; another snapshot begins without any."""

    async def analyse(self, material: Material, furniture: Furniture = NO_FURNITURE) -> Analysis:
        """Raises PageError and WorkerError."""
        # read once: a reload meanwhile decides the next article
        snapshot, timeout_s = self._current.snapshot, self._current.settings.run.page_timeout.total_seconds()
        off = self._rules_off(snapshot)
        size = len(material.content)
        analysis = await self._pool.run(ANALYSE, material, snapshot, furniture, off, timeout_s=timeout_s, size=size)
        if analysis.disabled:
            self._switch_off(snapshot, analysis.disabled, material)
        elif not self._rules_off(snapshot):
            self._board.clear("rule_disabled", timedelta(0))
        return analysis

    def _rules_off(self, snapshot: Path) -> frozenset[str]:
        return self._off[1] if self._off[0] == snapshot else frozenset()

    def _switch_off(self, snapshot: Path, rules: tuple[str, ...], material: Material) -> None:
        """For every worker, and told once for each rule: where others are off already, all of them are told anew."""
        known = self._rules_off(snapshot)
        new = sorted(set(rules) - known)
        if snapshot != self._current.snapshot or not new:
            return
        self._off = (snapshot, known.union(new))
        for rule in new:
            log.error("rule_disabled", rule=rule, url=material.url, settings=snapshot.stem)
        if known:
            self._board.clear("rule_disabled", timedelta(0))
        self._board.report("rule_disabled", tell_runaways([*new, *sorted(known)], material.url))


def tell_runaways(rules: Sequence[str], url: str) -> str:
    """Which rules are off, those that ran away on this page first; the log has all of very many."""
    if len(rules) == 1:
        return f"{rules[0]}: its regular expression ran away on {url}"
    others = f" and {len(rules) - _MOST_TOLD} more" if len(rules) > _MOST_TOLD else ""
    return f"{', '.join(rules[:_MOST_TOLD])}{others}: their regular expressions ran away, the last on {url}"
