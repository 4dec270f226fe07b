"""*Alert*: one alert with all that it rests on, down to the stored bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.match.explain import digest_rule
from crawler.models import Article, Capture, FormerHit, Hit, PartVerdict, Removed, StoryMember, Update, Zone
from crawler.store.evidence import Evidence, ToldDelivery
from crawler.store.texts import StoredText
from crawler.triage import TriagedAlert
from scheduler.alerts.terminal import describe_update
from scheduler.dashboard.marking import Mark, MarkedText, list_marks, mark_lines, mark_pieces, mark_sentence, mark_title
from scheduler.dashboard.rulebook import Rulebook, find_rulebook
from scheduler.dashboard.views.differences import Change, compare_articles
from scheduler.dashboard.window import Window
from settings.model import Rule


@dataclass(frozen=True, slots=True)
class ZoneText:
    """One zone of the article that the alert rests on, line by line."""

    zone: Zone
    lines: tuple[MarkedText, ...]


@dataclass(frozen=True, slots=True)
class CutPiece:
    """What was removed, and by which rule."""

    lines: tuple[MarkedText, ...]
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule that fired: as it is written, and how its parts fared."""

    hit: Hit
    sentence: MarkedText
    rule: Rule | None
    """As it was then; None when that set of rules was not kept, and it reads otherwise today."""
    parts: tuple[PartVerdict, ...]
    """Outermost first; empty when that cannot be told any more."""


@dataclass(frozen=True, slots=True)
class FormerTold:
    """A rule that fired once, and what made it silent."""

    former: FormerHit
    sentence: MarkedText
    rule: Rule | None
    """As it was then; None when that is not known any more."""


