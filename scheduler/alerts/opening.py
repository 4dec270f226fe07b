"""Settings of a channel → the target that it sends to. Secrets are read here and go no further than the target."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import ChannelError
from crawler.workers import WorkerPool
from scheduler.alerts.secrets import resolve_secret
from scheduler.alerts.service_worker import watch_reach
from scheduler.alerts.targets import FileTarget, ServiceTarget, Target
from settings.model import Channel, check_target

_WORKER_MEMORY_MB = 256
_MOST_WORKERS = 64
"""More than there are channels: a worker that hangs must not be waited for by another channel."""


def make_pool() -> WorkerPool:
    """For all services of people; a channel uses one worker at a time."""
    return WorkerPool(_MOST_WORKERS, memory_mb=_WORKER_MEMORY_MB, watch=watch_reach, repeats=False)


def open_target(channel: Channel, data_dir: Path, pool: WorkerPool, environ: Mapping[str, str] = os.environ) -> Target:
    """Raises ChannelError, which never holds a secret."""
    if channel.kind == "file":
        return FileTarget(data_dir / (channel.path or "alerts.jsonl"))
    url = resolve_secret(channel.url, environ)
    try:
        check_target(channel.kind, url)
    except ValueError as error:
        raise ChannelError(str(error)) from None  # its cause could show the address
    if channel.kind == "webhook":
        from scheduler.alerts.webhook import WebhookTarget  # noqa: PLC0415  # aiohttp costs a start 0.3 s, and 12 MB

        secret = resolve_secret(channel.secret, environ)
        return WebhookTarget(url, secret, allow_private=channel.allow_private)
    return ServiceTarget(url, pool, allow_private=channel.allow_private)


@dataclass(frozen=True, slots=True)
class Checked:
    """A channel that was looked at without sending."""

    name: str
    shown: str
    """Where it sends, without secrets; empty where it cannot be opened."""
    fault: str
    """Why nothing it is sent would arrive; empty for nothing that could be seen."""


def check_channels(channels: Iterable[Channel], data_dir: Path) -> list[Checked]:
    return asyncio.run(_check_all(channels, data_dir))


async def _check_all(channels: Iterable[Channel], data_dir: Path) -> list[Checked]:
    pool = make_pool()
    try:
        return [await _check_channel(channel, data_dir, pool) for channel in channels]
    finally:
        pool.close()


async def _check_channel(channel: Channel, data_dir: Path, pool: WorkerPool) -> Checked:
    try:
        target = open_target(channel, data_dir, pool)
    except ChannelError as error:
        return Checked(channel.name, "", str(error))
    try:
        fault = await target.find_fault() if isinstance(target, ServiceTarget | FileTarget) else ""
    finally:
        await target.close()
    return Checked(channel.name, target.shown, fault)
