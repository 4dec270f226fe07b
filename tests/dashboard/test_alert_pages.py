"""Now and Alert as people see them: marks at the right words, filters in the address, pages, deeds, stored bytes."""

import hashlib
import html
import io
import json
import os
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from crawler.store.store import Store
from crawler.triage import AlertFilter
from scheduler.dashboard.views.alerts import fold_stories
from settings.model import Run
from tests.dashboard.conftest import find_word
from tests.dashboard.newsroom import ARABIC, COPIED, COPY, ENGLISH, INFO, PERSIAN, WARNING, Desk, Newsroom


def list_alerts(page: str) -> list[str]:
    return re.findall(r'data-alert="([^"]+)"', page)


def list_marks(page: str) -> set[tuple[str, str]]:
    """Kind and text of every marked word."""
    return {(kind, html.unescape(text)) for kind, text in re.findall(r'<mark class="(\w+)" [^>]*>([^<]*)</mark>', page)}


def test_the_newest_alert_comes_first_with_its_marked_sentence(pages: TestClient, desk: Desk) -> None:
    first, second = desk.tell(ENGLISH), desk.tell(ARABIC)
    page = pages.get("/").text
    assert list_alerts(page) == [second, first]
    assert ("base", "قاعدة عين الأسد") in list_marks(page)
    assert {kind for kind, _ in list_marks(page)} >= {"base", "event"}
    assert 'lang="ar"' in page


def test_an_alert_shows_its_text_its_rules_and_where_it_comes_from(
    pages: TestClient, desk: Desk, newsroom: Newsroom, store: Store
) -> None:
    alert_id = desk.tell(ARABIC)
    page = pages.get(f"/alerts/{alert_id}").text
    alert = store.read_alert(alert_id, datetime.now(UTC))
    assert alert is not None
    text = store.read_texts(alert_id)[0].article
    for hit in alert.alert.hits:
        for term in hit.terms:
            assert text.zone_text(term.zone)[term.start : term.end] == term.text
    for told in ("✓ held", "Revision 1", alert.alert.settings_digest, alert.alert.hits[0].rule):
        assert told in page
    assert alert.alert.capture is not None
    assert alert.alert.capture.digest in page
    plain = html.unescape(re.sub(r"<[^>]+>", "", page))
    for line in text.body.split("\n"):
        assert line in plain


def test_every_filter_narrows_the_list(pages: TestClient, desk: Desk, store: Store) -> None:
    english, arabic, info = desk.tell(ENGLISH), desk.tell(ARABIC), desk.tell(INFO)
    everything = {english, arabic, info}
    store.ack_alerts([english], datetime.now(UTC), "me")
    store.add_mute("alert", arabic, datetime.now(UTC), by="me", even_critical=True)
    alert = store.read_alert(english, datetime.now(UTC))
    assert alert is not None
    for query, found in {
        "severity=info": {info},
        "severity=critical&severity=info": everything,
        "language=ar": {arabic},
        "unacked=true": {arabic, info},
        "muted=yes": {arabic},
        "muted=no": {english, info},
        f"outlet={alert.alert.outlet}": {english},
        f"rule={alert.alert.hits[0].rule}&language=en": {english},
        "entity=ain-al-asad": {english, arabic},
        "since=1h": everything,
        f"since={(datetime.now(UTC) + timedelta(days=1)).date()}": set(),
        "rule=&entity=&outlet=&language=&muted=&since=&severity=": everything,
        "rule=no-such-rule": set(),
    }.items():
        assert set(list_alerts(pages.get(f"/?{query}").text)) == found, query


def test_pages_follow_each_other_without_a_gap(pages: TestClient, desk: Desk, store: Store) -> None:
    told = [desk.tell(number) for number in (ENGLISH, ARABIC, PERSIAN)]
    cursor, seen = None, []
    while True:
        answer = pages.get("/api/alerts", params={"limit": 1} | ({"before": cursor} if cursor else {})).json()
        seen += [alert["id"] for alert in answer["alerts"]]
        cursor = answer["next_before"]
        if cursor is None:
            break
    assert seen == told[::-1]


def test_a_story_says_who_else_tells_it(pages: TestClient, desk: Desk, store: Store) -> None:
    first = desk.tell(COPIED)
    assert desk.tell(COPY) == "", "a copy is told within its story"
    shown = pages.get("/").text
    assert list_alerts(shown) == [first]
    assert "also at 1 outlet<" in shown
    alert = store.read_alert(first, datetime.now(UTC))
    assert alert is not None
    assert list_alerts(pages.get(f"/?story={alert.alert.story}").text) == [first]
    assert "Who else tells it" in pages.get(f"/alerts/{first}").text


