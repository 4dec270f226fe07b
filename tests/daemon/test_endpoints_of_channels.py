"""Each kind of endpoint, real, on loopback: what is sent, what is answered, and what an answer may not do."""

import asyncio
import json
import os
import resource
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest

from crawler.workers import WorkerPool
from scheduler.alerts.answers import Answer, Result
from scheduler.alerts.letters import Letter, make_test_letter
from scheduler.alerts.opening import make_pool
from scheduler.alerts.targets import FileTarget, ServiceTarget
from scheduler.alerts.webhook import WebhookTarget, make_headers, sign_body
from settings.model import SCHEMES
from tests.daemon.endpoints import Answer as Reply
from tests.daemon.endpoints import (
    flood,
    http_endpoint,
    mail_server,
    reset,
    say,
    take_and_trickle,
    trickle,
    trickle_body,
)
from tests.sources.test_tls import Authority

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
LETTER = make_test_letter("desk", NOW)


async def send_to_hook(url: str, *, deadline_s: float = 30, allow_private: bool = True, secret: str = "") -> Answer:
    target = WebhookTarget(url, secret, allow_private=allow_private, deadline_s=deadline_s)
    try:
        return await target.send(LETTER, NOW)
    finally:
        await target.close()


@pytest.fixture
async def pool() -> "Iterator[WorkerPool]":
    made = make_pool()
    yield made
    made.close()


# ── webhook


async def test_a_webhook_is_signed_and_can_be_verified() -> None:
    with http_endpoint() as endpoint:
        answer = await send_to_hook(endpoint.url, secret="whsec_c2VjcmV0IG9mIGEgdGVzdA==")
    assert answer == Answer(Result.SENT, "HTTP 200")
    (post,) = endpoint.posts
    assert post.key == post.headers["webhook-id"] == LETTER.key
    expected = sign_body(post.key, post.headers["webhook-timestamp"], post.body, "whsec_c2VjcmV0IG9mIGEgdGVzdA==")
    assert post.headers["webhook-signature"] == f"v1,{expected}"
    body = json.loads(post.body)
    assert (body["schema"], body["key"], body["channel"], body["test"]) == ("1", LETTER.key, "desk", True)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the scheme's own documentation."""
    signed = sign_body(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert signed == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_repeat_has_the_same_body_and_key() -> None:
    first = make_headers("key", b"{}", "secret", NOW)
    second = make_headers("key", b"{}", "secret", NOW + timedelta(hours=1))
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert first["webhook-signature"] != second["webhook-signature"], "the time is signed"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 301, 308])
async def test_what_will_never_succeed_is_known_at_once(status: int) -> None:
    with http_endpoint(say(status, {"Location": "/other"})) as endpoint:
        answer = await send_to_hook(endpoint.url)
    assert answer.result is Result.NEVER
    assert len(endpoint.posts) == 1, "redirects are not followed"
    assert f"HTTP {status}" in answer.detail


