"""All that the database is asked. One method is one transaction; SQLite and PostgreSQL answer alike."""

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import Connection, Engine

from crawler.archive.retention import Moved, Stays
from crawler.archive.verify import Row
from crawler.deliveries import Agenda, Briefing, ChannelCount, ChannelState, Delivery, Verdict
from crawler.drift import PageMeasure
from crawler.errors import StoreError
from crawler.extract.furniture import Furniture, LearnedBlock, OutletMemory
from crawler.fetch.urls import slot_of
from crawler.models import (
    Alert,
    Analysis,
    Capture,
    Coverage,
    Ending,
    LedgerRow,
    OutboxEntry,
    Outcome,
    PendingLink,
    Poll,
    PollAccount,
    PollCount,
    RevisitResult,
    Saved,
    SeenLink,
    SeenName,
    SourceState,
    StoredArticle,
    StoredHits,
    StoredUse,
    StoryMember,
    StreamMark,
    SummedPolls,
)
from crawler.search import Question
from crawler.signs import HealthEvent, HealthKind, Trouble
from crawler.store import (
    alerts,
    analyses,
    archived,
    coverage,
    deliveries,
    depths,
    drift,
    evidence,
    facts,
    furniture,
    health,
    hosts,
    latency,
    ledger,
    links,
    mutes,
    news,
    old_polls,
    outbox,
    polls,
    readers,
    replay,
    review,
    revisits,
    search,
    signatures,
    stories,
    texts,
    triage,
)
from crawler.store.depths import Depths
from crawler.store.engine import begin_read, begin_write, make_engine, translate_errors
from crawler.store.evidence import Evidence
from crawler.store.facts import Company, Fact
from crawler.store.links import Listed, list_links
from crawler.store.news import News
from crawler.store.search import FacetCounts, Facets, FoundArticle, FoundIds
from crawler.store.texts import StoredText
from crawler.store.version import bring_up_to_date
from crawler.timing import Latency
from crawler.triage import AlertFilter, AlertPage, Mute, MuteKind, TriagedAlert


