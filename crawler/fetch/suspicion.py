"""What a poll lets suspect of its source: silence is news. Pure: `now` is in the state.

A trouble that holds stays until its contrary is seen, so that it begins once and ends once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from crawler.fetch.cadence import expected_news, is_known, is_same_address
from crawler.models import FetchFailure, Page, PollCount, PollVerdict, SourceState
from crawler.signs import WHOLESALE, WHOLESALE_LEAST, SourceTrouble, Trouble, is_wholesale

FAILING_AFTER: Final = 3
"""Failed polls in a row; the same number is shown as failing by `basewatch sources` and the dashboard."""
EMPTY_AFTER: Final = 3
SILENT_NEWS: Final = 10.0
"""Items that should have come; a silence of that length by accident is one in 20,000."""
SILENT_LEAST: Final = timedelta(hours=3)
SILENT_MOST: Final = timedelta(days=30)
"""However rarely it publishes."""
_OF_CONTENT: Final[frozenset[SourceTrouble]] = frozenset({"empty", "identities", "false_304", "outrun", "silent"})
_OF_LINKS: Final[frozenset[SourceTrouble]] = frozenset({"identities", "false_304", "outrun"})
_FOR_MACHINES: Final = frozenset({"feed", "sitemap"})
"""Kinds of source that are never HTML."""
_SINGLE_LISTS: Final = frozenset({"feed", "section"})
OUTRUN_LEAST: Final = 5
"""Items that a list must show before "none of them" means anything."""
_LOOKED_AT: Final = 20_000
"""Bytes of a page in which a challenge shows itself."""
_CHALLENGE: Final = re.compile(
    rb"just a moment\.\.\.|attention required! \| cloudflare|/cdn-cgi/challenge-platform|cf[-_]chl[-_]|"
    rb"_incapsula_resource|ddos-guard|checking your browser|px-captcha|captcha-delivery\.com|sucuri_cloudproxy|"
    rb"verify(?:ing)? (?:that )?you are (?:a )?human|enable javascript and cookies to continue",
    re.IGNORECASE,
)
_HTML: Final = re.compile(
    rb"\s*+(?:<!--(?>.{0,500}?-->)\s*+)*+<(?:!doctype\s+html|html|head)\b", re.IGNORECASE | re.DOTALL
)
"""Nothing is tried a second way: forty comments that no page follows would take longer than the daemon lives."""


@dataclass(frozen=True, slots=True)
class PollFacts:
    """One poll, as far as suspicion goes."""

    kind: str
    """Of the source."""
    answer: Page | FetchFailure
    verdict: PollVerdict
    detail: str
    count: PollCount
    asked_whole: bool
    """Without validators."""
    elsewhere: int = 0
    """Links of it that lead to none of the source's hosts."""
    all_elsewhere: bool = False
    """All that it listed and were read, if any."""


def find_troubles(before: SourceState, after: SourceState, facts: PollFacts, now: datetime) -> tuple[Trouble, ...]:
    """What is wrong with the source after a poll; `after` has the new counts and times, not the troubles."""
    found = tuple(_find_all(before, after, facts, now))
    open_before = {trouble.kind: trouble for trouble in before.troubles}
    # what it said when it began is what the event says
    return tuple(open_before.get(trouble.kind, trouble) for trouble in found)


def _find_all(before: SourceState, after: SourceState, facts: PollFacts, now: datetime) -> Iterator[Trouble]:
    if facts.verdict is PollVerdict.FAILED:
        yield from _find_failure(after, facts)
        # a poll that failed says nothing of the rest, which stays as it was
        yield from (trouble for trouble in before.troubles if trouble.kind in _OF_CONTENT)
        return
    yield from _find_in_content(before, after, facts)
    if reason := _judge_silence(before, after, facts, now):
        yield Trouble("silent", reason)


def _had(state: SourceState, kind: SourceTrouble) -> bool:
    return any(trouble.kind == kind for trouble in state.troubles)


def _find_failure(after: SourceState, facts: PollFacts) -> Iterator[Trouble]:
    if isinstance(facts.answer, Page) and facts.answer.status == HTTPStatus.GONE:
        yield Trouble("gone", "HTTP status 410; tried weekly")
    elif isinstance(facts.answer, Page) and is_challenge(facts.answer, facts.kind):
        yield Trouble("challenge", f"a page for browsers instead of what was asked for: {facts.detail}")
    elif after.failures >= FAILING_AFTER:
        yield Trouble("failing", f"{after.failures} polls failed in a row, the last one: {facts.detail}")


