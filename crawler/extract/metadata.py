"""Title, description, dates, language, authors and address of a page, each from its best evidence."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement

from crawler.extract.bylines import find_authors
from crawler.extract.dates import (
    Dated,
    Printed,
    is_plausible,
    is_update,
    load_zone,
    parse_timestamp,
    read_printed,
    weigh_dates,
)
from crawler.extract.draft import Draft, fold_line
from crawler.extract.hygiene import flatten_text
from crawler.extract.structured import PageFacts
from crawler.extract.zones import HEAD_PARAGRAPHS, PARAGRAPH
from crawler.models import Material

_NO_PROSE = (
    "[string-length() < 140 and not(ancestor::aside or ancestor::nav or ancestor::footer or ancestor::blockquote)]"
)
_BEFORE = etree.XPath(f"(preceding::*[position() <= 12]){_NO_PROSE}")
_AFTER = etree.XPath(f"(following::*[position() <= 40]){_NO_PROSE}")
"""Elements around the heading in which its date may stand."""
_FRONT_PAGE = re.compile(r"(?:https?:)?(?://[^/?#]+)?/?(?:index\.\w+)?", re.IGNORECASE)
_TITLE_SEPARATOR = re.compile(r"\s+[|·•–—-]\s+|\s*[|»]\s*")
_PUBLISHED = (
    "article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "pubdate", "publishdate",
    "publish-date", "publish_date", "dc.date.issued", "dcterms.created", "dc.date", "sailthru.date", "date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod")
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description")
_TITLE = "og:title"
META_TEXTS = (_TITLE, *_DESCRIPTION)
"""Meta elements whose content becomes text of an article."""
_AUTHOR = ("author", "article:author", "parsely-author", "dc.creator")

_IMAGE = ("og:image", "og:image:url", "twitter:image", "twitter:image:src", "image", "thumbnail", "thumbnailurl")
_LATE = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-full-src")
_PICTURES = etree.XPath(
    "(following::img)[position() <= 3][not(ancestor::aside or ancestor::nav or ancestor::footer or ancestor::a)]"
)
_ORNAMENT = re.compile(
    r"\.svg\b|(?:^|[/_.-])(?:logo|icons?|avatar|spacer|blank|pixel|placeholder|sprite|loader)(?:[/_.-]|$)",
    re.IGNORECASE,
)
_SMALLEST_PICTURE = 100
"""Pixels; what is smaller is a portrait or a sign."""
_MOST_TIMES = 20
_PART_ENDS, _DIGIT = re.compile(r"\s+[|·•]\s+"), re.compile(r"\d")
_LONGEST_BYLINE = 120
_NOBODY = frozenset(
    {"admin", "administrator", "editor", "webmaster", "root", "user", "author", "مدير", "المدير", "المحرر"}
)
"""Names of accounts that publish, and of nobody who wrote."""
_CARD_LEVELS, _SHORTEST_HEADLINE = 2, 25
_LEVELS = 3
"""How deep in a quoted post its date may stand."""
_JOINED = re.compile("\0(?=[\u200c\u200d\ua9c1\ua9c2])|(?<=[\u200c\u200d\ua9c1\ua9c2])\0")
"""Where an element ends at a joiner (or at what stands in for it), a word goes on."""


def read_metadata(tree: HtmlElement, facts: PageFacts, meta: dict[str, str], url: str) -> Draft:
    """A Draft without lines."""
    told = facts.authors, tuple(meta[key] for key in _AUTHOR if key in meta and "://" not in meta[key])[:1]
    persons = (tuple(name for name in each if name.casefold() not in _NOBODY) for each in told)
    names = next(filter(None, persons), ())
    canonical = _read_canonical(tree, meta, url)
    headings, tag = tuple(_read_headings(tree)), _read_title_tag(tree)
    og_title = meta.get(_TITLE, "")
    return Draft(
        lines=(),
        title=choose_title(headings, facts.headline, og_title, tag),
        headlines=tuple(
            filter(None, (*headings, facts.headline, og_title, tag, _strip_site(tag), _strip_site(og_title)))
        ),
        description=next((meta[key] for key in _DESCRIPTION if key in meta), facts.description),
        language=_read_language(tree, facts, meta),
        authors=names or find_authors(tree),
        section=facts.section or meta.get("article:section", ""),
        tags=facts.tags or tuple(filter(None, (word.strip() for word in meta.get("keywords", "").split(",")))),
        image_url=_read_image(tree, facts, meta, url or canonical),
        canonical_url=canonical,
    )


def choose_title(headings: Sequence[str], headline: str, og_title: str, title_tag: str) -> str:
    """What the page shows as its heading, if its metadata calls it the same; else what the metadata says."""
    named = [fold_line(text) for text in (headline, og_title, title_tag) if text]
    for heading in headings:
        if any(fold_line(heading) in name or name in fold_line(heading) for name in named):
            return heading
    if headline or og_title:
        return headline or _strip_site(og_title)
    return headings[0] if len(headings) == 1 else _strip_site(title_tag)


def _strip_site(title: str) -> str:
    """Without the outlet's name behind (or before) a separator: the longest part that has several words."""
    parts = [part for part in _TITLE_SEPARATOR.split(title) if part.strip()]
    if len(parts) <= 1:
        return title
    return max(title[: title.rfind(parts[-1])].rstrip(" |·•–—-»"), parts[-1], key=len)


