"""Previews of Telegram channels: messages as they are, and every id accounted for."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import FeedError
from crawler.extract.article import extract
from crawler.models import Link, Page, PendingLink
from crawler.pipeline import feed_material
from settings.model import Source
from spiders.feeds import FeedLinks
from spiders.readers import read_links
from spiders.telegram import read_channel
from tests.sources.channels import CHANNEL, NO_PREVIEW, forward, message, photo, preview, reply

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = f"https://t.me/s/{CHANNEL}"
PAGE_SIZE = 20


def page_of(body: str, url: str = URL) -> Page:
    content = body.encode()
    return Page(url, url, 200, (("Content-Type", "text/html; charset=utf-8"),), content, content, NOW)


def read_one(markup: str) -> Link:
    found = read_channel(page_of(preview([markup])))
    assert len(found.links) == 1
    return found.links[0]


def body_of(link: Link) -> tuple[str, str]:
    """Title and body, as the article will have them."""
    article = extract(feed_material(PendingLink(1, "wire-telegram", "wire", link)), ())
    return article.title, article.body


# ── what a message says ──────────────────────────────────────────────────────────────────────────


def test_a_message_is_a_link_that_is_complete_in_itself() -> None:
    text = 'Two drones fell near <b>Harir</b> air base.<br/><br/>No group claimed it. <a href="https://t.me/x/1">@x</a>'
    link = read_one(message(41, text, views="12.4K"))
    assert link == Link(
        url=f"https://t.me/{CHANNEL}/41",
        guid=f"{CHANNEL}/41",
        title="Two drones fell near Harir air base.",
        published=datetime(2026, 5, 1, 10, tzinfo=UTC),
        content="<p>Two drones fell near Harir air base.</p><p>No group claimed it. @x</p>",
        complete=True,
        note="12.4K views",
    )
    assert body_of(link) == ("Two drones fell near Harir air base.", "No group claimed it. @x")


def test_the_source_s_kind_chooses_the_reader() -> None:
    source = Source(name="wire-telegram", outlet="wire", kind="telegram", url=URL)
    assert read_links(page_of(preview([message(1, "Text")])), source).links[0].title == "Text"


def test_a_long_first_line_is_shortened_for_the_title_and_stays_whole_in_the_text() -> None:
    line = "Security officials in the province of Anbar said that two explosive drones had been shot down. " * 3
    link = read_one(message(1, f"{line}<br>More."))
    assert link.title.endswith(" …")
    assert len(link.title) <= 122
    assert body_of(link)[1].startswith(line.strip())


def test_a_one_line_message_is_told_in_its_title() -> None:
    assert body_of(read_one(message(1, "عاجل | سقوط طائرة مسيرة قرب قاعدة حرير"))) == (
        "عاجل | سقوط طائرة مسيرة قرب قاعدة حرير",
        "",
    )


def test_the_quote_of_another_message_is_not_its_own_text() -> None:
    link = read_one(message(42, "An update.", inside=reply(41, "Old words of <b>Kataib Hezbollah</b>")))
    assert (link.content, link.note) == ("<p>An update.</p>", "900 views; reply to 41")


def test_a_forwarded_message_says_from_whom_beside_its_text() -> None:
    link = read_one(message(1, "We did it.", inside=forward("Some & Channel"), edited=True))
    assert (link.content, link.note) == ("<p>We did it.</p>", "900 views; forwarded from Some & Channel; edited")


def test_a_message_of_pictures_alone_is_kept_as_such() -> None:
    link = read_one(message(1, inside=photo(CHANNEL, 1)))
    assert (link.content, link.title, link.note, link.complete) == ("", "", "photo; 900 views", True)


def test_an_emoji_is_a_character_and_a_poll_is_text() -> None:
    emoji = '<i class="emoji" style="background-image:url(\'//e.example/1.png\')"><b>🔴</b></i> Alert'
    assert read_one(message(1, emoji)).content == "<p>🔴 Alert</p>"
    poll = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Will it hold?</div>'
        '<div class="tgme_widget_message_poll_option_text">No</div></div>'
    )
    link = read_one(message(1, inside=poll))
    assert (link.content, link.note) == ("<p>Will it hold?</p><p>No</p>", "poll; 900 views")


def test_a_text_inside_a_text_of_the_same_class_is_read_once() -> None:
    nested = '<div class="tgme_widget_message_text js-message_text">Under the album</div>'
    assert read_one(message(1, nested)).content == "<p>Under the album</p>"


def test_the_preview_of_a_linked_page_is_text_that_readers_of_the_channel_see() -> None:
    card = (
        '<a class="tgme_widget_message_link_preview" href="https://wire.example/1">'
        '<div class="link_preview_title">Base hit</div><div class="link_preview_description">By two rockets.</div></a>'
    )
    link = read_one(message(1, "https://wire.example/1", inside=card))
    assert link.content == "<p>https://wire.example/1</p><p>Base hit</p><p>By two rockets.</p>"


def test_a_service_message_has_no_text_of_its_own() -> None:
    link = read_one(message(1, "The Wire pinned a photo", kind="service_message"))
    assert (link.content, link.note) == ("", "service message; 900 views")


def test_markup_of_a_message_stays_text() -> None:
    link = read_one(message(1, "5 &lt; 6 &amp; &lt;script&gt;alert(1)&lt;/script&gt;\0"))
    assert body_of(link)[0] == "5 < 6 & <script>alert(1)</script>"


def test_messages_of_other_channels_and_broken_ids_are_no_messages() -> None:
    found = read_channel(
        page_of(preview([message(1, "a", channel="other"), message(2, "b").replace("/2", "/x"), message(3, "c")]))
    )
    assert [link.guid for link in found.links] == [f"{CHANNEL}/3"]


def test_messages_nested_in_messages_are_read_once() -> None:
    body = f'<div class="tgme_widget_message" data-post="{CHANNEL}/1">' * 2000
    assert len(read_channel(page_of(body)).links) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty body"),
        (NO_PREVIEW, "no public preview of a channel"),
        ("<html><p>Sorry", "no public preview of a channel"),
    ],
)
def test_what_is_no_preview_is_a_feed_error(body: str, reason: str) -> None:
    with pytest.raises(FeedError) as refusal:
        read_channel(page_of(body))
    assert refusal.value.reason == reason


def test_an_address_of_another_form_is_refused() -> None:
    with pytest.raises(FeedError, match=r"t\.me/s/NAME"):
        read_channel(page_of(preview([]), f"https://t.me/{CHANNEL}"))


def test_a_channel_without_messages_is_empty() -> None:
    assert read_channel(page_of(preview([]))) == FeedLinks((), memory="")


# ── every id is accounted for ────────────────────────────────────────────────────────────────────


def serve(ids: Sequence[int], before: int | None = None) -> str:
    """What the channel shows: the newest messages, or those before an id."""
    shown = [number for number in ids if before is None or number < before][-PAGE_SIZE:]
    return preview((message(number, f"Message {number}") for number in shown), first=shown[0] if shown else None)


def poll(ids: Sequence[int], memory: str = "", pages: int = 6) -> tuple[list[Link], str, bool]:
    """All that one poll tells, as the follower asks for it; the reader's memory; whether there is more."""
    found = read_channel(page_of(serve(ids)), memory)
    links = list(found.links)
    for _ in range(pages):
        if not found.more:
            break
        url = found.more[0].url
        found = read_channel(page_of(serve(ids, int(url.rpartition("=")[2])), url), found.memory or "")
        links += found.links
    return links, found.memory or "", bool(found.more)


