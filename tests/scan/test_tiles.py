import json

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.scan.tile_files import read_tile, walk
from vtour import threads
from vtour.clouds.store import StoreWriter, write_store
from vtour.errors import CaptureError
from vtour.files import tree_digest, write_json
from vtour.frames import matrix_from_columns, transform_points, world_from_tileset
from vtour.scan import tiles
from vtour.scan.tiles import TilesOptions, dense_spacing, depth_for, grey_range, tile_points
from vtour.scan.tiling import tileset
from vtour.scan.tiling.point_glb import LINEAR_255
from vtour.schema.world import Anchor, World
from vtour.workspace import Workspace

IDENTITY = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
NINE = [
    (8, 8, 8), (0, 0, 0), (2, 2, 2), (15, 15, 15),
    (24, 8, 8), (31, 0, 0),
    (24, 24, 24), (31, 31, 31), (16, 16, 16),
]  # fmt: skip


def workspace(root, xyz, anchor=None, **columns):
    work = Workspace(root / "work")
    write_store(work.scan_cloud, {"xyz": np.asarray(xyz, np.float32), **columns})
    world = World(
        scale="metric", scale_source="scan", north="true", up="measured", anchor=anchor,
        world_from_sfm=IDENTITY,
    )  # fmt: skip
    write_json(work.world, world.to_json())
    return work


def cut(root, xyz, options=tiles.TILES_DEFAULTS, **columns):
    """The folder of the tileset of a cloud, and the report."""
    out = Workspace(root / "out")
    report = tile_points(workspace(root, xyz, **columns), out, options)
    return out.point_tiles, report


@pytest.fixture
def small_tiles(monkeypatch):
    """Sizes that make many tiles, parts and files of a small cloud."""
    for name, value in {
        "GRID_BITS": 4, "LEAF_POINTS": 400, "FEW_POINTS": 40, "PART_POINTS": 3000,
    }.items():  # fmt: skip
        monkeypatch.setattr(tiles, name, value)
    monkeypatch.setattr(tileset, "MANY_TILES", 40)
    monkeypatch.setattr(tileset, "FILE_TILES", 20)
    monkeypatch.setattr("vtour.scan.tiling.buckets.CHUNK_POINTS", 4000)


def house(count, seed=2):
    """Points on a floor and two walls, 12 x 5 x 9 m, and their colours."""
    rng = np.random.default_rng(seed)
    xyz = rng.random((count, 3)) * [12, 5, 9]
    wall = rng.integers(0, 3, count)
    xyz[wall == 0, 1] = 0
    xyz[wall == 1, 0] = 12
    xyz[wall == 2, 2] = -1
    rgb = np.stack([xyz[:, 0] * 20, xyz[:, 1] * 50, xyz[:, 2] * 25 + 30], -1).astype(np.uint8)
    return xyz.astype(np.float32), rgb


def content(folder):
    """Positions and colours of all tiles together."""
    found = [read_tile(path) for _, _, path in walk(folder)]
    return tuple(np.concatenate([tile[name] for tile in found]) for name in ("POSITION", "COLOR_0"))


def corners(box):
    low, high = np.array(box[:3]), np.array(box[:3])
    half = np.abs(np.array(box[3:]).reshape(3, 3)).sum(axis=0)
    return low - half, high + half


def test_nine_points_become_the_tree_worked_out_by_hand(tmp_path, monkeypatch):
    # see test_octree; 31 m in two halves of 15.5 m, cells of 15.5 m on level 0
    for name, value in {"GRID_BITS": 1, "LEAF_POINTS": 2, "FEW_POINTS": 0}.items():
        monkeypatch.setattr(tiles, name, value)
    folder, report = cut(tmp_path, NINE)
    root = json.loads((folder / "tileset.json").read_text())["root"]
    assert root["extras"] == {"points": 3}
    assert root["geometricError"] == pytest.approx(15.5, abs=1e-4)
    first, second, third = root["children"]
    assert [c["content"]["uri"] for c in root["children"]] == [
        "1/0_0_0.glb", "1/1_0_0.glb", "1/1_1_1.glb",
    ]  # fmt: skip
    assert [c["extras"]["points"] for c in root["children"]] == [1, 1, 2]
    assert first["geometricError"] == pytest.approx(7.75, abs=1e-4)
    assert second["geometricError"] == third["geometricError"] == 0
    assert [c["content"]["uri"] for c in first["children"]] == ["2/0_0_0.glb", "2/1_1_1.glb"]
    assert report.measures["point_tiles"].value == 6
    np.testing.assert_allclose(
        read_tile(folder / "2" / "1_1_1.glb")["POSITION"], [[15, 15, 15]], atol=0.01
    )


