"""Names are found in every spelling, at the original offsets, and only where they are meant."""

import unicodedata
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.match.matcher import Matcher
from crawler.match.normalize import Folded, fold_text, squeeze
from crawler.models import Article, Mention, Removed, Zone
from settings.model import Gazetteer
from tests.shipped import compile_names
from tests.stages.match.gazetteer import SMALL, alias, base

MATCHER = Matcher(SMALL, ())


def mentions(text: str, **zones: str) -> list[Mention]:
    return list(MATCHER.examine(Article(body=text, **zones)).mentions)  # type: ignore[arg-type]  # zones are texts here


def entities(text: str) -> list[str]:
    return [mention.entity for mention in mentions(text)]


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("fighters of Kata'ib Hezbollah said", "Kata'ib Hezbollah"),
        ("fighters of Kataʿib-Hezbollah said", "Kataʿib-Hezbollah"),
        ("KATAIB HEZBOLLAH VOWS", "KATAIB HEZBOLLAH"),
        ("see #Kataib_Hezbollah now", "Kataib_Hezbollah"),
        ("see #KataibHezbollah now", "KataibHezbollah"),
        ("Kataib\u00a0Hezbollah’s men", "Kataib\u00a0Hezbollah"),
        ("Kataïb Hezbollah (Irak)", "Kataïb Hezbollah"),
        ("أعلنت كتائب حزب الله", "كتائب حزب الله"),
        ("قالت كَتَائِبُ حِزْبِ اللَّهِ", "كَتَائِبُ حِزْبِ اللَّهِ"),
        ("هجوم لكتـــائب حزب الله", "كتـــائب حزب الله"),
        ("وكتائب حزب الله", "كتائب حزب الله"),
        ("بكتائب «حزب الله»", "كتائب «حزب الله"),
        ("نیروهای کتائب حزب‌الله گفتند", "کتائب حزب‌الله"),
        ("نیروهای کتائب حزب الله گفتند", "کتائب حزب الله"),
        ("نیروهای کتائب حزبالله گفتند", "کتائب حزبالله"),
        ("#كتائب_حزب_الله", "كتائب_حزب_الله"),
    ],
)
def test_one_name_is_found_in_many_spellings_and_shown_as_written(text: str, original: str) -> None:
    (mention,) = mentions(text)
    assert (mention.entity, mention.text) == ("kataib-hezbollah", original)
    assert text[mention.start : mention.end] == original


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("انضم إلى الحشد الشعبي", "popular-mobilization-forces"),
        ("بالحشد الشعبي", "popular-mobilization-forces"),
        ("للحشد الشعبي", "popular-mobilization-forces"),
        ("وللحشد الشعبي", "popular-mobilization-forces"),
        ("والحشد الشعبي", "popular-mobilization-forces"),
        ("بيان للثوريين", "al-thawriyoun"),
        ("Kataib Sayyid ash-Shuhada", "kataib-sayyid-al-shuhada"),
        ("Kata'ib Sayyid as-Shuhada", "kataib-sayyid-al-shuhada"),
        ("Kataib Sayyid el-Shuhada", "kataib-sayyid-al-shuhada"),
        ("کتائب سیدالشهدا", "kataib-sayyid-al-shuhada"),
        ("Harakat an-Nujaba", "harakat-hezbollah-al-nujaba"),
        ("El-Nujaba Movement", "harakat-hezbollah-al-nujaba"),
        ("the U.S. embassy in Baghdad", "embassy"),
        ("the US embassy in Baghdad", "embassy"),
        ("the u.s. embassy in baghdad", "embassy"),
        ("Harir bases were hit", "harir"),
        ("Şeddadi Üssü’nde patlama", "ain-al-asad"),
        ("Seddadi ussu", "ain-al-asad"),
        ("incirlik'te", "incirlik"),
        ("İNCİRLİK", "incirlik"),
        ("برج ۲۲", "tower-22"),
        ("Tower-22", "tower-22"),
        ("Hizbullah Tugaylarına ait", "kataib-hezbollah"),
        ("HİZBULLAH TUGAYLARININ", "kataib-hezbollah"),
        ("Husilerin füzesi", "houthis"),
        ("عین‌الاسد", "ain-al-asad"),
    ],
)
def test_articles_clitics_cases_digits_and_joiners_do_not_hide_a_name(text: str, entity: str) -> None:
    assert entities(text) == [entity]


@pytest.mark.parametrize(
    "text",
    [
        "The Hariri family of Lebanon",
        "عملية تحرير الموصل",
        "Victoria's Secret opened a shop",
        "ConocoPhillips reported earnings",
        "a sad day after all",
        "the pro-Hizbullah daily Al-Akhbar",
        "an anti-Houthi coalition",
        "the 47th Brigade of the British army",
        "the Liwa Oasis hosts a brigade of tourists",
        "kh",
        "أنصار اللهجة",
    ],
)
def test_a_name_is_not_seen_where_it_is_not_meant(text: str) -> None:
    assert entities(text) == []


