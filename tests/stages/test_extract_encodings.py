"""Pages whose label lies about their encoding, in the header, in the page or in both, or says nothing."""

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
    ("utf-16", RUSSIAN),
    ("utf-16-le", RUSSIAN),
    ("utf-16-be", ARABIC),
    ("utf-16-be", FRENCH),
    ("utf-8-sig", PERSIAN),
    ("windows-1254", TURKISH),
    ("windows-1252", FRENCH),
]


LABELS = ["right", "utf-8", "iso-8859-1", "windows-1252", ""]


def is_exact(charset: str, text: tuple[str, str], in_header: str, in_page: str) -> bool:
    """Is every letter of a page right, whatever its header and its meta element say of its encoding?"""
    paragraphs = "".join(f"<p>{line}</p>" for line in text)
    meta = f'<meta charset="{in_page}">' if in_page else ""
    page = (
        f'<html><head>{meta}<title>{text[0][:30]}</title></head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{text[0][:30]}</h1>{paragraphs}</article></body></html>"
    )
    title, *wanted = [line.encode(charset, "ignore").decode(charset) for line in (text[0][:30], *text)]
    article = extract(Material(page.encode(charset, "ignore"), "html", charset=in_header or None), ())
    return article.body.split("\n") == wanted and article.title == title.strip()


@pytest.mark.parametrize("place", ["header", "meta", "both"])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(("charset", "text"), CASES, ids=[f"{name}-{text[0][:6]}" for name, text in CASES])
def test_a_page_is_read_whatever_its_label_says(charset: str, text: tuple[str, str], label: str, place: str) -> None:
    said = charset if label == "right" else label
    assert is_exact(charset, text, said if place != "meta" else "", said if place != "header" else "")


@pytest.mark.parametrize(("charset", "text"), CASES, ids=[f"{name}-{text[0][:6]}" for name, text in CASES])
def test_header_and_page_may_lie_in_two_ways(charset: str, text: tuple[str, str]) -> None:
    assert is_exact(charset, text, "utf-8", "iso-8859-1")
    assert is_exact(charset, text, "windows-1252", charset)


@pytest.mark.parametrize("label", ["x-unknown", "", "utf-7", "idna", "rot13"])
def test_an_odd_label_does_no_harm(label: str) -> None:
    assert decode_bytes("une trêve annoncée".encode("windows-1252"), label) == "une trêve annoncée"


@pytest.mark.parametrize("content", [b"\xff", b"\xff\xfe\x00", b"\x00\x00\xfe\xff\x01", bytes(range(256)) * 3])
def test_broken_bytes_still_give_text(content: bytes) -> None:
    assert isinstance(decode_bytes(content, "utf-8"), str)


@pytest.mark.parametrize("text", [ARABIC, PERSIAN, FRENCH])
@pytest.mark.parametrize("label", ["utf-8", ""])
def test_a_letter_that_is_cut_in_two_spoils_nothing_but_itself(text: tuple[str, str], label: str) -> None:
    meta = f'<meta charset="{label}">' if label else ""
    page = f"<html><head>{meta}</head><body><p>{text[0]}</p><p>{text[1]}</p><footer>".encode()
    for spoilt in (
        page + "é".encode()[:1],
        page + "© 2026".encode("latin-1"),
        page + "ب".encode()[:1] + b"...</footer>",
    ):
        decoded = decode_bytes(spoilt, None)
        assert text[0] in decoded
        assert text[1] in decoded


@pytest.mark.parametrize("charset", ["windows-1256", "iso-8859-6"])
def test_arabic_among_english_names_is_arabic(charset: str) -> None:
    text = f"{ARABIC[0]} Operation Inherent Resolve, MQ-9 Reaper, US Embassy Baghdad, Kataib Hezbollah {ARABIC[1]}"
    assert text in decode_bytes(f"<p>{text}</p>".encode(charset), "iso-8859-1")


def test_polish_with_the_label_of_another_charset_is_polish() -> None:
    text = (
        "W nocy dwa drony zaatakowały bazę na zachodzie Iraku; zapowiedziała to grupa, która mówi o sobie: żołnierze."
    )
    assert text in decode_bytes(f"<p>{text}</p>".encode("windows-1250"), "utf-8")
