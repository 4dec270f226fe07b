"""An alert as a STIX 2.1 bundle, for threat intelligence platforms; by the stix2 library (extra `stix`).

Every id is made of ours: the same alert gives the same objects wherever it is asked for, and platforms merge them.
"""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from crawler.models import Alert, Hit
from crawler.triage import TriagedAlert
from scheduler.dashboard.api.feeds import NAMESPACE, is_address
from settings.model import Entity, Gazetteer


class StixAwayError(Exception):
    """The library is not installed."""


def make_bundle(triaged: TriagedAlert, gazetteer: Gazetteer) -> str:
    """JSON. Raises StixAwayError."""
    try:
        import stix2  # noqa: PLC0415  # an extra, and slow to load
    except ImportError as error:
        raise StixAwayError("STIX needs the extra `stix`: pip install 'basewatch[stix]'") from error
    alert = triaged.alert
    times = {"created": triaged.raised_at, "modified": triaged.told_at}
    watcher = stix2.Identity(
        id=_make_id("identity", "basewatch"), name="basewatch", identity_class="system", **_first_of(triaged)
    )
    common = {**times, "created_by_ref": watcher.id, "lang": alert.language or None}
    outlet = stix2.Identity(
        id=_make_id("identity", f"outlet {alert.outlet}"),
        name=alert.outlet_name or alert.outlet,
        identity_class="organization",
        **_first_of(triaged),
    )
    named = list(_make_entities(stix2, alert, gazetteer, triaged))
    observed = list(_make_observed(stix2, alert, common))
    told = [watcher, outlet, *named, *observed]
    notes = [_make_note(stix2, alert, hit, [each.id for each in (outlet, *named)], common) for hit in alert.grounds]
    report = stix2.Report(
        id=_make_id("report", alert.id),
        name=_name_alert(alert),
        description="\n\n".join(dict.fromkeys(hit.sentence for hit in alert.grounds)) or None,
        report_types=["observed-data"],
        published=alert.published or alert.seen,
        labels=[alert.severity, *dict.fromkeys(hit.rule for hit in alert.grounds)],
        object_refs=[each.id for each in (*told, *notes)],
        external_references=[_refer(alert)],
        **{key: value for key, value in common.items() if value is not None},
    )
    return str(stix2.Bundle(*told, *notes, report, id=_make_id("bundle", alert.id)).serialize(pretty=True))


def _make_entities(stix2: Any, alert: Alert, gazetteer: Gazetteer, triaged: TriagedAlert) -> Iterator[Any]:  # noqa: ANN401  # no types on the index
    known = {entity.id: entity for entity in gazetteer.entities}
    for mention in {each.entity: each for each in alert.mentions}.values():
        entity = known.get(mention.entity)
        if mention.type == "group":
            aliases = [alias.text for alias in entity.aliases][:20] if entity else None
            yield stix2.IntrusionSet(
                id=_make_id("intrusion-set", mention.entity), name=mention.name, aliases=aliases, **_first_of(triaged)
            )
        elif mention.type == "base" and entity and entity.latitude is not None:
            yield _make_location(stix2, entity, triaged)


def _make_location(stix2: Any, entity: Entity, triaged: TriagedAlert) -> Any:  # noqa: ANN401
    return stix2.Location(
        id=_make_id("location", entity.id),
        name=entity.name,
        latitude=entity.latitude,
        longitude=entity.longitude,
        **_first_of(triaged),
    )


def _make_observed(stix2: Any, alert: Alert, common: dict[str, Any]) -> Iterator[Any]:  # noqa: ANN401
    """The page where it was fetched, and the bytes that came."""
    capture = alert.capture
    if capture is None or not is_address(capture.url):
        return
    digest = capture.digest.removeprefix("sha256:")
    url = stix2.URL(value=capture.url)
    page = stix2.Artifact(url=capture.url, hashes={"SHA-256": digest})
    yield from (url, page)
    yield stix2.ObservedData(
        id=_make_id("observed-data", alert.id),
        first_observed=capture.fetched_at,
        last_observed=capture.fetched_at,
        number_observed=1,
        object_refs=[url.id, page.id],
        **{key: value for key, value in common.items() if key != "lang" and value is not None},
    )


def _make_note(stix2: Any, alert: Alert, hit: Hit, about: Iterable[str], common: dict[str, Any]) -> Any:  # noqa: ANN401
    return stix2.Note(
        id=_make_id("note", f"{alert.id} {hit.rule}"),
        abstract=f"{hit.rule}: {hit.explanation}",
        content=hit.sentence,
        object_refs=list(about),
        **{key: value for key, value in common.items() if value is not None},
    )


def _refer(alert: Alert) -> dict[str, Any]:
    reference: dict[str, Any] = {"source_name": alert.outlet_name or alert.outlet, "description": _name_alert(alert)}
    if is_address(alert.url):
        reference["url"] = alert.url
    if alert.capture and is_address(alert.url):
        reference["hashes"] = {"SHA-256": alert.capture.digest.removeprefix("sha256:")}
    return reference


def _name_alert(alert: Alert) -> str:
    return alert.title or alert.url


def _first_of(triaged: TriagedAlert) -> dict[str, Any]:
    """Of things that outlive an alert: as old as the first that told of them here."""
    return {"created": triaged.raised_at, "modified": triaged.raised_at}


def _make_id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(NAMESPACE, f'{kind} {name}')}"
