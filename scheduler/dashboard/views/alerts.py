"""*Now*: alerts as they came, with the articles of one story under the newest of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.models import StoryMember
from crawler.store.store import Store
from crawler.triage import AlertFilter, TriagedAlert
from scheduler.dashboard.marking import MarkedText, mark_sentence, mark_title
from scheduler.dashboard.window import Window
from settings.model import Settings

MOST_SENTENCES = 2
"""Shown of one alert in the list."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, and the rules that it tells."""

    sentence: MarkedText
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One line of the list: the newest alert of a story, and who else tells that."""

    triaged: TriagedAlert
    title: MarkedText
    told: tuple[Told, ...]
    """The most telling sentences."""
    folded: tuple[TriagedAlert, ...] = ()
    """Other alerts of this page on the same story."""
    members: tuple[StoryMember, ...] = ()
    """Articles that tell the story, but for this one."""

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hit.rule for hit in self.triaged.alert.grounds))


@dataclass(frozen=True, slots=True)
class AlertsView:
    """A page of them."""

    rows: tuple[AlertRow, ...]
    next_before: int | None
    newest: int
    """Of all news that there was when the page was made: ask for what comes after."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen to filter by: value and name."""

    rules: tuple[str, ...]
    entities: tuple[tuple[str, str, str], ...]
    """Id, name and type."""
    outlets: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]


def read_alerts(window: Window, wanted: AlertFilter, *, limit: int, before: int | None) -> AlertsView:
    # first, or what comes in between would be neither shown nor announced
    newest = window.store.read_newest()
    page = window.store.read_page(wanted, window.clock(), limit=limit, before=before)
    rows = fold_stories(page.alerts, folding=not wanted.story)
    return AlertsView(_add_members(window.store, rows), page.next_before, newest)


def read_row(window: Window, wanted: AlertFilter, alert_id: str) -> AlertRow | None:
    """One of them, if it is among those that are asked for."""
    asked = replace(wanted, ids=frozenset({alert_id}))
    page = window.store.read_page(asked, window.clock(), limit=1)
    return next(iter(_add_members(window.store, [make_row(each) for each in page.alerts])), None)


def fold_stories(alerts: Sequence[TriagedAlert], *, folding: bool = True) -> list[AlertRow]:
    """In their order; each story stands where its newest alert does."""
    heads: dict[str, list[TriagedAlert]] = {}
    for triaged in alerts:
        story = triaged.alert.story if folding else ""
        heads.setdefault(story or triaged.alert.id, []).append(triaged)
    return [make_row(first, tuple(others)) for first, *others in heads.values()]


def make_row(triaged: TriagedAlert, folded: tuple[TriagedAlert, ...] = ()) -> AlertRow:
    by_sentence: dict[tuple[str, int], list[int]] = {}
    hits = triaged.alert.grounds
    for number, hit in enumerate(hits):
        by_sentence.setdefault((hit.zone, hit.start), []).append(number)
    told = [
        Told(_mark_best(triaged, numbers), tuple(dict.fromkeys(hits[number].rule for number in numbers)))
        for numbers in by_sentence.values()
    ]
    return AlertRow(triaged, mark_title(triaged.alert), tuple(told[:MOST_SENTENCES]), folded)


def list_choices(settings: Settings) -> Choices:
    return Choices(
        tuple(rule.name for rule in settings.rules),
        tuple((each.id, each.name, each.type) for each in settings.gazetteer.entities),
        tuple((outlet.slug, outlet.name) for outlet in settings.outlets),
        tuple(sorted({outlet.language for outlet in settings.outlets if outlet.language})),
    )


def _mark_best(triaged: TriagedAlert, numbers: Sequence[int]) -> MarkedText:
    """Of hits on one sentence, with the marks of the one that rests on most words of it."""
    alert = triaged.alert
    # names stand where the newest text has them
    mentions = alert.mentions if alert.hits else ()
    marked = [mark_sentence(alert.grounds[number], mentions) for number in numbers]
    return max(marked, key=lambda each: len(each.marks))


def _add_members(store: Store, rows: Sequence[AlertRow]) -> tuple[AlertRow, ...]:
    stories = [row.triaged.alert.story for row in rows if row.triaged.outlets > 1 or row.folded]
    told = store.read_stories([story for story in stories if story])
    return tuple(
        replace(row, members=tuple(each for each in told.get(alert.story, ()) if each.alert != alert.id))
        for row in rows
        for alert in [row.triaged.alert]
    )
