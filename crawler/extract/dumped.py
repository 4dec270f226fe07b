"""Dumped text, one paragraph a line, with whatever the page had around it."""

from crawler.extract.draft import Draft, trim_line


def read_dump(text: str) -> Draft:
    """The lines of a dump, without list marks and blanks around them."""
    return Draft(lines=tuple(line for raw in text.split("\n") if (line := trim_line(raw))))
