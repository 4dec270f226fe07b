"""The dashboard's site in this process, over a database of its own; answers come from the real stack of middleware."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from crawler.store.store import Store
from scheduler.dashboard.site import make_site
from scheduler.dashboard.window import Shown, Window
from settings.model import Run, Settings
from tests.dashboard.newsroom import ARABIC, COPIED, COPY, ENGLISH, INFO, NOTICE, PERSIAN, WARNING, Desk, Newsroom
from tests.shipped import read_shipped

ADDRESS = "http://127.0.0.1:8787"
PASSWORD, TOKEN = "open sesame", "t0ken-of-a-program"
NUMBERS = (ENGLISH, ARABIC, PERSIAN, COPIED, COPY, WARNING, NOTICE, INFO)
Open = Callable[..., TestClient]


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    store = Store.open(sqlite_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def shipped() -> Settings:
    return read_shipped()


@pytest.fixture
def open_window(store: Store, shipped: Settings, tmp_path: Path) -> Iterator[Open]:
    """Make a browser of a site that asks for what the keywords name: password, token."""
    opened: list[TestClient] = []

    def open_site(**secrets: str) -> TestClient:
        keys = {f"dashboard_{name}": value for name, value in secrets.items()}
        run = type(shipped.run).model_validate({"data_dir": tmp_path / "data", **keys})
        window = Window(run, store, Shown(None, shipped), lambda: datetime.now(UTC))
        client = TestClient(make_site(window), base_url=ADDRESS, follow_redirects=False)
        client.headers["Accept"] = "text/html"
        opened.append(client)
        return client

    yield open_site
    for client in opened:
        client.close()


@pytest.fixture
def browser(open_window: Open) -> TestClient:
    """A site that asks nobody who they are, as on one's own machine."""
    return open_window()


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return Newsroom(tmp_path_factory.mktemp("newsroom"), NUMBERS)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(data_dir=tmp_path / "data")


@pytest.fixture
def desk(newsroom: Newsroom, store: Store, run: Run) -> Iterator[Desk]:
    """Puts articles of the demo into the store."""
    with newsroom.open_desk(store, run) as desk:
        yield desk


@pytest.fixture
def pages(newsroom: Newsroom, store: Store, run: Run) -> Iterator[TestClient]:
    """The site over that store."""
    window = Window(run, store, Shown(None, newsroom.settings), lambda: datetime.now(UTC))
    client = TestClient(make_site(window), base_url=ADDRESS, follow_redirects=False)
    client.headers["Accept"] = "text/html"
    yield client
    client.close()


def find_word(page: str) -> str:
    """What forms of the session carry."""
    match = re.search(r'data-word="([^"]+)"', page)
    assert match, page
    return match[1]
