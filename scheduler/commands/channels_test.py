"""`basewatch channels test NAME`: a real message to one channel, and what its endpoint said."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from crawler.errors import ChannelError
from scheduler.alerts.answers import Answer, Result
from scheduler.alerts.letters import make_test_letter
from scheduler.alerts.opening import make_pool, open_target
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from settings.model import Channel, Run

_MEANS = {
    Result.SENT: "The message was taken",
    Result.RETRY: "It was not taken; an alert would be tried again",
    Result.NEVER: "It was refused; an alert would become a dead letter",
}


def main(name: str, config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    channel = next((channel for channel in settings.channels if channel.name == name), None)
    if channel is None:
        known = ", ".join(channel.name for channel in settings.channels) or "none"
        return fail(f"There is no channel {name}; there are: {known}", Exit.WRONG_SETTINGS)
    if channel.kind == "terminal":
        return fail("A terminal shows alerts while `basewatch run` runs in it; there is nothing to test.", Exit.DONE)
    began = time.monotonic()
    try:
        shown, answer = asyncio.run(send_test(channel, settings.run))
    except ChannelError as error:
        return fail(f"Channel {name} cannot be opened: {error}", Exit.WRONG_SETTINGS)
    took_s = time.monotonic() - began
    if as_json:
        print_json({"name": name, "to": shown, "result": answer.result, "detail": answer.detail, "seconds": took_s})
    else:
        style = "green" if answer.result is Result.SENT else "red"
        text = f"{_MEANS[answer.result]}: {answer.detail} ({took_s:.1f} s, {shown})"
        make_console().print(Text(text, style))
    return int(Exit.DONE if answer.result is Result.SENT else Exit.FINDINGS)


async def send_test(channel: Channel, run: Run) -> tuple[str, Answer]:
    """Where it went, and what came back. Raises ChannelError."""
    pool, now = make_pool(), datetime.now(UTC)
    try:
        target = open_target(channel, run.data_dir, pool)
        try:
            return target.shown, await target.send(make_test_letter(channel.name, now), now)
        finally:
            await target.close()
    finally:
        pool.close()
