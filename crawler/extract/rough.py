"""All text of a page that could become an article's, and more: without a parser, in a small part of the time.

What a parser would read stands in it in the same order. What it leaves out is markup, comments, styles, and scripts
that none of our readers looks into; where it is in doubt how a parser would see something, it stays in. A reader of
another script must be told to `_list_data`; tests/stages/test_prefilter.py holds this to what `extract` finds.
"""

import codecs
import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache

from crawler.extract.decode import decode_bytes, is_wide
from crawler.extract.hygiene import INVISIBLE
from crawler.extract.last_resort import FEWEST_PARAGRAPHS, STRING
from crawler.extract.metadata import META_TEXTS

_SCRIPT, _STYLE = rb"[sS][cC][rR][iI][pP][tT]", rb"[sS][tT][yY][lL][eE]"
_HIDDEN = re.compile(rb"<(?:!--|(?P<script>%b)[\s/>]|(?P<style>%b)[\s/>])" % (_SCRIPT, _STYLE))
_SCRIPT_END, _STYLE_END = re.compile(rb"</" + _SCRIPT), re.compile(rb"</" + _STYLE)
_COMMENT_END = re.compile(rb"--!?>")
_TAG = re.compile(rb"<[A-Za-z/!?][^<>]*>?")
_STRAY = re.compile(rb"<(?:[^A-Za-z/!?]|/[^A-Za-z]|/?\Z)")
"""A less-than sign that begins no tag: it and what follows is text."""
_RUN = re.compile(rb">\s*+([^<\s][^<]*+)")
_IN_TAGS = re.compile(
    rb"<[MmTt](?:[Ee][Tt][Aa]([^>]*+)|[Ii][Tt][Ll][Ee][^<>]*+>([^<]*(?:<(?!/[Tt][Ii][Tt][Ll][Ee])[^<]*)+))"
)
"""Where text stands inside of what looks like a tag: content of meta elements, and titles, which hold no elements."""
_TOLD = sorted({name.rpartition(":")[2].rpartition(".")[2].encode() for name in META_TEXTS})
"""How the names of those that are read end."""
_WELL_FORMED = re.compile(
    rb"""(?:\s++(?:content=(?:"[^"]*+"|'[^']*+')|[\w:.-]++(?:="[^"&\x00-\x1f\xef]*+"|='[^'&\x00-\x1f\xef]*+'|=[\w:.-]++)?)?)*+/?"""
)
"""Attributes that are what they seem: no entity or character that a parser drops hides a name, no quote an end."""
_INLINE = (
    rb"(?:(?!/?(?:[pP]|[dD][iI][vV]|[uUoO][lL]|[lL][iI]|[tT][dDhHrR]|[tT][aA][bB][lL][eE]|[hH][1-6rR]|[bB][rR]|"
    rb"[sS][eE][cC][tT][iI][oO][nN]|[aA][rR][tT][iI][cC][lL][eE])\b)/?[A-Za-z][^<>]*+|!--)>"
)
"""The rest of a tag that begins or ends no block."""
_SEAM = re.compile(rb"<(?<=[\w\x80-\xff;'&#][<])" + _INLINE + rb"(?:<" + _INLINE + rb")*+(?=[\w\x80-\xff&';#])")
"""Inline tags between two letters, which a parser may join. A pattern that begins with a sign is sought ten times
faster."""
_QUOTED_END = re.compile(rb"[\"'][^<>]{0,200}>")
_QUOTING_TAG = re.compile(
    rb"<(/?[A-Za-z][^\s<>/\"']{0,20})(?>(?:[^<>\"']{1,300}|\"[^\"]{0,300}\"|'[^']{0,300}'){0,30})>"
)
_MOST_DOUBTFUL = 200_000
_MOST_STRAYS = 50
_FORUM = b"data-preloaded"
_AROUND = 150
"""Bytes before and after such tags that are read again with the two letters joined."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_WHITE = frozenset("nrtbf")
_STORY = b"Fusion.globalContent="
_STRING = re.compile(STRING.encode(), re.DOTALL)
_ESCAPED_PARAGRAPHS = (b"u003cp", b"u003Cp")
_SHORTEST_TEXT = 20
"""Bytes; a text of as many words as are asked for has more."""
_ESCAPED_SIGN = b"\\u003"
"""Begins a less-than sign that is written for a script."""
_JSON = json.JSONDecoder(strict=False)
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"))
_TAG_END, _SLASH = b">/"
_GAP = b"<!-->"
"""Stands for what was left out."""
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
"""What `html.unescape` looks at."""
_SPLIT_REFERENCE = re.compile("&[^\\s<&;]{0,40}" + INVISIBLE.pattern)
"""One that is whole only when what is invisible in it is gone."""
_CUT_REFERENCE = re.compile(rb"&(?:[#\w\x80-\xff]{0,40}+[<&]|(?:amp|#0*38|#[xX]0*26);[#\w;\x80-\xff]{0,40}+[<&])")
"""One that may be whole only when what inline tags split is joined."""
_STRETCH = 16 << 10
_MOST_ESCAPED = 4
_HEAD = 400
"""Bytes of a script in which its type must stand, its attributes included."""


class Rough:
    """A page's text, pieces set apart by blanks, what a parser may join among them."""

    def __init__(self, content: bytes, charset: str | None = None, extra: str = "") -> None:
        """`extra` is what is known of the page beside it: the feed's title and text."""
        if is_wide(content) or not _is_utf8(content):
            content = decode_bytes(content, charset).encode("utf-8", "replace")
        self._shown, data = _split_hidden(content)
        self._beside = " ".join((extra, *map(_read_data, data)))

    @cached_property
    def text(self) -> str:
        """Everything, in words or in parts of words."""
        pieces = [self._stripped, *_read_tags(self._shown)]
        if self.is_doubtful:
            pieces.append(_strip_tags(self._plain))
        escaped = _read_data(self._shown) if _ESCAPED_SIGN in self._shown else ""
        joined = self.joined if _CUT_REFERENCE.search(self._shown) else ""
        return f"{_resolve_all(f'{_decode(pieces)} {self._beside} {escaped}')} {joined}"

    @cached_property
    def joined(self) -> str:
        """Once more the surroundings of words that inline tags split, as words: for who looks for more than letters."""
        seams = [*_join_seams(self._shown), *(_join_seams(self._plain) if self.is_doubtful else ())]
        return _resolve_all(_decode(seams))

    @cached_property
    def _plain(self) -> bytes:
        """Without attributes in quotes."""
        return _QUOTING_TAG.sub(rb"<\1>", self._shown)

    @cached_property
    def is_doubtful(self) -> bool:
        """Do signs of markup seem to stand in attributes? Then it is read in both ways."""
        return b">" in self._stripped and _QUOTED_END.search(self._stripped) is not None

    @cached_property
    def _stripped(self) -> bytes:
        return _strip_tags(self._shown)

    @property
    def is_unclear(self) -> bool:
        """Too much to be read in both ways, or a forum's posts in an attribute: anything may stand in it."""
        return _FORUM in self._shown or (len(self._shown) > _MOST_DOUBTFUL and self.is_doubtful)


