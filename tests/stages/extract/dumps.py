"""The annotated dumps of this folder, and the same lines as a plain page."""

import html
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


def read_dump_file(name: str) -> Dump:
    rows = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return Dump(tuple((place.strip(), line.removeprefix(" ")) for place, line in (row.split("|", 1) for row in rows)))
