"""Who claims, who denies, who keeps a truce: negation is seen, and each event goes to its group."""

import pytest

from crawler.match.document import ZoneText
from crawler.match.matcher import Findings, Matcher
from crawler.match.negation import is_negated
from crawler.models import Article, Zone
from settings.model import Rule
from tests.shipped import read_shipped


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    settings = read_shipped()
    return Matcher(settings.gazetteer, settings.rules)


def examine(matcher: Matcher, text: str) -> Findings:
    return matcher.examine(Article(body=text))


@pytest.mark.parametrize(
    ("text", "event", "negated"),
    [
        ("No group has claimed responsibility for it.", "claimed responsibility", True),
        ("There was no immediate claim of responsibility.", "claim of responsibility", True),
        ("Nobody claimed responsibility.", "claimed responsibility", True),
        ("The group didn’t claim responsibility.", "claim responsibility", True),
        ("The factions will not resume attacks.", "resume attacks", True),
        ("The leader refused to end the truce.", "end the truce", True),
        ("They won't confirm or deny it.", "deny", False),
        ("It did not deny that it would resume attacks.", "resume attacks", False),
        ("It did not rule out resuming attacks.", "resuming attacks", False),
        ("It not only claimed responsibility.", "claimed responsibility", False),
        ("There is no doubt the truce has ended.", "truce has ended", False),
        ("Without warning, it claimed responsibility.", "claimed responsibility", False),
        ("لم تعلن أي جهة مسؤوليتها عن الهجوم", "مسؤوليتها عن", True),
        ("لن تستأنف هجماتها", "هجماتها", True),
        ("أعلنت مسؤوليتها عن الهجوم", "مسؤوليتها عن", False),
        ("این گروه عملیات را از سر نمی‌گیرد", "این گروه", False),
        ("هیچ حمله‌ای نشد", "حمله", True),
    ],
)
def test_what_is_said_is_told_from_what_is_denied(text: str, event: str, negated: bool) -> None:  # noqa: FBT001 a column of the table
    zone = ZoneText(Zone.BODY, text)
    start = text.index(event)
    assert is_negated(zone, zone.place_between(start, start + len(event))) is negated


@pytest.mark.parametrize(
    ("text", "event", "negated"),
    [
        ("No casualties in the attack.", "attack", False),
        ("No attack was reported.", "attack", True),
        ("It did not deny that it attacked the base.", "attacked", False),
        ("It denied that it attacked the base.", "attacked", True),
        ("لم تتبن أي جهة الهجوم", "الهجوم", False),
        ("دون وقوع إصابات في الهجوم", "الهجوم", False),
        ("حمله تلفاتی نداشت", "حمله", False),
        ("به پایگاه حمله نکرد", "حمله", True),
    ],
)
def test_a_deed_is_not_undone_by_who_denies_it(text: str, event: str, negated: bool) -> None:  # noqa: FBT001 a column of the table
    zone = ZoneText(Zone.BODY, text)
    start = text.index(event)
    assert is_negated(zone, zone.place_between(start, start + len(event)), deed=True) is negated


@pytest.mark.parametrize(
    ("text", "event", "entities"),
    [
        ("Kataib Hezbollah claimed responsibility, and Hamas welcomed it.", "claim", ["kataib-hezbollah"]),
        (
            "The raid was claimed by Harakat al-Nujaba, an ally of Kataib Hezbollah.",
            "claim",
            ["harakat-hezbollah-al-nujaba"],
        ),
        (
            "Kataib Hezbollah and Harakat al-Nujaba deny it.",
            "denial",
            ["harakat-hezbollah-al-nujaba", "kataib-hezbollah"],
        ),
        ("تبنت كتائب حزب الله الهجوم على قوات تدعمها حماس في غزة", "claim", ["kataib-hezbollah"]),
        ("کتائب حزب‌الله مسئولیت حمله را برعهده گرفت", "claim", ["kataib-hezbollah"]),
        ("Kataib Hezbollah spoke on Friday. It vowed revenge.", "threat", ["kataib-hezbollah"]),
    ],
)
def test_an_event_goes_to_the_nearest_group(matcher: Matcher, text: str, event: str, entities: list[str]) -> None:
    found = {stance.entity for stance in examine(matcher, text).stances if stance.event == event}
    assert sorted(found) == entities


