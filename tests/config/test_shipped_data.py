"""What we ship to look for and to watch: complete, consistent, and careful with names that are also words."""

import re
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.match.automaton import Automaton
from crawler.match.gazetteer import Name, compile_names
from crawler.match.matcher import Matcher
from crawler.match.mentions import OWN_CUES
from crawler.match.normalize import Folded, squeeze
from crawler.models import Article
from settings.document import read_document
from settings.load import ENTITY_FILES, SHIPPED, load_settings
from settings.model import Alias, Entity, Gazetteer, Outlet, Policy, WordList

SETTINGS = load_settings(environ={})
GAZETTEER = SETTINGS.gazetteer
ENTITIES = {entity.id: entity for entity in GAZETTEER.entities}

SEED_FORMS: tuple[tuple[str, str, Policy], ...] = (
    ("Al-Thawriyoun", "al-thawriyoun", "plain"),
    ("The Revolutionaries", "al-thawriyoun", "after_full_form"),
    ("Islamic Resistance in Iraq", "islamic-resistance-in-iraq", "plain"),
    ("Islamic resistance", "islamic-resistance-in-iraq", "context"),
    ("Iraqi resistance", "islamic-resistance-in-iraq", "context"),
    ("IRI", "islamic-resistance-in-iraq", "after_full_form"),
    ("Al-Nujaba Movement", "harakat-hezbollah-al-nujaba", "plain"),
    ("Al Nujaba Movement", "harakat-hezbollah-al-nujaba", "plain"),
    ("Harakat Hezbollah al-Nujaba", "harakat-hezbollah-al-nujaba", "plain"),
    ("Harakat al-Nujaba", "harakat-hezbollah-al-nujaba", "plain"),
    ("Nujaba", "harakat-hezbollah-al-nujaba", "context"),
    ("Sayyid Al-Shuhada' Brigades", "kataib-sayyid-al-shuhada", "plain"),
    ("Kataeb Sayyid al-Shuhada", "kataib-sayyid-al-shuhada", "plain"),
    ("Iraqi Resistance Coordination Committee", "iraqi-resistance-coordination-committee", "plain"),
    ("IRCC", "iraqi-resistance-coordination-committee", "after_full_form"),
    ("Hezbollah Brigades", "kataib-hezbollah", "plain"),
    ("Kataib Hezbollah", "kataib-hezbollah", "plain"),
    ("Hizbullah", "hezbollah-lebanon", "plain"),
    ("Hezbollah", "hezbollah-lebanon", "plain"),
    ("Hezbollah in Lebanon", "hezbollah-lebanon", "plain"),
    ("Hamas", "hamas", "plain"),
    ("Palestinian Islamic Jihad", "palestinian-islamic-jihad", "plain"),
    ("Palestinian Jihad", "palestinian-islamic-jihad", "context"),
    ("Ansar Allah Al-Awfiya'", "ansar-allah-al-awfiya", "plain"),
    ("Houthi Ansar Allah", "houthis", "plain"),
    ("Ansar Allah", "houthis", "plain"),
    ("Houthi", "houthis", "plain"),
    ("Houthis", "houthis", "plain"),
    ("Popular Mobilization Units", "popular-mobilization-forces", "plain"),
    ("Popular Mobilization Forces", "popular-mobilization-forces", "plain"),
    ("Popular Mobilisation Forces", "popular-mobilization-forces", "plain"),
    ("PMF", "popular-mobilization-forces", "context"),
    ("PMU", "popular-mobilization-forces", "context"),
    ("47th Brigade", "pmf-brigade", "context"),
    ("axis of resistance", "axis-of-resistance", "plain"),
    ("Iran-backed Iraqi militias", "iraq-generic-militia", "plain"),
    ("Iran-backed groups", "iraq-generic-militia", "plain"),
    ("Iran-backed militias in Iraq", "iraq-generic-militia", "plain"),
    ("pro-Iran militias", "iraq-generic-militia", "plain"),
    ("armed factions aligned with Iran", "iraq-generic-militia", "plain"),
    ("Ayn Al Asad airbase", "ain-al-asad", "plain"),
    ("Ain al-Asad", "ain-al-asad", "plain"),
    ("Conoco base", "conoco", "plain"),
    ("al-Shadadi", "shaddadi", "plain"),
    ("al-Rukban", "rukban", "plain"),
    ("al-Tanf", "al-tanf", "plain"),
    ("Erbil Airport", "erbil-air-base", "plain"),
    ("‘Zevelun’ naval facility", "haifa-naval-base", "plain"),
    ("Victoria military base", "victoria-base", "plain"),
    ("Harir", "harir-air-base", "context"),
    ("Hareer bases", "harir-air-base", "plain"),
    ("US embassy in Baghdad", "us-embassy-baghdad", "plain"),
    ("[US] embassy", "us-embassy-baghdad", "context"),
    ("PressTV", "presstv", "plain"),
    ("Al Mayadeen", "al-mayadeen", "plain"),
    ("Al-Akhbar", "al-akhbar", "plain"),
    ("Al-Sharq Al-Awsat", "asharq-al-awsat", "plain"),
    ("Alahad television network", "alahad-tv", "plain"),
    ("Al-Araby Al-Jadeed", "al-araby-al-jadeed", "plain"),
    ("NBC News", "nbc-news", "plain"),
    ("Mahdi Al-Ka'bi", "mahdi-al-kabi", "plain"),
    ("'Adel Al-Kar'awi", "adel-al-karawi", "plain"),
    ("Muhammad Al-Basri", "muhammad-al-basri", "context"),
    ("Akram al-Kaabi", "akram-al-kaabi", "plain"),
    ("Kazim al-Fartusi", "kazim-al-fartusi", "plain"),
    ("Qais al-Khazali", "qais-al-khazali", "plain"),
    ("Hadi al-Amiri", "hadi-al-amiri", "plain"),
    ("Haider Al Lami", "haider-al-lami", "plain"),
)
"""Names as the first articles print them, the entity they mean, and how far they can be trusted alone."""

