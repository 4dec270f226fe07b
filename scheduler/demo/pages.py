"""Articles → HTML pages, set in the outlet's own templates. Nothing here knows the network."""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from scheduler.demo.edition import Block, Box, DemoArticle, PublishedArticle, split_text
from settings.model import Outlet

_INLINE_LINK = re.compile(r"\[([^\]]+)\]\((/[^)\s]*)\)")
# what JavaScript's encodeURIComponent leaves alone
_UNRESERVED = "!'()*~"
_RELATED_SHOWN = 4
_RIGHT_TO_LEFT = ("ar", "fa")


class Typesetter:
    """Sets pages in the templates of a demo folder: `templates/<outlet>/`, or `templates/common/` where it has none."""

    def __init__(self, folder: Path, boxes: Mapping[str, Box]) -> None:
        self._folder = folder / "templates"
        self._boxes = boxes

    def set_page(self, piece: PublishedArticle, outlet: Outlet, earlier: Sequence[PublishedArticle]) -> str:
        """A whole article page. `earlier` are the outlet's other articles, newest first, for its sidebars."""
        article = piece.article
        body = "" if article.shell else "\n".join(self._set_block(outlet, block) for block in split_text(article.text))
        parts = {
            "body": body,
            "lead": self._set_photo(outlet, article.photo) if article.photo else "",
            "boxes": "\n".join(self._set_box(outlet, self._boxes[name]) for name in article.boxes),
            "related": _list_headlines(earlier[:_RELATED_SHOWN]),
            "stub": self._fill(outlet, "stub") if article.stub else "",
            "json_ld": _describe_article(piece, outlet),
            "deck": f'<p class="deck">{escape(article.deck)}</p>' if article.deck else "",
        }
        return self._fill(outlet, "shell" if article.shell else "page", **parts, **_name_values(piece, outlet))

    def set_front(self, outlet: Outlet, pieces: Sequence[PublishedArticle]) -> str:
        """The page that lists what was published, newest first."""
        cards = [self._fill(outlet, "card", path=_page_link(piece), **_name_values(piece, outlet)) for piece in pieces]
        return self._fill(outlet, "front", cards="\n".join(cards), **_name_outlet(outlet))

    def set_refusal(self, outlet: Outlet, status: int, phrase: str) -> str:
        return self._fill(outlet, "refusal", status=str(status), phrase=escape(phrase), **_name_outlet(outlet))

    def _set_block(self, outlet: Outlet, block: Block) -> str:
        match block.kind:
            case "paragraph":
                return f"<p>{_set_inline(block.text)}</p>"
            case "subhead":
                return f"<h2>{escape(block.text)}</h2>"
            case "photo":
                return self._set_photo(outlet, block.text)
            case "widget":
                return self._fill(outlet, "widget", text=escape(block.text))

    def _set_photo(self, outlet: Outlet, caption: str) -> str:
        return self._fill(outlet, "photo", caption=escape(caption))

    def _set_box(self, outlet: Outlet, box: Box) -> str:
        paragraphs = "".join(f"<p>{escape(line)}</p>\n" for line in box.lines)
        if box.encoded:
            return self._fill(outlet, "box", title=_encode(box.title), content=_encode(paragraphs))
        return self._fill(outlet, "box", title=escape(box.title), content=paragraphs)

    def _fill(self, outlet: Outlet, piece: str, /, **values: str) -> str:
        own = self._folder / outlet.slug / f"{piece}.html"
        path = own if own.exists() else self._folder / "common" / f"{piece}.html"
        return Template(path.read_text(encoding="utf-8")).substitute(values).strip()


def _name_outlet(outlet: Outlet) -> dict[str, str]:
    direction = "rtl" if outlet.language in _RIGHT_TO_LEFT else "ltr"
    names = {"outlet": outlet.name, "language": outlet.language, "home": outlet.homepage, "note": outlet.note}
    return {key: escape(value) for key, value in names.items()} | {"direction": direction}


def _name_values(piece: PublishedArticle, outlet: Outlet) -> dict[str, str]:
    """The words that every template may use."""
    article, at = piece.article, piece.published
    return {
        **_name_outlet(outlet),
        "title": escape(article.title),
        "summary": escape(article.summary or article.deck),
        "author": escape(article.author),
        "section": escape(article.section),
        "url": escape(piece.url),
        "date_iso": at.isoformat(timespec="seconds"),
        "date_long": f"{at.day} {at:%B, %Y}",
        "date_american": f"{at:%B} {at.day}, {at.year}",
        "date_numeric": f"{at:%Y/%m/%d - %H:%M}",
        "date_updated": f"{at:%B} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M %p}",
    }


def _page_link(piece: PublishedArticle) -> str:
    return escape(piece.article.link or piece.article.path)


def _list_headlines(pieces: Sequence[PublishedArticle]) -> str:
    return "\n".join(f'<li><a href="{_page_link(piece)}">{escape(piece.article.title)}</a></li>' for piece in pieces)


def _set_inline(text: str) -> str:
    """Escape, and turn `[words](/path)` into links."""
    return _INLINE_LINK.sub(r'<a href="\2">\1</a>', escape(text, quote=False))


def _encode(text: str) -> str:
    return escape(quote(text, safe=_UNRESERVED), quote=False)


def _describe_article(piece: PublishedArticle, outlet: Outlet) -> str:
    """JSON-LD, safe inside a script element."""
    article: DemoArticle = piece.article
    described = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary,
        "datePublished": piece.published.isoformat(timespec="seconds"),
        "author": [{"@type": "Person", "name": article.author}],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "mainEntityOfPage": piece.url,
        "isAccessibleForFree": not article.stub,
    }
    return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")
