"""Map, bars and charts as geometry: places, rooms, and what must never be drawn."""

import math
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from tests.rollout.rollout_sample import write_rollout
from viewer.rollout_charts import WIDTH, bar_of, burn_up_chart
from viewer.rollout_map import Projection, basemap_origin, draw_map
from viewer.rollout_shapes import SHAPES, SIGNS, shape_path
from vtour.rollout.read import BurnUp, PhaseFigures, PhaseForecast, Rollout
from vtour.schema.catalog import Basemap, PhaseKind, SiteState

TODAY = date(2022, 6, 1)
START, END = date(2021, 4, 13), date(2021, 12, 31)


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    return Rollout(write_rollout(tmp_path_factory.mktemp("rollout"))).view()


def test_no_two_states_look_alike_without_colour():
    looks = {(SHAPES[state], SIGNS[state]) for state in SiteState}
    assert len(looks) == len(SiteState)
    assert {shape_path(shape, 10) for shape in SHAPES.values()}


def test_equirectangular_is_true_along_the_middle_parallel():
    projection = Projection((106.0, 21.0, 107.0, 23.0), 532, mercator=False)

    assert projection.x(106) == 16 and projection.x(107) == 516
    assert projection.y(23) == 16
    # 1 degree of latitude is 1 / cos(22 degrees) degrees of longitude there
    assert projection.y(22) - projection.y(23) == pytest.approx(500 / math.cos(math.radians(22)))


def test_mercator_places_tiles_where_their_corners_are(view):
    basemap = Basemap(url="/t/{z}/{x}/{y}.png", attribution="a")
    programme = view.catalog.programme.model_copy(update={"basemap": basemap})
    catalog = view.catalog.model_copy(update={"programme": programme})
    shown = SimpleNamespace(sites=view.sites, outlines={}, catalog=catalog)
    drawn = draw_map(shown, 780, radius=10, font=11)
    tiles = {(tile.x, tile.y) for tile in drawn.tiles}

    assert 1 < len(drawn.tiles) <= 40 and len(tiles) == len(drawn.tiles)
    assert min(tile.x for tile in drawn.tiles) <= 16
    assert max(tile.x + tile.size for tile in drawn.tiles) >= 780 - 16
    assert max(tile.y + tile.size for tile in drawn.tiles) >= drawn.height - 16
    # tiles are square and touch: Web Mercator has the same scale both ways
    first = min(drawn.tiles, key=lambda tile: (tile.y, tile.x))
    rows = sorted({tile.y for tile in drawn.tiles})
    assert rows[1] - rows[0] == pytest.approx(first.size - 0.3, abs=0.1)


def test_pins_are_all_sites_with_a_place_and_none_covers_another(view):
    for width, radius in ((780, 10), (356, 12)):
        drawn = draw_map(view, width, radius=radius, font=10)
        ids = [pin.sites[0].site.id for pin in drawn.pins]

        assert sorted(ids) == sorted(each.site.id for each in view.sites if each.is_placed)
        for number, one in enumerate(drawn.pins):
            assert radius <= one.x <= width - radius
            for other in drawn.pins[:number]:
                assert math.hypot(one.x - other.x, one.y - other.y) >= 2 * radius
        moved = [pin for pin in drawn.pins if pin.is_moved]
        assert moved and all(math.hypot(p.x - p.at_x, p.y - p.at_y) > 3 for p in moved)


def test_names_of_communes_cover_neither_each_other_nor_pins(view):
    drawn = draw_map(view, 780, radius=10, font=11)
    boxes = []
    for label in drawn.labels:
        if label.anchor is None:
            continue
        wide = 0.56 * 11 * len(label.name)
        left = label.text_x - {"start": 0, "middle": wide / 2, "end": wide}[label.anchor]
        boxes.append((left, label.text_y - 9, left + wide, label.text_y + 2))
    boxes += [(p.x - 10, p.y - 10, p.x + 10, p.y + 10) for p in drawn.pins]

    assert len(boxes) > 40
    for number, one in enumerate(boxes[: -len(drawn.pins)]):
        for other in boxes[number + 1 :]:
            assert not (
                one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
            )


