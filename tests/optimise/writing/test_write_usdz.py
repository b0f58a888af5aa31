"""USDZ: USD's own rules, what another reader sees, and the package byte for byte."""

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from optimise.scenes import four_fields, rich_scene, square
from PIL import Image

from vtour.errors import InputError, ResourceError
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture
from vtour.glb.xmp import Credits
from vtour.optimise.writing.write_usdz import scaled_normals, write_package, write_usdz

pxr = pytest.importorskip("pxr")

CREDITS = Credits(title={"en": "Gate"}, creators=("A", "B"), date="2026-05-01")


@pytest.fixture
def package(tmp_path):
    write_usdz(tmp_path / "model.usdz", rich_scene(), credits=CREDITS)
    return tmp_path / "model.usdz"


def findings(path):
    """What all validators that come with USD say, those of usdchecker among them."""
    from pxr import Usd, UsdValidation

    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    stage = Usd.Stage.Open(str(path))
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    return [f"{error.GetName()}: {error.GetMessage()}" for error in errors]


def test_usd_finds_nothing(package):
    assert findings(package) == []


def test_usd_would_find_something(tmp_path):
    """The rules run: a package whose files do not begin at 64 bytes, and one without metadata."""
    from pxr import Usd

    stage = Usd.Stage.CreateNew(str(tmp_path / "bare.usdc"))
    stage.GetRootLayer().Save()
    data = (tmp_path / "bare.usdc").read_bytes()
    with zipfile.ZipFile(tmp_path / "bad.usdz", "w") as bad:
        bad.writestr("model.usdc", data)

    found = " ".join(findings(tmp_path / "bad.usdz"))
    assert "ByteMisalignment" in found
    assert "upAxis" in found


def test_files_begin_at_multiples_of_64_bytes(package):
    data = package.read_bytes()
    with zipfile.ZipFile(package) as files:
        names = files.namelist()
        assert names[0] == "model.usdc"
        for info in files.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            body = files.read(info)
            assert data.find(body) % 64 == 0
    assert {name.rsplit(".")[-1] for name in names[1:]} == {"jpg", "png"}


@pytest.mark.parametrize("length", range(1, 70, 3))
def test_any_length_of_name_is_padded(tmp_path, length):
    write_package(tmp_path / "a.usdz", [("n" * length, b"#body"), ("m", b"#other")])

    data = (tmp_path / "a.usdz").read_bytes()
    assert data.find(b"#body") % 64 == 0
    assert data.find(b"#other") % 64 == 0
    assert zipfile.ZipFile(tmp_path / "a.usdz").testzip() is None


def test_same_scene_same_bytes_in_another_process(package):
    script = (
        "from optimise.scenes import rich_scene; from pathlib import Path; import sys\n"
        "from vtour.optimise.writing.write_usdz import write_usdz\n"
        "from vtour.glb.xmp import Credits\n"
        "c = Credits(title={'en': 'Gate'}, creators=('A', 'B'), date='2026-05-01')\n"
        "write_usdz(Path(sys.argv[1]), rich_scene(), credits=c)"
    )
    other = package.with_name("other.usdz")
    environment = {
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": ":".join(sys.path),
        "PXR_WORK_THREAD_LIMIT": "1",
    }
    subprocess.run([sys.executable, "-c", script, other], check=True, env=environment)

    assert package.read_bytes() == other.read_bytes()


def test_another_reader_sees_the_scene(package):
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(package))
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    said = stage.GetRootLayer().customLayerData
    assert said["copyright"] == "Province of Lạng Sơn, CC-BY-4.0"
    assert (said["title"], said["creator"], said["date"]) == ("Gate", "A, B", "2026-05-01")
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/Model/Part1"))
    points = np.array(mesh.GetPointsAttr().Get())
    np.testing.assert_allclose([points.min(0), points.max(0)], [[-2, 0, 0], [0, 2, 0]], atol=1e-6)
    assert set(mesh.GetFaceVertexCountsAttr().Get()) == {3}
    assert len(mesh.GetFaceVertexIndicesAttr().Get()) == 128 * 3
    st = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get())
    for corner, place in (((-2, 2, 0), (0, 1)), ((0, 0, 0), (1, 0)), ((-2, 1, 0), (0, 0.5))):
        nearest = np.argmin(np.abs(points - corner).sum(axis=1))
        np.testing.assert_allclose(st[nearest], place, atol=1e-6)  # USD counts from below


