"""The rule language does what docs/rules.md says, and says what is wrong with a rule."""

from time import process_time

import pytest

from crawler.errors import RuleError
from crawler.match.examples import check_alias_examples, check_examples
from crawler.match.matcher import Matcher
from crawler.match.pool import ARTICLE_SECONDS
from crawler.models import Article, Hit, Removed, Zone
from settings.model import AliasExample, Gazetteer, Rule, RuleExample, WordList
from tests.stages.match.gazetteer import SMALL, alias, base


def rule(when: str, name: str = "tried") -> Rule:
    return Rule(name=name, severity="warning", when=when)


def hits(when: str, body: str, **article: object) -> tuple[Hit, ...]:
    return Matcher(SMALL, (rule(when),)).examine(Article(body=body, **article)).hits  # type: ignore[arg-type]  # fields of Article, by name


BODY = (
    "Kataib Hezbollah fired at Ain al-Asad on Monday. Nobody was hurt.\n"
    "The Houthis said that the truce has ended. An attack followed, and another attack."
)


@pytest.mark.parametrize(
    ("when", "fires"),
    [
        ("@core", True),
        ("@person", False),
        ("@group:houthis", True),
        ("@base:harir", False),
        ("@base AND #attack", True),
        ("@base AND #claim", False),
        ("#claim OR #truce-end", True),
        ("NOT #claim", True),
        ("@base AND NOT #attack", False),
        ("monday", True),
        ("mon", False),
        ("mon*", True),
        ('"nobody was hurt"', True),
        ('"nobody hurt"', False),
        ("NEAR/3(@core, @base)", True),
        ("NEAR/2(@core, @base)", False),
        ("BEFORE/3(@core, @base)", True),
        ("BEFORE/3(@base, @core)", False),
        ("NEAR/1(hurt OR nobody, was)", True),
        ("SENTENCE(@base AND #attack)", True),
        ("SENTENCE(@base AND hurt)", False),
        ("PARAGRAPH(@base AND hurt)", True),
        ("PARAGRAPH(@base AND #truce-end)", False),
        ("SENTENCE(@base AND NOT hurt)", True),
        ("ATLEAST/3(#attack)", True),
        ("ATLEAST/4(#attack)", False),
        ("ATLEAST/2(@base, #claim, monday)", True),
        ("ATLEAST/3(@base, #claim, monday)", False),
        ("SCORE/5(3:@core, 2:#attack, -1:hurt)", False),
        ("SCORE/4(3:@core, 2:#attack, -1:hurt)", True),
        ("SCORE/2(@core, @base)", True),
        ("TITLE(@base)", False),
        ("TITLE(strike)", True),
        ("SENTENCE(@base AND TITLE(strike))", True),
        ("SENTENCE(@base AND PARAGRAPH(hurt))", True),
        ("SENTENCE(@base AND PARAGRAPH(#truce-end))", False),
        ("PARAGRAPH(SENTENCE(@base AND #attack) AND hurt)", True),
        ("PASSAGE(@base AND #truce-end)", True),
        ("SENTENCE(NOT @base)", True),
        ("ATLEAST/2(SENTENCE(#attack))", True),
        ("ATLEAST/3(SENTENCE(#attack))", False),
        ("ATLEAST/2(NEAR/3(fired, @base))", False),
        ("SENTENCE(ATLEAST/999999999999(SENTENCE(@core)))", False),
        ("NEAR/4(NEAR/3(@core, @base), monday)", True),
        ("NEAR/1(NEAR/3(@core, @base), monday)", False),
        ("LANG(en)", True),
        ("LANG(ar, fa)", False),
        ("OUTLET(memri)", True),
        ("OUTLET(al-akhbar)", False),
        (r"/al[- ]asad\b/", True),
        (r"/al[- ]assad\b/", False),
        ("NEAR/6(/fired/, /monday/)", True),
        ("(@core OR @person) AND (#claim OR (#attack AND monday))", True),
        ("(@core AND " * 40 + "#attack" + ")" * 40, True),
        ("(" * 400 + "@core" + ")" * 400, True),
    ],
)
def test_each_operator_means_what_it_says(when: str, fires: bool) -> None:  # noqa: FBT001 a column of the table
    assert bool(hits(when, BODY, title="Strike at dawn", outlet="memri")) is fires


