"""One story in several languages: joined where links or quoted names say so, and apart wherever they do not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from crawler.analysis import Tools, analyse
from crawler.errors import Unreadable
from crawler.gists import LINKED_WITHIN, NAMED_WITHIN, compare_gists, list_keys, list_wanted
from crawler.models import Analysis, Gist, Material
from crawler.store.engine import begin_write, make_engine
from crawler.store.store import Store
from tests.shipped import compile_shipped
from tests.stages.store_samples import EARLIER_SIGNATURES, NOW, add_pending
from tests.stages.test_store_stories import told

ARTICLES = Path(__file__).parents[2] / "settings" / "demo" / "articles"
HOUR = timedelta(hours=1)
STATEMENT = "https://t.me/kataib_media/48213"
HOME, APP = "https://t.me/kataib", "https://apps.apple.com/us/app/id1234567"


@dataclass(frozen=True)
class Report:
    """What happened."""

    rockets: int = 14
    distance: int = 37
    minutes: int = 25
    base: str = "asad"
    source: str = "reuters"
    link: str = ""


WORDS = {
    "en": {
        "asad": "Ain al-Asad air base",
        "harir": "Harir air base",
        "reuters": "Reuters reported, citing two officials",
        "shafaq": "Shafaq News reported, citing two officials",
        "": "local residents said",
    },
    "ar": {
        "asad": "قاعدة عين الأسد الجوية",
        "harir": "قاعدة حرير الجوية",
        "reuters": "وفق ما نقلت وكالة رويترز عن مسؤولين اثنين",
        "shafaq": "وفق ما نقلت وكالة شفق نيوز عن مسؤولين اثنين",
        "": "وفق ما ذكر سكان محليون",
    },
    "fa": {
        "asad": "پایگاه هوایی عین الاسد",
        "harir": "پایگاه هوایی حریر",
        "reuters": "خبرگزاری رویترز به نقل از دو مقام",
        "shafaq": "خبرگزاری شفق نیوز به نقل از دو مقام",
        "": "به گفته ساکنان محلی",
    },
}
TEXTS = {
    "en": (
        "Rockets hit {base}",
        (
            "Kataib Hezbollah attacked {base} with {rockets} rockets at dawn on Friday, {source}. The launchers were "
            "found {distance} km away.\n"
            "{link} Sirens were heard for {minutes} minutes, and nobody was hurt in the attack. A spokesman gave no "
            "further details and said that an inquiry into the strike would follow in the coming days."
        ),
    ),
    "ar": (
        "صواريخ تستهدف {base}",
        (
            "هاجمت كتائب حزب الله {base} بـ{rockets} صاروخا فجر الجمعة، {source}. وعثر على منصات الإطلاق على مقطورة "
            "على بعد {distance} كيلومترا.\n"
            "{link} وسمعت صفارات الإنذار طوال {minutes} دقيقة ولم يصب أحد بأذى في الهجوم الصاروخي. ولم يقدم متحدث "
            "أي تفاصيل أخرى وقال إن تحقيقا في الهجوم سيبدأ في الأيام المقبلة."
        ),
    ),
    "fa": (
        "حمله موشکی به {base}",
        (
            "کتائب حزب‌الله بامداد جمعه با {rockets} موشک به {base} حمله کرد، {source}. سکوهای پرتاب روی یک تریلر "
            "در فاصله {distance} کیلومتری پیدا شد.\n"
            "{link} آژیرها {minutes} دقیقه به صدا درآمد و کسی در این حمله موشکی آسیب ندید. سخنگو جزئیات بیشتری "
            "نداد و گفت که تحقیقات درباره این حمله در روزهای آینده آغاز می‌شود."
        ),
    ),
}


@cache
def tools() -> Tools:
    return compile_shipped()


@cache
def tell(
    language: str, report: Report = Report(), *, outlet: str = "", url: str = "", translations: tuple[str, ...] = ()
) -> Analysis:
    """What our own extraction and matching make of a page that tells it, the outlet's own links and all."""
    words, (title, text) = WORDS[language], TEXTS[language]
    link = f'<a href="{report.link}">+</a>' if report.link else ""
    slots = {**vars(report), "base": words[report.base], "source": words[report.source], "link": link}
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text.format(**slots).split("\n"))
    also = "".join(f'<link rel="alternate" hreflang="xx" href="{each}">' for each in translations)
    html = f"<html lang={language}><head>{also}</head><body><article><h1>{title.format(**slots)}</h1>{body}</article>"
    url = url or f"https://{language}.example/news/10023"
    outlet = outlet or f"outlet-{language}"
    return analyse(Material(html.encode(), "html", url=url, outlet=outlet, fetched_at=NOW), tools())


