"""Distances on the globe, and places whose latitude and longitude are swapped."""

import pytest

from vtour.schema.report import StageReport
from vtour.schema.site import SiteAnchor
from vtour.world.places import are_swapped, fixes_and_anchor, km_between

MECCA = SiteAnchor(lat=21.42, lon=39.83, height_m=300)


def test_a_degree_of_a_great_circle_is_111_km():
    assert km_between((21.0, 106.0), (22.0, 106.0)) == pytest.approx(111.19, abs=0.01)
    assert km_between((0.0, 179.5), (0.0, -179.5)) == pytest.approx(111.19, abs=0.01)


@pytest.mark.parametrize(
    ("place", "swapped"),
    [
        ((21.42, 39.83), False),
        ((39.83, 21.42), True),
        ((10.0, 20.0), False),
        ((21.0, 106.0), False),
    ],
)
def test_only_a_place_that_fits_when_swapped_is_swapped(place, swapped):
    assert are_swapped(*place, MECCA) is swapped
    assert not are_swapped(*place, None)


def test_cameras_are_believed_before_a_far_anchor():
    report = StageReport(stage="world")
    assert fixes_and_anchor((21.42, 39.84), MECCA, report) == (True, MECCA)
    assert fixes_and_anchor((21.42, 39.84), None, report) == (True, None)
    assert report.warnings == []
    assert fixes_and_anchor((21.42, 49.83), MECCA, report) == (True, None)
    assert fixes_and_anchor((39.83, 21.42), MECCA, report) == (False, MECCA)
    assert len(report.warnings) == 2
