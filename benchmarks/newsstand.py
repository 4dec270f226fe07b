"""A database as a watch of a year leaves it behind, for measuring what reads it.

    python -m benchmarks.newsstand --database FILE [--weeks 50] [--seconds 600]

A week has 20,000 articles, of which a tenth raise an alert. The first week is made row by row; SQL copies it into the
others, with ids, addresses and times of their own. A run that stopped is gone on with.
"""

import argparse
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
from settings.model import Entity, Rule, Settings

WEEK = 20_000
"""Articles."""
HIT_EVERY = 10
STORY_OF = 3
"""Articles that tell one story, on average."""
POLLS = 3
"""For each article; the others bring nothing."""
ACKED = 0.98
_WORDS = 50_000
_PARAGRAPHS = 4000
_LENGTH = 35
"""Words of a paragraph; an article has four."""
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
_ALERT = "substr({}, 1, 28) || printf('%04x', :week)"
_STORY = "substr({}, 1, 12) || printf('%04x', :week)"
_PAYLOAD = (
    f"json_set(payload, '$.id', {_ALERT.format('json_extract(payload, ' + chr(39) + '$.id' + chr(39) + ')')}, "
    f"'$.story', {_STORY.format('story')}, '$.url', json_extract(payload, '$.url') || '-' || :week, "
    "'$.seen', strftime('%Y-%m-%dT%H:%M:%f000+00:00', created_at, :later))"
)


def _later(*columns: str) -> dict[str, str]:
    return {each: f"strftime('%Y-%m-%d %H:%M:%f000', {each}, :later)" for each in columns}


def _more(*columns: str) -> dict[str, str]:
    return {each: f"{each} + :articles" for each in columns}


_URL = {"url": "url || '-' || :week"}
_ARTICLE = {"article_id": "article_id + :articles"}
_DAY = {"day": "date(day, :later)"}
_COPIES: dict[str, tuple[str, dict[str, str]]] = {
    "polls": ("id <= :n * 3", {"id": "id + 3 * :articles", **_later("at"), **_DAY}),
    "links": (
        "id <= :n",
        {
            **_more("id"),
            **_later("published", "seen_at", "next_try_at", "ended_at"),
            **_URL,
            "identity": "identity || :week",
            "key": "key || '-' || :week",
            "poll_id": "poll_id + 3 * :articles",
        },
    ),
    "captures": ("id <= :n", {**_more("id", "link_id"), **_later("fetched_at"), **_URL}),
    "articles": (
        "id <= :n",
        {**_more("id", "link_id", "capture_id"), **_later("published", "saved_at"), **_URL},
    ),
    "newest": ("article_id <= :n", {**_more("article_id", "link_id"), **_later("seen_at"), **_DAY}),
    "mentions": ("article_id <= :n", _ARTICLE),
    "facts": ("article_id <= :n", {**_ARTICLE, **_DAY}),
    "hits": ("article_id <= :n", _ARTICLE),
    "new_groups": ("article_id <= :n", _ARTICLE),
    "stories": ("substr(id, 13) = '0000'", {"id": _STORY.format("id"), **_later("created_at")}),
    "story_members": (
        "link_id <= :n",
        {**_more("link_id"), "story": _STORY.format("story"), **_later("joined_at")},
    ),
    "alerts": (
        "number <= :alerts_first",
        {
            **_more("link_id", "article_id"),
            **_later("created_at", "told_at"),
            "number": "number + :alerts",
            "id": _ALERT.format("id"),
            "payload": _PAYLOAD,
            "story": _STORY.format("story"),
        },
    ),
    "alert_names": (
        "number <= :alerts_first",
        {"number": "number + :alerts", "name": f"CASE kind WHEN 'story' THEN {_STORY.format('name')} ELSE name END"},
    ),
    "outbox": (
        "id <= :alerts_first",
        {
            **_later("created_at", "published_at"),
            "id": "id + :alerts",
            "sequence": "sequence + :alerts",
            "key": _ALERT.format("alert_id") + " || ':1'",
            "alert_id": _ALERT.format("alert_id"),
            "payload": _PAYLOAD,
            "story": _STORY.format("story"),
        },
    ),
    "deliveries": (
        "sequence <= :alerts_first",
        {
            **_later("queued_at", "sent_at"),
            "sequence": "sequence + :alerts",
            "key": _ALERT.format("key") + " || ':1'",
            "message": "'m' || (sequence + :alerts)",
        },
    ),
    "acks": ("substr(alert_id, 29) = '0000'", {"alert_id": _ALERT.format("alert_id"), **_later("at")}),
}
"""Table → which rows are of the first week, and what differs in a copy."""
_Row = tuple[str, tuple[object, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=50)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many, to go on another time")
    asked = parser.parse_args()
    fill_store(asked.database, load_settings(None, environ={}), asked.weeks, asked.seconds)


def fill_store(path: Path, settings: Settings, weeks: int, seconds: float = float("inf")) -> None:
    Store.open(f"sqlite:///{path}").close()
    began = time.monotonic()
    connection = sqlite3.connect(path)
    for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    if _count_weeks(connection) == 0:
        _drop_indexes(connection)
        _make_week(connection, _Maker(settings, weeks))
    while (done := _count_weeks(connection)) < weeks and time.monotonic() - began < seconds:
        _copy_week(connection, done)
        print(f"\r{done + 1} of {weeks} weeks, {time.monotonic() - began:.0f} s", end="", flush=True)
    if done == weeks:
        _make_indexes(connection)
    connection.close()
    print(f"\n{path.stat().st_size / 1e6:,.0f} MB, {time.monotonic() - began:.0f} s")


def _count_weeks(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0]) // WEEK


