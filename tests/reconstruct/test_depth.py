import errno
import json
import shutil
from contextlib import contextmanager

import numpy as np
import pycolmap
import pytest
from dense_work import CENTRES, DENSE, NAMES, work_folder
from PIL import Image
from stereo_scene import SIZE, rendered

from vtour.errors import CaptureError, ResourceError
from vtour.files import tree_digest, unfinished_files
from vtour.progress import no_progress
from vtour.reconstruct import depthmaps
from vtour.reconstruct.dense_workspace import GEOMETRIC
from vtour.reconstruct.depth import (
    DepthOptions,
    compute_depth_maps,
    mask_maps,
    prepare_workspace,
)
from vtour.reconstruct.depthmaps import read_map
from vtour.reconstruct.fuse import fuse_depth_maps
from vtour.workspace import Workspace

OPTIONS = DepthOptions(depth_px=160, speckle_px=20)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return work_folder(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def done(work):
    out = Workspace(work.root.parent / "out")
    return out, compute_depth_maps(work, out, OPTIONS)


def test_depths_and_normals_are_those_of_the_scene(done):
    out, _ = done
    photo = rendered(CENTRES[0])
    depth = read_map(out.depth / "stereo" / "depth_maps" / f"{DENSE[0]}.geometric.bin")
    normal = read_map(out.depth / "stereo" / "normal_maps" / f"{DENSE[0]}.geometric.bin")
    known = depth > 0
    error = np.abs(depth - photo.depth)[known] / photo.depth[known]

    assert known.mean() > 0.7
    assert np.mean(error < 0.01) > 0.97
    cosine = np.sum(normal * photo.normal, axis=-1)[known]
    assert np.median(np.degrees(np.arccos(np.clip(cosine, -1, 1)))) < 6


def test_workspace_is_one_that_colmap_reads(done):
    out, _ = done
    model = pycolmap.Reconstruction(str(out.depth / "sparse"))
    names = sorted(image.name for image in model.images.values())
    listed = (out.depth / "stereo" / "fusion.cfg").read_text(encoding="utf-8").splitlines()

    assert names == listed == DENSE
    assert all((out.depth / "images" / name).is_file() for name in names)
    assert {camera.model.name for camera in model.cameras.values()} == {"PINHOLE"}
    assert not list(out.depth.rglob("*.photometric.bin"))


def test_report_says_what_was_found(done):
    _, report = done

    assert report.details["images"] == dict(zip(DENSE, NAMES, strict=True))
    assert report.measures["depth_maps"].value == 4
    assert 0.6 < report.measures["depth_completeness"].value <= 1
    assert set(report.details["completeness"]) == set(NAMES)
    assert report.measures["depth_time_per_megapixel"].value > 0


def test_second_run_computes_nothing(work, done, monkeypatch):
    out, _ = done
    before = tree_digest(out.depth)
    monkeypatch.setattr("vtour.reconstruct.depth.photometric_planes", None)
    monkeypatch.setattr("vtour.reconstruct.depth.geometric_planes", None)

    compute_depth_maps(work, out, OPTIONS)

    assert tree_digest(out.depth) == before


@pytest.mark.parametrize("stopped_at", ["undistort", "photometric", "refined", "geometric"])
def test_stopped_run_goes_on_to_the_same_bytes(work, done, tmp_path, stopped_at):
    out = Workspace(tmp_path / "out")

    def stop(share, note=""):
        if note == f"{stopped_at} {NAMES[2]}":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_depth_maps(work, out, OPTIONS, stop)
    report = compute_depth_maps(work, out, OPTIONS)

    assert tree_digest(out.depth) == tree_digest(done[0].depth)
    is_measured = "depth_time_per_megapixel" in report.measures
    assert is_measured == (stopped_at == "undistort")  # later, the first run did part of it


@pytest.mark.parametrize("full_at", [0, 3, 9])
def test_a_full_disk_is_one_line_and_the_run_goes_on(work, done, tmp_path, monkeypatch, full_at):
    """The disk takes ``full_at`` maps, then half of one more."""
    out, written = Workspace(tmp_path / "out"), []
    real = depthmaps.replacing

    @contextmanager
    def filling(path):
        with real(path) as temporary:
            written.append(path)
            if len(written) > full_at:
                temporary.write_bytes(b"half a map")
                raise OSError(errno.ENOSPC, "No space left on device")
            yield temporary

    monkeypatch.setattr(depthmaps, "replacing", filling)
    with pytest.raises(ResourceError, match=r"\.bin: disk full, free some space and run again"):
        compute_depth_maps(work, out, OPTIONS)
    left = [path for path in out.depth.rglob("*.bin") if "maps" in path.parent.name]
    assert len(left) == full_at and not unfinished_files(out.depth)

    monkeypatch.setattr(depthmaps, "replacing", real)
    compute_depth_maps(work, out, OPTIONS)
    assert tree_digest(out.depth) == tree_digest(done[0].depth)


def test_a_cut_map_is_computed_again(work, done, tmp_path):
    out = Workspace(tmp_path / "out")
    shutil.copytree(done[0].depth, out.depth)
    damaged = out.depth / "stereo" / "depth_maps" / f"{DENSE[3]}.geometric.bin"
    damaged.write_bytes(damaged.read_bytes()[:1000])

    compute_depth_maps(work, out, OPTIONS)

    assert tree_digest(out.depth) == tree_digest(done[0].depth)


def test_photos_may_have_any_name(tmp_path):
    """Signs that lists do not take, one name with ``.jpg`` and without, the longest name."""
    odd = " 12:30 back\\slash\nline.tif"
    names = [odd, f"{odd}.jpg", f"photos/{'n' * 251}.jpg", "photos/-.jpg"]
    work = work_folder(tmp_path, names=names)
    out = Workspace(tmp_path / "out")

    report = compute_depth_maps(work, out, OPTIONS)
    fused = fuse_depth_maps(out, out)

    assert set(report.details["completeness"]) == set(names)
    assert fused.measures["dense_points"].value > 1000


def test_photos_without_common_points_are_an_error(tmp_path):
    with pytest.raises(CaptureError, match="no photo shares enough sparse points"):
        compute_depth_maps(work_folder(tmp_path, points=3), Workspace(tmp_path / "out"), OPTIONS)


def test_nothing_is_found_where_a_mask_is_black(tmp_path):
    work = work_folder(tmp_path)
    mask = np.full(SIZE[::-1], 255, np.uint8)
    mask[:, : SIZE[0] // 2] = 0
    Image.fromarray(mask).save(work.captures / "photos" / "a b" / "ảnh 1.mask.png")
    inventory = json.loads(work.inventory.read_text())
    inventory["files"][0] |= {"width_px": SIZE[0], "height_px": SIZE[1]}
    name = "photos/a b/ảnh 1.mask.png"
    inventory["files"].append({**inventory["files"][0], "path": name, "kind": "mask"})
    work.inventory.write_text(json.dumps(inventory))
    out = Workspace(tmp_path / "out")

    compute_depth_maps(Workspace(work.root, captures=work.captures), out, OPTIONS)

    depth = read_map(out.depth / "stereo" / "depth_maps" / f"{DENSE[0]}.geometric.bin")
    assert not depth[:, : SIZE[0] // 2].any()
    assert (depth[:, SIZE[0] // 2 :] > 0).mean() > 0.6

    # as maps that a graphics card has made, which knows no masks
    desk = prepare_workspace(work, out, OPTIONS, no_progress)
    first = next(image_id for image_id in desk.matched if desk.name(image_id) == DENSE[0])
    everywhere = np.ones((*depth.shape, 3), np.float32)
    desk.write_maps(first, GEOMETRIC, everywhere[..., 0], everywhere)
    mask_maps(desk)
    left, _ = desk.read_maps(first, GEOMETRIC)
    assert not left[:, : SIZE[0] // 2 - 1].any() and left[:, SIZE[0] // 2 + 1 :].all()