def _decode(pieces: Iterable[bytes]) -> str:
    return b" ".join(pieces).translate(None, _CONTROLS).decode("utf-8", "replace")


def _resolve_all(text: str) -> str:
    return " ".join(_unescape_all(text)) if "&" in text else text


def _unescape_all(text: str) -> Iterator[str]:
    """Without entities, and once more for each time that what is left has some: outlets escape what was escaped."""
    for number in range(_MOST_ESCAPED):
        escaped, text = text, _REFERENCE.sub(_resolve, text)
        if number and text == escaped:
            return
        yield text
        if "&" not in text:
            return
        if _SPLIT_REFERENCE.search(text):
            text = INVISIBLE.sub("", text)


def _resolve(found: re.Match[str]) -> str:
    return _resolve_reference(found[0])


@lru_cache(maxsize=1 << 12)
def _resolve_reference(reference: str) -> str:
    """Remembered: the same few stand on every page."""
    return html.unescape(reference)


def _join_seams(shown: bytes) -> Iterator[bytes]:
    """The surroundings of words that inline tags split; those that touch as one."""
    for start, end in _merge_close(seam.span() for seam in _SEAM.finditer(shown)):
        yield _TAG.sub(b" ", _SEAM.sub(b"", shown[max(0, start - _AROUND) : end + _AROUND]))


