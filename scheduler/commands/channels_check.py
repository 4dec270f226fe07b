"""`basewatch channels check`: can every channel be opened? Nothing is sent."""

from pathlib import Path

from rich.text import Text

from scheduler.alerts.deliveries import list_durable
from scheduler.alerts.opening import check_channels
from scheduler.console import Exit, load_or_exit, make_console, print_json


def main(config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    console = make_console()
    checked = check_channels(list_durable(settings.channels).values(), settings.run.data_dir)
    for each in checked:
        if as_json:
            print_json({"name": each.name, "opens": not each.fault, "to": each.shown, "reason": each.fault})
        else:
            told = (each.fault, "bold red") if each.fault else (f"can be opened: {each.shown}", "green")
            console.print(Text(f"{each.name}  ").append(*told))
    if not as_json and not checked:
        console.print("There is no channel but the terminal: see channels.yaml and docs/channels.md.")
    return int(Exit.FINDINGS if any(each.fault for each in checked) else Exit.DONE)
