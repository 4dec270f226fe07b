"""What a link is: joined, checked, and reduced to the key that makes two links the same."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

from crawler.errors import LinkError

MAX_LENGTH = 2083

_EDGES = "".join(map(chr, range(0x21)))
"""C0 controls and space, which browsers cut from both ends of a link."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\]", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}

_TRACKER = re.compile(
    r"(utm|oly|vero|mtm|pk|hsa|itm)_\w+|at_(medium|campaign|custom\d|link_\w+|ptr_\w+|bbc_\w+|format|creation|send_date)"
    r"|(fb|g|dc|yc|tw|ms|ttc|ys|msc?lk)clid|msclkid|g?wbraid|gbraid|igshid?|mc_[ce]id|mkt_tok|_ga|_gl|_hs(enc|mi)|xtor|smid|ncid"
    r"|ref_(src|url)|guc(counter|e_referrer(_sig)?)|cmpid|s_cid|__twitter_impression|spm",
    re.IGNORECASE,
)
"""Parameters that say how a reader came, never what is shown. Others stay, even `ref` or `id`: two articles must not
become one."""
_AMP_QUERY = re.compile(r"amp(=1|=true|=)?|outputtype=amp", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?<=.)/amp/?$|\.amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/[cv]/(?:s/)?([^/]+\.[^/]+/.*)")
_READER_HOST = re.compile(r"(?:(?:www\d?|m|mobile|amp)\.)+(?=[^.]+\.)")
"""Names under which one outlet serves the same pages; only before at least two more labels."""


def join_link(base: str, href: str) -> str:
    """The absolute http(s) address that `href` on page `base` leads to. Raises LinkError."""
    href = _CONTROLS.sub("", href.strip(_EDGES))
    if not href:
        raise LinkError("no link")
    try:
        joined = urljoin(base, href)
    except ValueError as error:
        raise LinkError(f"not an address: {error}") from error
    return check_url(joined)


def check_url(url: str) -> str:
    """The address as it goes over the wire. Raises LinkError for what no outlet needs and attackers use."""
    if len(url) > MAX_LENGTH:
        raise LinkError(f"longer than {MAX_LENGTH} characters")
    if "\\" in url.partition("?")[0]:
        raise LinkError("backslash in the address")
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in _DEFAULT_PORTS:
            raise LinkError(f"scheme is {parts.scheme[:20] or 'missing'}, not http or https")
        if "@" in parts.netloc:
            raise LinkError("user name in the address")
        safe = safe_url_string(url)
        _check_host(urlsplit(safe))
    except ValueError as error:
        raise LinkError(f"not an address: {error}") from error
    if len(safe) > MAX_LENGTH:
        raise LinkError(f"longer than {MAX_LENGTH} characters")
    return safe


def _check_host(parts: SplitResult) -> None:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
    if not _HOST.fullmatch(host.removesuffix(".")):
        raise LinkError("no usable host name")
    if parts.port == 0:
        raise LinkError("port 0")


def canonical_url(url: str) -> str:
    """The key of a link: what http and https, www, mobile and AMP forms and tracking links of one page share.

    Not for fetching. Raises LinkError.
    """
    parts = urlsplit(check_url(url.strip(_EDGES)))
    if (parts.hostname or "").endswith(".cdn.ampproject.org") and (cached := _AMP_CACHE.fullmatch(parts.path)):
        return canonical_url(f"https://{cached[1]}")
    path = _AMP_PATH.sub("", parts.path).rstrip("/") or "/"
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    bare = urlunsplit(("https", _key_host(parts), path, _key_query(parts.query), fragment))
    try:
        return str(canonicalize_url(bare, keep_fragments=bool(fragment)))
    except ValueError as error:
        raise LinkError(f"not an address: {error}") from error


def _key_host(parts: SplitResult) -> str:
    host = _READER_HOST.sub("", (parts.hostname or "").removesuffix("."), count=1)
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, *_DEFAULT_PORTS.values()) else f"{host}:{parts.port}"


def _key_query(query: str) -> str:
    if not query:
        return ""
    kept = [piece for piece in query.split("&") if piece and not _is_tracking(piece)]
    return "&".join(kept)


def _is_tracking(piece: str) -> bool:
    return bool(_TRACKER.fullmatch(piece.partition("=")[0]) or _AMP_QUERY.fullmatch(piece))


@lru_cache(16_384)
def split_endpoint(url: str) -> tuple[str, int]:
    """Host and port that an address means. Remembered, because a source's address is taken apart at each of its polls.
    Raises ValueError, KeyError."""
    parts = urlsplit(url)
    return (parts.hostname or "").removesuffix("."), parts.port or _DEFAULT_PORTS[parts.scheme]


def host_of(url: str) -> str:
    """Lower-case host name without a trailing dot; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def port_of(url: str) -> int:
    """The port that the address means. The address must have passed `check_url`."""
    return split_endpoint(url)[1]


def slot_of(url: str) -> str:
    """Whose patience a request costs: a host, http and https together; with its port when that is an unusual one.
    Empty for what is no web address."""
    try:
        host, port = split_endpoint(url)
    except (ValueError, KeyError):
        return ""
    return host if port in _DEFAULT_PORTS.values() else f"{host}:{port}"


@lru_cache(16_384)
def robots_of(url: str) -> str:
    """Where the rules for an address stand."""
    return urljoin(url, "/robots.txt")


def in_scope(url: str, hosts: Iterable[str]) -> bool:
    """Is the address on one of these hosts or below it? `www.` in front of a host is not asked for."""
    host = host_of(url)
    return any(host == wanted or host.endswith(f".{wanted}") for wanted in map(_scope_host, hosts) if wanted)


def _scope_host(host: str) -> str:
    return host.lower().removesuffix(".").removeprefix("www.")
