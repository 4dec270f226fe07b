"""What a poll leaves in its source's memory, and what it lets suspect: silence is news."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.fetch.cadence import learn_rhythm
from crawler.fetch.suspicion import is_challenge
from crawler.models import FetchFailure, Link, Outcome, Page, PollCount, PollEnd, PollVerdict, SeenLink, SourceState
from crawler.signs import UNKNOWN_RHYTHM, FeedHints, Rhythm, Trouble
from scheduler.poll_end import PollStory, Reading, end_poll
from settings.model import Source

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEED = Source(name="wire-feed", outlet="wire", kind="feed", url="https://wire.example/rss.xml")
SECTION = Source(name="wire-section", outlet="wire", kind="section", url="https://wire.example/world")
CHALLENGE = b"<!doctype html><html><head><title>Just a moment...</title></head></html>"
AWAY = SeenLink("k", Link("https://elsewhere.example/1"), Outcome.OUT_OF_SCOPE, "not on wire.example")


def rhythm_of(per_hour: float, days: int = 10) -> Rhythm:
    rhythm = UNKNOWN_RHYTHM
    for hour in range(days * 24):
        at = NOW - days * DAY + hour * HOUR
        rhythm = learn_rhythm(rhythm, at, at + HOUR, round((hour + 1) * per_hour) - round(hour * per_hour))
    return rhythm


STATE = SourceState(
    "wire-feed",
    NOW,
    etag='"old"',
    body_digest="d",
    polled_at=NOW - 10 * MINUTE,
    succeeded_at=NOW - 10 * MINUTE,
    full_at=NOW - HOUR,
    news_at=NOW - HOUR,
    rhythm=rhythm_of(2.0),
)


def page_of(status: int = 200, body: bytes = b"<rss/>", url: str = FEED.url, **headers: str) -> Page:
    return Page(url, FEED.url, status, tuple(headers.items()), body, body, NOW, moved=url != FEED.url)


def count_of(
    new: int = 0, known: int = 20, *, compared: int = 0, reguided: int = 0, renamed: int = 0, strays: int = 0
) -> PollCount:
    return PollCount(1, known + new, known, new, new, compared, reguided, renamed, strays)


def end(
    before: SourceState = STATE,
    answer: Page | FetchFailure | None = None,
    verdict: PollVerdict = PollVerdict.CHANGED,
    count: PollCount | None = None,
    *,
    whole: bool = False,
    source: Source = FEED,
    now: datetime = NOW,
    hints: FeedHints | None = None,
) -> PollEnd:
    asked = replace(before, etag=None, last_modified=None) if whole else before
    count = count or count_of()
    digest = "here.e" if verdict is PollVerdict.CHANGED else None
    reading = Reading(verdict, (AWAY,) * count.strays, detail="what was wrong", digest=digest, hints=hints)
    story = PollStory(source, before, asked, answer or page_of(), reading, now)
    return end_poll(story, count)


def kinds(ended: PollEnd) -> list[str]:
    return [trouble.kind for trouble in ended.state.troubles]


# ── memory ──


def test_a_poll_with_news_is_remembered_and_teaches() -> None:
    after = end(count=count_of(3), answer=page_of(ETag='"new"')).state

    assert (after.news_at, after.full_at, after.succeeded_at, after.etag) == (NOW, NOW, NOW, '"new"')
    assert sum(after.rhythm.news) > sum(STATE.rhythm.news)


def test_the_first_poll_teaches_nothing() -> None:
    after = end(SourceState("wire-feed", NOW), count=count_of(50, 0)).state

    assert (after.rhythm, after.news_at) == (UNKNOWN_RHYTHM, NOW)


def test_one_poll_that_brings_everything_anew_does_not_change_the_rhythm() -> None:
    after = end(count=count_of(500, 0)).state

    assert sum(after.rhythm.news) - sum(STATE.rhythm.news) < 10


def test_what_the_feed_asks_for_is_remembered_for_polls_without_a_body() -> None:
    asks = FeedHints(ttl=HOUR)
    first = end(hints=asks)
    second = end(first.state, page_of(304), PollVerdict.NOT_MODIFIED, count_of(0, 0))

    assert (first.state.hints, second.state.hints) == (asks, asks)


@pytest.mark.parametrize(
    ("answer", "before", "after"),
    [
        (page_of(url="https://wire.example/new.xml"), None, "https://wire.example/new.xml"),
        (page_of(), "https://wire.example/new.xml", None),
        (page_of(500), "https://wire.example/new.xml", "https://wire.example/new.xml"),
        (FetchFailure("timeout"), "https://wire.example/new.xml", "https://wire.example/new.xml"),
    ],
)
def test_a_source_that_moved_for_good_is_noted(
    answer: Page | FetchFailure, before: str | None, after: str | None
) -> None:
    failed = isinstance(answer, FetchFailure) or answer.status != 200
    verdict = PollVerdict.FAILED if failed else PollVerdict.CHANGED

    assert end(replace(STATE, moved_to=before), answer, verdict).state.moved_to == after


def test_a_failed_poll_changes_neither_rhythm_nor_validators() -> None:
    after = end(answer=page_of(500), verdict=PollVerdict.FAILED, count=count_of(0, 0)).state

    assert (after.rhythm, after.etag, after.full_at) == (STATE.rhythm, '"old"', STATE.full_at)
    assert after.failures == 1


# ── troubles ──


def test_an_ordinary_poll_finds_nothing_wrong() -> None:
    ended = end()

    assert (ended.state.troubles, ended.opened, ended.closed) == ((), (), ())


def test_three_failures_in_a_row_are_news_until_it_answers() -> None:
    state, opened = STATE, []
    for _ in range(5):
        ended = end(state, FetchFailure("timeout"), PollVerdict.FAILED, count_of(0, 0))
        opened.append([trouble.kind for trouble in ended.opened])
        state = ended.state
    back = end(state)

    assert opened == [[], [], ["failing"], [], []]
    assert (back.closed, back.state.troubles) == (("failing",), ())


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (page_of(403, CHALLENGE), FEED),
        (page_of(503, b"<p>Checking your browser before accessing"), FEED),
        (page_of(200, CHALLENGE), FEED),
        (page_of(200, b"\xef\xbb\xbf\n<!-- x --><!DOCTYPE html><html>"), FEED),
        (page_of(403, b"", **{"cf-mitigated": "challenge"}), SECTION),
        (page_of(403, CHALLENGE), SECTION),
    ],
)
def test_a_page_for_browsers_is_told_at_once(answer: Page, source: Source) -> None:
    assert kinds(end(answer=answer, verdict=PollVerdict.FAILED, source=source)) == ["challenge"]


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (page_of(403, b"<h1>Forbidden</h1>"), FEED),
        (page_of(404, b"<!doctype html><html>not here"), FEED),
        (page_of(200, b"<!doctype html><html>news"), SECTION),
        (page_of(200, b"<rss><broken"), FEED),
    ],
)
def test_other_failures_are_no_challenge(answer: Page, source: Source) -> None:
    assert kinds(end(answer=answer, verdict=PollVerdict.FAILED, source=source)) == []


def test_a_section_that_lists_nothing_because_it_wants_a_browser() -> None:
    answer = page_of(200, CHALLENGE)
    assert kinds(end(answer=answer, verdict=PollVerdict.EMPTY, source=SECTION)) == ["challenge"]


def test_a_source_that_is_gone_is_told_and_tried_weekly() -> None:
    ended = end(answer=page_of(410), verdict=PollVerdict.FAILED)

    assert kinds(ended) == ["gone"]
    assert ended.state.next_poll_at >= NOW + 7 * DAY


def test_the_third_empty_answer_is_news() -> None:
    state, seen = STATE, []
    for _ in range(4):
        state = end(state, verdict=PollVerdict.EMPTY, count=count_of(0, 0)).state
        seen.append([trouble.kind for trouble in state.troubles])

    assert seen == [[], [], ["empty"], ["empty"]]
    assert end(state, FetchFailure("dns"), PollVerdict.FAILED).state.troubles == state.troubles
    assert end(state).closed == ("empty",)


def quiet(since: timedelta, per_hour: float, verdict: PollVerdict = PollVerdict.NOT_MODIFIED) -> PollEnd:
    state = replace(STATE, rhythm=rhythm_of(per_hour), news_at=NOW - since)
    return end(state, page_of(304), verdict, count_of(0, 20))


def test_a_silence_beyond_the_rhythm_is_news() -> None:
    assert kinds(quiet(6 * HOUR, 4.0)) == ["silent"]
    assert kinds(quiet(6 * HOUR, 4.0, PollVerdict.SAME_BODY)) == ["silent"]
    assert kinds(quiet(6 * HOUR, 4.0, PollVerdict.CHANGED)) == ["silent"], "its items may move without being new"
    assert kinds(quiet(HOUR, 40.0)) == [], "not within the first hours"
    assert kinds(quiet(6 * HOUR, 1.0)) == []
    assert kinds(quiet(3 * DAY, 0.1)) == []
    assert kinds(quiet(31 * DAY, 0.01)) == ["silent"]


def test_an_outlet_that_lists_only_what_is_out_of_scope_is_silent_too() -> None:
    """It has moved to another name, and each of its articles is counted and none is read."""
    state = replace(STATE, rhythm=rhythm_of(4.0), news_at=NOW - 6 * HOUR)
    astray = end(state, count=count_of(2, strays=2))
    assert kinds(astray) == ["silent"]
    assert astray.state.news_at == state.news_at
    assert astray.opened[0].detail.endswith(
        "where 24 items were to be expected; 2 links that it lists are on hosts out of scope"
    )

    mixed = end(state, count=count_of(3, strays=2))
    assert (kinds(mixed), mixed.state.news_at) == ([], NOW)
    assert end(astray.state, count=count_of(1), now=NOW + MINUTE).closed == ("silent",)


def test_a_source_whose_scope_fits_none_of_its_links_is_silent_from_its_beginning() -> None:
    unknown = replace(STATE, news_at=None, succeeded_at=None, rhythm=UNKNOWN_RHYTHM)
    first = end(unknown, count=count_of(12, 0, strays=12))

    assert [trouble.detail for trouble in first.opened] == ["all 12 links that it lists are on hosts out of scope"]
    unread = end(first.state, page_of(304), PollVerdict.NOT_MODIFIED, count_of(0, 0))
    assert kinds(unread) == ["silent"]
    assert end(unread.state, count=count_of(1)).closed == ("silent",)
    assert kinds(end(unknown, count=count_of(9, 0, strays=9))) == [], "too few to say all"
    assert kinds(end(unknown, count=count_of(12, 0))) == []
    assert kinds(end(unknown, page_of(304), PollVerdict.NOT_MODIFIED, count_of(0, 0))) == []


def test_a_night_is_no_silence() -> None:
    rhythm = UNKNOWN_RHYTHM
    for hour in range(10 * 24):
        at = NOW - 10 * DAY + hour * HOUR
        rhythm = learn_rhythm(rhythm, at, at + HOUR, 10 if 8 <= at.hour < 20 else 0)
    state = replace(STATE, rhythm=rhythm, news_at=NOW.replace(hour=20))
    morning = NOW.replace(hour=7) + DAY

    ended = end(replace(state, succeeded_at=morning), page_of(304), PollVerdict.NOT_MODIFIED, now=morning)
    assert kinds(ended) == []


def test_a_silence_lasts_until_something_comes_though_the_rhythm_forgets() -> None:
    state = quiet(6 * HOUR, 4.0).state
    for days in range(1, 40):
        now = NOW + days * DAY
        state = end(state, page_of(304), PollVerdict.NOT_MODIFIED, count_of(0, 20), now=now).state
        assert [trouble.kind for trouble in state.troubles] == ["silent"]

    assert end(state, count=count_of(1), now=NOW + 41 * DAY).closed == ("silent",)


def test_a_source_that_is_hardly_known_is_not_called_silent() -> None:
    state = replace(STATE, rhythm=UNKNOWN_RHYTHM, news_at=NOW - 5 * DAY)

    assert kinds(end(state, page_of(304), PollVerdict.NOT_MODIFIED, count_of(0, 20))) == []


def test_guids_that_change_wholesale_are_told() -> None:
    changed = end(count=count_of(compared=20, reguided=19))
    assert kinds(changed) == ["identities"]
    assert kinds(end(count=count_of(compared=20, reguided=18))) == []
    assert kinds(end(count=count_of(compared=5, reguided=5))) == []
    assert end(changed.state, count=count_of(compared=20)).closed == ("identities",)
    unread = end(changed.state, page_of(304), PollVerdict.NOT_MODIFIED)
    assert kinds(unread) == ["identities"], "a poll without a body says nothing of it"


def test_an_outlet_that_publishes_faster_than_it_is_polled_is_told() -> None:
    """Its list of ten may have been twenty between two polls, and nobody can know."""
    outrun = end(count=count_of(10, 0))
    assert [trouble.kind for trouble in outrun.opened] == ["outrun"]
    assert outrun.opened[0].detail.startswith("none of the 10 items that it lists was there at the poll before")
    assert kinds(end(outrun.state, page_of(304), PollVerdict.NOT_MODIFIED)) == ["outrun"]
    assert end(outrun.state, count=count_of(9, 1)).closed == ("outrun",)


@pytest.mark.parametrize(
    ("state", "count", "source"),
    [
        (STATE, count_of(9, 1), FEED),
        (STATE, count_of(4, 0), FEED),
        (replace(STATE, news_at=None), count_of(10, 0), FEED),
        (STATE, count_of(10, 0), FEED.model_copy(update={"kind": "sitemap"})),
        (STATE, count_of(10, 0), FEED.model_copy(update={"kind": "telegram"})),
        (replace(STATE, body_digest="elsewhere.d"), count_of(10, 0), FEED),
    ],
    ids=["one was there", "few", "first poll", "sitemap", "channel", "other address"],
)
def test_a_list_that_is_new_as_a_whole_for_another_reason_is_not(
    state: SourceState, count: PollCount, source: Source
) -> None:
    assert kinds(end(state, count=count, source=source)) == []


def test_so_are_items_that_come_under_other_addresses_all_at_once() -> None:
    renamed = end(count=count_of(30, 0, renamed=16))
    assert kinds(renamed) == ["identities"]
    assert kinds(end(count=count_of(30, 20, renamed=16))) == [], "most of the list is what it was"
    assert kinds(end(count=count_of(9, 0, renamed=9))) == ["outrun"], "too few to say all"
    assert end(renamed.state, count=count_of(1)).closed == ("identities",)


def test_a_busy_outlet_whose_list_is_new_from_poll_to_poll_changes_no_identities() -> None:
    burst = count_of(50, 0)
    assert kinds(end(count=burst)) == ["outrun"]
    assert kinds(end(count=count_of(50, 0, renamed=4))) == ["outrun"], "some titles come again and again"


def test_validators_are_kept_byte_for_byte_unless_they_are_too_long_to_be_sent_back() -> None:
    kept = end(answer=page_of(ETag='W/"é"', **{"Last-Modified": "yesterday"})).state
    assert (kept.etag, kept.last_modified) == ('W/"é"', "yesterday")
    longest = end(answer=page_of(ETag=f'"{"x" * 1022}"')).state
    assert longest.etag == f'"{"x" * 1022}"'
    dropped = end(answer=page_of(ETag="x" * 60_000, **{"Last-Modified": "yesterday"})).state
    assert (dropped.etag, dropped.last_modified) == (None, "yesterday")


def test_a_validator_that_did_not_change_with_the_feed_has_lied() -> None:
    liar = page_of(ETag='"old"')
    caught = end(answer=liar, count=count_of(1), whole=True)

    assert kinds(caught) == ["false_304"]
    assert kinds(end(answer=liar, count=count_of(1))) == [], "asked with it, the outlet may well answer in full"
    assert kinds(end(answer=page_of(ETag='"new"'), count=count_of(1), whole=True)) == []
    honest = end(caught.state, page_of(ETag='"new"'), count=count_of(1), whole=True)
    assert honest.closed == ("false_304",)


def test_what_a_trouble_said_when_it_began_is_kept() -> None:
    told = Trouble("failing", "3 polls failed in a row")
    state = replace(STATE, failures=9, troubles=(told,))

    assert end(state, FetchFailure("dns"), PollVerdict.FAILED).state.troubles == (told,)


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        (b"<!-- a --> <!-- b -->\n<html>", True),
        (b"  <!doctype  html>", True),
        (b"<!-- <html> --> <rss/>", False),
        (b"<!---->" * 24, False),  # where each comment may end at each later one, half a minute
        (b"<!---->" * 2800, False),
        (b"<!-- " + b"x" * 600 + b" --><html>", False),
    ],
)
def test_comments_before_a_page_are_passed_over_once(body: bytes, *, is_html: bool) -> None:
    began = time.process_time()
    assert is_challenge(page_of(body=body), "feed") == is_html
    assert time.process_time() - began < 1
