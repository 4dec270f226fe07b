# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""Dates as outlets print them, in their languages, and the time zones that they name."""

from zoneinfo import ZoneInfo

import pytest

from crawler.extract.article import extract
from crawler.extract.dates import read_printed
from crawler.models import Material
from tests.shipped import read_shipped

BAGHDAD = ZoneInfo("Asia/Baghdad")
READ = (
    ("سه\u200cشنبه ۲ آبان ۱۴۰۲ - ۱۸:۳۰", "2023-10-24 15:30"),
    ("سه\ua9c1شنبه ۲ آبان ۱۴۰۲ - ۱۸:۳۰", "2023-10-24 15:30"),
    ("سه شنبه، ۲ آبان ۱۴۰۲، ساعت ۱۸:۳۰", "2023-10-24 15:30"),
    ("تاریخ انتشار : 1402/08/02 - 06:30 ب.ظ", "2023-10-24 15:30"),
    ("۱۸:۳۰ - ۱۴۰۲/۰۸/۰۲", "2023-10-24 15:30"),
    ("۲ آبان ۱۴۰۲، ۱۸:۳۰ به وقت تهران", "2023-10-24 15:00"),
    ("۲ عقرب ۱۴۰۲", "2023-10-24 00:00"),
    ("25 اکتبر 2023", "2023-10-25 00:00"),
    ("October 25, 2023 6:30 PM EDT", "2023-10-25 22:30"),
    ("Oct. 25, 2023, at 6:30 p.m. Eastern Daylight Time", "2023-10-25 22:30"),
    ("4:01 p.m., Aug. 21, 2024", "2024-08-21 13:01"),
    ("August 21st 2024 at 4pm local time", "2024-08-21 13:00"),
    ("Published 25 October 2023 18:30 BST", "2023-10-25 17:30"),
    ("First published on: 21-08-2024 at 16:01 IST", "2024-08-21 10:31"),
    ("25 באוקטובר 2023, 18:30", "2023-10-25 15:30"),
    ("יום רביעי, 25 באוקטובר 2023 בשעה 18:30", "2023-10-25 15:30"),
    ("פורסם: 25/10/2023 18:30", "2023-10-25 15:30"),
    ("Publié le mercredi 25 octobre 2023 à 18h30", "2023-10-25 15:30"),
    ("25 Ekim 2023 Çarşamba 18:30", "2023-10-25 15:30"),
    ("26 EKİM 2023 - 09:00", "2023-10-26 06:00"),
    ("25. Oktober 2023, 18:30 Uhr", "2023-10-25 15:30"),
    ("Mittwoch, 25.10.23, 18.30 Uhr MESZ", "2023-10-25 16:30"),
    ("25 أكتوبر/تشرين الأول 2023", "2023-10-25 00:00"),
    ("الأربعاء 25 تشرين الأول/أكتوبر 2023 - 18:30 بتوقيت مكة المكرمة", "2023-10-25 15:30"),
    ("نُشر في: 25 أكتوبر، 2023: 06:30 م", "2023-10-25 15:30"),
    ("الأربعاء 17 صفر 1446هـ - 21 أغسطس 2024م", "2024-08-21 00:00"),
    ("Опубликовано: 25.10.2023 в 18:30 МСК", "2023-10-25 15:30"),
    ("25 de octubre de 2023 a las 18:30", "2023-10-25 15:30"),
    ("8/21/2024 4:01 PM", "2024-08-21 13:01"),
    ("August 5, 2024 / 10:41 PM EDT / Example News", "2024-08-06 02:41"),
    ("05 Aug, 2024 19:41 / Updated 3 hours ago", "2024-08-05 16:41"),
    ("Monday 05 August 2024 22:41, UK", "2024-08-05 19:41"),
    ("פורסם לראשונה: 22:05, 05.08.24", "2024-08-05 19:05"),
)
CHANGED = (
    ("Updated August 21, 2024 4:01 p.m. ET", "2024-08-21 20:01"),
    ("Updated 4:01 PM EDT, Wed August 21, 2024", "2024-08-21 20:01"),
    ("Last Updated : Wed, 21 Aug 2024, 16:01 GMT+3", "2024-08-21 13:01"),
    ("Updated - August 21, 2024 04:01 pm IST - Baghdad", "2024-08-21 10:31"),
    ("آخر تحديث: الأربعاء 21 أغسطس 2024 - 16:01 بتوقيت بغداد", "2024-08-21 13:01"),
    ("آخر تحديث: 6/8/2024 10:20 م (توقيت مكة المكرمة)", "2024-08-06 19:20"),
    ("آخر تحديث: 21 أغسطس 2024 الساعة 4:01 مساءً بتوقيت غرينتش", "2024-08-21 16:01"),
    ("به\u200cروزرسانی: ۳۱ مرداد ۱۴۰۳، ساعت ۱۶:۰۱", "2024-08-21 13:01"),
    ("Stand: 21.08.2024 16:01 Uhr", "2024-08-21 13:01"),
    ("Mis à jour le 21 août 2024 à 16h01", "2024-08-21 13:01"),
    ("Son güncelleme: 21 Ağustos 2024 16:01", "2024-08-21 13:01"),
    ("עודכן ב-25.10.2023 18:30", "2023-10-25 15:30"),
)
BOTH = (
    "Published on 25 October 2023, 18:30 | Updated on 26 October 2023, 09:00",
    "Publié le 25 octobre 2023 à 18 h 30, mis à jour le 26 octobre 2023 à 9h00",
    "Yayınlanma: 25 Ekim 2023 - 18:30 Güncelleme: 26 Ekim 2023 - 09:00",
    "Wed 25 Oct 2023 18.30 GMT+3 Last modified on Thu 26 Oct 2023 09.00 GMT+3",
)
NONE = (
    "Updated rules of engagement were issued on 21 August 2024",
    "On July 30, 2024 a base was hit.",
    "21 August 2024 was the deadline",
    "7 October 2023 at dawn",
    "July 30, 2024 - the day of the attack",
    "7 October 2023, 18:30 - rocket fire",
    "1403 rockets",
    "05.08.24",
    "Stand: 3 Raketen",
    "25 October 2023 26 October 2023 27 October 2023 28 October 2023",
    "31 June 2024, 10:00",
)


