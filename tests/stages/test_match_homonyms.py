"""A name is found where its group or place is meant, and not where a school, a saint or a player is called so."""

import pytest

from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import Entity, Gazetteer, WordList
from tests.shipped import read_shipped
from tests.stages.match.gazetteer import alias, base, group


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(read_shipped().gazetteer, ())


def entities(matcher: Matcher, text: str) -> set[str]:
    found = matcher.examine(Article(body=text)).mentions
    return {mention.entity for mention in found if mention.type in {"group", "base"}}


@pytest.mark.parametrize(
    "text",
    [
        "A bomb was reported near the Nujaba Public School in Karachi.",
        "تنازل أولياء الدم عن حقهم في القصاص بعد جريمة ارتكبت بسلاح ناري",
        "حكم الفاطميون مصر وخاضوا حروبا",
        "کوچ ایلات و عشایر با پهپاد رصد شد",
        "یادواره فرماندهان شهید لشکر ده سیدالشهدا",
        "سریال اصحاب کهف امشب از شبکه عراق پخش می‌شود",
        "احتفل اللاعبون بحماس كبير بعد أن أطلق أحدهم صاروخا",
        "الظفرة يسقط الوصل بهجوم لا يهدأ\nقصف مهاجموه المرمى ولولا العارضة\nصعد الظفرة في الدوري",
        "حزب الثوريون الخضر يشن هجوما على رسوم المواقف وقالت جماعة منافسة إنها قنبلة",
        "Iran-backed militants shelled a village in Lebanon.",
        "نفت الشرطة انفجار عبوة قرب مدرسة النجباء الأهلية",
        "برخورد دو خودرو در میدان نجباء بغداد هشت کشته داشت",
        "برخورد دو خودرو در میدان بسیج اهواز مردم محله سپاه را به خیابان کشاند",
        "دکتر نجبا گفت ویروس تازه حمله می‌کند. به گفته نجبا موج بعدی در راه عراق است.",
        "قصف محمد التاجي منافسه بالاتهامات، وقال التاجي إن كلامه قنابل.",
        "Mohammed al-Omar said rockets fell near the oil field in Deir ez-Zor.",
        "Hasakah (North Press) – Loud explosions were heard on Monday.",
        "أربيل/ شفق نيوز/ أعلن مصدر سقوط قذائف هاون في الموصل",
        "The American diplomats in Erbil heard explosions.",
        "قلب أربيل تأخره أمام الزوراء إلى فوز بعدما دك هجومه الشباك بصواريخ",
        "سورة الكهف وقصة أصحاب الكهف درس في الثبات أمام من توعدهم بالقتل.",
        "خادمان هیئت سیدالشهدا بساط نذری برپا کردند و دو نفر زخمی شدند",
        "The navy base in Victoria, British Columbia, was hit by a hiring freeze.",
        "اشتعلت النيران في شقة من البرج 22 في دبي بعد انفجار",
        "المقاومة العراقية لبعض أنواع البكتيريا تهاجم الرئتين",
        "Jamaat Ansarullah militants attacked a post in Tajikistan.",
        "The Babylon Brigade, a 30-strong brass band, will belt out its biggest hit.",
        "Badr-8, a communications satellite, was launched by a rocket.",
        "أطلق صاروخ يحمل القمر بدر 8",
        "Nujaba Abbas, 24, likes to attack early with the queen, the Iraqi federation said.",
        "Police raided a house of the Kurdish Hizbullah and found rockets.",
        "Iraq's keeper saved a rocket of a shot by Asaib Muhammad.",
        "Victoria Base Camp, a climbing gym, was hit by a strike.",
        "Germs have an axis of resistance to antibiotics, whose genes attack the lung.",
        "شاخص بورس پس از شکستن محور مقاومت سه‌میلیونی به صف‌های خرید حمله کرد",
        "The Popular Mobilization Forces in Sudan's Gezira state repelled a drone attack.",
        "Al-Badr, a Pakistani militant outfit, lost two fighters in a gunfight.",
        "Boko Haram fighters attacked the army base at Balad in Somalia with rockets.",
        "Fighters stormed an army base in Balad, 30 km north of Mogadishu, killing 12 soldiers.",
        "Ukraine's Badr battalion hit a Russian ammunition depot in Kursk.",
        "أعلن الحشد الشعبي في السودان استعداده لقتال الدعم السريع.",
        "مسلحون يهاجمون معسكر التاجي للنازحين في دارفور.",
        "شبه‌نظامیان به پایگاه نظامی بلد در سومالی حمله کردند.",
        "Fighting raged in Amhara. Hashd gunmen fired rockets at the army, which vowed to hit back.",
        "أعلنت القوات الأوكرانية أن وحدة النجباء قصفت مواقع روسية بالصواريخ.",
        "ارتش سودان گفت نیروهای مسلح در بدر با راکت هدف قرار گرفتند.",
        "A rocket hit the Erbil Steel Company's office.",
        "Novelist Ahmed al-Shaddadi attacked the critics.",
        "Dr Mona al-Nujaba was appointed dean of medicine.",
        "The Shaddadi family mourns its elder, whom troops had fired at.",
        "Police arrested Badr Khan after a robbery by armed men.",
        "قبيلة الشدادي تفض نزاعا مسلحا مع جيرانها في اليمن.",
        "أطلق مسلحون النار على منزل النائب بدر الزيادي.",
    ],
)
def test_what_only_bears_the_name_is_no_mention(matcher: Matcher, text: str) -> None:
    assert entities(matcher, text) == set()


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Kataib Hezbollah, a militia that hit a restaurant, fired rockets.", "kataib-hezbollah"),
        ("The Babylon Brigade, a Christian militia, has 30 armed men.", "babylon-brigade"),
        ("Drones were found with Asaib, Ali al-Khafaji's militia said in Baghdad.", "asaib-ahl-al-haq"),
        ("Badr fired 8 rockets, the militia said.", "badr-organization"),
        ("حصلت بدر على 21 مقعدا وقال هادي العامري إنها راضية", "badr-organization"),
        ("Turkish jets struck Hezbollah.", "hezbollah-lebanon"),
        ("An axis of resistance that reaches from Tehran to Beirut", "axis-of-resistance"),
        ("یحیی سریع از اصابت موشک به پایگاه هوایی نواتیم خبر داد", "nevatim"),
        (
            "Badr's offices were hit on Sunday.\nThe rest is known.\nIts leader Hadi al-Amiri said nothing.",
            "badr-organization",
        ),
        ("A video of the explosion was put out by Ashab al-Kahf.", "ashab-al-kahf"),
        ("Four men of Nujaba were killed by missiles near the school.", "harakat-hezbollah-al-nujaba"),
        (
            "The ammunition depot of the Hashed at the Qaim crossing is gone, the Pentagon said.",
            "popular-mobilization-forces",
        ),
        ("سقوط ثلاث قذائف على مدرج سبايكر", "camp-speicher"),
        ("أعلن تشكيل الوارثين أنه أصاب وكر الشر في حرير", "harir-air-base"),
        ("Rockets were fired at Erbil.", "erbil-air-base"),
        ("Rockets fell on the airport in Erbil.", "erbil-air-base"),
        ("Five rockets were fired from the Zummar district at the garrison in Rmeilan.", "zummar-launch-area"),
        ("اخترقت مسيرة سياج القاعدة التركية في بامرني", "bamarni"),
        ("پهپادی به پایگاه ترکیه در بامرنی اصابت کرد", "bamarni"),
        ("Lorries wait for hours at the al-Qaim crossing.", "al-qaim-base"),
        ("أعلنت جماعة أولياء الدم استهداف قاعدة بطائرة مسيرة", "saraya-awliya-al-dam"),
        ("قتل عنصران من فاطميون في غارة إسرائيلية قرب البوكمال", "liwa-fatemiyoun"),
        ("Four of the Zaynabiyoun perished in an air raid.", "liwa-zainabiyoun"),
        ("مقاومت اسلامی از حمله پهپادی به ایلات خبر داد", "eilat"),
        ("Mortar rounds landed at Camp Victory; the Americans were asleep.", "victoria-base"),
        ("The bodies of thirteen fighters of the Jerusalem Brigade were found.", "liwa-al-quds-syria"),
        ("Storks nest at Balad and Taqaddum air bases.", "balad-air-base"),
        ("A US strike killed eight pro-Iran fighters in Iraq.", "iraq-generic-militia"),
        ("ضربة أمريكية على الفصائل الموالية لإيران", "iraq-generic-militia"),
        ("حمله به شبه‌نظامیان طرفدار ایران", "iraq-generic-militia"),
        ("یک نظامی آمریکایی در پایگاه نیروی هوایی رامون دیده شد", "ramon"),
        ("وصل وفد إلى قاعدة الـجفير في المنامة", "nsa-bahrain"),
        ("قرارگاه نظامی آمریکا در شدادی تخلیه شد", "shaddadi"),
        ("تیپ قدس در بادیه سوریه مستقر شد", "liwa-al-quds-syria"),
        ("قال المعاون العسكري للنجباء إن الرد قادم", "harakat-hezbollah-al-nujaba"),
        ("تشكيل الظافرين يكرم عائلات شهدائه", "al-dhafireen"),
        ("فصيل «السابقون» العراقي افتتح مكتبة", "al-sabiqoon"),
        ("كرمت الجماعة المسماة «السابقون» طلبة", "al-sabiqoon"),
        ("ألوية ثأر المهندس تفتتح معرضا", "liwa-thar-al-muhandis"),
        ("گروه مقاومت عراقی موسوم به «وارثین» کتابخانه ساخت", "tashkil-al-waritheen"),
        ("فصیل ضربت حیدریه مجلس عزا برپا کرد", "al-darba-al-haydariya"),
        ("پایگاه آمریکا در روستای هیمو تخلیه شد", "himo"),
        ("شن الاحتلال غارات على مطاري الشعيرات والتيفور", "shayrat"),
        ("قتل عنصر من لواء القدس في ريف دير الزور", "liwa-al-quds-syria"),
        ("ينتسبون إلى اللواءين 45 و46 في الحشد الشعبي", "pmf-brigade"),
        ("Badr fighters, unlike Ukraine's, have no drones, a commander in Baghdad said.", "badr-organization"),
        ("Drones struck the base at Harir, with a warhead known from Ukraine.", "harir-air-base"),
        ("Drones struck Ain al-Asad, Ukraine and Russia said nothing of it.", "ain-al-asad"),
        ("Kataib Hezbollah fighters in Libya were attacked by gunmen.", "kataib-hezbollah"),
        ("Kataib Hezbollah handed the body to the family. Al-Shaddadi was shelled.", "shaddadi"),
        ("النائب عن بدر هدد بسحب الفصيل", "badr-organization"),
        ("الحشد الشعبي السوداني يأمر بقصف داعش بالصواريخ", "popular-mobilization-forces"),
    ],
)
def test_a_short_name_is_found_by_what_is_said_around_it(matcher: Matcher, text: str, entity: str) -> None:
    assert entity in entities(matcher, text)


