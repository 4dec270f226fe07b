"""Text that leads elsewhere: lines that are a link as a whole, and rows of cards that each advertise another story."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit

from lxml.etree import ParserError
from lxml.html import HtmlElement, fragment_fromstring

from crawler.extract.blocks import describe_make, make_key
from crawler.extract.fragment import BLOCKS, read_blocks
from crawler.extract.hygiene import count_words
from crawler.fetch.urls import host_of

_SHORTEST = 25
"""Code points; shorter links stand in lists and tables of the article itself."""
_ROW = 3
"""Cards of one make that a page must have; a single box with a link may be the article."""
_LONGEST_CARD = 600
_SHORTEST_LINK = 15
_MOST_PARAGRAPHS = 2
_MOST_SOURCES = 20
_LONGEST_BLOCK = 4_000
_LINES = frozenset({"div", "h2", "h3", "h4", "h5", "h6", "p"})
_LABELLED = re.compile(r"[^\W\d_]{2,15}(?: [^\W\d_]{1,12}){0,2}\s?[:|»>]\s?(.*[^.!?؟۔…\"”»])")
"""A label of three words at most, and what it announces, which is no sentence."""

_SOURCES = re.compile(
    r"^(?:t\.me|telegram\.(?:me|org)|(?:\w+\.)?(?:twitter|x|facebook|instagram|youtube|truthsocial|threads)\.(?:com|net)"
    r"|youtu\.be|fb\.(?:com|me))$|\.(?:gov|mil|int)(?:\.\w\w)?$"
)
"""Where those publish of whom outlets report."""
_INVITES = re.compile(r"(?i)\W*(?:read|see|watch|follow|click|more|اقر|شاهد|تابع|بخوانید|ببینید)")
_STATEMENT = re.compile(r"[.!?…؟۔。][\"'”’»)]*\s*$")
_FEWEST_WORDS = 8
_BEFORE_PATH = 3
"""Parts of an address, by slashes."""
_LEVELS = 3
_ABOUT = re.compile(
    r"(?:^|[/?&])(?:tags?|topics?|keywords?|labels?|themes?|subjects?|etiketi?|thema|sujet|وسم|وسوم|برچسب)[/=]",
    re.IGNORECASE,
)
"""In the address of a page that lists what an outlet has on one subject."""

_CARD_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_SHORTEST_PARAGRAPH = 40
_OF_HEADING = re.compile(r"head|hero|title|intro\b|top\b", re.IGNORECASE)
_NOWHERE = ("#", "mailto:", "tel:", "javascript:")
_EXTENSION = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_IS_ONE_PAGE = re.compile(r"[\d-]|[^/]/[^/]")
"""A path that names more than a section: below `/news` stand other pages, below `/live/iraq` parts of it."""


def measure_links(tree: HtmlElement) -> dict[str, int]:
    """Key of each link to another page → code points of its text, of the longest where several have one key."""
    links, cards = dict[str, int](), dict[str, int]()
    for link in tree.iter("a"):
        if leads_elsewhere(link):
            text = link.text_content()
            key = make_key(text)
            links[key] = max(len(text), links.get(key, 0))
            if len(link) and len(text) <= _LONGEST_CARD:
                cards |= {make_key(line): len(line) for line in _read_card(link)}
    return (_leave_out_own(tree, cards) | links) if cards else links


def _leave_out_own(tree: HtmlElement, cards: Mapping[str, int]) -> dict[str, int]:
    """Without what the page says itself: among the cards beside an article is often its own."""
    bare = (each for each in tree.iter("p", "h1") if next(each.iterancestors("a"), None) is None)
    own = {make_key(each.text_content()) for each in bare}
    return {key: size for key, size in cards.items() if key not in own}


def _read_card(link: HtmlElement) -> list[str]:
    """The lines of a link that holds blocks, as a card's title and teaser are: each of them leads there. What invites
    to post a quotation has but one; and a post that is quoted may be a link to where it was published."""
    if _SOURCES.search(_site_of(link.get("href", "").strip())) or not any(
        each.tag in _LINES for each in link.iterdescendants()
    ):
        return []
    lines = [line for line in read_blocks(link) if len(line) >= _SHORTEST_LINK]
    return lines if len(lines) > 1 else []


def find_link_lines(lines: Sequence[str], links: Mapping[str, int], shortest: int = _SHORTEST) -> frozenset[str]:
    """The lines that are a link to another page as a whole; neither they nor the link may be shorter."""
    return frozenset(
        line
        for line in lines
        if len(line) >= shortest and any(links.get(key, 0) >= shortest for key in _list_keys(line))
    )


def _list_keys(line: str) -> Iterator[str]:
    """The line's key; its half where both are the same, as pages print a link's text again for narrow screens; and
    that of what follows a label such as `Read:`."""
    key = make_key(line)
    half = len(key) // 2
    yield key
    if key[:half] == key[half:]:
        yield key[:half]
    if found := _LABELLED.fullmatch(line):
        yield make_key(found[1])


def open_sentences(tree: HtmlElement, addresses: Sequence[str]) -> list[HtmlElement]:
    """Links that are a whole paragraph of the article, made phrases: extractors take them for a menu and drop them.

    Such a paragraph is a sentence among the article's own, and links to its source on another site, to the page itself
    or to all about a subject. A sentence that leads to another page of the outlet may be that story's headline.
    Gives back what it changed: `close_sentences` makes links of it again.
    """
    found = [(paragraph, link) for paragraph in tree.iter("p") if (link := _find_sentence(paragraph)) is not None]
    own = _find_own(tree, addresses) if found else frozenset[str]()
    opened = [
        link
        for paragraph, link in found
        if _rests_on(link.get("href", ""), own, addresses) and _stands_among(paragraph)
    ]
    for link in opened:
        link.tag = "span"
    return opened


def close_sentences(opened: Iterable[HtmlElement]) -> None:
    for link in opened:
        link.tag = "a"


def _find_sentence(paragraph: HtmlElement) -> HtmlElement | None:
    """The link that is all of the paragraph, and a sentence. Asked of every paragraph: the cheapest comes first."""
    if (paragraph.text and len(paragraph.text) > _SHORTEST_LINK and not paragraph.text.isspace()) or not len(paragraph):
        return None
    if (link := next(paragraph.iter("a"), None)) is None:
        return None
    text = paragraph.text_content()
    if len(text) < _SHORTEST_PARAGRAPH or not _STATEMENT.search(text) or count_words(text) < _FEWEST_WORDS:
        return None
    return link if not _INVITES.match(text) and make_key(text) == make_key(link.text_content()) else None


def _find_own(tree: HtmlElement, addresses: Sequence[str]) -> frozenset[str]:
    """The page's sites; where it does not tell any, that to which it links most, if often."""
    if own := frozenset(filter(None, map(_site_of, addresses))):
        return own
    sites = Counter(filter(None, (_site_of(link.get("href", "")) for link in tree.iter("a"))))
    return frozenset(site for site, times in sites.most_common(1) if times >= _ROW)


