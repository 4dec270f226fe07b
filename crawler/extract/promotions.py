"""Boxes that advertise other pages: cut from the tree on first sight, before anything is learned of the outlet.

A box is told by what it is made as (aside, a class such as `related-stories`) or by its heading ("Most read"), and only
where its text bears it out: headlines that are links, with at most a blurb to each. So a body in a container called
`related-content-wrapper`, a chapter headed "Related attacks" and a list of incidents with inline links stay.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from crawler.extract.fragment import BLOCKS, SILENT
from crawler.extract.hygiene import flatten_text
from crawler.extract.links import leads_elsewhere
from crawler.extract.residue import compile_lines
from crawler.models import Removed
from settings.model import ResidueRule

_CONTAINERS = frozenset({"div", "section", "aside", "nav", "footer", "ul", "ol", "p", "table", "details"})
_HEADINGS = frozenset({
    "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "strong", "b", "dt", "header", "summary", "legend", "a",
})  # fmt: skip
LETTER_BOX = "newsletter-box"
"""The rule that invitations are cut by."""
_OF_LETTERS = r"newsletters?|sign-?up|subscribe|subscription|opt-?in|mailing-list"
_OF_LINKS = (
    r"related|recommend(?:ed|ations?|s)?|suggest(?:ed|ions?)|most-?(?:read|viewed|popular|shared|recent)|popular"
    r"|trending|trends|promo(?:s|ted|tions?|box)?|more-(?:on|from|stories|news|articles|like|about|in)|read-?(?:more|also|next)"
    r"|see-?also|also-?(?:read|like|on|see)|you-may|might-like|dont-miss|up-next|next-(?:story|article|post)|further-reading"
    r"|recirc(?:ulation)?|teasers?|outbrain|taboola|side-?bar|rail|widgets?|cards?|latest(?:-news)?|headlines|top-stories"
    r"|in-?read|interstitial|mortabet|marboot|porbazdid|bishtar|inline-(?:link|story|article)s?"
)
_NAMES = re.compile(f"-(?:{_OF_LETTERS}|{_OF_LINKS})-")
_LETTER_NAMES = re.compile(f"-(?:{_OF_LETTERS})-")
_LETTERS = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
_NAMING = ("class", "id", "aria-label", "data-testid")
_LONGEST_NAME = 200
_LONGEST_HEADING = 60
_SHORTEST_HEADLINE = 15
_LED = 0.6
"""Part of a line that must be a link elsewhere for the line to be a headline."""
_LONGEST_LABEL = 70
_LONGEST_BLURB = 350
_LONGEST_LETTER = 700
_MOST_OWN = 0.3
"""Part of the page's paragraphs that a box may hold as text that is no link; what holds more may be the article."""
_FIELD_NAMES = ("type", "name", "placeholder")
_ADDRESS_FIELD = re.compile(r"\be-?mail", re.IGNORECASE)
_MOST_FIELDS = 20
_WHOLES = frozenset({"article", "main", "body", "html"})
_LEVELS = 4
_FEWEST_LINKS = 2


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    led: float
    """Part of it that is a link to elsewhere, 0 to 1."""

    @property
    def is_headline(self) -> bool:
        return self.led >= _LED and len(self.text) >= _SHORTEST_HEADLINE

    @property
    def is_prose(self) -> bool:
        return self.led < _LED and len(self.text) > _LONGEST_LABEL


