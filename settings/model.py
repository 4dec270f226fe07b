"""The shape of everything that can be configured. Frozen values; nothing here reads a file or acts."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    model_validator,
)

from settings.cron import make_cron

Severity = Literal["info", "notice", "warning", "critical"]
"""How loudly an alert is told, in rising order."""

SEVERITIES: tuple[Severity, ...] = ("info", "notice", "warning", "critical")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII)
_UNIT_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_S = 36_500 * 86400
"""A hundred years: a longer one cannot be taken from every date, nor stored as one."""


def parse_duration(value: object) -> object:
    """Turn "90s", "10m", "1.5h" or "2d" into a timedelta; leave anything else to pydantic, which refuses it."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        if (seconds := float(match[1]) * _UNIT_S[match[2]]) > _LONGEST_S:
            raise ValueError("a duration is 36500d at most")
        return timedelta(seconds=seconds)
    if isinstance(value, timedelta):
        return value
    raise ValueError('a duration such as "90s", "10m", "1h" or "2d"')


def format_duration(value: timedelta) -> str:
    """In the form that `parse_duration` reads, so that settings written as JSON can be read again."""
    return f"{value.total_seconds():f}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration, when_used="json")]
AUTO = "auto"
CRON = "cron:"


def parse_every(value: object) -> object:
    """How often to poll: a duration, "auto", or "cron: " and a crontab expression."""
    if not isinstance(value, str):
        return parse_duration(value)
    text = value.strip()
    if text.startswith(CRON):
        make_cron(text.removeprefix(CRON))
        return text
    if text == AUTO:
        return text
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError('a duration such as "90s" or "10m", "auto", or "cron: */10 6-22 * * *" (UTC)') from error


def format_every(value: timedelta | str) -> str:
    return value if isinstance(value, str) else format_duration(value)


