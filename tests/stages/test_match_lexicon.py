"""A gazetteer is compiled once for all who use it at the same time, and what one of them sees is no other one's."""

import gc
import weakref

from crawler.match.lexicon import compile_lexicon
from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import Gazetteer, Rule
from tests.stages.match.gazetteer import SMALL, alias, group

TEXT = Article(body="The zeppelin of Kataib Hezbollah landed. The airship of the Cave Brigade did not.")


def rule(when: str) -> Rule:
    return Rule(name="asked", severity="info", when=when)


def tell(matcher: Matcher) -> tuple[list[str], list[str]]:
    """The entities that are mentioned, and the words that made rules fire."""
    findings = matcher.examine(TEXT)
    return [each.entity for each in findings.mentions], [term.text for hit in findings.hits for term in hit.terms]


def test_the_same_values_are_compiled_once_wherever_they_were_read() -> None:
    read_again = Gazetteer.model_validate_json(SMALL.model_dump_json())
    in_use = compile_lexicon(SMALL)
    assert compile_lexicon(read_again) is in_use
    assert in_use.compile_words(["zeppelin"]) is not in_use.compile_words([])


def test_one_more_name_is_found_by_who_has_it_and_by_nobody_else() -> None:
    more = SMALL.model_copy(update={"entities": (*SMALL.entities, group("cave", alias("Cave Brigade")))})
    without, having, once_more = Matcher(SMALL, ()), Matcher(more, ()), Matcher(SMALL, ())
    assert [tell(each)[0] for each in (without, having, once_more)] == [
        ["kataib-hezbollah"],
        ["kataib-hezbollah", "cave"],
        ["kataib-hezbollah"],
    ]


def test_rules_that_share_a_gazetteer_have_their_own_words() -> None:
    matchers = [
        Matcher(SMALL, (rule(when),)) for when in ('"zeppelin"', '"airship"', '"zeppelin" OR "airship"', "@base")
    ]
    assert [tell(each)[1] for each in matchers] == [["zeppelin"], ["airship"], ["zeppelin", "airship"], []]


def test_what_nobody_uses_is_not_kept() -> None:
    lone = Gazetteer(entities=(group("lone", alias("Lone Brigade")),))
    matcher = Matcher(lone, ())
    kept = weakref.ref(compile_lexicon(lone))
    del matcher
    gc.collect()
    assert kept() is None