def show(line: str, zone: ZoneInfo | None = BAGHDAD) -> list[tuple[str, bool]]:
    return [(f"{each.at:%Y-%m-%d %H:%M}", each.changed) for each in read_printed(line, zone)]


@pytest.mark.parametrize(("line", "at"), READ)
def test_a_printed_date_is_read_to_the_minute(line: str, at: str) -> None:
    assert show(line) == [(at, False)]


@pytest.mark.parametrize(("line", "at"), CHANGED)
def test_a_label_tells_the_time_of_an_update(line: str, at: str) -> None:
    assert show(line) == [(at, True)]


@pytest.mark.parametrize("line", BOTH)
def test_a_line_may_tell_both_times(line: str) -> None:
    assert show(line) == [("2023-10-25 15:30", False), ("2023-10-26 06:00", True)]


@pytest.mark.parametrize("line", NONE)
def test_a_line_that_says_more_than_a_date_is_none(line: str) -> None:
    assert show(line) == []


@pytest.mark.parametrize(
    ("zone", "line", "at"),
    [
        ("America/New_York", "8/9/2024, 4:01 PM", "2024-08-09 20:01"),
        ("Europe/London", "8/9/2024, 4:01 PM", "2024-09-08 15:01"),
        ("America/New_York", "13/9/2024", "2024-09-13 00:00"),
        ("Asia/Jerusalem", "21 August 2024 16:01 IST", "2024-08-21 13:01"),
        ("Asia/Kolkata", "21 August 2024 16:01 IST", "2024-08-21 10:31"),
        ("Europe/Dublin", "21 August 2024 16:01 IST", "2024-08-21 15:01"),
        ("Asia/Shanghai", "2024-08-21 16:01 CST", "2024-08-21 08:01"),
        ("America/Chicago", "August 21, 2024 4:01 PM CDT", "2024-08-21 21:01"),
    ],
)
def test_the_outlets_zone_tells_what_is_ambiguous(zone: str, line: str, at: str) -> None:
    assert show(line, ZoneInfo(zone)) == [(at, False)]


@pytest.mark.parametrize(
    "line",
    ["<span>سه\u200cشنبه ۲ آبان ۱۴۰۲ - ۱۸:۳۰</span>", "<p><span>24 October 2023</span><span>18:30</span></p>"],
    ids=["with a joiner", "in two elements"],
)
def test_a_page_tells_when_it_was_published(line: str) -> None:
    story = "<p>Two drones fell near the base on Tuesday, and nobody was hurt.</p>" * 2
    page = f"<!doctype html><html><body><article><h1>Drones fall</h1>{line}{story}</article></body></html>"
    article = extract(Material(page.encode(), "html", timezone="Asia/Baghdad"), read_shipped().residue)
    assert f"{article.published:%Y-%m-%d %H:%M} {article.published_from}" == "2023-10-24 15:30 text"
