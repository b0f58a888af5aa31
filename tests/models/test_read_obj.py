"""OBJ with MTL into scenes."""

import numpy as np
import pytest
from model_files import CORNERS, FACES, PIXELS, UVS, picture, reddest

from vtour.errors import InputError
from vtour.glb.scene import AlphaMode, Wrap
from vtour.models import read_scene

SQUARE = """# a square
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vn 0 0 1
"""


def obj(tmp_path, text, mtl=None, name="a.obj"):
    (tmp_path / name).write_text(text, newline="")
    if mtl is not None:
        (tmp_path / "a.mtl").write_text(mtl)
    return tmp_path / name


def only(scene):
    assert len(scene.parts) == 1
    return scene.parts[0], scene.materials[scene.parts[0].material]


def corners_of(part):
    """Faces as the positions of their corners, so that the order of vertices does not matter."""
    return part.positions[part.faces]


@pytest.mark.parametrize(
    "faces",
    [
        "f 1/1/1 2/2/1 3/3/1\nf 1/1/1 3/3/1 4/4/1\n",
        "f 1/1/1 2/2/1 3/3/1 4/4/1\n",
        "f -4/-4/-1 -3/-3/-1 -2/-2/-1 -1/-1/-1\n",
        "f  1/1/1\t2/2/1 \\\n 3/3/1 4/4/1\r\n",
        "f 1/1/-1 2/-3/1 -2/3/1 4/4/1",
    ],
)
def test_the_square_however_its_faces_are_written(tmp_path, faces):
    (tmp_path / "p.png").write_bytes(picture())
    text = "mtllib a.mtl\n" + SQUARE + "usemtl paint\n" + faces
    scene = read_scene(obj(tmp_path, text, "newmtl paint\nmap_Kd p.png\n"))

    part, material = only(scene)
    np.testing.assert_array_equal(corners_of(part), CORNERS[FACES])
    np.testing.assert_array_equal(part.uvs[part.faces], UVS[FACES])
    np.testing.assert_array_equal(part.normals, [[0, 0, 1]] * 4)
    np.testing.assert_array_equal(material.base.pixels, PIXELS)
    np.testing.assert_array_equal(reddest(part, material.base), [0, 1, 0])
    assert (material.name, material.base_colour, material.metallic) == ("paint", (1, 1, 1, 1), 0)
    assert scene.notes == []


def test_plain_and_half_plain_faces(tmp_path):
    text = SQUARE + "f 1 2 3\nf 1//1 3//1 4//1\n"
    part, material = only(read_scene(obj(tmp_path, text)))

    np.testing.assert_array_equal(corners_of(part), CORNERS[FACES])
    np.testing.assert_allclose(part.normals, [[0, 0, 1]] * len(part.normals))
    assert material.name == "default" and part.uvs is None


def test_polygons_become_fans(tmp_path):
    corners = [(np.cos(a), np.sin(a), 0.0) for a in np.arange(7) * 2 * np.pi / 7]
    text = "".join("v {} {} {}\n".format(*corner) for corner in corners)
    part, _ = only(read_scene(obj(tmp_path, text + "f 1 2 3 4 5 6 7\n")))

    assert len(part.faces) == 5
    a, b, c = (part.positions[part.faces[:, k]] for k in range(3))
    areas = np.cross(b - a, c - a)[:, 2] / 2
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(7 / 2 * np.sin(2 * np.pi / 7), rel=1e-6)


def test_a_seam_doubles_its_vertices(tmp_path):
    (tmp_path / "p.png").write_bytes(picture())
    text = SQUARE + "usemtl a\nf 1/1 2/2 3/3\nf 1/2 3/4 4/1\nmtllib a.mtl\n"
    part, _ = only(read_scene(obj(tmp_path, text, "newmtl a\nmap_Kd p.png\n")))

    assert len(part.positions) == 6
    expected = np.array([[[0, 1], [1, 1], [1, 0]], [[1, 1], [0, 0], [0, 1]]])
    np.testing.assert_array_equal(part.uvs[part.faces], expected)


def test_vertex_colours_are_linear(tmp_path):
    lines = ["v 0 0 0 1 0 0.5", "v 1 0 0 1 0 0.5", "v 1 1 0 1 0 0.5", "f 1 2 3"]
    part, _ = only(read_scene(obj(tmp_path, "\n".join(lines))))

    # 0.5 in sRGB is 0.2140 of the light (IEC 61966-2-1)
    np.testing.assert_allclose(part.colours, [[1, 0, 0.21404, 1]] * 3, atol=1e-5)