def test_the_longest_name_wins_over_every_name_inside_it() -> None:
    assert entities("Harakat Hezbollah al-Nujaba and the Hezbollah Brigades") == [
        "harakat-hezbollah-al-nujaba",
        "kataib-hezbollah",
    ]
    assert entities("the Ansar Allah Al-Awfiya' militia") == ["ansar-allah-al-awfiya"]
    assert entities("the Houthi Ansar Allah movement") == ["houthis", "houthis"]
    assert entities("Lebanese Hezbollah") == ["hezbollah-lebanon"]


@pytest.mark.parametrize("text", ["בסיס אל-תנף", "בסיס אל תנף", "בסיס אל־תנף", "בסיס אלתנף"])
def test_a_blank_may_stand_for_the_hyphen_of_a_short_name(text: str) -> None:
    matcher = Matcher(Gazetteer(entities=(base("al-tanf", alias("אל-תנף", "he")),)), ())
    assert [mention.entity for mention in matcher.examine(Article(body=text)).mentions] == ["al-tanf"]


def test_overlapping_spellings_of_one_name_are_one_mention() -> None:
    (mention,) = mentions("rockets at the Ayn Al Asad airbase in Anbar")
    assert mention.text == "Ayn Al Asad airbase"


def test_a_context_alias_needs_its_cue_in_the_same_or_a_neighbouring_sentence() -> None:
    assert entities("Nujaba is a militia.") == ["harakat-hezbollah-al-nujaba"]
    assert entities("It is an Iraqi force. Nujaba said so.") == ["harakat-hezbollah-al-nujaba"]
    assert entities("It is an Iraqi force. The sun shone. Nujaba is a girls' school.") == []
    assert entities("Nujaba, a girls' school, won the cup.") == []


def test_a_cue_inside_the_name_itself_does_not_count() -> None:
    assert entities("Conoco base") == ["conoco"]
    assert entities("Conoco shares fell.") == []
    assert entities("Conoco shares fell. A base was closed.") == ["conoco"]


def test_a_shared_spelling_goes_to_the_entity_whose_context_speaks() -> None:
    assert entities("قال حزب الله في بيان") == ["hezbollah-lebanon"]
    assert entities("قال حزب الله في جرف الصخر") == ["kataib-hezbollah"]


def test_an_acronym_counts_only_after_its_full_form_and_in_capitals() -> None:
    assert entities("KH said. Kataib Hezbollah said. KH said. kh") == ["kataib-hezbollah"] * 2
    assert entities("Saraya Awliya al-Dam is sad. SAD said so.") == ["saraya-awliya-al-dam"] * 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("نفذ اللواء الأول في الحشد عملية", "اللواء الأول"),
        ("نفذ اللواء الثاني عشر في الحشد عملية", "اللواء الثاني عشر"),
        ("نفذ اللواء الثلاثون في الحشد عملية", "اللواء الثلاثون"),
        ("آمر اللواء الحادي والخمسين في الحشد", "اللواء الحادي والخمسين"),
        ("تیپ سی‌ام حشد شعبی در نینوا", "تیپ سی‌ام"),
        ("تیپ چهل و پنجم حشد شعبی در نینوا", "تیپ چهل و پنجم"),
        ("تیپ دوازدهم حشد شعبی در نینوا", "تیپ دوازدهم"),
    ],
)
def test_brigade_numbers_may_be_words(text: str, name: str) -> None:
    (mention,) = [each for each in mentions(text) if each.entity == "pmf-brigade"]
    assert mention.text == name


@pytest.mark.parametrize("text", ["نفذ اللواء الثالث في الجيش اللبناني دورية", "تیپ سوم زرهی ارتش رزمایش برگزار کرد"])
def test_brigades_of_other_armies_in_words_are_no_mention(text: str) -> None:
    assert entities(text) == []


def test_brigade_numbers_need_their_anchor() -> None:
    (mention,) = mentions("the PMF's 47th Brigade")
    assert mention.text == "47th Brigade"


def test_a_name_never_reaches_across_a_line_or_a_full_stop() -> None:
    assert entities("He left Kataib\nHezbollah said") == ["hezbollah-lebanon"]
    assert entities("He studied the kataib. Hezbollah said") == ["hezbollah-lebanon"]


def test_every_zone_is_searched_and_named() -> None:
    article = Article(
        title="Houthis",
        description="Kataib Hezbollah",
        body="Ain al-Asad",
        captions=("A flag", "of Kataib Hezbollah"),
        removed=(Removed("Tower 22", "sidebar", "unrelated"),),
    )
    found = MATCHER.examine(article).mentions
    assert [(mention.zone, mention.entity) for mention in found] == [
        (Zone.TITLE, "houthis"),
        (Zone.DESCRIPTION, "kataib-hezbollah"),
        (Zone.BODY, "ain-al-asad"),
        (Zone.CAPTION, "kataib-hezbollah"),
        (Zone.REMOVED, "tower-22"),
    ]
    assert all(article.zone_text(mention.zone)[mention.start : mention.end] == mention.text for mention in found)


