"""`basewatch archive stats`: how much is kept, of whom and when."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from rich.table import Table
from rich.text import Text

from crawler.archive.records import walk_records
from crawler.archive.retention import ArchiveFile, list_closed, list_torn
from crawler.archive.writer import OPEN
from crawler.errors import StoreError
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import archive_folder, open_store

_SAMPLE = 64 << 20
"""Bytes of the newest files by which compression is measured."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Of the files and of the rows that name records in them."""

    files: int
    open_files: int
    torn_files: int
    """What was cut off files that a killed daemon left."""
    size: int
    """Bytes on the disk, open files and torn ones included."""
    pages: int
    pruned: int
    """Pages that were taken out."""
    oldest: date | None
    newest: date | None
    compression: float | None
    """Bytes of content for each byte on the disk, of the newest files; None without a closed file."""
    sampled: int
    """Bytes on the disk that this was measured on."""


def main(config: Path | None, days: int, *, as_json: bool) -> int:
    run = run_or_exit(config)
    folder = archive_folder(run)
    try:
        with open_store(run) as store:
            counts, pruned = store.count_pages()
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    stats = _measure(folder, counts, pruned)
    by_day = _by_day(counts)
    if as_json:
        print_json(asdict(stats) | {"days": by_day})
    else:
        _print_stats(stats, by_day, days)
    return int(Exit.DONE)


def _measure(folder: Path, counts: Counter[tuple[str, date]], pruned: int) -> Stats:
    closed = list_closed(folder)
    being_written = list(folder.glob(f"*.warc.gz{OPEN}"))
    torn = list_torn(folder)
    size = sum(file.size for file in closed + torn) + sum(path.stat().st_size for path in being_written)
    dates = [day for _, day in counts]
    packed, unpacked = measure_compression(closed)
    return Stats(
        files=len(closed),
        open_files=len(being_written),
        torn_files=len(torn),
        size=size,
        pages=counts.total(),
        pruned=pruned,
        oldest=min(dates, default=None),
        newest=max(dates, default=None),
        compression=round(unpacked / packed, 2) if packed else None,
        sampled=packed,
    )


def measure_compression(files: list[ArchiveFile]) -> tuple[int, int]:
    """Bytes on the disk and of what the records hold, of the newest files."""
    packed = unpacked = 0
    for file in reversed(files):
        if packed >= _SAMPLE:
            break
        with file.path.open("rb") as opened:
            unpacked += sum(0 if isinstance(found, str) else found.content_length for _, found in walk_records(opened))
        packed += file.size
    return packed, unpacked


def _by_day(counts: Counter[tuple[str, date]]) -> dict[str, dict[str, int]]:
    """Day → outlet → pages, the newest day first."""
    days: dict[str, dict[str, int]] = {}
    for (outlet, day), count in sorted(counts.items(), key=lambda item: (item[0][1], item[0][0]), reverse=True):
        days.setdefault(day.isoformat(), {})[outlet] = count
    return days


def _print_stats(stats: Stats, by_day: dict[str, dict[str, int]], days: int) -> None:
    console = make_console()
    still = f" and {stats.open_files} being written" if stats.open_files else ""
    still += f" and {stats.torn_files} torn" if stats.torn_files else ""
    console.print(f"{stats.files} files{still}, {stats.size / 1e6:.1f} MB; {stats.pages} pages, {stats.pruned} pruned")
    if stats.oldest and stats.newest:
        console.print(f"fetched from {stats.oldest} to {stats.newest}")
    if stats.compression:
        console.print(f"compressed {stats.compression:.1f} to 1, measured on {stats.sampled / 1e6:.1f} MB")
    shown = list(by_day.items())[:days]
    table = Table(box=None, pad_edge=False)
    for column in ("day", "pages", "by outlet"):
        table.add_column(column, overflow="fold")
    for day, outlets in shown:
        most = sorted(outlets.items(), key=lambda item: (-item[1], item[0]))
        table.add_row(day, str(sum(outlets.values())), Text(", ".join(f"{name} {count}" for name, count in most)))
    if shown:
        console.print(table)
    if len(by_day) > len(shown):
        console.print(Text(f"{len(by_day) - len(shown)} earlier days: --days, or --json", "dim"))