def _with_unless(found: Entity) -> Matcher:
    faith = WordList(name="faith", words={"en": ("sura", "verse")})
    leaders = Entity(id="chief", type="person", name="Abu Fajr", part_of=("cave",), aliases=(alias("Abu Fajr"),))
    return Matcher(Gazetteer(entities=(found, leaders), cues=(faith,)), ())


CAVE = group("cave", alias("Cave Brigade"), alias("Cave", policy="context", context=("rockets",))).model_copy(
    update={"unless": ("cues/faith", "tourists")}
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Cave fired rockets.", 1),
        ("Cave is a sura that speaks of rockets.", 0),
        ("Rockets! Cave! So cried the tourists.", 0),
        ("The Cave Brigade fired rockets. Cave is named after a sura.", 2),
        ("The sura was read. The sun rose. Cave fired rockets.", 1),
    ],
)
def test_words_of_unless_overrule_a_context_unless_a_safe_name_stands_there_too(text: str, count: int) -> None:
    assert len(_with_unless(CAVE).examine(Article(body=text)).mentions) == count


def test_a_leader_named_in_full_is_context_enough_for_his_group() -> None:
    cave = CAVE.model_copy(update={"unless": ()})
    found = _with_unless(cave).examine(Article(body="Cave met.\nIt rained.\nAbu Fajr spoke.")).mentions
    assert [mention.entity for mention in found] == ["cave", "chief"]


