"""Every page of the demo, read as the daemon reads it with what is shipped, gives what stands beside its article."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from crawler.analysis import Tools, analyse
from crawler.errors import Unreadable
from crawler.models import Analysis, Link, Outcome, PendingLink, Zone
from crawler.pipeline import feed_material, page_material
from crawler.store.articles import digest_body
from scheduler.demo.edition import DemoArticle, read_edition
from scheduler.demo.press import Press
from settings import load_settings
from settings.model import Outlet
from spiders.readers import read_links
from tests.daemon.demo_client import fetch_page

ARTICLES = {f"{article.number:02d}-{article.slug}": article for article in read_edition().articles}
ORIGINAL, COPY, REWRITTEN = 8, 57, (13, 46)

REACHED = {Outcome.HIT, Outcome.NO_HIT, Outcome.DUPLICATE}
"""Outcomes of links whose page was read, unless the article says that it is partial."""

DISAGREE: dict[int, str] = {}
"""Articles on which extraction or the shipped settings are wrong, and how. An entry goes with its fault."""


@dataclass(frozen=True)
class Reading:
    """What came of one article: the links that its outlet lists, and the analysis of what they lead to."""

    link: Link
    analysis: Analysis | None
    """None: unreadable."""


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Reading]:
    with Press() as press:
        while press.publish_next():
            pass
        watched = load_settings(press.write_config(tmp_path_factory.mktemp("config")), {})
        tools = Tools(watched)
        links = {link.url: (outlet, link) for outlet in watched.outlets for link in poll_outlet(outlet)}
        return {
            piece.article.number: read_article(*links[piece.url], piece.article, tools) for piece in press.published
        }


def poll_outlet(outlet: Outlet) -> Iterator[Link]:
    for source in outlet.sources:
        yield from read_links(fetch_page(source.url), source).links


def read_article(outlet: Outlet, link: Link, article: DemoArticle, tools: Tools) -> Reading:
    pending = PendingLink(1, outlet.sources[0].name, outlet.slug, link)
    kept_away = article.link is not None or article.expect.outcome is Outcome.ROBOTS or article.status != 200
    material = feed_material(pending) if kept_away else page_material(pending, fetch_page(link.url))
    try:
        return Reading(link, analyse(material, tools))
    except Unreadable:
        return Reading(link, None)


def names(analysis: Analysis, kind: str) -> set[str]:
    """What an alert would name: a group or base in title, description or body."""
    told = {Zone.TITLE, Zone.DESCRIPTION, Zone.BODY}
    return {mention.entity for mention in analysis.mentions if mention.type == kind and mention.zone in told}


def mark_known(number: int) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=DISAGREE[number])] if number in DISAGREE else []


@pytest.mark.parametrize(
    "article",
    [pytest.param(article, id=name, marks=mark_known(article.number)) for name, article in ARTICLES.items()],
)
def test_an_article_gives_what_stands_beside_it(article: DemoArticle, readings: dict[int, Reading]) -> None:
    analysis = readings[article.number].analysis
    expect = article.expect
    if expect.outcome is Outcome.UNREADABLE:
        assert analysis is None
        return
    assert analysis is not None
    if expect.outcome is not Outcome.DUPLICATE:
        rules = [f"{hit.rule}: {hit.sentence}" for hit in analysis.hits]
        assert (analysis.severity, rules) == (expect.severity, rules)
    assert names(analysis, "group") == set(expect.groups)
    assert names(analysis, "base") == set(expect.bases)
    assert analysis.article.partial == (expect.partial or expect.outcome not in REACHED)


def test_feeds_and_section_page_list_each_article_with_its_title(readings: dict[int, Reading]) -> None:
    for article in ARTICLES.values():
        assert readings[article.number].link.title == article.title


def test_the_verbatim_copy_has_the_text_of_the_original_and_the_rewritten_ones_have_not(
    readings: dict[int, Reading],
) -> None:
    digests = {}
    for number in (ORIGINAL, COPY, *REWRITTEN):
        analysis = readings[number].analysis
        assert analysis is not None
        digests[number] = digest_body(analysis.article.body)

    assert digests[ORIGINAL] == digests[COPY] is not None
    assert len({digests[ORIGINAL], *(digests[number] for number in REWRITTEN)}) == 3


def test_a_group_in_a_caption_only_is_no_part_of_the_alert_but_is_seen(readings: dict[int, Reading]) -> None:
    analysis = readings[9].analysis
    assert analysis is not None
    zones = {mention.zone for mention in analysis.mentions if mention.entity == "kataib-hezbollah"}
    assert zones == {Zone.CAPTION}


def test_a_stub_is_marked_as_truncated(readings: dict[int, Reading]) -> None:
    for article in ARTICLES.values():
        analysis = readings[article.number].analysis
        assert analysis is None or analysis.article.truncated == article.stub, article.slug


def test_a_date_is_the_feeds_or_at_least_its_day(readings: dict[int, Reading]) -> None:
    for article in ARTICLES.values():
        reading = readings[article.number]
        if reading.analysis is not None and reading.link.published is not None:
            published = reading.analysis.article.published
            assert published is not None
            assert abs(published - reading.link.published) < timedelta(days=1), article.slug


def test_languages_are_recognised_in_what_is_long_enough(readings: dict[int, Reading]) -> None:
    spoken = {outlet.slug: outlet.language for outlet in load_settings(read_edition().folder, {}).outlets}
    for article in ARTICLES.values():
        analysis = readings[article.number].analysis
        if analysis is not None and not analysis.article.partial:
            assert analysis.article.language == spoken[article.outlet], article.slug
