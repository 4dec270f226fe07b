"""Alerts in pages, with what people did with them; and all that is stored about one."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

from sqlalchemy import select, text, update

from crawler.models import Alert, Outcome, PendingLink, Update
from crawler.payload import entry_from_json
from crawler.store.engine import begin_read, begin_write, make_engine
from crawler.store.schema import alert_names, alerts
from crawler.store.store import Store
from crawler.triage import AlertFilter
from tests.stages.store_samples import EARLIER_SIGNATURES, NOW, add_pending, analysis_of, capture_of

HOUR = timedelta(hours=1)


def save_alert(store: Store, name: str, rule: str = "threat", source: str = "news") -> str:
    [link] = add_pending(store, f"https://a.example/{name}", source=source)
    saved = store.save_analysis(
        link, analysis_of(rule, title=name, body="Short."), NOW, outlet_name="News", capture=capture_of(1)
    )
    assert saved.alert_id
    return saved.alert_id


def titles(store: Store, wanted: AlertFilter = AlertFilter()) -> list[str]:  # noqa: B008 - it is frozen
    return [each.alert.title for each in store.read_page(wanted, NOW).alerts]


def test_alerts_are_filtered(store: Store) -> None:
    save_alert(store, "a")
    save_alert(store, "b", rule="attack", source="wire")

    assert titles(store) == ["b", "a"]
    assert titles(store, AlertFilter(rules=frozenset({"attack"}))) == ["b"]
    assert titles(store, AlertFilter(outlets=frozenset({"news"}))) == ["a"]
    assert titles(store, AlertFilter(severities=frozenset({"critical"}))) == []
    assert titles(store, AlertFilter(entities=frozenset({"ain-al-asad"}))) == ["b", "a"]
    assert titles(store, AlertFilter(entities=frozenset({"kataib-hezbollah"}))) == [], "that was cut from the article"
    assert titles(store, AlertFilter(since=NOW + HOUR)) == []


def test_pages_follow_each_other_without_gap_or_repeat(store: Store) -> None:
    for name in "abcde":
        save_alert(store, name)

    first = store.read_page(AlertFilter(), NOW, limit=2)
    second = store.read_page(AlertFilter(), NOW, limit=2, before=first.next_before)
    third = store.read_page(AlertFilter(), NOW, limit=2, before=second.next_before)

    assert ["".join(each.alert.title for each in page.alerts) for page in (first, second, third)] == ["ed", "cb", "a"]
    assert third.next_before is None


def test_an_acknowledged_alert_says_by_whom_and_its_notes_stay(store: Store) -> None:
    alert_id = save_alert(store, "a")
    save_alert(store, "b")

    store.ack_alerts([alert_id], NOW + HOUR, "dana", note="known drill")
    store.add_note(alert_id, NOW + HOUR, "omar", "confirmed by phone")

    triaged = store.read_alert(alert_id, NOW)
    assert triaged
    assert triaged.ack
    assert (triaged.ack.by, triaged.ack.at) == ("dana", NOW + HOUR)
    assert [(note.by, note.text) for note in triaged.notes] == [("dana", "known drill"), ("omar", "confirmed by phone")]
    assert titles(store, AlertFilter(unacked=True)) == ["b"]


def test_a_muted_alert_is_stored_listed_and_marked_and_stays_marked_when_the_mute_ends(store: Store) -> None:
    mute = store.add_mute("rule", "threat", NOW, by="dana", reason="drill", until=NOW + HOUR)
    save_alert(store, "a")
    save_alert(store, "b", rule="attack")

    assert titles(store) == ["b", "a"]
    assert titles(store, AlertFilter(muted=True)) == ["a"]
    assert titles(store, AlertFilter(muted=False)) == ["b"]
    assert store.end_mute(mute.id, NOW)
    assert not store.end_mute(mute.id, NOW)
    assert store.read_mutes(NOW) == []
    assert titles(store, AlertFilter(muted=True)) == ["a"], "it was muted when it was raised"


def test_a_mute_marks_what_was_raised_before_while_it_holds(store: Store) -> None:
    save_alert(store, "a")
    mute = store.add_mute("outlet", "news", NOW, by="dana")

    [muted] = store.read_page(AlertFilter(muted=True), NOW).alerts
    assert muted.mute == mute
    store.end_mute(mute.id, NOW)
    assert titles(store, AlertFilter(muted=True)) == []


def test_an_id_may_be_shortened(store: Store) -> None:
    alert_id = save_alert(store, "a")

    assert store.find_alerts(alert_id[:6]) == [alert_id]
    assert store.find_alerts("%") == store.find_alerts("") == []


def test_the_evidence_goes_down_to_the_stored_bytes(store: Store) -> None:
    alert_id = save_alert(store, "a")

    evidence = store.read_evidence(alert_id)

    [revision] = evidence.revisions
    assert revision.capture == capture_of(1)
    assert (revision.body_length, revision.removed, evidence.source) == (len("Short."), 2, "news")
    [(key, published, told)] = evidence.entries
    assert isinstance(told, Alert)
    assert (key, published, told.id) == (f"{alert_id}-1", None, alert_id)
    assert (evidence.members, evidence.deliveries) == ((), ())


def test_an_alert_that_is_told_again_after_its_ack_is_open_again(store: Store) -> None:
    link, alert_id = save_partial(store)
    store.ack_alerts([alert_id], NOW, "dana")
    assert titles(store, AlertFilter(unacked=True)) == []

    [visit] = [each for each in store.read_pending(NOW + 2 * HOUR, 10) if each.id == link.id]
    critical = analysis_of("threat", "attack", title="a", body="Longer.")
    hits = tuple(replace(hit, severity="critical") for hit in critical.hits)
    store.save_revision(visit, replace(critical, hits=hits), NOW + 2 * HOUR, outlet_name="News", capture=None)

    [again] = store.read_page(AlertFilter(unacked=True), NOW).alerts
    assert (again.ack, again.entries, again.alert.severity, again.told_at) == (None, 2, "critical", NOW + 2 * HOUR)


def save_partial(store: Store) -> tuple[PendingLink, str]:
    """An alert on the feed's text, whose page is to be asked for again in an hour."""
    [link] = add_pending(store, "https://a.example/a")
    made = analysis_of("threat", title="a", body="Short.")
    partial = replace(made, article=replace(made.article, partial=True))
    saved = store.save_analysis(
        link, partial, NOW, outlet_name="News", otherwise=Outcome.REFUSED, revisit_at=NOW + HOUR
    )
    assert saved.alert_id
    return link, saved.alert_id


