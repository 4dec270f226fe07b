"""What sources an outlet has, and what each of them would bring: asked, read, but nothing stored."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urljoin

from crawler.errors import FeedError, LinkError, Quarantined, Unreadable
from crawler.extract.recognise import SCRIPTED
from crawler.fetch.suspicion import is_challenge
from crawler.fetch.urls import check_url, host_of
from crawler.models import Article, Capture, FetchFailure, Link, Material, Outcome, Page, PendingLink, SourceState
from crawler.pipeline import feed_material, page_material
from scheduler.following import FollowCrawl, Follower, ReadLinks
from settings.model import SITEMAP_MAX_AGE, Source, SourceKind
from spiders.discovery import (
    COMMON_FEEDS,
    COMMON_SITEMAPS,
    MAX_CANDIDATES,
    Candidate,
    Profile,
    describe_outlet,
    find_candidates,
    find_homepage,
    find_sitemaps,
    guess_addresses,
    is_of_site,
    name_start,
)

_REASONS = 3
"""Told of links that a source would leave out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one source would bring."""

    source: Source
    origin: str = ""
    """How it was found."""
    links: tuple[Link, ...] = ()
    """Those that would be fetched or are complete."""
    left_out: int = 0
    detail: str = ""
    problem: str = ""
    """Why it brings nothing."""
    moved_to: str = ""
    """Where it is for good, if not where it was asked for."""
    further: tuple[Candidate, ...] = ()
    """Feeds that are named by a page which was taken for one."""

    @property
    def works(self) -> bool:
        return bool(self.links) and not self.problem

    @property
    def settled(self) -> Source:
        """The source with the address to write down."""
        return self.source.model_copy(update={"url": self.moved_to}) if self.moved_to else self.source


@dataclass(frozen=True, slots=True)
class Sample:
    """One article as it would be stored."""

    url: str
    article: Article | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found for one address."""

    profile: Profile
    trials: tuple[Trial, ...]

    @property
    def chosen(self) -> tuple[Trial, ...]:
        """The best feed and the best sitemap, so that each shows what the other misses; else the page or channel."""
        working = [trial for trial in self.trials if trial.works]
        best = {kind: _best(trial for trial in working if trial.source.kind == kind) for kind in ("feed", "sitemap")}
        others = [trial for trial in working if trial.source.kind in ("telegram", "section")]
        return tuple(filter(None, best.values())) or tuple(others[:1])


def _best(trials: Iterable[Trial]) -> Trial | None:
    return max(trials, key=lambda trial: len(trial.links), default=None)


class NoPageError(Exception):
    """There is no page to read; the message says why."""

    def __init__(self, reason: str, page: Page | None = None) -> None:
        super().__init__(reason)
        self.page = page
        """What was answered instead of it."""


@dataclass(frozen=True, slots=True)
class Explorer:
    """How sources are asked and what they answer is read; readers and extraction run in workers, as in the daemon."""

    crawl: FollowCrawl
    read_links: ReadLinks
    extract: Callable[[Material], Awaitable[Article]]
    """Raises Unreadable or Quarantined."""


async def ask_page(explorer: Explorer, source: Source, url: str | None = None) -> Page:
    """The source's answer, or that of another address asked for in its way. Raises NoPageError."""
    asked = source.model_copy(update={"url": url}) if url else source
    answer = await explorer.crawl.poll(asked, SourceState(source.name, datetime.now(UTC)))
    if isinstance(answer, FetchFailure):
        raise NoPageError(tell_failure(answer))
    if answer.status != HTTPStatus.OK:
        asks = ", a question for browsers whether we are human" if is_challenge(answer, source.kind) else ""
        raise NoPageError(f"HTTP status {answer.status}{asks}", answer)
    return answer


def tell_failure(failure: FetchFailure) -> str:
    """For people who decide what to do about it."""
    if failure.kind == "robots":
        return f"{failure.detail}; an outlet that gave you leave is named in run.yaml, `allowed_hosts`"
    return f"{failure.kind}: {failure.detail}".removesuffix(": ")


