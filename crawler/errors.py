"""Every error of ours, and who catches it.

    BasewatchError
    ├── PageError            what one page did; the pipeline turns it into the outcome named by its class
    │   ├── Unreadable       nothing that could be an article was found      → outcome unreadable
    │   └── Quarantined      it hung, killed or overfed its worker           → outcome quarantined
    ├── FeedError            an answer that is no feed, no list of links     → the poll is counted as failed
    ├── LinkError            a link that nobody should follow                → outcome out_of_scope
    ├── GuardError           the address guard is not in force               → the daemon does not start
    ├── RuleError            an expression of the rule language is wrong    → the start or the reload is refused
    ├── RenderError          no browser for `render: true`                  → the fetch fails and says what to install
    ├── WorkerError          no worker process could be had                  → the work is repeated later
    ├── AlreadyRunning       another daemon has this database               → this one does not start
    ├── DaemonFault          a part that must go on has ended by itself     → the daemon drains and ends
    ├── ArchiveError         a WARC cannot be written or read
    ├── StoreError           the database refused; the work is repeated later
    ├── BackupError          a backup cannot be made or restored; nothing was changed
    ├── DashboardError       the window cannot be opened, e.g. its port is taken; the daemon goes on without it
    ├── ChannelError         a channel cannot be opened                      → it alone waits, the others go on
    └── StreamError          Redis refused or is away; the outbox keeps the row

settings.SettingsError stands beside it: settings imports nothing of ours.

Leaves carry identity (url, path, rule), so that a log line or a health event can name it.
"""


class BasewatchError(Exception):
    """Root of the tree. Anything else that reaches a loop is a defect of ours."""

    def __reduce__(self) -> tuple[object, ...]:
        # errors come out of worker processes pickled; by default only those would that take what they say as given
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[BasewatchError], args: tuple[object, ...], state: dict[str, object]) -> BasewatchError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


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


class LinkError(BasewatchError):
    """A link that cannot or must not be followed. `reason` is one line for the ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GuardError(BasewatchError):
    """The address guard is not in force; nothing may be fetched."""


class RuleError(BasewatchError):
    """A rule is wrong. Says which, where (line and column from 1) and what was expected."""

    def __init__(self, rule: str, when: str, offset: int, problem: str) -> None:
        before = when[:offset]
        self.rule = rule
        self.line = before.count("\n") + 1
        self.column = offset - (before.rfind("\n") + 1) + 1
        self.problem = problem
        shown = (when.splitlines() or [""])[min(self.line - 1, max(0, when.count("\n")))]
        where = f"line {self.line}, column {self.column}"
        super().__init__(f"rule {rule}, {where}: {problem}\n    {shown}\n    {' ' * (self.column - 1)}^")


class QuestionError(BasewatchError):
    """What somebody wants to search for cannot be searched for. Says why."""


class BusyError(BasewatchError):
    """Somebody else's question is being worked on; asking again in a moment helps."""


class RenderError(BasewatchError):
    """There is no browser to render a page with, or it made something that nobody can use."""


class WorkerError(BasewatchError):
    """No worker process could be had, or the pool was closed meanwhile. It says nothing about the page."""


class AlreadyRunning(BasewatchError):
    """Another daemon works on the same database."""


class DaemonFault(BasewatchError):
    """A part of the daemon has ended by itself; whoever supervises it should start it again."""


class ArchiveError(BasewatchError):
    """A WARC file cannot be written or read."""


class StoreError(BasewatchError):
    """The database refused; nothing of the transaction is kept."""


class BackupError(BasewatchError):
    """A backup cannot be made or restored."""


class DashboardError(BasewatchError):
    """The dashboard cannot be served."""


class ChannelError(BasewatchError):
    """A channel cannot be opened: a secret is missing, an address is none. Never holds a secret."""


class StreamError(BasewatchError):
    """Redis refused or is away; the outbox keeps what was to be published."""
