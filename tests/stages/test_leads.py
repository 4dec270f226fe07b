"""Reports with the same background: which of them tell the same news."""

from random import Random

import pytest

from crawler.leads import Report, tells_other_news
from tests.stages.story_pairs import edit_words
from tests.stages.test_stories import read_texts

BASES = {"Ain al-Asad": "ain-al-asad", "Harir": "harir", "عين الأسد": "ain-al-asad", "عین‌الاسد": "ain-al-asad"}
ENGLISH = (
    "\nThe base hosts American troops who are part of the coalition that fights the Islamic State group. "
    "It has been hit by rockets and drones dozens of times since October 2023, attacks that Washington blames on "
    "factions backed by Iran.\nThe Pentagon has some 2,500 troops in Iraq and 900 in Syria."
)
ARABIC = (
    "\nوتضم القاعدة قوات أمريكية ضمن التحالف الدولي لمحاربة تنظيم داعش. وتعرضت منذ أكتوبر 2023 لعشرات الهجمات "
    "بالصواريخ والطائرات المسيرة.\nولدى البنتاغون نحو 2500 جندي في العراق و900 في سوريا."
)
PERSIAN = (
    "\nاین پایگاه میزبان نیروهای آمریکایی عضو ائتلاف ضد داعش است و از مهر ۱۴۰۲ ده‌ها بار هدف راکت و پهپاد قرار گرفته "
    "است.\nپنتاگون حدود ۲۵۰۰ نیرو در عراق و ۹۰۰ نیرو در سوریه دارد."
)
ATTACK = "Two drones struck the Ain al-Asad air base on Monday, wounding three soldiers, a security official said."


def report(body: str) -> Report:
    found = ((body.find(name), "base", entity) for name, entity in BASES.items())
    return Report(body, tuple(sorted(place for place in found if place[0] >= 0)))


@pytest.mark.parametrize(
    ("told", "news", "background"),
    [
        (ATTACK, "Air defences shot down a rocket over the Ain al-Asad air base and nobody was hurt.", ENGLISH),
        (ATTACK, ATTACK.replace("Ain al-Asad", "Harir"), ENGLISH),
        (ATTACK, ATTACK.replace("Two", "Three").replace("Monday", "Friday"), ENGLISH),
        (ATTACK, f"A rocket fell near the Ain al-Asad air base on Thursday. Nobody was hurt. {ATTACK}", ENGLISH),
        (ATTACK, f"Four soldiers have died after an attack on an Iraqi base, the Pentagon said. {ATTACK}", ENGLISH),
        (
            ATTACK,
            f"Kataib Hezbollah said on Monday that it had attacked the Ain al-Asad base. {ATTACK}",
            ENGLISH,
        ),
        (
            ATTACK,
            f"No faction struck the Ain al-Asad air base, Kataib Hezbollah said.\n{ATTACK}",
            ENGLISH,
        ),
        (ATTACK, f"US jets bombed a depot near Qaim to avenge the strike on Ain al-Asad air base.\n{ATTACK}", ENGLISH),
        (ATTACK, "Four rockets struck the Ain al-Asad air base on Monday, a security official said.", ENGLISH),
        (ATTACK, ATTACK.replace("struck", "again struck").replace(", wounding three soldiers", ""), ENGLISH),
        (ATTACK, f"Tension around the Ain al-Asad air base is rising, our correspondent reports.\n{ATTACK}", ENGLISH),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين بحسب مصدر أمني.",
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الخميس بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "استهدفت ثلاثة صواريخ قاعدة عين الأسد فجر الاثنين بحسب مصدر أمني.",
            "استهدفت خمسة صواريخ قاعدة عين الأسد مساء الاثنين بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين بحسب مصدر أمني.",
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد للمرة الثانية الاثنين بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "دو پهپاد بامداد سه‌شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند.",
            "دو پهپاد بامداد شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند.",
            PERSIAN,
        ),
        (
            "دو پهپاد بامداد سه‌شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند.",
            "دو پهپاد شامگاه سه‌شنبه دوباره به پایگاه عین‌الاسد در غرب عراق حمله کردند.",
            PERSIAN,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين بحسب مصدر أمني.",
            "لم تستهدف أي طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "دو پهپاد بامداد سه‌شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند.",
            "مقاومت اسلامی عراق مسئولیت حمله پهپادی به پایگاه عین‌الاسد را پذیرفت.",
            "\nدو پهپاد بامداد سه‌شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند." + PERSIAN,
        ),
        (ATTACK, ATTACK.replace("three soldiers", "five soldiers"), ENGLISH),
        (ATTACK.replace("three soldiers", "1,200 people"), ATTACK.replace("three soldiers", "1,300 people"), ENGLISH),
        (ATTACK, ATTACK.replace("Two drones", "Two more drones in another attack"), ENGLISH),
        (ATTACK, ATTACK.replace("Two", "Five"), ENGLISH),
        (ATTACK, ATTACK.replace("wounding", "killing"), ENGLISH),
        (ATTACK, ATTACK.replace("struck the", "were shot down over the"), ENGLISH),
        (ATTACK, ATTACK.replace("Two drones", "Two rockets"), ENGLISH),
        (ATTACK, ATTACK.replace("Ain al-Asad air base", "Ain al-Asad and Harir air bases"), ENGLISH),
        (ATTACK.replace("on Monday", "at dawn"), ATTACK.replace("on Monday", "in the evening"), ENGLISH),
        (
            "Two drones struck the Ain al-Asad air base in western Iraq on Monday, a security official said.",
            "American troops began to leave the Ain al-Asad air base in western Iraq on Monday, an official said.",
            ENGLISH,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد الجوية غربي العراق الاثنين، بحسب مصدر أمني.",
            "بدأت القوات الأمريكية الانسحاب من قاعدة عين الأسد الجوية غربي العراق الاثنين، بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين ما أدى إلى إصابة ثلاثة جنود، بحسب مصدر أمني.",
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين ما أدى إلى مقتل ثلاثة جنود، بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين، بحسب مصدر أمني.",
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد مساء الاثنين، بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "دو پهپاد دوشنبه به پایگاه هوایی عین‌الاسد در غرب عراق حمله کردند، یک منبع امنیتی گفت.",
            "نیروهای آمریکایی دوشنبه از پایگاه هوایی عین‌الاسد در غرب عراق خارج شدند، یک منبع امنیتی گفت.",
            PERSIAN,
        ),
        (
            "دو پهپاد بامداد دوشنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند و سه سرباز زخمی شدند.",
            "دو پهپاد بامداد دوشنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند و پنج سرباز زخمی شدند.",
            PERSIAN,
        ),
    ],
)
def test_another_event_with_the_same_background_is_other_news(told: str, news: str, background: str) -> None:
    assert tells_other_news(report(news + background), report(told + background))


