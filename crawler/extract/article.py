"""Material → Article. Pure: no file, no socket; runs in a worker process.

bytes → text (decode, hygiene) → draft (a page through trafilatura, a feed's fragment, a dump line by line)
→ zones (dates, captions, headline) → residue cut → article. What is cut is kept in `removed`, with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.errors import Unreadable
from crawler.extract.bylines import cut_bylines
from crawler.extract.dates import STATED, Dated
from crawler.extract.decode import decode_bytes
from crawler.extract.draft import Draft
from crawler.extract.dumped import read_dump
from crawler.extract.formats import is_binary, is_data, name_format
from crawler.extract.fragment import read_html
from crawler.extract.html import read_page
from crawler.extract.hygiene import clean_text, count_words, flatten_text, unescape_soup
from crawler.extract.language import choose_language
from crawler.extract.links import read_sources
from crawler.extract.promotions import LETTER_BOX
from crawler.extract.recognise import is_cut_short, is_long, name_problem
from crawler.extract.residue import strip_residue
from crawler.extract.zones import HEADLINE, cut_headline, cut_repeats, take_captions, take_dates, take_title
from crawler.models import Article, Material, Removed, Trace, TracedLine
from settings.model import ResidueRule

_FLASH_WORDS = 5


@dataclass(frozen=True, slots=True)
class Extraction:
    """An article and the trace that its page leaves in the outlet's memory."""

    article: Article
    trace: Trace


def extract(material: Material, residue: Sequence[ResidueRule]) -> Article:
    """The article in a page, a feed's fragment or a dump. Raises Unreadable, with the reason, when there is none."""
    return examine(material, residue).article


def examine(material: Material, residue: Sequence[ResidueRule], *, traced: bool = True) -> Extraction:
    """`extract`, with the trace that the outlet's furniture is learned from; where nobody asks for it, no more of it
    than the bare lines."""
    rules = [rule for rule in residue if not rule.outlets or material.outlet in rule.outlets]
    draft = _read_material(material, rules, traced=traced)
    draft = _clear_soup(draft)
    trace = draft.trace if draft.trace.lines else Trace(tuple(TracedLine(line) for line in draft.lines))
    draft = take_dates(draft, material)
    draft = take_captions(draft)
    draft = _cut_residue(draft, rules, dumped=material.media == "text")
    draft = take_title(draft, flatten_text(material.title))
    draft = cut_bylines(cut_repeats(cut_headline(draft)))
    _refuse_others(draft, material)
    return Extraction(_finish_article(draft, material), trace)


def _refuse_others(draft: Draft, material: Material) -> None:
    """A fragment, as feeds and channels carry it, may consist of its title; everything else needs text."""
    body = "\n".join(draft.lines)
    if _is_fragment(material) and (body or draft.title):
        return
    if problem := name_problem(draft.signs, body, stub=draft.truncated, flash=_is_flash(draft)):
        raise Unreadable(problem)


def _is_flash(draft: Draft) -> bool:
    """Does the page print its headline again as all its text, as agencies do in the first minute?"""
    again = [each.text for each in draft.removed if each.rule == HEADLINE]
    left = count_words(" ".join(draft.lines))  # a time of day, perhaps
    return left < _FLASH_WORDS and any(count_words(text) >= _FLASH_WORDS for text in again)


def _read_material(material: Material, rules: Sequence[ResidueRule], *, traced: bool) -> Draft:
    if known := name_format(material.content):
        raise Unreadable(f"not-html: {known}")
    text = decode_bytes(material.content, material.charset)
    text = text.replace("\x00", "") if b"\x00" in material.content else text
    if not text.strip() and not _is_fragment(material):
        raise Unreadable("empty: there is nothing in it")
    if is_data(text) and not _is_fragment(material):
        raise Unreadable("not-html: JSON, data without a page")
    if is_binary(text):
        raise Unreadable("not-html: binary data")
    if material.media == "text":
        return read_dump(clean_text(text))
    if _is_fragment(material):
        return Draft(lines=tuple(read_html(text)), links=read_sources(text))
    draft = read_page(text, material, rules, traced=traced)
    if draft is None:
        raise Unreadable("not-html: no HTML, and no text either")
    return draft


def _clear_soup(draft: Draft) -> Draft:
    traced = (line.text for line in draft.trace.lines)
    texts = (draft.title, draft.description, *draft.lines, *draft.captions, *draft.headlines, *traced)
    if not any("&" in text for text in texts):
        return draft  # nearly every page: nothing of it need be made again
    lines = tuple(map(unescape_soup, draft.lines))
    blank = (line for line, clear in zip(draft.lines, lines, strict=True) if not clear)
    return replace(
        draft,
        lines=tuple(filter(None, lines)),
        title=unescape_soup(draft.title),
        description=unescape_soup(draft.description),
        captions=tuple(map(unescape_soup, draft.captions)),
        headlines=tuple(map(unescape_soup, draft.headlines)),
        trace=Trace(tuple(replace(line, text=unescape_soup(line.text)) for line in draft.trace.lines)),
        removed=draft.removed
        + tuple(Removed(line, "entities", "nothing but entities that were not read") for line in blank),
    )


def _is_fragment(material: Material) -> bool:
    return material.partial or material.media == "fragment"


def _cut_residue(draft: Draft, rules: Sequence[ResidueRule], *, dumped: bool) -> Draft:
    stripped = strip_residue(draft.lines, rules, dumped=dumped)
    return replace(
        draft,
        lines=stripped.lines,
        removed=draft.removed + stripped.removed,
        truncated=draft.truncated or stripped.truncated or _is_invited(draft, stripped.lines, rules),
    )


def _is_invited(draft: Draft, left: Sequence[str], rules: Sequence[ResidueRule]) -> bool:
    """Does a box say that the rest is for subscribers? Long articles carry such boxes beside others' headlines."""
    invitations = [each.text for each in draft.removed if each.rule == LETTER_BOX]
    return not is_long(" ".join(left)) and any(strip_residue([line], rules).truncated for line in invitations)


def _date_article(draft: Draft, material: Material) -> Dated | None:
    """What the page states, else what the feed told, else what is printed; where nobody tells it, it was published by
    its last update. A printed date may be that of a post that is quoted."""
    if material.published and (draft.published is None or draft.published.evidence not in STATED):
        return Dated(material.published, "feed")
    if draft.published:
        return draft.published
    return replace(draft.updated, evidence="update") if draft.updated else None


def _finish_article(draft: Draft, material: Material) -> Article:
    published, body = _date_article(draft, material), "\n".join(draft.lines)
    return Article(
        title=draft.title,
        description=draft.description,
        body=body,
        captions=draft.captions,
        removed=draft.removed,
        url=material.url,
        outlet=material.outlet,
        language=choose_language(draft.language, f"{draft.title}\n{body}"),
        published=published.at if published else None,
        published_from=published.evidence if published else "",
        authors=draft.authors,
        canonical_url=draft.canonical_url,
        truncated=draft.truncated or is_cut_short(draft.signs, body),
        partial=material.partial,
        updated=draft.updated.at if draft.updated else None,
        updated_from=draft.updated.evidence if draft.updated else "",
        section=draft.section,
        tags=draft.tags,
        image_url=draft.image_url,
        links=draft.links,
        translations=draft.translations,
    )
