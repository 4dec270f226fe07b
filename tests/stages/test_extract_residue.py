"""Every shipped residue rule does what its examples say, and nothing to text that only looks alike."""

import pytest

from crawler.extract.residue import is_garbled, strip_residue
from settings.model import ResidueRule
from tests.shipped import read_shipped

RULES = read_shipped().residue


def of_fields(rule: ResidueRule) -> bool:
    return rule.extent in {"fields", "entries"}


def list_examples(extent: str) -> list[tuple[ResidueRule, str]]:
    return [(rule, line) for rule in RULES for line in rule.cuts if rule.extent == extent]


SENTENCES = ("The first sentence.", "The second sentence.", "The third sentence.")


@pytest.mark.parametrize(
    ("rule", "line"), [(rule, line) for rule in RULES for line in rule.cuts if not of_fields(rule)]
)
def test_a_rule_cuts_its_examples(rule: ResidueRule, line: str) -> None:
    stripped = strip_residue([*SENTENCES, line], [rule])
    assert stripped.lines == SENTENCES
    assert [(piece.text, piece.rule, piece.reason) for piece in stripped.removed] == [(line, rule.name, rule.reason)]
    assert stripped.truncated == rule.truncated


@pytest.mark.parametrize(("rule", "line"), list_examples("fields"))
def test_a_field_is_cut_with_those_around_it_and_stays_alone(rule: ResidueRule, line: str) -> None:
    box = ["The firm", "Name: Example", line, "Based: Aden, Yemen"]
    stripped = strip_residue([*SENTENCES, *box, "It goes on."], [rule])
    assert stripped.lines == (*SENTENCES, "It goes on.")
    assert [(piece.text, piece.rule) for piece in stripped.removed] == [(piece, rule.name) for piece in box]
    for few in ([line], ["Name: Example", line]):
        assert strip_residue([*SENTENCES, *few], [rule]).lines == (*SENTENCES, *few)
    assert strip_residue(box, [rule]).lines == tuple(box)


@pytest.mark.parametrize(("rule", "line"), list_examples("entries"))
def test_a_heading_is_cut_with_the_parties_below_it_and_stays_alone(rule: ResidueRule, line: str) -> None:
    box = [
        line,
        "Houthis: Iran-backed rebels who occupy Sanaa and run an unrecognised government",
        "Yemeni government: exiled in Aden and led by a council of eight members",
        "Southern Transitional Council: a faction that seeks autonomy for the south",
    ]
    told = ["The Islamic Resistance in Iraq said that it attacked Harir base."]
    stripped = strip_residue([*told, *box, "The base was hit twice."], [rule], dumped=True)
    assert stripped.lines == (*told, "The base was hit twice.")
    assert [(piece.text, piece.rule) for piece in stripped.removed] == [(piece, rule.name) for piece in box]
    explained = [*told, line, "The group has ruled Sanaa since 2014.", "It fired at ships."]
    assert strip_residue(explained, [rule], dumped=True).lines == tuple(explained)
    profile = [*told, *box]  # on a page boxes are known by their markup; a reporter profiles parties so, too
    assert strip_residue(profile, [rule]).lines == tuple(profile)


BOUND = "A security source said that five soldiers were hurt in the attack, which nobody had claimed by Tuesday night."
HEADLINES = ["Kataib Hezbollah warns America of an answer", "Drone shot down over the Conoco field"]


@pytest.mark.parametrize("heading", ["بیشتر بخوانید:", "Read more:", "اقرأ أيضا:", "Related stories:"])
def test_headlines_below_a_heading_go_with_it_in_text_without_links(heading: str) -> None:
    stripped = strip_residue([*SENTENCES, heading, *HEADLINES, BOUND], RULES, dumped=True)
    assert stripped.lines == (*SENTENCES, BOUND)
    assert [piece.text for piece in stripped.removed] == [heading, *HEADLINES]


def test_what_may_be_a_paragraph_below_such_a_heading_stays() -> None:
    bare = BOUND.removesuffix(".")
    lines = [bare, "Read more:", "Kataib Hezbollah said that it had fired the rockets", bare]
    assert strip_residue(lines, RULES).lines == (bare, lines[2], bare), "a text whose paragraphs end without a mark"
    lines = [*SENTENCES, "Read More", HEADLINES[0], BOUND]
    assert strip_residue(lines, RULES).lines == (*SENTENCES, HEADLINES[0], BOUND), "a button heads nothing"


