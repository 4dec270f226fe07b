"""Live blogs: one entry is one section, headed by its time, where the page's structured data gives them all."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from crawler.extract.blocks import make_key
from crawler.extract.dates import parse_timestamp
from crawler.extract.fragment import read_html
from crawler.extract.hygiene import count_words, flatten_text

_ENOUGH = 0.8
"""Part of the page's words that the entries must have, to stand for it."""
_MOST_ENTRIES = 2_000


def read_entries(updates: object) -> tuple[str, ...]:
    """Lines of all entries of a `liveBlogUpdate`: time and headline, then the paragraphs."""
    entries = updates if isinstance(updates, list) else []
    return tuple(line for entry in entries[:_MOST_ENTRIES] if isinstance(entry, dict) for line in _read_entry(entry))


def _read_entry(entry: dict[str, object]) -> Iterator[str]:
    stamp, headline, body = (
        value if isinstance(value := entry.get(key), str) else ""
        for key in ("datePublished", "headline", "articleBody")
    )
    at = parse_timestamp(stamp) if stamp else None
    heading = f"{at:%Y-%m-%d %H:%M} UTC: " if at else ""
    heading += flatten_text(" ".join(read_html(headline)))
    if heading:
        yield heading.strip(": ")
    yield from read_html(body)


def arrange_entries(lines: Sequence[str], entries: Sequence[str]) -> tuple[str, ...] | None:
    """The page's introduction and the entries; None where the entries are only some of what the page shows."""
    if not entries or count_words(" ".join(entries)) < _ENOUGH * count_words(" ".join(lines)):
        return None
    told = "".join(map(make_key, entries))
    introduction = takewhile(lambda line: make_key(line) not in told, lines)
    return (*introduction, *entries)
