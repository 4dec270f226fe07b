"""The dashboard in a real Chromium, over a store with articles that were really analysed, also Arabic and Persian.

With BASEWATCH_SCREENSHOTS=FOLDER it leaves pictures there, for people to look at.
"""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from crawler.errors import RenderError
from crawler.models import Analysis, NewGroup, Zone
from crawler.store.store import Store
from scheduler.dashboard.site import make_site
from scheduler.dashboard.window import Shown, Window
from scheduler.metrics import Meters
from settings.model import Run
from spiders.rendering import find_browser
from tests.dashboard.newsroom import ARABIC, COPIED, COPY, ENGLISH, INFO, NOTICE, PERSIAN, WARNING, Desk, Newsroom
from tests.dashboard.test_process import is_up
from tests.redis_servers import wait_until
from tests.running import BASEWATCH

PATIENCE_MS = 60_000
SCREENSHOTS = os.environ.get("BASEWATCH_SCREENSHOTS")
WIDE, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=800)
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "status of 404")
"""What Chromium says of connections that tests cut, and of a page that is not there."""
DARK = frozenset({"now", "arabic", "activity", "sources", "search"})
"""Between them they show every colour."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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


@contextmanager
def serve_site(newsroom: Newsroom, store: Store, run: Run) -> Iterator[str]:
    """The address of a dashboard."""
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
def address(newsroom: Newsroom, store: Store, run: Run) -> Iterator[str]:
    """A served dashboard."""
    with serve_site(newsroom, store, run) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A window that fails the test when a script does or the policy is broken."""
    with open_page(chromium, address) as page:
        yield page


@contextmanager
def open_page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=address, viewport=WIDE, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type == "error" and not any(expected in said.text for expected in EXPECTED)
            else None
        ),
    )
    page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield page
    context.close()
    assert troubles == []