def test_every_point_is_in_one_tile_where_it_was_in_its_colour(tmp_path, small_tiles):
    xyz, rgb = house(30_000)
    folder, report = cut(tmp_path, xyz, rgb=rgb)
    places, colours = content(folder)
    assert report.measures["point_tiles"].value > 60
    assert len(places) == len(xyz)
    distances, nearest = cKDTree(xyz).query(places)
    assert len(np.unique(nearest)) == len(xyz)
    assert distances.max() <= 0.0005 * np.sqrt(3) + 1e-6
    assert np.abs(colours[:, :3] - LINEAR_255[rgb[nearest]]).max() <= 1


def test_boxes_hold_what_is_below_them_and_errors_fall(tmp_path, small_tiles):
    folder, _ = cut(tmp_path, house(30_000)[0])
    count = 0
    for tile, parent, path in walk(folder):
        x, y, z = read_tile(path)["POSITION"].T
        local = np.stack([x, -z, y], -1)  # as a runtime turns glTF's y-up
        low, high = corners(tile["boundingVolume"]["box"])
        assert np.all(local >= low - 1e-6)
        assert np.all(local <= high + 1e-6)
        if parent:
            outer_low, outer_high = corners(parent["boundingVolume"]["box"])
            assert np.all(low >= outer_low - 2e-6)
            assert np.all(high <= outer_high + 2e-6)
            assert tile["geometricError"] < parent["geometricError"]
        assert (tile["geometricError"] == 0) == ("children" not in tile)
        count += 1
    assert len(list(folder.rglob("*.json"))) > 1
    assert count == len(list(folder.rglob("*.glb")))


def test_a_place_in_the_world_comes_out_of_the_tileset_again(tmp_path):
    # east 5, up 2, north 30
    folder, _ = cut(tmp_path, [(5, 2, -30)], anchor=Anchor(lat=10, lon=20, height_m=3))
    ((tile, _, path),) = walk(folder)
    assert "transform" in tile
    x, y, z = read_tile(path)["POSITION"][0]
    local = (x, -z, y)
    np.testing.assert_allclose(local, [5, 30, 2], atol=0.001)
    np.testing.assert_allclose(tile["boundingVolume"]["box"][:3], [5, 30, 2], atol=0.001)
    world = transform_points(matrix_from_columns(world_from_tileset()), [local])
    np.testing.assert_allclose(world, [[5, 2, -30]], atol=0.001)


def test_bytes_are_the_same_with_one_thread_and_with_two(tmp_path, small_tiles, monkeypatch):
    xyz, rgb = house(30_000)
    found = []
    for count in (1, 2, 3):
        monkeypatch.setattr(threads, "worker_count", lambda count=count: count)
        found.append(tree_digest(cut(tmp_path / str(count), xyz, rgb=rgb)[0]))
    assert found[0] == found[1] == found[2]


def test_a_dense_spot_in_a_wide_cloud_is_cut_further(tmp_path, small_tiles):
    xyz = np.concatenate([house(8000)[0] * 0.004, [[0, 0, 90]]])
    folder, _ = cut(tmp_path, xyz)
    places = content_positions(folder)
    assert len(places) == len(xyz)
    assert cKDTree(xyz).query(places)[0].max() < 0.001
    assert cKDTree(places).query(xyz)[0].max() < 0.001
    assert not list(folder.glob(".*"))


def content_positions(folder):
    return np.concatenate([read_tile(path)["POSITION"] for _, _, path in walk(folder)])


def test_points_at_one_place_are_kept(tmp_path, small_tiles):
    folder, _ = cut(tmp_path, [[1, 2, 3]] * 5000)
    np.testing.assert_allclose(content_positions(folder), [[1, 2, 3]] * 5000, atol=0.001)


