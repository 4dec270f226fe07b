"""What feeds ask of those who poll them."""

from datetime import timedelta

import pytest

from crawler.signs import NO_HINTS, FeedHints
from spiders.hints import read_hints

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "hints"),
    [
        ("<ttl>60</ttl>", FeedHints(HOUR)),
        ("<TTL> 15 </TTL>", FeedHints(HOUR / 4)),
        ("<ttl>0</ttl>", FeedHints()),
        ("<ttl>soon</ttl>", FeedHints()),
        ("<ttl>-5</ttl>", NO_HINTS),
        ("<ttl>٦٠</ttl>", NO_HINTS),
        ("<ttl>99999999999999999999</ttl>", FeedHints(7 * DAY)),
        ("<ttl>" + "9" * 500 + "</ttl>", NO_HINTS),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", FeedHints(HOUR / 2)),
        (
            "<sy:updatePeriod>\n\thourly\t</sy:updatePeriod><sy:updateFrequency>\n\t1\t</sy:updateFrequency>",
            FeedHints(),
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", FeedHints()),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>60</ttl>", FeedHints(HOUR)),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", FeedHints(DAY)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", FeedHints(DAY)),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", FeedHints(7 * DAY)),
        ("<sy:updatePeriod>never</sy:updatePeriod>", FeedHints()),
        (
            "<skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>x</hour></skipHours>",
            FeedHints(skip_hours=frozenset({0, 23})),
        ),
        (
            "<skipDays><day>Saturday</day><day>Sunday</day><day>Doomsday</day></skipDays>",
            FeedHints(skip_days=frozenset({5, 6})),
        ),
        ("<title>ttl</title>", NO_HINTS),
        ("", NO_HINTS),
    ],
)
def test_hints_are_read_from_the_head_of_a_feed(said: str, hints: FeedHints) -> None:
    assert (
        read_hints(f"<rss><channel><title>Wire</title>{said}<item><title>One</title></item></channel></rss>") == hints
    )


def test_what_an_item_says_is_no_hint() -> None:
    assert read_hints("<rss><channel><item><ttl>5</ttl><hour>3</hour></item></channel></rss>") == NO_HINTS