@dataclass(frozen=True, slots=True)
class _Page:
    prose: int
    """Code points of all its paragraphs."""
    is_elsewhere: Callable[[HtmlElement], bool]
    is_live: bool
    """On a live blog, what has a time may be an entry."""

    def read_lines(self, box: HtmlElement) -> Iterator[_Line]:
        """Its lines, read as they are asked for: most boxes are told by their first few."""
        return _read_lines(box, self.is_elsewhere)

    def advertises(self, box: HtmlElement) -> bool:
        """Is all that it says headlines of other pages, each with a blurb at most, or a row of links?"""
        if next(box.iter("a"), None) is None or next(box.iter("h1"), None) is not None:
            return False
        if self.is_live and next(box.iter("time"), None) is not None:
            return False
        return _lists_headlines(self.read_lines(box), _MOST_OWN * self.prose)

    def invites(self, box: HtmlElement) -> bool:
        """Is it a few words beside a field or link, as invitations to a newsletter are?"""
        if next(box.iter("form", "input", "button", "a", "iframe"), None) is None:
            return False
        said = told = 0
        for line in self.read_lines(box):
            said += len(line.text)
            told += len(line.text) if line.is_prose else 0
            if said > _LONGEST_LETTER or told > _MOST_OWN * self.prose:
                return False
        return True


def _lists_headlines(lines: Iterator[_Line], most_prose: float) -> bool:
    """Headlines with a blurb at most to each, or a row of links. Read no further than the first line that denies it."""
    headlines = blurbs = others = prose = 0
    are_led, after_blurb = True, False
    for line in lines:
        if line.is_headline:
            headlines, after_blurb = headlines + 1, False
        elif line.is_prose:
            blurbs, prose = blurbs + 1, prose + len(line.text)
            if after_blurb or len(line.text) > _LONGEST_BLURB or prose > most_prose:
                return False
            after_blurb = True
        else:
            others, are_led = others + 1, are_led and line.led >= _LED
    if headlines or blurbs:
        return max(1, blurbs) <= headlines
    return others >= _FEWEST_LINKS and are_led


def cut_promotions(tree: HtmlElement, rules: Sequence[ResidueRule], url: str, *, live: bool) -> tuple[Removed, ...]:
    """Take every such box out of the tree; its lines, with the reason. `url`: the page's own address, or empty."""
    forms = tuple(rule.line for rule in rules if rule.heads_box and rule.line)
    page = _Page(sum(len(each.text_content()) for each in tree.iter("p")), partial(leads_elsewhere, url=url), live)
    removed: list[Removed] = []
    dropped: set[HtmlElement] = set()
    for box, rule, reason in _find_boxes(tree, forms, page, dropped):
        removed += (Removed(line.text, rule, reason) for line in page.read_lines(box))
        dropped.add(box)
    for box in dropped:
        box.drop_tree()
    return tuple(removed)


def _find_boxes(
    tree: HtmlElement, forms: tuple[str, ...], page: _Page, dropped: set[HtmlElement]
) -> Iterator[tuple[HtmlElement, str, str]]:
    """Each with rule and reason. Nothing within a dropped box is looked at."""
    for field in islice(filter(_asks_for_address, tree.iter("input")), _MOST_FIELDS):
        if any(each in dropped for each in field.iterancestors()):
            continue
        if (box := _climb(field, page)) is not None:
            yield box, LETTER_BOX, "an invitation to a newsletter, told by its field for an e-mail address"
    for element in tree.iter(*(_CONTAINERS | _HEADINGS)):
        kind = _name_kind(element) if element.tag in _CONTAINERS else ""
        heading = not kind and element.tag in _HEADINGS and _is_heading(element, forms)
        if not (kind or heading) or element in dropped or any(each in dropped for each in element.iterancestors()):
            continue
        if kind == "letter" and page.invites(element):
            yield element, LETTER_BOX, f"an invitation to a newsletter, told by its {_quote_name(element)}"
        elif kind and page.advertises(element):
            yield element, "promotion-box", f"links to other pages, told by its {_quote_name(element)}"
        elif heading:
            reason = f"links to other pages below “{flatten_text(element.text_content())[:_LONGEST_HEADING]}”"
            yield from ((box, "promotion-box", reason) for box in _follow_heading(element, page))


def _asks_for_address(field: HtmlElement) -> bool:
    return any(_ADDRESS_FIELD.search(field.get(name, "")) for name in _FIELD_NAMES)


