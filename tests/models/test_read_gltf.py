"""glTF into scenes: what every part of a file becomes."""

import base64
import json
import math

import numpy as np
import pytest
from model_files import CORNERS, FACES, NORMALS, PIXELS, UVS, Gltf, picture, reddest, square

from vtour.glb.scene import AlphaMode, Wrap
from vtour.models import is_animated, read_scene, what_moves

TOP_LEFT = [0, 1, 0]  # of the square, where its picture is red


def only(scene):
    assert len(scene.parts) == 1
    return scene.parts[0], scene.materials[scene.parts[0].material]


@pytest.mark.parametrize("how", ["glb", "beside", "inside"])
def test_the_square_by_every_way_of_storing_it(tmp_path, how):
    gltf = square()
    if how == "glb":
        path = gltf.glb(tmp_path / "a.glb")
    else:
        path = gltf.gltf(tmp_path / "a.gltf", "mesh.bin" if how == "beside" else None)

    scene = read_scene(path)
    part, material = only(scene)
    np.testing.assert_array_equal(part.positions, CORNERS)
    np.testing.assert_array_equal(part.faces, FACES)
    np.testing.assert_array_equal(part.normals, NORMALS)
    np.testing.assert_array_equal(part.uvs, UVS)
    np.testing.assert_array_equal(material.base.pixels, PIXELS)
    assert (material.name, material.metallic, material.roughness) == ("paint", 0.0, 1.0)
    assert (scene.notes, scene.origin, scene.faces) == ([], (0, 0, 0), 2)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("how", ["view", "file", "data"])
def test_pictures_of_every_kind(tmp_path, form, how):
    pixels = PIXELS.repeat(32, axis=0).repeat(32, axis=1)
    data = picture(pixels, form, quality=95)
    gltf = square()
    image = {"bufferView": gltf.view(data)}
    if how == "file":
        (tmp_path / "pictures").mkdir()
        (tmp_path / "pictures" / "Bức tường.img").write_bytes(data)
        image = {"uri": "pictures/B%E1%BB%A9c%20t%C6%B0%E1%BB%9Dng.img"}
    elif how == "data":
        image = {"uri": "data:image/x;base64," + base64.b64encode(data).decode()}
    gltf.document["images"] = [image]
    extension = {"WEBP": "EXT_texture_webp", "AVIF": "EXT_texture_avif"}.get(form)
    if extension:
        gltf.document["textures"] = [{"extensions": {extension: {"source": 0}}}]

    _, material = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    np.testing.assert_allclose(material.base.pixels[8::48, 8::48], PIXELS, atol=14)