class Store:
    """Raises StoreError only; then nothing of the transaction is kept. May be used from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._group = threading.local()
        self._signatures = signatures.SignatureIndex()

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect, migrate to the newest schema, refuse a newer one."""
        engine = make_engine(url)
        try:
            with translate_errors("open the database"):
                bring_up_to_date(engine)
        except StoreError:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def group(self) -> Iterator[None]:
        """Make what this thread writes inside one transaction: one commit for all of it, or nothing."""
        with translate_errors("commit"), self._begin_write() as connection:
            self._group.connection = connection
            try:
                yield
            finally:
                self._group.connection = None

    @contextmanager
    def _write(self, doing: str) -> Iterator[Connection]:
        with translate_errors(doing):
            if (joined := getattr(self._group, "connection", None)) is not None:
                yield joined
            else:
                with self._begin_write() as connection:
                    yield connection

    @contextmanager
    def _begin_write(self) -> Iterator[Connection]:
        connection = None
        try:
            with begin_write(self._engine) as connection:
                yield connection
        except BaseException:
            if connection is not None:
                self._signatures.undo(connection)
            raise

    @contextmanager
    def _read(self, doing: str) -> Iterator[Connection]:
        with translate_errors(doing):
            if (joined := getattr(self._group, "connection", None)) is not None:
                yield joined
            else:
                with begin_read(self._engine) as connection:
                    yield connection

    # sources and polls

    def add_sources(self, first_polls: dict[str, datetime]) -> None:
        """Make rows for sources that have none yet; known ones keep theirs."""
        with self._write("add sources") as connection:
            polls.add_sources(connection, first_polls)

    def watch_sources(self, first_polls: dict[str, datetime], now: datetime) -> None:
        """The same, and these are all: others are due no more until they are watched again, and nothing is wrong with
        them."""
        with self._write("watch sources") as connection:
            polls.add_sources(connection, first_polls)
            polls.retire_others(connection, first_polls, now)

    def hasten_sources(self, latest: dict[str, datetime]) -> None:
        """Poll sources at these times, unless they are due before."""
        with self._write("hasten sources") as connection:
            polls.hasten_sources(connection, latest)

    def heal_times(self, now: datetime) -> int:
        """After a clock that was ahead was set right: what waits for a time that it made up waits no more. How many
        sources and links that were."""
        with self._write("heal times") as connection:
            return polls.heal_times(connection, now)

    def lease_due(self, names: Collection[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        """Take sources of `names` whose time has come and that nobody holds; hold them for `lease`."""
        with self._read("find due sources") as connection:
            due = polls.read_due(connection, names, now)
        if not due:
            return []
        with self._write("lease sources") as connection:
            return polls.lease_sources(connection, due, now, limit, lease)

    def lease_due_here(
        self, hosts_of: Mapping[str, str], claim: hosts.Claim, now: datetime, limit: int, lease: timedelta
    ) -> list[SourceState]:
        """The same where several workers poll: only sources whose host nobody else asks, and their hosts with them.
        `hosts_of` is name → host."""
        with self._read("find due sources") as connection:
            elsewhere: set[str] = set(connection.scalars(hosts.select_others(claim.worker, now)))
            due = polls.read_due(connection, hosts_of.keys(), now)
        due = [name for name in due if hosts_of[name] not in elsewhere][:limit]
        if not due:
            return []
        with self._write("lease sources") as connection:
            ours = hosts.lease_hosts(connection, [hosts_of[name] for name in due], claim, now)
            return polls.lease_sources(connection, [name for name in due if hosts_of[name] in ours], now, limit, lease)

    def save_poll(self, poll: Poll, links: Sequence[SeenLink], end: SourceState | polls.EndPoll) -> PollCount:
        """Links first, then the poll's account, then what the source's row is to remember, or what makes that of the
        account, with the troubles that begin and end, in one transaction; ends the lease."""
        return self.save_last(poll, list_links(links), end)

    def save_portion(self, poll: Poll, portion: Listed, begun: PollCount | None) -> PollCount:
        """Some links of a poll that has too many for one transaction; the account closes after each portion. What all
        that are stored of it come to, for the next one."""
        with self._write(f"save links of {poll.source}") as connection:
            return polls.save_portion(connection, poll, portion, begun)

    def save_last(
        self, poll: Poll, last: Listed, end: SourceState | polls.EndPoll, begun: PollCount | None = None
    ) -> PollCount:
        """As `save_poll`, after the portions that were `begun` with."""
        with self._write(f"save the poll of {poll.source}") as connection:
            return polls.save_poll(connection, poll, last, end, begun)

    def end_leases(self) -> None:
        """Free every source; for whoever knows that nobody else polls."""
        with self._write("end leases") as connection:
            polls.end_leases(connection)
            hosts.end_leases(connection)

    def sum_old_polls(self, before: datetime) -> SummedPolls:
        """Of some of the polls made before then keep their day's sums only; again until nothing is left."""
        with self._write("sum up old polls") as connection:
            return old_polls.sum_old_polls(connection, before)

    def read_states(self) -> list[SourceState]:
        """All sources that were ever watched, by name."""
        with self._read("read sources") as connection:
            return polls.read_states(connection)

    # links

    def read_pending(
        self, now: datetime, limit: int, without: Collection[int] = (), per_outlet: int | None = None
    ) -> list[PendingLink]:
        """Links without outcome whose next try has come, the longest due first. With `per_outlet` the first of each
        outlet, then the second of each and so on, at least that many, so that no backlogs hide the others'. Where there
        is room left, later visits to links that have their outcome; with `per_outlet` that many whether or not."""
        with self._read("read pending links") as connection:
            waiting = links.read_pending(connection, now, limit, without, per_outlet)
            if left := max(limit - len(waiting), per_outlet or 0):
                waiting += revisits.read_revisits(connection, now, left, without)
            return waiting

    def read_past(self, source: str, now: datetime, limit: int, without: Collection[int] = ()) -> list[PendingLink]:
        """Links of one source alone: those of a backfill, which `read_pending` leaves out."""
        with self._read("read links of the past") as connection:
            return links.read_pending(connection, now, limit, without, None, source=source)

    def lease_pending(
        self, claim: hosts.Claim, now: datetime, limit: int, without: Collection[int], per_outlet: int
    ) -> list[PendingLink]:
        """The same where several workers fetch: only links on hosts that nobody else asks, and their hosts with
        them."""
        with self._write("lease pending links") as connection:
            others = hosts.select_others(claim.worker, now)

            def read() -> list[PendingLink]:
                waiting = links.read_pending(connection, now, limit, without, per_outlet, others)
                left = max(limit - len(waiting), per_outlet)
                return waiting + revisits.read_revisits(connection, now, left, without, others)

            seen = read()
            ours = hosts.lease_hosts(connection, [slot_of(each.link.url) for each in seen], claim, now)
            # once more: who held a host until this moment may have ended its links since they were read
            return [each for each in read() if slot_of(each.link.url) in ours] if ours else []

    def lease_hosts(self, wanted: Collection[str], claim: hosts.Claim, now: datetime) -> set[str]:
        """Those that nobody else holds; they are held now."""
        with self._write("lease hosts") as connection:
            return hosts.lease_hosts(connection, wanted, claim, now)

    def has_guests(self, now: datetime) -> bool:
        """Does a backfill ask hosts?"""
        with self._read("look for guests") as connection:
            return hosts.has_guests(connection, now)

    def renew_leases(
        self, worker: str, until: Mapping[str, datetime], names: Collection[str], source_until: datetime
    ) -> None:
        """Hold hosts until then, unless another worker has taken them over, and sources that are being polled."""
        with self._write("renew leases") as connection:
            hosts.renew_leases(connection, worker, until, names, source_until)

    def release_leases(self, worker: str, resting: Collection[str], at: datetime) -> None:
        """Give back hosts that a worker holds, but for those that are to be left alone for longer anyway."""
        with self._write("release leases") as connection:
            hosts.release_leases(connection, worker, resting, at)
            hosts.forget_hosts(connection, at - timedelta(days=1))

    def read_outcomes(self, since: datetime) -> dict[str, Outcome]:
        """URL as the outlet gave it → how it ended, of links that ended since then."""
        with self._read("read outcomes") as connection:
            return links.read_outcomes(connection, since)

    def save_outcome(
        self,
        link_id: int,
        outcome: Outcome,
        now: datetime,
        detail: str = "",
        capture: Capture | None = None,
        *,
        revisit_at: datetime | None = None,
    ) -> None:
        """End a link, and plan a later visit to its page. A link that has an outcome keeps it."""
        with self._write(f"end link {link_id}") as connection:
            if links.end_link(connection, link_id, Ending(outcome, detail, revisit_at), now) and capture:
                links.save_capture(connection, link_id, capture)

    def save_retry(self, link_id: int, next_try_at: datetime, detail: str, *, counts: bool = True) -> None:
        """Count one attempt and wait."""
        with self._write(f"put off link {link_id}") as connection:
            links.save_retry(connection, link_id, next_try_at, detail, counts=counts)

    def save_analysis(
        self,
        link: PendingLink,
        analysis: Analysis,
        now: datetime,
        *,
        outlet_name: str,
        capture: Capture | None = None,
        otherwise: Outcome = Outcome.NO_HIT,
        detail: str = "",
        revisit_at: datetime | None = None,
    ) -> Saved:
        """Article revision, mentions, hits, alert, outbox row and the link's outcome, all or nothing.

        The outcome is hit when there are hits that no alert on the same text has told, else duplicate when a known
        article has the same text, else `otherwise` (no_hit, or what kept the page away when the feed's text was
        analysed instead). Saving the same link twice changes nothing and returns what was saved first.
        """
        with self._write(f"save the article of link {link.id}") as connection:
            return analyses.save_analysis(
                connection,
                self._signatures,
                link.id,
                analysis,
                now,
                outlet_name=outlet_name,
                capture=capture,
                otherwise=Ending(otherwise, detail, revisit_at),
            )

    # later visits

    def save_revision(
        self, link: PendingLink, analysis: Analysis, now: datetime, *, outlet_name: str, capture: Capture | None
    ) -> Saved:
        """What a later visit found: a new revision unless the text is known, and an alert if the link had none. A page
        that could not be had before decides the link's outcome anew; what was told as a hit stays one. The result
        names an alert only when this call raised it."""
        with self._write(f"save a revision of link {link.id}") as connection:
            return revisits.save_revision(
                connection, self._signatures, link, analysis, now, outlet_name=outlet_name, capture=capture
            )

    def save_revisit(
        self, link: PendingLink, result: RevisitResult, now: datetime, detail: str = "", capture: Capture | None = None
    ) -> None:
        """End a later visit that found nothing new. The link's outcome stays."""
        with self._write(f"end the visit to link {link.id}") as connection:
            revisits.end_revisit(connection, link, result, now, detail=detail, capture=capture)

    def put_off_revisit(self, link: PendingLink, next_try_at: datetime, detail: str) -> None:
        """Count one attempt of a later visit and wait."""
        with self._write(f"put off the visit to link {link.id}") as connection:
            revisits.put_off_revisit(connection, link, next_try_at, detail)

    # health

    def open_event(self, trouble: Trouble, since: datetime, subject: str = "") -> bool:
        """A trouble begins; False when it has begun already."""
        with self._write("store a health event") as connection:
            return health.open_event(connection, trouble, subject, since)

    def close_event(self, kind: HealthKind, now: datetime, subject: str = "") -> bool:
        """A trouble ends; False when there is none."""
        with self._write("store a health event") as connection:
            return health.close_event(connection, kind, subject, now)

    def read_events(self, ended_since: datetime | None = None) -> list[HealthEvent]:
        """What is open now, and what ended since then; the oldest first."""
        with self._read("read health events") as connection:
            return health.read_events(connection, ended_since)

    def count_ticks(self, counts: dict[str, int]) -> None:
        """Add to the daemon's missed, overrun and failed ticks, by name."""
        with self._write("count ticks") as connection:
            health.count_ticks(connection, counts)

    def read_ticks(self) -> dict[str, int]:
        """How often which tick of the daemon went wrong, ever."""
        with self._read("read ticks") as connection:
            return health.read_ticks(connection)

    def read_outlets(self, since: datetime) -> list[str]:
        """Outlets of which a link ended since then."""
        with self._read("read outlets") as connection:
            return drift.read_outlets(connection, since)

    def read_measures(self, outlet: str, until: datetime, limit: int) -> list[PageMeasure]:
        """What became of the newest pages of an outlet before then, the newest first."""
        with self._read("measure pages") as connection:
            return drift.read_measures(connection, outlet, until, limit)

    # furniture

    def read_furniture(self, outlet: str) -> Furniture:
        """What is known to stand around its articles; for the worker that reads its next page."""
        with self._read("read the furniture of an outlet") as connection:
            return furniture.read_furniture(connection, outlet)

    def read_memory(self, outlet: str) -> OutletMemory:
        """Everything that was learned of its pages."""
        with self._read("read the memory of an outlet") as connection:
            return furniture.read_memory(connection, outlet)

    def decide_block(self, outlet: str, key: str, verdict: str, now: datetime) -> LearnedBlock:
        """`keep` or `cut` a block that `read_memory` knows, for good; empty leaves it to what is learned."""
        with self._write("decide on furniture") as connection:
            return furniture.decide_block(connection, outlet, key, verdict, now)

    # accounts

    def read_ledger(self, since: datetime, until: datetime, source: str | None = None) -> list[LedgerRow]:
        """One account for each day and source with polls in [since, until)."""
        with self._read("read the ledger") as connection:
            return ledger.read_ledger(connection, since, until, source)

    def read_polls(self, since: datetime, until: datetime, limit: int, source: str | None = None) -> list[PollAccount]:
        """The last polls in [since, until), one by one, the newest first."""
        with self._read("read the polls") as connection:
            return ledger.read_polls(connection, since, until, source, limit)

    def read_coverage(self, since: datetime, among: Sequence[str] = ()) -> list[Coverage]:
        """For each two sources of an outlet, how much one carried of what the other listed since then; of all outlets,
        or of one whose sources are named."""
        with self._read("read coverage") as connection:
            return coverage.read_coverage(connection, since, among)

    def read_depths(self) -> Depths:
        """How much waits, and where."""
        with self._read("count what waits") as connection:
            return depths.read_depths(connection)

    def read_latency(self, since: datetime, source: str | None = None) -> tuple[Latency, ...]:
        """How long what was seen since then took from stage to stage."""
        with self._read("read latencies") as connection:
            return latency.read_latency(connection, since, source)

    def read_drops(self, since: datetime, source: str, most: int = 20) -> list[tuple[Outcome, str, int]]:
        """Why links of a source became no article: outcome, reason, count."""
        with self._read("read what was dropped") as connection:
            return latency.read_drops(connection, since, source, most)

    def read_alerts(self, limit: int = 50, since: datetime | None = None) -> list[Alert]:
        """Newest first; `since` is when they were raised."""
        with self._read("read alerts") as connection:
            return alerts.read_alerts(connection, limit, since)

    # alerts as people see them

    def read_page(self, wanted: AlertFilter, now: datetime, *, limit: int = 50, before: int | None = None) -> AlertPage:
        """The newest alerts that match, with what was done with them; `before` is the last page's `next_before`."""
        with self._read("read alerts") as connection:
            return triage.read_page(connection, wanted, now, limit=limit, before=before)

    def read_alert(self, alert_id: str, now: datetime) -> TriagedAlert | None:
        with self._read("read an alert") as connection:
            return triage.read_one(connection, alert_id, now)

    def find_alerts(self, beginning: str) -> list[str]:
        """Ids that begin so, at most two: none, the one that is meant, or too little of it."""
        with self._read("find an alert") as connection:
            return triage.find_ids(connection, beginning)

    def find_stories(self, beginning: str) -> list[str]:
        """Likewise of stories."""
        with self._read("find a story") as connection:
            return triage.find_stories(connection, beginning)

    def read_evidence(self, alert_id: str) -> Evidence:
        """All that is stored about an alert that there is."""
        with self._read("read the evidence of an alert") as connection:
            return evidence.read_evidence(connection, alert_id)

    def read_texts(self, alert_id: str, most: int = 20) -> tuple[StoredText, ...]:
        """The newest revisions of an alert's article, whole, the oldest of them first; none for an unknown alert."""
        with self._read("read the texts of an alert") as connection:
            return texts.read_texts(connection, alert_id, most)

    def read_news(self, after: int, limit: int = 200) -> list[News]:
        """What was told of alerts since the entry `after`, in the order of the ids."""
        with self._read("look for news") as connection:
            return news.read_news(connection, after, limit)

    def read_newest(self) -> int:
        """Where to begin with `read_news` to be told of what comes from now on."""
        with self._read("look for news") as connection:
            return news.read_newest(connection)

    def read_link_captures(self, alert_id: str) -> tuple[evidence.StoredCapture, ...]:
        """Every answer that was archived for an alert's link."""
        with self._read("read captures of an alert") as connection:
            return evidence.read_link_captures(connection, alert_id)

    def ack_alerts(self, ids: Sequence[str], now: datetime, by: str, note: str = "") -> None:
        """Somebody has seen to them; the note, if any, is written beside each."""
        with self._write("acknowledge alerts") as connection:
            triage.ack_alerts(connection, ids, now, by)
            if note:
                for alert_id in ids:
                    triage.add_note(connection, alert_id, now, by, note)

    def add_note(self, alert_id: str, now: datetime, by: str, words: str) -> None:
        with self._write("write a note") as connection:
            triage.add_note(connection, alert_id, now, by, words)

    def add_mute(
        self,
        kind: MuteKind,
        value: str,
        now: datetime,
        *,
        by: str,
        until: datetime | None = None,
        reason: str = "",
        even_critical: bool = False,
    ) -> Mute:
        """Tell nobody of what it covers. Nothing is dropped."""
        with self._write("mute") as connection:
            return mutes.add_mute(
                connection, kind, value, now, until=until, by=by, reason=reason, even_critical=even_critical
            )

    def end_mute(self, mute_id: int, now: datetime) -> bool:
        """False when none of this number holds."""
        with self._write("end a mute") as connection:
            return mutes.end_mute(connection, mute_id, now)

    def read_mutes(self, now: datetime | None) -> list[Mute]:
        """Those that hold now, or with None all that ever did; the oldest first."""
        with self._read("read mutes") as connection:
            return mutes.read_mutes(connection, now)

    # stories

    def read_members(self, story: str) -> list[StoryMember]:
        """Articles that tell it, in the order in which they came."""
        with self._read("read a story") as connection:
            return [member for _, member in stories.read_members(connection, story)]

    def read_stories(self, names: Sequence[str]) -> dict[str, list[StoryMember]]:
        """The same of several."""
        with self._read("read stories") as connection:
            return stories.read_stories(connection, names)

    def forget_signatures(self, before: datetime, limit: int = 500) -> int:
        """Of articles that came before then: later ones begin stories of their own. How many; fewer than `limit` when
        no more are left."""
        with self._write("forget signatures") as connection:
            return signatures.forget_signatures(connection, self._signatures, before, limit)

    # outbox

    def take_unpublished(self, limit: int) -> list[OutboxEntry]:
        """Oldest unpublished rows in order, each with its sequence number: given once, kept for ever."""
        with self._read("look into the outbox") as connection:
            if not outbox.has_unnumbered(connection):
                return outbox.read_numbered(connection, limit)
        with self._write("number the outbox") as connection:
            outbox.number_rows(connection, limit)
            return outbox.read_numbered(connection, limit)

    def mark_published(self, outbox_ids: Sequence[int], now: datetime) -> list[datetime]:
        """They are on the stream; the rows stay. When those that were not marked yet were written."""
        with self._write("mark as published") as connection:
            return outbox.mark_published(connection, outbox_ids, now)

    def raise_sequence(self, above: int) -> None:
        """Give every unpublished row a new number greater than `above`: a foreign entry has taken the old ones."""
        with self._write("number the outbox anew") as connection:
            outbox.raise_sequence(connection, above)

    # channels and deliveries

    def watch_channels(self, names: Collection[str], now: datetime) -> list[ChannelState]:
        """Note which channels there are; a new one is told what is published from now on. All that were ever known."""
        with self._write("watch channels") as connection:
            return deliveries.watch_channels(connection, names, now)

    def read_channels(self) -> list[ChannelState]:
        """All channels that were ever known, by name."""
        with self._read("read channels") as connection:
            return deliveries.read_channels(connection)

    def read_briefing(self, channel: str, keys: Sequence[str], now: datetime) -> Briefing:
        """What decides about the entries with these keys. What the outbox does not have is left out."""
        with self._read("read a briefing") as connection:
            return deliveries.read_briefing(connection, channel, keys, now)

    def save_verdicts(self, channel: str, verdicts: Sequence[Verdict], now: datetime) -> None:
        """What a channel does with entries that are new to it; one that it has already stays as it is."""
        with self._write(f"take entries for {channel}") as connection:
            deliveries.save_verdicts(connection, channel, verdicts, now)

    def read_due(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        """What is to be sent now: what was begun first, then the longest due."""
        with self._read(f"read what {channel} is owed") as connection:
            return deliveries.read_due(connection, channel, now, limit)

    def read_message(self, channel: str, message: str) -> list[Delivery]:
        """What one message carries, of that which is still to be sent."""
        with self._read(f"read a message for {channel}") as connection:
            return deliveries.read_message(connection, channel, message)

    def read_agenda(self, channel: str, now: datetime, limit: int) -> Agenda:
        """What decides what a channel does next."""
        with self._read(f"read what {channel} is owed") as connection:
            return deliveries.read_agenda(connection, channel, now, limit)

    def read_sent_times(self, channel: str, since: datetime) -> list[datetime]:
        """When each message since then was sent, in order."""
        with self._read(f"read what {channel} was sent") as connection:
            return deliveries.read_sent_times(connection, channel, since)

    def read_dead(self, channel: str | None = None) -> list[tuple[str, Delivery]]:
        """Channel and dead letter, the newest first."""
        with self._read("read dead letters") as connection:
            return deliveries.read_dead(connection, channel)

    def count_deliveries(self) -> list[ChannelCount]:
        """How many there are of each channel and state."""
        with self._read("count deliveries") as connection:
            return deliveries.count_deliveries(connection)

    def assign_message(self, ids: Sequence[int], message: str) -> None:
        """From now on they are told together, under this key."""
        with self._write("make a message") as connection:
            deliveries.assign_message(connection, ids, message)

    def begin_alone(self, ids: Sequence[int]) -> None:
        """From now on each is a message of its own, under its own key."""
        with self._write("begin messages") as connection:
            deliveries.begin_alone(connection, ids)

    def hold_back(self, ids: Sequence[int], until: datetime) -> None:
        """Keep them until then."""
        with self._write("hold deliveries back") as connection:
            deliveries.hold_back(connection, ids, until)

    def heal_waits(self, channel: str, latest: datetime, now: datetime) -> None:
        """What the channel was to wait for beyond `latest`, by a clock that was ahead, is due now."""
        with self._write(f"heal the waits of {channel}") as connection:
            deliveries.heal_waits(connection, channel, latest, now)

    def save_sent(self, channel: str, ids: Sequence[int], now: datetime) -> list[datetime]:
        """They have arrived. When they were queued."""
        with self._write(f"mark as sent to {channel}") as connection:
            return deliveries.save_sent(connection, channel, ids, now)

    def save_failure(
        self, channel: str, ids: Sequence[int], error: str, next_try_at: datetime, pause: datetime | None
    ) -> None:
        """A try failed; they wait for the next one, and the whole channel until `pause`."""
        with self._write(f"put off deliveries to {channel}") as connection:
            deliveries.save_failure(connection, channel, ids, error, next_try_at, pause)

    def save_dead(self, channel: str, ids: Sequence[int], error: str) -> None:
        """They are given up, until somebody redrives them."""
        with self._write(f"give up deliveries to {channel}") as connection:
            deliveries.save_dead(connection, channel, ids, error)

    def read_earlier(self, channel: str, since: datetime, limit: int) -> list[str]:
        """Keys of what was published since then and the channel was never given, the first ones."""
        with self._read(f"read what came before {channel}") as connection:
            return deliveries.read_earlier(connection, channel, since, limit)

    def dismiss(self, channel: str | None, keys: Collection[str], by: str) -> int:
        """Owe dead letters to nobody any more, chosen as for `redrive`. How many."""
        with self._write("dismiss dead letters") as connection:
            return deliveries.dismiss(connection, channel, keys, by)

    def redrive(self, channel: str | None, keys: Collection[str], now: datetime) -> int:
        """Queue dead letters anew: those of a channel, or of all; only these keys, or whichever. How many."""
        with self._write("redrive dead letters") as connection:
            return deliveries.redrive(connection, channel, keys, now)

    # the stream, should Redis lose it

    def read_stream_mark(self) -> StreamMark | None:
        """How to know the stream that was published to; None when none has been marked yet."""
        with self._read("read the stream's mark") as connection:
            identity = readers.read_identity(connection)
            return None if identity is None else StreamMark(identity, readers.read_last_published(connection))

    def make_stream_mark(self) -> StreamMark:
        """The same for ever once it has been made."""
        with self._write("make the stream's mark") as connection:
            return StreamMark(readers.make_identity(connection), readers.read_last_published(connection))

    def read_unfinished(self, finished: int | None, above: int, limit: int) -> list[OutboxEntry]:
        """What was published under numbers above `above` and has not reached every channel, in order; and whatever
        has a number above `finished`, up to which foreign readers have finished."""
        with self._read("read what is unfinished") as connection:
            return readers.read_unfinished(connection, finished, above, limit)

    def renew_published(self, outbox_ids: Sequence[int]) -> None:
        """They are to be published again, under new numbers."""
        with self._write("publish again") as connection:
            readers.renew_rows(connection, outbox_ids)

    def read_readers(self) -> dict[str, int]:
        """Each consumer group known, with the sequence up to which it has finished everything."""
        with self._read("read who reads") as connection:
            return readers.read_readers(connection)

    def save_readers(self, finished: Mapping[str, int]) -> None:
        """These groups are there, and no others."""
        with self._write("save who reads") as connection:
            readers.save_readers(connection, finished)

    def read_oldest_unfinished(self, finished: int) -> datetime | None:
        """When the first entry above that number was published."""
        with self._read("look for the oldest entry") as connection:
            return readers.read_oldest_unfinished(connection, finished)

    def read_dispensable(self, keep: int) -> int:
        """The sequence up to which the stream may be trimmed, `keep` published entries and all others left alone."""
        with self._read("look for what can be trimmed") as connection:
            return readers.read_dispensable(connection, keep)

    # replay

    # the archive's index

    def read_rows(self, file: str) -> list[Row]:
        with self._read("read the rows of a file") as connection:
            return archived.read_rows(connection, file)

    def count_rows(self) -> dict[str, int]:
        """File of the archive → captures that lie in it."""
        with self._read("count captures") as connection:
            return archived.count_rows(connection)

    def count_pages(self) -> tuple[Counter[tuple[str, date]], int]:
        """Pages in the archive by outlet and day, and how many were pruned."""
        with self._read("count pages") as connection:
            return archived.count_pages(connection)

    def read_stays(self, file: str, *, keep_hits: bool) -> Stays:
        """What of a file of the archive is to be kept."""
        with self._read("read what is kept") as connection:
            return archived.read_stays(connection, file, keep_hits=keep_hits)

    def save_pruned(self, file: str, successor: str, moved: Mapping[int, Moved], now: datetime) -> int:
        """Say where the records of a file lie now, and which are gone; how many of the latter."""
        with self._write("prune captures") as connection:
            return archived.save_pruned(connection, file, successor, moved, now)

    def read_captures(self, selection: replay.Selection = replay.EVERYTHING) -> list[StoredHits]:
        """Every captured page of a link that has its outcome, by file and offset."""
        with self._read("read captures") as connection:
            return replay.read_captures(connection, selection)

    def find_places(self, pages: Sequence[StoredHits]) -> list[StoredHits]:
        """Pages to be replayed as they lie in the archive now; those that were pruned are left out."""
        with self._read("find places") as connection:
            return replay.find_places(connection, pages)

    def count_pruned(self, selection: replay.Selection = replay.EVERYTHING) -> int:
        """Pages of links that have their outcome which are no longer in the archive."""
        with self._read("count pruned pages") as connection:
            return replay.count_pruned(connection, selection)

    def save_replay(
        self, link_id: int, analysis: Analysis, now: datetime, *, outlet_name: str, capture: Capture | None, alert: bool
    ) -> Saved:
        """Store a new revision with its hits, unless the newest says the same; with `alert`, an alert marked as replay
        if the link had none. The result names an alert only when this call raised it."""
        with self._write(f"save the replay of link {link_id}") as connection:
            return replay.save_replay(
                connection,
                self._signatures,
                link_id,
                analysis,
                now,
                outlet_name=outlet_name,
                capture=capture,
                alert=alert,
            )

    # searching

    def search_articles(
        self, question: Question, facets: Facets, *, by_rank: bool = False, before: int | None = None
    ) -> FoundIds:
        """Ids of the newest articles that answer, the newest first or, `by_rank`, the best first. Raises StoreError
        where SQLite has no FTS5."""
        with self._read("search") as connection:
            if not search.has_index(connection):
                raise StoreError("this SQLite was built without FTS5, which search needs")
            return search.find_ids(connection, question, facets, by_rank=by_rank, before=before)

    def count_facets(self, ids: Sequence[int]) -> FacetCounts:
        """What those articles have."""
        with self._read("count what was found") as connection:
            return search.count_facets(connection, ids)

    def read_found(self, ids: Sequence[int]) -> list[FoundArticle]:
        """Those articles, in that order."""
        with self._read("read what was found") as connection:
            return search.read_found(connection, ids)

    # counting

    def count_days(
        self, kind: str, names: Sequence[str], since: str, chosen: Sequence[Fact]
    ) -> dict[str, dict[str, int]]:
        """Name → day → articles with hits, from the ISO day `since` on, that have all of `chosen`."""
        with self._read("count hits by day") as connection:
            return facts.count_days(connection, kind, names, since, chosen)

    def count_hits(self, since: str, chosen: Sequence[Fact]) -> dict[str, int]:
        """Day → articles with hits that have all of `chosen`."""
        with self._read("count hits") as connection:
            return facts.count_hits(connection, since, chosen)

    def rank_names(self, kind: str, since: str, chosen: Sequence[Fact], until: str = facts.LAST_DAY) -> dict[str, int]:
        """Name → articles with hits that have all of `chosen`, the most frequent first."""
        with self._read("count hits by name") as connection:
            return facts.rank_names(connection, kind, since, chosen, until)

    def rank_days(
        self, kind: str, since: str, chosen: Sequence[Fact], most: int
    ) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """Both: `rank_names`, and `count_days` of the `most` frequent names."""
        with self._read("count hits by name and day") as connection:
            return facts.rank_days(connection, kind, since, chosen, most)

    def find_hits(self, since: str, until: str, chosen: Sequence[Fact], limit: int) -> list[FoundArticle]:
        """Articles with hits that have all of `chosen`, seen from one ISO day to another, the newest first."""
        with self._read("read the hits of a day") as connection:
            return search.read_found(connection, facts.find_hits(connection, since, until, chosen, limit))

    def count_names(self, kind: str, names: Sequence[str], since: str) -> dict[str, int]:
        """Articles of each name since that ISO day."""
        with self._read("count articles by name") as connection:
            return facts.count_names(connection, kind, names, since)

    def read_timeline(self, kind: str, name: str, since: str) -> dict[str, int]:
        """Day → articles of a name."""
        with self._read(f"count the articles of {name}") as connection:
            return facts.read_timeline(connection, kind, name, since)

    def read_last_days(self, kind: str, names: Sequence[str]) -> dict[str, str]:
        """Name → the last day that has an article of it."""
        with self._read("look for last days") as connection:
            return facts.read_last_days(connection, kind, names)

    def list_ids(self, kind: str, name: str, limit: int) -> list[int]:
        """The newest articles of a name, for `read_found`."""
        with self._read(f"list the articles of {name}") as connection:
            return facts.list_ids(connection, kind, name, limit)

    def read_company(self, entity: str) -> Company:
        """What the newest articles that mention an entity say of it."""
        with self._read(f"read what is said of {entity}") as connection:
            return facts.read_company(connection, entity)

    def save_past(
        self,
        link: PendingLink,
        analysis: Analysis,
        now: datetime,
        *,
        outlet_name: str,
        capture: Capture | None,
        otherwise: Ending,
        alert: bool,
    ) -> Saved:
        """The same for a page that a backfill fetched, and its link's outcome."""
        with self._write(f"save the past of link {link.id}") as connection:
            saved = replay.save_replay(
                connection,
                self._signatures,
                link.id,
                analysis,
                now,
                outlet_name=outlet_name,
                capture=capture,
                alert=alert,
            )
            outcome = saved.outcome if analysis.hits else otherwise.outcome
            links.end_link(connection, link.id, Ending(outcome, otherwise.detail), now)
            return replace(saved, outcome=outcome)

    # questions asked later

    def read_latest(self, since: str, until: str, before: StoredArticle | None, limit: int) -> list[StoredArticle]:
        """Newest revisions seen between two ISO days, both included, the newest first, from what follows `before`;
        repeats of a text are left out."""
        with self._read("read articles") as connection:
            return review.read_latest(connection, since, until, before, limit)

    def read_articles(self, since: datetime, after: int = 0, limit: int = 200) -> list[StoredArticle]:
        """Newest revisions of what was seen since then, by id from above `after`; repeats of a text are left out."""
        with self._read("read articles") as connection:
            return review.read_articles(connection, since, after, limit)

    def read_unlisted(self, since: datetime) -> tuple[list[SeenName], list[SeenName]]:
        """Guessed spellings, and names of groups that the gazetteer did not know, in what was seen since then."""
        with self._read("read unlisted names") as connection:
            return review.read_variants(connection, since), review.read_new_groups(connection, since)

    def read_use(self, since: datetime) -> StoredUse:
        """Which spellings and rules the articles seen since then rested on."""
        with self._read("read what was used") as connection:
            return review.read_use(connection, since)
