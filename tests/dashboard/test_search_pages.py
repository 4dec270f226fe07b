"""Search as people and programs use it."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, analysis_of

HOSTILE = '<img src=x onerror="alert(1)">'


def save_article(store: Store, url: str, title: str, body: str, *rules: str, language: str = "en") -> None:
    [link] = add_pending(store, url)
    analysis = analysis_of(*rules)
    article = replace(analysis.article, url=url, title=title, body=body, language=language)
    store.save_analysis(link, replace(analysis, article=article), NOW, outlet_name="A", capture=None)


@pytest.fixture
def pages(browser: TestClient, store: Store) -> TestClient:
    save_article(store, "http://a.example/1", f"Rockets {HOSTILE}", f"Rockets hit the base. {HOSTILE}", "threat")
    save_article(store, "javascript:alert(1)", "No address", f"Rockets {HOSTILE}", language=HOSTILE)
    save_article(store, "http://a.example/3", "نفي", "قال أحمد إنّ القاعدة بخير", language="ar")
    return browser


def test_what_was_found_is_marked_and_leads_to_its_alert(pages: TestClient) -> None:
    text = pages.get("/search?q=rocket*").text
    assert "2 found." in text
    assert "<mark>Rockets</mark> hit the base" in text
    assert 'href="/alerts/' in text
    assert 'dir="auto"><mark>أحمد</mark>' in pages.get("/search?q=احمد").text.replace("قال ", "")


def test_hostile_texts_and_questions_stay_text(pages: TestClient) -> None:
    for path in ("/search", "/search?q=rockets", "/search?language=%3Cimg", f"/search?q={HOSTILE}&outlet={HOSTILE}"):
        text = pages.get(path).text
        assert "<img" not in text, path
        assert 'href="javascript:' not in text, path
    for question in ('"', "*", "a*", "NOT", "x" * 501, "%00", "%ud800", "(((", "-", "' OR 1=1"):
        for order in ("newest", "best"):
            assert pages.get("/search", params={"q": question, "order": order}).status_code in {200, 422}, question


def test_facets_stand_in_the_address_and_can_be_taken_back(pages: TestClient) -> None:
    text = pages.get("/search?q=rockets&entity=ain-al-asad&language=en").text
    assert "1 found." in text
    assert 'href="/search?q=rockets&amp;language=en" aria-current="true"' in text


def test_programs_search_page_by_page(browser: TestClient, store: Store) -> None:
    for number in range(23):
        save_article(store, f"http://a.example/{number}", f"Number {number}", "The convoy")
    for order in ("newest", "best"):
        first = browser.get(f"/api/search?q=convoy&order={order}").json()
        second = browser.get(f"/api/search?q=convoy&order={order}&cursor={first['cursor']}").json()
        assert (first["counted"], len(first["articles"]), len(second["articles"])) == (23, 20, 3)
        assert second["cursor"] is None
        seen = [article["url"] for page in (first, second) for article in page["articles"]]
        assert len(set(seen)) == 23
    assert browser.get("/api/search?q=convoy&cursor=x").status_code == 200
    refused = browser.get("/api/search?q=a*")
    assert (refused.status_code, "at least 2 letters" in refused.json()["error"]) == (422, True)
