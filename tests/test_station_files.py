"""From what people read off a scan to the frames of its station and the world."""

import numpy as np
import pytest

from vtour.errors import InputError
from vtour.files import write_json
from vtour.frames import columns_from_matrix, transform_points
from vtour.schema.scans import PlacedStation, PlacedStations, Station, StationList
from vtour.schema.world import Anchor
from vtour.station_files import station_from_told
from vtour.tour.package import world_from_told
from vtour.workspace import Workspace

SHIFT = np.eye(4)
SHIFT[:3, 3] = (100.0, 50.0, 10.0)
POSE = np.array([[1.0, 0, 0, 3], [0, 0, 1, 1.5], [0, -1, 0, -4], [0, 0, 0, 1]])
"""world_from_station: z of the station is up."""


def station(name="s", **told):
    corner = {"bounds_min": (0, 0, 0), "bounds_max": (1, 1, 1)}
    return Station(id=name, file=f"{name}.e57", scan=0, points=8, **corner, **told)


def at(matrix, *xyz):
    return transform_points(matrix, np.array([xyz], float))[0]


def test_the_frame_of_a_scanner_is_what_people_read():
    told = station(has_mirror=True, file_from_station=columns_from_matrix(SHIFT))
    assert at(station_from_told(told), 1, 2, 3) == pytest.approx([1, 2, 3])


def test_of_a_merged_cloud_people_read_coordinates_of_the_file():
    told = station(has_mirror=False, file_from_station=columns_from_matrix(SHIFT))
    assert at(station_from_told(told), 101, 52, 13) == pytest.approx([1, 2, 3])


def test_coordinates_in_feet_become_metres():
    told = station(has_mirror=False, metres_per_unit=0.3048)
    assert at(station_from_told(told), 10, 0, -10) == pytest.approx([3.048, 0, -3.048])


def test_coordinates_of_a_crs_are_not_a_scanners():
    anchor = Anchor(lat=21.85, lon=106.75, height_m=260.0)
    told = station(has_mirror=False, enu_anchor=anchor, crs="EPSG:32648")
    with pytest.raises(InputError, match="EPSG:32648, not of a scanner"):
        station_from_told(told)


def test_places_on_scans_in_the_world(tmp_path):
    """A cloud 100, 50, 10 from its file's origin; the station with a CRS is not among them."""
    anchor = Anchor(lat=21.85, lon=106.75, height_m=260.0)
    work = Workspace(tmp_path)
    listed = [
        station("a", has_mirror=False, file_from_station=columns_from_matrix(SHIFT)),
        station("b", has_mirror=False, enu_anchor=anchor),
    ]
    placed = [
        PlacedStation(
            id=one.id, file=one.file, scan=0, world_from_station=columns_from_matrix(POSE)
        )
        for one in listed
    ]
    write_json(work.scan_list, StationList(stations=listed).to_json())
    write_json(work.stations, PlacedStations(stations=placed).to_json())
    found = world_from_told(work)
    assert list(found) == ["a"]
    assert at(found["a"], 101, 52, 10.5) == pytest.approx([4, 2, -6])