def _find_in_content(before: SourceState, after: SourceState, facts: PollFacts) -> Iterator[Trouble]:
    if facts.verdict is PollVerdict.EMPTY and isinstance(facts.answer, Page) and _shows_challenge(facts.answer):
        yield Trouble("challenge", "a page for browsers, without a single link")
    if after.empties >= EMPTY_AFTER:
        yield Trouble("empty", f"{after.empties} answers in a row without a single item")
    if facts.verdict is not PollVerdict.CHANGED:
        yield from (trouble for trouble in before.troubles if trouble.kind in _OF_LINKS)
        return
    if reason := _judge_identities(facts.count):
        yield Trouble("identities", reason)
    elif reason := _judge_pace(before, after, facts):
        yield Trouble("outrun", reason)
    if _has_lied(before, facts):
        yield Trouble("false_304", "it changed what it lists and kept its validator; asked for the whole from now on")


def _judge_identities(count: PollCount) -> str:
    """A list that is new as a whole is no sign by itself: an outlet may publish faster than it is polled."""
    if count.compared >= WHOLESALE_LEAST and count.reguided > WHOLESALE * count.compared:
        return f"{count.reguided} of {count.compared} known items have another GUID"
    listed = count.known + count.fresh
    if is_wholesale(count.fresh, listed) and count.renamed > count.fresh / 2:
        return f"{count.fresh} of {listed} items are new at once, {count.renamed} of them known by other addresses"
    return ""


def _judge_pace(before: SourceState, after: SourceState, facts: PollFacts) -> str:
    """Where nothing that a list shows was there at the last poll, what came and went between them was never seen. The
    pages of an index and of a channel are read back to what is known; one list is not."""
    count = facts.count
    is_new_as_a_whole = count.fresh >= OUTRUN_LEAST and count.fresh >= count.seen
    if facts.kind not in _SINGLE_LISTS or before.news_at is None or not is_new_as_a_whole:
        return ""
    if not is_same_address(before, after):
        return ""
    return f"none of the {count.fresh} items that it lists was there at the poll before; others may have come and gone"


def _has_lied(before: SourceState, facts: PollFacts) -> bool:
    """Other items under the same validator; one that had lied is believed when it changes with them."""
    if not isinstance(facts.answer, Page) or not facts.asked_whole:
        return False
    if before.etag is None and before.last_modified is None:
        return False
    same = (facts.answer.header("etag"), facts.answer.header("last-modified")) == (before.etag, before.last_modified)
    return same and (facts.count.fresh > 0 or _had(before, "false_304"))


def _judge_silence(before: SourceState, after: SourceState, facts: PollFacts, now: datetime) -> str:
    """Why its silence is news; empty when it is not. One that lists only what is out of scope is silent too: outlets
    move to other names."""
    if after.news_at is None:
        return _judge_beginning(before, facts)
    if after.news_at != before.news_at or not is_known(after.rhythm):
        return ""
    quiet = now - after.news_at
    expected = expected_news(after.rhythm, after.news_at, now)
    if quiet >= SILENT_MOST or (quiet >= SILENT_LEAST and expected >= SILENT_NEWS):
        elsewhere = f"; {facts.elsewhere} links that it lists are on hosts out of scope" if facts.elsewhere else ""
        since = f"nothing new to read since {after.news_at:%Y-%m-%d %H:%M} UTC"
        return f"{since}, where {expected:.0f} items were to be expected{elsewhere}"
    # what began goes on until something comes, though the rhythm forgets with time
    return "nothing new yet" if _had(before, "silent") else ""


def _judge_beginning(before: SourceState, facts: PollFacts) -> str:
    """Of a source that never brought anything nobody knows how long that lasts; but whether its scope fits shows."""
    if facts.all_elsewhere and facts.elsewhere >= WHOLESALE_LEAST:
        return f"all {facts.elsewhere} links that it lists are on hosts out of scope"
    return "nothing yet" if _had(before, "silent") else ""


def is_challenge(page: Page, kind: str) -> bool:
    """Is it a page that wants to see a browser, or any page where a feed should be?"""
    is_html = _HTML.match(page.body.removeprefix(b"\xef\xbb\xbf")[:_LOOKED_AT]) is not None
    return _shows_challenge(page) or (kind in _FOR_MACHINES and page.status == HTTPStatus.OK and is_html)


def _shows_challenge(page: Page) -> bool:
    told = page.header("cf-mitigated") == "challenge"
    return told or _CHALLENGE.search(page.body[:_LOOKED_AT]) is not None
