"""Nodes of a scene package: what comes from which file, and that the result is valid."""

import hashlib
import json
import math

import numpy as np
import pytest
from node_folders import (
    panorama_fields,
    standpoint,
    turned,
    write_masters,
    write_node_folder,
    write_standpoints,
)
from PIL import Image
from work_folders import digests, read_manifest

from vtour.errors import InputError
from vtour.files import write_json
from vtour.node_names import title_from_source
from vtour.publish.read import read_package
from vtour.schema.tour import Panorama
from vtour.tour.nodes import tiles_digest
from vtour.tour.package import build_package
from vtour.tour.validate import validate_package

# South of the box of work_folders, whose south side is z = 2; 'gate' looks east.
POINTS = [
    standpoint("yard", (0, 1, 8), sigma_m=0.02, sigma_deg=0.1),
    standpoint("gate", (0, 1, 12), rotation=turned(90), placed_by="gps", sigma_m=3.0),
]
PAIRS = [("yard", "gate")]


def packed(tmp_path, site_yaml=None, points=POINTS, **more):
    work = write_node_folder(tmp_path, points, site_yaml, pairs=PAIRS, **more)
    return build_package(work, work), work, read_manifest(work)


def test_a_site_of_panoramas_alone(tmp_path):
    report, work, tour = packed(tmp_path)

    found = validate_package(work.root)
    assert found.errors == []
    assert found.warnings == [
        "license: none, nobody may reuse this tour",
        "privacy: blur review not signed, and nothing was looked for or blurred",
    ]
    assert tour["models"] == []
    yard, gate = tour["nodes"]
    assert (yard["id"], yard["name"]) == ("yard", {"und": "Yard"})
    assert yard["pose"] == {
        "position": [0, 1, 8],
        "rotation": [0, 0, 0, 1],
        "sigma_m": 0.02,
        "sigma_deg": 0.1,
        "placed_by": "sfm",
    }
    assert yard["links"] == [{"to": "gate", "source": "sfm"}]
    assert gate["links"] == [{"to": "yard", "source": "sfm"}]
    assert tour["poster"] == {"uri": "panoramas/yard/base.webp", "width": 64, "height": 32}
    assert tour["start"]["node"] == "yard"
    assert not any("node" in text for text in report.warnings)


def test_model_and_panoramas(tmp_path):
    _, work, tour = packed(tmp_path, with_model=True)

    assert validate_package(work.root).errors == []
    assert [node["id"] for node in tour["nodes"]] == ["yard", "gate"]
    assert tour["poster"]["uri"] == "model/poster.webp"
    assert len(tour["models"][0]["derivatives"]) == 3


