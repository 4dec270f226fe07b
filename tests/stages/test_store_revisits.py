"""Later visits: to pages that could not be had, and to articles that their feed shows as edited."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crawler.models import Link, Outcome, PendingLink, RevisitResult, SeenLink
from crawler.store import schema
from crawler.store.known import EDIT_WAITS, EDITS_FOLLOWED_FOR
from crawler.store.store import Store
from tests.stages.store_samples import LONG, NOW, add_pending, analysis_of, capture_of, save_links, seen

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
URL = "https://a.example/1"


def refuse(store: Store, url: str = URL) -> PendingLink:
    """A link whose page was refused; the visit that is planned for it."""
    [link] = add_pending(store, url)
    store.save_outcome(link.id, Outcome.REFUSED, NOW, "HTTP 403", revisit_at=NOW + HOUR)
    [visit] = store.read_pending(NOW + HOUR, 10)
    return visit


def read(store: Store, url: str = URL, *rules: str, body: str = LONG) -> PendingLink:
    """A link whose page was read."""
    [link] = add_pending(store, url)
    store.save_analysis(link, analysis_of(*rules, body=body), NOW, outlet_name="The News", capture=capture_of())
    return link


def visit(store: Store, link: PendingLink, *rules: str, body: str = LONG, title: str = "A convoy") -> Outcome:
    analysis = analysis_of(*rules, body=body, title=title)
    return store.save_revision(link, analysis, NOW + HOUR, outlet_name="News", capture=capture_of(9)).outcome


def show_again(store: Store, link: Link, *, after: timedelta = HOUR, source: str = "news") -> list[PendingLink]:
    """What is to be visited after the source has shown the link so."""
    save_links(store, [SeenLink(link.url, link)], source=source, at=NOW + after)
    return store.read_pending(NOW + after + EDIT_WAITS[-1], 10)


def revisions(store: Store) -> list[str]:
    with store._read("look") as connection:
        return list(connection.scalars(select(schema.articles.c.body).order_by(schema.articles.c.revision)))


def test_accounts_close(store: Store) -> None:
    refuse(store)
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)

    assert row.closes
    assert (row.outcomes, row.revisits, row.waiting) == ({Outcome.REFUSED: 1}, 1, 1)


# ── pages that could not be had ──


def test_a_refused_page_is_visited_when_its_time_has_come(store: Store) -> None:
    [link] = add_pending(store, URL)
    store.save_outcome(link.id, Outcome.REFUSED, NOW, "HTTP 403", revisit_at=NOW + HOUR)

    assert store.read_pending(NOW + HOUR - MINUTE, 10) == []
    [visit] = store.read_pending(NOW + HOUR, 10)
    assert (visit.id, visit.link) == (link.id, link.link)
    assert visit.revisit is not None
    assert (visit.revisit.reason, visit.revisit.attempts) == ("partial", 0)
    assert store.read_pending(NOW + HOUR, 10, [link.id]) == []


def test_new_links_come_before_later_visits(store: Store) -> None:
    refuse(store)
    [new] = add_pending(store, "https://a.example/2")

    assert [link.id for link in store.read_pending(NOW + HOUR, 1)] == [new.id]
    assert len(store.read_pending(NOW + HOUR, 2)) == 2


def test_the_page_that_came_decides_the_outcome_and_is_counted(store: Store) -> None:
    outcome = visit(store, refuse(store))
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)

    assert outcome is Outcome.NO_HIT
    assert (row.outcomes, row.results, row.waiting) == ({Outcome.NO_HIT: 1}, {RevisitResult.UPGRADED: 1}, 0)
    assert row.closes
    with store._read("look") as connection:
        assert connection.scalar(select(schema.links.c.detail)) == "was refused: HTTP 403"


def test_the_page_that_came_may_raise_the_alert(store: Store) -> None:
    assert visit(store, refuse(store), "threat") is Outcome.HIT
    assert len(store.read_alerts()) == 1


def test_the_alert_on_the_feeds_text_is_not_doubled_by_the_page(store: Store) -> None:
    [link] = add_pending(store, URL)
    partial = analysis_of("threat", body="Short.")
    partial = replace(partial, article=replace(partial.article, partial=True))
    store.save_analysis(
        link, partial, NOW, outlet_name="News", otherwise=Outcome.REFUSED, detail="HTTP 403", revisit_at=NOW
    )
    [later] = store.read_pending(NOW, 10)

    assert visit(store, later, "threat", "attack") is Outcome.HIT
    assert len(store.read_alerts()) == 1
    assert revisions(store) == ["Short.", LONG]


def test_what_was_told_as_a_hit_stays_one_though_the_page_has_none(store: Store) -> None:
    [link] = add_pending(store, URL)
    store.save_analysis(link, analysis_of("threat", body="Short."), NOW, outlet_name="News", revisit_at=NOW)
    [later] = store.read_pending(NOW, 10)

    assert visit(store, later) is Outcome.HIT


def test_the_page_that_came_may_be_a_known_text(store: Store) -> None:
    read(store, "https://a.example/0")

    assert visit(store, refuse(store)) is Outcome.DUPLICATE


def test_a_visit_that_is_put_off_counts_and_waits(store: Store) -> None:
    later = refuse(store)
    store.put_off_revisit(later, NOW + 6 * HOUR, "HTTP 403")

    assert store.read_pending(NOW + 5 * HOUR, 10) == []
    [again] = store.read_pending(NOW + 6 * HOUR, 10)
    assert again.revisit is not None
    assert again.revisit.attempts == 1


def test_a_visit_that_is_given_up_leaves_the_outcome(store: Store) -> None:
    later = refuse(store)
    store.save_revisit(later, RevisitResult.GIVEN_UP, NOW + HOUR, "HTTP 403", capture_of(3, status=403))
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)

    assert (row.outcomes, row.results) == ({Outcome.REFUSED: 1}, {RevisitResult.GIVEN_UP: 1})
    assert store.read_pending(NOW + DAY, 10) == []


def test_a_visit_has_one_result(store: Store) -> None:
    later = refuse(store)
    visit(store, later)

    assert visit(store, later, "threat", body="Another text.") is Outcome.NO_HIT
    store.save_revisit(later, RevisitResult.GIVEN_UP, NOW)
    store.put_off_revisit(later, NOW, "no")
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert row.results == {RevisitResult.UPGRADED: 1}
    assert len(revisions(store)) == 1


def test_a_link_that_has_its_outcome_gets_no_visit_by_being_saved_again(store: Store) -> None:
    visit(store, refuse(store))
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    with store._read("look") as connection:
        link_id = connection.scalar(select(schema.links.c.id)) or 0
    store.save_outcome(link_id, Outcome.REFUSED, NOW, revisit_at=NOW)

    assert store.read_ledger(NOW - DAY, NOW + DAY) == [row]


# ── edited articles ──

SHOWN = Link(URL, guid="1", title="A convoy", content="<p>It left the base. 3 comments</p>")


def read_shown(store: Store) -> None:
    save_links(store, [SeenLink(URL, SHOWN)])
    [link] = store.read_pending(NOW, 10)
    store.save_analysis(link, analysis_of(), NOW, outlet_name="The News", capture=capture_of())


@pytest.mark.parametrize(
    "change",
    [
        {"title": "A convoy, updated"},
        {"content": "<p>It left the base at dawn.</p>"},
        {"updated": NOW + HOUR},
    ],
)
def test_an_article_that_its_feed_shows_otherwise_is_visited_once(store: Store, change: dict[str, str]) -> None:
    read_shown(store)
    edited = replace(SHOWN, **change)  # type: ignore[arg-type]  # each is a field of a link

    [later] = show_again(store, edited)
    assert later.revisit is not None
    assert later.revisit.reason == "edited"
    assert visit(store, later, body=LONG + "At dawn.") is Outcome.NO_HIT
    assert show_again(store, edited, after=2 * HOUR) == []
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert (row.results, row.closes) == ({RevisitResult.REVISED: 1}, True)
    assert len(revisions(store)) == 2


@pytest.mark.parametrize(
    "content",
    [
        SHOWN.content,
        "<div>It left the base.  4 comments</div>",
        "<p>It left the base. <a href='/forum?visit=ab'>4 comments</a></p>",
        "<p>It left the base… 3 comments</p>",
    ],
)
def test_numbers_and_markup_are_no_edit(store: Store, content: str) -> None:
    read_shown(store)

    assert show_again(store, replace(SHOWN, content=content)) == []


def test_what_another_source_says_of_it_is_no_edit(store: Store) -> None:
    read_shown(store)

    assert show_again(store, replace(SHOWN, title="Convoy"), source="wire") == []


def test_a_page_that_did_not_change_makes_no_revision(store: Store) -> None:
    read_shown(store)
    [later] = show_again(store, replace(SHOWN, title="New headline in the feed"))

    assert visit(store, later) is Outcome.NO_HIT
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert row.results == {RevisitResult.UNCHANGED: 1}
    assert len(revisions(store)) == 1


def test_an_edit_may_raise_the_alert_and_then_the_link_is_a_hit(store: Store) -> None:
    read_shown(store)
    [later] = show_again(store, replace(SHOWN, title="A convoy is attacked"))

    assert visit(store, later, "threat", body=LONG + "It was attacked.") is Outcome.HIT
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert (row.outcomes, row.closes) == ({Outcome.HIT: 1}, True)


def test_edits_are_followed_a_few_times_and_later_each_time(store: Store) -> None:
    read_shown(store)
    visits, at = [], NOW
    for number in range(6):
        at += DAY / 2
        save_links(store, [SeenLink(URL, replace(SHOWN, title="x" * (number + 1)))], at=at)
        for wait in EDIT_WAITS:
            if due := store.read_pending(at + wait, 10):
                visits.append(wait)
                visit(store, due[0], title=str(number))
                break

    assert visits == list(EDIT_WAITS)


def test_old_articles_are_not_followed(store: Store) -> None:
    read_shown(store)

    assert show_again(store, replace(SHOWN, title="Years later"), after=EDITS_FOLLOWED_FOR + DAY) == []


def test_an_edit_while_a_visit_waits_makes_no_second_one(store: Store) -> None:
    read_shown(store)
    for number in range(3):
        save_links(store, [SeenLink(URL, replace(SHOWN, title="x" * (number + 1)))], at=NOW + MINUTE * (number + 1))

    assert len(store.read_pending(NOW + DAY, 10)) == 1


@pytest.mark.parametrize("outcome", [Outcome.ROBOTS, Outcome.GONE])
def test_a_page_that_was_never_read_is_not_visited_for_an_edit(store: Store, outcome: Outcome) -> None:
    save_links(store, [SeenLink(URL, SHOWN)])
    [link] = store.read_pending(NOW, 10)
    store.save_outcome(link.id, outcome, NOW)

    assert show_again(store, replace(SHOWN, title="Another")) == []


# ── items that moved ──

MOVED = "https://a.example/moved/1"


def test_an_item_that_moved_and_says_something_else_is_visited_where_it_is_now(store: Store) -> None:
    read_shown(store)

    [later] = show_again(store, replace(SHOWN, url=MOVED, title="A convoy is attacked"))
    assert (later.link.url, later.revisit and later.revisit.reason) == (MOVED, "edited")
    assert visit(store, later, "threat", body=LONG + "It was attacked.") is Outcome.HIT
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert (row.new, row.outcomes, row.closes) == (1, {Outcome.HIT: 1}, True)
    assert len(revisions(store)) == 2


def test_an_item_that_moved_and_says_the_same_is_not_visited(store: Store) -> None:
    read_shown(store)

    assert show_again(store, replace(SHOWN, url=MOVED)) == []


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.REFUSED, Outcome.FAILED])
def test_a_page_that_could_not_be_had_is_asked_for_where_it_is_now(store: Store, outcome: Outcome) -> None:
    """Some outlets publish under one address and change it a minute later."""
    save_links(store, [SeenLink(URL, SHOWN)])
    [link] = store.read_pending(NOW, 10)
    store.save_outcome(link.id, outcome, NOW)

    [later] = show_again(store, replace(SHOWN, url=MOVED))
    assert later.link.url == MOVED
    assert visit(store, later) is Outcome.NO_HIT
    assert show_again(store, replace(SHOWN, url=MOVED), after=2 * HOUR) == []
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert (row.outcomes, row.results, row.closes) == ({Outcome.NO_HIT: 1}, {RevisitResult.UPGRADED: 1}, True)


def test_a_hit_in_the_words_of_a_feed_is_asked_for_where_its_page_is_now_and_told_as_an_update(store: Store) -> None:
    save_links(store, [SeenLink(URL, SHOWN)])
    [link] = store.read_pending(NOW, 10)
    partial = analysis_of("threat", body="Short.")
    partial = replace(partial, article=replace(partial.article, partial=True))
    store.save_analysis(link, partial, NOW, outlet_name="News", otherwise=Outcome.GONE, detail="HTTP 404")

    [later] = show_again(store, replace(SHOWN, url=MOVED))
    assert later.link.url == MOVED
    assert visit(store, later, "threat") is Outcome.HIT
    [row] = store.read_ledger(NOW - DAY, NOW + DAY)
    assert (row.outcomes, row.results) == ({Outcome.HIT: 1}, {RevisitResult.UPGRADED: 1})
    with store._read("look") as connection:
        assert len(connection.execute(select(schema.alerts.c.id)).all()) == 1


@pytest.mark.parametrize("outcome", [Outcome.ROBOTS, Outcome.OUT_OF_SCOPE, Outcome.NO_HIT, None])
def test_what_was_had_or_must_not_be_asked_for_is_not_visited_because_it_moved(
    store: Store, outcome: Outcome | None
) -> None:
    save_links(store, [SeenLink(URL, SHOWN)])
    [link] = store.read_pending(NOW, 10)
    if outcome is not None:
        store.save_outcome(link.id, outcome, NOW)

    assert [each for each in show_again(store, replace(SHOWN, url=MOVED)) if each.revisit] == []


# ── GUIDs, and who lists what ──


def test_guids_that_change_are_counted_once(store: Store) -> None:
    links = [seen(f"https://a.example/{number}", guid=str(number)) for number in range(4)]
    renamed = [seen(f"https://a.example/{number}", guid=f"new-{number}" if number else "0") for number in range(4)]
    first, second, third = (save_links(store, each) for each in (links, renamed, renamed))

    assert (first.compared, first.reguided) == (0, 0)
    assert (second.compared, second.reguided) == (4, 3)
    assert (third.compared, third.reguided) == (4, 0)


def test_what_another_source_has_shown_is_fresh_once(store: Store) -> None:
    links = [seen(f"https://a.example/{number}") for number in range(3)]
    save_links(store, links[:2], source="wire")

    first, again = save_links(store, links, source="news"), save_links(store, links, source="news")

    assert (first.new, first.fresh) == (1, 3)
    assert (again.new, again.fresh) == (0, 0)
