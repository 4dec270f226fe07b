"""`basewatch doctor` says what is wrong and what to do, and changes nothing."""

import json
import sqlite3
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from crawler.models import FetchFailure, Page
from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM
from scheduler.commands.doctor import show_findings
from scheduler.doctor.checks import CHECKS, judge_database, nearest_folder
from scheduler.doctor.findings import Finding, Level, run_checks
from scheduler.doctor.outside import choose_sources, judge_clock, judge_sources
from scheduler.doctor.redis_server import judge_memory, judge_persistence, judge_version
from settings import load_settings
from tests.redis_servers import list_servers, wait_until
from tests.running import Place, make_place
from tests.shipped import read_shipped
from tests.website import Website


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path / "place")


def ask_doctor(place: Place, *names: str) -> dict[str, Finding]:
    """What these checks find, without the second that a command takes to read all settings."""
    settings = load_settings(place.folder, place.environ)
    found = run_checks({name: CHECKS[name] for name in names}, settings)
    return {finding.check: finding for finding in found}


def test_before_the_first_start_nothing_fails_and_nothing_is_made(place: Place) -> None:
    with Website() as site:
        site.page("/feed", "<rss version='2.0'><channel/></rss>", headers={"Date": "Sun, 01 Mar 2026 12:00:00 GMT"})
        place.watch(site, "/feed")
        answer = place.command("doctor", "--json", timeout_s=300)
    found = {finding["check"]: finding for finding in map(json.loads, answer.stdout.splitlines())}

    assert answer.returncode == 0, answer.stderr
    assert found["sources"] | {"advice": ""} == {
        "check": "sources", "level": "ok", "found": "1 of 1 that were asked answer", "advice": ""
    }  # fmt: skip
    assert "ahead of those of the outlets" in found["clock"]["found"], "what the clock shows, and what others say"
    assert found["channels"]["level"] == "ok"
    assert {name for name, each in found.items() if each["level"] == "fail"} == set()
    assert found["database"]["found"] == "not there yet; the first start makes it"
    assert found["guard"]["level"] == found["redis memory"]["level"] == found["redis persistence"]["level"] == "ok"
    assert not (place.data / "basewatch.sqlite").exists()


def test_a_channel_that_cannot_be_opened_fails_with_what_to_do(place: Place) -> None:
    place.write(
        "channels.yaml", "channels:\n  desk: {url: '${NOT_SET_ANYWHERE}'}\n  log: {kind: file, path: alerts.jsonl}\n"
    )
    found = ask_doctor(place, "channels")
    assert found["channel desk"].level is Level.FAIL
    assert "NOT_SET_ANYWHERE" in found["channel desk"].found
    assert found["channels"].found.startswith("1 of 2 can be opened")


def test_channels_that_would_take_no_message_fail_without_their_secrets_and_those_that_would_do_not(
    place: Place,
) -> None:
    token = "AAFl8x_aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    (place.folder / "kept.jsonl").write_text("{}\n")
    place.write(
        "channels.yaml",
        "channels:\n"
        "  half: {url: 'tgram://12345/s3cr3t'}\n"
        f"  whole: {{url: 'tgram://123456789:{token}/1234'}}\n"
        "  mail: {url: 'mailto://desk:s3cr3t@mail.example?to=desk@mail.example'}\n"
        "  hook: {kind: webhook, url: 'https://hook.example/s3cr3t'}\n"
        "  nowhere: {kind: file, path: /proc/nowhere/alerts.jsonl}\n"
        f"  kept: {{kind: file, path: {place.folder / 'kept.jsonl'}}}\n"
        "  folder: {kind: file, path: /tmp}\n"
        "  later: {kind: file, path: deep/down/alerts.jsonl}\n",
    )
    found = ask_doctor(place, "channels")
    assert found.keys() == {"channels", "channel half", "channel nowhere", "channel folder"}
    assert "Apprise does not understand the address" in found["channel half"].found
    assert "/proc/nowhere/alerts.jsonl cannot be written" in found["channel nowhere"].found
    assert found["channels"].found.startswith("5 of 8 can be opened")
    assert all(each.advice for each in found.values() if each.level is Level.FAIL)
    assert not {"s3cr3t", token} & set(" ".join(each.found for each in found.values()).replace("/", " ").split())
    assert not (place.data / "deep").exists()
    assert (place.folder / "kept.jsonl").read_text() == "{}\n"


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("redis", {"BASEWATCH_REDIS_URL": "redis://127.0.0.1:1/0"}, "BASEWATCH_REDIS_URL"),
        ("database", {"BASEWATCH_DATABASE_URL": "postgresql://u:s3cr3t@127.0.0.1:1/x"}, "BASEWATCH_DATABASE_URL"),
        ("database", {"BASEWATCH_DATABASE_URL": f"sqlite:///{__file__}"}, "backup"),
    ],
)
def test_what_does_not_answer_is_told_with_what_to_do(
    place: Place, name: str, address: dict[str, str], said: str
) -> None:
    place.environ = {**place.environ, **address}
    found = ask_doctor(place, name)
    assert found.keys() == {name}
    assert found[name].level is Level.FAIL
    assert said in found[name].advice
    assert "s3cr3t" not in found[name].found


