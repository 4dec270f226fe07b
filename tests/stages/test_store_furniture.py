"""An outlet's furniture in the store: learned page by page and in order; an analyst has the last word."""

from sqlalchemy import func, select

from crawler.extract.furniture import NO_FURNITURE, OutletMemory, fingerprint, learn_all
from crawler.models import Analysis, Article, Trace, TracedLine
from crawler.store.schema import articles, furniture, traces
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending

PROMO = TracedLine("Our weekly letter brings you the money and the men behind it, every Friday.", "div.promo>p")
PROMO_KEY = fingerprint(PROMO.text, PROMO.make)
AWAY = "another-outlet"


def make_trace(subject: str, *extra: TracedLine) -> Trace:
    story = (
        f"The {subject} was the talk of the town on day {day}, and nobody who was asked was glad." for day in range(4)
    )
    return Trace((*(TracedLine(line, "div.text>p") for line in story), *extra))


def save_pages(store: Store, *subjects: str) -> None:
    """One page of each subject, with the promotion."""
    links = add_pending(store, *(f"https://a.example/{subject}" for subject in subjects))
    for link, subject in zip(links, subjects, strict=True):
        analysis = Analysis(Article(body=subject), trace=make_trace(subject, PROMO), furniture_digest="f-1")
        store.save_analysis(link, analysis, NOW, outlet_name="The News")


def read_state(store: Store) -> OutletMemory:
    return store.read_memory("news")


def count_rows(store: Store) -> tuple[int, int]:
    with store._read("look") as connection:
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in (furniture, traces))


def test_pages_that_are_saved_teach_their_outlet_and_no_other(store: Store) -> None:
    assert store.read_furniture("news") == NO_FURNITURE
    save_pages(store, "harvest", "museum", "railway")

    assert PROMO_KEY in store.read_furniture("news").lines
    assert store.read_furniture(AWAY) == NO_FURNITURE


def test_the_article_says_which_verdict_its_text_was_cut_by(store: Store) -> None:
    save_pages(store, "harvest")
    with store._read("look") as connection:
        assert connection.scalars(select(articles.c.furniture_digest)).all() == ["f-1"]


def test_what_is_kept_is_what_the_same_pages_in_the_same_order_teach(store: Store) -> None:
    subjects = [f"matter-{number}" for number in range(60)]
    save_pages(store, *subjects)

    learned = learn_all(make_trace(subject, PROMO) for subject in subjects)
    assert read_state(store).dump() == learned.dump()
    rows, waiting = count_rows(store)
    assert rows == 1
    assert waiting <= 6, "the log is folded early while little is known"


def test_a_link_that_is_saved_twice_teaches_once(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    analysis = Analysis(Article(body="text"), trace=make_trace("harvest"))
    for _ in range(2):
        store.save_analysis(link, analysis, NOW, outlet_name="The News")
    assert read_state(store).articles == 1


def test_what_is_no_page_teaches_nothing(store: Store) -> None:
    [link] = add_pending(store, "https://a.example/1")
    store.save_analysis(link, Analysis(Article(body="a message")), NOW, outlet_name="The News")
    assert count_rows(store) == (0, 0)


def test_an_analysts_word_wins_for_good(store: Store) -> None:
    save_pages(store, "harvest", "museum", "railway")

    block = store.decide_block("news", PROMO_KEY, "keep", NOW)
    assert (block.verdict, block.is_furniture) == ("keep", False)
    assert "analyst" in block.why
    save_pages(store, "bridge", "airport", "football")
    assert PROMO_KEY not in store.read_furniture("news").lines
    assert PROMO_KEY in store.read_furniture("news").kept

    store.decide_block("news", PROMO_KEY, "", NOW)
    assert PROMO_KEY in store.read_furniture("news").lines


def test_a_page_cannot_blow_up_the_log(store: Store) -> None:
    """What comes after a late fold waits in at most 25 rows."""
    subjects = [f"subject-{number}" for number in range(620)]
    save_pages(store, *subjects)
    assert 0 < count_rows(store)[1] < 25
    assert PROMO_KEY in store.read_furniture("news").lines
