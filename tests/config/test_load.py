"""Settings: what is right loads; what is wrong is said with file, line, key and what is allowed, all at once."""

import os
from pathlib import Path

import pytest

from settings import SettingsError, load_settings
from settings.model import Settings

OUTLET = """\
outlets:
  gulf-daily:
    name: Gulf Daily
    homepage: https://www.gulf-daily.example
    language: en
    sources:
      - feed: https://feeds.gulf-daily.example/rss.xml
        every: 5m
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, environ or {})
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def load(folder: Path, environ: dict[str, str] | None = None) -> Settings:
    return load_settings(folder, environ or {})


def test_a_folder_with_one_file_takes_the_rest_from_what_is_shipped(tmp_path: Path) -> None:
    settings = load(write(tmp_path, sources=OUTLET))

    assert [outlet.slug for outlet in settings.outlets] == ["gulf-daily"]
    assert settings.gazetteer == load_settings(None, {}).gazetteer


def test_a_source_gets_its_name_kind_and_scope_from_where_it_stands(tmp_path: Path) -> None:
    (source,) = load(write(tmp_path, sources=OUTLET)).sources

    assert (source.name, source.kind, source.outlet) == ("gulf-daily-feed", "feed", "gulf-daily")
    assert source.every.total_seconds() == 300
    assert source.scope == ("feeds.gulf-daily.example", "gulf-daily.example")


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        sources=OUTLET.replace("every: 5m", "evry: 5m"),
        rules="rules:\n  loud:\n    severity: deadly\n    when: '@group'\n",
        run="workers: 0\n",
    )

    told = problems(folder)

    assert any(
        line.startswith("sources.yaml:8: outlets.gulf-daily.sources.0.evry: unknown key; did you mean every?")
        for line in told
    )
    assert any("rules.yaml:3: rules.loud.severity" in line and "'critical'" in line for line in told)
    assert any("run.yaml:1: workers" in line and "greater than or equal to 1" in line for line in told)
    assert len(told) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("outlets:\n  a: [", "sources.yaml:3: is not valid YAML"),
        ("- a\n- b\n", "sources.yaml:1: must be a mapping"),
        ("outlets:\n  a: 5\n", "sources.yaml:2: outlets.a: must be a mapping with the keys slug, name"),
        ("outlets: &x\n  a: *x\n", "an anchor that contains itself"),
        ("outlets: {a: !!python/object:os.system {}}", "sources.yaml:1"),
        ("outlet:\n", "sources.yaml:1: outlet: unknown key"),
        (OUTLET.replace("5m", "often"), 'a duration such as "90s"'),
        (OUTLET.replace("5m", "99999999999d"), 'a duration such as "90s"'),
        (OUTLET.replace("feed: https", "feed: ftp"), "sources.yaml:7: outlets.gulf-daily.sources.0.url"),
        (OUTLET.replace("- feed:", "- fed:"), "must have exactly one of `feed: URL`"),
        (OUTLET.replace("    name:", "    name: Twice\n    name:"), "stands twice; the first is in line 3"),
        (OUTLET.replace("every: 5m", "outlet: other"), "sources.0.outlet: unknown key"),
    ],
)
def test_a_wrong_source_file_is_explained(tmp_path: Path, text: str, expected: str) -> None:
    assert any(expected in line for line in problems(write(tmp_path, sources=text)))


@pytest.mark.parametrize(
    "where", ["feed: https://feeds.gulf-daily.example/rss.xml", "homepage: https://www.gulf-daily.example"]
)
def test_a_password_in_an_address_is_refused_and_not_told(tmp_path: Path, where: str) -> None:
    text = OUTLET.replace(where, where.replace("https://", "https://desk:hunter2@"))
    (told,) = problems(write(tmp_path, sources=text))
    assert "without a user name and password" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("path", ["/@name", "/feed/@name", "/@name.rss", "?user=@name", "/list#@name"])
def test_an_at_sign_behind_the_host_names_a_page_and_nobody(tmp_path: Path, path: str) -> None:
    (source,) = load(write(tmp_path, sources=OUTLET.replace("/rss.xml", path))).sources
    assert source.url == f"https://feeds.gulf-daily.example{path}"


@pytest.mark.parametrize("run", ["keep_polls: 99999999999d\n", "archive: {max_age: 36501d}\n"])
def test_a_duration_that_no_date_can_bear_is_refused(tmp_path: Path, run: str) -> None:
    assert any("a duration is 36500d at most" in line for line in problems(write(tmp_path, run=run)))


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    second = "      - feed: https://feeds.gulf-daily.example/other.xml\n"

    (told,) = problems(write(tmp_path, sources=OUTLET + second))

    assert "sources.yaml:9" in told
    assert "give it a `name:` of its own" in told


def test_an_alias_that_names_unknown_cues_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    base = """\
bases:
  ain-al-asad:
    name: Ain al-Asad
    aliases:
      en:
        - text: al-Asad
          policy: context
          context: [cues/bases]