def gist_of(analysis: Analysis) -> Gist:
    assert analysis.signature
    assert analysis.signature.gist
    return analysis.signature.gist


def compare(one: Analysis, other: Analysis, apart: timedelta = HOUR) -> str:
    """In both directions, and found as it would be looked up."""
    mine, theirs = gist_of(one), gist_of(other)
    reason = compare_gists(mine, theirs, apart)
    assert compare_gists(theirs, mine, -apart) == reason
    if reason:
        assert list_wanted(mine, NOW) & list_keys(theirs, NOW - apart), "it would not be found"
        assert list_wanted(theirs, NOW - apart) & list_keys(mine, NOW), "it would not be found"
    return reason


@pytest.mark.parametrize(("one", "other"), list(combinations(TEXTS, 2)))
def test_reports_that_rest_on_the_same_agency_and_agree_are_one_story(one: str, other: str) -> None:
    assert compare(tell(one), tell(other)) == "both rest on reuters and share 3 numbers"


def test_a_report_that_quotes_the_outlet_of_the_other_is_its_story() -> None:
    quoting, quoted = tell("en", Report(source="shafaq")), tell("ar", Report(source=""), outlet="shafaq")

    assert compare(quoting, quoted) == "both rest on shafaq and share 3 numbers"


def test_a_page_that_names_the_other_as_its_translation_is_its_story() -> None:
    arabic = "https://www.levant.example/ar/news/10023"
    one = tell("en", Report(source=""), outlet="levant", url="https://levant.example/en/77", translations=(arabic,))
    other = tell("ar", Report(source=""), outlet="levant", url=f"{arabic}?utm_source=feed")

    assert compare(one, other) == "the outlet says that one is a translation of the other"


def test_reports_that_link_the_same_statement_and_agree_are_one_story() -> None:
    one, other = (tell(language, Report(source="", link=STATEMENT)) for language in ("en", "fa"))

    assert compare(one, other) == "both link https://t.me/kataib_media/48213"


def test_a_report_that_links_the_other_and_agrees_is_its_story() -> None:
    original = tell("ar", Report(source=""))

    assert (
        compare(tell("en", Report(source="", link="https://ar.example/news/10023")), original) == "one links the other"
    )


BACKGROUND = {
    "en": (
        "It has been hit by rockets and drones more than 150 times since October 2023. The Pentagon has some 2500 "
        "troops in Iraq and 900 in Syria."
    ),
    "ar": (
        "وتعرضت لأكثر من 150 هجوما بالصواريخ والطائرات المسيرة منذ أكتوبر 2023. ولدى البنتاغون نحو 2500 جندي في العراق "
        "و900 في سوريا."
    ),
}
NEWS = {
    "en": "Two drones struck the Ain al-Asad air base on Friday, wounding {hurt} soldiers, Reuters reported.",
    "ar": "أسقطت الدفاعات الجوية صاروخا فوق قاعدة عين الأسد الجوية مساء الجمعة دون إصابات، وفق ما نقلت وكالة رويترز.",
    "same": "استهدفت طائرتان مسيرتان قاعدة عين الأسد الجوية الجمعة وأصيب {hurt} جنديا، وفق ما نقلت وكالة رويترز.",
}


