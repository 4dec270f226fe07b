"""`basewatch ...` forked from a process that has imported it: a start costs its own work, not all the imports anew.

The child has the arguments, environment, streams and signal handlers of a new process; it joins its threads, runs what
was registered for its end and flushes. Starts from nothing, which run to the interpreter's own end, are tested too: by
the demo, by README's commands and by whatever a test starts as BASEWATCH.
"""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fcntl import F_DUPFD, fcntl
from functools import cache
from importlib import import_module
from multiprocessing import util
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Protocol, Self, cast

ROOT = Path(__file__).parents[1]
_STATUS = 4
"""Bytes of a pid or of an exit code, most significant first."""
_STREAMS = (0, 1, 2)
_START_S = 300
"""For the first one all is imported, which takes a minute where others have the processor. That the server has ended is
noticed at once."""
_MOST_CODE, _MOST_DESCRIPTORS = 1 << 16, 8
_NOT_IMPORTED = ("crawler.store.migrations", "scheduler.demo.__main__")
"""Scripts, which do their work when they are imported."""


class HasDescriptor(Protocol):
    def fileno(self) -> int: ...


class Forked:
    """A command that runs: as much of `subprocess.Popen` as tests ask of it."""

    def __init__(
        self,
        arguments: list[str],
        environ: Mapping[str, str],
        streams: tuple[HasDescriptor, ...],
        module: str = "scheduler.cli",
    ) -> None:
        """The `main` of another `module` is started in the same way."""
        self.returncode: int | None = None
        self._arguments = arguments
        self._told, theirs = socket.socketpair()
        start = {"module": module, "argv": ["basewatch", *arguments]}
        request = json.dumps({**start, "environ": dict(environ), "folder": str(Path.cwd())})
        with theirs:
            descriptors = [*(stream.fileno() for stream in streams), theirs.fileno()]
            server = _start_server()
            socket.send_fds(server, [len(request.encode()).to_bytes(_STATUS)], descriptors)
            server.sendall(request.encode())
        self.pid = self._read(_START_S)

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.returncode = self._read(timeout)
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout_s: float | None) -> int:
        # blocking only without a limit: 0 is "do not wait" here and there
        self._told.settimeout(timeout_s)
        try:
            told = self._told.recv(_STATUS)
        except (TimeoutError, BlockingIOError):
            raise subprocess.TimeoutExpired(self._arguments, timeout_s or 0) from None
        assert len(told) == _STATUS, "the server of forks has ended"
        return int.from_bytes(told, signed=True)


class Asked(Forked):
    """A script of the tests that answers each line with a line, until nobody asks any more. Killed at the end of the
    block."""

    def __init__(self, module: str, *arguments: object) -> None:
        (asked, ask), (told, tell) = os.pipe(), os.pipe()
        with open(asked, "rb") as stdin, open(tell, "wb") as stdout:  # noqa: PTH123 - descriptors
            super().__init__([*map(str, arguments)], os.environ, (stdin, stdout, sys.__stderr__), module)
        self._ask, self._answers = open(ask, "w"), open(told)  # noqa: PTH123, SIM115 - closed with the block

    def ask(self, line: str) -> str:
        self._ask.write(f"{line}\n")
        self._ask.flush()
        return self._answers.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        self.wait()
        self._ask.close()
        self._answers.close()