def test_a_place_can_ask_for_a_core_group_beside_it() -> None:
    harir = base("harir", alias("Harir", policy="context", context=("@core",)))
    matcher = Matcher(Gazetteer(entities=(harir, group("cave", alias("Cave Brigade")))), ())
    assert [each.entity for each in matcher.examine(Article(body="The Cave Brigade hit Harir.")).mentions] == [
        "cave",
        "harir",
    ]
    assert matcher.examine(Article(body="Storms hit Harir.")).mentions == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Cave won.\nIt rained.\nThe tourists liked Cave.", 0),
        ("Cave fired rockets.\nIt rained.\nThe tourists liked Cave.", 0),
        ("Cave fired rockets.\nIt rained.\nThe tourists left.", 1),
    ],
)
def test_a_name_that_is_something_else_in_one_sentence_is_so_in_the_others(text: str, count: int) -> None:
    assert len(_with_unless(CAVE).examine(Article(body=text)).mentions) == count


@pytest.mark.parametrize(("text", "count"), [("رأيت فاطميون هناك", 1), ("حكم الفاطميون", 0), ("قصف الفاطميون", 1)])
def test_a_plain_name_needs_context_where_it_is_listed_so_with_the_article(text: str, count: int) -> None:
    named = group("fatimids", alias("فاطميون"), alias("الفاطميون", policy="context", context=("قصف",)))
    assert len(Matcher(Gazetteer(entities=(named,)), ()).examine(Article(body=text)).mentions) == count


@pytest.mark.parametrize(("text", "count"), [("An explosion at Harir.", 1), ("An explosion of colour at Harir.", 0)])
def test_words_that_mean_something_else_are_no_context(text: str, count: int) -> None:
    harir = base("harir", alias("Harir", policy="context", context=("explosion",)))
    masked = WordList(name="masked", words={"en": ("explosion of colour",)})
    found = Matcher(Gazetteer(entities=(harir,), events=(masked,)), ()).examine(Article(body=text)).mentions
    assert len(found) == count


@pytest.mark.parametrize(
    ("text", "count"), [("The league met in Cave.", 0), ("The Arab League met: rockets hit Cave.", 1)]
)
def test_words_of_peace_that_mean_something_else_do_not_overrule_a_context(text: str, count: int) -> None:
    cave = group("cave", alias("Cave", policy="context", context=("rockets", "met")))
    masked = WordList(name="masked-peace", words={"en": ("Arab League",)})
    gazetteer = Gazetteer(entities=(cave.model_copy(update={"unless": ("league",)}),), events=(masked,))
    assert len(Matcher(gazetteer, ()).examine(Article(body=text)).mentions) == count
