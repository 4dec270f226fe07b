"""Alerts as programs read them: pages, ETags, feeds, exports, STIX, deeds."""

import csv
import io
import json
import re
import uuid
from dataclasses import replace

import feedparser
import pytest
import stix2
from lxml import etree
from starlette.testclient import TestClient

from crawler.store.store import Store
from scheduler.dashboard.api.exports import neutralise
from scheduler.dashboard.etags import is_known
from tests.dashboard.conftest import PASSWORD, TOKEN, Open, find_word
from tests.dashboard.newsroom import ARABIC, ENGLISH, PERSIAN, WARNING, Desk, Newsroom

ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_one_alert_comes_with_its_evidence(pages: TestClient, desk: Desk) -> None:
    alert_id = desk.tell(ARABIC)
    alert = pages.get(f"/api/alerts/{alert_id}").json()
    assert (alert["id"], alert["language"], alert["states"]["outlets"]) == (alert_id, "ar", 1)
    assert alert["evidence"]["revisions"][0]["capture"]["digest"] == alert["capture"]["digest"]
    texts = pages.get(f"/api/alerts/{alert_id}/texts").json()
    for hit in alert["hits"]:
        for term in hit["terms"]:
            assert texts[0]["article"][term["zone"]][term["start"] : term["end"]] == term["text"]
    assert pages.get("/api/alerts/none").status_code == 404


def test_programs_read_the_rules_as_they_were_written_with_their_parts_and_what_revisions_changed(
    pages: TestClient, desk: Desk, newsroom: Newsroom
) -> None:
    alert_id = desk.tell(ENGLISH)
    desk.revise(ENGLISH, newsroom.page(ENGLISH)[1].raw.replace(b"Five rockets", b"Seven rockets"))
    alert = pages.get(f"/api/alerts/{alert_id}").json()
    rules = pages.get(f"/api/alerts/{alert_id}/rules").json()
    assert [each["rule"] for each in rules] == [hit["rule"] for hit in alert["hits"]]
    written = {rule.name: rule for rule in newsroom.settings.rules}
    for each in rules:
        assert (each["is_found"], each["written"]["when"]) == (True, written[each["rule"]].when)
        assert (each["parts"][0]["depth"], each["parts"][0]["holds"]) == (0, True)
    assert any(not part["holds"] for each in rules for part in each["parts"])
    first, second = pages.get(f"/api/alerts/{alert_id}/texts").json()
    assert first["changes"] == []
    assert "Five rockets land" in str(second["changes"])
    assert "Seven rockets land" in str(second["changes"])
    assert pages.get("/api/alerts/none/rules").status_code == 404


def test_rules_are_shown_as_they_were_when_another_version_weighs_sentences_otherwise(
    pages: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert_id = desk.tell(ENGLISH)
    monkeypatch.setattr("crawler.match.explain.digest_reading", lambda: "other weights")
    rules = pages.get(f"/api/alerts/{alert_id}/rules").json()
    assert rules
    assert all(each["written"] and each["parts"] for each in rules)


def test_who_has_an_answer_is_not_sent_it_again(pages: TestClient, desk: Desk) -> None:
    alert_id = desk.tell(ENGLISH)
    for path in ("/api/alerts", f"/api/alerts/{alert_id}", "/api/alerts.atom", "/api/alerts.json", "/api/sources"):
        first = pages.get(path)
        assert first.headers["cache-control"] == "private, no-cache"
        again = pages.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"]), path
        assert again.headers["x-content-type-options"] == "nosniff"
    tag = pages.get("/api/alerts").headers["etag"]
    desk.tell(PERSIAN)
    assert pages.get("/api/alerts", headers={"If-None-Match": tag}).status_code == 200
    assert "etag" not in pages.get("/api/alerts/none").headers


def test_tags_are_compared_weakly() -> None:
    assert is_known('W/"a", "b"', '"a"')
    assert is_known("*", '"a"')
    assert not is_known('"ab"', '"a"')
    assert not is_known("", '"a"')


def test_the_atom_feed_holds_what_the_standard_asks_for(pages: TestClient, desk: Desk) -> None:
    told = [desk.tell(number) for number in (ENGLISH, ARABIC, PERSIAN)]
    answer = pages.get("/api/alerts.atom?limit=2&severity=critical")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = etree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        assert uuid.UUID((element.findtext(f"{ATOM}id") or "").removeprefix("urn:uuid:"))
        assert element.findtext(f"{ATOM}title")
        assert RFC3339.fullmatch(element.findtext(f"{ATOM}updated") or "")
        assert element.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == str(answer.request.url)
    assert all(address.startswith("http://127.0.0.1:8787/") for address in links.values() if address)
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == 2
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    assert [entry.link.rsplit("/", 1)[1] for entry in parsed.entries] == [told[2], told[1]]
    following = feedparser.parse(pages.get(links["next"] or "").content)
    assert [entry.link.rsplit("/", 1)[1] for entry in following.entries] == [told[0]]
    assert feedparser.parse(pages.get("/api/alerts.atom?since=2100-01-01").content).feed.updated


def test_the_json_feed_holds_what_the_standard_asks_for(pages: TestClient, desk: Desk) -> None:
    desk.tell(ENGLISH)
    arabic = desk.tell(ARABIC)
    answer = pages.get("/api/alerts.json?limit=1")
    assert answer.headers["content-type"].startswith("application/feed+json")
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"] == str(answer.request.url)
    assert pages.get(feed["next_url"]).json()["items"]
    (item,) = feed["items"]
    assert item["url"] == f"http://127.0.0.1:8787/alerts/{arabic}"
    assert {"id", "title", "content_text", "date_published", "date_modified", "authors", "tags"} <= item.keys()
    assert item["language"] == "ar"
    assert RFC3339.fullmatch(item["date_published"])


def test_exports_hold_every_alert_that_matches(pages: TestClient, desk: Desk) -> None:
    told = [desk.tell(number) for number in (ENGLISH, ARABIC, PERSIAN)]
    answer = pages.get("/api/alerts.csv?bom=true&language=ar")
    assert answer.content.startswith("\ufeffid,severity".encode())
    rows = list(csv.DictReader(io.StringIO(pages.get("/api/alerts.csv").text)))
    assert [row["id"] for row in rows] == told[::-1]
    assert rows[1]["archive_digest"].startswith("sha256:")
    lines = [json.loads(line) for line in pages.get("/api/alerts.jsonl").text.splitlines()]
    assert [line["id"] for line in lines] == told[::-1]
    assert lines == pages.get("/api/alerts").json()["alerts"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "\ufeff=1"])  # noqa: RUF001
