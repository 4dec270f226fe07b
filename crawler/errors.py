"""Every error of ours, and who catches it.

    BasewatchError
    ├── SettingsError        bad YAML or environment: stops the start, or keeps the old set on reload
    ├── PageError            what one page did; the pipeline turns it into the outcome named by its class
    │   ├── Unreadable       nothing that could be an article was found      → outcome unreadable
    │   └── Quarantined      it hung, killed or overfed its worker           → outcome quarantined
    ├── FeedError            an answer that is no feed, no list of links     → the poll is counted as failed
    ├── ArchiveError         a WARC cannot be written or read
    ├── StoreError           the database refused; the work is repeated later
    └── StreamError          Redis refused or is away; the outbox keeps the row

Leaves carry identity (url, path, rule), so that a log line or a health event can name it.
"""

from dataclasses import dataclass
from pathlib import Path


class BasewatchError(Exception):
    """Root of the tree. Anything else that reaches a loop is a defect of ours."""


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One thing that is wrong in the settings, for a person to mend."""

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class SettingsError(BasewatchError):
    """All problems of one load at once."""

    def __init__(self, problems: tuple[SettingsProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class PageError(BasewatchError):
    """One page cannot become an article. `reason` is one line for the ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreadable(PageError):
    """Nothing in it could be an article."""


class Quarantined(PageError):
    """It hung, killed or overfed the worker that read it."""


class FeedError(BasewatchError):
    """The answer is no feed and no list of links. `reason` is one line for the ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ArchiveError(BasewatchError):
    """A WARC file cannot be written or read."""


class StoreError(BasewatchError):
    """The database refused; nothing of the transaction is kept."""


class StreamError(BasewatchError):
    """Redis refused or is away; the outbox keeps what was to be published."""
