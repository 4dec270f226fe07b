"""Matching as machine code. `python -m crawler.compiled` makes it with mypyc and a C compiler, from the same modules.

It saves nearly half of the CPU of matching and nothing else changes. What was compiled is kept by a digest of its
sources beside them, as Python keeps its own in `__pycache__`: after any change the modules are read as Python again,
until they are compiled anew, so what runs is always what the sources say. `BASEWATCH_PURE=1` reads them as Python too.
"""

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from collections.abc import Callable, Iterator, MutableSequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "crawler" / "match"
COMPILED = FOLDER / "__compiled__"
LEFT = frozenset(
    {"__init__", "evaluate", "examples", "language", "letters", "lexicon", "lint", "prefilter", "rough", "suggest"}
)
"""What stays Python: what is seldom run, or asks more of Python than mypyc has (weak references, lark's classes)."""
_KNOWN = (ROOT / "crawler" / "models.py", ROOT / "settings" / "model.py")
"""What the compiled modules take for granted of others."""
_TRIAL = "from crawler.compiled import runs_compiled; raise SystemExit(not runs_compiled())"


_DIRECT_CALLS = ("-fvisibility=hidden", "-fno-plt", "-fno-semantic-interposition")
"""Functions call each other, and those of Python, without a table between them: a twentieth of the time."""


class CannotCompileError(Exception):
    """Why the modules stay Python."""


def list_sources() -> list[Path]:
    """The modules that are compiled."""
    return sorted(path for path in FOLDER.glob("*.py") if path.stem not in LEFT)


def find_compiled() -> Path | None:
    """Where the machine code of these very sources is kept; None when there is none for them or for this Python."""
    kept = COMPILED / _digest()
    return kept if kept.is_dir() else None


def runs_compiled() -> bool:
    """Is matching machine code in this process?"""
    return not str(importlib.import_module("crawler.match.matcher").__file__).endswith(".py")


def prefer_compiled(path: MutableSequence[str]) -> None:
    """Let a package's modules come from machine code where there is any; `path` is the package's own."""
    if os.environ.get("BASEWATCH_PURE") or not (kept := find_compiled()):
        return
    sys.path.append(str(kept))
    try:
        for shared in _list_shared(kept):
            importlib.import_module(shared)
    except ImportError as error:
        # made on another machine, which has another C library
        sys.path.remove(str(kept))
        warnings.warn(f"matching is read as Python: {error}; python -m crawler.compiled", RuntimeWarning, stacklevel=2)
    else:
        path.insert(0, str(kept / "crawler" / "match"))


def compile_modules() -> Path:
    """Compile, try what came of it, and put it in place of what was compiled before. Raises CannotCompileError."""
    _check_means()
    kept = COMPILED / _digest()
    with tempfile.TemporaryDirectory(prefix="basewatch-") as folder:
        # from a copy: mypy refuses to read what stands in site-packages
        sources, made = Path(folder) / "sources", Path(folder) / "made"
        for package in ("crawler", "settings"):
            shutil.copytree(
                ROOT / package, sources / package, ignore=shutil.ignore_patterns("__pycache__", COMPILED.name)
            )
        if kept.name != _digest():
            raise CannotCompileError("its sources were changed while they were copied")
        code = f"from crawler.compiled import build_into; build_into({str(sources)!r}, {str(made)!r})"
        _run(["-c", code], "the compiler failed")
        partial = COMPILED / f"{kept.name}.{os.getpid()}"
        try:
            shutil.copytree(made, partial)
            shutil.rmtree(kept, ignore_errors=True)
            partial.rename(kept)
        except OSError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise CannotCompileError(f"it cannot be kept: {error}") from error
    try:
        _run(["-W", "error", "-c", _TRIAL], "what was compiled does not run")
    except CannotCompileError:
        shutil.rmtree(kept)
        raise
    for old in COMPILED.iterdir():
        if old != kept:
            shutil.rmtree(old)
    return kept


def _check_means() -> None:
    compiler = (os.environ.get("CC") or str(sysconfig.get_config_var("CC") or "cc")).split()[0]
    if not shutil.which(compiler):
        raise CannotCompileError(f"there is no C compiler ({compiler}), on Debian: apt-get install gcc")
    if not find_spec("mypyc") or not find_spec("setuptools"):
        raise CannotCompileError("mypy is not installed: pip install 'basewatch[compile]'")


def build_into(sources: str, made: str) -> None:
    """Machine code of the modules, in a process of its own: mypyc ends the one that it cannot compile in."""
    from mypyc.build import mypycify  # noqa: PLC0415  # only who compiles has it
    from setuptools import Distribution  # noqa: PLC0415
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415

    os.chdir(sources)
    modules = [str(path.relative_to(ROOT)) for path in list_sources()]
    # -O1 takes a third of the time of -O3 and runs as fast
    extensions = mypycify(
        ["--config-file=", "--ignore-missing-imports", "--disable-error-code=import-untyped", *modules],
        opt_level="1",
        debug_level="0",
        multi_file=True,
        target_dir="c",
    )
    for extension in extensions:
        extension.extra_compile_args = [*extension.extra_compile_args, *_DIRECT_CALLS]
    command = build_ext(Distribution({"name": "basewatch-match", "ext_modules": extensions}))
    command.build_lib, command.build_temp = made, "objects"
    command.parallel = os.cpu_count()
    command.ensure_finalized()
    command.run()


def _list_shared(kept: Path) -> Iterator[str]:
    """What the modules share; each of them only points into it."""
    return (path.name.removesuffix(_suffix()) for path in kept.glob(f"*{_suffix()}"))


def _digest() -> str:
    """Of the sources, and of the Python that can run what was made of them."""
    digest = hashlib.sha256(_suffix().encode())
    for path in (*list_sources(), *_KNOWN, Path(__file__)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _suffix() -> str:
    return str(sysconfig.get_config_var("EXT_SUFFIX"))


def _run(arguments: list[str], problem: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "BASEWATCH_PURE"}
    done = subprocess.run(  # noqa: S603  # this Python, with arguments of ours
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
        raise CannotCompileError(f"{problem}: {told[-1]}")


def main(say: Callable[[str], None]) -> None:
    """Compile what is not compiled yet, and say so; without a compiler say that nothing is lost but time."""
    if find_compiled():
        say("matching is compiled already")
        return
    say("compiling matching, half a minute or two ...")
    try:
        compile_modules()
    except CannotCompileError as error:
        say(f"matching stays Python and takes nearly twice as long: {error}")
        raise SystemExit(1) from None
    say("matching is compiled")


if __name__ == "__main__":
    main(print)
