"""The rules that we ship do what their examples say, with the gazetteer that we ship."""

import pytest

from crawler.match.examples import check_alias_examples, check_examples
from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import SEVERITIES
from tests.shipped import read_shipped


def test_every_example_of_every_shipped_rule_holds() -> None:
    settings = read_shipped()
    problems = check_examples(Matcher(settings.gazetteer, settings.rules), settings.rules)
    assert [str(problem) for problem in problems] == []


def test_every_example_of_every_shipped_alias_holds() -> None:
    settings = read_shipped()
    problems = check_alias_examples(Matcher(settings.gazetteer, settings.rules), settings.gazetteer)
    assert [str(problem) for problem in problems] == []
    assert sum(bool(alias.examples) for entity in settings.gazetteer.entities for alias in entity.aliases) >= 5


def test_every_shipped_rule_has_examples_of_both_kinds_and_in_three_languages() -> None:
    for rule in read_shipped().rules:
        assert {example.matches for example in rule.examples} == {True, False}, rule.name
        assert rule.severity in SEVERITIES
        assert rule.description, rule.name


LOUD = {"warning", "critical"}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    settings = read_shipped()
    return Matcher(settings.gazetteer, settings.rules)


def is_loud(matcher: Matcher, text: str) -> bool:
    return any(hit.severity in LOUD for hit in matcher.examine(Article(body=text)).hits)


@pytest.mark.parametrize(
    ("text", "loud"),
    [
        ("US troops have quit Al-Tanf.", True),
        ("Pilgrims have quit Al-Tanf.", False),
        ("Al-Tanf has been taken over by the Syrian army.", True),
        ("American soldiers at Al-Tanf left gifts for the children of its shepherds.", False),
        ("The Pentagon gave up on a plan to pave the road that leads to Al-Tanf.", False),
        ("ترك الأمريكيون قاعدة التنف.", True),
        ("ترك الفلاحون محيط قاعدة التنف.", False),
        ("دخل الجنود الأمريكيون مطبخ قاعدة التنف ليوم واحد.", False),
        ("نظامیان آمریکایی با پایگاه التنف وداع کردند.", True),
        ("واشنگتن کاهش مصرف آب در پایگاه التنف را هدف گذاشته است.", False),
    ],
)
def test_a_base_is_left_where_the_soldiers_who_leave_it_are_named(
    matcher: Matcher,
    text: str,
    loud: bool,  # noqa: FBT001 a column of the table
) -> None:
    assert is_loud(matcher, text) is loud


@pytest.mark.parametrize(
    ("text", "loud"),
    [
        ("Badr Organization suspended two members.", False),
        ("Badr Organization suspended its attacks.", True),
        ("علق القيادي في منظمة بدر على تصريحات الوزير.", False),
        ("علقت منظمة بدر هجماتها.", True),
        ("عضویت دو تن در سازمان بدر به حالت تعلیق درآمد.", False),
        ("سازمان بدر عملیات خود را تعلیق کرد.", True),
    ],
)
def test_a_truce_is_a_suspension_of_attacks_and_not_of_members(
    matcher: Matcher,
    text: str,
    loud: bool,  # noqa: FBT001 a column of the table
) -> None:
    assert is_loud(matcher, text) is loud


@pytest.mark.parametrize(
    "text",
    [
        "صدرت منظمة بدر كتيبا عن تصدير التمور.",
        "وبالتالي بقيت قاعدة عين الأسد كما هي.",
        "درس في الأخلاق لجنود قاعدة عين الأسد.",
        "شركتی از بمبئی میزبان سازمان بدر بود.",
        "A Patriotic Union delegate was at Kirkuk air base.",
    ],
)
def test_words_that_only_begin_alike_are_no_events(matcher: Matcher, text: str) -> None:
    assert not is_loud(matcher, text)


def test_a_word_of_peace_elsewhere_does_not_hide_a_threat(matcher: Matcher) -> None:
    threat = "Kataib Hezbollah threatened to burn US bases."
    assert is_loud(matcher, f"{threat} The cabinet met at night, and parliament did too.")
    assert not is_loud(matcher, "Kataib Hezbollah's MPs threatened to vote against the budget. The cabinet met.")


