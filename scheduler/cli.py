"""`basewatch ...`: every command, its options and its help, on one page. scheduler/commands/ holds what they do."""

from enum import StrEnum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Annotated

import typer

from scheduler.roles import Role

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watches the press for armed groups and the bases they threaten, and alerts at once.",
    epilog="Exit codes: 0 done, 1 done but with findings, 2 wrong settings or arguments, 3 a service is away.",
)

RUN, LOOK, PAST, TUNE, CARE = "Run", "Look", "Ask the past", "Change what is watched", "Take care"

alerts_app = typer.Typer(invoke_without_command=True)
app.add_typer(alerts_app, name="alerts", rich_help_panel=LOOK)
sources_app = typer.Typer(invoke_without_command=True)
app.add_typer(sources_app, name="sources", rich_help_panel=LOOK)
channels_app = typer.Typer(invoke_without_command=True)
app.add_typer(channels_app, name="channels", rich_help_panel=LOOK)
archive_app = typer.Typer(no_args_is_help=True, help="Verify, measure, export and prune what was kept.")
app.add_typer(archive_app, name="archive", rich_help_panel=PAST)
rules_app = typer.Typer(no_args_is_help=True, help="Test, check and try out rules.")
app.add_typer(rules_app, name="rules", rich_help_panel=TUNE)
gazetteer_app = typer.Typer(no_args_is_help=True, help="Look after the names.")
app.add_typer(gazetteer_app, name="gazetteer", rich_help_panel=TUNE)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="BASEWATCH_CONFIG", help="Folder of YAML; files it lacks are the shipped ones."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]


class Way(StrEnum):
    """Who knows the past of a source."""

    SITEMAP = "sitemap"
    PAGES = "pages"
    WAYBACK = "wayback"
    COMMONCRAWL = "commoncrawl"
    LIST = "list"


def start(command: str, **options: object) -> None:
    """Run scheduler/commands/<command>.py and exit with what its `main` returns.

    Imported only now: Scrapy, trafilatura and SQLAlchemy together take a second that `--help` should not cost.
    """
    raise typer.Exit(import_module(f"scheduler.commands.{command}").main(**options))


def show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"basewatch {version('basewatch')}, Python {python_version()}")
        raise typer.Exit