def test_no_cell_is_a_formula(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"


def test_cells_that_are_no_formula_stay_as_they_are() -> None:
    for cell in ("", "a=b", "قاعدة", "'=1", "2026-11-28"):
        assert neutralise(cell) == cell


def test_formulas_in_titles_are_defused_in_the_export(pages: TestClient, desk: Desk, newsroom: Newsroom) -> None:
    analysis = newsroom.analyse(ENGLISH)
    evil = replace(analysis, article=replace(analysis.article, title='=HYPERLINK("http://evil.example","x")'))
    desk.save("http://wire.example/evil", evil, newsroom.page(ENGLISH)[1])
    (row,) = csv.DictReader(io.StringIO(pages.get("/api/alerts.csv").text))
    assert row["title"] == '\'=HYPERLINK("http://evil.example","x")'


def test_a_stix_bundle_is_valid_and_the_same_each_time(pages: TestClient, desk: Desk) -> None:
    alert_id = desk.tell(ARABIC)
    answer = pages.get(f"/api/alerts/{alert_id}/stix")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/stix+json")
    bundle = stix2.parse(answer.text, allow_custom=False)
    kinds = {each.type for each in bundle.objects}
    assert {"identity", "report", "note", "location", "observed-data", "url", "artifact"} <= kinds
    ids = {each.id for each in bundle.objects}
    report = next(each for each in bundle.objects if each.type == "report")
    assert set(report.object_refs) == ids - {report.id}
    assert pages.get(f"/api/alerts/{alert_id}/stix").text == answer.text
    assert pages.get("/api/alerts/none/stix").status_code == 404


def test_programs_acknowledge_note_and_mute_with_the_token(open_window: Open, desk: Desk, store: Store) -> None:
    client = open_window(password=PASSWORD, token=TOKEN)
    alert_id = desk.tell(WARNING)
    assert client.post(f"/api/alerts/{alert_id}/ack", headers={"Accept": "*/*"}).status_code == 401
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    acked = client.post(f"/api/alerts/{alert_id}/ack", json={"by": "bot", "note": "seen"}).json()
    assert (acked["states"]["ack"]["by"], acked["states"]["notes"][0]["text"]) == ("bot", "seen")
    assert client.post(f"/api/alerts/{alert_id}/ack").status_code == 200
    noted = client.post(f"/api/alerts/{alert_id}/note", json={"note": "more"}).json()
    assert [note["text"] for note in noted["states"]["notes"]] == ["seen", "more"]
    muted = client.post("/api/mutes", json={"kind": "alert", "value": alert_id, "lasts": "8h", "by": "bot"})
    assert (muted.status_code, muted.json()["kind"]) == (201, "alert")
    [item] = client.get("/api/alerts.json").json()["items"]
    for said in (item["content_text"], client.get("/api/alerts.atom").text):
        assert "acknowledged by bot" in said
        assert "bot: more" in said
        assert f"muted: alert {alert_id}" in said
    number = muted.json()["number"]
    assert [each["number"] for each in client.get("/api/mutes").json()] == [number]
    assert client.delete(f"/api/mutes/{number}").status_code == 204
    assert client.delete(f"/api/mutes/{number}").status_code == 404
    assert client.post("/api/mutes", json={"kind": "rule", "value": "no-such"}).status_code == 422


def test_a_browser_changes_nothing_by_the_api_without_the_word(pages: TestClient, desk: Desk, store: Store) -> None:
    alert_id = desk.tell(ENGLISH)
    word = find_word(pages.get("/").text)
    for method, path in (
        ("POST", f"/api/alerts/{alert_id}/ack"),
        ("POST", f"/api/alerts/{alert_id}/note"),
        ("POST", "/api/mutes"),
        ("DELETE", "/api/mutes/1"),
    ):
        assert pages.request(method, path, json={"note": "x", "kind": "alert", "value": alert_id}).status_code == 403
    assert pages.post(f"/api/alerts/{alert_id}/ack", headers={"X-Basewatch-Word": word}).status_code == 200


def test_every_route_of_the_api_is_described(pages: TestClient) -> None:
    described = pages.get("/api/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            for parameter in operation.get("parameters", []):
                if path.startswith("/api/alerts"):
                    assert parameter.get("description") or parameter["schema"].get("description"), (path, parameter)
    assert {"/api/alerts", "/api/alerts/{alert_id}", "/api/alerts.atom", "/api/mutes"} <= described["paths"].keys()
