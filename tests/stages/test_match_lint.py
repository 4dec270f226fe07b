"""Doubtful names and rules are told before they do harm; a rule can be asked why it is silent."""

import pytest

from crawler.match.lint import lint_settings, list_unseen, list_useless
from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import Gazetteer, Rule, RuleExample, WordList
from tests.shipped import read_shipped
from tests.stages.match.gazetteer import SMALL, alias, base, group

EXAMPLES = (RuleExample(text="a", matches=True), RuleExample(text="b", matches=False))

GHOSTLY = SMALL.model_copy(update={"entities": (*SMALL.entities, base("ghost", alias("Ghost Base", policy="never")))})
"""And a base that no text can name."""


def told(gazetteer: Gazetteer, *rules: Rule) -> list[str]:
    return [str(finding) for finding in lint_settings(gazetteer, rules)]


def test_a_spelling_that_two_entities_share_needs_a_reason() -> None:
    shared = Gazetteer(entities=(group("one", alias("Al-Fajr Brigade")), group("two", alias("al Fajr brigade"))))
    assert told(shared) == ["one, alias 'Al-Fajr Brigade' (en): shared with two without a reason"]
    noted = alias("al Fajr brigade").model_copy(update={"note": "the same men under two names"})
    assert told(Gazetteer(entities=(group("one", alias("Al-Fajr Brigade")), group("two", noted)))) == []


def test_a_spelling_that_two_entities_share_by_another_article_is_one_too() -> None:
    shared = Gazetteer(entities=(group("one", alias("Al-Fajr Brigade")), group("two", alias("Fajr Brigade"))))
    assert told(shared) == ["one, alias 'Al-Fajr Brigade' (en): shared with two without a reason"]


def test_an_id_that_looks_like_a_slip_is_named() -> None:
    umbrella = group("fajr-umbrella", alias("Fajr Umbrella"))
    slip = group("one", alias("Al-Sahar Front")).model_copy(update={"part_of": ("fajr-umbrela", "of-another-list")})
    assert told(Gazetteer(entities=(umbrella, slip))) == [
        "one: part_of: there is no fajr-umbrela; did you mean fajr-umbrella?"
    ]


def test_short_common_and_groundless_aliases_are_named() -> None:
    gazetteer = Gazetteer(
        entities=(
            group("short", alias("KH")),
            base("common", alias("Strike")),
            group("everyday", alias("Victory"), alias("الحق", "ar"), alias("پیروزی", "fa"), alias("Victory Brigade")),
            group("little", alias("Said"), alias("التي", "ar"), alias("گفته", "fa")),
            base("groundless", alias("Victoria", policy="context")),
            group("fine", alias("KHB", policy="after_full_form"), alias("Kataib Hezbollah")),
        ),
        events=(WordList(name="attack", words={"en": ("strike",)}),),
    )
    assert [finding.split(":")[0] for finding in told(gazetteer)] == [
        "short, alias 'KH' (en)",
        "common, alias 'Strike' (en)",
        "everyday, alias 'Victory' (en)",
        "everyday, alias 'الحق' (ar)",
        "everyday, alias 'پیروزی' (fa)",
        "little, alias 'Said' (en)",
        "little, alias 'التي' (ar)",
        "little, alias 'گفته' (fa)",
        "groundless, alias 'Victoria' (en)",
    ]


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("@core AND NOT @core", "can never fire"),
        ("SCORE/9(3:@core, 2:#attack, -9:x)", "can never fire"),
        ("SENTENCE(@core AND SCORE/2(@base))", "can never fire"),
        ("SENTENCE(@core AND #attack) AND NOT (#claim OR #attack)", "can never fire"),
        ("@group:houthis AND NOT SENTENCE(@group)", "can never fire"),
        ("@base:ghost AND #attack", "can never fire"),
        ("ATLEAST/2(@base:ghost, @core)", "can never fire"),
        ("LANG(en) AND LANG(ar) AND @core", "can never fire"),
        ("NOT @core", "may fire on every article"),
        ("LANG(en)", "may fire on every article"),
        ("@core OR NOT #attack", "may fire on every article"),
    ],
)
def test_a_rule_that_is_dead_or_always_fires_is_named(when: str, problem: str) -> None:
    rule = Rule(name="odd", severity="info", when=when, examples=EXAMPLES)
    (finding,) = told(GHOSTLY, rule)
    assert finding.startswith("rule odd: ")
    assert problem in finding


@pytest.mark.parametrize(
    "when",
    [
        "TITLE(@core) AND NOT SENTENCE(@core AND #attack)",
        "@core AND NOT @group:houthis",
        "SENTENCE(@core AND NOT #attack) AND #attack",
        "(@core OR @base) AND NOT @base",
        "@core AND NOT TITLE(@core)",
        "@new-group AND #attack",
        "LANG(en, ar) AND LANG(ar, fa) AND @core",
    ],
)
def test_a_rule_that_can_fire_is_not_called_dead(when: str) -> None:
    assert told(GHOSTLY, Rule(name="odd", severity="info", when=when, examples=EXAMPLES)) == []


