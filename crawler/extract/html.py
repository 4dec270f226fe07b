"""A page's HTML → Draft: the text through trafilatura, what the page says about itself, captions."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.arc import ArcStory, read_arc
from crawler.extract.blocks import find_makes, make_key
from crawler.extract.boxes import cut_boxes
from crawler.extract.dates import STATED, load_zone
from crawler.extract.draft import Draft
from crawler.extract.fragment import read_source
from crawler.extract.hygiene import flatten_text
from crawler.extract.last_resort import find_more
from crawler.extract.left_out import find_left_out, open_quotes
from crawler.extract.limits import exceeds_limits
from crawler.extract.links import close_sentences, find_sources, find_translations, open_sentences
from crawler.extract.live import Told, add_entries, arrange_entries, choose_row, date_row, join_clocks, read_row
from crawler.extract.metadata import date_page, read_metadata
from crawler.extract.parse import parse_page
from crawler.extract.promotions import cut_promotions
from crawler.extract.rare import Rare, find_rare
from crawler.extract.recognise import read_signs
from crawler.extract.rows import read_rows
from crawler.extract.running_text import RunningText, read_running_text
from crawler.extract.standfirst import find_shown, find_standfirst
from crawler.extract.structured import PageFacts, read_json_ld, read_meta
from crawler.extract.zones import is_credited, remove_lines
from crawler.models import NO_TRACE, Material, Trace, TracedLine
from settings.model import ResidueRule

_BELOW_PICTURES = frozenset({"em", "i", "small"})
_CAPTIONS = ("figcaption", "p", "div", "span", "dd", "small")
_BESIDE, _LEVELS = frozenset({"p", "small", "span", "em", "i"}), 3
_ALT_WORDS = 5
"""An alternative text of fewer words names its picture and is no caption."""
_LONGEST_CAPTION = 2_000
"""Code points that are kept. An element of the page's own invention may hold the whole rest of it."""
_ELSEWHERE = ("a", "aside", "footer", "nav")
"""A picture in one of these leads to another article."""
_WRITTEN_JOINERS = re.compile(r"&zwn?j;|&#(?:0*820[45]|[xX]0*200[cCdD])(?![0-9a-fA-F]);?|\\u200[cCdD]")
_ZWJ_FORMS = re.compile("&zwj|.*(?:5|[dD]);?$")
_FROM_STANDINS = str.maketrans({"\ua9c1": "\u200c", "\ua9c2": "\u200d"})


def read_page(source: str, material: Material, rules: Sequence[ResidueRule], *, traced: bool) -> Draft | None:
    """None when it is no HTML. trafilatura drops the joiners that Persian needs: rare characters stand in for them."""
    if exceeds_limits(source):
        return Draft(lines=tuple(read_source(source)))
    rare = find_rare(source)
    parsed = parse_page(_put_standins(source, rare), has_controls=rare.controls)
    if parsed is None:
        return None
    tree = parsed.tree
    zone = load_zone(material.timezone)
    story, meta = read_arc(tree), read_meta(tree)
    facts = _add_story(read_json_ld(tree, zone), story)
    draft = read_metadata(tree, facts, meta, material.url)
    addresses = _list_addresses(tree, meta, material.url)
    rows = read_rows(tree, addresses, draft.headlines)
    row = choose_row(rows.entries, facts.entries, zone)
    live = facts.live or bool(facts.entries or row)
    times = {"article:published_time": story.published, "article:modified_time": story.modified} | meta
    published, updated = date_page(tree, facts, times, material, {each for entry in row for each in entry.iter()})
    if row and (published is None or published.evidence == "htmldate"):
        published, updated = date_row(row, zone) or (published, updated)
    draft = replace(draft, published=published, updated=updated)
    draft = replace(
        draft,
        removed=cut_boxes(tree, rules, source)
        + cut_promotions(tree, rules, draft.canonical_url or material.url, live=live),
        captions=tuple(dict.fromkeys((*_read_captions(tree), *story.captions))),
    )
    open_quotes(tree)
    opened = open_sentences(tree, addresses)
    running = read_running_text(tree, material.url, rows.others, live=live)
    close_sentences(opened)
    told = add_entries(read_row(tree, row, zone, running.own) if row else Told(), facts.entries)
    blog = arrange_entries(running.own, told)
    more = blog or find_more(running.own, parsed, source, facts, story)
    draft = replace(
        draft,
        lines=more or join_clocks(running.lines),
        removed=draft.removed + (told.removed if blog else ()),
        signs=read_signs(
            tree,
            " ".join(running.own),
            source,
            draft.title,
            facts,
            material.url,
            listing=running.listing,
            vouched=bool(more or facts.body) or (published is not None and published.evidence in STATED),
        ),
        trace=_trace_lines(tree, running, draft.headlines, draft.description) if traced else NO_TRACE,
        description=find_standfirst(tree, draft.description, running.own) or draft.description,
        links=find_sources(tree, running.own, material.url),
        translations=find_translations(tree),
    )
    if shown := find_shown(tree, draft.description, draft.lines):
        draft = replace(draft, description=shown, lines=tuple(line for line in draft.lines if line != shown))
    draft = remove_lines(draft, running.links, "link-line", "nothing but a link to another page")
    draft = remove_lines(draft, running.teasers, "teaser", "a card that advertises another story, or a comment")
    draft = remove_lines(draft, running.tail, "below-article", "it stands below the container that holds the article")
    boxes = [line for line in draft.lines if make_key(line) in story.boxes]
    draft = remove_lines(draft, boxes, "fact-box", "a box that the story's data embeds, no text of it")
    said = (draft.title, draft.description, *draft.headlines, *draft.lines, *draft.captions)
    left_out = find_left_out(tree, running.main.container, (*said, *(each.text for each in draft.removed)))
    draft = replace(draft, removed=draft.removed + left_out)
    return _restore_joiners(draft) if rare.joiners or rare.written_joiners else draft