def test_interleaved_and_normalised_attributes(tmp_path):
    gltf = Gltf()
    rows = np.zeros(4, [("p", "<i2", 4), ("n", "i1", 4), ("t", "<u2", 2)])
    rows["p"][:, :3] = CORNERS * 32767
    rows["n"][:, :3] = NORMALS * 127
    rows["t"] = UVS * 65535
    view = gltf.view(rows.tobytes(), byteStride=16)
    for offset, kind, width in ((0, 5122, 3), (8, 5120, 3), (12, 5123, 2)):
        gltf.document["accessors"].append(
            {"bufferView": view, "byteOffset": offset, "componentType": kind, "count": 4,
             "type": f"VEC{width}", "normalized": True}
        )  # fmt: skip
    gltf.material(pbrMetallicRoughness={"baseColorTexture": gltf.texture()})
    gltf.primitive({"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, material=0)
    gltf.document["extensionsRequired"] = ["KHR_mesh_quantization"]

    part, _ = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    np.testing.assert_allclose(part.positions, CORNERS, atol=1e-7)
    np.testing.assert_allclose(part.normals, NORMALS, atol=1e-7)
    np.testing.assert_allclose(part.uvs, UVS, atol=1e-7)


@pytest.mark.parametrize("has_base", [True, False])
def test_sparse_accessors(tmp_path, has_base):
    gltf = Gltf()
    index = gltf.accessor(CORNERS if has_base else np.zeros((4, 3), np.float32))
    accessor = gltf.document["accessors"][index]
    if not has_base:
        del accessor["bufferView"]
    changed = np.array([[5, 0, 0], [5, 5, 0], [0, 5, 0]], np.float32)
    accessor["sparse"] = {
        "count": 3,
        "indices": {"bufferView": gltf.view(bytes([1, 2, 3])), "componentType": 5121},
        "values": {"bufferView": gltf.view(changed.tobytes())},
    }
    gltf.primitive({"POSITION": index, "NORMAL": None})

    part, _ = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    np.testing.assert_array_equal(part.positions, CORNERS * 5)


def test_strips_and_fans_face_the_same_way(tmp_path):
    gltf = Gltf()
    gltf.primitive(faces=np.array([0, 1, 3, 2], np.uint8), mode=5)
    gltf.primitive(faces=np.array([0, 1, 2, 3], np.uint8), mode=6)
    gltf.primitive(faces=np.array([0, 1, 3, 3, 2], np.uint8), mode=5)  # two are without area

    strip, fan, joined = read_scene(gltf.glb(tmp_path / "a.glb")).parts
    assert len(strip.faces) == len(fan.faces) == 2 and len(joined.faces) == 1
    for part in (strip, fan):
        a, b, c = (part.positions[part.faces[:, k]] for k in range(3))
        np.testing.assert_array_equal(np.cross(b - a, c - a)[:, 2], [1, 1])


def test_without_indices(tmp_path):
    gltf = Gltf()
    corners = CORNERS[FACES.reshape(-1)]
    gltf.primitive({"POSITION": corners, "NORMAL": None}, faces=None)

    part, material = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    np.testing.assert_array_equal(part.faces, [[0, 1, 2], [3, 4, 5]])
    assert (material.name, material.metallic) == ("default", 1.0)


def test_points_and_lines_are_left_out_with_a_note(tmp_path):
    gltf = square()
    for mode in (0, 1, 3):
        gltf.primitive(mode=mode)

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    assert scene.faces == 2
    assert scene.notes == ["3 parts of points or lines, left out"]


def test_nodes_place_mirror_and_name_parts(tmp_path):
    gltf = square()
    tangents = np.array([[1, 0, 0, 1]] * 4, np.float32)
    gltf.document["meshes"][0]["primitives"][0]["attributes"]["TANGENT"] = gltf.accessor(tangents)
    half = 0.5**0.5
    gltf.document["nodes"] = [
        {"children": [1, 2], "translation": [10, 0, 0]},
        # a quarter turn about +Y takes +X to -Z and +Z to +X
        {"mesh": 0, "rotation": [0, half, 0, half], "scale": [2, 2, 2], "name": "turned"},
        {"mesh": 0, "scale": [-1, 1, 3], "name": "mirrored"},
    ]

    turned, mirrored = read_scene(gltf.glb(tmp_path / "a.glb")).parts
    assert (turned.name, mirrored.name) == ("turned", "mirrored")
    expected = [[10, 0, 0], [10, 0, -2], [10, 2, -2], [10, 2, 0]]
    np.testing.assert_allclose(turned.positions, expected, atol=1e-6)
    np.testing.assert_allclose(turned.normals, [[1, 0, 0]] * 4, atol=1e-6)
    np.testing.assert_allclose(turned.tangents, [[0, 0, -1, 1]] * 4, atol=1e-6)
    a, b, c = mirrored.positions[mirrored.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0 and (mirrored.normals == NORMALS).all()
    np.testing.assert_array_equal(mirrored.tangents, [[-1, 0, 0, -1]] * 4)


def test_normals_under_a_shear_stay_upright_on_their_face(tmp_path):
    gltf = Gltf()
    slanted = np.array([[0, 0, 0], [1, 0, -1], [1, 1, -1], [0, 1, 0]], np.float32)
    normals = np.array([[1, 0, 1]] * 4, np.float32) / np.float32(2**0.5)
    gltf.primitive({"POSITION": slanted, "NORMAL": normals})
    gltf.document["nodes"][0]["scale"] = [3, 1, -1]

    part, _ = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    a, b, c = part.positions[part.faces[0]]
    normal = np.cross(b - a, c - a)
    np.testing.assert_allclose(part.normals[0], normal / np.linalg.norm(normal), atol=1e-6)


def test_only_the_default_scene_is_read(tmp_path):
    gltf = square()
    gltf.document["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [7, 0, 0]}]
    gltf.document["scenes"], gltf.document["scene"] = [{"nodes": [0]}, {"nodes": [1]}], 1

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    assert scene.bounds[0].tolist() == [7, 0, 0]


def test_a_long_list_of_vertices_is_shared_out(tmp_path):
    gltf = Gltf()
    row = np.zeros((30, 3), np.float32)
    row[:, 0], row[::2, 1] = np.arange(30), 1
    index = gltf.accessor(row)
    for start in range(0, 30, 3):
        faces = np.array([start, start + 1, start + 2], np.uint8)
        gltf.primitive({"POSITION": index, "NORMAL": None}, faces=faces)

    parts = read_scene(gltf.glb(tmp_path / "a.glb")).parts
    assert [len(part.positions) for part in parts] == [3] * 10
    np.testing.assert_array_equal(parts[4].positions, row[12:15])


def test_a_whole_material(tmp_path):
    gltf = Gltf()
    both = gltf.texture(wrapS=33071, wrapT=33648)
    gltf.material(
        name="brick",
        pbrMetallicRoughness={
            "baseColorFactor": [0.5, 0.25, 1, 0.75], "baseColorTexture": gltf.texture(),
            "metallicFactor": 0.3, "roughnessFactor": 0.6, "metallicRoughnessTexture": both,
        },
        normalTexture={**gltf.texture(), "scale": 0.5},
        occlusionTexture={**both, "strength": 0.25},
        emissiveFactor=[0.1, 0.2, 0.3], emissiveTexture=gltf.texture(),
        alphaMode="MASK", alphaCutoff=0.4, doubleSided=True,
        extensions={"KHR_materials_unlit": {}},
    )  # fmt: skip
    gltf.primitive({"TEXCOORD_0": UVS}, material=0)

    _, material = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    assert material.base_colour == (0.5, 0.25, 1, 0.75)
    assert (material.metallic, material.roughness) == (0.3, 0.6)
    assert (material.normal_scale, material.occlusion_strength) == (0.5, 0.25)
    assert material.emissive == (0.1, 0.2, 0.3) and material.emission is not None
    assert (material.alpha_mode, material.alpha_cutoff) == (AlphaMode.mask, 0.4)
    assert material.double_sided and material.unlit
    assert material.base.wrap == (Wrap.repeat, Wrap.repeat)
    assert material.occlusion is material.metallic_roughness  # one picture, one texture
    assert material.occlusion.wrap == (Wrap.clamp, Wrap.mirror)


def test_alpha_is_kept_where_it_means_something(tmp_path):
    see_through = np.dstack([PIXELS, [[255, 0], [128, 255]]])
    whole = np.dstack([PIXELS, np.full((2, 2), 255)])
    gltf = Gltf()
    for pixels in (see_through, whole):
        info = gltf.texture(picture(pixels))
        material = gltf.material(
            pbrMetallicRoughness={"baseColorTexture": info}, normalTexture=info
        )
        gltf.primitive({"TEXCOORD_0": UVS}, material=material)

    first, second = read_scene(gltf.glb(tmp_path / "a.glb")).materials
    np.testing.assert_array_equal(first.base.pixels, see_through)
    assert first.normal.pixels.shape == second.base.pixels.shape == (2, 2, 3)


@pytest.mark.parametrize(
    ("transform", "at"),
    [
        # offset and scale take the square's picture to its lower right quarter: all yellow
        ({"offset": [0.5, 0.5], "scale": [0.5, 0.5]}, None),
        # u' = v, v' = 1 - u: what was at the top left (u 0, v 0) is now seen at the top right
        ({"offset": [0, 1], "rotation": math.pi / 2}, [1, 1, 0]),
        # u' = 1 - v, v' = u: now at the bottom left
        ({"offset": [1, 0], "rotation": -math.pi / 2}, [0, 0, 0]),
    ],
)
def test_texture_transforms(tmp_path, transform, at):
    gltf = square()
    info = gltf.document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
    info["extensions"] = {"KHR_texture_transform": transform}

    part, material = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    if at is None:
        assert part.uvs.min() == 0.5 and part.uvs.max() == 1
    else:
        np.testing.assert_allclose(reddest(part, material.base), at)


def test_the_sets_of_texture_coordinates(tmp_path):
    gltf = Gltf()
    picture_0, picture_1 = gltf.texture(), gltf.texture()
    gltf.material(
        pbrMetallicRoughness={"baseColorTexture": {**picture_0, "texCoord": 1}},
        normalTexture={**picture_1, "texCoord": 1},
        occlusionTexture=picture_1,
    )
    gltf.primitive({"TEXCOORD_0": UVS * 0, "TEXCOORD_1": UVS}, material=0)

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    part, material = only(scene)
    np.testing.assert_array_equal(part.uvs, UVS)
    assert material.normal is not None and material.occlusion is None
    assert scene.notes == ["occlusion of 1 materials on other texture coordinates, left out"]


@pytest.mark.parametrize("kind", [np.float32, np.uint8, np.uint16])
def test_vertex_colours(tmp_path, kind):
    most = 1 if kind is np.float32 else np.iinfo(kind).max
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
    gltf = square()
    rows = np.zeros((4, 4), kind)
    rows[:, :3] = colours * most
    view = gltf.view(rows.tobytes(), byteStride=4 * rows.itemsize)
    index = gltf.accessor(rows[:, :3], normalized=True)
    gltf.document["accessors"][index]["bufferView"] = view
    gltf.document["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = index

    part, _ = only(read_scene(gltf.glb(tmp_path / "a.glb")))
    np.testing.assert_allclose(part.colours, np.column_stack([colours, np.ones(4)]))


def test_what_cannot_be_used_is_mended_and_noted(tmp_path):
    gltf = square()
    uvs, normals = UVS.copy(), NORMALS.copy()
    uvs[1], normals[2], normals[3] = np.nan, 0, np.nan
    colours = np.ones((4, 4), np.float32)
    colours[:2] = (np.inf, 0.5, 0.5, 1), (0.5, 0.5, 0.5, 1)
    attributes = gltf.document["meshes"][0]["primitives"][0]["attributes"]
    for name, values in (("TEXCOORD_0", uvs), ("NORMAL", normals), ("COLOR_0", colours)):
        attributes[name] = gltf.accessor(values)

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    part, _ = only(scene)
    assert part.uvs[1].tolist() == [0, 0]
    np.testing.assert_allclose(part.normals, NORMALS)
    assert part.colours[0].tolist() == [1, 0.5, 0.5, 1]
    assert scene.notes == [
        "1 texture coordinates are no numbers, taken as 0",
        "2 normals without a direction, taken from the faces",
        "1 vertex colours are no numbers, taken as white",
    ]


def test_texture_coordinates_of_one_point_become_its_colour(tmp_path):
    gltf = square()
    flat = np.full((4, 2), 0.75, np.float32)  # yellow
    gltf.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = gltf.accessor(flat)

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    part, material = only(scene)
    assert part.uvs is None and material.textures == []
    red, green, blue, _ = material.base_colour
    assert red == green == pytest.approx(0.956, abs=0.001) and blue == pytest.approx(
        0.003, abs=1e-3
    )
    assert "one point" in scene.notes[0]


def test_swatches_keep_their_coordinates(tmp_path):
    gltf = square()
    corners = CORNERS[FACES.reshape(-1)]
    swatches = np.repeat(np.array([[0.25, 0.25], [0.75, 0.25]], np.float32), 3, axis=0)
    gltf.document["meshes"][0]["primitives"] = []
    attributes = {"POSITION": corners, "NORMAL": None, "TEXCOORD_0": swatches}
    gltf.primitive(attributes, faces=None, material=0)

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    part, material = only(scene)
    np.testing.assert_array_equal(part.uvs, swatches)
    assert material.base is not None
    assert scene.notes == ["no face of 1 parts has an area on its textures"]


def test_textures_without_coordinates_are_left_out(tmp_path):
    gltf = square()
    del gltf.document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    _, material = only(scene)
    assert material.textures == []
    assert scene.notes == ["textures left out of 1 parts without texture coordinates"]


def test_far_from_zero_nothing_is_lost(tmp_path):
    gltf = square(textured=False)
    gltf.document["nodes"][0]["translation"] = [650_000.25, 12.0, -2_400_000.5]

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    part, _ = only(scene)
    expected = CORNERS + np.array([650_000.25, 12.0, -2_400_000.5])
    np.testing.assert_allclose(part.positions.astype(float) + scene.origin, expected, atol=1e-6)
    assert scene.notes == ["coordinates are far from zero: moved by -650001, -12, 2400000"]


def test_what_extensions_are_ignored_is_noted(tmp_path):
    gltf = square()
    gltf.document["extensionsUsed"] = [
        "KHR_lights_punctual", "KHR_materials_emissive_strength", "VENDOR_thing"
    ]  # fmt: skip
    gltf.document["materials"][0]["extensions"] = {
        "KHR_materials_emissive_strength": {"emissiveStrength": 5}
    }

    notes = read_scene(gltf.glb(tmp_path / "a.glb")).notes
    assert notes == [
        "extensions ignored: KHR_lights_punctual, VENDOR_thing",
        "emissive strength of 1 materials, taken as 1",
    ]


def test_copyright_and_unused_materials(tmp_path):
    gltf = square()
    gltf.document["asset"]["copyright"] = "Province of Lạng Sơn"
    for _ in range(5):
        gltf.material(name="unused")

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    assert scene.copyright == "Province of Lạng Sơn"
    assert [material.name for material in scene.materials] == ["paint"]


def test_what_moves_is_told_without_reading_the_rest(tmp_path):
    gltf = square()
    assert not is_animated(gltf.glb(tmp_path / "a.glb"))
    gltf.document |= {"animations": [{}, {}], "skins": [{"joints": [0]}]}
    gltf.document["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": 0}]
    (tmp_path / "b.gltf").write_text(json.dumps(gltf.document))

    assert what_moves(tmp_path / "b.gltf") == [
        "2 animations", "1 skin", "1 mesh with morph targets"
    ]  # fmt: skip
    assert is_animated(gltf.glb(tmp_path / "c.glb"))
