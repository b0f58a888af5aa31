import numpy as np
import pycolmap
from PIL import Image

from vtour.reconstruct.undistort import (
    moved_pixels,
    photo_pixels,
    undistorted_camera,
    undistorted_mask,
    undistorted_name,
    undistorted_photo,
    write_jpeg,
)

LENS = pycolmap.Camera(
    model="SIMPLE_RADIAL", width=200, height=150, params=[180.0, 100.0, 75.0, -0.08], camera_id=1
)


def ramp(path):
    """A photo whose red is its column and whose green is its row."""
    rows, cols = np.mgrid[0:150, 0:200]
    image = np.stack([cols, rows, np.zeros_like(rows)], axis=-1).astype(np.uint8)
    Image.fromarray(image).save(path)
    return path


def test_pixels_go_there_and_back(tmp_path):
    pinhole = undistorted_camera(LENS, 200)
    where = photo_pixels(LENS, pinhole)
    v, u = np.mgrid[0 : pinhole.height, 0 : pinhole.width] + 0.5

    back = moved_pixels(where.reshape(-1, 2).astype(np.float64), LENS, pinhole)

    np.testing.assert_allclose(back, np.stack([u.ravel(), v.ravel()], axis=1), atol=1e-3)


def test_undistorted_photo_shows_what_lies_there(tmp_path):
    """Red is the photo's column index, which is its COLMAP coordinate less half a pixel."""
    pinhole = undistorted_camera(LENS, 200)
    where = photo_pixels(LENS, pinhole)
    image = undistorted_photo(ramp(tmp_path / "ramp.png"), LENS, pinhole, where)

    inner = np.s_[4:-4, 4:-4]
    np.testing.assert_allclose(image[inner][..., 0], where[inner][..., 0] - 0.5, atol=1.2)
    np.testing.assert_allclose(image[inner][..., 1], where[inner][..., 1] - 0.5, atol=1.2)
    assert abs(np.mean(image[inner][..., 0] - (where[inner][..., 0] - 0.5))) < 0.05


def test_half_size_shows_the_same_place(tmp_path):
    pinhole = undistorted_camera(LENS, 100)
    where = photo_pixels(LENS, pinhole)
    image = undistorted_photo(ramp(tmp_path / "ramp.png"), LENS, pinhole, where)

    assert max(image.shape) == 100
    inner = np.s_[4:-4, 4:-4]
    assert abs(np.mean(image[inner][..., 0] - (where[inner][..., 0] - 0.5))) < 0.1


def test_images_are_named_by_their_ids():
    assert [undistorted_name(n) for n in (12, 1234567)] == ["000012.jpg", "1234567.jpg"]


def test_jpeg_has_the_same_bytes_twice(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    for name in ("a.JPG", "b.jpg"):
        write_jpeg(tmp_path / name, image)

    assert (tmp_path / "a.JPG").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_mask_goes_where_its_photo_goes():
    pinhole = undistorted_camera(LENS, 200)
    where = photo_pixels(LENS, pinhole)
    mask = np.zeros((LENS.height, LENS.width), bool)
    mask[:, : LENS.width // 2] = True

    moved = undistorted_mask(mask, where)

    inside = (where[..., 0] >= 0) & (where[..., 0] < LENS.width)
    inside &= (where[..., 1] >= 0) & (where[..., 1] < LENS.height)
    np.testing.assert_array_equal(moved, inside & (where[..., 0] < LENS.width // 2))
    assert 0.4 < moved.mean() < 0.6
