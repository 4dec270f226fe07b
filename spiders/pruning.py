"""Feeds without the items that stand there byte for byte as at the last poll: feedparser costs half a millisecond each.

expat decides, which is also what feedparser reads a well-formed feed with: it gives the place of each item in bytes, so
that what is left is the outlet's own text. A feed that is not well-formed is left whole.

An item is left out only when that can change nothing: its source showed the same bytes in the same frame (root,
namespaces, address, scope, version of basewatch) in the poll before, they became exactly one link, and no item that is
left shares an address or a GUID with it.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from crawler.models import Link

_ITEMS: Final = frozenset({"item", "entry"})
_DEPTH: Final = 2
"""Elements around an item at most: root and channel."""
_DIGEST: Final = 8
_MARK: Final = 4
"""Bytes. One that two share by accident costs the reading of a whole feed, no item."""
_ROW: Final = _DIGEST + 2 * _MARK
_SEPARATOR: Final = " "
"""Between namespace and name; with it expat refuses undeclared prefixes, as feedparser's reader does."""
_VERSION: Final = version("basewatch")


@dataclass(frozen=True, slots=True)
class Outline:
    """A well-formed feed as bytes, and where its items stand in it."""

    body: bytes
    items: tuple[tuple[int, int], ...]
    frame: str
    """What stands around the items and may change what they mean."""

    def digest_items(self) -> list[bytes]:
        return [_digest(self.body[start:end], _DIGEST) for start, end in self.items]

    def keep_items(self, kept: Collection[int]) -> bytes:
        """The feed with these of its items, by number."""
        dropped = [span for number, span in enumerate(self.items) if number not in kept]
        ends = [0, *(place for span in dropped for place in span), len(self.body)]
        return b"".join(self.body[start:end] for start, end in list(pairwise(ends))[::2])


@dataclass(frozen=True, slots=True)
class Shown:
    """An item of the last poll."""

    digest: bytes
    marks: frozenset[bytes]
    """Of its address and its GUID."""


class _Walker:
    """expat's events → spans of items. Within an item only the end of its own name is looked for."""

    def __init__(self, body: bytes) -> None:
        self.items: list[tuple[int, int]] = []
        self.frame: list[tuple[str, dict[str, str]]] = []
        self._body = body
        self._path: list[str] = []
        self._item = ""
        self._began = 0
        self._parser = ParserCreate("utf-8", _SEPARATOR)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def walk(self) -> None:
        """Raises ExpatError: not well-formed, or an item around an item."""
        self._parser.Parse(self._body, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if 0 < len(self._path) <= _DEPTH and _is_item(name):
            self._item, self._began = name, self._parser.CurrentByteIndex
            self._parser.StartElementHandler = None
            return
        if len(self._path) < _DEPTH:
            if _is_item(name):
                raise ExpatError("an item around all")
            self.frame.append((name, attributes))
        self._path.append(name)

    def _end(self, name: str) -> None:
        if not self._item:
            if not self._path or self._path.pop() != name:
                raise ExpatError("an item within an item")
        elif name == self._item:
            self.items.append((self._began, self._find_end()))
            self._item = ""
            self._parser.StartElementHandler = self._start

    def _find_end(self) -> int:
        """expat names the beginning of the end tag; of an element without one it cannot tell the end."""
        at = self._parser.CurrentByteIndex
        if at == self._began:
            raise ExpatError("an item without anything")
        return self._body.index(b">", at) + 1


def _is_item(name: str) -> bool:
    return name.rpartition(_SEPARATOR)[2] in _ITEMS


def outline_feed(body: bytes) -> Outline | None:
    """None when it is not well-formed, or not as simple as feeds are."""
    walker = _Walker(body)
    try:
        walker.walk()
    except ExpatError:
        return None
    root = body[: body.find(b">")].decode("utf-8", "replace")
    return Outline(body, tuple(walker.items), f"{root} {walker.frame}")


def name_frame(outline: Outline, url: str, scope: Sequence[str]) -> str:
    """A digest of all that decides, besides an item's own bytes, what link it becomes and how that is counted."""
    return _digest("\0".join((_VERSION, url, *scope, outline.frame)).encode("utf-8", "replace"), _DIGEST).hex()


def load_shown(memory: str, frame: str) -> dict[bytes, Shown]:
    """What a source showed at its last poll, by digest; nothing when that was in another frame."""
    known_frame, _, packed = memory.partition(".")
    if known_frame != frame:
        return {}
    try:
        raw = b64decode(packed, validate=True)
    except NoBase64:
        return {}
    rows = (raw[start : start + _ROW] for start in range(0, len(raw) - _ROW + 1, _ROW))
    return {row[:_DIGEST]: Shown(row[:_DIGEST], _split_marks(row[_DIGEST:])) for row in rows}


def dump_shown(frame: str, shown: Iterable[Shown]) -> str:
    packed = b"".join(each.digest + b"".join(sorted(each.marks)).rjust(2 * _MARK, b"\0") for each in shown)
    return f"{frame}.{b64encode(packed).decode()}"


def show_item(digest: bytes, link: Link) -> Shown:
    """An item that was read, as it is remembered."""
    said = [f"{kind}{text}" for kind, text in (("u", link.url), ("g", link.guid)) if text]
    return Shown(digest, frozenset(_digest(each.encode("utf-8", "replace"), _MARK) for each in said))


def _split_marks(packed: bytes) -> frozenset[bytes]:
    return frozenset({packed[:_MARK], packed[_MARK:]}) - {bytes(_MARK)}


def _digest(content: bytes, size: int) -> bytes:
    return hashlib.blake2b(content, digest_size=size).digest()
