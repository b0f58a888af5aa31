"""Cleaning: what goes is counted, what stays looks the same."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.known_scenes import box, checks, flat_square, grid

from vtour.errors import InputError
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture, Wrap
from vtour.optimise.shaping.clean import CleanOptions, clean_scene
from vtour.optimise.shaping.shading_normals import smooth_normals

LIT, UNLIT = Material(), Material(unlit=True)


def cleaned(*parts, materials=(LIT,), **options):
    return clean_scene(Scene(list(parts), list(materials)), CleanOptions(**options))


def test_a_clean_part_stays_as_it_is():
    positions, faces = box()
    normals = smooth_normals(positions, faces)
    scene, report = cleaned(Part(positions, faces, normals=normals))

    np.testing.assert_array_equal(scene.parts[0].positions, positions)
    np.testing.assert_array_equal(scene.parts[0].faces, faces)
    assert (report.faces_before, report.faces, report.vertices) == (12, 12, 24)


def test_vertices_are_welded_only_where_all_agrees():
    positions, faces = grid(1)
    doubled = np.concatenate([positions, positions])
    both = np.stack([faces[0], faces[1] + 4]).astype(np.uint32)
    scene, _ = cleaned(Part(doubled, both), materials=[UNLIT])
    assert len(scene.parts[0].positions) == 4

    colours = np.ones((8, 4), np.float32)
    colours[4:, 0] = 0.5
    scene, _ = cleaned(Part(doubled, both, colours=colours), materials=[UNLIT])
    assert len(scene.parts[0].positions) == 6


def test_degenerate_double_and_broken_faces_go():
    positions, faces = grid(1)
    positions = np.vstack([positions, [[0.5, 0, 0.5], [np.nan, 0, 0]]]).astype(np.float32)
    bad = [
        (0, 0, 1),  # two corners at one place
        (0, 3, 4),  # no area: 4 lies on the diagonal
        (0, 1, 5),  # no place
        (faces[0][1], faces[0][2], faces[0][0]),  # the first again
    ]
    scene, report = cleaned(
        Part(positions, np.vstack([faces, bad]).astype(np.uint32)), materials=[UNLIT]
    )

    np.testing.assert_array_equal(scene.parts[0].faces, faces)
    assert (report.degenerate_faces, report.duplicate_faces) == (3, 1)


@pytest.mark.parametrize(("double_sided", "left"), [(False, 4), (True, 2)])
def test_back_to_back_faces(double_sided, left):
    positions, faces = grid(1)
    both = np.vstack([faces, faces[:, ::-1]]).astype(np.uint32)
    material = Material(unlit=True, double_sided=double_sided)
    scene, _ = cleaned(Part(positions, both), materials=[material])

    assert scene.faces == left


def with_crumbs(count):
    """A square of 4 square metres and ``count`` triangles of a square centimetre around it."""
    positions, faces = grid(10)
    crumb = np.array([[0, 0, 0], [0.014, 0, 0], [0, 0, 0.014]], np.float32)
    points, triangles = [positions], [faces]
    for k in range(count):
        points.append(crumb + np.float32([0.05 * (k % 40), 0.5 + 0.05 * (k // 40), 0]))
        triangles.append(np.array([[0, 2, 1]], np.uint32) + len(positions) + 3 * k)
    return Part(np.concatenate(points), np.concatenate(triangles).astype(np.uint32))


def test_floaters_go():
    scene, report = cleaned(with_crumbs(5), materials=[UNLIT])

    assert (report.floaters, report.floater_faces, scene.faces) == (5, 5, 200)
    assert report.floater_area == pytest.approx(5 * 0.014**2 / 2 / (4 + 5 * 0.014**2 / 2), rel=1e-3)
    assert scene.bounds[1][1] == 0


def test_floaters_stay_when_asked_or_when_they_are_much():
    for asked in ({"floaters": False}, {"floater_area": 0.0}, {"floater_size": 0.0}):
        kept, _ = cleaned(with_crumbs(5), materials=[UNLIT], **asked)
        assert kept.faces == 205

    much, report = cleaned(with_crumbs(1400), materials=[UNLIT])  # 3.3 % of the surface
    assert much.faces == 1600
    assert report.notes == ["1,400 small loose pieces are 3.3% of the surface: all kept"]


def test_a_button_of_another_material_is_no_floater():
    coat = with_crumbs(0)
    button = Part(
        np.array([[-1, 0, -1], [-0.99, 0.005, -1], [-1, 0, -0.99]], np.float32),
        np.array([[0, 2, 1]], np.uint32),
        material=1,
    )
    scene, report = cleaned(coat, button, materials=[UNLIT, UNLIT])

    assert report.floaters == 0
    assert len(scene.parts) == 2


def test_missing_normals_have_creases_where_the_shape_has():
    positions, faces = box()
    welded, place = np.unique(positions, axis=0, return_inverse=True)
    scene, report = cleaned(Part(welded, place[faces].astype(np.uint32)))

    part = scene.parts[0]
    assert len(part.positions) == 24 == report.normals_computed
    assert set(np.abs(part.normals).max(axis=1)) == {1.0}  # along an axis, each

    line = np.linspace(0, np.pi / 2, 10)
    bend = [[np.cos(a), np.sin(a), z] for a in line for z in (0, 1)]
    strip = [(2 * k, 2 * k + 2, 2 * k + 1) for k in range(9)]
    strip += [(2 * k + 1, 2 * k + 2, 2 * k + 3) for k in range(9)]
    scene, _ = cleaned(Part(np.array(bend, np.float32), np.array(strip, np.uint32)))
    part = scene.parts[0]
    assert len(part.positions) == 20  # 10 degrees a step: smooth
    inner = (part.positions[:, 0] > 0.01) & (part.positions[:, 0] < 0.99)
    across = part.positions[inner] * [1, 1, 0]
    assert (part.normals[inner] * across).sum(axis=1).min() > 0.999


def test_broken_normals_are_mended_and_good_ones_kept():
    positions, faces = grid(2)
    lean = np.tile(np.array([0.6, 0.8, 0], np.float32), (9, 1))
    broken = lean.copy()
    broken[2], broken[4], broken[6] = 0, np.nan, [1.2, 1.6, 0]
    scene, report = cleaned(Part(positions, faces, normals=broken))

    normals = scene.parts[0].normals
    expected = lean.copy()
    expected[[2, 4]] = (0, 1, 0)
    np.testing.assert_allclose(normals, expected, atol=1e-6)
    assert report.normals_repaired == 2


def test_texture_coordinates_are_numbers_near_the_origin():
    square = flat_square()
    uvs = square.uvs + np.array([1000, -7], np.float32)
    uvs[3] = np.nan
    material = Material(base=checks(Wrap.repeat))
    scene, report = cleaned(replace(square, uvs=uvs), materials=[material])

    part = scene.parts[0]
    assert report.uvs_repaired == 1
    assert np.isfinite(part.uvs).all()
    assert part.uvs.min() >= 0
    assert part.uvs.max() <= 1

    scene, report = cleaned(replace(square, uvs=square.uvs + 1000), materials=[material])
    np.testing.assert_allclose(scene.parts[0].uvs, square.uvs)


def test_coordinates_without_area_are_told():
    square = flat_square()
    point = replace(square, uvs=np.full_like(square.uvs, 0.5), name="wall")
    _, report = cleaned(point, materials=[Material(base=checks(Wrap.clamp))])

    assert report.faces_without_uv_area == 2
    assert "wall: texture coordinates without area" in report.notes[0]


def test_what_nothing_uses_goes():
    square = flat_square()
    tangents = np.tile(np.array([1, 0, 0, 1], np.float32), (4, 1))
    colours = np.ones((4, 4), np.float32)
    part = replace(square, tangents=tangents, colours=colours, material=2)
    scene, report = cleaned(part, materials=[LIT, UNLIT, Material(name="used")])

    part = scene.parts[0]
    assert (part.uvs, part.tangents, part.colours) == (None, None, None)
    assert [m.name for m in scene.materials] == ["used"]
    assert part.material == 0
    assert report.materials_dropped == 2


@pytest.mark.parametrize(
    ("mode", "alpha", "expected"),
    [
        (AlphaMode.blend, 255, AlphaMode.opaque),
        (AlphaMode.blend, 254, AlphaMode.blend),
        (AlphaMode.mask, 128, AlphaMode.opaque),
        (AlphaMode.mask, 100, AlphaMode.mask),
    ],
)
def test_alpha_that_hides_nothing_is_dropped(mode, alpha, expected):
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[1, 2, 3] = alpha
    material = Material(base=Texture(pixels), alpha_mode=mode)
    scene, _ = cleaned(flat_square(), materials=[material])

    assert scene.materials[0].alpha_mode is expected


def test_nothing_left_is_an_error():
    positions = np.zeros((3, 3), np.float32)
    with pytest.raises(InputError, match="no usable face of 1"):
        cleaned(Part(positions, np.array([[0, 1, 2]], np.uint32)))
