"""Can every channel be opened? Nothing is sent."""

from collections.abc import Iterator

from crawler.errors import ChannelError
from scheduler.alerts.deliveries import list_durable
from scheduler.alerts.opening import make_pool, open_target
from scheduler.doctor.findings import Finding, Level
from settings.model import Settings


def check_channels(settings: Settings) -> Iterator[Finding]:
    channels = list_durable(settings.channels)
    pool = make_pool()
    closed = 0
    try:
        for channel in channels.values():
            try:
                open_target(channel, settings.run.data_dir, pool)
            except ChannelError as error:
                closed += 1
                yield Finding(
                    f"channel {channel.name}", Level.FAIL, str(error), "mend it in channels.yaml: docs/channels.md"
                )
    finally:
        pool.close()
    if not channels:
        yield Finding("channels", Level.OK, "none but the terminal: alerts wait on the stream and in the dashboard")
    elif closed < len(channels):
        found = f"{len(channels) - closed} of {len(channels)} can be opened"
        yield Finding("channels", Level.OK, f"{found}; `basewatch channels test` sends a message by each")
