"""The commands that look after rules and names, on a store as the daemon leaves it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from crawler.analysis import Tools, analyse
from crawler.models import Link, Material, PollVerdict, SeenLink, SourceState
from crawler.models import Poll as PollRow
from scheduler.cli import app
from settings.load import load_settings
from tests.running import Place, make_place

NOW = datetime.now(UTC)
TEXTS = (
    "Fighters of Ketaeb Sayed al-Shohada fired rockets at Ein el-Assad base in Iraq on Monday. Nobody was hurt.",
    "The militia Ketaeb Sayed al-Shohada spoke again. It has fighters in Iraq and rockets for an attack.",
    "A previously unknown group calling itself Rijal al-Wafa claimed a rocket attack in Iraq.",
    "The council approved a plan to widen the ring road: " + "a" * 60 + "! The work will begin in May.",
)
GROUPS = """groups:
  kataib-sayyid-al-shuhada:
    name: Kataib Sayyid al-Shuhada
    aliases: {en: [Kataib Sayyid al-Shuhada]}
  hamas:
    name: Hamas
    aliases: {en: [Hamas]}
"""
BASES = "bases:\n  ain-al-asad:\n    name: Ain al-Asad\n    aliases: {en: [Ain al-Asad, Ayn al-Asad air base]}\n"
RULES = """rules:
  base-attacked:
    severity: warning
    when: 'SENTENCE(@base AND #rocket)'
    examples: [{text: Rockets hit Ain al-Asad., matches: true}, {text: He visited Ain al-Asad., matches: false}]
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with few names, whose store holds four articles that were analysed with them."""
    place = make_place(tmp_path_factory.mktemp("rules") / "place")
    place.write("gazetteer/groups.yaml", GROUPS)
    place.write("gazetteer/bases.yaml", BASES)
    place.write("rules.yaml", RULES)
    place.data.mkdir()
    tools, store = Tools(load_settings(place.folder)), place.store()
    urls = [f"https://a.example/{number}" for number in range(len(TEXTS))]
    poll = PollRow("feed", outlet="wire", at=NOW, verdict=PollVerdict.CHANGED, status=200)
    store.save_poll(poll, [SeenLink(url, Link(url)) for url in urls], SourceState("feed", NOW + timedelta(days=1)))
    by_url = {link.link.url: link for link in store.read_pending(NOW + timedelta(minutes=1), 10)}
    for url, text in zip(urls, TEXTS, strict=True):
        analysis = analyse(Material(text.encode(), "text", url=url, outlet="wire"), tools)
        store.save_analysis(by_url[url], analysis, NOW, outlet_name="The Wire")
    store.close()
    return place


def command(place: Place, *arguments: str) -> Result:
    """In this process: starting another for each would take most of the time."""
    return CliRunner(env={"BASEWATCH_DATA_DIR": None}).invoke(app, [*arguments, "--config", str(place.folder)])


def rows(place: Place, *arguments: str) -> list[dict[str, object]]:
    done = command(place, *arguments, "--json")
    assert done.exit_code == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# rules try


def test_an_expression_is_tried_on_stored_texts(kept: Place) -> None:
    done = command(kept, "rules", "try", "SENTENCE(ring AND road) OR @new-group", "--last", "30d")
    assert done.exit_code == 0, done.stderr
    assert "2 of 4 articles of the last 30d would have been caught" in done.stdout
    assert "[ring] [road]" in done.stdout
    assert "https://a.example/3" in done.stdout

    caught = rows(kept, "rules", "try", "NEAR/3(rockets, @base)")
    assert [(row["url"], row["hit"]["distance"]) for row in caught] == [("https://a.example/0", 2)]  # type: ignore[index]  # JSON
    assert rows(kept, "rules", "try", "zebra") == []


def test_a_wrong_expression_is_told_with_a_caret_and_the_nearest_name(kept: Place) -> None:
    done = command(kept, "rules", "try", "SENTENCE(@bsae AND x)")
    assert done.exit_code == 2
    lines = done.stderr.splitlines()
    assert "line 1, column 10: there is no @bsae; did you mean @base?" in lines[0]
    assert lines[2].index("^") == lines[1].index("@")

    assert "expected" in command(kept, "rules", "try", "@core AND").stderr
    assert "--last soon" in command(kept, "rules", "try", "@core", "--last", "soon").stderr


def test_an_expression_that_runs_away_is_stopped_and_told(tmp_path: Path, kept: Place) -> None:
    done = command(kept, "rules", "try", "/(a|aa)+$/")
    assert done.exit_code == 1
    assert "ran away on https://a.example/3" in done.stderr


# gazetteer suggest


def test_unseen_spellings_are_suggested_with_count_example_and_the_line_to_add(kept: Place) -> None:
    told = command(kept, "gazetteer", "suggest")
    assert told.exit_code == 0, told.stderr
    assert "Ketaeb Sayed al-Shohada  2 times" in told.stdout
    assert 'groups.kataib-sayyid-al-shuhada.aliases.en:  - "Ketaeb Sayed al-Shohada"' in told.stdout

    found = {str(row["text"]): row for row in rows(kept, "gazetteer", "suggest")}
    assert found["Ketaeb Sayed al-Shohada"]["count"] == 2
    assert found["Ketaeb Sayed al-Shohada"]["example"] == TEXTS[0].removesuffix(" Nobody was hurt.")
    assert [row["kind"] for row in rows(kept, "gazetteer", "suggest", "--at-least", "2")] == ["spelling"]


def test_a_suggested_group_is_an_entry_that_loads_and_is_then_no_longer_suggested(tmp_path: Path, kept: Place) -> None:
    [row] = [row for row in rows(kept, "gazetteer", "suggest") if row["kind"] == "group"]
    assert row["text"] == "Rijal al-Wafa"

    kept.write("gazetteer/groups.yaml", f"{GROUPS}  {row['line']}\n")
    try:
        assert yaml.safe_load(str(row["line"]))
        assert command(kept, "check").exit_code == 0
        assert [each for each in rows(kept, "gazetteer", "suggest") if each["kind"] == "group"] == []
    finally:
        kept.write("gazetteer/groups.yaml", GROUPS)


# rules check and rules test


def test_what_is_not_doubtful_is_none_and_what_nobody_used_can_be_asked(kept: Place) -> None:
    done = command(kept, "rules", "check", "--last", "30d")
    assert done.exit_code == 0, done.stdout
    assert "0 doubtful" in done.stdout
    assert "alias 'Ayn al-Asad air base' (en): not seen in 30 days" in done.stdout
    unused = rows(kept, "rules", "check", "--last", "30d")
    assert {row["kind"] for row in unused} == {"unused"}


def test_doubtful_rules_are_findings(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    place.write("rules.yaml", "rules:\n  dead:\n    severity: info\n    when: '@core AND NOT @core'\n")
    done = command(place, "rules", "check")
    assert done.exit_code == 1
    assert "rule dead: can never fire" in done.stdout


def test_failing_examples_of_rules_and_aliases_are_findings(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    examples = "examples: [{text: Wheat was sown, matches: true}, {text: Rice was sown, matches: true}]"
    place.write("rules.yaml", f"rules:\n  sown:\n    severity: info\n    when: wheat\n    {examples}\n")
    alias = "{text: Fajr, policy: context, context: [Iraq], examples: [{text: Fajr prayer, matches: true}]}"
    place.write(
        "gazetteer/groups.yaml", f"groups:\n  fajr:\n    name: Fajr\n    aliases: {{en: [Al-Fajr Brigade, {alias}]}}\n"
    )

    done = command(place, "rules", "test")
    assert done.exit_code == 1
    assert "rule sown: should match and does not: 'Rice was sown'" in done.stdout
    assert "fajr, alias 'Fajr': should match and does not: 'Fajr prayer'" in done.stdout
    told = [json.loads(line) for line in command(place, "rules", "test", "--json").stdout.splitlines()]
    assert [(row["rule"], row["alias"]) for row in told] == [("sown", ""), ("fajr", "Fajr")]

    refused = place.command("run")
    assert refused.returncode == 2
    assert "rules.yaml, line" in refused.stderr or "rules.yaml:" in refused.stderr
    assert "groups.yaml" in refused.stderr


# evaluate


def test_a_labelled_set_is_scored_by_language_with_the_reason_of_each_mistake(tmp_path: Path, kept: Place) -> None:
    passages = [
        {"id": "a", "lang": "en", "text": "Rockets hit Ain al-Asad.", "bases": ["ain-al-asad"], "alert": True},
        {"id": "b", "lang": "ar", "text": "زار الوزير المدينة.", "groups": ["hamas"], "alert": True},
    ]
    labelled = tmp_path / "set.jsonl"
    labelled.write_text("".join(json.dumps(passage) + "\n" for passage in passages), encoding="utf-8")

    told = command(kept, "evaluate", str(labelled))
    assert told.exit_code == 0, told.stderr
    assert "b: missed entity hamas: no spelling of it stands there" in told.stdout
    assert "b: missed alert:" in told.stdout
    [line] = command(kept, "evaluate", str(labelled), "--json").stdout.splitlines()
    scores = json.loads(line)
    assert scores["languages"]["en"]["alerts"]["recall"] == 1
    assert scores["languages"]["ar"]["entities"]["recall"] == 0
    assert command(kept, "evaluate", str(labelled), "--at-least", "0.97").exit_code == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"id": "x"}\n', "line 1"),
        (b"\xff", "not UTF-8"),
        (None, "No such file"),
        (b"\n", "holds no passages"),
        ('{"id": "x", "text": "a\u2028b", "alert": false}\n{'.encode(), "line 2: no JSON"),
    ],
)
def test_a_set_that_cannot_be_read_is_explained(tmp_path: Path, kept: Place, content: bytes | None, told: str) -> None:
    labelled = tmp_path / "set.jsonl"
    if content is not None:
        labelled.write_bytes(content)
    done = command(kept, "evaluate", str(labelled))
    assert done.exit_code == 2
    assert told in done.stderr


# try --why


def test_a_rule_can_be_asked_on_a_page_which_part_failed(tmp_path: Path, kept: Place) -> None:
    page = tmp_path / "page.txt"
    page.write_text("The minister visited Ain al-Asad in Iraq on Monday and spoke with the soldiers there.")

    told = command(kept, "try", str(page), "--why", "base-attacked")
    assert told.exit_code == 0, told.stderr
    why = told.stdout.split("Why base-attacked")[1]
    assert "- SENTENCE(@base AND #rocket)" in why
    assert "+ @base  “Ain al-Asad”" in why
    assert "- #rocket" in why

    [row] = rows(kept, "try", str(page), "--why", "base-attacked")
    assert [(part["source"], part["holds"]) for part in row["why"]][-2:] == [("@base", True), ("#rocket", False)]  # type: ignore[attr-defined]  # JSON
    assert "no rule is called nobody" in command(kept, "try", str(page), "--why", "nobody").stderr


def test_a_hit_is_shown_with_its_digest_distance_and_certainty(tmp_path: Path, kept: Place) -> None:
    page = tmp_path / "page.txt"
    page.write_text("Militia fighters fired rockets at Ain al-Asad in Iraq on Monday, and nobody was hurt, he said.")

    told = command(kept, "try", str(page))

    assert "[rockets] at [Ain al-Asad]" in told.stdout
    assert "nearest terms 2 words apart · certainty alias" in told.stdout
