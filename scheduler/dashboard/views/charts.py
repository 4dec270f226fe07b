"""What charts and the map are drawn from. Numbers only; templates make the SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 720.0, 120.0
MOST_BARS = 100
"""With more days than that a bar stands for a week."""


@dataclass(frozen=True, slots=True)
class Count:
    """Articles of a day, or of some days, at most seven."""

    day: str
    """The first."""
    count: int
    until: str
    """The last."""

    def holds(self, day: str) -> bool:
        return self.day <= day <= self.until


def list_days(now: datetime, days: int) -> tuple[str, ...]:
    """ISO days, today the last one."""
    return tuple((now - timedelta(days=back)).date().isoformat() for back in range(days - 1, -1, -1))


def count_steps(days: Sequence[str], counts: Mapping[str, int]) -> tuple[Count, ...]:
    """In order, zeros too; the last week ends with the last day."""
    size = 1 if len(days) <= MOST_BARS else 7
    first = len(days) % size
    spans = [days[:first]] if first else []
    spans += [days[at : at + size] for at in range(first, len(days), size)]
    return tuple(Count(span[0], sum(counts.get(day, 0) for day in span), span[-1]) for span in spans)


def name_step(counts: Sequence[Count]) -> str:
    """What a bar stands for: day or week."""
    return "week" if counts and counts[-1].day < counts[-1].until else "day"


def draw_path(counts: Sequence[Count]) -> str:
    """All bars as one path: it weighs a tenth of as many rectangles. The highest is as high as the chart."""
    most = max((each.count for each in counts), default=0) or 1
    step = WIDTH / max(1, len(counts))
    return "".join(
        f"M{step * at:.1f} {HEIGHT:.0f}v{-HEIGHT * each.count / most:.1f}h{0.85 * step:.1f}V{HEIGHT:.0f}z"
        for at, each in enumerate(counts)
        if each.count
    )


WEST, EAST, NORTH, SOUTH = 33.0, 61.0, 40.5, 20.5
"""Degrees that the map shows."""
MAP_WIDTH, MAP_HEIGHT = 720.0, 600.0


def place_on_map(latitude: float, longitude: float) -> tuple[float, float] | None:
    """x and y; None for what lies outside."""
    if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
        return None
    x = MAP_WIDTH * (longitude - WEST) / (EAST - WEST)
    return round(x, 1), round(MAP_HEIGHT * (NORTH - latitude) / (NORTH - SOUTH), 1)


def draw_outline(points: Sequence[tuple[float, float]]) -> str:
    """Longitudes and latitudes as the points of an SVG polygon, whatever lies outside of the map too."""
    return " ".join(
        f"{MAP_WIDTH * (east - WEST) / (EAST - WEST):.1f},{MAP_HEIGHT * (NORTH - north) / (NORTH - SOUTH):.1f}"
        for east, north in points
    )
