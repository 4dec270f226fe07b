"""An article as matching sees it: zones, their sentences, and what was found where."""

import re
import unicodedata
from functools import lru_cache
from typing import Final, final

from crawler.match.denials import may_deny
from crawler.match.gated import fold_case
from crawler.match.normalize import Folded
from crawler.match.plain import level_text, read_plain
from crawler.match.sentences import number_at, split_paragraphs, split_sentences, stretch_at
from crawler.match.stems import Kind, list_kinds
from crawler.models import TOLD, Article, Zone

TITLE: Final = Zone.TITLE
BODY: Final = Zone.BODY
"""Python 3.11 takes ten times as long to look them up among the zones."""
BESIDE: Final = (Zone.CAPTION, Zone.REMOVED)
"""Kept for the record."""

_LONGEST_REST: Final = 40
"""Letters of a word before or after what was found in it."""
_SHORT_CODES: Final = {"ckb": "ku", "kmr": "ku", "iw": "he", "prs": "fa"}
"""What rules and lists call a language that is told more closely, or by its old name."""
_SAMPLE: Final = 1000
"""Characters that a guess of the language looks at."""
_ARABIC, _HEBREW, _LATIN = re.compile("[\u0600-\u06ff]"), re.compile("[\u05d0-\u05ea]"), re.compile("[A-Za-z]")
_PERSIAN, _ARAB = (
    re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc\u200c]"),
    re.compile("[\u0623\u0625\u0629\u0649]"),
)
"""Letters that only one of the two writes: pe, che, zhe, its kaf and ye; hamza on alif, ta marbuta, alif maqsura. Kaf
and ya as Arabic writes them stand in Persian texts too."""


@final
class Place:
    """Where something stands in its zone: offsets of the plain text, word numbers, the sentence and the paragraph.

    No named tuple: an article has hundreds, and to make one of those takes ten times as long in machine code.
    """

    __slots__ = ("end", "first_word", "last_word", "paragraph", "sentence", "start", "zone")

    def __init__(
        self, zone: Zone, start: int, end: int, first_word: int, last_word: int, sentence: int, paragraph: int
    ) -> None:
        self.zone: Final = zone
        self.start: Final = start
        self.end: Final = end
        self.first_word: Final = first_word
        self.last_word: Final = last_word
        self.sentence: Final = sentence
        self.paragraph: Final = paragraph

    def __eq__(self, other: object) -> bool:
        """Offsets tell all the rest."""
        return (
            isinstance(other, Place) and self.start == other.start and self.end == other.end and self.zone is other.zone
        )

    def __hash__(self) -> int:
        return self.start << 16 ^ self.end

    def __repr__(self) -> str:
        words = f"{self.first_word} to {self.last_word}"
        return f"<{self.zone} {self.start}:{self.end}, words {words}, {self.sentence}, {self.paragraph}>"

    @property
    def span(self) -> tuple[Zone, int, int]:
        return self.zone, self.start, self.end

    def reach(self, end: int, last_word: int) -> "Place":
        """The stretch from its beginning to another end."""
        return Place(self.zone, self.start, end, self.first_word, last_word, self.sentence, self.paragraph)


def overlaps(one: Place, two: Place) -> bool:
    """Do two places share a character?"""
    return one.zone is two.zone and one.start < two.end and two.start < one.end


