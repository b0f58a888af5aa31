"""Cameras solved from made matches; refusals in one line."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pycolmap
import pytest
from PIL import Image

from vtour.errors import CaptureError
from vtour.files import tree_digest
from vtour.panorama_sources import PanoramaSource
from vtour.reconstruct.parallax import has_depth
from vtour.reconstruct.registration import MatchGraph
from vtour.reconstruct.sfm_images import SfmImage
from vtour.reconstruct.sparse import SparseOptions, check_enough, solve_cameras
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.workspace import Workspace

OPTIONS = SparseOptions()
RED, GREEN = (200, 0, 0), (0, 200, 0)
RED_AND_GREEN = np.zeros((120, 160, 3), np.uint8)  # half the size that the cameras have
RED_AND_GREEN[:, :80], RED_AND_GREEN[:, 80:] = RED, GREEN


def synthesised(root, frames=8):
    """A workspace whose database holds exact matches of random points; and its truth."""
    work = Workspace(root / "work", root / "captures")
    work.features.mkdir(parents=True)
    (work.captures / "photos").mkdir(parents=True)
    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs, options.num_cameras_per_rig = 1, 1
    options.num_frames_per_rig, options.num_points3D = frames, 200
    options.camera_width, options.camera_height = 320, 240
    options.camera_params = [400.0, 160.0, 120.0, 0.0]
    options.camera_has_prior_focal_length = True
    pycolmap.set_random_seed(1)
    with pycolmap.Database.open(work.database) as database:
        truth = pycolmap.synthesize_dataset(options, database)
    names = sorted(image.name for image in truth.images.values())
    write_inventory(work, names)
    return work, truth


def write_inventory(work, names):
    files = []
    for name in names:
        (work.captures / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RED_AND_GREEN).save(work.captures / name, "PNG")
        files.append(
            CaptureFile(
                path=name,
                kind=FileKind.photo,
                status=FileStatus.used,
                bytes=1,
                sha256="",
                width_px=320,
                height_px=240,
            )
        )
    inventory = Inventory(site_id="made", layout="standard", files=files)
    work.inventory.write_text(inventory.model_dump_json())


def centres_of(model, names):
    return np.array([model.find_image_with_name(name).projection_center() for name in names])


def test_cameras_stand_where_they_stood(tmp_path):
    work, truth = synthesised(tmp_path)
    report = solve_cameras(work, work)

    model = pycolmap.Reconstruction(work.sfm)
    names = sorted(image.name for image in truth.images.values())
    assert report.measures["photos_registered"].value == len(names) == 8
    assert report.measures["components"].value == 1
    assert report.warnings == []
    ours, theirs = centres_of(model, names), centres_of(truth, names)
    apart = [np.linalg.norm(c[:, None] - c[None], axis=2) for c in (ours, theirs)]
    ratios = (apart[0] / np.maximum(apart[1], 1e-9))[np.triu_indices(8, 1)]
    assert np.ptp(ratios) / ratios.mean() < 1e-3


def test_points_get_the_colour_of_the_photos(tmp_path):
    work, _ = synthesised(tmp_path)
    solve_cameras(work, work)
    model = pycolmap.Reconstruction(work.sfm)
    both = 0
    for point in model.points3D.values():
        seen = [
            model.images[e.image_id].points2D[e.point2D_idx].xy[0] for e in point.track.elements
        ]
        greens = sum(x >= 160 for x in seen)
        share = greens / len(seen)
        both += 0 < share < 1
        assert list(point.color) == pytest.approx([200 * (1 - share), 200 * share, 0], abs=1)
    assert both > 20


def test_photos_may_have_any_name(tmp_path):
    work, truth = synthesised(tmp_path)
    odd = [" a.jpg", "12:30.jpg", "back\\slash.jpg", "new\nline.jpg", "x.tif", "x.tif.jpg"]
    odd += [f"photos/{'n' * 251}.jpg", "'; --.jpg"]
    with pycolmap.Database.open(work.database) as database:
        for name, image in zip(odd, truth.images.values(), strict=True):
            database.update_image(pycolmap.Image(name, image_id=image.image_id, camera_id=1))
    write_inventory(work, sorted(odd))
    report = solve_cameras(work, work)

    assert report.measures["photos_registered"].value == 8
    model = pycolmap.Reconstruction(work.sfm)
    assert {image.name for image in model.images.values()} == set(odd)


def test_the_same_bytes_again(tmp_path):
    work, _ = synthesised(tmp_path)
    first, second = (Workspace(tmp_path / name, work.captures) for name in ("one", "two"))
    solve_cameras(work, first)
    solve_cameras(work, second)
    assert tree_digest(first.sfm) == tree_digest(second.sfm)


def test_a_photo_without_matches_is_named(tmp_path):
    work, _ = synthesised(tmp_path)
    with pycolmap.Database.open(work.database) as database:
        image = pycolmap.Image(name="lonely.png", camera_id=1, image_id=99)
        database.write_image(image, use_image_id=True)
        frame = pycolmap.Frame(frame_id=99, rig_id=1)
        frame.add_data_id(image.data_id)
        database.write_frame(frame, use_frame_id=True)
    names = [file.path for file in work.files.usable_photos()]
    write_inventory(work, sorted([*names, "lonely.png"]))
    work = Workspace(work.root, work.captures)  # the inventory is read once
    report = solve_cameras(work, work)
    assert report.measures["photos_registered"].value == 8
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith("lonely.png: not registered, ")


def test_two_photos_are_too_few(tmp_path):
    work, _ = synthesised(tmp_path, frames=2)
    with pytest.raises(CaptureError, match="2 usable photos: expected at least 3"):
        solve_cameras(work, work)


def graph(count, flat=False):
    names = [f"{n}.jpg" for n in range(count)]
    pairs = dict.fromkeys(pairwise(names), 100)
    return names, MatchGraph(dict.fromkeys(names, 1000), pairs, set(pairs) if flat else set())


def as_images(names):
    return [SfmImage(name) for name in names]


def test_too_few_solved_photos_are_refused_in_one_line():
    names, matches = graph(10)
    check_enough(
        as_images(names), {"0.jpg", "1.jpg", "2.jpg"}, matches, OPTIONS
    )  # 3 of 10 are enough
    with pytest.raises(CaptureError) as error:
        check_enough(as_images(names), {"0.jpg", "1.jpg"}, matches, OPTIONS)
    message = str(error.value)
    assert "10 photos: only 2 could be solved together (0.jpg, 1.jpg), not 2.jpg" in message
    assert "60 %" in message and "\n" not in message


def test_five_of_a_thousand_photos_are_refused_in_one_short_line():
    names = [f"photos/a rather long name of a photo {n:04}.jpg" for n in range(1000)]
    matches = MatchGraph(dict.fromkeys(names, 1000), dict.fromkeys(pairwise(names[:5]), 100))
    with pytest.raises(CaptureError) as error:
        check_enough(as_images(names), set(names[:5]), matches, OPTIONS)
    message = str(error.value)
    assert message.startswith("1000 photos: only 5 could be solved together (")
    assert "and 987 more; take photos" in message
    assert "\n" not in message
    assert len(message) < 1000


def test_photos_that_match_nothing_do_not_throw_panoramas_away():
    photos = as_images(f"photos/{n}.jpg" for n in range(20))
    spheres = [
        SfmImage(f"panoramas/{n}.jpg", panorama=PanoramaSource(
            id=str(n), name=f"panoramas/{n}.jpg", path=Path(), width_px=2, height_px=1,
            sha256="", gpano={},
        ))
        for n in range(3)
    ]  # fmt: skip
    photos = [replace(one, photo=one.panorama or FAKE) for one in photos]
    _, matches = graph(3)
    check_enough(photos + spheres, {"panoramas/0.jpg", "panoramas/1.jpg"}, matches, OPTIONS)
    with pytest.raises(CaptureError, match="23 images: "):
        check_enough(photos + spheres, {"panoramas/0.jpg"}, matches, OPTIONS)


FAKE = CaptureFile(path="a", kind=FileKind.photo, status=FileStatus.used, bytes=1, sha256="")


@pytest.mark.parametrize(
    ("count", "known", "flat", "said"),
    [
        (4, 4, False, "4 photos: none could be solved, although they overlap; take photos"),
        (4, 4, True, "although they overlap; they look turned on the spot"),
        (4, 6, False, "6 photos: none could be solved, only 4 overlap"),
        (0, 3, False, "3 photos: no two overlap enough; take photos"),
    ],
)
def test_no_solved_photo_is_told_by_what_overlaps(count, known, flat, said):
    _, matches = graph(count, flat)
    with pytest.raises(CaptureError, match=said.replace("(", r"\(")):
        check_enough(as_images(f"{n}.jpg" for n in range(known)), set(), matches, OPTIONS)


def model_seen_from(centres, count=60):
    """A model of points 10 units ahead that all photos see."""
    model = pycolmap.Reconstruction()
    model.add_camera_with_trivial_rig(
        pycolmap.Camera.create_from_model_name(1, "SIMPLE_PINHOLE", 300, 320, 240)
    )
    for number, x in enumerate(centres, start=1):
        image = pycolmap.Image(name=f"{number - 1}.jpg", camera_id=1, image_id=number)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D() for _ in range(count)])
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(), np.array([-x, 0, 0]))
        model.add_image_with_trivial_frame(image, pose)
    for index in range(count):
        track = pycolmap.Track()
        for number in range(1, len(centres) + 1):
            track.add_element(number, index)
        model.add_point3D(np.array([0.01 * index, 0, 10.0]), track, np.zeros(3, np.uint8))
    return model


def test_photos_turned_on_the_spot_have_no_depth():
    _, flat = graph(3, flat=True)
    _, deep = graph(3)
    on_the_spot = model_seen_from([0, 0.2, 0.4])  # 2.3 degrees at 10 units
    along_a_wall = model_seen_from([0, 2.0, 4.0])  # 22 degrees
    assert not has_depth(on_the_spot, flat)
    assert has_depth(on_the_spot, deep)
    assert has_depth(along_a_wall, flat)
    assert not has_depth(model_seen_from([0, 2.0, 4.0], count=20), deep)
