"""Logging: one line per event on stderr, for people or as JSON. Nothing from the web can break a line."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from scheduler.alerts.terminal import defuse_text

QUIET = (
    "scrapy",
    "twisted",
    "apscheduler",
    "asyncio",
    "trafilatura",
    "htmldate",
    "courlan",
    "alembic",
    "filelock",
    "uvicorn",
)
"""What these say below a warning is about their own workings."""


def configure_logging(*, as_json: bool = False, level: int = logging.INFO) -> None:
    """Route structlog and the standard library's loggers to stderr in one form."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=20,
            # never the values of variables: an address may hold a password
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_exception,
        _clean_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _clean_values, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # its ticks are told by the daemon's own listener, in one line
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


def writes_json() -> bool:
    """Do lines of this process go out as JSON? So do those of processes that it starts."""
    forms = [handler.formatter for handler in logging.getLogger().handlers]
    return any(
        isinstance(processor, structlog.processors.JSONRenderer)
        for form in forms
        if isinstance(form, structlog.stdlib.ProcessorFormatter)
        for processor in form.processors
    )


def _tell_exception(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  # structlog's hook
    """A traceback is a value like others, on one line: what was raised may quote a page. Never the values of variables:
    an address may hold a password."""
    event = structlog.processors.format_exc_info(logger, method, event)
    if told := event.pop("exception", ""):
        event["traceback"] = " | ".join(line.strip() for line in str(told).splitlines())
    return event


def _clean_values(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Control and bidi characters out of every text value: a title must not forge a log line."""
    return {key: defuse_text(value) if isinstance(value, str) else value for key, value in event.items()}
