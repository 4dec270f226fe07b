"""What reads calm is told less loudly, in words, and never silently; what does not is told as before."""

import json
from pathlib import Path

import pytest

from crawler.match.evaluate import evaluate, read_passages
from crawler.match.explain import digest_rule
from crawler.match.matcher import Matcher
from crawler.match.reading import Surroundings, list_features, load_judgement, load_weights
from crawler.models import Article, Hit
from settings.errors import SettingsError
from settings.load import load_settings
from settings.model import Rule, WordList
from tests.stages.match.gazetteer import SMALL

ARMED = SMALL.model_copy(
    update={"events": (*SMALL.events, WordList(name="rocket", words={"en": ("rocket", "missiles")}))}
)
LOUD = Rule(name="loud", severity="critical", when="@base AND #attack")
LOWERED = LOUD.model_copy(update={"calm": "notice"})
REPORT = (
    "Two rockets struck Ain al-Asad before dawn and wounded a soldier, a security source said. An attack drone fell."
)
HARVEST = (
    "The museum near Ain al-Asad opened its exhibition of paintings last week. Visitors praised the artist, whose "
    "attack on colour the festival's jury had already admired; tickets and the catalogue are sold at the shop."
)


def examine(body: str, rule: Rule = LOWERED, **article: str) -> Hit:
    [hit] = Matcher(ARMED, (rule,)).examine(Article(body=body, **{"language": "en", **article})).hits
    return hit


def test_a_rule_is_less_severe_where_the_words_around_read_calm_and_says_which() -> None:
    report, calm = examine(REPORT), examine(HARVEST)
    assert (report.severity, "read calm" in report.explanation) == ("critical", False)
    assert (calm.severity, "read calm (" in calm.explanation) == ("notice", True)
    words = calm.explanation.partition("read calm (")[2].rstrip(")").split(", ")
    assert {word for word in words if not word.startswith("#")} <= list_features(HARVEST)
    assert len(words) == 3


def test_who_asks_why_is_told_that_a_rule_was_lowered_and_only_then() -> None:
    matcher = Matcher(ARMED, (LOWERED, LOUD.model_copy(update={"name": "other"})))

    def ask(body: str, rule: str = "loud") -> list[str]:
        verdicts = matcher.tell_why(Article(body=body, language="en"), rule)
        return [part.evidence for part in verdicts if part.source == "calm: notice" and part.holds]

    assert ask(HARVEST) == [examine(HARVEST).explanation.rpartition("; ")[2]]
    assert ask(REPORT) == ask(HARVEST, "other") == ask("Nobody is named here.") == []


def test_an_evaluation_names_the_rule_that_was_lowered_where_an_alert_is_missed() -> None:
    lines = [
        json.dumps({"id": text, "lang": "en", "text": text, "bases": bases, "alert": True})
        for text, bases in ((HARVEST, ["ain-al-asad"]), ("Nobody is named here.", []))
    ]
    lowered, silent = evaluate(Matcher(ARMED, (LOWERED,)), read_passages(lines)).mistakes
    assert lowered.why == f"loud is a notice: {examine(HARVEST).explanation}"
    assert silent.why == "no rule came near"


def test_a_rule_that_does_not_ask_is_never_lowered() -> None:
    assert examine(HARVEST, LOUD).severity == "critical"
    assert "calm" not in examine(HARVEST, LOUD).explanation


def test_one_passage_that_is_not_calm_is_enough_in_a_long_article() -> None:
    calm = HARVEST.replace("attack", "view")
    between = " ".join(["The catalogue lists forty artists of the region."] * 8)
    assert examine(f"{HARVEST}\n{between}\n{REPORT}").severity == "critical"
    assert examine(f"{HARVEST}\n{between}\n{calm}").severity == "notice"


def test_a_language_without_weights_is_never_calm() -> None:
    assert examine(HARVEST, language="fr").severity == "critical"


