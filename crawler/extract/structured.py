"""What a page says about itself for machines: JSON-LD and meta elements. Nothing of it is trusted to have its type."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from crawler.extract.hygiene import flatten_text
from crawler.extract.live import read_entries

_ARTICLE_TYPES = frozenset({
    "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "backgroundnewsarticle",
    "opinionnewsarticle", "reviewnewsarticle", "advertisercontentarticle",
    "liveblogposting", "blogposting", "socialmediaposting", "report", "webpage",
})  # fmt: skip
_LIVE = "liveblogposting"
_MOST_OBJECTS = 500
_WRAPPING = re.compile(r"\A(?:\s|<!--|//|/\*|<!\[CDATA\[|\*/)+|(?:\s|-->|//|/\*|\]\]>|\*/|;)+\Z")
_BY = re.compile(r"\A[Bb][Yy] (?=[A-Z])")
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")
_STATED = re.compile(r'"(datePublished|dateCreated|dateModified)"\s*:\s*"([^"\\]{8,40})"')
"""Times, which are found where the rest cannot be read."""
_IS_ARTICLE = re.compile(r'"@type"\s*:\s*\[?\s*"[^"]*(?:Article|Posting|Report)"')


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Texts as the page gives them, flattened; empty where it gives none."""

    headline: str = ""
    description: str = ""
    body: str = ""
    published: str = ""
    modified: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    tags: tuple[str, ...] = ()
    image_url: str = ""
    language: str = ""
    entries: tuple[str, ...] = ()
    """Lines of a live blog's entries."""
    free: bool = True
    live: bool = False
    """A live blog: many entries, each a story of its own."""


def read_json_ld(tree: HtmlElement, zone: ZoneInfo | None = None) -> PageFacts:
    """The facts of the first article among the JSON-LD objects; of a mere WebPage only where there is none.

    `zone` is that of times which name none.
    """
    found = [node for node in _walk_objects(tree) if _type_names(node) & _ARTICLE_TYPES]
    articles = [node for node in found if _type_names(node) != {"webpage"}]
    live = [node for node in articles if _LIVE in _type_names(node)]
    return _read_node((live or articles or found or [{}])[0], zone)


def _walk_objects(tree: HtmlElement) -> Iterator[dict[str, object]]:
    """Every object of every JSON-LD script, `@graph` and lists opened."""
    scripts = tree.iterfind(".//script[@type='application/ld+json']")
    stack = [_load(script.text_content()) for script in scripts]
    stack.reverse()
    for _ in range(_MOST_OBJECTS):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            yield node
            stack.extend(node[key] for key in ("mainEntity", "@graph") if key in node)


def _load(text: str) -> object:
    """What a script says. Templates wrap it in comments, end it with a semicolon, or leave a last comma; of what is no
    JSON even so, its times."""
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        return None
    except ValueError:
        mended = _LAST_COMMA.sub("", _WRAPPING.sub("", text)).replace("\\'", "'")
    try:
        return json.loads(mended, strict=False)
    except (ValueError, RecursionError):
        times = dict(reversed(_STATED.findall(text)))  # the first of each: others may be of what the article mentions
        return {"@type": "article", **times} if times and _IS_ARTICLE.search(text) else None


def _type_names(node: dict[str, object]) -> set[str]:
    return {str(name).lower().rpartition("/")[2] for name in _as_list(node.get("@type"))}


def _read_node(node: dict[str, object], zone: ZoneInfo | None) -> PageFacts:
    return PageFacts(
        headline=_read_text(node.get("headline")),
        description=_read_text(node.get("description")),
        body=str(node.get("articleBody") or "") if isinstance(node.get("articleBody"), str) else "",
        published=_read_text(node.get("datePublished")) or _read_text(node.get("dateCreated")),
        modified=_read_text(node.get("dateModified")),
        authors=tuple(
            dict.fromkeys(_BY.sub("", name) for each in _as_list(node.get("author")) if (name := _read_name(each)))
        ),
        section=next(filter(None, map(_read_text, _as_list(node.get("articleSection")))), ""),
        tags=_read_tags(node.get("keywords")),
        image_url=next(filter(None, map(_read_address, _as_list(node.get("image")))), ""),
        language=_read_name(node.get("inLanguage")),
        live=_LIVE in _type_names(node),
        entries=read_entries(node.get("liveBlogUpdate"), zone),
        free=str(node.get("isAccessibleForFree", True)).lower() not in {"false", "0", "no"},
    )


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _read_text(value: object) -> str:
    return flatten_text(value) if isinstance(value, str) else ""


def _read_name(value: object) -> str:
    return _read_text(value.get("name")) if isinstance(value, dict) else _read_text(value)


def _read_address(value: object) -> str:
    if not isinstance(value, dict):
        return _read_text(value)
    return next(filter(None, (_read_text(value.get(key)) for key in ("url", "contentUrl"))), "")


def _read_tags(value: object) -> tuple[str, ...]:
    """Keywords come as a list or as one text with commas."""
    words = value.split(",") if isinstance(value, str) else _as_list(value)
    return tuple(dict.fromkeys(text for word in words if (text := _read_name(word))))


def read_meta(tree: HtmlElement) -> dict[str, str]:
    """`name`, `property` or `itemprop` in lower case → first non-empty content."""
    values: dict[str, str] = {}
    for element in tree.iterfind(".//meta[@content]"):
        key = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if value := flatten_text(element.get("content", "")):
            values.setdefault(key.strip().lower(), value)
    return values
