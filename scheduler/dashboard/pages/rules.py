"""Rules, and a field to try an expression in."""

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from scheduler.dashboard.api.rules import Days, find_trials
from scheduler.dashboard.rendering import render
from scheduler.dashboard.views.rules import list_rules, read_rule, try_expression
from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/rules")
def show_rules(request: Request, when: str = "", days: Days = 30) -> Response:
    window = find_window(request)
    trial = try_expression(window, find_trials(request), when, days)
    return render(request, "rules.html", rules=list_rules(window), trial=trial)


@router.get("/rules/try")
def show_trial(request: Request, when: str = "", days: Days = 30) -> Response:
    """The piece of the page that changes as one types."""
    trial = try_expression(find_window(request), find_trials(request), when, days)
    return render(request, "trial.html", trial=trial)


@router.get("/rules/{name}")
def show_rule(request: Request, name: str) -> Response:
    view = read_rule(find_window(request), find_trials(request), name)
    if view is None:
        raise HTTPException(404, f"No rule is called {name}.")
    return render(request, "rule.html", view=view)