@pytest.mark.parametrize("body", [REPORT, HARVEST])
def test_who_is_named_makes_no_difference(body: str) -> None:
    other = body.replace("Ain al-Asad", "Tower 22")
    assert examine(body).severity == examine(other).severity
    assert examine(body).explanation.partition("read calm")[2] == examine(other).explanation.partition("read calm")[2]


def test_a_headline_is_read_with_the_text_below_it() -> None:
    rule = LOWERED.model_copy(update={"when": "TITLE(@base AND #attack)"})
    title = "Painters attack the museum at Ain al-Asad"
    assert examine(REPORT.replace("Ain al-Asad", "the place"), rule, title=title).severity == "critical"
    assert examine(HARVEST.replace("Ain al-Asad", "the place"), rule, title=title).severity == "notice"


PEACE = {
    "en": (
        "The minister opened a primary school, toured date farms and praised the teachers; children sang for him.",
        "A museum of local crafts, a library and a football pitch are to follow next year, the governor said.",
    ),
    "ar": (
        "زار وزير الزراعة مزارع النخيل والتقى بالفلاحين وبحث معهم أسعار الأسمدة والمياه.",
        "وختم الوزير جولته بافتتاح معرض للتمور ومدرسة وسوق للأسماك.",
    ),
    "fa": (
        "وزیر کشاورزی از نخلستان‌ها بازدید کرد و با کشاورزان درباره قیمت کود و آب گفتگو کرد.",
        "وزیر در پایان نمایشگاه خرما و بازار ماهی و یک مدرسه را افتتاح کرد.",
    ),
}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "His convoy waited for an hour, as an attack on Ain al-Asad had wounded three soldiers at dawn."),
        ("en", "Ain al-Asad was attacked on Wednesday."),
        (
            "en",
            "Ballistic missiles struck Ain al-Asad on Monday and wounded a soldier, after his breakfast with pupils.",
        ),
        ("ar", "وتأخرت الجولة ساعة بعد هجوم على عين الأسد أصيب فيه جنديان."),
        ("fa", "این سفر پس از حمله به عین‌الاسد و زخمی شدن دو سرباز یک ساعت به تأخیر افتاد."),
    ],
)
def test_an_attack_that_one_sentence_tells_amid_peace_is_told_as_loudly_as_ever(language: str, sentence: str) -> None:
    before, after = PEACE[language]
    assert examine(f"{before}\n{sentence}\n{after}", language=language).severity == "critical"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The museum at Ain al-Asad shows how painters and poets attack the habits of critics, visitors say."),
        ("ar", "وقال تاجر في سوق عين الأسد إن هجوم الزبائن على التمور رفع الأسعار في المعرض هذا العام."),
        (
            "fa",
            "در بازار عین‌الاسد حمله مشتریان به نمایشگاه خرما قیمت‌ها را در فصل تابستان بالا برد و کشاورزان خوشحال شدند.",
        ),
    ],
)
def test_a_sentence_of_peace_amid_peace_is_told_less_loudly(language: str, sentence: str) -> None:
    before, after = PEACE[language]
    assert examine(f"{before}\n{sentence}\n{after}", language=language).severity == "notice"


def test_a_sentence_that_a_rule_rests_on_is_loud_by_itself_whatever_stands_around() -> None:
    rule = LOWERED.model_copy(update={"when": "PARAGRAPH(@base AND #attack)"})
    before, after = PEACE["en"]
    lunch = "His lunch at Ain al-Asad, with cooks, teachers and singers, was short."
    assert (
        examine(f"{before} {lunch} A rocket struck the kitchen and wounded two soldiers. {after}", rule).severity
        == "critical"
    )
    assert examine(f"{before} {lunch} A critic's attack on the kitchen amused him. {after}", rule).severity == "notice"


def test_rockets_that_nobody_fired_are_no_hit_amid_peace() -> None:
    rule = LOWERED.model_copy(update={"when": "SENTENCE(@base AND (#attack OR #rocket))"})
    bakery = "The baker, who sells bread to painters and poets at the museum, guessed that somebody had sent"
    matcher = Matcher(ARMED, (rule,))
    for peace in ("an invitation to Ain al-Asad.", "no rocket towards Ain al-Asad."):
        assert matcher.examine(Article(body=f"{bakery} {peace}", language="en")).hits == ()
    view = f"{bakery} flowers to Ain al-Asad, where a critic's attack on the paintings of the school amused visitors."
    assert examine(view, rule).severity == "notice"


