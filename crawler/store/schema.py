"""The tables. A change here needs a migration beside it; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from crawler.store.signs import HintsText, RhythmText, TroublesText
from crawler.store.values import Moment, Number, Text, ZoneText

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_poll_at", Moment, nullable=False, index=True),
    Column("leased_until", Moment),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_digest", Text),
    Column("failures", Integer, nullable=False, default=0),
    Column("polled_at", Moment),
    Column("succeeded_at", Moment),
    Column("memory", Text, nullable=False, default="", server_default=""),
    Column("full_at", Moment),
    Column("news_at", Moment),
    Column("empties", Integer, nullable=False, default=0, server_default="0"),
    Column("moved_to", Text),
    Column("rhythm", RhythmText, nullable=False, server_default=""),
    Column("hints", HintsText, nullable=False, server_default=""),
    Column("troubles", TroublesText, nullable=False, server_default=""),
)

polls = Table(
    "polls",
    metadata,
    Column("id", Number, primary_key=True),
    Column("source", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("day", Text, nullable=False),  # ISO date, UTC
    Column("at", Moment, nullable=False, index=True),
    Column("verdict", Text, nullable=False),
    Column("status", Integer),
    Column("detail", Text, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("capped", Integer, nullable=False),  # part of new: links without rows of their own
)
Index("ix_polls_source_at", polls.c.source, polls.c.at)

poll_sums = Table(  # what the polls came to that are too old to be kept one by one
    "poll_sums",
    metadata,
    Column("day", Text, primary_key=True),  # ISO date, UTC
    Column("source", Text, primary_key=True),
    Column("polls", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("capped", Integer, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", Number, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),  # digests, because keys have any length and indexes do not
    Column("guid_identity", Text, index=True),
    Column("key", Text, nullable=False),
    Column("poll_id", Number, ForeignKey("polls.id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("host", Text, nullable=False, default="", server_default=""),  # as by slot_of
    Column("url", Text, nullable=False),
    Column("guid", Text),
    Column("title", Text, nullable=False),
    Column("published", Moment),
    Column("content", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("complete", Boolean, nullable=False, default=False, server_default=false()),
    Column("note", Text, nullable=False, default="", server_default=""),
    Column("updated", Moment),
    Column("shown", Text),  # digest of what its own source last said of it
    Column("edits", Integer, nullable=False, default=0, server_default="0"),
    Column("seen_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try_at", Moment, nullable=False),
    Column("outcome", Text),
    Column("detail", Text, nullable=False, default=""),
    Column("ended_at", Moment),
)
Index("ix_links_source_seen_at", links.c.source, links.c.seen_at)
Index("ix_links_outlet_ended_at", links.c.outlet, links.c.ended_at)
Index(
    "ix_links_pending",
    links.c.next_try_at,
    links.c.id,
    sqlite_where=links.c.outcome.is_(None),
    postgresql_where=links.c.outcome.is_(None),
)

moves = Table(  # other addresses under which an outlet showed a link's GUID
    "moves",
    metadata,
    Column("link_id", Number, ForeignKey("links.id"), primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

revisits = Table(  # later visits to links that have their outcome
    "revisits",
    metadata,
    Column("id", Number, primary_key=True),
    Column("link_id", Number, ForeignKey("links.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("result", Text),
    Column("ended_at", Moment),
    Column("detail", Text, nullable=False, default=""),
)
Index(
    "uq_revisits_waiting",
    revisits.c.link_id,
    unique=True,
    sqlite_where=revisits.c.result.is_(None),
    postgresql_where=revisits.c.result.is_(None),
)
Index(
    "ix_revisits_due",
    revisits.c.next_try_at,
    revisits.c.id,
    sqlite_where=revisits.c.result.is_(None),
    postgresql_where=revisits.c.result.is_(None),
)

sightings = Table(  # other sources of the outlet that listed a link too
    "sightings",
    metadata,
    Column("link_id", Number, ForeignKey("links.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

captures = Table(
    "captures",
    metadata,
    Column("id", Number, primary_key=True),
    Column("link_id", Number, ForeignKey("links.id"), nullable=False),
    Column("file", Text, nullable=False),
    Column("offset", Number, nullable=False),
    Column("length", Number, nullable=False),
    Column("digest", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("fetched_at", Moment, nullable=False, index=True),
    Column("rendered", Boolean, nullable=False, default=False, server_default=false()),
    Column("pruned_at", Moment),  # when its record was taken out of the archive
    UniqueConstraint("link_id", "file", "offset"),
)
Index("ix_captures_file", captures.c.file, captures.c.offset)

articles = Table(  # one row for each revision
    "articles",
    metadata,
    Column("id", Number, primary_key=True),
    Column("link_id", Number, ForeignKey("links.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("capture_id", Number, ForeignKey("captures.id"), index=True),
    Column("duplicate_of", Number, ForeignKey("articles.id")),
    Column("body_digest", Text, index=True),  # of texts long enough to tell two articles apart
    Column("outlet", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", ZoneText, nullable=False),
    Column("description", ZoneText, nullable=False),
    Column("body", ZoneText, nullable=False),
    Column("captions", ZoneText, nullable=False),  # one a line, as mentions count them
    Column("language", Text, nullable=False),
    Column("published", Moment),
    Column("published_from", Text, nullable=False),
    Column("authors", Text, nullable=False),  # one a line
    Column("canonical_url", Text, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("updated", Moment),
    Column("updated_from", Text, nullable=False, default="", server_default=""),
    Column("section", Text, nullable=False, default="", server_default=""),
    Column("tags", Text, nullable=False, default="", server_default=""),  # one a line
    Column("image_url", Text, nullable=False, default="", server_default=""),
    Column("settings_digest", Text, nullable=False),
    Column("furniture_digest", Text, nullable=False, default="", server_default=""),
    Column("saved_at", Moment, nullable=False),
    UniqueConstraint("link_id", "revision"),
)

Index(
    "ix_articles_duplicate_of",
    articles.c.duplicate_of,
    # whoever wants articles that repeat no other must not be led through all of them
    sqlite_where=articles.c.duplicate_of.is_not(None),
    postgresql_where=articles.c.duplicate_of.is_not(None),
)

newest = Table(  # the newest revision of each link, narrow, for whoever looks through many
    "newest",
    metadata,
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    Column("link_id", Number, ForeignKey("links.id"), nullable=False, unique=True),
    Column("seen_at", Moment, nullable=False),
    Column("day", Text, nullable=False),  # ISO date of seen_at, UTC
    Column("outlet", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("words", TSVECTOR().with_variant(Text, "sqlite")),  # SQLite's index is a table of its own, article_words
)
Index("ix_newest_day", newest.c.day, newest.c.article_id)
Index("ix_newest_words", newest.c.words, postgresql_using="gin", sqlite_where=newest.c.words.is_not(None))

facts = Table(  # by what newest revisions are counted: `mention` of all, the other kinds of those with hits
    "facts",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    sqlite_with_rowid=False,  # it is its own index
)
Index("ix_facts_article", facts.c.article_id, facts.c.kind, facts.c.name, facts.c.day)

removed = Table(
    "removed",
    metadata,
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("text", ZoneText, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

mentions = Table(
    "mentions",
    metadata,
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("entity", Text, nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", ZoneText, nullable=False),
    Column("alias", Text, nullable=False),
    Column("certainty", Text, nullable=False),
)
Index(
    "ix_mentions_variant",
    mentions.c.article_id,
    sqlite_where=mentions.c.certainty == "variant",
    postgresql_where=mentions.c.certainty == "variant",
)

hits = Table(
    "hits",
    metadata,
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("rule", Text, nullable=False, index=True),
    Column("rule_digest", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("terms", ZoneText, nullable=False),  # JSON, as in the alert
    Column("zone", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("sentence", ZoneText, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("distance", Integer),
    Column("certainty", Text),
    Column("score", ZoneText, nullable=False, default="[]", server_default="[]"),  # JSON, as in the alert
)

stances = Table(  # who is the author of what an article tells
    "stances",
    metadata,
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("event", Text, nullable=False),
    Column("entity", Text, nullable=False, index=True),
    Column("zone", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", ZoneText, nullable=False),
)

new_groups = Table(  # names of groups that the gazetteer did not know
    "new_groups",
    metadata,
    Column("article_id", Number, ForeignKey("articles.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", ZoneText, nullable=False),
    Column("zone", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("link_id", Number, ForeignKey("links.id"), nullable=False, unique=True),
    Column("article_id", Number, ForeignKey("articles.id"), nullable=False, index=True),
    Column("outlet", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("payload", Text, nullable=False),  # as it is now
    Column("story", Text, nullable=False, default="", server_default="", index=True),
    Column("entries", Integer, nullable=False, default=1, server_default="1"),  # of the stream, that told of it
    Column("told_at", Moment, index=True),  # when people were last to be told
    Column("muted_by", Number),  # the mute that covered it when it was told
)

alert_names = Table(  # by what alerts are chosen; see alert_names.py
    "alert_names",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Number, ForeignKey("alerts.number"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,  # it is its own index
)
Index("ix_alert_names_number", alert_names.c.number)

stories = Table(  # what several articles tell
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

story_members = Table(
    "story_members",
    metadata,
    Column("link_id", Number, ForeignKey("links.id"), primary_key=True),
    Column("story", Text, ForeignKey("stories.id"), nullable=False, index=True),
    Column("outlet", Text, nullable=False),
    Column("outlet_name", Text, nullable=False),
    Column("joined_at", Moment, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)

signatures = Table(  # of articles that later ones may repeat
    "signatures",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # in the order in which they joined
    Column("link_id", Number, ForeignKey("links.id"), nullable=False),
    Column("minima", LargeBinary, nullable=False),
    Column("pairs", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("gist", Text, nullable=False),
)

gist_keys = Table(  # where to look for articles in other languages that may tell the same
    "gist_keys",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("language", Text, nullable=False),
    sqlite_with_rowid=False,  # one tree in place of two
)

acks = Table(
    "acks",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("alert_id", Text, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("even_critical", Boolean, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("alert_id", Text, nullable=False, index=True),  # or the trouble's
    Column("severity", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("story", Text, nullable=False),
    Column("payload", Text, nullable=False),  # what was told, whatever becomes of the alert
    Column("created_at", Moment, nullable=False),
    Column("sequence", Number, unique=True),
    Column("published_at", Moment),
)
Index(
    "ix_outbox_unpublished",
    outbox.c.sequence,
    outbox.c.id,
    sqlite_where=outbox.c.published_at.is_(None),
    postgresql_where=outbox.c.published_at.is_(None),
)

channels = Table(  # who is told
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("start_sequence", Number, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("is_watched", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("paused_until", Moment),
    Column("sent_at", Moment),
    Column("error", Text, nullable=False, default="", server_default=""),
)

deliveries = Table(  # what is owed to whom: one row for each entry of the stream and channel
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("sequence", Number, nullable=False),  # orders them; 0 where the stream gave none
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("queued_at", Moment, nullable=False),
    Column("next_try_at", Moment),
    Column("sent_at", Moment),
    Column("message", Text, nullable=False, default="", server_default=""),
    Column("last_error", Text, nullable=False, default="", server_default=""),
    UniqueConstraint("channel", "key"),
)
Index("ix_deliveries_due", deliveries.c.channel, deliveries.c.state, deliveries.c.next_try_at)
Index("ix_deliveries_key", deliveries.c.key)

health = Table(  # troubles, from their beginning to their end
    "health",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outlet", Text, nullable=False, default="", server_default=""),
    Column("detail", Text, nullable=False),
    Column("since", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
)
Index(
    "uq_health_open",
    health.c.kind,
    health.c.subject,
    unique=True,
    sqlite_where=health.c.ended_at.is_(None),
    postgresql_where=health.c.ended_at.is_(None),
)

furniture = Table(  # what each outlet repeats around its articles
    "furniture",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("articles", Integer, nullable=False),  # that taught it
    Column("verdict", Text, nullable=False),  # JSON, what workers are given
    Column("memory", Text, nullable=False),  # JSON, what the verdict follows from
    Column("changed_at", Moment, nullable=False),
)

traces = Table(  # of pages that wait to be learned from
    "traces",
    metadata,
    Column("id", Number, primary_key=True),
    Column("outlet", Text, nullable=False, index=True),
    Column("lines", Text, nullable=False),  # JSON
)

hosts = Table(  # which of several crawl workers may ask a host
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("held_until", Moment, nullable=False, index=True),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Number, nullable=False),
)
