"""One YAML file as plain values, with the line of every key. Refuses repeated keys, which YAML would swallow."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from settings.errors import SettingsError, SettingsProblem, file_problem

YamlPath = tuple[str | int, ...]

# libyaml reads the shipped gazetteer ten times faster than pure Python; some platforms lack it
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one file and where they stand in it."""

    path: Path
    value: dict[str, object]
    lines: dict[YamlPath, int]

    def line_of(self, key: YamlPath) -> int:
        """Line of a key, or of its nearest parent that stands in the file."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def problem(self, key: YamlPath, message: str) -> SettingsProblem:
        return SettingsProblem(str(self.path), self.line_of(key), ".".join(str(part) for part in key), message)


def read_document(path: Path) -> Document:
    """Parse a file. Raises SettingsError with every problem of its form."""
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_BYTES:
            raise SettingsError((file_problem(path, f"larger than {MAX_BYTES >> 20} MiB"),))
        root = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        raise SettingsError((file_problem(path, f"cannot be read: {error.strerror}"),)) from error
    except UnicodeDecodeError as error:
        raise SettingsError((file_problem(path, f"is not UTF-8 at byte {error.start}"),)) from error
    except yaml.YAMLError as error:
        raise SettingsError((_syntax_problem(path, error),)) from error
    reader = _Reader(path)
    reader.lines[()] = 1
    value = reader.read(root, ()) if root is not None else {}
    if not isinstance(value, dict):
        reader.problems.append(file_problem(path, "must be a mapping of keys to values", line=1))
    if reader.problems:
        raise SettingsError(tuple(reader.problems))
    return Document(path, value if isinstance(value, dict) else {}, reader.lines)


def _syntax_problem(path: Path, error: yaml.YAMLError) -> SettingsProblem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    return file_problem(path, f"is not valid YAML: {what}", line=mark.line + 1 if mark else 1)


class _Reader:
    """Walks the node tree once; values out, lines and problems noted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[YamlPath, int] = {}
        self.problems: list[SettingsProblem] = []
        self._scalars = yaml.constructor.SafeConstructor()
        self._open: set[int] = set()

    def read(self, node: yaml.Node, at: YamlPath) -> object:
        self.lines.setdefault(at, node.start_mark.line + 1)
        if id(node) in self._open:
            self._note(node, at, "an anchor that contains itself")
            return None
        self._open.add(id(node))
        try:
            return self._read_kind(node, at)
        finally:
            self._open.discard(id(node))

    def _read_kind(self, node: yaml.Node, at: YamlPath) -> object:
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, (*at, index)) for index, child in enumerate(node.value)]
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self._note(node, at, f"the tag {node.tag} is not allowed")
            return None
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._note(node, at, f"cannot be read: {error}")
            return None

    def _read_mapping(self, node: yaml.MappingNode, at: YamlPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            here = (*at, key)
            if not key:
                self._note(key_node, at, "a key must be a plain word")
            elif key in values:
                self._note(key_node, here, f"stands twice; the first is in line {self.lines[here]}")
            else:
                self.lines[here] = key_node.start_mark.line + 1
                values[key] = self.read(value_node, here)
        return values

    def _note(self, node: yaml.Node, at: YamlPath, message: str) -> None:
        key = ".".join(str(part) for part in at)
        self.problems.append(file_problem(self.path, message, line=node.start_mark.line + 1, key=key))
