"""A database as a watch of a year leaves it behind, for measuring what reads it. Written by bulk SQL.

    python -m benchmarks.newsstand --database FILE [--articles 1000000] [--seconds 600]

A tenth of the articles raise an alert. It goes on where an earlier run stopped, so that many may share the work.
"""

import argparse
import random
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from crawler.models import Alert, Capture, Hit, Mention, Term, Zone
from crawler.payload import alert_to_json, terms_to_json
from crawler.search import split_words
from crawler.store.alert_names import OPEN, STATE, list_names
from crawler.store.search import list_tokens
from crawler.store.store import Store
from crawler.store.values import make_digest
from settings import load_settings
from settings.model import Entity, Settings

PORTION = 5000
DAYS = 365
HIT_EVERY = 10
STORY_OF = 3
"""Articles that tell one story, on average."""
ACKED = 0.98
_WORDS = 50_000
_PARAGRAPHS = 4000
_CHANNELS = ("desk", "phone")

_TABLES: dict[str, tuple[str, ...]] = {
    "polls": ("id", "source", "outlet", "day", "at", "verdict", "status", "detail", "seen", "known", "new", "capped"),
    "links": (
        *("id", "identity", "key", "poll_id", "source", "outlet", "url", "title", "published", "content", "problem"),
        *("seen_at", "next_try_at", "outcome", "attempts", "detail", "ended_at"),
    ),
    "captures": ("id", "link_id", "file", "offset", "length", "digest", "url", "status", "fetched_at"),
    "articles": (
        *("id", "link_id", "revision", "capture_id", "outlet", "url", "title", "description", "body", "captions"),
        *("language", "published", "published_from", "authors", "canonical_url", "truncated", "partial"),
        *("settings_digest", "saved_at"),
    ),
    "newest": ("article_id", "link_id", "seen_at", "day", "outlet", "language"),
    "article_words": ("rowid", "title", "rest", "facts"),
    "mentions": (
        *("article_id", "position", "entity", "type", "name", "zone", "start", "end", "text", "alias", "certainty"),
    ),
    "facts": ("kind", "name", "day", "article_id"),
    "hits": (
        *("article_id", "position", "rule", "rule_digest", "severity", "terms", "zone", "start", "end", "sentence"),
        "explanation",
    ),
    "new_groups": ("article_id", "position", "name", "zone", "start", "end"),
    "story_members": ("link_id", "story", "outlet", "outlet_name", "joined_at"),
    "stories": ("id", "created_at"),
    "alerts": (
        *("number", "id", "link_id", "article_id", "outlet", "severity", "created_at", "payload", "story", "told_at"),
    ),
    "alert_names": ("kind", "name", "number"),
    "outbox": (
        *("id", "kind", "key", "alert_id", "severity", "outlet", "story", "payload", "created_at", "sequence"),
        "published_at",
    ),
    "deliveries": ("key", "channel", "sequence", "state", "attempts", "queued_at", "sent_at", "message"),
    "acks": ("alert_id", "at", "by"),
}
_Row = tuple[str, tuple[object, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many, to go on another time")
    asked = parser.parse_args()
    fill_store(asked.database, load_settings(None, environ={}), asked.articles, asked.seconds)


def fill_store(path: Path, settings: Settings, count: int, seconds: float = float("inf")) -> bool:
    """Is it full?"""
    Store.open(f"sqlite:///{path}").close()
    began = time.monotonic()
    connection = sqlite3.connect(path)
    for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    known = {table: _known_columns(connection, table) for table in _TABLES}
    done = connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]
    maker = _Maker(settings, count)
    for first in range(done + 1, count + 1, PORTION):
        rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
        for number in range(first, min(first + PORTION, count + 1)):
            for table, row in maker.make_rows(number):
                rows[table].append(row)
        for table, columns in known.items():
            names, marks = ", ".join(f'"{each}"' for each in columns), ", ".join("?" * len(columns))
            connection.executemany(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", rows[table])  # ours
        connection.commit()
        done = min(first + PORTION - 1, count)
        print(f"\r{done:,} of {count:,} articles, {time.monotonic() - began:.0f} s", end="", flush=True)
        if time.monotonic() - began > seconds:
            break
    print()
    if done >= count:
        connection.execute("ANALYZE")
        connection.commit()
        print(f"{path.stat().st_size / 1e6:,.0f} MB")
    connection.close()
    return bool(done >= count)


def _known_columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} | {"rowid"}
    assert there >= set(_TABLES[table]), (table, set(_TABLES[table]) - there)
    return _TABLES[table]


class _Maker:
    """The same rows for the same number: words by Zipf's law, a few entities for each article."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._count = count
        self._now = datetime.now(UTC)
        self._sources = settings.sources
        self._names = {outlet.slug: outlet.name for outlet in settings.outlets}
        self._entities = [each for each in settings.gazetteer.entities if each.type in {"group", "base"}]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._entities) + 1)))
        self._rules = settings.rules
        self._digest = settings.digest
        self._paragraphs = _make_paragraphs()
        self._folded = [" ".join(split_words(paragraph)) for paragraph in self._paragraphs]

    def make_rows(self, number: int) -> Iterator[_Row]:
        choose = random.Random(number)  # no secret
        seen = self._now - timedelta(days=DAYS * (1 - number / self._count))
        at, day = f"{seen:%Y-%m-%d %H:%M:%S.%f}", f"{seen:%Y-%m-%d}"
        source = choose.choice(self._sources)
        outlet, language = source.outlet, choose.choice(("en", "ar", "fa"))
        url, title, body, folded = self._write(number, outlet, choose)
        digest = f"sha256:{make_digest(url)}"
        place = (number // 2000, number % 2000 * 50_000)
        outcome = "hit" if number % HIT_EVERY == 0 else "no_hit"
        yield "polls", (number, source.name, outlet, day, at, "changed", 200, "", 20, 19, 1, 0)
        yield (
            "links",
            (
                *(number, make_digest(url), url, number, source.name, outlet, url, title, at, "", "", at, at, outcome),
                *(1, "", at),
            ),
        )
        file = f"basewatch-{place[0]:06}.warc.gz"
        yield "captures", (number, number, file, place[1], 49_000, digest, url, 200, at)
        yield (
            "articles",
            (
                *(number, number, 1, number, outlet, url, title, "", body, "", language, at, "feed", "", url, 0, 0),
                *(self._digest, at),
            ),
        )
        yield "newest", (number, number, at, day, outlet, language)
        named = {each.id: each for each in choose.choices(self._entities, cum_weights=self._weights, k=3)}
        facts = " ".join(list_tokens(named, outlet, language, day))
        yield "article_words", (number, folded[:60], folded, facts)
        mentions = tuple(_mention(body, entity, choose) for entity in named.values())
        for position, each in enumerate(mentions):
            certainty = "variant" if choose.random() < 0.005 else each.certainty
            told = (each.entity, each.type, each.name, "body", each.start, each.end, each.text, each.alias, certainty)
            yield "mentions", (number, position, *told)
            yield "facts", ("mention", each.entity, day, number)
        if choose.random() < 0.002:
            yield "new_groups", (number, 0, f"Brigade {choose.randrange(300)}", "body", 0, 10)
        story = f"{number // STORY_OF:016x}"
        yield "stories", (story, at)
        yield "story_members", (number, story, outlet, self._names[outlet], at)
        if outcome == "hit":
            capture = Capture(file, place[1], 49_000, digest, url, 200, seen)
            alert = self._make_alert(url, outlet, title, body, seen, language, mentions, capture, story, choose)
            yield from _tell(number, alert, at, day, choose)

    def _write(self, number: int, outlet: str, choose: random.Random) -> tuple[str, str, str, str]:
        parts = choose.sample(range(_PARAGRAPHS), 4)
        own = f"n{number % 100_003}"
        body = f"{own} " + "\n".join(self._paragraphs[part] for part in parts)
        folded = f"{own} " + " ".join(self._folded[part] for part in parts)
        if number % 50 == 0:
            body, folded = f"{body} convoy left the base", f"{folded} convoy left the base"
        return f"https://{outlet}.example/news/{number}", body[:60], body, folded

    def _make_alert(
        self, url: str, outlet: str, title: str, body: str, seen: datetime, language: str,
        mentions: tuple[Mention, ...], capture: Capture, story: str, choose: random.Random,
    ) -> Alert:  # fmt: skip
        hits = []
        for rule in choose.sample(self._rules, 2):
            terms = tuple(
                Term(each.zone, each.start, each.end, each.text, f"@{each.type}:{each.entity}") for each in mentions
            )
            event = Term(Zone.BODY, 0, 5, body[:5], "#attack")
            told = f"{rule.name}: {', '.join(term.label for term in terms)}"
            hits.append(Hit(rule.name, "0" * 16, rule.severity, (*terms, event), Zone.BODY, 0, 200, body[:200], told))
        ranks = {"info": 0, "notice": 1, "warning": 2, "critical": 3}
        return Alert(
            id=make_digest("alert", url)[:32],
            outlet=outlet,
            outlet_name=self._names[outlet],
            title=title,
            url=url,
            published=seen,
            seen=seen,
            severity=max((hit.severity for hit in hits), key=ranks.__getitem__),
            hits=tuple(hits),
            mentions=mentions,
            language=language,
            capture=capture,
            settings_digest=self._digest,
            story=story,
        )


def _make_paragraphs() -> list[str]:
    choose = random.Random(8)  # no secret
    common = ["rocket", "convoy", "the", "base", "left", "القاعدة", "drone", "army", "said", "minister"]
    words = common + [f"w{number}" for number in range(_WORDS)]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return [" ".join(choose.choices(words, cum_weights=weights, k=50)) for _ in range(_PARAGRAPHS)]


def _mention(body: str, entity: Entity, choose: random.Random) -> Mention:
    start = choose.randrange(len(body) - 20)
    alias = choose.choice(entity.aliases).text
    return Mention(
        entity.id, entity.type, entity.name, Zone.BODY, start, start + 10, body[start : start + 10], alias, "alias"
    )


def _tell(number: int, alert: Alert, at: str, day: str, choose: random.Random) -> Iterator[_Row]:
    payload = alert_to_json(alert)
    for position, hit in enumerate(alert.hits):
        place = (hit.zone.value, hit.start, hit.end, hit.sentence, hit.explanation)
        yield "hits", (number, position, hit.rule, hit.rule_digest, hit.severity, terms_to_json(hit.terms), *place)
    count = number // HIT_EVERY
    yield (
        "alerts",
        (count, alert.id, number, number, alert.outlet, alert.severity, at, payload, alert.story, at),
    )
    told = (alert.id, alert.severity, alert.outlet, alert.story, payload, at, count, at)
    yield "outbox", (count, "alert", f"{alert.id}:1", *told)
    for channel in _CHANNELS:
        yield "deliveries", (f"{alert.id}:1", channel, count, "sent", 1, at, at, f"m{count}")
    states = set()
    if choose.random() < ACKED:
        yield "acks", (alert.id, at, "Nour")
    else:
        states = {(STATE, OPEN)}
    for kind, name in sorted(list_names(alert) | states):
        yield "alert_names", (kind, name, count)
    found = {(each.type, each.entity) for each in alert.mentions} | {("rule", hit.rule) for hit in alert.hits}
    found |= {("severity", hit.severity) for hit in alert.hits} | {("outlet", alert.outlet), ("event", "attack")}
    for kind, name in sorted(found):
        yield "facts", (kind, name, day, number)


if __name__ == "__main__":
    main()
