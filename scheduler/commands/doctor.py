"""`basewatch doctor`: can basewatch do its work here?"""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, load_or_exit, make_console, print_json
from scheduler.doctor.checks import CHECKS
from scheduler.doctor.findings import Finding, Level, run_checks
from scheduler.verified import load_verified

STYLES = {Level.OK: "green", Level.WARN: "bold yellow", Level.FAIL: "bold red"}


def main(config: Path | None, *, strict: bool, as_json: bool) -> int:
    settings = load_or_exit(config, load_verified)
    with make_console(stderr=True).status("looking"):
        findings = list(run_checks(CHECKS, settings))
    return show_findings(findings, strict=strict, as_json=as_json)


def show_findings(findings: list[Finding], *, strict: bool, as_json: bool) -> int:
    """The exit code."""
    if as_json:
        for finding in findings:
            print_json(asdict(finding))
    else:
        _print_findings(findings, make_console())
    bad = {Level.FAIL, Level.WARN} if strict else {Level.FAIL}
    return int(Exit.FINDINGS if any(finding.level in bad for finding in findings) else Exit.DONE)


def _print_findings(findings: list[Finding], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("check", "", "found", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        level = Text(finding.level, STYLES[finding.level])
        table.add_row(finding.check, level, Text(defuse_text(finding.found)), Text(defuse_text(finding.advice)))
    console.print(table)
    wrong = sum(finding.level is not Level.OK for finding in findings)
    console.print(Text(f"{wrong} of {len(findings)} want attention." if wrong else "All is well.", "bold"))
