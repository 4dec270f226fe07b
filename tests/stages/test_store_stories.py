"""Stories in the store: who joins which, who is told, and what is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.models import Alert, Analysis, Outcome, PendingLink, Saved, Update
from crawler.payload import entry_from_json
from crawler.store.store import Store
from crawler.stories import sign_article
from tests.stages.store_samples import NOW, add_pending, analysis_of

DAY = timedelta(days=1)
WORDS = (
    "Two drones fell near the runway of the air base before dawn and a third was shot down over the orchard beside it "
    "while the crews of the trucks that had carried them drove off along the river road towards the old brick works "
    "where a patrol found one of the launch rails still warm and a jacket with a receipt for forty litres of petrol"
)
OTHER = (
    "The ministry of trade opened a fair of machines for olive mills in the hall by the station and promised growers "
    "loans at three per cent if they buy before the harvest which begins late this year because of a cold spring that "
    "kept blossoms closed for weeks and worried the cooperatives of the northern hills who sell mostly to soap makers"
)


def analysis(body: str = WORDS, *rules: str, title: str = "Drones") -> Analysis:
    made = analysis_of(*rules, title=title, body=body)
    return replace(made, signature=sign_article(made.article, made.mentions))


def save(store: Store, link: PendingLink, made: Analysis) -> Saved:
    return store.save_analysis(link, made, NOW, outlet_name=f"The {link.outlet.title()}")


def links_of(store: Store, *outlets: str) -> list[PendingLink]:
    return [add_pending(store, f"https://{outlet}.example/{n}", source=outlet)[0] for n, outlet in enumerate(outlets)]


def told(store: Store) -> list[Alert | Update]:
    entries = [entry_from_json(entry.payload) for entry in store.take_unpublished(100)]
    return [entry for entry in entries if isinstance(entry, (Alert, Update))]


def test_a_retold_article_joins_the_story_and_is_appended_to_its_first_alert(store: Store) -> None:
    first, copy = links_of(store, "wire", "daily")

    saved = [
        save(store, first, analysis(WORDS, "threat")),
        save(store, copy, analysis(f"By staff. {WORDS} again.", "threat")),
    ]

    assert [each.outcome for each in saved] == [Outcome.HIT, Outcome.HIT], "each keeps its own outcome"
    one, other, update = told(store)
    assert isinstance(one, Alert)
    assert isinstance(other, Alert)
    assert isinstance(update, Update)
    assert one.story == other.story != ""
    assert (update.id, update.number, update.reason, update.tell) == (one.id, 2, "copied", False)
    assert ([member.outlet for member in update.new_members], update.outlets) == (["daily"], 2)
    assert update.first_member
    assert (update.first_member.outlet_name, update.first_member.alert) == ("The Wire", one.id)


def test_an_exact_copy_that_is_a_duplicate_is_appended_too(store: Store) -> None:
    first, copy = links_of(store, "wire", "daily")
    save(store, first, analysis(WORDS, "threat"))

    saved = save(store, copy, analysis(WORDS, "threat"))

    assert saved.outcome is Outcome.DUPLICATE
    _, update = told(store)
    assert isinstance(update, Update)
    assert (update.outlets, update.new_members[0].alert) == (2, "")


def test_another_event_is_another_story(store: Store) -> None:
    first, other = links_of(store, "wire", "daily")
    save(store, first, analysis(WORDS, "threat"))
    save(store, other, analysis(OTHER, "threat"))

    one, two = told(store)

    assert isinstance(one, Alert)
    assert isinstance(two, Alert)
    assert one.story != two.story


def test_another_attack_with_the_background_of_the_last_one_is_a_story_of_its_own(store: Store) -> None:
    first, second, copy = links_of(store, "wire", "daily", "post")
    one = f"Two drones struck the Ain al-Asad air base on Monday, a security official said.\n{WORDS}"
    other = f"A rocket was shot down over the Ain al-Asad air base on Friday and nobody was hurt.\n{WORDS}"
    for link, body in ((first, one), (second, other), (copy, f"{other} again")):
        save(store, link, analysis(body, "threat"))

    raised = [entry for entry in told(store) if isinstance(entry, Alert)]
    assert raised[0].story != raised[1].story == raised[2].story


def test_a_copy_that_weighs_more_is_told(store: Store) -> None:
    first, copy = links_of(store, "wire", "daily")
    save(store, first, analysis(WORDS, "threat"))
    made = analysis(f"{WORDS} again.", "attack")
    hits = tuple(replace(hit, severity="critical") for hit in made.hits)
    save(store, copy, replace(made, hits=hits))

    update = told(store)[-1]

    assert isinstance(update, Update)
    assert (update.tell, update.severity, update.severity_before) == (True, "critical", "warning")


def test_the_first_publisher_is_who_published_first(store: Store) -> None:
    first, copy = links_of(store, "wire", "daily")
    save(store, first, analysis(WORDS, "threat"))
    made = analysis(f"{WORDS} again.", "threat")
    earlier = replace(made.article, published=NOW - DAY)
    save(store, copy, replace(made, article=earlier))

    update = told(store)[-1]

    assert isinstance(update, Update)
    assert update.first_member
    assert update.first_member.outlet == "daily"


def test_forgotten_signatures_let_a_later_copy_begin_anew_and_keep_the_story(store: Store) -> None:
    first, copy = links_of(store, "wire", "daily")
    save(store, first, analysis(WORDS, "threat"))

    assert store.forget_signatures(NOW) == 0
    assert store.forget_signatures(NOW + DAY) == 1
    save(store, copy, analysis(f"{WORDS} again.", "threat"))

    one, two = told(store)
    assert isinstance(one, Alert)
    assert isinstance(two, Alert)
    assert one.story != two.story
    assert [member.outlet for member in store.read_members(one.story)] == ["wire"]


def test_a_copy_that_another_process_or_an_earlier_one_stored_is_found(new_database_url: str) -> None:
    """Its bands are in this process's memory only after it looked."""
    one, other = Store.open(new_database_url), Store.open(new_database_url)
    links = links_of(one, "wire", "daily", "weekly")
    for store, link, body in zip(
        (one, other, one), links, (WORDS, f"By staff. {WORDS}", f"{WORDS} again."), strict=True
    ):
        save(store, link, analysis(body, "threat"))

    stories = {entry.story for entry in told(one) if isinstance(entry, Alert)}

    assert len(stories) == 1
    assert [member.outlet for member in other.read_members(stories.pop())] == ["wire", "daily", "weekly"]
    one.close()
    other.close()


