"""Paragraphs whose words of war are no news, by what kind of text they are: a truce that goes on as it was, a tally of
attacks of past years, a verdict or a burial long after the deed, a parade.

`frames` looks at one sentence; here the first word that tells of which kind a paragraph is counts for all that follows.
The words are lists of `events.yaml`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, final

from crawler.match.document import BODY, TITLE, Document, Place, ZoneText
from crawler.match.gated import Passage
from crawler.match.hearsay import Hearsay
from crawler.match.marks import Clause, Marks, Sentence, WordsOf, whole_sentence
from crawler.match.plain import compile_plain
from crawler.match.times import PAST, TODAY
from crawler.models import Zone

_Paragraph = tuple[Zone, int]

_HARM: Final = ("attack", "rocket", "drone", "us-strike", "interception")
_DEEDS: Final = frozenset({*_HARM, "deployment", "arms", "war", "blame", "withdrawal"})
_PROPS: Final = frozenset({"drone", "rocket", "arms", "war", "deployment"})
"""What is driven past a stand; that the stand was hit is another event."""


@final
class _Genre:
    """A kind of paragraph, named as the list that tells it."""

    __slots__ = ("at_once", "dated", "events", "whole")

    def __init__(
        self, events: frozenset[str], *, dated: bool = True, at_once: bool = False, whole: bool = False
    ) -> None:
        self.events: Final = events
        """Which events are no news there."""
        self.dated: Final = dated
        """Only in a paragraph that tells of a time gone by?"""
        self.at_once: Final = at_once
        """Must the first sentence that is of this kind tell that time?"""
        self.whole: Final = whole
        """Also of what stands in the paragraph before the first word that tells it?"""


_GENRES: Final = {
    "tally": _Genre(_DEEDS | {"claim", "denial", "threat", "truce"}),
    "verdict": _Genre(_DEEDS | {"claim", "denial"}),
    "burial": _Genre(_DEEDS, at_once=True),
    "parade": _Genre(_PROPS, dated=False),
    "review": _Genre(_DEEDS | {"claim", "threat", "truce", "truce-end", "truce-hold"}, dated=False, whole=True),
}
_KEPT: Final = _DEEDS | {"threat", "truce-end", "truce-hold", "truce", "denial", "departure"}
"""What is no news in a paragraph that tells of a truce that goes on."""
_SAME: Final = ("quiet", "unchanged")
_PROLONGED: Final = ("prolonged",)
_TRUCES: Final = ("truce", "truce-hold", "truce-end")
_FIRST: Final = (*_GENRES, "background", *_SAME, *_PROLONGED)
"""Lists without any word of which a document is of no such kind."""
_THEN: Final = ("added", "truce-in-doubt")
GENRE_LISTS: Final = frozenset((*_FIRST, *_THEN))

_AMID: Final = compile_plain(
    r"(?i)\b(?:while|after|following|during|before|as|when|since|hours|minutes)\b"
    r"(?! (?:\w+ ){1,2}(?:years|decades)\b)[^,;.]{0,60}$|"
    r"(?<!\w)و?(?:بعد|عقب|خلال|أثناء|قبيل|قبل|بينما|بالتزامن|عندما|حين)(?!\w)"
    r"(?! (?:\w+ )?(?:سنوات|أعوام|عاما|سنة|عامين|سنتين))[^،؛.]{0,60}$|"
    r"(?<!\w)(?:پس از|بعد از|در جریان|همزمان با|در حالی که|هنگام|پیش از|وقتی)(?!\w)"
    r"(?! \w+ سال)[^،؛.]{0,60}$"
)
"""Something else happened while the judge read, or after."""
_HEADING: Final = compile_plain(r"\W{0,2}[:؟?–—-]")
"""Behind a word that heads a paragraph."""
_CAME_OUT: Final = compile_plain(
    r"(?i)\b(?:released|published|issued|presented|unveiled|launched|came out)(?: (?:on|late|early|this))?\s$|"
    r"(?<!\w)(?:الصادرة?|المنشورة?|صدرت?|نشرت?|نشره?ا?)(?: (?:يوم|صباح|مساء))?\s(?:ال)?$"
)
"""Released on Tuesday: a report, not what it counts."""
_LOOKBACK: Final = 30
_BUT: Final = compile_plain(
    r"(?i)\b(?:but|however|although|though|unless|if|as long as|so long as|until further)\b|"
    r"(?<!\w)و?(?:لكن\w*|غير أن\w*|إلا أن\w*|بيد أن\w*|أما|إذا|ما لم|ما دام\w*|طالما)(?!\w)|"
    r"(?<!\w)(?:اما|ولی|لیکن|اگر|مگر|تا زمانی|تا وقتی)(?!\w)"
)
"""A truce is not kept by all, or not for nothing."""


@final
class _Times:
    """What a sentence says of when."""

    __slots__ = ("adds", "fresh", "past")

    def __init__(self, adds: bool, fresh: list[int], past: list[int]) -> None:  # noqa: FBT001
        """`fresh` are offsets of words for today."""
        self.adds: Final = adds
        self.fresh: Final = fresh
        self.past: Final = past


class Genres:
    """Which paragraphs of a document are of a kind that tells no news."""

    def __init__(self, document: Document, words_of: WordsOf, hearsay: Hearsay) -> None:
        self._document = document
        self._marks = Marks(words_of, _FIRST)
        if self._marks:
            self._marks.add(words_of, (*_THEN, *_TRUCES, *_HARM, "claim", "threat"))
        self._kinds: dict[_Paragraph, dict[str, int]] = defaultdict(dict)
        """What each paragraph is, and from which sentence on."""
        for place in self._marks.places("background"):
            if _heads_paragraph(document.zones[place.zone], place):
                self._kinds[place.zone, place.paragraph]["tally"] = place.sentence
        for name in _GENRES:
            for place in self._marks.places(name):
                self._kinds[place.zone, place.paragraph].setdefault(name, place.sentence)
        self._dated: dict[tuple[Zone, int, int | None], bool] = {}
        self._times: dict[Sentence, _Times] = {}
        self._broken = frozenset(self._find_broken(hearsay) if self._marks.any(*_SAME, *_PROLONGED) else ())
        self._kept = frozenset(self._find_kept(*_SAME))
        self._prolonged = frozenset(self._find_kept(*_PROLONGED))

    def hides(self, event: str, place: Place) -> bool:
        """Is an event no news at this place, for what its paragraph is? A title is of the first paragraph's kind."""
        if place.zone is TITLE and BODY in self._document.zones:
            place = Place(BODY, 0, place.end, place.first_word, place.last_word, 0, 0)
        key = place.zone, place.paragraph
        if (event in _KEPT and key in self._kept) or (event in _DEEDS and key in self._prolonged):
            return True
        kinds = self._kinds.get(key)
        return kinds is not None and any(
            event in _GENRES[name].events and self._is_told(name, first, place) for name, first in kinds.items()
        )

    def _is_told(self, name: str, first: int, place: Place) -> bool:
        """Is it told in the paragraph at this place or before, and is the sentence of that kind?"""
        genre = _GENRES[name]
        if place.sentence < first and not genre.whole:
            return False
        if genre.dated and not self._is_dated(place, first if genre.at_once else None):
            return False
        sentence = whole_sentence(self._document.zones[place.zone], place.sentence)
        named = self._marks.within(sentence, (name,))
        if named and _AMID.search(sentence.text.text, sentence.start, named[0].start):
            return False
        if name == "parade":
            return not self._marks.has(sentence, ("attack",))
        return not self._is_fresh(place)

    def _is_dated(self, place: Place, sentence: int | None) -> bool:
        """Does its paragraph, or this sentence, tell of a time gone by?"""
        key = place.zone, place.paragraph, sentence
        if key not in self._dated:
            text = self._document.zones[place.zone]
            start, end = text.paragraph_span(place.paragraph) if sentence is None else text.sentence_span(sentence)
            self._dated[key] = PAST.search(text.text[start:end]) is not None
        return self._dated[key]

    def _is_fresh(self, place: Place) -> bool:
        """Is news told there: what is added to a tally, or is dated of today more nearly than of the past?"""
        key = place.zone, place.sentence
        if key not in self._times:
            sentence = whole_sentence(self._document.zones[place.zone], place.sentence)
            told = Passage(sentence.text.text, sentence.start, sentence.end)
            fresh = TODAY.finditer(sentence.text.text, sentence.start, sentence.end)
            self._times[key] = _Times(
                self._marks.has(sentence, ("added",)),
                [found.start() for found in fresh if not _published(sentence, found.start())],
                [found.start() for found in told.find_all(PAST)],
            )
        times = self._times[key]
        return times.adds or _distance(times.fresh, place.start) < _distance(times.past, place.start)

    def _find_kept(self, *names: str) -> Iterator[_Paragraph]:
        """The paragraphs that say no more than that a truce goes on: nothing was fired, nothing changed."""
        same = _paragraphs(self._marks.places(*names))
        for zone, paragraph in (same & _paragraphs(self._marks.places(*_TRUCES)) - self._broken) if same else ():
            text = self._document.zones[zone]
            if _BUT.search(text.text, *text.paragraph_span(paragraph)) is None:
                yield zone, paragraph

    def _find_broken(self, hearsay: Hearsay) -> set[_Paragraph]:
        """Those that tell of an attack, a threat, a doubt."""
        peace = set(self._marks.sentences(*_SAME, *_PROLONGED, *_TRUCES))
        harm = (place for place in self._marks.places(*_HARM) if (place.zone, place.sentence) not in peace)
        ends = (place for place in self._marks.places("threat", "truce-end") if not hearsay.is_rumour(place))
        return _paragraphs(chain(harm, ends, self._marks.places("claim", "truce-in-doubt")))


def _paragraphs(places: Iterable[Place]) -> set[_Paragraph]:
    return {(place.zone, place.paragraph) for place in places}


def _heads_paragraph(text: ZoneText, place: Place) -> bool:
    """Is it what a paragraph begins with, and a colon behind?"""
    lead = text.text[text.paragraphs[place.paragraph] : place.start].casefold()
    return not lead.strip(" *#•-–—«\"'").removeprefix("the") and _HEADING.match(text.text, place.end) is not None


def _published(sentence: Clause, at: int) -> bool:
    """Is it only the day on which what tells it came out?"""
    return _CAME_OUT.search(sentence.text.text, max(sentence.start, at - _LOOKBACK), at) is not None


def _distance(offsets: list[int], start: int) -> float:
    return min((abs(offset - start) for offset in offsets), default=math.inf)
