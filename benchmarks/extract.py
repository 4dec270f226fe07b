"""How good and how dear extraction is, beside trafilatura's default in the same run.

    python benchmarks/extract.py FOLDER [SET ...] [--every N]

FOLDER holds `SET.jsonl` (`file`, `url`, `text`: the truth, one page a line) and the pages it names. For each set:
precision, recall and F1 of 4-word shingles as the Scrapinghub benchmark defines them, what each idea is worth (F1
without it), CPU per page, and the pages on which trafilatura is better by more than 0.05. Furniture is learned from
the pages, never from the truth. With `--every N` only CPU is measured, on every Nth page: enough to compare two states
of the code.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import trafilatura

from crawler.errors import Unreadable
from crawler.extract.article import Extraction, examine
from crawler.extract.furniture import OutletMemory, cut_furniture
from crawler.models import Article, Material
from settings import load_settings

WORSE = 0.05
ROUNDS = 3
RESIDUE = load_settings().residue
IDEAS = {
    "headline": {"repeated-headline"},
    "links, teasers": {"link-line", "teaser"},
    "below the article": {"below-article"},
    "repeats": {"repeated-line"},
    "residue rules": {rule.name for rule in RESIDUE} | {"percent-encoded", "date-line"},
    "boxes": {"fact-box"},
}


@dataclass(frozen=True)
class TruePage:
    file: str
    host: str
    content: bytes
    truth: str


def read_set(folder: Path, name: str) -> list[TruePage]:
    rows = map(json.loads, (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        TruePage(row["file"], urlsplit(row["url"]).hostname or "", gzip.open(folder / row["file"]).read(), row["text"])
        for row in rows
    ]


def count_shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(len(words) - 3, min(len(words), 1))))


def score_page(truth: str, found: str) -> tuple[float, float, float]:
    """Shares of right, wrong and lost shingles."""
    wanted, given = count_shingles(truth), count_shingles(found)
    counts = [(wanted & given).total(), (given - wanted).total(), (wanted - given).total()]
    total = sum(counts) or 1
    return counts[0] / total, counts[1] / total, counts[2] / total


def score_set(pages: Sequence[TruePage], texts: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall, F1 of their means."""
    scores = [score_page(page.truth, text) for page, text in zip(pages, texts, strict=True)]
    precisions = [right / (right + wrong) for right, wrong, _ in scores if right + wrong]
    recalls = [right / (right + lost) for right, _, lost in scores if right + lost]
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall)


def score_f1(page: TruePage, text: str) -> float:
    right, wrong, lost = score_page(page.truth, text)
    return 2 * right / (2 * right + wrong + lost) if right else 0.0


def time_best(page: TruePage, *works: Callable[[TruePage], object]) -> list[float]:
    """CPU seconds of each on one page, the best of some rounds in which they take turns."""
    rounds = []
    for _ in range(ROUNDS):
        taken = []
        for work in works:
            start = time.process_time()
            work(page)
            taken.append(time.process_time() - start)
        rounds.append(taken)
    return [min(times) for times in zip(*rounds, strict=True)]


def extract_plain(page: TruePage) -> str:
    return trafilatura.extract(page.content, include_comments=False) or ""


def extract_ours(page: TruePage) -> Extraction | None:
    try:
        return examine(Material(page.content, "html"), RESIDUE)
    except Unreadable:
        return None


def leave_out(extraction: Extraction | None, rules: set[str]) -> str:
    """The body as it would be if these rules had cut nothing."""
    if extraction is None:
        return ""
    article = extraction.article
    missing = Counter(article.body.split("\n")) + Counter(p.text for p in article.removed if p.rule in rules)
    missing -= Counter(line.text for line in extraction.trace.lines)
    if missing:  # the text was found elsewhere than in the lines of the page
        return article.body
    left = Counter(article.body.split("\n")) + Counter(p.text for p in article.removed if p.rule in rules)
    lines = []
    for line in extraction.trace.lines:
        if left[line.text]:
            left[line.text] -= 1
            lines.append(line.text)
    return "\n".join(lines)


def furnish(pages: Sequence[TruePage], found: Sequence[Extraction | None]) -> list[str]:
    memories: dict[str, OutletMemory] = {}
    for page, extraction in zip(pages, found, strict=True):
        if extraction is not None:
            memories.setdefault(page.host, OutletMemory()).learn(extraction.trace)
    furniture = {host: memory.judge() for host, memory in memories.items()}
    return [
        cut_furniture(extraction.article, extraction.trace, furniture[page.host]).body if extraction else ""
        for page, extraction in zip(pages, found, strict=True)
    ]


def report(name: str, scores: tuple[float, float, float]) -> None:
    print(f"  {name:28} precision {scores[0]:.4f}  recall {scores[1]:.4f}  F1 {scores[2]:.4f}")


def measure_set(pages: Sequence[TruePage]) -> None:
    for page in pages:  # warms both
        extract_plain(page)
        extract_ours(page)
    report_times([time_best(page, extract_plain, extract_ours) for page in pages])


def report_times(times: Sequence[Sequence[float]]) -> None:
    plain_ms, ours_ms = (1000 * sum(each) / len(times) for each in zip(*times, strict=True))
    print(f"  CPU per page: {plain_ms:.1f} ms and {ours_ms:.1f} ms, ratio {ours_ms / plain_ms:.2f}", flush=True)


def score_pages(pages: Sequence[TruePage]) -> None:
    plain = list(map(extract_plain, pages))
    extractions = list(map(extract_ours, pages))
    times = [time_best(page, extract_plain, extract_ours) for page in pages]  # both are warm now
    empty = Article()
    for page, extraction in zip(pages, extractions, strict=True):
        if extraction is None:
            print(f"  {page.file}: no article")
    bodies = [(each.article if each else empty).body for each in extractions]
    report("trafilatura, default", score_set(pages, plain))
    report("ours", score_set(pages, bodies))
    report("ours, with furniture", score_set(pages, furnish(pages, extractions)))
    for idea, rules in IDEAS.items():
        report(f"  without {idea}", score_set(pages, [leave_out(each, rules) for each in extractions]))
    report_times(times)
    for page, before, after in zip(pages, plain, bodies, strict=True):
        if (worse := score_f1(page, before) - score_f1(page, after)) > WORSE:
            print(f"  worse by {worse:.2f}: {page.file} {page.host}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How good and how dear extraction is, beside trafilatura's default.")
    parser.add_argument("folder", type=Path, help="holds SET.jsonl and the pages that it names")
    parser.add_argument("sets", nargs="*", metavar="SET", help="all when none is named")
    parser.add_argument("--every", type=int, metavar="N", help="measure nothing but CPU, on every Nth page")
    options = parser.parse_args()
    for name in options.sets or sorted(path.stem for path in options.folder.glob("*.jsonl")):
        pages = read_set(options.folder, name)[:: options.every or 1]
        print(f"{name}: {len(pages)} pages")
        (measure_set if options.every else score_pages)(pages)


if __name__ == "__main__":
    main()
