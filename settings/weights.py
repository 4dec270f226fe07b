"""What words weigh where a rule with `calm:` is judged: a file for each language in `reading/`, nobody's settings."""

from functools import cache
from hashlib import sha256
from importlib import resources


def read_weights() -> dict[str, str]:
    """By language: lines of a word, a tab, and its weight."""
    folder = resources.files("settings") / "reading"
    return {file.name.removesuffix(".txt"): file.read_text("utf-8") for file in folder.iterdir()}


@cache
def digest_weights() -> str:
    """Changes when any weight does."""
    return sha256("".join(text for _, text in sorted(read_weights().items())).encode()).hexdigest()[:16]
