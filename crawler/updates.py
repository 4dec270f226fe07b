"""What has changed about an alert, and whether people are to be told again. Pure."""

from dataclasses import replace
from datetime import datetime

from crawler.models import Alert, FormerHit, Mention, Severity, StoryMember, Update, UpdateReason
from crawler.severity import is_higher


def compare_alerts(before: Alert, now_: Alert, reason: UpdateReason, *, number: int, now: datetime) -> Update | None:
    """`now_` is what the article tells now. None when nothing of it is news to anybody."""
    known, fired = {hit.rule for hit in before.hits}, {hit.rule for hit in now_.hits}
    new_entities = find_new_entities(before, now_)
    new_hits = tuple(hit for hit in now_.hits if hit.rule not in known)
    gone_hits = tuple(hit for hit in before.hits if hit.rule not in fired)
    has_new_title = now_.title != before.title
    is_same = now_.severity == before.severity and now_.partial == before.partial
    if is_same and not (new_entities or new_hits or gone_hits or has_new_title):
        return None
    return Update(
        id=before.id,
        number=number,
        reason=reason,
        at=now,
        tell=is_higher(now_.severity, before.severity) or bool(new_entities),
        severity=now_.severity,
        severity_before=before.severity,
        alert=replace(now_, former_hits=find_former_hits(before, now_, reason, now)),
        title_before=before.title if has_new_title else "",
        new_entities=new_entities,
        new_hits=new_hits,
        gone_hits=gone_hits,
    )


def find_former_hits(before: Alert, now_: Alert, reason: UpdateReason, now: datetime) -> tuple[FormerHit, ...]:
    """What was told, before or long before, of rules that no longer fire; the newest last."""
    fired = {hit.rule for hit in now_.hits}
    gone = (FormerHit(hit, now, reason, before.settings_digest, before.capture) for hit in before.hits)
    return tuple(former for former in (*before.former_hits, *gone) if former.hit.rule not in fired)


def find_new_entities(before: Alert, now_: Alert) -> tuple[Mention, ...]:
    """The first mention of each that was not there; outlets that are quoted are no news."""
    known = {mention.entity for mention in before.mentions}
    first: dict[str, Mention] = {}
    for mention in now_.mentions:
        if mention.entity not in known and mention.type != "outlet":
            first.setdefault(mention.entity, mention)
    return tuple(first.values())


def describe_copy(
    alert: Alert,
    copy: StoryMember,
    copied_severity: Severity | None,
    *,
    loudest: Severity,
    first: StoryMember,
    outlets: int,
    number: int,
    now: datetime,
) -> Update:
    """Another article tells the story of this alert: only one that weighs more is told again. `copied_severity` is that
    of the copy's own alert, if it has one; `loudest` that of all other alerts on the story."""
    weighs_more = copied_severity is not None and is_higher(copied_severity, loudest)
    return Update(
        id=alert.id,
        number=number,
        reason="copied",
        at=now,
        tell=weighs_more,
        severity=copied_severity if weighs_more and copied_severity else alert.severity,
        severity_before=alert.severity,
        alert=alert,
        new_members=(copy,),
        first_member=first,
        outlets=outlets,
    )
