"""Is an attack or a threat told only to be refuted? A rumour that an authority denies and something explains, a film
that somebody checked, a statement that nobody made: its words tell nothing.

Only a sentence that itself says that it retells or denies is taken so, and only where one near it says that nothing
happened, or what it was instead. A flat denial is news (two sides say two things), as is one told in a single sentence,
and a group's denial that it was behind an attack, which leaves the attack. What stands beside without such a word is
told as ever.

A state's denial that it gave a group weapons or orders is none of the group's own, and no news where nothing was fired.

All words are lists of `events.yaml`; here is only how they stand to each other.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from crawler.match.document import BODY, Document, Place, ZoneText, overlaps
from crawler.match.marks import Clause, Marks, Sentence, WordsOf, find_position, split_clauses, whole_sentence
from crawler.match.plain import compile_plain
from crawler.models import TOLD, Zone

_REFUTES: Final = ("denied", "called-false")
_TELLS: Final = ("rumour", *_REFUTES, "nothing-happened")
"""Lists that make a sentence one of hearsay."""
_FOUND_OUT: Final = ("nothing-happened", "debunked")
_DENIES: Final = (*_REFUTES, "nothing-happened")
_FIRST: Final = (*_TELLS, "debunked", "all-normal", "found-out")
"""Lists without any word of which there is no hearsay in a document."""
_CAUSES: Final = ("harmless-cause", "mishap")
_THEN: Final = (
    *("retold", "part-in", "known-deed", "harm", "own-word", "confirmed", "heard", "harmless-cause", "disposal"),
    *("supply", "state", "weapons", "anonymous"),
)
"""Those that are asked for where one of the first stands."""
_STRUCK: Final = ("attack", "us-strike", "interception")
_FIRED: Final = ("rocket", "drone")
_HARMS: Final = (*_STRUCK, *_FIRED)
HEARSAY_LISTS: Final = frozenset((*_FIRST, *_THEN))
"""Lists that tell what is hearsay, and what refutes it."""

REFUTABLE: Final = frozenset(
    {
        *(*_STRUCK, *_FIRED, "claim", "denial", "doubt", "threat", "truce-end", "war"),
        *("arms", "deployment", "blame", "withdrawal"),
    }
)
"""What was not done or said where it is hearsay. A truce and sanctions are not."""
ARMED: Final = frozenset(
    {*_FIRED, "arms", "war", "claim", "denial", "doubt", "blame", "deployment", "withdrawal", "interception"}
)
"""What a state is no news for that denies having given it."""
_REACH: Final = 2
"""Paragraphs on either side within which a sentence refutes others; wires write one or two sentences in each."""
_CAUSE_REACH: Final = 140
_HARM_REACH: Final = 45
"""Characters between a denial and the deaths that alone it denies; Arabic and Persian verbs may stand behind."""
_LIKELY, _SURE = 1, 2
"""How surely something is refuted where somebody calls it a rumour or tells of a mishap; and where it is said that
nothing happened, or what it was."""

_NO: Final = compile_plain(
    r"(?i)\W*(?:(?:no|nope|it did not|they did not|لا|كلا|نه|خیر)\s*(?:[.!,،;؛]|$)|"
    r"(?:it was|they were|what \w+ (?:saw|heard) was) (?!indeed|true|confirmed|real)|كانت? (?:مجرد )?)"
)
"""How a question is answered that is asked to be denied: no; it was a photographer's."""
_DEFENCES: Final = compile_plain(r"(?i)anti|defen[cs]e|دفاع|مضاد|پدافند")
_COMMA: Final = compile_plain(r"[,،]")
_TWO_WORDS: Final = compile_plain(r"(?:[\w\u200c]+\s+){1,2}$")
_EASTERN_END: Final = compile_plain(
    r"(?<!\w)(?:تکذیب|رد کرد|رد کردند|تعبیر کرد\w*|خوانده بود\w*|پنداشت\w*|گمان کرد\w*|می[\u200c ]?گشت|"
    r"خواند|خواندند|دانست|ندارد|نداشت|است|ن(?:کرده|شده|بوده|داده|گرفته)\S*)(?!\w)"
)
"""A Persian clause: what it denies stands before the verb."""
_AFTER: Final = compile_plain(r"(?i)\b(?:after|following)\b|(?<!\w)(?:بعد|عقب|[إا]ثر|پس از|در پی)(?!\w)")
"""A rumour went round when something had happened."""


