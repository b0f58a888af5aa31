"""Languages of the pages, and how a text is chosen from a map by BCP 47 tag.

The same rules as viewer/web/src/core/language.ts.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flask import Request

LANGUAGES = ("vi", "en", "zh-Hans")
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "zh-Hans": "简体中文"}
HOME_LANGUAGE = "vi"
VISITORS_LANGUAGE = "en"  # for those who ask for languages that the viewer does not speak


class ChosenText(NamedTuple):
    """A text and the language that it is really in."""

    text: str
    lang: str


def language_from_tag(tag: str) -> str | None:
    """The page language that serves a tag: 'zh-CN' is served by 'zh-Hans'; None for others."""
    for known in LANGUAGES:
        if known.lower() == tag.lower():
            return known
    for known in LANGUAGES:
        if _primary(known) == _primary(tag):
            return known
    return None


def language_of(request: Request) -> str:
    """The language of a page: ``?lang=``, else the browser's preference, else Vietnamese."""
    asked = language_from_tag(request.args.get("lang", ""))
    if asked is not None:
        return asked
    wanted = [tag for tag, quality in request.accept_languages if quality > 0 and tag != "*"]
    for tag in wanted:
        if (spoken := language_from_tag(tag)) is not None:
            return spoken
    return VISITORS_LANGUAGE if wanted else HOME_LANGUAGE


def text_in(texts: Mapping[str, str], language: str) -> ChosenText | None:
    """The text in this language, else a close one, else vi, en, or the first; None for none."""
    tags = sorted(texts)
    choices = [
        *(tag for tag in tags if tag.lower() == language.lower()),
        *(tag for tag in tags if _primary(tag) == _primary(language)),
        *(tag for tag in tags if _primary(tag) == "vi"),
        *(tag for tag in tags if _primary(tag) == "en"),
        *tags,
    ]
    return ChosenText(texts[choices[0]], choices[0]) if choices else None


def _primary(tag: str) -> str:
    return tag.lower().split("-")[0]