def test_alerts_of_one_story_stand_under_the_newest_of_them(desk: Desk, store: Store) -> None:
    for number in (ENGLISH, ARABIC, PERSIAN):
        desk.tell(number)
    told = store.read_page(AlertFilter(), datetime.now(UTC)).alerts
    same = [replace(each, alert=replace(each.alert, story="s")) for each in (told[0], told[2])]
    rows = fold_stories([same[0], told[1], same[1]])
    assert [row.triaged.number for row in rows] == [told[0].number, told[1].number]
    assert rows[0].folded == (same[1],)
    assert len(fold_stories([same[0], told[1], same[1]], folding=False)) == 3


def test_people_acknowledge_note_and_mute_without_a_script(pages: TestClient, desk: Desk, store: Store) -> None:
    alert_id = desk.tell(WARNING)
    word = find_word(pages.get("/").text)
    ack = pages.post(f"/alerts/{alert_id}/ack", data={"word": word, "by": "Nour", "back": "severity=warning&x=//evil"})
    assert (ack.status_code, ack.headers["location"]) == (303, "/?severity=warning")
    note = pages.post(f"/alerts/{alert_id}/note", data={"word": word, "note": "Called the desk."})
    assert (note.status_code, note.headers["location"]) == (303, f"/alerts/{alert_id}")
    mute = pages.post(f"/alerts/{alert_id}/mute", data={"word": word, "what": f"alert:{alert_id}", "lasts": "8h"})
    assert mute.status_code == 303
    page = pages.get(f"/alerts/{alert_id}").text
    assert "acknowledged by <bdi>Nour</bdi>" in page
    assert "Called the desk." in page
    number = store.read_mutes(datetime.now(UTC))[0].id
    assert pages.post(f"/alerts/{alert_id}/unmute/{number}", data={"word": word}).status_code == 303
    assert store.read_mutes(datetime.now(UTC)) == []


@pytest.mark.parametrize("deed", ["ack", "note", "mute", "unmute/1"])
def test_nothing_is_done_without_the_word_of_the_session(
    pages: TestClient, desk: Desk, store: Store, deed: str
) -> None:
    alert_id = desk.tell(ENGLISH)
    pages.get("/")
    fields = {"what": f"alert:{alert_id}", "note": "x"}
    for word in ({}, {"word": "x"}):
        assert pages.post(f"/alerts/{alert_id}/{deed}", data={**fields, **word}).status_code == 403
    alert = store.read_alert(alert_id, datetime.now(UTC))
    assert alert is not None
    assert (alert.ack, alert.notes, alert.mute) == (None, (), None)


def test_what_cannot_be_done_is_told_and_is_no_error_of_ours(pages: TestClient, desk: Desk) -> None:
    alert_id = desk.tell(ENGLISH)
    word = find_word(pages.get("/").text)
    for path, fields, status in (
        ("/alerts/none/ack", {}, 404),
        (f"/alerts/{alert_id}/note", {"note": "  "}, 422),
        (f"/alerts/{alert_id}/mute", {"what": "rule:no-such-rule"}, 422),
        (f"/alerts/{alert_id}/mute", {"what": "planet:mars"}, 422),
        (f"/alerts/{alert_id}/mute", {"what": f"alert:{alert_id}", "lasts": "1e999d"}, 422),
        (f"/alerts/{alert_id}/mute", {"what": f"alert:{alert_id}", "lasts": "99999999999d"}, 422),
        (f"/alerts/{alert_id}/unmute/9", {}, 404),
    ):
        assert pages.post(path, data={"word": word, **fields}).status_code == status, (path, fields)


def test_stored_bytes_come_as_text_that_cannot_act(pages: TestClient, desk: Desk, newsroom: Newsroom) -> None:
    alert_id = desk.tell(ENGLISH)
    for query in ("", "?received=true"):
        answer = pages.get(f"/alerts/{alert_id}/captures/1{query}")
        assert answer.content == newsroom.page(ENGLISH)[1].raw
        assert answer.headers["content-type"] == "text/plain"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["content-disposition"].startswith("attachment;")
    assert pages.get(f"/alerts/{alert_id}/captures/2").status_code == 404
    assert pages.get(f"/alerts/{alert_id}/captures/0").status_code == 422


