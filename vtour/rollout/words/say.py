"""A line of words in a language."""

from typing import Any

from vtour.rollout.words.annex import WORDS_ANNEX
from vtour.rollout.words.columns import WORDS_COLUMNS
from vtour.rollout.words.gates import WORDS_GATES
from vtour.rollout.words.lint import WORDS_LINT
from vtour.rollout.words.outlines import WORDS_OUTLINES
from vtour.rollout.words.reading import WORDS_READING
from vtour.rollout.words.refusals import WORDS_REFUSALS
from vtour.rollout.words.reports import WORDS_REPORTS

LANGUAGES = ("vi", "en")

WORDS: dict[str, dict[str, str]] = (
    WORDS_READING
    | WORDS_LINT
    | WORDS_GATES
    | WORDS_REPORTS
    | WORDS_COLUMNS
    | WORDS_ANNEX
    | WORDS_REFUSALS
    | WORDS_OUTLINES
)


def say(key: str, language: str, /, **values: Any) -> str:
    """A line in a language; English where there is no other."""
    texts = WORDS[key]
    if language == "vi":
        values = {name: _Whole(v) if type(v) is int else v for name, v in values.items()}
    return texts.get(language, texts["en"]).format(**values)


class _Whole(int):
    """A number whose thousands are parted by points, as Vietnamese does."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace(",", ".")
