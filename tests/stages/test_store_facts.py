"""Articles counted by day, alike by both databases."""

from crawler.store.facts import Fact
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, analysis_of

DAY = f"{NOW:%Y-%m-%d}"


def test_hits_are_counted_by_day_and_narrowed(store: Store) -> None:
    links = add_pending(store, "http://a.example/1", "http://a.example/2", "http://a.example/3")
    for link, rules in zip(links, (("threat",), ("threat", "attack"), ()), strict=True):
        store.save_analysis(link, analysis_of(*rules, body=f"The convoy {link.id}"), NOW, outlet_name="A")
    by_rule = store.count_days("rule", ["attack", "threat", "none"], DAY, ())
    assert by_rule == {"attack": {DAY: 1}, "threat": {DAY: 2}, "none": {}}
    base = ["ain-al-asad"]
    assert store.count_days("base", base, DAY, (Fact("rule", "attack"),)) == {"ain-al-asad": {DAY: 1}}
    assert store.count_days("base", base, DAY, (Fact("rule", "attack"), Fact("event", "none"))) == {base[0]: {}}
    assert store.count_days("rule", ["attack"], "2999-01-01", ()) == {"attack": {}}
    assert store.count_hits(DAY, ()) == {DAY: 2}
    assert store.count_hits(DAY, (Fact("rule", "attack"),)) == {DAY: 1}
    assert list(store.rank_names("rule", DAY, ()).items()) == [("threat", 2), ("attack", 1)]
    assert store.rank_days("rule", DAY, (), 1) == ({"threat": 2, "attack": 1}, {"threat": {DAY: 2}})
    assert store.rank_days("rule", DAY, (Fact("rule", "none"),), 1) == ({}, {})
    assert store.count_names("mention", ["ain-al-asad", "none"], DAY) == {"ain-al-asad": 3, "none": 0}
    assert store.read_timeline("mention", "ain-al-asad", DAY) == {DAY: 3}
    assert store.read_last_days("rule", ["attack", "threat", "none"]) == {"attack": DAY, "threat": DAY}
    assert len(store.list_ids("rule", "threat", 10)) == 2
    company = store.read_company("ain-al-asad")
    assert (company.articles, company.beside) == (3, ()), "what was cut from an article is no part of it"
    assert store.read_timeline("mention", "kataib-hezbollah", DAY) == {}
    assert company.aliases == (("base", 3),)
    assert len(store.read_latest(DAY, DAY, None, 2)) == 2
