"""Where words of some lists stand in a document, sentence by sentence: what tells whether a text asserts something."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, final

from crawler.match.document import BODY, Place, ZoneText
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


@final
class Clause:
    """A stretch of one sentence, by offsets. No named tuple, see `Place`."""

    __slots__ = ("end", "sentence", "start", "text")

    def __init__(self, text: ZoneText, sentence: int, start: int, end: int) -> None:
        self.text: Final = text
        self.sentence: Final = sentence
        self.start: Final = start
        self.end: Final = end

    def holds(self, place: Place) -> bool:
        """Does a word of its text begin in it?"""
        return self.start <= place.start < self.end

    def cut(self, start: int, end: int) -> "Clause":
        """Another stretch of the same sentence."""
        return Clause(self.text, self.sentence, start, end)


class Marks:
    """Places of the words of lists, each list asked for once.

    What is asked of every sentence takes the names as one tuple and needs no generator: in machine code a tuple that is
    spread into `*names` is a call by way of Python, and each generator an object.
    """

    def __init__(self, words_of: WordsOf, names: Iterable[str]) -> None:
        # the places and not the function, which is the pool's and would hold what holds this
        self._places: dict[str, dict[Sentence, list[Place]]] = {}
        self.add(words_of, names)

    def add(self, words_of: WordsOf, names: Iterable[str]) -> None:
        """More lists; those that it has stay as they are."""
        for name in names:
            if name in self._places:
                continue
            places: dict[Sentence, list[Place]] = {}
            for place in words_of(name):
                key = place.zone, place.sentence
                if key in places:
                    places[key].append(place)
                else:
                    places[key] = [place]
            if places:
                self._places[name] = places

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

    def of(self, sentence: Sentence, names: tuple[str, ...]) -> list[Place]:
        """The words of the lists in one sentence, list by list."""
        found: list[Place] = []
        for name in names:
            places = self._places.get(name)
            if places is not None and sentence in places:
                found += places[sentence]
        return found

    def within(self, clause: Clause, names: tuple[str, ...]) -> list[Place]:
        """The words of the lists in a part of a sentence."""
        return [place for place in self.of((clause.text.zone, clause.sentence), names) if clause.holds(place)]

    def has(self, clause: Clause, names: tuple[str, ...]) -> bool:
        """Is there any?"""
        sentence = clause.text.zone, clause.sentence
        for name in names:
            places = self._places.get(name)
            if places is not None and sentence in places:
                for place in places[sentence]:
                    if clause.holds(place):
                        return True
        return False


def whole_sentence(text: ZoneText, sentence: int) -> Clause:
    """A sentence as the one clause that it is."""
    start, end = text.sentence_span(sentence)
    return Clause(text, sentence, start, end)


def split_clauses(text: ZoneText, sentence: int) -> list[Clause]:
    """A sentence, cut where it may go on to something else: but, while, confirmed."""
    start, end = text.sentence_span(sentence)
    clauses: list[Clause] = []
    for mark in _CONTRAST.finditer(text.text, start, end):
        clauses.append(Clause(text, sentence, start, mark.start()))
        start = mark.start()
    clauses.append(Clause(text, sentence, start, end))
    return clauses


def find_position(text: ZoneText, sentence: int) -> int:
    """The number of a sentence's paragraph; headlines stand before the first."""
    if text.zone is not BODY:
        return -1
    return number_at(text.paragraphs, text.sentences[sentence])