NO_NAMES = (
    "ConocoPhillips posted higher earnings as its customer base grew; Conoco Phillips pumped more shale oil in Texas.",
    "Queen Victoria opened the base. In Victoria, Australia, a drone crashed near the airport.",
    "Victoria's Secret opened a shop in Baghdad.",
    "The government of Bashar al-Asad struck rebels with missiles. The base of support for Assad shrinks.",
    "Egypt's Badr Abdelatty and Oman's Badr Albusaidi discussed Iraq, Syria and the militia of a warlord.",
    "Erbil SC won its match in the city of Erbil, and tourism hit a record.",
    "A shop in Harir Street sells silk; the site has a base of loyal customers.",
    "The 47th Brigade of Ukraine's army used drones.",
    "The revolutionaries stormed the palace, the inheritors of the crown fled, and it was a sad affair.",
    "Pilgrims visited the shrine of Imam Ali in Iraq and mourned Sayyid al-Shuhada.",
    "Liwa Oasis lies in the desert. Babylon is a film by Damien Chazelle.",
    "In the green zone, shops stay open; Green Village in Bali is a resort.",
    "The talks on H2 and K-1 visas went on, said the embassy in Rome.",
    "Al Dhafra beat Al Ain two goals to nil; the striker hit the post.",
    "العديد من المسؤولين في قطر حضروا افتتاح القاعدة الجوية.",
    "وزير الخارجية المصري بدر عبد العاطي شارك في اجتماع منظمة التعاون الإسلامي حول العراق.",
    "مبادرة الحزام وطريق الحرير وصلت إلى أربيل.",
    "يبلغ من العمر عشرين عاما ويعيش في دير الزور.",
    "الرؤساء السابقون أصدروا بيانا في أربيل.",
    "بسم الله قاصم الجبارين.",
    "کونوکو فیلیپس شرکت نفتی آمریکایی است.",
    "لباس حریر در بازار تهران.",
)
"""Names of other things, and words that look like names."""

