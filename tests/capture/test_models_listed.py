"""Models made elsewhere in the inventory: which files belong to them, what is said of bad ones."""

import json
import unicodedata

import numpy as np
import pytest
from click.testing import CliRunner
from sample_photos import gpano_xmp, texture, write_photo

from tests.model_captures import QUICK, write_obj, write_ply
from tests.models.model_files import CORNERS, FACES, NORMALS, Gltf, square
from vtour.capture.inventory import list_captures, report_of, take_inventory
from vtour.capture.model_parts import names_in
from vtour.cli.main import cli
from vtour.errors import CaptureError, InputError
from vtour.model_files import entries_by_path
from vtour.plan import captured_sizes
from vtour.schema.models import ModelsFile
from vtour.workspace import Workspace


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def files(root):
    inventory = list_captures(root, QUICK)
    return inventory, {file.path: file for file in inventory.files}


def table(root):
    return {
        name: (file.kind.value, file.status.value, file.model)
        for name, file in files(root)[1].items()
    }


def take(root):
    work = Workspace(root.parent / "work", root)
    take_inventory(work, work, QUICK)
    return work.files


def test_files_that_a_model_names_belong_to_it(tmp_path, models):
    write_obj(models / "Tượng đá.obj", texture="textures/skin 1.png")
    (models / "gate").mkdir()
    square().gltf(models / "gate" / "mesh.gltf")
    write_ply(models / "wall.ply")
    square().glb(models / "lion.glb")
    (models / "left over.bin").write_bytes(b"123")
    (models / "notes.txt").write_text("hello")
    assert table(tmp_path) == {
        "models/Tượng đá.obj": ("model", "used", "tuong-da"),
        "models/Tượng đá.mtl": ("model_part", "used", "tuong-da"),
        "models/textures/skin 1.png": ("model_part", "used", "tuong-da"),
        "models/gate/mesh.gltf": ("model", "used", "gate"),
        "models/gate/mesh.bin": ("model_part", "used", "gate"),
        "models/wall.ply": ("model", "used", "wall"),
        "models/lion.glb": ("model", "used", "lion"),
        "models/left over.bin": ("model_part", "ignored", None),
        "models/notes.txt": ("other", "ignored", None),
    }


def test_the_sizes_of_the_pictures_of_models_are_planned_with(tmp_path):
    write_obj(tmp_path / "in" / "models" / "a.obj", texture="skin.png")  # 32 x 32 px
    write_obj(tmp_path / "in" / "models" / "b" / "b.obj", texture=None)
    work = Workspace(tmp_path / "work", tmp_path / "in")
    take_inventory(work, work, QUICK)
    sizes = {file.path: (file.width_px, file.height_px) for file in work.files.files}
    assert sizes["models/skin.png"] == (32, 32)
    assert sizes["models/a.mtl"] == (None, None)
    assert captured_sizes(work).textures == (1024, 0)


def test_what_a_model_is_is_told(tmp_path, models):
    write_obj(models / "a.obj", (500_000, 2_400_000, 10), (500_002, 2_400_003, 14))
    _, found = files(tmp_path)
    model = found["models/a.obj"]
    assert (model.model_format, model.faces, model.moves) == ("OBJ", 12, None)
    assert model.bounds_min == [500_000, 2_400_000, 10]
    assert model.bounds_max == [500_002, 2_400_003, 14]


def test_a_bare_export_is_a_model_and_not_photos(tmp_path):
    write_obj(tmp_path / "statue.obj", texture="statue.jpg")
    inventory, _ = files(tmp_path)
    assert inventory.layout == "models"
    assert table(tmp_path) == {
        "statue.obj": ("model", "used", "statue"),
        "statue.mtl": ("model_part", "used", "statue"),
        "statue.jpg": ("model_part", "used", "statue"),
    }