def _add_story(facts: PageFacts, story: ArcStory) -> PageFacts:
    """What the page says for machines, and where it says nothing, what Arc's data says."""
    return replace(
        facts,
        headline=facts.headline or story.headline,
        description=facts.description or story.description,
        authors=facts.authors or story.authors,
        section=facts.section or story.section,
    )


def _list_addresses(tree: HtmlElement, meta: Mapping[str, str], url: str) -> tuple[str, ...]:
    """The page's own, as it gives them, which may be a mere path, and as it was fetched."""
    canonical = (link.get("href", "").strip() for link in tree.iterfind(".//link[@rel='canonical']"))
    return tuple(dict.fromkeys(filter(None, (*canonical, meta.get("og:url", ""), url))))


def _trace_lines(tree: HtmlElement, running: RunningText, headlines: Collection[str], description: str) -> Trace:
    makes = find_makes(running.main.find_surroundings(tree), running.lines)
    idle = running.links | running.teasers | running.tail | frozenset(headlines)
    lines = tuple(TracedLine(line, makes.get(line, ""), line in idle) for line in running.lines)
    return Trace((*lines, TracedLine(description, is_idle=True)) if description else lines)


def _put_standins(source: str, rare: Rare) -> str:
    if rare.joiners:
        source = source.replace("\u200c", "\ua9c1").replace("\u200d", "\ua9c2")
    return _WRITTEN_JOINERS.sub(_stand_in, source) if rare.written_joiners else source


def _stand_in(joiner: re.Match[str]) -> str:
    return "\ua9c2" if _ZWJ_FORMS.match(joiner[0]) else "\ua9c1"


def _restore_joiners(draft: Draft) -> Draft:
    return replace(
        draft,
        lines=_restore_all(draft.lines),
        title=_restore(draft.title),
        description=_restore(draft.description),
        captions=_restore_all(draft.captions),
        removed=tuple(replace(piece, text=_restore(piece.text)) for piece in draft.removed),
        authors=_restore_all(draft.authors),
        headlines=_restore_all(draft.headlines),
        section=_restore(draft.section),
        tags=_restore_all(draft.tags),
        trace=Trace(tuple(replace(line, text=_restore(line.text)) for line in draft.trace.lines)),
    )


def _restore(text: str) -> str:
    return text.translate(_FROM_STANDINS)


def _restore_all(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_restore(text) for text in texts)


def _is_caption(element: HtmlElement) -> bool:
    made_as = element.get("class", "").lower()
    if element.tag == "figcaption" or "wp-caption-text" in made_as:
        return True
    if "caption" not in made_as:
        return False
    parent = element.getparent()
    in_figure = next(element.iterancestors("figure"), None) is not None
    return in_figure or (parent is not None and next(parent.iter("img"), None) is not None)


def _read_below(picture: HtmlElement) -> str:
    """The small or slanted words below a picture, where its paragraph holds nothing else; empty where it does."""
    if any((text or "").strip() for text in (picture.text, *(child.tail for child in picture))):
        return ""
    words = {child: flatten_text(child.text_content()) for child in picture}
    is_caption = all(not said or child.tag in _BELOW_PICTURES for child, said in words.items())
    return " ".join(filter(None, words.values())) if is_caption else ""


def _find_beside(image: HtmlElement) -> HtmlElement | None:
    """The paragraph that follows a picture, or what holds nothing but the picture, with text below it: a brief has no
    other text."""
    for each in (image, *islice(image.iterancestors(), _LEVELS)):
        if each.text_content().strip():
            return None
        if (following := each.getnext()) is not None:
            below = following.getnext()
            goes_on = below is not None and below.text_content().strip()
            return following if following.tag in _BESIDE and goes_on else None
    return None


def _read_captions(tree: HtmlElement) -> Iterator[str]:
    for element in filter(_is_caption, tree.iter(*_CAPTIONS)):
        if caption := flatten_text(element.text_content())[:_LONGEST_CAPTION]:
            yield caption
    for image in tree.iter("img"):
        parent = image.getparent()
        parent = parent.getparent() if parent is not None and parent.tag == "a" else parent
        if parent is not None and parent.tag in {"p", "div"} and (caption := _read_below(parent)):
            yield caption
        if (beside := _find_beside(image)) is not None and is_credited(caption := flatten_text(beside.text_content())):
            yield caption
    for image in tree.iterfind(".//img[@alt]"):
        alt = flatten_text(image.get("alt", ""))
        if len(alt.split()) >= _ALT_WORDS and not any(True for _ in image.iterancestors(*_ELSEWHERE)):
            yield alt
