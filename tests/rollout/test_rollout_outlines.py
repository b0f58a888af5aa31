"""Outlines of communes from GeoJSON: rings, holes, distances, and what is refused."""

import json

import pytest

from vtour.errors import InputError
from vtour.rollout.outlines import read_outlines
from vtour.rollout.refusals import RefusedError

SQUARE = [[106.0, 21.0], [107.0, 21.0], [107.0, 22.0], [106.0, 22.0], [106.0, 21.0]]
HOLE = [[106.4, 21.4], [106.6, 21.4], [106.6, 21.6], [106.4, 21.6], [106.4, 21.4]]
ISLAND = [[108.0, 21.0], [108.1, 21.0], [108.1, 21.1], [108.0, 21.1]]  # not closed


def feature(geometry=None, **properties):
    geometry = geometry or {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
    return {"type": "Feature", "properties": properties or {"code": "05986"}, "geometry": geometry}


def written(tmp_path, *features, **more):
    path = tmp_path / "boundaries.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}))
    return path


@pytest.mark.parametrize(
    ("lat", "lon", "inside"),
    [
        (21.2, 106.2, True),
        (21.5, 106.5, False),  # in the hole
        (21.5, 106.2, True),  # west of the hole: the ray crosses it twice
        (21.05, 108.05, True),  # the second part
        (21.5, 105.9, False),
        (22.1, 106.5, False),
        (21.05, 107.5, False),  # between both parts
    ],
)
def test_inside_with_holes_and_several_parts(tmp_path, lat, lon, inside):
    both = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [ISLAND]]}
    outline = read_outlines(written(tmp_path, feature(both)))["05986"]

    assert outline.contains(lat, lon) is inside
    assert (outline.km_outside(lat, lon) == 0) is inside


def test_the_distance_is_that_to_the_nearest_line(tmp_path):
    outline = read_outlines(written(tmp_path, feature()))["05986"]

    assert outline.km_outside(22.1, 106.5) == pytest.approx(11.12, abs=0.01)
    assert outline.km_outside(21.5, 106.5) == pytest.approx(10.35, abs=0.01)  # middle of the hole
    assert outline.km_outside(20.9, 105.9) == pytest.approx(15.22, abs=0.01)  # to the corner


@pytest.mark.parametrize(
    "properties",
    [
        {"code": "05986"},
        {"CODE": 5986},
        {"ma_xa": "05986"},
        {"commune_code": "05986"},
        {"gisServerId": "diaphanhanhchinhcapxa_2025.17", "maxa": "05986"},
        {"gisServerId": "05986"},
    ],
)
def test_the_code_under_many_names(tmp_path, properties):
    assert list(read_outlines(written(tmp_path, feature(**properties)))) == ["05986"]


def test_the_code_as_the_id_of_the_feature(tmp_path):
    named = {**feature(name="Tam Thanh"), "id": "05986"}

    assert list(read_outlines(written(tmp_path, named))) == ["05986"]


def test_provinces_are_left_out_and_parts_of_one_commune_come_together(tmp_path):
    island = {"type": "Polygon", "coordinates": [ISLAND]}
    path = written(tmp_path, feature(code="20"), feature(), feature(island, code="05986"))

    outlines = read_outlines(path)

    assert list(outlines) == ["05986"]
    assert outlines["05986"].contains(21.05, 108.05)


def point(*coordinates):
    return {"type": "Polygon", "coordinates": [[list(coordinates)] * 4]}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", "boundaries.geojson:1:2: no valid JSON"),
        ("[]", "found list, expected a GeoJSON FeatureCollection"),
        ('{"type": "Topology"}', "found Topology, expected a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "no list of features"),
        ('{"type": "FeatureCollection", "features": []}', "no outline of a commune"),
        ("[" * 100_000, "no valid JSON"),
    ],
)
def test_a_file_that_is_no_geojson_is_one_line(tmp_path, text, line):
    path = tmp_path / "boundaries.geojson"
    path.write_text(text)

    with pytest.raises(InputError, match=r"boundaries\.geojson") as caught:
        read_outlines(path)

    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (feature(name="Tam Thanh"), "feature 1: no commune code"),
        ({"type": "Feature", "properties": []}, "feature 1: no commune code"),
        ("x", "feature 1: no GeoJSON feature"),
        (feature({"type": "Point", "coordinates": [106, 21]}), "found Point, expected Polygon"),
        ({**feature(), "geometry": None}, "found None, expected Polygon"),
        (feature({"type": "Polygon", "coordinates": []}), "a polygon without rings"),
        (feature({"type": "Polygon", "coordinates": [[]]}), "a ring of 0 points"),
        (feature({"type": "Polygon", "coordinates": [5]}), "a ring that is no list"),
        (feature(point(21.85, 106.75)), "found 21.85, 106.75, expected longitude and latitude"),
        (feature(point(605432.1, 2417000.5)), "found 605432, 2.417e+06, expected longitude"),
        (feature(point(float("nan"), 21)), "expected longitude and latitude in degrees"),
        (feature(point("a", "b")), "a ring that is no list"),
    ],
)
def test_a_feature_that_cannot_be_used_is_one_line(tmp_path, wrong, line):
    with pytest.raises(InputError) as caught:
        read_outlines(written(tmp_path, wrong))

    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_systems_of_coordinates_are_refused_and_degrees_are_not(tmp_path):
    vn2000 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9215"}}
    degrees = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}

    assert read_outlines(written(tmp_path, feature(), crs=degrees))
    with pytest.raises(InputError, match="EPSG::9215, expected WGS 84"):
        read_outlines(written(tmp_path, feature(), crs=vn2000))


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"boundaries\.geojson: cannot be read"):
        read_outlines(tmp_path / "boundaries.geojson")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RefusedError, match=r"gone\.geojson: cannot be read") as caught:
        read_outlines(tmp_path / "gone.geojson")

    assert caught.value.line("vi") == "gone.geojson: không có tệp này"


def test_what_is_wrong_is_said_in_vietnamese_too(tmp_path):
    with pytest.raises(RefusedError) as caught:
        read_outlines(written(tmp_path, feature(), feature(name="Tam Thanh")))

    assert caught.value.line("vi") == (
        "boundaries.geojson: đối tượng thứ 2: không có mã xã, cần properties.code như '05986'"
    )
