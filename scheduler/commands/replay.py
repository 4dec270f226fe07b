"""`basewatch replay`: the past through today's settings, with the difference shown before anyone is told."""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.archive.places import is_elsewhere, list_files
from crawler.errors import ArchiveError, RuleError, StoreError, WorkerError
from crawler.match.matcher import Matcher
from crawler.replay_piece import Asking, PieceResult
from crawler.store.replay import Selection
from crawler.store.store import Store
from crawler.worker_process import forbid_pages_reach, forbid_reach
from crawler.workers import WorkerPool
from scheduler.commands.extract import count_cores
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.current import write_snapshot
from scheduler.places import archive_folder, open_store
from scheduler.replay_report import Outcome, print_report, write_html
from scheduler.replay_rules import PLACES, find_changed_rules, take_rules
from scheduler.replaying import (
    KEPT,
    Checkpoint,
    Executor,
    Plan,
    PoolExecutor,
    add_result,
    perform_all,
    plan_files,
    plan_stored,
)
from scheduler.verified import load_verified
from settings.model import Settings

_INTERRUPTED = 130
"""What shells expect of a command that Ctrl-C ended."""
_CLUSTER_PATIENCE = 3
"""Times the longest that a page may take, for a page on machines of which we know nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    paths: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    outlets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    rules_dir: Path | None = None
    changed: bool = False
    commit: bool = False
    alert: bool = False
    audit: float = 0.0
    full: bool = False
    fresh: bool = False
    workers: int | None = None
    dask: str | None = None
    html: Path | None = None
    as_json: bool = False


class WrongWishError(Exception):
    """Options that do not go together; says which."""


def main(config: Path | None, **options: object) -> int:
    wish = Wish(**options)  # type: ignore[arg-type]  # the command line's names are the fields, and typer checks the types
    settings = load_or_exit(config, load_verified)
    try:
        if wish.rules_dir is not None:
            settings = _take_rules(settings, wish.rules_dir)
            Matcher(settings.gazetteer, settings.rules)
        asking = _read_asking(wish, settings)
    except (WrongWishError, RuleError) as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except ValueError as error:
        return fail(f"not a time: {error}; write 2026-11-01 or 2026-11-01T14:30", Exit.WRONG_SETTINGS)
    try:
        return _run(wish, settings, asking)
    except (ArchiveError, WrongWishError) as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except (StoreError, WorkerError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)


def _take_rules(settings: Settings, folder: Path) -> Settings:
    """Raises WrongWishError for a folder with nothing to ask with: the replay would tell that nothing differs."""
    if not any((folder / place).exists() for place in PLACES.values()):
        raise WrongWishError(f"--rules: {folder} holds none of {', '.join(PLACES.values())}")
    return take_rules(settings, load_or_exit(folder, load_verified), folder)


def read_time(text: str | None) -> datetime | None:
    """ISO 8601, UTC unless it says otherwise. Raises ValueError."""
    if text is None:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _read_asking(wish: Wish, settings: Settings) -> Asking:
    """Raises WrongWishError or ValueError."""
    if wish.alert and not wish.commit:
        raise WrongWishError("--alert sends what --commit stores: give both")
    if wish.paths and (wish.commit or wish.outlets or wish.sources or wish.changed):
        raise WrongWishError(
            "pages of named files belong to no link of ours: --commit, --outlet, --source and --changed ask for the "
            "archive; leave out either them or the paths"
        )
    known = {rule.name for rule in settings.rules}
    if unknown := [name for name in wish.rules if name not in known]:
        raise WrongWishError(f"no rule is called {unknown[0]}; there are {', '.join(sorted(known))}")
    rules = frozenset(wish.rules) or None
    since, until = read_time(wish.since), read_time(wish.until)
    if since is not None and until is not None and since >= until:
        raise WrongWishError(f"nothing lies between {since.isoformat(' ')} and {until.isoformat(' ')}")
    return Asking(rules, not wish.full, wish.audit, since, until)


def _run(wish: Wish, settings: Settings, asking: Asking) -> int:
    known = Checkpoint(settings.run.data_dir, settings.digest, asking, _identify(wish))
    with nullcontext() if wish.paths else open_store(settings.run) as store, known as checkpoint:
        plan, asking = _make_plan(wish, settings, asking, store, checkpoint)
        if forgotten := checkpoint.forget_others(datetime.now(UTC)):
            make_console(stderr=True).print(
                f"Taken away: what was done of {forgotten} other {'replay' if forgotten == 1 else 'replays'}, broken "
                f"off more than {KEPT.days} days ago."
            )
        resumed = checkpoint.count_done()
        if resumed:
            make_console(stderr=True).print(
                f"Going on with the replay of {plan.begun_at:%Y-%m-%d %H:%M} UTC: {resumed} of {len(plan.pieces)} "
                "pieces are done. --fresh begins anew."
            )
        try:
            outcome = asyncio.run(_replay(wish, settings, asking, plan, checkpoint, store))
        except KeyboardInterrupt:
            done = checkpoint.count_done()
            make_console(stderr=True).print(
                f"Stopped: {done} of {len(plan.pieces)} pieces are done and kept. The same command goes on from there."
            )
            return _INTERRUPTED
        if wish.commit and store is not None:
            _commit(outcome.result, store, settings, alert=wish.alert)
        if wish.html:
            write_html(wish.html, outcome)
        checkpoint.end()  # only now: a report that could not be written does not cost the replay
    print_report(outcome, make_console(), commit=wish.commit, alert=wish.alert, as_json=wish.as_json)
    found = outcome.result.differences or outcome.result.problems or outcome.result.missed
    return int(Exit.FINDINGS if found else Exit.DONE)


def _identify(wish: Wish) -> tuple[object, ...]:
    return wish.paths, wish.outlets, wish.sources, wish.changed


def _make_plan(
    wish: Wish, settings: Settings, asking: Asking, store: Store | None, checkpoint: Checkpoint
) -> tuple[Plan, Asking]:
    """`--changed` narrows the rules down to those that could say something else."""
    now = datetime.now(UTC)
    if store is None:
        files = [file for path in wish.paths for file in _list_named(path)]
        return checkpoint.begin(lambda: plan_files(files, now), fresh=wish.fresh), asking
    _check_names(wish, settings, store)
    captures = store.read_captures(_select(wish, asking))
    if wish.changed:
        captures = [stored for stored in captures if stored.settings_digest != settings.digest]
        digests = {stored.settings_digest for stored in captures}
        changed = find_changed_rules(settings, settings.run.data_dir / "run", digests)
        if changed is not None:
            asking = replace(asking, rules=changed if asking.rules is None else asking.rules & changed)
    outlets = {stored.link.outlet for stored in captures}
    furniture = {outlet: store.read_furniture(outlet) for outlet in sorted(outlets)}
    folder = archive_folder(settings.run)
    return checkpoint.begin(lambda: plan_stored(folder, captures, furniture, now), fresh=wish.fresh), asking


def _check_names(wish: Wish, settings: Settings, store: Store) -> None:
    """Raises WrongWishError for a name that the settings do not have and no page is of: it would pass for a past
    without a hit. What has pages may have left the settings."""
    outlets, sources = {each.slug for each in settings.outlets}, {each.name for each in settings.sources}
    unknown = [("--outlet", name, Selection(None, None, (name,), ())) for name in wish.outlets if name not in outlets]
    unknown += [("--source", name, Selection(None, None, (), (name,))) for name in wish.sources if name not in sources]
    for option, name, selection in unknown:
        if not store.read_captures(selection):
            raise WrongWishError(f"{option} {name}: the settings have none of that name, and the archive no page of it")


def _select(wish: Wish, asking: Asking) -> Selection:
    return Selection(asking.since, asking.until, wish.outlets, wish.sources)


def _list_named(path: str) -> list[str]:
    """Raises ArchiveError; a name that brings nothing is a mistake, and would pass for a past without a hit."""
    if files := list_files(path):
        return files
    raise ArchiveError(f"{path}: there is no WARC file (.warc or .warc.gz) in this folder")


async def _replay(
    wish: Wish, settings: Settings, asking: Asking, plan: Plan, checkpoint: Checkpoint, store: Store | None
) -> Outcome:
    executor = await _choose_executor(wish, settings, asking)
    total, began = PieceResult(), monotonic()
    find_places = store.find_places if store is not None else tuple
    columns = (
        TextColumn("replay"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[pages]} pages  {task.fields[pace]:.0f} pages/s"),
        TimeRemainingColumn(),
    )
    try:
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("replay", total=sum(piece.weight for piece in plan.pieces), pages=0, pace=0.0)
            weights = (piece.weight for piece in plan.pieces)
            async for result in perform_all(plan, executor, checkpoint, find_places):
                add_result(total, result)
                pace = max(0, total.pages - checkpoint.known_pages) / max(0.001, monotonic() - began)
                progress.update(task, advance=next(weights), pages=total.pages, pace=pace)
        if repeated := await executor.count_repeated():
            make_console(stderr=True).print(f"Pieces done again, as their worker died or took too long: {repeated}.")
    finally:
        await executor.close()
    pruned = store.count_pruned(_select(wish, asking)) if store is not None else 0
    furniture = dict(plan.furniture)
    known = checkpoint.known_pages, checkpoint.known_size
    return Outcome(total, plan.begun_at, monotonic() - began, settings.digest, furniture, asking.rules, pruned, *known)


async def _choose_executor(wish: Wish, settings: Settings, asking: Asking) -> Executor:
    run = settings.run
    if wish.dask is not None:
        from scheduler.replay_cluster import DaskExecutor  # noqa: PLC0415  # dask is an extra

        page_s = run.page_timeout.total_seconds() * _CLUSTER_PATIENCE
        return await DaskExecutor.connect(wish.dask, settings, replace(asking, page_s=page_s))
    workers = wish.workers or count_cores()
    snapshot = write_snapshot(settings, run.data_dir / "run")
    watch = forbid_pages_reach if any(map(is_elsewhere, wish.paths)) else forbid_reach
    pool = WorkerPool(workers, memory_mb=run.replay_memory_mb, watch=watch)
    return PoolExecutor(pool, workers, snapshot, asking, run.page_timeout.total_seconds())


def _commit(result: PieceResult, store: Store, settings: Settings, *, alert: bool) -> None:
    """A page that was skipped keeps the revision that it has: no rule says anything else of it."""
    names = {outlet.slug: outlet.name for outlet in settings.outlets}
    for difference in result.differences:
        stored = difference.stored
        if difference.analysis is not None and stored is not None:
            store.save_replay(
                stored.link.id,
                difference.analysis,
                datetime.now(UTC),
                outlet_name=names.get(stored.link.outlet, stored.link.outlet),
                capture=stored.capture,
                alert=alert,
            )