def _drop_indexes(connection: sqlite3.Connection) -> None:
    """They are made at the end, which is faster."""
    connection.execute(
        "CREATE TABLE kept_indexes AS SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    )
    for (name,) in connection.execute("SELECT name FROM kept_indexes").fetchall():
        connection.execute(f"DROP INDEX {name}")
    connection.execute("CREATE TABLE kept_words (rowid INTEGER PRIMARY KEY, title, rest, facts)")
    connection.execute("INSERT INTO article_words (article_words, rank) VALUES ('automerge', 16)")
    connection.commit()


def _make_indexes(connection: sqlite3.Connection) -> None:
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept_indexes'").fetchone()
    for (statement,) in connection.execute("SELECT sql FROM kept_indexes").fetchall() if there else ():
        connection.execute(statement)
    if there:
        connection.execute("INSERT INTO article_words (article_words, rank) VALUES ('automerge', 4)")
        connection.execute("DROP TABLE kept_indexes")
        connection.execute("DROP TABLE kept_words")
        connection.commit()


def _make_week(connection: sqlite3.Connection, maker: "_Maker") -> None:
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    for number in range(1, WEEK + 1):
        for table, row in maker.make_rows(number):
            rows[table].append(row)
    for table, columns in _TABLES.items():
        into = "kept_words" if table == "article_words" else table
        names, marks = _name_columns(columns), ", ".join("?" * len(columns))
        connection.executemany(f"INSERT OR IGNORE INTO {into} ({names}) VALUES ({marks})", rows[table])  # ours
    _copy_words(connection, 0)
    connection.commit()


def _copy_week(connection: sqlite3.Connection, week: int) -> None:
    values = {"articles": week * WEEK, "alerts": week * WEEK // HIT_EVERY, "week": week, "later": f"+{7 * week} days"}
    values |= {"n": WEEK, "alerts_first": WEEK // HIT_EVERY}
    for table, (which, changes) in _COPIES.items():
        columns = _TABLES[table]
        told = ", ".join(changes.get(each, f'"{each}"') for each in columns)
        connection.execute(
            f"INSERT INTO {table} ({_name_columns(columns)}) SELECT {told} FROM {table} WHERE {which}",  # ours
            values,
        )
    _copy_words(connection, week)
    connection.commit()


def _copy_words(connection: sqlite3.Connection, week: int) -> None:
    """A word of each article is its own."""
    day = "date(newest.day, :later)"
    connection.execute(
        "INSERT INTO article_words (rowid, title, rest, facts) SELECT number + :articles, title, "  # ours
        "'n' || ((number + :articles) % 100003) || ' ' || rest, "
        f"facts || ' ·d' || lower(hex({day})) || ' ·d' || lower(hex(substr({day}, 1, 7))) "
        "FROM (SELECT rowid AS number, * FROM kept_words) JOIN newest ON newest.article_id = number ORDER BY number",
        {"articles": week * WEEK, "later": f"+{7 * week} days"},
    )


def _name_columns(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{each}"' for each in columns)


class _Maker:
    """The first week: words by Zipf's law, a few entities for each article."""

    def __init__(self, settings: Settings, weeks: int) -> None:
        self._begin = datetime.now(UTC) - timedelta(weeks=weeks)
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
        seen = self._begin + timedelta(weeks=1) * (number / WEEK)
        at, day = f"{seen:%Y-%m-%d %H:%M:%S.%f}", f"{seen:%Y-%m-%d}"
        source = choose.choice(self._sources)
        outlet, language = source.outlet, choose.choice(("en", "ar", "fa"))
        url, title, body, folded = self._write(number, outlet, choose)
        digest = f"sha256:{make_digest(url)}"
        place = (number // 2000, number % 2000 * 50_000)
        outcome = "hit" if number % HIT_EVERY == 0 else "no_hit"
        poll = POLLS * number
        yield "polls", (poll, source.name, outlet, day, at, "changed", 200, "", 20, 19, 1, 0)
        for idle in range(1, POLLS):
            yield "polls", (poll - idle, source.name, outlet, day, at, "not_modified", 304, "", 0, 0, 0, 0)
        yield (
            "links",
            (
                *(number, make_digest(url), url, poll, source.name, outlet, url, title, at, "", "", at, at, outcome),
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
        tokens = list_tokens(named, outlet, language, day)[:-2]  # the days are added with the copy
        yield "article_words", (number, folded[:60], folded, " ".join(tokens))
        mentions = tuple(_mention(body, entity, choose) for entity in named.values())
        unlisted = set()
        for position, each in enumerate(mentions):
            certainty = "variant" if choose.random() < 0.005 else each.certainty
            unlisted |= {"spelling"} if certainty == "variant" else set()
            told = (each.entity, each.type, each.name, "body", each.start, each.end, each.text, each.alias, certainty)
            yield "mentions", (number, position, *told)
            yield "facts", ("mention", each.entity, day, number)
        if choose.random() < 0.002:
            unlisted |= {"group"}
            yield "new_groups", (number, 0, f"Brigade {choose.randrange(300)}", "body", 0, 10)
        for name in sorted(unlisted):
            yield "facts", ("unlisted", name, day, number)
        story = f"{number // STORY_OF:012x}0000"
        yield "stories", (story, at)
        yield "story_members", (number, story, outlet, self._names[outlet], at)
        if outcome == "hit":
            capture = Capture(file, place[1], 49_000, digest, url, 200, seen)
            written = _Written(url, outlet, body, language, seen, mentions, capture, story)
            alert = self._make_alert(written, choose)
            yield from _tell(number, alert, at, day, choose)

    def _write(self, number: int, outlet: str, choose: random.Random) -> tuple[str, str, str, str]:
        parts = choose.sample(range(_PARAGRAPHS), 4)
        body = "\n".join(self._paragraphs[part] for part in parts)
        folded = " ".join(self._folded[part] for part in parts)
        if number % 50 == 0:
            body, folded = f"{body} convoy left the base", f"{folded} convoy left the base"
        return f"https://{outlet}.example/news/{number}", body[:60], body, folded

    def _make_alert(self, written: "_Written", choose: random.Random) -> Alert:
        hits = tuple(_make_hit(rule, written) for rule in choose.sample(self._rules, 2))
        ranks = {"info": 0, "notice": 1, "warning": 2, "critical": 3}
        return Alert(
            id=make_digest("alert", written.url)[:28] + "0000",
            outlet=written.outlet,
            outlet_name=self._names[written.outlet],
            title=written.body[:60],
            url=written.url,
            published=written.seen,
            seen=written.seen,
            severity=max((hit.severity for hit in hits), key=ranks.__getitem__),
            hits=hits,
            mentions=written.mentions,
            language=written.language,
            capture=written.capture,
            settings_digest=self._digest,
            story=written.story,
        )


@dataclass(frozen=True, slots=True)
class _Written:
    """What an alert is made of."""

    url: str
    outlet: str
    body: str
    language: str
    seen: datetime
    mentions: tuple[Mention, ...]
    capture: Capture
    story: str


def _make_hit(rule: Rule, written: _Written) -> Hit:
    body = written.body
    terms = tuple(
        Term(each.zone, each.start, each.end, each.text, f"@{each.type}:{each.entity}") for each in written.mentions
    )
    event = Term(Zone.BODY, 0, 5, body[:5], "#attack")
    told = f"{rule.name}: {', '.join(term.label for term in terms)}"
    return Hit(rule.name, "0" * 16, rule.severity, (*terms, event), Zone.BODY, 0, 200, body[:200], told)


def _make_paragraphs() -> list[str]:
    choose = random.Random(8)  # no secret
    common = ["rocket", "convoy", "the", "base", "left", "القاعدة", "drone", "army", "said", "minister"]
    words = common + [f"w{number}" for number in range(_WORDS)]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return [" ".join(choose.choices(words, cum_weights=weights, k=_LENGTH)) for _ in range(_PARAGRAPHS)]


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
