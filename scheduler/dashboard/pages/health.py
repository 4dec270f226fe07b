"""For machines that ask whether this one works."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from scheduler.dashboard.window import find_window

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def say_alive() -> PlainTextResponse:
    """Does this process answer? Open to everyone, and says nothing else."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def say_ready(request: Request) -> PlainTextResponse:
    """Does the database answer too? 503 if not."""
    find_window(request).store.read_ticks()
    return PlainTextResponse("ready\n")