def test_a_rule_that_asks_for_an_outlet_that_nobody_watches_is_named() -> None:
    rule = Rule(name="far", severity="info", when="@core AND OUTLET(memri, shafak)", examples=EXAMPLES)
    (finding,) = lint_settings(SMALL, (rule,), {"memri", "shafaq"})
    assert str(finding) == "rule far: no outlet shafak is watched; did you mean shafaq?"


def test_a_rule_without_examples_of_both_kinds_is_named() -> None:
    (finding,) = told(SMALL, Rule(name="bare", severity="info", when="@core", examples=EXAMPLES[:1]))
    assert "examples" in finding


def test_aliases_that_nobody_writes_any_more_are_listed() -> None:
    gazetteer = Gazetteer(entities=(group("one", alias("Al-Fajr"), alias("Fajr Brigade"), alias("x", policy="never")),))
    (finding,) = list_unseen(gazetteer, {("one", "Al-Fajr")}, days=30)
    assert str(finding) == "one, alias 'Fajr Brigade' (en): not seen in 30 days"


def test_a_rule_that_names_nothing_is_never_louder_and_says_so() -> None:
    named = Rule(name="odd", severity="info", loud="warning", when="@core", examples=EXAMPLES)
    (finding,) = told(SMALL, named.model_copy(update={"when": "embassy"}))
    assert finding.startswith("rule odd: `loud` has no effect")
    assert told(SMALL, named) == []


def test_what_we_ship_has_no_finding() -> None:
    settings = read_shipped()
    assert told(settings.gazetteer, *settings.rules) == []


def test_a_rule_can_be_asked_which_of_its_parts_failed() -> None:
    matcher = Matcher(SMALL, (Rule(name="asked", severity="info", when="@core AND (@base OR #claim)"),))
    verdicts = matcher.tell_why(Article(body="Kataib Hezbollah spoke."), "asked")
    assert [(part.depth, part.source, part.holds, part.evidence) for part in verdicts] == [
        (0, "@core AND (@base OR #claim)", False, ""),
        (1, "@core", True, "“Kataib Hezbollah”"),
        (1, "@base OR #claim", False, ""),
        (2, "@base", False, ""),
        (2, "#claim", False, ""),
    ]
    with pytest.raises(KeyError):
        matcher.tell_why(Article(), "nobody")


def test_a_part_that_failed_says_how_far_it_was_from_holding() -> None:
    when = "NEAR/2(@core, base) AND BEFORE/9(base, spoke) AND ATLEAST/2(base) AND SCORE/5(3:@core, 3:monday)"
    when += (
        " AND LANG(ar) AND NOT spoke AND SENTENCE(spoke AND base) AND #truce-end AND @base:victoria AND OUTLET(memri)"
    )
    matcher = Matcher(SMALL, (Rule(name="asked", severity="info", when=when),))
    article = Article(
        body="Kataib Hezbollah spoke. Victoria and a base stood there. No truce has ended.",
        language="en",
    )
    failed = {part.source: part.evidence for part in matcher.tell_why(article, "asked") if not part.holds}
    assert failed == {
        when: "",
        "NEAR/2(@core, base)": "5 words apart, not 2",
        "BEFORE/9(base, spoke)": "only the other way round",
        "ATLEAST/2(base)": "1 of 2 times",
        "SCORE/5(3:@core, 3:monday)": "score 3 of 5",
        "monday": "",
        "LANG(ar)": "language en",
        "NOT spoke": "“spoke”",
        "SENTENCE(spoke AND base)": "nowhere in one sentence",
        "#truce-end": "“truce has ended” is denied",
        "@base:victoria": "“Victoria” stands there, but none of its context words stands near",
        "OUTLET(memri)": "outlet unknown",
    }


def test_a_name_that_only_a_caption_holds_and_an_expression_that_ran_away_are_told_as_such() -> None:
    rules = (Rule(name="asked", severity="info", when="@group:houthis OR /(a|aa)+$/"),)
    article = Article(body=f"Nothing here. {'a' * 60}b", captions=("A flag of the Houthis.",))
    failed = {part.source: part.evidence for part in Matcher(SMALL, rules).tell_why(article, "asked")}
    assert failed["@group:houthis"] == "“Houthis” stands in a caption only, which fires no rule"
    assert failed["/(a|aa)+$/"] == "ran away and was stopped"


def test_rules_that_fired_on_nothing_or_on_nearly_all_are_named() -> None:
    rules = [Rule(name=name, severity="info", when="@core") for name in ("never", "sometimes", "nearly-always")]
    found = list_useless(rules, {"sometimes": 4, "nearly-always": 9}, articles=10, days=30)
    assert [str(finding) for finding in found] == [
        "rule never: has not fired in 30 days",
        "rule nearly-always: fired on 9 of 10 articles in 30 days",
    ]
