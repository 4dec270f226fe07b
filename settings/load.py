"""The only reader of files and environment: a folder of YAML → one frozen Settings, or every mistake at once."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar, get_args
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings.document import Document, YamlPath, read_document
from settings.errors import SettingsError, SettingsProblem
from settings.model import (
    SITEMAP_MAX_AGE,
    Alias,
    Channel,
    Entity,
    Gazetteer,
    Outlet,
    ResidueRule,
    Rule,
    Run,
    Settings,
    Source,
    SourceKind,
    WordList,
)
from settings.weights import digest_weights

SHIPPED = Path(__file__).parent
"""The settings that come with basewatch; a file that a folder lacks is taken from here."""

ENTITY_FILES = {"groups": "group", "bases": "base", "people": "person", "outlets": "outlet", "actors": "actor"}
SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
_SOURCE_FORMS = " or ".join(f"`{kind}: URL`" for kind in SOURCE_KINDS)
_MAY_HOLD_SECRETS = ("password", "token", "secret", "url", "homepage", "past")
"""Ends of keys' names."""
_ENVIRONMENT = {
    "BASEWATCH_DATA_DIR": "data_dir",
    "BASEWATCH_DATABASE_URL": "database_url",
    "BASEWATCH_REDIS_URL": "redis_url",
    "BASEWATCH_CONTACT": "contact",
    "BASEWATCH_DASHBOARD": "dashboard",
    "BASEWATCH_DASHBOARD_PASSWORD": "dashboard_password",
    "BASEWATCH_DASHBOARD_TOKEN": "dashboard_token",
}

Model = TypeVar("Model", bound=BaseModel)

_gazetteers: WeakValueDictionary[str, Gazetteer] = WeakValueDictionary()
"""Those in use, by the digest of their files."""