Every = Annotated[
    timedelta | str, BeforeValidator(parse_every), PlainSerializer(format_every, when_used="json", return_type=str)
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
_WEB_ADDRESS = re.compile(r"https?://(?P<place>[^\s\\/?#]+)(?:[/?#][^\s\\]*)?")


def check_address(value: str) -> str:
    """An http or https address. Names of users in front of the host are refused: addresses stand in logs and alerts."""
    if (match := _WEB_ADDRESS.fullmatch(value)) is None:
        raise ValueError("an http:// or https:// address without blanks and backslashes")
    if "@" in match["place"]:
        raise ValueError("an address without a user name and password: addresses stand in logs and alerts")
    return value


WebAddress = Annotated[str, Field(max_length=2083), AfterValidator(check_address)]


class Frozen(BaseModel):
    """Values never change; an unknown key is a mistake of the writer, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# ── what is watched ──────────────────────────────────────────────────────────────────────────────


SourceKind = Literal["feed", "sitemap", "section", "telegram"]
"""feed: RSS, Atom, JSON Feed. sitemap: a news sitemap, or an index of them. section: a page that lists articles.
telegram: the public preview of a channel, https://t.me/s/NAME; its messages are articles themselves."""


SITEMAP_MAX_AGE = timedelta(days=3)


class LinkSelector(Frozen):
    """Which links of a section page are articles."""

    css: str | None = None
    """CSS selector of the `a` elements, or of what stands around them; all links of the page when absent."""
    xpath: str | None = None
    """The same as an XPath expression, instead of css."""
    pattern: str | None = None
    """Regular expression that the link's path must contain, e.g. `/news/\\d+`."""


class Source(Frozen):
    """One address that is polled."""

    name: str
    """Unique; the key of its state and of its ledger. Default: the outlet's slug and the kind."""
    outlet: Slug
    kind: SourceKind
    url: WebAddress
    every: Every = timedelta(minutes=10)
    """Time between two polls; `auto`: learned from when it brings news, between a minute and a day; or
    `cron: MINUTE HOUR DAY MONTH WEEKDAY`, in UTC."""
    links: LinkSelector = LinkSelector()
    """Which links of a section page are articles."""
    past: WebAddress | None = None
    """Where the outlet lists its past, for `basewatch backfill --via pages`: an address in which {year}, {month}, {day}
    and {page} stand for numbers, e.g. `https://outlet.example/archive/{year}/{month}/{day}`."""
    past_links: LinkSelector | None = None
    """Which links of such a page are articles, where not those of `links`."""
    max_age: Duration | None = None
    """What a sitemap lists as older is counted out_of_scope and not fetched; 3d for sitemaps unless said. Sitemaps list
    years."""
    scope: tuple[str, ...] = ()
    """Host names that articles may be on, subdomains included. Default: the source's and the homepage's host."""
    user_agent: str | None = None
    """Sent instead of the default one, for outlets that refuse it."""
    delay: Duration | None = None
    """Time between two requests to its hosts, instead of the default."""
    timeout: Duration | None = None
    """Longest that one of its answers may take, instead of fetch_timeout."""
    verify_tls: bool = True
    """False accepts any certificate, for outlets whose own is broken."""
    allow_private: bool = False
    """May its host be a private or loopback address? Exactly its host and port, nothing else."""
    render: bool = False
    """Run the scripts of its pages in a browser before they are read: its articles, and the page itself when that is a
    section. For outlets that show nothing without; costs a hundred times as much. Needs the extra `render` and
    Chromium."""
    enabled: bool = True
    """False keeps the entry and polls nothing."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


class Outlet(Frozen):
    """Who publishes."""

    slug: Slug
    name: str
    """As people know it; stands in alerts."""
    homepage: WebAddress
    """Its host is in scope for articles."""
    language: str
    """Language it writes, ISO 639-1."""
    country: str = ""
    """Where it is made, in words."""
    alignment: str = ""
    """What an analyst should know of its owner or leaning."""
    timezone: str = "UTC"
    """IANA name; for dates that it prints without an offset."""
    note: str = ""
    """For people: quirks, doubts, addresses that are not watched."""
    sources: tuple[Source, ...] = ()


# ── what is looked for ───────────────────────────────────────────────────────────────────────────

Policy = Literal["plain", "context", "site", "after_full_form", "never"]


class AliasExample(Frozen):
    """A text in which the alias's entity must, or must not, be found."""

    text: str
    """A sentence or two."""
    matches: bool
    """Must it be found?"""


class Alias(Frozen):
    """One spelling of one entity's name in one language."""

    text: str
    """As it is written; case, accents, hyphens, proclitics and the like are taken care of."""
    language: str
    policy: Policy = "plain"
    """plain: matches on its own. context: only with a cue word near. site: only beside a word for a military place
    or an armed group (the base at X, X airfield, the X faction). after_full_form: only after a plain or context alias
    of the entity matched earlier in the document. never: listed to mask, never a mention of this entity."""
    context: tuple[str, ...] = ()
    """Words one of which must stand in the same or a neighbouring sentence. `cues/NAME` names a list of cues.yaml,
    `@core` a core group or a leader of one."""
    not_followed_by: tuple[str, ...] = ()
    """Words that, right behind it, make it something else."""
    examples: tuple[AliasExample, ...] = ()
    """Tests of an ambiguous alias; `basewatch rules test` runs them."""
    note: str = ""
    """For people: what else it could mean."""


class Entity(Frozen):
    """A group, base, person or outlet that articles mention."""

    id: Slug
    type: Literal["group", "base", "person", "outlet", "actor"]
    name: str
    """The one that alerts show."""
    kind: str = ""
    """Finer than type, e.g. armed_group, umbrella, facade, us_coalition_base."""
    country: str = ""
    """Where it is, or comes from, in words."""
    core: bool = True
    """False: tagged for context; its name alone never makes an alert."""
    part_of: tuple[Slug, ...] = ()
    """Ids of what it belongs to."""
    facade_of: tuple[Slug, ...] = ()
    """Ids of the groups it is said to be a cover name of."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees north."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees east."""
    aliases: tuple[Alias, ...]
    unless: tuple[str, ...] = ()
    """Words that, in the same or a neighbouring sentence, make its ambiguous spellings (policy context or site)
    something else, unless a safe one stands in the article. `cues/NAME` names a list of cues.yaml."""
    note: str = ""
    """For people: what is known, and how sure."""

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together")
        return self


class WordList(Frozen):
    """Words of several languages that stand for one thing: an event (`#attack`) or a set of cues."""

    name: str
    words: dict[str, tuple[str, ...]]
    """Language → words or phrases; a trailing `*` stands for any ending."""


class Gazetteer(Frozen):
    """Everything that has a name."""

    entities: tuple[Entity, ...]
    cues: tuple[WordList, ...] = ()
    events: tuple[WordList, ...] = ()


class RuleExample(Frozen):
    """A text that the rule must, or must not, match."""

    text: str
    """The body of a small article."""
    matches: bool
    """Must the rule fire on it?"""
    title: str = ""
    """Its headline."""


class Rule(Frozen):
    """When an article is worth telling people of."""

    name: Slug
    severity: Severity
    """info, notice, warning or critical."""
    when: str
    """An expression of the rule language, see docs/rules.md."""
    unless: str = ""
    """What suppresses it: another expression; where that holds, the rule stays silent."""
    calm: Severity | None = None
    """Its severity, lower than that, where the words around what it rests on read calm; see docs/rules.md."""
    loud: Severity | None = None
    """Its severity, higher than that, where the words around one of its names read loud and no other rule is told as
    loudly."""
    yields: bool = False
    """Silent where rules that are at least as severe have told of all that it names."""
    description: str = ""
    """What it is for, in a sentence."""
    tags: tuple[str, ...] = ()
    """Words to choose rules by."""
    examples: tuple[RuleExample, ...] = ()
    """A rule whose examples fail is refused."""

    @property
    def is_read(self) -> bool:
        """Does its severity depend on what words weigh?"""
        return bool(self.calm or self.loud)

    @model_validator(mode="after")
    def _is_less_severe_where_calm_and_more_where_loud(self) -> Self:
        if self.calm and SEVERITIES.index(self.calm) >= SEVERITIES.index(self.severity):
            raise ValueError(f"`calm: {self.calm}` is not less than `severity: {self.severity}`")
        if self.loud and SEVERITIES.index(self.loud) <= SEVERITIES.index(self.severity):
            raise ValueError(f"`loud: {self.loud}` is not more than `severity: {self.severity}`")
        return self


class ResidueRule(Frozen):
    """Text that a page leaks around its article: what to cut, why, and an example that is a test."""

    name: Slug
    reason: str
    """Shown beside everything it cut."""
    line: str | None = None
    """Regular expression that a whole line or paragraph must match."""
    extent: Literal["line", "label", "rest", "fields", "entries", "end"] = "line"
    """What goes with the line: nothing, the short label right above it, all that follows on the page, the fields
    (`Label: value`) around it or (`entries`) right below it, where they are three or more, or (`end`) all that follows
    if it is offers and buttons: where a report goes on, the line stays too."""
    truncated: bool = False
    """It says that the rest of the article is not on the page."""
    heads_box: bool = False
    """On pages, links to other pages right below such a line go with it."""
    outlets: tuple[Slug, ...] = ()
    """Only there; everywhere when empty."""
    cuts: tuple[str, ...] = Field(min_length=1)
    """Examples that it must cut."""
    keeps: tuple[str, ...] = ()
    """Examples that it must leave."""


# ── how it runs ──────────────────────────────────────────────────────────────────────────────────


_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})", re.ASCII)
OFF = "off"


