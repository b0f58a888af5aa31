"""Baking scenes onto charts: normals, colours, occlusion where they are known by formula."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.known_scenes import (
    GREY,
    box,
    bump_normals,
    bumpy_plane,
    checks,
    corner_room,
    flat_square,
)

from vtour.errors import InputError
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture, Wrap
from vtour.optimise.shaping.bake import Wanted, bake_maps, bake_occlusion
from vtour.optimise.shaping.decimate import Budget
from vtour.optimise.shaping.master_surface import MasterSurface
from vtour.optimise.shaping.rebake import RebakeOptions, rebake
from vtour.optimise.shaping.sampling import sample_light, sample_texture
from vtour.optimise.shaping.unwrap import UnwrapError
from vtour.srgb import srgb_from_linear

SMALL = RebakeOptions(texture_px=256, occlusion_px=128)


def places_of_texels(part, size):
    """Texel centres (k, 2) in a square part of two faces laid out by its corners, and points."""
    centre = (np.arange(size) + 0.5) / size
    v, u = np.meshgrid(centre, centre, indexing="ij")
    corners = part.positions.astype(float)
    by_uv = {tuple(np.round(uv).astype(int)): corners[k] for k, uv in enumerate(part.uvs)}
    origin = by_uv[(0, 0)]
    right, down = by_uv[(1, 0)] - origin, by_uv[(0, 1)] - origin
    return origin + u[..., None] * right + v[..., None] * down


def as_three_reads(image, part, points):
    """Normals (h, w, 3) that three.js makes of a normal map on a flat square part.

    Written from normalmap_pars_fragment.glsl and GLTFLoader.js: q0, q1 and st0, st1 are the
    steps of position and uv from a pixel to the next; here from a texel to the next. The screen's
    x goes right and its y up, so the rows are taken from below. GLTFLoader turns y round.
    """
    height, width = image.shape[:2]
    q0, q1 = points[0, 1] - points[0, 0], points[0, 0] - points[1, 0]
    st0, st1 = np.array([1 / width, 0]), np.array([0, -1 / height])
    n = part.normals[0].astype(float)
    if np.cross(q0, q1) @ n < 0:  # seen from in front, the screen's axes are never mirrored
        q0, st0 = -q0, -st0
    q1perp, q0perp = np.cross(q1, n), np.cross(n, q0)
    tangent = q1perp * st0[0] + q0perp * st1[0]
    bitangent = q1perp * st0[1] + q0perp * st1[1]
    scale = 1 / np.sqrt(max(tangent @ tangent, bitangent @ bitangent))
    mapped = image / 127.5 - 1
    mapped[..., 1] *= -1
    normals = mapped @ np.stack([tangent * scale, bitangent * scale, n])
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def degrees_between(a, b):
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))


# The square's chart as it lies, turned by a quarter, and mirrored.
LAYOUTS = {
    "plain": None,
    "turned": [(0, 1), (0, 0), (1, 1), (1, 0)],
    "mirrored": [(1, 0), (0, 0), (1, 1), (0, 1)],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_bumpy_plane_on_two_faces_shows_the_normals_of_its_formula(layout):
    part = flat_square(LAYOUTS[layout])
    below = replace(part, positions=part.positions - np.array([0, 0.1, 0], np.float32))
    wanted = Wanted(base=False, normal=True)
    maps = bake_maps(MasterSurface(bumpy_plane()), below, 128, wanted, reach=0.2)

    points = places_of_texels(part, 128)
    seen = as_three_reads(maps.normal, part, points)
    wanted = bump_normals(points.reshape(-1, 3)).reshape(seen.shape)
    off = degrees_between(seen, wanted)
    assert np.percentile(off, 99) < 1.0
    assert off.max() < 3.0
    assert degrees_between(wanted, np.array([0, 1.0, 0])).max() > 6  # it is not just flat


def test_a_stretched_chart_says_the_same_normals():
    """Half as wide in u: tangents are shorter than bitangents, and the map makes up for it."""
    part = flat_square()
    narrow = replace(part, uvs=part.uvs * np.array([0.5, 1], np.float32))
    master = MasterSurface(bumpy_plane())
    image = bake_maps(master, narrow, 128, Wanted(base=False, normal=True)).normal

    points = places_of_texels(part, 128)[:, ::2] + 0.5 * np.diff(points_row(part), axis=0)[0]
    mapped = image[:, :64] / 127.5 - 1
    # Gradient of u is half that of v: the frame's tangent has half the length.
    normals = mapped * np.array([0.5, 1, 1])
    normals = np.stack([normals[..., 0], normals[..., 2], -normals[..., 1]], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    wanted = bump_normals(points.reshape(-1, 3)).reshape(normals.shape)
    assert np.percentile(degrees_between(normals, wanted), 99) < 1.5


def points_row(part):
    return places_of_texels(part, 128)[0, :2]


@pytest.mark.parametrize("given", ["frames from uvs", "tangents"])
def test_the_masters_own_normal_map_is_carried_over(given):
    """A flat master whose map leans towards +x, baked to a chart turned by a quarter."""
    lean = np.radians(30)
    pixel = np.rint(np.array([np.sin(lean), 0, np.cos(lean)]) * 127.5 + 127.5).astype(np.uint8)
    texture = Texture(np.full((4, 4, 3), pixel))
    square = flat_square()  # u along +x
    if given == "tangents":
        square = replace(square, tangents=np.tile(np.array([1, 0, 0, 1], np.float32), (4, 1)))
    master = Scene([square], [Material(normal=texture)])
    part = flat_square(LAYOUTS["turned"])
    maps = bake_maps(MasterSurface(master), part, 16, Wanted(base=False, normal=True))

    seen = as_three_reads(maps.normal, part, places_of_texels(part, 16))
    assert degrees_between(seen, np.array([np.sin(lean), np.cos(lean), 0])).max() < 1


@pytest.mark.parametrize("given", ["frames from uvs", "tangents"])
def test_green_points_against_v(given):
    """v grows towards +z, so a map that is all green leans to -z."""
    pixel = np.array([128, 218, 218], np.uint8)
    square = flat_square()
    if given == "tangents":
        square = replace(square, tangents=np.tile(np.array([1, 0, 0, 1], np.float32), (4, 1)))
    master = Scene([square], [Material(normal=Texture(np.full((4, 4, 3), pixel)))])
    surface = MasterSurface(master)
    points = np.array([[0.1, 0.0, 0.2]], np.float32)
    found = surface.opposite(points, np.array([[0, 1, 0]], np.float32), 0.1)

    normal = surface.looks(found, shape=True).normal[0]
    np.testing.assert_allclose(normal, [0, np.sqrt(0.5), -np.sqrt(0.5)], atol=0.01)


def test_the_scale_of_a_normal_map_counts():
    pixel = np.rint(np.array([0.6, 0, 0.8]) * 127.5 + 127.5).astype(np.uint8)
    material = Material(normal=Texture(np.full((4, 4, 3), pixel)), normal_scale=0.5)
    surface = MasterSurface(Scene([flat_square()], [material]))
    up = np.array([[0, 1, 0]], np.float32)
    found = surface.opposite(np.zeros((1, 3), np.float32), up, 0.1)

    normal = surface.looks(found, shape=True).normal[0]
    np.testing.assert_allclose(normal, np.array([0.3, 0.8, 0]) / np.hypot(0.3, 0.8), atol=0.01)


def two_coloured_box():
    """A box with red sides along x and blue ones elsewhere: two parts, two materials."""
    positions, faces = box()
    parts = [Part(positions, faces[:4], 0), Part(positions, faces[4:], 1)]
    red, blue = (0.8, 0.1, 0.1, 1.0), (0.1, 0.1, 0.8, 1.0)
    return Scene(parts, [Material(base_colour=red), Material(base_colour=blue)])


def seen_at(scene, points, normals):
    """Linear base colours (k, 4) that a scene of one part shows at places on it."""
    surface = MasterSurface(scene)
    found = surface.opposite(np.asarray(points, np.float32), np.asarray(normals, np.float32), 0.01)
    return surface.looks(found, shape=False).base


def box_places():
    """Middles of the sides of the unit box, slightly off centre, and their normals."""
    normals = np.concatenate([np.eye(3), -np.eye(3)])
    across = np.abs(normals) < 0.5
    return 0.5 + 0.5 * normals + across * np.array([0.13, -0.2, 0.17]), normals


def assert_red_along_x(scene):
    points, normals = box_places()
    seen = seen_at(scene, points, normals)
    along_x = np.abs(normals[:, 0]) > 0.5
    np.testing.assert_allclose(seen[along_x, :3], [[0.8, 0.1, 0.1]] * 2, atol=0.01)
    np.testing.assert_allclose(seen[~along_x, :3], [[0.1, 0.1, 0.8]] * 4, atol=0.01)


def test_a_box_of_two_materials_keeps_both_on_the_right_sides():
    scene, report = rebake(two_coloured_box(), Budget(faces=12), SMALL)

    assert len(scene.parts) == len(scene.materials) == 1
    assert report.faces == 12
    assert report.deviation.largest == 0
    assert_red_along_x(scene)


def test_charts_along_the_axes_serve_when_xatlas_does_not(monkeypatch):
    def fails(*_, **__):
        raise UnwrapError("no texture atlas after 240 s")

    monkeypatch.setattr("vtour.optimise.shaping.layouts.unwrap_mesh", fails)
    scene, report = rebake(two_coloured_box(), Budget(faces=12), SMALL)

    assert report.notes == ["no texture atlas after 240 s; charts along the axes instead"]
    assert report.charts == 6
    assert_red_along_x(scene)


def test_sides_of_a_thin_wall_do_not_show_through():
    """A sheet 2 mm thick, red in front and blue at the back: the nearest place may be behind."""
    positions, faces = box((0, 0, 0), (1, 1, 0.002))
    parts = [
        Part(positions, faces[8:10], 0),
        Part(positions, np.vstack([faces[:8], faces[10:]]), 1),
    ]
    materials = [Material(base_colour=(1, 0, 0, 1)), Material(base_colour=(0, 0, 1, 1))]
    scene, _ = rebake(Scene(parts, materials), Budget(faces=12), SMALL)

    front = seen_at(scene, [[0.4, 0.6, 0.002]], [[0, 0, 1]])
    back = seen_at(scene, [[0.4, 0.6, 0.0]], [[0, 0, -1]])
    np.testing.assert_allclose(front[0, :3], [1, 0, 0], atol=0.01)
    np.testing.assert_allclose(back[0, :3], [0, 0, 1], atol=0.01)


def test_a_place_between_two_sides_stands_for_the_one_that_faces_its_way():
    """Half a millimetre above the back of a sheet of 2 mm, seen from the front."""
    surface = MasterSurface(Scene([Part(*box((0, 0, 0), (1, 1, 0.002)))], [GREY]))
    inside = np.array([[0.4, 0.6, 0.0005]], np.float32)

    front = surface.opposite(inside, np.array([[0, 0, 1]], np.float32), 0.01)
    back = surface.opposite(inside, np.array([[0, 0, -1]], np.float32), 0.01)
    assert surface.points(front)[0, 2] == pytest.approx(0.002)
    assert surface.points(back)[0, 2] == pytest.approx(0.0)


def test_what_lies_off_the_normal_is_the_closest():
    surface = MasterSurface(Scene([flat_square()], [GREY]))
    outside = np.array([[1.5, 0.2, 0.3]], np.float32)
    found = surface.opposite(outside, np.array([[0, 1, 0]], np.float32), 0.5)

    np.testing.assert_allclose(surface.points(found), [[1, 0, 0.3]], atol=1e-6)


@pytest.mark.parametrize(
    ("wrap", "expected"),
    [  # of u = 1.25 and 1.75 in a texture whose left half is red, its right half green
        (Wrap.repeat, ("red", "green")),
        (Wrap.mirror, ("green", "red")),
        (Wrap.clamp, ("green", "green")),
    ],
)
def test_wrapping(wrap, expected):
    colours = {"red": (1, 0, 0), "green": (0, 1, 0)}
    square = flat_square()
    master = Scene([replace(square, uvs=square.uvs * 2)], [Material(base=checks(wrap), unlit=True)])
    baked = bake_maps(MasterSurface(master), square, 64, Wanted()).base

    at = np.array([[1.25 / 2, 0.4], [1.75 / 2, 0.4]], np.float32)
    seen = sample_texture(baked, at) / 255
    np.testing.assert_allclose(seen, [colours[name] for name in expected], atol=0.01)


def test_negative_coordinates_repeat():
    uvs = np.array([[-0.75, 0.5], [-0.25, 0.5]], np.float32)
    seen = sample_light(checks(Wrap.repeat), uvs)

    np.testing.assert_allclose(seen, [[1, 0, 0], [0, 1, 0]])


def test_texture_factor_and_vertex_colour_are_multiplied_as_light():
    square = flat_square()
    grey = Texture(np.full((4, 4, 3), 188, np.uint8))  # 188 is half the light
    colours = np.tile(np.array([[0.5, 1, 1, 1]], np.float32), (4, 1))
    material = Material(base=grey, base_colour=(1, 0.5, 1, 1), unlit=True)
    master = Scene([replace(square, colours=colours)], [material])
    baked = bake_maps(MasterSurface(master), square, 16, Wanted()).base

    wanted = srgb_from_linear(np.array([0.25, 0.25, 0.5])) * 255
    np.testing.assert_allclose(baked[8, 8], wanted, atol=1.5)


def test_a_mask_stays_a_mask_and_its_hidden_colour_does_not_bleed():
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[:, 32:] = (0, 0, 0, 0)  # black where nothing is seen
    material = Material(
        base=Texture(pixels), alpha_mode=AlphaMode.mask, alpha_cutoff=0.3, unlit=True
    )
    master = Scene([flat_square()], [material])
    scene, _ = rebake(master, Budget(faces=2), replace(SMALL, texture_px=64))

    result = scene.materials[0]
    assert result.alpha_mode is AlphaMode.mask
    assert result.alpha_cutoff == 0.5
    assert result.base.pixels[..., :3].min() > 250
    left = seen_at(scene, [[-0.5, 0, 0.3]], [[0, 1, 0]])[0, 3]
    right = seen_at(scene, [[0.5, 0, 0.3]], [[0, 1, 0]])[0, 3]
    assert (left, right) == (1, 0)


def test_texels_half_hidden_by_a_mask_have_the_colour_of_the_other_half():
    pixels = np.full((64, 64, 4), (100, 100, 100, 255), np.uint8)
    pixels[:, 32:] = (255, 255, 255, 0)
    material = Material(base=Texture(pixels), alpha_mode=AlphaMode.mask, unlit=True)
    surface = MasterSurface(Scene([flat_square()], [material]))
    baked = bake_maps(surface, flat_square(), 21, Wanted(alpha=True)).base  # the edge at 10.5

    np.testing.assert_array_equal(baked[5, 9:12, 3], [255, 128, 0])
    assert (baked[..., :3] == 100).all()


def test_blended_parts_stay_beside_what_is_baked():
    positions, faces = box()
    glass = Material(base_colour=(1, 1, 1, 0.3), alpha_mode=AlphaMode.blend)
    master = Scene([Part(positions, faces, 0), Part(positions + 3, faces, 1)], [glass, Material()])
    scene, report = rebake(master, Budget(faces=24), SMALL)

    assert [m.alpha_mode for m in scene.materials] == [AlphaMode.opaque, AlphaMode.blend]
    assert [part.material for part in scene.parts] == [0, 1]
    assert scene.parts[0].positions.min() == 3
    assert report.notes == ["1 blended parts are kept as they are, not baked"]


def test_roughness_and_metal_go_to_a_map_only_when_they_vary():
    positions, faces = box()
    parts = [Part(positions, faces[:4], 0), Part(positions, faces[4:], 1)]
    materials = [Material(roughness=0.4, metallic=1.0), Material(roughness=0.8)]
    varied, _ = rebake(Scene(parts, materials), Budget(faces=12), SMALL)
    even, _ = rebake(Scene(parts, [materials[0]] * 2), Budget(faces=12), SMALL)

    assert even.materials[0].metallic_roughness is None
    assert (even.materials[0].roughness, even.materials[0].metallic) == (0.4, 1.0)
    surface = MasterSurface(varied)
    points, normals = box_places()
    found = surface.opposite(points.astype(np.float32), normals.astype(np.float32), 0.01)
    numbers = surface.looks(found, shape=True).metallic_roughness
    along_x = np.abs(normals[:, 0]) > 0.5
    np.testing.assert_allclose(numbers[along_x], [[0.4, 1]] * 2, atol=0.01)
    np.testing.assert_allclose(numbers[~along_x], [[0.8, 0]] * 4, atol=0.01)


def test_emission_is_carried_over():
    square = flat_square()
    lamp = Material(emissive=(0.5, 0, 0))
    master = Scene(
        [square, replace(square, positions=square.positions + 5, material=1)], [lamp, Material()]
    )
    scene, _ = rebake(master, Budget(faces=4), SMALL)

    surface = MasterSurface(scene)
    points = np.array([[0.2, 0, 0.2], [5.2, 5, 5.2]], np.float32)
    found = surface.opposite(points, np.array([[0, 1, 0]] * 2, np.float32), 0.01)
    np.testing.assert_allclose(
        surface.looks(found, shape=False).emission, [[0.5, 0, 0], [0, 0, 0]], atol=0.01
    )


def occlusion_beside_a_wall(distance, reach):
    """Openness of a floor at a distance from an endless wall, rays as long as ``reach``.

    A ray reaches the wall when its step along the wall's normal is more than distance / reach.
    By Nusselt's analogue the share of these, weighted by the cosine, is the segment of the unit
    disc beyond that line, over pi.
    """
    k = np.clip(distance / reach, 0, 1)
    return 1 - (np.arccos(k) - k * np.sqrt(1 - k**2)) / np.pi


def test_occlusion_in_a_corner_is_that_of_the_formula():
    room = corner_room()
    square = flat_square(side=4.0)
    floor = replace(square, positions=square.positions + np.array([2, 0, 0], np.float32))
    image = bake_occlusion(MasterSurface(room), floor, 64, 1.0)[..., 0] / 255

    x = (np.arange(64) + 0.5) / 64 * 4
    across = image[20:44].mean(axis=0)  # far from the wall's ends
    wanted = occlusion_beside_a_wall(x, 1.0)
    np.testing.assert_allclose(across[1:], wanted[1:], atol=0.015)
    assert across[0] == pytest.approx(wanted[0], abs=0.03)  # half of its block is the wall's
    assert across[-1] == 1
    assert np.abs(image[20:44] - across).max() < 0.06  # the noise of one texel


def test_what_a_material_says_of_occlusion_goes_before_rays():
    told = Material(
        occlusion=Texture(np.full((4, 4, 3), 51, np.uint8)), occlusion_strength=0.5
    )  # 0.2 at half strength: 0.6
    master = Scene([flat_square()], [told])
    image = bake_occlusion(MasterSurface(master), flat_square(), 16, 1.0)

    assert np.abs(image / 255 - 0.6).max() < 0.01


def test_unlit_masters_get_colours_only():
    square = flat_square()
    master = Scene([square], [Material(base=checks(Wrap.clamp), unlit=True)])
    plain, _ = rebake(master, Budget(faces=2), SMALL)

    assert plain.materials[0].textures == [plain.materials[0].base]
    assert plain.parts[0].normals is None
    assert plain.materials[0].unlit


def test_rebaking_is_the_same_in_other_bands(monkeypatch):
    whole, _ = rebake(bumpy_plane(30), Budget(faces=200), SMALL)
    monkeypatch.setattr("vtour.optimise.shaping.bake.BAND_TEXELS", 256 * 7)
    banded, _ = rebake(bumpy_plane(30), Budget(faces=200), SMALL)

    for one, two in zip(whole.materials[0].textures, banded.materials[0].textures, strict=True):
        np.testing.assert_array_equal(one.pixels, two.pixels)


def test_nothing_to_bake_from():
    with pytest.raises(InputError, match="no faces"):
        rebake(Scene([], []), Budget(faces=10))
