"""What is supposed, commented on, rehearsed or remembered did not happen now; what is threatened was said."""

from datetime import UTC, datetime
from time import process_time

import pytest

from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import Rule
from tests.shipped import read_shipped


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    rules = [
        Rule(name="deed", severity="info", when="#attack OR #rocket OR #drone"),
        Rule(name="threat", severity="info", when="#threat"),
        Rule(name="supposed", severity="info", when="#supposed"),
    ]
    return Matcher(read_shipped().gazetteer, tuple(rules))


def fired(matcher: Matcher, text: str, year: int | None = None) -> set[str]:
    published = datetime(year, 7, 1, tzinfo=UTC) if year else None
    return {hit.rule for hit in matcher.examine(Article(body=text, published=published)).hits}


@pytest.mark.parametrize(
    "text",
    [
        "If Kataib Hezbollah attacked Ain al-Asad, oil would jump, economists say.",
        "Had the rocket hit the hangar, the siege of Ain al-Asad would have begun.",
        "What if drones struck Ain al-Asad?",
        "Analysts say Kataib Hezbollah could attack Ain al-Asad one day.",
        "Soldiers at Ain al-Asad rehearsed a rocket attack.",
        "A new film about Ain al-Asad opens with an explosion. The attack lasts an hour.",
        "A wreath was laid for soldiers killed when a drone hit Tower 22.",
        "On the anniversary of the attack on Ain al-Asad, children sang.",
        "Three years ago rockets fell on Ain al-Asad.",
        "In 2020 missiles struck Ain al-Asad, and the story ends there.",
        "In 2020, missiles struck Ain al-Asad.",
        "A court heard survivors of the Camp Speicher massacre of 2014.",
        "When rockets fell on K-1 in December 2019, Washington bombed Kataib Hezbollah and shelled its depots.",
        "عندما سقطت صواريخ على كي وان عام 2019، قصفت واشنطن الكتائب",
        "On this day: 1935 - Elvis Presley is born. 2020 - Iran fires ballistic missiles at Ain al-Asad.",
        "They met where, six years ago this week, an American drone hit the road to Ain al-Asad.",
        "The play is about the night in January 2020 when missiles rained down on Ain al-Asad.",
        "It is two years since drones hit Tower 22.",
        "Suppose that Kataib Hezbollah fired rockets. Such an attack would be costly.",
        "Fact check: the video of missiles hitting Ain al-Asad is old.",
        "A video shows missiles hitting Ain al-Asad. The clip is from a test in 2017.",
        "The embassy will test its sirens on Monday. An attack is not expected.",
        "لو قصفت الفصائل قاعدة عين الأسد لردت واشنطن، يقول محلل",
        "تمرين يحاكي هجوما على عين الأسد",
        "في ذكرى الهجوم على عين الأسد",
        "اگر به عین‌الاسد حمله شود قیمت نفت بالا می‌رود، کارشناس گفت",
        "رزمایش مقابله با حمله در عین‌الاسد",
        "در سالگرد حمله به عین‌الاسد",
        "مرت سنتان على مقتل ثلاثة جنود في البرج 22",
        "قبل عامين، قصفت صواريخ قاعدة عين الأسد",
        "دو سال از حمله به برج ۲۲ گذشت",
        "هل ضربت الصواريخ عين الأسد؟ المقطع من سوريا",
        "ویدئوی قدیمی حمله به عین‌الاسد بازنشر شد",
    ],
)
def test_what_did_not_happen_now_is_no_attack(matcher: Matcher, text: str) -> None:
    assert "deed" not in fired(matcher, text)


@pytest.mark.parametrize(
    "text",
    [
        "When asked about the strike of 2020, its spokesman said missiles had hit Ain al-Asad on Monday.",
        "When rockets fell in 2019 nobody was hurt, but on Monday a drone hit Ain al-Asad.",
        "Ain al-Asad: 2020 troops heard an explosion.",
        "Rockets hit Ain al-Asad hours after an exercise ended.",
        "Rockets hit Ain al-Asad, if early reports are right.",
        "A drill was held at Ain al-Asad. On Monday two rockets fell there.",
        "On the anniversary of the killing of Soleimani, rockets struck Ain al-Asad.",
        "Kataib Hezbollah, founded in 2007, attacked Ain al-Asad.",
        "In January 2024 a drone hit Tower 22.",
        "Kataib Hezbollah, set up in April 2007, attacked Ain al-Asad.",
        "صواريخ تسقط على عين الأسد بعد انتهاء مناورات مشتركة",
        "هاجمت كتائب حزب الله عين الأسد، وهددت بالمزيد إذا استمر العدوان",
        "اگرچه هوا طوفانی بود، موشک‌ها به عین‌الاسد اصابت کرد",
        "پس از رزمایش مشترک، دو راکت به عین‌الاسد اصابت کرد",
    ],
)
def test_what_happened_is_an_attack_whatever_stands_beside_it(matcher: Matcher, text: str) -> None:
    assert "deed" in fired(matcher, text)


