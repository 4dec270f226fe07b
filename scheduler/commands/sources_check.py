"""`basewatch sources check`: ask configured sources once and show what each would bring; nothing is stored."""

import asyncio
from pathlib import Path

from crawler.errors import BasewatchError
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.discovering import Explorer, Sample, Trial, fetch_sample, try_source
from scheduler.exploring import open_explorer
from scheduler.trying import print_sample, print_titles, print_trials, sample_object, trial_object
from settings.model import Settings, Source
from spiders.live import LiveCrawl
from spiders.rendering import verify_browser
from spiders.session import run_session

AT_ONCE = 16
"""Sources that are asked at the same time; those of one host wait for each other all the same."""


def main(name: str | None, config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    sources = choose_sources(settings, name)
    if not sources:
        known = ", ".join(outlet.slug for outlet in settings.outlets)
        return fail(f"no source or outlet is called {name}; there are the outlets {known}", Exit.WRONG_SETTINGS)
    try:
        verify_browser(sources)
        tried = run_session(
            settings.run, sources, lambda live: _try_all(live, sources, settings, with_text=name is not None)
        )
    except BasewatchError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for trial, sample in tried:
            print_json({**trial_object(trial), **({"sample": sample_object(sample)} if sample else {})})
    else:
        _show(tried)
    healthy = all(trial.works and (sample is None or sample.article) for trial, sample in tried)
    return int(Exit.DONE if healthy else Exit.FINDINGS)


def choose_sources(settings: Settings, name: str | None) -> list[Source]:
    """Those of an outlet or the one of that name, disabled ones too; without a name all that are enabled."""
    if name is None:
        return [source for source in settings.sources if source.enabled]
    return [source for source in settings.sources if name in (source.name, source.outlet)]


async def _try_all(
    live: LiveCrawl, sources: list[Source], settings: Settings, *, with_text: bool
) -> list[tuple[Trial, Sample | None]]:
    room = asyncio.Semaphore(AT_ONCE)

    async def try_one(explorer: Explorer, source: Source) -> tuple[Trial, Sample | None]:
        async with room:
            trial = await try_source(explorer, source)
            return trial, await fetch_sample(explorer, trial) if with_text and trial.works else None

    with open_explorer(live, settings) as explorer:
        return await asyncio.gather(*(try_one(explorer, source) for source in sources))


def _show(tried: list[tuple[Trial, Sample | None]]) -> None:
    console = make_console()
    print_trials(console, [trial for trial, _ in tried])
    for trial, sample in tried:
        if sample is not None:
            print_titles(console, trial)
            print_sample(console, sample)