def _merge_close(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    first, last = 0, -1
    for start, end in spans:
        if last >= 0 and start - last > 2 * _AROUND:
            yield first, last
            last = -1
        first, last = (start if last < 0 else first), end
    if last >= 0:
        yield first, last


def _is_utf8(content: bytes) -> bool:
    """In stretches, of which none leaves the processor's cache: twice as fast."""
    view, size, at = memoryview(content), len(content), 0
    try:
        while at < size:
            end = at + _STRETCH
            at += codecs.utf_8_decode(view[at:end], "strict", end >= size)[1]
    except UnicodeDecodeError:
        return False
    return True


def _strip_tags(shown: bytes) -> bytes:
    if _STRAY.search(shown):
        return _TAG.sub(b" ", shown)
    return b" ".join((shown.partition(b"<")[0], *_RUN.findall(shown)))


def _read_tags(shown: bytes) -> Iterator[bytes]:
    """Titles, and what meta elements hold that may be one of those that are read."""
    for meta, title in _IN_TAGS.findall(shown):
        if title or _may_be_told(meta):
            yield meta or title


def _may_be_told(meta: bytes) -> bool:
    lower = meta.lower()
    return any(map(lower.__contains__, _TOLD)) or not _WELL_FORMED.fullmatch(meta)


def _split_hidden(content: bytes) -> tuple[bytes, list[bytes]]:
    """What is shown; scripts that hold data."""
    shown: list[bytes] = []
    data: list[bytes] = []
    has_story = _STORY in content
    at, search_at = 0, 0
    while found := _HIDDEN.search(content, search_at):
        start, begun = found.span()
        kind = found.lastgroup
        body, end = _find_end(content, start, begun, kind)
        search_at = max(body, start + 1)
        if end < 0 or (content[start - 1] != _TAG_END and _is_in_tag(content, at, start)):
            continue
        if kind == "script":
            data += _list_data(content[start:end], has_story=has_story)
        shown.append(content[at:start])
        at = search_at = end
    shown.append(content[at:])
    return _GAP.join(shown), data


def _find_end(content: bytes, start: int, begun: int, kind: str | None) -> tuple[int, int]:
    """Where the content of a comment, script or style begins and ends; -1 where a parser may see it otherwise."""
    if kind is None:
        end = _COMMENT_END.search(content, start + 2)
        return begun, end.end() if end else -1
    body = content.find(b">", start) + 1
    if not body or content[body - 2] == _SLASH:
        return begun, -1
    found = (_SCRIPT_END if kind == "script" else _STYLE_END).search(content, body)
    return body, found.start() if found else -1


def _is_in_tag(content: bytes, at: int, start: int) -> bool:
    """Does it seem to stand in an attribute?"""
    closed = content.rfind(b">", at, start)
    for _ in range(_MOST_STRAYS):
        opened = content.rfind(b"<", max(at, closed), start)
        if opened < 0 or not _STRAY.match(content, opened):
            return opened > closed
        start = opened
    return False


def _list_data(script: bytes, *, has_story: bool) -> Iterable[bytes]:
    """What one of our readers may look into. An entity may hide a script's type."""
    head = script[:_HEAD].lower()
    if b"ld+json" in head or b"&" in head.partition(b">")[0]:
        return (script,)
    held: list[bytes] = []
    if _may_hold_text(script):
        # most are short: told here, without a call
        held += [each for each in _STRING.findall(script) if len(each) > _SHORTEST_TEXT and _may_hold_text(each)]
    if has_story and (story := script.find(_STORY)) >= 0:
        held.append(script[story:])
    return held


def _may_hold_text(script: bytes) -> bool:
    """May it, or one of its strings, be taken for the text that the script would put into the page?"""
    count = script.count(b"<p") if b"<" in script else 0  # a single byte is sought ten times faster
    if count < FEWEST_PARAGRAPHS and b"\\" in script:
        count += sum(map(script.count, _ESCAPED_PARAGRAPHS))
    return count >= FEWEST_PARAGRAPHS


def _read_data(script: bytes) -> str:
    """The strings of a JSON script, and what stands around markup in them, without it."""
    text = script.decode("utf-8", "replace")
    if script.startswith(_STORY):
        with suppress(ValueError, RecursionError):  # then nobody reads it, or it is read as it stands
            return _list_strings(text)
    if "\\" in text:
        text = _ESCAPE.sub(_unescape, text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _with_tagged(text)


def _list_strings(text: str) -> str:
    """Those of the story that a script holds, and of nothing else in it. Raises ValueError."""
    waiting, strings = [_JSON.raw_decode(text, len(_STORY))[0]], []
    while waiting:
        match waiting.pop():
            case str(string):
                strings.append(string.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
            case dict(fields):
                waiting.extend(reversed(fields.values()))
            case list(items):
                waiting.extend(reversed(items))
    return _with_tagged(" ".join(strings))


def _with_tagged(text: str) -> str:
    return " ".join((text, *_read_tagged(text))) if "<" in text else text


def _read_tagged(text: str) -> Iterator[str]:
    """The surroundings of tags without them."""
    for found in _TAGGED.finditer(text):
        yield _TEXT_TAG.sub(" ", text[max(0, found.start() - _AROUND) : found.end()])


_TEXT_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>?")
_TAGGED = re.compile(r"<[A-Za-z/!?][^<>]*>?[^<]{0,150}(?:<[A-Za-z/!?][^<>]*>?[^<]{0,150})*")


def _unescape(found: re.Match[str]) -> str:
    code, char = found.groups()
    if code:
        return chr(int(code, 16))
    return " " if char in _WHITE else char