def test_the_evidence_comes_as_one_file_whose_sums_are_right(pages: TestClient, desk: Desk) -> None:
    alert_id = desk.tell(ENGLISH)
    answer = pages.get(f"/alerts/{alert_id}/evidence.zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="basewatch-{alert_id[:8]}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        files = {Path(name).name: packed.read(name) for name in packed.namelist()}
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert {"alert.json", "captures.warc.gz", "extraction.json", "rules.json"} <= sums.keys()
    assert all(hashlib.sha256(files[name]).hexdigest() == digest for name, digest in sums.items())
    assert f'href="/alerts/{alert_id}/evidence.zip"' in pages.get(f"/alerts/{alert_id}").text
    assert pages.get("/alerts/none/evidence.zip").status_code == 404


def test_a_capture_that_the_archive_lost_is_told(pages: TestClient, desk: Desk, run: Run) -> None:
    alert_id = desk.tell(ENGLISH)
    for file in (run.data_dir / "archive").iterdir():
        os.truncate(file, 0)
    assert pages.get(f"/alerts/{alert_id}/captures/1").status_code == 404


def test_a_page_that_retention_took_away_is_told_as_such(pages: TestClient, desk: Desk, store: Store) -> None:
    alert_id = desk.tell(ENGLISH)
    download = f'href="/alerts/{alert_id}/captures/1"'
    assert download in pages.get(f"/alerts/{alert_id}").text
    [stored] = store.read_link_captures(alert_id)
    store.save_pruned(stored.capture.file, "", {}, datetime(2026, 11, 1, tzinfo=UTC))
    shown = pages.get(f"/alerts/{alert_id}").text
    assert "none any more: pruned from the archive, " in shown
    assert download not in shown
    assert stored.capture.digest in shown


def test_revisions_show_what_they_changed(pages: TestClient, desk: Desk, newsroom: Newsroom) -> None:
    alert_id = desk.tell(ENGLISH)
    raw = newsroom.page(ENGLISH)[1].raw
    changed = raw.replace(b"Five rockets", b"Seven rockets")
    assert changed != raw
    desk.revise(ENGLISH, changed)
    page = pages.get(f"/alerts/{alert_id}").text
    assert "Revision 2" in page
    assert re.search(r'<ins dir="auto">[^<]*Seven rockets', page)
    assert re.search(r'<del dir="auto">[^<]*Five rockets', page)
    told = re.findall(r">(added|removed), </span>(\w+)</span>", page)
    assert told == [(kind, zone) for zone in ("title", "description", "body") for kind in ("removed", "added")]


def test_an_alert_explains_itself_when_its_article_says_nothing_of_it_any_more(
    pages: TestClient, desk: Desk, store: Store
) -> None:
    alert_id = desk.tell(ENGLISH)
    before = store.read_alert(alert_id, datetime.now(UTC))
    assert before is not None
    desk.revise(
        ENGLISH, b"<html><article><h1>Corrected</h1><p>" + b"This report was withdrawn. " * 20 + b"</p></article>"
    )

    row, page = pages.get("/").text, pages.get(f"/alerts/{alert_id}").text
    packed = zipfile.ZipFile(io.BytesIO(pages.get(f"/alerts/{alert_id}/evidence.zip").content))
    rules = next(json.loads(packed.read(name)) for name in packed.namelist() if name.endswith("rules.json"))

    assert "no rule finds it any more" in row
    assert before.alert.capture is not None
    for hit in before.alert.hits:
        assert f"?rule={hit.rule}" in row
        assert html.unescape(re.sub(r"<[^>]+>", "", page)).count(hit.sentence)
    assert page.count("found no more since") == len(before.alert.hits)
    assert page.count(f"at {before.alert.capture.offset}, <code>{before.alert.capture.digest}") == len(
        before.alert.hits
    )
    told = {(rule["name"], rule["settings_digest"]) for rule in rules["rules"] if rule["rule"]}
    assert told == {(hit.rule, before.alert.settings_digest) for hit in before.alert.hits}


def test_people_are_told_in_words_what_is_not_there_and_what_cannot_be_asked(pages: TestClient) -> None:
    page = {"Accept": "text/html"}
    missing, wrong = pages.get("/nothing", headers=page), pages.get("/?severity=loud", headers=page)
    assert (missing.status_code, wrong.status_code) == (404, 422)
    assert "There is no such page." in missing.text
    assert "That cannot be asked for" in wrong.text
    assert "severity: Input should be" in html.unescape(wrong.text)


HOSTILE_QUERIES = [
    "before=0", "before=-1", "before=x", "before=9223372036854775808", "before=1e3", "before=%00", "limit=0",
    "limit=201", "severity=loud", "muted=perhaps", "unacked=maybe", "since=yesterday", "since=9999-99-99",
    "since=99999999999d", "since=%00", "story=" + "x" * 300, "rule=" + "x" * 300, "since=0001-01-01T00:00%2B14:00",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
def test_no_question_is_an_error_of_ours(pages: TestClient, query: str) -> None:
    paged = ["/api/alerts", "/api/alerts.atom", "/api/alerts.json"]
    whole = ["/", "/api/alerts.csv", "/api/alerts.jsonl"]
    for path in paged if query.startswith(("before", "limit")) else paged + whole:
        assert pages.get(f"{path}?{query}").status_code == 422, path
    assert pages.get(f"/?{query}").status_code in {200, 422}


@pytest.mark.parametrize("alert_id", ["x", "%00", "'", "%2e%2e%2f", "a" * 64, "a" * 65, "%ff", "💥", "1 OR 1=1"])
def test_no_id_is_an_error_of_ours(pages: TestClient, alert_id: str) -> None:
    for path in (
        f"/alerts/{alert_id}",
        f"/alerts/{alert_id}/captures/1",
        f"/api/alerts/{alert_id}",
        f"/rows/{alert_id}",
    ):
        assert pages.get(path).status_code in {204, 307, 404, 422}, path
