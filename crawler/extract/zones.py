"""Steps that move lines out of the body into the zone they belong to. Each takes a Draft and gives back another."""

import re
from collections.abc import Collection
from dataclasses import replace
from itertools import chain, takewhile

from crawler.extract.dates import is_plausible, load_zone, read_printed, weigh_dates
from crawler.extract.draft import Draft, fold_line
from crawler.models import Material, Removed

HEADLINE = "repeated-headline"
"""The rule by which the headline's repeats are cut."""
_AGENCY = (
    r"(?:Reuters|AFP|AP|A\.P\.|EPA(?:-EFE)?|EFE|Getty(?:\sImages)?|Anadolu(?:\sAgency)?|AA|WAM|SPA|Xinhua|TASS|dpa|UPI|IRNA"
    r"|ISNA|Tasnim|Fars|Mehr|SANA|PTI|ANI|Bloomberg|NurPhoto|Shutterstock|Alamy|Sipa|Rex|Maxar|Zuma(?:\sPress)?|iStock)"
)
_CREDIT = (
    rf"(?:(?:photos?|images?|pictures?|credits?|courtesy)(?:\s(?:by|of))?:?\s)?{_AGENCY}"
    r"(?:[\s/,|&–-]+(?:via\s)?[\w.]+){0,4}"
)
_CAPTION = re.compile(
    rf".*(?:[.!?\"”’]\s*(?:[|/–—-]\s*)?{_CREDIT}|\[(?:file[:\s]*)?(?:[^\]/]{{2,40}}/\s?)?{_CREDIT}\])\s*"
)
_CAPTION_AT_HEAD = re.compile(rf".*\((?:file[:\s]*)?{_CREDIT}\)\.?\s*")
_CREDITED = re.compile(
    rf".*(?:\((?:(?i:file)[:\s]*)?(?:[^()]{{0,40}}\b)?{_CREDIT}\)"
    r"|(?:[.!?…؟)\"”»|]\s*|\()(?i:photos?|images?|pictures?|credits?|صورة|عکس|تصوير)(?:\sby|\s?:)\s?[^.:]{2,40})\W*"
)
"""As captions end that stand beside their picture; there a wider form is no doubt."""
_LONGEST_CAPTION = 450
_SENTENCE_END = re.compile(r"[.!?…。؟۔][\"'”’»)\]]*(?:\s*\[\d+\])*$")
_LONGEST_TITLE = 320
PARAGRAPH = 80
"""Code points from which a line is a paragraph of a report and no label, date or byline."""
HEAD_PARAGRAPHS = 2
_HEAD_LINES = 12
_WAY = re.compile(
    r"(?:home(?: ?page)?|main page|startseite|accueil|inicio|ana ?sayfa|(?:الصفحة )?الرئيسية|خانه|صفحه (?:اصلی|نخست)"
    r"|главная|ראשי|דף הבית)(?:\s*[>»\u203a/|→]\s*[^>»\u203a/|→.!?؟]{2,60})*\W*",
    re.IGNORECASE,
)
_WAY_ENDS = re.compile(r"\s*[>»\u203a/|→]\s*")
_SECTION_WORDS = 3
_HEADLINES = 3
_LONGEST_KICKER = 60
_SHORTEST_REPEAT = 25
"""Code points; shorter lines may well be said twice."""


def take_dates(draft: Draft, material: Material) -> Draft:
    """Lines that are a date and nothing else leave the body; the first tells when it was published."""
    zone, fetched_at = load_zone(material.timezone), material.fetched_at
    read = {line: read_printed(line, zone) for line in draft.lines}
    dates = {line: told for line, told in read.items() if told and is_plausible(told[0].at, fetched_at)}
    first, last = weigh_dates(chain.from_iterable(dates.get(line, ()) for line in _read_ends(draft.lines)))
    cut = remove_lines(draft, dates.keys(), "date-line", "a date that the page prints, no sentence")
    return replace(cut, published=cut.published or first, updated=cut.updated or last)


