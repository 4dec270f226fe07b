"""How trials of sources and the text of a sample are shown."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.alerts.terminal import defuse_text
from scheduler.discovering import Sample, Trial
from scheduler.explaining import indent, shorten_line

_TITLES = 3
_LINES = 6


def trial_object(trial: Trial) -> dict[str, object]:
    """For scripts."""
    return {
        "name": trial.source.name,
        "outlet": trial.source.outlet,
        "kind": trial.source.kind,
        "url": trial.source.url,
        "origin": trial.origin,
        "links": len(trial.links),
        "dated": count_dated(trial),
        "left_out": trial.left_out,
        "detail": trial.detail,
        "moved_to": trial.moved_to,
        "problem": trial.problem,
        "titles": [link.title or link.url for link in trial.links[:_TITLES]],
    }


def sample_object(sample: Sample) -> dict[str, object]:
    article = sample.article
    if article is None:
        return {"url": sample.url, "problem": sample.problem}
    told = {"title": article.title, "language": article.language, "published": article.published, "body": article.body}
    return {"url": sample.url, **told, "removed": len(article.removed)}


def count_dated(trial: Trial) -> int:
    return sum(link.published is not None for link in trial.links)


def print_trials(console: Console, trials: Sequence[Trial], chosen: Sequence[Trial] = ()) -> None:
    """One line a source; what a person should look at is in colour."""
    table = Table(box=None, pad_edge=False)
    found = "found" if any(trial.origin for trial in trials) else "source"
    for column in ("", "kind", "links", "dated", "left out", found, "address"):
        table.add_column(
            column, justify="right" if column in ("links", "dated", "left out") else "left", overflow="fold"
        )
    for trial in trials:
        mark = Text("✗", "red") if trial.problem else Text("✓" if trial in chosen or not chosen else " ", "green")
        numbers = (str(len(trial.links)), str(count_dated(trial)), str(trial.left_out or ""))
        where = defuse_text(trial.origin or trial.source.name)
        table.add_row(mark, trial.source.kind, *numbers, where, _tell_address(trial))
    console.print(table)


def _tell_address(trial: Trial) -> Text:
    """And below it what is wrong with it."""
    address = Text(defuse_text(trial.source.url))
    if trial.problem:
        address.append(f"\n{defuse_text(trial.problem)}", "red")
    if trial.moved_to:
        address.append(f"\nmoved for good to {defuse_text(trial.moved_to)}", "yellow")
    return address


def print_titles(console: Console, trial: Trial) -> None:
    heading = f"{trial.source.kind} {trial.source.url}"
    console.print()
    console.print(Text(defuse_text(f"First of {len(trial.links)} in {heading}"), style="bold"))
    for link in trial.links[:_TITLES]:
        date = f"{link.published:%Y-%m-%d %H:%M}" if link.published else "no date"
        console.print(indent(Text(f"{date}  {shorten_line(link.title or link.url)}")))
    if trial.detail:
        console.print(indent(Text(defuse_text(trial.detail), "dim")))


def print_sample(console: Console, sample: Sample) -> None:
    console.print()
    console.print(Text(defuse_text(f"Text of {sample.url}"), style="bold"))
    article = sample.article
    if article is None:
        console.print(indent(Text(defuse_text(sample.problem), "red")))
        return
    date = f"{article.published:%Y-%m-%d %H:%M} UTC" if article.published else "no date"
    facts = (
        f"{article.language or 'language unknown'}, {date}, {len(article.body)} characters, {len(article.removed)} cut"
    )
    console.print(indent(Text(defuse_text(article.title) or "(no title)", "bold")))
    console.print(indent(Text(facts, "dim")))
    lines = article.body.splitlines()
    for line in lines[:_LINES]:
        console.print(indent(Text(shorten_line(line))))
    if len(lines) > _LINES:
        console.print(indent(Text(f"… {len(lines) - _LINES} more paragraphs", "dim")))
