"""What a message says, for people and for programs. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from crawler.deliveries import Delivery, Entry
from crawler.models import Alert, HealthNotice, StoryMember, Update
from crawler.models import Entry as Told
from crawler.payload import entry_from_json, entry_to_json
from crawler.store.values import clean_text
from scheduler.alerts.inert import make_inert, safe_link, shorten
from scheduler.alerts.stream import SCHEMA
from scheduler.alerts.terminal import Span, choose_window, describe_gone, telling_sentences, title_spans
from settings.model import SEVERITIES

LONGEST_TITLE = 200
LONGEST_SENTENCE = 320
MOST_SENTENCES = 2
LONGEST_PAYLOAD = 4 << 20
"""Bytes of one entry's JSON; an article's evidence takes some 10 KB."""
MOST_NAMED = 5
_SHOWN_OF_ID = 8
"""As in lists: what `alerts show`, `ack` and `mute` take, and by which a repeat is known."""
_ROOM_FOR_REST = 80
_LONGEST_COUNT = 80
"""Of the title of a message that holds many entries."""
MARKS = "«", "»"
Reason = Literal["", "digest", "held"]


class UnreadableEntry(ValueError):
    """It can be told to nobody, now or later; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a message."""

    entry: Entry
    told: Told

    @property
    def alert(self) -> Alert | None:
        """As it is now; None for what is about no article."""
        if isinstance(self.told, Update):
            return self.told.alert
        return self.told if isinstance(self.told, Alert) else None


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one channel."""

    key: str
    channel: str
    items: tuple[Item, ...]
    reason: Reason = ""
    """Why it holds several."""
    is_test: bool = False
    stories: Mapping[str, Sequence[StoryMember]] = field(default_factory=dict)
    """Who tells them by now, of what was not told at once: copies that came meanwhile are no entries of their own."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message for people. No line of it begins with what an article says, and no line of an article has two."""

    title: str
    body: str


def read_item(entry: Entry) -> Item:
    """Raises UnreadableEntry."""
    if len(entry.payload) > LONGEST_PAYLOAD:
        raise UnreadableEntry(f"its JSON is {len(entry.payload) >> 20} MiB long")
    try:
        return Item(entry, entry_from_json(entry.payload))
    except ValueError as error:
        raise UnreadableEntry(f"its JSON cannot be read: {str(error).splitlines()[0]}") from error


def read_delivery(delivery: Delivery) -> Item:
    """Raises UnreadableEntry."""
    if delivery.entry is None:
        raise UnreadableEntry("no entry of ours: somebody else has written to the stream")
    return read_item(delivery.entry)


# ── for programs ─────────────────────────────────────────────────────────────────────────────────


def write_json(letter: Letter) -> str:
    """One JSON object: what a webhook is sent and a file gets as a line."""
    entries = [
        {
            "key": item.entry.key,
            "kind": item.entry.kind,
            "severity": item.entry.severity,
            "outlet": item.entry.outlet,
            "story": item.entry.story,
            "json": json.loads(item.entry.payload),
        }
        for item in letter.items
    ]
    words = write_words(letter, longest=4000)
    text = f"{words.title}\n{words.body}"
    body = {"schema": SCHEMA, "key": letter.key, "channel": letter.channel, "test": letter.is_test, "text": text}
    return clean_text(json.dumps({**body, "entries": entries}, ensure_ascii=False, separators=(",", ":")), "\ufffd")


# ── for people ───────────────────────────────────────────────────────────────────────────────────


def write_words(letter: Letter, longest: int) -> Words:
    """At most `longest` code points in all; what is left out is told."""
    words = _write_one(letter) if len(letter.items) == 1 else _write_many(letter, longest)
    title = shorten(f"TEST · {words.title}" if letter.is_test else words.title, LONGEST_TITLE)
    return Words(title, _fit(words.body, longest - len(title) - 2))


def _fit(body: str, longest: int) -> str:
    """Cut between lines, so that no link is ever cut into another one; the last line says so."""
    if len(body) <= longest:
        return body
    end = "… cut here; the whole: basewatch alerts"
    kept: list[str] = []
    room = longest - len(end) - 1
    for line in body.split("\n"):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, end])