def parse_address(value: object) -> object:
    """HOST:PORT or "off"; YAML reads the bare word off as false."""
    if value is False or value == OFF:
        return OFF
    if isinstance(value, str) and (match := _ADDRESS.fullmatch(value.strip())) and int(match[2]) < 1 << 16:
        return value.strip()
    raise ValueError('an address such as "127.0.0.1:8787" or "[::1]:8787", or "off"')


Address = Annotated[str, BeforeValidator(parse_address)]


def split_address(address: str) -> tuple[str, int]:
    """Host without brackets, and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Can only this machine reach it?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?", re.ASCII | re.IGNORECASE)
_SIZE_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SIZE_UNITS |= {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def parse_size(value: object) -> object:
    """Turn "50GB", "1.5 TB" or "800 MiB" into bytes."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        return int(float(match[1]) * _SIZE_UNITS[(match[2] or "").lower()])
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError('a size such as "50GB", "1.5TB" or "800MiB"')


Size = Annotated[int, BeforeValidator(parse_size), Field(ge=0)]


class ArchiveLimits(Frozen):
    """What goes from the archive; the daemon sees to it every hour where a limit is set."""

    max_age: Duration | None = None
    """Files that were begun longer ago go. Without it nothing is too old."""
    max_size: Size | None = None
    """The oldest files go until the archive is no larger, e.g. `50GB`. Without it nothing is too much."""
    keep_hits: bool = True
    """Pages on which a rule fired stay, whatever their age; files are rewritten without the others."""

    @property
    def is_set(self) -> bool:
        return self.max_age is not None or self.max_size is not None


