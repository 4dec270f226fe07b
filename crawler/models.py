"""The vocabulary: one frozen type for each arrow of the flow. Times are UTC and aware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from crawler.signs import NO_HINTS, UNKNOWN_RHYTHM, FeedHints, HealthKind, Rhythm, Trouble

Severity = Literal["info", "notice", "warning", "critical"]
DateCertainty = Literal["stated", "printed", "guessed", ""]
"""Of a date: stated for machines, printed for readers, found by looking for anything like a date, or there is none."""

_CERTAINTIES: dict[str, DateCertainty] = {
    "json-ld": "stated",
    "meta": "stated",
    "feed": "stated",
    "text": "printed",
    "htmldate": "guessed",
    "update": "guessed",
}
Certainty = Literal["alias", "context", "variant"]
"""How sure a name is, from the surest: listed and plain, confirmed by words near it, guessed from its sound."""


class Outcome(StrEnum):
    """What became of a link; exactly one in the end."""

    HIT = "hit"
    NO_HIT = "no_hit"
    DUPLICATE = "duplicate"
    """Same text as a known article."""
    UNCHANGED = "unchanged"
    ROBOTS = "robots"
    OUT_OF_SCOPE = "out_of_scope"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"
    """After its retries."""
    UNREADABLE = "unreadable"
    """Nothing extracted."""
    QUARANTINED = "quarantined"
    CAPPED = "capped"


class Zone(StrEnum):
    """Which part of an article a text belongs to. Only title, description and body can make a rule fire."""

    TITLE = "title"
    DESCRIPTION = "description"
    BODY = "body"
    CAPTION = "caption"
    REMOVED = "removed"


_ZONES = tuple(Zone)
TOLD = (Zone.TITLE, Zone.DESCRIPTION, Zone.BODY)
"""What an article tells, in reading order; only this can make a rule fire."""


# ── poll → links ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Link:
    """One item that a poll saw. Nothing in it is trusted, not even that the URL is one."""

    url: str
    """Absolute, as the outlet gave it after joining; `crawler.fetch.urls.canonical_url` makes the key."""
    guid: str | None = None
    """Raw, never resolved against anything."""
    title: str = ""
    published: datetime | None = None
    content: str = ""
    """HTML or text that the feed carried for it (full content if there is any, else the summary)."""
    problem: str = ""
    """Why it cannot be fetched, when it cannot (no link, bad scheme ...): counted out_of_scope."""
    complete: bool = False
    """Its content is the whole article, as with a message of a channel: nothing is fetched."""
    note: str = ""
    """What the source says beside the text, for people: `photo; 12.4K views; forwarded from A; reply to 103`."""
    updated: datetime | None = None
    """When its author last changed it, as the feed says."""


# ── page → archive ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Page:
    """One HTTP response."""

    url: str
    """Where the answer came from, after redirects."""
    requested_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    """As received, order and duplicates kept."""
    raw: bytes
    """The body as received, content encoding and all; this is what the archive keeps."""
    body: bytes
    """The body with its content encoding undone."""
    fetched_at: datetime
    moved: bool = False
    """It was redirected, and every redirect on the way was a permanent one."""
    overruled: bool = False
    """robots.txt forbids it, and the settings allow its host."""
    original: "Page | None" = None
    """What came over the wire, when this is what a browser made of it."""

    def header(self, name: str) -> str | None:
        """First value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


FailureKind = Literal[
    "robots",  # robots.txt forbids it
    "robots_later",  # robots.txt cannot be had now, which forbids everything for now
    "held",  # the host asked us to wait (429, 503), no request was made
    "blocked",  # the address guard or the source's scope forbids it
    "timeout",
    "dns",
    "connect",
    "tls",
    "too_large",  # body, unpacked body or headers
    "bad_url",
    "bad_content",  # neither text nor markup, or it cannot be unpacked
    "interrupted",  # we are stopping
    "error",
]


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why there is no Page. `crawler.fetch.policy.judge` says what follows from it."""

    kind: FailureKind
    detail: str = ""
    """One line for the ledger."""
    retry_at: datetime | None = None
    """Not before then, when somebody told us."""


@dataclass(frozen=True, slots=True)
class Origin:
    """For whom a page was asked for; stands beside it in the archive, which so explains itself without a database."""

    source: str
    outlet: str
    link: int | None = None
    """None for a page that a poll read."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Where a page lies in the archive."""

    file: str
    """Name of the WARC file, relative to the archive's folder."""
    offset: int
    """Bytes from the start of the file to the response record's gzip member."""
    length: int
    """Bytes of that member."""
    digest: str
    """SHA-256 of the payload as received, `sha256:<hex>`."""
    url: str
    status: int
    fetched_at: datetime
    rendered: bool = False
    """It is what a browser made of the page; the record beside it in the file, to which it refers, is what came."""


