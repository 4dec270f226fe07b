"""What no list holds: transliterations nobody wrote down yet, and groups nobody knows yet."""

import pytest

from crawler.match.matcher import Findings, Matcher
from crawler.match.suggest import SeenVariant, suggest_aliases
from crawler.models import Article
from settings.load import load_settings
from settings.model import Gazetteer, Rule, Settings
from tests.stages.match.gazetteer import alias, base, group


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="module")
def matcher(settings: Settings) -> Matcher:
    return Matcher(settings.gazetteer, settings.rules)


def examine(matcher: Matcher, text: str) -> Findings:
    return matcher.examine(Article(body=text))


SPARSE = Gazetteer(
    entities=(
        group("nujaba", alias("Al-Nujaba"), alias("Harakat al-Nujaba")),
        group("sayyid", alias("Kataib Sayyid al-Shuhada")),
        group("kataib", alias("Kataib Hezbollah")),
        group("hezbollah", alias("Hezbollah"), core=False),
        group("hashd", alias("Hashd al-Shaabi")),
        base("ain-al-asad", alias("Ain al-Asad")),
        base("victoria", alias("Victoria", policy="context", context=("Baghdad",))),
    )
)


@pytest.mark.parametrize(
    ("text", "entity", "spelling"),
    [
        ("the militia Nojaba said", "nujaba", "Nojaba"),
        ("fighters of Nujabaa said", "nujaba", "Nujabaa"),
        ("the faction Ketaeb Sayed al-Shohada said", "sayyid", "Ketaeb Sayed al-Shohada"),
        ("drones struck Ein el-Assad", "ain-al-asad", "Ein el-Assad"),
        ("drones struck Ayn Al-Assad", "ain-al-asad", "Ayn Al-Assad"),
        ("the militia Kata'eb Hizb Allah said", "kataib", "Kata'eb Hizb Allah"),
        ("fighters of the Hachd ach-Chaabi", "hashd", "Hachd ach-Chaabi"),
    ],
)
def test_an_unseen_transliteration_is_found_and_marked(text: str, entity: str, spelling: str) -> None:
    (mention,) = examine(Matcher(SPARSE, ()), text).mentions
    assert (mention.entity, mention.text, mention.certainty) == (entity, spelling, "variant")
    assert text[mention.start : mention.end] == spelling


@pytest.mark.parametrize(
    "text",
    [
        "Victor went to Baghdad with the troops",
        "In Assad's Syria the troops fled",
        "Mr Nagib commands the brigade",
        "The Kitab Hizb bookshop near the base",
        "Nojaba won the spelling bee",
        "Asad Khan, a commander",
    ],
)
def test_a_word_that_only_sounds_alike_is_left_alone(text: str) -> None:
    assert examine(Matcher(SPARSE, ()), text).mentions == ()


def test_a_guessed_spelling_is_never_alone_the_ground_of_the_highest_severity() -> None:
    rules = (Rule(name="hit", severity="critical", when="@base AND drones"),)
    guessed, known = (
        Matcher(SPARSE, rules).examine(Article(body=f"drones struck the base {name}")).hits[0].severity
        for name in ("Ein el-Assad", "Ain al-Asad")
    )
    assert (guessed, known) == ("warning", "critical")


def test_spellings_seen_become_lines_to_add() -> None:
    seen = [
        SeenVariant("ain-al-asad", "Ein el-Assad", "Drones struck Ein el-Assad."),
        SeenVariant("ain-al-asad", "Ein  El-Assad", "Ein El-Assad was shut."),
        SeenVariant("nujaba", "Nojaba", "The militia Nojaba said so."),
    ]
    first, second = suggest_aliases(seen)
    assert (first.entity, first.count, first.example) == ("ain-al-asad", 2, "Drones struck Ein el-Assad.")
    assert first.line == '- "Ein el-Assad"'
    assert (second.entity, second.count) == ("nujaba", 1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a previously unknown group calling itself Jund al-Fajr fired rockets at the base", "Jund al-Fajr"),
        ('an obscure group, which calls itself "Sons of the Two Rivers", claimed the attack', "Sons of the Two Rivers"),
        ("A statement in the name of Liwa al-Qasas claimed the drone strike.", "Liwa al-Qasas"),
        ("A little-known faction named Saraya al-Fajr struck the base.", "Saraya al-Fajr"),
        ("A new militia, Jaysh al-Nar, said it fired two rockets.", "Jaysh al-Nar"),
        ("A new group fired rockets. It called itself the Army of the Dawn.", "Army of the Dawn"),
        ('تبنت مجموعة تطلق على نفسها اسم "كتائب الفجر" الهجوم', "كتائب الفجر"),
        ("تبنى فصيل غير معروف يدعى سرايا الفجر الهجوم على القاعدة.", "سرايا الفجر"),
        ("أعلنت جماعة تسمي نفسها لواء القصاص مسؤوليتها عن الهجوم", "لواء القصاص"),
        ("گروهی ناشناس موسوم به «سرایا الفجر» مسئولیت حمله را برعهده گرفت.", "سرایا الفجر"),
        ("گروهی که خود را لشکر قصاص می‌نامد به پایگاه حمله کرد.", "لشکر قصاص"),
    ],
)
def test_a_group_that_names_itself_is_noticed(matcher: Matcher, text: str, name: str) -> None:
    findings = examine(matcher, text)
    (candidate,) = findings.new_groups
    assert candidate.name == name
    assert text[candidate.place.start : candidate.place.end] == name
    assert "new-group" in {hit.rule for hit in findings.hits}


@pytest.mark.parametrize(
    "text",
    [
        "A company calling itself Blue Sky launched an attack on prices.",
        "In the name of God, the fighters attacked at dawn.",
        "A rock group calling itself The Drones released an album.",
        "A group calling itself the Friends of the Park attacked the plan to fell oaks.",
        "A group calling itself the Islamic Resistance in Iraq fired a rocket.",
        "بسم الله الرحمن الرحيم تبنت المقاومة الهجوم",
    ],
)
def test_not_everybody_who_has_a_name_is_a_new_group(matcher: Matcher, text: str) -> None:
    assert "new-group" not in {hit.rule for hit in examine(matcher, text).hits}


def test_the_first_seed_s_group_is_found_with_its_entry_deleted(settings: Settings) -> None:
    entities = tuple(entity for entity in settings.gazetteer.entities if entity.id != "al-thawriyoun")
    matcher = Matcher(settings.gazetteer.model_copy(update={"entities": entities}), settings.rules)
    findings = examine(
        matcher,
        "The attacks were claimed by an obscure, previously unknown group claiming to be part of the "
        '"Islamic Resistance in Iraq," which calls itself Al-Thawriyoun [The Revolutionaries].',
    )
    assert [candidate.name for candidate in findings.new_groups] == ["Al-Thawriyoun"]
    assert "new-group" in {hit.rule for hit in findings.hits}