@dataclass(frozen=True, slots=True)
class RevisionTold:
    """One text that the article had, and what it changed."""

    revision: int
    saved_at: datetime
    title: str
    partial: bool
    settings_digest: str
    capture: Capture | None
    pruned_at: datetime | None
    """When that page was taken out of the archive."""
    is_told: bool
    changes: tuple[Change, ...]
    """Against the revision before; empty for the first."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One entry of the stream about the alert, and what each channel did with it."""

    key: str
    published_at: datetime | None
    """None: it waits for Redis."""
    what: str
    deliveries: tuple[ToldDelivery, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """All of it."""

    triaged: TriagedAlert
    title: MarkedText
    source: str
    zones: tuple[ZoneText, ...]
    """Description, body and captions, those that there are."""
    removed: tuple[CutPiece, ...]
    rules: tuple[RuleTold, ...]
    former: tuple[FormerTold, ...]
    """What it was told for, and is found no more; the newest first."""
    members: tuple[StoryMember, ...]
    """Who else tells its story."""
    revisions: tuple[RevisionTold, ...]
    """The newest first."""
    tellings: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class RuleRead:
    """A rule of an alert, for programs."""

    rule: str
    is_found: bool
    """False: it fired once, and is found no more."""
    written: Rule | None
    """As it was when it fired; None when that set of rules was not kept, and it reads otherwise today."""
    parts: tuple[PartVerdict, ...]
    """Outermost first; empty when that cannot be told any more."""


def read_rules(window: Window, alert_id: str) -> list[RuleRead] | None:
    """None when there is no such alert."""
    view = read_alert(window, alert_id)
    if view is None:
        return None
    found = [RuleRead(told.hit.rule, True, told.rule, told.parts) for told in view.rules]
    return found + [RuleRead(told.former.hit.rule, False, told.rule, ()) for told in view.former]


def read_alert(window: Window, alert_id: str) -> AlertView | None:
    """None when there is no such alert."""
    triaged = window.store.read_alert(alert_id, window.clock())
    if triaged is None:
        return None
    evidence, texts = window.store.read_evidence(alert_id), window.store.read_texts(alert_id)
    told = next((text for text in texts if text.is_told), texts[-1])
    return AlertView(
        triaged=triaged,
        title=mark_title(triaged.alert),
        source=evidence.source,
        zones=_show_zones(triaged, told),
        removed=_show_removed(told.article.removed, list_marks(triaged.alert, told.mentions, Zone.REMOVED)),
        rules=tuple(_tell_rules(window, triaged, told.article)),
        former=tuple(_tell_former(window, each) for each in reversed(triaged.alert.former_hits)),
        members=tuple(member for member in evidence.members if member.alert != alert_id),
        revisions=_tell_revisions(texts),
        tellings=_tell_tellings(evidence),
    )


def _show_zones(triaged: TriagedAlert, told: StoredText) -> tuple[ZoneText, ...]:
    zones = [
        ZoneText(zone, mark_lines(told.article.zone_text(zone), list_marks(triaged.alert, told.mentions, zone)))
        for zone in (Zone.DESCRIPTION, Zone.BODY, Zone.CAPTION)
    ]
    return tuple(zone for zone in zones if zone.lines)


def _show_removed(removed: Sequence[Removed], marks: Sequence[Mark]) -> tuple[CutPiece, ...]:
    """Pieces that one rule cut in a row stand together."""
    pieces: list[CutPiece] = []
    start = 0
    for piece in removed:
        here = [
            Mark(mark.start - start, mark.end - start, mark.kind, mark.label)
            for mark in marks
            if mark.start < start + len(piece.text) and mark.end > start
        ]
        lines = mark_pieces(piece.text.split("\n"), here)
        start += len(piece.text) + 1
        if pieces and (pieces[-1].rule, pieces[-1].reason) == (piece.rule, piece.reason):
            pieces[-1] = CutPiece(pieces[-1].lines + lines, piece.rule, piece.reason)
        else:
            pieces.append(CutPiece(lines, piece.rule, piece.reason))
    return tuple(pieces)


def _tell_rules(window: Window, triaged: TriagedAlert, article: Article) -> list[RuleTold]:
    book = find_rulebook(window, triaged.alert.settings_digest)
    told = []
    for hit in triaged.alert.hits:
        rule = _find_rule(window, book, hit)
        parts = book.matcher.tell_why(article, hit.rule) if book and rule else ()
        told.append(RuleTold(hit, mark_sentence(hit, triaged.alert.mentions), rule, parts))
    return told


def _tell_former(window: Window, former: FormerHit) -> FormerTold:
    rule = _find_rule(window, find_rulebook(window, former.settings_digest), former.hit)
    return FormerTold(former, mark_sentence(former.hit, ()), rule)


def _find_rule(window: Window, book: Rulebook | None, hit: Hit) -> Rule | None:
    """As it was when it fired: of the settings of then, else today's if it is the same. The former need no digest: a
    rule's also names how its sentences were weighed, which another version does otherwise."""
    if book:
        return book.rules.get(hit.rule)
    rule = {rule.name: rule for rule in window.settings.rules}.get(hit.rule)
    return rule if rule is not None and digest_rule(rule) == hit.rule_digest else None


def _tell_revisions(texts: Sequence[StoredText]) -> tuple[RevisionTold, ...]:
    before = [None, *texts[:-1]]
    told = [
        RevisionTold(
            text.revision,
            text.saved_at,
            text.article.title,
            text.article.partial,
            text.settings_digest,
            text.capture,
            text.pruned_at,
            text.is_told,
            compare_articles(earlier.article, text.article) if earlier else (),
        )
        for earlier, text in zip(before, texts, strict=True)
    ]
    return tuple(reversed(told))


def _tell_tellings(evidence: Evidence) -> tuple[Telling, ...]:
    return tuple(
        Telling(
            key,
            published_at,
            describe_update(entry).plain if isinstance(entry, Update) else "alert",
            tuple(each for each in evidence.deliveries if each.key == key),
        )
        for key, published_at, entry in evidence.entries
    )
