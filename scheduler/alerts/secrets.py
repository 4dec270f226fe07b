"""Where secrets come from, and how they stay out of everything that is written."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.errors import ChannelError

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE: Final = "file:"
_SHORTEST: Final = 4
"""Shorter pieces of an address are no secrets, and would be found in every word."""
HIDDEN: Final = "•••"


def resolve_secret(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """`${NAME}` from the environment, `file:/path` as the first line of that file. Raises ChannelError, which names the
    variable or the file and nothing of what is in it."""
    if text.startswith(_FILE):
        return _read_file(Path(text.removeprefix(_FILE)))
    return _VARIABLE.sub(lambda match: _read_variable(match[1], environ), text)


def _read_variable(name: str, environ: Mapping[str, str]) -> str:
    if not (value := environ.get(name, "")):
        raise ChannelError(f"the environment variable {name} is not set")
    return value


def _read_file(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ChannelError(f"the secret file {path} cannot be read: {reason}") from error
    if not lines or not lines[0].strip():
        raise ChannelError(f"the secret file {path} is empty")
    return lines[0].strip()


def hide_secrets(text: str, *secrets: str) -> str:
    """The text without any part of these addresses and keys but their schemes."""
    pieces = {piece for secret in secrets for piece in _list_pieces(secret)}
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, HIDDEN)
    return text


def _list_pieces(secret: str) -> set[str]:
    """Everything in an address that may be a token: user, password, host, path and query values."""
    if not secret:
        return set()
    rest = secret.partition("://")[2] or secret
    pieces = {secret, rest, *re.split(r"[/?&=:@#,;]", rest)}
    pieces |= {unquote(piece) for piece in pieces}
    return {piece for piece in pieces if len(piece) >= _SHORTEST}


def describe_target(url: str) -> str:
    """What may be shown of an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    shows_host = parts.scheme in {"http", "https"} and not parts.username
    return f"{parts.scheme}://{parts.hostname if shows_host else HIDDEN}"