SPOKEN = (
    (
        "استهدفت المقاومة الإسلامية في العراق قاعدة عين الأسد وقاعدة حرير بطائرات مسيّرة.",
        {"islamic-resistance-in-iraq", "ain-al-asad", "harir-air-base"},
    ),
    (
        "مقاومت اسلامی عراق عین‌الاسد، کونیکو و التنف را هدف قرار داد؛ کتائب حزب‌الله و جنبش نجباء",
        {
            "islamic-resistance-in-iraq",
            "ain-al-asad",
            "conoco",
            "al-tanf",
            "kataib-hezbollah",
            "harakat-hezbollah-al-nujaba",
        },
    ),
    (
        "#كتائب_حزب_الله وحركة النجباء وللحشد الشعبي بيان",
        {"kataib-hezbollah", "harakat-hezbollah-al-nujaba", "popular-mobilization-forces"},
    ),
    (
        "Kata'ib Hizbullah aimed drones at Al-Shaddadi, Rmeilan and Tower 22.",
        {"kataib-hezbollah", "shaddadi", "rmeilan", "tower-22"},
    ),
    ("Ansar Allah al-Awfiya is not Ansar Allah.", {"ansar-allah-al-awfiya", "houthis"}),
    ("İncirlik Üssü ve Haşdi Şabi", {"incirlik", "popular-mobilization-forces"}),
)

BOXES = {
    "Iraq": (29.0, 37.5, 38.7, 48.8),
    "Syria": (32.3, 37.4, 35.6, 42.5),
    "Jordan": (29.1, 33.4, 34.9, 39.4),
    "Kuwait": (28.5, 30.2, 46.5, 48.5),
    "Bahrain": (25.5, 26.4, 50.3, 50.9),
    "Qatar": (24.4, 26.2, 50.7, 51.7),
    "UAE": (22.6, 26.2, 51.4, 56.5),
    "Saudi Arabia": (16.3, 32.2, 34.5, 55.7),
    "Turkey": (35.8, 42.2, 25.6, 44.9),
    "Israel": (29.4, 33.4, 34.2, 35.9),
}
"""South, north, west, east."""

MUST_WATCH = (
    "memri",
    "the-national",
    "the-new-arab",
    "presstv",
    "al-mayadeen",
    "al-akhbar",
    "asharq-al-awsat",
)


@pytest.fixture(scope="module")
def names() -> Automaton[Name]:
    return compile_names(GAZETTEER)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(GAZETTEER, ())


def entities(kind: str) -> list[Entity]:
    return [entity for entity in GAZETTEER.entities if entity.type == kind]


def all_aliases(gazetteer: Gazetteer) -> list[tuple[Entity, Alias]]:
    return [(entity, alias) for entity in gazetteer.entities for alias in entity.aliases]


# ── names ────────────────────────────────────────────────────────────────────────────────────────


def test_enough_groups_and_bases_in_three_languages() -> None:
    assert len(entities("group")) >= 60
    assert len(entities("base")) >= 60
    languages = Counter(alias.language for _, alias in all_aliases(GAZETTEER))
    assert languages["en"] >= 800
    assert languages["ar"] >= 400
    assert languages["fa"] >= 150


@pytest.mark.parametrize("kind", ["group", "base"])
def test_every_group_and_base_has_a_name_in_english_and_in_arabic(kind: str) -> None:
    for entity in entities(kind):
        assert {alias.language for alias in entity.aliases} >= {"en", "ar"}, entity.id


def test_ids_are_unique_over_all_files() -> None:
    ids = Counter(
        entity_id
        for file in ENTITY_FILES
        for entity_id in read_document(SHIPPED / "gazetteer" / f"{file}.yaml").value[file]  # type: ignore[attr-defined]  # a mapping, or load_settings had refused it
    )
    assert [entity_id for entity_id, count in ids.items() if count > 1] == []


