"""A gazetteer compiled once for all who ask by it at the same time: trials, rules that are checked, a set reloaded."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import chain, starmap
from weakref import WeakValueDictionary

from crawler.match.formations import derive_formations
from crawler.match.gazetteer import Name, compile_names
from crawler.match.sites import derive_stems
from crawler.match.variants import Variants
from crawler.match.words import Words
from settings.model import Gazetteer

_MOST_KEPT = 4
"""Sets of words that are kept beside those in use: rules on trial ask for the same ones again and again."""


class Lexicon:
    """The names and words of a gazetteer, as they are sought."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.names = compile_names(gazetteer)
        listed = (
            (entity, alias) for entity in gazetteer.entities for alias in chain(entity.aliases, derive_stems(entity))
        )
        self.variants = Variants(starmap(Name, chain(listed, derive_formations(gazetteer))))
        self._compile_words = lru_cache(maxsize=_MOST_KEPT)(partial(Words, gazetteer))

    def compile_words(self, literals: Iterable[str]) -> Words:
        """Its own words, and those that rules ask for."""
        return self._compile_words(frozenset(literals))


_lexicons: WeakValueDictionary[str, Lexicon] = WeakValueDictionary()
"""Those in use, by the digest of their gazetteer."""


def compile_lexicon(gazetteer: Gazetteer) -> Lexicon:
    """The one in use for these very values, else a new one: compiling takes twenty times as long as the digest."""
    digest = hashlib.sha256(gazetteer.model_dump_json().encode()).hexdigest()
    lexicon = _lexicons.get(digest) or Lexicon(gazetteer)
    _lexicons[digest] = lexicon
    return lexicon
