"""One piece of the past, read and asked in one go: what a worker does, here or on another machine.

A piece is a stretch of one file. Nothing of it is known outside but what is handed in, so that doing it again, or on
another machine, gives the same result.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from crawler.analysis import Tools, analyse
from crawler.archive.places import open_place
from crawler.archive.warc import iterate_open, read_page
from crawler.errors import ArchiveError, Unreadable
from crawler.extract.furniture import NO_FURNITURE, Furniture
from crawler.match.prefilter import Prefilter
from crawler.match.rough import Rough
from crawler.models import Analysis, Hit, Material, Page, StoredHits
from crawler.page_limit import limit_page
from crawler.replay import Difference, compare_hits, foreign_material, is_in_sample, replay_materials
from crawler.worker_process import describe_error
from settings.model import Settings

_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Asking:
    """How the past is asked; the same for all pieces of one replay."""

    rules: frozenset[str] | None = None
    """Only these; None for all."""
    prefilter: bool = True
    audit_percent: float = 0.0
    """Part of the skipped pages that are read all the same."""
    since: datetime | None = None
    until: datetime | None = None
    """For pages of foreign files, by when they were fetched."""
    page_s: float | None = None
    """Longest that one page may take before its worker ends; None in a process that must not."""


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """Some pages of our archive, of one file."""

    folder: str
    pages: tuple[StoredHits, ...]
    furniture: Mapping[str, Furniture]
    """Of the outlets of these pages."""

    @property
    def name(self) -> str:
        first = self.pages[0].capture
        return f"{first.file} at {first.offset}" if first else "texts of feeds"

    @property
    def weight(self) -> int:
        """How much of a replay it is, among others of its kind."""
        return len(self.pages)

    def split(self) -> tuple["StoredPiece", ...]:
        """Into its pages."""
        return tuple(replace(self, pages=(page,)) for page in self.pages)


@dataclass(frozen=True, slots=True)
class FilePiece:
    """The records of any WARC file that begin in [start, end)."""

    path: str
    """A path, or an address that fsspec understands."""
    start: int = 0
    end: int | None = None
    weight: int = field(default=1, compare=False)
    """Bytes, as far as they were known when the replay was planned; 1 for a single record."""

    @property
    def name(self) -> str:
        return f"{self.path} at {self.start}"


Piece = StoredPiece | FilePiece


@dataclass(slots=True)
class PieceResult:
    """What one piece told."""

    pages: int = 0
    size: int = 0
    """Bytes of the bodies."""
    skipped: int = 0
    """Pages that cannot fire any rule, and were not extracted."""
    audited: int = 0
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What could not be read or analysed, with the reason."""
    missed: list[str] = field(default_factory=list)
    """Pages that were skipped and would have fired a rule: defects of the prefilter."""


class Replayer:
    """Compiled settings, and how the past is asked with them."""

    def __init__(self, settings: Settings, asking: Asking) -> None:
        self.tools = Tools(settings)
        self.asking = asking
        self.prefilter = Prefilter(self.tools.matcher, asking.rules) if asking.prefilter else None
        self._timezones = {outlet.slug: outlet.timezone for outlet in settings.outlets}
        self._outlets = {urlsplit(outlet.homepage).hostname or "": outlet.slug for outlet in settings.outlets}

    def place(self, material: Material) -> Material:
        return replace(material, timezone=self._timezones.get(material.outlet, "UTC"))

    def find_outlet(self, url: str) -> str:
        """The outlet whose homepage has the address's host; empty when none has."""
        with suppress(ValueError):
            return self._outlets.get(urlsplit(url).hostname or "", "")
        return ""

    def may_skip(self, materials: list[Material]) -> bool:
        """Can no rule fire on any of them? They are one page, and the text that the feed had for it."""
        return self.prefilter is not None and not any(
            self.prefilter.may_hit(Rough(each.content, each.charset, each.title)) for each in materials
        )

    def analyse_first(
        self, materials: list[Material], furniture: Furniture = NO_FURNITURE, *, lasting: bool = False
    ) -> Analysis | None:
        """The first one that is readable. Only what our archive has can be stored again."""
        for material in materials:
            with suppress(Unreadable):
                return analyse(self.place(material), self.tools, furniture, lasting=lasting)
        return None


