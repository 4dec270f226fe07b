"""One outlet's web site: a path → what to answer. No sockets here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from scheduler.demo.edition import DemoArticle, PublishedArticle
from scheduler.demo.feeds import write_feed
from scheduler.demo.pages import Typesetter
from settings.model import Outlet

_HTML = "text/html; charset=utf-8"
_ROBOTS = b"User-agent: *\nDisallow: /members/\nDisallow: /search\n"
_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#b8b2a7"/>'
    b'<path d="M0 9l5-5 3 3 3-4 5 6z" fill="#8f887b"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says to a request for a path."""

    status: int
    media: str
    body: bytes
    modified: datetime


class Site:
    """Serves what was published so far; one thread publishes, any number ask."""

    def __init__(self, outlet: Outlet, typesetter: Typesetter, opened: datetime) -> None:
        """`outlet` holds its real addresses."""
        self.outlet = outlet
        self._typesetter = typesetter
        self._opened = opened
        # replaced as a whole, so that a request sees the list before or after, never in between
        self._shelf: tuple[PublishedArticle, ...] = ()

    def publish(self, article: DemoArticle, now: datetime) -> PublishedArticle:
        """Put an article on top of the feed."""
        now = now.astimezone(UTC).replace(microsecond=0)
        url = article.link or self.outlet.homepage.rstrip("/") + article.path
        piece = PublishedArticle(article, url, now - article.age, now)
        self._shelf = (piece, *self._shelf)
        return piece

    def answer(self, path: str) -> Answer:
        """The answer to a GET of a path without its query."""
        shelf = self._shelf
        modified = shelf[0].released if shelf else self._opened
        for source in self.outlet.sources:
            if source.kind == "feed" and path == urlsplit(source.url).path:
                media, body = write_feed(self.outlet, source.url, shelf)
                return Answer(HTTPStatus.OK, media, body, modified)
        if path in self._front_paths():
            return self._html(HTTPStatus.OK, self._typesetter.set_front(self.outlet, shelf), modified)
        if path == "/robots.txt":
            return Answer(HTTPStatus.OK, "text/plain; charset=utf-8", _ROBOTS, self._opened)
        if path.startswith("/images/"):
            return Answer(HTTPStatus.OK, "image/svg+xml", _PICTURE, self._opened)
        return self._answer_article(path, shelf)

    def _front_paths(self) -> set[str]:
        return {"/", *(urlsplit(source.url).path for source in self.outlet.sources if source.kind == "section")}

    def _answer_article(self, path: str, shelf: tuple[PublishedArticle, ...]) -> Answer:
        place = next((index for index, piece in enumerate(shelf) if piece.article.path == path), None)
        if place is None or shelf[place].article.link:
            return self._refuse(HTTPStatus.NOT_FOUND)
        piece, earlier = shelf[place], shelf[place + 1 :]
        if piece.article.status != HTTPStatus.OK:
            return self._refuse(HTTPStatus(piece.article.status))
        page = self._typesetter.set_page(piece, self.outlet, earlier)
        return self._html(HTTPStatus.OK, page, piece.released)

    def _refuse(self, status: HTTPStatus) -> Answer:
        return self._html(status, self._typesetter.set_refusal(self.outlet, status, status.phrase), self._opened)

    def _html(self, status: int, page: str, modified: datetime) -> Answer:
        return Answer(status, _HTML, page.encode(), modified)