def numbers(links: Iterable[Link]) -> set[int]:
    return {int(link.url.rpartition("/")[2]) for link in links if not link.problem}


def holes(links: Iterable[Link]) -> list[str]:
    return [link.problem for link in links if link.problem]


def test_the_first_poll_takes_the_newest_page_and_does_not_dig_in_the_past() -> None:
    links, _, more = poll(range(1, 101))
    assert (numbers(links), holes(links), more) == (set(range(81, 101)), [], False)


def test_the_next_poll_goes_back_until_nothing_is_between() -> None:
    _, memory, _ = poll(range(1, 101))
    links, memory, more = poll(range(1, 151), memory)
    assert numbers(links) >= set(range(101, 151))
    assert (holes(links), more) == ([], False)
    assert numbers(poll(range(1, 151), memory)[0]) == set(range(131, 151)), "and does not go back again"


def test_ids_that_no_page_shows_are_told_in_runs() -> None:
    _, memory, _ = poll(range(1, 101))
    ids = [*range(1, 103), 106, 107, *range(109, 140)]
    links, memory, _ = poll(ids, memory)
    assert sorted(holes(links)) == ["not shown: 103-105", "not shown: 108"]
    assert all(link.guid and link.guid.startswith(f"{CHANNEL}/") for link in links)
    assert holes(poll(ids, memory)[0]) == [], "once"


