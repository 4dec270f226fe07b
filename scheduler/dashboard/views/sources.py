"""How each source is: what it should bring, what it brought, and what became of that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.fetch.cadence import hourly_rates, is_known
from crawler.fetch.suspicion import FAILING_AFTER
from crawler.models import Coverage, LedgerRow, Outcome, SourceState
from crawler.signs import HealthEvent, Trouble
from crawler.timing import Latency
from scheduler.dashboard.window import Window
from settings.model import Settings, Source, format_every

_NEVER = datetime.min.replace(tzinfo=UTC)
LEDGER_DAYS = 14
LATENCY_SPAN = timedelta(days=7)
COVERED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sums:
    """An account, however many days and sources it adds up: seen = known + new, new = ended + pending."""

    seen: int
    known: int
    new: int
    pending: int
    outcomes: dict[Outcome, int]
    closes: bool
    """False is a defect of basewatch: something was seen and is nowhere."""

    @property
    def ended(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source as the list shows it."""

    name: str
    outlet: str
    outlet_name: str
    kind: str
    url: str
    every: str
    enabled: bool
    state: str
    """off, new (never polled yet), troubled, failing or well."""
    polled_at: datetime | None
    succeeded_at: datetime | None
    news_at: datetime | None
    next_poll_at: datetime | None
    failures: int
    moved_to: str | None
    """Where its address redirects to for good."""
    troubles: tuple[Trouble, ...]
    rates: tuple[float, ...]
    """Items expected in each hour of the day, UTC; empty while nothing has been learned."""
    today: Sums


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source in full."""

    source: SourceView
    days: tuple[LedgerRow, ...]
    """The newest first."""
    latencies: tuple[Latency, ...]
    drops: tuple[tuple[Outcome, str, int], ...]
    """Outcome, reason, count."""
    coverage: tuple[Coverage, ...]
    events: tuple[HealthEvent, ...]
    """Of this source and of its outlet; what is open comes first."""


@dataclass(frozen=True, slots=True)
class SourcesView:
    """All of them, and basewatch itself."""

    sources: tuple[SourceView, ...]
    today: Sums
    latencies: tuple[Latency, ...]
    events: tuple[HealthEvent, ...]
    """Open troubles."""


def read_sources(window: Window) -> SourcesView:
    settings, now = window.settings, window.clock()
    rows = window.store.read_ledger(start_of_day(now), now + timedelta(days=1))
    states = {state.name: state for state in window.store.read_states()}
    return SourcesView(
        tuple(make_view(source, settings, states.get(source.name), rows) for source in settings.sources),
        add_up(rows),
        window.store.read_latency(now - LATENCY_SPAN),
        tuple(window.store.read_events()),
    )


def read_source(window: Window, name: str) -> SourcePage | None:
    """None for a name that the settings do not know."""
    settings, now = window.settings, window.clock()
    source = next((each for each in settings.sources if each.name == name), None)
    if source is None:
        return None
    since = start_of_day(now) - timedelta(days=LEDGER_DAYS - 1)
    rows = window.store.read_ledger(since, now + timedelta(days=1), name)
    state = next((each for each in window.store.read_states() if each.name == name), None)
    today = start_of_day(now).date().isoformat()
    events = window.store.read_events(now - timedelta(days=LEDGER_DAYS))
    return SourcePage(
        make_view(source, settings, state, [row for row in rows if row.day == today]),
        tuple(reversed(rows)),
        window.store.read_latency(now - LATENCY_SPAN, name),
        tuple(window.store.read_drops(since, name)),
        _compare(window, source, now),
        tuple(sorted(_choose_events(events, source), key=lambda event: event.ended_at is not None)),
    )


def _compare(window: Window, source: Source, now: datetime) -> tuple[Coverage, ...]:
    """With the outlet's other sources."""
    among = [each.name for each in window.settings.sources if each.outlet == source.outlet]
    found = window.store.read_coverage(now - COVERED, among) if len(among) > 1 else []
    return tuple(row for row in found if row.source == source.name)


def make_view(source: Source, settings: Settings, state: SourceState | None, rows: Iterable[LedgerRow]) -> SourceView:
    """`rows` are today's, of any sources."""
    names = {outlet.slug: outlet.name for outlet in settings.outlets}
    known = state or SourceState(source.name, _NEVER)
    return SourceView(
        source.name,
        source.outlet,
        names[source.outlet],
        source.kind,
        source.url,
        format_every(source.every),
        source.enabled,
        judge_state(source, state),
        known.polled_at,
        known.succeeded_at,
        known.news_at,
        state.next_poll_at if state else None,
        known.failures,
        known.moved_to if known.moved_to != source.url else None,
        known.troubles,
        tuple(hourly_rates(known.rhythm)) if is_known(known.rhythm) else (),
        add_up([row for row in rows if row.source == source.name]),
    )


def judge_state(source: Source, state: SourceState | None) -> str:
    if not source.enabled:
        return "off"
    if state is None or state.polled_at is None:
        return "new"
    if state.troubles:
        return "troubled"
    return "failing" if state.failures >= FAILING_AFTER else "well"


def add_up(rows: Sequence[LedgerRow]) -> Sums:
    """It closes when each row does: errors must not cancel out."""
    outcomes = {outcome: sum(row.outcomes.get(outcome, 0) for row in rows) for outcome in Outcome}
    return Sums(
        sum(row.seen for row in rows),
        sum(row.known for row in rows),
        sum(row.new for row in rows),
        sum(row.pending for row in rows),
        {outcome: count for outcome, count in outcomes.items() if count},
        all(row.closes for row in rows),
    )


def start_of_day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _choose_events(events: Iterable[HealthEvent], source: Source) -> list[HealthEvent]:
    return [event for event in events if event.subject in {source.name, source.outlet}]
