"""The past of a source, by a process of its own: in a budget, resumed, counted, told to nobody unless asked."""

import gzip
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.archive.warc import ArchiveWriter, iterate_pages
from crawler.errors import ArchiveError
from crawler.models import Outcome, Page
from spiders.archives import ask_wayback
from spiders.commoncrawl import read_record_page
from spiders.periods import Span
from tests.redis_servers import wait_until
from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place
from tests.website import Answer, Seen, Website


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[tuple[Place, Website]]:
    """An outlet whose sitemap names five articles of March 2025 and one of another year; none is in its feed."""
    place = make_place(tmp_path / "place")
    with Website() as site:
        site.page("/robots.txt", f"User-agent: *\nSitemap: {site.url('/index.xml')}\n", content_type="text/plain")
        child = f"<sitemap><loc>{site.url('/posts.xml')}</loc><lastmod>2025-03-20</lastmod></sitemap>"
        site.page("/index.xml", f"<sitemapindex>{child}</sitemapindex>", content_type="application/xml")
        dates = [*(f"2025-03-{day:02}" for day in range(1, 6)), "2020-01-01"]
        entries = (f"<url><loc>{site.url(f'/a/{n}')}</loc><lastmod>{at}</lastmod></url>" for n, at in enumerate(dates))
        site.page("/posts.xml", f"<urlset>{''.join(entries)}</urlset>", content_type="application/xml")
        for number in range(6):
            text = BASE_ATTACK if number == 2 else f"Farmers of village {number} began the harvest."
            site.page(f"/a/{number}", make_article(f"Article {number}", text, FILLER))
        place.watch(site, "/rss.xml")
        yield place, site


def backfill(place: Place, *words: str) -> dict[str, object]:
    done = place.command(
        "backfill", "feed-0", "--since", "2025-03-01", "--until", "2025-04-01", "--json", *words, timeout_s=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, object] = json.loads(done.stdout)  # one object and nothing else
    return told


def asked(site: Website) -> list[str]:
    return [seen.path for seen in site.requests if seen.path.startswith("/a/")]


def assert_closed(place: Place, outcomes: dict[Outcome, int]) -> None:
    rows = place.ledger()
    assert {row.source for row in rows} == {"backfill:feed-0"}
    assert all(row.closes for row in rows)
    assert sum((row.outcomes.get(Outcome.HIT, 0) for row in rows), 0) == outcomes.get(Outcome.HIT, 0)
    assert sum((row.outcomes.get(Outcome.NO_HIT, 0) for row in rows), 0) == outcomes.get(Outcome.NO_HIT, 0)


def test_a_budget_ends_a_run_and_the_next_goes_on_where_it_was(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    first = backfill(place, "--max-pages", "2")
    assert (first["asked"], first["new"], first["is_done"]) == (2, 5, False)
    second = backfill(place)
    assert (second["asked"], second["new"], second["is_done"]) == (3, 0, True)
    assert sorted(asked(site)) == [f"/a/{number}" for number in range(5)], "each once, the other year never"
    assert sum(seen.path == "/posts.xml" for seen in site.requests) == 1
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})
    assert place.stream() == [], "nobody is told"
    assert place.command("archive", "verify").returncode == 0


def test_of_each_host_a_run_asks_for_no_more_than_its_share(outlet: tuple[Place, Website], tmp_path: Path) -> None:
    place, site = outlet
    with Website() as other:  # whose address nobody declared: the guard answers for it, and it counts as asked for
        listed = tmp_path / "listed.txt"
        listed.write_text("\n".join([*(site.url(f"/a/{number}") for number in range(3)), other.url("/a/9")]), "utf-8")
        words = ["--via", "list", "--list", str(listed)]
        first = backfill(place, *words, "--per-host", "1")
        assert (first["asked"], len(asked(site)), first["is_done"]) == (2, 1, False), "one of each"
        assert backfill(place, *words)["asked"] == 2
        assert sorted(asked(site)) == ["/a/0", "/a/1", "/a/2"], "what was left, and nothing twice"
        assert asked(other) == []


