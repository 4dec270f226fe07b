"""Text among a page's markup, and in its scripts, without a parser: what `rough.py` is made of."""

import codecs
import html
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Literal

from trafilatura.settings import MANUALLY_CLEANED

from crawler.extract.fragment import SILENT
from crawler.extract.hygiene import INVISIBLE
from crawler.extract.last_resort import FEWEST_PARAGRAPHS
from crawler.extract.literals import Literals, spell_cases
from crawler.extract.metadata import META_TEXTS

_COMMENT_END: Final = re.compile(rb"--!?>")
_TAG: Final = re.compile(rb"<[A-Za-z/!?][^<>]*>?")
STRAY: Final = re.compile(rb"<(?:[^A-Za-z/!?]|/[^A-Za-z]|/?\Z)")
"""A less-than sign that begins no tag: it and what follows is text."""
_BEHIND_NAME: Final = frozenset({b" ", b"\t", b"\n", b"\r", b"\f", b"\v", b"/", b">"})
"""Ends the name of an element."""
_RUN: Final = re.compile(rb">\s*+([^<]++)")
_IN_TAGS: Final = re.compile(
    rb"<[MmTt](?:[Ee][Tt][Aa]([^>]*+)|[Ii][Tt][Ll][Ee][^<>]*+>([^<]*(?:<(?!/[Tt][Ii][Tt][Ll][Ee])[^<]*)+))"
)
"""Where text stands inside of what looks like a tag: content of meta elements, and titles, which hold no elements."""
_ATTRIBUTES: Final = re.compile(rb"(?:[^<>\"']++|\"[^\"]{0,4000}\"|'[^']{0,4000}')*+")
"""Where quotes hold a sign that ends a tag elsewhere."""
_TOLD: Final = sorted({name.rpartition(":")[2].rpartition(".")[2].encode() for name in META_TEXTS})
"""How the names of those that are read end."""
_WELL_FORMED: Final = re.compile(
    rb"""(?:\s++(?:content=(?:"[^"]*+"|'[^']*+')|[\w:.-]++(?:="[^"&\x00-\x1f\xef]*+"|='[^'&\x00-\x1f\xef]*+'|=[\w:.-]++)?)?)*+/?"""
)
"""Attributes that are what they seem: no entity or character that a parser drops hides a name, no quote an end."""
_INLINE: Final = (
    rb"(?:/?+(?!(?:[pP]|[dD][iI][vV]|[uUoO][lL]|[lL][iI]|[tT][dDhHrR]|[tT][aA][bB][lL][eE]|[hH][1-6rR]|[bB][rR]|"
    rb"[sS][eE][cC][tT][iI][oO][nN]|[aA][rR][tT][iI][cC][lL][eE])\b)[A-Za-z][^<>]*+|[!?][^<>]*+)>"
)
"""The rest of a tag that begins or ends no block, or of what a parser takes for a comment."""
_SEAM: Final = re.compile(
    rb"<(?<=[A-Za-z0-9_\x80-\xff;'&#][<])%b(?:<%b)*+(?=[A-Za-z0-9_\x80-\xff&';#])" % (_INLINE, _INLINE)
)
"""Inline tags between two letters, which a parser may join. A pattern that begins with a sign is sought ten times
faster."""
_WITHIN: Final = re.compile(
    rb"<(?![/!])(?<![>\s]\s<)(?:(?<=%b<)|(?<=%b[ \n]<)|(?<=%b</[abi]><)|(?<=%b</[abi]>[ \n]<))"
    rb"([A-Za-z][^\s<>/]*+)([^<>]*+)>" % ((rb"[A-Za-z0-9_\x80-\xff;'-]",) * 4)
)
"""A tag that begins an element behind a word."""
_BESIDE: Final = re.compile(rb"\s?+<([A-Za-z][^\s<>/]*+)([^<>]*+)>")
_GOES_ON: Final = re.compile(rb"\s?+(?:<%b)*+\s?+[A-Za-z0-9_\x80-\xff&'-]" % _INLINE)
"""So does the sentence."""
_ANY_TAG: Final = re.compile(rb"<(/?)([A-Za-z][^\s<>/]*+)[^<>]*+>")
_DROPPED: Final = frozenset(name.encode() for name in (*MANUALLY_CLEANED, *SILENT))
_NAMED: Final = re.compile(rb"\s(?:class|id|style|role|hidden|aria-hidden|data-[a-z-]+)\b", re.IGNORECASE)
"""What a reader drops an element for, whatever its tag, and"""
_HIDDEN: Final = re.compile(rb"hid|none", re.IGNORECASE)
"""a link."""
_LONGEST_DROPPED, _MOST_WITHIN = 4 << 10, 100
"""Bytes and tags of one."""
_MOST_STRAYS: Final = 50
_AROUND: Final = 150
"""Bytes before and after such tags that are read again with the two letters joined."""
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*+)|(.))", re.DOTALL)
"""Words of other scripts are written as nothing but escapes: one at a time would take half as long again."""
_LETTER: Final = len("0627")
_WHITE: Final = frozenset("nrtbf")
_STORY: Final = b"Fusion.globalContent="
_STRING_END: Final = re.compile(rb'"(?<!\\")')
"""A quotation mark that surely ends a string, if it stands in one."""
_JSON: Final = json.JSONDecoder(strict=False)
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"))
_TAG_END, _SLASH, _BACKSLASH = b">/\\"
_GAP: Final = b"<!-->"
"""Stands for what was left out."""
_REFERENCE: Final = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
"""What `html.unescape` looks at."""
_SPLIT_REFERENCE: Final = re.compile("&[^\\s<&;]{0,40}" + INVISIBLE.pattern)
"""One that is whole only when what is invisible in it is gone."""
_STRETCH: Final = 16 << 10
_USUAL: Final = 200
"""Bytes of a meta element that may stand on other pages too."""
_MOST_ESCAPED: Final = 4
_HEAD: Final = 400
"""Bytes of a script in which its type must stand, its attributes included."""