def test_a_hole_at_the_edge_of_a_page_is_told_too() -> None:
    _, memory, _ = poll(range(1, 101))
    # the newest page begins at 111, and nothing is left of 101 to 110
    links, _, more = poll([*range(1, 101), *range(111, 131)], memory)
    assert (holes(links), more) == (["not shown: 101-110"], False)


def test_a_gap_too_long_for_one_poll_is_read_on_in_the_next() -> None:
    _, memory, _ = poll(range(1, 101))
    ids = list(range(1, 601))
    seen: set[int] = set()
    for number in range(1, 6):
        links, memory, more = poll(ids, memory)
        seen |= numbers(links)
        ids.append(600 + number)
        if not more:
            break
    assert set(range(101, 601)) <= seen
    assert number < 5


def test_an_older_page_that_fails_is_asked_for_again() -> None:
    _, memory, _ = poll(range(1, 101))
    found = read_channel(page_of(serve(range(1, 161))), memory)
    assert found.more
    again = read_channel(page_of(serve(range(1, 162))), found.memory or "")
    assert [further.url for further in again.more] == [further.url for further in found.more]


def test_a_preview_that_does_not_lead_back_is_an_error_and_keeps_the_gap() -> None:
    _, memory, _ = poll(range(1, 101))
    found = read_channel(page_of(serve(range(1, 161))), memory)
    with pytest.raises(FeedError, match="does not lead back"):
        read_channel(page_of(serve(range(1, 161)), found.more[0].url), found.memory or "")


def test_the_pictures_of_an_album_are_no_holes() -> None:
    _, memory, _ = poll(range(1, 101))
    album = message(101, "Four pictures", inside="".join(photo(CHANNEL, number) for number in range(101, 105)))
    found = read_channel(page_of(preview([message(100, "x"), album, message(105, "After")])), memory)
    assert holes(found.links) == []


def test_a_channel_whose_newest_messages_were_deleted_is_read_on() -> None:
    _, memory, _ = poll(range(1, 101))
    links, memory, more = poll(range(1, 91), memory)
    assert (holes(links), more) == ([], False)
    assert 101 in numbers(poll([*range(1, 91), 101], memory)[0])


@pytest.mark.parametrize("memory", ['{"channel":"another","top":9000,"gaps":[[1,2]]}', '{"known":{},"waiting":{}}'])
def test_what_was_noted_of_another_source_of_this_name_is_forgotten(memory: str) -> None:
    links, after, more = poll(range(1, 101), memory)
    assert (len(links), more) == (PAGE_SIZE, False)
    assert after == poll(range(1, 101))[1]


def test_a_channel_that_jumps_to_the_end_of_numbers_costs_no_more_than_any() -> None:
    _, memory, _ = poll(range(1, 101))
    for jump in range(1, 100):
        ids = [*range(1, 101), *(10**12 + jump * 10**6 + number for number in range(30))]
        found = read_channel(page_of(serve(ids)), memory)
        memory = found.memory or ""
        assert len(found.more) == 1
    assert len(memory) < 5000
    assert found.capped > 0, "what is not remembered is counted"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_whatever_is_posted_and_deleted_every_id_is_seen_or_told(seed: int, polls: int) -> None:
    chance = random.Random(seed)
    ids = list(range(1, 31))
    links, memory, more = poll(ids)
    start = max(numbers(links))
    told: set[int] = set()
    for _ in range(polls):
        newest = [number for number in range(ids[-1] + 1, ids[-1] + chance.randint(2, 90)) if chance.random() < 0.8]
        ids += newest
        links, memory, more = poll(ids, memory)
        told |= numbers(links) | expand(holes(links))
    while more:
        links, memory, more = poll(ids, memory)
        told |= numbers(links) | expand(holes(links))
    assert set(range(start + 1, ids[-1] + 1)) <= told


def expand(problems: Iterable[str]) -> set[int]:
    runs = (problem.removeprefix("not shown: ").partition("-") for problem in problems)
    return {number for first, _, last in runs for number in range(int(first), int(last or first) + 1)}
