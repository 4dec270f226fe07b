"""Questions to the stored articles, answered alike by both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import QuestionError
from crawler.models import SourceState
from crawler.search import Question, Run, cut_snippet, find_marks, parse_question, split_words
from crawler.store.search import Facets
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, analysis_of, poll_of, seen

ANY = Facets()
TEXTS = {
    "http://a.example/1": ("Rockets at Ain al-Asad", "Two rockets hit the base. Nobody was hurt.", "en"),
    "http://a.example/2": ("نفي", "قال أحمد إنّ القاعدة في العــراق لم تُقصف", "ar"),
    "http://a.example/3": ("پایگاه", "پایگاه عین‌الاسد هدف حمله پهپادی قرار گرفت", "fa"),
    "http://a.example/4": ("Budget", "The minister spoke of rocket science and the budget.", "en"),
}


def save_text(store: Store, url: str, title: str, body: str, language: str = "en", *rules: str) -> None:
    [link] = add_pending(store, url)
    analysis = analysis_of(*rules)
    article = replace(analysis.article, title=title, body=body, language=language, captions=())
    found = analysis.mentions if rules else ()
    store.save_analysis(link, replace(analysis, article=article, mentions=found), NOW, outlet_name="A", capture=None)


@pytest.fixture
def filled(store: Store) -> Store:
    for url, (title, body, language) in TEXTS.items():
        save_text(store, url, title, body, language)
    return store


def ask(store: Store, question: str, facets: Facets = ANY, **how: bool) -> list[str]:
    """Last characters of the addresses found."""
    found = store.search_articles(parse_question(question), facets, **how)
    return [article.url[-1] for article in store.read_found(found.ids)]


ANSWERS = [
    ("rockets", "1"),
    ("ROCKETS base", "1"),
    ("rockets budget", ""),
    ("rocket*", "41"),
    ("rockets OR budget", "41"),
    ("rocket* -budget", "1"),
    ('"hit the base"', "1"),
    ('"base the hit"', ""),
    ('"Asad Two"', ""),  # a phrase does not run on from the title into the text
    ("ain-al-asad", "1"),
    ("احمد", "2"),
    ("العراق", "2"),
    ("تقصف", "2"),
    ("عين الاسد", "3"),  # Arabic letters, a space for the joiner
    ("عین‌الاسد", "3"),
    ("-rockets", "432"),
    ("", "4321"),
    ("...", "4321"),
]
HOSTILE = (
    *('"', '""', "AND", "OR", "NOT x", "NEAR(a b)", "title: x", "a) OR (b", "'; DROP TABLE links; --", "*", "-", "- -"),
    *(
        "{title} : x",
        "^x",
        "ab:*",
        "!x",
        "x & | y",
        "<->",
        "\\",
        "%",
        "\x00",
        "\ud800",
        "x\x00y",
        "·d2026",
        "OR OR",
        "-OR",
    ),
)


def test_words_phrases_and_what_is_unwanted(filled: Store) -> None:
    for question, found in ANSWERS:
        assert "".join(ask(filled, question)) == found, question
        assert sorted(ask(filled, question, by_rank=True)) == sorted(found), question


def test_no_question_breaks_the_index(filled: Store) -> None:
    for question in HOSTILE:
        assert ask(filled, question) == sorted(ask(filled, question, by_rank=True), reverse=True), question


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60))
def test_every_question_can_be_read(text: str) -> None:
    try:
        question = parse_question(text)
    except QuestionError:
        return
    for start, end in find_marks(text, question):
        assert 0 <= start < end <= len(text)
    assert "".join(run.text for run in cut_snippet(text, question)) == text


def test_what_is_too_much_is_refused_with_the_reason() -> None:
    for question, told in (("x" * 501, "500"), ("a " * 25, "24"), ("a*", "at least 2 letters")):
        with pytest.raises(QuestionError, match=told):
            parse_question(question)


def test_a_later_revision_takes_the_place_of_the_one_before(store: Store) -> None:
    [link] = add_pending(store, "http://a.example/1")
    first, second = analysis_of("threat", body="The convoy left."), analysis_of(body="The convoy stayed.")
    store.save_analysis(link, first, NOW, outlet_name="A", capture=None)
    assert ask(store, "left") == ["1"]
    store.save_replay(link.id, second, NOW, outlet_name="A", capture=None, alert=False)
    assert ask(store, "left") == []
    assert ask(store, "stayed", Facets(entity="ain-al-asad")) == ["1"]


def test_facets_count_and_narrow(store: Store) -> None:
    save_text(store, "http://a.example/1", "One", "A convoy", "en", "threat")
    save_text(store, "http://a.example/2", "Two", "A convoy", "<b>")
    ids = store.search_articles(parse_question("convoy"), Facets()).ids
    counts = store.count_facets(ids)
    assert counts.entity == (("ain-al-asad", 1),)  # the other name stands in what was cut away
    assert counts.outlet == (("news", 2),)
    assert counts.language == (("<b>", 1), ("en", 1))
    assert counts.day == ((f"{NOW:%Y-%m-%d}", 2),)
    assert ask(store, "convoy", Facets(entity="ain-al-asad")) == ["1"]
    assert ask(store, "", Facets(language="<b>")) == ["2"]
    assert ask(store, "-one", Facets(outlet="news", day=f"{NOW:%Y-%m}")) == ["2"]
    assert ask(store, "", Facets(day=f"{NOW - timedelta(days=1):%Y-%m-%d}")) == []


def test_pages_follow_each_other_without_gap(filled: Store) -> None:
    ids = filled.search_articles(Question(), Facets()).ids
    assert filled.search_articles(Question(), Facets(), before=ids[1]).ids == ids[2:]


def test_marks_are_on_the_original_text() -> None:
    text = "قال أحمد إنّ العــراق آمن"
    question = parse_question("احمد العراق")
    assert [text[start:end] for start, end in find_marks(text, question)] == ["أحمد", "العــراق"]
    text = "He said: “Kataib-Hezbollah's men” left. " + "x " * 300
    [mark] = find_marks(text, parse_question('"kataib hezbollahs"'))
    assert text[slice(*mark)] == "Kataib-Hezbollah's"
    runs = cut_snippet("a " * 300 + "the base burned " + "b " * 300, parse_question("base"))
    assert Run("base", is_mark=True) in runs
    assert runs[0].text == "… "
    assert runs[-1].text == " …"


def test_words_are_split_as_names_are_folded() -> None:
    assert split_words("Ḥezbollah's U.S. base—burned") == split_words("hezbollahs US base burned")


def test_what_lacks_a_word_is_found_in_all_months_and_nothing_where_nothing_is(store: Store) -> None:
    assert store.search_articles(parse_question("-rockets"), ANY).ids == ()
    for number, at in enumerate((NOW - timedelta(days=70), NOW - timedelta(days=35), NOW)):
        store.save_poll(poll_of(at=at), [seen(f"http://a.example/{number}")], SourceState("news", at))
        [link] = store.read_pending(at, 10)
        store.save_analysis(link, analysis_of(), at, outlet_name="A")
    assert len(store.search_articles(parse_question("-unheard"), ANY).ids) == 3