class Run(Frozen):
    """How the daemon runs. `settings/run.yaml`; BASEWATCH_* variables win over the file."""

    data_dir: Path = Path("data")
    """Holds the database, the archive, the embedded Redis and nothing else."""
    database_url: Annotated[str, Field(pattern=r"^(sqlite|postgresql)(\+psycopg)?://")] | None = None
    """SQLAlchemy URL; SQLite in data_dir when absent."""
    redis_url: Annotated[str, Field(pattern=r"^(rediss?|unix)://")] | None = None
    """An embedded server in data_dir when absent."""
    contact: str = ""
    """Address or page where an outlet can reach you; part of the User-Agent."""
    workers: int = Field(default=2, ge=1, le=64)
    """Processes that read feeds and analyse pages."""
    page_timeout: Duration = timedelta(seconds=10)
    """Longest that one page may keep a worker."""
    worker_memory_mb: int = Field(default=1024, ge=256)
    """Address space of one worker, MiB, above what it starts with."""
    replay_memory_mb: int = Field(default=280, ge=256)
    """The same for a worker of replay on this machine, which so stays under 400 MB. A page that needs more is told."""
    delay: Duration = timedelta(seconds=3)
    """Time between two requests to one host."""
    fetch_timeout: Duration = timedelta(seconds=30)
    """Longest that one answer may take, from connecting to its last byte."""
    concurrency: int = Field(default=64, ge=1, le=512)
    """Articles under way at once, over all hosts; polls have places of their own."""
    attempts: int = Field(default=5, ge=1, le=50)
    """Tries before a link counts as failed."""
    allowed_hosts: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")], ...] = ()
    """Hosts that gave you leave to fetch what their robots.txt forbids, each by its exact name. Its pauses still hold,
    and the ledger tells it of each poll and link."""
    archive: ArchiveLimits = ArchiveLimits()
    """How long pages are kept: `{max_age: 365d, max_size: 50GB, keep_hits: true}`. For ever when absent."""
    keep_polls: Duration = Field(default=timedelta(days=90), ge=timedelta(days=1))
    """How long polls that brought no link are kept one by one; after that the ledger has their sums by day."""
    dashboard: Address = "127.0.0.1:8787"
    """Where the dashboard listens, or `off`. An address that other machines reach needs a password or a token."""
    dashboard_names: tuple[str, ...] = ()
    """Host names under which browsers may ask for the dashboard, beside its address and localhost."""
    dashboard_password: SecretStr | None = None
    """What people log in with; better given as BASEWATCH_DASHBOARD_PASSWORD. None asks nobody."""
    dashboard_token: SecretStr | None = None
    """What programs send as `Authorization: Bearer TOKEN`; better given as BASEWATCH_DASHBOARD_TOKEN."""

    @model_validator(mode="after")
    def _dashboard_is_closed_to_strangers(self) -> Self:
        if self.dashboard == OFF or is_loopback(split_address(self.dashboard)[0]):
            return self
        if any(secret and secret.get_secret_value() for secret in (self.dashboard_password, self.dashboard_token)):
            return self
        raise ValueError(
            f"the dashboard at {self.dashboard} could be read by anyone who reaches it: "
            "set BASEWATCH_DASHBOARD_PASSWORD or BASEWATCH_DASHBOARD_TOKEN, or listen on 127.0.0.1"
        )


# ── who is told ──────────────────────────────────────────────────────────────────────────────────

ChannelKind = Literal["apprise", "webhook", "file", "terminal"]
EntryKind = Literal["alert", "update", "health"]