def test_photos_beside_a_bare_model_stay_photos(tmp_path):
    write_obj(tmp_path / "statue.obj", texture="statue.png")
    _photos(tmp_path, 3)
    assert table(tmp_path)["IMG_1.jpg"][:2] == ("photo", "used")
    assert table(tmp_path)["statue.png"][:2] == ("model_part", "used")


def _photos(folder, number):
    for index in range(number):
        write_photo(folder / f"IMG_{index}.jpg", texture(seed=index))


@pytest.mark.parametrize("damaged", [False, True])
def test_one_or_two_pictures_beside_a_bare_model_are_not_taken_for_photos(tmp_path, damaged):
    write_obj(tmp_path / "statue.obj", texture="statue.png")
    _photos(tmp_path, 2)
    if damaged:
        (tmp_path / "statue.obj").write_text("v 0 0 0\nf 1 2 3\n")
    inventory, found = files(tmp_path)
    assert (inventory.layout, inventory.warnings) == ("models", [])
    photo = found["IMG_1.jpg"]
    assert (photo.kind, photo.status) == ("model_part", "ignored")
    assert photo.reason.startswith("lies beside a model")
    if damaged:
        with pytest.raises(CaptureError, match=r"1 unusable \(statue.obj: "):
            take(tmp_path)


def test_a_sphere_beside_a_bare_model_is_a_panorama_when_it_says_so(tmp_path):
    write_obj(tmp_path / "gate.obj", texture=None)
    write_photo(tmp_path / "wide.jpg", texture(2000, 1000))
    assert table(tmp_path)["wide.jpg"][:2] == ("model_part", "ignored")
    sphere = gpano_xmp(ProjectionType="equirectangular")
    write_photo(tmp_path / "yard.jpg", texture(2000, 1000, seed=1), xmp=sphere)
    assert table(tmp_path)["yard.jpg"][:2] == ("panorama", "used")


def test_a_model_takes_neither_words_of_people_nor_other_models(tmp_path, models):
    write_obj(models / "a.obj")
    write_obj(models / "b.obj", high=(1, 1, 2), texture=None)
    (models / "models.yaml").write_text("models:\n- {file: b.obj, units: cm}\n")
    named = (models / "a.obj").read_text()
    (models / "a.obj").write_text(f"mtllib b.obj\nmtllib models.yaml\n{named}")
    told = table(tmp_path)
    assert told["models/a.obj"] == ("model", "used", "a")
    assert told["models/b.obj"] == ("model", "used", "b")
    assert told["models/models.yaml"] == ("models", "used", None)


def test_a_picture_that_is_none_takes_no_privacy_away(tmp_path):
    write_obj(tmp_path / "a.obj")
    (tmp_path / "a.mtl").write_text("newmtl skin\nmap_Kd privacy.yaml\n")
    (tmp_path / "privacy.yaml").write_text("add: []\n")
    told = table(tmp_path)
    assert told["a.obj"][:2] == ("model", "unusable")
    assert told["privacy.yaml"] == ("privacy", "used", None)


def test_an_unusable_model_takes_no_photos(tmp_path):
    """A bare OBJ without faces names a photo by a library that is no text of materials."""
    (tmp_path / "lost.obj").write_text("mtllib lost.txt\nusemtl a\nv 0 0 0\n")
    (tmp_path / "lost.txt").write_text("newmtl a\nmap_Kd IMG_1.jpg\n")
    _photos(tmp_path, 3)
    assert table(tmp_path)["IMG_1.jpg"][:2] == ("photo", "used")


def test_a_name_within_a_name_is_no_name(tmp_path):
    write_obj(tmp_path / "church.obj", texture="church_u1_1.png")
    write_photo(tmp_path / "1.png")
    _photos(tmp_path, 2)
    told = table(tmp_path)
    assert told["1.png"][:2] == ("photo", "used")
    assert told["church_u1_1.png"][:2] == ("model_part", "used")


