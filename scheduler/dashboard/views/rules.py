"""Rules: what each says, how often it fires, whether its examples hold; and expressions that are tried."""

from dataclasses import dataclass

from crawler.errors import RuleError
from scheduler.dashboard.trials import Trials
from scheduler.dashboard.views.charts import Count, count_steps, list_days
from scheduler.dashboard.views.entities import ArticleLine, show_articles
from scheduler.dashboard.views.search import find_link
from scheduler.dashboard.window import Window
from scheduler.metrics import RuleCost, read_costs
from settings.model import Rule

DAYS = 90
RECENT = 15
_KIND = "rule"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One in the list."""

    name: str
    severity: str
    description: str
    when: str
    unless: str
    tags: tuple[str, ...]
    hits: int
    """Articles of the last 90 days on which it fired."""
    last_day: str | None
    """On which it last fired."""
    bars: tuple[Count, ...]
    tries: int
    """Articles on which the running daemons tried it."""
    mean_ms: float | None
    """Milliseconds of CPU for one of them, the mean; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """An example and whether it does what it says."""

    text: str
    title: str
    matches: bool
    """Is the rule to fire on it?"""
    problem: str
    """Why it fails; empty where it passes."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule in full."""

    rule: RuleLine
    calm: str
    """Its severity where the text reads calm; empty where it always has its own."""
    loud: str
    """The same where it reads loud."""
    yields: bool
    examples: tuple[ExampleLine, ...]
    articles: tuple[ArticleLine, ...]


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An article that a tried expression caught."""

    title: str
    link: str | None
    outlet_name: str
    day: str
    sentence: str
    explanation: str


@dataclass(frozen=True, slots=True)
class TrialView:
    """What an expression would have caught."""

    when: str
    days: int
    problem: str
    """With line, a caret below the place, and what was expected; empty for an expression that is right."""
    articles: int = 0
    caught: int = 0
    is_all: bool = True
    ran_away: str = ""
    shown: tuple[TrialLine, ...] = ()


def list_rules(window: Window) -> tuple[RuleLine, ...]:
    """As the settings order them."""
    days, rules = list_days(window.clock(), DAYS), window.settings.rules
    names = [rule.name for rule in rules]
    counts = window.store.count_days(_KIND, names, days[0], ())
    last = window.store.read_last_days(_KIND, names)
    costs = read_costs(window.run.data_dir / "run")
    return tuple(_make_line(rule, days, counts[rule.name], last, costs) for rule in rules)


def read_rule(window: Window, trials: Trials, name: str) -> RuleView | None:
    """None for a name that no rule has. Raises BusyError."""
    settings = window.settings
    rule = next((each for each in settings.rules if each.name == name), None)
    if rule is None:
        return None
    store = window.store
    days = list_days(window.clock(), DAYS)
    failing = {(problem.text, problem.wanted): problem.why for problem in trials.check(settings, rule)}
    return RuleView(
        _make_line(
            rule,
            days,
            store.read_timeline(_KIND, name, days[0]),
            store.read_last_days(_KIND, [name]),
            read_costs(window.run.data_dir / "run"),
        ),
        rule.calm or "",
        rule.loud or "",
        rule.yields,
        tuple(
            ExampleLine(each.text, each.title, each.matches, failing.get((each.text, each.matches), ""))
            for each in rule.examples
        ),
        show_articles(window, store.read_found(store.list_ids(_KIND, name, RECENT))),
    )


def try_expression(window: Window, trials: Trials, when: str, days: int) -> TrialView:
    """On the articles of the last days, the newest first, for two seconds. Raises BusyError."""
    span = list_days(window.clock(), days)
    if not when.strip():
        return TrialView(when, days, "")
    try:
        trial = trials.try_expression(window.settings.gazetteer, when, window.store, span[-1], span[0])
    except RuleError as error:
        return TrialView(when, days, str(error))
    names = {outlet.slug: outlet.name for outlet in window.settings.outlets}
    shown = tuple(
        TrialLine(
            each.article.article.title or each.article.url,
            find_link(None, each.article.url),
            names.get(each.article.article.outlet, each.article.article.outlet),
            f"{each.article.seen_at:%Y-%m-%d}",
            each.sentence,
            each.explanation,
        )
        for each in trial.shown
    )
    return TrialView(when, days, "", trial.articles, trial.caught, trial.is_all, trial.ran_away, shown)


def _make_line(
    rule: Rule, days: tuple[str, ...], counts: dict[str, int], last: dict[str, str], costs: dict[str, RuleCost]
) -> RuleLine:
    cost = costs.get(rule.name, RuleCost(0, 0.0))
    return RuleLine(
        rule.name,
        rule.severity,
        rule.description,
        rule.when,
        rule.unless,
        rule.tags,
        sum(counts.values()),
        last.get(rule.name),
        count_steps(days, counts),
        cost.tries,
        round(1000 * cost.seconds / cost.tries, 3) if cost.tries else None,
    )
