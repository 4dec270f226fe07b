"""Hostile text stays text in every channel: golden bodies, as each service was sent them.

BASEWATCH_WRITE_GOLDEN=1 writes them anew; look at the difference.
"""

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.deliveries import Entry
from crawler.models import Alert, Hit, StoryMember, Term, Update, Zone
from crawler.payload import entry_to_json
from crawler.workers import WorkerPool
from scheduler.alerts.inert import make_inert, safe_link, shorten
from scheduler.alerts.letters import Letter, read_item, write_json, write_words
from scheduler.alerts.opening import make_pool
from scheduler.alerts.targets import LIMITS, SHORT, ServiceTarget
from tests.daemon.endpoints import http_endpoint, mail_server, say
from tests.daemon.service_jobs import send_to_stand_in
from tests.sources.test_tls import Authority

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "channel_bodies"
ATTACKS = (
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\u200f\ufeff a\x00b\x1b[31mc\x07 \r\nBcc: all@evil.example\r\n\r\nbody "
    "@everyone @here <!channel> <!here|x> <@U123> <@&456> <#C1> "
    "[click](http://evil.example/a) <http://evil.example|rudaw.net> "
    "<script>alert(1)</script> <a href='https://evil.example'>x</a> **b** __u__ ~~s~~ `c` ||e|| # h > q "
    "javascript:alert(1) tg://resolve?domain=x https://evil.example/login www.evil.example "
)
LINK = "https://news.example/2026/11/base-attacked?id=7"


def make_alert(title: str, sentence: str, *, url: str = LINK, language: str = "en") -> Alert:
    start = sentence.find("base")
    terms = (Term(Zone.BODY, start, start + 4, "base", "@base"),) if start >= 0 else ()
    hit = Hit("base-attacked", "sha256:1", "warning", terms, Zone.BODY, 0, len(sentence), sentence)
    seen = NOW - timedelta(minutes=2)
    return Alert("1", "news", "News", title, url, seen, seen, "warning", (hit,), language=language)


def make_letter(*alerts: Alert, **options: object) -> Letter:
    items = [
        read_item(
            Entry(f"key-{number}", number, "alert", alert.severity, alert.outlet, alert.story, entry_to_json(alert))
        )
        for number, alert in enumerate(alerts, start=1)
    ]
    return Letter("key", "desk", tuple(items), **options)


HOSTILE = make_letter(make_alert(f"Drones hit base {ATTACKS}", f"They struck the base. {ATTACKS}"))


@pytest.fixture(autouse=True)
def _jobs_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders look for modules where their parent does, and pytest leaves the root out."""
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
async def pool() -> "Iterator[WorkerPool]":
    made = make_pool()
    yield made
    made.close()


URLS = {
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "discord": "discord://1234567890/abcdefghijklmnopqrstuvwxyz",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544",
    "mmost": "mmost://{host}/abcdefghijklmnop",
    "ntfy": "ntfy://{host}/topic",
    "matrix": "matrix://user:token@{host}/!room:example.org",
    "workflows": "workflow://{host}/643a03abcdef/aEk8abcdef?verify=no",
    "rocket": "rocket://user:password@{host}/#general",
}
MARKUP = "&format=markdown"
"""What an address may ask for, and does not get: Apprise would escape all that Markdown acts upon, in the link too."""
TAKEN = json.dumps(
    {
        "ok": True,
        "result": {"id": "1"},
        "id": "1",
        **dict.fromkeys(("access_token", "user_id", "home_server", "device_id", "event_id"), "x"),
        "room_id": "!room:example.org",
        "status": "success",
        "data": {"userId": "u", "authToken": "t"},
    }
).encode()


@pytest.mark.parametrize(
    ("scheme", "asked"), [*((scheme, "") for scheme in URLS), ("discord", MARKUP), ("tgram", MARKUP)]
)
async def test_nothing_in_an_article_acts_in_a_service(
    scheme: str, asked: str, pool: WorkerPool, tmp_path: Path
) -> None:
    words = write_words(HOSTILE, LIMITS.get(scheme, SHORT))
    taken = b"ok" if scheme == "slack" else TAKEN
    tls = Authority(tmp_path).make_context() if scheme == "workflows" else None
    with http_endpoint(say(200, body=taken), tls) as endpoint:
        host = urlsplit(endpoint.url).netloc
        url = URLS[scheme].format(host=host)
        url += asked if "?" in url else asked.replace("&", "?")
        base = f"http://{host}"
        report = await pool.run(send_to_stand_in, scheme, base, url, words.title, words.body, timeout_s=60)
        assert report.is_sent, report
    (post,) = [post for post in endpoint.posts if b"hit" in post.body]
    body = json.loads(post.body)
    for attachment in body.get("attachments", ()):
        attachment.pop("ts", None)  # the time
        attachment.get("content", {}).pop("$schema", None)
    compare(scheme, json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True))
    texts = list(list_texts(body))
    assert_inert("\n".join(texts))
    if scheme == "discord":
        assert body["flags"] == 4, "no previews"
    if scheme == "tgram":
        assert body["disable_web_page_preview"] is True


async def test_nothing_in_an_article_acts_in_a_mail(pool: WorkerPool) -> None:
    with mail_server() as mailbox:
        url = f"mailto://127.0.0.1:{mailbox.port}?from=watch@example.org&to=desk@example.org&mode=insecure"
        await ServiceTarget(url, pool, allow_private=True).send(HOSTILE, NOW)
    (mail,) = mailbox.mails
    assert mail.get_content_type() == "text/plain"
    assert mail["Bcc"] is None
    compare("mail", f"Subject: {mail['Subject']}\n\n{mail.get_content()}".replace("\r\n", "\n"))
    assert_inert(f"{mail['Subject']}\n{mail.get_content()}")


def test_nothing_in_an_article_acts_in_the_text_of_a_webhook() -> None:
    body = json.loads(write_json(HOSTILE))
    compare("webhook", body["text"])
    assert_inert(body["text"])
    assert "@everyone" in body["entries"][0]["json"]["title"], "programs get what the article said"


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("BASEWATCH_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


def list_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from list_texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from list_texts(each)


HARM = ("@everyone", "@here", "@U123", "<!", "<@", "<#", "](", "<script", "**", "`", "||")
HARM += ("evil.example", "javascript:")


def assert_inert(text: str) -> None:
    assert [harm for harm in HARM if harm in text] == []
    assert not {unicodedata.category(each) for each in text} & {"Cf", "Cs"}
    assert not set(text) & set(map(chr, range(0x20))) - {"\n", "\r"}
    assert not re.search(r"^Bcc", text, re.MULTILINE)
    links = set(re.findall(r"https?://[^\s\"<>|]+", text))
    assert links == {LINK}, "one link, the true one"


# ── what is said


def test_an_alert_says_what_where_why_and_the_link() -> None:
    words = write_words(make_letter(make_alert("Drones hit air base", "Two drones struck the base on Sunday.")), 1000)
    assert words.title == "WARNING · News: Drones hit air base"
    assert words.body.splitlines() == [
        "Text: Two drones struck the «base» on Sunday.",
        "Rule: base-attacked · 28 Nov 11:58 UTC · id 1",
        LINK,
    ]


def test_a_title_is_told_again_only_for_the_words_marked_in_it_or_what_was_cut() -> None:
    long = "Drones hit air base " + "again and " * 16 + "again"
    for title, again in (("Drones hit air base", ()), (long, (f"Title: {long}",))):
        words = write_words(make_letter(make_alert(title, "The base")), 1000)
        assert tuple(line for line in words.body.splitlines() if line.startswith("Title")) == again
    alert = make_alert("The base burns", "The base burns")
    (hit,) = alert.hits
    in_title = replace(hit, zone=Zone.TITLE, terms=tuple(replace(term, zone=Zone.TITLE) for term in hit.terms))
    words = write_words(make_letter(replace(alert, hits=(in_title,))), 1000)
    assert words.body.startswith("Title: The «base» burns\n")


def test_what_a_replay_found_says_so_first_alone_and_among_others() -> None:
    old = replace(make_alert("Drones hit air base", "The base"), replay=True)
    new = replace(make_alert("Rockets", "The base"), id="2")
    assert write_words(make_letter(old), 1000).title == "REPLAY · WARNING · News: Drones hit air base"
    body = write_words(make_letter(old, new, reason="held"), 1000).body
    assert [line for line in body.splitlines() if "WARNING" in line] == [
        "REPLAY · WARNING · News: Drones hit air base",
        "WARNING · News: Rockets",
    ]


def test_arabic_and_persian_keep_their_letters_and_joiners() -> None:
    title, sentence = "هجوم على قاعدة عين الأسد", "نیروهای ما می‌گویند پایگاه هدف قرار گرفت"
    words = write_words(make_letter(make_alert(title, sentence, language="fa")), 1000)
    assert title in words.title
    assert "می‌گویند" in make_inert(sentence)


@pytest.mark.parametrize("longest", [300, 950, 2000])
def test_a_message_is_never_longer_than_its_service_takes(longest: int) -> None:
    many = make_letter(*[make_alert(f"Title {number} {ATTACKS}", f"The base {ATTACKS}") for number in range(60)])
    for letter in (HOSTILE, many):
        words = write_words(letter, longest)
        assert len(words.title) + len(words.body) + 2 <= longest
    assert "basewatch alerts" in write_words(many, longest).body, "what was left out is told"


def test_a_title_of_20_megabytes_takes_no_time() -> None:
    alert = make_alert("x" * 1000, "The base")
    words = write_words(make_letter(replace(alert, title="@everyone " * 200_000)), 2000)
    assert len(words.title) <= 200


def test_a_digest_groups_stories_and_names_who_tells_them() -> None:
    first = replace(make_alert("Drones hit base", "The base"), story="s1")
    copy = replace(first, outlet="other", outlet_name="Other", id="2")
    loud = replace(make_alert("Rockets at base", "The base"), severity="critical", story="s2", id="3")
    words = write_words(make_letter(first, copy, loud, reason="digest"), 2000)
    assert words.title == "3 entries · 2 stories · up to CRITICAL"
    blocks = words.body.split("\n\n")
    assert blocks[0].startswith("CRITICAL · News: Rockets at base")
    assert blocks[1].endswith("Also: Other")


def test_a_digest_names_who_tells_a_story_without_an_alert_of_its_own() -> None:
    first = replace(make_alert("Drones hit base", "The base"), story="s1")
    member = StoryMember("other", "Other @everyone", "Drones hit base", LINK, first.seen)
    told = first.severity
    copied = Update(first.id, 2, "copied", first.seen, False, told, told, first, new_members=(member,), outlets=2)
    items = [
        read_item(Entry(f"key-{number}", number, kind, told, first.outlet, "s1", entry_to_json(each)))
        for number, (kind, each) in enumerate((("alert", first), ("update", copied)), start=1)
    ]
    words = write_words(Letter("key", "desk", tuple(items), "digest"), 2000)
    assert words.body.splitlines()[-1].startswith("Also: Other")
    assert "@everyone" not in words.body
    alone = Letter("key", "desk", tuple(items[:1]), "digest", stories={"s1": [member]})
    body = write_words(alone, 2000).body
    assert "Also: Other" in body
    assert "@everyone" not in body


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (LINK, LINK),
        ("https://news.example/a_(b)|c*d", "https://news.example/a_%28b%29%7Cc%2Ad"),
        ("https://пример.example/путь", "https://xn--e1afmkfd.example/%D0%BF%D1%83%D1%82%D1%8C"),
        ("https://news.example@evil.example/", ""),
        ("https://news.example\\@evil.example/", ""),
        ("https://news.example/@everyone/7?by=@here", "https://news.example/%40everyone/7?by=%40here"),
        ("https://news.example/a-b_c.html?id=7&x=%C3%A9", "https://news.example/a-b_c.html?id=7&x=%C3%A9"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https://news.example/\u202egnp.exe", "https://news.example/%E2%80%AEgnp.exe"),
    ],
)
def test_the_link_that_is_shown_is_the_link_that_is_opened(url: str, shown: str) -> None:
    assert safe_link(url) == shown


def test_a_cut_says_so() -> None:
    assert shorten("a " * 50, 21).endswith(" …")
    assert len(shorten("a " * 50, 21)) <= 21
