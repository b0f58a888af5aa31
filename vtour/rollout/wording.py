"""Days, numbers and names as people read them in Vietnamese and English."""

from datetime import date, datetime

from vtour.rollout.timeline import VIETNAM
from vtour.rollout.words.say import say
from vtour.schema.base import LocalText


def text_in(text: LocalText, language: str) -> str:
    """A text in a language, else in Vietnamese, English, or whatever there is; '' without any."""
    for tag in (language, "vi", "en", *text):
        if tag in text:
            return text[tag]
    return ""


def both_names(text: LocalText, language: str) -> str:
    """A name in a language and, where it is another, in the other: 'Đền A / A temple'."""
    names = [text_in(text, language), text.get("en" if language == "vi" else "vi", "")]
    return " / ".join(dict.fromkeys(name for name in names if name))


def day(value: date | None, language: str) -> str:
    """A day: 26/11/2026 in Vietnamese, 2026-11-26 in English; a dash for none."""
    if value is None:
        return "–"
    return value.strftime("%d/%m/%Y") if language == "vi" else value.isoformat()


def moment(value: datetime, language: str) -> str:
    """A time in Vietnam, to the minute."""
    local = value.astimezone(VIETNAM)
    return f"{day(local.date(), language)} {local:%H:%M}"


def number(value: float, language: str, places: int | None = None) -> str:
    """A number: as short as it can be, or with so many decimal places.

    1,234.5 in English, 1.234,5 in Vietnamese.
    """
    text = f"{value:,.{places}f}" if places is not None else _short(value)
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def _short(value: float) -> str:
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def percent(rate: float | None, language: str) -> str:
    """A share of 0 to 1 in per cent; a dash for none."""
    return "–" if rate is None else f"{number(100 * rate, language, 0)} %"


def megabytes(count: int, language: str) -> str:
    """A size in MB (10^6 bytes)."""
    return f"{number(count / 1e6, language, 1 if count < 1e8 else 0)} MB"


def days_long(count: float, language: str) -> str:
    """How many days: '1 day', '12 days', '12 ngày'."""
    key = "one_day" if count == 1 else "many_days"
    return say(key, language, count=number(count, language))