# ── extract ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Material:
    """What `analyse` reads: bytes and what is known about them."""

    content: bytes
    media: Literal["html", "text", "fragment"]
    """text: dumped text, one paragraph a line, with whatever garbage the dump carried. fragment: markup of the
    article's text and nothing else, as a channel's message is."""
    url: str = ""
    outlet: str = ""
    """Slug; empty when unknown."""
    charset: str | None = None
    """What the transport declared; evidence, not truth."""
    fetched_at: datetime | None = None
    title: str = ""
    """What the feed said, used where the page says nothing better."""
    published: datetime | None = None
    partial: bool = False
    """The page could not be had; this is what the feed carried."""
    timezone: str = "UTC"
    """IANA name; for dates that the page prints without an offset."""


NOT_TAKEN = "not-taken"
"""The rule of what stood in the article's container, and that nothing took for its text."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece that was cut, and why."""

    text: str
    rule: str
    """Name of the residue rule or furniture block, e.g. `percent-encoded`."""
    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """The text of a page, in zones. Offsets count code points of `zone_text(zone)`."""

    title: str = ""
    description: str = ""
    body: str = ""
    """Paragraphs, one a line."""
    captions: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    url: str = ""
    outlet: str = ""
    language: str = ""
    """ISO 639-1; empty when unknown."""
    published: datetime | None = None
    published_from: str = ""
    """Evidence for it: json-ld, meta, htmldate, text or feed."""
    authors: tuple[str, ...] = ()
    canonical_url: str = ""
    truncated: bool = False
    """The page said that the rest is for subscribers."""
    partial: bool = False
    updated: datetime | None = None
    updated_from: str = ""
    """Evidence for it: json-ld, meta or text."""
    section: str = ""
    """Where the outlet files it, as it writes it."""
    tags: tuple[str, ...] = ()
    image_url: str = ""
    """Address of the lead image."""
    links: tuple[str, ...] = ()
    """Addresses on other sites that its text links to."""
    translations: tuple[str, ...] = ()
    """Addresses that the page names as itself in other languages."""

    @property
    def published_certainty(self) -> DateCertainty:
        return _CERTAINTIES.get(self.published_from, "")

    @property
    def updated_certainty(self) -> DateCertainty:
        return _CERTAINTIES.get(self.updated_from, "")

    def zone_text(self, zone: Zone) -> str:
        """The text that a mention's offsets in that zone count in."""
        return self.zone_texts()[zone]

    def zone_texts(self) -> dict[Zone, str]:
        """The same of every zone, in reading order."""
        removed = "\n".join([piece.text for piece in self.removed])
        return dict(
            zip(_ZONES, (self.title, self.description, self.body, "\n".join(self.captions), removed), strict=True)
        )


@dataclass(frozen=True, slots=True)
class TracedLine:
    """One line as the page had it, before anything was cut."""

    text: str
    make: str = ""
    """`parent.class>tag.class` of its element; empty in dumped text."""
    is_idle: bool = False
    """It is a link, the headline again or the description: no text of the article, whatever it says."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What learning an outlet's furniture needs of a page."""

    lines: tuple[TracedLine, ...] = ()


NO_TRACE = Trace()


# ── match ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity, at offsets."""

    entity: str
    """Id in the gazetteer."""
    type: str
    """group, base, person or outlet."""
    name: str
    """The entity's canonical name, for people."""
    zone: Zone
    start: int
    end: int
    text: str
    """The original characters between them."""
    alias: str = ""
    """The spelling of the gazetteer that matched."""
    certainty: Certainty = "alias"