def test_an_address_that_is_too_long_is_counted_wherever_it_stands(
    outlet: tuple[Place, Website], tmp_path: Path
) -> None:
    """In a list, and behind redirects of pages that it names."""
    place, site = outlet
    site.redirect("/long", "/a/" + "x" * 3000)
    site.redirect("/longest", "/a/" + "x" * 200_000)
    listed = tmp_path / "listed.txt"
    named = ["/a/0", "/a/" + "y" * 3000, "/a/" + "z" * 200_000, "/long", "/longest"]
    listed.write_text("\n".join(map(site.url, named)), "utf-8")
    told = backfill(place, "--via", "list", "--list", str(listed))
    assert (told["asked"], told["new"]) == (3, 5)
    assert {path[:8]: outcome for path, outcome in place.outcomes().items()} == {
        "/a/0": Outcome.NO_HIT,
        "/a/yyyyy": Outcome.OUT_OF_SCOPE,
        "/a/zzzzz": Outcome.OUT_OF_SCOPE,
        "/long": Outcome.OUT_OF_SCOPE,
        "/longest": Outcome.UNREADABLE,  # no head of an answer may be as long
    }
    assert place.command("archive", "verify").returncode == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--since", "2025-04-01", "--until", "2025-03-01"), "nothing lies between 2025-04-01"),
        (("--since", "2025-03-01", "--via", "list", "--list", "{list}"), "holds no address of a page"),
        (("--since", "2025-03-01", "--via", "pages"), "say where feed-0 lists its past"),
        (
            ("--since", "2025-03-01", "--via", "pages", "--from", "archive/{{page}}"),
            "needs an address that begins with",
        ),
    ],
)
def test_a_wish_that_nothing_can_come_of_is_refused(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    place, listed = make_place(tmp_path / "place"), tmp_path / "list.txt"
    listed.write_bytes(bytes(range(256)))
    with Website() as site:
        place.watch(site, "/rss.xml")
        done = place.command("backfill", "feed-0", *(word.format(list=listed) for word in words))
    assert (done.returncode, told in done.stderr) == (2, True), done.stdout + done.stderr


def test_a_list_of_the_past_in_which_no_article_is_known_is_told(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    items = "".join(f'<li><a href="/a/{number}">Article {number}</a></li>' for number in range(3))
    site.page("/archive", f"<html><body><ul>{items}</ul></body></html>")
    words = ["--since", "2025-03-01", "--via", "pages", "--from", site.url("/archive")]
    done = place.command("backfill", "feed-0", *words)
    told = f"{site.url('/archive')}: none of its 3 links has the form of an article's; say which with past_links:"
    assert (done.returncode, told in done.stdout) == (1, True), done.stdout + done.stderr
    assert told in place.command("ledger", "--source", "backfill:feed-0", "--polls", "9").stdout


def test_a_killed_run_loses_nothing(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    site.page("/a/4", make_article("Slow", "Slow.", FILLER), delay_s=60)
    with place.start("backfill", "feed-0", "--since", "2025-03-01", "--until", "2025-04-01") as (process, _, _):
        wait_until(lambda: "/a/4" in asked(site), 300)
        process.kill()
    site.page("/a/4", make_article("Slow", "It came at last.", FILLER))
    assert backfill(place)["is_done"]
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})


def test_a_run_that_is_stopped_finishes_the_page_that_it_has_asked_for(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    site.page("/a/3", make_article("Slow", "Slow.", FILLER), delay_s=4)
    with place.start("backfill", "feed-0", "--since", "2025-03-01", "--until", "2025-04-01") as (process, shown, _):
        wait_until(lambda: "/a/3" in asked(site), 300)
        process.send_signal(signal.SIGTERM)
        code = process.wait(100)
    assert (code, "the same command goes on from here" in shown.read_text()) == (0, True), shown.read_text()
    assert backfill(place)["is_done"]
    assert sorted(asked(site)) == [f"/a/{number}" for number in range(5)], "none twice"
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})


