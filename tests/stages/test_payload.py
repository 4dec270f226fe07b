import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.models import Alert, Mention, NewGroup, Stance, Zone
from crawler.payload import alert_from_json, alert_to_json
from tests.stages.store_samples import NOW, capture_of, hit_of

ALERT = Alert(
    id="0123",
    outlet="news",
    outlet_name="The News",
    title="قافلة",
    url="https://a.example/1",
    published=None,
    seen=NOW,
    severity="critical",
    hits=(hit_of("threat"), hit_of("attack", Zone.TITLE)),
    mentions=(Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 20, 24, "base", "Asad", "variant"),),
    language="ar",
    partial=True,
    capture=capture_of(3),
    settings_digest="sha256:1",
    replay=True,
    updated=NOW,
    authors=("A. Writer", "B. Reader"),
    section="Iraq",
    tags=("drones",),
    image_url="https://a.example/1.jpg",
    truncated=True,
    story="0a1b",
    stances=(Stance("claim", "hamas", Zone.BODY, 4, 9, "claim"),),
    new_groups=(NewGroup("Thawriyoun", Zone.TITLE, 0, 10),),
)


@pytest.mark.parametrize("alert", [ALERT, replace(ALERT, capture=None, mentions=(), published=NOW, hits=())])
def test_an_alert_comes_back_as_it_went(alert: Alert) -> None:
    assert alert_from_json(alert_to_json(alert)) == alert
    assert alert_from_json(alert_to_json(alert).encode()) == alert


def test_the_format_is_what_is_documented() -> None:
    """Consumers in other languages rely on it: a change needs a new version, a further key that may be ignored does
    not."""
    written = json.loads(alert_to_json(ALERT))

    assert written | {"hits": [], "mentions": []} == {
        "version": 1,
        "kind": "alert",
        "id": "0123",
        "outlet": "news",
        "outlet_name": "The News",
        "title": "قافلة",
        "url": "https://a.example/1",
        "published": None,
        "seen": "2026-08-21T12:30:15.123456+00:00",
        "severity": "critical",
        "hits": [],
        "mentions": [],
        "language": "ar",
        "partial": True,
        "capture": {
            "file": "crawl-1.warc.gz",
            "offset": 3000,
            "length": 900,
            "digest": "sha256:00",
            "url": "https://a.example/",
            "status": 200,
            "fetched_at": "2026-08-21T12:30:15.123456+00:00",
            "rendered": False,
        },
        "settings_digest": "sha256:1",
        "replay": True,
        "stances": [{"event": "claim", "entity": "hamas", "zone": "body", "start": 4, "end": 9, "text": "claim"}],
        "new_groups": [{"name": "Thawriyoun", "zone": "title", "start": 0, "end": 10}],
        "published_from": "",
        "updated": "2026-08-21T12:30:15.123456+00:00",
        "authors": ["A. Writer", "B. Reader"],
        "section": "Iraq",
        "tags": ["drones"],
        "canonical_url": "",
        "image_url": "https://a.example/1.jpg",
        "truncated": True,
        "story": "0a1b",
        "former_hits": [],
    }
    assert written["hits"][1]["terms"][0] == {
        "zone": "title",
        "start": 4,
        "end": 10,
        "text": "convoy",
        "label": "#attack",
        "certainty": None,
    }
    reasons = {key: written["hits"][0][key] for key in ("marks", "distance", "certainty", "score")}
    assert reasons == {
        "marks": [[4, 10], [20, 24]],
        "distance": 3,
        "certainty": "variant",
        "score": [{"part": "@base", "weight": 2.5, "held": True}],
    }


def test_an_alert_that_was_written_before_there_were_reasons_is_read() -> None:
    old = json.loads(alert_to_json(ALERT))
    for key in ("stances", "new_groups", "authors", "updated", "published_from", "former_hits"):
        del old[key]
    for hit in old["hits"]:
        for key in ("marks", "distance", "certainty", "score"):
            del hit[key]

    alert = alert_from_json(json.dumps(old))

    assert (alert.authors, alert.updated) == ((), None)
    assert (alert.stances, alert.hits[0].marks, alert.hits[0].score) == ((), (), ())


def test_times_are_written_in_utc() -> None:
    baghdad = datetime(2026, 8, 21, 15, 30, tzinfo=timezone(timedelta(hours=3)))

    back = alert_from_json(alert_to_json(replace(ALERT, published=baghdad))).published

    assert back is not None
    assert (back, back.utcoffset()) == (datetime(2026, 8, 21, 12, 30, tzinfo=UTC), timedelta(0))


def test_what_utf8_cannot_spell_is_replaced_one_for_one() -> None:
    payload = alert_to_json(replace(ALERT, title="a\x00b\ud800c \\u0000"))

    assert b"\\u0000c" not in payload.encode()
    assert alert_from_json(payload).title == "a\ufffdb\ufffdc \\u0000"


def test_keys_of_later_writers_are_ignored() -> None:
    written = json.loads(alert_to_json(ALERT)) | {"mood": 17}

    assert alert_from_json(json.dumps(written)) == ALERT


@pytest.mark.parametrize(
    "payload",
    [
        "",
        b"\xff",
        "null",
        "[]",
        '{"version": 1}',
        "[" * 100_000,
        alert_to_json(ALERT).replace('"version":1', '"version":2'),
        alert_to_json(ALERT).replace('"critical"', '"loud"'),
    ],
)
def test_what_is_no_alert_is_a_value_error(payload: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        alert_from_json(payload)