def test_a_report_of_fields_without_a_words_of_such_boxes_stays() -> None:
    told = ("Name: Hussein Ali", "Age: 34", "Killed: in an air strike on Tuesday", "Group: Kataib Hezbollah")
    assert strip_residue([*SENTENCES, *told], RULES).lines == (*SENTENCES, *told)


@pytest.mark.parametrize("line", [line for rule in RULES for line in rule.keeps])
def test_no_rule_cuts_what_looks_alike(line: str) -> None:
    assert strip_residue([*SENTENCES, line], RULES).lines == (*SENTENCES, line)


def test_a_label_goes_with_its_box_and_a_sentence_does_not() -> None:
    rules = [rule for rule in RULES if rule.extent == "label"]
    assert strip_residue(["Analysis", "Live Story"], rules).lines == ()
    assert strip_residue(["He left.", "Live Story"], rules).lines == ("He left.",)


@pytest.mark.parametrize(
    "line",
    [
        "&lt;p&gt;Kataib Hezbollah: an armed group founded in 2007.&lt;/p&gt;&nbsp;",
        '<div class="fact"><p>Leader: Abu Hussein</p></div>',
    ],
)
def test_a_box_whose_markup_is_printed_goes_with_its_label(line: str) -> None:
    article = [*SENTENCES, "A fourth one, long enough for the box to be the lesser part of the whole page."]
    stripped = strip_residue([*article, "WHO THEY ARE", line], [])
    assert stripped.lines == tuple(article)
    assert [(piece.text, piece.rule) for piece in stripped.removed] == [
        ("WHO THEY ARE", "escaped-markup"),
        (line, "escaped-markup"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["&lt;p&gt;The base was hit at dawn.&lt;/p&gt;", "&lt;p&gt;Nobody was hurt.&lt;/p&gt;", "Reuters"],
        [*SENTENCES, "The page lacked its <p> tag, he said."],
        [*SENTENCES, "The &lt;em&gt;Gulf Ledger&lt;/em&gt; wrote that 3 < 5 and 7 > 6."],
    ],
    ids=["an article that is escaped throughout", "one tag", "inline tags"],
)
def test_tags_in_an_article_stay(lines: list[str]) -> None:
    assert strip_residue(lines, []).lines == tuple(lines)


def test_a_box_heading_without_an_article_above_it_takes_only_itself() -> None:
    lines = ["Who's who in Iraq", "One commander has held his post since 2014.", "Another was named in May."]
    assert strip_residue(lines, RULES).lines == tuple(lines[1:])


def test_the_article_goes_on_after_a_box_in_its_middle() -> None:
    paragraph = "The ministry said that it would look into the matter, and that nobody should draw conclusions. " * 4
    lines = [*SENTENCES, "COMPANY PROFILE", "Name: Dallah", paragraph]
    assert strip_residue(lines, RULES).lines == (*SENTENCES, paragraph)


@pytest.mark.parametrize(
    "line",
    [
        "COMPANY%20PROFILE",
        "%3Cp%3ERating%3A%204%2F5%3C%2Fp%3E",
        "Getting%20there%20",
        "%3Cp%3EName%3A+Hurak+from+Yemen%3C%2Fp%3E",
        "%3Cp%3EName%3A Hurak from Yemen%3C/p%3E",
        "Based%3A+Aden",
        "%D8%A7%D9%84%D9%8A%D9%85%D9%86",
    ],
)
def test_percent_encoded_text_is_garbled(line: str) -> None:
    assert is_garbled(line)


@pytest.mark.parametrize(
    "line",
    [
        "Turnout was 20% in Anbar and 35% in Basra.",
        "Turnout rose by 20%20 years after the war.",
        "https://example.org/a%20page",
        "100%",
        "A rise of %20+3 was typed.",
        "1+1=2",
        "",
    ],
)
def test_percentages_and_addresses_are_not_garbled(line: str) -> None:
    assert not is_garbled(line)
