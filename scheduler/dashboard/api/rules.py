"""Rules as JSON."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from scheduler.dashboard.api.paging import AskedPage, turn_page
from scheduler.dashboard.trials import Trials
from scheduler.dashboard.views.rules import RuleLine, RuleView, TrialView, list_rules, read_rule, try_expression
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["rules"])

Days = Annotated[int, Query(ge=1, le=366, description="Articles seen in so many days, today included.")]

Expression = Annotated[str, Query(description="An expression as in `when:` of a rule; docs/rules.md.")]
RuleName = Annotated[str, Path(max_length=200, description="Name of a rule, as in rules.yaml.")]


def find_trials(request: Request) -> Trials:
    trials: Trials = request.app.state.trials
    return trials


@router.get("/rules")
def show_rules(request: Request, response: Response, paging: AskedPage) -> list[RuleLine]:
    """Each rule with its hits of 90 days."""
    return turn_page(request, response, paging, list_rules(find_window(request)), lambda line: line.name)


@router.get("/rules/try")
def show_trial(request: Request, when: Expression = "", days: Days = 30) -> TrialView:
    """What an expression would have caught, as far as two seconds reach; `problem` says what is wrong with it."""
    return try_expression(find_window(request), find_trials(request), when, days)


@router.get("/rules/{name}")
def show_rule(request: Request, name: RuleName) -> RuleView:
    """One rule: hits, examples and whether they hold, the newest articles."""
    view = read_rule(find_window(request), find_trials(request), name)
    if view is None:
        raise HTTPException(404, f"no rule is called {name}")
    return view