def _write_one(letter: Letter) -> Words:
    (item,) = letter.items
    if isinstance(item.told, HealthNotice):
        return _write_health(item.told)
    alert = item.told.alert if isinstance(item.told, Update) else item.told
    header = _write_header(item.told, alert)
    title = _mark(alert.title, title_spans(alert), LONGEST_TITLE)
    lines = [
        *([f"Title: {title}"] if title not in shorten(header, LONGEST_TITLE) else ()),
        *(_write_changes(item.told) if isinstance(item.told, Update) else ()),
        *_write_sentences(alert, MOST_SENTENCES),
        *_write_tellers([item], letter),
        f"Rule: {', '.join(list_rules(alert))} · {_write_facts(alert)}",
        _write_link(alert.url),
    ]
    return Words(header, "\n".join(lines))


def _write_header(told: Told, alert: Alert) -> str:
    kind = "UPDATE · " if isinstance(told, Update) else ""
    kind += "REPLAY · " if alert.replay else ""
    title = make_inert(shorten(alert.title[:5000], LONGEST_TITLE))
    return f"{kind}{alert.severity.upper()} · {_name(alert)}: {title}"


def _write_health(notice: HealthNotice) -> Words:
    subject = make_inert(notice.subject[:200]) or "basewatch"
    over = " is over" if notice.ended_at else ""
    kind = "test message" if notice.id.startswith(_TEST) else notice.trouble.replace("_", " ")
    return Words(f"HEALTH · {subject}: {kind}{over}", make_inert(notice.detail[:1000]) or "No more is known.")


def _write_changes(update: Update) -> Iterator[str]:
    """What has changed since people were told last."""
    if update.severity_before != update.alert.severity:
        yield f"Severity: {update.severity_before} → {update.alert.severity}"
    if update.new_entities:
        yield f"New: {', '.join(make_inert(each.name[:100]) for each in update.new_entities[:5])}"
    if update.outlets > 1:
        first = update.first_member
        told_first = f", first at {make_inert(first.outlet_name[:80])}" if first else ""
        yield f"Story: at {update.outlets} outlets{told_first}"


def _write_sentences(alert: Alert, most: int) -> Iterator[str]:
    for telling in telling_sentences(alert)[:most]:
        if telling.spans:  # else it is the title, which has been told
            yield f"Text: {_mark(telling.sentence, telling.spans, LONGEST_SENTENCE)}"


def _write_facts(alert: Alert) -> str:
    moment = alert.published or alert.seen
    facts = [f"{moment.astimezone(UTC):%d %b %H:%M} UTC" + ("" if alert.published else " (seen)")]
    facts += ["feed text only"] if alert.partial else []
    facts += [describe_gone(alert)] if describe_gone(alert) else []
    return " · ".join([*facts, f"id {make_inert(alert.id[:_SHOWN_OF_ID])}"])


def _write_link(url: str) -> str:
    return safe_link(url) or "The address of this article is not one to open."


def _name(alert: Alert) -> str:
    return make_inert(shorten(alert.outlet_name[:1000] or alert.outlet, 80))


def list_rules(alert: Alert) -> list[str]:
    """Each once, the most severe first."""
    in_order = sorted(alert.grounds, key=lambda hit: -SEVERITIES.index(hit.severity))
    return list(dict.fromkeys(hit.rule for hit in in_order))


def _mark(text: str, spans: Sequence[Span], longest: int) -> str:
    """Inert, with the words at `spans` in «marks»; a long text is cut to the part that holds the first of them."""
    first, last = choose_window(text, spans, longest)
    pieces, position = ["… "] if first else [], first
    for start, end in ((max(start, first), min(end, last)) for start, end in spans if start < last and end > first):
        pieces += [_keep_space(text[position:start]), MARKS[0], make_inert(text[start:end]), MARKS[1]]
        position = end
    pieces += [_keep_space(text[position:last]), " …" if last < len(text) else ""]
    return "".join(pieces).strip()


