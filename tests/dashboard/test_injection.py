"""Nothing that outlets or visitors write is worked out, or leads to a file: a canary is there to be found."""

import os
import secrets
from pathlib import Path

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from tests.dashboard.newsroom import ENGLISH, Desk, Newsroom
from tests.dashboard.test_hostile_text import poison

_TEMPLATES = (
    "{{{{ 7077*1001 }}}}", "${{7077*1001}}", "#{{7077*1001}}", "<%= 7077*1001 %>", "{{{{= 7077*1001 }}}}",
    "[[${{7077*1001}}]]", "{{% include '{file}' %}}", "{{% import '{file}' as x %}}",
    "{{{{ get_flashed_messages.__globals__ }}}}", "{{{{ cycler.__init__.__globals__.os.environ }}}}",
    "{{{{ lipsum.__globals__['os'].popen('cat {file}').read() }}}}", "{{{{ self._TemplateReference__context }}}}",
    "{{{{ request.app.state }}}}", "{{{{ config.items() }}}}", "{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}",
    "{{{{ open('{file}').read() }}}}", "{{0.__class__.__init__.__globals__}}", "%(canary)s", "{{canary}}",
    "$CANARY ${{CANARY}} %CANARY%", "`cat {file}`", "$(cat {file})", "; cat {file}", "<!--#include file='{file}'-->",
    "<?php echo file_get_contents('{file}'); ?>", "<xi:include href='file://{file}'/>", "document('file://{file}')",
    "unparsed-text('file://{file}')", "doc('file://{file}')", "environment-variable('CANARY')", "$ENV.CANARY",
    "env.CANARY", "input_filename", "@{file}", "file://{file}",
)  # fmt: skip
_PLACES = (
    "{path}", "..{path}", "../../../../../../../..{path}", "..%2f..%2f..%2f..%2f..%2f..%2f..%2f..{quoted}",
    "%2e%2e%2f%2e%2e%2f{quoted}", "....//....//....//....//....//..{path}", "..%252f..%252f..%252f..{quoted}",
    "..\\..\\..\\..{path}", "..%5c..%5c..%5c{quoted}", "%00{quoted}", "x%00/../..{path}", "file:%2f%2f{quoted}",
    "/{path}", "~root{path}", "..;/..;/..{path}", "%c0%ae%c0%ae%c0%af{quoted}",
)  # fmt: skip
_ROUTES = (
    "/static/", "/alerts/", "/rows/", "/api/alerts/", "/api/sources/", "/sources/", "/rules/", "/api/rules/",
    "/entities/", "/api/entities/", "/alerts/x/captures/", "/", "/api/",
)  # fmt: skip
_FIELDS = (("/", "rule"), ("/", "after"), ("/search", "q"), ("/api/search", "q"), ("/rules/try", "when"))


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, tuple[str, ...]]:
    """A file and an environment variable, with what must never be seen."""
    inside, around = f"file-{secrets.token_hex(8)}", f"environ-{secrets.token_hex(8)}"
    file = tmp_path / "canary"
    file.write_text(inside)
    monkeypatch.setenv("CANARY", around)
    return file, (inside, around, str(7077 * 1001), os.environ["PATH"])


def test_the_canary_would_be_found(canary: tuple[Path, tuple[str, ...]]) -> None:
    file, told = canary
    assert file.read_text() in told
    assert os.environ["CANARY"] in told


def test_no_template_or_expression_in_an_article_is_worked_out(
    pages: TestClient, desk: Desk, newsroom: Newsroom, canary: tuple[Path, tuple[str, ...]]
) -> None:
    file, told = canary
    analysis, page = newsroom.analyse(ENGLISH), newsroom.page(ENGLISH)[1]
    for number, shape in enumerate(_TEMPLATES):
        evil = shape.format(file=file)
        alert = desk.save(f"http://wire.example/injected/{number}", poison(analysis, evil, file.as_uri()), page)
        for path in (f"/alerts/{alert}", f"/rows/{alert}", f"/api/alerts/{alert}", f"/api/alerts/{alert}/stix"):
            answer = pages.get(path)
            assert answer.status_code == 200, (path, evil)
            assert not [secret for secret in told if secret in answer.text], (path, evil)
        assert str(escape(evil)) in pages.get(f"/alerts/{alert}").text
    for path in ("/", "/api/alerts", "/api/alerts.atom", "/api/alerts.csv", "/search", "/activity", "/metrics"):
        assert not [secret for secret in told if secret in pages.get(path).text], path


def test_no_expression_of_a_visitor_is_worked_out(pages: TestClient, canary: tuple[Path, tuple[str, ...]]) -> None:
    file, told = canary
    for shape in _TEMPLATES:
        evil = shape.format(file=file)
        for path, name in (
            ("/", "rule"),
            ("/search", "q"),
            ("/api/search", "q"),
            ("/rules/try", "when"),
            ("/", "after"),
        ):
            answer = pages.get(path, params={name: evil})
            assert answer.status_code < 500, (path, name, evil)
            assert not [secret for secret in told if secret in answer.text], (path, name, evil)


def test_no_path_leads_to_a_file_that_is_not_ours(pages: TestClient, canary: tuple[Path, tuple[str, ...]]) -> None:
    file, told = canary
    path = str(file)
    tried = {shape.format(path=path, quoted=path.replace("/", "%2f").removeprefix("%2f")) for shape in _PLACES}
    for route in _ROUTES:
        for place in sorted(tried):
            answer = pages.get(f"{route}{place}")
            assert answer.status_code < 500, (route, place)
            assert not [secret for secret in told if secret in answer.text], (route, place)
