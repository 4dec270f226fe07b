"""Can every channel be opened, and would it take a message? Nothing is sent."""

from collections.abc import Iterator

from scheduler.alerts.deliveries import list_durable
from scheduler.alerts.opening import check_channels as look_at
from scheduler.doctor.findings import Finding, Level
from settings.model import Settings


def check_channels(settings: Settings) -> Iterator[Finding]:
    checked = look_at(list_durable(settings.channels).values(), settings.run.data_dir)
    faults = [each for each in checked if each.fault]
    for each in faults:
        yield Finding(f"channel {each.name}", Level.FAIL, each.fault, "mend it in channels.yaml: docs/channels.md")
    if not checked:
        yield Finding("channels", Level.OK, "none but the terminal: alerts wait on the stream and in the dashboard")
    elif len(faults) < len(checked):
        found = f"{len(checked) - len(faults)} of {len(checked)} can be opened"
        yield Finding("channels", Level.OK, f"{found}; `basewatch channels test` sends a message by each")