def _keep_space(text: str) -> str:
    """Inert, with a blank where it began or ended with one."""
    inner = make_inert(text)
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if inner and text[-1:].isspace() else ''}"


def _write_many(letter: Letter, longest: int) -> Words:
    """Stories by severity; each with its first title, its link, and who else tells it."""
    stories = group_stories(letter.items)
    count = len(letter.items)
    worst = max((item.entry.severity for item in letter.items), key=_rank)
    told = {"digest": "", "held": " held back until now", "": ""}[letter.reason]
    title = f"{count} entries{told} · {len(stories)} stories · up to {worst.upper()}"
    blocks = _write_fitting(stories, letter, longest - len(title) - _ROOM_FOR_REST)
    if len(blocks) < len(stories):
        blocks.append(f"… and {len(stories) - len(blocks)} more stories: basewatch alerts")
    return Words(title, "\n\n".join(blocks))


def _write_fitting(stories: Sequence[Sequence[Item]], letter: Letter, room: int) -> list[str]:
    """Of the first stories, as many as there is room for."""
    blocks: list[str] = []
    for story in stories:
        block = _write_block(story, letter)
        room -= len(block) + 2
        if room < 0:
            break
        blocks.append(block)
    return blocks


def list_fitting(letter: Letter, longest: int) -> set[str]:
    """Keys of the entries that one message of `longest` code points has room for, whole stories, the most severe ones
    first; those of one story at least."""
    stories = group_stories(letter.items)
    fitting = len(_write_fitting(stories, letter, longest - _LONGEST_COUNT - _ROOM_FOR_REST))
    return {item.entry.key for story in stories[: max(fitting, 1)] for item in story}


def group_stories(items: Iterable[Item]) -> list[list[Item]]:
    """Items of one story together, the most severe story first, else in the stream's order."""
    stories: dict[str, list[Item]] = {}
    for item in items:
        stories.setdefault(item.entry.story or item.entry.key, []).append(item)
    return sorted(stories.values(), key=lambda story: -max(_rank(item.entry.severity) for item in story))


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def _write_block(story: Sequence[Item], letter: Letter) -> str:
    first = story[0]
    if isinstance(first.told, HealthNotice):
        words = _write_health(first.told)
        return f"{words.title}\n{words.body}"
    alert = first.told.alert if isinstance(first.told, Update) else first.told
    lines = [_write_header(first.told, alert), *_write_sentences(alert, 1), _write_link(alert.url)]
    return "\n".join([*lines, *_write_tellers(story, letter)])


def _write_tellers(story: Sequence[Item], letter: Letter) -> Iterator[str]:
    """Other outlets than that of the first."""
    tellers = (teller for item in story for teller in _list_tellers(item))
    members = ((each.outlet, _name_member(each)) for each in letter.stories.get(story[0].entry.story, ()))
    others = {name: None for outlet, name in (*tellers, *members) if outlet != story[0].entry.outlet}
    if names := list(others)[:MOST_NAMED]:
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        yield f"Also: {', '.join(names)}{more}"


def _list_tellers(item: Item) -> Iterator[tuple[str, str]]:
    """Slug and name of each outlet that it brings."""
    if item.alert:
        yield item.alert.outlet, _name(item.alert)
    if isinstance(item.told, Update):
        yield from ((each.outlet, _name_member(each)) for each in item.told.new_members)


def _name_member(member: StoryMember) -> str:
    return make_inert(shorten(member.outlet_name[:1000] or member.outlet, 80))


_TEST = "test-"
"""Begins the id of what is no trouble of ours."""


def make_test_letter(channel: str, now: datetime) -> Letter:
    """What `basewatch channels test` sends: looks like an alert, says that it is none."""
    detail = f"This is a test of channel {channel}. Nothing has happened."
    notice = HealthNotice(f"{_TEST}{now:%Y%m%dT%H%M%S%f}", "late", "", "", "info", detail, now)
    entry = Entry(notice.id, 0, "health", "info", "", "", entry_to_json(notice))
    return Letter(entry.key, channel, (Item(entry, notice),), is_test=True)