def test_what_an_entity_belongs_to_exists_and_is_a_group() -> None:
    for entity in GAZETTEER.entities:
        for other in (*entity.part_of, *entity.facade_of):
            assert other != entity.id
            assert ENTITIES[other].type == "group", (entity.id, other)


@pytest.mark.parametrize("entity", entities("base"), ids=lambda entity: entity.id)
def test_a_base_lies_in_its_country(entity: Entity) -> None:
    south, north, west, east = BOXES[entity.country]
    assert entity.latitude is not None
    assert south < entity.latitude < north
    assert entity.longitude is not None
    assert west < entity.longitude < east


def test_a_spelling_stands_once_in_an_entity_whatever_its_language() -> None:
    """The second of one policy would be of no use: matching folds both to the same."""
    for entity in GAZETTEER.entities:
        spellings = Counter((squeeze(alias.text), alias.policy) for alias in entity.aliases)
        assert [spelling for spelling, count in spellings.items() if count > 1] == [], entity.id


def test_no_spelling_is_safe_alone_for_two_entities() -> None:
    owners: dict[str, set[str]] = {}
    for entity, alias in all_aliases(GAZETTEER):
        if alias.policy == "plain":
            owners.setdefault(squeeze(alias.text), set()).add(entity.id)
    assert {spelling: ids for spelling, ids in owners.items() if len(ids) > 1} == {}


def test_only_aliases_that_need_context_have_it() -> None:
    for entity, alias in all_aliases(GAZETTEER):
        assert bool(alias.context) == (alias.policy == "context"), (entity.id, alias.text)


def test_an_alias_that_needs_an_introduction_can_get_one() -> None:
    for entity in GAZETTEER.entities:
        policies = {alias.policy for alias in entity.aliases}
        assert policies & {"plain", "context"}, entity.id


def test_acronyms_of_three_letters_are_never_safe_alone() -> None:
    for entity, alias in all_aliases(GAZETTEER):
        if re.fullmatch(r"[A-Z]{1,3}", alias.text):
            assert alias.policy != "plain", (entity.id, alias.text)


def test_the_pronoun_us_is_no_cue() -> None:
    cues = {word for cue in GAZETTEER.cues for words in cue.words.values() for word in words}
    cues |= {word for _, alias in all_aliases(GAZETTEER) for word in alias.context}
    assert "us" not in {squeeze(cue) for cue in cues}


def test_every_list_of_cues_is_used() -> None:
    used = {word for _, alias in all_aliases(GAZETTEER) for word in alias.context}
    used |= {word for entity in GAZETTEER.entities for word in entity.unless}
    assert {f"cues/{cue.name}" for cue in GAZETTEER.cues} <= used | OWN_CUES


@pytest.mark.parametrize("words", [*GAZETTEER.cues, *GAZETTEER.events], ids=lambda words: words.name)
def test_a_list_of_words_speaks_three_languages_and_repeats_nothing(words: WordList) -> None:
    assert words.words.keys() >= {"en", "ar", "fa"}
    for language, listed in words.words.items():
        folded = Counter(squeeze(word) for word in listed)
        assert [word for word, count in folded.items() if count > 1] == [], language


@pytest.mark.parametrize(("form", "entity", "policy"), SEED_FORMS)
def test_a_name_of_the_first_articles_is_known(form: str, entity: str, policy: Policy, names: Automaton[Name]) -> None:
    found = {
        (match.pattern.value.entity.id, match.pattern.value.alias.policy)
        for match in names.find(Folded(form))
        if squeeze(form[match.start : match.end]) == squeeze(form)
    }
    assert (entity, policy) in found


@pytest.mark.parametrize("sentence", NO_NAMES)
def test_names_of_other_things_are_left_alone(sentence: str, matcher: Matcher) -> None:
    assert [(mention.entity, mention.text) for mention in matcher.examine(Article(body=sentence)).mentions] == []


