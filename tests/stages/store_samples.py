"""Polls, links and analyses for the tests of the store, each with what a test does not care for filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from crawler.models import (
    Analysis,
    Article,
    Capture,
    Hit,
    Link,
    Mention,
    NewGroup,
    Outcome,
    PendingLink,
    Poll,
    PollCount,
    PollVerdict,
    Removed,
    ScorePart,
    SeenLink,
    SourceState,
    Stance,
    Term,
    Zone,
)
from crawler.store.store import Store

NOW = datetime(2026, 8, 21, 12, 30, 15, 123456, tzinfo=UTC)
LONG = "The convoy left the base before dawn and nobody on the road would say where it was going. " * 4
"""A body with enough words to be compared."""


def seen(key: str, *, guid: str | None = None, outcome: Outcome | None = None, title: str = "") -> SeenLink:
    return SeenLink(key, Link(url=key, guid=guid, title=title), outcome)


def poll_of(source: str = "news", at: datetime = NOW, verdict: PollVerdict = PollVerdict.CHANGED) -> Poll:
    return Poll(source, outlet=source.removesuffix("-feed"), at=at, verdict=verdict, status=200)


def save_links(store: Store, links: Sequence[SeenLink], *, source: str = "news", at: datetime = NOW) -> PollCount:
    return store.save_poll(poll_of(source, at), links, SourceState(source, at + timedelta(minutes=10)))


def add_pending(store: Store, *keys: str, source: str = "news") -> list[PendingLink]:
    """New links, as the store gives them to be fetched."""
    save_links(store, [seen(key) for key in keys], source=source)
    by_url = {link.link.url: link for link in store.read_pending(NOW, 1000)}
    return [by_url[key] for key in keys]


def capture_of(number: int = 0, *, status: int = 200, at: datetime = NOW) -> Capture:
    return Capture("crawl-1.warc.gz", 1000 * number, 900, "sha256:00", "https://a.example/", status, at)


def hit_of(rule: str = "threat", zone: Zone = Zone.BODY, sentence: str = "The convoy left the base") -> Hit:
    terms = (Term(zone, 4, 10, "convoy", "#attack"), Term(zone, 20, 24, "base", "@base:ain-al-asad", "variant"))
    return Hit(
        rule,
        "sha256:rule",
        "warning",
        terms,
        zone,
        0,
        len(sentence),
        sentence,
        "convoy 2 words before base",
        marks=((4, 10), (20, 24)),
        distance=3,
        certainty="variant",
        score=(ScorePart("@base", 2.5, held=True),),
    )


def analysis_of(*rules: str, title: str = "A convoy", body: str = LONG, digest: str = "settings-1") -> Analysis:
    article = Article(
        title=title,
        body=body,
        captions=("Soldiers", "A road"),
        removed=(Removed("5 min read", "reading-time", "an insert"), Removed("%D8%A7", "percent-encoded", "a box")),
        language="en",
        published=NOW - timedelta(hours=1),
        published_from="json-ld",
        authors=("A. Writer",),
    )
    mentions = (
        Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 20, 24, "base"),
        Mention("kataib-hezbollah", "group", "Kataib Hezbollah", Zone.REMOVED, 0, 5, "5 min", certainty="context"),
    )
    return Analysis(
        article,
        mentions,
        tuple(hit_of(rule) for rule in rules),
        settings_digest=digest,
        stances=(Stance("threat", "kataib-hezbollah", Zone.BODY, 4, 10, "convoy"),),
        new_groups=(NewGroup("A convoy", Zone.TITLE, 0, 8),),
    )


EARLIER_SIGNATURES = (
    "ALTER TABLE signatures RENAME TO s",
    "CREATE TABLE signatures AS SELECT link_id, minima, pairs, facts, saved_at, told_at, '' AS language, gist FROM s",
    "DROP TABLE s",
    "DROP TABLE gist_keys",
    "CREATE INDEX ix_signatures_saved_at ON signatures (saved_at)",
    "CREATE TABLE bands (band bigint, link_id bigint)",
)
"""Statements that make the tables what they were up to 0015."""
