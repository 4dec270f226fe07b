"""`basewatch alerts show`: one alert with all that it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import StoreError
from crawler.models import FormerHit, Hit, Update
from crawler.store.evidence import Evidence, RevisionSummary, ToldDelivery
from crawler.triage import TriagedAlert
from scheduler.alerts.states import describe_states, triaged_to_dict, write_time
from scheduler.alerts.terminal import BRACKETS, STYLED, defuse_text, describe_update, mark_words, render_alert
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import open_store
from scheduler.triaging import find_alert
from settings.load import load_rules


def main(alert: str, config: Path | None, *, as_json: bool) -> int:
    run = run_or_exit(config)
    try:
        with open_store(run) as store:
            alert_id = find_alert(store, alert)
            triaged, evidence = store.read_alert(alert_id, datetime.now(UTC)), store.read_evidence(alert_id)
    except LookupError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if triaged is None:
        return fail(f"alert {alert_id} is gone", Exit.SERVICE_AWAY)
    if as_json:
        print_json(triaged_to_dict(triaged) | {"evidence": asdict(evidence)})
    else:
        _print_alert(triaged, evidence, load_rules(config), make_console())
    return int(Exit.DONE)


def _print_alert(triaged: TriagedAlert, evidence: Evidence, texts: Mapping[str, str], console: Console) -> None:
    console.print(describe_states(triaged))
    console.print(render_alert(triaged.alert))
    for hit in triaged.alert.hits:
        _print_hit(hit, texts.get(hit.rule, ""), console)
    for gone, together in groupby(triaged.alert.former_hits, _describe_former):
        console.print(Text(defuse_text(gone), "yellow"))
        for former in together:
            _print_hit(former.hit, texts.get(former.hit.rule, ""), console)
    for line in (*_describe_article(triaged, evidence), *_describe_telling(evidence)):
        console.print(Text(defuse_text(line)))


def _describe_former(former: FormerHit) -> str:
    capture = former.capture
    where = f", archive/{capture.file} at {capture.offset}, {capture.digest}" if capture else ""
    gone = f"found no more since {write_time(former.at)} ({former.reason})"
    return f"{gone}; it was found with settings {former.settings_digest}{where}:"


def _print_hit(hit: Hit, text: str, console: Console) -> None:
    marks = STYLED if console.is_terminal and not console.is_dumb_terminal else BRACKETS
    console.print(Text(defuse_text(f"rule {hit.rule} ({hit.severity}), {hit.rule_digest}"), "green"))
    console.print(Text(defuse_text(f"  today: {text or 'there is no such rule'}")))
    place = f"  {hit.zone.value} {hit.start} to {hit.end}: "
    console.print(Text(place) + mark_words(hit.sentence, hit.marks, marks))
    words = "; ".join(f"{term.label} = {term.text!r} at {term.zone.value} {term.start}" for term in hit.terms)
    console.print(Text(defuse_text(f"  {words}")))
    if hit.explanation:
        console.print(Text(defuse_text(f"  {hit.explanation}")))


def _describe_article(triaged: TriagedAlert, evidence: Evidence) -> Iterator[str]:
    alert = triaged.alert
    yield f"id {alert.id}, first shown by {evidence.source}, its link ended as {evidence.link_outcome}"
    yield f"settings {alert.settings_digest}"
    for revision in evidence.revisions:
        yield from _describe_revision(revision)
    if alert.story:
        outlets = len({member.outlet for member in evidence.members})
        yield f"story {alert.story}, told by {outlets} outlet{'s' if outlets != 1 else ''}:"
    for member in evidence.members:
        when = write_time(member.published) if member.published else f"{write_time(member.seen)} (seen)"
        why = f"  ({member.reason})" if member.reason else ""
        yield f"  {when}  {member.outlet_name}: {member.title}  {member.url}{why}"


def _describe_revision(revision: RevisionSummary) -> Iterator[str]:
    partial = ", feed text only" if revision.partial else ""
    yield f"revision {revision.revision}, {write_time(revision.saved_at)}{partial}: {revision.title}"
    yield (
        f"  characters: title {revision.title_length}, description {revision.description_length}, "
        f"body {revision.body_length}, captions {revision.captions_length}; {revision.removed} pieces removed"
    )
    if capture := revision.capture:
        if revision.pruned_at is None:
            where = f"archive/{capture.file} at {capture.offset}, {capture.length} bytes"
        else:
            where = f"pruned from the archive on {write_time(revision.pruned_at)}"
        yield f"  {where}, {capture.digest}"


def _describe_telling(evidence: Evidence) -> Iterator[str]:
    for key, published, entry in evidence.entries:
        what = describe_update(entry).plain if isinstance(entry, Update) else "told"
        yield f"{key}  {write_time(published) if published else 'not published yet'}  {what}"
        for delivery in evidence.deliveries:
            if delivery.key == key:
                yield f"  {delivery.channel}: {delivery.state}, {_describe_tries(delivery)}"


def _describe_tries(delivery: ToldDelivery) -> str:
    if delivery.sent_at:
        return write_time(delivery.sent_at)
    tries = f"tried {delivery.attempts} time{'s' if delivery.attempts != 1 else ''}"
    return f"{tries}: {delivery.error}" if delivery.error else tries
