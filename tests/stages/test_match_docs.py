"""docs/rules.md tells the truth: every expression that it shows can be read, every event that it names exists."""

import re
from pathlib import Path

import pytest

from crawler.match.language import parse_rule
from crawler.match.matcher import list_known
from crawler.match.pool import SUPPOSED
from tests.shipped import read_shipped

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
SHOWN = [
    expression
    for row in re.findall(r"^\| (`.+?) \|", TEXT, re.MULTILINE)
    for expression in re.findall(r"`([^`]+)`", row)
    if "..." not in expression and "…" not in expression and expression not in {"( )", "a AND b", "a OR b", "NOT a"}
]


@pytest.mark.parametrize("expression", [*SHOWN, "a AND b OR NOT (c)"])
def test_every_expression_of_the_page_can_be_read(expression: str) -> None:
    assert parse_rule("shown", expression, list_known(read_shipped().gazetteer))


def test_every_event_that_the_page_names_exists_and_none_is_left_out() -> None:
    named = set(re.findall(r"`#([a-z-]+)`", TEXT))
    assert named == {SUPPOSED} | {event.name for event in read_shipped().gazetteer.events}
