"""Transliterations that no list holds: Nojabaa, Ketaeb Sayed al-Shohada, Ein el-Assad. Less certain than an alias.

Two spellings are taken for one when their consonants agree (vowels, doubled letters and articles are where
transliterations differ), their letters are nearly the same, and the article speaks of arms at all.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache, reduce
from typing import NamedTuple

from crawler.match.automaton import Found, Pattern
from crawler.match.document import ZoneText
from crawler.match.gazetteer import Name
from crawler.match.normalize import list_words, squeeze, squeeze_all

_TOKEN = re.compile(r"(?!(?<=['’])s\b)[^\W\d_](?:[\w‘ʿʾ`]|['’](?!s\b))*")
"""A word without the English ending of what belongs to it."""
_OWNS = re.compile(r"['’]s\b")
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĒĪŌŪÇŞĞİŠŽČĆḤ][\w'’‘ʿʾ`]*"
_LINK = r"(?:[aAeE](?:[ltndrz]|sh?|ch)|[uio]l)"
_SITE = r"(?: (?:air ?base|air ?field|airport|base|garrison|(?:oil|gas) field)\b)"
"""What English writes small behind the name of a place."""
_MORE = rf"(?:[ \u00a0-]{{1,2}}(?:{_LINK}[ \u00a0-])?{_CAPITAL})*{_SITE}?"
_RUN = re.compile(rf"(?:\b{_LINK}[ \u00a0-])?\b{_CAPITAL}{_MORE}")
_LONGEST_LINK = 4
"""Characters of an article and what joins it to its noun."""
_ROUGH_RUN = re.compile(rf"{_CAPITAL}{_MORE}")
"""The same, or more, without looking at what stands before: four times faster."""
_CAPITAL_IN_BYTES = rb"[A-Z\xc3-\xc5\xe1][A-Za-z0-9_'`\x80-\xff]*+"
_RUN_IN_BYTES = re.compile(
    rb"%b(?:[ -](?=[A-Zaeuio\xc3-\xc5\xe1 -])[ -]?+(?:%b[ -])?%b)*+%b?+"
    % (_CAPITAL_IN_BYTES, _LINK.encode(), _CAPITAL_IN_BYTES, _SITE.encode())
)
"""Still more, in UTF-8: what begins with a letter of Latin script beyond ASCII counts as capitalised, and any sign
beyond ASCII as a letter."""
_ARTICLES = frozenset(list_words("al el ul ol ach as ash at ad an ar az es esh et en er ez the"))
_DIGRAPHS = (
    ("sch", "$"),
    ("sh", "$"),
    ("ch", "$"),
    ("kh", "x"),
    ("gh", "g"),
    ("dj", "j"),
    ("th", "t"),
    ("dh", "d"),
    ("ph", "f"),
    ("ck", "k"),
    ("qu", "k"),
)
_SAME = str.maketrans({"q": "k", "c": "k", "v": "w", "ı": "i"})
_GENERIC = frozenset(
    list_words(
        "air base bases airbase airport airfield army brigade brigades camp committee companies consulate corps "
        "division embassy field fleet force forces front group harbour league militia mobilization mobilisation "
        "movement organization organisation outpost port resistance site station support tower units university "
    )
)
"""English words that must be the same in both."""
_DOUBLED = re.compile(r"(.)\1+")
_GLIDE = re.compile(r"(?<=[aeiou])w(?![aeiou])")
_VOWELS = re.compile(r"[aeiouy]+")
_CONSONANT = re.compile(r"[^aeiouy]")
_FRONT, _BACK = re.compile("[eiy]+"), re.compile("[ou]+")
_SHORT_PAIR = 2
"""Letters of two short vowels."""
_NO_VOWELS = dict.fromkeys(map(ord, "aeiouy"))
_GATE = re.compile(
    r"(?i)\b(?:militia\w*|militant\w*|fighters?|factions?|brigades?|battalions?|paramilitar\w+|armed|rockets?|drones?|missiles?|"
    r"air ?bases?|bases?|garrison|troops|iraqi?|syria\w*|iran\w*|shelled|shelling|commander|movement|"
    r"shi['’]?(?:a|ites?)|tehran|baghdad|damascus|air ?strikes?|air raids?|warplanes?|convoy|bombed|attack(?:s|ed)?|"
    r"ambush\w*)\b"
)
_GUESSED = {"group", "base"}
_LONGEST_RUN = 6
"""Words of the longest name that is tried."""
_LONGEST_WORD = 40
_LONGEST_REMEMBERED = 200
"""Characters of a run of capitalised words."""
_SHORTEST_FEMININE = 4
"""Letters of a word whose `at` is `a` where nothing follows that it belongs to: alwiyat, alwiya."""
_SHORTEST_KEY = 4
_SHORTEST_SINGLE = 6
_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class _Known:
    name: Name
    letters: str
    """The alias's letters, articles left out."""
    own: str
    """Those of its own words, without air base, brigade and the like, which make any two names alike."""
    words: int
    own_words: int
    written: str
    """The same, articles and all."""

    def spells(self, letters: str, written: str) -> bool:
        """Are these letters listed? An ambiguous name's are with any article: the guess would need no context."""
        return letters == self.letters and (self.name.alias.policy != "plain" or written == self.written)


