"""Vowel marks, tatweel, letters in two characters, printed forms and exchanged letters change nothing but offsets."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.match.evaluate import Passage, read_passages
from crawler.match.letters import Letters
from crawler.match.matcher import Findings, Matcher
from crawler.match.normalize import Folded, squeeze
from crawler.match.plain import has_odd, level_parts, level_text, make_plain, read_plain
from crawler.models import Article, Hit, Zone
from settings.model import Rule
from tests.shipped import compile_shipped, read_shipped

SETS = [Path(__file__).parent / "match" / name for name in ("passages.jsonl", "phrases.jsonl", "calm.jsonl")]
EVERY = 9
"""Of the passages in Arabic script; one in so many shows what all would."""
LETTER = re.compile("[ا-يپچژکگی]")
JOINING = re.compile("[بتثجحخسشصضطظعغفقكلمنهيپچکگی](?=[ا-ي])")
VOWELS = "\u064b\u064e\u064f\u0650\u0651\u0652"
FORMS = {letter: form for form in map(chr, range(0xFE8D, 0xFEF3)) for letter in unicodedata.normalize("NFKD", form)}
ODD_TEXT = st.text(
    alphabet="aeKI ıİ.\n'’كتائبيأؤئﻻﷲ\u0301\u0307\u0327\u064b\u0651\u0653\u0654\u0640\u200c\u200d\u05b0שׁ"
)


def write_vowels(text: str) -> str:
    random = Random(text)
    return LETTER.sub(lambda letter: letter[0] + random.choice(VOWELS), text)


def stretch_lines(text: str) -> str:
    return JOINING.sub(lambda letter: letter[0] + "\u0640\u0640", text)


def take_apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def print_forms(text: str) -> str:
    return "".join(FORMS.get(letter, letter) for letter in text)


def drop_hamza(text: str) -> str:
    return re.sub("[أإ]", "ا", text)


def write_egyptian(text: str) -> str:
    return re.sub(r"ي\b", "ى", text)


def type_persian_on_an_arabic_keyboard(text: str) -> str:
    return text.replace("ی", "ي").replace("ک", "ك") if re.search("[پچژگ]", text) else text


def part_by_blanks(text: str) -> str:
    return text.replace("\u200c", " ")


def forbid_breaks(text: str) -> str:
    return text.replace(" ", "\u00a0").replace("-", "\u2011")


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return compile_shipped().matcher


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    read = [each for path in SETS for each in read_passages(path.read_text(encoding="utf-8").splitlines())]
    return [each for each in read if each.lang in {"ar", "fa"}][::EVERY]


def list_findings(found: Findings, *, in_words: bool) -> tuple[object, ...]:
    """What was found, without where it stands; `in_words`, with what was marked and how many words lie between."""
    return (
        [(mention.entity, mention.certainty) for mention in found.mentions],
        [(hit.rule, hit.severity, *((hit.distance, _list_marked(hit)) if in_words else ())) for hit in found.hits],
        [(stance.event, stance.entity) for stance in found.stances],
        [squeeze(group.name) for group in found.new_groups],
        found.near_misses,
    )


REWRITES = (
    *(write_vowels, stretch_lines, take_apart, print_forms, drop_hamza, write_egyptian),
    *(type_persian_on_an_arabic_keyboard, part_by_blanks, forbid_breaks),
)


@pytest.mark.parametrize("rewrite", REWRITES)
def test_whatever_a_text_is_written_with_tells_the_same_at_its_own_offsets(
    rewrite: Callable[[str], str], matcher: Matcher, passages: list[Passage]
) -> None:
    for passage in passages:
        text = rewrite(passage.text)
        found = matcher.examine(Article(body=text, language=passage.lang))
        expected = matcher.examine(Article(body=passage.text, language=passage.lang))
        in_words = rewrite is not part_by_blanks
        assert list_findings(found, in_words=in_words) == list_findings(expected, in_words=in_words), text
        _check_offsets(text, found)


def _list_marked(hit: Hit) -> list[str]:
    marked = [hit.sentence[start:end] for start, end in hit.marks]
    return [squeeze(text) for text in (*marked, *(term.text for term in hit.terms))]


def _check_offsets(text: str, found: Findings) -> None:
    terms = [term for hit in found.hits for term in hit.terms]
    for told in (*found.mentions, *terms, *found.stances):
        assert text[told.start : told.end] == told.text
        assert text[told.end : told.end + 1] not in {*VOWELS, "\u0640"}, "a mark belongs to its letter"
    for hit in found.hits:
        assert text[hit.start : hit.end] == hit.sentence
    for group in found.new_groups:
        assert text[group.start : group.end] == group.name


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("لَمْ تَتَبَنَّ كَتَائِبُ حِزْبِ اللهِ الهُجُومَ عَلَى قَاعِدَةِ عَيْنِ الأَسَدِ بَعْدُ", {"base-attacked"}),
        ("نَفَتْ كتائب حزب الله مَسْؤُولِيَّتَها عن الهجوم على قاعدة عين الأسد", {"base-attacked", "claim-or-denial"}),
    ],
)
def test_a_negation_with_vowels_is_one(text: str, rules: set[str], matcher: Matcher) -> None:
    found = matcher.examine(Article(body=text))
    assert rules <= {hit.rule for hit in found.hits}
    assert "claim" not in {stance.event for stance in found.stances}


@given(ODD_TEXT)
def test_a_plain_text_folds_as_the_original_does_and_is_plain(text: str) -> None:
    plain = read_plain(text)
    assert squeeze(plain.text) == squeeze(text)
    assert read_plain(plain.text).text == plain.text == make_plain(text)
    assert Folded(plain.text).is_plain
    assert Folded(text).is_plain == (not has_odd(text))
    assert Letters(plain.text).squeezed == Letters(text).squeezed


@given(st.text(alphabet="aيیىكکأإآةپگ-\u00a0\u2010\u2011\n"))
def test_exchanging_letters_moves_nothing_and_shows_in_whatever_holds_the_text(text: str) -> None:
    level = level_text(text)
    assert len(level) == len(text)
    assert squeeze(level) == squeeze(text)
    assert any(level in whole for whole in level_parts(f"ة{text}گ"))


def test_an_expression_of_an_analyst_is_tried_on_the_letters_as_printed() -> None:
    rule = Rule(name="fa-ye", severity="info", when="/[آ-ی]*پایگاهی/", examples=())
    [hit] = Matcher(read_shipped().gazetteer, (rule,)).examine(Article(body="در پایــگاهی نظامی")).hits
    assert [term.text for term in hit.terms] == ["پایــگاهی"]


@given(ODD_TEXT)
def test_every_stretch_of_a_plain_text_is_found_in_the_original(text: str) -> None:
    plain = read_plain(text)
    assert plain.span(0, len(plain.text))[1] == len(text)
    for start in range(len(plain.text)):
        first, last = plain.span(start, start + 1)
        assert plain.text[start] in read_plain(text[first:last]).text
        assert plain.span(start, start) == (first, first)


def test_an_ordinary_text_is_left_as_it_is() -> None:
    ordinary = "Kata’ib Hezbollah, Ḥizbollāh, Türkçe — كتائب حزب الله في العراق می‌گوید ❗️"
    assert Folded(ordinary).is_plain
    assert read_plain(ordinary).text == ordinary


def test_a_quotation_of_a_marked_text_has_the_marks() -> None:
    article = Article(body="هجوم على قاعـــدة عَيْنِ الأَسَدِ!")
    [mention] = Matcher(read_shipped().gazetteer, ()).examine(article).mentions
    assert mention.zone is Zone.BODY
    assert mention.text.endswith("عَيْنِ الأَسَدِ")