def test_many_sites_at_one_place_are_one_pin_with_their_number(view):
    crowd = tuple(view.sites[0] for _ in range(300))
    shown = SimpleNamespace(sites=crowd, outlines={}, catalog=view.catalog)
    drawn = draw_map(shown, 780, radius=10, font=11)

    assert [len(pin.sites) for pin in drawn.pins] == [300]


def test_outlines_are_drawn_with_fewer_points(view):
    ring = tuple((106.7 + 0.1 * math.cos(a / 500), 21.8 + 0.1 * math.sin(a / 500))
                 for a in range(3142))  # fmt: skip
    shown = SimpleNamespace(sites=view.sites, outlines={"05986": (ring,)}, catalog=view.catalog)
    (path,) = draw_map(shown, 780, radius=10, font=11).outlines

    assert path.startswith("M") and path.endswith("Z") and 100 < path.count("L") < 600


@pytest.mark.parametrize(
    ("url", "origin"),
    [("/t/{z}/{x}/{y}", "self"), ("https://a.vn/{z}/{x}/{y}", "https://a.vn"),
     ("https://a.vn;/{z}/{x}/{y}", None), ("//a.vn/{z}/{x}/{y}", None)],
)  # fmt: skip
def test_origin_of_a_base_map(url, origin):
    assert basemap_origin(Basemap(url=url, attribution="a")) == origin
    assert basemap_origin(None) is None


def phase(expected=9, **states):
    counts = {state: states.get(state.value, 0) for state in SiteState}
    return PhaseFigures(
        id="2021", kind=PhaseKind.new, start=START, end=END, expected=expected,
        listed=sum(counts.values()), by_state=counts, accepted=0, published=0, late=0, waived=0,
        waivers=0, revisits_due=0,
    )  # fmt: skip


def test_bar_counts_every_site_once_and_is_full():
    parts = bar_of(phase(accepted=2, published=1, captured=1, returned=1, planned=2))

    assert [(part.group, part.count) for part in parts] == [
        ("done", 3), ("work", 1), ("ahead", 2), ("aside", 1), ("unlisted", 2)
    ]  # fmt: skip
    assert parts[0].start == 0 and parts[0].width == pytest.approx(100 / 3, abs=0.01)
    assert parts[-1].start + parts[-1].width == pytest.approx(100, abs=0.01)
    assert bar_of(phase(expected=0)) == []


def test_burn_up_rises_where_sites_were_accepted():
    points = [(date(2021, 8, 1), 2), (date(2021, 10, 1), 5)]
    chart = burn_up_chart(BurnUp("2021", 9, START, END, points), None, TODAY)

    assert chart.count == 5 and chart.expected == 9 and chart.band is None
    assert chart.actual.startswith("M") and chart.actual.count("V") == 2
    assert chart.actual.endswith(f"H{chart.right:g}")  # goes on until today, the last day
    assert chart.days and chart.counts[0].text == "0"
    early = burn_up_chart(BurnUp("2021", 9, START, END, []), None, START - timedelta(days=30))
    assert early.actual == "" and early.last is None and early.today is None


def test_forecast_is_a_band_between_its_days():
    forecast = PhaseForecast("2021", 4, END, date(2022, 9, 1), date(2023, 1, 1))
    points = [(date(2021, 8, 1), 5)]
    chart = burn_up_chart(BurnUp("2021", 9, START, END, points), forecast, TODAY)
    left, width = chart.band

    assert chart.today < left < left + width <= chart.right + 0.1 < WIDTH
    far = PhaseForecast("2021", 4, END, date(2060, 1, 1), date(2061, 1, 1))
    assert burn_up_chart(BurnUp("2021", 9, START, END, points), far, TODAY).band is None