SCHEMES: frozenset[str] = frozenset(
    re.findall(
        r"\w+",
        """
        bark barks discord flock gchat gotify gotifys line mailto mailtos matrix matrixs mmost
        mmosts nctalk nctalks ntfy ntfys opsgenie pagerduty pbul pover rocket rockets ryver signal signals
        slack spike tgram threema twilio vonage webex workflow workflows wxteams zulip
        """,
    )
)
"""What an Apprise address may begin with: services that carry text to people. Nothing that starts programs, writes
files, speaks to the desktop or to the system's log, or hands the message on to another Apprise."""

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_RATE = re.compile(r"(\d{1,6})\s*/\s*(\d*\s*(?:s|m|h|d))", re.ASCII)
_DAY_MINUTES = 24 * 60


def parse_clock(value: object) -> object:
    """Turn "07:00" into a time of day. YAML 1.1 reads an unquoted 22:30 as the number of its minutes."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _DAY_MINUTES:
        return time(value // 60, value % 60)
    if isinstance(value, str) and (match := _CLOCK.fullmatch(value.strip())):
        return time(int(match[1]), int(match[2]))
    if isinstance(value, time):
        return value
    raise ValueError('a time of day such as "07:00" or "22:30"')


def parse_zone(value: object) -> object:
    """An IANA time zone that this machine knows."""
    try:
        return str(ZoneInfo(str(value)))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('an IANA time zone such as "UTC" or "Europe/Berlin"') from error


def parse_rate(value: object) -> object:
    """Turn "20/h" or "5/10m" into a number of messages and the time that they may come in."""
    if isinstance(value, str) and (match := _RATE.fullmatch(value.strip())) and int(match[1]):
        span = match[2].replace(" ", "")
        return {"count": int(match[1]), "span": span if span[0].isdigit() else f"1{span}"}
    if isinstance(value, Rate):
        return value
    raise ValueError('a number of messages and a time such as "20/h" or "5/10m"')


def parse_span(value: object) -> object:
    """Turn "22:00-07:00" into two times of day."""
    if isinstance(value, str) and value.count("-") == 1:
        begin, end = value.split("-")
        return {"begin": begin.strip(), "end": end.strip()}
    if isinstance(value, QuietHours):
        return value
    raise ValueError('two times of day such as "22:00-07:00"')


def parse_language(value: object) -> object:
    """A name such as English is no code, and would let nothing pass for ever."""
    if isinstance(value, str) and re.fullmatch("[a-z]{2,3}", value):
        return value
    raise ValueError('a language code of ISO 639-1 such as "en", "ar" or "fa"')


def parse_digest(value: object) -> object:
    """Only to say in words for people what else is not one."""
    if value is None or isinstance(value, (Mapping, Digest)):
        return value
    raise ValueError('either `{every: 30m}` or `{at: "07:00"}`')


Clock = Annotated[time, BeforeValidator(parse_clock)]
Zone = Annotated[str, BeforeValidator(parse_zone)]


class Rate(Frozen):
    """So many messages in so much time."""

    count: int = Field(ge=1)
    span: Duration

    @model_validator(mode="after")
    def _spans_some_time(self) -> Self:
        if self.span < timedelta(seconds=1):
            raise ValueError("the time must be a second or more")
        return self


class QuietHours(Frozen):
    """From one time of day to another, over midnight if the second is the earlier one."""

    begin: Clock
    end: Clock

    @model_validator(mode="after")
    def _lasts_some_time(self) -> Self:
        if self.begin == self.end:
            raise ValueError("they begin and end at the same time, which is no time at all")
        return self


class Digest(Frozen):
    """When everything since the last digest is told in one message."""

    every: Duration | None = None
    """So long after the last digest."""
    at: Clock | None = None
    """At this time of day, in the channel's time zone."""

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.every is None) == (self.at is None):
            raise ValueError('either `every: 30m` or `at: "07:00"`')
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError("every must be a second or more")
        return self


