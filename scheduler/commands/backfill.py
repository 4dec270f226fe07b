"""`basewatch backfill`: the past of a source, as far as its sitemaps, the Wayback Machine or a list know it."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.archive.places import is_remote
from crawler.errors import BasewatchError
from scheduler.backfilling import Account, Backfill, Wish, run_backfill
from scheduler.commands.replay import WrongWishError, read_time
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.current import Current
from scheduler.logs import configure_logging
from scheduler.places import make_data_dir
from scheduler.verified import load_verified
from settings.model import Settings, Source
from spiders.archives import WAYBACK, PastLink, Via, Way, read_list
from spiders.commoncrawl import NEWS
from spiders.live import run_reactor
from spiders.periods import Span

_WEB = ("https://", "http://")
_TABLES = (".csv", ".tsv")
_MOST_TOLD = 10
"""Problems that are printed one by one."""


def main(  # noqa: PLR0913  # each is an option of the command
    source: str,
    config: Path | None,
    *,
    since: str,
    until: str | None,
    via: Via,
    listed: Path | None,
    places: list[str] | None,
    cdx: str | None,
    max_pages: int,
    per_host: int | None,
    max_index: int,
    alert: bool,
    as_json: bool,
) -> int:
    settings = load_or_exit(config, load_verified)
    try:
        found = _find_source(settings, source)
        span = _read_span(since, until)
        chosen = _choose_places(found, via, places)
        links = _read_list(via, listed)
    except WrongWishError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    way = Way(via, span, cdx or WAYBACK, chosen, is_open=until is None)
    return _run(settings, config, Wish(found, way, links, max_pages, per_host, max_index, alert), as_json=as_json)


def _find_source(settings: Settings, name: str) -> Source:
    found = next((each for each in settings.sources if each.name == name), None)
    if found is None:
        raise WrongWishError(f"no source is called {name}; see basewatch sources")
    return found


def _read_span(since: str, until: str | None) -> Span:
    try:
        span = Span(read_time(since) or datetime.min.replace(tzinfo=UTC), read_time(until) or datetime.now(UTC))
    except ValueError as error:
        raise WrongWishError(f"not a time: {error}; write 2026-11-01 or 2026-11-01T14:30") from error
    if span.since >= span.until:
        raise WrongWishError(f"nothing lies between {span.since.isoformat(' ')} and {span.until.isoformat(' ')}")
    return span


def _choose_places(source: Source, via: Via, places: list[str] | None) -> tuple[str, ...]:
    if places and via not in ("pages", "commoncrawl"):
        raise WrongWishError("--from is for --via pages and --via commoncrawl")
    chosen = tuple(map(_name_place, places or _find_places(source, via)))
    if via == "pages" and (wrong := next((each for each in chosen if not each.startswith(_WEB)), None)):
        raise WrongWishError(f"--from {wrong}: --via pages needs an address that begins with https:// or http://")
    if via == "pages" and not chosen:
        raise WrongWishError(
            f"say where {source.name} lists its past: `past:` in sources.yaml, or "
            "--from 'https://outlet.example/archive/{year}/{month}/{day}'"
        )
    return chosen


def _name_place(place: str) -> str:
    """The same wherever the command is given the next time."""
    return place if is_remote(place) else str(Path(place).absolute())


def _find_places(source: Source, via: Via) -> tuple[str, ...]:
    if via == "commoncrawl":
        return (NEWS,)
    start = source.past or (source.url if source.kind == "section" else None)
    return (start,) if start and via == "pages" else ()


def _read_list(via: Via, listed: Path | None) -> tuple[PastLink, ...]:
    if (via == "list") != (listed is not None):
        raise WrongWishError("--via list needs --list FILE, and nothing else has one")
    if listed is None:
        return ()
    try:
        links = tuple(read_list(listed.read_bytes(), is_table=listed.suffix.lower() in _TABLES))
    except OSError as error:
        raise WrongWishError(f"{listed}: {error.strerror or error}") from error
    if not links:
        raise WrongWishError(f"{listed} holds no address of a page")
    return links


def _run(settings: Settings, config: Path | None, wish: Wish, *, as_json: bool) -> int:
    accounts: list[Account] = []

    async def work() -> None:
        current = Current(settings, config, settings.run.data_dir / "run")
        with _show_progress(wish) as show:
            accounts.append(await run_backfill(current, wish, partial(_begin, show)))

    # what becomes of each link is in the ledger; lines between the bar and the result would be nobody's
    configure_logging(level=logging.WARNING)
    try:
        make_data_dir(settings.run)
        run_reactor(work)
    except BasewatchError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    [account] = accounts
    if as_json:
        print_json(asdict(account) | {"source": f"backfill:{wish.source.name}"})
    else:
        _tell(account, wish.source)
    return int(Exit.FINDINGS if account.failed or account.problems else Exit.DONE)


@contextmanager
def _show_progress(wish: Wish) -> Iterator[Callable[[Account], None]]:
    """A bar of the pages of this run that are known so far; more may come with the next page of the index."""
    columns = (
        TextColumn("backfill"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total} pages, {task.fields[seen]} links listed"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("backfill", total=0, seen=0)

        def show(account: Account) -> None:
            total = min(wish.max_pages, account.expected)
            progress.update(task, total=total, completed=account.asked, seen=account.seen)

        yield show


def _begin(show: Callable[[Account], None], backfill: Backfill) -> None:
    """What is under way at a signal is finished; the same command goes on from there."""
    backfill.show = show
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, partial(_stop, backfill))


def _stop(backfill: Backfill) -> None:
    backfill.stop.set()
    backfill.fetches.freed.set()


def _tell(account: Account, source: Source) -> None:
    console = make_console()
    console.print(
        f"{account.asked} pages asked for; {account.index_asked} pages of the index list {account.seen} links of that "
        f"time, {account.new} of them new, and {account.left_out} of another time or kind"
    )
    for problem in account.problems[:_MOST_TOLD]:
        console.print(problem, style="yellow", markup=False)
    if (more := len(account.problems) - _MOST_TOLD) > 0:
        console.print(f"... and {more} more: basewatch ledger --source backfill:{source.name} --polls 1000")
    if account.failed:
        console.print(f"{account.failed} pages of the index could not be had: the same command asks for them again")
    if account.is_done:
        console.print("That is all there is.")
    elif not account.left:
        console.print("Nothing else is left but what that may lead to.")
    else:
        console.print("There is more: the same command goes on from here.")
    console.print(f"basewatch ledger --source backfill:{source.name}")