class ZoneText:
    """One zone's text, plain, folded, and split when first asked. Only `quote` knows how it is written."""

    def __init__(self, zone: Zone, written: str) -> None:
        self.zone = zone
        self.written = written
        folded = Folded(written)
        self._plain = None if folded.is_plain else read_plain(written)
        """None where it is written so."""
        self.printed = self._plain.text if self._plain else written
        """Plain, but in its own letters: what analysts' expressions are tried on. Offsets are those of `text`."""
        self.folded = Folded(self.printed) if self._plain else folded
        self._negating: dict[int, bool] = {}

    _kept_text: str | None = None

    @property
    def text(self) -> str:
        if self._kept_text is None:
            self._kept_text = level_text(self.printed)
        return self._kept_text

    def quote(self, start: int, end: int) -> tuple[int, int, str]:
        """A stretch as it is written: its offsets in the article, and its characters."""
        if self._plain:
            start, end = self._plain.span(start, end)
        return start, end, self.written[start:end]

    _kept_stems: frozenset[Kind] | None = None

    @property
    def stems(self) -> frozenset[Kind]:
        """The kinds of stems it holds, for searches that are vain without."""
        if self._kept_stems is None:
            self._kept_stems = list_kinds(self.folded)
        return self._kept_stems

    _kept_sentences: list[int] | None = None

    @property
    def sentences(self) -> list[int]:
        if self._kept_sentences is None:
            self._kept_sentences = split_sentences(self.text)
        return self._kept_sentences

    _kept_paragraphs: list[int] | None = None

    @property
    def paragraphs(self) -> list[int]:
        if self._kept_paragraphs is None:
            self._kept_paragraphs = split_paragraphs(self.text)
        return self._kept_paragraphs

    _kept_paragraph_of: list[int] | None = None

    @property
    def _paragraph_of(self) -> list[int]:
        """The paragraph of each sentence, and of every word in it: none goes on behind a line's end."""
        if self._kept_paragraph_of is None:
            self._kept_paragraph_of = [number_at(self.paragraphs, start) for start in self.sentences]
        return self._kept_paragraph_of

    def place(self, start: int, end: int, left: int, right: int) -> Place:
        """Where a stretch that begins with a word stands: its offsets, and its places in the squeezed text."""
        first, last = self.folded.word_numbers(left, right)
        sentence = number_at(self.sentences, start)
        return Place(self.zone, start, end, first, last, sentence, self._paragraph_of[sentence])

    def place_squeezed(self, left: int, right: int) -> Place:
        """Where a stretch of the squeezed text stands."""
        start, end = self.folded.span(left, right)
        return self.place(start, end, left, right)

    def place_between(self, start: int, end: int) -> Place:
        """Where a stretch of the original text stands."""
        left, right = self.squeezed_span(start, end)
        first, last = self.folded.word_numbers(left, right)
        if right <= left:  # nothing but spaces or marks
            last, _ = self.folded.word_numbers(max(0, right - 1), right)
        sentence, paragraph = number_at(self.sentences, start), number_at(self.paragraphs, start)
        return Place(self.zone, start, end, first, last, sentence, paragraph)

    def squeezed_span(self, start: int, end: int) -> tuple[int, int]:
        """Places in the squeezed text of a stretch of the original."""
        return self.folded.index_of(start), self.folded.index_of(end)

    def whole_words(self, start: int, end: int, *, before: bool = True) -> tuple[int, int]:
        """A stretch with the rest of the words that it begins and ends in, as a reader would underline it: what a stem
        goes on with, and (`before`) what Arabic writes before it as part of the word. Offsets of the original."""
        text = self.text
        if before and start < end and _is_in_word(text[start]):
            first = max(0, start - _LONGEST_REST)
            while start > first and _is_in_word(text[start - 1]):
                start -= 1
        if start < end and _is_in_word(text[end - 1]):
            last = min(len(text), end + _LONGEST_REST)
            while end < last and (_is_in_word(text[end]) or _joins(text, end)):
                end += 1
        return start, end

    def may_negate(self, sentence: int) -> bool:
        """Does a sentence hold any word that could deny something? Asked before the question is put in earnest."""
        if sentence not in self._negating:
            start, end = self.sentence_span(sentence)
            self._negating[sentence] = may_deny(fold_case(self.text[start:end]))
        return self._negating[sentence]

    def sentence_span(self, number: int) -> tuple[int, int]:
        """Offsets of a sentence, without the white space at its end."""
        return stretch_at(self.sentences, number, self.text)

    def paragraph_span(self, number: int) -> tuple[int, int]:
        """The same of a paragraph."""
        return stretch_at(self.paragraphs, number, self.text)


@lru_cache(maxsize=1 << 14)
def _is_in_word(char: str) -> bool:
    return char.isalnum() or (not char.isascii() and unicodedata.category(char) in {"Mn", "Me", "Lm"})


def _joins(text: str, place: int) -> bool:
    """A Persian joiner holds a suffix to its word."""
    return text[place] == "\u200c" and place + 1 < len(text) and _is_in_word(text[place + 1])


class Document:
    """The zones of an article that have any text."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.zones = {zone: ZoneText(zone, text) for zone, text in article.zone_texts().items() if text.strip()}

    _kept_offsets: dict[Zone, int] | None = None

    @property
    def _offsets(self) -> dict[Zone, int]:
        """How many sentences stand before each zone; gaps keep captions and removed text apart from the rest."""
        if self._kept_offsets is None:
            self._kept_offsets = self._make_offsets()
        return self._kept_offsets

    def _make_offsets(self) -> dict[Zone, int]:
        offsets: dict[Zone, int] = {}
        count = 0
        for zone in (*TOLD, *BESIDE):
            if zone in BESIDE:
                count += 2
            offsets[zone] = count
            count += len(self.zones[zone].sentences) if zone in self.zones else 0
        return offsets

    def sentence_order(self, place: Place) -> int:
        """The sentence's number in reading order through the zones; neighbours differ by one."""
        return self._offsets[place.zone] + place.sentence

    _kept_language: str | None = None

    @property
    def language(self) -> str:
        """What the article says of itself, else a guess from its script and letters."""
        if self._kept_language is None:
            declared = self.article.language.lower()
            self._kept_language = _SHORT_CODES.get(declared, declared[:2]) or guess_language(
                " ".join(text.written for text in self.zones.values())
            )
        return self._kept_language


def guess_language(text: str) -> str:
    """en, ar, fa or he, from the letters alone; empty without letters."""
    text = text[:_SAMPLE]
    arabic, hebrew, latin = (len(letters.findall(text)) for letters in (_ARABIC, _HEBREW, _LATIN))
    if not (arabic or hebrew or latin):
        return ""
    if max(arabic, hebrew) < latin:
        return "en"
    if hebrew > arabic:
        return "he"
    return "fa" if len(_PERSIAN.findall(text)) > len(_ARAB.findall(text)) else "ar"