def check_accessibility(page: Page, *, in_the_dark: bool) -> None:
    """All rules with everything unfolded; colours once more in the dark."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    # how to find every element that is right would be worked out too, for the most of the time
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    if in_the_dark:
        page.emulate_media(color_scheme="dark")
        colours = "axe.run({runOnly: {type: 'rule', values: ['color-contrast']}, resultTypes: ['violations']})"
        found += page.evaluate(colours)["violations"]
        page.emulate_media(color_scheme="light")
    assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found] == []


def take_pictures(page: Page, name: str) -> None:
    """Light and wide, dark and as on a phone."""
    if not SCREENSHOTS:
        return
    folder = Path(SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, size in (("light", WIDE), ("dark", PHONE)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal in a loop
        page.set_viewport_size(size)
        page.screenshot(path=folder / f"{name}-{scheme}-{size['width']}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)


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


@pytest.fixture(scope="module")
def gallery(
    chromium: Browser, newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, dict[str, str]]]:
    """A window, and the address of each kind of page over a store with something of everything."""
    folder = tmp_path_factory.mktemp("gallery")
    store, run = Store.open(f"sqlite:///{folder / 'store.sqlite'}"), Run(data_dir=folder / "data")
    with newsroom.open_desk(store, run) as desk:
        start = datetime.now(UTC) - timedelta(days=8, hours=3)
        told = {
            number: desk.tell(number, start + timedelta(days=place, minutes=25 * place))
            for place, number in enumerate((INFO, NOTICE, WARNING, PERSIAN, COPIED, COPY, ENGLISH, ARABIC))
        }
        now = datetime.now(UTC)
        store.ack_alerts([told[WARNING]], now, "Nour", "The spokesman said this before; see the file.")
        store.add_mute("alert", told[NOTICE], now, by="Sam", until=now + timedelta(hours=8), reason="an exercise")
        desk.revise(ENGLISH, newsroom.page(ENGLISH)[1].raw.replace(b"Five rockets", b"Seven rockets"))
        desk.save("http://a.example/new", _tell_new_group(newsroom.analyse(ENGLISH)), newsroom.page(ENGLISH)[1])
    meters = Meters()
    meters.count_costs([("base-attacked", 0.0004), ("threat", 0.002)])
    meters.write(run.data_dir / "run")
    source = newsroom.settings.sources[0].name
    paths = {
        "now": "/",
        "english": f"/alerts/{told[ENGLISH]}",
        "arabic": f"/alerts/{told[ARABIC]}",
        "activity": "/activity?by=base&days=90",
        "day": f"/activity?by=base&days=30&on={now:%Y-%m-%d}",
        "sources": "/sources",
        "source": f"/sources/{source}",
        "rules": "/rules?when=SENTENCE(@base AND %23attack)",
        "rule": "/rules/base-attacked",
        "search": "/search?q=rockets OR قاعدة",
        "entities": "/entities",
        "entity": "/entities/ain-al-asad",
        "suggestions": "/entities/suggestions",
        "error": "/entities/nobody",
    }
    with serve_site(newsroom, store, run) as address, open_page(chromium, address) as page:
        yield page, paths
    store.close()


def _tell_new_group(analysis: Analysis) -> Analysis:
    body = "A group that calls itself the Sons of the Dawn said it was behind it. " + analysis.article.body
    start = body.index("Sons of the Dawn")
    found = NewGroup("Sons of the Dawn", Zone.BODY, start, start + 16)
    return replace(analysis, article=replace(analysis.article, body=body), new_groups=(found,))


PAGES = (
    *(
        "now",
        "english",
        "arabic",
        "activity",
        "day",
        "sources",
        "source",
        "rules",
        "rule",
        "search",
        "entities",
        "entity",
    ),
    *("suggestions", "error"),
)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_accessible_fits_a_phone_and_has_landmarks(
    gallery: tuple[Page, dict[str, str]], name: str
) -> None:
    page, paths = gallery
    page.goto(paths[name])
    take_pictures(page, name)
    assert page.locator("main h1").count() == 1
    assert page.get_by_role("navigation", name="Pages").count() == 1
    check_accessibility(page, in_the_dark=name in DARK)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= 360"), f"{name} is wider than a phone"
    page.set_viewport_size(WIDE)


def test_the_line_of_a_name_to_add_is_copied_with_one_click(gallery: tuple[Page, dict[str, str]]) -> None:
    page, paths = gallery
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(paths["suggestions"])
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    line = page.locator("pre").first.text_content()
    assert page.evaluate("navigator.clipboard.readText()") == line
    assert line is not None
    assert line.startswith("sons-of-the-dawn: {name:")


def test_the_keyboard_alone_opens_an_alert_acknowledges_it_and_narrows_the_list(
    page: Page, desk: Desk, store: Store
) -> None:
    alert_id = desk.tell(ENGLISH)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    press_until(page, f"#a-{alert_id} h2 a")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("rockets")
    press_until(page, "button[aria-label^=Acknowledge]")
    page.keyboard.press("Enter")
    expect(page.locator(".meta")).to_contain_text("acknowledged by")
    triaged = store.read_alert(alert_id, datetime.now(UTC))
    assert triaged is not None
    assert triaged.ack is not None
    page.goto("/activity")
    press_until(page, "svg.map a")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("base="))


def test_a_click_on_a_bar_of_the_timeline_shows_what_was_told_on_that_day(page: Page, desk: Desk) -> None:
    alert_id = desk.tell(ENGLISH)
    page.goto("/activity")
    page.locator(".picks a").last.click()
    expect(page).to_have_url(re.compile(f"on={datetime.now(UTC):%Y-%m}"))
    page.locator(f"a[href='/alerts/{alert_id}']").click()
    expect(page.locator("h1")).to_contain_text("rockets")


def press_until(page: Page, selector: str, most: int = 120) -> None:
    """Tab to it, and see that what has the focus shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_an_expression_is_tried_as_it_is_typed_and_words_are_found(page: Page, desk: Desk) -> None:
    desk.tell(ARABIC)
    page.goto("/rules")
    page.get_by_role("textbox", name="Expression").fill("SENTENCE(@base AND")
    expect(page.locator("#trial [role=alert]")).to_contain_text("line 1, column")
    page.get_by_role("textbox", name="Expression").fill("SENTENCE(@base AND #attack)")
    expect(page.locator("#trial")).to_contain_text("1 of 1 articles")
    page.goto("/search")
    page.get_by_label("Words").fill("قاعده")  # ة and ه are one letter to readers
    page.keyboard.press("Enter")
    expect(page.locator("article mark").first).to_contain_text("قاعدة")
    page.locator("aside").get_by_role("link", name="Ain al-Asad Air Base").click()
    expect(page).to_have_url(re.compile("entity=ain-al-asad"))
    page.locator("article h3 a").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the evidence").click()
    with zipfile.ZipFile(waiting.value.path()) as bundle:
        assert bundle.testzip() is None
        assert any(name.endswith(".warc.gz") for name in bundle.namelist()), bundle.namelist()


