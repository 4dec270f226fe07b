"""Score a labelled set: precision and recall of alerts and of entities, per language, each error with its reason."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial

from crawler.extract.hygiene import clean_text
from crawler.extract.residue import strip_residue
from crawler.match.document import guess_language
from crawler.match.matcher import Findings, Matcher
from crawler.models import TOLD, Article
from settings.model import ResidueRule

LOUD = frozenset({"warning", "critical"})
"""Severities that are an alert where a set is scored."""
TellAbsence = Callable[[str], str]
"""Id of an entity → why it was not found."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One labelled text. What is optional is neither rewarded nor punished."""

    id: str
    lang: str
    text: str
    groups: frozenset[str]
    bases: frozenset[str]
    alert: bool
    """Should some rule of severity warning or above fire?"""
    title: str = ""
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tally:
    """Right, wrong and missed, with what follows from them; 1 where nothing was asked or given."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One miss or one false alarm."""

    passage: str
    kind: str
    """missed alert, false alert, missed entity or false entity."""
    what: str
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Scores:
    """How one language, or the whole set, fared."""

    passages: int = 0
    alerts: Tally = field(default_factory=Tally)
    entities: Tally = field(default_factory=Tally)

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(self.passages + other.passages, self.alerts + other.alerts, self.entities + other.entities)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole result; `languages` holds `all` beside each language."""

    languages: dict[str, Scores]
    mistakes: tuple[Mistake, ...]

    def to_json(self) -> str:
        """For scripts, on one line."""
        languages = {
            name: {"passages": scores.passages, "alerts": _rates(scores.alerts), "entities": _rates(scores.entities)}
            for name, scores in self.languages.items()
        }
        mistakes = [asdict(mistake) for mistake in self.mistakes]
        return json.dumps({"languages": languages, "mistakes": mistakes}, ensure_ascii=False)

    def to_text(self) -> str:
        """For people."""
        lines = ["language  passages  alerts P / R      entities P / R"]
        lines += [
            f"{name:<8}  {scores.passages:>8}  {_pair(scores.alerts)}   {_pair(scores.entities)}"
            for name, scores in self.languages.items()
        ]
        for each in self.mistakes:
            what = f"{each.kind} {each.what}".strip()
            lines.append(f"{each.passage}: {what}: {each.why}\n    {each.text}")
        return "\n".join(lines)


def read_passages(lines: Iterable[str]) -> Iterator[Passage]:
    """Passages of a JSONL file. Raises ValueError with the line's number and what is wrong with it."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _read_passage(line)
            except (ValueError, TypeError) as error:
                raise ValueError(f"line {number}: {error}") from error


def _read_passage(line: str) -> Passage:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at character {error.pos + 1}") from error
    if not isinstance(data, dict):
        raise TypeError("an object is wanted, with id, lang, text, groups, bases and alert")
    if not isinstance(data.get("id"), str | int):
        raise TypeError("id is missing")
    if data.get("alert") not in (True, False):
        raise ValueError("alert must be true or false")
    text, title = _read_text(data, "text"), _read_text(data | {"title": data.get("title") or ""}, "title")
    return Passage(
        id=clean_text(str(data["id"])),
        lang=str(data.get("lang") or guess_language(text)),
        text=text,
        groups=_read_names(data, "groups"),
        bases=_read_names(data, "bases"),
        alert=bool(data["alert"]),
        title=title,
        optional=_read_names(data, "optional_groups") | _read_names(data, "optional_bases"),
    )


def _read_text(data: dict[str, object], key: str) -> str:
    """As a page's text is read."""
    text = data.get(key)
    if not isinstance(text, str):
        raise TypeError(f"{key} must be a text")
    return clean_text(text)


def _read_names(data: dict[str, object], key: str) -> frozenset[str]:
    listed = data.get(key) or []
    if not isinstance(listed, list):
        raise TypeError(f"{key} must be a list")
    return frozenset(map(str, listed))


def evaluate(matcher: Matcher, passages: Iterable[Passage], residue: Sequence[ResidueRule] = ()) -> Evaluation:
    """Score every passage. Lines that `residue` cuts from pages are cut here too: they make no rule fire."""
    total = Scores()
    languages: dict[str, Scores] = {}
    mistakes: list[Mistake] = []
    for passage in passages:
        stripped = strip_residue(passage.text.split("\n"), residue)
        body = "\n".join(stripped.lines)
        article = Article(title=passage.title, body=body, removed=stripped.removed, language=passage.lang)
        scores, made = _score(passage, matcher.examine(article), partial(matcher.tell_absence, article))
        total += scores
        languages[passage.lang] = languages.get(passage.lang, Scores()) + scores
        mistakes += made
    return Evaluation({"all": total, **dict(sorted(languages.items()))}, tuple(mistakes))


def _score(passage: Passage, findings: Findings, tell_absence: TellAbsence) -> tuple[Scores, list[Mistake]]:
    entities, mistaken_entities = _score_entities(passage, findings, tell_absence)
    alerts, mistaken_alerts = _score_alert(passage, findings)
    return Scores(1, alerts, entities), [*mistaken_entities, *mistaken_alerts]


def _score_entities(passage: Passage, findings: Findings, tell_absence: TellAbsence) -> tuple[Tally, list[Mistake]]:
    """What only cut lines name is kept for the record: who labels it is right, and so is who does not."""
    mentions = [mention for mention in findings.mentions if mention.type in {"group", "base"}]
    found = {mention.entity: mention for mention in mentions if mention.zone in TOLD}
    seen = {mention.entity for mention in mentions}
    wanted = passage.groups | passage.bases
    wrong = sorted(found.keys() - wanted - passage.optional)
    missed = sorted(wanted - seen - passage.optional)
    mistakes = [
        Mistake(passage.id, "false entity", name, f"“{found[name].text}” as {found[name].alias!r}", passage.text)
        for name in wrong
    ]
    mistakes += [Mistake(passage.id, "missed entity", name, tell_absence(name), passage.text) for name in missed]
    right = len(wanted & seen - passage.optional)
    return Tally(right, len(wrong), len(missed)), mistakes


def _score_alert(passage: Passage, findings: Findings) -> tuple[Tally, list[Mistake]]:
    loud = [hit for hit in findings.hits if hit.severity in LOUD]
    if bool(loud) == passage.alert:
        return Tally(right=int(passage.alert)), []
    if loud:
        rules = ", ".join(hit.rule for hit in loud)
        return Tally(wrong=1), [Mistake(passage.id, "false alert", rules, loud[0].explanation, passage.text)]
    soft = [f"{hit.rule} is a {hit.severity}: {hit.explanation}" for hit in findings.hits]
    near = [f"{miss.rule} lacks {miss.missing}" for miss in findings.near_misses]
    why = "; ".join((*soft, *near)) or "no rule came near"
    return Tally(missed=1), [Mistake(passage.id, "missed alert", "", why, passage.text)]


def _rates(tally: Tally) -> dict[str, float]:
    return {**asdict(tally), "precision": round(tally.precision, 4), "recall": round(tally.recall, 4)}


def _pair(tally: Tally) -> str:
    return f"{tally.precision:6.3f} / {tally.recall:5.3f}"
