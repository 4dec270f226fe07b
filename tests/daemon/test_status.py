"""One screen that says whether basewatch runs and how it stands."""

import json
from pathlib import Path

from crawler.signs import Trouble
from scheduler.metrics import Meters
from tests.running import make_place
from tests.stages.store_samples import NOW, add_pending


def test_a_place_where_nothing_runs_says_so(tmp_path: Path) -> None:
    answer = make_place(tmp_path).command("status")
    assert answer.returncode == 1
    assert "no daemon runs here" in answer.stdout
    assert "0 seen = 0 known + 0 new; 0 ended, 0 pending: the sums close" in answer.stdout


def test_what_waits_and_what_is_wrong_is_counted(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    store = place.store()
    add_pending(store, "http://a.example/1", "http://a.example/2")
    store.open_event(Trouble("store_away", "gone"), NOW)
    store.count_ticks({"overrun/poll": 3})
    store.close()
    (place.data / "run").mkdir(exist_ok=True)
    Meters().write(place.data / "run")

    shown = place.command("status")
    assert shown.returncode == 1
    assert "2 links, 0 later visits, 1 entries for the stream" in shown.stdout  # health is told on the stream too
    assert "1 store_away" in shown.stdout
    assert "3 overrun/poll" in shown.stdout
    said = json.loads(place.command("status", "--json").stdout)
    assert (said["well"], said["depths"]["pending"]) == (False, 2)
    assert len(said["daemons"]) == 1

    store = place.store()
    store.close_event("store_away", NOW)
    store.close()
    assert place.command("status").returncode == 0