@contextmanager
def run_demo(folder: Path) -> Iterator[str]:
    """`basewatch demo` as users start it; the address of its dashboard."""
    command = [*BASEWATCH, "demo", "--pace", "0.7", "--keep", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as demo:
        try:
            deadline = time.monotonic() + PATIENCE_MS / 1000
            while not (address := _find_dashboard(folder)) or not is_up(address):
                assert demo.poll() is None, "the demo has ended"
                assert time.monotonic() < deadline, "the demo has no dashboard"
                time.sleep(0.1)
            yield f"http://{address}"
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def _find_dashboard(folder: Path) -> str:
    config = folder / "run.yaml"
    found = re.search(r"dashboard: *[\"']?([\d.]+:\d+)", config.read_text()) if config.exists() else None
    return found[1] if found else ""


def test_the_demo_is_watched_from_an_alert_that_appears_to_its_evidence(chromium: Browser, tmp_path: Path) -> None:
    with run_demo(tmp_path / "demo") as address, open_page(chromium, address) as page:
        page.goto("/")
        expect(page.locator("#live")).to_contain_text("Live")
        page.evaluate("window.there = [...document.querySelectorAll('#alerts > li')].map(each => each.id)")
        # asked from here: the page's own rules let no text be run as a script
        new = "[...document.querySelectorAll('#alerts > li')].some(each => !window.there.includes(each.id))"
        wait_until(lambda: page.evaluate(new), timeout_s=60)

        page.locator("#alerts h2:dir(rtl) a", has_text="قاعدة عين الأسد").first.click()
        alert_id = page.url.rpartition("/")[2]
        told = page.request.get(f"/api/alerts/{alert_id}").json()
        text = page.request.get(f"/api/alerts/{alert_id}/texts").json()[-1]["article"]
        marked = page.locator("mark").all_text_contents()
        terms = [term for hit in told["hits"] for term in hit["terms"] if term["zone"] in {"title", "body"}]
        assert terms
        for term in terms:
            assert text[term["zone"]][term["start"] : term["end"]] == term["text"]
            assert any(term["text"] in each or each in term["text"] for each in marked), term
        page.get_by_role("button", name="Acknowledge").first.click()
        expect(page.locator(".meta")).to_contain_text("acknowledged by")
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Download the evidence").click()
        with zipfile.ZipFile(waiting.value.path()) as bundle:
            assert any(name.endswith(".warc.gz") for name in bundle.namelist()), bundle.namelist()

        page.goto("/?unacked=true")
        expect(page.locator("#alerts > li").first).to_be_visible()
        expect(page.locator(f"#a-{alert_id}")).to_have_count(0)
        page.goto(f"/search?q={quote('قاعده عین')}")
        expect(page.locator(f"article h3 a[href='/alerts/{alert_id}']")).to_be_visible()


def test_everything_works_without_scripts(chromium: Browser, address: str, desk: Desk, store: Store) -> None:
    alert_id = desk.tell(ENGLISH)
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?severity=critical")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page).to_have_url(f"{address}/?severity=critical")
    expect(page.locator(f"#a-{alert_id}")).to_contain_text("acknowledged by")
    context.close()
