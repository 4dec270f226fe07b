"""Which rules a replay asks with."""

from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from settings.load import digest_settings
from settings.model import Settings

PLACES = {"rules": "rules.yaml", "gazetteer": "gazetteer", "residue": "extraction"}
"""Part of the settings → the file or folder that holds it."""


def take_rules(settings: Settings, other: Settings, folder: Path) -> Settings:
    """The settings with another folder's rules, names and residue; where it has no such file, as they are."""
    taken = {part: getattr(other, part) for part, place in PLACES.items() if (folder / place).exists()}
    mixed = settings.model_copy(update=taken)
    return mixed.model_copy(update={"digest": digest_settings(mixed.gazetteer, mixed.rules, mixed.residue)})


def find_changed_rules(settings: Settings, folder: Path, digests: Collection[str]) -> frozenset[str] | None:
    """Names of the rules, of then and of now, that differ from those of any of these sets; None where names or residue
    differ too, or where a set is no longer kept in `folder`: then any rule may say something else."""
    now = {rule.name: rule for rule in settings.rules}
    changed: set[str] = set()
    for digest in digests:
        try:
            then = Settings.model_validate_json((folder / f"settings-{digest}.json").read_bytes())
        except (OSError, ValidationError):
            return None
        if (then.gazetteer, then.residue) != (settings.gazetteer, settings.residue):
            return None
        before = {rule.name: rule for rule in then.rules}
        changed |= {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
        if then.weights != settings.weights:
            changed |= {name for name, rule in now.items() if rule.is_read}
    if changed:
        # whether these are told, and how loudly, hangs on what the others tell
        changed |= {name for name, rule in now.items() if rule.yields or rule.loud}
    return frozenset(changed)