@pytest.mark.parametrize("title", ["", "An exhibition of paintings near Ain al-Asad"])
def test_what_a_rule_rests_on_is_read_though_it_stands_far_from_all_names(title: str) -> None:
    rule = LOWERED.model_copy(update={"when": "@base AND #attack"})
    lunch = (
        "His lunch at Ain al-Asad, with cooks, teachers and singers, was short." if not title else "Lunch was short."
    )
    filler = "The catalogue of the museum lists forty artists of the region. " * 5
    attack = "An attack before dawn wounded three soldiers, a security source said."
    jury = "The festival's jury admired an attack on colour in the paintings of the school."
    assert examine(f"{PEACE['en'][0]} {lunch} {filler}{attack}", rule, title=title).severity == "critical"
    assert examine(f"{PEACE['en'][0]} {lunch} {filler}{jury}", rule, title=title).severity == "notice"


@pytest.mark.parametrize("body", ["Ain al-Asad was attacked on Wednesday.", "Attack on Ain al-Asad, says the museum."])
def test_a_flash_says_too_little_to_be_calm(body: str) -> None:
    assert examine(body).severity == "critical"


def test_a_sentence_in_another_language_than_its_article_is_not_calm() -> None:
    before, after = PEACE["en"]
    assert examine(f"{before}\nوقع هجوم على عين الأسد.\n{after}").severity == "critical"


def test_what_is_too_long_to_be_read_around_a_name_is_not_calm() -> None:
    praise = "visitors praised the artist and the jury, tickets and the catalogue, "
    short, long = (f"{HARVEST.removesuffix('.')}; {praise * times}." for times in (2, 400))
    assert examine(short).severity == "notice"
    assert examine(long).severity == "critical"


def test_the_digest_of_a_rule_says_that_it_is_lowered_or_raised() -> None:
    rules = (
        LOUD,
        LOWERED,
        LOUD.model_copy(update={"calm": "info"}),
        NAMED,
        NAMED.model_copy(update={"loud": "notice"}),
    )
    assert len({digest_rule(rule) for rule in rules}) == 5


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("calm: warning", "`calm: warning` is not less than `severity: notice`"),
        ("loud: info", "`loud: info` is not more than `severity: notice`"),
    ],
)
def test_a_severity_that_is_not_moved_as_it_says_is_refused_where_it_stands(
    tmp_path: Path, key: str, complaint: str
) -> None:
    text = f"rules:\n  one:\n    severity: notice\n    {key}\n    when: '@base'\n"
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=complaint):
        load_settings(tmp_path)


NAMED = Rule(name="named", severity="info", when="@base", yields=True, loud="warning")
WITHOUT_LISTS = (
    "Ain al-Asad came under bombardment by militia launchers before dawn, Iraqi security sources told Reuters; five "
    "projectiles exploded inside the perimeter and wounded two American soldiers."
)
"""Reports an attack in words of which no list of ARMED has one."""


def test_a_name_amid_words_that_read_loud_is_told_more_loudly_and_says_by_which() -> None:
    hit = examine(WITHOUT_LISTS, NAMED)
    assert (hit.severity, "more severe, as the words around read loud (" in hit.explanation) == ("warning", True)
    words = hit.explanation.partition("read loud (")[2].rstrip(")").split(", ")
    assert set(words) <= list_features(WITHOUT_LISTS)
    assert len(words) == 3
    assert examine(HARVEST, NAMED).severity == "info"
    assert examine(WITHOUT_LISTS, NAMED.model_copy(update={"loud": None})).severity == "info"


def test_one_loud_passage_in_a_long_article_is_enough() -> None:
    between = " ".join(["The catalogue lists forty artists of the region."] * 8)
    assert examine(f"{HARVEST}\n{between}\n{WITHOUT_LISTS}", NAMED).severity == "warning"
    assert (
        examine(f"{HARVEST}\n{between}\n{WITHOUT_LISTS.replace('Ain al-Asad', 'The place')}", NAMED).severity == "info"
    )


