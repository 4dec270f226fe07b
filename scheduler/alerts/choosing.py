"""What a channel does with an entry, and which deliveries make its next message. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.deliveries import Delivery, DeliveryState, Entry, Verdict
from crawler.models import Alert, Update
from crawler.store.values import make_digest
from crawler.triage import Mute, find_mute
from scheduler.alerts.letters import Item
from scheduler.alerts.timing import first_try
from settings.model import SEVERITIES, Channel

MOST_TOLD = 200
"""Entries in one message; what is beyond follows in the next one."""


def refuse_entry(channel: Channel, entry: Entry, alert: Alert | None) -> str | None:
    """Why the channel did not ask for it, or None. `alert` is None for what is no alert."""
    if entry.kind not in channel.kinds:
        return f"kind {entry.kind}"
    if rank_severity(entry.severity) < SEVERITIES.index(channel.severity):
        return f"severity {entry.severity}"
    if alert is None:
        return None
    wanted: Mapping[str, tuple[Collection[str], set[str]]] = {
        "rule": (channel.rules, set(alert.rules)),
        "entity": (channel.entities, {mention.entity for mention in alert.mentions}),
        "outlet": (channel.outlets, {alert.outlet}),
        "language": (channel.languages, {alert.language}),
    }
    return next((name for name, (asked, has) in wanted.items() if asked and not has & set(asked)), None)


def judge_entry(channel: Channel, item: Item, told: Mapping[str, str], mutes: Sequence[Mute], now: datetime) -> Verdict:
    """For an entry that is new to the channel. `told`: how loudly it was told each story, or will be."""
    entry = item.entry
    if (reason := refuse_entry(channel, entry, item.alert)) is not None:
        return Verdict(entry.key, entry.sequence, DeliveryState.FILTERED, detail=reason)
    if item.alert is not None and (mute := find_mute(item.alert, mutes, now)) is not None:
        return Verdict(entry.key, entry.sequence, DeliveryState.MUTED, detail=f"{mute.kind} {mute.value} is muted")
    if (reason := fold_entry(channel, item, told)) is not None:
        return Verdict(entry.key, entry.sequence, DeliveryState.FOLDED, detail=reason)
    moment, is_held = first_try(channel, entry.severity, now)
    state = DeliveryState.HELD if is_held else DeliveryState.QUEUED
    alone = state is DeliveryState.QUEUED and not (channel.digest or channel.quiet or channel.at_most)
    return Verdict(entry.key, entry.sequence, state, moment, message=entry.key if alone else "")


def fold_entry(channel: Channel, item: Item, told: Mapping[str, str]) -> str | None:
    """Why people need not be told of it once more, or None. Programs are told everything that they asked for."""
    before = told.get(item.entry.story)
    if isinstance(item.told, Update):
        if channel.kind != "apprise":
            return None
        # the copy's own alert has said it
        is_known = (
            item.told.reason == "copied" and before and rank_severity(before) >= rank_severity(item.entry.severity)
        )
        return None if item.told.tell and not is_known else f"update: {item.told.reason}"
    if channel.per == "article" or not isinstance(item.told, Alert) or before is None:
        return None
    is_louder = SEVERITIES.index(item.told.severity) > rank_severity(before)
    return None if is_louder else "a story that was told"


def rank_severity(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """The deliveries of one message, in the stream's order."""

    key: str
    """The same for every try, because what is in the message is decided before the first."""
    deliveries: tuple[Delivery, ...]

    @property
    def ids(self) -> list[int]:
        return [delivery.id for delivery in self.deliveries]

    @property
    def attempts(self) -> int:
        return max(delivery.attempts for delivery in self.deliveries)

    @property
    def queued_at(self) -> datetime:
        return min(delivery.queued_at for delivery in self.deliveries)


def choose_bundle(channel: Channel, due: Sequence[Delivery]) -> Bundle:
    """The next message of several out of what is due and not begun: a digest, or what was held back."""
    together = [each for each in due if channel.digest or each.state is DeliveryState.HELD]
    return make_bundle(channel, together[:MOST_TOLD])


def make_bundle(channel: Channel, together: Iterable[Delivery]) -> Bundle:
    chosen = _in_order(together)
    if len(chosen) == 1:
        return Bundle(chosen[0].key, chosen)
    return Bundle(make_digest("message", channel.name, *(each.key for each in chosen))[:32], chosen)


def _in_order(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """As on the stream."""
    return tuple(sorted(deliveries, key=lambda each: (each.entry.sequence if each.entry else 0, each.id)))
