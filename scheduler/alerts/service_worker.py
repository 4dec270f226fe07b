"""Sending by Apprise, inside a worker process. Apprise blocks, follows redirects, reads answers of any length and tells
no status; so it lives where it can be killed and where what it does to the network is watched."""

import io
import logging
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Final

from crawler.fetch.guard import is_public

_FORBIDDEN: Final = frozenset({"socket.bind", "subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system"})
_MOST_ANSWER: Final = 64 << 10
"""Bytes of an answer that are read; all that is needed of it is its beginning."""
_CAUSE: Final = "Socket Exception: "
"""Begins the one line of Apprise's for developers that says why; others hold what was sent, and to where."""
_CAUSES: Final = (
    re.compile(r"PermissionError\('([^']+)'\)"),
    re.compile(r"\((\d{3}, b'[^']*)'\)"),  # a mail server's answer
    re.compile(r"\[Errno -?\d+\] ([^()\"']+)"),
    re.compile(r"Caused by (.+)"),  # what stands before it is the address
    re.compile(r"(.+)"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of it."""

    is_sent: bool
    status: int | None = None
    """Of the last HTTP answer; None where none came, and for e-mail."""
    retry_after: str | None = None
    said: str = ""
    """The last complaint of Apprise's, one line. May hold parts of the address."""
    is_hopeless: bool = False
    """The address is wrong."""


@dataclass(slots=True)
class _Watched:
    """Of the one message that is being sent."""

    allow_private: bool = False
    status: int | None = None
    retry_after: str | None = None
    complaints: list[str] = field(default_factory=list)
    cause: str = ""


_now = _Watched()


def watch_reach(event: str, args: tuple[Any, ...]) -> None:
    """The audit hook of the worker: what is connected to is what is checked, after names were resolved."""
    if event in _FORBIDDEN:
        raise PermissionError(f"a sender may not do {event}")
    if event == "socket.connect" and not _now.allow_private:
        address = args[1]
        host = address[0] if isinstance(address, tuple) and address else ""
        if not (isinstance(host, str) and is_public(host)):
            where = host or "a socket of this machine"
            raise PermissionError(f"{where} is not a public address; `allow_private: true` would permit it")


def send_text(url: str, title: str, body: str, allow_private: bool) -> Report:  # noqa: FBT001 - pickled, and asked for by place
    """Once, to one service. Raises nothing that Apprise knows of."""
    global _now  # noqa: PLW0603 - a worker sends one message at a time, and the hooks have no other way to know
    _now = _Watched(allow_private)
    apprise = _prepare()
    names = apprise.AppriseAsset(app_id="basewatch", app_desc="basewatch", app_url="")
    service = apprise.Apprise.instantiate(url, asset=names, suppress_exceptions=True)
    if service is None:
        return Report(is_sent=False, said="Apprise does not understand the address", is_hopeless=True)
    _tame(service, apprise)
    sender = apprise.Apprise()
    sender.add(service)
    is_sent = bool(sender.notify(body, title=title, body_format=apprise.NotifyFormat.TEXT))
    said = ": ".join(filter(None, [" ".join(_now.complaints[-1].split())[:300] if _now.complaints else "", _now.cause]))
    return Report(is_sent, _now.status, _now.retry_after, said)


def is_understood(url: str) -> bool:
    """Whether Apprise can make a service of an address. Asks nobody."""
    return _prepare().Apprise.instantiate(url, suppress_exceptions=True) is not None


def _tame(service: Any, apprise: Any) -> None:  # noqa: ANN401 - Apprise's plugins share no useful type
    """Plain text, no previews, no redirects, whatever the address asks for."""
    service.redirects = False
    if hasattr(service, "preview"):
        service.preview = False
    if type(service).__name__ == "NotifyDiscord":
        service.flags = 4  # SUPPRESS_EMBEDS
    if type(service).__name__ != "NotifyTelegram":  # which knows no plain text, and whose HTML is escaped as it must be
        # else Apprise escapes for the service's Markdown, and the link with it, which then leads nowhere
        service.notify_format = apprise.NotifyFormat.TEXT
    service._format_override = None  # noqa: SLF001 - `?format=` of the address
    for picture in ("include_image", "avatar"):
        if hasattr(service, picture):
            setattr(service, picture, False)


@cache
def _prepare() -> Any:  # noqa: ANN401 - a module
    """Import Apprise, and let every answer to it pass by us."""
    adapters = import_module("requests.adapters")
    send = adapters.HTTPAdapter.send

    def send_watched(adapter: Any, request: Any, **options: Any) -> Any:  # noqa: ANN401 - requests' own signature
        response = send(adapter, request, **{**options, "stream": True})
        _now.status = response.status_code
        _now.retry_after = response.headers.get("Retry-After")
        response.headers.pop("Location", None)  # so that it cannot be followed
        start = response.raw.read(_MOST_ANSWER, decode_content=False)
        response.raw.close()
        response.raw = io.BytesIO(start)
        response.headers.pop("Content-Encoding", None)
        response._content = start  # noqa: SLF001 - else requests would read the rest
        response._content_consumed = True  # noqa: SLF001
        return response

    adapters.HTTPAdapter.send = send_watched
    logger = logging.getLogger("apprise")
    logger.addHandler(_Listener(logging.DEBUG))
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return import_module("apprise")


class _Listener(logging.Handler):
    """Apprise says only in its log that something failed, and only to developers why."""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            _now.complaints.append(message)
        elif message.startswith(_CAUSE):
            _now.cause = describe_cause(message.removeprefix(_CAUSE))


def describe_cause(said: str) -> str:
    """Of an exception as Python prints it, what a person needs. One line; may hold parts of the address."""
    line = " ".join(said.split())
    found = next(match[1] for cause in _CAUSES if (match := cause.search(line or "no reason given")))
    return found.replace(", b'", " ").strip()[:200]