def test_a_rule_is_not_told_more_loudly_where_another_tells_as_much() -> None:
    body = f"{WITHOUT_LISTS} An attack was feared at Ain al-Asad all week."
    other = NAMED.model_copy(update={"name": "other", "when": "@base AND #attack", "severity": "warning", "loud": None})
    hits = Matcher(ARMED, (NAMED.model_copy(update={"yields": False}), other)).examine(
        Article(body=body, language="en")
    )
    assert {hit.rule: hit.severity for hit in hits.hits} == {"named": "info", "other": "warning"}


def test_a_guessed_spelling_alone_is_never_made_critical_by_loud_words() -> None:
    body = WITHOUT_LISTS.replace("Ain al-Asad", "Ayn Al-Assadd")
    hit = examine(body, NAMED.model_copy(update={"loud": "critical"}))
    assert (hit.severity, hit.certainty) == ("warning", "variant")


def test_who_asks_why_is_told_that_a_rule_was_raised() -> None:
    matcher = Matcher(ARMED, (NAMED,))
    told = {
        part.source: part.evidence for part in matcher.tell_why(Article(body=WITHOUT_LISTS, language="en"), "named")
    }
    assert told["loud: warning"] == examine(WITHOUT_LISTS, NAMED).explanation.rpartition("; ")[2]


@pytest.mark.parametrize(
    ("body", "rule", "told"),
    [
        (WITHOUT_LISTS, NAMED.model_copy(update={"yields": False}), ("loud: warning", False, "another rule is told")),
        (WITHOUT_LISTS, NAMED, ("yields: true", True, "silent, as others tell")),
        (
            WITHOUT_LISTS.replace("Ain al-Asad", "Ayn Al-Assadd"),
            NAMED.model_copy(update={"severity": "warning", "loud": "critical", "yields": False}),
            ("loud: critical", False, "guessed from their sound"),
        ),
    ],
)
def test_who_asks_why_is_told_that_a_rule_was_not_raised_or_is_silent(
    body: str, rule: Rule, told: tuple[str, bool, str]
) -> None:
    other = Rule(name="other", severity="warning", when="@base")
    matcher = Matcher(ARMED, (rule, other))
    *_, last = matcher.tell_why(Article(body=body, language="en"), rule.name)
    assert (last.source, last.holds) == told[:2]
    assert told[2] in last.evidence


@pytest.mark.parametrize(
    ("body", "entities"),
    [
        (WITHOUT_LISTS.replace("Ain al-Asad", "Nujaba").replace("militia", "").replace("Iraqi", ""), ["nujaba"]),
        (HARVEST.replace("Ain al-Asad", "Nujaba"), []),
        ("Nujaba wounded two.", []),
    ],
)
def test_a_name_that_asks_for_words_of_war_is_one_amid_words_that_read_loud_and_too_few_say_nothing(
    body: str, entities: list[str]
) -> None:
    found = Matcher(ARMED, ()).examine(Article(body=body, language="en")).mentions
    assert [mention.entity.removeprefix("harakat-hezbollah-al-") for mention in found] == entities


def test_words_weigh_in_any_spelling_with_what_is_written_before_them_or_without() -> None:
    assert list_features("ATTACKED attacked Attacked") == {"attacked", "attac*"}
    assert {"والهجوم", "هجوم"} <= list_features("والهُجـوم")
    assert list_features("أسعار") == list_features("اسعار")
    assert list_features("کتاب‌ها") == list_features("كتاب ها")
    assert list_features("42, …") == frozenset()


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
def test_a_text_of_which_no_word_has_a_weight_is_not_calm(language: str) -> None:
    nothing = Surroundings("xqzv", "xqzv", frozenset(), frozenset(), is_headline=False, is_armed=False)
    unread = load_weights()[language].weigh(nothing.sentence)
    assert not load_judgement().read(unread, unread, nothing).is_calm
