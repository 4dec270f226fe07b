"""HTML of values. Everything is escaped; text of the web stands in elements of its own direction (`dir=auto`)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from scheduler.dashboard.access import Access, session_word
from scheduler.dashboard.marking import MarkedText
from scheduler.dashboard.views.charts import HEIGHT, WIDTH, Count, draw_path, name_step
from scheduler.dashboard.window import find_window

FOLDER = Path(__file__).parent
PAGES = (
    ("/", "Now"),
    ("/activity", "Activity"),
    ("/sources", "Sources"),
    ("/rules", "Rules"),
    ("/search", "Search"),
    ("/entities", "Entities"),
)
"""The navigation: path and name."""
_NATIONS = {"iranian", "iraqi", "israeli", "russian", "syrian", "turkish"}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"stamp": show_stamp, "ago": show_ago, "span": show_span, "count": show_count}
    environment.filters |= {"marked": show_marks, "weblink": find_weblink, "bars": show_bars}
    environment.filters |= {"milliseconds": show_milliseconds, "step": name_step, "kind": show_kind}
    environment.globals["pages"] = PAGES
    return environment


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page. Templates also see: now, path, query, word (for forms), logged_in (is there something to log out of)."""
    access: Access = request.app.state.access
    environment: Environment = request.app.state.environment
    text = environment.get_template(template).render(
        now=find_window(request).clock(),
        path=request.url.path,
        query=request.query_params,
        word=session_word(request),
        logged_in=not access.is_open and bool(request.session.get("in")),
        **values,
    )
    return HTMLResponse(text, status)


def show_stamp(moment: datetime | None) -> Markup:
    """A moment in UTC, to the minute, with the whole of it for machines; a dash for none."""
    if moment is None:
        return Markup("–")
    utc = moment.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), f"{utc:%Y-%m-%d %H:%M}")


def show_ago(moment: datetime | None, now: datetime) -> Markup:
    """How long ago, in the largest unit: "3 h ago", "in 5 min"; a dash for none."""
    if moment is None:
        return Markup("–")
    seconds = (now - moment).total_seconds()
    span = show_span(abs(seconds))
    text = f"{span} ago" if seconds >= 0 else f"in {span}"
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(
        moment.astimezone(UTC).isoformat(timespec="seconds"), text
    )


def show_span(seconds: float) -> str:
    """In the largest unit that fits."""
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), (1, "s"))
    return f"{seconds / size:.0f} {unit}"


def show_milliseconds(cost: float | None) -> str:
    """With a unit in which it has digits; a dash for none."""
    if cost is None:
        return "–"
    return f"{cost:.1f} ms" if cost >= 1 else f"{1000 * cost:.0f} µs"


def show_kind(kind: str) -> str:
    """Of an entity: "US coalition base" for us_coalition_base."""
    return " ".join("US" if word == "us" else word.title() if word in _NATIONS else word for word in kind.split("_"))


def show_count(number: int) -> str:
    """With thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def show_marks(marked: MarkedText) -> Markup:
    """A text with its marked words; what they are is told by colour, underline and title."""
    return Markup("").join(
        Markup('<mark class="{}" title="{}">{}</mark>').format(mark.kind, mark.label, text) if mark else text
        for text, mark in marked.pieces
    )


def show_bars(counts: Sequence[Count], name: str) -> Markup:
    """Articles by day or by week as bars, and in words for who does not see them."""
    most = max((each.count for each in counts), default=0)
    told = f"{name}: {show_count(sum(each.count for each in counts))} in all, at most {show_count(most)} in a "
    return Markup(
        '<svg class="bars" viewBox="0 0 {:.0f} {:.0f}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/></svg>'
    ).format(WIDTH, HEIGHT, told + name_step(counts), draw_path(counts))


def find_weblink(address: str) -> str:
    """The address if it is one of the web that may be followed, else nothing: outlets write these."""
    scheme = address.partition(":")[0].lower()
    return address if scheme in {"http", "https"} and not any(sign <= " " for sign in address) else ""
