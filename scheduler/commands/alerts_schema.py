"""`basewatch alerts schema`: what the stream carries, as JSON Schema."""

import sys

from crawler.entry_schema import write_schema
from scheduler.console import Exit


def main() -> int:
    sys.stdout.write(write_schema())
    return int(Exit.DONE)