def test_alerts_are_sent_when_asked_for_and_say_what_they_are(outlet: tuple[Place, Website]) -> None:
    place, _ = outlet
    backfill(place, "--alert")
    store = place.store()
    [alert] = store.read_alerts()
    store.close()
    assert alert.replay


def test_captures_of_the_wayback_machine_are_known_by_the_outlets_addresses(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    rows = [["timestamp", "original"], ["20250310120000", site.url("/a/2")]]
    span = Span(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))
    asked_for = urlsplit(ask_wayback(site.url("/cdx/search/cdx"), "127.0.0.1", span))
    site.page(f"{asked_for.path}?{asked_for.query}", json.dumps(rows), content_type="application/json")
    captured = f"/web/20250310120000id_/{site.url('/a/2')}"
    site.page(captured, make_article("Drones strike Ain al-Asad", BASE_ATTACK, FILLER))
    told = backfill(place, "--via", "wayback", "--cdx", site.url("/cdx/search/cdx"))
    assert (told["asked"], told["new"], told["is_done"]) == (1, 1, True)
    assert asked(site) == []
    again = backfill(place)
    assert again["new"] == 4, "the fifth is the one that the archive had"
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})


def test_the_outlets_own_archive_pages_are_read_by_day_and_a_day_without_one_is_none(
    outlet: tuple[Place, Website],
) -> None:
    place, site = outlet
    for day, numbers in (("2025/03/02", (1, 2)), ("2025/03/03", (3,))):
        items = "".join(f'<li><a href="/a/{number}">A headline of article {number}</a></li>' for number in numbers)
        site.page(f"/archive/{day}", f"<html><body><ul>{items}</ul></body></html>")
    place.watch(site, "/rss.xml", past_links='{css: "li > a"}')  # too few and too short to learn their form from
    where = site.url("/archive/{year}/{month}/{day}")
    words = ["--via", "pages", "--from", where, "--until", "2025-03-04"]
    told = backfill(place, *words, "--max-pages", "1")
    assert (told["asked"], told["is_done"]) == (1, False)
    told = backfill(place, *words)
    assert (told["asked"], told["failed"], told["is_done"]) == (2, 0, True)
    assert sorted(asked(site)) == ["/a/1", "/a/2", "/a/3"]
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 2})


