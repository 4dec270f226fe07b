"""The commands that show and mark alerts, and the published form of the stream."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from crawler.deliveries import DeliveryState, Verdict
from crawler.entry_schema import make_schema, write_schema
from crawler.signs import Trouble
from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM, AlertStream
from scheduler.cli import app
from tests.redis_servers import add_alerts
from tests.running import Place, make_place
from tests.stages.store_samples import NOW, analysis_of
from tests.stages.test_store_stories import WORDS, analysis, links_of, save

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
    muted = command(
        kept, "alerts", "mute", "alert", second, "--until", "2999-01-01T06:00+03:00", "--why", "drill", "--by", "dana"
    )
    assert muted.exit_code == 0, muted.stderr

    [acked, other] = rows(kept, "alerts")
    assert acked["states"]["ack"]["by"] == "dana"  # type: ignore[index]  # JSON
    assert [note["text"] for note in acked["states"]["notes"]] == ["known drill"]  # type: ignore[index]  # JSON
    assert other["states"]["mute"]["reason"] == "drill"  # type: ignore[index]  # JSON
    assert other["states"]["mute"]["until"].startswith("2999-01-01 03:00")  # type: ignore[index]  # JSON
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


def test_an_alert_explains_itself_when_a_replay_finds_nothing_any_more(kept: Place) -> None:
    [first, _] = rows(kept, "alerts")
    store = kept.store()
    link = store.read_captures()[0].link
    without = analysis_of(title=str(first["title"]), body=str(first["title"]), digest="settings-2")
    store.save_replay(link.id, without, NOW, outlet_name="A", capture=None, alert=True)
    store.close()

    [row, _] = rows(kept, "alerts", "--rule", "threat")
    shown = command(kept, "alerts", "show", str(first["id"])).stdout

    assert row["hits"] == []
    [former] = row["former_hits"]  # type: ignore[misc]  # JSON
    assert (former["hit"], former["settings_digest"]) == (first["hits"][0], "settings-1")  # type: ignore[index]  # JSON
    assert "no rule finds this any more since" in command(kept, "alerts").stdout
    for told in ("rule threat (warning), sha256:rule", "[convoy]", "found no more since", "with settings settings-1"):
        assert told in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ack", "zz"], "no alert has an id"),
        (["show", "zz"], "no alert has an id"),
        (["mute", "entity", "nobody"], "there is no entity 'nobody'"),
        (["mute", "mood", "x"], "can be muted, not 'mood'"),
        (["mute", "outlet", "x", "--for", "soon"], "--for is a duration"),
        (["mute", "outlet", "x", "--until", "2020-01-01"], "2020-01-01 00:00 UTC is over already"),
        (["unmute", "7"], "no mute 7 holds"),
    ],
)
def test_what_does_not_exist_is_told_in_words(kept: Place, arguments: list[str], said: str) -> None:
    done = command(kept, "alerts", *arguments)

    assert done.exit_code == 2
    assert said in done.stderr


def test_dead_letters_that_can_never_be_sent_are_dismissed_by_name_and_kept(kept: Place) -> None:
    store = kept.store()
    store.watch_channels(["desk", "night"], NOW)
    for channel in ("desk", "night"):
        letters = [
            Verdict(key, 1, DeliveryState.DEAD, detail="no entry of ours") for key in ("stream-1-0", "stream-2-0")
        ]
        store.save_verdicts(channel, letters, NOW)
        store.open_event(Trouble("dead_letters", "no entry of ours"), NOW, channel)
    store.close()

    refused = command(kept, "alerts", "dead", "--dismiss")
    one = command(kept, "alerts", "dead", "--dismiss", "--id", "stream-1-0", "--channel", "desk")
    open_after_one = command(kept, "alerts", "dead", "--channel", "desk").exit_code
    other = command(kept, "alerts", "dead", "--dismiss", "--channel", "desk", "--by", "dana", "--json")

    assert (refused.exit_code, one.exit_code, open_after_one) == (2, 0, 1)
    assert "--channel or --id" in refused.stderr
    assert "1 dead letter is dismissed" in one.stdout
    assert json.loads(other.stdout) == {"dismissed": 1}
    assert command(kept, "alerts", "dead", "--channel", "desk").exit_code == 0
    store = kept.store()
    [event] = store.read_events()
    kept_states = {each.channel: (each.state, each.count) for each in store.count_deliveries()}
    store.close()
    assert event.subject == "night", "whose letters nobody dismissed"
    assert kept_states == {"desk": (DeliveryState.FILTERED, 2), "night": (DeliveryState.DEAD, 2)}


def test_a_story_is_muted_by_the_beginning_of_its_id_or_of_its_alerts(kept: Place) -> None:
    store = kept.store()
    [link] = links_of(store, "wire")
    save(store, link, analysis(WORDS, "threat"))
    [alert] = [each for each in store.read_alerts() if each.story]
    store.close()

    for value in (alert.story[:10], alert.id[:10]):
        assert f"story {alert.story}" in command(kept, "alerts", "mute", "story", value).stdout
    assert command(kept, "alerts", "mute", "story", "zz").exit_code == 2


def test_a_mistake_in_another_file_keeps_nobody_from_the_alerts(kept: Place) -> None:
    kept.write("rules.yaml", "rules: {broken: {when: '((', severity: loud}}\n")
    assert len(rows(kept, "alerts")) == 2
    assert command(kept, "check").exit_code == 2


def test_a_wrong_filter_is_told_in_words(kept: Place) -> None:
    assert "no severity: loud" in command(kept, "alerts", "--severity", "loud").stderr
    assert "write" in command(kept, "alerts", "--since", "soon").stderr


def test_the_published_schema_is_what_the_types_say() -> None:
    assert (DOCS / "alert.schema.json").read_text("utf-8") == write_schema(), "run: basewatch alerts schema"


def test_what_is_on_the_stream_is_what_the_published_schema_says(store: Store, embedded: EmbeddedRedis) -> None:
    """With every key: a schema that asks for less than is written would hide what was forgotten."""
    first, copy = links_of(store, "wire", "daily")
    save(store, first, analysis(WORDS, "threat"))
    save(store, copy, analysis(f"{WORDS} again.", "threat"))
    store.open_event(Trouble("silent", "nothing new since yesterday"), NOW, "wire")
    asyncio.run(publish(store, embedded.url))
    validator = Draft202012Validator(json.loads((DOCS / "alert.schema.json").read_text("utf-8")))

    with redis.Redis.from_url(embedded.url, decode_responses=True) as client:
        entries = [json.loads(fields["json"]) for _, fields in client.xrange(STREAM)]
    faults = [fault.message for entry in entries for fault in validator.iter_errors(entry)]

    assert {entry["kind"] for entry in entries} == {"alert", "update", "health"}
    assert faults == []
    assert all(set(entry) == set(make_schema()["$defs"][entry["kind"]]["required"]) for entry in entries)
    assert not validator.is_valid({**entries[0], "severity": "loud"})
    assert not validator.is_valid({key: value for key, value in entries[0].items() if key != "hits"})


def test_the_redis_command_of_the_readme_shows_what_is_on_the_stream(store: Store, embedded: EmbeddedRedis) -> None:
    add_alerts(store, 1, 2)
    asyncio.run(publish(store, embedded.url))
    [line] = re.findall(r"^redis-cli -s (\S+) (.*?) +#", (DOCS.parent / "README.md").read_text("utf-8"), re.MULTILINE)
    words = shlex.split(line[1])

    if shutil.which("redis-cli"):
        address = embedded.url.removeprefix("unix://")
        done = subprocess.run(["redis-cli", "-s", address, *words], capture_output=True, text=True, check=True)
        said = done.stdout
    else:  # the same command by another client
        with redis.Redis.from_url(embedded.url, decode_responses=True) as client:
            said = str(client.execute_command(*words))

    assert line[0] == "data/redis/redis.sock"
    assert said.count("https://a.example/1") >= 1
    assert said.count("https://a.example/2") >= 1


def test_the_consumer_of_the_readme_goes_on_where_it_was_killed(store: Store, embedded: EmbeddedRedis) -> None:
    add_alerts(store, 1, 2)
    asyncio.run(publish(store, embedded.url))
    [code] = re.findall(r"```python\n(.*?)```", (DOCS.parent / "README.md").read_text("utf-8"), re.DOTALL)
    code = code.replace('"data/redis/redis.sock"', repr(embedded.url.removeprefix("unix://")))

    killed = code.replace("print(", "raise SystemExit #", 1)
    subprocess.run([sys.executable, "-c", killed], check=True, timeout=60)  # it has read both and dealt with neither

    with subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        try:
            lines = [reader.stdout.readline() for _ in range(2)]
            time.sleep(6)  # longer than the client library waits for an answer by itself
            add_alerts(store, 3, 3)
            asyncio.run(publish(store, embedded.url))
            lines.append(reader.stdout.readline())
        finally:
            reader.kill()

    assert [line.split()[:2] for line in lines] == [["alert", "warning"]] * 3
    assert len(set(lines)) == 3, "each once: what was left, and then what is new"


async def publish(store: Store, url: str) -> None:
    async with AlertStream(url) as stream:
        await stream.publish(store.take_unpublished(10))
