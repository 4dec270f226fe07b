"""Boxes that advertise other stories are cut on first sight; what only looks like one stays in the body.

In `extract/boxes` every element of the true body has the attribute `data-body`. In `cut`, a group is named in a box and
nowhere else; in `kept`, it is named in the body.
"""

from pathlib import Path

import pytest
from lxml.html import fromstring

from crawler.extract.article import extract
from crawler.models import Article, Material
from tests.shipped import read_shipped

RESIDUE = read_shipped().residue
BOXES = Path(__file__).parent / "extract" / "boxes"
CUT, KEPT = (sorted((BOXES / kind).glob("*.html")) for kind in ("cut", "kept"))
GROUP = {"en": "Kataib Hezbollah", "ar": "كتائب حزب الله", "fa": "کتائب حزب‌الله"}


def read(path: Path) -> tuple[Article, list[str]]:
    """The article, and the lines that its body should have."""
    content = path.read_bytes()
    marked = fromstring(content.decode()).xpath("//*[@data-body]")
    return extract(Material(content, "html"), RESIDUE), [" ".join(each.text_content().split()) for each in marked]


def read_zones(article: Article) -> str:
    return "\n".join((article.title, article.description, article.body, *article.captions))


@pytest.mark.parametrize("path", CUT, ids=[path.stem for path in CUT])
def test_a_box_that_names_a_group_is_cut_before_anything_was_learned(path: Path) -> None:
    article, body = read(path)
    group = GROUP[path.stem[:2]]
    assert article.body.split("\n") == body
    assert group not in read_zones(article)
    told = [piece for piece in article.removed if group in piece.text]
    assert told, "what is cut is kept"
    assert all(piece.rule and piece.reason for piece in told)


@pytest.mark.parametrize("path", KEPT, ids=[path.stem for path in KEPT])
def test_what_only_looks_like_a_box_stays_in_the_body(path: Path) -> None:
    article, body = read(path)
    assert article.body.split("\n") == body
    assert GROUP[path.stem[:2]] in article.body