@lru_cache(maxsize=2)
def make_replayer(digest: str, snapshot: str, asking: Asking) -> Replayer:  # noqa: ARG001  # the digest names it
    """`snapshot` is the settings as JSON: whoever replays elsewhere has none of our files."""
    return Replayer(Settings.model_validate_json(snapshot), asking)


def replay_here(piece: Piece, snapshot: Path, asking: Asking) -> PieceResult:
    """In a worker of ours, which finds the settings in a file."""
    return replay_piece(piece, snapshot.stem, snapshot.read_text("utf-8"), asking)


def replay_piece(piece: Piece, digest: str, snapshot: str, asking: Asking) -> PieceResult:
    """Everything that a piece tells. A page that cannot be read is a problem of its own; opens no connection."""
    replayer = make_replayer(digest, snapshot, asking)
    result = PieceResult()
    if isinstance(piece, StoredPiece):
        for stored in piece.pages:
            _ask_stored(replayer, piece, stored, result)
    else:
        try:
            _ask_file(replayer, piece, result)
        except (ArchiveError, OSError) as error:
            result.problems.append(f"{piece.path}: {error}")
    return result


def _ask_stored(replayer: Replayer, piece: StoredPiece, stored: StoredHits, result: PieceResult) -> None:
    result.pages += 1
    try:
        page = read_page(Path(piece.folder), stored.capture) if stored.capture else None
    except ArchiveError as error:
        result.problems.append(f"{stored.link.link.url}: {error}")
        return
    result.size += len(page.body) if page else 0
    asked = replayer.asking.rules
    materials = list(replay_materials(stored, page))
    fired = stored.rules if asked is None else stored.rules & asked
    furniture = piece.furniture.get(stored.link.outlet, NO_FURNITURE)
    with _reporting(replayer, result, stored.link.link.url):
        if not fired and _skip(replayer, materials, furniture, result):
            return
        analysis = replayer.analyse_first(materials, furniture, lasting=True)
        if difference := compare_hits(stored, analysis, asked):
            result.differences.append(difference)


def _ask_file(replayer: Replayer, piece: FilePiece, result: PieceResult) -> None:
    with open_place(piece.path) as file:
        for found in iterate_open(file, piece.path, start=piece.start, end=piece.end, digests=False):
            if isinstance(found, str):
                result.problems.append(found)
            elif found[0].status in _OK and _is_in_time(found[0], replayer.asking):
                _ask_page(replayer, found[0], result)


def _is_in_time(page: Page, asking: Asking) -> bool:
    return (asking.since is None or page.fetched_at >= asking.since) and (
        asking.until is None or page.fetched_at < asking.until
    )


def _ask_page(replayer: Replayer, page: Page, result: PieceResult) -> None:
    result.pages += 1
    result.size += len(page.body)
    outlet = replayer.find_outlet(page.url)
    materials = [foreign_material(page, outlet)]
    with _reporting(replayer, result, page.url):
        if _skip(replayer, materials, NO_FURNITURE, result):
            return
        analysis = replayer.analyse_first(materials)
        if hits := _choose_hits(replayer, analysis):
            result.differences.append(Difference(page.url, outlet, None, analysis, hits, ()))


def _choose_hits(replayer: Replayer, analysis: Analysis | None) -> tuple[Hit, ...]:
    only = replayer.asking.rules
    return tuple(hit for hit in (analysis.hits if analysis else ()) if only is None or hit.rule in only)


def _skip(replayer: Replayer, materials: list[Material], furniture: Furniture, result: PieceResult) -> bool:
    if not replayer.may_skip(materials):
        return False
    result.skipped += 1
    url = materials[0].url
    if is_in_sample(url, replayer.asking.audit_percent):
        result.audited += 1
        if hits := _choose_hits(replayer, replayer.analyse_first(materials, furniture)):
            result.missed.append(f"{url}: {', '.join(hit.rule for hit in hits)}")
    return True


@contextmanager
def _reporting(replayer: Replayer, result: PieceResult, url: str) -> Iterator[None]:
    """One page must not decide what becomes of the next."""
    try:
        with limit_page(replayer.asking.page_s):
            yield
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a page makes a parser raise is the page's, and told with its name
        result.problems.append(f"{url}: {describe_error(error)}")
    if away := replayer.tools.matcher.forgive_rules():
        result.problems.append(f"{url}: the regular expression of {', '.join(away)} did not end in time")
