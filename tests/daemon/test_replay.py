"""The past, asked again: stored pages through new rules, offline, with the difference shown before anyone is told."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.commands import replay
from scheduler.replay_rules import find_changed_rules
from settings.load import load_settings
from tests.running import BASE_ATTACK, BASEWATCH, FILLER, Place, make_article, make_place
from tests.website import Item, Website

SHIPPED = Path(replay.__file__).parents[2] / "settings" / "rules.yaml"
LONGEST_S = 300
"""For a command on a machine that is busy with others."""
HARVEST = "rules:\n  harvest:\n    severity: warning\n    when: '\"wheat harvest\"'\n"
TRIPWIRE = """
import socket, sys
def watch(event, args):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and args[0].family != socket.AF_UNIX):
        open({path!r}, "a").write(f"{{event}} {{args!r}}\\n")
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place where an attack was found, a harvest was not, and a walled page was read from its feed's text."""
    place = make_place(tmp_path_factory.mktemp("replay") / "place")
    run = (place.folder / "run.yaml").read_text()
    place.write("run.yaml", run.replace("page_timeout: 3s", "page_timeout: 60s"))  # the first page waits for the rules
    with Website() as site, place.daemon() as daemon:
        site.page("/news/attack", make_article("Drones strike Ain al-Asad", BASE_ATTACK, FILLER))
        site.page("/news/harvest", make_article("Harvest", "Farmers began the wheat harvest early this year.", FILLER))
        site.page("/news/walled", "members only", status=403)
        site.feed(
            "/rss.xml",
            [
                Item("Attack", site.url("/news/attack")),
                Item("Harvest", site.url("/news/harvest")),
                Item("Walled", site.url("/news/walled"), content=f"The wheat harvest ended in the north. {FILLER}"),
            ],
        )
        place.watch(site, "/rss.xml")
        daemon.wait_outcomes(3, timeout_s=180)
        daemon.wait_for(place.stream, timeout_s=60)
        daemon.stop()
    place.write("sources.yaml", "outlets: {}\n")
    return place


@pytest.fixture
def own(crawled: Place, tmp_path: Path) -> Place:
    """A copy of the place, for what changes it."""
    folder = tmp_path / "own"
    shutil.copytree(crawled.folder, folder, ignore=shutil.ignore_patterns("*.sock"))
    own = Place(folder, crawled.environ)
    own.write("run.yaml", (folder / "run.yaml").read_text().replace(str(crawled.folder), str(folder)))
    return own


def ask(place: Place, capsys: pytest.CaptureFixture[str], **options: object) -> dict[str, object]:
    """The summary of the command, run in this process; it ends with 0 or 1."""
    assert replay.main(place.folder, as_json=True, workers=1, **options) in (0, 1)
    summary: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return summary


@pytest.mark.parametrize(
    ("options", "pages"),
    [
        ({"outlets": ("local",)}, 3),
        ({"sources": ("feed-0",)}, 3),
        ({"sources": ("feed-0",), "outlets": ("local",)}, 3),
        ({"since": "2099-01-01"}, 0),
        ({"until": "2099-01-01"}, 3),
        ({"changed": True}, 0),
    ],
)
def test_options_choose_what_is_replayed(
    crawled: Place, capsys: pytest.CaptureFixture[str], options: dict[str, object], pages: int
) -> None:
    summary = ask(crawled, capsys, **options)

    assert (summary["pages"], summary["new"], summary["gone"]) == (pages, 0, 0)


