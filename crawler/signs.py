"""What is remembered of a source besides its validators: how it publishes, what it asks for, what is wrong with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

HOURS_A_DAY = 24
WHOLESALE: Final = 0.9
"""A larger part of what a poll lists is as good as all of it."""
WHOLESALE_LEAST: Final = 10
"""Items that a poll must list before "all of them" means anything."""


def is_wholesale(fresh: int, listed: int) -> bool:
    """Is what a poll lists new as a whole?"""
    return fresh >= WHOLESALE_LEAST and fresh > WHOLESALE * listed


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a source brings news, as its polls have taught; older weeks fade. The index is the hour of the day, UTC."""

    news: tuple[float, ...] = (0.0,) * HOURS_A_DAY
    """Items that came in that hour."""
    watched: tuple[float, ...] = (0.0,) * HOURS_A_DAY
    """Hours of that hour of the day between two polls."""


UNKNOWN_RHYTHM = Rhythm()


@dataclass(frozen=True, slots=True)
class FeedHints:
    """What a feed asks of those who poll it; kept for the polls that bring no body."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """0 to 23, UTC."""
    skip_days: frozenset[int] = frozenset()
    """Monday is 0."""


NO_HINTS = FeedHints()


SourceTrouble = Literal[
    "failing",  # polls fail one after another
    "gone",  # 410
    "challenge",  # a page for browsers where a feed should be
    "empty",  # an answer without a single item, again and again
    "silent",  # nothing new for longer than its rhythm allows
    "identities",  # its items have other GUIDs, or other addresses, all at once
    "false_304",  # it changed what it lists and kept the validator
    "outrun",  # its whole list is new: it publishes faster than it is polled
]
OutletTrouble = Literal[
    "short_text",  # articles have become much shorter, or longer
    "title_only",  # more and more articles without a body
    "removed",  # much more is cut from its pages than before
    "unreadable",  # more and more pages that cannot be had, or only in part
]
StrangeTrouble = Literal[  # what an outlet often gives in place of articles
    "challenged",  # pages that ask whether we are human
    "paywalled",  # invitations to subscribe, and nothing else
    "galleries",  # pictures without text
    "empty_shells",  # pages whose text a script would put in
    "site_errors",  # notices of maintenance or of an error, with status 200
]
ProcessTrouble = Literal[
    "store_away",
    "archive_away",
    "disk_full",  # or nearly so, where the data lies
    "relay_blocked",
    "stream_lost",  # Redis lost the stream; what somebody still needs is published again
    "stream_foreign",  # somebody else wrote to the stream, under the ids that ours were to have
    "stream_unread",  # a group does not acknowledge what it is given, or nobody has one
    "settings_refused",
    "dashboard_away",
    "tick_failed",  # a tick of the daemon ended with a defect
    "late",  # sources are polled long after they were due
    "rule_disabled",  # the regular expression of a rule ran away; it is off until the settings change
]
ChannelTrouble = Literal[
    "channel_closed",  # it cannot be opened: a secret is missing, its address is wrong
    "channel_failing",  # message after message cannot be sent
    "dead_letters",  # messages were given up; somebody must redrive them
]
HealthKind = Literal[SourceTrouble, OutletTrouble, StrangeTrouble, ProcessTrouble, ChannelTrouble]
OF_OUTLETS: Final[frozenset[str]] = frozenset(get_args(OutletTrouble) + get_args(StrangeTrouble))
"""Kinds whose subject is an outlet."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now."""

    kind: HealthKind
    detail: str
    """One line for people."""


@dataclass(frozen=True, slots=True)
class HealthEvent:
    """A trouble from its beginning to its end. A row of `health`."""

    kind: HealthKind
    subject: str
    """Source, outlet or channel; empty for basewatch itself."""
    detail: str
    since: datetime
    ended_at: datetime | None = None
