"""Public previews of Telegram channels, t.me/s/NAME. Page → Links, no I/O. Runs in a worker process.

A page shows the newest messages, about twenty, and older ones with `?before=ID`. Ids ascend, so what is missing shows:
a gap between two polls is read page by page, over several polls if it is long, and an id that no page shows is told as
not shown.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qs, urlsplit

from lxml.html import HtmlElement
from parsel import Selector

from crawler.errors import FeedError
from crawler.extract.fragment import read_blocks
from crawler.extract.hygiene import flatten_text
from crawler.fetch.urls import join_link
from crawler.models import Link, Page
from spiders.dates import read_date
from spiders.feeds import MAX_ITEMS, FeedLinks, Further
from spiders.listings import parse_html
from spiders.notes import load_notes

_MAX_CONTENT: Final = 64 << 10
_MAX_NAME: Final = 100
_LONGEST_TITLE: Final = 120
_MAX_GAPS: Final = 40
"""Ranges still to be read that are remembered; the oldest beyond them are counted as capped."""

_CHANNEL: Final = re.compile(r"/s/([A-Za-z0-9_]{3,64})/?$", re.ASCII)
_POST: Final = re.compile(r"([A-Za-z0-9_]{3,64})/(\d{1,15})$", re.ASCII)
_ALBUM_LINK: Final = re.compile(r"/(\d{1,15})(?:\?|$)", re.ASCII)
_TEXTS: Final = (
    "div.js-message_text",
    ".tgme_widget_message_poll_question",
    ".tgme_widget_message_poll_option_text",
    ".link_preview_title",
    ".link_preview_description",
)
"""What a reader of the channel sees as words, in this order."""
_QUOTED: Final = "ancestor::*[contains(@class, 'tgme_widget_message_reply')]"
_MEDIA: Final = {
    "tgme_widget_message_photo_wrap": "photo",
    "tgme_widget_message_video_player": "video",
    "tgme_widget_message_roundvideo_player": "round video",
    "tgme_widget_message_voice_player": "voice",
    "tgme_widget_message_audio_player": "audio",
    "tgme_widget_message_document": "document",
    "tgme_widget_message_sticker_wrap": "sticker",
    "tgme_widget_message_location_wrap": "location",
    "tgme_widget_message_contact_wrap": "contact",
    "tgme_widget_message_poll": "poll",
    "message_media_not_supported": "media that the preview does not show",
}


@dataclass(slots=True)
class _Memory:
    """Which ids were looked at: all up to `top`, but for the gaps."""

    top: int
    gaps: list[tuple[int, int]]
    """First and last id of ranges still to be read, newest first."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One message, or an album, which shows several ids as one."""

    ids: tuple[int, ...]
    link: Link


def read_channel(page: Page, memory: str = "") -> FeedLinks:
    """Each message as a Link that is complete in itself; ids that are not shown as Links with a problem.

    Raises FeedError when the page is no preview of a channel.
    """
    root = parse_html(page)
    channel = _CHANNEL.search(urlsplit(page.requested_url).path)
    if channel is None:
        raise FeedError("the address is not of the form https://t.me/s/NAME")
    before = _read_before(page.requested_url)
    messages = list(_read_messages(root, channel[1], page))
    shown = sorted({number for message in messages for number in message.ids if before is None or number < before})
    if not shown:
        _check_preview(root, before, bool(messages))
    notes = _load_memory(memory, channel[1])
    looked = _note_page(notes, shown) if before is None else _note_older(notes, shown, before)
    links = [message.link for message in messages[-MAX_ITEMS:]]
    links += _tell_holes(looked, shown, channel[1], page)
    capped = max(len(messages) - MAX_ITEMS, 0) + _cap_gaps(notes)
    more = tuple(_further(notes, channel[1], page))
    return FeedLinks(tuple(links), capped, more, _dump_memory(notes, channel[1]))


def _read_before(url: str) -> int | None:
    value = parse_qs(urlsplit(url).query).get("before", [""])[0]
    return int(value) if value.isascii() and value.isdigit() else None


def _check_preview(root: Selector, before: int | None, shows_messages: object) -> None:
    """A page without the messages that were asked for is an answer only where it is a channel's."""
    if before is not None and shows_messages:
        raise FeedError("the preview does not lead back to older messages")
    if not root.css(".tgme_channel_history"):
        raise FeedError("no public preview of a channel")


# ── which ids were seen ──────────────────────────────────────────────────────────────────────────


def _note_page(notes: _Memory, shown: list[int]) -> tuple[int, int] | None:
    """The newest page: what lies between it and the last poll's is a gap. Gives the range that is new to us."""
    if not shown:
        return None
    first, last = shown[0], shown[-1]
    if notes.top and first > notes.top + 1:
        notes.gaps.insert(0, (notes.top + 1, first - 1))
    looked = (max(first, notes.top + 1), last)
    notes.top = max(notes.top, last)
    return looked if looked[0] <= looked[1] else None


def _note_older(notes: _Memory, shown: list[int], before: int) -> tuple[int, int] | None:
    """A page of the gap that ends before `before`: all that it does not show does not exist there any more."""
    gap = next((gap for gap in notes.gaps if gap[1] == before - 1), None)
    if gap is None:
        return None
    notes.gaps.remove(gap)
    reached = max(shown[0], gap[0]) if shown else gap[0]
    if reached > gap[0]:
        notes.gaps.insert(0, (gap[0], reached - 1))
    return reached, gap[1]


