"""What is wrong in the settings, said so that a person can mend it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One mistake, with its place."""

    file: str
    """Path, or the name of the environment variable's place."""
    line: int
    """1-based; 0 when the whole file is meant."""
    key: str
    """Dotted path of the key inside the file."""
    message: str
    """What is wrong, and what is allowed."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class SettingsError(Exception):
    """Every problem of one load, at once. Nothing was changed."""

    def __init__(self, problems: tuple[SettingsProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def file_problem(path: Path, message: str, *, line: int = 0, key: str = "") -> SettingsProblem:
    return SettingsProblem(str(path), line, key, message)
