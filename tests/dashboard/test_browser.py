"""The dashboard in a real Chromium, over a store with articles that were really analysed, also Arabic and Persian.

With BASEWATCH_SCREENSHOTS=FOLDER it leaves pictures there, for people to look at.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from crawler.errors import RenderError
from crawler.store.store import Store
from scheduler.dashboard.site import make_site
from scheduler.dashboard.window import Shown, Window
from settings.model import Run
from spiders.rendering import find_browser
from tests.dashboard.newsroom import ARABIC, COPIED, COPY, ENGLISH, INFO, NOTICE, PERSIAN, WARNING, Desk, Newsroom

PATIENCE_MS = 60_000
SCREENSHOTS = os.environ.get("BASEWATCH_SCREENSHOTS")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        path = find_browser()
    except RenderError as error:
        (pytest.fail if "CI" in os.environ else pytest.skip)(str(error))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@pytest.fixture
def address(newsroom: Newsroom, store: Store, run: Run) -> Iterator[str]:
    """A served dashboard."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        here = run.model_copy(update={"dashboard": place})
        site = make_site(Window(here, store, Shown(None, newsroom.settings), lambda: datetime.now(UTC)))
        config = uvicorn.Config(site, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://{place}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A window that fails the test when a script does or the policy is broken."""
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type == "error" and "ERR_INTERNET_DISCONNECTED" not in said.text
            else None
        ),
    )
    page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield page
    context.close()
    assert troubles == []


def check_accessibility(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": RULES["runOnly"]}).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found] == []


def take_pictures(page: Page, name: str) -> None:
    """Light and dark, wide and as on a phone."""
    if not SCREENSHOTS:
        return
    folder = Path(SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal in a loop
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def marked_texts(page: Page, kind: str) -> set[str]:
    return set(page.locator(f"mark.{kind}").all_text_contents())


def test_an_alert_appears_by_itself_is_opened_acknowledged_and_filtered(
    page: Page, desk: Desk, store: Store, newsroom: Newsroom
) -> None:
    english = desk.tell(ENGLISH)
    page.goto("/")
    expect(page.locator("#live")).to_contain_text("Live")
    page.evaluate("window.isStillHere = true")

    arabic = desk.tell(ARABIC)
    row = page.locator(f"#a-{arabic}")
    expect(row).to_be_visible()
    expect(page.locator("#alerts > li").first).to_have_id(f"a-{arabic}")
    expect(page.locator("#heard")).to_contain_text("New critical alert")
    assert page.evaluate("window.isStillHere"), "the page was loaded again"
    heading = row.locator("h2")
    assert heading.evaluate("e => getComputedStyle(e).direction") == "rtl"

    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_contain_text("acknowledged by")
    assert page.evaluate("window.isStillHere"), "the page was loaded again"
    triaged = store.read_alert(arabic, datetime.now(UTC))
    assert triaged is not None
    assert triaged.ack is not None

    page.get_by_label("not acknowledged").check()
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(f"#a-{arabic}")).to_have_count(0)
    expect(page.locator(f"#a-{english}")).to_be_visible()
    assert "unacked=true" in page.url

    page.goto("/")
    page.locator(f"#a-{arabic} h2 a").click()
    expect(page.locator("h1")).to_be_visible()
    text = store.read_texts(arabic)[0].article
    for hit in triaged.alert.hits:
        for term in hit.terms:
            assert text.zone_text(term.zone)[term.start : term.end] == term.text
            kind = {"@base": "base", "@group": "group"}.get(term.label.partition(":")[0])
            shown = marked_texts(page, kind or "event") if kind or term.label.startswith("#") else {term.text}
            assert any(term.text in each or each in term.text for each in shown), (term, shown)
    assert "قاعدة عين الأسد" in marked_texts(page, "base")


def test_a_filter_holds_for_what_comes_too(page: Page, desk: Desk) -> None:
    page.goto("/?severity=info&severity=critical&language=en")
    expect(page.locator("#live")).to_contain_text("Live")
    expect(page.locator("#empty")).to_be_visible()
    left_out = desk.tell(ARABIC)
    shown = desk.tell(ENGLISH)
    expect(page.locator(f"#a-{shown}")).to_be_visible()
    expect(page.locator(f"#a-{left_out}")).to_have_count(0)
    expect(page.locator("#empty")).to_be_hidden()


def test_what_came_while_the_connection_was_lost_is_shown(page: Page, desk: Desk) -> None:
    page.goto("/")
    expect(page.locator("#live")).to_contain_text("Live")
    page.context.set_offline(True)
    came = desk.tell(ENGLISH)
    time.sleep(2)
    page.context.set_offline(False)
    expect(page.locator(f"#a-{came}")).to_be_visible()


def test_the_stored_page_can_be_downloaded(page: Page, desk: Desk, newsroom: Newsroom) -> None:
    page.goto(f"/alerts/{desk.tell(PERSIAN)}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="byte for byte").click()
    assert Path(waiting.value.path()).read_bytes() == newsroom.page(PERSIAN)[1].raw


def test_pages_are_accessible_and_fit_a_phone(page: Page, desk: Desk, store: Store, newsroom: Newsroom) -> None:
    start = datetime.now(UTC) - timedelta(hours=3)
    told = {
        number: desk.tell(number, start + timedelta(minutes=25 * place))
        for place, number in enumerate((INFO, NOTICE, WARNING, PERSIAN, COPIED, COPY, ENGLISH, ARABIC))
    }
    now = datetime.now(UTC)
    store.ack_alerts([told[WARNING]], now, "Nour", "The spokesman said this before; see the file.")
    store.add_mute("alert", told[NOTICE], now, by="Sam", until=now + timedelta(hours=8), reason="an exercise")
    desk.revise(ENGLISH, newsroom.page(ENGLISH)[1].raw.replace(b"Five rockets", b"Seven rockets"))
    for name, path in (
        ("now", "/"),
        ("filtered", "/?severity=critical&language=ar&since=24h"),
        ("english", f"/alerts/{told[ENGLISH]}"),
        ("arabic", f"/alerts/{told[ARABIC]}"),
        ("persian", f"/alerts/{told[PERSIAN]}"),
        ("copied", f"/alerts/{told[COPIED]}"),
    ):
        page.goto(path)
        take_pictures(page, name)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal in a loop
            check_accessibility(page)
        page.emulate_media(color_scheme="light")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        check_accessibility(page)
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= 360"), f"{path} is wider than a phone"
        page.set_viewport_size({"width": 1280, "height": 900})


def test_everything_works_without_scripts(chromium: Browser, address: str, desk: Desk, store: Store) -> None:
    alert_id = desk.tell(ENGLISH)
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?severity=critical")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page).to_have_url(f"{address}/?severity=critical")
    expect(page.locator(f"#a-{alert_id}")).to_contain_text("acknowledged by")
    context.close()
