"""Rules as they were when an alert was decided, compiled, to say which of their parts held."""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from crawler.errors import RuleError
from crawler.match.matcher import Matcher
from scheduler.dashboard.window import Window
from settings.model import Rule, Settings

log = structlog.get_logger("dashboard")

_DIGEST = re.compile(r"[0-9a-f]{8,128}", re.ASCII)
_MOST_KEPT = 3
_lock = threading.Lock()
_kept: OrderedDict[str, "Rulebook"] = OrderedDict()
"""By digest, which names one set of rules for ever. Compiling one takes a second."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A set of rules."""

    rules: dict[str, Rule]
    matcher: Matcher


def find_rulebook(window: Window, digest: str) -> Rulebook | None:
    """That of a settings digest; None when that set was not kept."""
    with _lock:
        if digest in _kept:
            _kept.move_to_end(digest)
            return _kept[digest]
        settings = _find_settings(window, digest)
        if settings is None:
            return None
        try:
            book = Rulebook({rule.name: rule for rule in settings.rules}, Matcher(settings.gazetteer, settings.rules))
        except RuleError as error:
            log.warning("rules_refused", digest=digest, error=str(error))
            return None
        _kept[digest] = book
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
        return book


def _find_settings(window: Window, digest: str) -> Settings | None:
    if digest == window.settings.digest:
        return window.settings
    if not _DIGEST.fullmatch(digest):
        return None
    try:
        return Settings.model_validate_json((window.run.data_dir / "run" / f"settings-{digest}.json").read_bytes())
    except (OSError, ValueError):
        return None  # swept away, or of a version that reads otherwise; the page says that it is not there
