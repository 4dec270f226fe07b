"""What is remembered of a source, as columns of its row: JSON, and an empty text for what says nothing."""

import json
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator

from crawler.signs import HOURS_A_DAY, NO_HINTS, UNKNOWN_RHYTHM, FeedHints, Rhythm, Trouble
from crawler.store.values import Text

_HOURS = f"[{', '.join(['%.9g'] * HOURS_A_DAY)}]"
"""So many digits that what fades in a minute is not rounded away: it is stored at each poll."""


class RhythmText(TypeDecorator[Rhythm]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Rhythm | None, dialect: Dialect) -> str:  # noqa: ARG002 - SQLAlchemy's hook
        if value is None or value == UNKNOWN_RHYTHM:
            return ""
        return f"[{_HOURS % value.news}, {_HOURS % value.watched}]"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Rhythm:  # noqa: ARG002 - SQLAlchemy's hook
        if not value:
            return UNKNOWN_RHYTHM
        news, watched = json.loads(value)
        return Rhythm(tuple(news), tuple(watched))


class HintsText(TypeDecorator[FeedHints]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: FeedHints | None, dialect: Dialect) -> str:  # noqa: ARG002 - SQLAlchemy's hook
        if value is None or value == NO_HINTS:
            return ""
        ttl_s = value.ttl and value.ttl.total_seconds()
        return json.dumps([ttl_s, sorted(value.skip_hours), sorted(value.skip_days)])

    def process_result_value(self, value: str | None, dialect: Dialect) -> FeedHints:  # noqa: ARG002 - same
        if not value:
            return NO_HINTS
        ttl_s, hours, days = json.loads(value)
        return FeedHints(None if ttl_s is None else timedelta(seconds=ttl_s), frozenset(hours), frozenset(days))


class TroublesText(TypeDecorator[tuple[Trouble, ...]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Trouble, ...] | None, dialect: Dialect) -> str:  # noqa: ARG002 - same
        return json.dumps([asdict(trouble) for trouble in value]) if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Trouble, ...]:  # noqa: ARG002 - same
        return tuple(Trouble(**each) for each in json.loads(value)) if value else ()