def inputs_of(package, material, shader):
    from pxr import Usd, UsdShade

    stage = Usd.Stage.Open(str(package))
    found = UsdShade.Shader(stage.GetPrimAtPath(f"/Model/Materials/Material{material}/{shader}"))
    return {each.GetBaseName(): each.Get() for each in found.GetInputs()}


def test_materials_by_hand(package):
    surface = inputs_of(package, 1, "Surface")
    assert {"diffuseColor", "normal", "occlusion", "roughness", "metallic"} < set(surface)
    normal = inputs_of(package, 1, "Normal")
    assert (tuple(normal["scale"]), tuple(normal["bias"])) == ((2, 2, 2, 1), (-1, -1, -1, 0))
    assert normal["sourceColorSpace"] == "raw"
    assert tuple(inputs_of(package, 1, "RoughMetal")["scale"]) == (1, 0.75, 0.25, 1)
    occlusion = inputs_of(package, 1, "Occlusion")
    assert tuple(occlusion["scale"]) == tuple(occlusion["bias"]) == (0.5,) * 4
    assert inputs_of(package, 1, "Colour")["sourceColorSpace"] == "sRGB"
    assert inputs_of(package, 3, "Surface")["opacityThreshold"] == pytest.approx(0.3)
    assert inputs_of(package, 3, "Colour")["wrapS"] == "repeat"


def test_the_scale_of_normals_goes_into_the_picture():
    """A normal that leans 45 degrees, at half scale: (0.5, 0, 1) / length."""
    leaning = np.full((4, 4, 3), (218, 128, 218), np.uint8)  # 0.707 * 127.5 + 127.5
    found = scaled_normals(leaning, 0.5)

    expected = np.array([0.5, 0, 1]) / np.hypot(0.5, 1)
    np.testing.assert_allclose(found[0, 0] / 127.5 - 1, expected, atol=0.01)


def test_pictures_are_those_of_the_scene(package):
    with zipfile.ZipFile(package) as files:
        data = files.read("textures/0.jpg")

    seen = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_allclose(seen[8::48, 8::48], four_fields()[8::48, 8::48], atol=14)


def test_colours_under_a_texture_are_said_to_be_missing(tmp_path):
    positions, uvs, faces = square()
    colours = np.full((len(positions), 4), 0.5, np.float32)
    part = Part(positions, faces, uvs=uvs, colours=colours, name="door")
    scene = Scene([part], [Material(base=Texture(four_fields()))])

    report = write_usdz(tmp_path / "a.usdz", scene)
    assert report.notes == ["door: colours of vertices under a texture are left out"]
    assert findings(tmp_path / "a.usdz") == []


def test_a_see_through_colour(tmp_path):
    positions, _, faces = square()
    glass = Material(base_colour=(1, 1, 1, 0.25), alpha_mode=AlphaMode.blend)
    write_usdz(tmp_path / "a.usdz", Scene([Part(positions, faces)], [glass]))

    assert inputs_of(tmp_path / "a.usdz", 0, "Surface")["opacity"] == 0.25


def test_too_many_faces(tmp_path):
    positions, _, faces = square(cells=224)

    with pytest.raises(InputError, match="100,352 faces"):
        write_usdz(tmp_path / "a.usdz", Scene([Part(positions, faces)], [Material()]))
    assert list(tmp_path.iterdir()) == []


def test_without_usd_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pxr", None)

    with pytest.raises(ResourceError, match="expected `pip install usd-core`"):
        write_usdz(tmp_path / "a.usdz", rich_scene())
    assert list(tmp_path.iterdir()) == []


def test_unlit_surfaces_are_lit_by_the_room(package):
    surface = inputs_of(package, 0, "Surface")
    assert surface["roughness"] == 1
    assert surface["metallic"] == 0
    assert "emissiveColor" not in surface