@pytest.mark.parametrize("status", [302, 307, 408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    with http_endpoint(say(status, {"Location": "/hook"})) as endpoint:
        assert (await send_to_hook(endpoint.url)).result is Result.RETRY
    assert len(endpoint.posts) == 1


RETRY_AFTER = {
    "120": timedelta(seconds=120),
    " 5 ": timedelta(seconds=5),
    "0": timedelta(seconds=1),
    "Sat, 28 Nov 2026 12:10:00 GMT": timedelta(minutes=10),
    "Saturday, 28-Nov-26 12:10:00 GMT": timedelta(minutes=10),
    "Sat Nov 28 12:10:00 2026": timedelta(minutes=10),
    "Sat, 28 Nov 2020 12:10:00 GMT": timedelta(seconds=1),
    "99999999999999": timedelta(hours=24),
    "Mon, 28 Nov 2050 12:10:00 GMT": timedelta(hours=24),
    "-5": None,
    "soon": None,
    "1.5": None,
}


@pytest.mark.parametrize("status", [413, 403])
@pytest.mark.parametrize(("value", "result"), [("60", Result.RETRY), ("soon", Result.NEVER), ("", Result.NEVER)])
async def test_a_refusal_that_says_when_to_come_back_is_none_for_good(status: int, value: str, result: Result) -> None:
    with http_endpoint(say(status, {"Retry-After": value} if value else {})) as endpoint:
        answer = await send_to_hook(endpoint.url)
    assert answer.result is result
    assert (answer.retry_at is not None) == (result is Result.RETRY)


@pytest.mark.parametrize("status", [429, 502, 503])
@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER.items())
async def test_retry_after_is_honoured_in_every_form(status: int, value: str, wait: timedelta | None) -> None:
    with http_endpoint(say(status, {"Retry-After": value})) as endpoint:
        answer = await send_to_hook(endpoint.url)
    assert answer.result is Result.RETRY
    assert (answer.retry_at and answer.retry_at - NOW) == wait


@pytest.mark.parametrize(("misbehave", "said"), [(trickle, "no answer within 1.5 s"), (trickle_body, "HTTP 500: x")])
async def test_a_deadline_ends_whatever_trickles(misbehave: Reply, said: str) -> None:
    """Both would go on for two minutes."""
    with http_endpoint(misbehave) as endpoint:
        answer = await send_to_hook(endpoint.url, deadline_s=1.5)
    assert answer.result is Result.RETRY
    assert said in answer.detail


async def test_messages_share_a_connection() -> None:
    with http_endpoint() as endpoint:
        target = WebhookTarget(endpoint.url, "", allow_private=True)
        answers = [(await target.send(LETTER, NOW)).result for _ in range(5)]
        await target.close()
    assert answers == [Result.SENT] * 5
    assert len({post.peer for post in endpoint.posts}) == 1


async def test_a_message_that_was_taken_counts_whatever_becomes_of_the_answer() -> None:
    with http_endpoint(take_and_trickle) as endpoint:
        answer = await send_to_hook(endpoint.url, deadline_s=20)
    assert (answer.result, len(endpoint.posts)) == (Result.SENT, 1)


async def test_of_256_megabytes_only_the_beginning_is_read() -> None:
    before = read_rss()
    with http_endpoint(flood) as endpoint:
        answer = await send_to_hook(endpoint.url)
        assert answer.result is Result.RETRY
        assert len(answer.detail) < 400
        assert read_rss() - before < 32 << 20


def read_rss() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_a_reset_connection_is_tried_again() -> None:
    with http_endpoint(reset) as endpoint:
        assert (await send_to_hook(endpoint.url)).result is Result.RETRY


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0"]
)
async def test_a_private_address_is_connected_to_only_when_that_is_allowed(host: str) -> None:
    with http_endpoint() as endpoint:
        port = endpoint.url.split(":")[2]
        answer = await send_to_hook(f"http://{host}:{port}", allow_private=False, deadline_s=5)
    assert answer.result is Result.RETRY
    assert endpoint.posts == []


async def test_no_part_of_the_address_is_in_what_is_said() -> None:
    with http_endpoint(say(500, body=b"cannot do /hook?token=s3cr3t-token")) as endpoint:
        answer = await send_to_hook(f"{endpoint.url}?token=s3cr3t-token", secret="s3cr3t-key")
    assert "s3cr3t" not in answer.detail
    assert "HTTP 500" in answer.detail


async def test_why_nothing_could_be_sent_is_told_in_words_and_without_the_address(tmp_path: Path) -> None:
    with http_endpoint() as plain, http_endpoint(tls=Authority(tmp_path).make_context()) as untrusted:
        with socket.create_server(("127.0.0.1", 0)) as free:
            closed = f"http://127.0.0.1:{free.getsockname()[1]}/s3cr3t"
        answers = {
            "no connection: ": await send_to_hook(closed),
            "no TLS with it": await send_to_hook(plain.url.replace("http:", "https:") + "/s3cr3t"),
            "its certificate is not to be trusted": await send_to_hook(f"{untrusted.url}/s3cr3t"),
            "its name is not known to DNS": await send_to_hook("https://nobody.invalid/s3cr3t"),
        }
    for said, answer in answers.items():
        assert said in answer.detail
        assert answer.result is Result.RETRY
        assert "s3cr3t" not in answer.detail
        assert "127.0.0.1" not in answer.detail


# ── file


async def test_a_file_gets_one_line_a_message(tmp_path: Path) -> None:
    target = FileTarget(tmp_path / "new" / "alerts.jsonl")
    for number in range(3):
        letter = make_test_letter("desk", NOW + timedelta(seconds=number))
        assert (await target.send(letter, NOW)).result is Result.SENT
    lines = (tmp_path / "new" / "alerts.jsonl").read_text("utf-8").splitlines()
    assert len({json.loads(line)["key"] for line in lines}) == 3
    assert (tmp_path / "new" / "alerts.jsonl").stat().st_mode & 0o777 == 0o600


