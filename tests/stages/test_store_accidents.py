import json
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from crawler.errors import StoreError
from crawler.models import SourceState
from crawler.store.polls import UNFINISHED
from crawler.store.schema import metadata
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, poll_of, save_links, seen

ROOT = Path(__file__).parents[2]


def run_python(*arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# ── kill -9 ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("act", ["migrate", "save_poll", "save_analysis"])
def test_a_process_killed_anywhere_leaves_nothing_half(new_database_url: str, act: str) -> None:
    *deaths, whole = [json.loads(line) for line in run_python("-m", "tests.stages.store_crash", new_database_url, act)]

    before = deaths[0]
    assert len(deaths) > 5
    assert all(left == before for left in deaths)
    assert whole != before


def test_a_poll_killed_between_its_portions_has_an_account_that_closes_and_is_repeated(new_database_url: str) -> None:
    """The same act after each death, as the daemon polls again: two portions of two links, one that is repeated, and a
    last one with the validators."""
    *deaths, whole = map(json.loads, run_python("-m", "tests.stages.store_crash", new_database_url, "save_portions"))

    assert len(deaths) > 10
    assert {each["closes"] for each in deaths} == {True}
    assert {each["etag"] for each in deaths} == {"old"}
    assert {each["pending"] for each in deaths} == {1, 2, 4}, "some died after one portion and after two"
    assert any(UNFINISHED in each["details"] for each in deaths)
    assert (whole["closes"], whole["etag"], whole["pending"]) == (True, "new", 6)
    assert whole["details"][0] == ""
    stored_before = deaths[-1]
    assert whole["seen"] - stored_before["seen"] == 7 + 4 + 3
    assert whole["new"] - stored_before["new"] == 6 - stored_before["pending"] + 4


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """SQLite's index of words is no table of the schema, nor are those that it keeps itself in."""
    return kind != "table" or not (name or "").startswith("article_words")


def test_the_migrations_make_the_tables_that_the_code_asks_for(store: Store) -> None:
    with store._read("compare") as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_basewatch_is_refused(new_database_url: str) -> None:
    store = Store.open(new_database_url)
    with store._write("pretend") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()

    with pytest.raises(StoreError, match=r"schema '9999'.*written by a newer one"):
        Store.open(new_database_url)


def test_several_processes_may_open_a_new_database_at_once(new_database_url: str) -> None:
    together = threading.Barrier(4)
    failures: list[BaseException] = []

    def open_store() -> None:
        together.wait()
        try:
            Store.open(new_database_url).close()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=open_store) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_opening_waits_for_a_writer_that_found_the_file_first(tmp_path: Path) -> None:
    """SQLite itself refuses at once to change the journal of a file that another one writes to."""
    path = tmp_path / "basewatch.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
        timer.start()
        Store.open(f"sqlite:///{path}").close()
        timer.join()


def test_a_new_database_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/new/folder/basewatch.sqlite")
    save_links(store, [seen("https://a.example/1")])

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "folder").iterdir()}

    store.close()
    assert modes == dict.fromkeys(("basewatch.sqlite", "basewatch.sqlite-wal", "basewatch.sqlite-shm"), 0o600)


def test_opening_the_database_again_takes_no_lock_away(sqlite_url: str) -> None:
    """SQLite's locks belong to the process: a file that is closed gives up those of every other connection to it, and
    a process that ends then deletes the write-ahead log that this one still writes to."""
    first = Store.open(sqlite_url)
    Store.open(sqlite_url).close()
    ends = "import sys; from crawler.store.store import Store; Store.open(sys.argv[1]).close()"
    run_python("-c", ends, sqlite_url)

    assert Path(f"{sqlite_url.removeprefix('sqlite:///')}-wal").exists()
    first.close()


def test_every_connection_to_sqlite_is_durable_and_patient(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    with store._read("one") as one, store._read("another") as another:
        pragmas = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        values = [[each.scalar(text(f"PRAGMA {name}")) for name in pragmas] for each in (one, another)]
    store.close()

    assert values == [["wal", 2, 30_000, 1]] * 2


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("no address", "the database URL is not one"),
        ("postgresql://watch:s3cr3t@database.example:s3cr3t:1/news", "are written as %XX"),
        ("mysql://localhost/news", "sqlite:///... or postgresql://..., not mysql"),
        ("sqlite://", "needs a file"),
        ("sqlite:////dev/null/basewatch.sqlite", "cannot be opened"),
        ("postgresql://127.0.0.1:1/news", "open the database: .*connection"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_reason_and_without_its_password(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as refused:
        Store.open(url)
    assert "s3cr3t" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database\n" * 100)

    with pytest.raises(StoreError, match="file is not a database"):
        Store.open(f"sqlite:///{path}")


# ── a bad day for SQLite ─────────────────────────────────────────────────────────────────────────

LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(1.5)
connection.execute("COMMIT")
"""


def test_a_write_lock_of_another_process_is_waited_for(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    locker = subprocess.Popen(
        [sys.executable, "-c", LOCKER, sqlite_url.removeprefix("sqlite:///")], stdout=subprocess.PIPE, text=True
    )
    assert locker.stdout is not None
    assert locker.stdout.readline() == "locked\n"
    began = time.monotonic()

    count = save_links(store, [seen("https://a.example/1")])

    waited = time.monotonic() - began
    locker.communicate()
    store.close()
    assert (count.new, waited > 1) == (1, True)


def test_two_writers_never_refuse_each_other(database_url: str) -> None:
    """A transaction that reads first and then writes is refused by SQLite when another one wrote in between."""
    stores = [Store.open(database_url) for _ in range(2)]
    stores[0].add_sources(dict.fromkeys("abc", NOW))

    def work(store: Store) -> int:
        for number in range(60):
            for state in store.lease_due("abc", NOW, 1, timedelta(minutes=1)):
                save_links(store, [seen(f"https://a.example/{number}")], source=state.name, at=NOW)
                store.save_poll(poll_of(state.name), [], SourceState(state.name, NOW))
            store.save_retry(1, NOW, "")
        return 60

    with ThreadPoolExecutor() as pool:
        done = list(pool.map(work, stores))
    rows = stores[0].read_ledger(NOW, NOW + timedelta(days=1))
    for store in stores:
        store.close()
    assert (done, sum(row.new for row in rows)) == ([60, 60], 60)
    assert all(row.closes for row in rows)


def test_readers_see_one_moment_while_another_writes(database_url: str) -> None:
    store, other = Store.open(database_url), Store.open(database_url)
    count = text("SELECT count(*) FROM links")
    with store._read("count") as connection:
        before = connection.scalar(count)
        add_pending(other, "https://a.example/1")
        during = connection.scalar(count)
    other.close()
    store.close()

    assert before == during == 0


def test_a_full_disk_is_an_error_that_leaves_nothing_half(sqlite_url: str) -> None:
    analysis, poll, ledger, afterwards = run_python("-m", "tests.stages.store_full_disk", sqlite_url)

    assert analysis.startswith("save the article of link 1: ")
    assert poll.startswith("save the poll of news: ")
    assert (ledger, afterwards) == ("1 2 2 True 0", "hit")
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
