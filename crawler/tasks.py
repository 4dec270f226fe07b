"""What worker processes do. Only they import this: the libraries that read pages have no place in the daemon."""

from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from crawler.analysis import Tools, analyse
from crawler.errors import WorkerError
from crawler.extract.furniture import NO_FURNITURE, Furniture
from crawler.models import Analysis, Material, PartVerdict
from settings.model import Settings


@lru_cache(maxsize=2)
def read_tools(snapshot: Path) -> Tools:
    """Compile the settings of a JSON snapshot. The name carries their digest, so one path never changes its content.

    Raises WorkerError: a snapshot that cannot be read is no page's fault.
    """
    try:
        return Tools(Settings.model_validate_json(snapshot.read_bytes()))
    except (OSError, ValidationError) as error:
        raise WorkerError(f"cannot read the settings in {snapshot.name}: {error}") from error


def prepare_worker(snapshot: Path) -> None:
    """Have the settings compiled before the first page comes."""
    read_tools(snapshot)


def analyse_in_worker(
    material: Material, snapshot: Path, furniture: Furniture = NO_FURNITURE, off: frozenset[str] = frozenset()
) -> Analysis:
    """What `analyse` finds with the settings of a snapshot. Raises Unreadable."""
    return analyse(material, read_tools(snapshot), furniture, off)


def tell_why_in_worker(analysis: Analysis, snapshot: Path, rule: str) -> tuple[PartVerdict, ...]:
    """How each part of a rule fared on what was analysed."""
    return read_tools(snapshot).matcher.tell_why(analysis.article, rule)
