"""What is told only to be refuted, and what is lifted, is no alert; what stands beside it, or looks like it, is one."""

import pytest

from crawler.match.evaluate import LOUD
from crawler.match.matcher import Matcher
from crawler.models import Article
from tests.shipped import read_shipped


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    settings = read_shipped()
    return Matcher(settings.gazetteer, settings.rules)


def is_loud(matcher: Matcher, text: str, title: str = "") -> bool:
    return any(hit.severity in LOUD for hit in matcher.examine(Article(title=title, body=text)).hits)


RUMOUR = "The army denied reports that rockets had hit Ain al-Asad. What people heard was a controlled explosion."


@pytest.mark.parametrize(
    "text",
    [
        RUMOUR,
        RUMOUR.replace(". What", ".\n\nWhat"),
        "Did rockets hit Ain al-Asad? No. The picture that went around is old, and the claim is false.",
        "Kataib Hezbollah said that a letter in its name, which threatens Ain al-Asad, is a forgery. It wrote none.",
        "The US embassy in Baghdad lifted its security alert. The threat has passed, it said.",
        "Tehran denied that it had sent missiles to Kataib Hezbollah.",
        "نفى الجيش الأنباء عن سقوط صواريخ على عين الأسد. وقال إن الصوت ناجم عن تفجير مسيطر عليه.",
        "ارتش خبر اصابت راکت به عین‌الاسد را تکذیب کرد. صدا از یک معدن سنگ بود.",
    ],
)
def test_what_is_told_only_to_be_refuted_raises_no_alert(matcher: Matcher, text: str) -> None:
    assert not is_loud(matcher, text)


@pytest.mark.parametrize(
    "text",
    [
        "The army denied reports that rockets had hit Ain al-Asad.",
        f"{RUMOUR} Two drones struck Harir air base on Sunday.",
        "The army denied reports that rockets had hit Ain al-Asad, but a drone hit Harir air base. Calm prevailed.",
        "The Pentagon denied that anyone died when rockets hit Ain al-Asad. The situation is normal.",
        "Kataib Hezbollah denied it was behind Sunday's attack on Ain al-Asad and called reports false. All was calm.",
        "Kataib Hezbollah said it had hit Ain al-Asad with drones. The Pentagon said that nothing had happened.",
        "A video circulated by Kataib Hezbollah shows drones fired at Ain al-Asad. No attack took place, Iraq said.",
        "An old video went around. The army confirmed that drones hit Ain al-Asad.",
        "The US embassy in Baghdad extended its security alert. The alert of May had been lifted.",
        "Kataib Hezbollah vowed to strike Ain al-Asad. The US embassy in Baghdad lifted its security alert.",
        "Iran denied that it had sent the drones with which Kataib Hezbollah attacked Ain al-Asad.",
        "A US official said that drones hit Ain al-Asad; Iraq's army had spoken of a controlled explosion.",
    ],
)
def test_what_happened_beside_a_denial_is_told(matcher: Matcher, text: str) -> None:
    assert is_loud(matcher, text)


def test_a_headline_is_refuted_by_the_story(matcher: Matcher) -> None:
    assert is_loud(matcher, "Soldiers slept.", "Rumours of rockets on Ain al-Asad")
    assert not is_loud(matcher, "They are false, the army said.", "Rumours of rockets on Ain al-Asad")


def test_who_refutes_four_paragraphs_on_speaks_of_something_else(matcher: Matcher) -> None:
    first, second = RUMOUR.split(". ")
    far = "\n\n".join((first, *["Schools open on Monday."] * 4, second))
    assert is_loud(matcher, far.replace("reports that", "that"))
