"""``vtour optimise``: from a model of any origin to its versions, and what is measured of them."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from tests.optimise.scenes import square
from vtour.cli.main import cli
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.glb.write import write_scene
from vtour.models import read_scene
from vtour.optimise.choosing.subject import with_texture_px
from vtour.optimise.choosing.versions import STEPS, VersionMaker, VersionOptions
from vtour.optimise.optimise_model import LIST_NAME

QUICK = ["--views", "2", "--view-px", "160"]
COARSE = VersionOptions(views=2, view_px=160)


def spotted(edge_px=256, bumps=0.05):
    """A bumpy square with a smooth picture on it."""
    positions, uvs, faces = square(cells=24)
    positions[:, 2] += bumps * np.sin(6 * positions[:, 0]) * np.sin(5 * positions[:, 1])
    y, x = np.mgrid[0:edge_px, 0:edge_px] / edge_px
    pixels = np.stack([0.5 + 0.5 * np.sin(k * x + (7 - k) * y) for k in (9, 14, 23)], -1)
    texture = Texture(np.rint(255 * pixels).astype(np.uint8))
    material = Material(name="spots", base=texture, double_sided=True, unlit=True)
    return Scene([Part(positions, faces, uvs=uvs)], [material])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("optimised")
    write_scene(folder / "Bức bia.glb", spotted())
    arguments = ["optimise", str(folder / "Bức bia.glb"), "--out", str(folder / "out"), *QUICK]
    result = CliRunner().invoke(cli, [*arguments, "--title", "Bia", "--print", "stl"])
    assert result.exit_code == 0, result.output
    return folder / "out", result.output


def test_every_version_is_written_measured_and_looks_like_the_model(made):
    folder, output = made
    files = json.loads((folder / LIST_NAME).read_text())["files"]
    made_steps = [step for step in STEPS if f"buc-bia.{step.name}.glb" in files]
    assert {"thumb", "high"} <= {step.name for step in made_steps}
    for step in made_steps:
        facts = files[f"buc-bia.{step.name}.glb"]
        assert facts["bytes"] == (folder / f"buc-bia.{step.name}.glb").stat().st_size <= step.bytes
        assert facts["ssim"] >= 0.98 and facts["hausdorff"] < 0.01
        assert (folder / facts["picture"]).is_file()
        assert facts["faces"] == read_scene(folder / f"buc-bia.{step.name}.glb").faces <= step.faces
    assert {"buc-bia.ar.glb", "buc-bia.ar.usdz", "buc-bia.stl"} <= set(files)
    assert files["buc-bia.stl"]["open_edges"] > 0 and "open edges" in output


def test_metadata_is_in_the_files(made):
    document, _ = parts_from_glb(made[0] / "buc-bia.high.glb")
    packet = document["extensions"]["KHR_xmp_json_ld"]["packets"][0]
    assert "Bia" in json.dumps(packet, ensure_ascii=False)


def test_a_higher_target_costs_bytes_and_is_reached(tmp_path):
    low, high = (
        VersionMaker(spotted(), VersionOptions(views=2, view_px=160, ssim=ssim)).make(
            STEPS[1], tmp_path / f"{ssim}.glb"
        )
        for ssim in (0.9, 0.999)
    )
    assert low.bytes < high.bytes
    assert low.looks.ssim >= 0.9 and high.looks.ssim >= 0.999


def test_what_cannot_be_small_enough_is_said(tmp_path):
    step = STEPS[0].__class__("thumb", STEPS[0].quality, 100, 64, 500)
    version = VersionMaker(spotted(), COARSE).make(step, tmp_path / "a.glb")
    assert version.bytes > 500
    assert version.over_budget == f"a.glb: {version.bytes:,} bytes, expected at most 500"


def test_textures_shrink_to_a_size_and_never_grow():
    small = with_texture_px(spotted(), 64).materials[0].base
    assert small.pixels.shape == (64, 64, 3)
    assert with_texture_px(spotted(), 4096).materials[0].base.pixels.shape == (256, 256, 3)


def test_a_model_that_moves_keeps_its_geometry(tmp_path):
    write_scene(tmp_path / "a.glb", spotted())
    document, blob = parts_from_glb(tmp_path / "a.glb")
    document["animations"] = [{"channels": [], "samplers": []}]
    (tmp_path / "a.glb").write_bytes(glb_from_parts(document, blob))
    arguments = ["optimise", str(tmp_path / "a.glb"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "1 animation: kept as it is" in result.output
    assert "is no valid glTF, and stays so" in result.output  # an animation of nothing
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.glb", LIST_NAME]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("a.obj", "v 0 0 0\n", "a.obj"), ("b.glb", "glTF", "b.glb"), ("c.txt", "hello", "c.txt")],
)
def test_what_is_no_model_is_one_line_and_writes_nothing(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    result = CliRunner().invoke(
        cli, ["optimise", str(tmp_path / name), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 2 and said in result.output
    assert not (tmp_path / "out").exists()
