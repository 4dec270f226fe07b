"""Thirty pages whose label lies about their encoding, or says nothing."""

import pytest

from crawler.extract.article import extract
from crawler.extract.decode import decode_bytes
from crawler.models import Material

ARABIC = (
    "هدد فصيل مسلح في العراق، اليوم الثلاثاء، باستهداف قاعدة عين الأسد في محافظة الأنبار إذا استمرت الغارات.",
    "ولم تعلق الحكومة العراقية على البيان حتى الآن، فيما أكدت مصادر أمنية أن القوات في حالة تأهب.",
)
PERSIAN = (
    "گروه های مقاومت عراق اعلام کردند که حمله به پایگاه های آمریکا از سر گرفته می شود.",
    "سخنگوی این گروه گفت که آتش بس پایان یافته و همه گزینه ها روی میز است.",
)
RUSSIAN = (
    "Представитель группировки заявил во вторник, что перемирие закончилось и база будет атакована.",
    "По словам источника, беспилотники были сбиты над базой, пострадавших нет.",
)
TURKISH = (
    "Irak'taki silahlı gruplar, Ayn el-Esed üssüne yönelik saldırıların süreceğini açıkladı.",
    "Sözcü, ateşkesin sona erdiğini söyledi; çatışmaların büyümesinden endişe ediliyor.",
)
FRENCH = (
    "Les factions irakiennes ont annoncé mardi la reprise des attaques contre les bases américaines.",
    "Le porte-parole a déclaré que la trêve était terminée ; l'armée n'a pas réagi.",
)
CASES = [
    ("windows-1256", ARABIC),
    ("windows-1256", PERSIAN),
    ("iso-8859-6", ARABIC),
    ("windows-1251", RUSSIAN),
    ("koi8-r", RUSSIAN),
    ("iso-8859-5", RUSSIAN),
    ("utf-16", ARABIC),
    ("utf-16-le", RUSSIAN),
    ("windows-1254", TURKISH),
    ("windows-1252", FRENCH),
]


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize(("charset", "text"), CASES, ids=[f"{name}-{text[0][:6]}" for name, text in CASES])
def test_a_page_is_read_whatever_its_label_says(charset: str, text: tuple[str, str], label: str) -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in text)
    page = (
        f'<html><head><meta charset="{label}"><title>{text[0][:30]}</title></head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{text[0][:30]}</h1>{paragraphs}</article></body></html>"
    )
    wanted = [line.encode(charset, "ignore").decode(charset) for line in text]
    article = extract(Material(page.encode(charset, "ignore"), "html", charset=label), ())
    assert article.body.split("\n") == wanted


@pytest.mark.parametrize("label", ["x-unknown", "", "utf-7", "idna", "rot13"])
def test_an_odd_label_does_no_harm(label: str) -> None:
    assert decode_bytes("une trêve annoncée".encode("windows-1252"), label) == "une trêve annoncée"


@pytest.mark.parametrize("content", [b"\xff", b"\xff\xfe\x00", b"\x00\x00\xfe\xff\x01", bytes(range(256)) * 3])
def test_broken_bytes_still_give_text(content: bytes) -> None:
    assert isinstance(decode_bytes(content, "utf-8"), str)
