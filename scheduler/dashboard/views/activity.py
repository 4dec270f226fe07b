"""Activity: articles with hits by day, by what they are about, and where."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from crawler.store.facts import Fact
from scheduler.dashboard.views.charts import Count, count_steps, draw_outline, list_days, place_on_map
from scheduler.dashboard.views.entities import ArticleLine, show_articles
from scheduler.dashboard.views.outlines import LABELS, OUTLINES
from scheduler.dashboard.window import Window
from settings.model import Settings

Range = Literal["7", "30", "90", "365"]
RANGES: tuple[Range, ...] = ("7", "30", "90", "365")
KINDS = ("group", "base", "event", "outlet", "rule")
MOST_ROWS = 25
MOST_ARTICLES = 25
_SMALLEST, _LARGEST = 4.0, 22.0


@dataclass(frozen=True, slots=True)
class Row:
    """One name of a kind."""

    name: str
    shown: str
    count: int
    bars: tuple[Count, ...]
    query: str
    """The page narrowed to it, or widened again where it is chosen."""
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """A base on the map."""

    id: str
    name: str
    count: int
    latitude: float
    longitude: float
    x: float
    y: float
    radius: float
    query: str


@dataclass(frozen=True, slots=True)
class ActivityView:
    """Hits of one kind over the range."""

    kind: str
    days: Range
    chosen: tuple[Fact, ...]
    total: int
    """Articles with hits on all days."""
    bars: tuple[Count, ...]
    """Of all of them."""
    picks: tuple[tuple[str, bool], ...]
    """For each bar the page narrowed to its days, or widened again where it is chosen; is it?"""
    whole: str
    """The page with all days."""
    picked: Count | None
    """The bar of the day that is asked for. Rows, map and articles are of its days."""
    articles: tuple[ArticleLine, ...]
    """Of those days; the newest ones."""
    rows: tuple[Row, ...]
    others: int
    """Names that are not shown."""
    dots: tuple[Dot, ...]
    kinds: tuple[tuple[str, str], ...]
    """Kind and the page that shows it, as the part of an address behind `?`."""
    ranges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address."""

    kind: str
    days: Range
    chosen: tuple[Fact, ...] = ()
    on: str = ""
    """An ISO day within the range; empty for all of it."""

    def write(self, kind: str = "", days: str = "", toggled: Fact | None = None, on: str | None = None) -> str:
        day = (self.on if on is None else on) if not days else ""
        values = {fact.kind: fact.name for fact in self.chosen}
        if toggled is not None and values.get(toggled.kind) == toggled.name:
            del values[toggled.kind]
        elif toggled is not None:
            values[toggled.kind] = toggled.name
        told = {"by": kind or self.kind, "days": days or self.days, **({"on": day} if day else {}), **values}
        return urlencode(told, errors="replace")


def read_activity(window: Window, asked: Asked) -> ActivityView:
    days = list_days(window.clock(), int(asked.days))
    store, since = window.store, days[0]
    by_day = store.count_hits(since, asked.chosen)
    bars = count_steps(days, by_day)
    picked = next((each for each in bars if each.holds(asked.on)), None)
    span = (picked.day, picked.until) if picked else (since, days[-1])
    if picked:
        names = store.rank_names(asked.kind, span[0], asked.chosen, span[1])
        counts = store.count_days(asked.kind, list(names)[:MOST_ROWS], since, asked.chosen)
    else:
        names, counts = store.rank_days(asked.kind, since, asked.chosen, MOST_ROWS)
    bases = names if asked.kind == "base" else store.rank_names("base", span[0], asked.chosen, span[1])
    shown = list(counts)
    known = name_everything(window.settings)
    return ActivityView(
        asked.kind,
        asked.days,
        asked.chosen,
        sum(by_day.values()),
        bars,
        tuple((asked.write(on="" if each is picked else each.day), each is picked) for each in bars),
        asked.write(on=""),
        picked,
        show_articles(window, store.find_hits(*span, asked.chosen, MOST_ARTICLES)) if picked else (),
        tuple(
            _make_row(
                Fact(asked.kind, name), known.get(name, name), names[name], count_steps(days, counts[name]), asked
            )
            for name in shown
        ),
        len(names) - len(shown),
        _draw_dots(bases, asked, window.settings),
        tuple((kind, asked.write(kind=kind)) for kind in KINDS),
        tuple((each, asked.write(days=each)) for each in RANGES),
    )


def _make_row(fact: Fact, shown: str, total: int, bars: tuple[Count, ...], asked: Asked) -> Row:
    return Row(fact.name, shown, total, bars, asked.write(toggled=fact), fact in asked.chosen)


def _draw_dots(sums: dict[str, int], asked: Asked, settings: Settings) -> tuple[Dot, ...]:
    most = max(sums.values(), default=1)
    dots = []
    for entity in settings.gazetteer.entities:
        count = sums.get(entity.id, 0)
        if not count or entity.latitude is None or entity.longitude is None:
            continue
        place = place_on_map(entity.latitude, entity.longitude)
        if place is not None:
            # the area tells the count
            radius = round(_SMALLEST + (_LARGEST - _SMALLEST) * (count / most) ** 0.5, 1)
            query = asked.write(toggled=Fact("base", entity.id))
            dots.append(Dot(entity.id, entity.name, count, entity.latitude, entity.longitude, *place, radius, query))
    return tuple(sorted(dots, key=lambda dot: -dot.count))


def name_everything(settings: Settings) -> dict[str, str]:
    """Id or slug → the name that people know."""
    outlets = {outlet.slug: outlet.name for outlet in settings.outlets}
    return outlets | {entity.id: entity.name for entity in settings.gazetteer.entities}


SKETCH = tuple(draw_outline(points) for points in OUTLINES)
SKETCH_LABELS = tuple((name, *place) for name, (east, north) in LABELS.items() if (place := place_on_map(north, east)))
