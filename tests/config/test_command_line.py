"""The command line itself."""

from importlib.metadata import version
from platform import python_version

from typer.testing import CliRunner

from scheduler.cli import app


def test_it_says_which_version_it_is() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.output.strip()) == (0, f"basewatch {version('basewatch')}, Python {python_version()}")
