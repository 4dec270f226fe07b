"""What no list holds: transliterations nobody wrote down yet, and groups nobody knows yet."""

import pytest

from crawler.match.matcher import Findings, Matcher
from crawler.match.suggest import SeenVariant, suggest_aliases
from crawler.models import Article
from settings.model import Gazetteer, Rule, Settings
from tests.shipped import read_shipped
from tests.stages.match.gazetteer import alias, base, group


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_shipped()


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
        base("conoco", alias("Conoco", policy="context", context=("Syria",)), alias("Conoco base")),
        base("harir", alias("Harir Air Base"), alias("Harir airbase")),
        base("balad", alias("Balad base")),
        base("rmeilan", alias("Rmeilan base"), alias("Remilan base")),
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
        ("rockets hit the Qonoco base", "conoco", "Qonoco base"),
        ("rockets hit Harier airbase", "harir", "Harier airbase"),
        ("rockets hit Hrir air base", "harir", "Hrir air base"),
        ("rockets hit Rumeylan base", "rmeilan", "Rumeylan base"),
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
        "Build base camps, the commander of the troops said",
        "Hariri airport in Beirut was attacked by drones",
        "A Romulan base was attacked by drones",
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


def test_a_guess_wins_over_another_name_within_it_and_not_over_its_own_listed_part(matcher: Matcher) -> None:
    longer = "Fighters of Harakat Hizbollah al-Nujabaa fired rockets."
    assert {mention.entity for mention in examine(matcher, longer).mentions} == {"harakat-hezbollah-al-nujaba"}
    listed = "Kataib Hezbollah I saw, and rockets."
    assert [mention.text for mention in examine(matcher, listed).mentions] == ["Kataib Hezbollah"]


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
        (
            "A hitherto unheard-of faction styling itself Fursan al-Fajr said it fired two rockets at the base.",
            "Fursan al-Fajr",
        ),
        ("The rocket attack was claimed by a new outfit named Sons of the Twin Rivers.", "Sons of the Twin Rivers"),
        ("In the name of Liwa al-Nahrain, a video claimed the drone attack.", "Liwa al-Nahrain"),
        (
            'A video released under the name "Guardians of Samarra" claimed responsibility for the rockets.',
            "Guardians of Samarra",
        ),
        ("An armed group that goes by the name of Rijal al-Dijla claimed the roadside bomb.", "Rijal al-Dijla"),
        (
            "A group identifying itself as the Wolves of Diyala claimed responsibility for the drone strike.",
            "Wolves of Diyala",
        ),
        (
            "Responsibility was claimed by the previously unknown Jaysh al-Ansar Brigade for firing missiles.",
            "Jaysh al-Ansar Brigade",
        ),
        (
            "Little is known about Saraya al-Muthanna, a group that claimed the rocket fire on Sunday.",
            "Saraya al-Muthanna",
        ),
        ('The self-proclaimed "Army of Truth" said its fighters launched drones at the base.', "Army of Truth"),
        ("A Telegram channel using the name Kataib al-Zahra claimed the attack.", "Kataib al-Zahra"),
        ("A new armed group, the Martyrs of Mosul Battalion, threatened U.S. bases.", "Martyrs of Mosul Battalion"),
        ("Militants who call themselves Asad al-Jazira claimed the ambush.", "Asad al-Jazira"),
        ("أعلن فصيل جديد أطلق على نفسه «رجال دجلة» استهداف القاعدة بالصواريخ", "رجال دجلة"),
        ("تبنت جماعة غير معروفة سابقا تسمى فرسان الفجر إطلاق الصواريخ", "فرسان الفجر"),
        ("ظهر تنظيم جديد يدعى «لواء النهرين» وتبنى الهجوم", "لواء النهرين"),
        ("في بيان باسم «سرايا الحسم» تبنى مجهولون قصف القاعدة", "سرايا الحسم"),
        ("مجموعة مسلحة تعرف باسم «أسود الجزيرة» أعلنت مسؤوليتها عن التفجير", "أسود الجزيرة"),
        ("فصيل مجهول اسمه «كتائب الزهراء» يعلن استهداف رتل", "كتائب الزهراء"),
        ("نشرت قناة على تلغرام تحمل اسم «جند الحق» بيانا تبنى الهجوم الصاروخي", "جند الحق"),
        ("تبنى فصيل حديث التشكيل هو «سيوف الأنبار» هجوم المسيرة", "سيوف الأنبار"),
        ("گروهی تازه‌تأسیس به نام «مردان دجله» مسئولیت حمله پهپادی را پذیرفت", "مردان دجله"),
        ("گروهک ناشناخته موسوم به شیران جزیره حمله راکتی را برعهده گرفت", "شیران جزیره"),
        ("گروهی که خود را سرایا الحسم معرفی می‌کند موشک شلیک کرد", "سرایا الحسم"),
        ("بیانیه‌ای به نام «تیپ بین‌النهرین» حمله به پایگاه را تأیید کرد", "تیپ بین‌النهرین"),
        ("گروه مسلح جدیدی با عنوان «فرزندان خیبر» پایگاه آمریکا را هدف گرفت", "فرزندان خیبر"),
        ("یک کانال تلگرامی با نام «جند الحق» مسئولیت حمله راکتی را پذیرفت", "جند الحق"),
        ("گروهی که خود را «پاسداران سامرا» می‌خواند حمله را پذیرفت", "پاسداران سامرا"),
        ("گروه تازه «کتائب الزهراء» مسئولیت انفجار را برعهده گرفت", "کتائب الزهراء"),
        (
            "A group that had not been heard of before, the Black Banner Brigade, fired the rockets.",
            "Black Banner Brigade",
        ),
        ("گروهی که خودش را «یاران کهف نو» خوانده، حمله پهپادی را بر عهده گرفت", "یاران کهف نو"),
        ("An outfit no one had heard of before, Liwa al-Sabirin, claimed the rocket attack.", "Liwa al-Sabirin"),
        ("Ahrar al-Dijla, a group that had never been heard of, fired the rockets.", "Ahrar al-Dijla"),
        ("Two drones were launched by the so-called Fajr Brigades, a statement said.", "Fajr Brigades"),
        ("A front group using the moniker Usbat al-Salihin claimed the missile attack.", "Usbat al-Salihin"),
        ("The group, which introduced itself as Ansar al-Wilaya, claimed the drone strike.", "Ansar al-Wilaya"),
        ("The attack was claimed on Telegram by a mysterious group named Wa'ad al-Fajr.", "Wa'ad al-Fajr"),
        ("تبنى تنظيم لم يسمع به من قبل يدعى «لواء الصابرين» القصف الصاروخي", "لواء الصابرين"),
        ("ما يسمى بـ«سرايا ثورة الصابرين» تبنى الهجوم على القاعدة", "سرايا ثورة الصابرين"),
        ("مسلحون يطلقون على أنفسهم «منتقمو دجلة» تبنوا استهداف الرتل", "منتقمو دجلة"),
        ("نشرت مجموعة تعرف نفسها بأنها «عصبة الصالحين» تسجيلا للهجوم الصاروخي", "عصبة الصالحين"),
        ("تشكيل مسلح جديد اسمه ألوية الانتقام يهدد القواعد الأمريكية", "ألوية الانتقام"),
        ("هجوم بالصواريخ نفذته مجموعة «رجال الفجر» غير المعروفة", "رجال الفجر"),
        ("قالت جماعة تُطلِقُ على نفسها اسم «كتائب الصَّدى» إنها أطلقت مسيّرتين", "كتائب الصَّدى"),
        ("مجموعة مجهولة الهوية تنتحل اسم «فتية الكهف الجدد» تبنت إطلاق صاروخين", "فتية الكهف الجدد"),
        ("بیانیه‌ای با امضای «سربازان جبهه» مسئولیت حمله را پذیرفت", "سربازان جبهه"),
        ("یک گروه شبه‌نظامی جدید به اسم کتائب الغضب پایگاه آمریکا را تهدید کرد", "کتائب الغضب"),
        ("شبه‌نظامیانی که خود را «منتقمان دجله» می‌نامند به کاروان حمله کردند", "منتقمان دجله"),
        ("گروهی ملقب به «عصبة الصالحین» فیلم حمله راکتی را منتشر کرد", "عصبة الصالحین"),
        ("گروهی که نام خود را «رجال الفجر» اعلام کرد، حمله راکتی را پذیرفت", "رجال الفجر"),
        ("A group calling itself #Jund_al_Fajr claimed the rocket attack on the base.", "Jund_al_Fajr"),
        ("جماعة تطلق على نفسها اسم #سرايا_الصدى تبنت الهجوم بالصواريخ", "سرايا_الصدى"),
        ("گروهی موسوم به #سرایا_الصدی مسئولیت حمله راکتی را پذیرفت", "سرایا_الصدی"),
        (
            "Rockets were fired at the base in the name of the Sons of the Marshes, a channel said.",
            "Sons of the Marshes",
        ),
    ],
)
def test_a_group_that_names_itself_is_noticed(matcher: Matcher, text: str, name: str) -> None:
    findings = examine(matcher, text)
    (candidate,) = findings.new_groups
    assert candidate.name == name
    assert text[candidate.start : candidate.end] == name
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
        "A new organization called Doctors for Gaza treats people wounded by bombs.",
        "The so-called Axis of Resistance fired rockets at a base, the militants said.",
        "Two militants fired at the Blue Star, a ship that was unknown to them.",
        "سفينة تدعى «النجمة» تعرضت لهجوم صاروخي",
        "روستایی موسوم به «تل اسود» هدف حمله راکتی قرار گرفت",
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


def test_a_spelling_that_only_a_hashtag_wrote_is_suggested_with_blanks() -> None:
    [suggestion] = suggest_aliases([SeenVariant("kataib-hezbollah", "Ketaeb_Hizbulah", "Men of #Ketaeb_Hizbulah.")])
    assert suggestion.line == '- "Ketaeb Hizbulah"'