NAMED = {
    "map_Kd 1.jpg": True,
    "map_Kd -bm 0.5 C:\\export\\1.jpg": True,
    'map_Kd "skins/1.jpg"': True,
    "map_Kd\t1.jpg \r": True,
    "map_Kd church 1.jpg": True,
    "map_Kd u1_1.jpg": False,
    "map_Kd 1.jpg.bak": False,
    "map_Kd 11.jpg": False,
}


@pytest.mark.parametrize("line", NAMED)
def test_names_are_told_by_what_stands_before(line):
    assert names_in([line], ["1.jpg", "2.jpg", "a long name.jpg"]) == (
        {"1.jpg"} if NAMED[line] else set()
    )


def test_names_are_found_in_gltf_and_in_other_forms_of_letters(tmp_path):
    """JSON writes letters as numbers, macOS writes letters and marks apart."""
    composed = "Cổng.png"
    gltf = square()
    gltf.gltf(tmp_path / "a.gltf")
    uri = json.dumps({"images": [{"uri": composed}]})
    (tmp_path / "b.gltf").write_text(uri)
    photo = tmp_path / unicodedata.normalize("NFD", composed)
    write_photo(photo)
    told = table(tmp_path)
    assert [kind for name, (kind, *_) in told.items() if name.endswith(".png")] == ["model_part"]


def test_models_that_differ_in_their_pictures_alone_are_two(tmp_path, models):
    for folder in ("before", "after", "copy of after"):
        write_obj(models / folder / "m.obj")
    (models / "before" / "m.mtl").write_text("newmtl skin\nKd 0.2 0.2 0.2\n")
    told = table(tmp_path)
    assert told["models/before/m.obj"] == ("model", "used", "before")
    assert told["models/after/m.obj"] == ("model", "used", "after")
    assert told["models/copy of after/m.obj"][:2] == ("model", "ignored")


LIONS = """models:
  - {file: trái/lân.glb, position: {enu_m: [-2, 0, 0]}}
  - {file: phải/lân.glb, position: {enu_m: [2, 0, 0]}}
"""


def test_equal_models_that_models_yaml_names_are_all_used(tmp_path, models):
    for folder in ("trái", "phải", "a"):
        (models / folder).mkdir()
        square().glb(models / folder / "lân.glb")
    (models / "models.yaml").write_text(LIONS)
    inventory, found = files(tmp_path)
    assert found["models/trái/lân.glb"].model == "trai"
    assert found["models/phải/lân.glb"].model == "phai"
    assert len(inventory.usable_models()) == 2
    assert inventory.warnings == []
    assert found["models/a/lân.glb"].duplicate_of == "models/phải/lân.glb"  # shortest but not named
    (models / "models.yaml").write_text("")
    assert len(files(tmp_path)[0].usable_models()) == 1


def test_a_model_that_cannot_be_used_takes_no_name(tmp_path, models):
    write_obj(models / "gate" / "export.obj")
    (models / "gate" / "export.fbx").write_bytes(b"Kaydara")
    told = table(tmp_path)
    assert told["models/gate/export.obj"] == ("model", "used", "gate")
    assert told["models/gate/export.fbx"] == ("model", "unusable", None)


