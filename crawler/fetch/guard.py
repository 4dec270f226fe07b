"""Which addresses and ports may be reached. Pure; `spiders.guard` asks it for every connection."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from crawler.fetch.urls import split_endpoint
from settings.model import Source

ALLOWED_PORTS: Final = frozenset({80, 443, 8080, 8443})

_REFUSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers' customers; ipaddress does not call it private
            "192.0.0.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
"""The only block that the registries give out; everything else is local, embedded or reserved."""
_REFUSED_V6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64: Final = IPv6Network("64:ff9b::/96")
_6TO4: Final = IPv6Network("2002::/16")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")

Endpoint = tuple[str, int]
"""Host name, lower case, and port."""


@lru_cache(16_384)
def is_public(address: str) -> bool:
    """May a stranger's link lead there? False for anything that is no plain public unicast address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(ip) if isinstance(ip, IPv4Address) else _is_public_v6(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _REFUSED_V4)


def _is_public_v6(ip: IPv6Address) -> bool:
    if ip.scope_id is not None:
        return False
    if (inner := _carried_v4(ip)) is not None:
        return _is_public_v4(inner)
    return ip in _GLOBAL_V6 and ip.is_global and not any(ip in net for net in _REFUSED_V6)


def _carried_v4(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to `ip` end at. Teredo is refused as a whole, see `_REFUSED_V6`."""
    if ip in _MAPPED or ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in _6TO4:
        return IPv4Address(int(ip) >> 80 & 0xFFFFFFFF)
    return None


def refuse_endpoint(host: str, port: int, addresses: Iterable[str], private: frozenset[Endpoint]) -> str | None:
    """Why nothing may be asked at host:port, or None. `private` holds the endpoints that sources declared."""
    if (host.lower().removesuffix("."), port) in private:
        return None
    if port not in ALLOWED_PORTS:
        return f"port {port} is not one of {', '.join(map(str, sorted(ALLOWED_PORTS)))}"
    found = tuple(addresses)
    if found and not any(map(is_public, found)):
        return f"{found[0]} is not a public address"
    return None


def private_endpoints(sources: Iterable[Source]) -> frozenset[Endpoint]:
    """What sources with `allow_private` declare: exactly their host and port."""
    return frozenset(endpoint_of(source.url) for source in sources if source.allow_private)


def endpoint_of(url: str) -> Endpoint:
    """Host and port that the address means. The address must have passed `check_url`."""
    return split_endpoint(url)
