"""How long the dashboard's pages take over many articles, and what the index costs an article that is stored.

    python -m benchmarks.dashboard [--articles 100000] [--database FILE] [--rounds 15]

Fills an SQLite file by bulk SQL (a tenth of the articles with hits and an alert, over a year), then asks the pages
through the whole site, in this process. Prints milliseconds of wall clock, and each page's CPU as a ratio to that of
/healthz, the reference. A file that is there already is asked as it is.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from crawler.search import split_words
from crawler.store.search import list_tokens
from crawler.store.store import Store
from scheduler.dashboard.site import make_site
from scheduler.dashboard.window import Shown, Window
from settings import load_settings
from settings.model import Settings

PORTION = 5000
DAYS = 365
PAGES = {
    "reference": "/healthz",
    "search, everything": "/search",
    "search, common word": "/search?q=rocket",
    "search, common, best": "/search?q=rocket+convoy&order=best",
    "search, rare word": "/search?q=w1900",
    "search, phrase": '/search?q="convoy left the base"',
    "search, Arabic": "/search?q=القاعدة",
    "search, prefix": "/search?q=w19*",
    "search, unwanted": "/search?q=-rocket",
    "search, word and entity": "/search?q=rocket&entity=al-tanf",
    "activity, 30 days": "/activity",
    "activity, a year": "/activity?days=365",
    "activity, narrowed": "/activity?days=365&by=event&base=ain-al-asad",
    "entities": "/entities",
    "entity": "/entities/ain-al-asad",
    "rules": "/rules",
    "rule": "/rules/base-attacked",
    "suggestions": "/entities/suggestions",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.database or Path(folder) / "bench.sqlite"
        settings = load_settings(None, environ={})
        is_new = not path.exists()
        store = Store.open(f"sqlite:///{path}")
        if is_new:
            fill_store(path, settings, asked.articles)
        measure_pages(store, settings, Path(folder), asked.rounds)
        store.close()


def fill_store(path: Path, settings: Settings, count: int) -> None:
    began = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    maker = _Maker(settings, count)
    connection.execute(
        "INSERT INTO polls (id, source, outlet, day, at, verdict, detail, seen, known, new, capped) "
        "VALUES (1, 's', 'o', '2026-01-01', '2026-01-01 00:00:00', 'changed', '', 0, 0, 0, 0)"
    )
    for first in range(1, count + 1, PORTION):
        rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _STATEMENTS}
        for number in range(first, min(first + PORTION, count + 1)):
            for table, row in maker.make_rows(number):
                rows[table].append(row)
        for table, statement in _STATEMENTS.items():
            connection.executemany(statement, rows[table])
        connection.commit()
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()
    size = path.stat().st_size / 1e6
    print(f"{count} articles filled in {time.perf_counter() - began:.0f} s, {size:.0f} MB")


_STATEMENTS = {
    "links": "INSERT INTO links (id, identity, key, poll_id, source, outlet, url, title, content, problem, seen_at, "
    "next_try_at, outcome, attempts, detail) VALUES (?, ?, '', 1, ?, ?, ?, '', '', '', ?, ?, ?, 1, '')",
    "articles": "INSERT INTO articles (id, link_id, revision, outlet, url, title, description, body, captions, "
    "language, published_from, authors, canonical_url, truncated, partial, settings_digest, saved_at) "
    "VALUES (?, ?, 1, ?, ?, ?, '', ?, '', ?, '', '', '', 0, 0, '', ?)",
    "newest": "INSERT INTO newest (article_id, link_id, seen_at, day, outlet, language) VALUES (?, ?, ?, ?, ?, ?)",
    "mentions": "INSERT INTO mentions (article_id, position, entity, type, name, zone, start, end, text, alias, "
    "certainty) VALUES (?, ?, ?, ?, '', 'body', 0, 4, ?, ?, 'alias')",
    "facts": "INSERT INTO facts (kind, name, day, article_id) VALUES (?, ?, ?, ?)",
    "hits": "INSERT INTO hits (article_id, position, rule, rule_digest, severity, terms, zone, start, end, sentence, "
    "explanation) VALUES (?, 0, ?, '', ?, '[]', 'body', 0, 4, '', '')",
    "alerts": "INSERT INTO alerts (id, link_id, article_id, outlet, severity, created_at, payload) "
    "VALUES (?, ?, ?, ?, ?, ?, '{}')",
    "words": "INSERT INTO article_words (rowid, title, rest, facts) VALUES (?, ?, ?, ?)",
}


class _Maker:
    """The same rows at every run: words by Zipf's law, a few entities for each article."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._random = random.Random(8)  # no secret
        self._count = count
        self._now = datetime.now(UTC).replace(tzinfo=None)
        self._outlets = [outlet.slug for outlet in settings.outlets]
        self._entities = [each for each in settings.gazetteer.entities if each.type in {"group", "base"}]
        self._weights = [1 / rank for rank in range(1, len(self._entities) + 1)]
        self._rules = settings.rules
        common = ["rocket", "convoy", "the", "base", "left", "القاعدة", "drone", "army", "said", "minister"]
        self._words = common + [f"w{number}" for number in range(2000)]
        self._word_weights = [1 / rank for rank in range(1, len(self._words) + 1)]

    def make_rows(self, number: int) -> Iterator[tuple[str, tuple[object, ...]]]:
        choose = self._random
        seen = self._now - timedelta(days=DAYS * (1 - number / self._count))
        at, day = f"{seen:%Y-%m-%d %H:%M:%S.%f}", f"{seen:%Y-%m-%d}"
        outlet = choose.choice(self._outlets)
        language = choose.choice(("en", "ar", "fa"))
        words = choose.choices(self._words, self._word_weights, k=200)
        if number % 50 == 0:
            words += ["convoy", "left", "the", "base"]
        title, body = " ".join(words[:8]), " ".join(words)
        url = f"https://{outlet}.example/{number}"
        entities = {each.id: each for each in choose.choices(self._entities, self._weights, k=3)}
        is_hit = number % 10 == 0
        yield "links", (number, str(number), outlet, outlet, url, at, at, "hit" if is_hit else "no_hit")
        yield "articles", (number, number, outlet, url, title, body, language, at)
        yield "newest", (number, number, at, day, outlet, language)
        tokens = list_tokens(entities, outlet, language, day)
        yield "words", (number, " ".join(split_words(title)), " ".join(split_words(body)), " ".join(tokens))
        for position, entity in enumerate(entities.values()):
            alias = choose.choice(entity.aliases).text
            yield "mentions", (number, position, entity.id, entity.type, alias, alias)
            yield "facts", ("mention", entity.id, day, number)
            if is_hit:
                yield "facts", (entity.type, entity.id, day, number)
        if is_hit:
            rule = choose.choice(self._rules)
            yield "hits", (number, rule.name, rule.severity)
            yield "alerts", (f"a{number}", number, number, outlet, rule.severity, at)
            named = (("rule", rule.name), ("severity", rule.severity), ("outlet", outlet), ("event", "attack"))
            for kind, name in named:
                yield "facts", (kind, name, day, number)


def measure_pages(store: Store, settings: Settings, folder: Path, rounds: int) -> None:
    run = settings.run.model_copy(update={"data_dir": folder})
    window = Window(run, store, Shown(None, settings), lambda: datetime.now(UTC))
    reference = 0.0
    print(f"{'page':<26}{'median ms':>10}{'p95 ms':>9}{'CPU ms':>9}{'of healthz'}")
    with TestClient(make_site(window), base_url=f"http://{run.dashboard}") as client:
        client.headers["Accept"] = "text/html"
        for name, path in PAGES.items():
            client.get(path)  # warm: templates, and the matcher of examples
            walls, cpus = zip(*(time_page(client, path) for _ in range(rounds)), strict=True)
            reference = reference or min(cpus)
            walls = sorted(walls)
            p95 = walls[min(len(walls) - 1, round(0.95 * len(walls)))]
            middle = walls[len(walls) // 2]
            print(f"{name:<26}{middle:>10.1f}{p95:>9.1f}{min(cpus):>9.1f}{min(cpus) / reference:>11.1f}", flush=True)


def time_page(client: TestClient, path: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = client.get(path)
    answer.raise_for_status()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


if __name__ == "__main__":
    main()