@pytest.mark.parametrize(
    "text",
    [
        "Kataib Hezbollah will hit every base if Israel attacks Iran.",
        "If Israel attacks Iran, Kataib Hezbollah said, it would target American bases.",
        "Officials warn that militias could strike Ain al-Asad if talks fail.",
        "On the anniversary of its founding Kataib Hezbollah vowed revenge.",
        "إذا استمر العدوان فإن كتائب حزب الله ستستهدف القواعد",
        "کتائب حزب‌الله: اگر حمله کنند پاسخ ما سخت خواهد بود",
    ],
)
def test_a_threat_is_one_although_it_has_a_condition(matcher: Matcher, text: str) -> None:
    assert "threat" in fired(matcher, text)


def test_a_rule_can_ask_whether_the_sentence_of_a_name_supposes_something(matcher: Matcher) -> None:
    assert "supposed" in fired(matcher, "If Kataib Hezbollah attacked, what then?")
    assert "supposed" not in fired(matcher, "Kataib Hezbollah attacked.")


@pytest.mark.parametrize(
    "text",
    [
        "A colonel of Ain al-Asad died of a heart attack.",
        "The IT department of Ain al-Asad spoke of a phishing attack.",
        "مسيرة تضامنية مرت قرب عين الأسد",
        "ارتفاع صاروخي في الأسعار قرب عين الأسد",
        "بمب ساعتی بودجه و عین‌الاسد",
    ],
)
def test_words_of_a_phrase_that_means_something_else_do_not_count(matcher: Matcher, text: str) -> None:
    assert "deed" not in fired(matcher, text)


def test_such_a_phrase_hides_nothing_else(matcher: Matcher) -> None:
    assert "deed" in fired(matcher, "He had a heart attack when rockets hit Ain al-Asad.")


def test_a_phrase_with_a_gap_may_go_round_a_name() -> None:
    rule = Rule(name="leaving", severity="info", when="SENTENCE(@base AND #withdrawal)")
    text = "The army will close Ain al-Asad for good."
    assert Matcher(read_shipped().gazetteer, (rule,)).examine(Article(body=text)).hits


def test_a_denial_counts_although_it_tells_of_a_drill() -> None:
    rule = Rule(name="denied", severity="info", when="#denial")
    text = "The army denied reports of an attack on Ain al-Asad and spoke of an exercise."
    assert Matcher(read_shipped().gazetteer, (rule,)).examine(Article(body=text)).hits


def test_the_month_of_a_year_is_past_two_years_later(matcher: Matcher) -> None:
    text = "In January 2024 a drone hit Tower 22."
    assert "deed" in fired(matcher, text, 2025)
    assert "deed" not in fired(matcher, text, 2026)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("27 December 2019: rockets fall on K-1. Washington bombed the depots. A film returns to that night.", 0),
        ("27 كانون الأول 2019: صواريخ تسقط على كي وان. قصفت واشنطن المخازن حينها", 0),
        ("۱۸ دی‌ماه ۱۳۹۸: موشک‌ها به عین‌الاسد اصابت کرد. آن زمان ده‌ها سرباز زخمی شدند", 0),
        ("In January 2020 the base was rebuilt. At the time rockets fell on it.", 0),
        ("In January 2020 missiles fell on Ain al-Asad, in revenge for the killing of a general.", 0),
        ("27 December 2019: rockets fall on K-1. Rockets fell on it again today.", 1),
        ("In January 2020 the base was rebuilt. Rockets fell on it.", 1),
        ("In January 2020 the base was rebuilt, killing hopes of peace. Two rockets fell there on Monday.", 1),
    ],
)
def test_a_day_long_ago_lasts_for_what_is_told_of_it(matcher: Matcher, text: str, count: int) -> None:
    assert len({"deed"} & fired(matcher, text)) == count


def test_the_year_of_the_article_is_no_past(matcher: Matcher) -> None:
    text = "In 2024 rockets struck Ain al-Asad."
    assert "deed" in fired(matcher, text, 2024)
    assert "deed" not in fired(matcher, text, 2026)


