"""Items of RSS that say all they say in plain elements, read as feedparser reads them, for a tenth of its time.

Most items of news feeds are such: a title, an address, a GUID, a date and texts, each once and without markup of its
own, and elements beside them that no link is made of. Whatever else stands anywhere, the whole is feedparser's: what is
plain is a short list of what was looked up in its source, and tests hold both against each other.
"""

import re
from contextlib import suppress
from typing import Any, Final
from xml.parsers.expat import ExpatError, ParserCreate

from crawler.errors import BasewatchError

_SEPARATOR: Final = " "
_FRAME: Final = ("rss", "channel", "item")
_FIELDS: Final = {
    "title": "title",
    "link": "link",
    "guid": "id",
    "pubDate": "published",
    "description": "summary",
    "http://purl.org/rss/1.0/modules/content/ encoded content": "content",
}
"""Elements as expat names them, each with its usual prefix, and what feedparser calls what they say."""
_BESIDE: Final = frozenset(
    {
        "author",
        "category",
        "comments",
        "enclosure",
        "http://purl.org/dc/elements/1.1/ creator dc",
        "http://purl.org/rss/1.0/modules/slash/ comments slash",
        "http://search.yahoo.com/mrss/ content media",
        "http://search.yahoo.com/mrss/ thumbnail media",
        "http://wellformedweb.org/CommentAPI/ commentRss wfw",
    }
)
"""Elements that change nothing of what becomes of an item."""
_EXTRA_SLASHES: Final = re.compile(r"([A-Za-z][A-Za-z0-9+-.]*://)/+")
_LONE_REFERENCE: Final = re.compile(r"&([A-Za-z0-9_]+);")
_WINDOWS: Final = {code: char for code in range(128, 160) if (char := bytes([code]).decode("cp1252", "ignore"))}


class _NotPlainError(BasewatchError):
    """Something stands there that only feedparser knows to read."""


def read_plain_items(feed: bytes) -> list[dict[str, Any]] | None:
    """Of each item what feedparser would give of `id`, `link`, `title`, `published`, `summary`, and `content` with
    nothing but its `value`; None when not all of the feed is plain. Dates are not parsed."""
    reader = _Reader()
    try:
        reader.read(feed)
    except (ExpatError, _NotPlainError):
        return None
    return reader.items


class _Reader:
    """expat's events → items."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self._depth = 0
        self._item: dict[str, Any] = {}
        self._field: str | None = None
        self._pieces: list[str] = []
        self._guid_is_address = False
        self._parser = ParserCreate("utf-8", _SEPARATOR)
        self._parser.namespace_prefixes = True
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse  # it may declare what texts refer to
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, feed: bytes) -> None:
        self._parser.Parse(feed, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth, self._depth = self._depth, self._depth + 1
        if depth == len(_FRAME):
            self._begin_field(name, attributes)
        elif depth > len(_FRAME) or name != _FRAME[depth] or attributes.keys() - {"version"}:
            raise _NotPlainError(name)
        elif depth == len(_FRAME) - 1:
            # a prefix that means something else from here on would rename elements, but not for expat
            self._parser.StartNamespaceDeclHandler = _refuse
            self._item, self._guid_is_address = {}, False

    def _begin_field(self, name: str, attributes: dict[str, str]) -> None:
        self._field = _FIELDS.get(name)
        if self._field is None:
            # a base would be that of what follows, too
            if name not in _BESIDE or any("base" in each.lower() for each in attributes):
                raise _NotPlainError(name)
            return
        if self._field == "id":
            self._guid_is_address = attributes.pop("isPermaLink", "true") == "true"
        if attributes or self._field in self._item:
            raise _NotPlainError(name)
        self._pieces = []
        self._parser.CharacterDataHandler = self._pieces.append

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._depth == len(_FRAME) and self._field is not None:
            self._parser.CharacterDataHandler = None
            text = self._finish_text("".join(self._pieces).strip())
            self._item[self._field] = [{"value": text}] if self._field == "content" else text
        elif self._depth == len(_FRAME) - 1:
            if self._guid_is_address and "id" in self._item:
                self._item.setdefault("link", self._item["id"])
            self.items.append(self._item)

    def _finish_text(self, text: str) -> str:
        if self._field == "link" or (self._field == "id" and self._guid_is_address):
            text = _EXTRA_SLASHES.sub(r"\1", text, count=1) if _EXTRA_SLASHES.match(text) else text
        text = _mend_encoding(text)
        return _LONE_REFERENCE.sub(r"&\1", text.replace("&amp;", "&")) if self._field == "link" else text


def _refuse(*declared: object) -> None:
    raise _NotPlainError(str(declared))


def _mend_encoding(text: str) -> str:
    """UTF-8 and Windows' own characters that somebody took for Latin-1."""
    if text.isascii():
        return text
    with suppress(UnicodeError):  # most texts are no such
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_WINDOWS)