def test_a_single_point_is_a_tileset(tmp_path):
    folder, report = cut(tmp_path, [[1, 2, 3]])
    assert report.measures["point_tiles"].value == 1
    np.testing.assert_allclose(content_positions(folder), [[1, 2, 3]], atol=0.001)


def test_a_flat_cloud_has_boxes_with_a_height(tmp_path, small_tiles):
    xyz = house(5000)[0] * [1, 0, 1]
    folder, _ = cut(tmp_path, xyz)
    assert len(content_positions(folder)) == 5000
    for tile, _, _ in walk(folder):
        assert tile["boundingVolume"]["box"][11] > 0


def test_a_site_of_a_kilometre_can_be_a_millimetre_precise(tmp_path, small_tiles):
    xyz = (np.random.default_rng(3).random((3000, 3)) * [1000, 40, 1000]).astype(np.float32)
    folder, _ = cut(tmp_path, xyz, TilesOptions(precision_m=0.001))
    places = content_positions(folder)
    nearest = cKDTree(xyz).query(places)[1]
    assert len(np.unique(nearest)) == len(xyz)
    assert np.abs(places - xyz[nearest]).max() <= 0.0005 + 1e-6


@pytest.mark.parametrize(("scale", "step_m"), [(0.01, 0.000015), (1, 0.001), (300, 0.1125)])
def test_points_are_rounded_to_a_millimetre_or_as_their_spacing_allows(scale, step_m):
    # a floor of 12 m, 500 points along each edge: 24 mm between them; 0.24 mm and 7 m when scaled
    cells = np.zeros((128, 128, 128))
    cells[:, 0, :] = (500 / 128) ** 2
    spacing = dense_spacing(cells.ravel(), 12.0 * scale)
    assert spacing == pytest.approx(0.024 * scale)
    depth = depth_for(spacing, 12.0 * scale, 0.0)
    assert step_m / 2**0.5 < 12 * scale / 2**depth <= step_m * 2**0.5


def test_normals_are_kept_when_asked_for(tmp_path):
    xyz, _ = house(100)
    normal = np.full((100, 3), [0, 127, 0], np.int8)
    kept, _ = cut(tmp_path / "a", xyz, TilesOptions(normals=True), normal=normal)
    ((_, _, path),) = walk(kept)
    assert np.array_equal(read_tile(path)["NORMAL"], normal)
    assert cut(tmp_path / "c", xyz, TilesOptions(normals=True))[1].warnings
    left, _ = cut(tmp_path / "b", xyz, normal=normal)
    ((_, _, path),) = walk(left)
    assert list(read_tile(path)) == ["POSITION"]


def test_intensity_is_grey_where_there_are_no_colours(tmp_path):
    xyz = np.stack([np.arange(1001), np.zeros(1001), np.zeros(1001)], -1)
    intensity = (np.arange(1001) * 10 + 20_000).astype(np.uint16)
    folder, _ = cut(tmp_path, xyz, intensity=intensity)
    places, colours = content(folder)
    grey = colours[np.argsort(places[:, 0])]
    assert np.array_equal(grey[:, 0], grey[:, 2])
    assert (grey[0, 0], grey[-1, 0]) == (0, 255)
    assert grey[500, 0] == pytest.approx(255 * 0.2140, abs=3)  # half of sRGB's range


def test_the_range_of_grey_leaves_out_rare_intensities():
    histogram = np.zeros(65536, np.int64)
    histogram[1000:2000] = 1000
    histogram[[0, 65535]] = 10
    assert grey_range(histogram) == pytest.approx((1005, 1994), abs=1)


def test_an_empty_cloud_is_an_error(tmp_path):
    work = workspace(tmp_path, np.zeros((1, 3)))
    with StoreWriter(work.scan_cloud):
        pass
    out = Workspace(tmp_path / "out")
    with pytest.raises(CaptureError, match="0 points"):
        tile_points(work, out)
    assert not out.point_tiles.exists()


def test_points_that_are_not_finite_are_an_error(tmp_path):
    with pytest.raises(CaptureError, match="1 of 2 points are not finite"):
        cut(tmp_path, [[0, 0, 0], [np.nan, 0, 0]])
