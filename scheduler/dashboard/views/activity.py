"""Activity: articles with hits by day, by what they are about, and where."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from crawler.store.facts import DayCount, Fact
from scheduler.dashboard.views.charts import Bar, draw_bars, draw_outline, list_days, place_on_map
from scheduler.dashboard.views.outlines import LABELS, OUTLINES
from scheduler.dashboard.window import Window
from settings.model import Settings

Range = Literal["7", "30", "90", "365"]
RANGES: tuple[Range, ...] = ("7", "30", "90", "365")
KINDS = ("group", "base", "event", "outlet", "rule")
MOST_ROWS = 25
_SMALLEST, _LARGEST = 4.0, 22.0


@dataclass(frozen=True, slots=True)
class Row:
    """One name of a kind."""

    name: str
    shown: str
    count: int
    bars: tuple[Bar, ...]
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
    bars: tuple[Bar, ...]
    """Of all of them."""
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

    def write(self, kind: str = "", days: str = "", toggled: Fact | None = None) -> str:
        values = {fact.kind: fact.name for fact in self.chosen}
        if toggled is not None and values.get(toggled.kind) == toggled.name:
            del values[toggled.kind]
        elif toggled is not None:
            values[toggled.kind] = toggled.name
        return urlencode({"by": kind or self.kind, "days": days or self.days, **values}, errors="replace")


def read_activity(window: Window, asked: Asked) -> ActivityView:
    days = list_days(window.clock(), int(asked.days))
    store = window.store
    counts = store.count_days(asked.kind, days[0], asked.chosen)
    # each article with hits has one outlet, so outlets add up to all of them
    outlets = counts if asked.kind == "outlet" else store.count_days("outlet", days[0], asked.chosen)
    bases = counts if asked.kind == "base" else store.count_days("base", days[0], asked.chosen)
    by_day: dict[str, int] = {}
    for each in outlets:
        by_day[each.day] = by_day.get(each.day, 0) + each.count
    rows = _list_rows(counts, days, asked, window.settings)
    return ActivityView(
        asked.kind,
        asked.days,
        asked.chosen,
        sum(by_day.values()),
        draw_bars(days, by_day),
        rows[:MOST_ROWS],
        max(0, len(rows) - MOST_ROWS),
        _draw_dots(bases, asked, window.settings),
        tuple((kind, asked.write(kind=kind)) for kind in KINDS),
        tuple((each, asked.write(days=each)) for each in RANGES),
    )


def _list_rows(counts: list[DayCount], days: tuple[str, ...], asked: Asked, settings: Settings) -> tuple[Row, ...]:
    shown = name_everything(settings)
    by_name: dict[str, dict[str, int]] = {}
    for each in counts:
        by_name.setdefault(each.name, {})[each.day] = each.count
    sums = sorted(((sum(of.values()), name) for name, of in by_name.items()), key=lambda pair: (-pair[0], pair[1]))
    return tuple(
        Row(
            name,
            shown.get(name, name),
            total,
            draw_bars(days, by_name[name]) if at < MOST_ROWS else (),
            asked.write(toggled=(fact := Fact(asked.kind, name))),
            fact in asked.chosen,
        )
        for at, (total, name) in enumerate(sums)
    )


def _draw_dots(counts: list[DayCount], asked: Asked, settings: Settings) -> tuple[Dot, ...]:
    sums: dict[str, int] = {}
    for each in counts:
        sums[each.name] = sums.get(each.name, 0) + each.count
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


SKETCH = tuple((name, draw_outline(points)) for name, points in OUTLINES.items())
SKETCH_LABELS = tuple((name, *place) for name, (east, north) in LABELS.items() if (place := place_on_map(north, east)))