@pytest.mark.parametrize(
    "text",
    [
        "A late frost killed hundreds of lambs below Harir airbase.",
        "A gas cylinder blew up near Camp Taji. Three people were killed.",
        "A soldier was killed when his truck overturned near Harir airbase.",
        "Residents near Camp Taji heard an explosion. A gas cylinder had blown up.",
        "A meteor shook Ain al-Asad. No rockets were fired.",
        "Wild boar wounded two shepherds near Ain al-Asad.",
        "هاجم خنزير بري راعيين قرب قاعدة عين الأسد",
        "لقي خمسة حتفهم بحادث اصطدام قرب عين الأسد",
        "گراز به دو نفر نزدیک عین‌الاسد حمله کرد",
        "پنج نفر در تصادف نزدیک عین‌الاسد کشته شدند",
    ],
)
def test_what_nature_or_a_mishap_did_is_no_attack(matcher: Matcher, text: str) -> None:
    assert "deed" not in fired(matcher, text)


@pytest.mark.parametrize(
    "text",
    [
        "A rocket struck a store of gas cylinders at Camp Taji.",
        "A roadside bomb overturned a truck near Ain al-Asad, killing a soldier.",
        "Gunmen fired on a minibus near Ain al-Asad, killing three.",
        "The explosion at Ain al-Asad was no accident.",
        "Frost was forecast. On Monday two rockets fell on Ain al-Asad.",
        "انفجار عبوة ناسفة بسيارة بعد حادث سير قرب عين الأسد",
        "راکت به انبار کپسول گاز در اردوگاه تاجی خورد",
    ],
)
def test_no_mishap_explains_a_weapon_or_an_attacker(matcher: Matcher, text: str) -> None:
    assert "deed" in fired(matcher, text)


@pytest.mark.parametrize(
    ("text", "is_news"),
    [
        ("Not a single rocket has been fired at Ain al-Asad since May.", False),
        ("منذ شهرين لم تسجل أي رماية على عين الأسد", False),
        ("دو ماه است حتی یک شلیک به عین‌الاسد ثبت نشده", False),
        ("Not a single rocket had been fired since May when a drone hit Ain al-Asad on Sunday.", True),
        ("Two drones broke a calm of months in which not a single rocket had been fired at Ain al-Asad.", True),
    ],
)
def test_long_quiet_is_no_attack_and_its_end_is_one(matcher: Matcher, text: str, is_news: bool) -> None:  # noqa: FBT001 a column of the table
    assert ("deed" in fired(matcher, text)) is is_news


@pytest.mark.parametrize(
    ("text", "sanctioned"),
    [
        ("Kataib Hezbollah, which Washington lists as a terrorist organization, opened a clinic.", False),
        ("Kataib Hezbollah, a US-designated terrorist group, congratulated the team.", False),
        ("افتتحت كتائب حزب الله المصنفة على لائحة الإرهاب الأمريكية مستوصفا", False),
        ("کتائب حزب‌الله که در فهرست گروه‌های تروریستی آمریکا قرار دارد درمانگاهی گشود", False),
        ("A bank denied dealings with Kataib Hezbollah, a faction under US sanctions since 2009.", False),
        ("The firm has no shares in Kataib Hezbollah, which Washington sanctioned years ago.", False),
        ("شركة تنفي تعاملها مع كتائب حزب الله التي سبق أن فرضت عليها واشنطن عقوبات", False),
        ("شرکتی همکاری با کتائب حزب‌الله را که پیش‌تر تحریم شده بود رد کرد", False),
        ("Washington put Kataib Hezbollah under sanctions.", True),
        ("Washington designated Kataib Hezbollah as a terrorist organization on Tuesday.", True),
        ("أدرجت واشنطن كتائب حزب الله على لائحة الإرهاب", True),
        ("آمریکا کتائب حزب‌الله را در فهرست تروریستی قرار داد", True),
    ],
)
def test_what_a_group_is_called_aside_is_no_sanction(text: str, sanctioned: bool) -> None:  # noqa: FBT001 a column of the table
    rule = Rule(name="sanction", severity="info", when="SENTENCE(@core AND #sanction)")
    hits = Matcher(read_shipped().gazetteer, (rule,)).examine(Article(body=text)).hits
    assert bool(hits) is sanctioned


@pytest.mark.parametrize("word", ["ا" * 300, "ا\u200c" * 150, "\u200c" * 300, "ا " * 150])
def test_a_condition_before_words_without_end_is_read_at_once(matcher: Matcher, word: str) -> None:
    """Where words may be cut into words in many ways, trying them all takes longer than anybody lives."""
    began = process_time()
    fired(matcher, f"کتائب حزب الله گفت اگر {word} پایگاه عین الاسد حمله")
    assert process_time() - began < 30
