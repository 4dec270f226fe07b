"""An expression tried on stored articles, and examples run, while somebody waits: one at a time, for two seconds."""

import threading
import time
from dataclasses import dataclass

from crawler.errors import BusyError, RuleError
from crawler.match.examples import ExampleProblem, check_examples
from crawler.match.matcher import Matcher
from crawler.models import StoredArticle
from crawler.store.store import Store
from settings.model import Gazetteer, Rule, Settings

DEADLINE_S = 2.0
PORTION = 50
MOST_SHOWN = 50
LONGEST = 2000
NAME = "tried"
"""What the expression is called."""


@dataclass(frozen=True, slots=True)
class Caught:
    """An article that the expression fires on."""

    article: StoredArticle
    sentence: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a trial came."""

    articles: int
    """Looked at, the newest first."""
    caught: int
    shown: tuple[Caught, ...]
    is_all: bool
    """False: time ran out before all articles of the span were looked at."""
    ran_away: str
    """Address of the article on which a regular expression did not end; the trial stops there."""


class Trials:
    """Keeps compiled what costs most. Both methods raise BusyError while another one works, and RuleError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._problems: dict[str, tuple[ExampleProblem, ...]] = {}

    def try_expression(self, gazetteer: Gazetteer, expression: str, store: Store, last_day: str, since: str) -> Trial:
        """On newest revisions seen between these ISO days, both included, the newest first."""
        if len(expression) > LONGEST:
            raise RuleError(NAME, expression[:80], 80, f"an expression that is tried has at most {LONGEST} characters")
        if not self._lock.acquire(timeout=DEADLINE_S):
            raise BusyError("Another expression is being tried. Try again in a moment.")
        try:
            matcher = Matcher(gazetteer, (Rule(name=NAME, severity="info", when=expression),))
            return _try_all(matcher, store, last_day, since)
        finally:
            self._lock.release()

    def check(self, settings: Settings, rule: Rule) -> tuple[ExampleProblem, ...]:
        """Examples of the rule that fail; remembered until the settings change."""
        if not self._lock.acquire(timeout=DEADLINE_S):
            raise BusyError("Examples or an expression are being tried. Try again in a moment.")
        try:
            if self._settings is not settings:
                self._settings, self._problems = settings, {}
            if rule.name not in self._problems:
                alone = rule.model_copy(update={"yields": False})
                self._problems[rule.name] = check_examples(Matcher(settings.gazetteer, (alone,)), (rule,))
            return self._problems[rule.name]
        finally:
            self._lock.release()


def _try_all(matcher: Matcher, store: Store, last_day: str, since: str) -> Trial:
    until = time.monotonic() + DEADLINE_S
    looked = caught = 0
    shown: list[Caught] = []
    before: StoredArticle | None = None
    while portion := store.read_latest(since, last_day, before, PORTION):
        for stored in portion:
            if time.monotonic() > until:
                return Trial(looked, caught, tuple(shown), is_all=False, ran_away="")
            findings = matcher.examine(stored.article)
            looked += 1
            if findings.disabled:
                return Trial(looked, caught, tuple(shown), is_all=False, ran_away=stored.url)
            if findings.hits:
                caught += 1
                if len(shown) < MOST_SHOWN:
                    hit = findings.hits[0]
                    shown.append(Caught(stored, hit.sentence, hit.explanation))
        before = portion[-1]
    return Trial(looked, caught, tuple(shown), is_all=True, ran_away="")
