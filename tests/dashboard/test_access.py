"""Who gets in, from where, and what they may send."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

from scheduler.dashboard.access import OPEN_PATHS, LoginLimit
from scheduler.dashboard.headers import MAX_BODY, list_hosts
from settings import SettingsError, load_settings
from tests.dashboard.conftest import PASSWORD, TOKEN, Open

SAMPLE = {"int": "1", "str": "x"}


def list_routes(client: TestClient) -> Iterator[tuple[str, str]]:
    """Method and an address of every route that the site has."""
    site = client.app
    assert isinstance(site, FastAPI)
    for route in site.routes:
        path = re.sub(r"\{[^}]+\}", "1", getattr(route, "path", ""))
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            yield method, path


def log_in(client: TestClient, password: str = PASSWORD) -> int:
    word = find_word(client.get("/login").text)
    return client.post("/login", data={"password": password, "word": word}).status_code


def find_word(page: str) -> str:
    match = re.search(r'name="word" value="([^"]+)"', page)
    assert match, page
    return match[1]


def test_without_a_session_every_route_but_the_open_ones_refuses(open_window: Open) -> None:
    client = open_window(password=PASSWORD, token=TOKEN)
    asked = [(method, path) for method, path in list_routes(client) if path not in OPEN_PATHS and path != "/static"]
    assert len(asked) > 2
    for method, path in asked:
        answer = client.request(method, path, headers={"Accept": "application/json"})
        assert answer.status_code == 401, (method, path)
        page = client.request(method, path)
        assert (page.status_code, page.headers.get("location")) in {(303, "/login"), (401, None)}, (method, path)


def test_a_password_opens_a_session_and_logging_out_ends_it(open_window: Open) -> None:
    client = open_window(password=PASSWORD)
    assert log_in(client) == 303
    page = client.get("/readyz")
    assert (page.status_code, page.text) == (200, "ready\n")
    assert client.post("/logout", data={"word": find_word(client.get("/nowhere").text)}).status_code == 303
    assert client.get("/readyz").status_code == 303


def test_a_token_opens_the_door_to_programs_only_when_it_is_right(open_window: Open) -> None:
    client = open_window(token=TOKEN)
    assert client.get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    for wrong in ("Bearer x", f"Basic {TOKEN}", "Bearer", "Bearer " + TOKEN[:-1]):
        assert client.get("/readyz", headers={"Authorization": wrong, "Accept": "*/*"}).status_code == 401


def test_a_cookie_that_is_not_ours_or_of_another_password_opens_nothing(open_window: Open) -> None:
    client, other = open_window(password=PASSWORD), open_window(password="another")
    log_in(client)
    for cookie in (client.cookies["basewatch"], "eyJpbiI6IHRydWV9.aaaa.bbbb"):
        other.cookies.clear()
        assert other.get("/readyz", headers={"Cookie": f"basewatch={cookie}"}).status_code == 303


def test_guessing_passwords_is_stopped_after_five(open_window: Open) -> None:
    client = open_window(password=PASSWORD)
    assert [log_in(client, f"guess {number}") for number in range(7)] == [401] * 5 + [429] * 2
    assert log_in(client) == 429  # not even the right one, or guessing would go on


def test_the_limit_passes_after_a_minute_and_is_for_each_address() -> None:
    limit = LoginLimit()
    for second in range(5):
        limit.note_failure("a", float(second))
    assert limit.wait_s("a", 5.0) == pytest.approx(55.0)
    assert limit.wait_s("b", 5.0) == 0
    assert limit.wait_s("a", 65.0) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_change_anything_even_with_the_right_word(
    browser: TestClient, headers: dict[str, str]
) -> None:
    word = _word_of(browser)
    assert browser.post("/logout", data={"word": word}, headers=headers).status_code == 403


def _word_of(browser: TestClient) -> str:
    match = re.search(r'data-word="([^"]+)"', browser.get("/nowhere").text)
    assert match
    return match[1]


def test_a_change_needs_the_word_of_the_session(browser: TestClient) -> None:
    word = _word_of(browser)
    for wrong in ("", "x", word[:-1]):
        assert browser.post("/logout", data={"word": wrong}).status_code == 403
    assert browser.post("/logout", data={"word": word}).status_code == 303


def test_names_that_are_not_ours_are_refused(browser: TestClient) -> None:
    for host in ("evil.example", "127.0.0.1:8787.evil.example", "127.0.0.1:8787/?", "", "127.0.0.1:1", "LOCALHOST#"):
        assert browser.get("/healthz", headers={"Host": host}).status_code == 400, host
    for host in ("127.0.0.1:8787", "localhost:8787", "LOCALHOST", "[::1]:8787"):
        assert browser.get("/healthz", headers={"Host": host}).status_code == 200, host


def test_names_that_the_analyst_adds_are_ours() -> None:
    hosts = list_hosts("0.0.0.0:80", ["Watch.example"])
    assert {"watch.example", "watch.example:80", "localhost:80"} <= hosts
    assert not {"0.0.0.0", "0.0.0.0:80"} & hosts


def test_large_bodies_are_refused_declared_or_not(browser: TestClient) -> None:
    assert browser.post("/logout", content=b"x" * (MAX_BODY + 1)).status_code == 413
    portions = (b"word=" + b"x" * 1024 for _ in range(MAX_BODY // 1024 + 1))
    with pytest.raises(ClientDisconnect):  # a server answers nothing to whoever sends on
        browser.post("/logout", content=portions, headers={"Content-Type": "application/x-www-form-urlencoded"})


def test_a_body_whose_end_is_told_in_two_ways_is_refused_and_the_connection_ended(browser: TestClient) -> None:
    for path in ("/login", "/healthz"):
        answer = browser.post(
            path, content=b"0\r\n\r\n", headers={"Transfer-Encoding": "chunked", "Content-Length": "5"}
        )
        assert (answer.status_code, answer.headers["connection"]) == (400, "close"), path
    portions = iter([b"word=x"])  # sent in chunks, and told in one way
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post("/logout", content=portions, headers=form).status_code == 403


def test_every_answer_carries_the_headers(browser: TestClient) -> None:
    for path in ("/healthz", "/nowhere", "/static/style.css", "/static/none", "/api/openapi.json"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_whatever_answers_get_answers_head_alike_but_the_stream(open_window: Open) -> None:
    client = open_window(password=PASSWORD)
    for path in ("/healthz", "/login", "/static/style.css", "/", "/api/alerts", "/none"):
        got, head = client.get(path), client.head(path)
        assert head.status_code == got.status_code, path
        assert {*head.headers} - {"set-cookie"} == {*got.headers} - {"set-cookie"}, path
    assert client.head("/events").status_code == 303
    assert log_in(client) == 303
    assert client.head("/").status_code == 200
    assert client.head("/events").status_code == 405
    assert client.head("/alerts/none/ack").status_code == client.get("/alerts/none/ack").status_code


def test_no_route_redirects_to_where_the_visitor_says(open_window: Open) -> None:
    client = open_window(password=PASSWORD)
    for path in ("//evil.example", "/\\evil.example", "/login?next=//evil.example", "/%2f%2fevil.example"):
        assert client.get(path).headers.get("location", "/login") == "/login"


@pytest.mark.parametrize("address", ["0.0.0.0:8787", "192.168.1.5:8787", "[::]:8787", "watch.example:80"])
def test_an_address_that_others_reach_needs_a_secret(address: str) -> None:
    with pytest.raises(SettingsError, match="could be read by anyone"):
        load_settings(None, {"BASEWATCH_DASHBOARD": address})
    with pytest.raises(SettingsError):
        load_settings(None, {"BASEWATCH_DASHBOARD": address, "BASEWATCH_DASHBOARD_PASSWORD": ""})
    run = load_settings(None, {"BASEWATCH_DASHBOARD": address, "BASEWATCH_DASHBOARD_PASSWORD": "secret-x"}).run
    assert "secret-x" not in repr(run) + run.model_dump_json()


def test_routes_of_fastapi_that_load_scripts_from_elsewhere_are_off(browser: TestClient) -> None:
    assert isinstance(browser.app, FastAPI)
    paths = {route.path for route in browser.app.routes if isinstance(route, APIRoute)}
    assert not paths & {"/docs", "/redoc"}
    assert browser.get("/docs").status_code == 404
