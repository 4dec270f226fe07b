"""What is worth loading, by its declared kind."""

_MARKUP = ("html", "xml", "json", "rss", "atom", "rdf")
_UNKNOWN = frozenset({"application/octet-stream", "binary/octet-stream", "application/gzip", "application/x-gzip"})


def is_readable(declared: str, kind: str) -> bool:
    """May an answer with this Content-Type be text? `kind` is the errand's. The status is of interest even if not."""
    media = declared.partition(";")[0].strip().lower()
    if kind == "part":
        return media.partition("/")[0] not in ("image", "audio", "video", "font")
    if "/" not in media or media.startswith("text/"):
        return True
    return any(word in media for word in _MARKUP) or (kind != "article" and media in _UNKNOWN)
