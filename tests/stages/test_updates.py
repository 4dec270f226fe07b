"""What has changed about an alert, and when people are told again."""

from dataclasses import replace
from datetime import timedelta

from crawler.models import Alert, FormerHit, Mention, Zone
from crawler.triage import Mute, find_mute
from crawler.updates import compare_alerts
from tests.stages.store_samples import NOW, hit_of

BASE = Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 20, 24, "base")
GROUP = Mention("kataib-hezbollah", "group", "Kataib Hezbollah", Zone.BODY, 0, 5, "Kataib")
BEFORE = Alert("1", "news", "News", "A", "https://a.example", None, NOW, "warning", (hit_of("threat"),), (BASE,))


def test_what_says_the_same_is_no_update() -> None:
    assert compare_alerts(BEFORE, replace(BEFORE, seen=NOW, tags=("x",)), "edited", number=2, now=NOW) is None


def test_a_severity_that_rises_is_told_again_and_one_that_falls_is_not() -> None:
    risen = compare_alerts(BEFORE, replace(BEFORE, severity="critical"), "edited", number=2, now=NOW)
    fallen = compare_alerts(BEFORE, replace(BEFORE, severity="info"), "edited", number=2, now=NOW)

    assert risen
    assert fallen
    assert (risen.tell, risen.severity_before, risen.severity) == (True, "warning", "critical")
    assert (fallen.tell, fallen.severity) == (False, "info")


def test_a_new_entity_is_told_again_and_a_new_outlet_that_is_quoted_is_not() -> None:
    named = compare_alerts(BEFORE, replace(BEFORE, mentions=(BASE, GROUP, GROUP)), "edited", number=2, now=NOW)
    quoted = replace(BEFORE, mentions=(BASE, replace(GROUP, type="outlet")))

    assert named
    assert (named.tell, named.new_entities) == (True, (GROUP,))
    assert compare_alerts(BEFORE, quoted, "edited", number=2, now=NOW) is None


def test_other_rules_and_titles_are_carried_and_not_told_again() -> None:
    changed = compare_alerts(BEFORE, replace(BEFORE, title="B", hits=(hit_of("claim"),)), "edited", number=3, now=NOW)

    assert changed
    assert not changed.tell
    assert ([hit.rule for hit in changed.new_hits], [hit.rule for hit in changed.gone_hits]) == (["claim"], ["threat"])
    assert (changed.title_before, changed.number, changed.alert.title) == ("A", 3, "B")


def test_what_was_told_is_kept_with_where_it_was_found_until_it_is_found_again() -> None:
    told = replace(BEFORE, settings_digest="old")
    gone = compare_alerts(told, replace(BEFORE, hits=(), settings_digest="new"), "replayed", number=2, now=NOW)
    assert gone
    later = compare_alerts(
        gone.alert, replace(BEFORE, title="B", hits=()), "edited", number=3, now=NOW + timedelta(days=1)
    )
    assert later
    back = compare_alerts(later.alert, replace(told, title="B"), "replayed", number=4, now=NOW + timedelta(days=1))
    assert back

    former = FormerHit(BEFORE.hits[0], NOW, "replayed", "old")
    assert (gone.alert.former_hits, later.alert.former_hits, back.alert.former_hits) == ((former,), (former,), ())
    assert (gone.alert.grounds, gone.alert.rules, back.alert.grounds) == (BEFORE.hits, ("threat",), BEFORE.hits)


def test_a_mute_on_a_rule_covers_what_was_told_for_it_and_is_found_no_more() -> None:
    gone = compare_alerts(BEFORE, replace(BEFORE, hits=()), "replayed", number=2, now=NOW)
    assert gone
    mute = Mute(1, "rule", "threat", NOW, None, "me")
    assert find_mute(gone.alert, [mute], NOW) is mute


def test_the_whole_text_in_place_of_the_feeds_is_an_update() -> None:
    upgraded = compare_alerts(replace(BEFORE, partial=True), BEFORE, "upgraded", number=2, now=NOW)

    assert upgraded
    assert (upgraded.reason, upgraded.tell) == ("upgraded", False)