@pytest.mark.parametrize(
    ("when", "column", "problem"),
    [
        ("@grup", 1, "did you mean @group?"),
        ("@core AND #atack", 11, "did you mean #attack?"),
        ("@group:kataib-hizbollah", 1, "did you mean @group:kataib-hezbollah?"),
        ("@group:hezbollah-kataib", 1, "did you mean @group:kataib-hezbollah?"),
        ("@Core", 1, "there is no @Core; did you mean @core?"),
        ("@core AND #Attack", 11, "there is no #Attack; did you mean #attack?"),
        ("@core AND @group:", 11, "there is no @group:; did you mean @group?"),
        ("@core AND “fired at”", 11, "a phrase stands in straight quotes"),
        ("ATLEAST/0(@core)", 1, "asks for nothing"),
        ("NEAR/0(@core, @base)", 1, "neighbours are 1 apart"),
        ('@core AND "no end', 11, "the phrase that begins here is not closed"),
        ("@core and @base", 7, "expected AND, OR, the end (AND is written in capitals)"),
        ("not @core", 5, "(NOT is written in capitals)"),
        ("LANG(english)", 6, "english is no code of a language; they have two letters"),
        (
            "ATLEAST/2(@core AND @base)",
            1,
            "ATLEAST/2 counts how often a word, a name, a NEAR or a SENTENCE(...) occurs",
        ),
        ("@core #attack", 7, "expected AND, OR, the end"),
        ("(@core", 7, "expected )"),
        ("NEAR(@core, @base)", 5, "NEAR needs a number: NEAR/5(...)"),
        ("NEAR /5(@core, @base)", 6, "NEAR needs a number: NEAR/5(...)"),
        ("neer/5(@core, @base)", 5, "there is no operator neer; did you mean NEAR/5(...)?"),
        ("@core AND sentence(@base AND /x/)", 19, "there is no operator sentence; did you mean SENTENCE(...)?"),
        ('"the SCORE" AND', 16, "expected (, NOT"),
        ("kataib (@base)", 8, "expected AND, OR, the end"),
        ("kataib /x/", 8, "expected AND, OR, the end"),
        ("NEAR/5(@core AND @base, monday)", 1, "NEAR takes words, names and OR between them"),
        ("ATLEAST/3(@core, @base)", 1, "asks for 3 of 2 parts"),
        ("@core AND", 10, "expected (, NOT"),
        ("", 1, "expected (, NOT"),
        ("/[/", 1, "not a regular expression"),
        ("a AND AND", 7, "AND is an operator"),
        ("NOT " * 400 + "@core", 201, "parts stand in parts more than 50 deep"),
        ("SENTENCE(" * 400 + "@core" + ")" * 400, 451, "parts stand in parts more than 50 deep"),
        ("@core OR /" + "(?:" * 1000 + "a" + ")*" * 1000 + "/", 10, "nested too deep"),
    ],
)
def test_a_wrong_rule_is_refused_with_a_caret_and_what_was_expected(when: str, column: int, problem: str) -> None:
    with pytest.raises(RuleError) as caught:
        Matcher(SMALL, (rule(when),))
    assert caught.value.rule == "tried"
    assert caught.value.column == column
    assert problem in str(caught.value)
    assert str(caught.value).splitlines()[-1] == " " * (4 + column - 1) + "^"


def test_the_caret_stands_under_the_right_line_of_a_long_rule() -> None:
    with pytest.raises(RuleError) as caught:
        Matcher(SMALL, (rule("@core\n  AND @bse"),))
    assert (caught.value.line, caught.value.column) == (2, 7)
    assert str(caught.value).splitlines()[1:] == ["      AND @bse", "          ^"]


def test_captions_and_removed_text_never_fire_a_rule() -> None:
    article = Article(
        body="Nothing happened.",
        captions=("Kataib Hezbollah attack on Ain al-Asad",),
        removed=(Removed("Kataib Hezbollah attack on Ain al-Asad", "sidebar", "unrelated"),),
    )
    findings = Matcher(SMALL, (rule("@core"), rule("@base", "base"), rule("#attack", "attack"))).examine(article)
    assert findings.hits == ()
    assert len(findings.mentions) == 4


def test_a_hit_explains_itself_by_terms_offsets_and_the_sentence() -> None:
    (hit,) = hits("SENTENCE(@core AND @base AND #attack)", BODY)
    assert [(term.label, term.text) for term in hit.terms] == [
        ("@core", "Kataib Hezbollah"),
        ("@base", "Ain al-Asad"),
        ("#attack", "fired at"),
    ]
    assert all(BODY[term.start : term.end] == term.text for term in hit.terms)
    assert hit.sentence == BODY[hit.start : hit.end] == "Kataib Hezbollah fired at Ain al-Asad on Monday."
    assert "in one sentence" in hit.explanation


def test_the_best_sentence_is_the_one_that_holds_most_of_the_terms() -> None:
    (hit,) = hits("@core AND @base", "Kataib Hezbollah spoke. At Ain al-Asad, Kataib Hezbollah struck.")
    assert hit.sentence == "At Ain al-Asad, Kataib Hezbollah struck."