def _read_headings(tree: HtmlElement) -> Iterator[str]:
    for heading in tree.iter("h1"):
        if _is_logo(heading):
            continue
        if text := flatten_text(_JOINED.sub("", "\0".join(heading.itertext())).replace("\0", " ")):
            yield text


def _is_logo(heading: HtmlElement) -> bool:
    """Is it nothing but a link to the outlet's front page?"""
    link = heading.find(".//a")
    if link is None or flatten_text(link.text_content()) != flatten_text(heading.text_content()):
        return False
    return _FRONT_PAGE.fullmatch(link.get("href", "#").strip()) is not None


def _read_title_tag(tree: HtmlElement) -> str:
    element = tree.find(".//head/title")
    return flatten_text(element.text_content()) if element is not None else ""


def _read_language(tree: HtmlElement, facts: PageFacts, meta: dict[str, str]) -> str:
    for label in (
        tree.get("lang"),
        facts.language,
        meta.get("og:locale"),
        meta.get("content-language"),
        meta.get("language"),
    ):
        if label and re.match(r"[A-Za-z]{2}(?![A-Za-z])", label.strip()):
            return label.strip()[:2].lower()
    return ""


def _read_canonical(tree: HtmlElement, meta: dict[str, str], url: str) -> str:
    links = (link.get("href", "") for link in tree.iterfind(".//link[@rel='canonical']"))
    return next(filter(None, (_read_address(address, url) for address in (*links, meta.get("og:url", "")))), "")


def _read_image(tree: HtmlElement, facts: PageFacts, meta: dict[str, str], base: str) -> str:
    """What the page states as its picture, else the first one below the heading that is no ornament."""
    stated = (facts.image_url, *(meta.get(key, "") for key in _IMAGE))
    if found := next(filter(None, (_read_address(address, base) for address in stated)), ""):
        return found
    heading = next(tree.iter("h1"), None)
    shown = (_find_source(image) for image in (_PICTURES(heading) if heading is not None else ()))
    return next(filter(None, (_read_address(address, base) for address in shown)), "")


def _find_source(image: HtmlElement) -> str:
    """Its address. Pages that load pictures late put it elsewhere, and a blank or a blur into `src`."""
    sets = (image.get(key, "").split(",")[0].split() for key in ("data-srcset", "srcset"))
    addresses = (*(image.get(key, "") for key in _LATE), *(first[0] for first in sets if first), image.get("src", ""))
    size = next(filter(None, (image.get("width", ""), image.get("height", ""))), "")
    if size.isdigit() and int(size) < _SMALLEST_PICTURE:
        return ""
    return next(
        (each for each in addresses if each and not each.startswith("data:") and not _ORNAMENT.search(each)), ""
    )


def _read_address(address: str, base: str) -> str:
    """The absolute web address; empty when it is none."""
    try:
        joined = urljoin(base, flatten_text(address)) if address.strip() else ""
        host = urlsplit(joined).hostname
    except ValueError:
        return ""
    return joined if host and joined.startswith(("http://", "https://")) else ""


def date_page(
    tree: HtmlElement, facts: PageFacts, meta: dict[str, str], material: Material, entries: Collection[HtmlElement] = ()
) -> tuple[Dated | None, Dated | None]:
    """When it was published, and last changed: structured data, meta elements, what it prints around its heading. Where
    neither these nor a feed tells the first, what htmldate finds: a day, no time, and a guess.

    `entries`: elements of a live blog's entries, whose times are not the page's.
    """
    found = islice(tree.iterfind(".//time[@datetime]"), _MOST_TIMES)
    times = [each for each in found if each not in entries and not _is_anothers(each)]
    edits = [element for element in times if _tells_update(element)]
    stated = [(facts.published, "json-ld"), *((meta[key], "meta") for key in _PUBLISHED if key in meta)]
    stated += [(element.get("datetime", ""), "meta") for element in times if element not in edits][:1]
    stated += [(each.get("title", ""), "meta") for each in tree.iterfind(".//abbr[@title]") if _is_published(each)][:1]
    changed = [(facts.modified, "json-ld"), *((meta[key], "meta") for key in _UPDATED if key in meta)]
    changed += [(element.get("datetime", ""), "meta") for element in edits[:1]]
    published, updated = _believe(stated, material), _believe(changed, material)
    first, last = _read_printed(tree, material, entries) if published is None or updated is None else (None, None)
    published, updated = published or first, updated or last
    if published is None and material.published is None:
        published = _search_date(tree, material, updated)
    return published, updated


