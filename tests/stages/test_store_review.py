"""What stored articles say about rules and names that are thought of later."""

from dataclasses import replace
from datetime import timedelta

from crawler.models import Analysis, Article, Mention, NewGroup, SeenName, Zone
from crawler.store.store import Store
from tests.stages.store_samples import LONG, NOW, add_pending, analysis_of, hit_of

LONG_AGO = NOW - timedelta(days=400)
GUESSED = Mention("kataib-hezbollah", "group", "Kataib Hezbollah", Zone.TITLE, 0, 8, "A convoy", "x", "variant")


def keep(store: Store, url: str, analysis: Analysis) -> int:
    [link] = add_pending(store, url)
    store.save_analysis(link, analysis, NOW, outlet_name="The News")
    return link.id


def test_articles_come_in_portions_and_each_text_once(store: Store) -> None:
    for number, body in enumerate(("one", "two", LONG, LONG)):
        keep(store, f"https://a.example/{number}", Analysis(Article(title=f"No. {number}", body=body, language="en")))

    first = store.read_articles(LONG_AGO, limit=2)
    rest = store.read_articles(LONG_AGO, after=first[-1].id, limit=2)

    assert [each.article.body for each in (*first, *rest)] == ["one", "two", LONG]
    assert (first[0].article.title, first[0].url, first[0].seen_at) == ("No. 0", "https://a.example/0", NOW)
    assert store.read_articles(LONG_AGO, after=rest[-1].id) == []
    assert store.read_articles(NOW + timedelta(seconds=1)) == []


def test_only_the_newest_revision_counts(store: Store) -> None:
    link_id = keep(store, "https://a.example/1", replace(analysis_of("old"), mentions=(GUESSED,)))
    now_plain = Analysis(
        Article(title="A convoy", body="It left."), hits=(hit_of("new"),), settings_digest="settings-2"
    )
    store.save_replay(link_id, now_plain, NOW, outlet_name="The News", capture=None, alert=False)

    assert [each.article.body for each in store.read_articles(LONG_AGO)] == ["It left."]
    assert store.read_unlisted(LONG_AGO) == ([], [])
    assert store.read_use(LONG_AGO).rules == {"new": 1}


def test_guessed_spellings_and_unknown_groups_come_with_the_text_around_them(store: Store) -> None:
    found = analysis_of()
    group = NewGroup("the base", Zone.BODY, 16, 24)
    keep(store, "https://a.example/1", replace(found, mentions=(*found.mentions, GUESSED), new_groups=(group,)))

    assert store.read_unlisted(LONG_AGO) == (
        [SeenName("kataib-hezbollah", "A convoy", "A convoy", 0)],
        [SeenName("", "the base", LONG, 16)],
    )


def test_use_tells_which_spellings_and_rules_articles_rested_on(store: Store) -> None:
    keep(store, "https://a.example/1", replace(analysis_of("threat"), mentions=(GUESSED,)))
    keep(store, "https://a.example/2", Analysis(Article(title="Nothing", body="Nothing.")))

    use = store.read_use(LONG_AGO)

    assert (use.articles, use.rules) == (2, {"threat": 1})
    assert use.aliases == frozenset({("kataib-hezbollah", "x")})


def test_a_replay_stores_and_tells_what_the_live_crawl_does(store: Store) -> None:
    link_id = keep(store, "https://a.example/1", Analysis(Article(title="A convoy", body=LONG)))

    found = analysis_of("threat")
    store.save_replay(link_id, found, NOW, outlet_name="The News", capture=None, alert=True)

    [alert] = store.read_alerts()
    assert (alert.replay, alert.hits, alert.stances, alert.new_groups) == (
        True,
        found.hits,
        found.stances,
        found.new_groups,
    )
    _, groups = store.read_unlisted(LONG_AGO)
    assert [group.text for group in groups] == ["A convoy"]
