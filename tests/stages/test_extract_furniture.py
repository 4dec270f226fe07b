"""What an outlet repeats is learned from its pages; what its reporters repeat is not."""

from dataclasses import replace

import pytest

from crawler.analysis import analyse
from crawler.extract.article import Extraction, examine
from crawler.extract.furniture import (
    Furniture,
    OutletMemory,
    cut_furniture,
    fingerprint,
    learn_all,
)
from crawler.models import NO_TRACE, Article, Material, Trace, TracedLine
from tests.shipped import compile_shipped

PROMO = "Our weekly letter brings you the militias, the money and the men behind them, every Friday in your inbox."
BACKGROUND = (
    "Around 2,500 American troops are in Iraq to advise forces that fight the remnants of the Islamic State group, and "
    "Baghdad wants them to leave by the end of next year."
)
SUBJECTS = ("harvest", "parliament", "airport", "museum", "railway", "football", "elections", "oil", "water", "bridge")
BODY, BOX = "div.text>p", "div.promo>p"


def write_story(subject: str) -> tuple[str, ...]:
    return tuple(
        f"The {subject} was the talk of the town on day {day}, and nobody who was asked about the {subject} was glad."
        for day in range(1, 5)
    )


def make_trace(subject: str, *extra: TracedLine) -> Trace:
    return Trace((*(TracedLine(line, BODY) for line in write_story(subject)), *extra))


def make_page(subject: str, promo: str = PROMO) -> bytes:
    text = "".join(f"<p>{line}</p>" for line in write_story(subject))
    box = f'<div class="promo"><p>{promo}</p></div>'
    end = f"That is all on the {subject} for now, the editors said."
    page = f'<article><h1>News of the {subject}</h1><div class="text">{text}{box}<p>{end}</p></div></article>'
    return f"<!doctype html><html><head><title>{subject}</title></head><body>{page}</body></html>".encode()


def examine_page(subject: str) -> Extraction:
    return examine(Material(make_page(subject), "html"), ())


def test_a_box_around_unrelated_articles_is_cut_and_kept_with_its_block() -> None:
    memory = learn_all(examine_page(subject).trace for subject in SUBJECTS[:4])
    extraction = examine_page("drought")
    assert PROMO in extraction.article.body
    article = cut_furniture(extraction.article, extraction.trace, memory.judge())
    assert article.body.split("\n")[:-1] == list(write_story("drought"))
    assert [piece.text for piece in article.removed if piece.rule.startswith("furniture:")] == [PROMO]


def test_what_will_not_be_stored_loses_the_same_furniture_and_leaves_no_trace() -> None:
    furniture = Furniture(makes=frozenset({BOX}))
    material, tools = Material(make_page("drought"), "html"), compile_shipped()

    stored, asked = analyse(material, tools, furniture), analyse(material, tools, furniture, lasting=False)

    assert stored.trace.lines
    assert PROMO not in stored.article.body
    assert asked == replace(stored, trace=NO_TRACE, signature=None)
    assert analyse(material, tools, lasting=False) == replace(analyse(material, tools), trace=NO_TRACE, signature=None)


def test_text_that_differs_each_time_is_cut_where_its_make_holds_only_links_and_repeats() -> None:
    teasers = [TracedLine(f"Story number {number} is elsewhere", "li.more>a", is_idle=True) for number in range(9)]
    memory = learn_all(make_trace(subject, teasers[i], teasers[i + 1]) for i, subject in enumerate(SUBJECTS[:6]))
    assert "li.more>a" in memory.judge().makes


def test_a_reporters_background_paragraph_in_related_articles_stays() -> None:
    related = [make_trace(subject, TracedLine(BACKGROUND, BODY)) for subject in SUBJECTS[:3]]
    memory = learn_all([*related, *(make_trace(subject) for subject in SUBJECTS[3:])])
    furniture = memory.judge()
    article = Article(body=BACKGROUND)
    assert cut_furniture(article, Trace((TracedLine(BACKGROUND, BODY),)), furniture) == article
    assert furniture == Furniture()


@pytest.mark.parametrize(
    ("make", "articles"),
    [
        ("div.text>p.has-text-align-left", 2),  # the same paragraph, set by another button of the editor
        ("blockquote>p", 3),
        ("ul>li", 4),
        ("div.background>p", 3),  # a box, around related articles
        (BODY, 14),
    ],
)
def test_background_stays_in_whatever_it_is_set(make: str, articles: int) -> None:
    background = TracedLine(BACKGROUND, make)
    subjects = [f"matter {number}" for number in range(24)]
    pages = [make_trace(subject, *[background] * (number < articles)) for number, subject in enumerate(subjects)]
    assert learn_all(pages).judge() == Furniture()