def test_lists_that_lead_back_to_each_other_are_read_once(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    for path, others in (("/index.xml", ("/index.xml", "/more.xml")), ("/more.xml", ("/index.xml", "/posts.xml"))):
        children = "".join(f"<sitemap><loc>{site.url(other)}</loc></sitemap>" for other in others)
        site.page(path, f"<sitemapindex>{children}</sitemapindex>", content_type="application/xml")
    for path, after, number in (("/past", "/past/2", 1), ("/past/2", "/past/3", 2), ("/past/3", "/past/2", 3)):
        item = f'<li><a href="/a/{number}">A headline of article {number}</a></li>'
        site.page(path, f'<html><body><ul>{item}</ul><a rel="next" href="{after}">Older</a></body></html>')
    place.watch(site, "/rss.xml", past_links='{css: "li > a"}')

    told = backfill(place)
    again = backfill(place, "--via", "pages", "--from", site.url("/past"))

    assert (told["asked"], told["failed"], told["is_done"]) == (5, 0, True)
    assert (again["seen"], again["new"], again["is_done"]) == (3, 0, True)
    lists = ("/index.xml", "/more.xml", "/posts.xml", "/past", "/past/2", "/past/3")
    assert [site.paths().count(path) for path in lists] == [1] * len(lists)


def test_an_index_that_invents_its_next_page_ends_with_its_share_and_is_gone_on_with(
    outlet: tuple[Place, Website],
) -> None:
    place, site = outlet

    for number in range(20):
        item = f'<li><a href="/a/{number}">A headline of article {number}</a></li>'
        older = f'<a rel="next" href="/past/{number + 1}">Older</a>'
        site.page(f"/past/{number}", f"<html><body><ul>{item}</ul>{older}</body></html>")
    place.watch(site, "/rss.xml", past_links='{css: "li > a"}')
    words = ["--via", "pages", "--from", site.url("/past/0")]
    first = backfill(place, *words, "--max-index", "3")
    assert (first["index_asked"], first["asked"], first["is_done"]) == (3, 3, False)
    second = backfill(place, *words, "--max-index", "2")
    assert (second["index_asked"], second["asked"], second["is_done"]) == (2, 2, False)
    assert [path for path in site.paths() if path.startswith("/past/")] == [f"/past/{number}" for number in range(5)]


def test_up_to_now_is_gone_on_with_however_long_it_takes_and_asked_anew_when_all_was_had(
    outlet: tuple[Place, Website],
) -> None:
    place, site = outlet

    def run(*words: str) -> tuple[object, ...]:
        done = place.command("backfill", "feed-0", "--since", "2025-03-01", "--json", *words, timeout_s=300)
        told = json.loads(done.stdout)
        return told["index_asked"], told["asked"], told["is_done"]

    lists = ("/robots.txt", "/index.xml", "/posts.xml")
    assert run("--max-index", "2") == (2, 0, False)
    assert run("--max-index", "2") == (1, 5, True), "from there on, though now is another moment"
    assert run() == (3, 0, True), "and for what came since from the beginning"
    # robots.txt is asked for by the manners of each run, too
    assert [site.paths().count(path) for path in lists] == [5, 2, 2]


def test_an_outlet_without_robots_txt_has_its_sitemap_where_most_have_theirs(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    site.forget("/robots.txt")
    missing = place.command("backfill", "feed-0", "--since", "2025-03-01", "--until", "2025-04-01", timeout_s=300)
    assert (missing.returncode, "/sitemap.xml: HTTP status 404" in missing.stdout) == (1, True), missing.stdout
    assert ("Nothing else is left" in missing.stdout, "There is more" in missing.stdout) == (1, 0)
    entries = "".join(f"<url><loc>{site.url(f'/a/{number}')}</loc></url>" for number in range(3))
    site.page("/sitemap.xml", f"<urlset>{entries}</urlset>", content_type="application/xml")
    told = backfill(place)
    assert (told["asked"], told["failed"], told["is_done"]) == (3, 0, True)


def write_news(folder: Path, site: Website) -> Path:
    """A file of Common Crawl's form: of three sites, one page of another time, one that was not found, one broken."""
    with ArchiveWriter(folder) as writer:
        for number in range(6):
            url = site.url(f"/a/{number}") if number % 2 else f"https://elsewhere.example/{number}"
            body = make_article(
                f"Article {number}", BASE_ATTACK if number == 3 else "Nothing of note.", FILLER
            ).encode()
            at = datetime(2025, 3, 10 if number < 5 else 25, tzinfo=UTC)
            page = Page(url, url, 200, (("Content-Type", "text/html"),), body, body, at)
            capture = writer.write(page)
        writer.write(replace(page, url=site.url("/a/9"), requested_url=site.url("/a/9"), status=404))
    path = folder / "CC-NEWS-20250310000000-00001.warc.gz"
    (folder / capture.file).rename(path)
    return path


def test_pages_of_news_files_on_the_disk_are_read_without_asking_anybody(
    outlet: tuple[Place, Website], tmp_path: Path
) -> None:
    place, site = outlet
    write_news(tmp_path / "news" / "2025" / "03", site)
    where = str(tmp_path / "news" / "{year}" / "{month}")
    words = ["--via", "commoncrawl", "--from", where, "--until", "2025-03-20"]
    first = backfill(place, *words, "--max-pages", "1")
    assert (first["seen"], first["asked"], first["left_out"], first["is_done"]) == (2, 1, 2, False)
    second = backfill(place, *words)
    assert (second["asked"], second["is_done"]) == (1, True)
    assert site.requests == []
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 1})
    assert place.command("archive", "verify").returncode == 0


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_a_news_file_whose_records_are_compressed_together_is_refused_with_the_remedy(
    outlet: tuple[Place, Website], tmp_path: Path, parts: int
) -> None:
    """By their places one page would have been read for another."""
    place, site = outlet
    path = write_news(tmp_path / "news", site)
    records = gzip.decompress(path.read_bytes()).split(b"WARC/1.1\r\n")[1:]
    some = [b"".join(b"WARC/1.1\r\n" + each for each in records[at::parts]) for at in range(parts)]
    path.write_bytes(b"".join(map(gzip.compress, some)))
    words = ["--since", "2025-03-01", "--until", "2025-04-01", "--via", "commoncrawl", "--from", str(path.parent)]

    told = place.command("backfill", "feed-0", *words, timeout_s=300)

    assert told.returncode == 1
    assert "compressed together; `warcio recompress` parts them" in " ".join(told.stdout.split())
    assert site.requests == []
    assert_closed(place, {})