@pytest.mark.parametrize(("sentence", "expected"), SPOKEN)
def test_names_are_found_as_the_press_of_each_language_writes_them(
    sentence: str, expected: set[str], matcher: Matcher
) -> None:
    assert {mention.entity for mention in matcher.examine(Article(body=sentence)).mentions} == expected


# ── outlets ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("slug", MUST_WATCH)
def test_the_outlets_of_the_first_articles_are_watched(slug: str) -> None:
    outlet = next(outlet for outlet in SETTINGS.outlets if outlet.slug == slug)
    assert any(source.enabled for source in outlet.sources)


def test_many_outlets_in_the_languages_of_the_region_are_watched() -> None:
    watched = [outlet for outlet in SETTINGS.outlets if any(source.enabled for source in outlet.sources)]
    assert len(watched) >= 85
    assert Counter(outlet.language for outlet in watched).keys() >= {"en", "ar", "fa", "ku", "tr"}


def test_an_address_is_polled_once_and_over_tls() -> None:
    addresses = Counter(source.url for source in SETTINGS.sources)
    assert [url for url, count in addresses.items() if count > 1] == []
    assert [source.url for source in SETTINGS.sources if source.enabled and not source.url.startswith("https:")] == []


def test_a_guessed_address_is_not_polled() -> None:
    text = (SHIPPED / "sources.yaml").read_text(encoding="utf-8")
    guesses = re.findall(r"- (?:feed|sitemap|section|telegram): (\S+)  # guess", text)
    assert guesses
    enabled = {source.url for source in SETTINGS.sources if source.enabled}
    assert [url for url in guesses if url in enabled] == []


def test_every_address_says_how_it_is_known() -> None:
    lines = (SHIPPED / "sources.yaml").read_text(encoding="utf-8").splitlines()
    addresses = [line for line in lines if re.match(r" +- (?:feed|sitemap|section|telegram):", line)]
    assert [line for line in addresses if not re.search(r"  # (?:reached|listed|guess)$", line)] == []


@pytest.mark.parametrize("outlet", SETTINGS.outlets, ids=lambda outlet: outlet.slug)
def test_an_outlet_is_described_well_enough_to_be_read(outlet: Outlet) -> None:
    assert re.fullmatch(r"[a-z]{2}", outlet.language)
    assert outlet.country
    assert outlet.alignment
    assert ZoneInfo(outlet.timezone).key == outlet.timezone
    assert outlet.sources or outlet.note, "nothing to poll, and no fact kept either"


def test_an_enabled_section_says_which_links_are_articles() -> None:
    sections = [source for source in SETTINGS.sources if source.kind == "section" and source.enabled]
    assert sections
    for source in sections:
        assert source.links.pattern, source.name
        re.compile(source.links.pattern)


def test_sites_in_iran_get_more_time() -> None:
    for outlet in SETTINGS.outlets:
        if outlet.country == "Iran":
            there = [source for source in outlet.sources if source.kind != "telegram"]
            assert all(source.timeout is not None for source in there), outlet.slug


def test_a_sitemap_or_channel_is_enabled_only_where_somebody_reached_it() -> None:
    text = (SHIPPED / "sources.yaml").read_text(encoding="utf-8")
    reached = set(re.findall(r"- (?:sitemap|telegram): (\S+)  # reached", text))
    polled = [source for source in SETTINGS.sources if source.kind in ("sitemap", "telegram") and source.enabled]
    assert len(polled) > 10
    assert [source.url for source in polled if source.url not in reached] == []


def test_a_channel_is_read_at_its_preview() -> None:
    channels = [source.url for source in SETTINGS.sources if source.kind == "telegram"]
    assert channels
    assert [url for url in channels if not re.fullmatch(r"https://t\.me/s/\w+", url)] == []


def test_no_shipped_file_names_a_path_of_a_machine() -> None:
    for path in Path(SHIPPED).rglob("*.yaml"):
        assert not re.search(r"/(?:home|work|tmp|Users)/", path.read_text(encoding="utf-8")), path.name
