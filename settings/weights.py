"""What words weigh where a rule with `calm:` or `loud:` is judged: in `reading/`, nobody's settings."""

from functools import cache
from hashlib import sha256
from importlib import resources

PARTS = "parts"
"""The file that tells how much the sentence, its neighbours and each list of words count."""


def read_weights() -> dict[str, str]:
    """By language, and `PARTS`: lines of a word or a part, a tab, and its weight."""
    folder = resources.files("settings") / "reading"
    return {file.name.removesuffix(".txt"): file.read_text("utf-8") for file in folder.iterdir()}


@cache
def digest_weights() -> str:
    """Changes when any weight does."""
    return sha256("".join(text for _, text in sorted(read_weights().items())).encode()).hexdigest()[:16]
