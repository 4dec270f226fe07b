"""Feeds by the rules of their standards, and by what the W3C's feed validator asks for beyond the grammar.

The validator itself is no package; atom.rng and json_feed.json say what RFC 4287 and JSON Feed 1.1 say.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from httpx2 import Response
from lxml import etree
from starlette.testclient import TestClient

from tests.dashboard.newsroom import ARABIC, ENGLISH, PERSIAN, Desk, Newsroom
from tests.dashboard.test_hostile_text import ADDRESSES, PAYLOADS, poison

HERE = Path(__file__).parent
ATOM = "{http://www.w3.org/2005/Atom}"
GRAMMAR = etree.RelaxNG(etree.parse(HERE / "atom.rng"))
SCHEMA = jsonschema.Draft202012Validator(json.loads((HERE / "json_feed.json").read_text(encoding="utf-8")))
ASKED = ("", "?limit=1", "?severity=critical&rule=no%20such&since=24h", "?entity=%D8%B9&language=ar&language=fa")
URN = re.compile("urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WEEKS = timedelta(weeks=2)


def judge_atom(answer: Response) -> list[str]:
    """What is wrong with it."""
    feed = etree.fromstring(answer.content)
    wrong = [] if GRAMMAR.validate(feed) else [str(error) for error in GRAMMAR.error_log]
    if answer.headers["content-type"].split(";")[0] != "application/atom+xml":
        wrong.append("content type")
    entries = feed.findall(f"{ATOM}entry")
    wrong += judge_ids([each.findtext(f"{ATOM}id", "") for each in (feed, *entries)])
    if [each.get("href") for each in feed.findall(f"{ATOM}link[@rel='self']")] != [str(answer.request.url)]:
        wrong.append("self")
    for element in (feed, *entries):
        links = [(each.get("rel"), each.get("type"), each.get("hreflang")) for each in element.findall(f"{ATOM}link")]
        wrong += [f"twice {link}" for link, count in Counter(links).items() if count > 1]
    for entry in entries:
        if entry.find(f"{ATOM}content") is None and entry.find(f"{ATOM}link[@rel='alternate']") is None:
            wrong.append("neither content nor alternate")
        wrong += judge_times(entry.findtext(f"{ATOM}published", ""), entry.findtext(f"{ATOM}updated", ""))
    newest = max((each.findtext(f"{ATOM}updated", "") for each in entries), default="")
    return wrong if newest <= feed.findtext(f"{ATOM}updated", "") else [*wrong, "an entry is newer than its feed"]


def judge_json(answer: Response) -> list[str]:
    feed: dict[str, Any] = answer.json()
    wrong = [f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(feed)]
    if answer.headers["content-type"].split(";")[0] != "application/feed+json":
        wrong.append("content type")
    if feed.get("feed_url") != str(answer.request.url):
        wrong.append("self")
    items = feed["items"]
    wrong += judge_ids([item.get("id", "") for item in items])
    for item in items:
        wrong += judge_times(item["date_published"], item["date_modified"])
    return wrong


def judge_ids(ids: list[str]) -> list[str]:
    wrong = [f"twice {each}" for each, count in Counter(ids).items() if count > 1]
    return wrong + [f"no id: {each}" for each in ids if not URN.fullmatch(each)]


def judge_times(published: str, updated: str) -> list[str]:
    if published > updated:
        return [f"published after it was updated: {published}"]
    age = datetime.now(UTC) - datetime.fromisoformat(updated)
    return [] if timedelta(minutes=-1) < age < WEEKS else [f"implausible: {updated}"]


@pytest.mark.parametrize("asked", ASKED)
def test_feeds_are_valid_whatever_they_are_asked_for(pages: TestClient, desk: Desk, asked: str) -> None:
    for number in (ENGLISH, ARABIC, PERSIAN):
        desk.tell(number)
    atom, as_json = pages.get(f"/api/alerts.atom{asked}"), pages.get(f"/api/alerts.json{asked}")
    assert judge_atom(atom) == []
    assert judge_json(as_json) == []
    if following := as_json.json().get("next_url"):
        assert judge_json(pages.get(following)) == []
        assert judge_atom(pages.get(following.replace("alerts.json", "alerts.atom"))) == []


def test_feeds_are_valid_whatever_outlets_write(pages: TestClient, desk: Desk, newsroom: Newsroom) -> None:
    analysis, page = newsroom.analyse(ENGLISH), newsroom.page(ENGLISH)[1]
    for number, evil in enumerate((*PAYLOADS[::10], "\x0b\ufffe", "\u200b", "x" * 12)):
        poisoned = poison(analysis, evil, ADDRESSES[number % len(ADDRESSES)])
        assert desk.save(f"http://wire.example/{number}", poisoned, page)
    assert judge_atom(pages.get("/api/alerts.atom")) == []
    assert judge_json(pages.get("/api/alerts.json")) == []


def _strip(name: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        feed = etree.fromstring(content)
        entry = feed.find(f"{ATOM}entry")
        assert entry is not None
        for element in entry.findall(f"{ATOM}{name}"):
            entry.remove(element)
        return etree.tostring(feed)

    return change


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "no id": _strip("id"),
    "no title": _strip("title"),
    "no date": _strip("updated"),
    "relative": lambda content: content.replace(b'href="http://127.0.0.1:8787/alerts', b'href="/alerts'),
    "not RFC 3339": lambda content: content.replace(b"Z</updated>", b"</updated>"),
    "foreign": lambda content: content.replace(b"<entry", b"<p>x</p><entry", 1),
    "language": lambda content: content.replace(b'xml:lang="en"', b'xml:lang="english!"'),
    "an entry twice": lambda content: content.replace(
        b"</feed>", content[content.index(b"<entry") : content.index(b"</feed>")] + b"</feed>"
    ),
    "in the future": lambda content: content.replace(b"<updated>2", b"<updated>3"),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_the_judge_finds_what_is_wrong(pages: TestClient, desk: Desk, fault: str) -> None:
    desk.tell(ENGLISH)
    answer = pages.get("/api/alerts.atom")
    spoiled = SPOILED[fault](answer.content)
    assert spoiled != answer.content
    assert judge_atom(Response(200, headers=answer.headers, content=spoiled, request=answer.request)) != []