def test_another_event_of_the_day_with_the_same_background_is_another_story() -> None:
    def report(language: str, news: str) -> Analysis:
        paragraphs = f"<p>{news.format(hurt=13)}</p><p>{BACKGROUND[language]}</p>"
        html = f"<html lang={language}><body><article><h1>News</h1>{paragraphs}</article>"
        url = f"https://{language}.example/news/10023"
        return analyse(Material(html.encode(), "html", url=url, outlet=language, fetched_at=NOW), tools())

    english, arabic, same = report("en", NEWS["en"]), report("ar", NEWS["ar"]), report("ar", NEWS["same"])

    assert compare(english, arabic) == ""
    assert compare(english, same) == "both rest on reuters and share 4 numbers"
    older = replace(gist_of(arabic), lead_numbers=None)
    assert compare_gists(gist_of(english), older, HOUR), "made by an older basewatch, which did not ask"


FOLLOWING = {
    "a denial": "نفت كتائب حزب الله ما نقلته وكالة رويترز عن مهاجمتها قاعدة عين الأسد الجوية بـ47 صاروخا.",
    "a reprisal": "قصفت طائرات أمريكية كتائب حزب الله ردا على استهداف قاعدة عين الأسد الجوية بـ47 صاروخا، وفق رويترز.",
    "a death": "توفي جندي أصيب في هجوم كتائب حزب الله على قاعدة عين الأسد الجوية بـ47 صاروخا، وفق وكالة رويترز.",
    "": "هاجمت كتائب حزب الله قاعدة عين الأسد الجوية بـ47 صاروخا فجر الجمعة، وفق وكالة رويترز. ولم تقع إصابات.",
}


@pytest.mark.parametrize("what", FOLLOWING)
def test_what_follows_an_attack_is_no_story_of_the_attack_in_another_language(what: str) -> None:
    lead, _, rest = TEXTS["ar"][1].partition("وعثر")
    assert lead
    arabic = f"{FOLLOWING[what]} وعثر{rest}".format(rockets=47, distance=35, minutes=20, link="")
    paragraphs = "".join(f"<p>{each}</p>" for each in arabic.split("\n"))
    html = f"<html lang=ar><body><article><h1>الأخبار</h1>{paragraphs}</article>"
    url = "https://ar.example/news/10024"
    follows = analyse(Material(html.encode(), "html", url=url, outlet="ar", fetched_at=NOW), tools())

    told = compare(tell("en", Report(rockets=47, distance=35, minutes=20)), follows)

    assert bool(told) == (not what)


APART = {
    "nobody is quoted": (Report(source=""), Report(source=""), HOUR),
    "another attack of the same day": (Report(), Report(rockets=31, distance=12, minutes=90), HOUR),
    "another base": (Report(), Report(base="harir"), HOUR),
    "other sources": (Report(), Report(source="shafaq"), HOUR),
    "too long ago for names": (Report(), Report(), NAMED_WITHIN + HOUR),
    "too long ago for links": (
        Report(source="", link=STATEMENT),
        Report(source="", link=STATEMENT),
        LINKED_WITHIN + HOUR,
    ),
    "a link to what came before": (Report(link=STATEMENT), Report(71, 52, 44, link=STATEMENT), HOUR),
    "a link of another event": (Report(link=STATEMENT), Report(base="harir", link=STATEMENT), HOUR),
    "a home page": (Report(source="", link=HOME), Report(source="", link=HOME), HOUR),
    "an app": (Report(source="", link=APP), Report(source="", link=APP), HOUR),
}


@pytest.mark.parametrize("why", APART)
@pytest.mark.parametrize("languages", [("en", "ar"), ("ar", "fa")])
def test_what_links_and_names_do_not_join_stays_apart(why: str, languages: tuple[str, str]) -> None:
    one, other, apart = APART[why]

    assert compare(tell(languages[0], one), tell(languages[1], other), apart) == ""