def test_sources_that_do_not_answer_and_a_wrong_clock_are_told_with_what_to_do() -> None:
    settings = read_shipped()
    asked = choose_sources(settings.sources)
    assert 5 <= len(asked) <= 8
    assert len({source.outlet for source in asked}) == len(asked)
    failed = FetchFailure("dns", "no such name")
    assert "internet" in judge_sources([(source, failed) for source in asked]).advice
    page = Page(
        "", "", 200, (("Date", "Sun, 01 Mar 2026 12:00:00 GMT"),), b"", b"", datetime(2026, 3, 1, 12, tzinfo=UTC)
    )
    some = judge_sources([(asked[0], failed), (asked[1], page)])
    assert (some.level, some.found.partition(";")[0]) == (Level.WARN, "1 of 2 that were asked answer")
    assert judge_clock([page]) is None
    assert judge_clock([replace(page, headers=(("date", "nonsense"),))]) is None
    wrong = judge_clock([page, replace(page, fetched_at=page.fetched_at - timedelta(minutes=9))] * 2)
    assert wrong is not None
    assert wrong.found == "it is 270 s behind those of the outlets"


def test_findings_are_a_table_and_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding("clock", Level.OK, "12:00"), Finding("disk", Level.WARN, "3 MiB", "make room")]

    assert [show_findings(findings, strict=strict, as_json=False) for strict in (False, True)] == [0, 1]
    assert show_findings([Finding("disk", Level.FAIL, "full")], strict=False, as_json=True) == 1
    shown = capsys.readouterr().out
    assert "make room" in shown
    assert '"level": "fail"' in shown


def test_a_newer_database_and_a_foreign_key_fail_with_what_to_do(place: Place) -> None:
    place.data.mkdir()
    Store.open(f"sqlite:///{place.data / 'basewatch.sqlite'}").close()
    with sqlite3.connect(place.data / "basewatch.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with EmbeddedRedis(place.data) as server, redis.Redis.from_url(server.url) as client:
        client.set(STREAM, "mine")
    found = ask_doctor(place, "database", "redis")

    assert found["database"].level is found["stream"].level is Level.FAIL
    assert "newer basewatch" in found["database"].advice
    assert found["stream"].found == "basewatch:alerts is a string"


def test_a_server_that_evicts_and_keeps_no_file_is_told(place: Place, tmp_path: Path) -> None:
    binary = next(iter(list_servers().values()))
    socket = Path("/tmp") / f"doctor-{tmp_path.name}.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
    with subprocess.Popen([str(binary), *options, "--save", ""], cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            place.environ = {**place.environ, "BASEWATCH_REDIS_URL": f"unix://{socket}"}
            wait_until(socket.exists)
            found = ask_doctor(place, "redis")
        finally:
            server.kill()
            socket.unlink(missing_ok=True)

    assert (found["redis memory"].level, found["redis persistence"].level) == (Level.FAIL, Level.WARN)


def test_a_redis_that_is_away_is_one_failed_check_among_the_others(place: Place) -> None:
    place.environ = {**place.environ, "BASEWATCH_REDIS_URL": "redis://127.0.0.1:1"}
    found = ask_doctor(place, "redis", "disk")

    assert (found["redis"].level, found["disk"].level) == (Level.FAIL, Level.OK)


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("5.0.7", Level.FAIL),
        ("6.2.14", Level.OK),
        ("7.0.15", Level.OK),
        ("7.2.0", Level.WARN),
        ("8.6.2", Level.WARN),
        ("8.6.3", Level.OK),
        ("9.0.0-rc1", Level.OK),
    ],
)
def test_versions_of_redis_with_the_flaw_are_told(version: str, level: Level) -> None:
    assert judge_version({"redis_version": version}).level is level


def test_valkey_is_known_by_its_own_version() -> None:
    server = {"server_name": "valkey", "redis_version": "7.2.4", "valkey_version": "9.1.2"}
    assert judge_version(server).level is Level.OK


@pytest.mark.parametrize(
    ("policy", "limit", "level"),
    [
        ("noeviction", 0, Level.OK),
        ("volatile-lru", 9, Level.WARN),
        ("allkeys-lru", 0, Level.WARN),
        ("allkeys-lru", 9, Level.FAIL),
    ],
)
def test_eviction_fails_only_where_it_can_take_the_stream(policy: str, limit: int, level: Level) -> None:
    assert judge_memory({"maxmemory_policy": policy, "maxmemory": limit}).level is level


def test_a_server_without_a_file_loses_the_stream_with_a_restart() -> None:
    assert judge_persistence({"aof_enabled": 0}).level is Level.WARN


def test_a_damaged_database_comes_before_its_version() -> None:
    assert judge_database("SQLite", "0001", is_whole=False).level is Level.FAIL
    assert judge_database("SQLite", "0001", is_whole=True).level is Level.OK


def test_the_nearest_folder_is_the_first_that_is_there(tmp_path: Path) -> None:
    assert nearest_folder(tmp_path / "not" / "there") == tmp_path
