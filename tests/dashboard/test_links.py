"""Where the links of the dashboard lead."""

import html
import re
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

from starlette.testclient import TestClient

from tests.dashboard.newsroom import ARABIC, COPIED, COPY, ENGLISH, Desk

_LINK = re.compile(r'\b(?:href|action)="([^"]*)"')
_MOST_OF_A_ROUTE = 8
"""Links of a list are alike; an entity's page has few."""
_BEGINNINGS = ("/", "/entities/kataib-hezbollah", "/entities/abu-fadak-al-mohammedawi", "/activity?by=base&days=90")


def test_no_link_of_any_page_leads_nowhere(pages: TestClient, desk: Desk) -> None:
    for number in (COPIED, COPY, ENGLISH, ARABIC):
        desk.tell(number)
    waiting, asked, routes = deque(_BEGINNINGS), set(_BEGINNINGS), Counter[str]()
    broken = []
    while waiting:
        address = waiting.popleft()
        answer = pages.get(address, headers={"Accept": "text/html"})
        if answer.status_code != 200:
            broken.append((address, answer.status_code))
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for link in _list_links(address, answer.text):
            route = "/".join(urlsplit(link).path.split("/")[:2])
            if link not in asked and routes[route] < _MOST_OF_A_ROUTE:
                routes[route] += 1
                asked.add(link)
                waiting.append(link)
    assert broken == []
    assert {"/alerts", "/sources", "/rules", "/entities", "/search", "/activity", "/api"} <= routes.keys()


def _list_links(address: str, page: str) -> list[str]:
    """Our own, without those of forms that change something and of the stream."""
    found = (urljoin(address, html.unescape(link)) for link in _LINK.findall(page) if not link.startswith("#"))
    ours = [link for link in found if link.startswith("/")]
    return [link for link in ours if not re.search(r"/(ack|note|mute|unmute|logout)\b", urlsplit(link).path)]
