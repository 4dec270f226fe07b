"""Arc XP pages (The National, Reuters and others) carry their story as JSON: what is text in it, and what a box; what
it is called, who wrote it and when, and what stands below its pictures."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.fragment import read_html
from crawler.extract.hygiene import flatten_text

_MARK = "Fusion.globalContent="
_MOST_STRINGS = 200


@dataclass(frozen=True, slots=True)
class ArcStory:
    """Lines of the story, keys of the lines that its embedded boxes print around it, and its times as written."""

    lines: tuple[str, ...] = ()
    boxes: frozenset[str] = frozenset()
    published: str = ""
    modified: str = ""
    headline: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    section: str = ""


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
    nodes = list(_as_dicts(content.get("content_elements")))
    lines = tuple(line for node in nodes for line in _read_text(node))
    boxes = frozenset(key for node in nodes if node.get("type") == "custom_embed" for key in _read_box(node))
    return ArcStory(
        lines,
        boxes - {make_key(line) for line in lines},
        published=_first_text(content, "display_date", "publish_date", "first_publish_date"),
        modified=_first_text(content, "last_updated_date"),
        headline=_first_text(_as_dict(content.get("headlines")), "basic"),
        description=_first_text(_as_dict(content.get("description")), "basic"),
        authors=tuple(_read_authors(content)),
        section=flatten_text(_first_text(_as_dict(_as_dict(content.get("taxonomy")).get("primary_section")), "name")),
        captions=tuple(
            line for node in nodes if node.get("type") == "image" for line in read_html(_first_text(node, "caption"))
        ),
    )


def _as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _as_dicts(value: object) -> Iterator[dict[str, object]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _read_authors(content: dict[str, object]) -> Iterator[str]:
    for author in _as_dicts(_as_dict(content.get("credits")).get("by")):
        yield from filter(None, [flatten_text(_first_text(author, "name"))])


def _first_text(content: dict[str, object], *keys: str) -> str:
    return next((text for key in keys if isinstance(text := content.get(key), str)), "")


def _read_text(node: dict[str, object]) -> Iterator[str]:
    """The lines of one element; lists and quotes hold elements of their own, tables rows of them."""
    match node.get("type"):
        case "text" | "header" | "blockquote":
            yield from read_html(_first_text(node, "content"))
        case "list":
            yield from _read_texts(node.get("items"))
        case "quote":
            yield from _read_texts(node.get("content_elements"))
            yield from read_html(_first_text(_as_dict(node.get("citation")), "content"))
        case "table":
            rows = node.get("rows")
            for row in (node.get("header"), *(rows if isinstance(rows, list) else ())):
                yield from filter(None, [" ".join(_read_texts(row))])
        case "correction":
            yield from read_html(_first_text(node, "text"))


def _read_texts(nodes: object) -> Iterator[str]:
    for node in _as_dicts(nodes):
        yield from _read_text(node)


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