def _cut(path):
    data = square().glb(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _nan(path):
    gltf = Gltf()
    corners = CORNERS.copy()
    corners[0] = np.nan
    gltf.primitive({"POSITION": corners, "NORMAL": NORMALS}, FACES)
    gltf.glb(path)


def _above(path):
    gltf = square()
    gltf.gltf(path, uri=None)
    path.write_text(
        path.read_text().replace('"uri": "data:', '"uri": "../../../etc/passwd", "x": "data:')
    )


def _moving(path, **image):
    moving = square()
    moving.document["animations"] = [{"channels": [], "samplers": []}]
    moving.document["accessors"][0] |= {"min": [0, 0, 0], "max": [1, 1, 0]}
    for accessor in moving.document["accessors"]:
        if accessor["type"] == "VEC3":
            accessor |= {"min": [0, 0, 0], "max": [1, 1, 0]}
    if image:
        moving.document["images"] = [image]
    moving.glb(path)
    return moving


BAD = {
    "far.glb": (lambda path: _moving(path, uri="http://example.org/a.png"), "outside of it"),
    "over.glb": (lambda path: _moving(path, uri="../a.png"), "outside of it"),
    "cut.glb": (_cut, "expected"),
    "nan.glb": (_nan, "finite"),
    "above.gltf": (_above, "leads elsewhere"),
    "cloud.ply": (lambda path: write_ply(path, faces=[]), "a cloud belongs into scans/"),
    "words.obj": (lambda path: path.write_text("hello\n"), "face"),
    "print.stl": (lambda path: path.write_text("solid a\n"), "found STL, expected GLB"),
    "empty.glb": (lambda path: path.write_bytes(b""), "an empty file"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_model_is_unusable_with_one_line(tmp_path, models, name):
    write, said = BAD[name]
    write(models / name)
    square().glb(models / "good.glb")
    inventory, found = files(tmp_path)
    bad = found[f"models/{name}"]
    assert bad.status == "unusable"
    assert said in bad.reason and "\n" not in bad.reason
    assert name not in bad.reason
    assert f"models/{name}: {bad.reason}" in report_of(inventory, QUICK).warnings
    assert [file.path for file in take(tmp_path).usable_models()] == ["models/good.glb"]


def test_only_a_ply_without_faces_is_called_a_cloud(tmp_path, models):
    write_ply(models / "torn.ply", faces=[(0, 1, 99)])
    reason = files(tmp_path)[1]["models/torn.ply"].reason
    assert "a face names vertex 99" in reason and "cloud" not in reason


def test_captures_of_nothing_but_a_bad_model_end_in_one_line(tmp_path, models):
    _cut(models / "cut.glb")
    with pytest.raises(CaptureError, match=r"no usable .* or model, found 1 unusable \(models/cut"):
        take(tmp_path)


def test_pictures_of_an_unusable_model_say_whose_they_are(tmp_path, models):
    write_obj(models / "a.obj")
    (models / "skin.png").write_bytes(b"no picture")
    _, found = files(tmp_path)
    assert found["models/a.obj"].status == "unusable"
    assert "models/a.obj, which cannot be used" in found["models/skin.png"].reason


def test_two_models_of_one_id_are_said_in_one_line(tmp_path, models):
    square().glb(models / "Cổng.glb")
    write_ply(models / "cong.ply")
    with pytest.raises(CaptureError, match=r"model id 'cong' is used by .*, rename one of them$"):
        take(tmp_path)


def test_models_of_one_folder_are_called_as_their_files(tmp_path, models):
    for name in ("a.ply", "b.ply"):
        write_ply(models / "gate" / name, high=(1, 1, 1 + ord(name[0])))
    write_ply(models / "site.ply", high=(1, 1, 3))
    write_ply(models / "石.ply", high=(1, 1, 4))
    ids = sorted(file.model for file in files(tmp_path)[1].values())
    assert ids[:2] == ["a", "b"] and ids[3] == "site-model" and ids[2].startswith("model-")


def test_an_animated_model_is_kept_as_one_file(tmp_path, models):
    _moving(models / "a.glb").gltf(models / "b.gltf")
    _, found = files(tmp_path)
    assert found["models/a.glb"].moves and found["models/a.glb"].bounds_max == [1, 1, 0]
    assert "kept as it is" in found["models/a.glb"].notes[0]
    assert "expected it as one GLB file" in found["models/b.gltf"].reason


MATRIX = "models:\n  - file: a.obj\n    world_from_model: {}\n"
YAML = {
    "unknown field": (
        "models:\n  - file: a.obj\n    unit: cm\n",
        "models.yaml:3:5: models[0].unit: unknown field",
    ),
    "unit": ("models:\n  - {file: a.obj, units: inch}\n", "'m', 'cm', 'mm', 'ft' or 'us-ft'"),
    "no such file": (
        "models:\n  - {file: b.obj}\n",
        "file 'b.obj' not found among the models; did you mean 'a.obj'?",
    ),
    "twice": ("models:\n  - {file: a.obj}\n  - {file: models/a.obj}\n", "is written twice"),
    "two places": (
        "models:\n  - {file: a.obj, crs: 'EPSG:32648', position: {enu_m: [0, 0, 0]}}\n",
        "found crs and position, expected one of them",
    ),
    "no crs": ("models:\n  - {file: a.obj, crs: 'EPSG:99999'}\n", "its CRS cannot be read"),
    "degrees": (
        "models:\n  - {file: a.obj, crs: 'EPSG:4326'}\n",
        "latitude and longitude, expected a projected one",
    ),
    "elsewhere": (
        "models:\n  - {file: a.obj, crs: 'EPSG:32648'}\n",
        "outside of where EPSG:32648 is used",
    ),
    "mirror": (
        MATRIX.format("[[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]"),
        "mirrors or flattens the model",
    ),
    "stretch": (
        MATRIX.format("[[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]"),
        "stretches the model",
    ),
    "columns": (
        MATRIX.format("[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [5, 6, 7, 1]]"),
        "rows and columns swapped?",
    ),
    "flat": (
        MATRIX.format("[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1]"),
        "expected 4",
    ),
    "heading": (
        "models:\n  - {file: a.obj, heading_deg: 90}\n",
        "found heading_deg without position",
    ),
    "list": ("- a.obj\n", "found no mapping, expected 'models:'"),
}


@pytest.mark.parametrize("what", YAML)
def test_a_bad_models_file_ends_in_one_line(tmp_path, models, what):
    text, said = YAML[what]
    write_obj(models / "a.obj")
    (models / "models.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        take(tmp_path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_models_yaml_may_lie_in_the_root_but_only_once(tmp_path, models):
    write_obj(models / "a.obj")
    (tmp_path / "models.yaml").write_text("models:\n  - {file: a.obj, units: cm}\n")
    assert files(tmp_path)[1]["models.yaml"].status == "used"
    (models / "models.yaml").write_text("models:\n  - {file: a.obj}\n")
    with pytest.raises(InputError, match="expected only one"):
        take(tmp_path)


def test_names_in_models_yaml_are_exact_first_then_as_systems_write_them(tmp_path, models):
    apart = unicodedata.normalize("NFD", "Cổng Đền.obj")
    for number, name in enumerate(("A.obj", "a 2/a.obj", "a.obj", apart)):
        write_obj(models / name, high=(1, 1, 2 + number), texture=None)
    found = [file for file in files(tmp_path)[1].values() if file.kind == "model"]

    def paths(*names):
        told = ModelsFile.model_validate({"models": [{"file": name} for name in names]})
        return list(entries_by_path(told, found, "models.yaml"))

    assert paths("a.obj", "A.obj") == ["models/a.obj", "models/A.obj"]
    assert paths("A 2\\A.OBJ", "models/a.obj") == ["models/a 2/a.obj", "models/a.obj"]
    for name in ("Cổng Đền.obj", "cổng đền.OBJ", apart):
        assert paths(unicodedata.normalize("NFC", name)) == [f"models/{apart}"]


def test_words_about_an_unusable_model_are_a_warning(tmp_path, models):
    _cut(models / "cut.glb")
    square().glb(models / "good.glb")
    (models / "models.yaml").write_text("models:\n  - {file: cut.glb, units: cm}\n")
    assert any("cut.glb: of no use" in text for text in files(tmp_path)[0].warnings)


def test_inspect_prints_models(tmp_path, models):
    write_obj(models / "a.obj")
    text = CliRunner().invoke(cli, ["inspect", str(tmp_path)]).output
    assert "Models    models/a.obj: OBJ, 12 faces" in text
    assert "0 photos" not in text and "No photo" not in text