def test_each_rule_that_was_tried_says_what_it_cost() -> None:
    matcher = Matcher(SMALL, (rule("@base AND #attack", "near"), rule('"zeppelin" AND @base', "far")))
    article = Article(body="Rockets hit Ain al-Asad.")
    costs = dict(matcher.examine(article).costs)
    assert "near" in costs
    assert all(0 <= cost < 1 for cost in costs.values())
    assert matcher.examine(Article(body="Nothing.")).costs == (), "no name, no rule that could fire"


def test_a_rule_that_nearly_fired_says_which_part_was_missing() -> None:
    tried = (rule("@core AND #claim"), rule("SENTENCE(@base AND hurt)", "apart"), rule("#claim AND ahoj", "far"))
    findings = Matcher(SMALL, tried).examine(Article(body=BODY))
    assert [(miss.rule, miss.missing) for miss in findings.near_misses] == [
        ("tried", "#claim"),
        ("apart", "SENTENCE(@base AND hurt)"),
    ]


def test_the_digest_of_a_hit_changes_with_the_expression_and_not_with_the_description() -> None:
    one = rule("@core")
    two = one.model_copy(update={"description": "other words"})
    three = one.model_copy(update={"when": "@core OR #claim"})
    digests = [Matcher(SMALL, (each,)).examine(Article(body=BODY)).hits[0].rule_digest for each in (one, two, three)]
    assert digests[0] == digests[1] != digests[2]


def test_sentences_end_where_people_end_them() -> None:
    body = "Lt. Gen. Smith of the U.S. Army met Mr. A. Karim at Ain al-Asad.[1] He left."
    (hit,) = hits("@base", body)
    assert hit.sentence == "Lt. Gen. Smith of the U.S. Army met Mr. A. Karim at Ain al-Asad.[1]"
    arabic = "هل استهدفت قاعدة عين الأسد؟ لا يوجد تأكيد."
    (hit,) = hits("@base", arabic)
    assert hit.sentence == "هل استهدفت قاعدة عين الأسد؟"


def test_a_title_alone_can_fire_a_rule() -> None:
    (hit,) = hits("@base", "Nothing else.", title="Blast at Ain al-Asad")
    assert (hit.zone, hit.sentence) == (Zone.TITLE, "Blast at Ain al-Asad")


def test_an_example_that_does_not_do_what_it_says_is_reported() -> None:
    good = RuleExample(text="Kataib Hezbollah", matches=True)
    bad = RuleExample(text="Kataib Hezbollah", matches=False)
    rules = (rule("@core").model_copy(update={"examples": (good, bad)}),)
    (problem,) = check_examples(Matcher(SMALL, rules), rules)
    assert str(problem).startswith("rule tried: should not match and does: 'Kataib Hezbollah'")


def test_a_regular_expression_that_runs_away_is_stopped_and_its_rule_disabled() -> None:
    rules = (rule("/(a|aa)+$/", "bad"), rule("hurt", "good"))
    matcher = Matcher(SMALL, rules)
    article = Article(body="a" * 40 + "! hurt")
    first, second = matcher.examine(article), matcher.examine(article)
    assert [hit.rule for hit in first.hits] == [hit.rule for hit in second.hits] == ["good"]
    assert (first.disabled, second.disabled) == (("bad",), ())


def test_many_regular_expressions_that_run_away_take_no_longer_together_than_one_article_may() -> None:
    """The first have 50 ms each, later ones half of what is left, and the last are not begun; all are told."""
    away = tuple(rule(f"/(a|aa)+[{number}]$/", f"bad-{number}") for number in range(100, 160))
    matcher = Matcher(SMALL, (rule("/^a+/", "begins"), *away, rule("hurt", "good")))
    article = Article(body="a" * 40 + "! hurt")
    before = process_time()
    findings = matcher.examine(article)
    spent = process_time() - before
    assert [hit.rule for hit in findings.hits] == ["begins", "good"]
    assert findings.disabled == tuple(sorted(each.name for each in away))
    assert spent < 2 * ARTICLE_SECONDS  # 60 times 50 ms are 3 s
    assert [hit.rule for hit in matcher.examine(article).hits] == ["begins", "good"]


def test_some_regular_expressions_that_run_away_leave_the_others_their_time() -> None:
    away = tuple(rule(f"/(a|aa)+[{number}]$/", f"bad-{number}") for number in range(5))
    findings = Matcher(SMALL, (*away, rule("/hu.t/", "good"))).examine(Article(body="a" * 40 + "! hurt"))
    assert [hit.rule for hit in findings.hits] == ["good"]
    assert findings.disabled == tuple(each.name for each in away)


