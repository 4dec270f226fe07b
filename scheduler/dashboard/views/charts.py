"""What charts and the map are drawn from. Numbers only; templates make the SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 720.0, 120.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One day."""

    day: str
    count: int
    x: float
    y: float
    width: float
    height: float


def list_days(now: datetime, days: int) -> tuple[str, ...]:
    """ISO days, today the last one."""
    return tuple((now - timedelta(days=back)).date().isoformat() for back in range(days - 1, -1, -1))


def draw_bars(days: Sequence[str], counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """A bar for each day, the highest as high as the chart."""
    most = max((counts.get(day, 0) for day in days), default=0) or 1
    step = WIDTH / max(1, len(days))
    heights = [HEIGHT * counts.get(day, 0) / most for day in days]
    return tuple(
        Bar(
            day,
            counts.get(day, 0),
            round(step * at, 2),
            round(HEIGHT - height, 2),
            round(step * 0.85, 2),
            round(height, 2),
        )
        for at, (day, height) in enumerate(zip(days, heights, strict=True))
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
