"""The comparison at the end of a round: silent when all is as expected, and in words when it is not."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.models import Alert, Hit, Mention, Outcome, Severity, Zone
from scheduler.demo.check import RoundReport, compare_round, count_expected, describe_report
from scheduler.demo.edition import DemoArticle, Expectation, PublishedArticle

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ATTACK = Expectation(
    outcome=Outcome.HIT, severity="critical", groups=("kataib-hezbollah",), bases=("ain-al-asad", "al-tanf")
)
QUIET = Expectation(outcome=Outcome.NO_HIT)


def publish(number: int, expect: Expectation, outlet: str = "wire") -> PublishedArticle:
    article = DemoArticle(outlet=outlet, number=number, slug=f"story-{number}", title="A story", expect=expect)
    return PublishedArticle(article, f"http://127.0.0.1:4000/news/story-{number}", NOW - timedelta(minutes=9), NOW)


def mention(kind: str, entity: str) -> Mention:
    return Mention(entity, kind, entity, Zone.BODY, 0, 3, "...")


def alert(piece: PublishedArticle, severity: Severity = "critical", *, partial: bool = False, **names: str) -> Alert:
    expect = piece.article.expect
    groups = names.get("groups", " ".join(expect.groups)).split()
    bases = names.get("bases", " ".join(expect.bases)).split()
    return Alert(
        id=f"alert-{piece.article.number}",
        outlet=names.get("outlet", piece.article.outlet),
        outlet_name="Wire",
        title=piece.article.title,
        url=names.get("url", piece.url),
        published=piece.published,
        seen=NOW,
        severity=severity,
        hits=(Hit("base-attacked", "d1", severity, (), Zone.BODY, 0, 3, "..."),),
        mentions=(*(mention("group", group) for group in groups), *(mention("base", base) for base in bases)),
        partial=partial,
    )


HIT, CALM = publish(1, ATTACK), publish(2, QUIET)
PIECES = (HIT, CALM)
OUTCOMES = {HIT.url: Outcome.HIT, CALM.url: Outcome.NO_HIT}


def complaints(*alerts: Alert, outcomes: dict[str, Outcome] = OUTCOMES) -> list[str]:
    report = compare_round(PIECES, alerts, outcomes)
    assert report.agrees == (not report.disagreements)
    return [line.removeprefix("wire ") for line in report.disagreements]


def test_a_round_that_ended_as_expected_agrees() -> None:
    report = compare_round(PIECES, [alert(HIT)], OUTCOMES)

    assert report == RoundReport(2, 2, 1, 1, ((Outcome.HIT, 1), (Outcome.NO_HIT, 1)), (), settled=True)
    assert report.agrees


def test_nothing_published_and_nothing_told_agrees() -> None:
    assert compare_round((), (), {}).agrees


def test_an_alert_that_did_not_come_is_told() -> None:
    assert complaints() == ["01 story-1: its alert is missing"]


def test_a_link_without_an_outcome_is_told() -> None:
    assert complaints(alert(HIT), outcomes={HIT.url: Outcome.HIT}) == [
        "02 story-2: expected no_hit, got no outcome yet"
    ]


def test_a_false_alert_is_told_with_its_rule() -> None:
    outcomes = {**OUTCOMES, CALM.url: Outcome.HIT}
    assert complaints(alert(HIT), alert(CALM), outcomes=outcomes) == [
        "02 story-2: expected no_hit, got hit",
        "02 story-2: an alert that nobody expects: base-attacked",
    ]


def test_an_alert_that_comes_twice_is_told() -> None:
    assert complaints(alert(HIT), alert(HIT)) == ["01 story-1: alerted 2 times"]


def test_an_alert_for_an_address_that_nobody_published_is_told() -> None:
    stray = alert(HIT, url="http://127.0.0.1:4000/news/other")
    assert complaints(alert(HIT), stray) == [
        "wire: an alert for http://127.0.0.1:4000/news/other, which nobody published"
    ]


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (alert(HIT, "info"), "expected severity critical, got info (base-attacked)"),
        (alert(HIT, partial=True), "rests on the feed's text only"),
        (alert(HIT, outlet="daily"), "alerted as daily's"),
        (alert(HIT, groups=""), "group kataib-hezbollah is missing"),
        (alert(HIT, groups="kataib-hezbollah houthis"), "group houthis is too much"),
        (alert(HIT, bases="ain-al-asad"), "base al-tanf is missing"),
        (alert(HIT, bases="ain-al-asad al-tanf conoco"), "base conoco is too much"),
    ],
)
def test_an_alert_that_says_something_else_is_told(told: Alert, complaint: str) -> None:
    assert complaints(told) == [f"01 story-1: {complaint}"]


def test_an_alert_that_should_rest_on_the_feed_must_say_so() -> None:
    piece = publish(3, ATTACK.model_copy(update={"partial": True}))
    outcomes = {piece.url: Outcome.HIT}
    assert compare_round([piece], [alert(piece, partial=True)], outcomes).agrees
    (line,) = compare_round([piece], [alert(piece)], outcomes).disagreements
    assert line.endswith("does not say that it rests on the feed's text")


def test_addresses_are_compared_as_links_are() -> None:
    told = alert(HIT, url=f"{HIT.url}?utm_source=rss")
    assert compare_round(PIECES, [told], {f"{url}#top": end for url, end in OUTCOMES.items()}).agrees


def test_what_was_never_asked_for_is_not_counted_as_fetched() -> None:
    pieces = [publish(4, Expectation(outcome=Outcome.ROBOTS)), publish(5, Expectation(outcome=Outcome.OUT_OF_SCOPE))]
    report = compare_round(pieces, [], {pieces[0].url: Outcome.ROBOTS, pieces[1].url: Outcome.OUT_OF_SCOPE})
    assert (report.published, report.fetched, report.agrees) == (2, 0, True)


def test_a_link_of_somebody_else_does_not_count() -> None:
    report = compare_round(PIECES, [alert(HIT)], {**OUTCOMES, "https://other.example/": Outcome.NO_HIT})
    assert (report.fetched, report.agrees) == (2, True)


def test_a_round_is_settled_when_nothing_more_can_come() -> None:
    assert not compare_round(PIECES, [alert(HIT)], {HIT.url: Outcome.HIT}).settled
    assert not compare_round(PIECES, [], OUTCOMES).settled
    assert compare_round(PIECES, [], dict.fromkeys(OUTCOMES, Outcome.NO_HIT)).settled


def test_expected_alerts_are_counted() -> None:
    assert count_expected(PIECES) == 1


def test_the_report_tells_the_sums_and_that_they_agree() -> None:
    assert describe_report(compare_round(PIECES, [alert(HIT)], OUTCOMES)).splitlines() == [
        "published  2",
        "fetched    2   (1 hit, 1 no_hit)",
        "alerted    1   (expected 1)",
        "They agree: every article ended as its file says it must.",
    ]


def test_the_report_lists_what_disagrees() -> None:
    assert describe_report(compare_round(PIECES, [], OUTCOMES)).splitlines()[-2:] == [
        "They disagree in 1:",
        "  wire 01 story-1: its alert is missing",
    ]
