"""Web versions of scenes: what comes out is what went in, whatever packs it."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.scenes import four_fields, rich_scene, square

from vtour.errors import InputError, ResourceError
from vtour.glb.container import parts_from_glb
from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import Material, Part, Scene, Texture, Wrap
from vtour.glb.xmp import Credits
from vtour.optimise.writing.expand import expand_web_glb
from vtour.optimise.writing.geometry import Compression, pack_geometry
from vtour.optimise.writing.quantise import GeometryBits
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_web import (
    WebOptions,
    bytes_of,
    encode_pictures,
    write_joined,
    write_web,
)

CREDITS = Credits(title={"en": "Gate"}, creators=("A",))
GENERATED = "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE"


def twin_of(tmp_path, scene, **options):
    write_web(tmp_path / "web.glb", scene, WebOptions(**options), credits=CREDITS)
    expand_web_glb(tmp_path / "web.glb", tmp_path / "twin.glb")
    return tmp_path / "twin.glb"


def primitives(path):
    """For each part its attributes as floats and its faces, decoded by hand."""
    document, blob = parts_from_glb(path)
    kinds = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
    columns = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
    root = document["nodes"][0]

    def values(index):
        accessor = document["accessors"][index]
        view = document["bufferViews"][accessor["bufferView"]]
        kind, width = np.dtype(kinds[accessor["componentType"]]), columns[accessor["type"]]
        stride = view.get("byteStride", kind.itemsize * width)
        start = view["byteOffset"] + accessor.get("byteOffset", 0)
        rows = np.ndarray(
            (accessor["count"], width), kind, blob, start, (stride, kind.itemsize)
        ).astype(float)
        return rows / np.iinfo(kind).max if accessor.get("normalized") else rows

    found = {}
    for mesh in document["meshes"]:
        (primitive,) = mesh["primitives"]
        part = {name: values(index) for name, index in primitive["attributes"].items()}
        part["POSITION"] = part["POSITION"] * root.get("scale", 1) + root.get("translation", 0)
        part["faces"] = values(primitive["indices"]).astype(int).reshape(-1, 3)
        found[mesh["name"]] = part
    return found, document


def sorted_corners(part, *names):
    """All corners of all faces with their attributes, in an order that the file cannot choose."""
    rows = np.concatenate([part[name][part["faces"].reshape(-1)] for name in names], axis=1)
    places = np.rint(part["POSITION"][part["faces"].reshape(-1)] * 1000).astype(int)
    return rows[np.lexsort(places.T)]


@pytest.mark.parametrize("compression", Compression)
def test_every_attribute_comes_back(tmp_path, compression):
    scene = rich_scene()
    found, _ = primitives(twin_of(tmp_path, scene, compression=compression))

    tolerance = 8 / 2**14  # of the scene's 8 m
    for part in scene.parts:
        own = {"POSITION": part.positions, "faces": part.faces}
        back = found[part.name]
        assert len(back["faces"]) == len(part.faces)
        if part.name == "paint":
            own["COLOR_0"] = part.colours[:, : back["COLOR_0"].shape[1]]
        if part.name != "wall":  # unlit
            own["NORMAL"] = part.normals
        if part.name in ("wall", "stone"):
            own["TEXCOORD_0"] = part.uvs
        for name in own:
            if name == "faces":
                continue
            limit = {"POSITION": tolerance, "NORMAL": 0.02}.get(name, 0.003)
            expected = sorted_corners(own, name)
            np.testing.assert_allclose(sorted_corners(back, name), expected, atol=limit)
        corners = back["POSITION"][back["faces"]]
        turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (turned[:, 2] > 0).all()  # still seen from +Z


@pytest.mark.parametrize(
    ("compression", "form"),
    [*((compression, "webp") for compression in Compression), ("none", "avif"), ("none", "jpg")],
)
def test_khronos_finds_nothing(tmp_path, compression, form):
    options = WebOptions(compression=Compression(compression), pictures=PictureFormat(form))
    write_web(tmp_path / "web.glb", rich_scene(), options, credits=CREDITS)

    report = validate_glb(tmp_path / "web.glb")
    assert report.errors == []
    allowed = GENERATED if compression is Compression.draco else "none"
    assert [line for line in report.warnings if allowed not in line] == []


@pytest.mark.parametrize("compression", Compression)
def test_another_program_reads_the_plain_twin(tmp_path, compression):
    import trimesh

    twin = twin_of(tmp_path, rich_scene(), compression=compression)

    loaded = trimesh.load(twin, process=False)
    assert [len(mesh.faces) for mesh in loaded.geometry.values()] == [128] * 4
    np.testing.assert_allclose(loaded.bounds, [[0, 0, 0], [8, 2, 0]], atol=0.001)


@pytest.mark.parametrize("compression", Compression)
def test_same_scene_same_bytes(tmp_path, compression):
    for name in ("a.glb", "b.glb"):
        write_web(tmp_path / name, rich_scene(), WebOptions(compression=compression))

    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_what_no_material_looks_at_is_left_out(tmp_path):
    found, _ = primitives(twin_of(tmp_path, rich_scene()))

    assert set(found["wall"]) == {"POSITION", "TEXCOORD_0", "faces"}  # unlit
    assert "TANGENT" in found["stone"]
    assert set(found["paint"]) == {"POSITION", "NORMAL", "COLOR_0", "faces"}  # no texture
    assert set(found["leaf"]) == {"POSITION", "NORMAL", "TEXCOORD_0", "faces"}


@pytest.mark.parametrize("compression", [Compression.meshopt, Compression.none])
def test_coordinates_beyond_the_texture_are_moved_and_moved_back(tmp_path, compression):
    found, document = primitives(twin_of(tmp_path, rich_scene(), compression=compression))

    info = document["materials"][3]["pbrMetallicRoughness"]["baseColorTexture"]
    moved = info["extensions"]["KHR_texture_transform"]
    uvs = found["leaf"]["TEXCOORD_0"]
    assert uvs.min() >= 0
    assert uvs.max() <= 1
    back = uvs * moved["scale"] + moved["offset"]
    np.testing.assert_allclose([back.min(axis=0), back.max(axis=0)], [[-1, -1], [2, 2]], atol=1e-3)
    assert "KHR_texture_transform" in document["extensionsRequired"]


def test_coordinates_far_beyond_the_texture_stay_floats(tmp_path):
    positions, uvs, faces = square()
    repeat = Texture(four_fields(), (Wrap.repeat, Wrap.repeat))
    scene = Scene([Part(positions, faces, uvs=uvs * 500, name="a")], [Material(base=repeat)])

    found, document = primitives(twin_of(tmp_path, scene))
    assert found["a"]["TEXCOORD_0"].max() == 500
    assert "KHR_texture_transform" not in document["extensionsUsed"]


def test_parts_that_meet_still_meet(tmp_path):
    """All parts share one grid: the seam between two squares has the same numbers in both."""
    positions, _, faces = square(cells=7, edge=1.7)
    right = positions + np.float32([1.7, 0, 0])
    parts = [Part(positions, faces, name="a"), Part(right, faces, name="b")]

    for compression in Compression:
        found, _ = primitives(
            twin_of(tmp_path, Scene(parts, [Material()]), compression=compression)
        )
        left_edge = found["a"]["POSITION"]
        right_edge = found["b"]["POSITION"]
        left_edge = left_edge[np.isclose(left_edge[:, 0], 1.7, atol=1e-3)]
        right_edge = right_edge[np.isclose(right_edge[:, 0], 1.7, atol=1e-3)]
        assert len(left_edge) == len(right_edge) == 8
        order = [rows[np.argsort(rows[:, 1])] for rows in (left_edge, right_edge)]
        np.testing.assert_array_equal(order[0], order[1])


def test_bytes_are_known_before_they_are_written(tmp_path):
    scene, options = rich_scene(), WebOptions(colour_quality=40)
    expected = bytes_of(scene, options)
    geometry = pack_geometry(scene, options.compression, options.bits)
    pictures = encode_pictures(scene, options)

    assert bytes_of(scene, options, geometry=geometry, pictures=pictures) == expected
    assert write_web(tmp_path / "a.glb", scene, options) == expected
    assert write_joined(tmp_path / "b.glb", scene, geometry, pictures) == expected
    assert (tmp_path / "a.glb").stat().st_size == expected.total
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()
    assert expected.pictures == sum(len(picture.data) for picture in pictures.values())


def test_geometry_can_be_joined_with_other_pictures(tmp_path):
    """Joining leaves nothing behind in the geometry."""
    scene = rich_scene()
    geometry = pack_geometry(scene, Compression.none, GeometryBits())
    for quality in (30, 90, 30):
        pictures = encode_pictures(scene, WebOptions(colour_quality=quality))
        write_joined(tmp_path / f"{quality}.glb", scene, geometry, pictures)

    fresh = WebOptions(compression=Compression.none, colour_quality=30)
    write_web(tmp_path / "fresh.glb", scene, fresh)
    assert (tmp_path / "30.glb").read_bytes() == (tmp_path / "fresh.glb").read_bytes()


def test_fewer_bits_fewer_bytes():
    rng = np.random.default_rng(0)
    positions, uvs, faces = square(cells=60)
    rough = positions + rng.normal(scale=0.01, size=positions.shape).astype(np.float32)
    scene = Scene([Part(rough, faces, uvs=uvs)], [Material()])

    sizes = [bytes_of(scene, WebOptions(position_bits=bits)).total for bits in (10, 12, 14, 16)]
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.8 * sizes[-1]


def test_faces_that_quantising_flattens_are_left_out(tmp_path):
    positions, _, faces = square(cells=8)
    speck = positions * 1e-6
    parts = [Part(positions, faces, name="a"), Part(speck, faces, name="speck")]

    geometry = pack_geometry(Scene(parts, [Material()]), Compression.none, GeometryBits())
    assert geometry.faces == 128
    point = Scene([replace(parts[0], positions=np.ones_like(positions))], [Material()])
    with pytest.raises(InputError, match="lines or points"):
        write_web(tmp_path / "point.glb", point)
    assert list(tmp_path.iterdir()) == []


def test_without_node_it_is_said(tmp_path, monkeypatch):
    def missing(*_):
        raise ResourceError("Node.js: found no node")

    monkeypatch.setattr("vtour.optimise.writing.meshopt.run_script", missing)
    with pytest.raises(ResourceError, match="found no node"):
        write_web(tmp_path / "web.glb", rich_scene())
    assert list(tmp_path.iterdir()) == []
    write_web(tmp_path / "web.glb", rich_scene(), WebOptions(compression=Compression.draco))
