"""Figures in words, and that nothing that people read lacks a language."""

import pytest

from vtour.rollout.numbers import bounds, figure, in_language
from vtour.rollout.record.words import RECORD_WORDS
from vtour.rollout.words.gates import WORDS_GATES
from vtour.rollout.words.measures import VIETNAMESE
from vtour.schema.report import MEASURES


@pytest.mark.parametrize(
    ("value", "unit", "en", "vi"),
    [
        (0.012, "m", "0.012 m", "0,012 m"),
        (12345678, "B", "12,345,678 B", "12.345.678 B"),
        (0.98027, "1", "0.98027", "0,98027"),
        (16.5, "deg", "16.5 °", "16,5 °"),
        (3, "1", "3", "3"),
        (1234567.5, "m", "1,234,567.5 m", "1.234.567,5 m"),
        (12345.678, "px", "12,345.7 px", "12.345,7 px"),
        (0.00005, "1", "0.00005", "0,00005"),
        (-0.25, "m", "-0.25 m", "-0,25 m"),
    ],
)
def test_figures(value, unit, en, vi):
    assert (figure(value, unit), figure(value, unit, "vi")) == (en, vi)


def test_bounds():
    assert bounds(None, 0.02, "m", "vi") == "≤ 0,02 m"
    assert bounds(0.95, None) == "≥ 0.95"
    assert bounds(2, 4, "m") == "2 – 4 m"


def test_values_of_findings():
    values = {
        "found": "1,234.5 m",
        "day": "2021-05-01",
        "km": 0.7,
        "lat": 21.85557,
        "languages": "vi, en",
        "number": "1.2/GP",
        "count": 3,
    }
    assert in_language(values, "vi") == {
        "found": "1.234,5 m",
        "day": "01/05/2021",
        "km": "0,7",
        "lat": "21.85557",
        "languages": "tiếng Việt, tiếng Anh",
        "number": "1.2/GP",
        "count": 3,
    }
    assert in_language(values, "en")["found"] == "1,234.5 m"


def test_every_measure_has_a_vietnamese_name():
    assert set(VIETNAMESE) == set(MEASURES)


@pytest.mark.parametrize("words", [WORDS_GATES, RECORD_WORDS])
def test_both_languages_say_the_same(words):
    for key, texts in words.items():
        assert set(texts) == {"vi", "en"}, key
