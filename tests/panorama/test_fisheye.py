"""Dual fisheyes: the lens file, and two half spheres to one."""

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from tests.panorama.rooms import photo_of, texture_sphere, write_photo
from vtour.errors import CaptureError, InputError
from vtour.panorama.fisheye import fisheye_views, read_lens_file, refine_views
from vtour.panorama.nodesets import sets_of
from vtour.panorama.stitch import stitch_node

LENS_TEXT = """# front
IMAGE:
RADIUS: 300
CENTER: 322 318
FOV: 200

# back
IMAGE: back.jpg
RADIUS: 304
CENTER: 318 321
FOV: 200
"""
SIZES = [(640, 640), (640, 640)]


@pytest.fixture
def lens_file(tmp_path):
    path = tmp_path / "lens_parameters.txt"
    path.write_text(LENS_TEXT)
    return path


def test_the_lens_file_is_read(lens_file):
    front, back = read_lens_file(lens_file)
    assert (front.radius_px, front.centre_px) == (300, (322, 318))
    assert np.degrees(back.fov) == pytest.approx(200)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("RADIUS: 304", ""), "no RADIUS"),
        (("FOV: 200", "FOV: wide"), "line 5: FOV 'wide'"),
        (("FOV: 200", "FOV: 20"), "FOV 20"),
        (("CENTER: 322 318", "CENTER: 322"), "CENTER '322', expected 2"),
        (("FOV: 200", "ZOOM: 3"), "ZOOM is unknown"),
    ],
)
def test_what_is_wrong_with_a_lens_file_is_one_line(lens_file, change, message):
    lens_file.write_text(LENS_TEXT.replace(*change, 1))
    with pytest.raises(InputError, match=message):
        read_lens_file(lens_file)


def test_one_lens_is_not_enough(lens_file):
    lens_file.write_text(LENS_TEXT.partition("# back")[0])
    with pytest.raises(InputError, match="1 lenses, expected 2"):
        read_lens_file(lens_file)


def test_the_front_looks_ahead_and_the_back_behind(lens_file):
    front, back = fisheye_views(read_lens_file(lens_file), SIZES)
    np.testing.assert_allclose(front.cam_from_pano @ [0, 0, -1], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(back.cam_from_pano @ [0, 0, 1], [0, 0, 1], atol=1e-12)
    for view in (front, back):  # y of the picture points down
        np.testing.assert_allclose(view.cam_from_pano @ [0, 1, 0], [0, -1, 0], atol=1e-12)


def taken(sphere, lens_file, turn_back):
    views = fisheye_views(read_lens_file(lens_file), SIZES)
    turns = [views[0].cam_from_pano.T, turn_back @ views[1].cam_from_pano.T]
    return views, [
        photo_of(sphere, view.lens, turn) for view, turn in zip(views, turns, strict=True)
    ]


def test_a_lens_that_sits_askew_is_found(lens_file):
    askew = Rotation.from_euler("XYZ", [0.6, -0.9, 1.2], degrees=True).as_matrix()
    views, pictures = taken(texture_sphere(), lens_file, askew)
    refined = refine_views(views, pictures)
    found = refined.views[1].cam_from_pano.T @ views[1].cam_from_pano
    off = Rotation.from_matrix(found @ askew.T).magnitude()
    assert np.degrees(off) < 0.06
    assert refined.residual_rad < np.radians(0.15)


def test_two_fisheyes_make_the_sphere(lens_file, tmp_path):
    sphere = texture_sphere()
    _, pictures = taken(sphere, lens_file, np.eye(3))
    photos = [
        write_photo(tmp_path / f"{side}_7.jpg", pixels)
        for side, pixels in zip(("front", "back"), pictures, strict=True)
    ]
    (node,) = sets_of("panoramas/Cổng", photos, [lens_file])
    assert node.id == "cong-7"
    done = stitch_node(node, tmp_path / "out.jpg")
    assert done.width_px == 2 * done.height_px
    assert not done.is_level  # nothing looked for the horizon
    with Image.open(tmp_path / "out.jpg") as image:
        made = np.asarray(image.convert("RGB")).astype(float)
    size = made.shape[1], made.shape[0]
    true = np.asarray(Image.fromarray(sphere).resize(size, Image.Resampling.BOX)).astype(float)
    middle = slice(made.shape[0] // 6, -made.shape[0] // 6)
    assert np.median(np.abs(made[middle] - true[middle])) < 6


def test_no_lens_file_is_one_line(tmp_path):
    pixels = np.zeros((300, 300, 3), np.uint8)
    photos = [write_photo(tmp_path / f"{side}.jpg", pixels) for side in ("front", "back")]
    (node,) = sets_of("panoramas/cong", photos, [])
    with pytest.raises(CaptureError, match="without a lens file"):
        stitch_node(node, tmp_path / "out.jpg")


def blank_photos(folder, names):
    return [write_photo(folder / name, np.zeros((300, 300, 3), np.uint8)) for name in names]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("front_1.jpg", "back_1.jpg", "front_2.jpg"), r"front_2\.jpg has no back"),
        (("front.jpg", "front.png", "back.jpg"), r"front\.jpg and front\.png are both front"),
        (
            ("front_A.jpg", "back_A.jpg", "front_a.jpg", "back_a.jpg"),
            r"front_A\.jpg and front_a\.jpg would both become node 'cong-a'",
        ),
    ],
)
def test_pairs_that_do_not_fit_are_one_line(tmp_path, names, message):
    with pytest.raises(CaptureError, match=message):
        sets_of("panoramas/cong", blank_photos(tmp_path, names), [])


def test_only_names_of_fisheyes_are_fisheyes(tmp_path):
    pairs = ("front.jpg", "back.jpg", "front1.jpg", "back1.jpg", "Front-a.jpg", "Back_a.jpg")
    found = sets_of("panoramas/cong", blank_photos(tmp_path, pairs), [])
    assert [(one.id, one.is_fisheye) for one in found] == [
        ("cong", True), ("cong-1", True), ("cong-a", True)
    ]  # fmt: skip
    (yards,) = sets_of("cong", blank_photos(tmp_path, ("frontyard.jpg", "backyard.jpg")), [])
    assert not yards.is_fisheye and len(yards.photos) == 2
