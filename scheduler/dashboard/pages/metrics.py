"""/metrics for Prometheus: what each daemon counts, and what the database knows."""

from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from starlette.responses import Response

from scheduler.dashboard.views.sources import judge_state
from scheduler.dashboard.window import Window, find_window
from scheduler.metrics import read_files

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def show_metrics(request: Request) -> Response:
    window = find_window(request)
    registry = CollectorRegistry()
    registry.register(_Daemons(read_files(window.run.data_dir / "run")))
    registry.register(_Stored(window))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Daemons(Collector):
    """The figures of every daemon of this data folder, told apart by their process."""

    def __init__(self, files: Iterable[tuple[str, str]]) -> None:
        self._files = files

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for process, text in self._files:
            for family in text_string_to_metric_families(text):
                into = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    into.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)
        yield from families.values()


class _Stored(Collector):
    """What has not come to its end, by the database."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def collect(self) -> Iterator[Metric]:
        store = self._window.store
        depths = store.read_depths()
        yield _gauge("basewatch_outbox_unpublished", "Entries that wait for the relay.", depths.unpublished)
        yield _gauge("basewatch_links_pending", "Links without an outcome.", depths.pending)
        yield _gauge("basewatch_revisits_waiting", "Later visits still to be made.", depths.revisits)
        troubles = GaugeMetricFamily("basewatch_troubles_open", "Open troubles by kind.", labels=["kind"])
        for kind, count in depths.troubles.items():
            troubles.add_metric([kind], count)
        yield troubles
        deliveries = GaugeMetricFamily(
            "basewatch_deliveries_by_state", "Deliveries by where they stand.", labels=["channel", "state"]
        )
        for row in store.count_deliveries():
            deliveries.add_metric([row.channel, row.state.value], row.count)
        yield deliveries
        yield self._count_sources()

    def _count_sources(self) -> Metric:
        states = {state.name: state for state in self._window.store.read_states()}
        judged = [judge_state(source, states.get(source.name)) for source in self._window.settings.sources]
        sources = GaugeMetricFamily("basewatch_sources", "Sources by how they are.", labels=["state"])
        for state in ("well", "troubled", "failing", "new", "off"):
            sources.add_metric([state], judged.count(state))
        return sources


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)
