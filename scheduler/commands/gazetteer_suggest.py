"""`basewatch gazetteer suggest`: names that articles wrote and no list holds, as lines to add."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import StoreError
from crawler.match.sentences import sentence_at
from crawler.match.suggest import SeenVariant, Suggestion, is_listed, suggest_aliases, suggest_groups
from crawler.models import SeenName
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.explaining import choose_marks, indent, mark_lines
from scheduler.past import open_past, read_last
from settings.load import ENTITY_FILES
from settings.model import Gazetteer


def main(config: Path | None, last: str, at_least: int, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        since = read_last(last)
        with open_past(settings.run) as store:
            variants, groups = store.read_unlisted(since)
    except ValueError as error:
        return fail(f"--last {last}: {error}", Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    known = is_listed(settings.gazetteer)
    listing = _Listing(settings.gazetteer, at_least)
    listing.add("spelling", suggest_aliases(seen for seen in map(_with_sentence, variants) if not known(seen)))
    listing.add("group", suggest_groups(seen for seen in map(_with_sentence, groups) if not known(seen)))
    listing.show(make_console(), last, as_json=as_json)
    return int(Exit.DONE)


def _with_sentence(seen: SeenName) -> SeenVariant:
    start, end = sentence_at(seen.around, seen.start)
    return SeenVariant(seen.entity, seen.text, seen.around[start:end])


class _Listing:
    """Suggestions with the place where each would be added."""

    def __init__(self, gazetteer: Gazetteer, at_least: int) -> None:
        self._names = {entity.id: (entity.name, entity.type) for entity in gazetteer.entities}
        self._at_least = at_least
        self._found: list[tuple[str, str, Suggestion]] = []

    def add(self, kind: str, suggestions: Iterable[Suggestion]) -> None:
        for suggestion in suggestions:
            if suggestion.count >= self._at_least:
                self._found.append((kind, self._find_place(suggestion), suggestion))

    def _find_place(self, suggestion: Suggestion) -> str:
        """File and key."""
        if not suggestion.entity:
            return "gazetteer/groups.yaml, groups"
        _, type_ = self._names.get(suggestion.entity, ("", "group"))
        file = next(name for name, kind in ENTITY_FILES.items() if kind == type_)
        return f"gazetteer/{file}.yaml, {file}.{suggestion.entity}.aliases.en"

    def show(self, console: Console, last: str, *, as_json: bool) -> None:
        for kind, place, suggestion in self._found:
            if as_json:
                print_json({"kind": kind, "where": place, **asdict(suggestion)})
            else:
                self._print(kind, place, suggestion, console)
        if not self._found and not as_json:
            console.print(f"No name of the last {last} is missing from the gazetteer.")

    def _print(self, kind: str, place: str, suggestion: Suggestion, console: Console) -> None:
        name, _ = self._names.get(suggestion.entity, ("", ""))
        what = f"a spelling of {name or suggestion.entity}" if kind == "spelling" else "a group that nobody knows"
        times = "once" if suggestion.count == 1 else f"{suggestion.count} times"
        console.print(Text.assemble((defuse_text(suggestion.text), "bold"), f"  {times}, {what}"))
        start = suggestion.example.find(suggestion.text)
        spans = [(start, start + len(suggestion.text))] if start >= 0 else []
        console.print(indent(mark_lines(suggestion.example, spans, choose_marks(console))))
        console.print(indent(Text.assemble((f"{place}:  ", "dim"), (defuse_text(suggestion.line), "green"))))
