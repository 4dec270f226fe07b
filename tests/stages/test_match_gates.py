# ruff: noqa: RUF001 -- letters of other alphabets are the matter of this file
"""No gate keeps out what its expression would match."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.match import allclear, frames, genres, hearsay, negation, newgroups, sites, stance
from crawler.match.denials import may_deny
from crawler.match.document import Document
from crawler.match.gated import Gated, Passage, fold_case
from crawler.match.letters import Letters
from crawler.models import Article

GATES = {
    name: each
    for module in (allclear, frames, genres, hearsay, negation, sites, stance)
    for name, each in vars(module).items()
    if isinstance(each, Gated)
}


@pytest.mark.parametrize("name", sorted(GATES))
@given(data=st.data())
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_gate_is_open_for_every_match(name: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(GATES[name].regex))
    assert GATES[name].may_match(fold_case(text))


@pytest.mark.parametrize("number", range(len(newgroups.LEADS)))
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_whatever_gives_a_name_to_a_group_holds_a_word_by_which_it_is_looked_for(
    number: int, data: st.DataObject
) -> None:
    words, lead = newgroups.LEADS[number]
    told = " ".join(fold_case(data.draw(st.from_regex(lead))).split())
    assert any(word in told for word in words)


def test_there_are_gates() -> None:
    assert len(GATES) > 5


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("it was not so", True),
        ("nothing fell", True),
        ("they didn't fire", True),
        ("the don'ts of war", False),
        ("a piano, a canoe", False),
        ("كتيبة لم تشارك", True),
        ("این حمله رخ نداد", True),
        ("مردان شهر آمدند", False),
    ],
)
def test_a_sentence_may_deny_where_a_word_of_denial_begins_or_ends_as_it_must(text: str, *, may: bool) -> None:
    assert may_deny(fold_case(text)) is may


def test_a_passage_finds_in_its_stretch_only_and_tells_offsets_of_the_whole() -> None:
    passage = Passage("if so, what if not", 7, 18)
    assert [found.span() for found in passage.find_all(Gated(r"(?i)\bif\b", "if"))] == [(12, 14)]
    assert passage.holds(Gated("so", "so")) is None


def test_capitals_of_other_alphabets_are_folded_as_expressions_that_ignore_case_read_them() -> None:
    assert fold_case("İf IF ıf ſo") == "if if if so"


def test_a_page_that_writes_vowels_is_not_passed_over() -> None:
    text = "قالت جماعةٌ تُطلِقُ على نَفْسِها اسمَ «كتائب الصدى» إنها أطلقت مسيّرتين"
    [found] = newgroups.find_new_groups(Document(Article(body=text)), ())
    assert found.name == "كتائب الصدى"
    assert found.place.end < found.end
    assert newgroups.may_name_groups(Letters(text).flat)
    assert not newgroups.may_name_groups(Letters(text.replace("نَفْسِها", "غيرِها").replace("اسمَ", "")).flat)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [("Iran's envoy left.", True), ("US-Iranian talks", True), ("#Iran", True), ("Miranda sang.", False)],
)
def test_a_word_of_arms_is_no_part_of_another(text: str, *, speaks: bool) -> None:
    [zone] = Document(Article(body=text)).zones.values()
    assert ("arms" in zone.stems) is speaks
