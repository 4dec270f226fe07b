"""The annotated dumps of this folder, and the same lines as a plain page."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "dumps"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


@dataclass(frozen=True)
class Dump:
    lines: tuple[tuple[str, str], ...]
    """(where it must end up, the line)"""

    def select(self, zone: str) -> list[str]:
        return [" ".join(line.strip(" •").split()) for place, line in self.lines if place == zone]

    def as_text(self) -> bytes:
        return "\n".join(line for _, line in self.lines).encode()

    def as_page(self) -> bytes:
        """Heading and one paragraph a line, as the simplest of templates would print it."""
        title = next(iter(self.select("title")), "")
        heading = f"<h1>{html.escape(title)}</h1>" if title else ""
        rest = "".join(f"<p>{html.escape(line)}</p>" for place, line in self.lines if place not in {"title", "blank"})
        head = f"<head><title>{html.escape(title)}</title></head>"
        return f"<!doctype html><html>{head}<body><main>{heading}{rest}</main></body></html>".encode()


Template = Callable[[Sequence[tuple[str, str]]], str]
MENU = (
    "<header><a href='/'>Home</a> <nav><ul><li><a href='/w'>World</a></li><li><a href='/b'>Business</a></li></ul></nav>"
    "</header>"
)


def _write_paragraphs(rows: Sequence[tuple[str, str]], form: str = "<p class='par'>{}</p>") -> str:
    return "".join(form.format(line) for _, line in rows)


def _write_figures(rows: Sequence[tuple[str, str]]) -> str:
    figure = "<figure><img src='a.jpg'><figcaption>{}</figcaption></figure>"
    return "".join((figure if place == "caption" else "<p>{}</p>").format(line) for place, line in rows)


def _write_divisions(rows: Sequence[tuple[str, str]]) -> str:
    return _write_paragraphs(rows, "<div>{}</div>")


def _write_breaks(rows: Sequence[tuple[str, str]]) -> str:
    return "<br><br>".join(line for _, line in rows)


TEMPLATES: dict[str, tuple[str, Template]] = {
    "cms": ("<main><article>{}<div class='body'><div>{}</div></div></article></main>", _write_paragraphs),
    "divisions": ("<div id='wrap'><div class='col'>{}{}</div></div>", _write_divisions),
    "breaks": ("<div class='post'>{}<div class='entry-content'>{}</div></div>", _write_breaks),
    "table": ("<table><tr><td>{}{}</td><td><a href='/'>Home</a></td></tr></table>", _write_paragraphs),
    "figures": ("<article>{}{}</article>", _write_figures),
}
"""Name → the page around heading and text, and how the lines are written."""


def write_page(dump: Dump, template: str) -> bytes:
    """The dump as a page with a menu and a footer around it."""
    frame, write = TEMPLATES[template]
    title = html.escape(next(iter(dump.select("title")), ""))
    rows = [
        (place, html.escape(" ".join(line.strip(" •").split())))
        for place, line in dump.lines
        if place not in {"title", "blank"}
    ]
    body = frame.format(f"<h1>{title}</h1>" if title else "", write(rows))
    page = f"<!doctype html><html><head><title>{title}</title></head><body>{MENU}{body}<footer><p>About us</p></footer>"
    return page.encode()


def read_dump_file(name: str) -> Dump:
    rows = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return Dump(tuple((place.strip(), line.removeprefix(" ")) for place, line in (row.split("|", 1) for row in rows)))
