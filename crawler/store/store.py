"""All queries. One method is one transaction; SQLite and PostgreSQL answer alike."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Self

from crawler.models import (
    Alert,
    Analysis,
    Capture,
    LedgerRow,
    Outcome,
    OutboxEntry,
    PendingLink,
    Poll,
    PollCount,
    Saved,
    SeenLink,
    SourceState,
    StoredHits,
)


class Store:
    """Contract; raises StoreError only."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect, migrate to the newest schema, refuse a newer one."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    # sources and polls

    def add_sources(self, first_polls: dict[str, datetime]) -> None:
        """Make rows for sources that have none yet; known ones keep theirs."""
        raise NotImplementedError

    def lease_due(self, names: Collection[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        """Take sources of `names` whose time has come and that nobody holds; hold them for `lease`."""
        raise NotImplementedError

    def save_poll(self, poll: Poll, links: Sequence[SeenLink], state: SourceState) -> PollCount:
        """Links first, then the ledger row, then the source's validators and next time, in one transaction; ends the lease."""
        raise NotImplementedError

    # links

    def read_pending(self, now: datetime, limit: int, without: Collection[int] = ()) -> list[PendingLink]:
        """Links without outcome whose next try has come, oldest first."""
        raise NotImplementedError

    def save_outcome(
        self, link_id: int, outcome: Outcome, now: datetime, detail: str = "", capture: Capture | None = None
    ) -> None:
        """End a link. A link that has an outcome keeps it."""
        raise NotImplementedError

    def save_retry(self, link_id: int, next_try_at: datetime, detail: str) -> None:
        """Count one attempt and wait."""
        raise NotImplementedError

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
    ) -> Saved:
        """Article revision, mentions, hits, alert, outbox row and the link's outcome, all or nothing.

        The outcome is hit when there are hits, duplicate when a known article has the same text, else `otherwise`
        (no_hit, or what kept the page away when the feed's text was analysed instead). Saving the same link twice
        changes nothing and returns what was saved first.
        """
        raise NotImplementedError

    # accounts

    def read_ledger(self, since: datetime, until: datetime, source: str | None = None) -> list[LedgerRow]:
        raise NotImplementedError

    def read_alerts(self, limit: int = 50, since: datetime | None = None) -> list[Alert]:
        """Newest first."""
        raise NotImplementedError

    # outbox

    def take_unpublished(self, limit: int) -> list[OutboxEntry]:
        """Oldest unpublished rows in order, each with its sequence number: given once, kept for ever."""
        raise NotImplementedError

    def mark_published(self, outbox_ids: Sequence[int], now: datetime) -> None:
        raise NotImplementedError

    def raise_sequence(self, above: int) -> None:
        """Give every unpublished row a new number greater than `above`: a foreign entry has taken the old ones."""
        raise NotImplementedError

    # replay

    def read_captures(self, since: datetime | None = None, until: datetime | None = None) -> list[StoredHits]:
        """Every capture of a link that was analysed, by file and offset."""
        raise NotImplementedError

    def save_replay(
        self, link_id: int, analysis: Analysis, now: datetime, *, outlet_name: str, capture: Capture, alert: bool
    ) -> Saved:
        """Store a new revision with its hits; with `alert`, an alert marked as replay if the article had none."""
        raise NotImplementedError