async def test_a_line_that_a_kill_cut_off_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    await FileTarget(path).send(LETTER, NOW)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:30])
    other = make_test_letter("desk", NOW + timedelta(seconds=1))
    await FileTarget(path).send(other, NOW)
    assert [json.loads(line)["key"] for line in path.read_text("utf-8").splitlines()] == [LETTER.key, other.key]


async def test_a_message_that_was_written_before_a_kill_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    await FileTarget(path).send(LETTER, NOW)
    assert (await FileTarget(path).send(LETTER, NOW)).detail == "written before a crash"
    assert len(path.read_text("utf-8").splitlines()) == 1


def make_long(key: str) -> Letter:
    """A digest whose line is longer than what is read of a file at first."""
    entry = replace(LETTER.items[0].entry, payload=json.dumps({"kind": "health", "text": "x" * (3 << 20)}))
    return replace(LETTER, key=key, items=(replace(LETTER.items[0], entry=entry),))


async def test_a_long_line_is_recognised_after_a_kill_whole_or_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    await FileTarget(path).send(make_long("first"), NOW)
    assert (await FileTarget(path).send(make_long("first"), NOW)).detail == "written before a crash"
    path.write_bytes(path.read_bytes() + path.read_bytes()[: 2 << 20])
    await FileTarget(path).send(make_long("second"), NOW)
    assert [json.loads(line)["key"] for line in path.read_text("utf-8").splitlines()] == ["first", "second"]


@pytest.mark.parametrize("room", [5, 50])
async def test_what_a_full_disk_took_a_part_of_is_written_whole_once_there_is_room(tmp_path: Path, room: int) -> None:
    path, other = tmp_path / "alerts.jsonl", make_test_letter("desk", NOW + timedelta(seconds=1))
    target = FileTarget(path)
    await target.send(LETTER, NOW)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, before[1]))
    try:
        assert (await target.send(other, NOW)).result is Result.RETRY
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not path.read_bytes().endswith(b"\n"), "it took a part"

    assert (await target.send(other, NOW)).detail == "written"

    assert [json.loads(line)["key"] for line in path.read_text("utf-8").splitlines()] == [LETTER.key, other.key]