def _tell_holes(looked: tuple[int, int] | None, shown: list[int], channel: str, page: Page) -> Iterator[Link]:
    """One Link for each run of ids that are not shown: deleted, or never public."""
    if looked is None:
        return
    inside = [number for number in shown if looked[0] <= number <= looked[1]]
    for left, right in pairwise([looked[0] - 1, *inside, looked[1] + 1]):
        if right - left > 1:
            run = f"{left + 1}" if right - left == 2 else f"{left + 1}-{right - 1}"  # noqa: PLR2004 - a run of one
            url = join_link(page.url, f"/s/{channel}?before={right}")
            yield Link(url, guid=f"{channel}/{run}", problem=f"not shown: {run}")


def _cap_gaps(notes: _Memory) -> int:
    """A channel that jumps about must not make us remember without end."""
    dropped, notes.gaps = notes.gaps[_MAX_GAPS:], notes.gaps[:_MAX_GAPS]
    return sum(last - first + 1 for first, last in dropped)


def _further(notes: _Memory, channel: str, page: Page) -> Iterator[Further]:
    if notes.gaps:
        yield Further(join_link(page.url, f"/s/{channel}?before={notes.gaps[0][1] + 1}"))


def _load_memory(memory: str, channel: str) -> _Memory:
    """What was noted of this channel; the source may have been another one, or of another kind, until now."""
    noted = load_notes(memory)
    if noted.get("channel") != channel:
        return _Memory(0, [])
    return _Memory(noted["top"], [(first, last) for first, last in noted["gaps"]])


def _dump_memory(notes: _Memory, channel: str) -> str:
    noted = {"channel": channel, "top": notes.top, "gaps": notes.gaps}
    return json.dumps(noted, separators=(",", ":")) if notes.top else ""


# ── messages ─────────────────────────────────────────────────────────────────────────────────────


def _read_messages(root: Selector, channel: str, page: Page) -> Iterator[_Message]:
    for node in _find_posts(root.root):
        element, post = Selector(root=node, type="html"), _POST.match(node.get("data-post", ""))
        if post is not None and post[1].lower() == channel.lower():
            number = int(post[2])
            yield _Message(tuple(_read_ids(element, number)), _read_link(element, number, channel, page))


def _find_posts(root: HtmlElement) -> Iterator[HtmlElement]:
    """In the page's order. A message in a message is none of Telegram's, and would be read as often as it is nested."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.get("data-post") is not None:
            yield node
        else:
            waiting.extend(reversed(node))


def _read_ids(element: Selector, number: int) -> Iterator[int]:
    yield number
    for href in element.css(
        "a.tgme_widget_message_photo_wrap::attr(href), a.tgme_widget_message_video_player::attr(href)"
    ):
        found = _ALBUM_LINK.search(href.get())
        # an album holds ten pictures, whose ids follow its message's; anything else leads somewhere else
        if found is not None and number < int(found[1]) <= number + 10:
            yield int(found[1])


def _read_link(element: Selector, number: int, channel: str, page: Page) -> Link:
    lines = [] if "service_message" in element.attrib.get("class", "") else list(_read_lines(element))
    date = element.css("a.tgme_widget_message_date time::attr(datetime), time[datetime]::attr(datetime)").get("")
    return Link(
        url=join_link(page.url, f"/{channel}/{number}"),
        guid=f"{channel}/{number}",
        title=_shorten_title(lines[0]) if lines else "",
        published=read_date(date, None, page.fetched_at),
        content="".join(f"<p>{escape(line)}</p>" for line in lines)[:_MAX_CONTENT],
        complete=True,
        note="; ".join(_read_notes(element)),
    )


def _read_lines(element: Selector) -> Iterator[str]:
    """The message's own words, line by line; quotes of other messages are not its own."""
    for css in _TEXTS:
        for found in element.css(css):
            # the text of an album stands in a text of the same class
            if not found.xpath(_QUOTED) and not found.xpath("ancestor::div[contains(@class, 'js-message_text')]"):
                yield from read_blocks(found.root)


def _shorten_title(line: str) -> str:
    """A message has no headline of its own; its first line stands for one, cut at a word where it is long."""
    if len(line) <= _LONGEST_TITLE:
        return line
    return (line[:_LONGEST_TITLE].rpartition(" ")[0] or line[:_LONGEST_TITLE]) + " …"


def _read_notes(element: Selector) -> Iterator[str]:
    if "service_message" in element.attrib.get("class", ""):
        yield "service message"
    yield from (name for css, name in _MEDIA.items() if element.css(f".{css}"))
    if views := _read_line(element, ".tgme_widget_message_views"):
        yield f"{views} views"
    if origin := _read_line(element, ".tgme_widget_message_forwarded_from_name"):
        yield f"forwarded from {origin}"
    reply = element.css("a.tgme_widget_message_reply::attr(href)").get("")
    if quoted := _POST.search(reply):
        yield f"reply to {quoted[2]}"
    if re.search(r"\bedited\b", _read_line(element, ".tgme_widget_message_meta")):
        yield "edited"


def _read_line(element: Selector, css: str) -> str:
    return flatten_text(element.css(css).xpath("string()").get(""))[:_MAX_NAME]