def test_one_language_is_never_joined_this_way() -> None:
    assert compare(tell("en"), tell("en", outlet="another", url="https://another.example/1")) == ""


def read_demo() -> Iterator[tuple[str, Gist]]:
    """The demo's articles that name anything, in three languages."""
    for file in sorted(ARTICLES.rglob("*.yaml")):
        fields = yaml.safe_load(file.read_text("utf-8"))
        lines = [fields["title"], *(fields.get("text") or "").split("\n\n")]
        body = "".join(f"<p>{line}</p>" for line in lines[1:])
        html = f"<article><h1>{lines[0]}</h1>{body}</article>"
        material = Material(html.encode(), "html", url=f"https://x.example/{file.stem}", outlet=file.parent.name)
        try:
            signature = analyse(material, tools()).signature
        except Unreadable:
            continue
        if signature and signature.gist:
            yield file.stem, signature.gist


def test_no_two_of_the_demos_articles_in_different_languages_are_one_story() -> None:
    """They tell of the same bases, groups and days, quote each other's outlets, and none is a translation."""
    gists = list(read_demo())
    foreign = [(one, other) for one, other in combinations(gists, 2) if one[1].language != other[1].language]

    assert len(foreign) > 300
    assert [(one[0], other[0]) for one, other in foreign if compare_gists(one[1], other[1], HOUR)] == []


def test_made_pairs_reach_full_precision() -> None:
    """Every report against every other one that differs from it in place, or in most of its numbers."""
    bases, numbers = ("asad", "harir"), ((14, 37, 25), (31, 12, 90), (14, 62, 48), (77, 37, 51))
    reports = [Report(*each, base=base, link=STATEMENT) for base, each in product(bases, numbers)]
    pairs = [(one, other) for one in reports for other in reports]
    joined = {(one, other) for one, other in pairs if compare(tell("en", one), tell("ar", other))}

    assert joined == {(one, one) for one in reports}


# ── in the store


def save(store: Store, analysis: Analysis, at: datetime = NOW) -> str:
    [link] = add_pending(store, analysis.article.url, source=analysis.article.outlet)
    made = replace(analysis, article=replace(analysis.article, published=at, published_from="feed"))
    assert made.signature
    gist = replace(gist_of(made), published=at)
    made = replace(made, signature=replace(made.signature, gist=gist))
    return str(store.save_analysis(link, made, NOW, outlet_name=analysis.article.outlet).alert_id)


def test_an_article_in_another_language_joins_the_story_and_says_why(store: Store) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    save(store, tell("en"), midnight - HOUR)
    save(store, tell("ar"), midnight + HOUR)
    save(store, tell("fa", Report(base="harir")), midnight + HOUR)

    first, copy, other = (each for each in told(store) if type(each).__name__ == "Alert")
    members = store.read_members(first.story)

    assert first.story == copy.story != other.story
    assert [(member.outlet, member.reason) for member in members] == [
        ("outlet-en", ""),
        ("outlet-ar", "both rest on reuters and share 3 numbers"),
    ]


def test_what_is_forgotten_is_not_found_in_another_language_either(store: Store) -> None:
    save(store, tell("en"))
    assert store.forget_signatures(NOW + LINKED_WITHIN) == 1
    save(store, tell("ar"))

    one, two = (each for each in told(store) if type(each).__name__ == "Alert")

    assert one.story != two.story


def test_what_an_older_basewatch_stored_is_still_found(new_database_url: str) -> None:
    store = Store.open(new_database_url)
    save(store, tell("en"))
    store.close()
    engine = make_engine(new_database_url)
    with begin_write(engine) as connection:
        for statement in (*EARLIER_SIGNATURES, "UPDATE alembic_version SET version_num = '0015'"):
            connection.execute(text(statement))
    engine.dispose()

    store = Store.open(new_database_url)
    save(store, tell("ar"))
    first, foreign = (each for each in told(store) if type(each).__name__ == "Alert")
    store.close()

    assert first.story == foreign.story != ""