async def test_what_somebody_else_left_without_an_end_stays(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text("a note of mine")
    await FileTarget(path).send(LETTER, NOW)
    assert path.read_text("utf-8").splitlines()[0] == "a note of mine"
    assert len(path.read_text("utf-8").splitlines()) == 2


async def test_a_folder_in_the_way_is_tried_again(tmp_path: Path) -> None:
    answer = await FileTarget(tmp_path).send(LETTER, NOW)
    assert answer.result is Result.RETRY


# ── services of people


async def send_to_service(url: str, pool: WorkerPool, letter: Letter = LETTER, *, deadline_s: float = 30) -> Answer:
    return await ServiceTarget(url, pool, allow_private=True, deadline_s=deadline_s).send(letter, NOW)


async def test_mail_arrives(pool: WorkerPool) -> None:
    with mail_server() as mailbox:
        url = f"mailto://127.0.0.1:{mailbox.port}?from=watch@example.org&to=desk@example.org&mode=insecure"
        answer = await send_to_service(url, pool)
    assert answer.result is Result.SENT, answer
    (mail,) = mailbox.mails
    assert mail["Subject"] == "TEST · HEALTH · basewatch: test message"
    assert mail.get_content_type() == "text/plain"
    assert "test of channel desk" in mail.get_content()


async def test_a_service_that_refuses_says_why(pool: WorkerPool) -> None:
    with http_endpoint(say(404, body=b"no such hook")) as endpoint:
        answer = await send_to_service(f"mmost://{endpoint.url.split('/')[2]}/abcdefghijklmnop", pool)
    assert answer.result is Result.NEVER
    assert "404" in answer.detail
    assert "abcdefghijklmnop" not in answer.detail


async def test_a_service_may_ask_for_a_pause(pool: WorkerPool) -> None:
    with http_endpoint(say(429, {"Retry-After": "77"})) as endpoint:
        answer = await send_to_service(f"mmost://{endpoint.url.split('/')[2]}/abcdefghijklmnop", pool)
    assert (answer.result, answer.retry_at) == (Result.RETRY, NOW + timedelta(seconds=77))


async def test_a_service_that_redirects_is_not_followed(pool: WorkerPool) -> None:
    with http_endpoint(say(302, {"Location": "/elsewhere"})) as endpoint:
        answer = await send_to_service(f"mmost://{endpoint.url.split('/')[2]}/abcdefghijklmnop", pool)
    assert answer.result is Result.RETRY
    assert {post.path for post in endpoint.posts} == {"/hooks/abcdefghijklmnop"}
    assert len(endpoint.posts) == 1


async def test_a_service_that_hangs_loses_its_worker_and_the_next_message_goes_out(pool: WorkerPool) -> None:
    with http_endpoint() as endpoint:
        url = f"mmost://{endpoint.url.split('/')[2]}/abcdefghijklmnop?rto=300"
        assert (await send_to_service(url, pool)).result is Result.SENT
        endpoint.choose = lambda _: trickle
        hung = await send_to_service(url, pool, deadline_s=1)
        assert hung.result is Result.RETRY
        assert "no end within 1 s" in hung.detail
        endpoint.choose = lambda _: say(200)
        assert (await send_to_service(url, pool)).result is Result.SENT
    assert len(endpoint.posts) == 3


async def test_a_service_that_answers_256_megabytes_is_cut_off(pool: WorkerPool) -> None:
    with http_endpoint(flood) as endpoint:
        answer = await send_to_service(f"mmost://{endpoint.url.split('/')[2]}/abcdefghijklmnop", pool)
    assert answer.result is Result.RETRY
    assert "HTTP 500" in answer.detail


async def test_a_service_at_a_private_address_is_not_reached_unless_allowed(pool: WorkerPool) -> None:
    with http_endpoint() as endpoint, mail_server() as mailbox:
        hook = ServiceTarget(f"mmost://{endpoint.url.split('/')[2]}/abcdefghijklmnop", pool)
        mail = ServiceTarget(f"mailto://127.0.0.1:{mailbox.port}?from=a@b.example&to=c@d.example&mode=insecure", pool)
        answers = await asyncio.gather(hook.send(LETTER, NOW), mail.send(LETTER, NOW))
    assert {answer.result for answer in answers} == {Result.RETRY}
    assert (endpoint.posts, mailbox.mails) == ([], [])


async def test_why_a_service_could_not_be_reached_is_told(pool: WorkerPool) -> None:
    with mail_server() as mailbox:
        places = {
            "not a public address": f"mailto://desk:s3cr3t-word@127.0.0.1:{mailbox.port}?from=w@example.org&to=d@example.org",
            "Name or service not known": "ntfys://user:s3cr3t-word@nowhere.invalid/s3cr3t-word",
        }
        said = {why: (await ServiceTarget(url, pool).send(LETTER, NOW)).detail for why, url in places.items()}
        login = f"mailto://desk:s3cr3t-word@127.0.0.1:{mailbox.port}?from=w@example.org&to=d@example.org&mode=insecure"
        said["SMTP AUTH extension not supported"] = (await send_to_service(login, pool)).detail
        mailbox.refusal = "550 5.1.1 no such user"
        unknown = f"mailto://127.0.0.1:{mailbox.port}?from=w@example.org&to=d@example.org&mode=insecure"
        said["550 5.1.1 no such user"] = (await send_to_service(unknown, pool)).detail
    for why, detail in said.items():
        assert why in detail
        assert "s3cr3t-word" not in detail


async def test_what_a_service_says_does_nothing_where_it_is_shown(pool: WorkerPool) -> None:
    body = json.dumps({"code": 1, "error": "\x1b[31mred\x00\u202e\nnew line"}).encode()
    with http_endpoint(say(500, {"Content-Type": "application/json"}, body)) as endpoint:
        answer = await send_to_service(f"ntfy://{endpoint.url.split('/')[2]}/topic", pool)
    assert "red" in answer.detail
    assert answer.detail.isprintable()


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # of one of Apprise's plugins
def test_every_address_that_is_allowed_is_one_that_apprise_knows() -> None:
    known = import_module("apprise.manager_plugins").NotificationManager()

    assert [scheme for scheme in sorted(SCHEMES) if scheme not in known] == []
