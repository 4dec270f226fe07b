"""Channels as a user meets them: the daemon, `basewatch channels`, dead letters."""

import json
from pathlib import Path

from tests.daemon.endpoints import http_endpoint, say
from tests.daemon.test_daemon import ATTACK_PAGE, publish
from tests.running import Place, make_place
from tests.website import Website


def tell(place: Place, **channels: str) -> None:
    """channels.yaml, each channel as the lines under its name."""
    lines = "".join(f"  {name.replace('_', '-')}: {{{options}}}\n" for name, options in channels.items())
    place.write("channels.yaml", f"channels:\n{lines}")


def test_an_alert_reaches_the_channels_of_a_running_daemon_and_the_commands_say_so(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    with Website() as site, http_endpoint() as good, http_endpoint(say(404)) as bad:
        tell(
            place,
            good=f"kind: webhook, url: '{good.url}', allow_private: true",
            bad=f"kind: webhook, url: '{bad.url}', allow_private: true",
            journal="kind: file, path: alerts.jsonl",
            secretive="url: '${NOT_SET_ANYWHERE}'",
        )
        with place.daemon() as daemon:
            daemon.wait_ready()
            daemon.wait_for(lambda: "channel.open" in place.log)
            place.watch(site, "/rss.xml")
            publish(site, ("/news/attack", ATTACK_PAGE))
            daemon.wait_for(lambda: good.posts and bad.posts, 60)
            journal = place.data / "alerts.jsonl"
            daemon.wait_for(journal.exists)
            daemon.wait_for(lambda: journal.read_text("utf-8").endswith("\n"))
            listed = place.command("channels", "--json")
            dead = place.command("alerts", "dead", "--json")
            bad.choose = lambda _: say(200)
            redriven = place.command("alerts", "redrive", "--channel", "bad")
            daemon.wait_for(lambda: len(bad.posts) == 2)
            daemon.stop()
    assert "Drones strike Ain al-Asad" in json.loads(good.posts[0].body)["text"]
    assert json.loads(journal.read_text("utf-8"))["entries"][0]["key"] == good.keys[0]
    states = {each["name"]: each for each in map(json.loads, listed.stdout.splitlines())}
    assert listed.returncode == 1, "there is a dead letter"
    assert (states["good"]["sent"], states["bad"]["dead"], states["journal"]["sent"]) == (1, 1, 1)
    (letter,) = map(json.loads, dead.stdout.splitlines())
    assert (letter["channel"], letter["id"]) == ("bad", good.keys[0])
    assert "HTTP 404" in letter["error"]
    assert "1 dead letter is sent again" in redriven.stdout
    assert bad.keys == good.keys * 2
    assert "NOT_SET_ANYWHERE is not set" in place.log, "the one channel says what it lacks, and the others go on"


def test_a_test_message_says_what_happened(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    with http_endpoint(say(503, body=b"busy")) as endpoint:
        tell(place, desk=f"kind: webhook, url: '{endpoint.url}', allow_private: true")
        refused = place.command("channels", "test", "desk")
        endpoint.choose = lambda _: say(200)
        taken = place.command("channels", "test", "desk")
        unknown = place.command("channels", "test", "dsek")
    assert (refused.returncode, taken.returncode, unknown.returncode) == (1, 0, 2)
    assert "HTTP 503: busy" in refused.stdout
    assert "taken: HTTP 200" in taken.stdout
    assert "there are: desk" in unknown.stderr
    assert json.loads(endpoint.posts[1].body)["test"] is True


def test_wrong_channels_are_told_with_file_and_line_and_without_their_secrets(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    tell(
        place,
        runs="url: 'syslog://s3cr3t'",
        other="url: 'apprise://s3cr3t@host/key'",
        hook="kind: webhook, url: 'https://h.example/s3cr3t', secret: s3cr3t-inline",
        late="url: 'ntfy://s3cr3t', digest: {at: '25:00'}",
        lost="url: 'ntfy://s3cr3t', rules: [base-atacked]",
        short="url: 'ntfy://s3cr3t', digest: 30m",
        never="url: 'ntfy://s3cr3t', languages: [English]",
        always="url: 'ntfy://s3cr3t', quiet: '07:00-07:00'",
    )
    checked = place.command("check")
    assert checked.returncode == 2
    said = checked.stdout + checked.stderr
    assert "channels.short.digest: either `{every: 30m}`" in said
    assert "channels.never.languages.0: a language code" in said
    assert "channels.always.quiet: they begin and end at the same time" in said
    for line in (2, 3, 4, 5):
        assert f"channels.yaml:{line}" in said
    assert "s3cr3t" not in said


def test_a_missing_secret_is_named_by_check(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    tell(place, desk="url: '${DESK_SLACK}'", phone="url: 'file:/nowhere/secret'")
    checked = place.command("channels", "check")
    assert checked.returncode == 1
    assert "DESK_SLACK is not set" in checked.stdout
    assert "/nowhere/secret cannot be read" in checked.stdout
