import json

import numpy as np
import pytest

from vtour.frames import matrix_from_columns, transform_points, world_from_tileset
from vtour.scan.tiling import tileset
from vtour.scan.tiling.buckets import Grid
from vtour.scan.tiling.tileset import (
    Tile,
    tree_of,
    write_tileset,
)
from vtour.schema.world import Anchor, North, Scale, World
from vtour.tileset import root_transform

GRID = Grid((0.0, 0.0, 0.0), 16.0, 4)  # cells of one metre


def tile(level, prefix, low=(0, 0, 0), high=(0, 0, 0), count=1):
    return Tile(level, prefix, count, np.array(low), np.array(high))


def world(**changes):
    identity = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    values = {
        "scale": "metric", "scale_source": "scan", "north": "true", "up": "measured",
        "anchor": Anchor(lat=21.85, lon=106.75, height_m=260.0), "world_from_sfm": identity,
    }  # fmt: skip
    return World(**(values | changes))


def written(folder, root, transform=None):
    write_tileset(folder, root, GRID, 2, transform, {"points": 3})
    return json.loads((folder / "tileset.json").read_text())


def test_east_up_and_north_of_the_tileset_are_those_of_the_world():
    world_from_local = matrix_from_columns(world_from_tileset())
    east, north, up = transform_points(world_from_local, np.eye(3))
    assert (east.tolist(), north.tolist(), up.tolist()) == ([1, 0, 0], [0, 0, -1], [0, 1, 0])


def test_the_root_transform_is_that_of_proj():
    pyproj = pytest.importorskip("pyproj")
    topocentric = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=topocentric +ellps=WGS84 "
        "+lon_0=106.75 +lat_0=21.85 +h_0=260"
    )
    local = np.array([[0.0, 0, 0], [500, 0, 0], [0, 500, 0], [3, -4, 25]])
    expected = np.stack(topocentric.transform(*local.T), -1)
    ecef_from_local = matrix_from_columns(root_transform(world()))
    np.testing.assert_allclose(transform_points(ecef_from_local, local), expected, atol=1e-6)


@pytest.mark.parametrize(
    "changes", [{"anchor": None}, {"north": North.unknown}, {"scale": Scale.unknown}]
)
def test_there_is_no_root_transform_where_the_earth_is_not_known(changes):
    assert root_transform(world(**changes)) is None


def test_a_tile_is_named_by_its_place_along_the_worlds_axes():
    assert tile(0, 0).name() == "0/0_0_0"
    assert tile(2, 0b110_001).name() == "2/1_2_2"  # x: 0,1; y: 1,0; z: 1,0


def test_a_tile_hangs_on_the_nearest_one_above_and_boxes_hold_what_is_below():
    root = tree_of(
        [tile(3, 0o123, (9, 9, 9), (9, 10, 9)), tile(1, 0o1, (4, 4, 4), (5, 5, 5)), tile(0, 0)], 4
    )
    (child,) = root.children
    (grandchild,) = child.children
    assert (child.level, grandchild.level, root.size) == (1, 3, 3)
    assert (child.low.tolist(), child.high.tolist()) == ([4, 4, 4], [9, 10, 9])
    assert (root.low.tolist(), root.high.tolist()) == ([0, 0, 0], [9, 10, 9])


def test_a_box_is_z_up_and_holds_whole_cells(tmp_path):
    # places x 0..1, y (up) 2..3, z (south) 5: metres 0..2, 2..4, 5..6; north is minus south
    found = written(tmp_path, tile(0, 0, (0, 2, 5), (1, 3, 5)))
    assert found["root"]["boundingVolume"]["box"] == [
        1, -5.5, 3,  1, 0, 0,  0, 0.5, 0,  0, 0, 1,
    ]  # fmt: skip


def test_the_error_of_a_tile_is_the_spacing_it_leaves_and_none_for_a_leaf(tmp_path):
    # 16 m on a grid of 4 cells an edge: 4 m; the next level half of that
    tiles = [tile(0, 0), tile(1, 0), tile(2, 0)]
    found = written(tmp_path, tree_of(tiles, 4))["root"]
    errors = [found["geometricError"]]
    while "children" in found:
        (found,) = found["children"]
        errors.append(found["geometricError"])
    assert errors == [4.0, 2.0, 0.0]


def test_many_tiles_are_cut_into_several_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tileset, "MANY_TILES", 5)
    monkeypatch.setattr(tileset, "FILE_TILES", 3)
    tiles = [tile(0, 0), tile(1, 0), tile(1, 1), *(tile(2, n) for n in (0, 1, 8))]
    found = written(tmp_path, tree_of(tiles, 4))["root"]
    assert [c["content"]["uri"] for c in found["children"]] == ["1/0_0_0.json", "1/1_0_0.json"]
    assert [c["geometricError"] for c in found["children"]] == [found["geometricError"]] * 2
    inside = json.loads((tmp_path / "1" / "0_0_0.json").read_text())["root"]
    assert inside["content"]["uri"] == "0_0_0.glb"
    assert [c["content"]["uri"] for c in inside["children"]] == ["../2/0_0_0.glb", "../2/1_0_0.glb"]


def test_the_transform_and_what_is_told_of_the_whole_are_written(tmp_path):
    found = written(tmp_path, tile(0, 0), root_transform(world()))
    assert len(found["root"]["transform"]) == 16
    assert (found["asset"]["version"], found["extras"]) == ("1.1", {"points": 3})
    assert found["geometricError"] > found["root"]["geometricError"]
