"""Feeds without the items that stand there byte for byte as at the last poll: feedparser costs half a millisecond each.

expat decides, which is also what feedparser reads a well-formed feed with: it gives the place of each item in bytes, so
that what is left is the outlet's own text. A feed that is not well-formed is left whole. Of items that the last poll
showed expat is given empty ones: where such a one is an item, the bytes that it stands for, which were an item, are.

An item is left out only when that can change nothing: its source showed the same bytes in the same frame (root,
namespaces, address, scope, version of basewatch) in the poll before, they became exactly one link, and no item that is
left shares an address or a GUID with it.
"""

import hashlib
import re
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
_FIRST: Final = re.compile(rb"<((?:[\w.-]+:)?(?:item|entry))[\s>]")
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
    """With one empty item in the place of each run of known ones."""
    items: tuple[tuple[int, int], ...]
    """Known ones too: all of a run have the place of its empty item."""
    digests: tuple[bytes, ...]
    """Of each item."""
    frame: str
    """What stands around the items and may change what they mean."""
    inside: tuple[int, int] | None
    """Where the content of the one element that holds them all begins and ends; None when several do."""

    def keep_items(self, kept: Collection[int]) -> bytes:
        """The feed with these of its items, by number, and without what stands beside them: the channel's own title,
        image and addresses say nothing of an item, and cost feedparser as much as two."""
        if self.inside is None:
            return self._drop_others(kept)
        begin, end = self.inside
        items = (self.body[slice(*self.items[number])] for number in sorted(kept))
        return b"".join((self.body[:begin], *items, self.body[end:]))

    def _drop_others(self, kept: Collection[int]) -> bytes:
        dropped = [span for number, span in enumerate(self.items) if number not in kept]
        ends = [0, *(place for span in dropped for place in span), len(self.body)]
        return b"".join(self.body[start:end] for start, end in list(pairwise(ends))[::2])


Shown = bytes
"""An item of the last poll: its digest, and the marks of its address and its GUID, zeros for what it has not. In this
form it is kept: most of them are read, looked up and written again, fifty at each poll."""


class _Walker:
    """expat's events → spans of items. Within an item only the end of its own name is looked for."""

    def __init__(self, body: bytes) -> None:
        self.items: list[tuple[int, int]] = []
        self.frame: list[tuple[str, dict[str, str]]] = []
        self._body = body
        self._path: list[str] = []
        self._contents: list[int] = []
        """Of each element of the path, where its first child begins; 0 as long as there is none."""
        self._holders: dict[int, int] = {}
        """Of elements that hold items, where their first child begins and where their end tag does."""
        self._item = ""
        self._began = 0
        self._parser = ParserCreate("utf-8", _SEPARATOR)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def walk(self) -> None:
        """Raises ExpatError: not well-formed, or an item around an item."""
        self._parser.Parse(self._body, True)

    def find_inside(self) -> tuple[int, int] | None:
        """Of the one element that holds all items."""
        return next(iter(self._holders.items())) if len(self._holders) == 1 else None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        if self._path:
            self._contents[-1] = self._contents[-1] or at
        if 0 < len(self._path) <= _DEPTH and _is_item(name):
            self._item, self._began = name, at
            self._holders[self._contents[-1]] = at
            self._parser.StartElementHandler = None
            return
        if len(self._path) < _DEPTH:
            if _is_item(name):
                raise ExpatError("an item around all")
            self.frame.append((name, attributes))
        self._path.append(name)
        self._contents.append(0)

    def _end(self, name: str) -> None:
        if not self._item:
            if not self._path or self._path.pop() != name:
                raise ExpatError("an item within an item")
            if (first := self._contents.pop()) in self._holders:
                self._holders[first] = self._parser.CurrentByteIndex
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


def outline_feed(body: bytes, known: Collection[bytes] = ()) -> Outline | None:
    """None when it is not well-formed, or not as simple as feeds are. `known` are digests of items."""
    short, runs = _cut_known(body, known)
    walker = _Walker(short)
    try:
        walker.walk()
    except ExpatError:
        return None
    items, digests = list[tuple[int, int]](), list[bytes]()
    for start, end in walker.items:
        found = runs.pop(start, None) or [_digest(short[start:end], _DIGEST)]
        items += [(start, end)] * len(found)
        digests += found
    if runs:  # what looks like a known item is in a comment, or in another one's text
        return outline_feed(body)
    root = short[: short.find(b">")].decode("utf-8", "replace")
    return Outline(short, tuple(items), tuple(digests), f"{root} {walker.frame}", walker.find_inside())


def _cut_known(body: bytes, known: Collection[bytes]) -> tuple[bytes, dict[int, list[bytes]]]:
    """The body with one empty item in the place of each run of known ones; where these are, and for which digests."""
    first = _FIRST.search(body) if known else None
    if first is None:
        return body, {}
    begin, end = b"<%s" % first[1], b"</%s>" % first[1]
    short, runs, run, done = bytearray(), dict[int, list[bytes]](), list[bytes](), 0
    at = first.start()
    while at >= 0 and (close := body.find(end, at)) >= 0:
        after = close + len(end)
        if (digest := _digest(body[at:after], _DIGEST)) in known:
            between = body[done:at]
            if not runs or between.strip():
                short += between
                run = runs[len(short)] = []
                short += b"%s>%s" % (begin, end)
            run.append(digest)
            done = after
        at = body.find(begin, after)
    return bytes(short + body[done:]), runs


def name_frame(outline: Outline, url: str, scope: Sequence[str]) -> str:
    """A digest of all that decides, besides an item's own bytes, what link it becomes and how that is counted."""
    return _digest("\0".join((_VERSION, url, *scope, outline.frame)).encode("utf-8", "replace"), _DIGEST).hex()


def load_shown(memory: str) -> tuple[str, dict[bytes, Shown]]:
    """What a source showed at its last poll, by digest, and in which frame."""
    frame, _, packed = memory.partition(".")
    try:
        raw = b64decode(packed, validate=True)
    except NoBase64:
        return frame, {}
    rows = (raw[start : start + _ROW] for start in range(0, len(raw) - _ROW + 1, _ROW))
    return frame, {row[:_DIGEST]: row for row in rows}


def dump_shown(frame: str, shown: Iterable[Shown]) -> str:
    return f"{frame}.{b64encode(b''.join(shown)).decode()}"


def show_item(digest: bytes, link: Link) -> Shown:
    """An item that was read, as it is remembered."""
    said = [f"{kind}{text}" for kind, text in (("u", link.url), ("g", link.guid)) if text]
    marks = {_digest(each.encode("utf-8", "replace"), _MARK) for each in said}
    return digest + b"".join(sorted(marks)).rjust(2 * _MARK, b"\0")


def marks_of(shown: Iterable[Shown]) -> set[bytes]:
    """Of all their addresses and GUIDs."""
    marks = {row[start : start + _MARK] for row in shown for start in (_DIGEST, _DIGEST + _MARK)}
    return marks - {bytes(_MARK)}


def _digest(content: bytes, size: int) -> bytes:
    return hashlib.sha256(content).digest()[:size]
