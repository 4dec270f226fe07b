"""The one function that live crawl, replay, backfill and `basewatch try` all call. Pure, no I/O."""

from crawler.extract.article import examine
from crawler.extract.furniture import NO_FURNITURE, Furniture, cut_furniture
from crawler.match.matcher import Matcher
from crawler.models import NO_TRACE, Analysis, Material, NewGroup, Stance, Trace
from crawler.stories import sign_article
from settings.model import ResidueRule, Settings


class Tools:
    """What `analyse` works with, compiled once from one consistent set of settings."""

    def __init__(self, settings: Settings) -> None:
        self.matcher = Matcher(settings.gazetteer, settings.rules)
        self.residue: tuple[ResidueRule, ...] = settings.residue
        self.digest = settings.digest


_MOST_TRACED = 2_000
"""Lines; what has more is no article, and would crowd everything else out of the outlet's memory."""


def analyse(
    material: Material,
    tools: Tools,
    furniture: Furniture = NO_FURNITURE,
    off: frozenset[str] = frozenset(),
    *,
    lasting: bool = True,
) -> Analysis:
    """Extract the article, cut the outlet's furniture, find what it mentions, apply the rules, except those that are
    off. What is not `lasting` will not be stored: nothing is made that only later articles need, signature and trace.
    Raises Unreadable."""
    extraction = examine(material, tools.residue, traced=lasting or furniture.condemns)
    is_page = material.media == "html" and not material.partial
    # short messages repeat themselves for good reason: only pages teach furniture, and only pages lose it
    article = cut_furniture(extraction.article, extraction.trace, furniture) if is_page else extraction.article
    findings = tools.matcher.examine(article, off)
    stances = tuple(
        Stance(each.event, each.entity, each.zone, each.start, each.end, each.text) for each in findings.stances
    )
    return Analysis(
        article=article,
        mentions=findings.mentions,
        hits=findings.hits,
        near_misses=findings.near_misses,
        settings_digest=tools.digest,
        stances=stances,
        new_groups=tuple(NewGroup(each.name, each.place.zone, each.start, each.end) for each in findings.new_groups),
        disabled=findings.disabled,
        costs=findings.costs,
        furniture_digest=furniture.digest if is_page else "",
        signature=sign_article(article, findings.mentions, findings.hits, stances) if lasting else None,
        trace=extraction.trace if lasting and is_page and _is_worth_learning(extraction.trace) else NO_TRACE,
    )


def _is_worth_learning(trace: Trace) -> bool:
    return len(trace.lines) <= _MOST_TRACED
