"""Which articles in different languages tell one story: only where links or quoted names say so. Pure.

Words cannot be compared across languages; what can are the gazetteer's ids, numbers and addresses. The same base on the
same day is a topic and no story, so each way asks for more, and what it does not find stays apart:

- A page names the other as its translation, or as its original. That alone is enough.
- Both link the same article of a third site, or one links the other: and they agree on who, where and what happened.
  Follow-ups link to what came before, and differ in that.
- Both rest on the same source, an outlet or a person that one of them quotes: and they agree as above, name the same
  base, and share at least three rare things in all, such sources and numbers of two or more digits. One of the numbers
  stands where both say what is news: all others may be of the background that every report on that base ends with.

Two agree on what happened when neither leads with a denial, a death, a shoot-down, a reprisal or a withdrawal that the
other does not lead with.

Articles of one language are compared by their words (crawler/stories.py), and in no other way.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, product
from typing import Final
from urllib.parse import urlsplit

from crawler.errors import LinkError
from crawler.fetch.urls import canonical_url
from crawler.lead_words import DIGIT, YEAR, find_turns
from crawler.leads import make_report
from crawler.match.normalize import fold_text
from crawler.models import TOLD, Article, Gist, Hit, Mention, Stance, Term, Zone

LINKED_WITHIN: Final = timedelta(hours=24)
NAMED_WITHIN: Final = timedelta(hours=6)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNIT: Final = timedelta(hours=6)
"""Of both. Articles are looked up by stretches of time, so that what is named every day stays cheap to look up."""
_HASH_BITS: Final = 40
_MOST_LINKS = 8
_MOST_NAMES = 8
_MOST_PAIRS = 24
_MOST_NUMBERS = 40
_FEWEST_RARE = 3
"""Shared sources and numbers that make chance unlikely."""
_LEAST_AGREEMENT = 0.6
"""Of the watched names of both."""
_LEAST_NUMBERS = 0.5
"""Of the numbers of the one that has fewer, where it has several."""
_TURN = "lead:"
"""Begins an event that counts only where an article leads with it, and there for both or for neither."""
_TURNING_EVENTS = frozenset({"#us-strike", "#denial", "#truce", "#truce-end", "#withdrawal", "#departure"})
_TURNING_WORDS = frozenset({"denied", "killed", "stopped"})
_QUOTED = frozenset({"outlet", "person"})
_NUMBER = re.compile(rf"{DIGIT}\d{{1,7}}(?![\d:٫.,]*\d)")
_ARTICLE_PATH = re.compile(r"\d{2}|[^/]{24}|[^/-]+-[^/-]+-[^/-]+-")
"""An address of one article has a number, or the words of its title; home pages and sections have neither."""
_NO_SOURCES = re.compile(
    r"(?:^|\.)(?:apps\.apple\.com|itunes\.apple\.com|play\.google\.com|news\.google\.com|wa\.me|whatsapp\.com|bit\.ly)$"
)
_SHARING = re.compile(r"/(?:share|sharer|intent|submit|dialog|channel|joinchat)\b")


def make_gist(article: Article, mentions: Iterable[Mention], hits: Iterable[Hit], stances: Iterable[Stance]) -> Gist:
    told = [mention for mention in mentions if mention.zone in TOLD]
    terms = [term for hit in hits for term in hit.terms if term.label.startswith("#")]
    events = {term.label for term in terms} | _find_turns(article, told, terms)
    quoted = {each.entity for each in told if each.type in _QUOTED and each.entity != article.outlet}
    return Gist(
        language=article.language,
        outlet=article.outlet,
        published=article.published if article.published_certainty == "stated" else None,
        addresses=_keys((article.url, article.canonical_url)),
        translations=_keys(article.translations),
        links=frozenset(islice(sorted(_keys(filter(_is_source, article.links))), _MOST_LINKS)),
        quoted=frozenset(islice(sorted(quoted), _MOST_NAMES)),
        bases=frozenset(islice(sorted({each.entity for each in told if each.type == "base"}), _MOST_NAMES)),
        groups=frozenset(islice(sorted({each.entity for each in told if each.type == "group"}), _MOST_NAMES)),
        events=frozenset(events | {f"#{stance.event}" for stance in stances if stance.zone in TOLD}),
        numbers=_find_numbers(article.body, [each for each in told if each.zone is Zone.BODY]),
        lead_numbers=_find_lead_numbers(article, told),
    )


def compare_gists(one: Gist, other: Gist, apart: timedelta) -> str:
    """Why both tell one story, in one line for people; empty when nothing says so. `apart`: their publication."""
    apart = abs(apart)
    if not one.language or not other.language or one.language == other.language or apart > LINKED_WITHIN:
        return ""
    if reason := _compare_pages(one, other):
        return reason
    if not _agree(one, other):
        return ""
    return _compare_links(one, other) or (_compare_names(one, other) if apart <= NAMED_WITHIN else "")


def _compare_pages(one: Gist, other: Gist) -> str:
    if one.addresses & other.translations or other.addresses & one.translations:
        return "the outlet says that one is a translation of the other"
    return "both name the same page as the original" if one.addresses & other.addresses else ""


def _compare_links(one: Gist, other: Gist) -> str:
    if one.addresses & other.links or other.addresses & one.links:
        return "one links the other"
    shared = one.links & other.links
    return f"both link {min(shared)}" if shared else ""


def _compare_names(one: Gist, other: Gist) -> str:
    sources = (one.quoted | {one.outlet}) & (other.quoted | {other.outlet}) & (one.quoted | other.quoted)
    numbers = one.numbers & other.numbers
    if not sources or not one.bases & other.bases or len(sources) + len(numbers) < _FEWEST_RARE:
        return ""
    if one.lead_numbers is not None and other.lead_numbers is not None and not one.lead_numbers & other.lead_numbers:
        return ""
    return f"both rest on {', '.join(sorted(sources))} and share {len(numbers)} numbers"


def _agree(one: Gist, other: Gist) -> bool:
    """On who, where, what, and how many."""
    named, also = one.bases | one.groups, other.bases | other.groups
    if not named & also or len(named & also) < _LEAST_AGREEMENT * len(named | also):
        return False
    if all(map(_is_turn, one.events & other.events)):
        return False
    knows_leads = one.lead_numbers is not None and other.lead_numbers is not None
    if knows_leads and any(map(_is_turn, one.events ^ other.events)):
        return False
    fewest = min(len(one.numbers), len(other.numbers))
    return fewest < 2 or len(one.numbers & other.numbers) >= _LEAST_NUMBERS * fewest  # noqa: PLR2004 - one may be a slip


def list_keys(gist: Gist, moment: datetime) -> set[int]:
    """63-bit numbers under which an article of that moment is stored. Those of one time are neighbours in an index."""
    return set(_make_keys(gist, moment, near=(0,)))


def list_wanted(gist: Gist, moment: datetime) -> set[int]:
    """Those under which articles are looked up that may tell the same."""
    return set(_make_keys(gist, moment, near=(-1, 0, 1)))


def _make_keys(gist: Gist, moment: datetime, near: Sequence[int]) -> Iterator[int]:
    """Of the moment's own stretch of time, and of others so many before or after it."""
    for within, names in ((LINKED_WITHIN, _name_pages(gist)), (NAMED_WITHIN, _name_news(gist))):
        stretch = (moment - _EPOCH) // within
        starts = [(stretch + each) * (within // _UNIT) << _HASH_BITS for each in near]
        for name in map(_hash_name, names):
            yield from (start | name for start in starts)


def _name_pages(gist: Gist) -> Iterator[str]:
    return (f"page {address}" for address in gist.addresses | gist.translations | gist.links)


def _name_news(gist: Gist) -> Iterator[str]:
    """What `_compare_names` asks for and few articles of one time share; sources and bases alone, many do."""
    pairs = islice(product(sorted(gist.bases), sorted(gist.lead_numbers or ())), _MOST_PAIRS)
    return (f"news {base} {number}" for base, number in pairs)


@lru_cache(1 << 12)  # looked up and then stored
def _hash_name(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=_HASH_BITS // 8).digest(), "big")


def _keys(urls: Iterable[str]) -> frozenset[str]:
    """What http and https, www and tracking make no difference to; only of addresses that are of one article."""
    found = set()
    for url in urls:
        try:
            key = canonical_url(url)
        except LinkError:
            continue
        if _ARTICLE_PATH.search(urlsplit(key)._replace(scheme="", netloc="").geturl()):
            found.add(key)
    return frozenset(found)


def _is_source(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return not _NO_SOURCES.search(parts.hostname or "") and not _SHARING.search(parts.path)
    except ValueError:
        return False


def _find_lead_numbers(article: Article, mentions: Sequence[Mention]) -> frozenset[str]:
    news = make_report(article.body, mentions).news
    if not news:
        return frozenset()
    return _find_numbers(article.body[: news[-1][1]], [each for each in mentions if each.zone is Zone.BODY])


def _is_turn(event: str) -> bool:
    return event.startswith(_TURN)


def _find_turns(article: Article, mentions: Sequence[Mention], terms: Iterable[Term]) -> set[str]:
    """Whether it leads with a denial, a death, a shoot-down, a reprisal or a withdrawal: such a report repeats who,
    where and how many of the one that it follows."""
    news = make_report(article.body, mentions).news
    if not news:
        return set()
    begin, end = news[0][0], news[-1][1]
    labels = {term.label for term in terms if term.zone is Zone.BODY and begin <= term.start < end}
    words = find_turns(fold_text(article.body[begin:end])) & _TURNING_WORDS
    return {f"{_TURN}{turn}" for turn in (labels & _TURNING_EVENTS) | words}


def _find_numbers(body: str, mentions: Iterable[Mention]) -> frozenset[str]:
    """In any script's digits. Not those of names, which are counted as names, nor years, which everybody writes."""
    taken = [(mention.start, mention.end) for mention in mentions]
    found = {
        str(int(match[0]))
        for match in _NUMBER.finditer(body)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    }
    return frozenset(sorted(number for number in found if not YEAR.fullmatch(number))[:_MOST_NUMBERS])