@app.callback()
def main_options(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=lambda value: show_version(wanted=value), is_eager=True, help="Say which."),
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel=RUN)
def run(
    config: ConfigOption = None,
    *,
    only: Annotated[
        list[Role] | None,
        typer.Option(help="Do only this part of the work; repeat it for more than one. Without it: everything."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show alerts in this terminal.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log lines as JSON.")] = False,
) -> None:
    """Poll the outlets, fetch, analyse and alert, until told to stop.

    Stop it with Ctrl-C or SIGTERM: it drains within 10 seconds and loses nothing. SIGHUP, or a change of a settings
    file, reloads the settings; broken ones are refused and the old ones stay.

    With --only the work is split among processes that share a database: crawl polls, fetches and analyses; relay puts
    alerts on the stream; deliver carries them to the channels; dashboard shows. On one PostgreSQL several may crawl: no
    host is asked by two of them at once.

    Examples:

    - `basewatch run`
    - `basewatch run --only crawl`
    - `basewatch run --only relay --only deliver`
    - `BASEWATCH_DATA_DIR=/srv/basewatch basewatch run -c /etc/basewatch`
    """
    start("run", config=config, only=only or (), quiet=quiet, log_json=log_json)


@app.command(rich_help_panel=RUN)
def dashboard(
    config: ConfigOption = None,
    *,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log lines as JSON.")] = False,
    owner: Annotated[int | None, typer.Option(hidden=True, help="End when this process, our parent, is gone.")] = None,
) -> None:
    """Serve the dashboard alone; `basewatch run` does so by itself.

    At http://127.0.0.1:8787 unless `dashboard:` in run.yaml says otherwise. It reads the same data folder or database
    as the daemon, which need not run.

    Examples:

    - `basewatch dashboard`
    - `BASEWATCH_DASHBOARD=127.0.0.1:9000 basewatch dashboard`
    """
    start("dashboard", config=config, owner=owner, log_json=log_json)


@app.command(rich_help_panel=LOOK)
def status(
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Say on one screen whether it runs and how it stands: sources, today's sums, what waits, channels, troubles.

    Exits with 1 when no daemon runs here, the sums do not close or a trouble is open.

    Examples:

    - `basewatch status`
    - `basewatch status --json | jq .today`
    """
    start("status", config=config, as_json=as_json)


@app.command(rich_help_panel=RUN)
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End after the first round; exit 1 if it did not agree.")
    ] = False,
    pace: Annotated[float, typer.Option(min=0.02, max=60, help="Seconds between two articles.")] = 0.4,
    keep: Annotated[Path | None, typer.Option(help="Keep the demo's data in this folder.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the daemon's log as well.")] = False,
) -> None:
    """Watch basewatch at work on a small press of its own, without the internet.

    Six local outlets publish more than forty articles one after another, with all the garbage that real pages carry;
    alerts appear as they are found. At the end the sums are compared with what the articles' author expected.

    Examples:

    - `basewatch demo`
    - `basewatch demo --once --pace 0.3`
    """
    start("demo", once=once, pace=pace, keep=keep, verbose=verbose)


@alerts_app.callback()
def alerts(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    config: ConfigOption = None,
    *,
    severity: Annotated[
        str | None, typer.Option(help="This severity and above: info, notice, warning, critical.")
    ] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Of this rule; may be repeated, like the next two.")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="That name this entity, by its id.")] = None,
    outlet: Annotated[list[str] | None, typer.Option(help="Of this outlet, by its slug.")] = None,
    story: Annotated[str, typer.Option(help="On this story.")] = "",
    since: Annotated[str | None, typer.Option(metavar="12h", help="Raised or told again since then.")] = None,
    unacked: Annotated[bool, typer.Option("--unacked", help="That nobody has acknowledged.")] = False,
    muted: Annotated[bool | None, typer.Option("--muted/--unmuted", help="Only muted ones, or only others.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for new ones on the stream.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many of the last ones.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show alerts, with the words that fired marked; acknowledge, note and mute them.

    Each with outlet, title, time, rule, the sentence, link, and what was done with it.

    Examples:

    - `basewatch alerts -n 5`
    - `basewatch alerts --follow --severity warning`
    - `basewatch alerts --unacked --since 12h`
    - `basewatch alerts --json | jq .title`
    """
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    from scheduler.commands.alerts import Asked  # noqa: PLC0415 - heavy, like what `start` imports

    asked = Asked(
        severity,
        tuple(rule or ()),
        tuple(entity or ()),
        tuple(outlet or ()),
        story,
        since,
        unacked=unacked,
        muted=muted,
    )
    start("alerts", config=config, limit=limit, asked=asked, follow=follow, as_json=as_json)


IdArgument = Annotated[str, typer.Argument(metavar="ID", help="An alert's id, or its beginning.")]
ByOption = Annotated[str, typer.Option(help="Who does it; your user name without it.")]


@alerts_app.command(name="show")
def alerts_show(
    context: typer.Context, alert: IdArgument, config: ConfigOption = None, *, as_json: JsonOption = False
) -> None:
    """Show one alert with all that it rests on: rules and their digests, marked sentences, capture, revisions, story,
    what was done with it, and what became of it at each channel.

    Examples:

    - `basewatch alerts show 3fa9c1`
    """
    start("alerts_show", alert=alert, config=config or context.obj, as_json=as_json)


@alerts_app.command(name="ack")
def alerts_ack(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of alerts, or their beginnings.")],
    config: ConfigOption = None,
    *,
    note: Annotated[str, typer.Option(help="Written beside each.")] = "",
    by: ByOption = "",
) -> None:
    """Say that somebody has seen to alerts. One that is told again later is open again.

    Examples:

    - `basewatch alerts ack 3fa9c1 77b0 --note "known drill"`
    """
    start("alerts_ack", ids=ids, note=note, by=by, config=config or context.obj)


@alerts_app.command(name="note")
def alerts_note(
    context: typer.Context,
    alert: IdArgument,
    text: Annotated[str, typer.Argument(help="What to write.")],
    config: ConfigOption = None,
    *,
    by: ByOption = "",
) -> None:
    """Write a note beside an alert.

    Examples:

    - `basewatch alerts note 3fa9c1 "confirmed by phone"`
    """
    start("alerts_note", alert=alert, text=text, by=by, config=config or context.obj)


@alerts_app.command(name="mute")
def alerts_mute(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="rule, entity, outlet, story or alert.")],
    value: Annotated[str, typer.Argument(help="Its name, id or slug.")],
    config: ConfigOption = None,
    *,
    until: Annotated[
        str | None,
        typer.Option("--for", "--until", metavar="8h|TIME", help="How long, or until when; else for good."),
    ] = None,
    why: Annotated[str, typer.Option(help="The reason, for others.")] = "",
    even_critical: Annotated[bool, typer.Option("--even-critical", help="Critical alerts too.")] = False,
    by: ByOption = "",
) -> None:
    """Tell nobody of what a rule, an entity, an outlet or a story brings. Nothing is dropped: muted alerts are stored,
    listed and counted. An alert is muted by rule or entity when all of its hits are.

    Examples:

    - `basewatch alerts mute entity harir --for 8h --why "announced drill"`
    - `basewatch alerts mute story 91c0d2 --even-critical`
    - `basewatch alerts mute rule base-attack --until 2026-12-01T06:00`
    """
    options = {"until": until, "why": why, "even_critical": even_critical, "by": by}
    start("alerts_mute", kind=kind, value=value, config=config or context.obj, **options)


@alerts_app.command(name="unmute")
def alerts_unmute(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Of the mute, as basewatch alerts mutes shows it.")],
    config: ConfigOption = None,
) -> None:
    """End a mute.

    Examples:

    - `basewatch alerts unmute 3`
    """
    start("alerts_unmute", number=number, config=config or context.obj)


@alerts_app.command(name="mutes")
def alerts_mutes(
    context: typer.Context,
    config: ConfigOption = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the mutes that hold now: of what, until when, by whom, why.

    Examples:

    - `basewatch alerts mutes --json`
    """
    start("alerts_mutes", everything=everything, config=config or context.obj, as_json=as_json)


@alerts_app.command(name="schema")
def alerts_schema() -> None:
    """Print the JSON Schema of what the stream carries.

    Examples:

    - `basewatch alerts schema > alert.schema.json`
    """
    start("alerts_schema")


@alerts_app.command(name="dead")
def alerts_dead(
    context: typer.Context,
    config: ConfigOption = None,
    *,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    key: Annotated[list[str] | None, typer.Option("--id", help="With --dismiss: only this one.")] = None,
    dismiss: Annotated[
        bool,
        typer.Option("--dismiss", help="With --channel or --id: never send them; for what cannot be sent."),
    ] = False,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """List dead letters: what could not be sent to a channel, how often it was tried, and what the endpoint said.

    Exit code 1 when there are any. Those that were dismissed are kept, with who did it: basewatch alerts show.

    Examples:

    - `basewatch alerts dead`
    - `basewatch alerts dead --channel desk --json`
    - `basewatch alerts dead --dismiss --id stream-1795890965454-0`
    """
    options = {"is_dismissed": dismiss, "by": by, "as_json": as_json}
    start("alerts_dead", config=config or context.obj, channel=channel, keys=key or [], **options)


@alerts_app.command(name="redrive")
def alerts_redrive(
    context: typer.Context,
    config: ConfigOption = None,
    *,
    channel: Annotated[str | None, typer.Option(help="Only this channel; else all.")] = None,
    key: Annotated[list[str] | None, typer.Option("--id", help="Only this one, as `alerts dead` shows it.")] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="2d", help="With --channel: also what came since then and the channel was never given."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send dead letters again, or tell a new channel what came before it. A running daemon does it within seconds.

    Examples:

    - `basewatch alerts redrive`
    - `basewatch alerts redrive --channel desk`
    - `basewatch alerts redrive --channel new-desk --since 2d`
    """
    start("alerts_redrive", config=config or context.obj, channel=channel, keys=key or [], since=since, as_json=as_json)


@app.command(name="try", rich_help_panel=TUNE)
def try_page(
    target: Annotated[
        str, typer.Argument(metavar="FILE|URL|-", help="A page, dumped text, an address, or - for stdin.")
    ],
    config: ConfigOption = None,
    *,
    outlet: Annotated[str, typer.Option(help="Slug of the outlet, for what is particular to it.")] = "",
    why: Annotated[str | None, typer.Option(help="Say why this rule did or did not fire.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Analyse one page and explain: what was cut and why, the text, the mentions, the rules that fired or nearly did.

    Nothing is stored and nobody is told.

    Examples:

    - `basewatch try page.html`
    - `basewatch try https://example.org/news/1`
    - `pbpaste | basewatch try -`
    """
    start("try_page", target=target, config=config, outlet=outlet, why=why, as_json=as_json)


@app.command(rich_help_panel=TUNE)
def extract(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pages, dumped texts, folders, WARC files.")],
    config: ConfigOption = None,
    *,
    as_json: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line, for programs.")] = False,
    outlet: Annotated[
        str, typer.Option(help="Slug: cut what this outlet repeats, learned from these pages and earlier crawls.")
    ] = "",
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Processes; one a core without it.")] = None,
) -> None:
    """Extract the articles of many pages: HTML, the same gzipped, dumped text, WARC files, folders of all these.

    With --jsonl each line has file, title, text (the body), published, language, zones, removed (with reasons) and
    more. The order is that of the input; a page that fails is a line with file and error. Nothing is stored.

    Exit code 1 when a page failed.

    Examples:

    - `basewatch extract pages/ --jsonl > articles.jsonl`
    - `basewatch extract data/archive/*.warc.gz --jsonl | jq -r .title`
    - `basewatch extract page.html --outlet the-national`
    """
    start("extract", paths=paths, config=config, outlet=outlet, workers=workers, as_json=as_json)


@app.command(rich_help_panel=TUNE)
def furniture(
    outlet: Annotated[str, typer.Argument(help="Slug of the outlet.")],
    config: ConfigOption = None,
    *,
    keep: Annotated[list[str] | None, typer.Option(metavar="ID", help="Never cut this block.")] = None,
    cut: Annotated[list[str] | None, typer.Option(metavar="ID", help="Always cut this block.")] = None,
    learn: Annotated[list[str] | None, typer.Option(metavar="ID", help="Take --keep or --cut back.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what an outlet repeats around its articles, and decide for good what is to be cut or kept.

    As its pages have taught: the text, in how many articles it stood, and why it is cut or kept. A running daemon heeds
    a decision from the next page on.

    An id may be shortened while it names one block only. It stands beside each piece that was cut, too:
    **basewatch try** shows it as furniture:ID.

    Examples:

    - `basewatch furniture the-national`
    - `basewatch furniture the-national --keep 201f8a14`
    - `basewatch furniture the-national --cut 'div.promo>p'`
    """
    words = {"keep": keep, "cut": cut, "": learn}
    decisions = {block: verdict for verdict, blocks in words.items() for block in blocks or ()}
    start("furniture", outlet=outlet, config=config, decisions=decisions, as_json=as_json)


@app.command(rich_help_panel=PAST)
def replay(  # noqa: PLR0913  # each is an option of the command
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="WARC files of anybody, or folders of them, in place of the archive; s3:// with fsspec."),
    ] = None,
    config: ConfigOption = None,
    *,
    since: Annotated[str | None, typer.Option(help="From this day or time on, ISO 8601, UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day or time, ISO 8601, UTC.")] = None,
    outlet: Annotated[list[str] | None, typer.Option(help="Only this outlet; may be given again.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be given again.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may be given again.")] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Folder whose rules.yaml, gazetteer/ and extraction/ are asked with.")
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only pages last read with other settings, and only rules that differ.")
    ] = False,
    commit: Annotated[bool, typer.Option("--commit", help="Store the new hits.")] = False,
    alert: Annotated[
        bool, typer.Option("--alert", help="With --commit: also send the alerts, marked as replay.")
    ] = False,
    audit: Annotated[
        float, typer.Option(min=0, max=100, metavar="PCT", help="Read this part of the skipped pages; fail on a miss.")
    ] = 0.0,
    full: Annotated[bool, typer.Option("--full", help="Skip nothing: extract every page.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes; as many as cores if not given.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Work on this Dask cluster: tcp://host:8786.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not go on with a replay that was broken off.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="REPORT", help="Also write the report as one HTML file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read the past again, offline, through today's rules: which hits would be new, gone, or changed.

    It may be stopped with Ctrl-C; the same command goes on where it was. The result does not depend on the number of
    workers. Pages that cannot fire any rule are skipped before they are extracted. Exit code 1 when anything differs,
    could not be read, or was skipped wrongly.

    Examples:

    - `basewatch replay --since 2026-11-01`
    - `basewatch replay --rules new-rules/ --changed --html report.html`
    - `basewatch replay --rule base-attacked CC-NEWS-*.warc.gz --audit 1`
    """
    start(
        "replay",
        config=config,
        paths=tuple(paths or ()),
        since=since,
        until=until,
        outlets=tuple(outlet or ()),
        sources=tuple(source or ()),
        rules=tuple(rule or ()),
        rules_dir=rules,
        changed=changed,
        commit=commit,
        alert=alert,
        audit=audit,
        full=full,
        workers=workers,
        dask=dask,
        fresh=fresh,
        html=html,
        as_json=as_json,
    )


@app.command(rich_help_panel=PAST)
def backfill(  # noqa: PLR0913  # each is an option of the command
    source: Annotated[str, typer.Argument(help="A source of sources.yaml.")],
    config: ConfigOption = None,
    *,
    since: Annotated[str, typer.Option(help="From this day or time on, ISO 8601, UTC.")],
    until: Annotated[str | None, typer.Option(help="Before this day or time; now if not given.")] = None,
    via: Annotated[Way, typer.Option(help="Who knows what there was.")] = Way.SITEMAP,
    listed: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", exists=True, help="Addresses: text, OPML or CSV.")
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="PLACE",
            help="For pages and commoncrawl: where they are; may hold {year}, {month}, {day}, {page}.",
        ),
    ] = None,
    cdx: Annotated[str | None, typer.Option(metavar="URL", help="Another CDX index than the Wayback one.")] = None,
    max_pages: Annotated[int, typer.Option("--max-pages", min=1, help="Ask for so many pages in this run.")] = 1000,
    per_host: Annotated[int | None, typer.Option("--per-host", min=1, help="And so many of one host.")] = None,
    max_index: Annotated[
        int, typer.Option("--max-index", min=1, help="And so many of the index, or files, that list them.")
    ] = 10_000,
    alert: Annotated[bool, typer.Option("--alert", help="Send alerts too, marked as replay.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch the past of a source: what its sitemaps, its archive pages, the Wayback Machine, Common Crawl's news files
    or a list of yours hold of that time.

    Politely, by the same guard and robots.txt, at half the daemon's pace. It may be stopped or killed; the same command
    goes on where it was. The ledger counts it as backfill:SOURCE. Nobody is told of a hit without --alert.

    Examples:

    - `basewatch backfill shafaq-feed --since 2025-01-01 --until 2025-04-01`
    - `basewatch backfill shafaq-feed --since 2024-01-01 --via wayback --max-pages 500`
    - `basewatch backfill shafaq-feed --since 2024-01-01 --via list --list urls.csv`
    - `basewatch backfill shafaq-feed --since 2025-03-01 --via pages --from 'https://outlet.example/{year}/{month}/{day}'`
    - `basewatch backfill shafaq-feed --since 2025-03-01 --via commoncrawl --from /data/cc-news/{year}/{month}`
    """
    start(
        "backfill",
        source=source,
        config=config,
        since=since,
        until=until,
        via=via.value,
        listed=listed,
        places=places,
        cdx=cdx,
        max_pages=max_pages,
        per_host=per_host,
        max_index=max_index,
        alert=alert,
        as_json=as_json,
    )


@app.command(rich_help_panel=LOOK)
def ledger(
    config: ConfigOption = None,
    *,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days back.")] = 7,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    polls: Annotated[int, typer.Option(min=0, max=10_000, help="Show the last N polls, one by one.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Account for every link seen: seen = known + new, new = the sum of the outcomes + pending.

    Exit code 1 when a sum does not close, which would be a defect of basewatch. Polls without a new link are shown one
    by one for as long as `keep_polls:` in run.yaml says, and counted always.

    Examples:

    - `basewatch ledger --days 1`
    - `basewatch ledger --source memri-feed --polls 20`
    """
    start("ledger", config=config, days=days, source=source, polls=polls, as_json=as_json)


@archive_app.command(name="verify")
def archive_verify(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Read every record of every closed file: is it as it was written, and is each row of the database right?

    Exit code 1 when something differs. The daemon may run meanwhile.

    Examples:

    - `basewatch archive verify`
    - `basewatch archive verify --json | jq .problems`
    """
    start("archive_verify", config=config, as_json=as_json)


@archive_app.command(name="stats")
def archive_stats(
    config: ConfigOption = None,
    *,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days are shown; all with --json.")] = 14,
    as_json: JsonOption = False,
) -> None:
    """How much is kept: files, bytes, compression, and pages by day and outlet.

    Examples:

    - `basewatch archive stats`
    - `basewatch archive stats --json | jq .size`
    """
    start("archive_stats", config=config, days=days, as_json=as_json)


@archive_app.command(name="export")
def archive_export(
    target: Annotated[Path, typer.Argument(metavar="FOLDER|FILE.zip", help="What to write; it must not exist.")],
    config: ConfigOption = None,
    *,
    alert: Annotated[str, typer.Option(metavar="ID", help="The alert's id, or its beginning.")],
    as_json: JsonOption = False,
) -> None:
    """Write the evidence of one alert: its pages as WARC, the alert, the text with what was removed, rules, digests.

    The same alert makes the same bytes. Whoever gets it checks it with **sha256sum -c SHA256SUMS** and needs
    no basewatch. Exit code 1 when a page or a rule's text is no longer there; the manifest says which.

    Examples:

    - `basewatch archive export --alert 3f2a evidence/`
    - `basewatch archive export --alert 3f2a evidence.zip`
    """
    start("archive_export", alert=alert, target=target, config=config, as_json=as_json)


@archive_app.command(name="prune")
def archive_prune(
    config: ConfigOption = None,
    *,
    max_age: Annotated[str | None, typer.Option(metavar="365d", help="Files begun longer ago go.")] = None,
    max_size: Annotated[str | None, typer.Option(metavar="50GB", help="The oldest go until no more is kept.")] = None,
    keep_hits: Annotated[
        bool | None, typer.Option("--keep-hits/--no-keep-hits", help="Pages with hits stay, unless run.yaml says no.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it only say what would go.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let go what is too old or too much. Shows it first; --yes does it. Pages on which a rule fired stay.

    Without options the limits are those of `archive:` in run.yaml, which the daemon keeps by itself. Replay cannot read
    what went; what was found in it stays in the database. A file that is written, or was closed within the hour, stays.

    Examples:

    - `basewatch archive prune --max-age 365d`
    - `basewatch archive prune --max-size 50GB --yes`
    """
    start(
        "archive_prune",
        config=config,
        max_age=max_age,
        max_size=max_size,
        keep_hits=keep_hits,
        yes=yes,
        as_json=as_json,
    )


@channels_app.callback()
def channels(context: typer.Context, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """List who is told: how, since what severity, the last message, what is pending, held back and given up.

    Exit code 1 when a channel has dead letters or its endpoint does not answer.

    Examples:

    - `basewatch channels`
    - `basewatch channels test desk`
    - `basewatch channels check -c my-settings/`
    """
    context.obj = config
    if context.invoked_subcommand is None:
        start("channels", config=config, as_json=as_json)


@channels_app.command(name="test")
def channels_test(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A channel of channels.yaml, disabled ones too.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Send a real message to a channel, which says that it is a test, and tell what its endpoint answered.

    Exit code 1 when it was not taken, 2 when the channel cannot be opened.

    Examples:

    - `basewatch channels test desk`
    - `DESK_SLACK=slack://... basewatch channels test desk -c my-settings/`
    """
    start("channels_test", name=name, config=config or context.obj, as_json=as_json)


@channels_app.command(name="check")
def channels_check(context: typer.Context, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Can every channel be opened: are its secrets there, is its address one? Nothing is sent.

    Exit code 1 when one can not.

    Examples:

    - `basewatch channels check`
    - `basewatch channels check -c my-settings/ --json`
    """
    start("channels_check", config=config or context.obj, as_json=as_json)


@sources_app.callback()
def sources(
    context: typer.Context,
    config: ConfigOption = None,
    *,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="How much of one source of an outlet another one carried, in a week.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the sources with their last success, failures in a row and next poll; add and check sources.

    Examples:

    - `basewatch sources`
    - `basewatch sources --coverage`
    - `basewatch sources add outlet.example -c my-settings/`
    """
    context.obj = config
    if context.invoked_subcommand is None:
        start("sources", config=config, coverage=coverage, as_json=as_json)


@sources_app.command(name="add")
def sources_add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="An outlet's page, a feed, a sitemap, or a Telegram channel.")],
    config: ConfigOption = None,
    *,
    only_print: Annotated[bool, typer.Option("--print", help="Show the entry, write nothing.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The address may be a private or loopback one.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the feeds, sitemaps and section page of an outlet, show what they bring, and write its entry.

    With --config the entry is added to that folder's sources.yaml, whose comments stay; without, it is printed.
    Exit code 1 when nothing was found or written.

    Examples:

    - `basewatch sources add https://outlet.example -c my-settings/`
    - `basewatch sources add t.me/some_channel --print`
    """
    options = {"allow_private": allow_private, "only_print": only_print, "as_json": as_json}
    start("sources_add", url=url, config=config or context.obj, **options)


@sources_app.command(name="check")
def sources_check(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A source or an outlet, disabled ones too; all that are enabled without it.")
    ] = None,
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Ask sources once, as the daemon would, and show what they bring and the text of an article. Nothing is stored.

    Exit code 1 when one of them brings nothing.

    Examples:

    - `basewatch sources check memri`
    - `basewatch sources check --json`
    """
    start("sources_check", name=name, config=config or context.obj, as_json=as_json)


@app.command(rich_help_panel=LOOK)
def health(
    config: ConfigOption = None,
    *,
    days: Annotated[int, typer.Option(min=0, max=3660, help="Also what ended in the last days.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """What is wrong now: sources that are silent, failing or gone, extraction that drifts, parts that are away.

    Exit code 1 when something is.

    Examples:

    - `basewatch health`
    - `basewatch health --days 7 --json`
    """
    start("health", config=config, days=days, as_json=as_json)


@app.command(rich_help_panel=TUNE)
def check(config: ConfigOption = None) -> None:
    """Read all settings and say what is wrong with them: file, line, key and what is allowed.

    Examples:

    - `basewatch check -c my-settings/`
    """
    start("check", config=config)


@app.command(rich_help_panel=TUNE)
def init(folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")]) -> None:
    """Copy the shipped settings into a folder of your own, to be changed and used with --config.

    Examples:

    - `basewatch init my-settings`
    """
    start("init", folder=folder)


@rules_app.command(name="test")
def rules_test(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Run the examples of every rule and of every ambiguous alias: what must match, and what must not.

    Exit code 1 when one fails. The daemon refuses settings whose examples fail.

    Examples:

    - `basewatch rules test`
    - `basewatch rules test -c my-settings/ --json`
    """
    start("rules_test", config=config, as_json=as_json)


@rules_app.command(name="check")
def rules_check(
    config: ConfigOption = None,
    *,
    last: Annotated[
        str | None, typer.Option(metavar="30d", help="Also what the articles stored since then never used, or always.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Name what is doubtful: spellings that two entities share, short or everyday ones, rules dead or always true.

    Exit code 1 when something is doubtful; what was merely not seen leaves it 0.

    Examples:

    - `basewatch rules check`
    - `basewatch rules check --last 90d`
    """
    start("rules_check", config=config, last=last, as_json=as_json)


@rules_app.command(name="try")
def rules_try(
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="An expression of the rule language.")],
    config: ConfigOption = None,
    *,
    last: Annotated[str, typer.Option(metavar="30d", help="How far back.")] = "30d",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many hits are shown; all with --json.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show what an expression would have caught among the stored articles. Nothing is stored and nobody is told.

    Examples:

    - `basewatch rules try 'SENTENCE(@base AND #drone)' --last 30d`
    - `basewatch rules try 'NEAR/8(@core, #threat)' --json | jq .url`
    """
    start("rules_try", expression=expression, config=config, last=last, limit=limit, as_json=as_json)


@gazetteer_app.command(name="suggest")
def gazetteer_suggest(
    config: ConfigOption = None,
    *,
    last: Annotated[str, typer.Option(metavar="90d", help="How far back.")] = "90d",
    at_least: Annotated[int, typer.Option("--at-least", min=1, help="Seen so often.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """List names that stored articles wrote and no list holds: how often, an example, and the line to add.

    Spellings that were only recognised by their sound, and groups that nobody knows.

    Examples:

    - `basewatch gazetteer suggest`
    - `basewatch gazetteer suggest --json | jq .line`
    """
    start("gazetteer_suggest", config=config, last=last, at_least=at_least, as_json=as_json)


@app.command(rich_help_panel=TUNE)
def evaluate(
    labelled: Annotated[Path, typer.Argument(metavar="SET.jsonl", help="One labelled text a line.")],
    config: ConfigOption = None,
    *,
    at_least: Annotated[
        float | None, typer.Option("--at-least", min=0, max=1, help="Exit code 1 when any of the numbers is lower.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score a labelled set: precision and recall of alerts and entities by language, each mistake with its reason.

    A line is an object with id, lang, text, groups, bases and alert (should a rule of severity warning or above fire?),
    and if you like title, optional_groups and optional_bases, which are neither rewarded nor punished.

    Examples:

    - `basewatch evaluate set.jsonl`
    - `basewatch evaluate set.jsonl --at-least 0.97`
    """
    start("evaluate", labelled=labelled, config=config, at_least=at_least, as_json=as_json)


@app.command(rich_help_panel=CARE)
def doctor(
    config: ConfigOption = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Can basewatch do its work here? Settings, clock, disk, database, Redis, archive, guard; and what to do if not.

    It stores nothing, and may be run beside the daemon. Exit code 1 when something fails, 2 for wrong settings.

    Examples:

    - `basewatch doctor`
    - `basewatch doctor --json | jq 'select(.level != "ok")'`
    """
    start("doctor", config=config, strict=strict, as_json=as_json)


@app.command(rich_help_panel=CARE)
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE.tar", help="The file to write; it must not exist.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Save the database, the archive and the settings in one file; the daemon may run meanwhile.

    The file says what is in it, with digests. It needs no Redis: what was not delivered is published again. A
    PostgreSQL database is left to pg_dump, and the command says so.

    Examples:

    - `basewatch backup /mnt/backup/basewatch-2026-11-28.tar`
    """
    start("backup", target=target, config=config, as_json=as_json)


@app.command(rich_help_panel=CARE)
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE.tar", help="What `basewatch backup` wrote.", exists=True)],
    data_dir: Annotated[Path, typer.Argument(metavar="FOLDER", help="The data folder to make; it must be empty.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Make a data folder of a backup. Everything is checked first; a damaged backup restores nothing.

    The settings come to lie in FOLDER/settings. Then start the daemon there with BASEWATCH_DATA_DIR.

    Examples:

    - `basewatch restore basewatch-2026-11-28.tar data`
    """
    start("restore", source=source, data_dir=data_dir, as_json=as_json)


def main() -> None:
    app()