def test_one_article_ends_a_truce_and_keeps_it_each_with_its_group(matcher: Matcher) -> None:
    text = (
        "A member of the Al-Nujaba Movement declared that the ceasefire has ended. "
        "A commander said that the Sayyid Al-Shuhada' Brigades remains committed to the ceasefire."
    )
    stances = {(stance.event, stance.entity) for stance in examine(matcher, text).stances}
    assert ("truce-end", "harakat-hezbollah-al-nujaba") in stances
    assert ("truce-hold", "kataib-sayyid-al-shuhada") in stances
    assert ("truce-end", "kataib-sayyid-al-shuhada") not in stances


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("کتائب حزب‌الله مسئولیت حمله را نپذیرفت.", {"denial"}),
        ("کتائب حزب‌الله دست داشتن در حمله را رد کرد.", {"denial"}),
        ("کتائب حزب‌الله پایان آتش‌بس را تکذیب کرد.", {"denial", "truce", "truce-hold"}),
        ("کتائب حزب‌الله تهدید آمریکا را رد کرد.", {"denial", "threat"}),
        ("کتائب حزب‌الله مسئولیت حمله را پذیرفت.", {"claim"}),
    ],
)
def test_what_a_persian_verb_denies_behind_it_is_not_claimed(matcher: Matcher, text: str, events: set[str]) -> None:
    assert {stance.event for stance in examine(matcher, text).stances} == events


def test_a_headline_of_two_clauses_gives_each_group_its_own() -> None:
    settings = read_shipped()
    title = (
        "Member Of Iran-Backed Al-Nujaba Movement Says Ceasefire Has Ended, Attacks May Resume At Any Moment; "
        "Commander In Sayyid Al-Shuhada' Brigades Insists His Group Remains Committed To Ceasefire"
    )
    findings = Matcher(settings.gazetteer, settings.rules).examine(Article(title=title))
    stances = {(stance.event, stance.entity) for stance in findings.stances}
    assert ("truce-end", "harakat-hezbollah-al-nujaba") in stances
    assert ("truce-end", "kataib-sayyid-al-shuhada") not in stances
    assert ("truce-hold", "kataib-sayyid-al-shuhada") in stances
    assert ("truce-hold", "harakat-hezbollah-al-nujaba") not in stances


def test_a_truce_that_will_not_end_is_a_truce_that_holds(matcher: Matcher) -> None:
    findings = examine(matcher, "Kataib Hezbollah will not resume attacks.")
    assert {(stance.event, stance.entity) for stance in findings.stances} == {("truce-hold", "kataib-hezbollah")}
    assert "truce-ended" not in {hit.rule for hit in findings.hits}


