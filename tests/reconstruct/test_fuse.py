import numpy as np
import pycolmap
import pytest
from dense_work import CENTRES, DENSE, sparse_model
from PIL import Image
from stereo_scene import BALL, WALL, rendered

from vtour.errors import CaptureError, InputError
from vtour.reconstruct.depthmaps import write_map
from vtour.reconstruct.fuse import FuseOptions, fuse_depth_maps
from vtour.reconstruct.points import OrientedPoints, isolated, read_points, write_points
from vtour.workspace import Workspace

MIDDLE, RADIUS = np.array(BALL[0]), BALL[1]


@pytest.fixture
def work(tmp_path):
    """A dense workspace with the exact depths of a ball before a wall."""
    work = Workspace(tmp_path / "work")
    photos = [rendered(centre, planes=(WALL,)) for centre in CENTRES]
    model = sparse_model(photos, 20, DENSE)
    (work.depth / "sparse").mkdir(parents=True)
    model.write(str(work.depth / "sparse"))
    for name, photo in zip(DENSE, photos, strict=True):
        path = work.depth / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo.view.grey).convert("RGB").save(path)
        for kind, values in (("depth", photo.depth), ("normal", photo.normal)):
            target = work.depth / "stereo" / f"{kind}_maps" / f"{name}.geometric.bin"
            write_map(target, values.astype(np.float32))
    (work.depth / "stereo" / "fusion.cfg").write_text("\n".join(DENSE) + "\n", encoding="utf-8")
    return work


def sphere_through(points):
    """Centre (3,) and radius by linear least squares: |p|^2 = 2 p.c + (r^2 - |c|^2)."""
    left = np.column_stack([2 * points, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(left, np.sum(points**2, axis=1), rcond=None)
    return solution[:3], np.sqrt(solution[3] + solution[:3] @ solution[:3])


def test_ball_is_where_it_was(work, tmp_path):
    out = Workspace(tmp_path / "out")
    report = fuse_depth_maps(work, out)
    cloud = read_points(out.fused)
    ball = np.linalg.norm(cloud.positions - MIDDLE, axis=1) < RADIUS * 1.2
    middle, radius = sphere_through(cloud.positions[ball].astype(np.float64))

    assert report.measures["dense_points"].value == len(cloud) > 3000
    # half a pixel is 0.5 / 160 * 3.4 = 0.011
    np.testing.assert_allclose(middle, MIDDLE, atol=0.0025)
    assert radius == pytest.approx(RADIUS, abs=0.003)
    outward = (cloud.positions[ball] - MIDDLE) / RADIUS
    assert np.median(np.sum(outward * cloud.normals[ball], axis=1)) > 0.99


def test_two_runs_give_the_same_bytes(work, tmp_path):
    outs = [Workspace(tmp_path / name) for name in ("a", "b")]
    for out in outs:
        fuse_depth_maps(work, out)

    assert outs[0].fused.read_bytes() == outs[1].fused.read_bytes()
    assert [path.name for path in outs[0].fused.parent.iterdir()] == ["fused.ply"]


def test_too_few_points_are_an_error_and_no_file(work, tmp_path):
    for path in (work.depth / "stereo" / "depth_maps").rglob("*.bin"):
        write_map(path, np.zeros((120, 160), np.float32))

    with pytest.raises(CaptureError, match="agree on 0 points"):
        fuse_depth_maps(work, Workspace(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_point_alone_is_dropped(work, tmp_path):
    grid = np.stack(np.meshgrid(np.arange(20), np.arange(20), [0]), axis=-1).reshape(-1, 3)
    positions = np.vstack([grid, [[10, 10, 40]]]).astype(np.float32)

    lonely = isolated(positions, factor=3.0)

    assert lonely[-1]
    assert not lonely[:-1].any()


def test_thinner_sampling_farther_away_is_no_reason_to_drop():
    near = np.stack(np.meshgrid(np.arange(20), np.arange(20), [0]), axis=-1).reshape(-1, 3)
    far = near * 10 + [0, 0, 500]

    assert not isolated(np.vstack([near, far]).astype(np.float32), factor=3.0).any()


def test_points_come_back_as_written(tmp_path):
    points = OrientedPoints(
        np.array([[1, 2, 3]], np.float32),
        np.array([[0, 1, 0]], np.float32),
        np.array([[9, 8, 7]], np.uint8),
    )
    write_points(tmp_path / "a.ply", points)
    back = read_points(tmp_path / "a.ply")

    assert back.positions.tolist() == [[1, 2, 3]]
    assert back.normals.tolist() == [[0, 1, 0]]
    assert back.colours.tolist() == [[9, 8, 7]]


def test_cut_cloud_is_an_error(tmp_path):
    (tmp_path / "a.ply").write_bytes(b"ply\nformat ascii 1.0\nend_header\n")

    with pytest.raises(InputError, match="another header"):
        read_points(tmp_path / "a.ply")


def test_options_reject_what_cannot_be():
    from vtour.errors import OptionError

    with pytest.raises(OptionError, match="min_views=0"):
        FuseOptions(min_views=0)
    assert pycolmap.has_cuda in (True, False)