def test_colours_of_bytes_and_of_some_vertices_alone(tmp_path):
    lines = ["v 0 0 0 255 0 0", "v 1 0 0", "v 1 1 0 0 255 0", "f 1 2 3"]
    part, _ = only(read_scene(obj(tmp_path, "\n".join(lines))))

    np.testing.assert_allclose(part.colours[:, :3], [[1, 0, 0], [1, 1, 1], [0, 1, 0]])


def test_a_material_told_in_full(tmp_path):
    glass = np.dstack([PIXELS, [[255, 0], [128, 255]]])
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "the colour.png").write_bytes(picture())
    (tmp_path / "maps" / "alpha.png").write_bytes(picture(glass))
    flat = np.full((4, 4, 3), (128, 128, 255))
    (tmp_path / "maps" / "n.bmp").write_bytes(picture(flat, "BMP"))
    mtl = """
newmtl brick
Kd 0 0 0
Ks 0.5 0.5 0.5
Ns 30
illum 2
map_Kd -s 1 1 1 -clamp on maps\\the colour.png
map_d maps/alpha.png
map_Bump -bm 0.5 maps/n.bmp
map_Ks maps/none.png
newmtl glass
Kd 0.5 0.5 0.5
d 0.25
illum 0
"""
    text = SQUARE + "mtllib a.mtl\nusemtl brick\nf 1/1 2/2 3/3\nusemtl glass\nf 1/1 3/3 4/4\n"
    scene = read_scene(obj(tmp_path, text, mtl))

    brick, clear = scene.materials
    np.testing.assert_array_equal(brick.base.pixels, glass)
    assert brick.alpha_mode == AlphaMode.mask and brick.base.wrap == (Wrap.clamp, Wrap.clamp)
    assert brick.base_colour == (1, 1, 1, 1)
    assert brick.roughness == pytest.approx(0.5)  # alpha = sqrt(2 / 32) = 0.25
    assert brick.normal.pixels[0, 0].tolist() == [128, 128, 255]
    assert clear.unlit and clear.alpha_mode == AlphaMode.blend
    assert clear.base_colour == pytest.approx((0.21404, 0.21404, 0.21404, 0.25), abs=1e-5)
    assert scene.notes == ["1 maps of shine, metal or height, left out"]


def test_what_is_missing_is_noted(tmp_path):
    text = SQUARE + "mtllib a.mtl\nusemtl a\nf 1/1 2/2 3/3\nusemtl b\nf 1/1 3/3 4/4\nl 1 2\n"
    scene = read_scene(obj(tmp_path, text, "newmtl a\nKd 1 0 0\nmap_Kd gone.png\n"))

    assert scene.materials[0].base_colour == (1, 0, 0, 1)
    assert scene.notes == [
        "1 lines and points, left out",
        "texture 'gone.png' not found, left out",
        "1 materials that no mtllib tells, shown in grey",
    ]
    (tmp_path / "a.mtl").unlink()
    assert "materials 'a.mtl' not found, left out" in read_scene(tmp_path / "a.obj").notes


def test_blocks_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr("vtour.models.obj.BLOCK_BYTES", 37)
    text = (
        SQUARE.replace("\n", "\r\n") + "g x\r\nf 1/1/1 2/2/1 \\\r\n 3/3/1 4/4/1\r\nf -4 -3 -2\r\n"
    )
    part, _ = only(read_scene(obj(tmp_path, text)))

    np.testing.assert_array_equal(corners_of(part)[:2], CORNERS[FACES])
    np.testing.assert_array_equal(corners_of(part)[2], CORNERS[[0, 1, 2]])


def test_map_coordinates_keep_their_millimetres(tmp_path):
    lines = ["v 650000.001 2400000.002 10", "v 650001.001 2400000.002 10",
             "v 650000.001 2400001.002 10.5", "f 1 2 3"]  # fmt: skip
    scene = read_scene(obj(tmp_path, "\n".join(lines)))

    whole = scene.parts[0].positions.astype(float) + scene.origin
    np.testing.assert_allclose(whole[0], [650000.001, 2400000.002, 10], atol=1e-6)


def broken(text, mtl=None):
    return lambda folder: obj(folder, text, mtl)


def _bomb(folder):
    (folder / "p.png").write_bytes(picture(np.zeros((3, 3, 3))))
    return obj(folder, SQUARE + TEXTURED, "newmtl a\nmap_Kd p.png\n")