@dataclass(frozen=True, slots=True)
class Stance:
    """Who is the author of an event: claims, denies, doubts, threatens, ends or keeps a truce."""

    event: str
    """claim, accusation (made of the group, or by it), denial, doubt, threat, truce-end, truce-hold or truce."""
    entity: str
    """Id of the group that it is attached to."""
    zone: Zone
    start: int
    end: int
    text: str
    """The words that tell the event."""


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A name that the article gives to a group that the gazetteer does not know."""

    name: str
    zone: Zone
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """Words that a rule rests on."""

    zone: Zone
    start: int
    end: int
    text: str
    label: str
    """What they are to the rule: `@group:kataib-hezbollah`, `#attack`, `"all options"`."""
    certainty: Certainty | None = None
    """Of a name; None for other words."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One weighed part of a SCORE that was reached."""

    part: str
    """As the rule writes it."""
    weight: float
    held: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired, with its evidence."""

    rule: str
    rule_digest: str
    severity: Severity
    terms: tuple[Term, ...]
    zone: Zone
    """Zone of the sentence."""
    start: int
    end: int
    """Offsets of the sentence that tells it best."""
    sentence: str
    explanation: str = ""
    """One line for people: which part held, at what distance."""
    marks: tuple[tuple[int, int], ...] = ()
    """Where terms stand in `sentence`, counted from its beginning."""
    distance: int | None = None
    """Words from a name to the nearest other term of the sentence, or between the two nearest terms where there is no
    name: neighbours are 1 apart. None for a single term."""
    certainty: Certainty | None = None
    """As sure as its least sure kind of name, each kind as sure as its surest; None when it rests on no name."""
    score: tuple[ScorePart, ...] = ()
    """What was weighed, where the rule asks for a SCORE."""


@dataclass(frozen=True, slots=True)
class PartVerdict:
    """One part of a rule, as it fared on an article."""

    depth: int
    """How deep it lies in the rule; the whole rule is 0."""
    source: str
    """The part as the rule writes it."""
    holds: bool
    evidence: str
    """Words it rests on, and what cannot be pointed at; how far it is from holding, where it does not, or empty."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that nearly fired: all of its parts but one held."""

    rule: str
    missing: str
    """The part that did not hold, as the rule writes it."""


