"""Which language a text is in: by its script, then by the letters and small words that tell neighbours apart."""

import re
from collections import Counter

_SAMPLE = 1_500
_SCRIPTS = {
    "arabic": re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06d5]"),
    "hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "greek": re.compile(r"[\u0370-\u03ff]"),
    "kana": re.compile(r"[\u3040-\u30ff]"),
    "han": re.compile(r"[\u4e00-\u9fff]"),
    "hangul": re.compile(r"[\uac00-\ud7af]"),
    "devanagari": re.compile(r"[\u0900-\u097f]"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
}
_ONE_LANGUAGE = {"hebrew": "he", "greek": "el", "kana": "ja", "han": "zh", "hangul": "ko", "devanagari": "hi"}
_LETTERS = {
    "arabic": (("ckb", "ەێۆڕڵ"), ("ur", "ٹڈڑںے"), ("fa", "پچژگکی"), ("ar", "ةىيك")),
    "cyrillic": (("uk", "іїєґ"), ("ru", "ыьй")),
}
"""Letters that a language has and those below it in the list have not; at least one of them in a hundred."""
_RARE = 0.01
_SMALL_WORDS = {
    "en": "the of and to in that was for with said on is",
    "fr": "le la les des et est une dans que pour qui sur",
    "de": "der die und das den von ist mit nicht ein auf im",
    "es": "el la los que de en una las por con para se",
    "it": "il di che la per una del non con sono della è",
    "tr": "ve bir bu için ile da de olarak olan daha dedi gibi",
    "pt": "o que de uma os para com não por mais dos ao",
    "nl": "de het een van en dat niet zijn op voor met te",
    "ku": "û li di de ji bi ku ew ya yê jî dike",
    "id": "yang dan di untuk dengan ini dari pada tidak itu akan oleh",
}
_FEWEST_SMALL_WORDS = 3
_TURKISH = "ığşİ"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ckb", "ps", "yi"})


def choose_language(declared: str, text: str) -> str:
    """ISO 639 code: what the text shows, if it shows it clearly; else what the page declares."""
    sample = text[:_SAMPLE]
    script = find_script(sample)
    if script == "latin":
        return declared if declared and declared not in _RIGHT_TO_LEFT else _guess_latin(sample)
    if script in _LETTERS:
        return _guess_by_letters(sample, script) or declared
    return _ONE_LANGUAGE.get(script, declared)


def is_right_to_left(language: str) -> bool:
    """Is it written from right to left?"""
    return language in _RIGHT_TO_LEFT


def find_script(sample: str) -> str:
    """The script of most letters; kana wins over the characters that Japanese shares with Chinese."""
    counts = Counter({name: len(form.findall(sample)) for name, form in _SCRIPTS.items()})
    if counts["kana"]:
        counts["kana"] += counts["han"]
    script, count = counts.most_common(1)[0]
    return script if count else ""


def _guess_by_letters(sample: str, script: str) -> str:
    total = len(_SCRIPTS[script].findall(sample))
    for language, letters in _LETTERS[script]:
        if sum(map(sample.count, letters)) >= _RARE * total:
            return language
    return ""


def _guess_latin(sample: str) -> str:
    words = Counter(re.findall(r"[^\W\d_]+", sample.casefold()))
    scores = {language: sum(words[word] for word in small.split()) for language, small in _SMALL_WORDS.items()}
    best = max(scores, key=scores.__getitem__)
    if scores[best] >= _FEWEST_SMALL_WORDS:
        return best
    return "tr" if sum(map(sample.count, _TURKISH)) >= _RARE * len(sample) else ""
