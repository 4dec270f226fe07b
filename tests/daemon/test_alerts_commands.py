"""The commands that show and mark alerts, and the published form of the stream."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler.entry_schema import make_schema, write_schema
from crawler.models import HealthNotice
from crawler.payload import entry_to_json
from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import AlertStream
from scheduler.cli import app
from tests.redis_servers import add_alerts
from tests.running import Place, make_place
from tests.stages.store_samples import NOW

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def kept(tmp_path: Path) -> Place:
    """A place whose store holds two alerts."""
    place = make_place(tmp_path / "place")
    place.data.mkdir()
    store = place.store()
    add_alerts(store, 1, 2)
    store.close()
    return place


def command(place: Place, *arguments: str) -> Result:
    return CliRunner(env={"BASEWATCH_DATA_DIR": None}).invoke(app, [*arguments, "--config", str(place.folder)])


def rows(place: Place, *arguments: str) -> list[dict[str, object]]:
    done = command(place, *arguments, "--json")
    assert done.exit_code == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_alerts_are_listed_with_their_states_and_marked(kept: Place) -> None:
    first, second = (str(row["id"]) for row in rows(kept, "alerts"))

    assert command(kept, "alerts", "ack", first[:8], "--note", "known drill", "--by", "dana").exit_code == 0
    assert command(kept, "alerts", "note", second, "confirmed", "--by", "omar").exit_code == 0
    muted = command(kept, "alerts", "mute", "alert", second, "--for", "8h", "--why", "drill", "--by", "dana")
    assert muted.exit_code == 0, muted.stderr

    [acked, other] = rows(kept, "alerts")
    assert acked["states"]["ack"]["by"] == "dana"  # type: ignore[index]  # JSON
    assert [note["text"] for note in acked["states"]["notes"]] == ["known drill"]  # type: ignore[index]  # JSON
    assert other["states"]["mute"]["reason"] == "drill"  # type: ignore[index]  # JSON
    assert [row["id"] for row in rows(kept, "alerts", "--unacked")] == [second]
    assert [row["id"] for row in rows(kept, "alerts", "--unmuted")] == [first]
    assert "acknowledged by dana" in command(kept, "alerts").stdout
    [mute] = rows(kept, "alerts", "mutes")
    assert command(kept, "alerts", "unmute", str(mute["number"])).exit_code == 0
    assert rows(kept, "alerts", "mutes") == []


def test_one_is_shown_with_all_that_it_rests_on(kept: Place) -> None:
    first = str(rows(kept, "alerts")[0]["id"])

    shown = command(kept, "alerts", "show", first[:8])

    assert shown.exit_code == 0, shown.stderr
    for told in (
        first,
        "rule threat (warning), sha256:rule",
        "[convoy]",
        "@base:ain-al-asad",
        "revision 1",
        f"{first}-1",
    ):
        assert told in shown.stdout
    [row] = rows(kept, "alerts", "show", first)
    assert row["evidence"]["revisions"][0]["removed"] == 2  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ack", "zz"], "no alert has an id"),
        (["show", "zz"], "no alert has an id"),
        (["mute", "entity", "nobody"], "there is no entity 'nobody'"),
        (["mute", "mood", "x"], "can be muted, not 'mood'"),
        (["mute", "outlet", "x", "--for", "soon"], "--for is a duration"),
        (["unmute", "7"], "no mute 7 holds"),
    ],
)
def test_what_does_not_exist_is_told_in_words(kept: Place, arguments: list[str], said: str) -> None:
    done = command(kept, "alerts", *arguments)

    assert done.exit_code == 2
    assert said in done.stderr


def test_a_wrong_filter_is_told_in_words(kept: Place) -> None:
    assert "no severity: loud" in command(kept, "alerts", "--severity", "loud").stderr
    assert "write" in command(kept, "alerts", "--since", "soon").stderr


def test_the_published_schema_is_what_the_types_say() -> None:
    assert (DOCS / "alert.schema.json").read_text("utf-8") == write_schema(), "run: basewatch alerts schema"


def test_what_is_written_has_the_keys_of_the_schema(store: Store) -> None:
    add_alerts(store, 1, 1)
    [entry] = store.take_unpublished(1)
    notice = HealthNotice("health-1", "silent", "wire", "wire", "warning", "nothing new", NOW)

    kinds = make_schema()["$defs"]

    assert set(json.loads(entry.payload)) == set(kinds["alert"]["required"])
    assert set(json.loads(entry_to_json(notice))) == set(kinds["health"]["required"])


def test_the_consumer_of_the_documentation_reads_the_stream(store: Store, embedded: EmbeddedRedis) -> None:
    add_alerts(store, 1, 2)
    asyncio.run(publish(store, embedded.url))
    [code] = re.findall(r"```python\n(.*?)```", (DOCS / "alerts.md").read_text("utf-8"), re.DOTALL)
    code = code.replace('"data/redis/redis.sock"', repr(embedded.url.removeprefix("unix://")))

    with subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        lines = [reader.stdout.readline() for _ in range(2)]
        reader.kill()

    assert [line.split()[:2] for line in lines] == [["alert", "warning"]] * 2


async def publish(store: Store, url: str) -> None:
    async with AlertStream(url) as stream:
        await stream.publish(store.take_unpublished(10))