async def try_source(explorer: Explorer, source: Source, origin: str = "") -> Trial:
    """Poll it once as the daemon would at its first poll."""
    try:
        return await _read_answer(explorer, source, await ask_page(explorer, source), origin)
    except NoPageError as error:
        return Trial(source, origin, problem=str(error))


async def _read_answer(explorer: Explorer, source: Source, page: Page, origin: str) -> Trial:
    try:
        gathered = await Follower(explorer.read_links, _keep_nothing).read_all(explorer.crawl, source, page, "")
    except (FeedError, Quarantined) as error:
        asks = "; it asks browsers whether we are human" if is_challenge(page, "section") else ""
        further = tuple(find_candidates(page)) if source.kind == "feed" else ()
        return Trial(source, origin, problem=error.reason + asks, further=further)
    wanted = tuple(seen.link for seen in gathered.links if seen.outcome is None)
    out = [seen.detail for seen in gathered.links if seen.outcome is Outcome.OUT_OF_SCOPE]
    why = _tell_reasons(out)
    nothing = f"{len(out)} links, none of them to be read: {why}" if gathered.links else "no links"
    detail = "; ".join(filter(None, (f"left out: {why}" if why else "", gathered.detail)))
    moved_to = page.url if page.moved else ""
    return Trial(source, origin, wanted, len(out), detail, "" if wanted else nothing, moved_to)


def _tell_reasons(details: Iterable[str]) -> str:
    """The most frequent ones, without what they say of a single link."""
    counts = Counter(detail.partition(":")[0] for detail in details)
    return ", ".join(f"{count} {reason}" for reason, count in counts.most_common(_REASONS))


async def _keep_nothing(_: Source, __: Page) -> Capture | None:
    return None


def choose_sample(trial: Trial) -> Link:
    """The first that says when it was published, which few furniture links do; else the first."""
    return next((link for link in trial.links if link.published), trial.links[0])


async def fetch_sample(explorer: Explorer, trial: Trial) -> Sample:
    """One of its links as an article."""
    link = choose_sample(trial)
    pending = PendingLink(0, trial.source.name, trial.source.outlet, link, seen_at=datetime.now(UTC))
    try:
        if link.complete:
            return Sample(link.url, await explorer.extract(feed_material(pending)))
        page = await ask_page(explorer, trial.source.model_copy(update={"kind": "section"}), link.url)
        return Sample(link.url, await explorer.extract(page_material(pending, page)))
    except NoPageError as error:
        return Sample(link.url, problem=str(error))
    except (Unreadable, Quarantined) as error:
        remedy = (
            "; with `render: true` a browser runs it" if error.reason == SCRIPTED and not trial.source.render else ""
        )
        return Sample(link.url, problem=f"unreadable: {error.reason}{remedy}")


# ── from one address to all sources ──────────────────────────────────────────────────────────────


async def discover_sources(explorer: Explorer, template: Source) -> Discovery:
    """Everything that can be found from the address of `template`, which says how to ask. Raises NoPageError."""
    start = template.model_copy(update={"url": _check_start(template.url)})
    try:
        page = await ask_page(explorer, start)
    except NoPageError as error:
        if error.page is None:
            raise
        return await _discover_around(explorer, start, error.page, error)
    first = await _try_kinds(explorer, start, page)
    if first is not None:
        return Discovery(await _describe_source(explorer, start, page, first), (first,))
    profile = describe_outlet(page.url, page)
    section = _name_source(start, profile, "section")
    trials = [trial async for trial in _try_lists(explorer, section, page, profile)]
    return Discovery(profile, (*trials, await _read_answer(explorer, section, page, "the page itself")))


async def _discover_around(explorer: Explorer, start: Source, page: Page, error: NoPageError) -> Discovery:
    """Many outlets keep us from their pages and not from their feeds. Raises the error where there are none either."""
    profile = describe_outlet(page.url, None)
    section = _name_source(start, profile, "section")
    trials = [trial async for trial in _try_lists(explorer, section, page, profile)]
    if not any(trial.works for trial in trials):
        raise error
    return Discovery(profile, (*trials, Trial(section, "the page itself", problem=str(error))))