def test_background_stays_in_a_template_that_few_articles_have() -> None:
    rare = "div.analysis>p"
    story = [
        [TracedLine(f"{line} Or so they say {line}", rare) for line in write_story(s)] for s in ("coup", "drought")
    ]
    common = [make_trace(f"matter {number}") for number in range(40)]
    background = TracedLine(BACKGROUND, rare)
    memory = learn_all([*common, *(Trace((*lines, background)) for lines in story)])
    assert fingerprint(BACKGROUND, rare) not in memory.judge().lines
    assert not memory.judge().makes


def test_two_copies_of_an_article_do_not_condemn_each_other() -> None:
    memory = OutletMemory()
    assert memory.learn(make_trace("harvest"))
    assert not memory.learn(make_trace("harvest", TracedLine("Corrected on Tuesday", BODY)))
    assert memory.judge() == Furniture()


FLASHES = (
    "A drone was shot down near Erbil airport on Monday night, counter-terrorism officials said.",
    "Two rockets fell close to Ain al-Asad, without casualties, a security source told this agency.",
    "Baghdad's parliament put off its session on the budget until Thursday for want of a quorum.",
    "Flights from Sulaimani resume on Sunday, says the transport ministry.",
    "Police in Kirkuk arrested three men who are accused of selling weapons.",
)
CLAIM = "Kataib Hezbollah said that it had fired the rockets."
SIGNATURE = "Islamic Resistance in Iraq"


@pytest.mark.parametrize(
    ("line", "make"),
    [
        (CLAIM, BODY),
        (CLAIM, ""),  # text that is parted by line breaks has no make
        (CLAIM, "blockquote>p"),
        (CLAIM, "div.text>p.claim"),
        ("لم تتبن أي جهة الهجوم.", BODY),
        (SIGNATURE, BODY),
        (SIGNATURE, "div.text>p.signature"),
    ],
)
@pytest.mark.parametrize("place", [2, 4])
def test_a_short_claim_and_a_signature_stay_though_many_articles_have_them(line: str, make: str, place: int) -> None:
    pages = []
    for number in range(20):
        lines = [TracedLine(each, BODY) for each in write_story(f"matter {number}")]
        pages.append(Trace((*lines[:place], *[TracedLine(line, make)] * (number % 5 < 2), *lines[place:])))
    assert learn_all(pages[:10]).judge() == Furniture()
    assert learn_all(pages).judge() == Furniture()


@pytest.mark.parametrize("make", [BODY, "div.text>p.more", BOX])
def test_a_label_around_the_text_of_most_articles_is_cut(make: str) -> None:
    pages = [
        make_trace(f"matter {number}", *[TracedLine("Levant Courier newsroom", make)] * (number % 3 > 0))
        for number in range(12)
    ]
    assert fingerprint("Levant Courier newsroom", make) in learn_all(pages).judge().lines


def test_what_all_flashes_carry_is_learned_though_it_is_longer_than_their_text() -> None:
    policy = [TracedLine(f"{PROMO} {word}", "div.policy>p") for word in ("One", "Two", "Three")]
    memory = OutletMemory()
    pages = [Trace((TracedLine(flash, BODY), *policy)) for flash in FLASHES]
    assert [memory.learn(page) for page in pages] == [True, False, True, True, True], "one page is not enough to tell"
    assert memory.judge().lines == {fingerprint(line.text, line.make) for line in policy}


def test_edits_of_a_flash_teach_nothing_however_often_it_is_edited() -> None:
    background = [TracedLine(f"{BACKGROUND} {word}", "header>p.lead") for word in ("One", "Two")]
    memory = OutletMemory()
    for count in ("two", "three", "four", "seven", "nine"):
        lead = f"Explosions were heard near the base in the west of Iraq, {count} security sources said on Tuesday."
        memory.learn(Trace((TracedLine(lead, BODY), *background)))
    assert memory.articles == 1
    assert memory.judge() == Furniture()


def test_a_copy_with_a_lead_of_other_words_is_a_copy() -> None:
    memory = learn_all([make_trace("harvest", TracedLine("The crop has failed, the ministry said.", "header>p.lead"))])
    other = "Nothing grew in the valley this year, farmers told reporters."
    assert not memory.learn(make_trace("harvest", TracedLine(other, "header>p.lead")))
    assert memory.judge() == Furniture()


