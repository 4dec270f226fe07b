"""A gazetteer compiled once for all who ask by it at the same time: trials, rules that are checked, a set reloaded."""

import hashlib
from collections.abc import Iterable
from itertools import chain
from weakref import WeakValueDictionary

from crawler.match.gazetteer import Name, compile_names
from crawler.match.sites import derive_stems
from crawler.match.variants import Variants
from crawler.match.words import Words
from settings.model import Gazetteer


class Lexicon:
    """The names and words of a gazetteer, as they are sought."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.names = compile_names(gazetteer)
        self.variants = Variants(
            Name(entity, alias)
            for entity in gazetteer.entities
            for alias in chain(entity.aliases, derive_stems(entity))
        )
        self._gazetteer = gazetteer
        self._words: WeakValueDictionary[frozenset[str], Words] = WeakValueDictionary()

    def compile_words(self, literals: Iterable[str]) -> Words:
        """Its own words, and those that rules ask for."""
        key = frozenset(literals)
        # kept by a name of ours: what is only in the dictionary is gone at once
        words = self._words.get(key) or Words(self._gazetteer, key)
        self._words[key] = words
        return words


_lexicons: WeakValueDictionary[str, Lexicon] = WeakValueDictionary()
"""Those in use, by the digest of their gazetteer."""


def compile_lexicon(gazetteer: Gazetteer) -> Lexicon:
    """The one in use for these very values, else a new one: compiling takes twenty times as long as the digest."""
    digest = hashlib.sha256(gazetteer.model_dump_json().encode()).hexdigest()
    lexicon = _lexicons.get(digest) or Lexicon(gazetteer)
    _lexicons[digest] = lexicon
    return lexicon
