"""What the demo publishes: settings/demo as values. The form of each file is told in settings/demo/README.md."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from crawler.models import Outcome
from settings import load_settings
from settings.document import Document, read_document
from settings.errors import SettingsError, SettingsProblem, file_problem
from settings.load import SHIPPED
from settings.model import Duration, Frozen, Outlet, Severity, Slug, WebAddress

DEMO_FOLDER = SHIPPED / "demo"

_FILE_NAME = re.compile(r"(\d+)-([a-z0-9-]+)", re.ASCII)
_LINE_MARKS: dict[str, "BlockKind"] = {"##": "subhead", "!!": "photo", "~~": "widget"}

BlockKind = Literal["paragraph", "subhead", "photo", "widget"]
Model = TypeVar("Model", bound=BaseModel)


class Expectation(Frozen):
    """What must come of an article. Groups and bases are all those that its title, description and body name."""

    outcome: Outcome
    severity: Severity | None = None
    """Of the alert; exactly hits have one."""
    groups: tuple[Slug, ...] = ()
    bases: tuple[Slug, ...] = ()
    partial: bool = False
    """The alert rests on what the feed said, because the page cannot be had."""

    @model_validator(mode="after")
    def _hits_and_only_hits_alert(self) -> Self:
        if (self.outcome is Outcome.HIT) != (self.severity is not None):
            raise ValueError("a hit has a severity, and nothing else has")
        return self


class DemoArticle(Frozen):
    """One article as its file tells it."""

    outlet: Slug
    number: int
    """Place in the round, over all outlets."""
    slug: Slug
    title: str
    text: str = ""
    """Paragraphs with an empty line between them; `##` subhead, `!!` photo with caption, `~~` widget."""
    summary: str = ""
    """What the feed carries."""
    deck: str = ""
    """Standfirst, printed under the headline."""
    author: str = ""
    photo: str = ""
    """Caption of the lead photo."""
    boxes: tuple[Slug, ...] = ()
    """Boxes of boxes.yaml that the page leaks below the text."""
    section: Slug = "news"
    age: Duration = timedelta(minutes=9)
    """How long before it is seen in the feed it says it was published."""
    status: int = Field(default=200, ge=200, le=599)
    """What the server answers when asked for the page."""
    link: WebAddress | None = None
    """Another site's page that the feed links to; the outlet has none of its own."""
    stub: bool = False
    """The rest is for subscribers."""
    shell: bool = False
    """The page arrives empty, for a script to fill."""
    expect: Expectation

    @property
    def path(self) -> str:
        return f"/{self.section}/{self.slug}"


class Box(Frozen):
    """Text that an outlet prints around articles which have nothing to do with it."""

    title: str
    lines: tuple[str, ...]
    encoded: bool = False
    """Printed percent-encoded, title and all, as a page template that forgets to decode does."""


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article's text."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class PublishedArticle:
    """An article that stands in its outlet's feed."""

    article: DemoArticle
    url: str
    """As the feed links to it."""
    published: datetime
    """The date it prints."""
    released: datetime
    """When it came into the feed."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything that a round publishes, in its order."""

    folder: Path
    outlets: tuple[Outlet, ...]
    """Their addresses hold `{slug}` where the port is not known yet."""
    articles: tuple[DemoArticle, ...]
    boxes: dict[str, Box]


def read_edition(folder: Path = DEMO_FOLDER) -> Edition:
    """Read a demo folder. Raises SettingsError with every problem."""
    outlets = load_settings(folder, environ={}).outlets
    reading = _Reading()
    boxes = reading.read_boxes(folder / "boxes.yaml")
    paths = chain.from_iterable(sorted((folder / "articles" / outlet.slug).glob("*.yaml")) for outlet in outlets)
    found = [article for path in paths if (article := reading.read_article(path, boxes))]
    articles = tuple(sorted(found, key=lambda article: article.number))
    reading.check_order(folder, articles)
    if reading.problems:
        raise SettingsError(tuple(reading.problems))
    return Edition(folder, outlets, articles, boxes)


def split_text(text: str) -> tuple[Block, ...]:
    """The blocks of an article's text; lines of one paragraph are joined."""
    chunks = (" ".join(chunk.split()) for chunk in re.split(r"\n[ \t]*\n", text))
    return tuple(_make_block(chunk) for chunk in chunks if chunk)


def _make_block(chunk: str) -> Block:
    kind = _LINE_MARKS.get(chunk[:2])
    return Block(kind, chunk[2:].strip()) if kind else Block("paragraph", chunk)


class _Reading:
    """One read: gathers the problems."""

    def __init__(self) -> None:
        self.problems: list[SettingsProblem] = []

    def read_boxes(self, path: Path) -> dict[str, Box]:
        document = read_document(path)
        listed = document.value.get("boxes")
        entries = listed if isinstance(listed, dict) else {}
        built = {name: self._build(Box, data, document, ("boxes", name)) for name, data in entries.items()}
        return {name: box for name, box in built.items() if box}

    def read_article(self, path: Path, boxes: dict[str, Box]) -> DemoArticle | None:
        name = _FILE_NAME.fullmatch(path.stem)
        if name is None:
            self.problems.append(file_problem(path, "must be called <number>-<slug>.yaml"))
            return None
        document = read_document(path)
        place = {"outlet": path.parent.name, "number": int(name[1]), "slug": name[2]}
        article = self._build(DemoArticle, {**document.value, **place}, document, ())
        for box in article.boxes if article else ():
            if box not in boxes:
                self.problems.append(document.problem(("boxes",), f"no box is called {box}"))
        return article

    def check_order(self, folder: Path, articles: tuple[DemoArticle, ...]) -> None:
        """A number that two articles share would leave their order to chance."""
        for first, second in pairwise(articles):
            if first.number == second.number:
                message = f"{first.outlet}/{first.slug} and {second.outlet}/{second.slug} share {first.number}"
                self.problems.append(file_problem(folder / "articles", message))

    def _build(self, model: type[Model], data: object, document: Document, at: tuple[str, ...]) -> Model | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for finding in error.errors(include_url=False):
                self.problems.append(document.problem((*at, *finding["loc"]), finding["msg"]))
            return None
