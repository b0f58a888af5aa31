"""Charts of the report: counts, edges, words for who does not see them."""

import re

import numpy as np
import pytest

from vtour.report.charts import Bars, histogram, round_edges, summary, svg_of_bars


def test_values_are_counted_between_edges_and_above_the_last():
    bars = histogram("Error", np.array([0.0, 0.19, 0.2, 0.5, 7.0]), [0, 0.2, 0.4, 0.6], "pixels")
    assert bars.counts == [2, 1, 2]
    assert bars.labels == ["0", "0.2", "0.4", "more"]  # 7 is beyond the last edge


def test_edges_are_named_when_nothing_lies_beyond():
    assert histogram("Error", np.array([0.1]), [0, 0.2, 0.4], "pixels").labels[-1] == "0.4"


@pytest.mark.parametrize(
    ("most", "bars", "edges"),
    [
        (1.0, 10, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        (3.9, 4, [0, 1, 2, 3, 4]),
        (41.0, 8, [0, 10, 20, 30, 40, 50]),
        (0.0, 2, [0, 1, 2]),
        (float("nan"), 2, [0, 1, 2]),
    ],
)
def test_edges_are_round_numbers(most, bars, edges):
    assert round_edges(most, bars) == edges


def test_bars_are_as_high_as_their_counts():
    drawn = svg_of_bars(Bars("Seen", [10, 5, 0], ["2", "3", "4 <more>"], "images", ["a", "b", "c"]))
    heights = [float(text) for text in re.findall(r'<rect[^>]* height="([\d.]+)"', drawn)]
    assert heights[1] == pytest.approx(heights[0] / 2)
    assert heights[2] == 0
    assert 'class="bar b"' in drawn and "4 &lt;more&gt;" in drawn


def test_a_chart_says_itself_in_words():
    seen = Bars("Seen", [1000, 5], ["2", "3"], "images")
    assert summary(seen) == "Seen; images; 2: 1,000, 3: 5"
    error = Bars("Error", [1, 2], ["0", "1", "more"], "pixels")
    assert summary(error) == "Error; pixels; from 0: 1, from 1: 2"
    assert 'aria-label="Seen; images; 2: 1,000, 3: 5"' in svg_of_bars(seen)


def test_nothing_to_count_is_drawn_empty():
    assert svg_of_bars(Bars("Seen", [0, 0], ["2", "3"], "images")).count("<rect") == 2
