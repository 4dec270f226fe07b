"""The five seed documents: what their inventory lists for the body is found, and no trap is fallen into.

The documents are not ours to ship; without them these tests are skipped.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.match.matcher import Findings, Matcher
from crawler.models import Article, Removed, Zone
from tests.shipped import read_shipped

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
EXPECTED = json.loads((Path(__file__).parent / "match" / "seeds.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents are not here")


@dataclass(frozen=True)
class Seed:
    article: Article
    findings: Findings

    def entities(self, *zones: Zone) -> set[str]:
        return {mention.entity for mention in self.findings.mentions if mention.zone in zones}

    def rules(self) -> set[str]:
        return {hit.rule for hit in self.findings.hits}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    settings = read_shipped()
    return Matcher(settings.gazetteer, settings.rules)


@pytest.fixture(params=EXPECTED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read_seed(name: str, matcher: Matcher) -> Seed:
    golden = json.loads((SEEDS / "golden.json").read_text(encoding="utf-8"))
    file = next(key for key in golden if key.startswith(name))
    lines = (SEEDS / file).read_text(encoding="utf-8").split("\n")
    zones = golden[file]

    def take(key: str) -> list[str]:
        return [lines[number - 1] for number in zones.get(key, ())]

    article = Article(
        title=lines[zones["title"] - 1] if zones["title"] else "",
        body="\n".join(take("body")),
        captions=tuple(take("caption")),
        removed=tuple(Removed(line, "golden", "") for line in take("removed")),
    )
    return Seed(article, matcher.examine(article))


def test_every_group_and_base_of_the_body_is_found(name: str, matcher: Matcher) -> None:
    seed = read_seed(name, matcher)
    assert set(EXPECTED[name]["body"]) - seed.entities(Zone.BODY) == set()


def test_nothing_is_found_that_a_trap_of_the_inventory_forbids(name: str, matcher: Matcher) -> None:
    seed = read_seed(name, matcher)
    assert seed.entities(Zone.TITLE, Zone.BODY) & set(EXPECTED[name]["not"]) == set()


def test_rules_fire_that_the_inventory_implies(name: str, matcher: Matcher) -> None:
    seed = read_seed(name, matcher)
    assert set(EXPECTED[name]["rules"]) - seed.rules() == set()


def test_captions_and_sidebars_keep_their_names_to_themselves(matcher: Matcher) -> None:
    seed = read_seed("004", matcher)
    assert "kataib-hezbollah" in seed.entities(Zone.CAPTION)
    assert "houthis" in seed.entities(Zone.REMOVED)
    assert "babylon-brigade" not in seed.entities(*Zone)


def test_a_title_is_evidence_of_its_own(matcher: Matcher) -> None:
    assert "houthis" in read_seed("001", matcher).entities(Zone.TITLE)


def test_every_offset_points_at_the_words_it_names(name: str, matcher: Matcher) -> None:
    seed = read_seed(name, matcher)
    for mention in seed.findings.mentions:
        assert seed.article.zone_text(mention.zone)[mention.start : mention.end] == mention.text
    for hit in seed.findings.hits:
        assert seed.article.zone_text(hit.zone)[hit.start : hit.end] == hit.sentence


def test_the_first_seed_s_claim_doubt_denial_and_truces_each_go_to_their_group(matcher: Matcher) -> None:
    stances = {(stance.event, stance.entity) for stance in read_seed("000", matcher).findings.stances}
    assert stances >= {
        ("claim", "al-thawriyoun"),
        ("doubt", "al-thawriyoun"),
        ("denial", "iraqi-resistance-coordination-committee"),
        ("denial", "islamic-resistance-in-iraq"),
        ("truce-end", "harakat-hezbollah-al-nujaba"),
        ("truce-hold", "kataib-sayyid-al-shuhada"),
    }
    assert not stances & {
        ("claim", "iraqi-resistance-coordination-committee"),
        ("truce-end", "kataib-sayyid-al-shuhada"),
        ("truce-hold", "harakat-hezbollah-al-nujaba"),
    }
