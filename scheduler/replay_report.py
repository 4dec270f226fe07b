"""What a replay found, for people and for scripts: text, JSON lines, or one HTML file."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import StoreError
from crawler.models import Hit
from crawler.replay import Difference
from crawler.replay_piece import PieceResult
from scheduler.alerts.terminal import defuse_text
from scheduler.console import print_json
from scheduler.explaining import choose_marks, indent, render_hit


@dataclass(frozen=True, slots=True)
class Outcome:
    """One replay, done."""

    result: PieceResult
    begun_at: datetime
    seconds: float
    settings_digest: str
    furniture: Mapping[str, str]
    """Outlet → digest of the verdict on its furniture that was used; empty where it condemned nothing."""
    rules: frozenset[str] | None = None
    pruned: int = 0
    """Pages of the same selection that are no longer in the archive."""
    known_pages: int = 0
    """Of the pages those that an earlier run had read; they took none of the seconds."""
    known_size: int = 0

    @property
    def counts(self) -> dict[str, int]:
        result = self.result
        return {
            "pages": result.pages,
            "pruned": self.pruned,
            "skipped": result.skipped,
            "new": sum(len(each.new) for each in result.differences),
            "gone": sum(len(each.gone) for each in result.differences),
            "changed": sum(len(each.changed) for each in result.differences),
            "alerts": sum(each.alerts for each in result.differences),
            "problems": len(result.problems),
            "audited": result.audited,
            "missed": len(result.missed),
        }

    def count_rules(self) -> dict[str, dict[str, int]]:
        """Rule → new, gone and changed hits."""
        rules: dict[str, dict[str, int]] = defaultdict(lambda: {"new": 0, "gone": 0, "changed": 0})
        for each in self.result.differences:
            for hit in each.new:
                rules[hit.rule]["new"] += 1
            for rule in each.gone:
                rules[rule]["gone"] += 1
            for change in each.changed:
                rules[change.hit.rule]["changed"] += 1
        return dict(sorted(rules.items()))


# ── text and JSON ────────────────────────────────────────────────────────────────────────────────


def print_report(outcome: Outcome, console: Console, *, commit: bool, alert: bool, as_json: bool) -> None:
    if as_json:
        for difference in outcome.result.differences:
            print_json(_as_object(difference))
        print_json(_summarise(outcome))
        return
    for difference in outcome.result.differences:
        _print_difference(difference, console)
    for problem in outcome.result.problems:
        console.print(Text(f"not read: {defuse_text(problem)}", style="yellow"))
    for missed in outcome.result.missed:
        console.print(Text(f"skipped, and would have fired: {defuse_text(missed)}", style="bold red"))
    for rule, counts in outcome.count_rules().items():
        console.print(f"  {rule}: {counts['new']} new, {counts['gone']} gone, {counts['changed']} changed")
    _print_sums(outcome, console)
    _print_consequence(outcome, console, commit=commit, alert=alert)


def _print_sums(outcome: Outcome, console: Console) -> None:
    counts, seconds = outcome.counts, max(0.001, outcome.seconds)
    changed = f", {counts['changed']} changed" if counts["changed"] else ""
    console.print(f"{counts['pages']} pages replayed: {counts['new']} new hits, {counts['gone']} gone{changed}")
    pages, size = counts["pages"] - outcome.known_pages, outcome.result.size - outcome.known_size
    earlier = f" (an earlier run had read {outcome.known_pages})" if outcome.known_pages else ""
    console.print(
        f"{counts['skipped']} of them could not fire any rule and were skipped; {outcome.seconds:.1f} s, "
        f"{pages / seconds:.0f} pages/s, {size / seconds / 1e6:.0f} MB/s{earlier}"
    )
    if counts["pruned"]:
        console.print(f"{counts['pruned']} pages are pruned from the archive, and cannot be asked again")
    if counts["audited"]:
        console.print(f"{counts['audited']} skipped pages were read all the same: {counts['missed']} would have fired")


def _print_consequence(outcome: Outcome, console: Console, *, commit: bool, alert: bool) -> None:
    count = outcome.counts["alerts"]
    sends = f"{count} alert{'' if count == 1 else 's'}"
    if not outcome.result.differences:
        console.print("Nothing differs, so there is nothing to store.")
    elif all(each.stored is None for each in outcome.result.differences):
        console.print("Nothing was stored, nor can be: pages of named files belong to no link of ours.")
    elif not commit:
        would = f"them; with --alert it would send {sends}" if count else "them, and raise no new alert"
        console.print(f"Nothing was stored. --commit would store {would}.")
    elif not count:
        console.print("Stored; no new alert comes of it.")
    elif alert:
        console.print(f"Stored; {sends} marked as replay go to the stream when the daemon runs.")
    else:
        console.print(f"Stored; nobody was told of {sends}, and will not be: --alert belongs to the same --commit.")


def _print_difference(difference: Difference, console: Console) -> None:
    console.print(Text.assemble((difference.outlet, "bold"), f"  {defuse_text(difference.url)}"))
    for hit in difference.new:
        console.print(indent(render_hit(hit, choose_marks(console), sign="+ ", style="green")))
    for rule, sentence in difference.sentences.items():
        console.print(Text.assemble(("  - ", "red"), (rule, "bold red")))
        console.print(indent(indent(Text(defuse_text(sentence), style="dim"))))
    for change in difference.changed:
        before = defuse_text(change.before)
        console.print(indent(render_hit(change.hit, choose_marks(console), sign="~ ", style="yellow")))
        console.print(indent(indent(Text(f"before ({change.severity_before}): {before}", style="dim"))))


def _as_object(difference: Difference) -> dict[str, object]:
    return {
        "kind": "difference",
        "url": difference.url,
        "outlet": difference.outlet,
        "new": [asdict(hit) for hit in difference.new],
        "gone": [{"rule": rule, "sentence": sentence} for rule, sentence in difference.sentences.items()],
        "changed": [
            {"hit": asdict(change.hit), "before": change.before, "severity_before": change.severity_before}
            for change in difference.changed
        ],
        "alerts": difference.alerts,
        "furniture_digest": difference.analysis.furniture_digest if difference.analysis else "",
    }


def _summarise(outcome: Outcome) -> dict[str, object]:
    return {
        "kind": "summary",
        **outcome.counts,
        "rules": outcome.count_rules(),
        "not_read": outcome.result.problems,
        "missed_pages": outcome.result.missed,
        "seconds": round(outcome.seconds, 3),
        "bytes": outcome.result.size,
        "settings_digest": outcome.settings_digest,
        "furniture": dict(outcome.furniture),
        "begun_at": outcome.begun_at.isoformat(),
    }


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; border-bottom: 1px solid #8886; text-align: start; }
article { border-top: 1px solid #8886; padding: .5rem 0; } blockquote { margin: .2rem 1rem; }
.new { border-inline-start: 4px solid #2a2; } .gone { border-inline-start: 4px solid #c33; }
.changed { border-inline-start: 4px solid #c90; } section { padding-inline-start: .7rem; margin: .6rem 0; }
mark { background: #fe8; } .quiet { color: #777; overflow-wrap: anywhere; }
"""


