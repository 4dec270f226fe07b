"""An alert as JSON and back: what the outbox keeps and the Redis stream carries.

Version 1 is one object: `"version": 1` and the fields of `crawler.models.Alert` under their own names. Tuples are
arrays, times ISO 8601 in UTC, absent values null. It holds no NUL and no lone surrogate (U+FFFD stands for each, so
that offsets hold), so it is UTF-8 that every consumer can read. A reader ignores keys that it does not know.
"""

import json
from datetime import UTC, datetime

from pydantic import TypeAdapter

from crawler.models import Alert, ScorePart, Term
from crawler.store.values import clean_text

VERSION = 1

_ALERT = TypeAdapter(Alert)
_TERMS = TypeAdapter(tuple[Term, ...])
_SCORE = TypeAdapter(tuple[ScorePart, ...])


def alert_to_json(alert: Alert) -> str:
    return _write_json({"version": VERSION, **_ALERT.dump_python(alert)})


def alert_from_json(payload: str | bytes) -> Alert:
    """Raises ValueError when it is no alert, or of a version newer than ours."""
    try:
        fields = json.loads(payload)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(fields, dict) or fields.get("version") != VERSION:
        raise ValueError(f"not an alert of version {VERSION}")
    return _ALERT.validate_python(fields)


def terms_to_json(terms: tuple[Term, ...]) -> str:
    """The evidence of one hit."""
    return _write_json(_TERMS.dump_python(terms))


def score_to_json(score: tuple[ScorePart, ...]) -> str:
    """What was weighed for one hit."""
    return _write_json(_SCORE.dump_python(score))


def _write_json(value: object) -> str:
    return json.dumps(_clean_values(value), ensure_ascii=False, separators=(",", ":"))


def _clean_values(value: object) -> object:
    match value:
        case str():
            return clean_text(value, "\ufffd")
        case datetime():
            return value.astimezone(UTC).isoformat()
        case dict():
            return {key: _clean_values(item) for key, item in value.items()}
        case tuple() | list():
            return [_clean_values(item) for item in value]
        case _:
            return value