def test_tiles_are_under_one_digest_that_sha256sum_tells(tmp_path):
    _, work, tour = packed(tmp_path)

    node = tour["nodes"][0]["panorama"]
    assert set(tour["files"]) == {
        f"panoramas/{n}/{name}.webp" for n in ("yard", "gate") for name in ("base", "thumb")
    }
    tiles = [u for u in digests(work.package) if "/0/" in u or "/1/" in u]
    mine = sorted(uri for uri in tiles if uri.startswith("panoramas/yard/"))
    assert len(mine) == 2 * 1 + 4 * 2
    text = "".join(
        f"{hashlib.sha256((work.package / uri).read_bytes()).hexdigest()}  {uri}\n" for uri in mine
    )
    assert node["tiles_sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_tiles_are_served_and_nothing_else(tmp_path):
    _, work, tour = packed(tmp_path)
    package = read_package(work.package)
    (work.package / "panoramas/yard/1/4_0.webp").write_bytes(b"secret")

    tile = package.file("panoramas/yard/1/3_1.webp")
    assert tile.path.is_file() and tile.digest == tour["nodes"][0]["panorama"]["tiles_sha256"]
    for name in (
        "panoramas/yard/1/4_0.webp",  # a column that there is not
        "panoramas/yard/1/03_1.webp",
        "panoramas/yard/2/0_0.webp",
        "panoramas/yard/1/0_0.jpg",
        "panoramas/other/1/0_0.webp",
        "panoramas/yard/1/../1/0_0.webp",
        "panoramas/yard/1/\u0661_0.webp",  # a digit, but not ours
    ):
        assert package.file(name) is None


def test_names_order_and_start_of_site_yaml(tmp_path):
    site = (
        "id: box\nname: {vi: Hộp}\norder: [gate]\nstart: yard.jpg\n"
        "nodes: {panoramas/gate.jpg: {name: {vi: Cổng, en: Gate}}}\n"
        "tours:\n  - {id: walk, title: {vi: Dạo}, stops: [{node: gate.jpg}]}\n"
    )
    _, work, tour = packed(tmp_path, site)

    assert [(node["id"], node["name"]) for node in tour["nodes"]] == [
        ("gate", {"vi": "Cổng", "en": "Gate"}),
        ("yard", {"und": "Yard"}),
    ]
    assert tour["start"]["node"] == "yard"
    assert tour["tours"][0]["stops"][0]["node"] == "gate"
    assert validate_package(work.root).errors == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("start: yart\n", "start: 'yart' leads to nowhere, did you mean 'yard'?"),
        ("order: [x]\n", "order: 'x' leads to nowhere, expected a node: yard, gate"),
        ("nodes: {gat: {name: {vi: Cổng}}}\n", "nodes: 'gat' leads to nowhere, did you mean"),
        (
            "tours: [{id: walk, title: {vi: D}, stops: [{node: x}]}]\n",
            "tour walk: 'x' leads to nowhere",
        ),
    ],
)
def test_a_node_that_is_not_there(tmp_path, fields, said):
    with pytest.raises(InputError) as caught:
        packed(tmp_path, "id: box\n" + fields)

    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_the_start_looks_at_the_nearest_hotspot_else_at_the_middle(tmp_path):
    spots = "hotspots: [{id: a, at: {enu_m: [3, -8, 2]}, title: {vi: A}}]\n"
    _, _, tour = packed(tmp_path, "id: box\n" + spots)
    assert tour["start"]["target"] == [3, 2, 8]

    _, _, tour = packed(tmp_path / "b")
    assert tour["start"]["target"] == [0, 1, 10]  # level, towards the middle of the nodes

    nowhere = [standpoint("yard", (0, 0, 0), placed_by="order", rotation=turned(90))]
    _, _, tour = packed(tmp_path / "c", points=nowhere)
    np.testing.assert_allclose(tour["start"]["target"], [1, 0, 0], atol=1e-6)


HOTSPOT = "id: box\nhotspots: [{{id: a, at: {}, title: {{vi: A}}}}]\n"


@pytest.mark.parametrize(
    ("at", "with_model", "position", "said"),
    [
        # yard looks north: the box's south side is at z = 2, 6 m ahead.
        ("{panorama: yard, yaw_deg: 0, pitch_deg: 0}", True, [0, 1, 2], ""),
        # gate looks east, so north is 90 degrees to its left: 10 m to the box.
        ("{panorama: gate.jpg, yaw_deg: -90, pitch_deg: 0}", True, [0, 1, 2], ""),
        (
            "{panorama: gate, yaw_deg: 90, pitch_deg: 45, distance_m: 2}",
            True,
            [0, 1 + math.sqrt(2), 12 + math.sqrt(2)],
            "",
        ),
        # Nothing there: half the way to the next node.
        ("{panorama: yard, yaw_deg: 90, pitch_deg: 0}", False, [2, 1, 8], "put 2 m from yard"),
    ],
)
def test_a_hotspot_in_a_direction_of_a_panorama(tmp_path, at, with_model, position, said):
    report, work, tour = packed(tmp_path, HOTSPOT.format(at), with_model=with_model)

    np.testing.assert_allclose(tour["hotspots"][0]["position"], position, atol=1e-5)
    assert any("nothing is met" in text and said in text for text in report.warnings) == bool(said)
    assert validate_package(work.root).errors == []


