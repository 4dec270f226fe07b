"""Entries of sources.yaml: written into a file of any form without harm to what stands there."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scheduler.entries import NoPlaceError, insert_entry, write_entry
from settings.load import SHIPPED
from settings.model import Source
from spiders.discovery import Profile

WIRE = Profile("wire", "The Wire", "en", "https://wire.example/")
FEED = Source(name="wire-feed", outlet="wire", kind="feed", url="https://wire.example/rss")
ENTRY = write_entry(WIRE, [FEED])


def outlets(text: str) -> dict[str, object]:
    return dict(yaml.safe_load(text)["outlets"])


@pytest.mark.parametrize(
    "before",
    [
        "",
        "outlets:\n",
        "outlets: {}\n",
        "outlets: {}  # none yet\n",
        "# a comment alone\noutlets: ~\n# the end",
        "outlets:\n  other: {name: A, homepage: https://a.example, language: en}",
        "# ä\noutlets:   # all of them\n\n  other:\n    name: A\n\n\n",
    ],
)
def test_an_entry_comes_last_and_everything_before_it_stays(before: str) -> None:
    after = insert_entry(before, ENTRY)
    assert list(outlets(after))[-1] == "wire"
    assert outlets(after)["wire"] == {
        "name": "The Wire",
        "homepage": "https://wire.example/",
        "language": "en",
        "note": "Added by `basewatch sources add`; country, alignment and timezone are still to be filled in.",
        "sources": [{"feed": "https://wire.example/rss"}],
    }
    for line in before.splitlines():
        if "#" in line:
            assert line[line.index("#") :] in after


def test_the_shipped_file_takes_an_entry() -> None:
    text = (Path(SHIPPED) / "sources.yaml").read_text(encoding="utf-8")
    after = insert_entry(text, ENTRY)
    assert after.startswith(text.rstrip())
    assert len(outlets(after)) == len(outlets(text)) + 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("outlets:\n  wire: {}\n", "has an outlet wire already"),
        ("sources: []\n", "no line `outlets:`"),
        ("outlets: {a: {}, b: {}}\n", "no line `outlets:`"),
        ("outlets: [\n", "no valid YAML"),
        ("- outlets\n", "holds no outlets"),
        ("outlets: 5\n", "holds no outlets"),
        ("outlets:\n    other:\n        name: A\n", "form is not the usual one|valid YAML"),
    ],
)
def test_a_file_of_another_form_is_left_alone(text: str, reason: str) -> None:
    with pytest.raises(NoPlaceError, match=reason):
        insert_entry(text, ENTRY)


@given(st.text(min_size=1, max_size=80), st.sampled_from(["feed", "sitemap", "section", "telegram"]))
def test_whatever_an_outlet_calls_itself_is_read_back_as_it_was(name: str, kind: str) -> None:
    source = Source.model_validate(
        {
            "name": "odd",
            "outlet": "wire",
            "kind": kind,
            "url": "https://wire.example/?a=1&b='{}#x: y"[:-2],
            "allow_private": True,
        }
    )
    entry = write_entry(Profile("wire", name, "ar", "https://wire.example/"), [source])
    read = outlets(insert_entry("outlets:\n  a: {}\n", entry))["wire"]
    assert isinstance(read, dict)
    assert read["name"] == name
    assert read["sources"] == [{kind: source.url, "name": "odd", "allow_private": True}]