def test_another_page_is_never_read_for_one(outlet: tuple[Place, Website], tmp_path: Path) -> None:
    path = write_news(tmp_path / "news", outlet[1])
    with pytest.raises(ArchiveError, match=r"another page, https://elsewhere\.example/0"):
        read_record_page(str(path), next(iterate_pages(path))[1].offset, outlet[1].url("/a/1"))  # type: ignore[union-attr]  # a page


def test_news_files_of_the_web_are_brought_by_stretches_and_gone_on_with_after_a_break(
    outlet: tuple[Place, Website], tmp_path: Path
) -> None:
    place, site = outlet
    path = write_news(tmp_path / "news", site)
    content, begins = path.read_bytes(), []

    def serve(seen: Seen) -> Answer:
        begin = int(seen.headers["range"].removeprefix("bytes=").partition("-")[0])
        begins.append(begin)
        part = content[begin : begin + 700]
        told = ("Content-Range", f"bytes {begin}-{begin + len(part) - 1}/{len(content)}")
        return Answer(503 if len(begins) == 3 else 206, [told, ("Content-Type", "application/octet-stream")], part)

    site.script(f"/crawl-data/CC-NEWS/2025/03/{path.name}", serve)
    listed = gzip.compress(f"crawl-data/CC-NEWS/2025/03/{path.name}\n".encode())
    site.page("/lists/2025/03/warc.paths.gz", listed, content_type="application/octet-stream")
    words = ["--via", "commoncrawl", "--from", site.url("/lists/{year}/{month}/warc.paths.gz"), "--until", "2025-03-20"]
    broken = place.command("backfill", "feed-0", "--since", "2025-03-01", *words, timeout_s=300)
    assert (broken.returncode, "HTTP status 503" in broken.stdout) == (1, True), broken.stdout
    told = backfill(place, *words)
    assert (told["asked"], told["new"], told["is_done"]) == (2, 2, True)
    assert sorted(set(begins)) == list(range(0, len(content), 700)), "each stretch, and from where it was"
    assert len(begins) == len(set(begins)) + 1
    assert not list((place.data / "backfill").glob("*/*"))
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 1})


def test_a_server_of_news_files_that_is_slow_is_asked_for_less_at_once(
    outlet: tuple[Place, Website], tmp_path: Path
) -> None:
    """Else the same stretch would come too late in every run."""
    place, site = outlet
    content, sizes = write_news(tmp_path / "news", site).read_bytes(), []

    def serve(seen: Seen) -> Answer:
        begin, _, end = seen.headers["range"].removeprefix("bytes=").partition("-")
        sizes.append(int(end) + 1 - int(begin))
        part = content[int(begin) : min(int(begin) + 1500, int(end) + 1)]
        told = ("Content-Range", f"bytes {begin}-{int(begin) + len(part) - 1}/{len(content)}")
        headers = [told, ("Content-Type", "application/octet-stream")]
        return Answer(206, headers, part, delay_s=60 if sizes[-1] > 1 << 20 and len(sizes) == 1 else 0)

    site.script("/news.warc.gz", serve)
    told = backfill(place, "--via", "commoncrawl", "--from", site.url("/news.warc.gz"), "--until", "2025-03-20")
    assert (told["asked"], told["failed"], told["is_done"]) == (2, 0, True)
    assert sizes[:3] == [4 << 20, 1 << 20, 2 << 20], "less after what came too late, more after what came"