class Channel(Frozen):
    """Who is told of what, and how."""

    name: Slug
    kind: ChannelKind = "apprise"
    """apprise: a service of people, by Apprise URL. webhook: JSON to a program of yours, signed. file: one JSON object
    a line. terminal: where `basewatch run` was started, while it runs."""
    url: str = Field(default="", repr=False)
    """For apprise and webhook. Keep secrets out of it: `${NAME}` is taken from the environment, `file:/path` is the
    first line of that file."""
    secret: str = Field(default="", repr=False)
    """For webhook: what its messages are signed with, as `${NAME}` or `file:/path`."""
    path: Path | None = None
    """For file: where it is; a relative one lies in data_dir."""
    enabled: bool = True
    """False keeps the entry and tells nobody."""
    severity: Severity = "info"
    """Only what is at least so severe: info, notice, warning or critical."""
    kinds: tuple[EntryKind, ...] = ("alert", "update")
    """alert: an article that fired a rule. update: news of one that was told. health: troubles of sources and parts."""
    rules: tuple[Slug, ...] = ()
    """Only alerts of one of these rules."""
    entities: tuple[Slug, ...] = ()
    """Only alerts that mention one of these groups, bases or people, by id."""
    outlets: tuple[Slug, ...] = ()
    """Only alerts from one of these outlets."""
    languages: tuple[Annotated[str, BeforeValidator(parse_language)], ...] = ()
    """Only alerts on articles in one of these languages, ISO 639-1."""
    per: Literal["article", "story"] = "story"
    """story: tells a story once, when its first article comes. article: tells each article."""
    digest: Annotated[Digest | None, BeforeValidator(parse_digest)] = None
    """Everything in one message from time to time, instead of each alert at once: `{every: 30m}` or `{at: "07:00"}`."""
    quiet: Annotated[QuietHours | None, BeforeValidator(lambda value: value and parse_span(value))] = None
    """Between these times of day only critical alerts are told, and the others at their end: `"22:00-07:00"`."""
    at_most: Annotated[Rate | None, BeforeValidator(lambda value: value and parse_rate(value))] = None
    """So many messages in so much time, e.g. `20/h`; what is beyond is told in one summary afterwards, not dropped."""
    timezone: Zone = "UTC"
    """IANA name, for quiet hours and digests."""
    allow_private: bool = False
    """May the endpoint have a private or loopback address?"""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needs = {"apprise": "url", "webhook": "url", "file": "path"}.get(self.kind, "")
        if needs and not getattr(self, needs):
            raise ValueError(f"a channel of kind {self.kind} needs `{needs}:`")
        for key, kinds in {"url": ("apprise", "webhook"), "secret": ("webhook",), "path": ("file",)}.items():
            if getattr(self, key) and self.kind not in kinds:
                raise ValueError(f"a channel of kind {self.kind} has no `{key}:`")
        if self.url and not self.url.startswith(("${", "file:")):
            check_target(self.kind, self.url)
        if self.secret and not self.secret.startswith(("${", "file:")):
            raise ValueError("write `secret:` as ${NAME} or file:/path, so that it stands in no settings")
        return self


def check_target(kind: ChannelKind, url: str) -> None:
    """Raises ValueError, which never holds more of the address than its scheme."""
    scheme = url.partition(":")[0].lower()
    allowed = SCHEMES if kind == "apprise" else frozenset({"http", "https"})
    if "://" not in url or scheme not in allowed:
        raise ValueError(f"the url of a channel of kind {kind} begins with one of {', '.join(sorted(allowed))} and ://")


class Settings(Frozen):
    """One consistent set of values. `digest` names what decides an analysis: gazetteer, rules, residue and weights."""

    run: Run
    outlets: tuple[Outlet, ...]
    gazetteer: Gazetteer
    rules: tuple[Rule, ...]
    residue: tuple[ResidueRule, ...]
    weights: str = ""
    """Names what words weigh for rules with `calm:` or `loud:`; empty in snapshots of before there were any."""
    digest: str
    channels: Annotated[tuple[Channel, ...], Field(exclude=True)] = ()
    """Left out of every snapshot: no analysis needs them, and an address may hold a secret."""

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(source for outlet in self.outlets for source in outlet.sources)

    def find_timezone(self, outlet: str) -> str:
        """In which the outlet prints its times."""
        return next((each.timezone for each in self.outlets if each.slug == outlet), "UTC")