def _climb(field: HtmlElement, page: _Page) -> HtmlElement | None:
    """The widest box around the field that is no more than an invitation."""
    widest = None
    for box in field.iterancestors():
        if box.tag in _WHOLES or next(box.iter("h1"), None) is not None or not page.invites(box):
            break
        widest = box
    return widest


def _follow_heading(heading: HtmlElement, page: _Page) -> list[HtmlElement]:
    """The box that begins with the heading; or the heading and what follows it, as far as that advertises."""
    top, said = heading, flatten_text(heading.text_content())
    for ancestor, _ in zip(heading.iterancestors(), range(_LEVELS), strict=False):
        if ancestor.tag in {"body", "html"}:
            break
        text = flatten_text(ancestor.text_content())
        if text == said:
            top = ancestor
        elif not text.startswith(said):
            break
        elif page.advertises(ancestor):
            return [ancestor]
    below = []
    for sibling in top.itersiblings():
        if isinstance(sibling.tag, str) and sibling.text_content().strip():
            if not page.advertises(sibling):
                break
            below.append(sibling)
    return [top, *below] if below else []


def _name_kind(element: HtmlElement) -> str:
    """`letter` or `links`, by what it is made as; empty for what is made as nothing in particular."""
    for name in _NAMING:
        if (value := element.get(name)) and (kind := _read_name(value[:_LONGEST_NAME])):
            return kind
    if element.tag == "aside" or element.get("role") == "complementary":
        return "links"
    if element.tag in {"nav", "footer"} and any(True for _ in element.iterancestors("article", "main")):
        return "links"
    return ""


@lru_cache(maxsize=4096)
def _read_name(name: str) -> str:
    flat = f"-{_LETTERS.sub('-', name).lower()}-"
    if not _NAMES.search(flat):
        return ""  # nearly all, at the price of one search
    return "letter" if _LETTER_NAMES.search(flat) else "links"


def _quote_name(element: HtmlElement) -> str:
    name, value = next(((name, value) for name in _NAMING if (value := element.get(name))), ("", ""))
    return f"{name} “{value[:_LONGEST_HEADING]}”" if _read_name(value[:_LONGEST_NAME]) else f"element {element.tag!s}"


def _is_heading(element: HtmlElement, forms: tuple[str, ...]) -> bool:
    text = element.text
    return text is not None and 0 < len(text := text.strip()) <= _LONGEST_HEADING and _is_form(text, forms)


@lru_cache(maxsize=4096)
def _is_form(text: str, forms: tuple[str, ...]) -> bool:
    return bool(compile_lines(forms)(text))


def _read_lines(box: HtmlElement, is_elsewhere: Callable[[HtmlElement], bool]) -> Iterator[_Line]:
    """Its lines as `read_blocks` gives them, each with the part of it that is linked."""
    pieces: list[tuple[str, bool]] = []
    depth, says = 0, False  # most of what stands between two blocks is white space
    walk = iterwalk(box, events=("start", "end"))
    for event, element in walk:
        begins = event == "start"
        link = element.tag == "a" and (begins or depth > 0) and is_elsewhere(element)
        if pieces and element.tag in BLOCKS:
            if says:
                yield from _join_line(pieces)
            pieces, says = [], False
        if begins and element.tag in SILENT:
            walk.skip_subtree()
        elif begins:
            depth += link
            if text := element.text:
                pieces.append((text, depth > 0))
                says = says or not text.isspace()
        else:
            depth -= link and element.tag not in SILENT
            if (tail := element.tail) and element is not box:
                pieces.append((tail, depth > 0))
                says = says or not tail.isspace()
    yield from _join_line(pieces)


def _join_line(pieces: Sequence[tuple[str, bool]]) -> Iterator[_Line]:
    whole = "".join([piece for piece, _ in pieces])
    if whole and not whole.isspace() and (text := flatten_text(whole)):
        linked = [piece for piece, is_led in pieces if is_led]
        # nearly every line is a link as a whole or not at all
        led = len(text if len(linked) == len(pieces) else flatten_text("".join(linked))) if linked else 0
        yield _Line(text, led / len(text))