def _is_published(abbreviation: HtmlElement) -> bool:
    """As Blogger's themes give the time of a post."""
    return "published" in f"{abbreviation.get('class', '')} {abbreviation.get('itemprop', '')}".lower()


def _is_anothers(time: HtmlElement) -> bool:
    """Does it date a post that is quoted, or a reader's comment?"""
    return any(
        each.tag == "blockquote" or "comment" in f"{each.get('class', '')} {each.get('id', '')}".lower()
        for each in time.iterancestors()
        if each.tag not in {"body", "html"}
    )


def _tells_update(element: HtmlElement) -> bool:
    """Is it made as the time of an update, or labelled so, in itself or right before it?"""
    previous, parent = element.getprevious(), element.getparent()
    made_as = f"{element.get('class', '')} {element.get('itemprop', '')}".lower()
    if "publi" in made_as:  # themes give `published updated` to what never changed
        return False
    if "updated" in made_as or "modified" in made_as:
        return True
    before = (previous.tail or "").strip() or previous.text or "" if previous is not None else ""
    label = before if previous is not None else (parent.text or "") if parent is not None else ""
    return is_update(flatten_text(element.text_content())) or is_update(flatten_text(label))


def _believe(stated: Sequence[tuple[str, str]], material: Material) -> Dated | None:
    """The first of these texts, each with its evidence, that is a time and a plausible one."""
    zone = load_zone(material.timezone)
    times = ((parse_timestamp(text, zone), evidence) for text, evidence in stated if text)
    return next((Dated(at, by) for at, by in times if at and is_plausible(at, material.fetched_at)), None)


def _read_printed(
    tree: HtmlElement, material: Material, entries: Collection[HtmlElement]
) -> tuple[Dated | None, Dated | None]:
    """Dates that stand alone around the page's heading: published, updated."""
    heading, zone = next(tree.iter("h1"), None), load_zone(material.timezone)
    dates: dict[str, tuple[Printed, ...]] = {}
    for element in (*_BEFORE(heading), *_AFTER(heading)) if heading is not None else ():
        if element in entries:
            continue
        line = flatten_text(" ".join(element.itertext()) if len(element) else element.text or "")
        told = read_printed(line, zone) or (() if _is_of_card(element) else _read_part(line, zone))
        if told and is_plausible(told[0].at, material.fetched_at) and not _stands_in_text(element):
            dates.setdefault(line, told)
    return weigh_dates(chain.from_iterable(dates.values()))


def _read_part(line: str, zone: ZoneInfo | None) -> tuple[Printed, ...]:
    """The dates in one part of a line such as `By Jane Doe | Baghdad | August 6, 2024`, whose others have no number."""
    parts = _PART_ENDS.split(line) if len(line) <= _LONGEST_BYLINE else []
    read = [read_printed(part, zone) for part in parts]
    rest = [part for part, told in zip(parts, read, strict=True) if not told]
    is_byline = len(parts) > 1 and len(parts) - len(rest) == 1 and not any(_DIGIT.search(part) for part in rest)
    return next(filter(None, read)) if is_byline else ()


def _is_of_card(element: HtmlElement) -> bool:
    """Does a headline of another story stand with it?"""
    return any(
        next(each.iter("h1"), None) is None and any(map(_is_headline, each.iter("a", "h2", "h3", "h4", "h5", "h6")))
        for each in (element, *islice(element.iterancestors(), _CARD_LEVELS))
    )


def _is_headline(element: HtmlElement) -> bool:
    return len(element.text_content()) >= _SHORTEST_HEADLINE


def _stands_in_text(element: HtmlElement) -> bool:
    """Do paragraphs stand above and below it? Then it dates a post that is quoted, or a day that is told of."""
    return any(
        sum(map(_is_paragraph, each.itersiblings("p", preceding=True))) >= HEAD_PARAGRAPHS
        and any(map(_is_paragraph, each.itersiblings("p")))
        for each in (element, *islice(element.iterancestors(), _LEVELS))
    )


def _is_paragraph(element: HtmlElement) -> bool:
    return len(element.text_content()) >= PARAGRAPH


def _search_date(tree: HtmlElement, material: Material, updated: Dated | None) -> Dated | None:
    """htmldate takes the time of an update for want of another; only the page's address vouches for the same day."""
    found = find_date(tree, extensive_search=False, original_date=True, max_date=material.fetched_at)
    at = parse_timestamp(found) if found else None
    if at is None or not is_plausible(at, material.fetched_at):
        return None
    is_edit = updated is not None and at.date() == updated.at.date()
    return None if is_edit and f"{at:%Y/%m/%d}" not in material.url else Dated(at, "htmldate")
