"""Words for what happened in Hebrew, Turkish, French and Kurdish: enough for an alert, and none in other languages."""

import pytest

from crawler.match.matcher import Findings, Matcher
from crawler.models import Article
from tests.shipped import read_shipped

ATTACKS = [
    ("he", "שתי רקטות נורו לעבר בסיס עין אל-אסד במערב עיראק."),
    ("he", 'כטב"ם התפוצץ בבסיס אל-תנף.'),
    ("tr", "Ayn el-Esed Üssü'ne iki roket düştü."),
    ("tr", "Irak'taki Ayn el-Esed üssüne insansız hava araçlarıyla saldırı düzenlendi."),
    ("fr", "Deux roquettes ont visé la base d’Aïn al-Assad, dans l’ouest de l’Irak."),
    ("fr", "Des drones ont été abattus près de l’aéroport d’Erbil."),
    ("ckb", "دوو مووشەک کەوتنە بنکەی عەین ئەسەد."),
    ("ckb", "درۆنێک لە نزیک فڕۆکەخانەی هەولێر خرایە خوارەوە."),
    ("ku", "Êrîşek bi dronan li ser balafirgeha Hewlêrê pêk hat."),
]
VISITS = [
    ("he", "השר ביקר בבסיס עין אל-אסד."),
    ("tr", "Bakan Ayn el-Esed üssünü ziyaret etti."),
    ("fr", "Le ministre a visité la base d'Ain al-Asad."),
    ("tr", "Erbil Havalimanı'nda fiyatlar düştü."),
    ("tr", "Haşdi Şabi milletvekilleri bütçe oylamasından çekildi."),
    ("fr", "L'organisation Badr a attaqué le projet de budget au parlement."),
    ("fr", "Concert et festival à Erbil: l’aéroport accueille des milliers de touristes."),
    ("he", "ארגון בדר יתמודד בבחירות לפרלמנט."),
    ("ckb", "وەزیر سەردانی بنکەی عەین ئەسەدی کرد."),
]
STANCES = [
    ("he", "כתאיב חזבאללה נטלה אחריות על התקיפה.", {"claim"}),
    ("he", "כתאיב חזבאללה לא נטלה אחריות על התקיפה.", set()),
    ("he", "כתאיב חזבאללה הכחישה מעורבות בתקיפה.", {"denial"}),
    ("he", "כתאיב חזבאללה איימה לתקוף חיילים אמריקנים.", {"threat"}),
    ("tr", "Ketaib Hizbullah saldırıyı üstlendi.", {"claim"}),
    ("tr", "Ketaib Hizbullah saldırıyı üstlenmedi.", set()),
    ("tr", "Ketaib Hizbullah, ABD askerlerini vurmakla tehdit etti.", {"threat"}),
    ("tr", "Ketaib Hizbullah ateşkesi sona erdirdiğini duyurdu.", {"truce", "truce-end"}),
    ("fr", "Les Brigades du Hezbollah ont revendiqué l’attaque.", {"claim"}),
    ("fr", "Les Brigades du Hezbollah n’ont pas encore revendiqué l’attaque.", set()),
    ("fr", "Kataëb Hezbollah a démenti toute implication dans l’attaque.", {"denial"}),
    ("fr", "Kataëb Hezbollah annonce la fin de la trêve.", {"truce", "truce-end"}),
    ("ckb", "کەتائیب حیزبوڵڵا هەڕەشەی لە هێزەکانی ئەمریکا کرد.", {"threat"}),
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    settings = read_shipped()
    return Matcher(settings.gazetteer, settings.rules)


def loud_rules(found: Findings) -> set[str]:
    return {hit.rule for hit in found.hits if hit.severity in {"warning", "critical"}}


@pytest.mark.parametrize(("language", "text"), ATTACKS)
def test_an_attack_on_a_base_is_told_in_every_language_of_the_gazetteer(
    language: str, text: str, matcher: Matcher
) -> None:
    assert "base-attacked" in loud_rules(matcher.examine(Article(body=text, language=language)))


@pytest.mark.parametrize(("language", "text"), VISITS)
def test_a_visit_a_price_and_a_vote_are_no_alert_in_any_of_them(language: str, text: str, matcher: Matcher) -> None:
    found = matcher.examine(Article(body=text, language=language))
    assert found.mentions
    assert not loud_rules(found)


@pytest.mark.parametrize(("language", "text", "events"), STANCES)
def test_who_claims_denies_and_threatens_is_seen_in_them(
    language: str, text: str, events: set[str], matcher: Matcher
) -> None:
    stances = matcher.examine(Article(body=text, language=language)).stances
    assert {stance.event for stance in stances} == events
    assert {stance.entity for stance in stances} <= {"kataib-hezbollah"}


def test_a_word_of_theirs_is_a_name_in_an_arabic_text(matcher: Matcher) -> None:
    text = "كتب سيمور هيرش عن قاعدة عين الأسد."
    assert not loud_rules(matcher.examine(Article(body=text, language="ar")))
    assert loud_rules(matcher.examine(Article(body=text, language="ckb")))
