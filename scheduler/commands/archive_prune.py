"""`basewatch archive prune`: what is too old or too much goes, once you have seen what that is."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from crawler.archive.retention import Doomed
from crawler.errors import ArchiveError, StoreError
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import archive_folder, open_store
from scheduler.retention import PruneReport, plan_pruning, prune_archive
from settings.model import ArchiveLimits


def main(
    config: Path | None, max_age: str | None, max_size: str | None, *, keep_hits: bool | None, yes: bool, as_json: bool
) -> int:
    run = run_or_exit(config)
    try:
        limits = _read_limits(run.archive, max_age, max_size, keep_hits=keep_hits)
    except ValidationError as error:
        reasons = (each["msg"].removeprefix("Value error, ") for each in error.errors())
        return fail("; ".join(reasons), Exit.WRONG_SETTINGS)
    if not limits.is_set:
        message = "nothing is too old and nothing too much: give --max-age or --max-size, or `archive:` in run.yaml"
        return fail(message, Exit.WRONG_SETTINGS)
    folder = archive_folder(run)
    try:
        with open_store(run) as store:
            act = prune_archive if yes else plan_pruning
            report = act(store, folder, limits, datetime.now(UTC))
    except (StoreError, ArchiveError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        _print_json(report, done=yes)
    else:
        _print_report(report, done=yes)
    return int(Exit.FINDINGS if report.problems else Exit.DONE)


def _read_limits(
    given: ArchiveLimits, max_age: str | None, max_size: str | None, *, keep_hits: bool | None
) -> ArchiveLimits:
    """What the command line says, alone if it says anything of a limit, else run.yaml. Raises ValidationError."""
    values: dict[str, object] = {"keep_hits": given.keep_hits if keep_hits is None else keep_hits}
    if max_age is None and max_size is None:
        return ArchiveLimits(max_age=given.max_age, max_size=given.max_size, **values)  # type: ignore[arg-type]  # pydantic checks
    return ArchiveLimits.model_validate(values | {"max_age": max_age, "max_size": max_size})


def _print_json(report: PruneReport, *, done: bool) -> None:
    for doomed in report.chosen:
        print_json(_describe(doomed))
    summary = {"kind": "summary", "done": done, "files": report.files, "rewritten": report.rewritten}
    summary |= {"pages": report.pages, "kept": report.kept, "frees": report.frees, "size": report.size}
    summary["over"] = report.over
    print_json(summary | {"problems": report.problems})


def _describe(doomed: Doomed) -> dict[str, object]:
    return {
        "kind": "file",
        "file": doomed.file.name,
        "begun_at": doomed.file.begun_at,
        "pages": doomed.pages,
        "kept": len(doomed.keep),
        "frees": doomed.frees,
    }


def _print_report(report: PruneReport, *, done: bool) -> None:
    console = make_console()
    table = Table(box=None, pad_edge=False)
    for column in ("file", "pages", "stay", "MB"):
        table.add_column(column, justify="left" if column == "file" else "right")
    for doomed in report.chosen:
        table.add_row(doomed.file.name, str(doomed.pages), str(len(doomed.keep)), f"{doomed.frees / 1e6:.1f}")
    if report.chosen:
        console.print(table)
    for problem in report.problems:
        console.print(Text(f"left as it is: {problem}", "red"))
    went, free, about = ("went", "are free", "") if done else ("would go", "would be free", "about ")
    console.print(
        f"{report.pages} pages of {report.files} files {went}, {report.kept} with hits stay; "
        f"{about}{report.frees / 1e6:.1f} of {report.size / 1e6:.1f} MB {free}"
    )
    if report.over:
        console.print(
            f"{report.over / 1e6:.1f} MB more than the limit stay: pages with hits, and files closed within the hour"
        )
    if report.files and not done:
        console.print(Text("Nothing was done yet: --yes does it.", "yellow"))
