"""Articles go to the workers, each with one consistent set of settings; a rule that ran away is off for that set."""

from datetime import timedelta
from pathlib import Path

import structlog

from crawler.extract.furniture import NO_FURNITURE, Furniture
from crawler.models import Analysis, Material
from crawler.workers import ANALYSE, WorkerPool
from scheduler.current import Current
from scheduler.health import HealthBoard

log = structlog.get_logger("analysing")


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
        """For every worker, and told once for each rule."""
        known = self._rules_off(snapshot)
        if snapshot != self._current.snapshot:
            return
        self._off = (snapshot, known.union(rules))
        for rule in sorted(set(rules) - known):
            log.error("rule_disabled", rule=rule, url=material.url, settings=snapshot.stem)
            self._board.report("rule_disabled", f"{rule}: its regular expression ran away on {material.url}")
