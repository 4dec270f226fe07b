"""Leases of hosts, for several crawl workers on one database: a host is asked by one of them at a time.

A lease lasts for a while and is renewed as long as there is work; who is killed renews nothing. After its end the host
may have to be left alone still, so the row says until when, whoever held it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, case, or_, select, update

from crawler.store.engine import insert_unless_known, split_values
from crawler.store.schema import hosts, sources

GUEST = "guest-"
"""Begins the name of a worker that fetches the past beside a daemon."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who leases, and for how long."""

    worker: str
    """Differs from that of every other process."""
    until: datetime


def select_others(worker: str, now: datetime) -> Select[tuple[str]]:
    """Hosts that another worker holds."""
    return select(hosts.c.host).where(hosts.c.held_until > now, hosts.c.holder != worker)


def has_guests(connection: Connection, now: datetime) -> bool:
    held = select(hosts.c.host).where(hosts.c.held_until > now, hosts.c.holder.like(f"{GUEST}%")).limit(1)
    return connection.scalars(held).first() is not None


def lease_hosts(connection: Connection, wanted: Collection[str], claim: Claim, now: datetime) -> set[str]:
    """Those of `wanted` that nobody else holds; they are ours now. What another transaction looks at is passed over."""
    ours: set[str] = set()
    for portion in split_values(sorted(set(wanted))):
        rows = [{"host": host, "holder": "", "held_until": now} for host in portion]
        connection.execute(insert_unless_known(connection, hosts, "host"), rows)
        free = (
            select(hosts.c.host)
            .where(hosts.c.host.in_(portion), or_(hosts.c.holder == claim.worker, hosts.c.held_until <= now))
            .order_by(hosts.c.host)
            .with_for_update(skip_locked=True)
        )
        leased = list(connection.scalars(free))
        _hold(connection, leased, claim)
        ours.update(leased)
    return ours


def _hold(connection: Connection, leased: Collection[str], claim: Claim) -> None:
    if leased:
        until = case((hosts.c.held_until > claim.until, hosts.c.held_until), else_=claim.until)
        held = {"holder": claim.worker, "held_until": until}
        connection.execute(update(hosts).where(hosts.c.host.in_(leased)).values(held))


def renew_leases(
    connection: Connection, worker: str, until: Mapping[str, datetime], names: Collection[str], source_until: datetime
) -> None:
    """Hold hosts for longer, unless another worker has taken them over, and the sources that are being polled."""
    if until:
        ours = (hosts.c.host == bindparam("slot")) & (hosts.c.holder == worker)
        rows = [{"slot": host, "end": end} for host, end in sorted(until.items())]
        connection.execute(update(hosts).where(ours).values(held_until=bindparam("end")), rows)
    for portion in split_values(sorted(names)):
        held = sources.c.name.in_(portion) & sources.c.leased_until.is_not(None)
        connection.execute(update(sources).where(held).values(leased_until=source_until))


def release_leases(connection: Connection, worker: str, resting: Collection[str], at: datetime) -> None:
    """Give back what is held, but for hosts that are to be left alone for longer anyway."""
    ours = (hosts.c.holder == worker) & (hosts.c.held_until > at) & hosts.c.host.not_in(sorted(resting))
    connection.execute(update(hosts).where(ours).values(held_until=at))


def end_leases(connection: Connection) -> None:
    """Free what a daemon held; for whoever knows that there is none now. Guests keep theirs."""
    connection.execute(hosts.delete().where(hosts.c.holder.not_like(f"{GUEST}%")))


def forget_hosts(connection: Connection, before: datetime) -> None:
    """Rows that say nothing any more."""
    connection.execute(hosts.delete().where(hosts.c.held_until < before))