def test_rules_of_another_folder_are_tried_without_touching_ours(
    crawled: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(SHIPPED.read_text("utf-8") + HARVEST.partition("\n")[2], "utf-8")

    all_rules = ask(crawled, capsys, rules_dir=tmp_path)
    changed = ask(crawled, capsys, rules_dir=tmp_path, changed=True)
    one = ask(crawled, capsys, rules_dir=tmp_path, rules=("base-attacked",))
    ours = ask(crawled, capsys)

    assert all_rules["rules"] == changed["rules"] == {"harvest": {"new": 2, "gone": 0, "changed": 0}}
    assert (one["pages"], one["skipped"]) == (3, 2), "two pages name no base"
    assert one["rules"] == ours["rules"] == {}


def test_other_weights_of_words_concern_the_rules_with_calm_and_change_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    (tmp_path / f"settings-{settings.digest}.json").write_text(settings.model_dump_json(), "utf-8")
    assert find_changed_rules(settings, tmp_path, [settings.digest]) == frozenset()

    monkeypatch.setattr("settings.load.digest_weights", lambda: "others")
    later = load_settings()

    assert later.digest != settings.digest
    read = {rule.name for rule in settings.rules if rule.calm or rule.loud}
    assert read <= (find_changed_rules(later, tmp_path, [settings.digest]) or set())


def test_a_change_of_one_rule_concerns_those_that_hang_on_what_others_tell(tmp_path: Path) -> None:
    settings = load_settings()
    (tmp_path / f"settings-{settings.digest}.json").write_text(settings.model_dump_json(), "utf-8")
    first, *others = settings.rules
    later = settings.model_copy(update={"rules": (first.model_copy(update={"when": "harvest"}), *others)})
    hanging = {rule.name for rule in settings.rules if rule.yields or rule.loud}
    assert find_changed_rules(later, tmp_path, [settings.digest]) == {first.name} | hanging
    assert first.name not in hanging


def test_todays_rules_over_yesterdays_pages_show_what_is_new_and_what_is_gone_and_then_store_it(
    own: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(**options: bool) -> str:
        replay.main(own.folder, workers=1, **options)
        return capsys.readouterr().out

    assert "3 pages replayed: 0 new hits, 0 gone" in tell()

    own.write("rules.yaml", HARVEST)
    shown = tell()
    assert "+ harvest (warning)" in shown
    assert "[wheat harvest]" in shown
    assert "- base-attacked" in shown
    assert "with --alert it would send 2 alerts" in shown
    *rows, summary = [
        json.loads(line) for line in own.command("replay", "--json", timeout_s=LONGEST_S).stdout.splitlines()
    ]
    assert (summary["kind"], summary["pages"], summary["new"], summary["alerts"]) == ("summary", 3, 2, 2)
    assert [(len(row["new"]), row["alerts"]) for row in rows if row["new"]] == [(1, True), (1, True)]
    assert len(own.stream()) == 1, "nothing is stored or sent unless asked for"

    stored = tell(commit=True)
    assert "nobody was told of 2 alerts" in stored
    again = tell(commit=True, alert=True)
    assert "0 new hits, 0 gone" in again
    assert len(own.stream()) == 1

    own.write("rules.yaml", HARVEST.replace("harvest:", "wheat:"))
    sent = tell(commit=True, alert=True)
    assert "2 alerts marked as replay" in sent
    with own.daemon() as daemon:
        daemon.wait_for(lambda: len(own.stream()) == 3)
        daemon.stop()
    assert [alert["replay"] for alert in own.stream()] == [False, True, True]

    own.write("rules.yaml", HARVEST.replace("wheat harvest", "barley harvest"))
    assert "would store them, and raise no new alert" in tell()
    assert "no new alert comes of it" in tell(commit=True)


def test_a_folder_with_nothing_to_ask_with_or_nothing_to_read_is_refused(
    crawled: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert replay.main(crawled.folder, rules_dir=tmp_path, workers=1) == 2
    assert "rules.yaml" in capsys.readouterr().err
    assert replay.main(crawled.folder, paths=(str(tmp_path),), workers=1) == 2
    assert "no WARC file" in capsys.readouterr().err

    (tmp_path / "gazetteer").mkdir()
    assert ask(crawled, capsys, rules_dir=tmp_path)["rules"] == {}, "names alone may be tried"


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"outlets": ("locla",)}, "--outlet locla"),
        ({"outlets": ("local",), "sources": ("feed-9",)}, "--source feed-9"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "nothing lies between"),
    ],
)
def test_what_would_bring_nothing_by_mistake_is_refused(
    crawled: Place, capsys: pytest.CaptureFixture[str], wish: dict[str, object], told: str
) -> None:
    """It would pass for a past without a hit."""
    assert replay.main(crawled.folder, workers=1, **wish) == 2
    assert told in capsys.readouterr().err