class Variants:
    """All names of groups and bases that are written in Latin letters, by their consonants."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._known: dict[str, list[_Known]] = defaultdict(list)
        self._may_guess = lru_cache(maxsize=1 << 14)(lambda run: any(self._guess_runs(run, 0)))
        """May anything be guessed from capitalised words, whatever stands before them? They return in every article."""
        listed = [
            name for name in names if name.entity.type in _GUESSED and name.alias.policy in {"plain", "context", "site"}
        ]
        written = [name.alias.text.replace("-", " ").split() for name in listed]
        each = list({word for words in written for word in words})
        folded = dict(zip(each, squeeze_all(each), strict=True))
        for name, words in zip(listed, written, strict=True):
            self._add(name, [folded[word] for word in words])
        self._keys = sorted(self._known)

    def _add(self, name: Name, words: Sequence[str]) -> None:
        written = "".join(words)
        words = [word for word in words if word not in _ARTICLES]
        letters = "".join(words)
        if not (letters.isascii() and all(map(str.isalpha, words))):
            return
        key = reduce(_glue, (consonants(word, first=not place) for place, word in enumerate(words)), "")
        if len(key) >= _SHORTEST_KEY or (len(words) == 1 and len(letters) >= _SHORTEST_SINGLE):
            own = [word for word in words if word not in _GENERIC]
            self._known[key].append(_Known(name, letters, "".join(own), len(words), len(own), written))

    def _begins(self, key: str) -> bool:
        """Does any name's key begin so?"""
        place = bisect_left(self._keys, key)
        return key != "" and place < len(self._keys) and self._keys[place].startswith(key)

    def find(self, text: ZoneText, *, named: bool) -> Iterator[Found[Name]]:
        """Possible names, overlapping ones included; in a text where somebody of their kind is `named` by a listed
        spelling, or that speaks of arms."""
        if not named and "arms" not in text.stems:
            return
        promising = set(filter(self._may_hold, set(_ROUGH_RUN.findall(text.text))))
        for rough, first, skipped in _rough_runs(text.text, promising) if promising else ():
            for run, guess in self._guess_runs(rough, skipped):
                start, end = first + run + guess.start, first + run + guess.end
                if guess.words > 1 or _GATE.search(_surroundings(text, first + run + guess.last, end)):
                    yield _make_found(text, start, end, guess.name)

    def guess_names(self, text: str) -> Iterator[Name]:
        """Names that may be found in a text of that wording, whatever stands around them."""
        for run in _ROUGH_RUN.findall(text):
            for _, guess in self._guess_runs(run, 0):
                yield guess.name

    def _may_hold(self, run: str) -> bool:
        return len(run) > _LONGEST_REMEMBERED or self._may_guess(run)

    def _guess_runs(self, rough: str, skipped: int) -> Iterator[tuple[int, "_Guess"]]:
        """Where a run begins, and a guess in it."""
        for run in _RUN.finditer(rough, skipped):
            for guess in self._guess_all(run[0]):
                yield run.start(), guess

    def _guess_all(self, written: str) -> Iterator["_Guess"]:
        run = list(_TOKEN.finditer(written))
        for start, grown in self._grow_all(run):
            if grown.name.entity.type == "base" and _OWNS.match(written, grown.last.end()):
                continue  # In Assad's Syria: people own, bases hardly ever do
            yield _Guess(grown.name, _with_article(run, start), grown.last.start(), grown.last.end(), grown.words)

    def _grow_all(self, run: list[re.Match[str]]) -> Iterator[tuple[int, "_Grown"]]:
        for start, token in enumerate(run):
            if len(token[0]) <= _LONGEST_WORD and self._begins(first_key(token[0])):
                for grown in self._grow(run[start : start + _LONGEST_RUN]):
                    yield start, grown

    def _grow(self, run: list[re.Match[str]]) -> Iterator["_Grown"]:
        """Names that begin with the run's first word."""
        key, letters, own, written, count = "", "", "", "", 0
        for token in run:
            if len(token[0]) > _LONGEST_WORD:
                return
            word = fold_word(token[0])
            written += word
            if word in _ARTICLES:
                continue
            key = _glue(key, consonants(word, first=not count))
            letters += word
            own += _own_letters((word,))
            count += 1
            if not self._begins(key):
                return
            known_here = self._known.get(key, [])
            if any(known.spells(letters, written) for known in known_here):
                continue  # found already
            for known in known_here:
                if _is_alike(known, own, count):
                    yield _Grown(known.name, token, count)


class _Guess(NamedTuple):
    """A name in a run of capitalised words: offsets of its beginning, of its last word and of its end."""

    name: Name
    start: int
    last: int
    end: int
    words: int


