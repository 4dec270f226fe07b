"""Words without which nothing is denied: one pass over a sentence, and most need no expression of `negation`."""

from typing import Final

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from crawler.match.normalize import list_words
from crawler.match.plain import level_letters

_BEGINNINGS: Final = list_words(
    "no pas jamais never neither without cannot unlikely yet far instead rather refus declin deny deni rul stopp "
    "reject dismiss نک نش ند نگ نی نب نخ نم نپ"
)
"""With these a word begins."""
_ENDINGS: Final = ("n't", "n’t")
"""With these one ends."""
_ANYWHERE: Final = (
    *list_words("لم لن لا ليس غير دون عدم أي نفى نفت نفي نافي رفض استبعد לא טרם هیچ بدون تکذیب انکار"),
    *("رد کرد", "رد می", "رد نمود"),
)
_FIRST_ENDING, _FIRST_ANYWHERE = len(_BEGINNINGS), len(_BEGINNINGS) + len(_ENDINGS)
_MACHINE: Final = AhoCorasick(
    list(map(level_letters, (*_BEGINNINGS, *_ENDINGS, *_ANYWHERE))),
    matchkind=MatchKind.Standard,
    implementation=Implementation.DFA,
    store_patterns=False,
)


def may_deny(folded: str) -> bool:
    """Asked of a plain text that `fold_case` folded."""
    for number, start, end in _MACHINE.find_matches_as_indexes(folded, overlapping=True):
        if number < _FIRST_ENDING:
            if start == 0 or not _is_in_word(folded[start - 1]):
                return True
        elif number >= _FIRST_ANYWHERE or end == len(folded) or not _is_in_word(folded[end]):
            return True
    return False


def _is_in_word(char: str) -> bool:
    return char.isalnum() or char == "_"
