"""``vtour optimise``: from a model of any origin to its versions, and what is measured of them."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from tests.optimise.scenes import square
from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.files import write_json
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture
from vtour.glb.write import write_scene
from vtour.models import read_scene
from vtour.optimise.choosing.subject import with_texture_px
from vtour.optimise.choosing.versions import STEPS, VersionMaker, VersionOptions
from vtour.optimise.optimise_model import LIST_NAME, Wishes, optimise_model
from vtour.optimise.writing.write_web import WebOptions
from vtour.schema.models import ModelUnit

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
    assert version.faces <= 100


def test_textures_shrink_to_a_size_and_never_grow():
    small = with_texture_px(spotted(), 64).materials[0].base
    assert small.pixels.shape == (64, 64, 3)
    assert with_texture_px(spotted(), 4096).materials[0].base.pixels.shape == (256, 256, 3)


def moving_glb(path):
    """A model with an animation, though one of nothing."""
    write_scene(path, spotted())
    document, blob = parts_from_glb(path)
    document["animations"] = [{"channels": [], "samplers": []}]
    path.write_bytes(glb_from_parts(document, blob))
    return path


def test_a_model_that_moves_keeps_its_geometry(tmp_path):
    arguments = ["optimise", str(moving_glb(tmp_path / "a.glb")), "--out", str(tmp_path / "out")]
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


def test_a_model_is_never_written_over(tmp_path):
    """An animated model keeps its name, so its own folder is no place to write to."""
    source = moving_glb(tmp_path / "fox.glb")
    before = source.read_bytes()
    with pytest.raises(InputError, match=r"fox\.glb: is the model itself, expected another"):
        optimise_model(source, tmp_path, COARSE, WebOptions(), Wishes())
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["fox.glb"]


def written(path, scene):
    write_scene(path, scene)
    return path


def test_a_folder_has_one_model(tmp_path):
    write_json(tmp_path / "optimise.json", {"source": "gate.glb", "files": {}})
    source = written(tmp_path / "door.glb", spotted())
    with pytest.raises(InputError, match=r"has the versions of gate\.glb, expected a folder"):
        optimise_model(source, tmp_path, COARSE, WebOptions(), Wishes())


def test_files_of_an_earlier_run_are_gone_and_others_stay(tmp_path):
    source, out = written(tmp_path / "door.glb", spotted()), tmp_path / "web"
    optimise_model(source, out, COARSE, WebOptions(), Wishes())
    (out / "notes.txt").write_text("mine")
    assert (out / "door.ar.usdz").is_file()
    optimise_model(source, out, COARSE, WebOptions(), Wishes(ar=False))
    left = {path.name for path in out.iterdir()}
    assert not {"door.ar.glb", "door.ar.usdz"} & left
    assert {"notes.txt", "door.thumb.glb", "optimise.json"} <= left


def test_z_up_and_millimetres(tmp_path):
    """A box 1000 x 2000 x 3000 mm, z up, stands 3 m high."""
    rows = [(x, y, z) for x in (0, 1000) for y in (0, 2000) for z in (0, 3000)]
    quads = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    source = tmp_path / "post.obj"
    lines = [
        *(f"v {x} {y} {z}" for x, y, z in rows),
        *(f"f {a} {b} {c} {d}" for a, b, c, d in quads),
    ]
    source.write_text("\n".join(lines))
    optimise_model(source, tmp_path / "web", COARSE, WebOptions(), Wishes(units=ModelUnit.mm))
    for name in ("post.thumb.glb", "post.ar.glb"):
        low, high = read_scene(tmp_path / "web" / name).bounds
        np.testing.assert_allclose(high - low, [1, 3, 2], atol=2e-3)


def test_ktx2_goes_all_the_way(tmp_path):
    source = written(tmp_path / "door.glb", spotted(edge_px=64))
    web = WebOptions(pictures=PictureFormat.ktx2)
    done = optimise_model(source, tmp_path / "web", COARSE, web, Wishes(ar=False))
    assert "door.thumb.glb" in done.files


def test_glass_of_large_textures_is_made_ready_for_ar(tmp_path):
    """The solid part is baked into one atlas; the glass keeps its picture, made smaller."""
    glass = replace(
        spotted().materials[0],
        base=Texture(np.full((2112, 2112, 4), 90, np.uint8)),
        alpha_mode=AlphaMode.blend,
    )
    solid = spotted()
    pane = replace(solid.parts[0], positions=solid.parts[0].positions + 5, material=1)
    scene = Scene([solid.parts[0], pane], [solid.materials[0], glass])
    source = written(tmp_path / "door.glb", scene)
    done = optimise_model(source, tmp_path / "web", COARSE, WebOptions(), Wishes())
    assert {"door.ar.glb", "door.ar.usdz"} <= set(done.files)


def test_options_are_written_as_the_docs_write_them(tmp_path):
    """Values of enumerations, not their names."""
    source = written(tmp_path / "door.glb", spotted(edge_px=64))
    words = ["--print", "3mf", "--units", "us-ft", "--up", "-y", "--no-ar", "--json", *QUICK]
    arguments = ["optimise", str(source), "--out", str(tmp_path / "web"), *words]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "door.3mf" in json.loads(result.stdout)["files"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_leaves_nothing_half_written(tmp_path, number):
    write_scene(tmp_path / "stone.glb", spotted())
    out = tmp_path / "out"
    command = [sys.executable, "-m", "vtour", "optimise", "stone.glb", "--out", "out"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process:
        while not any(out.glob(".vtour-*")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and "Interrupted" in told
    assert list(out.iterdir()) == []
