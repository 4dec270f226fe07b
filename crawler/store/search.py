"""The index that articles are found and counted by; fed in the transaction that stores them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text

from crawler.models import Analysis, Mention, Zone
from crawler.search import MOST_WORDS, Piece, Question, make_token, split_words
from crawler.store.driver import for_both, insert_rows, run_statement
from crawler.store.engine import split_values, unindexed
from crawler.store.schema import alerts, articles, facts, newest

MOST_FOUND = 1000
"""The newest articles found that are counted and ordered; a common word has a million."""
HIT = "hit"
"""A kind of fact with this one name, for every article with hits."""
MENTION = "mention"
"""A kind of fact that any article may have, as is the following; the others are of articles with hits."""
UNLISTED, SPELLING, NEW_GROUP = "unlisted", "spelling", "group"
"""The kind, and its names: an article with a guessed spelling, with a group that the gazetteer did not know."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What found articles have, or what they must have: id of an entity, slug of an outlet, language, ISO day or month.
    Empty for any."""

    entity: str = ""
    outlet: str = ""
    language: str = ""
    day: str = ""

    def tokens(self) -> list[str]:
        return [make_token(field.name[0], value) for field in fields(self) if (value := getattr(self, field.name))]


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article as lists show it. Its texts are the stored ones."""

    id: int
    outlet: str
    url: str
    title: str
    description: str
    body: str
    captions: str
    language: str
    published: datetime | None
    seen_at: datetime
    alert: str | None
    """Id of the alert that it raised."""


