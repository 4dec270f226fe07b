import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Table, select

from crawler.errors import StoreError
from crawler.models import (
    Analysis,
    Article,
    Ending,
    Link,
    Outcome,
    PendingLink,
    Removed,
    Saved,
    SeenLink,
    Severity,
    Zone,
)
from crawler.store import schema
from crawler.store.articles import insert_revision, lock_link
from crawler.store.links import end_link
from crawler.store.replay import Selection
from crawler.store.store import Store
from tests.stages.store_samples import LONG, NOW, add_pending, analysis_of, capture_of, hit_of, save_links, seen

DAY = timedelta(days=1)


def save(store: Store, link: PendingLink, analysis: Analysis, otherwise: Outcome = Outcome.NO_HIT) -> Saved:
    return store.save_analysis(
        link, analysis, NOW, outlet_name="The News", capture=capture_of(link.id), otherwise=otherwise
    )


def rows(store: Store, table: Table) -> list[dict[str, object]]:
    with store._read("look") as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


# ── one article ──────────────────────────────────────────────────────────────────────────────────


def test_hits_make_an_alert_that_explains_itself(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    analysis = analysis_of("threat", "attack")

    saved = save(store, link, analysis)
    [alert] = store.read_alerts()

    assert saved == Saved(Outcome.HIT, alert.id)
    assert (alert.hits, alert.severity, alert.capture) == (analysis.hits, "warning", capture_of(link.id))
    assert (alert.outlet, alert.outlet_name, alert.title) == ("news", "The News", "A convoy")
    assert (alert.url, alert.published, alert.seen) == ("https://a.example/1", NOW - timedelta(hours=1), NOW)
    assert [mention.zone for mention in alert.mentions] == [Zone.BODY]


def test_an_article_without_hits_makes_none(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")

    assert save(store, link, analysis_of()) == Saved(Outcome.NO_HIT)
    assert (store.read_alerts(), store.take_unpublished(10)) == ([], [])


def test_what_kept_the_page_away_is_the_outcome_of_a_text_without_hits(store: Store) -> None:
    first, second = add_pending(store, "https://a.example/1", "https://a.example/2")

    without = save(store, first, analysis_of(body="Subscribe."), Outcome.REFUSED)
    with_hit = save(store, second, analysis_of("threat", body="Subscribe."), Outcome.REFUSED)

    assert [without.outcome, with_hit.outcome] == [Outcome.REFUSED, Outcome.HIT]


def test_the_alert_says_what_the_feed_said_where_the_page_says_nothing(store: Store) -> None:
    save_links(
        store, [SeenLink("https://a.example/1", Link("https://a.example/1", title="From the feed", published=NOW))]
    )
    [link] = store.read_pending(NOW, 1)

    save(store, link, Analysis(Article(body=LONG), hits=(hit_of(),)))

    alert = store.read_alerts()[0]
    assert (alert.title, alert.published) == ("From the feed", NOW)


def test_the_evidence_is_stored(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    save(store, link, analysis_of("threat"))

    [article] = rows(store, schema.articles)
    [capture] = rows(store, schema.captures)
    [hit] = rows(store, schema.hits)
    assert (article["body"], article["captions"], article["revision"]) == (LONG, "Soldiers\nA road", 1)
    assert (article["capture_id"], capture["offset"]) == (capture["id"], 1000 * link.id)
    assert [(row["text"], row["reason"]) for row in rows(store, schema.removed)] == [
        ("5 min read", "an insert"),
        ("%D8%A7", "a box"),
    ]
    assert [(row["entity"], row["zone"], row["start"], row["end"]) for row in rows(store, schema.mentions)] == [
        ("ain-al-asad", "body", 20, 24),
        ("kataib-hezbollah", "removed", 0, 5),
    ]
    assert (hit["rule"], hit["sentence"], '"label":"#attack"' in str(hit["terms"])) == (
        "threat",
        "The convoy left the base",
        True,
    )
    assert (hit["distance"], hit["certainty"], json.loads(str(hit["score"]))) == (
        3,
        "variant",
        [{"part": "@base", "weight": 2.5, "held": True}],
    )
    [stance], [new_group] = rows(store, schema.stances), rows(store, schema.new_groups)
    assert (stance["event"], stance["entity"], stance["text"]) == ("threat", "kataib-hezbollah", "convoy")
    assert (new_group["name"], new_group["zone"], new_group["end"]) == ("A convoy", "title", 8)
    [alert] = store.read_alerts()
    assert [each.entity for each in alert.stances] == ["kataib-hezbollah"]
    assert [each.name for each in alert.new_groups] == ["A convoy"]


def test_offsets_hold_in_a_text_that_no_database_stores(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    article = Article("T\x00", "d\ud800", "\x00base", ("c\udfff",), (Removed("\x00", "nul", "a NUL"),))

    save(store, link, Analysis(article, hits=(hit_of(sentence="\x00base"),)))

    [stored] = rows(store, schema.articles)
    assert (stored["title"], stored["body"], stored["captions"]) == ("T\ufffd", "\ufffdbase", "c\ufffd")
    assert store.read_alerts()[0].hits[0].sentence == "\ufffdbase"


def test_saving_again_changes_nothing_and_tells_what_was_saved(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")

    first = save(store, link, analysis_of("threat"))
    again = save(store, link, analysis_of("threat", "attack", body="Something else."))

    assert first == again
    assert [len(rows(store, table)) for table in (schema.articles, schema.alerts, schema.outbox)] == [1, 1, 1]


def test_an_alert_has_the_same_id_whichever_store_it_is_saved_in(store: Store, tmp_path: object) -> None:
    other = Store.open(f"sqlite:///{tmp_path}/other.sqlite")
    add_pending(other, "https://a.example/0")
    ids = [
        save(each, add_pending(each, "https://a.example/1")[0], analysis_of("threat")).alert_id
        for each in (store, other)
    ]
    other.close()

    assert ids[0] == ids[1] != None  # noqa: E711 - one chain reads best


def test_a_link_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="there is no link 17"):
        save(store, PendingLink(17, "news", "news", Link("https://a.example/17")), analysis_of("threat"))


def test_alerts_are_read_newest_first(store: Store) -> None:
    for number, link in enumerate(add_pending(store, *[f"https://a.example/{number}" for number in range(3)])):
        analysis = analysis_of("threat", title=f"Title {number}", body=f"Body {number}")
        store.save_analysis(link, analysis, NOW + number * DAY, outlet_name="The News")

    assert [alert.title for alert in store.read_alerts(limit=2)] == ["Title 2", "Title 1"]
    assert [alert.title for alert in store.read_alerts(since=NOW + 2 * DAY)] == ["Title 2"]


# ── the same text again ──────────────────────────────────────────────────────────────────────────


def save_two(store: Store, first: Analysis, second: Analysis, *, other_outlet: bool = True) -> list[Saved]:
    one = add_pending(store, "https://a.example/1")
    two = add_pending(store, "https://b.example/2", source="wire" if other_outlet else "news")
    return [save(store, link, analysis) for link, analysis in zip(one + two, (first, second), strict=True)]


def test_the_same_text_elsewhere_is_a_duplicate_and_makes_no_alert(store: Store) -> None:
    saved = save_two(store, analysis_of("threat"), analysis_of("threat", title="Another headline"))

    original, copy = rows(store, schema.articles)
    assert saved[1] == Saved(Outcome.DUPLICATE)
    assert (copy["duplicate_of"], len(store.read_alerts())) == (original["id"], 1)


def test_text_that_is_only_broken_differently_is_the_same(store: Store) -> None:
    saved = save_two(store, analysis_of("threat"), analysis_of("threat", body=LONG.replace(" ", "\n ")))

    assert saved[1].outcome is Outcome.DUPLICATE


def test_a_duplicate_without_hits_is_one_too(store: Store) -> None:
    assert save_two(store, analysis_of(), analysis_of())[1].outcome is Outcome.DUPLICATE


def test_a_short_text_is_never_a_duplicate(store: Store) -> None:
    stub = "Subscribe to read the rest of this article."

    saved = save_two(store, analysis_of("threat", body=stub), analysis_of("threat", body=stub))

    assert [each.outcome for each in saved] == [Outcome.HIT, Outcome.HIT]


def test_a_repeat_is_told_when_the_original_was_not(store: Store) -> None:
    saved = save_two(store, analysis_of(), analysis_of("threat"))

    assert (saved[1].outcome, len(store.read_alerts())) == (Outcome.HIT, 1)


def test_a_repeat_is_told_when_another_rule_fires_on_it(store: Store) -> None:
    saved = save_two(store, analysis_of("threat"), analysis_of("threat", "attack"))

    assert (saved[1].outcome, len(store.read_alerts())) == (Outcome.HIT, 2)


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [(("notice", "warning"), Outcome.HIT), (("warning", "notice"), Outcome.DUPLICATE)],
)
def test_a_repeat_is_told_when_it_is_louder_and_only_then(
    store: Store, severities: tuple[Severity, Severity], outcome: Outcome
) -> None:
    """Below a peaceful headline the same text may have read calm."""
    first, second = (replace(analysis_of(), hits=(replace(hit_of(), severity=each),)) for each in severities)

    saved = save_two(store, first, second)

    assert (saved[1].outcome, len(store.read_alerts())) == (outcome, 1 + (outcome is Outcome.HIT))


def test_another_headline_over_the_same_notice_is_told(store: Store) -> None:
    """A subscription notice that extraction did not cut must not swallow the outlet's next story."""
    in_title = (hit_of(zone=Zone.TITLE),)
    first, second = (replace(analysis_of(title=title), hits=in_title) for title in ("One attack", "Another attack"))

    saved = save_two(store, first, second, other_outlet=False)

    assert [each.outcome for each in saved] == [Outcome.HIT, Outcome.HIT]


def test_of_two_workers_with_the_same_text_one_tells(postgres_store: Store) -> None:
    """SQLite's writers are alone anyway."""
    one, two = add_pending(postgres_store, "https://a.example/1", "https://a.example/2")
    with ThreadPoolExecutor() as pool:
        with postgres_store._write("hold") as holding:
            article = insert_revision(holding, lock_link(holding, one.id), analysis_of("threat"), NOW, None)
            later = pool.submit(save, postgres_store, two, analysis_of("threat"))
            with pytest.raises(TimeoutError):
                later.result(timeout=0.3)
        later.result()

    original, copy = rows(postgres_store, schema.articles)
    assert (original["id"], copy["duplicate_of"]) == (article.id, article.id)


def test_of_two_workers_with_the_same_link_one_saves(postgres_store: Store) -> None:
    [link] = add_pending(postgres_store, "https://a.example/1")
    with ThreadPoolExecutor() as pool:
        with postgres_store._write("hold") as holding:
            lock_link(holding, link.id)
            later = pool.submit(save, postgres_store, link, analysis_of("threat"))
            with pytest.raises(TimeoutError):
                later.result(timeout=0.3)
            end_link(holding, link.id, Ending(Outcome.GONE, "404"), NOW)
        saved = later.result()
    articles = rows(postgres_store, schema.articles)

    assert (saved, articles) == (Saved(Outcome.GONE), [])


# ── replay ───────────────────────────────────────────────────────────────────────────────────────


def replay(store: Store, link: PendingLink, analysis: Analysis, *, alert: bool = True) -> Saved:
    capture = capture_of(link.id)
    return store.save_replay(link.id, analysis, NOW + DAY, outlet_name="The News", capture=capture, alert=alert)


def test_captures_come_by_file_and_offset_with_the_rules_that_fired(store: Store) -> None:
    links = add_pending(store, *[f"https://a.example/{number}" for number in range(3)])
    for link in reversed(links):
        save(store, link, analysis_of("threat", body=f"Body {link.id}") if link is links[1] else analysis_of(body=""))

    stored = store.read_captures()

    assert [hits.link for hits in stored] == links
    assert [sorted(hits.rules) for hits in stored] == [[], ["threat"], []]
    assert (stored[1].capture, stored[1].outcome) == (capture_of(links[1].id), Outcome.HIT)
    assert [hits.alerted for hits in stored] == [False, True, False]


def test_an_answer_that_was_no_article_is_not_replayed(store: Store) -> None:
    refused, unreadable, never = add_pending(store, *[f"https://a.example/{number}" for number in range(3)])
    store.save_outcome(refused.id, Outcome.REFUSED, NOW, "403", capture_of(1, status=403))
    store.save_outcome(unreadable.id, Outcome.UNREADABLE, NOW, "", capture_of(2))
    store.save_outcome(never.id, Outcome.ROBOTS, NOW)

    assert [(hits.link, hits.rules) for hits in store.read_captures()] == [(unreadable, frozenset())]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.ROBOTS, Outcome.OUT_OF_SCOPE])
def test_the_text_of_the_feed_is_replayed_where_it_was_analysed(store: Store, outcome: Outcome) -> None:
    [link] = add_pending(store, "https://a.example/1")
    save(store, link, analysis_of(), outcome)

    [stored] = store.read_captures()

    assert (stored.link, stored.outcome) == (link, outcome)
    assert (stored.capture is None) == (outcome is not Outcome.REFUSED)


def test_a_duplicate_is_left_to_its_original(store: Store) -> None:
    save_two(store, analysis_of("threat"), analysis_of("threat"))

    assert [hits.outcome for hits in store.read_captures()] == [Outcome.HIT]


def test_what_was_seen_at_a_time_is_chosen(store: Store) -> None:
    for number in range(2):
        save_links(store, [seen(f"https://a.example/{number}")], at=NOW + number * DAY)
        [link] = store.read_pending(NOW + DAY, 1)
        store.save_outcome(link.id, Outcome.UNREADABLE, NOW, "", capture_of(number))

    spans = [store.read_captures(Selection(since=NOW + DAY)), store.read_captures(Selection(NOW, NOW + DAY))]

    assert [[hits.link.link.url[-1] for hits in span] for span in spans] == [["1"], ["0"]]


def test_a_replay_stores_a_new_revision_and_its_rules(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    save(store, link, analysis_of())

    saved = replay(store, link, analysis_of("threat", digest="settings-2"), alert=False)

    assert (saved, store.read_alerts()) == (Saved(Outcome.HIT), [])
    assert [(row["revision"], row["duplicate_of"]) for row in rows(store, schema.articles)] == [(1, None), (2, None)]
    assert [(hits.rules, hits.outcome) for hits in store.read_captures()] == [(frozenset({"threat"}), Outcome.NO_HIT)]


def test_a_replay_alerts_once_and_only_where_there_was_no_alert(store: Store) -> None:
    told, untold = add_pending(store, "https://a.example/1", "https://a.example/2")
    save(store, told, analysis_of("threat", body="One."))
    save(store, untold, analysis_of(body="Two."))

    saved = [
        replay(store, link, analysis_of("threat", body=body, digest="settings-2"))
        for link, body in ((told, "One."), (untold, "Two."), (untold, "Two."))
    ]

    newest, first = store.read_alerts()
    assert [each.alert_id for each in saved] == [None, newest.id, None]
    assert (newest.replay, first.replay, len(rows(store, schema.articles))) == (True, False, 4)


def test_a_replay_of_copies_alerts_for_one_of_them(store: Store) -> None:
    links = add_pending(store, "https://a.example/1") + add_pending(store, "https://b.example/1", source="wire")
    for link in links:
        save(store, link, analysis_of())

    saved = [replay(store, link, analysis_of("threat", digest="settings-2")) for link in links]

    assert [each.alert_id is not None for each in saved] == [True, False]


def test_the_ledger_still_closes_after_a_replay(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")])
    [link] = store.read_pending(NOW, 1)
    save(store, link, analysis_of())
    replay(store, link, analysis_of("threat", digest="settings-2"))

    [row] = store.read_ledger(NOW, NOW + DAY)

    assert (row.outcomes, row.closes) == ({Outcome.NO_HIT: 1}, True)


def test_what_a_page_says_of_itself_is_stored_and_told(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    facts = {
        "updated": NOW,
        "section": "Iraq",
        "image_url": "https://a.example/1.jpg",
        "canonical_url": "https://a.example/",
    }
    analysis = analysis_of("threat")
    article = replace(analysis.article, **facts, updated_from="meta", tags=("drones", "bases"), truncated=True)

    save(store, link, replace(analysis, article=article))

    [row] = rows(store, schema.articles)
    assert {key: row[key] for key in facts} == facts
    assert (row["updated_from"], row["tags"], row["truncated"]) == ("meta", "drones\nbases", True)
    [alert] = store.read_alerts()
    assert {key: getattr(alert, key) for key in facts} == facts
    assert (alert.authors, alert.tags, alert.truncated) == (("A. Writer",), ("drones", "bases"), True)
    assert alert.published_from == "json-ld"