def test_the_same_words_as_standfirst_and_as_teaser_are_not_one_block() -> None:
    words = "The harvest failed for the third year in a row, and the valley begins to empty of its young people."
    memory = learn_all(
        [make_trace("harvest", TracedLine(words, "header>p.dek")), make_trace("museum", TracedLine(words, "li>p"))]
    )
    assert memory.judge().lines == frozenset()


def test_an_analyst_has_the_last_word() -> None:
    promo = TracedLine(PROMO, BOX)
    memory = learn_all(make_trace(subject, promo) for subject in SUBJECTS[:4])
    key = fingerprint(PROMO, BOX)
    memory.decide(key, "keep")
    assert memory.judge().makes == {BOX}
    article, trace = Article(body=f"News.\n{PROMO}"), Trace((promo,))
    assert cut_furniture(article, trace, memory.judge()) == article, "a kept line stays though its make is cut"
    memory.decide(BOX, "keep")
    assert not memory.judge().digest
    memory.decide(key, "cut")
    assert memory.judge().lines == {key}
    assert next(block.verdict for block in memory.list_blocks() if block.key == key) == "cut"
    assert "analyst" in cut_furniture(article, trace, memory.judge()).removed[0].reason


def test_a_decision_outlives_what_is_forgotten_and_can_be_taken_back() -> None:
    memory = learn_all([make_trace("harvest", TracedLine(PROMO, BODY))])
    key = fingerprint(PROMO, BODY)
    memory.decide(key, "cut")
    for number in range(1_500):
        memory.learn(make_trace(f"matter {number}"))
    memory = OutletMemory.restore(memory.dump())
    assert memory.judge().lines == {key}
    memory.decide(key, "")
    assert not memory.judge().digest


def test_every_block_says_why_it_is_furniture_or_not() -> None:
    memory = learn_all(make_trace(subject, TracedLine(PROMO, BOX)) for subject in SUBJECTS[:4])
    blocks = {block.key: block for block in memory.list_blocks()}
    assert "beside" in blocks[fingerprint(PROMO, BOX)].why
    assert "100% of its lines are repeated" in blocks[BOX].why
    assert not blocks[BODY].is_furniture
    assert "that of its articles" in blocks[BODY].why


def test_a_memory_comes_back_from_its_dump_and_goes_on_learning() -> None:
    memory = learn_all(make_trace(subject, TracedLine(PROMO, BOX)) for subject in SUBJECTS[:4])
    memory.decide("somewhere>else", "cut")
    again = OutletMemory.restore(memory.dump())
    assert again.judge() == memory.judge() != Furniture()
    assert again.list_blocks() == memory.list_blocks()
    assert not again.learn(make_trace(SUBJECTS[0]))
    assert again.learn(make_trace("drought"))


def test_memory_is_bounded_and_forgets_what_the_outlet_dropped() -> None:
    memory = learn_all(make_trace(subject, TracedLine(PROMO, BOX)) for subject in SUBJECTS[:3])
    for number in range(1_500):
        memory.learn(make_trace(f"matter {number}"))
    assert len(memory._lines) <= 4_000
    assert fingerprint(PROMO, BOX) not in memory._lines


def test_a_repeated_description_is_no_standfirst() -> None:
    slogan = "All the news of the region, as it happens."
    memory = OutletMemory()
    for subject in SUBJECTS[:4]:
        memory.learn(make_trace(subject, TracedLine(slogan, is_idle=True)))
    article = Article(description=slogan, body="Something happened.")
    cut = cut_furniture(article, Trace((TracedLine("Something happened."),)), memory.judge())
    assert cut.description == ""
    assert [piece.text for piece in cut.removed] == [slogan]


def test_an_article_that_would_lose_everything_stays_whole() -> None:
    article = Article(body=PROMO)
    furniture = Furniture(lines=frozenset({fingerprint(PROMO)}))
    assert cut_furniture(article, Trace((TracedLine(PROMO),)), furniture) == replace(article)


def test_lines_of_punctuation_are_no_block() -> None:
    memory = learn_all(make_trace(subject, TracedLine(". . .")) for subject in SUBJECTS[:6])
    article = Article(body="Something happened.")
    assert cut_furniture(article, Trace(), memory.judge()) == article
