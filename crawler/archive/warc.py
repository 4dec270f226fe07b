"""Pages to WARC files and back: the door to the archive.

- `writer.py`   ArchiveWriter: one page, one request and one response record, each a gzip member of its own
- `reader.py`   read_page (by place, digest verified) and iterate_pages (any WARC file of anybody)
- `records.py`  records of any file one after the other, and on where it is broken
- `unpack.py`   bytes of a file, inflated
- `salvage.py`  what a killed process left open
- `verify.py`   is everything still as it was written
- `record.py`   Page ↔ bytes of a record, pure
- `retention.py` what is kept when it grows too old or too large
- `coding.py`   Content-Encoding undone, under a limit
- `members.py`  where records begin and end in a file

A file is named by time, process and chance, never by what a page says. While it is written it ends in `.open` and
its writer holds a lock on it; nobody ever appends to a file of another process or of an earlier start, because one
torn member would hide all that follows it.
"""

from crawler.archive.members import find_cuts, find_records
from crawler.archive.reader import iterate_open, iterate_pages, read_page
from crawler.archive.salvage import salvage
from crawler.archive.verify import verify
from crawler.archive.writer import ArchiveWriter

__all__ = [
    "ArchiveWriter",
    "find_cuts",
    "find_records",
    "iterate_open",
    "iterate_pages",
    "read_page",
    "salvage",
    "verify",
]
