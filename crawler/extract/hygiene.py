"""Which characters may enter the system at all. Applied once, when bytes become text."""

import html
import re
from functools import lru_cache

# NUL is refused by PostgreSQL, lone surrogates by SQLite and Redis, bidi overrides show a reader another text than
# they say, and invisible format characters split names. The joiners U+200C and U+200D stay: they spell Persian.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1 without the line breaks
    "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible format characters
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"  # surrogates, noncharacters, tags
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def clean_text(text: str) -> str:
    """Drop what no store, channel or reader can bear, and write every line break as one newline."""
    if text.replace("\n", " ").isprintable():
        return text  # nothing of all that is printable; most texts are, and this is cheaper to ask
    return INVISIBLE.sub("", _LINE_BREAK.sub("\n", text))


_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


@lru_cache(maxsize=16)  # several steps ask it of one body
def count_words(text: str) -> int:
    """Words, where they are set apart; two characters for one in the scripts that do not."""
    return len(text.split()) + (0 if text.isascii() else len(_UNSPACED.findall(text)) // 2)


STATEMENT_ENDS = (".", "!", "?", "…", "؟", "۔", "。", ":", "”", '"', "»")
"""How a line ends that is a statement, a quotation or what leads to one."""
_ENDINGS, _CLOSING = (".", "!", "?", "…", "。", "؟", "۔"), "\"'”’») "


def ends_sentence(text: str) -> bool:
    """Does it end as sentences do, quotes and brackets aside?"""
    return text.rstrip(_CLOSING).endswith(_ENDINGS)


def flatten_text(text: str) -> str:
    """`clean_text` on one line: runs of white space, line breaks of every kind among it, become one blank."""
    plain = text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    if not plain.isprintable():  # nothing that is invisible is printable; most texts are, and this is cheaper to ask
        plain = INVISIBLE.sub("", text)
    return " ".join(plain.split())


_SOUP = re.compile(
    r"&(?:amp;){0,4}(?:nbsp|[lr][sd]quo|[bs]dquo|sbquo|quot|apos|amp|[nm]dash|hellip|middot|bull|shy|zwn?j|thinsp|e[nm]sp"
    r"|[lr]aquo|[aeiouy](?:acute|grave|circ|uml)|[cs]cedil|ntilde|szlig|#(?:39|34|38|160|82\d\d|x27|x22|x26|xa0|x20\d\d));",
    re.IGNORECASE,
)


def unescape_soup(text: str) -> str:
    """Without the entities that a page prints because they were escaped twice, or a dump because they never were read.

    Those of tags stay: what shows markup is a box, and is known by it.
    """
    if "&" not in text or not _SOUP.search(text):
        return text
    plain = _SOUP.sub(lambda found: html.unescape(re.sub("&(?:amp;)+(?=.)", "&", found[0])), text)
    return flatten_text(plain)
