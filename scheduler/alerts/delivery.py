"""Stream → one channel. Two loops that meet in the database only.

`take_in` reads what is new to the channel's group, decides what becomes of it, stores that and acknowledges: from then
on the database owes the message, and Redis nothing. `send_out` sends what is due, one message at a time, and writes
down what became of it before the next one: of those that were taken in a file, which is marked in the database once for
several messages. Killed anywhere, the next daemon repeats one message at most, under its old key.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from crawler.deliveries import WAITING, Agenda, Briefing, ChannelState, Delivery, DeliveryState, Entry, Verdict
from crawler.errors import StoreError, StreamError
from crawler.models import StoryMember
from crawler.signs import HealthKind, Trouble
from crawler.triage import Mute
from scheduler.alerts.answers import Answer, Result
from scheduler.alerts.backoff import Backoff
from scheduler.alerts.choosing import Bundle, choose_bundle, judge_entry, make_bundle, rank_severity
from scheduler.alerts.groups import MOST_READS, ChannelGroup, GroupLost, Taken
from scheduler.alerts.letters import Letter, UnreadableEntry, list_fitting, read_delivery, read_item
from scheduler.alerts.relay import wait_for_any
from scheduler.alerts.sent import SentFile
from scheduler.alerts.targets import DEADLINE_S, Target
from scheduler.alerts.timing import is_hopeless, longest_wait, next_try, next_wait, quiet_until, room_at
from settings.model import Channel

log = structlog.get_logger("delivery")

IDLE_S: Final = 1.0
"""Between two looks at the database when nothing is due: a redrive comes from another process."""
RECLAIM_IDLE_S: Final = 60.0
RECLAIM_EVERY: Final = timedelta(seconds=20)
FAILING_AFTER: Final = 3
"""Failures in a row that are news."""
MOST_DUE: Final = 20
"""Messages that are looked at, and whose keys are settled, at once."""
MOST_TOGETHER: Final = 400
UNMARKED_FOR: Final = timedelta(seconds=1)
"""Messages that were sent are in the file only, which a `kill -9` does not touch, but a power failure may."""


class DeliveryStore(Protocol):
    """The part of the store that a channel needs. Raises StoreError."""

    async def read_briefing(self, channel: str, keys: Sequence[str], now: datetime) -> Briefing: ...
    async def save_verdicts(self, channel: str, verdicts: Sequence[Verdict], now: datetime) -> None: ...
    async def read_agenda(self, channel: str, now: datetime, limit: int) -> Agenda: ...
    async def read_message(self, channel: str, message: str) -> list[Delivery]: ...
    async def read_stories(self, names: Sequence[str]) -> dict[str, list[StoryMember]]: ...
    async def read_sent_times(self, channel: str, since: datetime) -> list[datetime]: ...
    async def begin_alone(self, ids: Sequence[int]) -> None: ...
    async def assign_message(self, ids: Sequence[int], message: str) -> None: ...
    async def hold_back(self, ids: Sequence[int], until: datetime) -> None: ...
    async def save_sent(self, channel: str, ids: Sequence[int], now: datetime) -> None: ...
    async def save_failure(
        self, channel: str, ids: Sequence[int], error: str, next_try_at: datetime, pause: datetime | None
    ) -> None: ...
    async def save_dead(self, channel: str, ids: Sequence[int], error: str) -> None: ...
    async def heal_waits(self, channel: str, latest: datetime, now: datetime) -> None: ...
    async def open_event(self, trouble: Trouble, since: datetime, subject: str = "") -> bool: ...
    async def close_event(self, kind: HealthKind, now: datetime, subject: str = "") -> bool: ...


def judge_known(channel: Channel, entry: Entry, told: dict[str, str], mutes: Sequence[Mute], now: datetime) -> Verdict:
    """Of an entry that the outbox has. Never raises, and notes in `told` what the channel will be told."""
    try:
        verdict = judge_entry(channel, read_item(entry), told, mutes, now)
    except UnreadableEntry as error:
        return Verdict(entry.key, entry.sequence, DeliveryState.DEAD, detail=str(error))
    except Exception as error:
        log.exception("channel.poison", channel=channel.name, key=entry.key)
        detail = f"it cannot be judged: {type(error).__name__}"
        return Verdict(entry.key, entry.sequence, DeliveryState.DEAD, detail=detail)
    if verdict.state in WAITING and entry.story:
        told[entry.story] = max(told.get(entry.story, ""), entry.severity, key=rank_severity)
    return verdict


class ChannelDelivery:
    """Everything that one channel is told."""

    def __init__(
        self,
        channel: Channel,
        target: Target,
        store: DeliveryStore,
        group: ChannelGroup,
        sent: SentFile,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.channel = channel
        self.target = target
        self._store = store
        self._group = group
        self._sent = sent
        self._clock = clock
        self._chance = chance
        self._has_new = asyncio.Event()
        self._stop = asyncio.Event()
        self._reclaimed_at = datetime.min.replace(tzinfo=UTC)

    async def run(self, state: ChannelState, stop: asyncio.Event) -> None:
        """Until `stop`; a message that is being sent is finished first."""
        taking = asyncio.create_task(self.take_in(state.start_sequence))
        try:
            self._open_sent()
            await self.send_out(stop)
        finally:
            self._sent.close()
            taking.cancel()
            with suppress(asyncio.CancelledError):
                await taking

    def _open_sent(self) -> None:
        try:
            self._sent.open()
        except OSError as error:
            log.warning("channel.slow", channel=self.channel.name, reason=f"no file for what was sent: {error}")

    # ── stream → database

    async def take_in(self, start_sequence: int) -> None:
        """For ever, through outages of any length."""
        backoff, is_ready = Backoff(), False
        while True:
            try:
                if not is_ready:
                    await self._group.create(start_sequence)
                    # whoever read these is dead: only one process delivers
                    await self._take_abandoned(0.0)
                    is_ready = True
                await self._take_new()
            except GroupLost:
                is_ready = False
                log.warning("channel.group_lost", channel=self.channel.name)
            except (StreamError, StoreError) as error:
                is_ready = False
                if not backoff.failures:
                    log.warning("channel.away", channel=self.channel.name, reason=str(error))
            except Exception:  # a defect of ours must not end a channel for good: told, and tried again
                is_ready = False
                log.exception("channel.defect", channel=self.channel.name)
            else:
                backoff.end_failures()
                continue
            await asyncio.sleep(backoff.count_failure())

    async def _take_new(self) -> None:
        await self._take(await self._group.read_new(wait=True))
        if self._clock() - self._reclaimed_at >= RECLAIM_EVERY:
            await self._take_abandoned(RECLAIM_IDLE_S)

    async def _take_abandoned(self, idle_s: float) -> None:
        """What was read and never acknowledged, portion by portion to the end of the list."""
        cursor = "0-0"
        while True:
            cursor, taken = await self._group.reclaim(idle_s, cursor)
            await self._take(taken)
            if cursor == "0-0":
                break
        self._reclaimed_at = self._clock()

    async def _take(self, taken: Sequence[Taken]) -> None:
        if not taken:
            return
        now = self._clock()
        briefing = await self._store.read_briefing(self.channel.name, [each.key for each in taken if each.key], now)
        known = {entry.key: entry for entry in briefing.entries}
        verdicts = [self._judge(each, known.get(each.key), briefing.told, briefing.mutes, now) for each in taken]
        await self._store.save_verdicts(self.channel.name, verdicts, now)
        await self._group.acknowledge(taken)
        self._has_new.set()
        if dead := [verdict for verdict in verdicts if verdict.state is DeliveryState.DEAD]:
            await self._tell_dead(dead[0].detail, now)

    def _judge(
        self, taken: Taken, entry: Entry | None, told: dict[str, str], mutes: Sequence[Mute], now: datetime
    ) -> Verdict:
        """Never raises: an entry that cannot be judged is set aside, and the next one goes on."""
        if entry is None:
            detail = "no entry of ours: somebody else has written to the stream"
            return Verdict(taken.key or f"stream-{taken.stream_id}", 0, DeliveryState.DEAD, detail=detail)
        if taken.reads > MOST_READS:
            detail = f"it was read {taken.reads} times and never dealt with"
            return Verdict(entry.key, entry.sequence, DeliveryState.DEAD, detail=detail)
        return judge_known(self.channel, entry, told, mutes, now)

    # ── database → endpoint

    async def send_out(self, stop: asyncio.Event) -> None:
        """One message after the other until `stop`."""
        backoff, self._stop = Backoff(), stop
        while not stop.is_set():
            self._has_new.clear()
            try:
                pause_s = await self.send_next()
                backoff.end_failures()
            except StoreError as error:
                if not backoff.failures:
                    log.warning("channel.away", channel=self.channel.name, reason=str(error))
                pause_s = backoff.count_failure()
            except Exception:  # as above
                log.exception("channel.defect", channel=self.channel.name)
                pause_s = backoff.count_failure()
            if pause_s:
                await wait_for_any([stop, self._has_new], pause_s)

    async def send_next(self) -> float:
        """Send what is due next, if anything is. How long to wait before the next look, in seconds; 0 after a try."""
        now = self._clock()
        await self._mark_left(now)
        agenda = await self._store.read_agenda(self.channel.name, now, MOST_DUE)
        latest = now + longest_wait(self.channel)
        if any(moment and moment > latest for moment in (agenda.state.paused_until, agenda.next_try_at)):
            log.warning("clock_was_ahead", channel=self.channel.name)
            await self._store.heal_waits(self.channel.name, latest, now)
            return 0.0
        if agenda.state.paused_until and agenda.state.paused_until > now:
            return min(IDLE_S, (agenda.state.paused_until - now).total_seconds())
        due = await self._keep_back(agenda.due, now)
        if not due:
            soon = (agenda.next_try_at - now).total_seconds() if agenda.next_try_at else IDLE_S
            return min(IDLE_S, max(soon, 0.01))
        await self._send_each(await self._begin(due, now), agenda.state)
        return 0.0

    async def _send_each(self, bundles: Sequence[Bundle], state: ChannelState) -> None:
        """Until one is not taken, or they take long. Those that are taken are marked together, in the end."""
        began, taken = self._clock(), list[int]()
        refused: tuple[Bundle, Answer] | None = None
        for bundle in bundles:
            answer = await self._send(bundle, self._clock())
            if answer.result is not Result.SENT:
                refused = bundle, answer
                break
            taken += bundle.ids
            is_noted = self._sent.add(bundle.key)
            if not is_noted or self._stop.is_set() or self._clock() - began >= UNMARKED_FOR:
                break
        if taken:
            await self._mark_sent(taken, self._clock())
            if state.failures:
                await self._tell_well(self._clock())
            state = replace(state, failures=0)
        if refused:
            await self._settle(*refused, state)

    async def _mark_left(self, now: datetime) -> None:
        """What was sent and not marked: this process was killed, or the database was away."""
        if not self._sent.keys:
            return
        left = [
            delivery.id
            for key in self._sent.keys
            for delivery in await self._store.read_message(self.channel.name, key)
        ]
        await self._mark_sent(left, now)

    async def _mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        await self._store.save_sent(self.channel.name, ids, now)
        self._sent.clear()

    async def _keep_back(self, due: Sequence[Delivery], now: datetime) -> Sequence[Delivery]:
        """What may be sent now. Quiet hours and a full rate keep the rest until their end; not what was begun."""
        begun = [each for each in due if each.message]
        fresh = [each for each in due if not each.message]
        channel = self.channel
        if fresh and channel.quiet and (end := quiet_until(channel.quiet, channel.timezone, now)):
            await self._store.hold_back([each.id for each in fresh if not _is_critical(each)], end)
            fresh = [each for each in fresh if _is_critical(each)]
        if fresh and channel.at_most:
            sent = await self._store.read_sent_times(channel.name, now - channel.at_most.span)
            free_at = room_at(channel.at_most, sent, now)
            if free_at > now:
                await self._store.hold_back([each.id for each in fresh], free_at)
                fresh = []
        return [*begun, *fresh]

    async def _begin(self, due: Sequence[Delivery], now: datetime) -> list[Bundle]:
        """The next messages. What is in each, and its key, is settled before anybody sees it: one commit for many."""
        first = due[0]
        if first.message and first.message != first.key:
            return [Bundle(first.message, tuple(await self._store.read_message(self.channel.name, first.message)))]
        if not first.message and (self.channel.digest or first.state is DeliveryState.HELD):
            # only now the many are read that go into one message
            agenda = await self._store.read_agenda(self.channel.name, now, MOST_TOGETHER)
            bundle = await self._fit(choose_bundle(self.channel, [each for each in agenda.due if not each.message]))
            await self._store.assign_message(bundle.ids, bundle.key)
            return [bundle]
        alone = [each for each in due if each.message in ("", each.key) and each.state is DeliveryState.QUEUED]
        alone = (alone or [first])[: 1 if self.channel.at_most else MOST_DUE]
        if fresh := [each.id for each in alone if not each.message]:
            await self._store.begin_alone(fresh)
        return [Bundle(each.key, (each,)) for each in alone]

    async def _fit(self, bundle: Bundle) -> Bundle:
        """As much of it as one message of the endpoint holds; the rest is the next message. Not where messages are
        counted: what is beyond the rate is told in one summary."""
        if self.target.longest is None or self.channel.at_most or len(bundle.deliveries) == 1:
            return bundle
        try:
            fitting = list_fitting(await self._make_letter(bundle), self.target.longest)
        except UnreadableEntry:
            return bundle
        return make_bundle(self.channel, (each for each in bundle.deliveries if each.key in fitting))

    async def _send(self, bundle: Bundle, now: datetime) -> Answer:
        try:
            letter = await self._make_letter(bundle)
            async with asyncio.timeout(DEADLINE_S + 5):  # the targets have deadlines of their own
                return await self.target.send(letter, now)
        except UnreadableEntry as error:
            return Answer(Result.NEVER, str(error))
        except TimeoutError:
            return Answer(Result.RETRY, "no end in time")
        except StoreError:
            raise
        except Exception as error:
            log.exception("channel.defect", channel=self.channel.name)
            return Answer(Result.RETRY, f"a defect of basewatch: {type(error).__name__}")

    async def _make_letter(self, bundle: Bundle) -> Letter:
        items = tuple(read_delivery(each) for each in bundle.deliveries)
        is_held = any(each.state is DeliveryState.HELD for each in bundle.deliveries)
        names = {item.entry.story for item in items} - {""} if is_held or self.channel.digest else ()
        stories = await self._store.read_stories(sorted(names)) if names else {}
        return Letter(bundle.key, self.channel.name, items, "held" if is_held else "digest", stories=stories)

    async def _settle(self, bundle: Bundle, answer: Answer, state: ChannelState) -> None:
        """Of a message that was not taken."""
        now = self._clock()
        if answer.result is Result.NEVER or is_hopeless(bundle.attempts + 1, bundle.queued_at, now):
            await self._store.save_dead(self.channel.name, bundle.ids, answer.detail)
            log.error("channel.dead_letter", channel=self.channel.name, key=bundle.key, reason=answer.detail)
            await self._tell_dead(answer.detail, now)
        else:
            await self._put_off(bundle, answer, state, now)

    async def _put_off(self, bundle: Bundle, answer: Answer, state: ChannelState, now: datetime) -> None:
        """The message waits. The channel waits as well when its endpoint asks for it, or fails with another one too: a
        message that alone cannot be sent must not hold up those behind it."""
        failures = state.failures + 1
        again = next_try(bundle.attempts + 1, answer.retry_at, now, self._chance())
        pause = again if answer.retry_at else None
        if pause is None and failures > 1:
            pause = now + next_wait(failures - 1, self._chance())
        await self._store.save_failure(self.channel.name, bundle.ids, answer.detail, again, pause)
        log.warning("channel.failed", channel=self.channel.name, key=bundle.key, reason=answer.detail, next=str(again))
        if failures >= FAILING_AFTER:
            await self._store.open_event(Trouble("channel_failing", answer.detail), now, self.channel.name)

    async def _tell_dead(self, detail: str, now: datetime) -> None:
        trouble = Trouble("dead_letters", f"{detail}. See: basewatch alerts dead")
        await self._store.open_event(trouble, now, self.channel.name)

    async def _tell_well(self, now: datetime) -> None:
        if await self._store.close_event("channel_failing", now, self.channel.name):
            log.info("channel.back", channel=self.channel.name)


def _is_critical(delivery: Delivery) -> bool:
    return delivery.entry is not None and delivery.entry.severity == "critical"
