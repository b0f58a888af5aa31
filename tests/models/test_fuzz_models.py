"""Valid files with bytes changed or cut: a scene or an InputError, never anything else."""

import copy
import json
import random

import numpy as np
import psutil
import pytest
from model_files import CORNERS, NORMALS, UVS, Gltf, picture, square
from test_compressed_models import draco_square, meshopt_square
from test_read_ply import FORMS, INDICES, ROWS, TRIANGLES, XYZ, ply

from vtour.errors import InputError
from vtour.glb import read_glb
from vtour.glb.container import glb_from_parts
from vtour.models import is_animated, read_scene

MB = 1 << 20
QUICK, MANY = 100, 2000
TEXTS = [
    b"-1",
    b"1e999",
    b"nan",
    b"99999999999",
    b"[",
    b'"',
    b"{}",
    b"null",
    b"../",
    b"\xff",
    b"\n",
]

OBJ = """mtllib a.mtl
v 0 0 0 1 0 0
v 1 0 0 0 1 0
v 1 1 0 0 0 1
v 0 1 0 1 1 1
vt 0 0
vt 1 0
vt 1 1
vn 0 0 1
usemtl paint
f 1/1/1 2/2/1 3/3/1 4/1/1
f -4 -3 -2
"""
MTL = "newmtl paint\nKd 0.5 1 1\nNs 30\nKs 1 1 1\nmap_Kd -s 1 1 1 p.png\nd 0.5\nillum 2\n"


def rich():
    """A GLB with something of everything that is read."""
    gltf = Gltf()
    info = gltf.texture(picture(np.full((9, 9, 3), 99)), wrapS=33071)
    turned = {**info, "extensions": {"KHR_texture_transform": {"rotation": 0.5, "scale": [2, 3]}}}
    gltf.material(
        name="a", pbrMetallicRoughness={"baseColorTexture": turned}, normalTexture=turned,
        occlusionTexture=info, alphaMode="MASK",
    )  # fmt: skip
    shiny = {"diffuseFactor": [1, 0.5, 0, 1], "specularGlossinessTexture": info}
    gltf.material(extensions={"KHR_materials_pbrSpecularGlossiness": shiny})
    tangents = np.array([[1, 0, 0, 1]] * 4, np.float32)
    colours = np.full((4, 4), 100, np.uint8)
    index = gltf.accessor(colours, normalized=True)
    gltf.primitive({"TEXCOORD_0": UVS, "TANGENT": tangents, "COLOR_0": index}, material=0)
    position = gltf.accessor(CORNERS)
    gltf.document["accessors"][position]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": gltf.view(b"\1"), "componentType": 5121},
        "values": {"bufferView": gltf.view(NORMALS[:1].tobytes())},
    }
    strip = np.array([0, 1, 3, 2], np.uint8)
    gltf.primitive({"POSITION": position, "TEXCOORD_0": UVS}, faces=strip, mode=5, material=1)
    gltf.document["nodes"] = [
        {"mesh": 0, "scale": [-1, 2, 3]}, {"children": [0], "rotation": [0, 0, 0.6, 0.8]}
    ]  # fmt: skip
    gltf.document["scenes"] = [{"nodes": [1]}]
    return gltf


def vertex_rows():
    vertex = [*XYZ, ("float", "s"), ("float", "t"), ("uchar", "red"), ("uchar", "green"),
              ("uchar", "blue")]  # fmt: skip
    return vertex, [[*row, *uv, 9, 99, 199] for row, uv in zip(ROWS, UVS, strict=True)]


def files(folder):
    """Each kind of file: what is damaged, and what is read."""
    (folder / "p.png").write_bytes(picture())
    (folder / "a.mtl").write_text(MTL)
    (folder / "a.obj").write_text(OBJ)
    vertex, rows = vertex_rows()
    made = {
        "glb": (rich().glb(folder / "a.glb"),) * 2,
        "gltf": (rich().gltf(folder / "a.gltf"),) * 2,
        "bin": (folder / "mesh.bin", folder / "a.gltf"),
        "inside": (square().gltf(folder / "b.gltf", None),) * 2,
        "obj": (folder / "a.obj",) * 2,
        "mtl": (folder / "a.mtl", folder / "a.obj"),
        "png": (folder / "p.png", folder / "a.obj"),
    }
    faces = [*TRIANGLES, [[0, 1, 2, 3]]]
    for form in FORMS:
        path = folder / f"{form}.ply"
        comments = ["TextureFile p.png"] if form == "ascii" else []
        made[form] = (ply(path, form, vertex, rows, INDICES, faces, comments),) * 2
    return made


def damage(data, chance):
    """Some bytes changed, cut out, doubled or put in."""
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        at = chance.randrange(max(1, len(data)))
        how = chance.randrange(6)
        if how == 0 and data:
            data[at] = chance.randrange(256)
        elif how == 1 and data:
            data[at] ^= 1 << chance.randrange(8)
        elif how == 2:
            del data[at : at + chance.choice([1, 4, 40])]
        elif how == 3:
            data[at:at] = chance.choice(TEXTS)
        elif how == 4:
            data[at : at + 4] = chance.choice([b"\xff\xff\xff\x7f", b"\xff" * 4, bytes(4)])
        elif chance.randrange(4) == 0:
            del data[at:]
    return bytes(data)


