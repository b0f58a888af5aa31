import numpy as np
import pytest

from vtour.atlas.charts import Charts
from vtour.atlas.packing import pack
from vtour.atlas.texels import owners


def charts_of(shapes):
    """Charts of single triangles or quads, each a list of (x, y) corners."""
    chart, faces, chart_of_corner, flat = [], [], [], []
    for number, shape in enumerate(shapes):
        first = len(flat)
        flat += shape
        chart_of_corner += [number] * len(shape)
        for k in range(1, len(shape) - 1):
            faces.append((first, first + k, first + k + 1))
            chart.append(number)
    flat = np.array(flat, float)
    size = np.array([np.max(shape, axis=0) for shape in shapes], float)
    return Charts(
        chart=np.array(chart),
        faces=np.array(faces),
        source=np.arange(len(flat)),
        chart_of_corner=np.array(chart_of_corner),
        flat=flat,
        size=size,
    )


def rectangle(width, height):
    return [(0, 0), (width, 0), (width, height), (0, height)]


def random_charts(count=150, seed=4):
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        width, height = rng.uniform(2, 120, 2)
        triangle = [(0, height * rng.random()), (width, 0), (width * rng.random(), height)]
        shapes.append(triangle if rng.random() < 0.6 else rectangle(width, height))
    return charts_of(shapes)


@pytest.mark.parametrize("gutter_px", [1, 4, 8])
def test_charts_lie_inside_and_a_gutter_apart(gutter_px):
    charts = random_charts()

    packing = pack(charts, most_px=1024, gutter_px=gutter_px)

    place = packing.texels(charts)
    owner = owners(place, charts.faces, packing.size_px)
    assert place.min() >= gutter_px
    assert place.max() <= packing.size_px - gutter_px
    chart = np.where(owner >= 0, charts.chart[owner], -1)
    assert set(np.unique(chart)) == {-1, *range(charts.count)}
    # Each chart lays claim to a gutter around it: no texel within it belongs to another.
    for step in range(1, 2 * gutter_px):
        for first, second in ((chart[:, step:], chart[:, :-step]), (chart[step:], chart[:-step])):
            assert not ((first >= 0) & (second >= 0) & (first != second)).any()


def test_the_smallest_atlas_that_holds_full_scale_is_taken():
    charts = charts_of([rectangle(300, 200)])

    packing = pack(charts, most_px=4096, gutter_px=4)

    assert (packing.size_px, packing.scale) == (512, 1.0)


def test_too_much_is_scaled_down_to_fill_the_atlas():
    charts = charts_of([rectangle(500, 500)] * 16)  # 2000 x 2000 without gutters

    packing = pack(charts, most_px=1024, gutter_px=4)

    assert packing.size_px == 1024
    assert 0.42 < packing.scale < 0.512


def test_tall_charts_are_turned_not_mirrored():
    charts = charts_of([[(0, 0), (30, 0), (0, 200)]])

    packing = pack(charts, most_px=512, gutter_px=4)

    a, b, c = packing.texels(charts)
    assert np.ptp([a[0], b[0], c[0]]) == pytest.approx(200)
    before, after = 30 * 200, np.linalg.det(np.stack([b - a, c - a]))
    assert after == pytest.approx(before)  # same sign: the same turn


def test_texels_stay_on_whole_pixels_of_the_photo():
    charts = charts_of([rectangle(33.25, 20.5), rectangle(15, 40.5)])

    place = pack(charts, most_px=512, gutter_px=3).texels(charts)

    np.testing.assert_allclose(place * 4, np.rint(place * 4), atol=1e-9)


def test_wide_charts_shrink_to_fit():
    charts = charts_of([rectangle(5000, 10)])

    packing = pack(charts, most_px=1024, gutter_px=4)

    assert packing.texels(charts)[:, 0].max() <= 1020
    assert packing.scale > 0.19
