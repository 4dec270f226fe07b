"""`basewatch archive verify`: is everything still as it was written, and does the database name what is there?"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.progress import track
from rich.text import Text

from crawler.archive.verify import VerifyReport, verify_file
from crawler.archive.writer import OPEN
from crawler.errors import ArchiveError, StoreError
from crawler.store.store import Store
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import archive_folder, open_store


def main(config: Path | None, *, as_json: bool) -> int:
    run = run_or_exit(config)
    folder = archive_folder(run)
    try:
        with open_store(run) as store:
            report = verify_archive(folder, store)
    except (StoreError, ArchiveError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        print_json(asdict(report))
    else:
        _print_report(report)
    return int(Exit.FINDINGS if report.problems else Exit.DONE)


def verify_archive(folder: Path, store: Store) -> VerifyReport:
    """Every record of every closed file, and every row. A file that is being written is left for another time; one
    that retention took away meanwhile is followed by what it was rewritten to."""
    total, seen = VerifyReport(), set[str]()
    while files := [path for path in sorted(folder.glob("*.warc.gz")) if path.name not in seen]:
        for path in track(files, "Verifying", console=make_console(stderr=True), transient=True):
            total += _verify_there(path, store)
        seen.update(path.name for path in files)
    unclosed = sum(1 for _ in folder.glob(f"*.warc.gz{OPEN}"))
    return total + VerifyReport(unclosed=unclosed, problems=tuple(_miss_files(folder, store)))


def _verify_there(path: Path, store: Store) -> VerifyReport:
    try:
        return verify_file(path, store.read_rows(path.name))
    except ArchiveError:
        if path.exists():
            raise
        return VerifyReport()


def _miss_files(folder: Path, store: Store) -> Iterator[str]:
    """Asked twice: retention may give a file another name between the database's answer and the folder's."""
    missing = _list_missing(folder, store.count_rows())
    still = _list_missing(folder, store.count_rows()) if missing else {}
    for name in sorted(missing.keys() & still):
        yield f"{name}: the database names {still[name]} records in it, but there is no such file"


def _list_missing(folder: Path, named: dict[str, int]) -> dict[str, int]:
    there = {path.name.removesuffix(OPEN) for path in folder.glob("*")}
    return {name: count for name, count in named.items() if name not in there}


def _print_report(report: VerifyReport) -> None:
    console = make_console()
    for problem in report.problems:
        console.print(Text(problem, "red"))
    console.print(
        f"{report.files} files, {report.records} records, {report.pages} pages, {report.size / 1e6:.1f} MB: "
        f"{report.digests} digests and {report.rows} rows of the database are right"
    )
    if report.unlisted:
        console.print(f"{report.unlisted} pages have no row: what polls read, and what was fetched again after a crash")
    if report.unclosed:
        console.print(
            f"{report.unclosed} more are being written, or were left by a daemon that was killed: not looked at. "
            "`basewatch run` closes them when it starts, and when it ends."
        )
    if report.problems:
        console.print(Text(f"{len(report.problems)} problems", "bold red"))
    elif report.files:
        what = "All of that" if report.unclosed else "Everything"
        console.print(Text(f"{what} is as it was written.", "green"))
    else:
        console.print("There is no closed file to verify.")
