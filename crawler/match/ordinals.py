"""Numbers of brigades as words: اللواء الحادي والخمسون, تیپ پنجاه و یکم. In English papers write 51st."""

from collections.abc import Iterator

_AR_UNITS = ("الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع")
_AR_TENS = ("العاشر", "العشر", "الثلاث", "الأربع", "الخمس", "الست", "السبع", "الثمان", "التسع")
_AR_CASES = ("ون", "ين")
_FA_UNITS = ("یکم", "دوم", "سوم", "چهارم", "پنجم", "ششم", "هفتم", "هشتم", "نهم")
_FA_TEENS = (
    *("دهم", "یازدهم", "دوازدهم", "سیزدهم", "چهاردهم"),
    *("پانزدهم", "شانزدهم", "هفدهم", "هجدهم", "نوزدهم"),
)
_FA_TENS = ("بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود")


def spell_ordinal(number: int, language: str) -> Iterator[str]:
    """Every way to write it in words, in Arabic or Persian; none above 99, which papers write in digits."""
    tens, unit = divmod(number, 10)
    if tens <= len(_AR_TENS):
        yield from _spell_persian(tens, unit) if language == "fa" else _spell_arabic(tens, unit)


def _spell_arabic(tens: int, unit: int) -> Iterator[str]:
    """الأول, الحادي عشر, العشرون, الحادي والعشرين."""
    if tens == 0:
        yield _AR_UNITS[unit - 1]
    elif tens == 1:
        yield f"{_joined(unit)} عشر" if unit else _AR_TENS[0]
    else:
        for case in _AR_CASES:
            ten = _AR_TENS[tens - 1] + case
            yield f"{_joined(unit)} و{ten}" if unit else ten


def _joined(unit: int) -> str:
    """A unit before a ten: eleventh is not tenth and first."""
    return "الحادي" if unit == 1 else _AR_UNITS[unit - 1]


def _spell_persian(tens: int, unit: int) -> Iterator[str]:
    """یکم, اول, یازدهم, سی‌ام, پنجاه و یکم."""
    if tens == 1:
        yield _FA_TEENS[unit]
    elif tens == 0:
        yield from ("یکم", "اول") if unit == 1 else (_FA_UNITS[unit - 1],)
    else:
        ten = _FA_TENS[tens - 2]
        yield f"{ten} و {_FA_UNITS[unit - 1]}" if unit else "سی‌ام" if ten == "سی" else f"{ten}م"
