"""`basewatch try`: analyse one page or dumped text and explain everything that was decided."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from crawler.errors import Quarantined, StoreError, Unreadable, WorkerError
from crawler.extract.furniture import Furniture
from crawler.extract.inputs import MAX_BYTES, guess_media, read_file
from crawler.extract.language import is_right_to_left
from crawler.fetch.urls import in_scope
from crawler.models import Analysis, Article, FetchFailure, Material, Mention, Page, PartVerdict, Removed, Zone
from crawler.pipeline import declared_charset
from crawler.workers import ANALYSE, START_S, Remote, WorkerPool
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.current import write_snapshot
from scheduler.explaining import Marks, choose_marks, indent, mark_lines, shorten_line
from scheduler.knowledge import load_furniture
from scheduler.reasons import explain_hit, explain_new_groups, explain_parts, explain_stances
from scheduler.verified import load_verified
from settings.model import Settings

READ_TOOLS: Remote[[Path], None] = Remote("crawler.tasks", "prepare_worker")
TELL_WHY: Remote[[Analysis, Path, str], tuple[PartVerdict, ...]] = Remote("crawler.tasks", "tell_why_in_worker")


def main(target: str, config: Path | None, outlet: str, why: str | None, *, as_json: bool) -> int:
    settings = load_or_exit(config, load_verified)
    if why is not None and why not in {rule.name for rule in settings.rules}:
        return fail(
            f"no rule is called {why}; there are {', '.join(r.name for r in settings.rules)}", Exit.WRONG_SETTINGS
        )
    try:
        material = _read_target(target, outlet, settings)
        material = replace(material, timezone=settings.find_timezone(material.outlet))
        furniture = load_furniture(settings.run, material.outlet)
        analysis, verdicts = asyncio.run(_analyse_apart(material, settings, furniture, why))
    except _CannotReadError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except (StoreError, WorkerError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    except Quarantined as error:
        return fail(
            f"quarantined: {error.reason}. It would be counted as quarantined, and the crawl go on.", Exit.FINDINGS
        )
    except Unreadable as error:
        return fail(f"unreadable: {error.reason}. It would be counted as unreadable, and nobody told.", Exit.FINDINGS)
    if as_json:
        print_json(_as_object(analysis) | ({"why": [asdict(each) for each in verdicts]} if verdicts else {}))
    else:
        _explain(analysis, make_console())
        if verdicts:
            rule = next(rule for rule in settings.rules if rule.name == why)
            _print_section(make_console(), f"Why {why}", list(explain_parts(verdicts, rule)), "")
    return int(Exit.DONE)


async def _analyse_apart(
    material: Material, settings: Settings, furniture: Furniture, why: str | None
) -> tuple[Analysis, tuple[PartVerdict, ...]]:
    """As the daemon does it: in a worker that a page may hang or kill. Raises PageError and WorkerError."""
    pool, timeout_s = WorkerPool(1, memory_mb=settings.run.worker_memory_mb), settings.run.page_timeout.total_seconds()
    with TemporaryDirectory(prefix="basewatch-try-") as folder, closing(pool):
        snapshot = write_snapshot(settings, Path(folder))
        await pool.run(READ_TOOLS, snapshot, timeout_s=START_S)  # names and rules take their time, and not the page's
        analysis = await pool.run(ANALYSE, material, snapshot, furniture, timeout_s=timeout_s)
        if why is None:
            return analysis, ()
        return analysis, await pool.run(TELL_WHY, analysis, snapshot, why, timeout_s=timeout_s)


class _CannotReadError(Exception):
    """The target is no page that can be had."""


def _read_target(target: str, outlet: str, settings: Settings) -> Material:
    if target.startswith(("http://", "https://")):
        return _fetch_target(target, outlet, settings)
    if target == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _CannotReadError(f"standard input is larger than {MAX_BYTES >> 20} MiB")
        return Material(content=content, media=guess_media("", content), outlet=outlet)
    found = read_file(Path(target), outlet)
    if found.material is None:
        raise _CannotReadError(f"{target}: {found.problem}")
    return found.material


def _fetch_target(url: str, outlet: str, settings: Settings) -> Material:
    from spiders.live import fetch_once  # noqa: PLC0415  # a file needs no Scrapy, which takes a second to import

    source = next((source for source in settings.sources if in_scope(url, source.scope)), None)
    answer = fetch_once(url, settings.run, source)
    if isinstance(answer, FetchFailure):
        raise _CannotReadError(f"{url}: {answer.kind}: {answer.detail}")
    if answer.status != HTTPStatus.OK:
        raise _CannotReadError(f"{url}: the answer has HTTP status {answer.status}")
    return _page_material(answer, outlet or (source.outlet if source else ""))


def _page_material(page: Page, outlet: str) -> Material:
    charset = declared_charset(page.header("content-type"))
    return Material(page.body, "html", page.url, outlet, charset, page.fetched_at)


# ── what people see ──────────────────────────────────────────────────────────────────────────────


def _as_object(analysis: Analysis) -> dict[str, object]:
    """For scripts. Each piece that was cut says which entities it mentions."""
    fields = asdict(analysis)
    del fields["trace"]
    article = fields["article"]
    article["direction"] = "rtl" if is_right_to_left(analysis.article.language) else "ltr"
    article["published_certainty"] = analysis.article.published_certainty
    article["updated_certainty"] = analysis.article.updated_certainty
    for piece, (_, _, mentions) in zip(article["removed"], _place_removed(analysis), strict=True):
        piece["mentions"] = [mention.entity for mention in mentions]
    return fields


def _explain(analysis: Analysis, console: Console) -> None:
    article, marks = analysis.article, choose_marks(console)
    _print_section(console, "Removed", _removed_lines(analysis, marks), "nothing was removed")
    console.print()
    console.print(Text(defuse_text(article.title) or "(no title)", style="bold"))
    console.print(Text(_facts(article), style="dim"))
    for zone in (Zone.DESCRIPTION, Zone.BODY, Zone.CAPTION):
        if text := article.zone_text(zone):
            spans = [(m.start, m.end) for m in analysis.mentions if m.zone is zone]
            console.print(Text(f"\n[{zone}]", style="dim"))
            console.print(mark_lines(text, spans, marks))
    console.print()
    _print_section(console, "Mentions", [_mention_table(analysis.mentions)] if analysis.mentions else [], "none")
    if analysis.new_groups:
        _print_section(console, "Groups that nobody listed", list(explain_new_groups(analysis.new_groups)), "")
    _print_section(console, "Who said what", list(explain_stances(analysis.stances)), "nobody")
    _print_section(console, "Rules that fired", [explain_hit(hit, marks) for hit in analysis.hits], "none")
    near = [Text(f"{miss.rule}: {defuse_text(miss.missing)}") for miss in analysis.near_misses]
    _print_section(console, "Rules that nearly fired", near, "none")
    if analysis.disabled:
        ran_away = [Text(f"{rule}: its regular expression ran away and was stopped") for rule in analysis.disabled]
        _print_section(console, "Rules that were switched off", ran_away, "")


def _print_section(console: Console, heading: str, lines: Sequence[RenderableType], otherwise: str) -> None:
    console.print(Text(heading, style="bold cyan"))
    for line in lines or [Text(otherwise, style="dim")]:
        console.print(indent(line))


def _facts(article: Article) -> str:
    published = (
        f"{article.published:%Y-%m-%d %H:%M} UTC (from {article.published_from})" if article.published else "no date"
    )
    facts = [article.outlet or "outlet unknown", article.language or "language unknown", published]
    facts += [f"updated {article.updated:%Y-%m-%d %H:%M} UTC"] if article.updated else []
    facts += [f"by {', '.join(article.authors)}"] if article.authors else []
    facts += [f"in {article.section}"] if article.section else []
    facts += [f"tags {', '.join(article.tags)}"] if article.tags else []
    facts += [flag for flag in ("truncated", "partial") if getattr(article, flag)]
    return " · ".join(defuse_text(fact) for fact in facts)


def _removed_lines(analysis: Analysis, marks: Marks) -> list[RenderableType]:
    """Each piece that was cut, why, and the mentions that were dropped with it."""
    return [_render_removed(piece, start, found, marks) for piece, start, found in _place_removed(analysis)]


def _render_removed(piece: Removed, start: int, mentions: Sequence[Mention], marks: Marks) -> RenderableType:
    line = Text.assemble((f"{piece.rule}: ", "yellow"), shorten_line(piece.text), (f"  — {piece.reason}", "dim"))
    if not mentions:
        return line
    names = ", ".join(dict.fromkeys(f"{mention.name} ({mention.type})" for mention in mentions))
    dropped = Text.assemble(("mentions dropped with it: ", "yellow"), defuse_text(names))
    spans = [(mention.start - start, mention.end - start) for mention in mentions]
    return Group(line, indent(dropped), indent(mark_lines(piece.text, spans, marks)))


def _place_removed(analysis: Analysis) -> Iterator[tuple[Removed, int, list[Mention]]]:
    """Each piece with where it begins in the zone's text, and the mentions in it."""
    dropped = [mention for mention in analysis.mentions if mention.zone is Zone.REMOVED]
    start = 0
    for piece in analysis.article.removed:
        end = start + len(piece.text)
        yield piece, start, [mention for mention in dropped if start <= mention.start < end]
        start = end + 1


def _mention_table(mentions: tuple[Mention, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("entity", "kind", "zone", "from", "to", "as written", "certainty"):
        table.add_column(column, justify="right" if column in {"from", "to"} else "left", overflow="fold")
    for mention in mentions:
        table.add_row(
            mention.entity,
            mention.type,
            str(mention.zone),
            str(mention.start),
            str(mention.end),
            Text(defuse_text(mention.text)),
            mention.certainty,
        )
    return table
