import math

import numpy as np
import pytest

from tests.tour.panorama_packages import direction_sphere, rays_of_sphere
from vtour.tour.cube import FACE_AXES, FACES, face_band, face_levels, pyramid_bands

SIZE = 64
ONE_PIXEL = 2.5 / SIZE  # rays either side of a face's edge differ by about this much

# What is seen at the middle and in the upper left corner of each face, drawn by hand after
# Pannellum's createCubeVertices and Marzipano's faceRotation: u and d hang on the front face.
MIDDLES = {
    "f": (0, 0, -1), "r": (1, 0, 0), "b": (0, 0, 1), "l": (-1, 0, 0),
    "u": (0, 1, 0), "d": (0, -1, 0),
}  # fmt: skip
UPPER_LEFT = {
    "f": (-1, 1, -1), "r": (1, 1, -1), "b": (1, 1, 1), "l": (-1, 1, 1),
    "u": (-1, 1, 1), "d": (-1, -1, -1),
}  # fmt: skip
SHARED_EDGES = [
    ("f", np.s_[:, -1], "r", np.s_[:, 0]),
    ("r", np.s_[:, -1], "b", np.s_[:, 0]),
    ("b", np.s_[:, -1], "l", np.s_[:, 0]),
    ("l", np.s_[:, -1], "f", np.s_[:, 0]),
    ("f", np.s_[0, :], "u", np.s_[-1, :]),
    ("f", np.s_[-1, :], "d", np.s_[0, :]),
    ("b", np.s_[0, ::-1], "u", np.s_[0, :]),
    ("b", np.s_[-1, ::-1], "d", np.s_[-1, :]),
    ("l", np.s_[0, :], "u", np.s_[:, 0]),
    ("r", np.s_[0, ::-1], "u", np.s_[:, -1]),
]


def whole_face(sphere, face, size):
    return face_band(sphere, face, size, slice(0, size))


def seen_directions(image):
    return image / 127.5 - 1


def unit(rays):
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


@pytest.mark.parametrize("face", FACES)
def test_middle_and_corner_show_what_the_documentation_says(face):
    seen = seen_directions(whole_face(direction_sphere(256), face, SIZE))

    middle = seen[SIZE // 2 - 1 : SIZE // 2 + 1, SIZE // 2 - 1 : SIZE // 2 + 1].mean(axis=(0, 1))
    np.testing.assert_allclose(middle, MIDDLES[face], atol=0.02)
    np.testing.assert_allclose(seen[0, 0], unit(np.array(UPPER_LEFT[face], float)), atol=0.03)


def rays_of_face(face):
    """Unit rays through the pixel centres of a face, edges at -1 and 1, row 0 on top."""
    right, up, forward = np.array(FACE_AXES[face], float)
    x, y = np.meshgrid(*[(np.arange(SIZE) + 0.5) * 2 / SIZE - 1] * 2)
    return unit(x[..., None] * right - y[..., None] * up + forward)


@pytest.mark.parametrize("face", FACES)
def test_face_shows_what_lies_in_its_rays(face):
    seen = seen_directions(whole_face(direction_sphere(80), face, SIZE))

    rays = rays_of_face(face)
    away = np.abs(seen - rays)
    # The colours of a coarse sphere bend in at the poles; all else is within two steps of 255.
    near_pole = np.abs(rays[..., 1]) > math.cos(math.radians(6))
    assert away[~near_pole].max() < 2.2 / 127.5


@pytest.mark.parametrize(("face", "edge", "neighbour", "same_edge"), SHARED_EDGES)
def test_neighbouring_faces_meet(face, edge, neighbour, same_edge):
    sphere = direction_sphere(256)

    ours = whole_face(sphere, face, SIZE)[edge]
    theirs = whole_face(sphere, neighbour, SIZE)[same_edge]

    np.testing.assert_allclose(
        seen_directions(ours), seen_directions(theirs), atol=ONE_PIXEL + 0.01
    )


def test_the_seam_of_the_sphere_does_not_show():
    """A sphere whose brightness is cos(yaw) is smooth behind: no step in the middle of ``b``."""
    rays = rays_of_sphere(512)
    grey = np.rint(127.5 + 100 * unit(rays * [1, 0, 1] + [0, 0, 1e-9])[..., 2])
    sphere = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)

    row = whole_face(sphere, "b", 162)[81, :, 0].astype(int)

    assert np.abs(np.diff(row)).max() <= 2
    np.testing.assert_array_equal(row, row[::-1])


def test_bands_are_the_face():
    sphere = direction_sphere(128)

    bands = [face_band(sphere, "u", 40, slice(start, start + 8)) for start in range(0, 40, 8)]

    np.testing.assert_array_equal(np.concatenate(bands), whole_face(sphere, "u", 40))


@pytest.mark.parametrize(
    ("width", "levels"),
    [
        (1024, [326]),
        (2048, [326, 652]),
        (8192, [326, 652, 1304, 2608]),
        (16384, [326, 652, 1304, 2608, 5216]),
    ],
)
def test_levels_keep_the_detail_of_the_sphere(width, levels):
    assert face_levels(width) == levels
    assert levels[-1] >= width / math.pi


@pytest.mark.parametrize("tile_px", [512, 652, 100])
def test_pyramid_is_complete_and_each_level_the_mean_of_the_next(tile_px):
    sphere = direction_sphere(2048)
    levels = face_levels(2048)
    rows = {}
    for level, row, band in pyramid_bands(sphere, "r", levels, tile_px):
        rows.setdefault(level, {})[row] = band

    faces = {
        level: np.concatenate([bands[n] for n in sorted(bands)]) for level, bands in rows.items()
    }

    assert {level: face.shape for level, face in faces.items()} == {
        level: (size, size, 3) for level, size in enumerate(levels)
    }
    mean = faces[1].reshape(326, 2, 326, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(faces[0], mean, atol=0.76)
    assert all(
        len(band) == tile_px
        for bands in rows.values()
        for n, band in bands.items()
        if n + 1 < len(bands)
    )
