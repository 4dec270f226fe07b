"""Rules as JSON."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request

from scheduler.dashboard.trials import Trials
from scheduler.dashboard.views.rules import RuleLine, RuleView, TrialView, list_rules, read_rule, try_expression
from scheduler.dashboard.window import find_window

router = APIRouter(prefix="/api", tags=["rules"])

Days = Annotated[int, Query(ge=1, le=366, description="Articles seen in so many days, today included.")]


def find_trials(request: Request) -> Trials:
    trials: Trials = request.app.state.trials
    return trials


@router.get("/rules")
def show_rules(request: Request) -> tuple[RuleLine, ...]:
    """Each rule with its hits of 90 days."""
    return list_rules(find_window(request))


@router.get("/rules/try")
def show_trial(request: Request, when: str = "", days: Days = 30) -> TrialView:
    """What an expression would have caught, as far as two seconds reach; `problem` says what is wrong with it."""
    return try_expression(find_window(request), find_trials(request), when, days)


@router.get("/rules/{name}")
def show_rule(request: Request, name: str) -> RuleView:
    """One rule: hits, examples and whether they hold, the newest articles."""
    view = read_rule(find_window(request), find_trials(request), name)
    if view is None:
        raise HTTPException(404, f"no rule is called {name}")
    return view
