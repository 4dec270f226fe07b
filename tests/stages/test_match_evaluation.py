"""The quick evaluation of rules says what the plain one says, on articles and rules that nobody thought of."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.match.evidence import prove
from crawler.match.explain import make_hit
from crawler.match.language import parse_rule
from crawler.match.matcher import Matcher, list_known
from crawler.match.rules import holds
from crawler.models import Article
from settings.model import Rule
from tests.stages.match.gazetteer import SMALL
from tests.stages.match.plain_rules import holds_plainly

WORDS = (
    *(
        "Kataib Hezbollah",
        "Ain al-Asad",
        "The Houthis",
        "struck",
        "an attack",
        "claimed",
        "denied",
        "the truce has ended",
    ),
    *("monday", "hurt", "oil", "not", "No group", "and", "rockets", "by"),
)
TERMS = (
    *(
        "@core",
        "@base",
        "@group",
        "@group:houthis",
        "#attack",
        "#claim",
        "#truce-end",
        "monday",
        "hurt",
        "oil",
    ),
    *("rocket*", '"an attack"', "/h[ou]/", "/attack|oil/"),
)
texts = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", " ", " ", ", ", ". ", "\n", "\n\n"])), max_size=24
).map(lambda pieces: "".join(word + gap for word, gap in pieces))
articles = st.builds(
    Article,
    title=st.one_of(st.just(""), texts.map(lambda text: text.replace("\n", " ")[:60])),
    description=st.one_of(st.just(""), texts),
    body=texts,
    language=st.sampled_from(["en", "ar"]),
    outlet=st.sampled_from(["memri", "wire"]),
)
numbers = st.integers(1, 6)
terms = st.sampled_from(TERMS)
spots = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["NEAR", "BEFORE"]), numbers, inner, inner).map(
            lambda p: f"{p[0]}/{p[1]}({p[2]}, {p[3]})"
        ),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
    ),
    max_leaves=4,
)


def _combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=3)
    stretches = st.sampled_from(["SENTENCE", "PARAGRAPH", "PASSAGE", "TITLE"])
    return st.one_of(
        several.map(lambda parts: f"({' AND '.join(parts)})"),
        several.map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"NOT ({part})"),
        st.tuples(stretches, inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(numbers, stretches, inner).map(lambda p: f"ATLEAST/{p[0]}({p[1]}({p[2]}))"),
        st.tuples(numbers, spots).map(lambda pair: f"ATLEAST/{pair[0]}({pair[1]})"),
        several.map(lambda parts: f"ATLEAST/2({', '.join(parts)})"),
        st.tuples(numbers, several).map(
            lambda pair: f"SCORE/{pair[0]}({', '.join(f'{3 - 2 * n}:{part}' for n, part in enumerate(pair[1]))})"
        ),
    )


rules = st.recursive(
    st.one_of(
        spots,
        st.sampled_from(["ACTOR(@core, #claim OR #truce)", "ACTOR(@group, #truce-end)", "LANG(en)", "OUTLET(memri)"]),
    ),
    _combine,
    max_leaves=8,
)


KNOWN = list_known(SMALL)
MATCHER = Matcher(SMALL, (Rule(name="all", severity="notice", when=" OR ".join(TERMS)),))
"""Knows all words that a rule here may ask for: compiling one for each rule would take most of the time."""


LINES = Article(body="Kataib Hezbollah\nhurt\nmonday\noil\nAin al-Asad", language="en")


@settings(max_examples=200, deadline=None)
@given(when=rules, article=articles)
@example(when="PASSAGE(@core AND monday)", article=LINES)
@example(when="PASSAGE(@core AND oil)", article=LINES)
@example(when="PASSAGE(@base AND monday AND NOT SENTENCE(hurt))", article=LINES)
@example(when="ATLEAST/3(PASSAGE(monday))", article=LINES)
def test_a_rule_holds_where_the_plain_evaluation_says_so(when: str, article: Article) -> None:
    node, pool = parse_rule("tried", when, KNOWN), MATCHER.read_pool(article)
    assert holds(node, pool) is holds_plainly(node, pool), when


@settings(max_examples=100, deadline=None)
@given(when=rules, article=articles)
def test_what_proves_a_rule_stands_in_the_text_and_is_told_once(when: str, article: Article) -> None:
    node, pool = parse_rule("tried", when, KNOWN), MATCHER.read_pool(article)
    proof = prove(node, pool)
    assert (proof is not None) is holds(node, pool)
    if proof is None or not pool.document.zones:
        return
    told = [(seen.place.span, seen.label) for seen in proof.occurrences]
    assert len(told) == len(set(told))
    assert all(label for _, label in told)
    hit = make_hit(Rule(name="tried", severity="notice", when=when), "digest", proof, None, pool)
    assert all(article.zone_text(term.zone)[term.start : term.end] == term.text for term in hit.terms)
    assert article.zone_text(hit.zone)[hit.start : hit.end] == hit.sentence
