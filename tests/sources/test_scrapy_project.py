"""The shipped Scrapy settings, line by line, and Scrapy's own commands from the project's root."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.settings import Settings

from settings.model import Run, Source
from spiders.live import make_scrapy_settings
from tests.sources.conftest import Crawl
from tests.website import Item, Website

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


@pytest.fixture
def shipped() -> Settings:
    settings = Settings()
    settings.setmodule("settings.scrapy_project", priority="project")
    return settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELNETCONSOLE_ENABLED", False),
        ("REMOTE_CONTROL_ENABLED", False),
        ("TWISTED_REACTOR", "twisted.internet.asyncioreactor.AsyncioSelectorReactor"),
        ("HTTPPROXY_ENABLED", False),
        ("DOWNLOAD_MAXSIZE", 4 * MIB),
        ("DOWNLOAD_WARNSIZE", 2 * MIB),
        ("DOWNLOAD_TIMEOUT", 30),
        ("CONCURRENT_REQUESTS", 64),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 1),
        ("DOWNLOAD_DELAY", 3),
        ("DOWNLOAD_DELAY_JITTER", 0),
        ("REDIRECT_MAX_TIMES", 5),
        ("REDIRECT_ENABLED", False),
        ("METAREFRESH_ENABLED", False),
        ("COOKIES_ENABLED", False),
        ("REFERER_ENABLED", False),
        ("ROBOTSTXT_OBEY", False),
        ("URLLENGTH_LIMIT", 2083),
        ("MEMUSAGE_LIMIT_MB", 2048),
        ("DUPEFILTER_CLASS", "scrapy.dupefilters.BaseDupeFilter"),
        ("SPIDER_MODULES", ["spiders"]),
    ],
)
def test_a_setting_has_the_value_that_safety_or_manners_ask_for(shipped: Settings, name: str, value: object) -> None:
    assert shipped[name] == value
    assert shipped.getpriority(name) == 20, "not set by the project"


def test_only_http_and_https_have_a_handler_and_it_is_ours(shipped: Settings) -> None:
    handlers = shipped.getwithbase("DOWNLOAD_HANDLERS")
    assert dict(handlers) == {
        "http": "spiders.transport.GuardedHandler",
        "https": "spiders.transport.GuardedHandler",
    }


def test_raw_bodies_are_kept_and_robots_txt_asked_by_our_own_middlewares(shipped: Settings) -> None:
    middlewares = shipped.getwithbase("DOWNLOADER_MIDDLEWARES")
    assert middlewares["spiders.middleware.RobotsGate"] is not None
    assert middlewares["spiders.middleware.Unpacking"] < middlewares["spiders.middleware.RedirectGate"]
    assert not [name for name in middlewares if name.startswith("scrapy.")]


def test_the_user_agent_names_us_and_the_daemon_adds_the_contact(shipped: Settings) -> None:
    assert shipped["USER_AGENT"].startswith("basewatch/")
    assert make_scrapy_settings(Run(contact="https://desk.example/bot"))["USER_AGENT"].endswith(
        " (+https://desk.example/bot)"
    )


def test_nothing_listens_while_the_spider_runs(make_crawl: Callable[..., Crawl], source: Source) -> None:
    before = _listening_ports()
    make_crawl(source)
    assert _listening_ports() <= before


def test_scrapy_list_names_the_spider_from_the_root() -> None:
    assert _run_scrapy("list").stdout.split() == ["outlets"]


def test_scrapy_crawl_polls_one_source_once_and_exports_what_it_found(site: Website, tmp_path: Path) -> None:
    site.feed("/rss.xml", [Item("One", site.url("/1"), guid="g1"), Item("Bad", "javascript:alert(1)")])
    site.page("/1", "<p>text</p>")
    result = _crawl_local(site, tmp_path, "local-feed")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line.get("title") for line in lines] == ["One", "Bad", None], result.stderr
    assert lines[1]["problem"]
    assert (lines[2]["url"], lines[2]["status"], lines[2]["bytes"]) == (site.url("/1"), 200, 11)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("path", ["/no-such-feed", "/page"])
def test_scrapy_crawl_says_what_was_wrong_without_a_traceback(site: Website, tmp_path: Path, path: str) -> None:
    site.page("/page", "<html><body>no feed</body></html>")
    result = _crawl_local(site, tmp_path, "local-feed", path)
    assert "local-feed" in result.stderr
    assert "Traceback" not in result.stderr


def test_scrapy_crawl_of_an_unknown_source_names_the_known_ones(site: Website, tmp_path: Path) -> None:
    result = _crawl_local(site, tmp_path, "nobody")
    assert "no source 'nobody'; there are: local-feed" in result.stderr
    assert "Traceback" not in result.stderr


def _crawl_local(site: Website, folder: Path, source: str, path: str = "/rss.xml") -> subprocess.CompletedProcess[str]:
    entry = {"feed": site.url(path), "allow_private": True, "delay": "0s"}
    outlet = {"name": "Local", "homepage": site.url("/"), "language": "en", "sources": [entry]}
    (folder / "sources.yaml").write_text(json.dumps({"outlets": {"local": outlet}}))
    out = folder / "out.jsonl"
    return _run_scrapy("crawl", "outlets", "-a", f"source={source}", "-a", f"config={folder}", "-O", str(out))


def _run_scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    strict = ("-W", "error::scrapy.exceptions.ScrapyDeprecationWarning")
    command = [sys.executable, *strict, "-m", "scrapy", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=ROOT)


def _listening_ports() -> set[str]:
    """Local addresses in state LISTEN of this machine, from the kernel's own table; Linux only."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("reads /proc")
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    own = {link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own}
