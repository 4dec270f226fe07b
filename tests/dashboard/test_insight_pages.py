"""Activity, entities and rules as people and programs see them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from crawler.models import Article, Mention, SourceState, Zone
from crawler.store.store import Store
from tests.dashboard.test_search_pages import HOSTILE
from tests.stages.store_samples import analysis_of, poll_of, seen

RULE = "base-attacked"


@pytest.fixture
def pages(browser: TestClient, store: Store) -> TestClient:
    """Three articles of today: two with hits on one base, one of them hostile, and one without."""
    now = datetime.now(UTC)
    texts = ["Two rockets hit Ain al-Asad.", f"Rockets {HOSTILE}", "Nothing"]
    urls = [f"http://a.example/{number}" for number in range(3)]
    store.save_poll(poll_of(at=now), [seen(url) for url in urls], SourceState("news", now))
    links = {link.link.url: link for link in store.read_pending(now, 10)}
    for number, (url, text) in enumerate(zip(urls, texts, strict=True)):
        analysis = analysis_of(*([RULE] if number < 2 else []))
        article = Article(title=f"{number} {HOSTILE}", body=text, url=url, language="en")
        odd = Mention("kataib-hezbollah", "group", "Kataib", Zone.BODY, 0, 3, "KH", HOSTILE)
        analysis = replace(analysis, article=article, mentions=(*analysis.mentions, odd))
        store.save_analysis(links[url], analysis, now, outlet_name="A")
    return browser


def test_activity_counts_articles_with_hits_and_narrows_by_links(pages: TestClient) -> None:
    view = pages.get("/api/activity?by=base&days=7").json()
    assert (view["total"], len(view["bars"]), view["bars"][-1]["count"]) == (2, 7, 2)
    assert [(row["name"], row["count"]) for row in view["rows"]] == [("ain-al-asad", 2)]
    assert [(dot["id"], dot["count"]) for dot in view["dots"]] == [("ain-al-asad", 2)]
    assert view["rows"][0]["query"] == "by=base&days=7&base=ain-al-asad"
    chosen = pages.get("/api/activity?by=event&days=7&base=ain-al-asad").json()
    assert [(row["name"], row["count"]) for row in chosen["rows"]] == [("attack", 2)]
    assert pages.get("/api/activity?by=rule&base=another").json()["total"] == 0
    assert pages.get("/api/activity?by=nothing").status_code == 422


def test_a_day_of_the_timeline_shows_its_articles_names_and_nothing_of_others(pages: TestClient) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    view = pages.get(f"/api/activity?by=base&days=7&on={today}&base=ain-al-asad").json()
    assert (view["picked"]["day"], view["picked"]["count"], len(view["articles"])) == (today, 2, 2)
    assert all(article["alert"] for article in view["articles"])
    assert view["picks"][-1] == ["by=base&days=7&base=ain-al-asad", True], "once more widens it again"
    assert view["picks"][0][0].endswith(f"on={view['bars'][0]['day']}&base=ain-al-asad")
    before = pages.get(f"/api/activity?by=base&days=7&on={view['bars'][0]['day']}").json()
    assert (before["total"], before["rows"], before["dots"], before["articles"]) == (2, [], [], [])
    year = pages.get(f"/api/activity?by=base&days=365&on={today}").json()
    assert (year["picked"]["until"], year["picked"]["count"], len(year["articles"])) == (today, 2, 2)
    assert pages.get("/api/activity?by=base&days=7&on=1999-01-01").json()["picked"] is None
    shown = pages.get(f"/activity?by=base&days=7&on={today}").text
    assert f'title="{today}: 2" class="picked"' in shown
    assert "All days again" in shown


def test_an_entity_shows_spellings_company_statements_and_articles(pages: TestClient) -> None:
    view = pages.get("/api/entities/kataib-hezbollah").json()
    assert view["entity"]["articles"] == 3
    assert {(alias["name"], alias["count"]) for alias in view["aliases"]} == {(HOSTILE, 3)}, "5 min was cut"
    assert [(other["id"], other["count"]) for other in view["beside"]] == [("ain-al-asad", 3)]
    assert [(stance["name"], stance["count"]) for stance in view["stances"]] == [("threat", 3)]
    assert len(view["articles"]) == 3
    assert pages.get("/api/entities/none").status_code == 404
    listed = {line["id"]: line["articles"] for line in pages.get("/api/entities").json()}
    assert listed["ain-al-asad"] == 3


def test_a_name_that_the_gazetteer_lacks_comes_with_its_line(pages: TestClient) -> None:
    [addition] = [each for each in pages.get("/api/entities/suggestions").json() if each["kind"] == "group"]
    assert addition["place"] == "gazetteer/groups.yaml, groups"
    assert "kind: new_group" in addition["suggestion"]["line"]


def test_a_rule_shows_its_hits_and_runs_its_examples(pages: TestClient) -> None:
    view = pages.get(f"/api/rules/{RULE}").json()
    assert view["rule"]["hits"] == 2
    assert view["rule"]["last_day"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert len(view["examples"]) > 3
    assert not any(example["problem"] for example in view["examples"])
    assert pages.get("/api/rules/none").status_code == 404


def test_an_expression_is_tried_on_stored_articles(pages: TestClient) -> None:
    trial = pages.get("/api/rules/try", params={"when": "SENTENCE(@base AND #rocket)"}).json()
    assert (trial["articles"], trial["caught"], trial["is_all"]) == (3, 1, True)
    assert trial["shown"][0]["sentence"] == "Two rockets hit Ain al-Asad."
    wrong = pages.get("/api/rules/try", params={"when": "SENTENCE(@base AND"}).json()
    assert "line 1, column" in wrong["problem"]
    assert "^" in wrong["problem"]
    for when in ("x" * 3000, "/(a+)+$/", "@nobody", HOSTILE, "\x00", "(" * 500):
        answer = pages.get("/rules/try", params={"when": when})
        assert answer.status_code == 200, when
        assert "<img" not in answer.text
    assert "1 of 3" in pages.get("/rules", params={"when": "SENTENCE(@base AND #rocket)"}).text


def test_hostile_texts_stay_text_on_every_page(pages: TestClient) -> None:
    paths = [
        "/activity",
        "/entities",
        "/entities/kataib-hezbollah",
        "/entities/suggestions",
        "/rules",
        f"/rules/{RULE}",
    ]
    paths += [f"/activity?group={HOSTILE}&rule={HOSTILE}", "/rules/try?when=rockets", "/activity?by=outlet&days=365"]
    for path in paths:
        answer = pages.get(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        assert "<img" not in answer.text, path
    assert pages.get(f"/entities/{HOSTILE}").status_code == 404
