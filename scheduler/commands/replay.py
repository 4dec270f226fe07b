"""`basewatch replay`: the archive through today's settings, with the difference shown before anyone is told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from crawler.archive.warc import read_page
from crawler.errors import ArchiveError, Quarantined, StoreError, Unreadable, WorkerError
from crawler.extract.furniture import Furniture
from crawler.models import Page, StoredHits
from crawler.replay import Difference, compare_hits, replay_materials
from crawler.store.store import Store
from crawler.workers import ANALYSE, WorkerPool
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.current import write_snapshot
from scheduler.explaining import choose_marks, indent, render_hit
from scheduler.places import archive_folder, database_url
from scheduler.verified import load_verified
from settings.model import Settings

AHEAD = 4
"""Pages read for each worker before the first of them is done."""


@dataclass(slots=True)
class Report:
    """What one replay found."""

    pages: int = 0
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Captures that could not be read or analysed, with the reason."""

    @property
    def alerts(self) -> int:
        return sum(difference.alerts for difference in self.differences)


def main(  # the options of the command
    config: Path | None, since: str | None, until: str | None, *, commit: bool, alert: bool, as_json: bool
) -> int:
    settings = load_or_exit(config, load_verified)
    if alert and not commit:
        return fail("--alert sends what --commit stores: give both", Exit.WRONG_SETTINGS)
    try:
        start, end = read_time(since), read_time(until)
        store = Store.open(database_url(settings.run))
    except ValueError as error:
        return fail(f"not a time: {error}; write 2026-11-01 or 2026-11-01T14:30", Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    try:
        report = asyncio.run(_replay(settings, *_read_past(store, start, end)))
        if commit:
            _commit(report, store, settings, alert=alert)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    finally:
        store.close()
    _print_report(report, make_console(), commit=commit, alert=alert, as_json=as_json)
    return int(Exit.FINDINGS if report.differences or report.problems else Exit.DONE)


def read_time(text: str | None) -> datetime | None:
    """ISO 8601, UTC unless it says otherwise. Raises ValueError."""
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _read_past(
    store: Store, start: datetime | None, end: datetime | None
) -> tuple[list[StoredHits], dict[str, Furniture]]:
    """The pages, and what is known of their outlets now: one verdict for all of the replay."""
    captures = store.read_captures(start, end)
    outlets = {stored.link.outlet for stored in captures}
    return captures, {outlet: store.read_furniture(outlet) for outlet in outlets}


async def _replay(settings: Settings, captures: list[StoredHits], furniture: Mapping[str, Furniture]) -> Report:
    report = Report()
    columns = (TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replay", total=len(captures))
        async for stored, result in _analyse_all(settings, captures, furniture):
            progress.advance(task)
            report.pages += 1
            if isinstance(result, str):
                report.problems.append(f"{stored.link.link.url}: {result}")
            elif result is not None:
                report.differences.append(result)
    return report


async def _analyse_all(
    settings: Settings, captures: list[StoredHits], furniture: Mapping[str, Furniture]
) -> AsyncIterator[tuple[StoredHits, Difference | str | None]]:
    """In the order of the archive, whatever the number of workers; nothing is asked of the web."""
    pool = WorkerPool(settings.run.workers, memory_mb=settings.run.worker_memory_mb)
    snapshot = write_snapshot(settings, settings.run.data_dir / "run")
    ahead = asyncio.Semaphore(settings.run.workers * AHEAD)

    async def analyse_one(stored: StoredHits) -> Difference | str | None:
        async with ahead:
            return await _compare_one(pool, settings, snapshot, stored, furniture[stored.link.outlet])

    try:
        tasks = [asyncio.create_task(analyse_one(stored)) for stored in captures]
        for stored, task in zip(captures, tasks, strict=True):
            yield stored, await task
    finally:
        pool.close()


async def _compare_one(
    pool: WorkerPool, settings: Settings, snapshot: Path, stored: StoredHits, furniture: Furniture
) -> Difference | str | None:
    timeout_s = settings.run.page_timeout.total_seconds()
    try:
        page = await _read_stored(settings, stored)
        for material in replay_materials(stored, page):
            placed = replace(material, timezone=settings.find_timezone(material.outlet))
            with suppress(Unreadable):
                analysis = await pool.run(ANALYSE, placed, snapshot, furniture, frozenset(), timeout_s=timeout_s)
                return compare_hits(stored, analysis)
    except (ArchiveError, Quarantined, WorkerError) as error:
        return str(error)
    return compare_hits(stored, None)


async def _read_stored(settings: Settings, stored: StoredHits) -> Page | None:
    if stored.capture is None:
        return None
    return await asyncio.to_thread(read_page, archive_folder(settings.run), stored.capture)


def _commit(report: Report, store: Store, settings: Settings, *, alert: bool) -> None:
    names = {outlet.slug: outlet.name for outlet in settings.outlets}
    for difference in report.differences:
        if difference.analysis is not None:
            stored = difference.stored
            store.save_replay(
                stored.link.id,
                difference.analysis,
                datetime.now(UTC),
                outlet_name=names.get(stored.link.outlet, stored.link.outlet),
                capture=stored.capture,
                alert=alert,
            )


# ── what people see ──────────────────────────────────────────────────────────────────────────────


def _print_report(report: Report, console: Console, *, commit: bool, alert: bool, as_json: bool) -> None:
    if as_json:
        for difference in report.differences:
            print_json(_as_object(difference))
        return
    for difference in report.differences:
        _print_difference(difference, console)
    for problem in report.problems:
        console.print(Text(f"not read: {defuse_text(problem)}", style="yellow"))
    counts: Counter[str] = Counter()
    for difference in report.differences:
        counts["new"] += len(difference.new)
        counts["gone"] += len(difference.gone)
    console.print(f"{report.pages} pages replayed: {counts['new']} new hits, {counts['gone']} gone")
    sends = f"{report.alerts} alert{'' if report.alerts == 1 else 's'}"
    if not commit:
        console.print(f"Nothing was stored. --commit would store them; with --alert it would send {sends}.")
    elif alert:
        console.print(f"Stored; {sends} marked as replay go to the stream when the daemon runs.")
    else:
        console.print(f"Stored; nobody was told of {sends}, and will not be: --alert belongs to the same --commit.")


def _print_difference(difference: Difference, console: Console) -> None:
    console.print(
        Text.assemble((difference.stored.link.outlet, "bold"), f"  {defuse_text(difference.stored.link.link.url)}")
    )
    for hit in difference.new:
        console.print(indent(render_hit(hit, choose_marks(console), sign="+ ", style="green")))
    for rule in difference.gone:
        console.print(Text.assemble(("  - ", "red"), (rule, "bold red")))


def _as_object(difference: Difference) -> dict[str, object]:
    return {
        "url": difference.stored.link.link.url,
        "outlet": difference.stored.link.outlet,
        "new": [asdict(hit) for hit in difference.new],
        "gone": list(difference.gone),
        "alerts": difference.alerts,
    }