def load_settings(config_dir: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read a configuration folder; files that it lacks are the shipped ones. Raises SettingsError with all problems."""
    loading = _Loading(config_dir or SHIPPED)
    if config_dir is not None and not config_dir.is_dir():
        loading.problems.append(SettingsProblem(str(config_dir), 0, "", "is no folder"))
    run = loading.read_run(environ)
    outlets = loading.read_outlets()
    gazetteer = loading.read_gazetteer()
    rules = tuple(loading.read_entries("rules.yaml", "rules", Rule, "name"))
    residue = tuple(loading.read_entries("extraction/residue.yaml", "residue", ResidueRule, "name"))
    channels = loading.read_channels(outlets, gazetteer, rules)
    if loading.problems or run is None:
        raise SettingsError(tuple(loading.problems))
    digest = digest_settings(gazetteer, rules, residue)
    return Settings(
        run=run,
        outlets=outlets,
        gazetteer=gazetteer,
        rules=rules,
        residue=residue,
        weights=digest_weights(),
        digest=digest,
        channels=channels,
    )


def load_run(config_dir: Path | None = None, environ: Mapping[str, str] = os.environ) -> Run:
    """Where the data lies and how to run: enough for whoever reads what is stored, whatever the other files say. Raises
    SettingsError."""
    loading = _Loading(config_dir or SHIPPED)
    if config_dir is not None and not config_dir.is_dir():
        loading.problems.append(SettingsProblem(str(config_dir), 0, "", "is no folder"))
    run = loading.read_run(environ)
    if loading.problems or run is None:
        raise SettingsError(tuple(loading.problems))
    return run


def load_rules(config_dir: Path | None = None) -> dict[str, str]:
    """Rule → what it asks today, of those in rules.yaml that can be read; for whoever shows them beside what is stored.
    Raises nothing."""
    rules = _Loading(config_dir or SHIPPED).read_entries("rules.yaml", "rules", Rule, "name")
    return {rule.name: rule.when for rule in rules}


def settings_files(config_dir: Path | None) -> list[Path]:
    """Every file that a load would read, for watching."""
    loading = _Loading(config_dir or SHIPPED)
    names = ["run.yaml", "sources.yaml", "rules.yaml", "channels.yaml", "extraction/residue.yaml"]
    return [*map(loading.path_of, names), *loading.gazetteer_files()]


def find_file(config_dir: Path | None, name: str) -> Path:
    """Where a load would read a file: in the folder, else what is shipped."""
    return _Loading(config_dir or SHIPPED).path_of(name)


def digest_settings(gazetteer: Gazetteer, rules: Sequence[Rule], residue: Sequence[ResidueRule]) -> str:
    """Names what decides an analysis: the same values give the same digest on any machine."""
    digest = hashlib.sha256()
    for model in (gazetteer, *rules, *residue):
        digest.update(model.model_dump_json().encode())
    digest.update(digest_weights().encode())
    return digest.hexdigest()[:16]


class _Loading:
    """One load: knows the folder and gathers the problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[SettingsProblem] = []

    def path_of(self, name: str) -> Path:
        own = self.folder / name
        return own if own.exists() else SHIPPED / name

    def read(self, name: str) -> Document:
        """A document; an empty one when it cannot be read, with the problem noted."""
        path = self.path_of(name)
        if not path.exists():
            return Document(path, {}, {})
        try:
            return read_document(path)
        except SettingsError as error:
            self.problems.extend(error.problems)
            return Document(path, {}, {})

    def section(self, document: Document, key: str) -> dict[str, object]:
        """The mapping under a file's one top-level key."""
        for other in document.value:
            if other != key:
                self.problems.append(document.problem((other,), f"unknown key; this file holds only `{key}:`"))
        if document.lines and document.value.get(key) is None:
            # an editor or a full disk may leave a file empty; that must not end the watch
            self.problems.append(document.problem((), f"holds no `{key}:`; write `{key}: {{}}` if none is meant"))
            return {}
        value = document.value.get(key) or {}
        if isinstance(value, dict):
            return value
        self.problems.append(document.problem((key,), "must be a mapping of names to entries"))
        return {}

    def build(self, model: type[Model], data: object, document: Document, at: YamlPath) -> Model | None:
        """One value, or its problems noted."""
        if not isinstance(data, dict):
            self.problems.append(document.problem(at, f"must be a mapping with the keys {_keys(model)}"))
            return None
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.problems.extend(_explain(error, model, document, at))
            return None

    def read_run(self, environ: Mapping[str, str]) -> Run | None:
        document = self.read("run.yaml")
        given = {key: (name, environ[name]) for name, key in _ENVIRONMENT.items() if environ.get(name)}
        try:
            return Run.model_validate({**document.value, **{key: value for key, (_, value) in given.items()}})
        except ValidationError as error:
            for problem in _explain(error, Run, document, ()):
                variable = given.get(problem.key, ("", ""))[0]
                place = SettingsProblem("environment", 0, variable, problem.message) if variable else problem
                self.problems.append(place)
            return None

    def read_entries(self, name: str, key: str, model: type[Model], id_field: str) -> Iterator[Model]:
        """The entries of a file of `key: {id: {...}}`."""
        document = self.read(name)
        for entry_id, data in self.section(document, key).items():
            merged = {id_field: entry_id, **data} if isinstance(data, dict) else data
            if (entry := self.build(model, merged, document, (key, entry_id))) is not None:
                yield entry

    # sources.yaml

    def read_outlets(self) -> tuple[Outlet, ...]:
        document = self.read("sources.yaml")
        outlets: list[Outlet] = []
        for slug, data in self.section(document, "outlets").items():
            at = ("outlets", slug)
            if not isinstance(data, dict):
                self.problems.append(document.problem(at, f"must be a mapping with the keys {_keys(Outlet)}"))
                continue
            sources = self._read_sources(slug, data, document, at)
            outlet = self.build(Outlet, {**data, "slug": slug, "sources": ()}, document, at)
            if outlet is not None:
                outlets.append(outlet.model_copy(update={"sources": sources}))
        return tuple(self._unique_sources(outlets, document))

    def _read_sources(self, slug: str, data: dict[str, object], document: Document, at: YamlPath) -> tuple[Source, ...]:
        listed = data.get("sources") or []
        if not isinstance(listed, list):
            self.problems.append(document.problem((*at, "sources"), f"must be a list of {_SOURCE_FORMS}"))
            return ()
        built = (
            self._read_source(slug, entry, data, document, (*at, "sources", index))
            for index, entry in enumerate(listed)
        )
        return tuple(source for source in built if source is not None)

    def _read_source(
        self, slug: str, entry: object, outlet: dict[str, object], document: Document, at: YamlPath
    ) -> Source | None:
        kinds = [kind for kind in SOURCE_KINDS if isinstance(entry, dict) and kind in entry]
        if not isinstance(entry, dict) or len(kinds) != 1:
            self.problems.append(document.problem(at, f"must have exactly one of {_SOURCE_FORMS}"))
            return None
        data = {key: value for key, value in entry.items() if key not in SOURCE_KINDS}
        own = {"name": f"{slug}-{kinds[0]}", "outlet": slug, "kind": kinds[0], "url": entry[kinds[0]]}
        if kinds[0] == "sitemap":
            own["max_age"] = SITEMAP_MAX_AGE
        forbidden = set(data) & {"outlet", "kind", "url"}
        for key in sorted(forbidden):
            self.problems.append(document.problem((*at, key), "unknown key"))
        if forbidden:
            return None
        source = self.build(Source, {**own, **data}, document, at)
        return source and source.model_copy(update={"scope": source.scope or _default_scope(source, outlet)})

    def _unique_sources(self, outlets: list[Outlet], document: Document) -> Iterator[Outlet]:
        seen: set[str] = set()
        for outlet in outlets:
            for index, source in enumerate(outlet.sources):
                if source.name in seen:
                    at = ("outlets", outlet.slug, "sources", index)
                    message = f"a second source called {source.name}; give it a `name:` of its own"
                    self.problems.append(document.problem(at, message))
                seen.add(source.name)
            yield outlet

    # channels.yaml

    def read_channels(
        self, outlets: tuple[Outlet, ...], gazetteer: Gazetteer, rules: tuple[Rule, ...]
    ) -> tuple[Channel, ...]:
        channels = tuple(self.read_entries("channels.yaml", "channels", Channel, "name"))
        known = {
            "rules": {rule.name for rule in rules},
            "entities": {entity.id for entity in gazetteer.entities},
            "outlets": {outlet.slug for outlet in outlets},
        }
        if not self.problems:  # names of what could not be read would all be unknown
            for channel in channels:
                self._check_names(channel, known)
        return channels

    def _check_names(self, channel: Channel, known: dict[str, set[str]]) -> None:
        document = self.read("channels.yaml")
        for key, names in known.items():
            for name in set(getattr(channel, key)) - names:
                message = f"there is no {name}{_suggestion(name, names)}"
                self.problems.append(document.problem(("channels", channel.name, key), message))

    # gazetteer/

    def read_gazetteer(self) -> Gazetteer:
        """The one in use while its files hold the same bytes: most edits are of sources, channels and rules."""
        digest, before = self._digest_gazetteer(), len(self.problems)
        if (in_use := _gazetteers.get(digest)) is not None:
            return in_use
        gazetteer = self._parse_gazetteer()
        # what somebody wrote meanwhile may have been read in part
        if digest and len(self.problems) == before and self._digest_gazetteer() == digest:
            _gazetteers[digest] = gazetteer
        return gazetteer

    def _digest_gazetteer(self) -> str:
        """Names the bytes of its files; empty when one cannot be read."""
        digest = hashlib.sha256()
        try:
            for path in self.gazetteer_files():
                content = path.read_bytes()
                digest.update(len(content).to_bytes(8) + content)
        except OSError:
            return ""
        return digest.hexdigest()

    def gazetteer_files(self) -> list[Path]:
        return [self.path_of(f"gazetteer/{name}.yaml") for name in (*ENTITY_FILES, "cues", "events")]

    def _parse_gazetteer(self) -> Gazetteer:
        cues = tuple(self._read_words("cues"))
        events = tuple(self._read_words("events"))
        known_cues = {words.name for words in cues}
        entities: dict[str, Entity] = {}
        for name, kind in ENTITY_FILES.items():
            for entity, document in self._read_entities(name, kind, known_cues):
                if entity.id in entities:
                    self.problems.append(document.problem((name, entity.id), "an entity of this id exists already"))
                entities[entity.id] = entity
        return Gazetteer(entities=tuple(entities.values()), cues=cues, events=events)

    def _read_entities(self, name: str, kind: str, cues: set[str]) -> Iterator[tuple[Entity, Document]]:
        document = self.read(f"gazetteer/{name}.yaml")
        for entity_id, data in self.section(document, name).items():
            at = (name, entity_id)
            if not isinstance(data, dict):
                self.problems.append(document.problem(at, f"must be a mapping with the keys {_keys(Entity)}"))
                continue
            aliases = tuple(self._read_aliases(data.get("aliases"), document, (*at, "aliases"), cues))
            merged = {**data, "id": entity_id, "type": kind, "aliases": aliases}
            if (entity := self.build(Entity, merged, document, at)) is not None:
                self._check_cues(entity.unless, document, (*at, "unless"), cues)
                yield entity, document

    def _read_aliases(self, listed: object, document: Document, at: YamlPath, cues: set[str]) -> Iterator[Alias]:
        if not isinstance(listed, dict):
            self.problems.append(document.problem(at, "must map languages to lists of spellings"))
            return
        for language, entries in listed.items():
            for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
                here = (*at, language, index)
                data = {"text": entry} if isinstance(entry, str) else entry
                merged = {**data, "language": language} if isinstance(data, dict) else data
                if (alias := self.build(Alias, merged, document, here)) is not None:
                    self._check_cues(alias.context, document, (*here, "context"), cues)
                    yield alias

    def _check_cues(self, words: Iterable[str], document: Document, at: YamlPath, cues: set[str]) -> None:
        for word in words:
            name = word.removeprefix("cues/")
            if name != word and name not in cues:
                message = f"no list of cues is called {name}{_suggestion(name, cues)}"
                self.problems.append(document.problem(at, message))

    def _read_words(self, key: str) -> Iterator[WordList]:
        document = self.read(f"gazetteer/{key}.yaml")
        for name, words in self.section(document, key).items():
            if (entry := self.build(WordList, {"name": name, "words": words}, document, (key, name))) is not None:
                yield entry


def _default_scope(source: Source, outlet: Mapping[str, object]) -> tuple[str, ...]:
    """The hosts of the source and of the outlet's homepage, without a leading www."""
    hosts = [source.host, urlsplit(str(outlet.get("homepage", ""))).hostname or ""]
    return tuple(dict.fromkeys(host.removeprefix("www.") for host in hosts if host))


def _keys(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)


def _suggestion(word: str, known: set[str] | list[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _explain(
    error: ValidationError, model: type[BaseModel], document: Document, at: YamlPath
) -> Iterator[SettingsProblem]:
    """Pydantic's findings in the words and lines of the file."""
    for finding in error.errors(include_url=False):
        key = (*at, *finding["loc"])
        match finding["type"]:
            case "extra_forbidden":
                word = str(finding["loc"][-1])
                hint = _suggestion(word, list(model.model_fields))
                yield document.problem(key, f"unknown key{hint}; allowed: {_keys(model)}")
            case "missing":
                yield document.problem(key, "is missing")
            case _:
                yield document.problem(key, finding["msg"].removeprefix("Value error, ") + _describe_input(finding))


def _describe_input(finding: ErrorDetails) -> str:
    """What stood there, unless that is everything or a secret; an address may hold one."""
    if not finding["loc"] or str(finding["loc"][-1]).endswith(_MAY_HOLD_SECRETS):
        return ""
    return f"; got {_shorten(finding['input'])}"


def _shorten(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "…"