@pytest.mark.parametrize(
    "text",
    [
        "توعدت عصائب أهل الحق خلال مباراة لكرة القدم باستهداف الجنود الأمريكيين.",
        "کتائب حزب‌الله تهدید کرد اگر پارلمان به توافق رأی دهد به پایگاه‌های آمریکا حمله می‌کند.",
        "Kataib Hezbollah warned the prime minister that it would strike American troops after the election.",
    ],
)
def test_a_threat_to_soldiers_is_told_wherever_and_on_whatever_condition_it_is_made(
    matcher: Matcher, text: str
) -> None:
    assert is_loud(matcher, text)


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Kataib Hezbollah said its operations against US forces will resume.", True),
        ("Attacks on US bases will restart, said a commander in Kataib Hezbollah.", True),
        ("قالت كتائب حزب الله إن عملياتها ضد الاحتلال ستستأنف.", True),
        ("Kataib Hezbollah said its operations will not resume.", False),
        ("Airport operations will resume on Monday, said an official who met Kataib Hezbollah.", False),
        ("قالت منظمة بدر إن عمليات البحث عن المفقودين ستستأنف غدا.", False),
    ],
)
def test_operations_that_will_resume_end_a_truce_where_they_are_of_arms(
    matcher: Matcher,
    text: str,
    ended: bool,  # noqa: FBT001 a column of the table
) -> None:
    hits = matcher.examine(Article(body=text)).hits
    assert ("truce-ended" in {hit.rule for hit in hits}) is ended


@pytest.mark.parametrize(
    ("text", "loud"),
    [
        ("The Arab League condemned the drone attack on Ain al-Asad.", True),
        ("A drone scored a direct hit on the barracks of Harir airbase.", True),
        ("The rocket left a crater the size of a football pitch at Ain al-Asad.", True),
        ("Footballers at Ain al-Asad scored twice in the second half, with a rocket and a bomb.", False),
        ("سقط صاروخ على ملعب قرب مقر الحشد الشعبي وأصيب ثلاثة مقاتلين.", True),
        ("فريق الحشد الشعبي يطلق صاروخا في مباراة الدوري ويسقط ضيفه.", False),
        ("یک مربی آمریکایی در حمله راکتی به عین‌الاسد کشته شد.", True),
        ("مربی تیم حشد الشعبی از موشک دقیقه نود گلزنش گفت.", False),
    ],
)
def test_words_of_sport_keep_an_attack_silent_only_where_sport_is_meant(
    matcher: Matcher,
    text: str,
    loud: bool,  # noqa: FBT001 a column of the table
) -> None:
    assert is_loud(matcher, text) is loud


@pytest.mark.parametrize(
    ("text", "loud"),
    [
        ("A gas heater blew up in a guardhouse of Ain al-Asad and burned two guards.", False),
        ("A drone blew up over a guardhouse of Ain al-Asad and burned two guards.", True),
        ("اندلع حريق في صهريج داخل عين الأسد بسبب شرارة لحام وأصيب عاملان.", False),
        ("اندلع حريق في صهريج داخل عين الأسد بعد أن اخترقته شظايا صاروخ.", True),
        ("جرقه جوشکاری تانکر سوخت را در عین‌الاسد به آتش کشید.", False),
        ("ترکش راکت تانکر سوخت را در عین‌الاسد به آتش کشید.", True),
        (
            "Families told the court how Kataib Hezbollah bombs had killed their sons; the bank they sue denies it.",
            False,
        ),
        ("A court in Newark charged a clerk with sending drones to Kataib Hezbollah.", True),
        ("The convoy of mercy of Kataib al-Imam Ali brought lentils.", False),
        ("The armed convoy of Kataib al-Imam Ali crossed into Syria.", True),
    ],
)
def test_what_stoves_courts_and_charity_do_is_no_attack(
    matcher: Matcher,
    text: str,
    loud: bool,  # noqa: FBT001 a column of the table
) -> None:
    assert is_loud(matcher, text) is loud


@pytest.mark.parametrize(
    ("text", "loud"),
    [
        ("An attack on Ain al-Asad wounded two guards, a hospital source said.", True),
        ("Kataib Hezbollah threatened American troops, a lawmaker said.", True),
        ("Kataib Hezbollah opened a ward in a hospital, a lawmaker said.", False),
        ("هددت كتائب حزب الله القوات الأمريكية، بحسب صحيفة محلية.", True),
        ("اغتيل قيادي في كتائب حزب الله، قال نائب.", True),
        ("كرمت كتائب حزب الله أطباء مستشفى، قال نائب.", False),
        ("عین‌الاسد بار دیگر هدف قرار گرفت، روزنامه‌ای نوشت.", True),
        ("نمایندگان عصائب اهل الحق تهدید کردند جلسه را ترک می‌کنند، دانشجویی گفت.", False),
    ],
)
def test_who_tells_of_an_attack_does_not_make_it_peaceful(
    matcher: Matcher,
    text: str,
    loud: bool,  # noqa: FBT001 a column of the table
) -> None:
    assert is_loud(matcher, text) is loud