def write_html(path: Path, outcome: Outcome) -> None:
    """One file that needs nothing else and runs nothing: no script, no address is asked for anything. Raises
    StoreError."""
    try:
        path.write_text("\n".join(_make_page(outcome)) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the report cannot be written to {path}: {error.strerror}") from error


def _make_page(outcome: Outcome) -> Iterator[str]:
    counts = outcome.counts
    yield '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>basewatch replay</title>'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<style>{_STYLE}</style></head><body><h1>Replay of {outcome.begun_at:%Y-%m-%d %H:%M} UTC</h1>"
    yield (
        f"<p>{counts['pages']} pages, {counts['skipped']} of them skipped because no rule could fire. {counts['new']} "
        f"new hits, {counts['gone']} gone, {counts['changed']} changed; {counts['alerts']} would be alerts. Settings "
        f"<code>{escape(outcome.settings_digest)}</code>.</p>"
    )
    yield "<table><tr><th>rule</th><th>new</th><th>gone</th><th>changed</th></tr>"
    for rule, each in outcome.count_rules().items():
        yield f"<tr><td>{_write(rule)}</td><td>{each['new']}</td><td>{each['gone']}</td><td>{each['changed']}</td></tr>"
    yield "</table>"
    for difference in outcome.result.differences:
        yield from _describe_difference(difference)
    for title, lines in (("Not read", outcome.result.problems), ("Skipped wrongly", outcome.result.missed)):
        if lines:
            yield f"<h2>{title}</h2><ul>{''.join(f'<li>{_write(line)}</li>' for line in lines)}</ul>"
    yield "</body></html>"


def _describe_difference(difference: Difference) -> Iterator[str]:
    title = difference.analysis.article.title if difference.analysis else ""
    yield f'<article><h3 dir="auto">{_write(title or difference.url)}</h3>'
    yield f'<p class="quiet">{_write(difference.outlet)} {_write(difference.url)}</p>'
    for hit in difference.new:
        yield _describe_hit(hit, "new")
    for rule, sentence in difference.sentences.items():
        yield f'<section class="gone">gone: <b>{_write(rule)}</b>{_quote(_write(sentence))}</section>'
    for change in difference.changed:
        before = f'<span class="quiet">before ({change.severity_before}):</span>{_quote(_write(change.before))}'
        yield _describe_hit(change.hit, "changed", before)
    yield "</article>"


def _describe_hit(hit: Hit, kind: str, more: str = "") -> str:
    head = f"{kind}: <b>{_write(hit.rule)}</b> ({hit.severity}) <span class=quiet>{_write(hit.explanation)}</span>"
    return f'<section class="{kind}">{head}{_quote(_mark(hit))}{more}</section>'


def _quote(text: str) -> str:
    return f'<blockquote dir="auto">{text}</blockquote>'


def _mark(hit: Hit) -> str:
    pieces, at = [], 0
    for start, end in sorted(hit.marks):
        if start >= at:
            pieces += [_write(hit.sentence[at:start]), "<mark>", _write(hit.sentence[start:end]), "</mark>"]
            at = end
    return "".join((*pieces, _write(hit.sentence[at:])))


def _write(text: str) -> str:
    return escape(defuse_text(text))
