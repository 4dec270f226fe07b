"""What Prometheus reads: figures of the daemons, figures of the database, names by its conventions, few labels."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from crawler.models import Link, Outcome, PendingLink, PollVerdict
from crawler.store.store import Store
from scheduler.metrics import FRESH_S, Meters, read_files, remove_file
from tests.dashboard.conftest import PASSWORD, TOKEN, Open
from tests.stages.store_samples import NOW, add_pending, capture_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the site's daemon keeps its run files."""
    path = tmp_path / "data" / "run"
    path.mkdir(parents=True, exist_ok=True)
    return path


def read_samples(text: str) -> dict[str, float]:
    """Name and labels → value."""
    return {
        sample.name + "".join(f"|{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_a_daemon_counted_and_what_the_database_knows_are_given_out_together(
    browser: TestClient, store: Store, folder: Path
) -> None:
    meters = Meters()
    meters.count_poll(PollVerdict.CHANGED, 7)
    meters.count_outcome(Outcome.HIT)
    meters.count_delivery("desk", "sent", 3)
    meters.count_lost_worker()
    meters.count_costs([("threat", 0.25), ("sanction", 0.5)])
    meters.count_costs([("threat", 0.25)])
    link = PendingLink(1, "wire", "wire", Link("http://a.example/", published=NOW - timedelta(minutes=2)), seen_at=NOW)
    meters.time_stages(link, capture_of(at=NOW + timedelta(seconds=3)), NOW + timedelta(seconds=4))
    meters.time_stage("published_to_sent", [NOW, NOW + timedelta(seconds=1)], NOW + timedelta(seconds=3))
    meters.write(folder)
    add_pending(store, "http://a.example/1", "http://a.example/2")

    answer = browser.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    samples, mine = read_samples(answer.text), f"|process={os.getpid()}"
    assert samples[f"basewatch_polls_total{mine}|verdict=changed"] == 1
    assert samples[f"basewatch_links_seen_total{mine}"] == 7
    assert samples[f"basewatch_outcomes_total|outcome=hit{mine}"] == 1
    assert samples[f"basewatch_deliveries_total|channel=desk{mine}|result=sent"] == 3
    assert samples[f"basewatch_workers_lost_total{mine}"] == 1
    assert samples[f"basewatch_stage_seconds_sum{mine}|stage=publication_to_seen"] == 120
    assert samples[f"basewatch_stage_seconds_bucket|le=5.0{mine}|stage=seen_to_fetched"] == 1
    assert samples[f"basewatch_stage_seconds_sum{mine}|stage=published_to_sent"] == 5
    assert samples[f"basewatch_rule_tries_total{mine}|rule=threat"] == 2
    assert samples[f"basewatch_rule_seconds_total{mine}|rule=threat"] == 0.5
    shown = {rule["name"]: (rule["tries"], rule["mean_ms"]) for rule in browser.get("/api/rules").json()}
    assert (shown["threat"], shown["sanction"], shown["group-alone"]) == ((2, 250.0), (1, 500.0), (0, None))
    assert "250.0 ms" in browser.get("/rules").text
    assert samples["basewatch_links_pending"] == 2
    assert samples["basewatch_outbox_unpublished"] == 0


def test_times_ahead_of_the_clock_are_not_counted() -> None:
    meters = Meters()
    link = PendingLink(1, "wire", "wire", Link("http://a.example/", published=NOW + timedelta(hours=1)), seen_at=NOW)
    meters.time_stages(link, None, NOW)
    assert meters.registry.get_sample_value("basewatch_stage_seconds_count", {"stage": "publication_to_seen"}) is None


def test_what_a_killed_daemon_left_behind_is_not_given_out_for_ever(folder: Path) -> None:
    Meters().write(folder)
    (path,) = folder.glob("metrics-*.prom")
    assert [process for process, _ in read_files(folder)] == [str(os.getpid())]
    long_ago = datetime.now(UTC).timestamp() - FRESH_S - 1
    os.utime(path, (long_ago, long_ago))
    assert list(read_files(folder)) == []
    Meters().write(folder)
    remove_file(folder)
    remove_file(folder)
    assert list(folder.iterdir()) == []


def test_names_and_labels_follow_the_conventions(browser: TestClient, folder: Path) -> None:
    meters = Meters()
    meters.count_costs([("threat", 0.25)])
    meters.write(folder)
    for family in text_string_to_metric_families(browser.get("/metrics").text):
        assert re.fullmatch(r"basewatch_[a-z_]+", family.name), family.name
        assert family.documentation
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket")), "only samples end so"
        assert not re.search("milli|micro|_ms|_kb|minutes|hours|gauge|counter", family.name), "base units, no types"
        endings = {"counter": ("_total", "_created"), "histogram": ("_bucket", "_count", "_sum", "_created")}
        for sample in family.samples:
            assert sample.labels.keys() <= {
                "process",
                "verdict",
                "outcome",
                "stage",
                "le",
                "channel",
                "result",
                "state",
                "kind",
                "rule",
            }
            assert sample.name.removeprefix(family.name) in endings.get(family.type, ("",)), sample.name


def test_strangers_read_no_figures_and_programs_with_the_token_do(open_window: Open) -> None:
    client = open_window(password=PASSWORD, token=TOKEN)
    assert client.get("/metrics", headers={"Accept": "*/*"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
