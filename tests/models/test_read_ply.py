"""PLY meshes into scenes."""

import struct

import numpy as np
import pytest
from model_files import CORNERS, FACES, PIXELS, UVS, picture, reddest

from vtour.errors import InputError
from vtour.models import read_scene

FORMS = ("ascii", "binary_little_endian", "binary_big_endian")
CODES = {"float": "f", "double": "d", "uchar": "B", "int": "i", "uint": "I", "ushort": "H"}


def ply(path, form, vertex, vertices, face, faces, comments=()):
    """vertex, face: [(type, name)] or ('list', length, item, name); rows as values and lists."""
    lines = ["ply", f"format {form} 1.0", *(f"comment {text}" for text in comments)]
    for name, properties, rows in (("vertex", vertex, vertices), ("face", face, faces)):
        lines.append(f"element {name} {len(rows)}")
        lines += ["property " + " ".join(words) for words in properties]
    head = "\n".join([*lines, "end_header\n"]).encode()
    end = ">" if form.endswith("big_endian") else "<"
    body = b""
    for properties, rows in ((vertex, vertices), (face, faces)):
        for row in rows:
            body += _row(properties, row, form == "ascii", end)
    path.write_bytes(head + body)
    return path


def _row(properties, row, is_text, end):
    values = []
    for words, value in zip(properties, row, strict=True):
        if words[0] == "list":
            values += [(words[1], len(value)), *((words[2], one) for one in value)]
        else:
            values.append((words[0], value))
    if is_text:
        return (" ".join(f"{value:.9g}" for _, value in values) + "\n").encode()
    return b"".join(struct.pack(end + CODES[kind], value) for kind, value in values)


XYZ = [("float", "x"), ("float", "y"), ("float", "z")]
INDICES = [("list", "uchar", "int", "vertex_indices")]
TRIANGLES = [[face.tolist()] for face in FACES]
ROWS = CORNERS.tolist()


def only(scene):
    assert len(scene.parts) == 1
    return scene.parts[0], scene.materials[scene.parts[0].material]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("faces", [TRIANGLES, [[[0, 1, 2, 3]]]])
def test_the_square(tmp_path, form, faces):
    vertex = [*XYZ, ("float", "nx"), ("float", "ny"), ("float", "nz"), ("uchar", "red"),
              ("uchar", "green"), ("uchar", "blue")]  # fmt: skip
    rows = [[*row, 0, 0, 2, 255, 0, 128] for row in ROWS]
    path = ply(tmp_path / "a.ply", form, vertex, rows, INDICES, faces)

    part, material = only(read_scene(path))
    np.testing.assert_array_equal(part.positions, CORNERS)
    np.testing.assert_array_equal(part.faces, FACES)
    np.testing.assert_array_equal(part.normals, [[0, 0, 1]] * 4)
    # 128 / 255 in sRGB is 0.2159 of the light (IEC 61966-2-1)
    np.testing.assert_allclose(part.colours, [[1, 0, 0.21586, 1]] * 4, atol=1e-5)
    assert material.unlit and material.double_sided


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("length", ["uchar", "ushort", "int"])
def test_polygons_of_several_sizes(tmp_path, form, length):
    faces = [[[0, 1, 2], 5], [[0, 1], 5], [[0, 1, 2, 3], 5], [[3, 2, 1, 0], 5]]
    face = [("list", length, "uint", "vertex_index"), ("ushort", "flags")]
    scene = read_scene(ply(tmp_path / "a.ply", form, XYZ, ROWS, face, faces))

    part, material = only(scene)
    expected = [[0, 1, 2], [0, 1, 2], [0, 2, 3], [3, 2, 1], [3, 1, 0]]
    np.testing.assert_array_equal(part.faces, expected)
    assert part.colours is None and not material.unlit
    assert scene.notes == ["1 faces of fewer than three corners, left out"]


@pytest.mark.parametrize("names", [("s", "t"), ("u", "v"), ("texture_u", "texture_v")])
def test_texture_coordinates_of_vertices(tmp_path, names):
    (tmp_path / "p.png").write_bytes(picture())
    vertex = [*XYZ, *(("float", name) for name in names)]
    rows = [[*row, u, 1 - v] for row, (u, v) in zip(ROWS, UVS, strict=True)]
    comments = ["TextureFile p.png"]
    scene = read_scene(
        ply(tmp_path / "a.ply", FORMS[1], vertex, rows, INDICES, TRIANGLES, comments)
    )

    part, material = only(scene)
    np.testing.assert_array_equal(part.uvs, UVS)
    np.testing.assert_array_equal(material.base.pixels, PIXELS)
    np.testing.assert_array_equal(reddest(part, material.base), [0, 1, 0])
    assert material.unlit and material.name == "p"


@pytest.mark.parametrize("form", FORMS)
def test_texture_coordinates_of_corners_and_two_pictures(tmp_path, form):
    (tmp_path / "p.png").write_bytes(picture())
    (tmp_path / "q.jpg").write_bytes(picture(PIXELS[::-1], "JPEG"))
    face = [*INDICES, ("list", "uchar", "float", "texcoord"), ("int", "texnumber")]
    flipped = UVS * (1, -1) + (0, 1)
    faces = [[f.tolist(), flipped[f].reshape(-1).tolist(), k] for k, f in enumerate(FACES)]
    comments = ["TextureFile p.png", "made by hand", "TextureFile q.jpg"]
    scene = read_scene(ply(tmp_path / "a.ply", form, XYZ, ROWS, face, faces, comments))

    assert [material.name for material in scene.materials] == ["p", "q"]
    for part, expected in zip(scene.parts, FACES, strict=True):
        np.testing.assert_array_equal(part.positions[part.faces[0]], CORNERS[expected])
        np.testing.assert_allclose(part.uvs[part.faces[0]], UVS[expected])