@dataclass(frozen=True, slots=True)
class FoundIds:
    """Which articles answer a question, at most MOST_FOUND."""

    ids: tuple[int, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How many of the articles found have what; the most frequent first, days the newest first."""

    entity: tuple[tuple[str, int], ...] = ()
    outlet: tuple[tuple[str, int], ...] = ()
    language: tuple[tuple[str, int], ...] = ()
    day: tuple[tuple[str, int], ...] = ()


def has_index(connection: Connection) -> bool:
    """Is there an index of words? Not where SQLite was built without FTS5."""
    if connection.dialect.name == "postgresql":
        return True
    return bool(run_statement(connection, _FIND_INDEX, {}))


def index_revision(connection: Connection, article_id: int, link: Row[Any], analysis: Analysis) -> None:
    """It takes the place of the link's revision before."""
    _forget_link(connection, link.id)
    article = analysis.article
    day = f"{link.seen_at:%Y-%m-%d}"
    entities = {mention.entity for mention in list_mentions(analysis)}
    row = {
        "article_id": article_id,
        "link_id": link.id,
        "seen_at": link.seen_at,
        "day": day,
        "outlet": article.outlet or link.outlet,
        "language": article.language,
    }
    found = list_facts(analysis, row["outlet"])
    title = split_words(article.title)
    rest = split_words("\n".join((article.description, article.body, article.zone_text(Zone.CAPTION))))
    tokens = list_tokens(entities, row["outlet"], article.language, day)
    if connection.dialect.name == "postgresql":
        row["words"] = write_vector(title, rest, tokens)
    insert_rows(connection, newest, [row])
    if connection.dialect.name == "sqlite" and has_index(connection):
        words = {"id": article_id, "title": " ".join(title), "rest": " ".join(rest), "facts": " ".join(tokens)}
        connection.execute(INSERT_WORDS, words)
    rows = [{"kind": kind, "name": name, "day": day, "article_id": article_id} for kind, name in sorted(found)]
    insert_rows(connection, facts, rows)


INSERT_WORDS = text("INSERT INTO article_words (rowid, title, rest, facts) VALUES (:id, :title, :rest, :facts)")
_FIND_INDEX = for_both("SELECT 1 FROM sqlite_master WHERE name = 'article_words'")


def list_mentions(analysis: Analysis) -> list[Mention]:
    """What was cut away is none of the article's business."""
    return [mention for mention in analysis.mentions if mention.zone is not Zone.REMOVED]


def list_facts(analysis: Analysis, outlet: str) -> set[tuple[str, str]]:
    """Kind and name."""
    named = list_mentions(analysis)
    found = {(MENTION, mention.entity) for mention in named}
    found |= {(UNLISTED, SPELLING) for mention in named if mention.certainty == "variant"}
    found |= {(UNLISTED, NEW_GROUP) for _ in analysis.new_groups[:1]}
    if analysis.hits:
        found |= {(HIT, HIT), ("outlet", outlet)}
        found |= {(mention.type, mention.entity) for mention in named if mention.type in {"group", "base"}}
        for hit in analysis.hits:
            found |= {("rule", hit.rule), ("severity", hit.severity)}
            found |= {("event", term.label[1:]) for term in hit.terms if term.label.startswith("#")}
    return found


def list_tokens(entities: Iterable[str], outlet: str, language: str, day: str) -> list[str]:
    """Facts as words, which the index can ask for together with words."""
    named = [Facets(entity=entity) for entity in sorted(entities)]
    rest = (Facets(outlet=outlet), Facets(language=language), Facets(day=day), Facets(day=day[:7]))
    return [token for facet in (*named, *rest) for token in facet.tokens()]


def write_vector(title: Sequence[str], rest: Sequence[str], tokens: Sequence[str]) -> str:
    """A tsvector: words of the title weigh more. Our words hold letters and digits only, so quoting is no question."""
    places: dict[str, list[str]] = {token: [] for token in tokens}
    for place, word in enumerate(title, 1):
        places.setdefault(word, []).append(f"{place}A")
    # a gap, lest a phrase runs on from the title
    for place, word in enumerate(rest[: MOST_WORDS - len(title)], len(title) + 2):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" if at else f"'{word}'" for word, at in places.items())


_FIND_NEWEST = select(newest.c.article_id).where(newest.c.link_id == bindparam("link_id"))


def _forget_link(connection: Connection, link_id: int) -> None:
    """Its words stay in the index of SQLite, which finds nothing that is not in `newest`."""
    before = connection.scalar(_FIND_NEWEST, {"link_id": link_id})
    if before is not None:
        connection.execute(delete(facts).where(facts.c.article_id == before))
        connection.execute(delete(newest).where(newest.c.article_id == before))


# asking


def find_ids(
    connection: Connection, question: Question, facets: Facets, *, by_rank: bool = False, before: int | None = None
) -> FoundIds:
    """The newest first, with ids below `before`; `by_rank`: these, the best first."""
    tokens = facets.tokens()
    if not question.wanted and not tokens and not question.unwanted:
        rows = _find_newest(connection, before)
    elif connection.dialect.name == "postgresql":
        rows = _ask_postgresql(connection, _write_tsquery(question, tokens), before, by_rank=by_rank)
    else:
        months = [] if question.wanted or tokens else _list_months(connection)
        rows = _ask_sqlite(connection, _write_fts5(question, tokens, months), before, by_rank=by_rank)
    return FoundIds(tuple(rows[:MOST_FOUND]), len(rows) <= MOST_FOUND)


def _find_newest(connection: Connection, before: int | None) -> list[int]:
    asked = select(newest.c.article_id).order_by(newest.c.article_id.desc()).limit(MOST_FOUND + 1)
    if before is not None:
        asked = asked.where(newest.c.article_id < before)
    return list(connection.scalars(asked))


def _ask_sqlite(connection: Connection, asked: str, before: int | None, *, by_rank: bool) -> list[int]:
    rank = "bm25(article_words, 4.0, 1.0, 0.0)" if by_rank else "0.0"
    below = "AND article_words.rowid < :before" if before is not None else ""
    # CROSS JOIN: the index leads, in its own order, and stops at the limit
    query = f"""
        SELECT article_words.rowid AS article_id, {rank} AS rank FROM article_words
        CROSS JOIN newest ON newest.article_id = article_words.rowid
        WHERE article_words MATCH :asked {below} ORDER BY article_words.rowid DESC LIMIT :most
    """  # noqa: S608  # nothing of a person is in it
    rows = connection.execute(text(query), {"asked": asked, "before": before, "most": MOST_FOUND + 1}).all()
    return _put_in_order(rows, by_rank=by_rank)


def _ask_postgresql(connection: Connection, asked: str, before: int | None, *, by_rank: bool) -> list[int]:
    rank = "-ts_rank_cd(words, CAST(:asked AS tsquery))" if by_rank else "0.0"
    below = "AND article_id < :before" if before is not None else ""
    query = f"""
        SELECT article_id, {rank} AS rank FROM newest
        WHERE words @@ CAST(:asked AS tsquery) {below} ORDER BY article_id DESC LIMIT :most
    """  # noqa: S608  # nothing of a person is in it
    rows = connection.execute(text(query), {"asked": asked, "before": before, "most": MOST_FOUND + 1}).all()
    return _put_in_order(rows, by_rank=by_rank)


def _put_in_order(rows: Sequence[Row[Any]], *, by_rank: bool) -> list[int]:
    if not by_rank:
        return [row.article_id for row in rows]
    best = sorted(rows[:MOST_FOUND], key=lambda row: (row.rank, -row.article_id))
    return [row.article_id for row in (*best, *rows[MOST_FOUND:])]


def _list_months(connection: Connection) -> list[str]:
    """The tokens of all months: each article has one of them. FTS5 has no NOT alone."""
    # asked for together SQLite would read every day that there is
    first, last = (connection.scalar(select(end(newest.c.day))) for end in (func.min, func.max))
    if first is None or last is None:
        return [make_token("d", "")]
    begin, until = (12 * int(day[:4]) + int(day[5:7]) - 1 for day in (first, last))
    return [make_token("d", f"{month // 12:04}-{month % 12 + 1:02}") for month in range(begin, until + 1)]


def _write_fts5(question: Question, tokens: Sequence[str], months: Sequence[str]) -> str:
    """`months` for a question that wants nothing."""
    groups = [" OR ".join(map(_quote_fts5, group)) for group in question.wanted]
    parts = [f"({group})" for group in groups] + [f'facts : "{token}"' for token in tokens]
    wanted = " AND ".join(parts) or " OR ".join(f'facts : "{token}"' for token in months)
    unwanted = " OR ".join(map(_quote_fts5, question.unwanted))
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _quote_fts5(piece: Piece) -> str:
    """In any column: no word is a token for a fact, and to look at columns costs as much again."""
    return f'"{" ".join(piece.words)}"{" *" if piece.is_prefix else ""}'


def _write_tsquery(question: Question, tokens: Sequence[str]) -> str:
    groups = [" | ".join(map(_quote_tsquery, group)) for group in question.wanted]
    parts = [f"({group})" for group in groups] + [f"'{token}'" for token in tokens]
    return " & ".join(parts + [f"!({_quote_tsquery(piece)})" for piece in question.unwanted])


def _quote_tsquery(piece: Piece) -> str:
    words = [f"'{word}'" for word in piece.words]
    return " <-> ".join(words) + (":*" if piece.is_prefix else "")


def count_facets(connection: Connection, ids: Sequence[int]) -> FacetCounts:
    entities, outlets, languages, days = (Counter[str]() for _ in range(4))
    for portion in split_values(ids):
        rows = select(newest.c.outlet, newest.c.language, newest.c.day).where(newest.c.article_id.in_(portion))
        for outlet, language, day in connection.execute(rows):
            outlets[outlet] += 1
            languages[language] += 1
            days[day] += 1
        named = select(facts.c.name, func.count()).where(
            facts.c.article_id.in_(portion), unindexed(facts.c.kind) == MENTION
        )
        for name, count in connection.execute(named.group_by(facts.c.name)):
            entities[name] += count
    newest_days = tuple(sorted(days.items(), reverse=True))
    return FacetCounts(_rank(entities), _rank(outlets), _rank(languages), newest_days)


def _rank(counter: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def read_found(connection: Connection, ids: Sequence[int]) -> list[FoundArticle]:
    """In the order of `ids`; few, for their texts are read."""
    rows = (
        select(articles, newest.c.seen_at, alerts.c.id.label("alert"))
        .join(newest, newest.c.article_id == articles.c.id)
        .outerjoin(alerts, alerts.c.link_id == articles.c.link_id)
        .where(articles.c.id.in_(ids))
    )
    names = [field.name for field in fields(FoundArticle)]
    found = {row.id: FoundArticle(**{name: getattr(row, name) for name in names}) for row in connection.execute(rows)}
    return [found[id_] for id_ in ids if id_ in found]
