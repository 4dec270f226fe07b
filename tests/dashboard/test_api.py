"""What holds for all of the API: it is described, paged, and sends nothing twice."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from crawler.store.store import Store
from tests.dashboard.newsroom import ARABIC, ENGLISH, Desk


@pytest.fixture
def described(pages: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = pages.get("/api/openapi.json").json()
    return found


def list_operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_the_description_is_valid_and_says_something_of_everything(described: dict[str, Any]) -> None:
    validate(described)
    operations = list(list_operations(described))
    assert len(operations) > 20
    for method, path, operation in operations:
        assert operation["description"], (method, path)
        assert operation["security"], (method, path)
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (method, path, parameter["name"])
    bodies = {
        body["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
        for _, _, operation in operations
        if (body := operation.get("requestBody"))
    }
    for name in bodies - {""}:
        for field, told in described["components"]["schemas"][name]["properties"].items():
            assert told.get("description"), (name, field)


def test_every_answer_but_a_stream_has_a_tag_and_is_sent_once(
    pages: TestClient, desk: Desk, described: dict[str, Any]
) -> None:
    alert_id = desk.tell(ENGLISH)
    values = {"alert_id": alert_id, "name": "base-attacked", "id_": "ain-al-asad"}
    sources = {"name": pages.get("/api/sources").json()["sources"][0]["name"]}
    asked = [path for method, path, _ in list_operations(described) if method == "get"]
    for path in asked:
        known = values | (sources if path.startswith("/api/sources") else {})
        address = re.sub(r"{(\w+)}", lambda found, known=known: known[found[1]], path)
        first = pages.get(address)
        assert first.status_code == 200, (address, first.text)
        if path.endswith((".csv", ".jsonl")):
            assert "etag" not in first.headers
            continue
        again = pages.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), address


def read_items(answer: Any) -> list[Any]:  # noqa: ANN401  # JSON of any route
    """The list, or the one that stands beside other things."""
    return answer["sources"] if isinstance(answer, dict) else answer


def test_long_lists_come_in_pages_that_follow_each_other(
    pages: TestClient, desk: Desk, store: Store, described: dict[str, Any]
) -> None:
    now = datetime.now(UTC)
    for back, number in enumerate((ENGLISH, ARABIC)):
        desk.tell(number, now - timedelta(days=back))
    for rule in ("threat", "sanction", "withdrawal"):
        store.add_mute("rule", rule, now, by="Nour")
    paged = [
        path
        for method, path, operation in list_operations(described)
        if method == "get" and "cursor" in {each["name"] for each in operation.get("parameters", [])} - {"q"}
    ]
    assert len(paged) >= 8, paged
    for path in paged:
        if path == "/api/search":
            continue  # it says its cursor in the answer; see test_search_pages.py
        whole, gathered = read_items(pages.get(f"{path}?limit=1000").json()), []
        address: str | None = f"{path}?limit=1" if len(whole) < 20 else f"{path}?limit=60"
        while address:
            answer = pages.get(address)
            assert answer.status_code == 200, (address, answer.text)
            gathered += read_items(answer.json())
            address = answer.links.get("next", {}).get("url")
        assert gathered == whole, path
        assert pages.get(f"{path}?cursor=no-such-place").status_code == 422, path
    assert len(pages.get("/api/ledger").json()) == 2
    assert len(pages.get("/api/mutes").json()) == 3


def test_entities_that_are_named_while_pages_are_turned_are_neither_missed_nor_given_twice(
    pages: TestClient, desk: Desk
) -> None:
    shown = [line["id"] for line in pages.get("/api/entities?limit=1000").json()]
    place = shown.index("harir-air-base")
    answer = pages.get(f"/api/entities?limit={place}")
    desk.tell(ARABIC)
    gathered = [line["id"] for line in answer.json()]
    named = 0
    while address := answer.links.get("next", {}).get("url"):
        answer = pages.get(address)
        gathered += [line["id"] for line in answer.json()]
        named += sum(line["articles"] for line in answer.json())
    assert gathered == shown
    assert named > 0


def test_a_program_without_a_token_is_told_what_a_change_needs(pages: TestClient, desk: Desk) -> None:
    answer = pages.post(f"/api/alerts/{desk.tell(ENGLISH)}/ack")
    assert answer.status_code == 403
    assert "BASEWATCH_DASHBOARD_TOKEN" in answer.json()["error"]