def _rests_on(target: str, own: AbstractSet[str], addresses: Sequence[str]) -> bool:
    """Does it lead to where sources publish, to this page, or to what an outlet has on one subject? A sentence that
    leads to a partner's page, or to the outlet's own in another language, is as often that story's teaser."""
    site = _site_of(target.strip())
    is_source = site not in own and _SOURCES.search(site) is not None
    return is_source or is_own(target, addresses) or _ABOUT.search(unquote(target)) is not None


def _stands_among(paragraph: HtmlElement) -> bool:
    """Do paragraphs of text stand around it, one of them below it, no fewer than such links?"""
    for container in islice(paragraph.iterancestors(), _LEVELS):
        paragraphs = [each for each in container.iter("p") if each is paragraph or _is_prose(each)]
        if len(paragraphs) > 1:
            plain = [each for each in paragraphs if not _is_led(each)]
            follows = any(each in plain for each in paragraphs[paragraphs.index(paragraph) :])
            is_headed = next(container.iter("h1"), None) is not None
            return follows and 2 * len(plain) >= len(paragraphs) and (len(plain) > 1 or is_headed)
    return False


def _is_led(paragraph: HtmlElement) -> bool:
    """Is more than half of it links?"""
    return 2 * sum(len(link.text_content()) for link in paragraph.iter("a")) > len(paragraph.text_content())


def find_teasers(tree: HtmlElement) -> frozenset[str]:
    """Keys of the paragraphs and headlines in rows of cards."""
    rows: dict[str, dict[HtmlElement, set[str]]] = defaultdict(dict)
    story = find_story(tree)
    for paragraph in tree.iter("p"):
        for card, link in _find_card(paragraph, story):
            texts = rows[describe_make(card)].setdefault(card, set())
            parts = (paragraph, link, card, *card.iter(*_CARD_HEADINGS))
            texts.update(make_key(part.text_content()) for part in parts)
    return frozenset().union(*(texts for row in rows.values() if len(row) >= _ROW for texts in row.values()))


def find_story(tree: HtmlElement, besides: Container[HtmlElement] = ()) -> HtmlElement | None:
    """The nearest container that holds the page's heading and running text, but for these elements; None without."""
    heading = next(tree.iter("h1"), None)
    for container in heading.iterancestors() if heading is not None else ():
        if container.tag in {"header", "hgroup"} or _OF_HEADING.search(container.get("class", "")):
            continue
        if any(each not in besides and _is_prose(each) for each in container.iter("p", "div")):
            return container
    return None


