"""Arc XP pages (The National, Reuters and others) carry their story as JSON: what is text in it, and what a box."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.fragment import read_html

_MARK = "Fusion.globalContent="
_TEXT_TYPES = frozenset({"text", "header", "blockquote"})
_MOST_STRINGS = 200


@dataclass(frozen=True, slots=True)
class ArcStory:
    """Lines of the story, keys of the lines that its embedded boxes print around it, and its times as written."""

    lines: tuple[str, ...] = ()
    boxes: frozenset[str] = frozenset()
    published: str = ""
    modified: str = ""


NO_STORY = ArcStory()


def read_arc(tree: HtmlElement) -> ArcStory:
    """The page's story, as far as its JSON has one. Parsed as JSON, never run."""
    script = next((text for node in tree.iter("script") if _MARK in (text := node.text or "")), "")
    if not script:
        return NO_STORY
    try:
        content, _ = json.JSONDecoder(strict=False).raw_decode(script, script.index(_MARK) + len(_MARK))
    except (ValueError, RecursionError):
        return NO_STORY
    if not isinstance(content, dict):
        return NO_STORY
    elements = content.get("content_elements")
    nodes = [node for node in elements if isinstance(node, dict)] if isinstance(elements, list) else []
    lines = tuple(line for node in nodes for line in _read_text(node))
    boxes = frozenset(key for node in nodes if node.get("type") == "custom_embed" for key in _read_box(node))
    return ArcStory(
        lines,
        boxes - {make_key(line) for line in lines},
        published=_first_text(content, "display_date", "publish_date", "first_publish_date"),
        modified=_first_text(content, "last_updated_date"),
    )


def _first_text(content: dict[str, object], *keys: str) -> str:
    return next((text for key in keys if isinstance(text := content.get(key), str)), "")


def _read_text(node: dict[str, object]) -> Iterator[str]:
    """The lines of one element; lists and quotes hold elements of their own."""
    content = node.get("content")
    if node.get("type") in _TEXT_TYPES and isinstance(content, str):
        yield from read_html(content)
    items = node.get("items") if node.get("type") == "list" else node.get("content_elements")
    for item in items if isinstance(items, list) and node.get("type") in {"list", "quote"} else ():
        if isinstance(item, dict):
            yield from _read_text(item)


def _read_box(node: dict[str, object]) -> Iterator[str]:
    """Every text in the box's settings, decoded as the page template should have."""
    stack: list[object] = [node.get("embed")]
    for _ in range(_MOST_STRINGS):
        if not stack:
            return
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, str):
            yield from filter(None, map(make_key, read_html(unquote(value))))