def test_a_file_that_zstd_compressed_is_told_in_a_folder_too(
    crawled: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "news.warc.zst").write_bytes(b"\x28\xb5\x2f\xfd" + b"x" * 100)

    [told] = ask(crawled, capsys, paths=(str(tmp_path),))["not_read"]  # type: ignore[misc]

    assert "news.warc.zst" in told
    assert "unpack it" in told


def test_a_report_that_cannot_be_written_does_not_cost_the_replay(
    crawled: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wish = {"workers": 1, "until": "2098-01-01"}
    report = tmp_path / "away" / "report.html"

    assert replay.main(crawled.folder, html=report, **wish) == 3
    assert "cannot be written" in capsys.readouterr().err
    report.parent.mkdir()
    assert replay.main(crawled.folder, html=report, **wish) == 0
    told = capsys.readouterr()
    assert "Going on with the replay" in told.err
    assert "0 pages/s, 0 MB/s (an earlier run had read 3)" in " ".join(told.out.split()), "no pace that nobody had"
    assert report.exists()
    assert replay.main(crawled.folder, **wish) == 0
    assert "Going on" not in capsys.readouterr().err, "what was told is done with"


def test_a_hit_whose_severity_alone_differs_is_told_as_changed_and_stored_once(
    own: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own.write("rules.yaml", HARVEST)
    ask(own, capsys, commit=True)
    assert ask(own, capsys)["rules"] == {}, "as severe as before"

    own.write("rules.yaml", HARVEST.replace("warning", "critical"))
    report = tmp_path / "report.html"
    assert replay.main(own.folder, workers=1, html=report) == 1
    shown = capsys.readouterr().out
    stored = ask(own, capsys, changed=True, commit=True)

    assert "~ harvest (critical)" in shown
    assert "before (warning): Farmers began the wheat harvest early this year." in " ".join(shown.split())
    assert "before (warning)" in report.read_text()
    assert stored["rules"] == {"harvest": {"new": 0, "gone": 0, "changed": 2}}
    assert ask(own, capsys)["rules"] == {}


def run_watched(place: Place, *command: str) -> str:
    """What a Python prints that starts from nothing, as a tripwire asks for."""
    done = subprocess.run(
        command, env=dict(place.environ), capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    assert "Traceback" not in done.stderr
    return done.stdout


def test_replay_opens_no_connection(own: Place, tmp_path: Path) -> None:
    tripped = tmp_path / "tripped"
    (tmp_path / "sitecustomize.py").write_text(TRIPWIRE.format(path=str(tripped)))
    place = Place(own.folder, {**own.environ, "PYTHONPATH": str(tmp_path)})
    place.write("rules.yaml", HARVEST)

    replay_here = (*BASEWATCH, "replay", "--config", str(place.folder))
    ours = run_watched(place, *replay_here)
    named = run_watched(place, *replay_here, str(own.data / "archive"))

    assert "3 pages replayed" in ours
    assert "[wheat harvest]" in named
    assert not tripped.exists(), tripped.read_text()
    run_watched(place, sys.executable, "-c", "import socket; socket.getaddrinfo('127.0.0.1', 1)")
    assert tripped.exists(), "whoever asks is told"


def test_a_time_that_is_none_is_explained(crawled: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main(crawled.folder, since="yesterday") == 2
    assert "write 2026-11-01" in capsys.readouterr().err
