"""Is the Redis one that can be relied on: new enough, durable, and never making room by throwing alerts away?"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from crawler.errors import StreamError
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.reconciler import is_mark
from scheduler.alerts.stream import STREAM
from scheduler.doctor.findings import Finding, Level
from settings.model import Run, Settings

PATIENCE_S = 5.0
OLDEST = (6, 2)
"""XTRIM MINID and XAUTOCLAIM came with it."""
AWAY = "start it, or mend `redis_url:` (BASEWATCH_REDIS_URL): alerts wait until it answers"
EMBEDDED_AWAY = "start basewatch anew, or set BASEWATCH_REDIS_URL to a server of yours: alerts wait until one answers"
UNSAFE_FROM, SAFE_FROM = (7, 2), (8, 6, 3)
"""CVE-2026-23479: a client that waits for the stream and is evicted can crash the server, or worse."""

Info = Mapping[str, Any]


def check_redis(settings: Settings) -> Iterator[Finding]:
    """With the embedded server the daemon's own, or one that ends with this command."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(connect(settings.run, stack))
            info = {**client.info("server"), **client.info("memory"), **client.info("persistence")}
            yield judge_version(info)
            yield judge_memory(info)
            yield judge_persistence(info)
            yield judge_stream(client)
        except (redis.RedisError, StreamError) as error:
            yield Finding("redis", Level.FAIL, f"Redis: {error}", AWAY if settings.run.redis_url else EMBEDDED_AWAY)


def connect(run: Run, stack: ExitStack) -> "redis.Redis":
    url = run.redis_url or stack.enter_context(EmbeddedRedis(run.data_dir)).url
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(
        url, decode_responses=True, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, retry=once
    )


def judge_version(info: Info) -> Finding:
    if info.get("server_name") == "valkey":
        return Finding("redis", Level.OK, f"Valkey {info['valkey_version']}")
    shown = str(info["redis_version"])
    version = read_version(shown)
    if version < OLDEST:
        return Finding("redis", Level.FAIL, f"Redis {shown}", "upgrade: basewatch needs 6.2 or later")
    if UNSAFE_FROM <= version < SAFE_FROM:
        return Finding("redis", Level.WARN, f"Redis {shown} has CVE-2026-23479", "upgrade to 8.6.3 or later")
    return Finding("redis", Level.OK, f"Redis {shown}")


def read_version(shown: str) -> tuple[int, ...]:
    """Of "7.4.2-rc1": (7, 4, 2)."""
    return tuple(int(part) for part in shown.partition("-")[0].split(".") if part.isdecimal())


def judge_memory(info: Info) -> Finding:
    policy = info["maxmemory_policy"]
    if policy == "noeviction":
        return Finding("redis memory", Level.OK, "noeviction")
    # volatile-* take only keys that expire, and the stream does not; other keys are not ours to speak for
    level = Level.WARN if str(policy).startswith("volatile") or not info.get("maxmemory") else Level.FAIL
    advice = "CONFIG SET maxmemory-policy noeviction, and in redis.conf: else a full Redis throws the whole stream away"
    return Finding("redis memory", level, f"maxmemory-policy is {policy}", advice)


def judge_persistence(info: Info) -> Finding:
    if info["aof_enabled"]:
        return Finding("redis persistence", Level.OK, "append-only file")
    advice = "appendonly yes in redis.conf: else a restart loses the stream, and it has to be published again"
    return Finding("redis persistence", Level.WARN, "no append-only file", advice)


def judge_stream(client: "redis.Redis") -> Finding:
    if not client.exists(STREAM):
        return Finding("stream", Level.OK, "not there yet; the first alert makes it")
    kind = str(client.type(STREAM))
    if kind != "stream":
        return Finding("stream", Level.FAIL, f"{STREAM} is a {kind}", "somebody else uses that key: RENAME it")
    groups: Any = client.xinfo_groups(STREAM)
    names = [group["name"] for group in groups]
    readers = [name for name in names if not is_mark(name)]
    if len(names) - len(readers) > 1:
        advice = "give each database a Redis, or a Redis database number, of its own"
        return Finding("stream", Level.FAIL, f"{len(names) - len(readers)} databases publish to {STREAM}", advice)
    return Finding("stream", Level.OK, f"{client.xlen(STREAM)} entries, {len(readers)} groups read it")
