"""What matching costs: CPU per article of about 5 KB, against references in the same run. `python -m benchmarks.match`.

Three sizes of gazetteer (the shipped one, ten times that, and 20,000 aliases) and up to 200 rules, on English, Arabic
and Persian texts that hold nothing, or that all hold names, events and rules that fire. Times are CPU times, the best
of several rounds.
"""

import random
import re
import resource
import time
from collections.abc import Callable, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from crawler.compiled import runs_compiled
from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.load import load_settings
from settings.model import Alias, Entity, Gazetteer, Rule

ROUNDS = 7
ARTICLES = 60
SIZE = 5000
"""Bytes of a text, UTF-8."""

PLAIN = {
    "en": (
        "The council approved a plan to widen the ring road, and the mayor said that work would begin in May.",
        "Residents asked about parking, the price of tickets and the noise of the trains at night.",
        "“We have waited for years,” said Anna Berg, who runs a bakery near St John’s Church.",
        "The orchestra played two symphonies by Haydn; critics praised the strings and the young conductor.",
        "Exports of machinery rose by 4.2 per cent in the second quarter, the ministry reported on Tuesday.",
    ),
    "ar": (
        "وافق مجلس المدينة على خطة لتوسيع الطريق الدائري، وقال رئيس البلدية إن العمل سيبدأ في مايو.",
        "وسأل السكان عن مواقف السيارات وأسعار التذاكر وضوضاء القطارات في الليل.",
        "ارتفعت صادرات الآلات بنسبة أربعة في المئة في الربع الثاني، بحسب الوزارة.",
    ),
    "fa": (
        "شورای شهر با طرح گسترش کمربندی موافقت کرد و شهردار گفت کار در ماه اردیبهشت آغاز می‌شود.",
        "ساکنان درباره پارکینگ، بهای بلیت و سروصدای قطارها در شب پرسیدند.",
        "صادرات ماشین‌آلات در سه‌ماهه دوم چهار درصد افزایش یافت.",
    ),
}
TELLING = {
    "en": (
        "The Islamic Resistance in Iraq said it had fired two drones at Ain al-Asad air base in Anbar.",
        "Kataib Hezbollah denied any part in the attack, and Harakat al-Nujaba said the truce had ended.",
    ),
    "ar": (
        "أعلنت المقاومة الإسلامية في العراق استهداف قاعدة عين الأسد بطائرتين مسيرتين.",
        "ونفت كتائب حزب الله أي علاقة لها بالهجوم.",
    ),
    "fa": (
        "مقاومت اسلامی عراق اعلام کرد پایگاه عین‌الاسد را با پهپاد هدف قرار داد.",
        "کتائب حزب‌الله دست داشتن در حمله را تکذیب کرد.",
    ),
}
SYLLABLES = {
    "en": ["ba", "dar", "gha", "lim", "nur", "sa", "ta", "zeh", "kar", "mun", "ri", "sho", "tol", "vek", "wen", "zul"],
    "ar": ["با", "در", "غا", "لم", "نور", "سا", "تا", "زه", "كار", "من", "ري", "شو", "تل", "فك", "ون", "زل"],
    "fa": ["با", "در", "غا", "لم", "نور", "سا", "تا", "زه", "کار", "من", "ری", "شو", "تل", "وک", "ون", "پل"],
}


def write_text(language: str, *, telling: bool, chance: random.Random) -> str:
    """A text of about SIZE bytes; a telling one holds each telling sentence once."""
    sentences: list[str] = list(TELLING[language]) if telling else []
    while len(" ".join(sentences).encode()) < SIZE:
        sentences.append(chance.choice(PLAIN[language]))
    chance.shuffle(sentences)
    return "\n".join(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))


