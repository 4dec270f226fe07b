"""`try` and `extract` as people type them: from standard input, with reasons, and on pages that hang."""

import json
from pathlib import Path

import pytest

from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place

HANGING = make_article("Hang", BASE_ATTACK, "a" * 64, FILLER)
HONEST = make_article("Drones strike base", BASE_ATTACK, FILLER)
RUNAWAY = (
    "residue:\n  runaway:\n    reason: a rule that some page makes run away\n    line: '(a+)+b'\n    cuts: [aab]\n"
)
"""A rule of the analyst's own on which one line of a page keeps its worker for hours."""
RULE = "rules:\n  base:\n    severity: warning\n    when: '@base:ain-al-asad'\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path / "place")
    place.write("rules.yaml", RULE)
    place.write("extraction/residue.yaml", RUNAWAY)
    return place


def test_try_says_within_the_limit_that_a_page_hangs(place: Place, tmp_path: Path) -> None:
    page = tmp_path / "hang.html"
    page.write_text(HANGING, encoding="utf-8")
    tried = place.command("try", str(page), timeout_s=120)
    assert tried.returncode == 1
    assert "quarantined: hung for more than 3 s" in tried.stderr
    assert "the crawl go on" in tried.stderr
    assert "Traceback" not in tried.stderr


def test_extract_gives_a_line_for_a_page_that_hangs_and_reads_the_next(place: Place, tmp_path: Path) -> None:
    for name, text in (("a.html", HONEST), ("b.html", HANGING), ("c.html", HONEST)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = place.command("extract", *(str(tmp_path / f"{name}.html") for name in "abc"), "--jsonl", timeout_s=120)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(row["file"]).name for row in rows] == ["a.html", "b.html", "c.html"]
    assert [row.get("error", "") for row in rows] == ["", "hung for more than 3 s", ""]
    assert rows[2]["text"] == f"{BASE_ATTACK}\n{FILLER}"
    assert done.returncode == 1


@pytest.mark.parametrize("text", [HONEST, f"Drones strike base\n\n{BASE_ATTACK}\n\n{FILLER}\n"], ids=["html", "text"])
def test_try_reads_standard_input_and_says_why(place: Place, text: str) -> None:
    tried = place.command("try", "-", "--json", "--why", "base", typed=text)
    assert tried.returncode == 0, tried.stderr
    [found] = [json.loads(line) for line in tried.stdout.splitlines()]
    assert found["article"]["title"] == "Drones strike base"
    assert found["article"]["body"] == f"{BASE_ATTACK}\n{FILLER}"
    assert [hit["rule"] for hit in found["hits"]] == ["base"]
    assert found["why"][-1]["holds"]


def test_try_says_that_standard_input_is_empty(place: Place) -> None:
    tried = place.command("try", "-")
    assert tried.returncode == 1
    assert "unreadable: empty" in tried.stderr
