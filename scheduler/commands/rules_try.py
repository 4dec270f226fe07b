"""`basewatch rules try`: what an expression would have caught among the stored articles."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import RuleError, StoreError
from crawler.match.matcher import Matcher
from crawler.models import Hit, StoredArticle
from crawler.store.store import Store
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.explaining import choose_marks, indent, render_hit
from scheduler.past import read_all, read_last
from scheduler.places import open_store
from settings.model import Rule

NAME = "tried"
"""What the expression is called in hits and errors."""


@dataclass(slots=True)
class Trial:
    """How far a trial has come."""

    articles: int = 0
    caught: int = 0
    ran_away: str = ""
    """Address of the article on which a regular expression did not end."""


def main(expression: str, config: Path | None, last: str, limit: int, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        matcher = Matcher(settings.gazetteer, (Rule(name=NAME, severity="info", when=expression),))
        since = read_last(last)
    except RuleError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except ValueError as error:
        return fail(f"--last {last}: {error}", Exit.WRONG_SETTINGS)
    console = make_console()
    try:
        with open_store(settings.run) as store:
            trial = _try_all(matcher, store, since, limit, console, as_json=as_json)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if not as_json:
        shown = f", the first {limit} are shown" if trial.caught > limit else ""
        console.print(f"{trial.caught} of {trial.articles} articles of the last {last} would have been caught{shown}.")
    if trial.ran_away:
        return fail(f"stopped: a regular expression ran away on {defuse_text(trial.ran_away)}", Exit.FINDINGS)
    return int(Exit.DONE)


def _try_all(matcher: Matcher, store: Store, since: datetime, limit: int, console: Console, *, as_json: bool) -> Trial:
    trial = Trial()
    for stored in read_all(store, since):
        findings = matcher.examine(stored.article)
        trial.articles += 1
        if findings.disabled:
            trial.ran_away = stored.url
            break
        for hit in findings.hits:
            trial.caught += 1
            if as_json:
                print_json(_as_object(stored, hit))
            elif trial.caught <= limit:
                _print_hit(stored, hit, console)
    return trial


def _as_object(stored: StoredArticle, hit: Hit) -> dict[str, object]:
    article = stored.article
    place = {"url": stored.url, "outlet": article.outlet, "title": article.title, "seen": stored.seen_at.isoformat()}
    return {**place, "hit": asdict(hit)}


def _print_hit(stored: StoredArticle, hit: Hit, console: Console) -> None:
    head = Text.assemble((defuse_text(stored.article.outlet), "bold"), f"  {stored.seen_at:%Y-%m-%d %H:%M}  ")
    console.print(head + Text(defuse_text(stored.article.title or stored.url)))
    console.print(indent(render_hit(hit, choose_marks(console))))
    console.print(indent(Text(defuse_text(stored.url), style="dim")))
