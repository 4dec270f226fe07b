"""The demo's data: what is shipped is whole and refers to what exists; what is wrong is told with its file and line."""

from collections import Counter
from pathlib import Path

import pytest

from crawler.models import Outcome
from scheduler.demo.edition import DEMO_FOLDER, Block, Edition, read_edition, split_text
from settings import SettingsError
from tests.shipped import read_shipped

SOURCES = """\
outlets:
  daily:
    name: Daily
    homepage: http://{daily}/
    language: en
    sources:
      - feed: http://{daily}/feed.rss
"""
BOXES = "boxes:\n  fort:\n    title: The fort\n    lines: [Built of coral.]\n"
ARTICLE = "title: Rain\ntext: It rained.\nexpect:\n  outcome: no_hit\n"


@pytest.fixture(scope="module")
def shipped() -> Edition:
    return read_edition()


def write_edition(folder: Path, **articles: str) -> Path:
    place = folder / "articles" / "daily"
    place.mkdir(parents=True)
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (folder / "boxes.yaml").write_text(BOXES, encoding="utf-8")
    for name, text in articles.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_edition(folder)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_the_shipped_round_is_as_large_and_as_varied_as_promised(shipped: Edition) -> None:
    languages = Counter(
        outlet.language for outlet in shipped.outlets for article in shipped.articles if article.outlet == outlet.slug
    )
    assert len(shipped.outlets) >= 5
    assert len(shipped.articles) >= 40
    assert languages["ar"] >= 6
    assert languages["fa"] >= 5


def test_every_way_in_which_a_page_can_end_occurs(shipped: Edition) -> None:
    reached = {article.expect.outcome for article in shipped.articles}
    assert reached == {
        Outcome.HIT,
        Outcome.NO_HIT,
        Outcome.DUPLICATE,
        Outcome.REFUSED,
        Outcome.GONE,
        Outcome.ROBOTS,
        Outcome.OUT_OF_SCOPE,
        Outcome.UNREADABLE,
    }
    assert any(article.expect.partial for article in shipped.articles)


def test_every_severity_occurs(shipped: Edition) -> None:
    severities = {article.expect.severity for article in shipped.articles}
    assert severities == {None, "info", "notice", "warning", "critical"}


def test_every_expected_name_stands_in_the_gazetteer_under_its_type(shipped: Edition) -> None:
    known = {(entity.type, entity.id) for entity in read_shipped().gazetteer.entities}
    expected = {("group", group) for article in shipped.articles for group in article.expect.groups}
    expected |= {("base", base) for article in shipped.articles for base in article.expect.bases}
    assert expected - known == set()


def test_articles_have_the_length_of_news(shipped: Edition) -> None:
    lengths = {
        f"{article.outlet}/{article.slug}": sum(len(block.text.split()) for block in split_text(article.text))
        for article in shipped.articles
        if article.status == 200 and not article.link and not article.shell and article.section != "members"
    }
    assert {name: length for name, length in lengths.items() if not 50 <= length <= 500} == {}


def test_every_box_is_leaked_by_some_page(shipped: Edition) -> None:
    assert {box for article in shipped.articles for box in article.boxes} == set(shipped.boxes)


def test_no_link_of_the_demo_can_lead_out_of_this_machine(shipped: Edition) -> None:
    hosts = [source.host for outlet in shipped.outlets for source in outlet.sources]
    assert all(host == f"{{{outlet.slug}}}" for outlet, host in zip(shipped.outlets, hosts, strict=True))
    assert all(".invalid/" in article.link for article in shipped.articles if article.link)


def test_every_outlet_has_a_page_template_of_its_own(shipped: Edition) -> None:
    without = [
        outlet.slug
        for outlet in shipped.outlets
        if not (DEMO_FOLDER / "templates" / outlet.slug / "page.html").exists()
    ]
    assert without == []


def test_a_text_is_split_into_paragraphs_subheads_photos_and_widgets() -> None:
    text = "One line\nand its second.\n\n## A pause\n\n!! A bridge. Daily\n\n~~ Live\n \nThe end.\n"
    assert split_text(text) == (
        Block("paragraph", "One line and its second."),
        Block("subhead", "A pause"),
        Block("photo", "A bridge. Daily"),
        Block("widget", "Live"),
        Block("paragraph", "The end."),
    )


def test_articles_are_published_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = write_edition(tmp_path, **{"10-later": ARTICLE, "9-sooner": ARTICLE, "100-last": ARTICLE})
    assert [article.slug for article in read_edition(folder).articles] == ["sooner", "later", "last"]


def test_a_misspelt_key_is_told_with_its_line(tmp_path: Path) -> None:
    folder = write_edition(tmp_path, **{"1-rain": ARTICLE.replace("text:", "txt:")})
    assert problems(folder) == ["articles/daily/1-rain.yaml:2: txt: Extra inputs are not permitted"]


def test_a_hit_without_severity_and_a_severity_without_hit_are_refused(tmp_path: Path) -> None:
    folder = write_edition(
        tmp_path,
        **{"1-hit": ARTICLE.replace("no_hit", "hit"), "2-quiet": f"{ARTICLE}  severity: info\n"},
    )
    told = problems(folder)
    assert len(told) == 2
    assert all("a hit has a severity, and nothing else has" in line for line in told)


def test_an_unknown_box_and_a_number_given_twice_are_told_at_once(tmp_path: Path) -> None:
    folder = write_edition(tmp_path, **{"1-rain": f"{ARTICLE}boxes: [castle]\n", "1-snow": ARTICLE})
    assert problems(folder) == [
        "articles/daily/1-rain.yaml:5: boxes: no box is called castle",
        "articles: daily/rain and daily/snow share 1",
    ]


def test_a_file_without_a_number_is_told(tmp_path: Path) -> None:
    folder = write_edition(tmp_path, rain=ARTICLE)
    assert problems(folder) == ["articles/daily/rain.yaml: must be called <number>-<slug>.yaml"]
