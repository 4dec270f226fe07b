"""Pages that an outlet gives in place of articles, when they are frequent. Pure.

`crawler.extract.recognise` names them one by one; each ends as unreadable, with the name as its detail's first word.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, get_args

from crawler.drift import PageMeasure
from crawler.signs import HealthKind, StrangeTrouble, Trouble

_KINDS: Final[dict[str, StrangeTrouble]] = {
    "bot-challenge": "challenged",
    "consent-wall": "challenged",
    "no-access": "challenged",
    "paywall": "paywalled",
    "gallery": "galleries",
    "empty-shell": "empty_shells",
    "site-error": "site_errors",
}
_WORDS: Final[dict[StrangeTrouble, str]] = {
    "challenged": "ask whether we are human or consent, or are not for us",
    "paywalled": "are nothing but an invitation to subscribe",
    "galleries": "are pictures without text",
    "empty_shells": "have no text until a script puts it in",
    "site_errors": "say, with status 200, that the site does not work",
}
STRANGE: Final = frozenset[HealthKind](get_args(StrangeTrouble))
_FEWEST: Final = 5
"""Pages of one kind that are no accident."""
_BEGINS: Final = 1 / 6
"""Part of the newest pages: 5 of 30. Every sixth article lost is too many for silence."""
_ENDS: Final = 1 / 15


def find_strangers(recent: Sequence[PageMeasure], held: frozenset[HealthKind]) -> tuple[Trouble, ...]:
    """What is frequent among an outlet's newest pages; `held` are the troubles found before, which end later than they
    begin."""
    counts = Counter(_KINDS[page.problem] for page in recent if page.problem in _KINDS)
    return tuple(
        Trouble(kind, f"{count} of the last {len(recent)} pages {_WORDS[kind]}")
        for kind, count in counts.most_common()
        if _is_frequent(count, len(recent), begun=kind in held)
    )


def _is_frequent(count: int, pages: int, *, begun: bool) -> bool:
    if begun:
        return count > _ENDS * pages
    return count >= max(_FEWEST, _BEGINS * pages)
