"""Matching as machine code says what matching as Python says, and is used for the very sources it was made of only."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.compiled import COMPILED, ROOT, find_compiled, list_sources
from crawler.match.matcher import Findings
from crawler.models import Article
from tests.shipped import compile_shipped

LABELLED = Path(__file__).parent / "match"
SETS = ("passages.jsonl", "phrases.jsonl", "calm.jsonl", "blind.jsonl")
WHICH = "import crawler.match.rules as asked; print(asked.__file__)"


def run_python(code: str, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Another Python, whose packages are those of a root."""
    variables = {name: value for name, value in os.environ.items() if name != "BASEWATCH_PURE"}
    variables |= {"PYTHONPATH": str(root), **environment}
    return subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=root, env=variables, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def compiled() -> Path:
    if not (kept := find_compiled()):
        reason = "matching is not compiled: make compiled"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    return kept


@pytest.fixture
def copied(compiled: Path, tmp_path: Path) -> Path:
    """The sources that matching needs, and its machine code, elsewhere."""
    for package in ("crawler", "settings"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def read_passages() -> Iterator[Article]:
    """Every fifth, which are more than a thousand."""
    lines = [line for name in SETS for line in (LABELLED / name).read_text(encoding="utf-8").splitlines()]
    for line in lines[::5]:
        labelled = json.loads(line)
        yield Article(title=labelled.get("title", ""), body=labelled["text"], language=labelled["lang"])


def digest_findings() -> str:
    """Of all that matching says of the passages, but for the time it took."""
    matcher, digest = compile_shipped().matcher, hashlib.sha256()
    for article in read_passages():
        digest.update(tell_findings(matcher.examine(article)).encode())
    return digest.hexdigest()


def tell_findings(found: Findings) -> str:
    return repr((found.mentions, found.hits, found.near_misses, found.stances, found.new_groups, found.disabled))


def test_machine_code_says_what_python_says(compiled: Path) -> None:
    code = "from tests.stages.test_match_compiled import digest_findings; print(digest_findings())"
    as_code, as_python = run_python(code), run_python(code, BASEWATCH_PURE="1")
    assert as_code.stdout, as_code.stderr
    assert as_code.stdout == as_python.stdout, as_python.stderr


def test_what_was_compiled_is_what_runs(compiled: Path) -> None:
    assert Path(run_python(WHICH).stdout.strip()).is_relative_to(compiled)
    assert Path(run_python(WHICH, BASEWATCH_PURE="1").stdout.strip()).suffix == ".py"


@pytest.mark.parametrize("changed", ["crawler/match/rules.py", "crawler/match/pool.py", "settings/model.py"])
def test_a_changed_source_is_read_as_python(copied: Path, changed: str) -> None:
    assert Path(run_python(WHICH, copied).stdout.strip()).is_relative_to(copied / COMPILED.relative_to(ROOT))
    with (copied / changed).open("a", encoding="utf-8") as source:
        source.write("# changed\n")
    assert run_python(WHICH, copied).stdout.strip() == str(copied / "crawler" / "match" / "rules.py")


def test_machine_code_that_cannot_be_loaded_is_told_and_not_used(copied: Path) -> None:
    (shared,) = (copied / COMPILED.relative_to(ROOT)).glob("*/*.so")
    shared.write_bytes(b"made for another machine")
    answer = run_python(WHICH, copied)
    assert answer.stdout.strip() == str(copied / "crawler" / "match" / "rules.py")
    assert "matching is read as Python" in answer.stderr


def test_without_a_compiler_matching_stays_python_and_one_line_says_so(copied: Path) -> None:
    shutil.rmtree(copied / COMPILED.relative_to(ROOT))
    code = "import runpy; runpy.run_module('crawler.compiled', run_name='__main__')"
    answer = run_python(code, copied, CC="no-such-compiler")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert answer.stdout.splitlines()[-1] == (
        "matching stays Python and takes nearly twice as long: there is no C compiler (no-such-compiler), "
        "on Debian: apt-get install gcc"
    )
    assert not list((copied / COMPILED.relative_to(ROOT)).glob("*"))


def test_nothing_is_compiled_that_asks_more_of_python_than_mypyc_has() -> None:
    """`cached_property` would be made anew at each look, and weak references have ended the process."""
    for path in list_sources():
        source = path.read_text(encoding="utf-8")
        assert "cached_property" not in source, path
        assert "weakref" not in source, path
