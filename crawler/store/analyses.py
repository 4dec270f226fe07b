"""From an analysis to rows: the live crawl's way and replay's."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from crawler.models import Analysis, Capture, Ending, Outcome, Saved
from crawler.store.alerts import make_alert, read_alert_id, tell_alert
from crawler.store.articles import insert_revision, lock_link
from crawler.store.furniture import learn_trace
from crawler.store.links import end_link
from crawler.store.signatures import SignatureIndex
from crawler.store.stories import join_story, tell_copy


def save_analysis(
    connection: Connection,
    index: SignatureIndex,
    link_id: int,
    analysis: Analysis,
    now: datetime,
    *,
    outlet_name: str,
    capture: Capture | None,
    otherwise: Ending,
) -> Saved:
    link = lock_link(connection, link_id)
    if link.outcome is not None:
        return Saved(Outcome(link.outcome), read_alert_id(connection, link_id))
    revision = insert_revision(connection, link, analysis, now, capture)
    place = join_story(connection, index, link, analysis, outlet_name, now)
    alert = make_alert(link, analysis, outlet_name=outlet_name, capture=capture, story=place.story)
    if tell_alert(connection, alert, revision, now, "edited"):
        saved = Saved(Outcome.HIT, alert.id)
    else:
        saved = Saved(Outcome.DUPLICATE if revision.duplicate_of else otherwise.outcome)
    tell_copy(connection, place, alert, now)
    end_link(connection, link_id, replace(otherwise, outcome=saved.outcome), now)
    learn_trace(connection, link.outlet, analysis.trace, now)
    return saved