_Hidden = Literal["comment", "script", "style"]
_Mark = _Hidden | Literal["end of script", "end of style", "paragraph"]


_HIDING: Literals[_Mark] = Literals(
    {
        "comment": (b"<!--",),
        "script": spell_cases("<script"),
        "style": spell_cases("<style"),
        "end of script": spell_cases("</script"),
        "end of style": spell_cases("</style"),
        "paragraph": (b"<p", b"\\u003cp", b"\\u003Cp"),
    }
)
_STORIES: Final = Literals({"story": (_STORY,)})
MOST_MARKS: Final = 100_000
"""Of a page; more than any parser builds a tree of."""


def decode(pieces: Iterable[bytes]) -> str:
    return b" ".join(pieces).translate(None, _CONTROLS).decode("utf-8", "replace")


def resolve_all(text: str) -> str:
    return " ".join(_unescape_all(text)) if "&" in text else text


def _unescape_all(text: str) -> Iterator[str]:
    """Without entities, and once more for each time that what is left has some: outlets escape what was escaped."""
    for number in range(_MOST_ESCAPED):
        # data in attributes has thousands of these
        escaped, text = text, _REFERENCE.sub(_resolve, text.replace("&quot;", '"'))
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
    """Remembered: the same few stand on every page. Parsers drop what is no character, where Python says so."""
    return html.unescape(reference).replace("\ufffd", "")


def part_references(data: str) -> Iterator[str]:
    """What stands around references, without them: most in a script's strings are resolved by nobody, so that words end
    there."""
    if "&" in data:
        for start, end in _merge_close(found.span() for found in _REFERENCE.finditer(data)):
            yield _REFERENCE.sub(" ", data[max(0, start - _AROUND) : end + _AROUND])