def _is_prose(element: HtmlElement) -> bool:
    text = element.text_content() if element.tag == "p" else element.text or ""
    return len(text.strip()) >= _SHORTEST_PARAGRAPH


def _find_card(paragraph: HtmlElement, story: HtmlElement | None) -> Iterator[tuple[HtmlElement, HtmlElement]]:
    """The nearest container that also has a link to elsewhere, outside the paragraph; and that link.

    Within the story a link such as `Read more` makes no card: what the story recommends has such links too.
    """
    around = list(paragraph.iterancestors())
    shortest = _SHORTEST_LINK if story is None or story in around else 1
    for card in around[:2]:
        if len(card.text_content()) > _LONGEST_CARD or len(card.findall(".//p")) > _MOST_PARAGRAPHS:
            return
        if card.tag == "a":
            yield card, card
            return
        for link in card.iter("a"):
            outside = paragraph not in link.iterancestors() and len(link.text_content().strip()) >= shortest
            if outside and leads_elsewhere(link) and card.find(".//h1") is None:
                yield card, link
                return


def find_sources(tree: HtmlElement, lines: Sequence[str], url: str) -> tuple[str, ...]:
    """Addresses on other sites that paragraphs among the lines link to: what the article says that it rests on."""
    own, keys = _site_of(url), {make_key(line) for line in lines}
    held: dict[HtmlElement, bool] = {}
    found: dict[str, None] = {}
    for link in tree.iter("a"):
        target = link.get("href", "").strip()
        if not target.startswith(("http://", "https://")) or _site_of(target) in ("", own):
            continue
        block = next((each for each in link.iterancestors() if each.tag in BLOCKS), link)
        if block not in held:
            held[block] = make_key(block.text_content()[:_LONGEST_BLOCK]) in keys
        if held[block]:
            found[target] = None
    return tuple(islice(found, _MOST_SOURCES))


def read_sources(fragment: str) -> tuple[str, ...]:
    """The same of a feed's fragment or a channel's message, all of which is the article."""
    if "href" not in fragment:
        return ()
    try:
        links = fragment_fromstring(fragment, create_parent="div").iter("a")
    except (ParserError, ValueError):
        return ()
    targets = (link.get("href", "").strip() for link in links)
    return tuple(islice(dict.fromkeys(each for each in targets if _site_of(each)), _MOST_SOURCES))


def find_translations(tree: HtmlElement) -> tuple[str, ...]:
    """Addresses that the page names as itself in other languages."""
    links = tree.iterfind(".//link[@rel='alternate'][@hreflang]")
    named = (each.get("href", "").strip() for each in links if each.get("hreflang", "").lower() != "x-default")
    return tuple(islice(dict.fromkeys(each for each in named if _site_of(each)), _MOST_SOURCES))


def _site_of(url: str) -> str:
    """Host without `www.`; empty for what is no web address."""
    if not url.startswith(("http://", "https://")):
        return ""
    return _read_site("/".join(islice(url.split("/", _BEFORE_PATH), _BEFORE_PATH)))


@lru_cache(maxsize=1024)
def _read_site(origin: str) -> str:
    """Nearly all links of a page lead to a few sites."""
    return host_of(origin).removeprefix("www.")


def leads_elsewhere(link: HtmlElement, url: str = "") -> bool:
    """To another page than this one, whose address is `url` where it is known?"""
    target = link.get("href", "#").strip()
    return not target.startswith(_NOWHERE[:3]) and not (url and _is_same(target, url))


def is_own(target: str, addresses: Sequence[str]) -> bool:
    """Does the link lead to this page, which has these addresses, or to a part: `#e3`, `?post=3`, `/live/iraq/3`?"""
    target = target.strip()
    if target.startswith(_NOWHERE) or not addresses:
        return target.startswith((*_NOWHERE, "?"))
    try:
        return any(_is_part(urlsplit(urljoin(each, target)), urlsplit(each)) for each in addresses)
    except ValueError:
        return False


def _is_part(target: SplitResult, page: SplitResult) -> bool:
    """Many outlets tell their articles apart by the query alone: what the page's has, that of its parts must have."""
    stem = _EXTENSION.sub("", page.path.rstrip("/"))
    below = target.path.startswith(f"{stem}/") and _IS_ONE_PAGE.search(stem) is not None
    same = target.path.rstrip("/") == page.path.rstrip("/")
    return below or (same and set(parse_qsl(page.query)) <= set(parse_qsl(target.query)))


def _is_same(target: str, url: str) -> bool:
    if url.partition("://")[2].partition("/")[2].partition("#")[0] not in target:
        return False  # the same in nearly all cases, and much cheaper than to join them
    try:
        return urlsplit(urljoin(url, target))[:4] == urlsplit(url)[:4]
    except ValueError:
        return False
