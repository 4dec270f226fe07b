"""What stands in the log, whatever was raised and whatever it quotes."""

import json
import subprocess
import sys

import pytest

RAISE = r"""
import logging, sys, structlog
from scheduler.logs import configure_logging
configure_logging(as_json=sys.argv[1] == "json")
def fail(secret):
    raise ValueError("<title>a\n2026-11-28T10:00:00Z [info     ] forged \x1b[31m\u202e")
try:
    fail("pass" + "word-7")
except ValueError:
    structlog.get_logger("ours").exception("defect", url="http://a.example/\n[error] b")
    logging.getLogger("uvicorn.error").error("Exception in %s\n", "a\nb", exc_info=True)
structlog.get_logger("ours").info("next", title="a\nb\u202e")
"""


def write_log(form: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", RAISE, form], capture_output=True, check=True)
    assert ran.stdout == b""
    return ran.stderr.decode().splitlines()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_one_line_that_says_where_it_was_raised_and_what_it_said(form: str) -> None:
    lines = write_log(form)
    assert len(lines) == 3
    for line in lines[:2]:
        assert ", in fail | ValueError: <title>a | 2026-11-28T10:00:00Z [info     ] forged" in line
        assert "password-7" not in line
    assert not {"\x1b", "\u202e"} & set("".join(lines))


def test_as_json_every_line_is_an_object_with_the_traceback() -> None:
    first, second, third = map(json.loads, write_log("json"))
    assert (first["event"], first["level"], first["logger"]) == ("defect", "error", "ours")
    assert second["event"].startswith("Exception in a b")
    assert all(each["traceback"].startswith("Traceback (most recent call last): | File") for each in (first, second))
    assert third["event"] == "next"
