"""Entries of the stream as JSON and back: what the outbox keeps and the Redis stream carries.

Version 1 is one object: `"version": 1`, `"kind"`, and under their own names the fields of `crawler.models.Alert`,
`Update` or `HealthNotice`. Tuples are arrays, times ISO 8601 in UTC, absent values null. It holds no NUL
and no lone surrogate (U+FFFD stands for each, so that offsets hold), so it is UTF-8 that every consumer can read. A
reader ignores keys that it does not know.
"""

import json
from datetime import UTC, datetime

from pydantic import TypeAdapter

from crawler.models import Alert, Entry, EntryKind, HealthNotice, ScorePart, Term, Update
from crawler.store.values import clean_text

VERSION = 1

KINDS: dict[EntryKind, type[Entry]] = {"alert": Alert, "update": Update, "health": HealthNotice}
_KIND_OF = {type_: kind for kind, type_ in KINDS.items()}
_ADAPTERS: dict[str, TypeAdapter[Entry]] = {kind: TypeAdapter(type_) for kind, type_ in KINDS.items()}
_TERMS = TypeAdapter(tuple[Term, ...])
_SCORE = TypeAdapter(tuple[ScorePart, ...])


def entry_to_json(entry: Entry) -> str:
    kind = _KIND_OF[type(entry)]
    return _write_json({"version": VERSION, "kind": kind, **_ADAPTERS[kind].dump_python(entry)})


def entry_from_json(payload: str | bytes) -> Entry:
    """Raises ValueError when it is no entry, of a kind that we do not know, or of a version newer than ours."""
    try:
        fields = json.loads(payload)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(fields, dict) or fields.get("version") != VERSION:
        raise ValueError(f"not an entry of version {VERSION}")
    kind = fields.get("kind", "alert")  # alerts were alone once, and did not say what they are
    if not isinstance(kind, str) or kind not in _ADAPTERS:
        raise ValueError(f"an entry of a kind that is not known here: {kind!r}")
    return _ADAPTERS[kind].validate_python(fields)


def alert_to_json(alert: Alert) -> str:
    return entry_to_json(alert)


def alert_from_json(payload: str | bytes) -> Alert:
    """Raises ValueError when it is no alert, or of a version newer than ours."""
    entry = entry_from_json(payload)
    if not isinstance(entry, Alert):
        raise ValueError("not an alert")  # noqa: TRY004 - what is wrong is the value of the text
    return entry


def terms_to_json(terms: tuple[Term, ...]) -> str:
    """The evidence of one hit."""
    return _write_json(_TERMS.dump_python(terms))


def score_to_json(score: tuple[ScorePart, ...]) -> str:
    """What was weighed for one hit."""
    return _write_json(_SCORE.dump_python(score))


def _write_json(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_write_moment)
    # what cannot be stored is rare, and to look for it in every text takes longer than to write them
    if "\\u0000" in written or clean_text(written) != written:
        return json.dumps(_clean_values(value), ensure_ascii=False, separators=(",", ":"))
    return written


def _write_moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} is no value of an entry")


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
