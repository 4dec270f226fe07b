"""Why an entity that somebody expected was not found."""

from collections.abc import Iterator

from crawler.match.automaton import Automaton
from crawler.match.document import BESIDE, Document, ZoneText
from crawler.match.gazetteer import Name
from crawler.match.language import find_nearest
from crawler.match.mentions import find_candidates
from crawler.match.variants import Variants
from crawler.models import TOLD, Zone

_REASONS = {
    "plain": "but is no mention there: something before it makes it another thing",
    "context": "but none of its context words stands near",
    "site": "but no word for a military place stands beside it",
    "after_full_form": "but its full form does not stand before it",
    "never": "but that spelling never counts",
}
_NO_UNIT = "but no word for an armed group stands beside it"


def tell_absence(document: Document, names: Automaton[Name], variants: Variants, entity: str) -> str:
    """The first reason in reading order, as a line for people."""
    texts = (document.zones[zone] for zone in TOLD if zone in document.zones)
    reasons = (reason for text in texts for reason in _find_reasons(text, names, variants, entity))
    return (
        next(reasons, "")
        or _tell_beside(document, names, entity)
        or _tell_unknown(names, entity)
        or "no spelling of it stands there"
    )


def _tell_beside(document: Document, names: Automaton[Name], entity: str) -> str:
    """Empty where neither a caption nor what was removed holds a spelling of it."""
    for zone in BESIDE:
        if text := document.zones.get(zone):
            found = (match for match in names.find(text.folded) if match.pattern.value.entity.id == entity)
            if match := min(found, key=lambda match: match.start, default=None):
                where = "in a caption" if zone is Zone.CAPTION else "in what was removed"
                return f"“{text.quote(match.start, match.end)[-1]}” stands {where} only, which fires no rule"
    return ""


def _tell_unknown(names: Automaton[Name], entity: str) -> str:
    """Empty for an entity that the gazetteer has."""
    known = {pattern.value.entity.id for pattern in names.patterns}
    if entity in known:
        return ""
    near = find_nearest(entity, known)
    return "the gazetteer has no such id" + (f"; did you mean {near}?" if near else "")


def _find_reasons(text: ZoneText, names: Automaton[Name], variants: Variants, entity: str) -> Iterator[str]:
    kept = {(each.found.start, each.found.end) for each in find_candidates(text, names.find(text.folded), variants)}
    listed = [match for match in names.find(text.folded) if match.pattern.value.entity.id == entity]
    for match in sorted(listed, key=lambda match: (match.start, -match.end)):
        span = (match.start, match.end)
        reason = _tell_policy(match.pattern.value) if span in kept else "but a longer name covers it"
        yield f"“{text.quote(*span)[-1]}” stands there, {reason}"


def _tell_policy(name: Name) -> str:
    is_unit = name.entity.type == "group" and name.alias.policy == "site"
    return _NO_UNIT if is_unit else _REASONS[name.alias.policy]