def test_a_late_full_text_updates_the_alert_once(store: Store) -> None:
    link, alert_id = save_partial(store)
    [visit] = [each for each in store.read_pending(NOW + 2 * HOUR, 10) if each.id == link.id]
    whole = analysis_of("threat", title="a", body="Longer.")
    for _ in range(2):
        store.save_revision(visit, whole, NOW + 2 * HOUR, outlet_name="News", capture=None)

    _, entry = store.take_unpublished(10)

    update = entry_from_json(entry.payload)
    assert isinstance(update, Update)
    assert (entry.kind, entry.key) == ("update", f"{alert_id}-2")
    assert (update.reason, update.tell, update.alert.partial) == ("upgraded", False, False)
    [shown] = store.read_alerts()
    assert not shown.partial


def test_filters_together_choose_what_each_of_them_would(store: Store) -> None:
    """Whichever of them is the rarest and leads; against the same question asked of every alert."""
    told = {}
    for number, (rule, source) in enumerate(product(("threat", "attack", "claim"), ("news", "wire"))):
        alert_id = save_alert(store, f"{number}", rule=rule, source=source)
        told[alert_id] = (rule, source, number)
        if number % 2:
            store.ack_alerts([alert_id], NOW, "dana")
    store.add_mute("outlet", "wire", NOW, by="dana")
    choices = product((None, "threat", "claim"), (None, "news", "wire"), (False, True), (None, True, False))
    for rule, outlet, unacked, muted in choices:
        wanted = AlertFilter(
            rules=frozenset({rule} if rule else ()),
            outlets=frozenset({outlet} if outlet else ()),
            languages=frozenset({"en", "ar"}),
            entities=frozenset({"ain-al-asad"}),
            since=NOW,
            unacked=unacked,
            muted=muted,
        )
        expected = [
            str(number)
            for its_rule, its_outlet, number in reversed(told.values())
            if rule in {None, its_rule}
            and outlet in {None, its_outlet}
            and not (unacked and number % 2)
            and muted in {None, its_outlet == "wire"}
        ]
        assert titles(store, wanted) == expected, wanted
        assert [alert_id for alert_id in told if titles(store, replace(wanted, ids=frozenset({alert_id})))] == [
            alert_id for alert_id, (_, _, number) in told.items() if str(number) in expected
        ]


def test_alerts_that_an_older_basewatch_stored_are_found_by_their_names(new_database_url: str) -> None:
    store = Store.open(new_database_url)
    acked, muted, _ = (save_alert(store, name, rule=name) for name in ("a", "b", "c"))
    store.ack_alerts([acked], NOW, "dana")
    store.close()
    engine = make_engine(new_database_url)
    names = select(alert_names).order_by(*alert_names.c)
    with begin_write(engine) as connection:
        before = connection.execute(names).all()
        connection.execute(update(alerts).values(told_at=None))
        connection.execute(update(alerts).where(alerts.c.id == muted).values(muted_by=7))
        for statement in (
            "DROP TABLE alert_names",
            *(f"DROP INDEX ix_{name}" for name in ("alerts_told_at", "links_source_seen_at", "polls_source_at")),
            *(f"DROP INDEX ix_{name}" for name in ("newest_day", "mentions_variant")),
            "DELETE FROM facts WHERE kind = 'unlisted'",
            *EARLIER_SIGNATURES,
            *(f"ALTER TABLE signatures DROP COLUMN {name}" for name in ("told_at", "language", "gist")),
            "ALTER TABLE story_members DROP COLUMN reason",
            "UPDATE alembic_version SET version_num = '0011'",
        ):
            connection.execute(text(statement))

    store = Store.open(new_database_url)
    with begin_read(engine) as connection:
        after = connection.execute(names).all()
    engine.dispose()
    assert len(before) > 15
    assert set(after) == {*before, ("state", "muted", 2)}
    assert titles(store, AlertFilter(unacked=True, since=NOW)) == ["c", "b"]
    store.close()
