"""The site put together: what stands before every route, the routes, and what people read when something fails."""

from http import HTTPStatus
from importlib.metadata import version

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from crawler.errors import BusyError, StoreError
from scheduler.dashboard.access import SESSION_S, Access, Gate, LoginLimit, read_key, require_word
from scheduler.dashboard.api import activity as activity_api
from scheduler.dashboard.api import alerts as alerts_api
from scheduler.dashboard.api import entities as entities_api
from scheduler.dashboard.api import rules as rules_api
from scheduler.dashboard.api import search as search_api
from scheduler.dashboard.api import sources as sources_api
from scheduler.dashboard.etags import ETags
from scheduler.dashboard.events import Broadcaster
from scheduler.dashboard.headers import BodyLimit, Heads, KnownHost, SecurityHeaders, list_hosts
from scheduler.dashboard.pages import activity, alert, entities, health, login, metrics, now, rules, search, sources
from scheduler.dashboard.rendering import FOLDER, make_environment, render
from scheduler.dashboard.trials import Trials
from scheduler.dashboard.window import Window

log = structlog.get_logger("dashboard")


DESCRIPTION = """Everything that the dashboard shows, as JSON.

Where a password or a token is set, programs send `Authorization: Bearer TOKEN`; without one they are answered 401.
Answers to GET carry an `ETag`, and 304 answers `If-None-Match` while nothing has changed; the exports are written as
they are read, and carry none. Long lists come in pages: the
header `Link` names the next one (`rel="next"`); alerts and found articles say it in `next_before` and `cursor`.
"""


TITLES: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That cannot be asked for",
    HTTPStatus.TOO_MANY_REQUESTS: "Busy",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available just now",
}
"""What people read above the reason; else the phrase of HTTP."""


def make_site(window: Window) -> FastAPI:
    """Raises StoreError when the key for sessions cannot be kept."""
    access = Access.of(window.run)
    site = FastAPI(
        title="basewatch",
        version=version("basewatch"),
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        # the interactive pages of FastAPI load scripts from elsewhere
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(require_word), Depends(HTTPBearer(auto_error=False, description="dashboard_token"))],
        middleware=[
            Middleware(Heads),
            Middleware(SecurityHeaders),
            Middleware(KnownHost, hosts=list_hosts(window.run.dashboard, window.run.dashboard_names)),
            Middleware(BodyLimit),
            Middleware(
                SessionMiddleware,
                secret_key=read_key(window.run.data_dir / "run", access),
                session_cookie="basewatch",
                max_age=SESSION_S,
                same_site="strict",
            ),
            Middleware(Gate, access=access),
            Middleware(ETags),
        ],
    )
    site.state.window = window
    site.state.access = access
    site.state.login_limit = LoginLimit()
    site.state.broadcaster = Broadcaster(window.store)
    site.state.trials = Trials()
    site.state.environment = make_environment()
    own = (login, health, metrics, now, alert, sources, sources_api, search, search_api, alerts_api)
    counted = (activity, activity_api, entities, entities_api, rules, rules_api)
    for router in (module.router for module in (*own, *counted)):
        site.include_router(router)
    site.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    site.add_exception_handler(HTTPException, _tell_refusal)
    site.add_exception_handler(RequestValidationError, _tell_wrong_values)
    site.add_exception_handler(StoreError, _tell_store_away)
    site.add_exception_handler(BusyError, _tell_busy)
    return site


async def _tell_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for nothing else
    return _answer(request, error.status_code, str(error.detail))


async def _tell_wrong_values(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for nothing else
    wrong = "; ".join(f"{each['loc'][min(1, len(each['loc']) - 1)]}: {each['msg']}" for each in error.errors())
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, wrong)


async def _tell_busy(request: Request, error: Exception) -> Response:
    return _answer(request, HTTPStatus.TOO_MANY_REQUESTS, str(error))


async def _tell_store_away(request: Request, error: Exception) -> Response:
    log.error("store_away", path=request.url.path, error=str(error))
    return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, f"The database does not answer: {error}")


def _answer(request: Request, status: int, message: str) -> Response:
    """For people a page, for programs JSON."""
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": message}, status)
    phrase = HTTPStatus(status).phrase
    told = "There is no such page." if status == HTTPStatus.NOT_FOUND and message == phrase else message
    return render(request, "error.html", status=status, title=TITLES.get(status, phrase), message=told)