def join_seams(shown: bytes) -> Iterator[bytes]:
    """The surroundings of words that inline tags split; those that touch as one."""
    for start, end in _merge_close(seam.span() for seam in _SEAM.finditer(shown)):
        yield _strip_surroundings(shown[max(0, start - _AROUND) : end + _AROUND])


def find_dropped(shown: bytes) -> Iterator[tuple[int, int]]:
    """Where elements with text stand in a sentence that a reader may drop, and where several stand side by side."""
    for tag in _WITHIN.finditer(shown):
        next_tag: re.Match[bytes] | None = tag
        while next_tag is not None and (end := _find_close(shown, next_tag)) > 0:
            yield tag.start(), end
            next_tag = _BESIDE.match(shown, end)


def drop_elements(shown: bytes, places: Sequence[tuple[int, int]]) -> list[bytes]:
    """What stands around such elements: without each one, and without all that are near each other."""
    found = [_join_sides(shown, [place]) for place in places]
    near: list[tuple[int, int]] = []
    for place in places:
        if near and place[0] == near[-1][0]:
            near.pop()
        if near and place[0] < near[-1][1]:
            continue  # it goes with the one that it stands in
        if near and place[0] - near[-1][1] > _AROUND:
            found += [_join_sides(shown, near)] if len(near) > 1 else []
            near = []
        near.append(place)
    return [*found, _join_sides(shown, near)] if len(near) > 1 else found


def _find_close(shown: bytes, tag: re.Match[bytes]) -> int:
    """Behind the end of the element that begins with the tag; -1 where no reader drops it, where the end is not near,
    and where it holds no text or none follows."""
    name, depth = tag[1].lower(), 1
    if name not in _DROPPED and not (_HIDDEN if name == b"a" else _NAMED).search(tag[2]):
        return -1
    for found in islice(_ANY_TAG.finditer(shown, tag.end(), tag.end() + _LONGEST_DROPPED), _MOST_WITHIN):
        if found[2].lower() == name:
            depth += -1 if found[1] else 1
            if not depth:
                is_amid = _GOES_ON.match(shown, found.end()) is not None
                return found.end() if is_amid and _TAG.sub(b"", shown[tag.end() : found.start()]).strip() else -1
    return -1