def test_a_rule_can_ask_who_did_it() -> None:
    gazetteer = read_shipped().gazetteer
    rules = (
        Rule(name="his", severity="info", when="ACTOR(@group:kataib-hezbollah, #claim)"),
        Rule(name="theirs", severity="info", when="ACTOR(@group:hamas OR @group:houthis, #claim OR #denial)"),
    )
    findings = Matcher(gazetteer, rules).examine(
        Article(body="Kataib Hezbollah claimed responsibility; Hamas did not.")
    )
    assert [(hit.rule, hit.explanation) for hit in findings.hits] == [
        ("his", "#claim: “claimed responsibility”; claim by kataib-hezbollah")
    ]


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("Asaib Ahl al-Haq said the truce was not over.", {"truce-hold"}, {"truce-end"}),
        ("Asaib Ahl al-Haq said the truce has not yet ended.", {"truce-hold"}, {"truce-end"}),
        ("Asaib Ahl al-Haq said the truce no longer holds.", {"truce-end"}, {"truce-hold"}),
        ("Kataib Hezbollah is no longer committed to the ceasefire.", {"truce-end"}, {"truce-hold"}),
        ("There is no truce any more, Kataib Hezbollah said.", {"truce-end"}, {"truce-hold"}),
        ("جنبش نجبا گفت آتش‌بس پایان نیافته است.", {"truce-hold"}, {"truce-end"}),
        ("Neither the Nujaba Movement nor Kataib Hezbollah has so far claimed responsibility.", set(), {"claim"}),
        ("Kataib Hezbollah has not, so far, claimed responsibility.", set(), {"claim"}),
        ("No group, including Kataib Hezbollah, has claimed responsibility.", set(), {"claim"}),
        ("The rockets did no harm, Kataib Hezbollah said, and claimed responsibility.", {"claim"}, set()),
        ("لم تعلن كتائب حزب الله مسؤوليتها عن الهجوم.", set(), {"claim"}),
        ("أعلنت كتائب حزب الله مسؤوليتها عن الهجوم.", {"claim"}, {"denial"}),
    ],
)
def test_a_denial_within_a_phrase_or_before_a_name_counts(
    matcher: Matcher, text: str, wanted: set[str], refused: set[str]
) -> None:
    told = {stance.event for stance in examine(matcher, text).stances}
    assert wanted <= told
    assert told.isdisjoint(refused)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Kataib Hezbollah was accused of firing the rockets.", "kataib-hezbollah"),
        ("The rocket attack was blamed on Kataib Hezbollah.", "kataib-hezbollah"),
        ("اتهمت واشنطن كتائب حزب الله بالوقوف وراء الهجوم.", "kataib-hezbollah"),
        ("آمریکا کتائب حزب‌الله را متهم کرد که به پایگاه حمله کرده است.", "kataib-hezbollah"),
    ],
)
def test_who_is_accused_is_not_told_as_one_that_claims(matcher: Matcher, text: str, entity: str) -> None:
    stances = {(stance.event, stance.entity) for stance in examine(matcher, text).stances}
    assert ("accusation", entity) in stances
    assert "claim" not in {event for event, _ in stances}
    assert "claim-or-denial" in {hit.rule for hit in examine(matcher, text).hits}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("The Islamic Resistance in Iraq, not Kataib Hezbollah, claimed the attack.", "islamic-resistance-in-iraq"),
        ("Saraya Awliya al-Dam rather than Kataib Hezbollah claimed the attack.", "saraya-awliya-al-dam"),
        ("Kataib Hezbollah, unlike Asaib Ahl al-Haq, claimed the attack.", "kataib-hezbollah"),
        ("أعلنت كتائب حزب الله وليس حركة النجباء مسؤوليتها عن الهجوم.", "kataib-hezbollah"),
    ],
)
def test_a_group_that_is_named_as_not_the_one_did_not_claim(matcher: Matcher, text: str, entity: str) -> None:
    assert {each.entity for each in examine(matcher, text).stances if each.event == "claim"} == {entity}


@pytest.mark.parametrize(
    ("zone", "text", "wanted"),
    [
        (
            "body",
            "Kataib Hezbollah, Asaib Ahl al-Haq and the Nujaba Movement claimed the attack.",
            {"kataib-hezbollah", "asaib-ahl-al-haq", "harakat-hezbollah-al-nujaba"},
        ),
        (
            "body",
            "According to the Popular Mobilization Forces, Asaib Ahl al-Haq and Kataib Hezbollah claimed the attack.",
            {"kataib-hezbollah", "asaib-ahl-al-haq"},
        ),
        ("body", "Asked about the Quds Force, Kataib Hezbollah claimed the attack.", {"kataib-hezbollah"}),
        ("title", "Kataib Hezbollah, Houthis Claim Responsibility For Attack", {"kataib-hezbollah", "houthis"}),
    ],
)
def test_all_groups_of_a_list_did_it(matcher: Matcher, zone: str, text: str, wanted: set[str]) -> None:
    stances = matcher.examine(Article(**{zone: text})).stances  # type: ignore[arg-type]  # zones are texts here
    assert {stance.entity for stance in stances if stance.event == "claim"} == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Kataib Hezbollah did not attack, and Harakat al-Nujaba claimed the attack.",
        "Kataib Hezbollah did not carry out the attack, and Harakat al-Nujaba claimed it.",
    ],
)
def test_a_claim_is_not_lost_to_a_phrase_that_begins_in_the_clause_before(matcher: Matcher, text: str) -> None:
    claims = [each.entity for each in examine(matcher, text).stances if each.event == "claim"]
    assert claims == ["harakat-hezbollah-al-nujaba"]
    assert "claim-or-denial" in {hit.rule for hit in examine(matcher, text).hits}


@pytest.mark.parametrize(
    "text",
    [
        "The Pentagon blamed Kataib Hezbollah, which denied carrying out the attack.",
        "Washington accused Kataib Hezbollah, who denied launching it.",
        "اتهم البنتاغون كتائب حزب الله التي نفت تنفيذ الهجوم.",
    ],
)
def test_who_denies_a_deed_that_the_text_tells_by_the_denial_alone_is_worth_an_alert(
    matcher: Matcher, text: str
) -> None:
    assert "claim-or-denial" in {hit.rule for hit in examine(matcher, text).hits}
