"""Alerts as Atom (RFC 4287) and as JSON Feed 1.1. Pure."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from crawler.models import Alert
from crawler.triage import TriagedAlert
from scheduler.alerts.states import list_states

ATOM = "http://www.w3.org/2005/Atom"
NAMESPACE = uuid.UUID("5b1f7a0e-3c52-4e0c-9d55-6f0f3b1d8a11")
"""Under which ids are made of ours: the same alert has the same one wherever it is read."""
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_ADDRESS = re.compile(r"""https?://[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+""", re.ASCII | re.IGNORECASE)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TITLE = "basewatch alerts"


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """Where a feed stands."""

    base: str
    """Address of the dashboard, with a slash at its end."""
    address: str
    """Of the feed itself, absolute."""
    next: str | None
    """Of the page that follows; None at the end."""


def write_atom(alerts: Sequence[TriagedAlert], place: FeedPlace) -> bytes:
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(feed, "id", make_urn(f"feed {place.address}"))
    _add(feed, "title", TITLE)
    _add(feed, "updated", _stamp(max((each.told_at for each in alerts), default=_NEVER)))
    _add(_add(feed, "author"), "name", "basewatch")
    _add(feed, "link", rel="self", type="application/atom+xml", href=place.address)
    _add(feed, "link", rel="alternate", type="text/html", href=place.base)
    if place.next:
        _add(feed, "link", rel="next", type="application/atom+xml", href=place.next)
    for triaged in alerts:
        _add_entry(feed, triaged, place)
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="utf-8")
    return written


def _add_entry(feed: "etree._Element", triaged: TriagedAlert, place: FeedPlace) -> None:
    alert = triaged.alert
    entry = _add(feed, "entry")
    if _LANGUAGE.fullmatch(alert.language):
        entry.set("{http://www.w3.org/XML/1998/namespace}lang", alert.language)
    _add(entry, "id", make_urn(alert.id))
    _add(entry, "title", _headline(alert))
    _add(entry, "published", _stamp(triaged.raised_at))
    _add(entry, "updated", _stamp(triaged.told_at))
    _add(_add(entry, "author"), "name", alert.outlet_name or alert.outlet)
    _add(entry, "link", rel="alternate", type="text/html", href=f"{place.base}alerts/{alert.id}")
    if is_address(alert.url):
        _add(entry, "link", rel="related", href=alert.url)
    _add(entry, "category", term=alert.severity, label=alert.severity, scheme="urn:x-basewatch:severity")
    for rule in dict.fromkeys(hit.rule for hit in alert.grounds):
        _add(entry, "category", term=rule, scheme="urn:x-basewatch:rule")
    _add(entry, "content", _tell(triaged), type="text")


def make_json_feed(alerts: Sequence[TriagedAlert], place: FeedPlace) -> dict[str, Any]:
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": place.base,
        "feed_url": place.address,
        "items": [_make_item(triaged, place) for triaged in alerts],
    }
    return feed | ({"next_url": place.next} if place.next else {})


def _make_item(triaged: TriagedAlert, place: FeedPlace) -> dict[str, Any]:
    alert = triaged.alert
    item: dict[str, Any] = {
        "id": make_urn(alert.id),
        "url": f"{place.base}alerts/{alert.id}",
        "title": _headline(alert),
        "content_text": _tell(triaged),
        "date_published": _stamp(triaged.raised_at),
        "date_modified": _stamp(triaged.told_at),
        "authors": [{"name": alert.outlet_name or alert.outlet}],
        "tags": [alert.severity, *dict.fromkeys(hit.rule for hit in alert.grounds)],
        "_basewatch": {"about": f"{place.base}api/openapi.json", "id": alert.id, "severity": alert.severity},
    }
    if is_address(alert.url):
        item["external_url"] = alert.url
    if _LANGUAGE.fullmatch(alert.language):
        item["language"] = alert.language
    return item


def make_urn(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, name)}"


def is_address(text: str) -> bool:
    """Of the web, and nothing in it that an address cannot hold."""
    return _ADDRESS.fullmatch(text) is not None


def _headline(alert: Alert) -> str:
    return _clean(f"{alert.severity.upper()}: {alert.title or alert.url}")


def _tell(triaged: TriagedAlert) -> str:
    """Its sentences, each once, with why; then what people did with it, which makes nobody's reader tell it again."""
    alert, states = triaged.alert, "\n".join(list_states(triaged))
    told = [f"{hit.sentence}\n{hit.rule}: {hit.explanation}" for hit in alert.grounds] or [_headline(alert)]
    return _clean("\n\n".join(filter(None, (*dict.fromkeys(told), states))))


def _add(parent: "etree._Element", name: str, text: str | None = None, **attributes: str) -> "etree._Element":
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", {key: _clean(value) for key, value in attributes.items()})
    if text is not None:
        element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    """XML has no way to write most control characters."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