def _text_for_a_picture(folder):
    (folder / "p.png").write_text("not a picture")
    return obj(folder, SQUARE + TEXTURED, "newmtl a\nmap_Kd p.png\n")


TEXTURED = "mtllib a.mtl\nusemtl a\nf 1/1 2/2 3/3\n"
WRONG = {
    "beyond": (broken(SQUARE + "f 1 2 5\n"), "names vertex 5, expected 1 to 4"),
    "beyond in uvs": (broken(SQUARE + "f 1/5 2/2 3/3\n"), "texture coordinate 5, expected 1 to 4"),
    "beyond in normals": (broken(SQUARE + "f 1//2 2//1 3//1\n"), "normal 2, expected 1 to 1"),
    "zero": (broken(SQUARE + "f 0 1 2\n"), "line 11: 'f 0 1 2'"),
    "before the first": (broken(SQUARE + "f -1 -2 -5\n"), "that point nowhere"),
    "2^31": (broken(SQUARE + f"f 1 2 {2**31}\n"), "names vertex 2,147,483,648"),
    "2^63": (broken(SQUARE + f"f 1 2 {2**70}\n"), "names vertex|expected numbers|nowhere"),
    "words": (broken(SQUARE + "f 1 2 three\n"), "line 11: 'f 1 2 three', expected numbers"),
    "half numbers": (broken(SQUARE + "f 1 2 3.5\n"), "line 11"),
    "four parts": (broken(SQUARE + "f 1/1/1/1 2/2/2/2 3/3/3/3\n"), "line 11"),
    "word for a place": (broken("v 0 0 0\nv 1 x 0\nf 1 1 1\n"), "line 2: 'v 1 x 0'"),
    "short place": (broken("v 0 0 0\nv 1 0\nv 1 1 1 1\nf 1 2 3\n"), "line 2: 'v 1 0'"),
    "NaN": (broken("v 0 0 0\nv nan 0 0\nv 1 1 0\nf 1 2 3\n"), "1 positions are no finite"),
    "infinite": (broken("v 0 0 0\nv 1e999 0 0\nv 1 1 0\nf 1 2 3\n"), "1 positions are no finite"),
    "no faces": (broken(SQUARE), "no faces"),
    "faces of two": (broken(SQUARE + "f 1 2\n"), "no faces"),
    "empty": (broken("# nothing\n"), "no faces"),
    "long line": (broken("v 0 0 0\n# " + "x" * 1_100_000 + "\n"), "line 2"),
    "no line end": (broken("v" + " 1" * 600_000), "line 1: longer than"),
    "mtllib above": (broken("mtllib ../a.mtl\n" + SQUARE + "f 1 2 3\n"), "leads elsewhere"),
    "mtllib absolute": (broken("mtllib /etc/passwd\n" + SQUARE + "f 1 2 3\n"), "leads elsewhere"),
    "mtllib of Windows": (broken("mtllib C:\\a.mtl\n" + SQUARE + "f 1 2 3\n"), "leads elsewhere"),
    "picture above": (broken(SQUARE + TEXTURED, "newmtl a\nmap_Kd ../p.png\n"), "leads elsewhere"),
    "picture behind": (
        broken(SQUARE + TEXTURED, "newmtl a\nmap_Kd ..\\p.png\n"), "leads elsewhere"
    ),
    "picture on a host": (
        broken(SQUARE + TEXTURED, "newmtl a\nmap_Kd http://x/p.png\n"), "leads elsewhere"
    ),
    "text for a picture": (_text_for_a_picture, "p.png: its texture is damaged"),
    "too large a picture": (_bomb, "3 x 3 px"),
    "many materials": (
        broken(SQUARE + "".join(f"usemtl m{i}\n" for i in range(100_000)) + "f 1 2 3\n"),
        "more than 4,096 materials",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(tmp_path, case, monkeypatch):
    if case == "too large a picture":
        monkeypatch.setattr("vtour.glb.read_pictures.MAX_TEXTURE_SIDE_PX", 2)
    make, message = WRONG[case]
    with pytest.raises(InputError, match=message) as caught:
        read_scene(make(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "secret.mtl").write_text("newmtl a\n")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a.mtl").symlink_to(tmp_path / "secret.mtl")

    with pytest.raises(InputError, match=r"mtllib 'a.mtl' leads elsewhere"):
        read_scene(obj(folder, SQUARE + TEXTURED))
