"""Is a warning told only as lifted? "The embassy cancelled its security alert" holds the words of a threat, and is the
end of one. So are ordered departures, shelter notices and travel advice that are withdrawn or lowered, and the threat
that is said to have passed.

Only words of a notice are meant: who vows or retaliates does so beside it as well. A notice that is extended, renewed
or raised in the same clause is none that was lifted.
"""

from collections.abc import Iterator
from typing import Final

from crawler.match.document import Document, Place, overlaps
from crawler.match.marks import Clause, Marks, Sentence, WordsOf, find_position, split_clauses, whole_sentence
from crawler.match.plain import compile_plain

_OVER: Final = ("lifted", "all-clear")
_BESIDE: Final = ("notice", "danger", "subsided", "only-feared", "renewed")
ALL_CLEAR_LISTS: Final = frozenset((*_OVER, *_BESIDE))

_REACH: Final = 1
"""Paragraphs on either side of the one that tells of the lifting, in which its notice may be described."""
_AHEAD, _BACK = 70, 150
"""Characters from what lifts to the notice: lifted its alert, the alert for all of Iraq was lifted."""
_BEHIND, _JUST_BEFORE = 100, 30
"""Characters from a danger to the verb with which it subsides: the threat has receded, زوال الخطر."""
_QUIETED: Final = frozenset({"threat", "deployment"})
_LIFTING: Final = _QUIETED | {"withdrawal", "departure", "interception", "attack"}
"""What words that tell of a lifting may be taken for: withdrew its warning, brought down its alert level."""
_FEARED: Final = frozenset({"attack", "drone", "rocket", "us-strike", "interception", "war", "arms"})
"""What a notice was issued for."""

_CUTS: Final = compile_plain(
    r"(?i)[;,؛]|\b(?:after|following|over|amid|because|due|flights?|since|despite|issu\w+|under|troops|visits?|"
    r"attacks?|with|in|by|and|to|leaflets?|leave|class(?:es)?)\b|"
    r"(?<!\w)(?:پرواز|مراسم|نشست|جلسه|دیدار|پس از|در پی|به دلیل|به خاطر|صادر)(?!\w)"
)
"""What was lifted is something else, when one of these stands between."""
_CUTS_BACK: Final = compile_plain(
    r"(?i)[;؛]|\b(?:truce|cease-?fire|talks|flights?|visits?|after|because|until|troops)\b|"
    r"(?<!\w)(?:پرواز|مراسم|نشست|جلسه|دیدار|پس از|در پی|به دلیل|به خاطر|صادر)(?!\w)"
)
_PASSIVE: Final = compile_plain(
    r"(?i)\b(?:has|have|had|was|were|is|are|been|being|be)\s+"
    r"(?:(?:now|since|also|fully|officially|formally)\s+)?$|(?<=[آ-ی])[ ،]{1,2}$|(?<=\u200c)$"
)
"""The notice stands before what ended it: in Persian always, in English where it was lifted."""
_UNDONE: Final = compile_plain(
    r"(?i)(?:\b(?:no plans to|refus\w+ to|declin\w+ to|yet to|until|before|unless|if|calls? to|"
    r"urg\w+ \w+ to|asked \w+ to|demand\w+|without|would|could|may|might)\b)\W*(?:\w+\W+){0,2}$|"
    r"(?<!\w)(?:لم|لن|لا|لحين|حتى|قبل|دون|عدم|رفض|رفضت|قد|إذا|اذا)\s+(?:أن\s+)?$|"
    r"(?<!\w)(?:عدم|بدون|تا|پیش از|قبل از)\s+$"
)
"""Before what would lift it: it is asked for, or may be."""
_LOOKBACK: Final = 40


class AllClear:
    """Which words of threat tell of a notice that is over."""

    def __init__(self, document: Document, words_of: WordsOf) -> None:
        self._document = document
        self._marks = Marks(words_of, _OVER)
        if self._marks:
            self._marks.add(words_of, _BESIDE)
        self._lifted: dict[Sentence, list[Clause]] = {}
        """Stretches that tell of a lifting."""
        for lifted in (*self._find_pairs(), *self._find_plain()):
            self._lifted.setdefault((lifted.text.zone, lifted.sentence), []).append(lifted)
        self._positions = {find_position(document.zones[zone], sentence) for zone, sentence in self._lifted}

    def covers(self, event: str, place: Place) -> bool:
        """Is an event's word of such a notice?"""
        if not self._lifted:
            return False
        if event in _LIFTING and self._is_lifting(place):
            return True
        text = self._document.zones[place.zone]
        sentence = whole_sentence(text, place.sentence)
        if event in _QUIETED:
            if event == "threat" and not self._is_notice(place):
                return False
        elif event not in _FEARED or not self._is_past(sentence):
            return False
        position = find_position(text, place.sentence)
        if not any(abs(position - lifted) <= _REACH for lifted in self._positions):
            return False
        clause = next(each for each in split_clauses(text, place.sentence) if place.start < each.end)
        return not self._marks.has(clause, ("renewed",))

    def _is_lifting(self, place: Place) -> bool:
        """Does the word tell of the lifting itself, or of the order to leave that its sentence lifts?"""
        lifted = self._lifted.get((place.zone, place.sentence), ())
        return any(each.holds(place) for each in lifted) or (bool(lifted) and self._is_notice(place))

    def _is_past(self, sentence: Clause) -> bool:
        """Is a danger over, or was it only feared?"""
        if self._marks.has(sentence, ("only-feared",)):
            return True
        over = self._marks.within(sentence, ("subsided",))
        dangers = self._marks.within(sentence, ("danger",)) if over else []
        return any(-_JUST_BEFORE <= each.start - danger.start <= _BEHIND for danger in dangers for each in over)

    def _is_notice(self, place: Place) -> bool:
        return any(overlaps(place, each) for each in self._marks.of((place.zone, place.sentence), ("notice",)))

    def _find_plain(self) -> Iterator[Clause]:
        for place in self._marks.places("all-clear"):
            yield Clause(self._document.zones[place.zone], place.sentence, place.start, place.end)

    def _find_pairs(self) -> Iterator[Clause]:
        """From what lifts to the notice, or back."""
        for over in self._marks.places("lifted"):
            text = self._document.zones[over.zone]
            for notice in self._marks.of((over.zone, over.sentence), ("notice", "danger")):
                if _lifts(text.text, over, notice):
                    start, end = min(over.start, notice.start), max(over.end, notice.end)
                    yield Clause(text, over.sentence, start, end)


def _lifts(words: str, over: Place, notice: Place) -> bool:
    """Is a notice what a word says is over?"""
    before = words[max(0, over.start - _LOOKBACK) : over.start]
    if _UNDONE.search(before):
        return False
    if notice.start >= over.start:
        return notice.start - over.end <= _AHEAD and not _CUTS.search(words, over.end, notice.start)
    between = over.start - notice.end
    return (
        between <= _BACK
        and _PASSIVE.search(before) is not None
        and not _CUTS_BACK.search(words, notice.end, over.start)
    )