def test_what_suppresses_a_rule_keeps_it_silent_and_says_so() -> None:
    quiet = rule("@core").model_copy(update={"unless": "SENTENCE(@core AND monday)"})
    findings = Matcher(SMALL, (quiet,)).examine(Article(body=BODY))
    assert findings.hits == ()
    assert Matcher(SMALL, (quiet,)).examine(Article(body="Kataib Hezbollah spoke.")).hits


def test_an_alias_s_example_that_fails_is_reported() -> None:
    wrong = AliasExample(text="Conoco shares fell.", matches=True)
    ambiguous = alias("Conoco", policy="context", context=("Syria",)).model_copy(update={"examples": (wrong,)})
    gazetteer = Gazetteer(entities=(base("conoco", ambiguous),))
    (problem,) = check_alias_examples(Matcher(gazetteer, ()), gazetteer)
    assert str(problem) == "conoco, alias 'Conoco': should match and does not: 'Conoco shares fell.' (not found)"


def test_a_hit_tells_its_marks_distance_certainty_and_score() -> None:
    [hit] = hits('SCORE/3(3:@core, 2:#attack, -4:football, 1:"on Monday")', BODY)
    marked = [hit.sentence[start:end] for start, end in hit.marks]
    assert marked == ["Kataib Hezbollah", "fired at", "on Monday"]
    assert [(part.part, part.weight, part.held) for part in hit.score] == [
        ("@core", 3, True),
        ("#attack", 2, True),
        ("football", -4, False),
        ('"on Monday"', 1, True),
    ]
    assert (hit.distance, hit.certainty) == (1, "alias")
    assert {term.certainty for term in hit.terms if term.label == "#attack"} == {None}


@pytest.mark.parametrize(
    ("when", "distance", "certainty"),
    [
        ("@core", None, "alias"),
        ("monday", None, None),
        ("SENTENCE(@core AND @base)", 3, "alias"),
        ("SENTENCE(@group AND @core)", None, "alias"),
        ("NEAR/2(fired, at)", 1, None),
        ('NEAR/2("fired at", at)', 0, None),
    ],
)
def test_distance_and_certainty_are_none_where_there_is_nothing_to_measure(
    when: str, distance: int | None, certainty: str | None
) -> None:
    [hit] = hits(when, BODY)
    assert (hit.distance, hit.certainty) == (distance, certainty)


def test_a_hit_is_as_sure_as_its_least_sure_kind_of_name() -> None:
    [hit] = hits("@core AND @base", "Fighters of Kataib Hezbollah fired rockets at Ein el-Assad base in Iraq.")
    assert {term.label: term.certainty for term in hit.terms} == {"@core": "alias", "@base": "variant"}
    assert hit.certainty == "variant"


@pytest.mark.parametrize(
    ("when", "body", "marked"),
    [
        ("attack*", "Kataib Hezbollah attacked twice.", ["attacked"]),
        ("@group:houthis", "The Houthis' drones, and Houthi men.", ["Houthis", "Houthi"]),
        ("@core", "وكتائب حزب الله هنا", ["كتائب حزب الله"]),
        ("#attack", "استهدفت القاعدة بهجوم جديد", ["استهدفت", "بهجوم"]),
        ("ستهدف*", "وسيستهدفونها غدا", ["وسيستهدفونها"]),
        ("#attack", "حمله‌های دیروز", ["حمله‌های"]),
        ("/ttac/", "An attack.", ["ttac"]),
    ],
)
def test_marks_show_whole_words_as_they_are_written(when: str, body: str, marked: list[str]) -> None:
    [hit] = hits(when, body)
    assert [hit.sentence[start:end] for start, end in hit.marks] == marked
    assert [term.text for term in hit.terms] == marked


def test_an_article_of_captions_alone_fires_nothing_and_breaks_nothing() -> None:
    assert hits("NOT @core", "", captions=("Kataib Hezbollah",)) == ()


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("سقط صاروخ باليستي", 1),
        ("الصاروخ الباليستي", 1),
        ("أطلقوا صاروخا باليستيا", 1),
        ("أطلقوا صاروخاً باليستياً", 1),
        ("أطلقوا صاروخا باليستي", 0),
        ("رأوا غارة", 1),
        ("رأوا غارةا", 0),
    ],
)
def test_arabic_words_are_found_as_they_are_declined(body: str, count: int) -> None:
    listed = WordList(name="fired", words={"ar": ("صاروخ باليستي", "غارة")})
    matcher = Matcher(Gazetteer(entities=(), events=(listed,)), (rule("#fired"),))
    assert len(matcher.examine(Article(body=body, language="ar")).hits) == count
