"""The one function that live crawl, replay, backfill and `basewatch try` all call. Pure, no I/O."""

from crawler.extract.article import extract
from crawler.match.matcher import Matcher
from crawler.models import Analysis, Material
from settings.model import ResidueRule, Settings


class Tools:
    """What `analyse` works with, compiled once from one consistent set of settings."""

    def __init__(self, settings: Settings) -> None:
        self.matcher = Matcher(settings.gazetteer, settings.rules)
        self.residue: tuple[ResidueRule, ...] = settings.residue
        self.digest = settings.digest


def analyse(material: Material, tools: Tools) -> Analysis:
    """Extract the article, find what it mentions, apply the rules. Raises Unreadable."""
    article = extract(material, tools.residue)
    findings = tools.matcher.examine(article)
    return Analysis(
        article=article,
        mentions=findings.mentions,
        hits=findings.hits,
        near_misses=findings.near_misses,
        settings_digest=tools.digest,
    )
