"""Stems without which a costly search can find nothing: one pass tells which kinds of them a text holds."""

from collections.abc import Mapping
from itertools import product
from typing import Literal

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from crawler.match.normalize import Folded, list_words

Kind = Literal["arms", "naming", "deeds"]

CALLING = frozenset({"called", "named", "knownas", "dubbed", "signed"})
"""Of the stems of naming those that stand on every second page."""
CALLED = (
    *map(
        "".join,
        product(
            ("group", "faction", "militia", "brigade", "brigades", "ation", "outfit", "cell", "movement"),
            ("", "thatis", "thatwas"),
            sorted(CALLING - {"signed"}),
        ),
    ),
    *list_words("goesunder goingunder statementsigned statementwassigned"),
)
"""Where they, or words that have no stem of their own, name a group: right behind the word for one, organisations and
formations among them."""
NEW_IN_ARABIC_SCRIPT = ("جديد", "تازه")
_WORDS: Mapping[Kind, tuple[str, ...]] = {
    "arms": list_words(
        "militia militant fighter faction brigade battalion paramilit rocket drone missile airbase garrison troop iraq "
        "syria iran shelled shelling warplane airstrike airraid "
        "kataib kataeb ketaib liwa saraya harakat ansarallah ansarullah"
    ),
    "naming": list_words(
        "itself themselves thename unknown obscure shadowy newgroup newmilitia newfaction newarmed newoutfit "
        "newbrigade newly selfstyled "
        "selfproclaimed selfdescribed heardof heardfrom moniker nomdeguerre thelabel mysterious anonymous "
        "isknown goesby goingby socalled littleknown unheard "
        "called named knownas dubbed signed "
        "جديدهو جديدههي حديث مجهول معروف ناشناس ناشناخت نوظهور گروهتازه گروهجديد گروهيتازه گروهيجديد "
        "نفس باسم مغمور امضا ملقب اسم دعي تسم يسم موقع توقيع موسوم عنوان نام خودرا خودشرا خودشانرا"
    ),
    "deeds": list_words(
        "attack rocket drone missile bomb responsib claim fired shell struck strike target threat "
        "blewup blownup explosi roadside detonat ambush convoy كمين كاروان "
        "هجوم هجمات صاروخ صواريخ مسير استهدف استهداف تبن مسوولي قصف قاعده قواعد هدد حمله حملات موشك راكت پهپاد مسيوليت "
        "پايگاه بمب انفجار تفجير عبوه گلوله شليك"
    ),
}
STEMS: tuple[tuple[Kind, str], ...] = tuple((kind, stem) for kind, stems in _WORDS.items() for stem in stems)
_MACHINE = AhoCorasick(
    [stem for _, stem in STEMS], matchkind=MatchKind.Standard, implementation=Implementation.DFA, store_patterns=False
)


def list_kinds(folded: Folded) -> frozenset[Kind]:
    """The kinds of which the text holds a stem. Those of arms begin a word: Iran is no part of Miranda."""
    kinds: set[Kind] = set()
    for number, start, _ in _MACHINE.find_matches_as_indexes(folded.squeezed, overlapping=True):
        kind = STEMS[number][0]
        if kind != "arms" or (kind not in kinds and folded.begins_word(start)):
            kinds.add(kind)
    return frozenset(kinds)