def write_articles(*, telling: bool) -> list[Article]:
    """60 % English, 20 % Arabic, 20 % Persian."""
    chance = random.Random(7)
    languages = ["en", "en", "en", "ar", "fa"] * (ARTICLES // 5)
    return [Article(body=write_text(each, telling=telling, chance=chance), language=each) for each in languages]


def grow_gazetteer(gazetteer: Gazetteer, aliases: int) -> Gazetteer:
    """The shipped one and made-up names, up to so many aliases."""
    chance = random.Random(11)
    entities = list(gazetteer.entities)
    count = sum(len(entity.aliases) for entity in entities)
    while count < aliases:
        language = chance.choice(["en", "en", "ar", "fa"])
        texts = {
            " ".join(
                "".join(chance.choices(SYLLABLES[language], k=3)).capitalize() for _ in range(chance.choice((2, 3)))
            )
            for _ in range(10)
        }
        listed = tuple(Alias(text=text, language=language) for text in sorted(texts))
        entities.append(Entity(id=f"made-up-{count}", type="group", name=listed[0].text, aliases=listed))
        count += len(listed)
    return gazetteer.model_copy(update={"entities": tuple(entities)})


def grow_rules(rules: Sequence[Rule], gazetteer: Gazetteer, count: int = 200) -> tuple[Rule, ...]:
    """The shipped ones and one for each of many groups and bases."""
    made = [
        Rule(
            name=f"made-up-{number}",
            severity="notice",
            when=f'SENTENCE(@{entity.type}:{entity.id} AND (#attack OR #threat)) AND NOT "oil price"',
        )
        for number, entity in enumerate(each for each in gazetteer.entities if each.type in {"group", "base"})
    ]
    return (*rules, *made)[:count]


def time_each(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """CPU milliseconds for one text, the best of several rounds: the machine may be shared."""
    work(texts[0])
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            work(text)
        rounds.append((time.process_time() - start) / len(texts) * 1000)
    return min(rounds)


def time_matcher(matcher: Matcher, articles: Sequence[Article]) -> float:
    """The same for whole articles."""
    by_text = {article.body: article for article in articles}
    return time_each(lambda text: matcher.examine(by_text[text]), list(by_text))


END = object()
"""Ends a keyword in the trie."""


def find_like_flashtext(text: str, trie: dict[object, object]) -> list[object]:
    """The algorithm of flashtext in its own words: one pass, a trie of characters, ASCII word boundaries."""
    found, at = [], 0
    while at < len(text):
        node, here, longest = trie, at, None
        while here < len(text) and isinstance(below := node.get(text[here]), dict):
            node, here = below, here + 1
            if END in node and (here == len(text) or not (text[here].isalnum() or text[here] == "_")):
                longest = (node[END], here)
        if longest:
            found.append(longest[0])
            at = longest[1]
        else:
            while at < len(text) and (text[at].isalnum() or text[at] == "_"):
                at += 1
        at += 1
    return found


def make_trie(names: Sequence[str]) -> dict[object, object]:
    """Nested mappings, a character each."""
    trie: dict[object, object] = {}
    for name in names:
        node = trie
        for character in name:
            below = node.setdefault(character, {})
            assert isinstance(below, dict)
            node = below
        node[END] = name
    return trie


def add_numbers(_: str) -> None:
    """Ten thousand additions: how fast Python is on this machine just now."""
    total = 0
    for number in range(10_000):
        total += number


def measure_references(gazetteer: Gazetteer, texts: Sequence[str]) -> dict[str, float]:
    """What others would do with the same names, without any normalisation."""
    names = sorted({alias.text for entity in gazetteer.entities for alias in entity.aliases}, key=len, reverse=True)
    lowered = [name.lower() for name in names]
    machine = AhoCorasick(lowered, implementation=Implementation.ContiguousNFA)
    references = {"plain Aho-Corasick": time_each(lambda t: machine.find_matches_as_indexes(t.lower()), texts)}
    trie = make_trie(lowered)
    references["flashtext's algorithm"] = time_each(lambda t: find_like_flashtext(t.lower(), trie), texts)
    alternation = re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b", re.IGNORECASE)
    references["re alternation"] = time_each(alternation.findall, texts[:3])
    return references


def main() -> None:
    """Print one table."""
    print("matching is", "machine code" if runs_compiled() else "Python (`make compiled` makes machine code of it)")
    settings = load_settings()
    dull, telling = write_articles(telling=False), write_articles(telling=True)
    shipped = sum(len(entity.aliases) for entity in settings.gazetteer.entities)
    print(f"{'aliases':>8} {'rules':>6} {'compile s':>10} {'nothing ms':>11} {'matching ms':>12} {'memory MB':>10}")
    measured: dict[int, tuple[float, float]] = {}
    for size in (shipped, 10 * shipped, 20_000):
        gazetteer = grow_gazetteer(settings.gazetteer, size)
        rules = grow_rules(settings.rules, gazetteer)
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        matcher = Matcher(gazetteer, rules)
        compile_s = time.process_time() - start
        memory_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        quiet, loud = measured[size] = time_matcher(matcher, dull), time_matcher(matcher, telling)
        print(f"{size:>8} {len(rules):>6} {compile_s:>10.2f} {quiet:>11.3f} {loud:>12.3f} {memory_mb:>10.1f}")
    tenfold = [much / little for much, little in zip(measured[10 * shipped], measured[shipped], strict=True)]
    print(f"ten thousand additions in Python: {time_each(add_numbers, [''] * ARTICLES):.3f} ms")
    print(
        f"ten times the aliases: {tenfold[0]:.2f} times the time where nothing matches, {tenfold[1]:.2f} where all does"
    )
    for name, milliseconds in measure_references(gazetteer, [article.body for article in dull]).items():
        print(f"{name}, {size} aliases: {milliseconds:.3f} ms; ours takes {quiet / milliseconds:.2f} of it")


if __name__ == "__main__":
    main()