def run(
    arguments: list[str], environ: Mapping[str, str], timeout_s: float, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """To its end, with what it printed; killed, and subprocess.TimeoutExpired, when that takes too long."""
    with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
        stdin.write(typed.encode())
        stdin.seek(0)
        process = Forked(arguments, environ, (stdin, stdout, stderr))
        try:
            process.wait(timeout_s)
        finally:
            process.kill()
        shown = [_read_all(file) for file in (stdout, stderr)]
    return subprocess.CompletedProcess(arguments, process.wait(), *shown)


def _read_all(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


# ── the server ───────────────────────────────────────────────────────────────────────────────────


@cache
def _start_server() -> socket.socket:
    """One for each process that runs tests; it ends with that."""
    ours, theirs = socket.socketpair()
    with theirs:
        code = f"from tests.forks import serve; serve({theirs.fileno()})"
        server = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
    atexit.register(_end_server, server, ours)
    return ours


def _end_server(server: subprocess.Popen[bytes], ours: socket.socket) -> None:
    ours.close()
    server.wait()


def serve(descriptor: int) -> None:
    """Fork for each request until the other end closes. In a child: be `basewatch`, to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    _import_all()
    _warm_up()
    gc.freeze()
    with socket.socket(fileno=descriptor) as control:
        request = _await_fork(control)
    if request is not None:
        sys.argv = request["argv"]
        try:
            import_module(request["module"]).main()
        except SystemExit as ended:
            if isinstance(ended.code, int | None):
                _end_early(ended.code or 0)
            raise


def _end_early(code: int) -> None:
    """As Python ends, and multiprocessing its children; but take no module apart: that would copy all the memory that
    is shared with the server, and takes longer than most commands. Returns where something cannot be flushed."""
    threading._shutdown()  # type: ignore[attr-defined]  # no public name; threads of executors end here
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _import_all() -> None:
    for package in ("crawler", "scheduler", "settings", "spiders"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.startswith(_NOT_IMPORTED):
                import_module(module.name)
    for name in ("alembic.command", "sqlalchemy.dialects.sqlite", "trafilatura"):
        import_module(name)


def _warm_up() -> None:
    """What is compiled at first need, children find compiled where it comes from the shipped settings."""
    import_module("scheduler.verified").load_verified(None, {})
    shipped = import_module("tests.shipped")
    shipped.analyse_honest_page()
    shipped.compile_names()
    with TemporaryDirectory() as folder:
        import_module("crawler.store.store").Store.open(f"sqlite:///{folder}/basewatch.sqlite").close()


def _await_fork(control: socket.socket) -> dict[str, Any] | None:
    while True:
        head, descriptors, *_ = socket.recv_fds(control, _STATUS, len(_STREAMS) + 1)
        if not head:
            return None
        size = int.from_bytes(head)
        request = json.loads(control.recv(size, socket.MSG_WAITALL))
        if os.fork() == 0:
            _fork_and_tell(descriptors, request)
            return cast("dict[str, Any]", request)
        for each in descriptors:
            os.close(each)


def _fork_and_tell(descriptors: list[int], request: Mapping[str, Any]) -> None:
    """Returns in a child only, which has become what the request asks for."""
    *streams, told = descriptors
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        os.write(told, pid.to_bytes(_STATUS))
        _, status = os.waitpid(pid, 0)
        with suppress(BrokenPipeError):
            os.write(told, os.waitstatus_to_exitcode(status).to_bytes(_STATUS, signed=True))
        os._exit(0)
    for given, ours in zip(streams, _STREAMS, strict=True):
        os.dup2(given, ours)
    for each in descriptors:
        os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["folder"])
    _keep_spare()


def _keep_spare() -> None:
    """Fork what multiprocessing would start from nothing as its server of forks: now, while nothing else is here."""
    ours, theirs = socket.socketpair()
    if pid := os.fork():
        theirs.close()
        _use_spare(pid, ours)
        return
    ours.close()
    code, descriptors, *_ = socket.recv_fds(theirs, _MOST_CODE, _MOST_DESCRIPTORS)
    if code:
        numbers, text = json.loads(code)
        # theirs may have numbers that are wanted
        above = [fcntl(each, F_DUPFD, max(numbers) + 1) for each in descriptors]
        for each in (*descriptors, theirs.detach()):
            os.close(each)
        for each, number in zip(above, numbers, strict=True):
            os.dup2(each, number)
            os.close(each)
        with suppress(SystemExit):  # it ends so; going on, it would close what is no longer ours, and say so
            exec(text, {})  # multiprocessing's own line
    os._exit(0)


def _use_spare(pid: int, spare: socket.socket) -> None:
    start, is_used = util.spawnv_passfds, False

    def fork_instead(path: bytes, args: Sequence[Any], passfds: Sequence[int]) -> int:
        nonlocal is_used
        if is_used or "multiprocessing.forkserver" not in args[-1]:
            return start(path, args, passfds)
        is_used = True
        with spare:
            socket.send_fds(spare, [json.dumps([list(passfds), args[-1]]).encode()], list(passfds))
        return pid

    util.spawnv_passfds = fork_instead