@pytest.mark.parametrize(
    "copy",
    [
        ATTACK,
        "Two explosive drones struck Ain al-Asad air base late on Monday, wounding three soldiers, officials said.",
        f"Here is what we know about the latest attack on troops in Iraq. {ATTACK}",
        f"BAGHDAD, Nov 3.\n{ATTACK}",
        "Two drones struck the Ain al-Asad air base on Monday, wounding at least 3 soldiers, a security official said.",
        ATTACK.replace("Two drones", "Two UAVs"),
        ATTACK.replace("on Monday", "early on Monday"),
        ATTACK.replace("official said", "official said, and no group has claimed responsibility"),
        "According to Iraqi sources, the Ain al-Asad air base was hit by two drones Monday, wounding three soldiers.",
        ATTACK.replace("a security official", "another security official"),
        ATTACK.replace("wounding three soldiers", "in an attack that killed nobody"),
        f"(Corrects the name of the province in paragraph 2)\n{ATTACK}",
        f"UPDATE 2 - Adds a comment of the Pentagon in paragraphs 3-4.\n{ATTACK}",
    ],
)
def test_the_same_event_told_a_little_otherwise_is_no_other_news(copy: str) -> None:
    assert not tells_other_news(report(copy + ENGLISH), report(ATTACK + ENGLISH))


@pytest.mark.parametrize(
    ("told", "copy", "background"),
    [
        (
            "Two drones struck the Ain al-Asad air base on Monday, a security official said.",
            "Two drones struck the Ain al-Asad air base on Monday, causing no casualties, a security official said.",
            ENGLISH,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين، بحسب مصدر أمني.",
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد فجر الاثنين ولم تقع أي إصابات، بحسب مصدر أمني.",
            ARABIC,
        ),
        (
            "استهدفت طائرتان مسيرتان قاعدة عين الأسد الجوية غربي العراق الاثنين وأصيب ثلاثة جنود، بحسب مصدر أمني.",
            "أفاد مصدر أمني بأن طائرتين مسيرتين استهدفتا قاعدة عين الأسد الجوية غربي العراق وأصيب ثلاثة جنود.",
            ARABIC,
        ),
        (
            "دو پهپاد بامداد سه‌شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند.",
            "دو پهپاد بامداد سه‌شنبه به پایگاه عین‌الاسد در غرب عراق حمله کردند که تلفات جانی نداشت.",
            PERSIAN,
        ),
        (
            "Two drones struck the Ain al-Asad air base, home to 2,500 troops, on Monday, an official said.",
            "Two drones struck the Ain al-Asad air base, home to 2500 troops, on Monday, an official said.",
            ENGLISH,
        ),
        (f"{ATTACK} The nearby Harir base was not hit.", ATTACK.replace("Ain", "Harir was spared, Ain"), ENGLISH),
    ],
)
def test_what_a_copy_adds_to_the_same_event_is_no_other_news(told: str, copy: str, background: str) -> None:
    assert not tells_other_news(report(copy + background), report(told + background))


def test_shuffled_beheaded_and_edited_articles_lead_with_the_same_news() -> None:
    chance, wrong, count = Random(1), 0, 0
    for text in read_texts():
        lines, words = text.split("\n"), text.split(" ")
        shuffled = chance.sample(lines, len(lines))
        beheaded = " ".join(words[int(len(words) * chance.uniform(0.2, 0.45)) :])
        edited = "\n".join(edit_words(line, 0.1, words, chance) for line in lines)
        for copy in ("\n".join(shuffled), edited):
            wrong += tells_other_news(report(copy), report(text)) + tells_other_news(report(text), report(copy))
            count += 2
        # the whole report after the one without its head tells what that one left out
        wrong += tells_other_news(report(beheaded), report(text))
        count += 1

    assert count > 200
    assert wrong <= 0.02 * count


def test_what_says_too_little_leads_with_nothing() -> None:
    assert not tells_other_news(report("Two drones."), report(ATTACK))
    assert not tells_other_news(report(ATTACK), report(""))
