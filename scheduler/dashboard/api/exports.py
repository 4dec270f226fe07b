"""Alerts as CSV and as JSON lines, however many: written while they are read."""

import csv
import io
from collections.abc import Iterable, Iterator

from pydantic_core import to_json

from crawler.triage import TriagedAlert
from scheduler.alerts.states import triaged_to_dict

COLUMNS = (
    "id", "severity", "raised_at", "told_at", "outlet", "outlet_name", "title", "url", "language", "published", "rules",
    "entities", "sentence", "story", "outlets", "acknowledged_by", "muted", "notes", "archive_file", "archive_offset",
    "archive_digest", "settings_digest",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # spreadsheets read the wide ones too
BOM = "\ufeff"


def write_csv(alerts: Iterable[TriagedAlert], *, bom: bool) -> Iterator[str]:
    """Rows of RFC 4180 below a heading. No cell is a formula to a spreadsheet: what would be one has a ' before it."""
    yield (BOM if bom else "") + _write_row(COLUMNS)
    for triaged in alerts:
        yield _write_row([neutralise(cell) for cell in _cells(triaged)])


def write_jsonl(alerts: Iterable[TriagedAlert]) -> Iterator[str]:
    """The objects of /api/alerts, one a line and as they are: no spreadsheet reads them."""
    for triaged in alerts:
        yield to_json(triaged_to_dict(triaged)).decode() + "\n"


def neutralise(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff\u200b").startswith(_FORMULA) else cell


def _write_row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cells(triaged: TriagedAlert) -> list[str]:
    alert, capture = triaged.alert, triaged.alert.capture
    return [
        alert.id,
        alert.severity,
        triaged.raised_at.isoformat(),
        triaged.told_at.isoformat(),
        alert.outlet,
        alert.outlet_name,
        alert.title,
        alert.url,
        alert.language,
        alert.published.isoformat() if alert.published else "",
        "; ".join(dict.fromkeys(hit.rule for hit in alert.grounds)),
        "; ".join(dict.fromkeys(mention.entity for mention in alert.mentions)),
        alert.grounds[0].sentence if alert.grounds else "",
        alert.story,
        str(triaged.outlets),
        triaged.ack.by if triaged.ack else "",
        f"{triaged.mute.kind}: {triaged.mute.value}" if triaged.mute else "",
        " | ".join(f"{note.by}: {note.text}" for note in triaged.notes),
        capture.file if capture else "",
        str(capture.offset) if capture else "",
        capture.digest if capture else "",
        alert.settings_digest,
    ]