@pytest.mark.parametrize("shorter", [0, 1])
def test_a_news_file_that_was_complete_when_a_run_was_killed_is_read_and_one_that_changed_is_brought_anew(
    outlet: tuple[Place, Website], tmp_path: Path, shorter: int
) -> None:
    """The kill is a server that promises a byte more than it has."""
    place, site = outlet
    path = write_news(tmp_path / "news", site)
    content, begins = path.read_bytes(), []

    def serve(seen: Seen) -> Answer:
        begin = int(seen.headers["range"].removeprefix("bytes=").partition("-")[0])
        begins.append(begin)
        if begin:
            return Answer(416, [("Content-Range", f"bytes */{len(content) - shorter}")])
        told = f"bytes 0-{len(content) - 1}/{len(content) + (len(begins) == 1)}"
        return Answer(206, [("Content-Range", told), ("Content-Type", "application/octet-stream")], content)

    site.script(f"/news/{path.name}", serve)
    words = ["--via", "commoncrawl", "--from", site.url(f"/news/{path.name}"), "--until", "2025-03-20"]
    if shorter:
        broken = place.command("backfill", "feed-0", "--since", "2025-03-01", *words, timeout_s=300)
        assert (broken.returncode, "shorter than what was brought" in broken.stdout) == (1, True), broken.stdout

    told = backfill(place, *words)

    assert (told["asked"], told["failed"], told["is_done"]) == (2, 0, True)
    assert begins == [0, len(content), *([0] if shorter else [])]


def test_a_daemon_and_a_backfill_together_keep_the_hosts_pause_and_the_daemon_comes_first(
    outlet: tuple[Place, Website],
) -> None:
    place, site = outlet
    pause_s = 0.4
    place.write("run.yaml", (place.folder / "run.yaml").read_text("utf-8").replace("delay: 0s", f"delay: {pause_s}s"))
    sources = (place.folder / "sources.yaml").read_text("utf-8")
    place.write("sources.yaml", sources.replace("delay: 0s", f"delay: {pause_s}s").replace("every: 1s", "every: 4s"))
    site.page("/rss.xml", "<rss><channel></channel></rss>", content_type="application/rss+xml")
    with place.daemon() as daemon:
        daemon.wait_for(lambda: sum(seen.path == "/rss.xml" for seen in site.requests) > 1, timeout_s=200)
        begun = time.monotonic()
        assert backfill(place)["is_done"]
        ended = time.monotonic()
        daemon.stop()
    during = [seen for seen in site.requests if begun <= seen.at <= ended]
    gaps = [after.at - before.at for before, after in pairwise(during)]
    assert len(asked(site)) == 5
    assert min(gaps) > 0.9 * pause_s, [(round(gap, 2), seen.path) for gap, seen in zip(gaps, during[1:], strict=True)]
    polls = [seen.at for seen in during if seen.path == "/rss.xml"]
    assert len(polls) >= (ended - begun) / 8, "of a poll every four seconds: it waits for one page and its pause"


def test_a_live_daemon_leaves_the_past_alone(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    backfill(place, "--max-pages", "1")
    site.page("/rss.xml", "<rss><channel></channel></rss>", content_type="application/rss+xml")
    with place.daemon() as daemon:
        daemon.wait_for(lambda: any(seen.path == "/rss.xml" for seen in site.requests), timeout_s=60)
        time.sleep(3)
        daemon.stop()
    assert len(asked(site)) == 1
    assert backfill(place)["is_done"]
