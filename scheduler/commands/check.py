"""`basewatch check`: read all settings, say what is wrong or what there is."""

from collections import Counter
from pathlib import Path

from crawler.errors import RenderError
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.verified import load_verified
from spiders.rendering import verify_browser


def main(config: Path | None) -> int:
    settings = load_or_exit(config, load_verified)
    kinds = Counter(entity.type for entity in settings.gazetteer.entities)
    aliases = sum(len(entity.aliases) for entity in settings.gazetteer.entities)
    enabled = [source for source in settings.sources if source.enabled]
    console = make_console()
    console.print(f"outlets   {len(settings.outlets)}, sources {len(settings.sources)} ({len(enabled)} enabled)")
    console.print(f"gazetteer {', '.join(f'{count} {kind}s' for kind, count in kinds.items())}; {aliases} spellings")
    console.print(f"rules     {', '.join(rule.name for rule in settings.rules) or 'none'}")
    console.print(f"digest    {settings.digest}")
    if not settings.run.contact:
        console.print("advice    set `contact:` in run.yaml, so that outlets can reach you", style="yellow")
    try:
        verify_browser(enabled)
    except RenderError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    return int(Exit.DONE)
