"""Logging in and out."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scheduler.dashboard.access import Access, LoginLimit, require_word
from scheduler.dashboard.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/login")
def show_login(request: Request) -> Response:
    access: Access = request.app.state.access
    if access.is_open or request.session.get("in"):
        return RedirectResponse("/", 303)
    return _ask(request, "" if access.password else "Only programs are let in here, with a token.", 200)


@router.post("/login", dependencies=[Depends(require_word)])
async def log_in(request: Request, password: Annotated[str, Form(max_length=1024)]) -> Response:
    access: Access = request.app.state.access
    limit: LoginLimit = request.app.state.login_limit
    client, now = request.client.host if request.client else "", time.monotonic()
    if (wait := limit.wait_s(client, now)) > 0:
        answer = await run_in_threadpool(_ask, request, f"Too many tries. Wait {wait:.0f} seconds.", 429)
        answer.headers["Retry-After"] = f"{wait:.0f}"
        return answer
    if not access.accepts_password(password):
        limit.note_failure(client, now)
        return await run_in_threadpool(_ask, request, "That is not the password.", 401)
    # a session from before the login is nobody's afterwards
    request.session.clear()
    request.session["in"] = True
    return RedirectResponse("/", 303)


@router.post("/logout", dependencies=[Depends(require_word)])
async def log_out(request: Request) -> Response:
    request.session.clear()
    return RedirectResponse("/login", 303)


def _ask(request: Request, problem: str, status: int) -> HTMLResponse:
    return render(request, "login.html", status=status, problem=problem)