def _check_start(url: str) -> str:
    try:
        return check_url(name_start(url))
    except LinkError as error:
        raise NoPageError(error.reason) from error


async def _try_kinds(explorer: Explorer, start: Source, page: Page) -> Trial | None:
    """The address as a feed, a sitemap or a channel; None where it is a page."""
    kinds: tuple[SourceKind, ...] = ("feed", "sitemap", "telegram")
    for kind in kinds:
        source = _name_source(start, describe_outlet(page.url, None), kind)
        trial = await _read_answer(explorer, source, page, "the address itself")
        if trial.links or trial.left_out:
            return trial
    return None


async def _describe_source(explorer: Explorer, start: Source, page: Page, trial: Trial) -> Profile:
    """What the outlet says of itself on the channel's page, or on the front page of the site."""
    if trial.source.kind == "telegram":
        return describe_outlet(start.url, page)
    try:
        return describe_outlet(page.url, await ask_page(explorer, start, find_homepage(page.url)))
    except NoPageError:
        return describe_outlet(page.url, None)


async def _try_lists(explorer: Explorer, section: Source, page: Page, profile: Profile) -> AsyncIterator[Trial]:
    """Feeds and sitemaps that are named somewhere; common addresses only for what is named nowhere."""
    for kind, candidates, paths in (
        ("feed", list(find_candidates(page)), COMMON_FEEDS),
        ("sitemap", await _ask_robots(explorer, section, page), COMMON_SITEMAPS),
    ):
        works, tried, further = False, {candidate.url for candidate in candidates}, dict[str, Candidate]()
        async for trial in _try_candidates(explorer, section, profile, candidates):
            works = works or trial.works
            further |= {candidate.url: candidate for candidate in trial.further if candidate.url not in tried}
            yield trial
        # one page on: many outlets link to a page that lists their feeds
        async for trial in _try_candidates(explorer, section, profile, list(further.values())[:MAX_CANDIDATES]):
            works = works or trial.works
            yield trial
        guesses = [] if works else list(guess_addresses(page, "feed" if kind == "feed" else "sitemap", paths))
        async for trial in _try_candidates(explorer, section, profile, guesses):
            if trial.works:
                yield trial
                break


async def _ask_robots(explorer: Explorer, section: Source, page: Page) -> list[Candidate]:
    try:
        return list(find_sitemaps(await ask_page(explorer, section, urljoin(page.url, "/robots.txt"))))
    except NoPageError:
        return []


async def _try_candidates(
    explorer: Explorer, section: Source, profile: Profile, candidates: Iterable[Candidate]
) -> AsyncIterator[Trial]:
    for candidate in candidates:
        source = _name_source(section.model_copy(update={"url": candidate.url}), profile, candidate.kind)
        yield _check_owner(await try_source(explorer, source, candidate.origin), section.url)


def _check_owner(trial: Trial, home: str) -> Trial:
    """A feed on another host, which some outlets name, is theirs if it leads to their own pages."""
    is_theirs = is_of_site(trial.source.url, home) or any(is_of_site(link.url, home) for link in trial.links)
    return trial if is_theirs or trial.problem else replace(trial, problem="nothing in it leads to the outlet's pages")


def _name_source(start: Source, profile: Profile, kind: SourceKind) -> Source:
    """As the loader would make it from its entry."""
    hosts = (host_of(start.url), host_of(profile.homepage))
    scope = tuple(dict.fromkeys(host.removeprefix("www.") for host in hosts))
    values: dict[str, object] = {"name": f"{profile.slug}-{kind}", "outlet": profile.slug, "kind": kind, "scope": scope}
    if kind == "sitemap":
        values["max_age"] = SITEMAP_MAX_AGE
    return start.model_copy(update=values)
