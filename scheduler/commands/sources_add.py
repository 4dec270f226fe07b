"""`basewatch sources add`: find the sources of an outlet, show what they bring, write the entry."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from crawler.errors import BasewatchError
from crawler.fetch.urls import in_scope
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.discovering import Discovery, NoPageError, Sample, choose_sample, discover_sources, fetch_sample
from scheduler.entries import NoPlaceError, insert_entry, write_entry, write_sources
from scheduler.exploring import open_explorer
from scheduler.trying import print_sample, print_titles, print_trials, sample_object, trial_object
from settings import SettingsError, load_settings
from settings.load import find_file
from settings.model import Outlet, Settings, Source
from spiders.live import LiveCrawl
from spiders.session import run_session

_NOTHING = (
    "Nothing was found that lists articles. Is there a page that does? Add that. One that only shows them with "
    "JavaScript is written by hand, with `render: true`."
)


def main(url: str, config: Path | None, *, allow_private: bool, only_print: bool, as_json: bool) -> int:
    settings = load_or_exit(config)
    address = url if "//" in url else f"https://{url}"
    try:
        template = Source(name="new", outlet="new", kind="section", url=address, allow_private=allow_private)
        found, samples = run_session(settings.run, [template], lambda live: _explore(live, template, settings))
    except ValidationError as error:
        # without the address, which may hold a password
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        return fail(f"needs {reason}", Exit.WRONG_SETTINGS)
    except (NoPageError, BasewatchError) as error:
        return fail(f"{address}: {defuse_text(str(error))}", Exit.FINDINGS)
    contradicts = _find_contradiction(found, samples)
    entry = write_entry(found.profile, [trial.settled for trial in found.chosen])
    if as_json:
        told = {"slug": found.profile.slug, "entry": entry if found.chosen else ""}
        trials, texts = [trial_object(trial) for trial in found.trials], [sample_object(sample) for sample in samples]
        print_json({**told, "trials": trials, "samples": texts})
    else:
        _show(found, samples, make_console())
        if contradicts:
            make_console().print(Text(contradicts, "yellow"))
    if not found.chosen:
        return fail(_NOTHING, Exit.FINDINGS)
    return _finish(found, entry, settings, None if only_print else config, quiet=as_json)


async def _explore(live: LiveCrawl, template: Source, settings: Settings) -> tuple[Discovery, list[Sample]]:
    samples: dict[str, Sample] = {}
    with open_explorer(live, settings) as explorer:
        found = await discover_sources(explorer, template)
        for trial in found.chosen:
            if choose_sample(trial).url not in samples:
                sample = await fetch_sample(explorer, trial)
                samples[sample.url] = sample
    return _tell_language(found, samples.values()), list(samples.values())


def _tell_language(found: Discovery, samples: Iterable[Sample]) -> Discovery:
    """An outlet that does not say in which language it writes is known by its text."""
    read = (sample.article.language for sample in samples if sample.article)
    language = found.profile.language or next(filter(None, read), "en")
    return replace(found, profile=replace(found.profile, language=language))


def _find_contradiction(found: Discovery, samples: Iterable[Sample]) -> str:
    """Templates often say a language that nobody writes there."""
    read = {sample.article.language for sample in samples if sample.article} - {None, "", found.profile.language}
    said = f"The page says that it is written in {found.profile.language}, and the text above is in {', '.join(read)}"
    return f"{said}: look at `language:` below.\n" if len(read) == 1 else ""


def _show(found: Discovery, samples: list[Sample], console: Console) -> None:
    console.print(Text(defuse_text(f"{found.profile.name}  {found.profile.homepage}"), style="bold"))
    console.print()
    print_trials(console, found.trials, found.chosen)
    for trial in found.chosen:
        print_titles(console, trial)
    for sample in samples:
        print_sample(console, sample)
    console.print()


# ── where the entry goes ─────────────────────────────────────────────────────────────────────────


def _finish(found: Discovery, entry: str, settings: Settings, config: Path | None, *, quiet: bool) -> int:
    """Write the entry, or show it and say why it was not written."""
    console = make_console(stderr=quiet)
    known = _find_outlet(found, settings)
    if known is not None:
        return _show_missing(found, known, console)
    if config is None:
        console.print(Text(entry), soft_wrap=True)
        console.print("Not written. With --config FOLDER it is added to that folder's sources.yaml.")
        return int(Exit.DONE)
    try:
        path = _write_entry(config, entry)
    except (NoPlaceError, OSError, SettingsError) as error:
        console.print(Text(entry), soft_wrap=True)
        return fail(f"Not written to {config / 'sources.yaml'}: {error}", Exit.FINDINGS)
    console.print(Text(entry), soft_wrap=True)
    console.print(f"Written to {path}. A daemon that runs with this folder begins to watch it.")
    return int(Exit.DONE)


def _find_outlet(found: Discovery, settings: Settings) -> Outlet | None:
    """The configured outlet that publishes on the same site; channels share theirs with all other channels."""
    if any(trial.source.kind == "telegram" for trial in found.chosen):
        addresses = {trial.source.url.lower() for trial in found.chosen}
        return next((o for o in settings.outlets if any(s.url.lower() in addresses for s in o.sources)), None)
    for outlet in settings.outlets:
        if outlet.slug == found.profile.slug or _shares_site(outlet.homepage, found.profile.homepage):
            return outlet
    return None


def _shares_site(one: str, other: str) -> bool:
    hosts = [address.split("/")[2] for address in (one, other)]
    return hosts[0].removeprefix("www.") == hosts[1].removeprefix("www.") and in_scope(
        one, [hosts[1].partition(":")[0]]
    )


def _show_missing(found: Discovery, known: Outlet, console: Console) -> int:
    have = {source.url for source in known.sources}
    missing = [trial.settled for trial in found.chosen if have.isdisjoint({trial.source.url, trial.moved_to})]
    if not missing:
        console.print(f"The outlet {known.slug} is watched there already.")
        return int(Exit.DONE)
    console.print(f"The outlet {known.slug} exists. To add what it lacks, write below its `sources:`:\n")
    taken = {source.name for source in known.sources}
    named = [_rename(source, known.slug, taken) for source in missing]
    console.print(Text("\n".join(write_sources(known.slug, named))), soft_wrap=True)
    return int(Exit.FINDINGS)


def _rename(source: Source, slug: str, taken: set[str]) -> Source:
    names = (f"{slug}-{source.kind}{number}" for number in ("", *(f"-{n}" for n in range(2, 99))))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return source.model_copy(update={"name": name})


def _write_entry(config: Path, entry: str) -> Path:
    """Into the folder's own file; a folder that has none gets the shipped one, so that nothing ceases to be watched.

    Raises NoPlaceError, OSError, and SettingsError when the settings would be refused: then the file is as it was.
    """
    path = config / "sources.yaml"
    before = path.read_text(encoding="utf-8") if path.exists() else None
    text = before if before is not None else find_file(config, "sources.yaml").read_text(encoding="utf-8")
    _replace(path, insert_entry(text, entry))
    try:
        load_settings(config)
    except SettingsError:
        if before is None:
            path.unlink()
        else:
            _replace(path, before)
        raise
    return path


def _replace(path: Path, text: str) -> None:
    """All at once: the daemon may read it any moment."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
