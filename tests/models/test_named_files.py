"""Names that another system wrote or stored: found in the model's folder, never outside."""

import unicodedata

import numpy as np
import pytest
from model_files import PIXELS, picture
from test_read_obj import SQUARE

from vtour.errors import InputError
from vtour.models import read_scene
from vtour.models.summary import summary_of_obj
from vtour.models.uris import files_opened

FACES = "usemtl a\nf 1/1 2/2 3/3\n"
NFC = unicodedata.normalize("NFC", "Chùa Tam Thanh")
NFD = unicodedata.normalize("NFD", NFC)


def model(folder, library, texture, stored_library, stored_texture):
    """An OBJ in a folder of its own, what it names, and what is stored there."""
    folder = folder / "model"
    for name in (stored_library, stored_texture):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / stored_library).write_text(f"newmtl a\nmap_Kd {texture}\n")
    (folder / stored_texture).write_bytes(picture())
    (folder / "a.obj").write_text(f"mtllib {library}\n{SQUARE}{FACES}")
    return folder / "a.obj"


FOUND = {
    "backslashes": ("vật liệu\\C.mtl", "ảnh\\p.png", "vật liệu/C.mtl", "vật liệu/ảnh/p.png"),
    "beside the model": ("vật liệu\\C.mtl", "ảnh\\p.png", "vật liệu/C.mtl", "ảnh/p.png"),
    "case": ("statue.mtl", "Ảnh/STATUE.jpg", "Statue.MTL", "ảnh/statue.JPG"),
    "taken apart on the disk": (f"{NFC}.mtl", f"{NFC}.png", f"{NFD}.mtl", f"{NFD}.png"),
    "taken apart in the text": (f"{NFD}.mtl", f"{NFD}.png", f"{NFC}.mtl", f"{NFC}.png"),
    "apart and in case": (f"{NFD}.MTL", f"x\\{NFC}.PNG", f"{NFC}.mtl", f"X/{NFD}.png"),
    "quotes": ('"m 1.mtl"', '"p 1.png"', "m 1.mtl", "p 1.png"),
    "quotes in the name": ('"m 1.mtl"', "'p'", '"m 1.mtl"', "'p'"),
    "behind an option": ("m.mtl", '-bm 1.0 "tex\\p 1.png"', "m.mtl", "tex/p 1.png"),
}


@pytest.mark.parametrize("case", FOUND)
def test_names_of_another_system_are_found(tmp_path, case):
    path = model(tmp_path, *FOUND[case])
    with files_opened() as opened:
        scene = read_scene(path)

    np.testing.assert_array_equal(scene.materials[0].base.pixels, PIXELS)
    assert scene.notes == []
    stored = {path.parent / name for name in FOUND[case][2:]}
    assert opened == stored
    assert [file for _, file in summary_of_obj(path).pictures] == [path.parent / FOUND[case][3]]


@pytest.mark.parametrize(
    "text",
    [
        "C:\\Users\\Hùng\\Documents\\Xuất\\statue.jpg", "D:/statue.JPG", "C:statue.jpg",
        "/home/hung/Xuất/statue.jpg", "\\\\server\\share\\statue.jpg", '"C:\\x y\\statue.jpg"',
    ],
)  # fmt: skip
def test_of_an_absolute_path_the_name_beside_counts(tmp_path, text):
    path = model(tmp_path, "a.mtl", text, "a.mtl", "statue.jpg")
    scene = read_scene(path)

    np.testing.assert_array_equal(scene.materials[0].base.pixels, PIXELS)
    (note,) = scene.notes
    assert note.lower() == (
        "texture 'statue.jpg' is named by a path of another machine: the file beside is taken"
    )


def test_exact_names_come_first(tmp_path):
    path = model(tmp_path, "a.mtl", "P.png", "a.mtl", "p.png")
    (path.parent / "P.png").write_bytes(picture(PIXELS[::-1]))

    pixels = read_scene(path).materials[0].base.pixels
    np.testing.assert_array_equal(pixels, PIXELS[::-1])


def test_one_line_of_several_libraries(tmp_path):
    path = model(tmp_path, "none.mtl A.mtl", "p.png", "a.mtl", "p.png")

    scene = read_scene(path)
    assert scene.materials[0].base is not None
    assert scene.notes == ["materials 'none.mtl' not found, left out"]


def test_a_missing_name_with_spaces_is_one_note(tmp_path):
    path = model(tmp_path, f"tex\\{NFC}.mtl", "tex\\p 1.png", "a.mtl", "p.png")

    assert read_scene(path).notes == [
        f"materials 'tex\\{NFC}.mtl' not found, left out",
        "1 materials that no mtllib tells, shown in grey",
    ]
    path.write_text(path.read_text().replace(f"tex\\{NFC}", "a"))
    assert read_scene(path).notes == ["texture 'tex\\p 1.png' not found, left out"]


OUTSIDE = [
    "..\\secret.png", "tex\\..\\..\\secret.png", '"../secret.png"', '"..\\secret.png"', "C:\\..",
    "C:\\Users\\..\\secret.png", "/secret.png", "file:///secret.png", "file:secret.png",
    "http://host/p.png", '"http://host/p.png"', "\\\\?\\C:\\secret.png", "C:", "/", "\\x.png",
    "C:\\a:b", "up/SECRET.png", "up\\secret.png", "C:\\link.png", "LINK.PNG", "/x/LOOP.png",
]  # fmt: skip


def beside_a_secret(tmp_path, text, what):
    """A model that names a text, and links out of its folder."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture())
    names = (text, "p.png") if what == "mtllib" else ("a.mtl", text)
    path = model(tmp_path, *names, "a.mtl", "p.png")
    (path.parent / "up").symlink_to(tmp_path, target_is_directory=True)
    (path.parent / "link.png").symlink_to(secret)
    (path.parent / "loop.png").symlink_to(path.parent / "loop.png")
    return path


@pytest.mark.parametrize("text", OUTSIDE)
@pytest.mark.parametrize("what", ["mtllib", "texture"])
def test_no_name_leads_out_of_the_folder(tmp_path, text, what):
    path = beside_a_secret(tmp_path, text, what)
    with (
        files_opened() as opened,
        pytest.raises(InputError, match=f"{what} '.+' leads elsewhere") as caught,
    ):
        read_scene(path)
    assert opened <= {path.parent / "a.mtl"}
    assert text[:60] in str(caught.value)


@pytest.mark.parametrize("what", ["mtllib", "texture"])
def test_folders_behind_links_are_not_listed(tmp_path, what):
    path = beside_a_secret(tmp_path, "UP\\secret.png", what)
    with files_opened() as opened:
        scene = read_scene(path)

    assert opened <= {path.parent / "a.mtl"}
    assert scene.materials[0].base is None
    assert any("'UP\\secret.png' not found, left out" in note for note in scene.notes)


@pytest.mark.parametrize("first", ["v", "mtllib"])
def test_files_that_begin_with_a_byte_order_mark(tmp_path, first):
    path = model(tmp_path, "a.mtl", "p.png", "a.mtl", "p.png")
    (path.parent / "a.mtl").write_text("newmtl a\nmap_Kd p.png\n", "utf-8-sig")
    square = SQUARE.removeprefix("# a square\n")
    lines = ["mtllib a.mtl\n", square] if first == "mtllib" else [square, "mtllib a.mtl\n"]
    path.write_text("".join([*lines, FACES]), "utf-8-sig")

    scene = read_scene(path)
    np.testing.assert_array_equal(scene.parts[0].positions[:2], [[0, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(scene.materials[0].base.pixels, PIXELS)
    assert scene.notes == []