def _join_sides(shown: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    """What stands around these places, and between them, as text, with and without what sets inline tags apart."""
    at = max(0, places[0][0] - _AROUND)
    pieces = []
    for start, end in places:
        pieces.append(shown[at:start])
        at = end
    pieces.append(shown[at : at + _AROUND])
    # each by itself: a tag that is not closed would go on behind what was dropped
    parted, joined = b"".join(_TAG.sub(b" ", each) for each in pieces), b"".join(map(_strip_surroundings, pieces))
    return parted if parted == joined else b"%b %b" % (parted, joined)


def _strip_surroundings(shown: bytes) -> bytes:
    return _TAG.sub(b" ", _SEAM.sub(b"", shown))


def _merge_close(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    first, last = 0, -1
    for start, end in spans:
        if last >= 0 and start - last > 2 * _AROUND:
            yield first, last
            last = -1
        first, last = (start if last < 0 else first), end
    if last >= 0:
        yield first, last


def is_utf8(content: bytes) -> bool:
    """In stretches, of which none leaves the processor's cache: twice as fast."""
    view, size, at = memoryview(content), len(content), 0
    try:
        while at < size:
            end = at + _STRETCH
            at += codecs.utf_8_decode(view[at:end], "strict", end >= size)[1]
    except UnicodeDecodeError:
        return False
    return True


def strip_tags(shown: bytes, *, has_strays: bool) -> bytes:
    if has_strays:
        return _TAG.sub(b" ", shown)
    return b" ".join((shown.partition(b"<")[0], *_RUN.findall(shown)))


def read_tags(shown: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """Titles, and what meta elements hold that may be one of those that are read. `places` tells where they begin."""
    end = 0
    for place in places:
        found = _IN_TAGS.match(shown, place) if place >= end else None
        if found is not None:
            end = found.end()
            if found[2] or _may_be_told(found[1]):
                yield found[1] or found[2]
                if found[1] and (found[1].count(b'"') & 1 or found[1].count(b"'") & 1):
                    yield _ATTRIBUTES.match(shown, found.start(1))[0]  # type: ignore[index]  # nothing fits too


def _may_be_told(meta: bytes) -> bool:
    return _look_into(meta) if len(meta) <= _USUAL else _look_into.__wrapped__(meta)


@lru_cache(maxsize=1 << 12)
def _look_into(meta: bytes) -> bool:
    """Remembered: most elements stand on all pages of an outlet."""
    lower = meta.lower()
    return any(map(lower.__contains__, _TOLD)) or not _WELL_FORMED.fullmatch(meta)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What of a page may be left out: where it begins and ends, in order."""

    openings: Sequence[tuple[int, int, _Hidden]]
    """The place, that behind the name, and of what."""
    script_ends: Sequence[int]
    style_ends: Sequence[int]
    paragraphs: Sequence[int]
    """Tags of paragraphs, those that are written for a script among them."""


def find_marks(content: bytes) -> _Marks | None:
    """None when there are too many to be kept in mind."""
    openings: list[tuple[int, int, _Hidden]] = []
    script_ends, style_ends, paragraphs, many = list[int](), list[int](), list[int](), 0
    for found in _HIDING.find_in_stretches(content):
        many += len(found)
        if many > MOST_MARKS:
            return None
        for mark, start, end in found:
            if mark == "paragraph":
                paragraphs.append(start)
            elif mark == "end of script":
                script_ends.append(start)
            elif mark == "end of style":
                style_ends.append(start)
            elif mark == "comment" or content[end : end + 1] in _BEHIND_NAME:
                openings.append((start, end, mark))
    return _Marks(openings, script_ends, style_ends, paragraphs)


def split_hidden(content: bytes, marks: _Marks) -> tuple[bytes, list[bytes]]:
    """What is shown; scripts that hold data."""
    shown: list[bytes] = []
    data: list[bytes] = []
    has_story = _STORIES.stand_in(content)
    at, search_at = 0, 0
    for start, begun, kind in marks.openings:
        if start < search_at:
            continue
        body, end = _find_end(content, start, begun, kind, marks)
        search_at = max(body, start + 1)
        if end < 0 or (content[start - 1] != _TAG_END and _is_in_tag(content, at, start)):
            continue
        if kind == "script":
            data += _list_data(content, (start, begun, end), marks, has_story=has_story)
        shown.append(content[at:start])
        at = search_at = end
    shown.append(content[at:])
    return _GAP.join(shown), data


def _find_end(content: bytes, start: int, begun: int, kind: _Hidden, marks: _Marks) -> tuple[int, int]:
    """Where the content of a comment, script or style begins and ends; -1 where a parser may see it otherwise."""
    if kind == "comment":
        end = _COMMENT_END.search(content, start + 2)
        return begun, end.end() if end else -1
    body = content.find(b">", start) + 1
    if not body or content[body - 2] == _SLASH:
        return begun, -1
    ends = marks.script_ends if kind == "script" else marks.style_ends
    place = bisect_left(ends, body)
    return body, ends[place] if place < len(ends) else -1


def _is_in_tag(content: bytes, at: int, start: int) -> bool:
    """Does it seem to stand in an attribute?"""
    closed = content.rfind(b">", at, start)
    for _ in range(_MOST_STRAYS):
        opened = content.rfind(b"<", max(at, closed), start)
        if opened < 0 or not STRAY.match(content, opened):
            return opened > closed
        start = opened
    return False


def _list_data(content: bytes, place: tuple[int, int, int], marks: _Marks, *, has_story: bool) -> Iterable[bytes]:
    """What one of our readers may look into of a script, which begins, has its attributes and ends there. An entity may
    hide its type."""
    start, begun, end = place
    if content[begun] != _TAG_END:
        head = content[start : min(end, start + _HEAD)].lower()
        if b"ld+json" in head or b"&" in head.partition(b">")[0]:
            return (content[start:end],)
    held = list(_find_texts(content, start, end, marks))
    if has_story and (story := content.find(_STORY, start, end)) >= 0:
        held.append(content[story:end])
    return held


def _find_texts(content: bytes, start: int, end: int, marks: _Marks) -> Iterator[bytes]:
    """Strings of a script that may be taken for the text that it would put into the page, and more: from one quotation
    mark to the next, those left out that a string may hold."""
    places = marks.paragraphs
    first, last = bisect_left(places, start), bisect_left(places, end)
    while last - first >= FEWEST_PARAGRAPHS:
        found = _STRING_END.search(content, places[first], end)
        closed = found.end() if found else end
        behind = bisect_left(places, closed, first, last)
        if behind - first >= FEWEST_PARAGRAPHS:
            yield content[_find_quote(content, start, places[first]) : closed]
        start, first = closed, behind


def _find_quote(content: bytes, start: int, end: int) -> int:
    """The last quotation mark before `end` that no backslash precedes; `start` where none is."""
    quote = content.rfind(b'"', start, end)
    while quote > start and content[quote - 1] == _BACKSLASH:
        quote = content.rfind(b'"', start, quote)
    return max(quote, start)


def read_data(script: bytes) -> str:
    """The strings of a JSON script, and what stands around markup in them, without it."""
    text = script.decode("utf-8", "replace")
    if script.startswith(_STORY):
        with suppress(ValueError, RecursionError):  # then nobody reads it, or it is read as it stands
            return _list_strings(text)
    if "\\" in text:
        text = _join_surrogates(_ESCAPE.sub(_unescape, text)).replace("\0", " ")  # as a parser reads it
    return _with_tagged(text)


def _list_strings(text: str) -> str:
    """Those of the story that a script holds, and of nothing else in it. Raises ValueError."""
    waiting, strings = [_JSON.raw_decode(text, len(_STORY))[0]], list[str]()
    while waiting:
        match waiting.pop():
            case str(string):
                strings.append(string)
            case dict(fields):
                waiting.extend(reversed(fields.values()))
            case list(items):
                waiting.extend(reversed(items))
    return _with_tagged(_join_surrogates(" ".join(strings)))


def _join_surrogates(text: str) -> str:
    """Each pair as the character that it stands for; what is left of others as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _with_tagged(text: str) -> str:
    return " ".join((text, *_read_tagged(text))) if "<" in text else text


def _read_tagged(text: str) -> Iterator[str]:
    """The surroundings of tags without them."""
    for found in _TAGGED.finditer(text):
        yield _TEXT_TAG.sub(" ", text[max(0, found.start() - _AROUND) : found.end()])
    if text.find("<", 1) < 0:
        return  # nothing but the tag of the script itself
    markup = text.encode("utf-8", "replace")
    yield decode((*join_seams(markup), *drop_elements(markup, list(find_dropped(markup)))))


_TEXT_TAG: Final = re.compile(r"<[A-Za-z/!?][^<>]*>?")
_TAGGED: Final = re.compile(r"<[A-Za-z/!?][^<>]*>?[^<]{0,150}(?:<[A-Za-z/!?][^<>]*>?[^<]{0,150})*")


def _unescape(found: re.Match[str]) -> str:
    codes, char = found.groups()
    if codes:
        if len(codes) == _LETTER:
            return chr(int(codes, 16))
        return bytes.fromhex(codes.replace("\\u", "")).decode("utf-16-be", "surrogatepass")
    return " " if char in _WHITE else char
