"""Where words of some lists stand in a document, sentence by sentence: what tells whether a text asserts something."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from crawler.match.document import Place, ZoneText
from crawler.match.plain import compile_plain
from crawler.match.sentences import number_at
from crawler.models import Zone

WordsOf = Callable[[str], Iterable[Place]]
"""All words of a list that stand in a document."""
Sentence = tuple[Zone, int]

_CONTRAST: Final = compile_plain(
    r"(?i)\b(?:but|however|although|though|while|whereas|even as|yet (?!to\b)|except|"
    r"(?:confirm|acknowledg|admitt?|conced)(?:s|es|ed|ing)?\b(?! that (?:no|nothing)))|"
    r"(?<!\w)(?:و?لكن\w*|غير أن\w*|[إا]لا أن\w*|بيد أن\w*|بينما|في حين|و?أقر\w*|و?اعترف\w*|"
    r"و?[أا]كد\w* (?:وقوع|تعرض|سقوط|حدوث|مقتل|[إا]صابة))(?!\w)|"
    r"(?<!\w)(?:اما|ولی|لیکن|در حالی[\u200c ]?که|در عین حال|اذعان|(?:وقوع|اصابت|"
    r"سقوط) (?:\S+ ){1,6}(?:را )?تایید)(?!\w)"
)
"""Behind it the sentence may tell of what did happen."""


class Clause(NamedTuple):
    """A stretch of one sentence, by offsets."""

    text: ZoneText
    sentence: int
    start: int
    end: int

    def holds(self, place: Place) -> bool:
        """Does a word of its text begin in it?"""
        return self.start <= place.start < self.end


class Marks:
    """Places of the words of lists, each list asked for once."""

    def __init__(self, words_of: WordsOf, names: Iterable[str]) -> None:
        # the places and not the function, which is the pool's and would hold what holds this
        self._places: dict[str, dict[Sentence, list[Place]]] = {}
        for name in names:
            for place in words_of(name):
                self._places.setdefault(name, {}).setdefault((place.zone, place.sentence), []).append(place)

    def __bool__(self) -> bool:
        return bool(self._places)

    def any(self, *names: str) -> bool:
        """Does a word of one of the lists stand anywhere?"""
        return not self._places.keys().isdisjoint(names)

    def sentences(self, *names: str) -> Iterator[Sentence]:
        """Those that hold a word of one of the lists; some more than once."""
        for name in names:
            yield from self._places.get(name, ())

    def places(self, *names: str) -> Iterator[Place]:
        """Every word of the lists, list by list."""
        for name in names:
            for places in self._places.get(name, {}).values():
                yield from places

    def of(self, sentence: Sentence, *names: str) -> Iterator[Place]:
        """The words of the lists in one sentence."""
        for name in names:
            yield from self._places.get(name, {}).get(sentence, ())

    def within(self, clause: Clause, *names: str) -> Iterator[Place]:
        """The words of the lists in a part of a sentence."""
        return filter(clause.holds, self.of((clause.text.zone, clause.sentence), *names))

    def has(self, clause: Clause, *names: str) -> bool:
        """Is there any?"""
        return next(self.within(clause, *names), None) is not None


def whole_sentence(text: ZoneText, sentence: int) -> Clause:
    """A sentence as the one clause that it is."""
    return Clause(text, sentence, *text.sentence_span(sentence))


def split_clauses(text: ZoneText, sentence: int) -> Iterator[Clause]:
    """A sentence, cut where it may go on to something else: but, while, confirmed."""
    start, end = text.sentence_span(sentence)
    for mark in _CONTRAST.finditer(text.text, start, end):
        yield Clause(text, sentence, start, mark.start())
        start = mark.start()
    yield Clause(text, sentence, start, end)


def find_position(text: ZoneText, sentence: int) -> int:
    """The number of a sentence's paragraph; headlines stand before the first."""
    if text.zone is not Zone.BODY:
        return -1
    return number_at(text.paragraphs, text.sentences[sentence])
