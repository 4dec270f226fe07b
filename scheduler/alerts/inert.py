"""Text from the web that does nothing wherever it is shown: no mention, markup, link, header, control. Pure.

Every service reads its own markup, and what is escaped for one is noise in another. So the few characters that any of
them acts upon are replaced by others that look alike and mean nothing to a program. The result needs no escaping.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import safe_url_string

from crawler.errors import LinkError
from crawler.fetch.urls import check_url

_LOOK_ALIKES: Final = str.maketrans(
    {
        "@": "＠",  # noqa: RUF001 - that it looks alike is the point, here and below
        "<": "‹",  # noqa: RUF001
        ">": "›",  # noqa: RUF001
        "[": "(",
        "]": ")",
        "`": "'",
        "*": "∗",  # noqa: RUF001
        "_": "＿",  # noqa: RUF001
        "~": "∼",  # noqa: RUF001
        "|": "¦",
        "#": "＃",  # noqa: RUF001
        "\\": "＼",  # noqa: RUF001
    }
)
_SCHEME: Final = re.compile(r"\b([a-z][a-z0-9+.-]{1,20}):(?=\s?//)", re.IGNORECASE | re.ASCII)
_SHORT_SCHEME: Final = re.compile(r"\b(javascript|data|vbscript|mailto|tel|tg|slack|file)\s?:", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,24}(?!\w))")
_SPACE: Final = re.compile(r"\s+")
_JOINERS: Final = "\u200c\u200d"  # they spell Persian
_HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, invisible formats with the bidi ones, surrogates, private and unassigned characters, line breaks."""
_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 4
"""Combining marks in a row that any language needs; heaps of them cover the lines above."""
_UNSAFE_IN_LINK: Final = re.compile(r"[\"'()\[\]<>*`|\\^{}~!$@]")
"""An `@everyone` calls everyone within an address, too."""


def strip_harmful(text: str) -> str:
    """One line without controls, bidi and invisible characters."""
    kept, marks = [], 0
    for character in text:
        if character in "\t\n\r\x0b\x0c\x85\u2028\u2029":
            kept.append(" ")
            continue
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if (category not in _HARMFUL or character in _JOINERS) and marks <= _MOST_MARKS:
            kept.append(character)
    return _SPACE.sub(" ", "".join(kept)).strip()


def make_inert(text: str) -> str:
    """The same words on one line; what a service would act upon is replaced, addresses are told and not linked."""
    plain = _SCHEME.sub(lambda match: f"{_defang(match[1])}:", strip_harmful(text))
    plain = _SHORT_SCHEME.sub(lambda match: f"{match[1]} ∶", plain)  # noqa: RUF001 - a ratio sign links nothing
    return _DOMAIN.sub("․", plain).translate(_LOOK_ALIKES)  # noqa: RUF001 - a leader dot links nothing


def _defang(scheme: str) -> str:
    return scheme.lower().replace("tt", "xx") if scheme.lower().startswith("http") else f"{scheme} "


def shorten(text: str, longest: int) -> str:
    """At most `longest` code points, cut at a word where there is one, with an ellipsis that says so."""
    if len(text) <= longest:
        return text
    cut = text[: max(0, longest - 2)]
    word_end = cut.rfind(" ")
    return f"{cut[:word_end] if word_end > longest // 2 else cut} …"


def safe_link(url: str) -> str:
    """The address in plain ASCII, so that what is shown is what is opened; empty for one that nobody should open."""
    try:
        parts = urlsplit(check_url(url))
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except (LinkError, ValueError):
        return ""
    path = safe_url_string(urlunsplit((parts.scheme, host + port, parts.path, parts.query, "")))
    return _UNSAFE_IN_LINK.sub(lambda match: f"%{ord(match[0]):02X}", path)