def test_texture_coordinates_that_are_cut_are_taken_as_none(tmp_path):
    (tmp_path / "p.png").write_bytes(picture())
    face = [*INDICES, ("list", "uchar", "float", "texcoord")]
    faces = [[[0, 1, 2], [0, 1, 0.5, 1, 0.25]], [[0, 2, 3], []]]
    comments = ["TextureFile p.png"]
    scene = read_scene(ply(tmp_path / "a.ply", FORMS[1], XYZ, ROWS, face, faces, comments))

    part, _ = only(scene)
    expected = [[[0, 0], [0.5, 0], [0, 0]], [[0, 0]] * 3]
    np.testing.assert_array_equal(part.uvs[part.faces], expected)
    assert scene.notes[0] == "3 texture coordinates are no numbers, taken as 0"


def test_vertex_colours_give_way_to_a_texture(tmp_path):
    (tmp_path / "p.png").write_bytes(picture())
    vertex = [*XYZ, ("float", "s"), ("float", "t"), ("uchar", "red"), ("uchar", "green"),
              ("uchar", "blue")]  # fmt: skip
    rows = [[*row, *uv, 9, 9, 9] for row, uv in zip(ROWS, UVS, strict=True)]
    for name, count in (("p.png", 1), ("gone.png", 2)):
        comments = [f"TextureFile {name}"]
        path = ply(tmp_path / "a.ply", FORMS[0], vertex, rows, INDICES, TRIANGLES, comments)
        scene = read_scene(path)
        assert (scene.parts[0].colours is None) == (count == 1)
        assert len(scene.notes) == 1


def test_doubles_far_from_zero(tmp_path):
    vertex = [("double", name) for name in "xyz"]
    rows = (CORNERS + np.array([650000.001, 0, -2400000.002])).tolist()
    scene = read_scene(ply(tmp_path / "a.ply", FORMS[1], vertex, rows, INDICES, TRIANGLES))

    whole = scene.parts[0].positions.astype(float) + scene.origin
    np.testing.assert_allclose(whole, rows, atol=1e-6)


def test_elements_between_are_passed_over(tmp_path):
    path = ply(tmp_path / "a.ply", FORMS[0], XYZ, ROWS, INDICES, TRIANGLES)
    text = path.read_text().replace(
        "element vertex", "element station 2\nproperty list uchar int of\nelement vertex"
    )
    path.write_text(text.replace("end_header\n", "end_header\n2 7 7\n0\n"))

    part, _ = only(read_scene(path))
    np.testing.assert_array_equal(part.positions, CORNERS)


def square(folder, form=FORMS[1], **changes):
    given = {"vertex": XYZ, "vertices": ROWS, "face": INDICES, "faces": TRIANGLES} | changes
    return ply(folder / "a.ply", form, **given)


def replaced(form, old, new):
    def make(folder):
        path = square(folder, form)
        path.write_bytes(path.read_bytes().replace(old, new, 1))
        return path

    return make


WRONG = {
    "10^12 faces": (replaced(FORMS[1], b"face 2", b"face 1000000000000"), "truncated"),
    "10^12 faces of text": (replaced(FORMS[0], b"face 2", b"face 1000000000000"), "truncated"),
    "10^12 vertices": (replaced(FORMS[1], b"vertex 4", b"vertex 1000000000000"), "truncated"),
    "10^30 faces": (replaced(FORMS[1], b"face 2", b"face 1" + b"0" * 30), "expected a count"),
    "beyond": (lambda f: square(f, faces=[[[0, 1, 4]]]), "vertex 4, expected 0 to 3"),
    "negative": (lambda f: square(f, faces=[[[0, 1, -1]]]), "vertex -1, expected 0 to 3"),
    "beyond in text": (lambda f: square(f, FORMS[0], faces=[[[0, 1, 9]]]), "vertex 9"),
    "NaN": (lambda f: square(f, vertices=[[np.nan, 0, 0], *ROWS[1:]]), "1 positions are no finite"),
    "infinite": (lambda f: square(f, vertices=[[0, -np.inf, 0], *ROWS[1:]]), "1 positions are no"),
    "a cloud": (lambda f: square(f, faces=[]), "points without faces"),
    "no z": (
        lambda f: square(f, vertex=XYZ[:2], vertices=[row[:2] for row in ROWS]), "without x, y, z"
    ),
    "no indices": (
        lambda f: square(f, face=[("int", "material")], faces=[[1], [2]]), "without vertex_indices"
    ),
    "twice x": (
        lambda f: square(f, vertex=[*XYZ, ("float", "x")], vertices=[[*r, 0] for r in ROWS]),
        "one property twice",
    ),
    "a word": (replaced(FORMS[0], b"3 0 1 2", b"3 0 one 2"), "a text among its numbers"),
    "length cut": (replaced(FORMS[1], b"\x03\0\0\0\0\1", b"\xff\0\0\0\0\1"), "cut or damaged"),
    "length negative": (replaced(FORMS[0], b"3 0 1 2", b"-3 0 1 2"), "cut or damaged"),
    "length half": (replaced(FORMS[0], b"3 0 1 2", b"2.5 0 1 2"), "cut or damaged"),
    "picture above": (
        lambda f: square(f, comments=["TextureFile ../p.png"]), "'../p.png' leads elsewhere"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(tmp_path, case):
    make, message = WRONG[case]
    with pytest.raises(InputError, match=message) as caught:
        read_scene(make(tmp_path))
    assert "\n" not in str(caught.value)
