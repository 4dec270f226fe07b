"""`basewatch furniture`: what an outlet was found to repeat around its articles, and the analyst's word on it."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import StoreError
from crawler.extract.furniture import LearnedBlock, OutletMemory
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.explaining import shorten_line
from scheduler.places import open_store
from settings.model import Settings


class _RefusedError(Exception):
    """The arguments name no block, or more than one."""


def main(outlet: str, config: Path | None, decisions: dict[str, str], *, as_json: bool) -> int:
    """`decisions`: start of a block's id → keep, cut or empty."""
    settings = load_or_exit(config)
    try:
        with open_store(settings.run) as store:
            memory = store.read_memory(outlet)
            _refuse_unknown(outlet, memory, settings)
            chosen = {_find_block(memory, start): verdict for start, verdict in decisions.items()}
            decided = [store.decide_block(outlet, key, word, datetime.now(UTC)) for key, word in chosen.items()]
    except _RefusedError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    _show(decided if decisions else memory.list_blocks(), memory, make_console(), as_json=as_json)
    return int(Exit.DONE)


def _refuse_unknown(outlet: str, memory: OutletMemory, settings: Settings) -> None:
    known = [each.slug for each in settings.outlets]
    if outlet not in known and not memory.articles:
        raise _RefusedError(f"no outlet is called {outlet}; there are {', '.join(known)}")


def _find_block(memory: OutletMemory, start: str) -> str:
    found = memory.find_keys(start) if start else []
    if len(found) != 1:
        told = f"{len(found)} blocks have ids that begin so" if found else "no block has it"
        raise _RefusedError(f"{start!r} is not the id of a block: {told}")
    return found[0]


def _show(blocks: list[LearnedBlock], memory: OutletMemory, console: Console, *, as_json: bool) -> None:
    if as_json:
        for block in blocks:
            print_json({**asdict(block), "of": memory.articles})
        return
    if not memory.articles:
        console.print("Nothing was learned of it yet.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("", "articles", "id", "text", "why"):
        table.add_column(column, justify="right" if column == "articles" else "left", overflow="fold")
    for block in blocks:
        verdict = Text("cut", "red") if block.is_furniture else Text("kept", "green")
        share = f"{block.articles} of {memory.articles}"
        table.add_row(verdict, share, defuse_text(block.key), _describe_block(block), Text(block.why, "dim"))
    console.print(table)


def _describe_block(block: LearnedBlock) -> Text:
    """A make's name is its id; there is no text to show."""
    return Text(shorten_line(block.text)) if block.kind == "line" else Text("all text of this make", "dim")