class _Grown(NamedTuple):
    """A guess: whose name, its last word, and how many words it has."""

    name: Name
    last: re.Match[str]
    words: int


def capital_runs(text: bytes) -> set[bytes]:
    """Stretches of a text in UTF-8 that hold runs of capitalised words, each once: for more than an article. Without
    single words that are too short to be guessed."""
    return {run for run in _RUN_IN_BYTES.findall(text) if len(run) >= _SHORTEST_SINGLE or not run.isalpha()}


@lru_cache(maxsize=1 << 15)
def fold_word(word: str) -> str:
    """`squeeze`, remembered: the same names return in every article."""
    return squeeze(word)


@lru_cache(maxsize=1 << 15)
def consonants(word: str, *, first: bool) -> str:
    """What is left of a folded word when spellings that transliterators exchange become one."""
    if word in _GENERIC:
        return f"={word}="
    if "h" in word or "k" in word or "j" in word or "q" in word:
        for pair, letter in _DIGRAPHS:
            word = word.replace(pair, letter)
    word = word.translate(_SAME)
    if "w" in word:
        word = _GLIDE.sub("", word)
    word = _DOUBLED.sub(r"\1", word).removesuffix("h")
    if len(word) > _SHORTEST_FEMININE and word.endswith("at"):
        word = word[:-1]
    head = "A" if first and word[:1] in "aeiou" else ""
    return head + _DOUBLED.sub(r"\1", word.translate(_NO_VOWELS))


@lru_cache(maxsize=1 << 15)
def first_key(word: str) -> str:
    """How a name's key begins when this is its first word as written; empty for an article, which begins none."""
    folded = fold_word(word)
    return "" if folded in _ARTICLES else consonants(folded, first=True)


def _glue(key: str, more: str) -> str:
    return key + more[1:] if key[-1:] == more[:1] else key + more


def _own_letters(words: Iterable[str]) -> str:
    return "".join([word for word in words if word not in _GENERIC])


def _is_alike(known: _Known, own: str, count: int) -> bool:
    if (count == 1) != (known.words == 1):
        return False
    syllables = abs(len(_VOWELS.findall(own)) - len(_VOWELS.findall(known.own)))
    if count == 1 and (syllables or len(own) < _SHORTEST_SINGLE or _is_place(known.name)):
        return False
    if known.own_words == 1 and _sound_otherwise(own, known.own):
        return False
    return syllables <= 1 and SequenceMatcher(None, own, known.own, autojunk=False).ratio() >= _ALIKE


def _sound_otherwise(one: str, two: str) -> bool:
    """Has one a vowel of the front where the other has one of the back, twice, or a long one? A Romulan base is not
    the one of Rmeilan. Short vowels alone are heard either way: Nojaba, Nejaba."""
    slots = _CONSONANT.split(one), _CONSONANT.split(two)
    if len(slots[0]) != len(slots[1]):
        return False
    sides = zip((*slots[0], *slots[1]), (*slots[1], *slots[0]), strict=True)
    unlike = [front + back for front, back in sides if _FRONT.fullmatch(front) and _BACK.fullmatch(back)]
    return len(unlike) > 1 or any(len(each) > _SHORT_PAIR for each in unlike)


def _is_place(name: Name) -> bool:
    """A place whose bare name is ambiguous even when spelt right is not guessed from another spelling."""
    return name.entity.type == "base" and name.alias.policy == "context"


def _rough_runs(text: str, wanted: Container[str]) -> Iterator[tuple[str, int, int]]:
    """Stretches that hold wanted runs of capitalised words with articles before and between them, where each begins,
    and how many of its characters only tell whether a word begins behind them."""
    end = 0
    for rough in _ROUGH_RUN.finditer(text):
        begins, ends = rough.span()
        if rough[0] in wanted:
            first = max(begins - _LONGEST_LINK, end)
            skipped = 1 if first else 0
            yield text[first - skipped : ends], first - skipped, skipped
        end = ends


def _with_article(run: list[re.Match[str]], start: int) -> int:
    """Where a name begins, the Arabic article before it included; English `at` and `an` only look like one."""
    before = run[start - 1] if start else None
    if before is not None and squeeze(before[0]) in _ARTICLES:
        hyphen = before.string[before.end() : run[start].start()] == "-"
        if hyphen or squeeze(before[0]) in {"al", "el", "ul"}:
            return before.start()
    return run[start].start()


def _surroundings(text: ZoneText, start: int, end: int) -> str:
    """The sentence that holds a place, and those beside it."""
    number, last = text.place_between(start, end).sentence, len(text.sentences) - 1
    first, _ = text.sentence_span(max(number - 1, 0))
    return text.text[first : text.sentence_span(min(number + 1, last))[1]]


def _make_found(text: ZoneText, start: int, end: int, name: Name) -> Found[Name]:
    place = text.squeezed_span(start, end)
    return Found(start, end, *place, Pattern(name.alias.text, name), guessed=True)