class Hearsay:
    """Which stretches of a document are hearsay that is refuted there."""

    def __init__(self, document: Document, words_of: WordsOf) -> None:
        self._document = document
        self._marks = Marks(words_of, (*_FIRST, "anonymous", *_CAUSES))
        self.is_told = self._marks.any(*_FIRST) or (self._marks.any("anonymous") and self._marks.any(*_CAUSES))
        """Does the document hold any word of hearsay at all?"""
        if self.is_told:
            self._marks.add(words_of, (*_THEN, *_HARMS, "foreign-troops"))
        self._retold = {self._position(*each) for each in self._marks.sentences(*_TELLS, "debunked")}
        self._is_long = sum(len(document.zones[zone].sentences) for zone in TOLD if zone in document.zones) > 1
        self._found_out = [each for each in self._marks.places("found-out") if self._is_harmless(each)]
        self._retold.update(self._position(place.zone, place.sentence) for place in self._found_out)
        for zone, sentence in self._marks.sentences("anonymous"):
            if self._is_explained(whole_sentence(document.zones[zone], sentence)):
                self._retold.add(self._position(zone, sentence))
        self._known: dict[Sentence, tuple[Clause, ...]] = {}
        self._supplies: dict[Sentence, bool] = {}
        self._kept_explained: dict[Sentence, list[int]] | None = None
        self._kept_refuting: list[tuple[int, int]] | None = None

    def covers(self, event: str, place: Place) -> bool:
        """Does an event's word belong to what is refuted? Softer words of movement do, wherever in its sentence."""
        stretches = self.stretches(place.zone, place.sentence)
        if not stretches:
            return False
        soft = event == "deployment" or (event == "us-strike" and self._names_force(place))
        return soft or any(each.holds(place) for each in stretches)

    def stretches(self, zone: Zone, sentence: int) -> tuple[Clause, ...]:
        """The refuted stretches of a sentence."""
        if not self.is_told:
            return ()
        key = zone, sentence
        if key not in self._known:
            self._known[key] = tuple(self._find_stretches(zone, sentence))
        return self._known[key]

    def is_rumour(self, place: Place) -> bool:
        """Is something told in a clause that denies what others tell?"""
        if not self.is_told:
            return False
        clauses = split_clauses(self._document.zones[place.zone], place.sentence)
        return any(self._denies_tale(each) for each in clauses if each.holds(place))

    def is_confirmed(self, place: Place) -> bool:
        """Does a sentence beside a film that was checked tell of what somebody confirmed?"""
        sentence = whole_sentence(self._document.zones[place.zone], place.sentence)
        return self._marks.has(sentence, ("confirmed",)) and not self._marks.has(sentence, _FIRST)

    def is_supply(self, event: str, place: Place, names: Iterable[Place]) -> bool:
        """Does a state deny in a sentence that it gave a group weapons or orders, and is no attack told there?"""
        if not self.is_told:
            return False
        sentence = whole_sentence(self._document.zones[place.zone], place.sentence)
        key = place.zone, place.sentence
        if key not in self._supplies:
            self._supplies[key] = self._tells_supply(sentence, names)
        return self._supplies[key] and (event != "withdrawal" or self._marks.has(sentence, ("weapons",)))

    def _tells_supply(self, sentence: Clause, names: Iterable[Place]) -> bool:
        if not self._marks.has(sentence, _REFUTES) or not self._marks.has(sentence, ("supply",)):
            return False
        words = sentence.text.text
        if any(not _DEFENCES.search(words, each.start, each.end) for each in self._marks.within(sentence, _STRUCK)):
            return False
        state = min((each.start for each in self._marks.within(sentence, ("state",))), default=sentence.end)
        return state < min((name.start for name in names), default=sentence.end)

    def _names_force(self, place: Place) -> bool:
        """Is it Central Command, which strikes, and which denies?"""
        return any(overlaps(place, each) for each in self._marks.of((place.zone, place.sentence), ("foreign-troops",)))

    def _find_stretches(self, zone: Zone, sentence: int) -> Iterator[Clause]:
        text = self._document.zones[zone]
        if self._is_answered(text, sentence):
            yield whole_sentence(text, sentence)
            return
        strength = self._weigh_refutation(zone, sentence)
        if not strength:
            return
        explained = self._explained.get((zone, sentence), [])
        for clause in split_clauses(text, sentence):
            begins = [at for at in explained if clause.start <= at < clause.end]
            if (begin := self._begin_hearsay(clause, strength)) is not None:
                begins.append(begin)
            if begins:
                yield clause.cut(min(begins), clause.end)

    def _is_answered(self, text: ZoneText, sentence: int) -> bool:
        """Did rockets hit the base? No. A drone? It was a kite."""
        start, end = text.sentence_span(sentence)
        if text.text[start:end].rstrip()[-1:] not in {"?", "؟"} or sentence + 1 >= len(text.sentences):
            return False
        answer = whole_sentence(text, sentence + 1)
        return not self._marks.has(answer, _HARMS) and (_NO.match(text.text, answer.start, answer.end) is not None)

    def _weigh_refutation(self, zone: Zone, sentence: int) -> int:
        """How surely the sentences around one refute it; not at all in a flash, nor far from what retells."""
        here = self._position(zone, sentence)
        if not (self._is_long or self._found_out) or not any(abs(retold - here) <= _REACH for retold in self._retold):
            return 0
        return max((weight for position, weight in self._refuting if abs(position - here) <= _REACH), default=0)

    @property
    def _refuting(self) -> list[tuple[int, int]]:
        """Where something is refuted, by paragraphs, and how surely."""
        if self._kept_refuting is None:
            listed = set(self._marks.sentences(*_FIRST, "mishap", "harmless-cause"))
            weights = [(self._position(*each), self._weigh_sentence(*each)) for each in listed]
            self._kept_refuting = [*weights, *((self._position(*each), _SURE) for each in self._explained)]
        return self._kept_refuting

    def _weigh_sentence(self, zone: Zone, sentence: int) -> int:
        clause = whole_sentence(self._document.zones[zone], sentence)
        if self._marks.has(clause, _FOUND_OUT) or self._is_called_false(clause):
            return _SURE
        if self._explains(clause) and self._is_beside_rumour(zone, sentence):
            return _SURE
        likely = self._marks.has(clause, ("all-normal", "mishap")) or self._denies_tale(clause)
        return _LIKELY if likely else 0

    def _explains(self, clause: Clause) -> bool:
        """Does it tell of a mishap or of a noise's harmless cause, and of no attack?"""
        return self._marks.has(clause, ("mishap",)) or (
            self._marks.has(clause, ("harmless-cause",)) and not self._marks.has(clause, _HARMS)
        )

    def _is_beside_rumour(self, zone: Zone, sentence: int) -> bool:
        beside = ((zone, sentence + step) for step in (-2, -1, 0, 1, 2))
        return any(self._marks.of(each, ("rumour", "anonymous")) for each in beside)

    def _is_explained(self, clause: Clause) -> bool:
        """Does somebody without a name tell of an attack that the next sentence explains?"""
        text, number = clause.text, clause.sentence + 1
        return (
            self._marks.has(clause, ("anonymous",))
            and self._marks.has(clause, _HARMS)
            and number < len(text.sentences)
            and self._explains(whole_sentence(text, number))
        )

    def _denies_tale(self, clause: Clause) -> bool:
        return self._marks.has(clause, _REFUTES) and self._marks.has(clause, ("rumour", "retold"))

    def _is_called_false(self, clause: Clause) -> bool:
        """Is what a sentence retells called untrue there or beside it?"""
        if not self._marks.has(clause, ("rumour",)):
            denied = self._denies_tale(clause) and not self._marks.has(clause, ("part-in",))
            if not denied:
                return False
        zone, sentence = clause.text.zone, clause.sentence
        beside = [(zone, sentence + step) for step in (-1, 0, 1)]
        if zone is not BODY:
            beside += [(BODY, 0), (BODY, 1)]
        return any(self._marks.of(each, ("called-false",)) for each in beside)

    @property
    def _explained(self) -> dict[Sentence, list[int]]:
        """Where it is told what people heard, or whose explosives it was."""
        if self._kept_explained is None:
            self._kept_explained = {}
            heard = (each for each in self._marks.places("heard") if self._has_cause(each))
            for place in (*heard, *self._marks.places("disposal"), *self._found_out):
                sentence = whole_sentence(self._document.zones[place.zone], place.sentence)
                begin = _with_words_before(sentence, place.start)
                self._kept_explained.setdefault((place.zone, place.sentence), []).append(begin)
        return self._kept_explained

    def _has_cause(self, heard: Place) -> bool:
        """Is the cause of a noise told behind it, and no rocket before that?"""
        behind = Clause(self._document.zones[heard.zone], heard.sentence, heard.end, heard.end + _CAUSE_REACH)
        cause = min((each.start for each in self._marks.within(behind, _CAUSES)), default=None)
        return cause is not None and not self._marks.has(behind.cut(behind.start, cause), _FIRED)

    def _is_harmless(self, found: Place) -> bool:
        """Is what was found out no rocket, and nobody's attack?"""
        if self._has_cause(found):
            return True
        sentence = whole_sentence(self._document.zones[found.zone], found.sentence)
        return not self._marks.has(sentence.cut(found.end, sentence.end), _HARMS)

    def _begin_hearsay(self, clause: Clause, strength: int) -> int | None:
        """Where the refuted words of a clause begin, if it has any."""
        said = [place.start for place in self._marks.within(clause, _TELLS)]
        if strength == _SURE and self._is_explained(clause):
            said += [place.start for place in self._marks.within(clause, ("anonymous",))]
        refutes, retells = self._marks.has(clause, _REFUTES), self._marks.has(clause, ("rumour",))
        if refutes:
            said += [place.start for place in self._marks.within(clause, ("retold",))][:1]
        if not said or self._is_told_as_true(clause, strength):
            return None
        words, start, end = clause.text.text, clause.start, clause.end
        if _EASTERN_END.search(words, start, end):
            return max((mark.end() for mark in _COMMA.finditer(words, start, min(said))), default=start)
        told = retells or (refutes and self._marks.has(clause, ("retold",)))
        begin = start if self._marks.has(clause, ("called-false",)) and not told else min(said)
        return _with_words_before(clause, begin)

    def _is_told_as_true(self, clause: Clause, strength: int) -> bool:
        """Is a part in a known deed all that is denied, or harm; or does a group tell of its own deed?"""
        if self._marks.has(clause, ("part-in",)) and (strength < _SURE or self._is_known(clause)):
            return True
        if self._marks.has(clause, ("harm",)) and (strength < _SURE or self._limits(clause)):
            return True
        if self._marks.has(clause, _DENIES):
            return strength < _SURE and self._tells_own(clause)
        if strength < _SURE or self._tells_own(clause):
            return True
        went_round_after = _AFTER.search(clause.text.text, clause.start, clause.end) is not None
        return went_round_after and not self._is_explained(clause)

    def _tells_own(self, clause: Clause) -> bool:
        """Does a group tell of its own deed, and not just anybody of it?"""
        return self._marks.has(clause, ("own-word",)) and not self._marks.has(clause, ("anonymous",))

    def _is_known(self, clause: Clause) -> bool:
        """Does somebody deny a part in a deed that is known, or that nobody calls a rumour?"""
        if self._marks.has(clause, ("known-deed",)):
            return True
        return not self._marks.has(clause, ("rumour",)) and self._marks.has(clause, _HARMS)

    def _limits(self, clause: Clause) -> bool:
        """Is it deaths or damage that somebody denies?"""
        harms = [place.start for place in self._marks.within(clause, ("harm",))]
        for denied in self._marks.within(clause, _REFUTES):
            back = 0 if clause.text.text[denied.start].isascii() else _HARM_REACH
            if any(-back <= harm - denied.start <= _HARM_REACH for harm in harms):
                return True
        return False

    def _position(self, zone: Zone, sentence: int) -> int:
        return find_position(self._document.zones[zone], sentence)


def _with_words_before(clause: Clause, at: int) -> int:
    """Offset of what stands just before a word and belongs to it: loud bangs, the reports."""
    before = _TWO_WORDS.search(clause.text.text, clause.start, at)
    return before.start() if before else at
