"""A formation's name by the words for formations: Liwa al-Muntadhar is the Muntadhar Brigade, the Master of Martyrs
Brigade the Battalions of the Master of Martyrs.

Translators choose among those words as they like, and no list holds every choice. Only plain names are read so, and
what a gazetteer lists itself is left as it is listed.
"""

from collections import defaultdict
from collections.abc import Iterator

from crawler.match.normalize import squeeze
from settings.model import Alias, Entity, Gazetteer

_UNITS = ("Brigade", "Brigades", "Battalions")
_EVERY = (*_UNITS, "Battalion", "Companies")
_NATIVE = {
    "liwa": ("Brigade",),
    "kataib": ("Brigades", "Battalions"),
    "saraya": ("Brigades", "Companies"),
    "alwiyat": ("Brigades",),
    "quwat": ("Forces",),
    "harakat": ("Movement",),
}
"""What stands before a name in Arabic, and what behind it in English."""
_ALSO = {"kataib": ("Kataeb", "Ketaib", "Katayib"), "liwa": ("Liwaa",), "alwiyat": ("Alwiya",), "quwat": ("Kuwat",)}
_OF = " of "
_ARTICLES = ("al-", "the ")


def derive_formations(gazetteer: Gazetteer) -> tuple[tuple[Entity, Alias], ...]:
    """Names of groups that say the same with another word for a formation; none that might be another's as well."""
    owners: dict[str, set[str]] = defaultdict(set)
    for entity in gazetteer.entities:
        for alias in entity.aliases:
            owners[squeeze(_bare(alias.text))].add(entity.id)
    derived = [
        (entity, Alias(text=text, language="en", policy="plain"))
        for entity in gazetteer.entities
        if entity.type == "group"
        for alias in entity.aliases
        if alias.policy == "plain" and alias.language == "en"
        for rest, texts in _reword(alias.text)
        if owners.get(squeeze(_bare(rest)), set()) <= {entity.id}
        for text in texts
    ]
    claimed: dict[str, set[str]] = defaultdict(set)
    for entity, alias in derived:
        claimed[squeeze(_bare(alias.text))].add(entity.id)
    kept: dict[tuple[str, str], tuple[Entity, Alias]] = {}
    for entity, alias in derived:
        if len(claimed[squeeze(_bare(alias.text))]) == 1:
            kept.setdefault((entity.id, squeeze(alias.text)), (entity, alias))
    return tuple(kept.values())


def _reword(text: str) -> Iterator[tuple[str, list[str]]]:
    """What is left of a name without its word for a formation, and the name with other such words."""
    first, _, rest = text.partition(" ")
    if (behind := _NATIVE.get(squeeze(first))) and (_is_long(rest) or rest.startswith(_ARTICLES)):
        words = tuple(dict.fromkeys((*behind, *_UNITS))) if _is_long(rest) and "Brigade" in behind[0] else behind
        yield rest, [f"{word} {rest}" for word in _ALSO.get(squeeze(first), ())] + [f"{rest} {word}" for word in words]
    front, _, last = text.rpartition(" ")
    if last in _EVERY and _is_long(front):
        yield front, [f"{front} {word}" for word in _EVERY] + _put_before(front)
    if first in _EVERY and rest.startswith("of ") and _is_long(rest.removeprefix("of ")):
        bare = _bare(rest.removeprefix("of "))
        yield bare, [f"{bare} {word}" for word in _EVERY] + _put_before(bare)


def _put_before(name: str) -> list[str]:
    """Brigades of the Master of Martyrs."""
    return [f"{word} of {article}{name}" for word in _EVERY for article in ("", "the ")] if _OF in name else []


def _is_long(name: str) -> bool:
    """A single word before Brigade may be a town or a saint; several are hardly ever anything else."""
    return len(_bare(name).split()) > 1


def _bare(name: str) -> str:
    for article in _ARTICLES:
        if name[: len(article)].lower() == article:
            return name[len(article) :]
    return name
