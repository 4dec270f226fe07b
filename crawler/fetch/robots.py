"""What robots.txt allows, by RFC 9309. Pure."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from protego import Protego

from crawler.fetch.policy import asked_wait
from crawler.models import FetchFailure, Page

PRODUCT: Final = "basewatch"
"""What outlets address us by, whatever User-Agent a source is asked with."""
KEPT_FOR: Final = timedelta(hours=24)
ASKED_AGAIN_AFTER: Final = timedelta(minutes=10)
"""When it could not be had."""
FORGIVEN_AFTER: Final = timedelta(days=30)
"""So long unreachable counts as having none."""
MAX_BYTES: Final = 512 << 10
MAX_DELAY_S: Final = 300.0
LONG_BYTES: Final = 4 << 10
"""What has more may take seconds to read, and tenths of one for each address: too long to do between other things."""
REMEMBERED_BYTES: Final = 96 << 20
"""5,000 hosts of 19 KB, or many more of the usual size."""
_BYTES_EACH: Final = 2500
_BYTES_FOR_ONE: Final = 22
"""What Protego takes in memory for one byte of rules; measured with tracemalloc, 10 to 5,000 lines."""

_UNREAD: Final = frozenset({"bad_content", "too_large"})
"""An answer came, and no rules could be read from it. `blocked` and `bad_url` are the host itself, its pages too."""

_DIRECTIVE: Final = re.compile(
    r"\s*(user[- ]?agent|allow|d(?:isallow|iss?allow|iss?alow|iasllow|isallaw)|crawl[- ]delay)(?:\s*:\s*|\s+)([^#]*)",
    re.IGNORECASE,
)
"""With the misspellings that Google's reader knows, and with the colon forgotten."""
_TOKEN: Final = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What one host's robots.txt says to us."""

    parsed: Protego | None = None
    """None: everything is allowed."""
    weight: int = _BYTES_EACH
    """Bytes that it takes in memory, about."""

    def allows(self, url: str) -> bool:
        return self.parsed is None or bool(self.parsed.can_fetch(url, PRODUCT))

    @property
    def is_long(self) -> bool:
        return self.weight > _BYTES_EACH + _BYTES_FOR_ONE * LONG_BYTES

    @property
    def delay_s(self) -> float:
        """Crawl-delay, seconds, at most five minutes; 0 when there is none."""
        delay = self.parsed.crawl_delay(PRODUCT) if self.parsed is not None else None
        return min(max(delay or 0.0, 0.0), MAX_DELAY_S)


@dataclass(frozen=True, slots=True)
class RobotsEntry:
    """The last answer of one host, for as long as it counts."""

    answer: RobotsRules | FetchFailure
    """A failure forbids everything for now."""
    until: datetime
    failing_since: datetime | None = None

    @property
    def weight(self) -> int:
        """Bytes that it takes in memory, about."""
        return self.answer.weight if isinstance(self.answer, RobotsRules) else _BYTES_EACH


class RobotsMemory:
    """The last answers of hosts, as many as fit; those that were not asked for the longest are forgotten first."""

    def __init__(self, max_bytes: int = REMEMBERED_BYTES) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._entries: OrderedDict[str, RobotsEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: str) -> RobotsEntry | None:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def keep(self, key: str, entry: RobotsEntry) -> None:
        if (before := self._entries.pop(key, None)) is not None:
            self.bytes -= before.weight
        self._entries[key] = entry
        self.bytes += entry.weight
        while self.bytes > self.max_bytes and len(self._entries) > 1:
            self.bytes -= self._entries.popitem(last=False)[1].weight


def judge_robots(answer: Page | FetchFailure, now: datetime, before: RobotsEntry | None = None) -> RobotsEntry:
    """2xx: obey. 4xx, or redirects without end: allowed. 5xx, 429 or no answer: forbidden until it is had."""
    if isinstance(answer, FetchFailure):
        return _forbid(_tell_whose(answer), asked_wait(answer, now), now, before)
    if answer.status // 100 == 2:  # noqa: PLR2004 - the 2 of 2xx
        return RobotsEntry(read_robots(answer.body), now + KEPT_FOR)
    if answer.status // 100 == 5 or answer.status in (408, 429):  # noqa: PLR2004 - statuses
        failure = FetchFailure("robots_later", f"robots.txt answers HTTP {answer.status}")
        return _forbid(failure, asked_wait(answer, now), now, before)
    return RobotsEntry(RobotsRules(), now + KEPT_FOR)


def _tell_whose(failure: FetchFailure) -> FetchFailure:
    """Pages wait for it: what was wrong with robots.txt must not end them as unreadable, nor look like theirs."""
    detail = f"robots.txt: {failure.detail}"
    if failure.kind in _UNREAD:
        return replace(failure, kind="robots_later", detail=detail)
    return replace(failure, detail=detail) if failure.kind == "timeout" else failure


def _forbid(failure: FetchFailure, asked: datetime | None, now: datetime, before: RobotsEntry | None) -> RobotsEntry:
    since = before.failing_since if before and before.failing_since else now
    again = max(asked or now, now + ASKED_AGAIN_AFTER)
    if now - since >= FORGIVEN_AFTER:
        return RobotsEntry(RobotsRules(), again, since)
    return RobotsEntry(replace(failure, retry_at=again), again, since)


def read_robots(body: bytes) -> RobotsRules:
    """Never raises; what is no directive is skipped, as the RFC asks, and does not end a group."""
    text = body[:MAX_BYTES].decode("utf-8-sig", "replace")
    ours = "\n".join(_our_groups(filter(None, map(_DIRECTIVE.match, re.split(r"\r\n|\r|\n", text)))))
    return RobotsRules(Protego.parse(ours), _BYTES_EACH + _BYTES_FOR_ONE * len(ours)) if ours else RobotsRules()


def _our_groups(directives: Iterable[re.Match[str]]) -> Iterator[str]:
    """The groups for us and for all. Protego would match a part of our name too, and keep everybody's rules."""
    ours, naming = False, False
    for name, value in ((match[1].lower(), match[2].strip()) for match in directives):
        if not name.startswith("user"):
            naming = False
            if ours:
                yield f"{name}: {value}"
            continue
        token = _TOKEN.match(value)
        meant = token is not None and token[0].lower() in ("*", PRODUCT)
        ours, naming = meant or (ours and naming), True
        if meant and token is not None:
            yield f"user-agent: {token[0].lower()}"
