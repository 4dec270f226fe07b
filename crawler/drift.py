"""Does extraction still work at an outlet? Its newest pages against those before them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from crawler.signs import HealthKind, OutletTrouble, Trouble

RECENT: Final = 30
"""Pages that are judged."""
BASELINE: Final = 200
"""Pages before them that they are compared with."""
_LEAST_BASELINE: Final = 60
_TITLE_ONLY: Final = 120
"""Characters; a body that is no longer is none."""
_BEGINS: Final = 0.3
"""Change of a share that is no accident in 30 pages."""
_ENDS: Final = 0.15
_SHORTER, _LONGER = 0.4, 3.0
"""Times the usual length."""
_NORMAL: Final = (0.6, 2.0)


@dataclass(frozen=True, slots=True)
class PageMeasure:
    """What became of one page; lengths in characters."""

    is_whole: bool
    """It was read, and in full: neither refused nor for subscribers only."""
    body: int
    removed: int
    problem: str = ""
    """Why it was no article, in the fixed word of `crawler.extract.recognise`; of no account for drift."""


def find_drift(
    recent: Sequence[PageMeasure], baseline: Sequence[PageMeasure], held: frozenset[HealthKind]
) -> tuple[Trouble, ...]:
    """What has changed; `held` are the troubles that were found before, which end later than they begin. Too few pages
    say nothing, and leave what was found as it is."""
    return tuple(_find_all(recent, baseline, held))


def is_enough(recent: Sequence[PageMeasure], baseline: Sequence[PageMeasure]) -> bool:
    return len(recent) >= RECENT and len(baseline) >= _LEAST_BASELINE


def _find_all(
    recent: Sequence[PageMeasure], baseline: Sequence[PageMeasure], held: frozenset[HealthKind]
) -> Iterator[Trouble]:
    shares: dict[OutletTrouble, tuple[float, float, str]] = {
        "title_only": (_title_only(recent), _title_only(baseline), "of the articles have no body"),
        "removed": (_removed(recent), _removed(baseline), "of the text is cut away"),
        "unreadable": (_unreadable(recent), _unreadable(baseline), "of the pages cannot be had or only in part"),
    }
    for kind, (now, before, words) in shares.items():
        if now - before > (_ENDS if kind in held else _BEGINS):
            yield Trouble(kind, f"{now:.0%} {words}, where it was {before:.0%}")
    now_length, usual_length = _length(recent), _length(baseline)
    low, high = _NORMAL if "short_text" in held else (_SHORTER, _LONGER)
    if usual_length and now_length and not low <= now_length / usual_length <= high:
        yield Trouble("short_text", f"articles have {now_length:.0f} characters, where they had {usual_length:.0f}")


def _length(pages: Sequence[PageMeasure]) -> float:
    """The usual one, of those that have a body."""
    return median([page.body for page in pages if page.body > _TITLE_ONLY] or [0])


def _title_only(pages: Sequence[PageMeasure]) -> float:
    return sum(page.body <= _TITLE_ONLY for page in pages if page.is_whole) / max(len(pages), 1)


def _removed(pages: Sequence[PageMeasure]) -> float:
    removed, body = sum(page.removed for page in pages), sum(page.body for page in pages)
    return removed / max(removed + body, 1)


def _unreadable(pages: Sequence[PageMeasure]) -> float:
    return sum(not page.is_whole for page in pages) / max(len(pages), 1)