def test_what_was_not_kept_is_no_story_for_later_articles(store: Store) -> None:
    lost, copy, again = links_of(store, "wire", "daily", "weekly")
    with pytest.raises(ZeroDivisionError), store.group():
        _ = save(store, lost, analysis(WORDS, "threat")), 1 / 0
    save(store, copy, analysis(OTHER, "threat"))
    save(store, again, analysis(f"{WORDS} again.", "threat"))
    save(store, lost, analysis(WORDS, "threat"))

    stories = {entry.outlet: entry.story for entry in told(store) if isinstance(entry, Alert)}

    assert stories["daily"] != stories["weekly"] == stories["wire"]
    assert {member.outlet for member in store.read_members(stories["wire"])} == {"weekly", "wire"}


def test_what_cannot_be_compared_belongs_to_no_story(store: Store) -> None:
    [link] = links_of(store, "wire")
    save(store, link, analysis_of("threat"))

    [alert] = told(store)

    assert isinstance(alert, Alert)
    assert alert.story == ""


def test_of_copies_that_weigh_more_only_the_first_is_told(store: Store) -> None:
    made = analysis(f"{WORDS} again.", "attack")
    critical = replace(made, hits=tuple(replace(hit, severity="critical") for hit in made.hits))
    first, *copies = links_of(store, "wire", "daily", "post")
    save(store, first, analysis(WORDS, "threat"))
    for copy in copies:
        save(store, copy, critical)

    updates = [entry for entry in told(store) if isinstance(entry, Update)]

    assert [(update.tell, update.outlets) for update in updates] == [(True, 2), (False, 3)]
