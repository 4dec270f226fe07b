"""Long lists in pages: the array as it is, and where the next page is as a Link header (RFC 8288)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Query, Request, Response

USUAL, MOST = 200, 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for."""

    limit: int
    cursor: str
    """What identifies the last item of the page before; empty for the first page."""


def read_paging(
    limit: Annotated[int, Query(ge=1, le=MOST, description="At most so many.")] = USUAL,
    cursor: Annotated[
        str, Query(max_length=1000, description='As in the address that the header `Link` names as `rel="next"`.')
    ] = "",
) -> Paging:
    return Paging(limit, cursor)


AskedPage = Annotated[Paging, Depends(read_paging)]


def turn_page(
    request: Request, response: Response, paging: Paging, items: Sequence[T], key: Callable[[T], str]
) -> list[T]:
    """What follows the cursor. Refuses with 422 a cursor that no item has (any more)."""
    keys = [key(item) for item in items]
    if paging.cursor and paging.cursor not in keys:
        raise HTTPException(422, "cursor: nothing of that list has it; begin again without one")
    start = keys.index(paging.cursor) + 1 if paging.cursor else 0
    end = start + paging.limit
    if end < len(items):
        following = request.url.include_query_params(limit=paging.limit, cursor=keys[end - 1])
        response.headers["Link"] = f'<{following}>; rel="next"'
    return list(items[start:end])
