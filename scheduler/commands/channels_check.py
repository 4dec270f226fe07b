"""`basewatch channels check`: can every channel be opened? Nothing is sent."""

from pathlib import Path

from rich.text import Text

from crawler.errors import ChannelError
from scheduler.alerts.deliveries import list_durable
from scheduler.alerts.opening import make_pool, open_target
from scheduler.console import Exit, load_or_exit, make_console, print_json


def main(config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    pool = make_pool()
    console, closed = make_console(), 0
    for channel in list_durable(settings.channels).values():
        try:
            shown, reason = open_target(channel, settings.run.data_dir, pool).shown, ""
        except ChannelError as error:
            shown, reason = "", str(error)
            closed += 1
        if as_json:
            print_json({"name": channel.name, "opens": not reason, "to": shown, "reason": reason})
        else:
            verdict = Text(reason, "bold red") if reason else Text(f"can be opened: {shown}", "green")
            console.print(Text(f"{channel.name}  ").append_text(verdict))
    pool.close()
    if not as_json and not list_durable(settings.channels):
        console.print("There is no channel but the terminal: see channels.yaml and docs/channels.md.")
    return int(Exit.FINDINGS if closed else Exit.DONE)
