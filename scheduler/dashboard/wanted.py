"""Which alerts are asked for: the same words in the address of a page, a feed, an export and the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import HTTPException, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from crawler.models import Severity
from crawler.triage import AlertFilter
from scheduler.dashboard.window import find_window
from settings.model import parse_duration

MOST_NUMBER = 2**63 - 1
_LONGEST = 200


def _drop_empty(value: object) -> object:
    """A form sends what was left open as an empty value."""
    return [each for each in value if each != ""] if isinstance(value, list) else value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


_Names = Annotated[tuple[Annotated[str, Field(max_length=_LONGEST)], ...], BeforeValidator(_drop_empty)]


class AlertQuery(BaseModel):
    """The parameters that filter alerts. All that are given must hold; of one that is repeated, any value does."""

    severity: Annotated[tuple[Severity, ...], BeforeValidator(_drop_empty)] = Field(
        default=(), description="Severities."
    )
    rule: _Names = Field(default=(), description="Rules that fired.")
    entity: _Names = Field(default=(), description="Ids of groups, bases and persons that the text names.")
    outlet: _Names = Field(default=(), description="Slugs of outlets.")
    language: _Names = Field(default=(), description="ISO 639-1 codes of the articles' languages.")
    story: str = Field(default="", max_length=_LONGEST, description="The story that the article tells.")
    unacked: Annotated[bool | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, description="True: only those that nobody has acknowledged."
    )
    muted: Annotated[Literal["yes", "no"] | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, description="yes: only muted ones; no: only others."
    )
    since: str = Field(
        default="",
        max_length=40,
        description='Raised or told again since: a span such as "24h", or a time in ISO 8601.',
    )


Before = Annotated[
    int | None,
    BeforeValidator(_empty_is_none),
    Query(ge=1, le=MOST_NUMBER, description="The last page's `next_before`, to go on from there."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, and how the address said it."""

    filter: AlertFilter
    query: str
    """The parameters that filter, to be put into other addresses."""

    def with_(self, **more: object) -> str:
        """An address's query: the filters and these."""
        extra = urlencode({name: value for name, value in more.items() if value is not None})
        return "&".join(part for part in (self.query, extra) if part)


def read_wanted(request: Request, asked: Annotated[AlertQuery, Query()]) -> Wanted:
    """A FastAPI dependency. Refuses with 422 what is no filter."""
    return Wanted(
        AlertFilter(
            severities=frozenset(asked.severity),
            rules=frozenset(asked.rule),
            entities=frozenset(asked.entity),
            outlets=frozenset(asked.outlet),
            languages=frozenset(asked.language),
            story=asked.story,
            since=_read_since(asked.since, find_window(request).clock()),
            unacked=bool(asked.unacked),
            muted=None if asked.muted is None else asked.muted == "yes",
        ),
        keep_filters(request.query_params.multi_items()),
    )


def keep_filters(items: Iterable[tuple[str, str]]) -> str:
    """Of an address's parameters those that filter, as a query."""
    return urlencode([(name, value) for name, value in items if name in AlertQuery.model_fields and value])


def clean_query(query: str) -> str:
    """The same of a query that somebody sent: nothing else of it can stand in an address."""
    return keep_filters(parse_qsl(query, max_num_fields=200))


def _read_since(text: str, now: datetime) -> datetime | None:
    if not text.strip():
        return None
    try:
        span = parse_duration(text)
        assert isinstance(span, timedelta)  # noqa: S101  # texts become nothing else
    except ValueError:
        return _read_moment(text)
    return now - span


def _read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        message = f'since: {text!r} is neither a span such as "24h" nor a time such as 2026-11-28T10:00Z'
        raise HTTPException(422, message) from error