def _read_ends(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines above the second paragraph of the text and below its last one. A date between paragraphs is that of a
    post that is quoted, or of a day that is told of."""
    paragraphs = [index for index, line in enumerate(lines) if _tells(line)]
    if len(paragraphs) <= HEAD_PARAGRAPHS:
        return lines  # a standfirst above the date is a sentence too
    return lines[: paragraphs[HEAD_PARAGRAPHS - 1]] + lines[paragraphs[-1] + 1 :]


def take_captions(draft: Draft) -> Draft:
    """Lines that are captions leave the body: known ones, those with a photo credit, those printed twice in a row."""
    known = {fold_line(caption) for caption in draft.captions}
    lines = draft.lines
    found = {
        index
        for index, line in enumerate(lines)
        if fold_line(line) in known or _repeats_neighbour(lines, index) or _has_credit(lines, index)
    }
    captions = dict.fromkeys(draft.captions + tuple(lines[index] for index in sorted(found)))
    return replace(
        draft,
        lines=tuple(line for index, line in enumerate(lines) if index not in found),
        captions=tuple({fold_line(caption): caption for caption in reversed(captions)}.values())[::-1],
    )


def _repeats_neighbour(lines: tuple[str, ...], index: int) -> bool:
    """A text that opens the page twice is its headline; everywhere else it is a caption beside its alternative text."""
    line = lines[index]
    return (
        line != lines[0]
        and len(line) >= _SHORTEST_REPEAT
        and line in lines[max(index - 1, 0) : index] + lines[index + 1 : index + 2]
    )


def _has_credit(lines: tuple[str, ...], index: int) -> bool:
    """Does it end with a photo credit? The last line may: agencies sign their reports there."""
    line = lines[index]
    if len(line) > _LONGEST_CAPTION or index == len(lines) - 1:
        return False
    if _CAPTION.fullmatch(line):
        return True
    if index >= _HEAD_LINES or not _CAPTION_AT_HEAD.fullmatch(line):
        return False
    above = lines[:index]
    return all(len(other) <= _LONGEST_CAPTION // 2 for other in above) and len(list(filter(_tells, above))) <= 1


def _tells(line: str) -> bool:
    """Is it a sentence of the report?"""
    return len(line) >= PARAGRAPH and _SENTENCE_END.search(line) is not None


def is_credited(text: str) -> bool:
    """Does it end as captions do, with who took the picture?"""
    return len(text) <= _LONGEST_CAPTION and bool(_CAPTION.fullmatch(text) or _CREDITED.fullmatch(text))


def take_title(draft: Draft, feed_title: str) -> Draft:
    """The headline of dumped text: its first line below the way to the page, unless that is a sentence of the report
    already."""
    if draft.title or len(draft.lines) <= 1:
        return replace(draft, title=draft.title or feed_title)
    draft = _cut_way(draft)
    lines = draft.lines
    folded = fold_line(feed_title)
    title = next((line for line in lines[:_HEAD_LINES] if folded and fold_line(line) == folded), "")
    title = title or (lines[0] if looks_like_title(lines[0]) else "")
    left = list(lines)
    if title:
        left.remove(title)
    return replace(draft, title=title or feed_title, lines=tuple(left))


def _cut_way(draft: Draft) -> Draft:
    """Without the sections that lead to the page, as menus and breadcrumbs name them above the headline."""
    if not _WAY.fullmatch(draft.lines[0]) or len(_WAY_ENDS.split(draft.lines[0])[-1].split()) > _SECTION_WORDS:
        return draft  # or it ends in the headline
    sections = takewhile(lambda line: len(line.split()) <= _SECTION_WORDS, draft.lines[1:])
    way = (draft.lines[0], *sections)
    if len(way) == len(draft.lines) or not looks_like_title(draft.lines[len(way)]):
        return draft
    return remove_lines(draft, way, "way-to-page", "the sections that lead to the page, no headline")


def looks_like_title(line: str) -> bool:
    return len(line) <= _LONGEST_TITLE and not _SENTENCE_END.search(line)


def cut_headline(draft: Draft) -> Draft:
    """The headline's repeats in the body, in all its wordings; at the head also with the kicker before it."""
    folded = {fold_line(text) for text in (draft.title, *draft.headlines) if text}
    repeats = [line for line in draft.lines if fold_line(line) in folded]
    repeats += [line for line in draft.lines[:_HEADLINES] if _ends_with_headline(fold_line(line), folded)]
    return remove_lines(draft, repeats, HEADLINE, "the headline again")


def cut_repeats(draft: Draft) -> Draft:
    """A paragraph that the page prints twice is kept once."""
    seen: set[str] = set()
    kept: list[str] = []
    again: list[str] = []
    for line in draft.lines:
        repeats = len(line) >= _SHORTEST_REPEAT and line in seen
        (again if repeats else kept).append(line)
        seen.add(line)
    removed = tuple(Removed(line, "repeated-line", "the page prints it twice; it is kept once") for line in again)
    return replace(draft, lines=tuple(kept), removed=draft.removed + removed)


def _ends_with_headline(line: str, headlines: Collection[str]) -> bool:
    return any(
        len(headline) >= _SHORTEST_REPEAT and line.endswith(headline) and len(line) <= len(headline) + _LONGEST_KICKER
        for headline in headlines
    )


def remove_lines(draft: Draft, lines: Collection[str], rule: str, reason: str) -> Draft:
    """Move these lines out of the body, with the reason."""
    unwanted = frozenset(lines)
    if unwanted.isdisjoint(draft.lines):
        return draft
    return replace(
        draft,
        lines=tuple(line for line in draft.lines if line not in unwanted),
        removed=draft.removed + tuple(Removed(line, rule, reason) for line in draft.lines if line in unwanted),
    )
