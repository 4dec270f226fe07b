"""Writes docs/settings.md from the docstrings of settings/model.py: `python docs/make_settings.py`. A test compares."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "settings.md"
FILES = {
    "Run": "settings/run.yaml",
    "ArchiveLimits": "run.yaml's `archive:`",
    "Outlet": "settings/sources.yaml, `outlets: {slug: {...}}`",
    "Source": "an outlet's `sources: [- feed: URL ...]`",
    "LinkSelector": "a source's `links:`",
    "Entity": "settings/gazetteer/{groups,bases,people,outlets}.yaml, `groups: {id: {...}}`",
    "Alias": "an entity's `aliases: {en: [...]}`; a plain spelling may stand as mere text",
    "Rule": "settings/rules.yaml, `rules: {name: {...}}`; see [rules.md](rules.md)",
    "RuleExample": "a rule's `examples:`",
    "Channel": "settings/channels.yaml, `channels: {name: {...}}`; see [channels.md](channels.md)",
    "ResidueRule": "settings/extraction/residue.yaml, `residue: {name: {...}}`",
}
GIVEN = {"Outlet": {"slug", "sources"}, "Source": {"outlet", "kind", "url"}, "Entity": {"id", "type", "aliases"}}
GIVEN |= {"Alias": {"language"}, "Rule": {"name"}, "Channel": {"name"}, "ResidueRule": {"name"}}
"""Fields that follow from where the entry stands."""

INTRO = """# Settings

Every key of every file. A folder given with `--config` needs only the files that it changes. A wrong or unknown key is
refused with file, line and what is allowed; `basewatch check` reads everything without starting.

Durations are written as `90s`, `10m`, `1h` or `2d`. Written by `python docs/make_settings.py` from `settings/model.py`.
"""


def make_page() -> str:
    """The page as it should be."""
    tree = ast.parse((ROOT / "settings" / "model.py").read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return INTRO + "".join(section for name in FILES for section in describe_class(classes[name]))


def describe_class(node: ast.ClassDef) -> Iterator[str]:
    yield f"\n## {node.name}: {FILES[node.name]}\n\n{ast.get_docstring(node)}\n\n"
    yield "| key | default | meaning |\n|---|---|---|\n"
    for field, doc in list_fields(node):
        name = ast.unparse(field.target)
        if name not in GIVEN.get(node.name, set()):
            default = "" if (node.name, name) == ("Source", "name") else describe_default(field)
            yield f"| `{name}` | {default} | {' '.join(doc.split())} |\n"


def list_fields(node: ast.ClassDef) -> Iterator[tuple[ast.AnnAssign, str]]:
    """Each field with the string that follows it."""
    for field, follower in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            said = follower.value if isinstance(follower, ast.Expr) else None
            yield field, str(said.value) if isinstance(said, ast.Constant) else ""


def describe_default(field: ast.AnnAssign) -> str:
    if field.value is None:
        return "must be given"
    default = field.value
    if isinstance(default, ast.Call) and ast.unparse(default.func) == "Field":
        named = {keyword.arg: keyword.value for keyword in default.keywords}
        if "default" not in named:
            return "must be given"
        default = named["default"]
    text = ast.unparse(default)
    if span := re.fullmatch(r"timedelta\((\w)\w*=(\d+)\)", text):
        return f"`{span[2]}{span[1]}`"
    if path := re.fullmatch(r"Path\('(.*)'\)", text):
        return f"`{path[1]}`"
    return "" if text in {"None", "''", "()", "LinkSelector()", "ArchiveLimits()"} else f"`{text.lower()}`"


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