VALUES = [
    -1, 0, 1, 3, 2**31, 2**63, -(2**31), 1e308, 0.5, True, None, "", "a", "NaN", [], {}, [0],
    [1, 2, 3], {"a": 1}, 5120, 5121, 5126, "VEC2", "SCALAR", [[]], [None] * 20,
]  # fmt: skip


def assert_sound(scene):
    """What every scene promises to those who use it."""
    for part in scene.parts:
        count, material = len(part.positions), scene.materials[part.material]
        assert len(part.faces) and part.faces.dtype == np.uint32
        assert sorted(set(part.faces.reshape(-1).tolist())) == list(range(count))
        assert part.positions.dtype == np.float32 and np.isfinite(part.positions).all()
        assert (part.uvs is None) == (material.textures == [])
        for values, width in ((part.normals, 3), (part.tangents, 4), (part.uvs, 2),
                              (part.colours, 4)):  # fmt: skip
            assert values is None or values.shape == (count, width)
            assert values is None or (values.dtype == np.float32 and np.isfinite(values).all())
        if part.normals is not None:
            np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1, atol=1e-5)
    for material in scene.materials:
        assert all(texture.pixels.shape[2] in (3, 4) for texture in material.textures)
        assert 0 <= min(material.base_colour) <= max(material.base_colour) <= 1
        assert 0 <= material.metallic <= 1 and 0 <= material.roughness <= 1
    assert all("\n" not in note for note in scene.notes)


def checked_scene(path):
    assert_sound(read_scene(path))


def lie(document, chance):
    """Some values of a document replaced, taken away or doubled."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 4])):
        here, key = document, chance.choice(list(document))
        while isinstance(here[key], dict | list) and here[key] and chance.randrange(6):
            here = here[key]
            key = chance.choice(list(here) if isinstance(here, dict) else range(len(here)))
        how = chance.randrange(5)
        if how == 0:
            del here[key]
        elif how == 1 and isinstance(here, list):
            here.append(copy.deepcopy(here[key]))
        elif how == 2 and isinstance(here[key], int):
            here[key] += chance.choice([-1, 1, 256])
        else:
            here[key] = copy.deepcopy(chance.choice(VALUES))
        if not document:
            return {}
    return document


def try_lies(folder, rounds, seed):
    chance, gltf, path = random.Random(seed), rich(), folder / "a.glb"
    gltf.glb(path)
    outcomes = {"read": 0, "refused": 0}
    for number in range(rounds):
        document = lie(gltf.document, chance)
        path.write_bytes(glb_from_parts(document, bytes(gltf.blob)))
        for read in (checked_scene, is_animated, read_glb):
            try:
                read(path)
                outcomes["read"] += 1
            except InputError as error:
                assert "\n" not in str(error), (number, document)
                outcomes["refused"] += 1
            except BaseException:
                (folder / f"kept-{number}.json").write_text(json.dumps(document))
                raise
    return outcomes


def try_all(folder, rounds, seed, kinds=None):
    chance = random.Random(seed)
    made = files(folder)
    good = {kind: changed.read_bytes() for kind, (changed, _) in made.items()}
    outcomes = {"read": 0, "refused": 0}
    before = psutil.Process().memory_info().rss
    for number in range(rounds):
        kind = chance.choice(kinds or list(made))
        changed, path = made[kind]
        data = damage(good[kind], chance)
        changed.write_bytes(data)
        for read in (checked_scene, is_animated, *([read_glb] if kind == "glb" else [])):
            try:
                read(path)
                outcomes["read"] += 1
            except InputError as error:
                assert "\n" not in str(error), (number, kind)
                outcomes["refused"] += 1
            except BaseException:
                (folder / f"kept-{number}-{kind}").write_bytes(data)
                raise
        changed.write_bytes(good[kind])
    assert psutil.Process().memory_info().rss - before < 300 * MB
    return outcomes


def test_valid_files_are_valid(tmp_path):
    for _, path in files(tmp_path).values():
        assert read_scene(path).faces >= 2
        checked_scene(path)


def test_some_damage(tmp_path):
    outcomes = try_all(tmp_path, QUICK, seed=1)
    assert min(outcomes.values()) > QUICK // 10


def test_some_lies(tmp_path):
    outcomes = try_lies(tmp_path, QUICK, seed=1)
    assert min(outcomes.values()) > QUICK // 10


@pytest.mark.slow
def test_many_lies(tmp_path):
    outcomes = try_lies(tmp_path, MANY, seed=2)
    assert min(outcomes.values()) > MANY // 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_much_damage(tmp_path, seed):
    outcomes = try_all(tmp_path, MANY, seed)
    assert min(outcomes.values()) > MANY // 10


@pytest.mark.slow
@pytest.mark.parametrize("make", [meshopt_square, draco_square])
def test_damaged_streams(tmp_path, make):
    path = make().glb(tmp_path / "a.glb")
    good, chance = path.read_bytes(), random.Random(5)
    for _ in range(40):
        path.write_bytes(damage(good, chance))
        try:
            read_scene(path)
        except InputError as error:
            assert "\n" not in str(error)