def test_a_hotspot_uses_the_panorama_as_captured_and_the_node_the_levelled_one(tmp_path):
    points = [standpoint("yard", (0, 1, 8), rotation=[math.sin(0.1), 0, 0, math.cos(0.1)])]
    work = write_node_folder(
        tmp_path,
        points,
        HOTSPOT.format("{panorama: yard, yaw_deg: 0, pitch_deg: 0, distance_m: 1}"),
    )
    write_masters(work, {"yard": [0, 0, 0, 1]})
    build_package(work, work)
    tour = read_manifest(work)

    assert tour["nodes"][0]["pose"]["rotation"] == [0, 0, 0, 1]
    # Turned up by 0.2 rad about +X: forward rises.
    np.testing.assert_allclose(
        tour["hotspots"][0]["position"], [0, 1 + math.sin(0.2), 8 - math.cos(0.2)], atol=1e-5
    )


def test_a_node_without_tiles_is_left_out_with_its_links(tmp_path):
    work = write_node_folder(tmp_path, POINTS, pairs=PAIRS)
    listed = {"panoramas": {"yard": panorama_fields("yard")}}
    write_json(work.tiles / "tiles.json", listed)
    report = build_package(work, work)
    (node,) = read_manifest(work)["nodes"]

    assert (node["id"], node["links"]) == ("yard", [])
    assert "node 'gate' left out: it has no tiles" in report.warnings


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda w: (w.tiles / "tiles.json").unlink(), "expected the pyramid stage to have run"),
        (lambda w: (w.masters / "masters.json").unlink(), "expected the master stage to have run"),
        (lambda w: (w.tiles / "tiles.json").write_text("{"), "JSON: Invalid JSON"),
        (lambda w: (w.masters / "masters.json").write_text('{"masters": [1]}'), "masters.0: "),
        (
            lambda w: (w.tiles / "yard/1/0_0.webp").unlink(),
            "0_0.webp: not found, expected the tile",
        ),
        (lambda w: write_standpoints(w, POINTS[:1] * 2), "node id 'yard' is used twice"),
        (
            lambda w: write_json(
                w.tiles / "tiles.json",
                {"panoramas": {"yard": {**panorama_fields("yard"), "base": "../x.webp"}}},
            ),
            "panoramas.yard.base: String should match",
        ),
        (lambda w: w.standpoints.write_text("{}{"), "expected standpoints"),
    ],
)
def test_what_is_missing_or_damaged_is_said_in_one_line(tmp_path, damage, said):
    work = write_node_folder(tmp_path, POINTS, pairs=PAIRS)
    damage(work)
    with pytest.raises(InputError) as caught:
        build_package(work, work)

    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    _, work, _ = packed(tmp_path)
    first = digests(work.package)
    build_package(work, work)

    assert digests(work.package) == first


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("panoramas/sân_trước.jpg", "Sân trước"),
        ("panoramas/Cổng-chính.JPG", "Cổng chính"),
        ("panoramas/hall", "Hall"),
        ("panoramas/R0010024.jpg", "R0010024"),
    ],
)
def test_a_name_from_a_file(source, title):
    assert title_from_source(source) == title


def test_the_digest_of_no_tiles_is_that_of_nothing():
    assert tiles_digest([]) == hashlib.sha256(b"").hexdigest()


def test_every_tile_of_the_largest_grid_is_known():
    fields = panorama_fields("a") | {"levels": [{"width": 65536, "cols": 128, "rows": 64}]}
    panorama = Panorama.model_validate(fields)

    assert panorama.has_tile("panoramas/a/0/127_63.webp")
    assert not panorama.has_tile("panoramas/a/0/128_63.webp")
    assert json.loads(json.dumps(panorama.to_json()))["levels"][0]["cols"] == 128


def test_thumb_and_base_are_pictures(tmp_path):
    _, work, tour = packed(tmp_path)

    for node in tour["nodes"]:
        with Image.open(work.package / node["panorama"]["base"]) as base:
            assert base.size == (64, 32)
