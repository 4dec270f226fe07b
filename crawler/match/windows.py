"""Sentences, paragraphs and passages of an article as bits of a number, so that "where both hold" is one `&`."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from crawler.match.document import TITLE, Document, Place
from crawler.match.sentences import number_at
from crawler.match.tree import PASSAGE, Unit
from crawler.models import TOLD, Zone

Stretch = Literal[Unit, "article"]
"""What a part of a rule must hold in."""
STRETCHES: Final[tuple[Stretch, ...]] = ("article", "passage", "paragraph", "sentence", "title")
_GAP: Final = PASSAGE - 1
"""Bits between two zones, so that no passage reaches from one into the next."""


class Windows:
    """One article's stretches of each unit, in reading order. A passage has the number of its first paragraph."""

    def __init__(self, document: Document) -> None:
        self._texts = [document.zones[zone] for zone in TOLD if zone in document.zones]

    def all_of(self, unit: Stretch) -> int:
        """Every stretch of that unit; the article is one, and so is its title even where it has none."""
        if unit in {"article", "title"}:
            return 1
        return self._all_sentences if unit == "sentence" else self._all_paragraphs

    def around(self, place: Place, unit: Stretch) -> int:
        """The stretches that hold a place: three passages, one of the other units."""
        match unit:
            case "sentence":
                return 1 << (self._sentences[place.zone] + place.sentence)
            case "article":
                return 1
            case "title":
                return int(place.zone is TITLE)
            case _:
                paragraph = 1 << (self._paragraphs[place.zone] + place.paragraph)
                return self._open(paragraph) if unit == "passage" else paragraph

    def around_all(self, places: Iterable[Place], unit: Stretch) -> int:
        """The stretches that hold any of these places."""
        mask = 0
        match unit:
            case "sentence":
                firsts = self._sentences
                for place in places:
                    mask |= 1 << (firsts[place.zone] + place.sentence)
                return mask
            case "article":
                return int(any(True for _ in places))
            case "title":
                return int(any(place.zone is TITLE for place in places))
            case _:
                for place in places:
                    mask |= 1 << (self._paragraphs[place.zone] + place.paragraph)
                return self._open(mask) if unit == "passage" else mask

    def convert(self, mask: int, unit: Stretch, other: Stretch) -> int:
        """The stretches of another unit that hold one of these, or that one of these holds."""
        if unit == other:
            return mask
        if not mask or "article" in (unit, other):
            return self.all_of(other) if mask else 0
        return self._from_sentences(self._to_sentences(mask, unit), other)

    def _to_sentences(self, mask: int, unit: Stretch) -> int:
        match unit:
            case "sentence":
                return mask
            case "title":
                return self._title_sentences
            case _:
                paragraphs = self._close(mask) if unit == "passage" else mask
                return self._join(self._sentences_of[bit] for bit in list_bits(paragraphs))

    def _from_sentences(self, mask: int, unit: Stretch) -> int:
        match unit:
            case "sentence":
                return mask
            case "title":
                return int(bool(mask & self._title_sentences))
            case _:
                paragraphs = self._join(1 << self._paragraph_of[bit] for bit in list_bits(mask))
                return self._open(paragraphs) if unit == "passage" else paragraphs

    def _open(self, paragraphs: int) -> int:
        """The passages that hold any of these paragraphs."""
        return (paragraphs | paragraphs >> 1 | paragraphs >> 2) & self._all_paragraphs

    def _close(self, passages: int) -> int:
        """The paragraphs that any of these passages holds."""
        return (passages | passages << 1 | passages << 2) & self._all_paragraphs

    @staticmethod
    def _join(masks: Iterable[int]) -> int:
        joined = 0
        for mask in masks:
            joined |= mask
        return joined

    _kept_sentences: dict[Zone, int] | None = None

    @property
    def _sentences(self) -> dict[Zone, int]:
        """The first sentence of each zone."""
        if self._kept_sentences is None:
            self._kept_sentences = dict(_number((text.zone, len(text.sentences)) for text in self._texts))
        return self._kept_sentences

    _kept_paragraphs: dict[Zone, int] | None = None

    @property
    def _paragraphs(self) -> dict[Zone, int]:
        if self._kept_paragraphs is None:
            self._kept_paragraphs = dict(_number((text.zone, len(text.paragraphs)) for text in self._texts))
        return self._kept_paragraphs

    _kept_all_sentences: int | None = None

    @property
    def _all_sentences(self) -> int:
        if self._kept_all_sentences is None:
            self._kept_all_sentences = self._join(
                _run(self._sentences[text.zone], len(text.sentences)) for text in self._texts
            )
        return self._kept_all_sentences

    _kept_all_paragraphs: int | None = None

    @property
    def _all_paragraphs(self) -> int:
        if self._kept_all_paragraphs is None:
            self._kept_all_paragraphs = self._join(
                _run(self._paragraphs[text.zone], len(text.paragraphs)) for text in self._texts
            )
        return self._kept_all_paragraphs

    _kept_title_sentences: int | None = None

    @property
    def _title_sentences(self) -> int:
        if self._kept_title_sentences is None:
            self._kept_title_sentences = self._join(
                _run(0, len(text.sentences)) for text in self._texts if text.zone is TITLE
            )
        return self._kept_title_sentences

    _kept_paragraph_of: dict[int, int] | None = None

    @property
    def _paragraph_of(self) -> dict[int, int]:
        if self._kept_paragraph_of is None:
            self._kept_paragraph_of = {
                self._sentences[text.zone] + sentence: self._paragraphs[text.zone] + number_at(text.paragraphs, start)
                for text in self._texts
                for sentence, start in enumerate(text.sentences)
            }
        return self._kept_paragraph_of

    _kept_sentences_of: dict[int, int] | None = None

    @property
    def _sentences_of(self) -> dict[int, int]:
        if self._kept_sentences_of is None:
            self._kept_sentences_of = self._make_sentences_of()
        return self._kept_sentences_of

    def _make_sentences_of(self) -> dict[int, int]:
        held: dict[int, int] = {}
        for sentence, paragraph in self._paragraph_of.items():
            held[paragraph] = held.get(paragraph, 0) | 1 << sentence
        return held


def list_bits(mask: int) -> Iterator[int]:
    """The numbers of the stretches in a mask, from the first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def first_bits(mask: int, most: int) -> int:
    """The same mask without what follows its first few stretches."""
    if mask.bit_count() <= most:
        return mask
    kept = 0
    for _ in range(most):
        kept |= mask & ~kept & -(mask & ~kept)
    return kept


def _number(sizes: Iterable[tuple[Zone, int]]) -> Iterator[tuple[Zone, int]]:
    count = 0
    for zone, size in sizes:
        yield zone, count
        count += size + _GAP


def _run(first: int, length: int) -> int:
    return ((1 << length) - 1) << first
