"""`render: true` with a real Chromium: it sees what scripts make of a page, and has no way to the network but ours."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from crawler.errors import RenderError
from crawler.models import FetchFailure, Page
from spiders.rendering import find_browser
from tests.sources.conftest import FAST, Crawl, make_source
from tests.website import Answer, Item, Seen, Website

PATIENT = FAST.model_copy(update={"fetch_timeout": timedelta(seconds=40)})
BRIEF = FAST.model_copy(update={"fetch_timeout": timedelta(seconds=6)})
APP = """<!doctype html><html><head><title>Wire</title><script src="/app.js"></script></head>
<body><main id="story">Please enable JavaScript.</main>
<img src="/pixel.png"><video src="/clip.mp4"></video></body></html>"""
SCRIPT = """fetch("/api/story.json").then(r => r.json()).then(s => {
  document.getElementById("story").innerHTML = "<h1>" + s.title + "</h1><p>" + s.text + "</p>";
});"""


@pytest.fixture(scope="module", autouse=True)
def browser() -> str:
    try:
        return find_browser()
    except RenderError as error:
        (pytest.fail if "CI" in os.environ else pytest.skip)(str(error))


@pytest.fixture
def app(site: Website) -> Website:
    site.page("/app", APP)
    site.page("/app.js", SCRIPT, content_type="application/javascript")
    site.page(
        "/api/story.json", '{"title": "Drones strike", "text": "Al-Asad was hit."}', content_type="application/json"
    )
    return site


def test_a_rendered_article_is_what_its_scripts_made_and_keeps_what_came(
    make_crawl: Callable[..., Crawl], app: Website
) -> None:
    source = make_source(app, render=True)
    page = make_crawl(source, run=PATIENT).fetch(app.url("/app"), source)
    assert isinstance(page, Page), page
    assert b"<h1>Drones strike</h1><p>Al-Asad was hit.</p>" in page.body
    assert page.original is not None
    assert page.original.body == APP.encode()
    assert (page.header("X-Basewatch-Rendered-By") or "").startswith("Chromium/")
    assert sorted(app.paths()) == ["/api/story.json", "/app", "/app.js", "/robots.txt"], (
        "no images, no media, no doubles"
    )
    assert {seen.headers["user-agent"].partition("/")[0] for seen in app.requests} == {"basewatch"}


def test_a_section_is_rendered_when_it_is_polled_and_a_feed_never_is(
    make_crawl: Callable[..., Crawl], app: Website
) -> None:
    section = make_source(app, path="/app", kind="section", render=True)
    feed = make_source(app, name="feed", render=True)
    app.feed("/rss.xml", [Item("A", app.url("/app"))])
    crawl = make_crawl(section, feed, run=PATIENT)
    rendered, plain = crawl.poll(section), crawl.poll(feed)
    assert isinstance(rendered, Page), rendered
    assert isinstance(plain, Page), plain
    assert b"Drones strike" in rendered.body
    assert rendered.header("etag") is None
    assert plain.original is None


def test_parts_that_robots_txt_forbids_are_not_fetched(make_crawl: Callable[..., Crawl], app: Website) -> None:
    app.robots("User-agent: *\nDisallow: /api/")
    source = make_source(app, render=True)
    page = make_crawl(source, run=PATIENT).fetch(app.url("/app"), source)
    assert isinstance(page, Page), page
    assert b"Please enable JavaScript" in page.body
    assert "/api/story.json" not in app.paths()


class Canary:
    """Listens on loopback, TCP and UDP, and counts whoever comes."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        for listen in (self._accept, self._receive):
            threading.Thread(target=listen, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                self.tcp.accept()[0].close()
                self.visits.append("tcp")
        except OSError:
            return

    def _receive(self) -> None:
        try:
            while True:
                self.udp.recvfrom(2048)
                self.visits.append("udp")
        except OSError:
            return


@contextmanager
def open_canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.tcp.close()
    canary.udp.close()


def make_hostile(bad: str, port: int) -> str:
    """Every way to the network that a page has, each to the canary under the names of loopback."""
    hosts = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.0.0.1.nip.io")
    fetches = "".join(
        f'attempt(() => fetch("http://{host}:{port}/f", {{mode: "no-cors"}}));'
        f'attempt(() => fetch("http://{host}:{port}/p", {{method: "POST", body: "x", mode: "no-cors"}}));'
        f'attempt(() => navigator.sendBeacon("http://{host}:{port}/b", "x"));'
        f'attempt(() => new WebSocket("ws://{host}:{port}/w"));'
        f'attempt(() => new EventSource("http://{host}:{port}/e"));'
        f'attempt(() => {{ const i = new Image(); i.src = "http://{host}:{port}/i"; }});'
        f'attempt(() => add("script", {{src: "http://{host}:{port}/s.js"}}));'
        f'attempt(() => add("iframe", {{src: "http://{host}:{port}/frame"}}));'
        f'attempt(() => add("link", {{rel: "prefetch", href: "http://{host}:{port}/pre"}}));'
        f'attempt(() => add("link", {{rel: "preconnect", href: "http://{host}:{port}/"}}));'
        f'attempt(() => add("link", {{rel: "dns-prefetch", href: "//{host}:{port}/"}}));'
        f'attempt(() => add("link", {{rel: "stylesheet", href: "http://{host}:{port}/css"}}));'
        f'attempt(() => add("object", {{data: "http://{host}:{port}/o"}}));'
        f'attempt(() => add("embed", {{src: "http://{host}:{port}/em"}}));'
        f'attempt(() => window.open("http://{host}:{port}/open"));'
        for host in hosts
    )
    return f"""<!doctype html><html><head><title>Hostile</title>
    <link rel="preload" as="script" href="http://127.0.0.1:{port}/preload.js">
    <script type="speculationrules">{{"prefetch": [{{"urls": ["http://127.0.0.1:{port}/spec"]}}]}}</script></head><body>
    <p>The text that everybody sees.</p><script>
    const attempt = f => {{ try {{ const p = f(); if (p && p.catch) p.catch(() => 0); }} catch (e) {{}} }};
    const add = (tag, values) => document.body.appendChild(Object.assign(document.createElement(tag), values));
    {fetches}
    attempt(() => fetch("{bad}", {{mode: "no-cors"}}));
    attempt(() => navigator.serviceWorker.register("/sw.js"));
    attempt(() => new Worker("/worker.js"));
    attempt(() => new SharedWorker("/worker.js"));
    for (const scheme of ["stun", "turn"]) for (const way of ["udp", "tcp"]) attempt(() => {{
      const c = new RTCPeerConnection({{iceServers: [{{urls: scheme + ":127.0.0.1:{port}" +
        (scheme == "turn" ? "?transport=" + way : ""), username: "u", credential: "c"}}]}});
      c.createDataChannel("x"); c.createOffer().then(o => c.setLocalDescription(o));
      c.addIceCandidate({{candidate: "candidate:1 1 " + way + " 2122260223 127.0.0.1 {port} typ host", sdpMid: "0"}})
        .catch(() => 0);
    }});
    attempt(() => {{ const t = new WebTransport("https://127.0.0.1:{port}/wt"); t.ready.catch(() => 0); }});
    document.body.appendChild(Object.assign(document.createElement("p"), {{textContent: "All was tried."}}));
    </script></body></html>"""


def test_a_hostile_page_reaches_nothing_on_this_machine(make_crawl: Callable[..., Crawl], site: Website) -> None:
    with open_canary() as canary:
        way = f"http://127.0.0.1:{canary.port}"
        site.redirect("/lead.js", f"{way}/redirected")
        site.page("/sw.js", f'fetch("{way}/sw")', content_type="application/javascript")
        worker = (
            f'importScripts("{way}/imported.js"); fetch("{way}/worker"); new WebSocket("ws://127.0.0.1:{canary.port}")'
        )
        site.page("/worker.js", worker, content_type="application/javascript")
        site.page("/hostile", make_hostile(site.url("/lead.js"), canary.port))
        source = make_source(site, render=True)
        page = make_crawl(source, run=PATIENT).fetch(site.url("/hostile"), source)
        assert isinstance(page, Page), page
        assert b"All was tried." in page.body
        assert "/lead.js" in site.paths(), "the page was not given its chance"
        time.sleep(1)
        assert canary.visits == []


@pytest.mark.parametrize(
    ("way", "refresh"),
    [
        ("<script>location = '{0}'</script>", None),
        ("<meta http-equiv=refresh content='0;url={0}'>", None),
        ("", "0;url={0}"),
        ("<form id=f action='{0}'></form><script>f.submit()</script>", None),
        ("<script>location.reload()</script>", None),
        ("<script>location = 'about:blank'</script>", None),
    ],
)
def test_a_page_that_sends_the_browser_elsewhere_leads_nowhere_and_is_read_all_the_same(
    make_crawl: Callable[..., Crawl], site: Website, way: str, refresh: str | None
) -> None:
    with open_canary() as canary:
        elsewhere = f"http://127.0.0.1:{canary.port}/"
        headers = {"Refresh": refresh.format(elsewhere)} if refresh else {}
        site.page("/jump", "<p>Text</p>" + way.format(elsewhere), headers=headers)
        source = make_source(site, render=True)
        page = make_crawl(source, run=PATIENT).fetch(site.url("/jump"), source)
        assert isinstance(page, Page), page
        assert b"<p>Text</p>" in page.body
        assert canary.visits == []


def test_a_page_that_only_changes_what_its_address_looks_like_is_what_its_scripts_made(
    make_crawl: Callable[..., Crawl], app: Website
) -> None:
    app.page("/app.js", f"history.pushState(null, '', '/story/1'); {SCRIPT}", content_type="application/javascript")
    source = make_source(app, render=True)
    page = make_crawl(source, run=PATIENT).fetch(app.url("/app"), source)
    assert isinstance(page, Page), page
    assert b"<h1>Drones strike</h1>" in page.body


@pytest.mark.parametrize(
    "script", ["while (true) {}", "const a = []; while (true) a.push(new Array(1e6).fill(Math.random()))"]
)
def test_a_page_that_hangs_or_eats_memory_costs_itself_only(
    make_crawl: Callable[..., Crawl], app: Website, script: str
) -> None:
    app.page("/bad", f"<p>Text</p><script>{script}</script>")
    source = make_source(app, render=True)
    crawl = make_crawl(source, run=BRIEF)
    bad = crawl.fetch(app.url("/bad"), source)
    assert isinstance(bad, FetchFailure), bad
    assert bad.kind in ("timeout", "too_large", "bad_content")
    good = make_crawl(source, run=PATIENT).fetch(app.url("/app"), source)
    assert isinstance(good, Page), good
    assert b"Drones strike" in good.body


def test_a_page_that_asks_without_end_is_taken_as_it_is(make_crawl: Callable[..., Crawl], site: Website) -> None:
    asked: list[Seen] = []

    def answer(seen: Seen) -> Answer:
        asked.append(seen)
        return Answer(headers=[("Content-Type", "application/json")], body=b"{}")

    site.script("/api/more", answer)
    site.page("/endless", "<p>Text</p><script>const go = () => fetch('/api/more').then(go, go); go()</script>")
    source = make_source(site, render=True)
    page = make_crawl(source, run=PATIENT).fetch(site.url("/endless"), source)
    assert isinstance(page, Page), page
    assert b"<p>Text</p>" in page.body
    assert len(asked) <= 100