@dataclass(frozen=True, slots=True)
class Gist:
    """What of an article can be recognised in another language; `crawler.gists` makes and compares them."""

    language: str = ""
    outlet: str = ""
    published: datetime | None = None
    """Where the page or its feed states it for machines."""
    addresses: frozenset[str] = frozenset()
    """Of the page itself; these and the following as `canonical_url` writes them."""
    translations: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    quoted: frozenset[str] = frozenset()
    """Ids of outlets and persons that it names; not its own outlet."""
    bases: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    """`#attack`, `#claim`: labels of rules and stances; `lead:#denial`, `lead:killed`: what it leads with."""
    numbers: frozenset[str] = frozenset()
    """Of two or more digits, in ASCII, as many as there is room for."""
    lead_numbers: frozenset[str] | None = None
    """Those that stand in the sentence that it leads with, or before it; None where an older basewatch made it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text to recognise another telling of it; `crawler.stories` makes and compares them."""

    minima: bytes
    """128 numbers of 32 bits, big-endian."""
    pairs: int
    """Different pairs of neighbouring words in its body."""
    facts: frozenset[int] = frozenset()
    """Hashes of numbers and names, at most 64."""
    gist: Gist | None = None
    """None where it was not made: such an article is compared with those of its own language only."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `analyse` found in one material."""

    article: Article
    mentions: tuple[Mention, ...] = ()
    hits: tuple[Hit, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    settings_digest: str = ""
    """Which gazetteer, rules and residue decided it."""
    stances: tuple[Stance, ...] = ()
    new_groups: tuple[NewGroup, ...] = ()
    disabled: tuple[str, ...] = ()
    """Rules that were switched off, told when this article made the regular expression of one run away."""
    furniture_digest: str = ""
    """Which verdict on the outlet's furniture did; empty when nothing of it was known."""
    trace: Trace = NO_TRACE
    """What its page teaches of the outlet's furniture; empty for what is no page."""
    signature: Signature | None = None
    """None for what belongs to no story: it names nothing that is watched, or says too little."""
    costs: tuple[tuple[str, float], ...] = field(default=(), compare=False)
    """Rule and the seconds of CPU that it took, of those that were tried; two analyses that find the same are equal."""

    @property
    def severity(self) -> Severity | None:
        """The highest of its hits'."""
        order = ("info", "notice", "warning", "critical")
        return max((hit.severity for hit in self.hits), key=order.index, default=None)


# ── store → stream ───────────────────────────────────────────────────────────────────────────────


UpdateReason = Literal["edited", "upgraded", "replayed", "copied"]
"""Another text of the article; its whole text, where only the feed's could be had; the same text under other rules;
another article tells the same."""


@dataclass(frozen=True, slots=True)
class FormerHit:
    """What an alert told and is no longer found, in another text of the article or by other rules."""

    hit: Hit
    at: datetime
    """When it was found no more."""
    reason: UpdateReason
    settings_digest: str
    """The settings that found it."""
    capture: Capture | None = None
    """Where its offsets count."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What one article's hits tell people. This is what the stream carries, as JSON."""

    id: str
    """Stable: derived from the article's identity, so a repeat can be recognised."""
    outlet: str
    outlet_name: str
    title: str
    url: str
    published: datetime | None
    seen: datetime
    severity: Severity
    hits: tuple[Hit, ...]
    mentions: tuple[Mention, ...] = field(default=())
    """Those of title, description and body."""
    language: str = ""
    partial: bool = False
    capture: Capture | None = None
    settings_digest: str = ""
    replay: bool = False
    stances: tuple[Stance, ...] = ()
    new_groups: tuple[NewGroup, ...] = ()
    published_from: str = ""
    """Evidence for `published`: json-ld, meta, text, feed, htmldate, or update: only the last change is told."""
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    section: str = ""
    tags: tuple[str, ...] = ()
    canonical_url: str = ""
    image_url: str = ""
    truncated: bool = False
    """The page said that the rest is for subscribers."""
    story: str = ""
    """Id of the story that it belongs to, the same for all articles that tell it; empty when none was looked for."""
    former_hits: tuple[FormerHit, ...] = ()
    """Of rules that no longer fire, so that an alert explains itself whatever became of its article and the rules."""

    @property
    def grounds(self) -> tuple[Hit, ...]:
        """What it rests on: its hits, or where none is found any more, those that it was told for."""
        return self.hits or tuple(former.hit for former in self.former_hits)

    @property
    def rules(self) -> tuple[str, ...]:
        """That fire or once fired, each once."""
        fired = (*self.hits, *(former.hit for former in self.former_hits))
        return tuple(dict.fromkeys(hit.rule for hit in fired))


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article that tells a story."""

    outlet: str
    outlet_name: str
    title: str
    url: str
    seen: datetime
    published: datetime | None = None
    alert: str = ""
    """Id of its own alert; empty when it has none."""
    reason: str = ""
    """Why it belongs to the story, where that was not the likeness of its words: one line for people."""


@dataclass(frozen=True, slots=True)
class Update:
    """What has changed about an alert that was told before."""

    id: str
    """The alert's."""
    number: int
    """Of the entries about this alert: 2 is the first update."""
    reason: UpdateReason
    at: datetime
    tell: bool
    """People are to be told again: its severity rises, or an entity appears that they have not been told of."""
    severity: Severity
    """Of what this entry tells: the alert's, or that of a copy which weighs more."""
    severity_before: Severity
    alert: Alert
    """As it is now, whole."""
    title_before: str = ""
    new_entities: tuple[Mention, ...] = ()
    """The first mention of each."""
    new_hits: tuple[Hit, ...] = ()
    gone_hits: tuple[Hit, ...] = ()
    """Rules that fire no more, with what they rested on."""
    new_members: tuple[StoryMember, ...] = ()
    """Articles that tell the story too, since the last entry."""
    first_member: StoryMember | None = None
    """Who told the story first, as far as is known."""
    outlets: int = 1
    """How many outlets tell the story by now."""


@dataclass(frozen=True, slots=True)
class HealthNotice:
    """That a trouble begins or ends, as the stream tells it."""

    id: str
    """The same for its beginning and its end."""
    trouble: HealthKind
    subject: str
    """Source or outlet; empty for basewatch itself."""
    outlet: str
    """Slug of the outlet that it is about; empty for basewatch itself."""
    severity: Severity
    detail: str
    since: datetime
    ended_at: datetime | None = None
    """Null: it begins."""


EntryKind = Literal["alert", "update", "health"]
Entry = Alert | Update | HealthNotice
"""What the stream carries."""


# ── what the store is given and gives back ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source between polls. A row of `sources`."""

    name: str
    next_poll_at: datetime
    etag: str | None = None
    """Byte for byte as received, like last_modified."""
    last_modified: str | None = None
    body_digest: str | None = None
    """Of the last body that was read, and of the address that it was read at."""
    failures: int = 0
    """Failed polls in a row."""
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    memory: str = ""
    """What the reader of its kind noted for itself at the last poll; JSON that only that reader understands."""
    full_at: datetime | None = None
    """When it last answered with a body."""
    news_at: datetime | None = None
    """When it last brought something new."""
    empties: int = 0
    """Answers without a single item, in a row."""
    moved_to: str | None = None
    """Where its address redirects to for good: a change to propose."""
    rhythm: Rhythm = UNKNOWN_RHYTHM
    hints: FeedHints = NO_HINTS
    troubles: tuple[Trouble, ...] = ()
    """What is wrong with it since before now."""

    @property
    def has_validators(self) -> bool:
        """Is it asked conditionally, so that "not modified" may be an answer?"""
        return self.etag is not None or self.last_modified is not None


class PollVerdict(StrEnum):
    """What one poll brought."""

    CHANGED = "changed"
    NOT_MODIFIED = "not_modified"
    """304."""
    SAME_BODY = "same_body"
    """200 with the bytes of the last time."""
    EMPTY = "empty"
    """A feed or page without a single link; never mistaken for not modified."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of one source, for the ledger."""

    source: str
    outlet: str
    at: datetime
    verdict: PollVerdict
    status: int | None = None
    detail: str = ""
    """What was wrong, one line."""
    capped: int = 0
    """Items beyond what one poll reads: counted as new with the outcome capped, without rows of their own."""
    pruned: int = 0
    """Items that stand there byte for byte as at the last poll, which stored them: counted as known, not looked up."""


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A link with its identity, ready to be counted. `outcome` is set for links that need no fetch."""

    key: str
    """Canonical URL, or `guid:<source>:<guid>` where there is no usable URL: what makes two links the same."""
    link: Link
    outcome: Outcome | None = None
    detail: str = ""
    capture: Capture | None = None
    """Where the content of a complete link came from."""


@dataclass(frozen=True, slots=True)
class PollCount:
    """seen = known + new; repeats within one poll count as known."""

    poll_id: int
    seen: int
    known: int
    new: int
    fresh: int = 0
    """Those that this source lists for the first time, whoever listed them before."""
    compared: int = 0
    """Known links of this source that have a GUID, now and before."""
    reguided: int = 0
    """Those of them whose GUID is another one."""
    renamed: int = 0
    """New links that say what this source's latest links said under other addresses; counted where a list is new as a
    whole, and 0 elsewhere."""
    strays: int = 0
    """New links that nobody is to read, because they are out of scope: fresh, and no news."""

    @property
    def news(self) -> int:
        """What this source brings that is to be read."""
        return self.fresh - self.strays


@dataclass(frozen=True, slots=True)
class SummedPolls:
    """Old polls that were summed up by day in one go."""

    count: int
    is_left: bool
    """Whether there are more to be looked at."""


@dataclass(frozen=True, slots=True)
class PollEnd:
    """What follows from a poll for its source."""

    state: SourceState
    opened: tuple[Trouble, ...] = ()
    closed: tuple[HealthKind, ...] = ()
    before: SourceState | None = None
    """What the store holds of it, where that is known: then only the difference is written."""


RevisitReason = Literal["partial", "edited"]


class RevisitResult(StrEnum):
    """What a later visit to a link brought; exactly one in the end."""

    UPGRADED = "upgraded"
    """The page that could not be had came, and is a new revision."""
    REVISED = "revised"
    """The page has another text than before, and is a new revision."""
    UNCHANGED = "unchanged"
    """The page has the text that is known."""
    GIVEN_UP = "given_up"
    """The page could not be had this time either."""


@dataclass(frozen=True, slots=True)
class Revisit:
    """A later visit to a link that has its outcome. A row of `revisits` without a result."""

    id: int
    reason: RevisitReason
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class PendingLink:
    """A link that waits to be fetched. A row of `links` without an outcome."""

    id: int
    source: str
    outlet: str
    link: Link
    attempts: int = 0
    seen_at: datetime | None = None
    capture: Capture | None = None
    """The page that a complete link's content came from."""
    revisit: Revisit | None = None
    """Set when the link has its outcome and is visited again."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one source of an outlet another one carried: "the feed carried 40 of 57"."""

    outlet: str
    source: str
    """The one that is measured."""
    against: str
    """The one that it is measured by."""
    total: int
    """Links that `against` listed since both have been polled."""
    carried: int
    """How many of them `source` listed too."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The account of one source and day (or poll): seen = known + new, new = sum of outcomes + pending."""

    source: str
    day: str
    """ISO date, UTC, of the polls."""
    polls: int
    failed_polls: int
    seen: int
    known: int
    new: int
    pending: int
    outcomes: dict[Outcome, int]
    revisits: int = 0
    """Later visits to links of these polls, to pages that could not be had and to articles that were edited."""
    waiting: int = 0
    """Revisits that are still to be made."""
    results: dict[RevisitResult, int] = field(default_factory=dict)

    @property
    def closes(self) -> bool:
        """All three sums: seen = known + new, new = outcomes + pending, revisits = results + waiting."""
        return (
            self.seen == self.known + self.new
            and self.new == sum(self.outcomes.values()) + self.pending
            and self.revisits == sum(self.results.values()) + self.waiting
        )


@dataclass(frozen=True, slots=True)
class PollAccount:
    """One poll with the account of its links."""

    at: datetime
    verdict: PollVerdict
    status: int | None
    detail: str
    """What was wrong, or had no room, in one line."""
    account: LedgerRow


@dataclass(frozen=True, slots=True)
class Ending:
    """How a link ends when there is nothing better to say of it."""

    outcome: Outcome
    detail: str = ""
    """One line for the ledger."""
    revisit_at: datetime | None = None
    """When its page is to be asked for once more, though the link has ended."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a saved analysis."""

    outcome: Outcome
    alert_id: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An entry of the stream, to be published under this sequence number, and no other."""

    id: int
    sequence: int
    kind: EntryKind
    key: str
    """The same for every repeat of this entry, and of no other: an idempotency key."""
    alert_id: str
    """Of the alert or the trouble that it is about."""
    severity: Severity
    outlet: str
    story: str
    payload: str
    """The entry as JSON."""


@dataclass(frozen=True, slots=True)
class StreamMark:
    """By what the database knows the stream that it was published to."""

    identity: int
    """Of the database; the stream carries it as the name of a group."""
    last_published: int
    """The highest sequence number that is on the stream, if it is that one."""


@dataclass(frozen=True, slots=True)
class StoredHits:
    """What the store holds for one link that was analysed, for replay to compare with."""

    link: PendingLink
    """As it was when it was fetched; what the feed said of it was part of the material."""
    capture: Capture | None
    """The page; None where it could not be had and the feed's text was analysed in its place."""
    outcome: Outcome
    rules: frozenset[str]
    """Names of the rules whose hits are stored for its newest revision."""
    alerted: bool
    """Has its article ever been an alert?"""
    sentences: Mapping[str, str] = field(default_factory=dict)
    """Rule → the sentence of its stored hit."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Rule → the severity of its stored hit."""
    settings_digest: str = ""
    """Of its newest revision; empty where there is none."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """The text that an article had at its newest revision, for questions asked later."""

    id: int
    url: str
    seen_at: datetime
    article: Article


@dataclass(frozen=True, slots=True)
class SeenName:
    """A name that no list holds, where an article wrote it."""

    entity: str
    """Whose unlisted spelling it is; empty for a group that nobody knows."""
    text: str
    around: str
    """The whole text that it stands in."""
    start: int
    """Where in that text."""


@dataclass(frozen=True, slots=True)
class StoredUse:
    """What the articles of some time used of the gazetteer and the rules."""

    articles: int
    aliases: frozenset[tuple[str, str]]
    """Entity and spelling, as the gazetteer writes it."""
    rules: dict[str, int]
    """Rule → articles that it fired on."""