"""
    folder = write(tmp_path, gazetteer__bases=base, gazetteer__cues="cues:\n  base:\n    en: [airfield]\n")

    assert any("no list of cues is called bases; did you mean base?" in line for line in problems(folder))


def test_an_id_may_stand_for_one_entity_only(tmp_path: Path) -> None:
    group = "groups:\n  one:\n    name: One\n    aliases: {en: [One]}\n"
    base = "bases:\n  one:\n    name: One\n    aliases: {en: [Base One]}\n"

    told = problems(write(tmp_path, gazetteer__groups=group, gazetteer__bases=base))

    assert any("an entity of this id exists already" in line for line in told)


def test_the_environment_wins_over_the_file_and_is_named_when_wrong(tmp_path: Path) -> None:
    folder = write(tmp_path, run="contact: file@example.org\n")

    assert load(folder, {"BASEWATCH_CONTACT": "env@example.org"}).run.contact == "env@example.org"
    assert load(folder, {"BASEWATCH_DATA_DIR": "/srv/x"}).run.data_dir == Path("/srv/x")
    assert any(
        line.startswith("environment: BASEWATCH_DATABASE_URL: ")
        for line in problems(folder, {"BASEWATCH_DATABASE_URL": "no url"})
    )


def test_the_digest_names_what_decides_an_analysis_and_nothing_else(tmp_path: Path) -> None:
    rule = "rules:\n  any:\n    severity: info\n    when: '@group'\n"
    one = load(write(tmp_path / "1", sources=OUTLET, rules=rule))
    other_sources = load(write(tmp_path / "2", sources=OUTLET.replace("5m", "6m"), rules=rule))
    other_rule = load(write(tmp_path / "3", sources=OUTLET, rules=rule.replace("info", "notice")))

    assert one.digest == other_sources.digest
    assert one.digest != other_rule.digest


def test_a_missing_folder_and_a_file_that_is_not_utf8_are_told(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes(b"rules: \xff\xfe")

    assert any("is not UTF-8 at byte 7" in line for line in problems(tmp_path))
    assert any("is no folder" in line for line in problems(tmp_path / "absent"))


@pytest.mark.parametrize("name", ["sources", "rules"])
def test_a_file_that_was_left_empty_does_not_end_the_watch_in_silence(tmp_path: Path, name: str) -> None:
    assert any(f"{name}.yaml:1: holds no" in line for line in problems(write(tmp_path, **{name: ""})))
    assert any(f"{name}.yaml:1: holds no" in line for line in problems(write(tmp_path, **{name: "# all gone\n"})))


def test_a_folder_may_say_that_it_watches_nothing(tmp_path: Path) -> None:
    assert load(write(tmp_path, sources="outlets: {}\n")).sources == ()


def test_a_gazetteer_is_read_again_only_where_its_bytes_changed_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    """Of the same length and the same time: editors and backups make such files."""
    path = tmp_path / "gazetteer" / "groups.yaml"
    path.parent.mkdir()

    def write_name(name: str) -> Path:
        path.write_text(f"groups:\n  cave:\n    name: {name}\n    aliases: {{en: [{name}]}}\n")
        os.utime(path, (1, 1))
        return tmp_path

    first = load(write_name("Cave Brigade")).gazetteer
    again, other = load(tmp_path).gazetteer, load(write_name("Rock Brigade")).gazetteer
    assert again is first
    assert [each.name for each in other.entities if each.id == "cave"] == ["Rock Brigade"]

    assert any("groups.yaml:4" in line for line in problems(write_name("[Rock Brigade")))
    assert load(write_name("Cave Brigade")).gazetteer is first