def test_an_empty_article_mentions_nothing() -> None:
    assert mentions("") == []
    assert mentions("\x00 \u200c \ufffd \ud800") == []


# ── properties ───────────────────────────────────────────────────────────────────────────────────

PLAIN = [alias.text for entity in SMALL.entities for alias in entity.aliases if alias.policy == "plain"]
FILLER = st.text(alphabet=" .,\nabzكتبالوسپ\u200c\u0301\u0651ـ'’-أئé", max_size=30)
TEXTS = st.lists(st.one_of(st.sampled_from(PLAIN), FILLER), max_size=6).map(" ".join)


@given(st.text())
def test_folding_is_idempotent(text: str) -> None:
    folded = fold_text(text)
    assert fold_text(folded).split() == folded.split()


@given(st.text())
def test_the_way_back_covers_every_folded_character_in_order(text: str) -> None:
    folded = Folded(text)
    origins = [folded.origin(index) for index in range(len(folded.squeezed))]
    assert origins == sorted(origins)
    assert all(folded.index_of(origin) <= index for index, origin in enumerate(origins))
    assert all(squeeze(text[origin]) for origin in origins)


@given(TEXTS)
def test_offsets_always_point_at_the_original_characters(text: str) -> None:
    for mention in mentions(text):
        assert text[mention.start : mention.end] == mention.text
        assert squeeze(mention.alias) in squeeze(mention.text)


@given(TEXTS)
def test_matching_is_unchanged_by_composition_tatweel_and_case(text: str) -> None:
    expected = entities(text)
    assert entities(unicodedata.normalize("NFC", text)) == expected
    assert entities(unicodedata.normalize("NFD", text)) == expected
    assert entities(text.replace("ا", "ا\u0640\u0640")) == expected
    assert entities(text.upper()) == expected
    assert entities(text.lower()) == expected


def test_squeezed_aliases_are_what_texts_are_compared_by() -> None:
    assert squeeze("Kata'ib Hezbollah") == squeeze("kataib-hezbollah") == "kataibhezbollah"
    assert squeeze("کتائب حزب‌الله") == squeeze("كتائب حزب الله")


@pytest.mark.parametrize(
    "piece",
    [
        "Al-",
        "U.S.",
        "الثوريون ",
        'a group "calls itself " attack',
        "an unknown group Xx rocket ",
        "Ali Hezbollah ",
        "'",
        "[1]",
        ". ",
    ],
)
def test_a_text_that_is_made_to_be_slow_is_not(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    started = process_time()
    MATCHER.examine(Article(body=text))
    assert process_time() - started < 30


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("The Brigades of the Master of Martyrs opened a clinic", "kataib-sayyid-al-shuhada"),
        ("Master of the Martyrs Battalion opened a clinic", "kataib-sayyid-al-shuhada"),
        ("Katayib Jund al-Imam opened a clinic", "kataib-jund-al-imam"),
        ("The Jund al-Imam Battalions opened a clinic", "kataib-jund-al-imam"),
        ("The Muntaqim Companies published a film", "saraya-al-muntaqim"),
        ("The Sayyida Ruqayya Brigade went home", "quwat-al-jafariya"),
        ("Kataeb Seyyed ol-Shohada opened a clinic", "kataib-sayyid-al-shuhada"),
        ("Asaib Ahl ul-Haq named a new minister", "asaib-ahl-al-haq"),
        ("A new hall for the international airport of Kirkuk", "kirkuk-air-base"),
        ("Kirkuk's airport has a new hall", "kirkuk-air-base"),
        ("Camp Shaddadi was closed", "shaddadi"),
        ("Drones fell on Muwafaq as-Salti air base", "muwaffaq-salti"),
    ],
)
def test_what_translators_make_of_a_shipped_name_is_found(text: str, entity: str) -> None:
    assert entity in {mention.entity for mention in compile_names().examine(Article(body=text)).mentions}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("The Hezbollah Battalion drilled in south Lebanon", "kataib-hezbollah"),
        ("The Jihad Brigades of Derna laid down their rifles", "saraya-al-jihad"),
        ("Salam Companies, a group of Dubai's builders, hired a chief", "saraya-al-salam"),
        ("The Basij's Imam Ali Battalion marched in Tehran", "kataib-al-imam-ali"),
        ("Popular mobilisation in the districts of Kharkiv goes on, and drones fly", "popular-mobilization-forces"),
        ("In the name of God, Breaker of Tyrants: our drones struck", "qasim-al-jabbarin"),
        ("The army of the Mahdi took Khartoum in 1885", "mahdi-army"),
        ("KSS sent its air ambulance to Kent", "kataib-sayyid-al-shuhada"),
        ("A faction of dentists in Iraq makes patients say aah", "asaib-ahl-al-haq"),
        ("Gunmen came to the nearest camp at Taji in Niger", "camp-taji"),
    ],
)
def test_no_translation_takes_what_is_anothers(text: str, entity: str) -> None:
    assert entity not in {mention.entity for mention in compile_names().examine(Article(body=text)).mentions}
