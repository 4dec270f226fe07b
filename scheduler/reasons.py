"""The reasons of hits and of silence as text for people: parts of a rule, measures of a hit, who said what."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from crawler.match.nearness import count_words
from crawler.models import Hit, NewGroup, PartVerdict, Stance
from scheduler.alerts.terminal import defuse_text
from scheduler.explaining import Marks, indent, render_hit
from settings.model import Rule


def explain_hit(hit: Hit, marks: Marks) -> RenderableType:
    """A hit with all that it was measured by."""
    return Group(render_hit(hit, marks), indent(Text(" · ".join(_tell_measures(hit)), style="dim")))


def _tell_measures(hit: Hit) -> Iterator[str]:
    yield f"digest {hit.rule_digest}"
    if hit.distance is not None:
        yield f"nearest terms {count_words(hit.distance)} apart"
    if hit.certainty is not None:
        yield f"certainty {hit.certainty}"
    if hit.score:
        parts = (f"{part.weight:+g} {part.part}{'' if part.held else ' (not there)'}" for part in hit.score)
        yield defuse_text(f"score {', '.join(parts)}")


def explain_parts(verdicts: Iterable[PartVerdict], rule: Rule) -> Iterator[Text]:
    """The rule and each of its parts, with the words it rests on; what failed stands out."""
    yield Text(", ".join(filter(None, (f"severity {rule.severity}", rule.description))), style="dim")
    for verdict in verdicts:
        sign, style = ("+", "green") if verdict.holds else ("-", "red")
        source = " ".join(defuse_text(verdict.source).split())
        evidence = f"  {defuse_text(verdict.evidence)}" if verdict.evidence else ""
        yield Text.assemble("  " * verdict.depth, (f"{sign} {source}", style), (evidence, "dim"))


def explain_stances(stances: Iterable[Stance]) -> Iterator[Text]:
    for stance in stances:
        yield Text.assemble((stance.entity, "bold"), f": {stance.event}  ", (f"“{defuse_text(stance.text)}”", "dim"))


def explain_new_groups(groups: Iterable[NewGroup]) -> Iterator[Text]:
    for group in groups:
        yield Text.assemble((defuse_text(group.name), "bold"), f"  {group.zone}, {group.start} to {group.end}")
