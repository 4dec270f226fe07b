"""Did the round end as its articles say it must? Pure: what was published and what came of it → a report in words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.errors import LinkError
from crawler.fetch.urls import canonical_url
from crawler.models import Alert, Outcome
from scheduler.demo.edition import PublishedArticle

_NEVER_ASKED_FOR = frozenset({Outcome.ROBOTS, Outcome.OUT_OF_SCOPE, Outcome.CAPPED})


@dataclass(frozen=True, slots=True)
class RoundReport:
    """The sums of a round, and where it differs from what the articles say."""

    published: int
    fetched: int
    """Pages that were asked for and ended, whatever the answer."""
    alerted: int
    expected: int
    """Alerts that there must be."""
    outcomes: tuple[tuple[Outcome, int], ...]
    """Most frequent first."""
    disagreements: tuple[str, ...]
    settled: bool
    """Every link has ended and every hit has brought its alert: waiting longer changes nothing."""

    @property
    def agrees(self) -> bool:
        return not self.disagreements


def compare_round(
    pieces: Sequence[PublishedArticle], alerts: Sequence[Alert], outcomes: Mapping[str, Outcome]
) -> RoundReport:
    """Compare with the alerts that arrived and the outcome of each link, by its URL as the outlet gave it."""
    ended = {_key_of(url): outcome for url, outcome in outcomes.items()}
    told = _group_alerts(alerts)
    ours = {_key_of(piece.url) for piece in pieces}
    found = [ended[key] for piece in pieces if (key := _key_of(piece.url)) in ended]
    disagreements = [
        f"{piece.article.outlet} {piece.article.number:02d} {piece.article.slug}: {complaint}"
        for piece in pieces
        for complaint in _compare_article(piece, ended.get(_key_of(piece.url)), told.get(_key_of(piece.url), []))
    ]
    disagreements += [
        f"{alert.outlet}: an alert for {alert.url}, which nobody published"
        for alert in alerts
        if _key_of(alert.url) not in ours
    ]
    return RoundReport(
        published=len(pieces),
        fetched=sum(outcome not in _NEVER_ASKED_FOR for outcome in found),
        alerted=len(alerts),
        expected=count_expected(pieces),
        outcomes=tuple(Counter(found).most_common()),
        disagreements=tuple(disagreements),
        settled=len(found) == len(pieces) and all(key in told for key in ours if ended[key] is Outcome.HIT),
    )


def count_expected(pieces: Iterable[PublishedArticle]) -> int:
    """Alerts that these articles must bring."""
    return sum(piece.article.expect.outcome is Outcome.HIT for piece in pieces)


def describe_report(report: RoundReport) -> str:
    """The report as the demo prints it."""
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.outcomes)
    lines = [
        f"published  {report.published}",
        f"fetched    {report.fetched}   ({counts})",
        f"alerted    {report.alerted}   (expected {report.expected})",
    ]
    if report.agrees:
        return "\n".join([*lines, "They agree: every article ended as its file says it must."])
    return "\n".join(
        [*lines, f"They disagree in {len(report.disagreements)}:", *map("  {}".format, report.disagreements)]
    )


def _compare_article(piece: PublishedArticle, outcome: Outcome | None, alerts: Sequence[Alert]) -> Iterator[str]:
    expect = piece.article.expect
    if outcome is not expect.outcome:
        yield f"expected {expect.outcome.value}, got {outcome.value if outcome else 'no outcome yet'}"
    if expect.outcome is Outcome.HIT and not alerts:
        yield "its alert is missing"
    if expect.outcome is not Outcome.HIT and alerts:
        yield f"an alert that nobody expects: {_name_rules(alerts[0])}"
    if len(alerts) > 1:
        yield f"alerted {len(alerts)} times"
    if expect.outcome is Outcome.HIT and alerts:
        yield from _compare_alert(piece, alerts[0])


def _compare_alert(piece: PublishedArticle, alert: Alert) -> Iterator[str]:
    expect = piece.article.expect
    if alert.outlet != piece.article.outlet:
        yield f"alerted as {alert.outlet}'s"
    if alert.severity != expect.severity:
        yield f"expected severity {expect.severity}, got {alert.severity} ({_name_rules(alert)})"
    if alert.partial != expect.partial:
        yield "rests on the feed's text only" if alert.partial else "does not say that it rests on the feed's text"
    yield from _compare_names("group", expect.groups, alert)
    yield from _compare_names("base", expect.bases, alert)


def _compare_names(kind: str, expected: Iterable[str], alert: Alert) -> Iterator[str]:
    named = {mention.entity for mention in alert.mentions if mention.type == kind}
    wanted = set(expected)
    for entity in sorted(wanted - named):
        yield f"{kind} {entity} is missing"
    for entity in sorted(named - wanted):
        yield f"{kind} {entity} is too much"


def _name_rules(alert: Alert) -> str:
    return ", ".join(dict.fromkeys(hit.rule for hit in alert.hits))


def _group_alerts(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    grouped: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        grouped[_key_of(alert.url)].append(alert)
    return grouped


def _key_of(url: str) -> str:
    try:
        return canonical_url(url)
    except LinkError:
        return url
