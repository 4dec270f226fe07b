"""Entries of sources.yaml as text, and their place in a file whose comments and order stay. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import yaml

from settings.model import Source
from spiders.discovery import Profile

_TOP: Final = re.compile(r"^outlets:[ \t]*(?:\{\s*\}|~|null)?[ \t]*(#.*)?$", re.MULTILINE)


class NoPlaceError(ValueError):
    """The text has no place for an entry; the message says why."""


def write_entry(profile: Profile, sources: Sequence[Source]) -> str:
    """An outlet as sources.yaml has it; what nobody can know yet is left for its reader to fill in."""
    lines = [
        f"  {profile.slug}:",
        f"    name: {_scalar(profile.name)}",
        f"    homepage: {_scalar(profile.homepage)}",
        f"    language: {_scalar(profile.language)}",
        "    note: Added by `basewatch sources add`; country, alignment and timezone are still to be filled in.",
        "    sources:",
    ]
    return "\n".join([*lines, *write_sources(profile.slug, sources)]) + "\n"


def write_sources(slug: str, sources: Iterable[Source]) -> list[str]:
    """The lines of a list of sources."""
    lines: list[str] = []
    for source in sources:
        lines.append(f"      - {source.kind}: {_scalar(source.url)}  # reached")
        if source.name != f"{slug}-{source.kind}":
            lines.append(f"        name: {_scalar(source.name)}")
        if source.allow_private:
            lines.append("        allow_private: true")
    return lines


def _scalar(text: str) -> str:
    """As YAML reads it back, on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=10**6).removesuffix("\n").removesuffix("\n...")


def insert_entry(text: str, entry: str) -> str:
    """The file with the entry as its last outlet. Raises NoPlaceError when it would not read back as just that."""
    before = _read_outlets(text)
    found = _TOP.search(text)
    if text.strip() and found is None:
        raise NoPlaceError("it has no line `outlets:` to write an entry below")
    head = (
        _TOP.sub(lambda match: f"outlets:{' ' + match[1] if match[1] else ''}", text, count=1) if found else "outlets:"
    )
    written = f"{head.rstrip()}\n\n{entry}"
    added = yaml.safe_load(f"outlets:\n{entry}")["outlets"]
    if set(added) & set(before):
        raise NoPlaceError(f"it has an outlet {', '.join(added)} already")
    if _read_outlets(written) != before | added:
        raise NoPlaceError("its form is not the usual one")
    return written


def _read_outlets(text: str) -> dict[str, object]:
    try:
        value = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise NoPlaceError("it is no valid YAML") from error
    outlets = value.get("outlets") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(outlets or {}, dict):
        raise NoPlaceError("it holds no outlets")
    return dict(outlets or {})
