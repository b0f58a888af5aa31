"""Words of the record in both languages, and cells of its tables."""

from collections.abc import Callable
from typing import Any

from vtour.rollout.record.sheet import Both, Cell
from vtour.rollout.record.words import RECORD_WORDS, UNKNOWN
from vtour.schema.base import LocalText


def both(key: str, **values: Any) -> Both:
    """Words of the record in both languages."""
    texts = RECORD_WORDS[key]
    return Both(texts["vi"].format(**values), texts["en"].format(**values))


def local(text: LocalText, other: str = UNKNOWN) -> Both:
    """A text of the catalogue in both languages; the one there is where a language lacks."""
    first = next(iter(text.values()), other)
    return Both(text.get("vi", first), text.get("en", text.get("vi", first)))


def in_both(say: Callable[[str], str]) -> Both:
    """What is said by language, each as the beginning of a sentence."""
    vi, en = say("vi"), say("en")
    return Both(vi[:1].upper() + vi[1:], en[:1].upper() + en[1:])


def cell(*lines: Both | str, centred: bool = False, bold: bool = False) -> Cell:
    """A cell; a bare text is the same in both languages."""
    return Cell([line if isinstance(line, Both) else Both(line) for line in lines], bold, centred)
