"""A plain HTTP client for tests that ask the demo's press."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from crawler.models import Page


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(url: str, method: str = "GET", **headers: str) -> Reply:
    """One request; `If_None_Match=...` sends that header."""
    asked = Request(url, method=method, headers={key.replace("_", "-"): value for key, value in headers.items()})
    try:
        with urlopen(asked, timeout=5) as answer:
            return Reply(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return Reply(error.code, error.headers, error.read())


def fetch_page(url: str) -> Page:
    """The answer as the crawl hands it on."""
    reply = ask(url)
    return Page(url, url, reply.status, tuple(reply.headers.items()), reply.body, reply.body, datetime.now(UTC))
