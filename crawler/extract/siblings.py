"""What stands among the paragraphs of an article and was left out: lists, headings, and divisions that do a paragraph's
work, as they come of text that was pasted. An extractor that does not know the container's class leaves them out.

They are asked for where nothing but the article can stand: between two paragraphs that were taken, in the element that
holds both; right before the first and right after the last one only bare sentences.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.fragment import read_blocks
from crawler.extract.hygiene import ends_sentence
from crawler.extract.rescue import MainText
from crawler.extract.rows import HEADINGS
from crawler.extract.shown import is_hidden
from crawler.extract.zones import is_credited

_LISTS = frozenset({"ul", "ol", "dl"})
_DIVISIONS = frozenset({"div", "section", "center", "blockquote"})
_UNFIT = (
    "form", "button", "input", "select", "nav", "aside", "footer", "iframe", "figure", "img", "picture", "video",
    "table", "h1", "script", "svg",
)  # fmt: skip
_FOREIGN = re.compile(
    r"newsletter|subscri|sign-?up|caption|credit|advert|banner|sponsor|author|by-?line|(?<![a-z])bio(?![a-z])|comment|disclaim"
    r"|copyright|shar(?:e|ing)|social|poll|donat|(?:fact|info)-?box|player|rating|relat|recommend|promo|teaser|more|tags?(?![a-z])"
    r"|meta|date|time",
    re.IGNORECASE,
)
"""Made for something else than text, as its name says."""
_MOST_LED = 0.5
"""Part of it that may be links."""
_SHORTEST_SENTENCE = 40
_SHORTEST_KEY = 15
_LONGEST_HEADING = 200
_FEWEST_TAKEN = 2


def add_siblings(main: MainText, lines: Sequence[str], others: Container[str]) -> tuple[str, ...]:
    """The lines, with what was left out among them in its place. `others`: keys of what belongs to other stories."""
    taken = _Taken.find(main, lines, others)
    added: dict[int, list[str]] = defaultdict(list)
    for parent in taken.list_holders():
        for place, more in _read_among(list(parent), taken):
            added[place] += more
    if not added:
        return tuple(lines)
    return (*added[-1], *(each for place, line in enumerate(lines) for each in (line, *added[place])))


@dataclass(frozen=True, slots=True)
class _Taken:
    """The lines that were taken, and where in the page they stand."""

    places: Mapping[str, int]
    """Key → number of the line."""
    spans: Mapping[HtmlElement, tuple[int, int]]
    """Paragraphs that were taken, and all that holds some within the article → the first and the last line of them."""
    said: str
    others: Container[str]

    @classmethod
    def find(cls, main: MainText, lines: Sequence[str], others: Container[str]) -> "_Taken":
        told: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(lines):
            told[make_key(line)].append(number)
        places = {key: numbers[-1] for key, numbers in told.items()}
        spans: dict[HtmlElement, tuple[int, int]] = {}
        for element, text in zip(main.elements, main.paragraphs, strict=True):
            if numbers := told.get(make_key(text)):
                place = numbers.pop(0) if len(numbers) > 1 else numbers[0]
                for each in (element, *element.iterancestors()):
                    first, last = spans.get(each, (place, place))
                    spans[each] = min(first, place), max(last, place)
                    if each is main.container:
                        break
        return cls(places, spans, "".join(places), others)

    def list_holders(self) -> list[HtmlElement]:
        """The elements that hold two of these or more side by side."""
        held = Counter(each.getparent() for each in self.spans)
        return [each for each in self.spans if held[each] >= _FEWEST_TAKEN]

    def is_new(self, line: str) -> bool:
        key = make_key(line)
        known = key in self.said if len(key) >= _SHORTEST_KEY else key in self.places
        return bool(key) and not known and key not in self.others


def _read_among(children: Sequence[HtmlElement], taken: _Taken) -> Iterator[tuple[int, list[str]]]:
    """Number of the line, and what follows it."""
    held = [index for index, child in enumerate(children) if child in taken.spans]
    place = first = taken.spans[children[held[0]]][0] - 1
    for child, following in zip(children[held[0] : held[-1]], children[held[0] + 1 :], strict=False):
        if child in taken.spans:
            place = max(place, taken.spans[child][1])
        elif _is_text(child) or (child.tag in HEADINGS and _heads(child, following, taken)):
            yield place, _read_new(child, taken)
    yield first, [line for child in _list_bare(children[: held[0]][::-1]) for line in _read_new(child, taken)][::-1]
    last = max(place, taken.spans[children[held[-1]]][1])
    yield last, [line for child in _list_bare(children[held[-1] + 1 :]) for line in _read_new(child, taken)]


def _read_new(child: HtmlElement, taken: _Taken) -> list[str]:
    """A list of which nothing was taken comes as a whole: a name on it may also be told elsewhere."""
    lines = list(read_blocks(child))
    new = list(filter(taken.is_new, lines))
    is_whole = child.tag in _LISTS and new and not any(make_key(line) in taken.places for line in lines)
    return lines if is_whole else new


def _list_bare(children: Sequence[HtmlElement]) -> Iterator[HtmlElement]:
    """Divisions with a sentence and nothing else, as far as they follow each other."""
    for child in children:
        if not (child.text_content().strip() or len(child)):
            continue
        if _is_beside_picture(child):
            return
        text = child.text_content()
        is_bare = child.tag == "div" and not (child.get("class") or child.get("id")) and child.find(".//a") is None
        if not is_bare or len(text) < _SHORTEST_SENTENCE or not ends_sentence(text) or not _is_text(child):
            return
        yield child


def _is_beside_picture(element: HtmlElement) -> bool:
    """Then it may be its caption."""
    before = element.getprevious()
    return before is not None and next(before.iter("img", "picture", "video"), None) is not None


def _is_text(element: HtmlElement) -> bool:
    """A list that is no menu, or a division of sentences."""
    if element.tag not in _LISTS and element.tag not in _DIVISIONS:
        return False
    text = element.text_content()
    if len(text.strip()) < _SHORTEST_SENTENCE or not _is_fit(element):
        return False
    if element.tag in _LISTS:
        return True
    if element.tag != "blockquote" and not _is_common(element):
        return False
    lines = list(read_blocks(element))
    return 2 * sum(len(line) for line in lines if ends_sentence(line)) > sum(map(len, lines))


def _is_common(element: HtmlElement) -> bool:
    """Has it no name, or one that a division beside it has too, as pasted text has? What has one to itself is made for
    something else: an appeal, a poll, a caption."""
    made = element.get("class") or element.get("id")
    beside = chain(element.itersiblings(), element.itersiblings(preceding=True))
    return not made or any(each.tag == element.tag and (each.get("class") or each.get("id")) == made for each in beside)


def _is_fit(element: HtmlElement) -> bool:
    """Is it made for nothing else, shown, and no row of links?"""
    if is_hidden(element) or next(element.iter(*_UNFIT), None) is not None:
        return False
    if any(_FOREIGN.search(f"{each.get('class', '')} {each.get('id', '')}") for each in element.iter()):
        return False
    led = sum(len(link.text_content()) for link in element.iter("a"))
    return led <= _MOST_LED * len(element.text_content())


def _heads(heading: HtmlElement, following: HtmlElement, taken: _Taken) -> bool:
    is_short = 0 < len(heading.text_content().strip()) <= _LONGEST_HEADING
    is_short = is_short and not is_credited(heading.text_content().strip())
    return is_short and _is_fit(heading) and (following in taken.spans or _is_text(following))
