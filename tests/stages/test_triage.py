"""What a mute covers, and what it never does."""

from dataclasses import replace
from datetime import timedelta

from crawler.models import Alert, Term, Zone
from crawler.triage import Mute, MuteKind, find_mute
from tests.stages.store_samples import NOW, hit_of

HOUR = timedelta(hours=1)
ALERT = Alert("1", "news", "News", "A", "https://a.example", None, NOW, "warning", (hit_of("threat"),), story="s")


def mute(kind: MuteKind, value: str, *, even_critical: bool = False) -> Mute:
    return Mute(1, kind, value, NOW, NOW + HOUR, "me", even_critical=even_critical)


def test_a_mute_covers_its_rule_entity_outlet_story_or_alert() -> None:
    for each in (
        mute("rule", "threat"),
        mute("entity", "ain-al-asad"),
        mute("outlet", "news"),
        mute("story", "s"),
        mute("alert", "1"),
    ):
        assert find_mute(ALERT, [each], NOW) == each
        assert find_mute(ALERT, [replace(each, value="other")], NOW) is None


def test_it_begins_and_ends_in_time() -> None:
    muted = mute("rule", "threat")

    assert find_mute(ALERT, [muted], NOW - HOUR) is None
    assert find_mute(ALERT, [muted], NOW + HOUR) is None
    assert find_mute(ALERT, [replace(muted, until=None)], NOW + 1000 * HOUR)


def test_critical_alerts_are_muted_only_when_that_is_said() -> None:
    critical = replace(ALERT, severity="critical")

    assert find_mute(critical, [mute("outlet", "news")], NOW) is None
    assert find_mute(critical, [mute("outlet", "news", even_critical=True)], NOW)


def test_a_hit_of_another_rule_is_heard() -> None:
    both = replace(ALERT, hits=(hit_of("threat"), hit_of("attack")))

    assert find_mute(both, [mute("rule", "threat")], NOW) is None
    assert find_mute(both, [mute("rule", "threat"), mute("rule", "attack")], NOW)


def test_a_hit_that_names_another_entity_of_the_kind_is_heard() -> None:
    hit = hit_of("threat")
    other = Term(Zone.BODY, 30, 36, "Harir", "@base:harir")
    named = replace(ALERT, hits=(replace(hit, terms=(*hit.terms, other)),))

    assert find_mute(named, [mute("entity", "ain-al-asad")], NOW) is None
    assert find_mute(named, [mute("entity", "ain-al-asad"), mute("entity", "harir")], NOW)


def test_an_alert_without_a_story_is_of_no_muted_one() -> None:
    assert find_mute(replace(ALERT, story=""), [mute("story", "")], NOW) is None
