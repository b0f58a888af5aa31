"""From a folder of nothing but models to a tour, through the command that contractors use."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from tests.model_captures import write_obj
from tests.models.model_files import square
from vtour.cli.main import cli
from vtour.frames import matrix_from_columns, transform_points
from vtour.models import read_scene
from vtour.publish.read import read_package

pytestmark = pytest.mark.slow
QUICK = [
    "--profile", "preview",
    *(
        part
        for setting in ("views=1", "view_px=128", "poster_px=160", "ar=true")
        for part in ("--set", f"models.{setting}")
    ),
]  # fmt: skip
YAML = """models:
  - file: gate/gate.obj
    title: {vi: Cổng, en: Gate}
    units: cm
    position: {enu_m: [5, 0, 0]}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Captures of an OBJ with a picture, a GLB, and a damaged file, built with defaults else."""
    root = tmp_path_factory.mktemp("models")
    captures, work = root / "Đền Kỳ Cùng", root / "work"
    write_obj(captures / "models/gate/gate.obj", high=(200, 100, 300), texture="skin.png")
    square().glb(captures / "models" / "stele.glb")
    (captures / "models" / "broken.glb").write_bytes(b"glTF\2\0\0\0")
    (captures / "models" / "models.yaml").write_text(YAML)
    result = CliRunner().invoke(cli, ["build", str(captures), "--out", str(work), *QUICK])
    assert result.exit_code == 0, result.output
    return captures, work, result.output


def test_the_package_is_valid_and_has_a_poster(built):
    _, work, _ = built
    result = CliRunner().invoke(cli, ["validate", str(work)])
    assert result.exit_code == 0, result.output
    tour = read_package(work / "package").tour
    assert tour.id == "den-ky-cung"
    assert [model.id for model in tour.models] == ["gate", "stele"]
    assert tour.models[0].title == {"vi": "Cổng", "en": "Gate"}
    assert tour.poster.uri == "models/gate/poster.webp"
    usages = {one.usage.value for one in tour.models[0].derivatives}
    assert usages == {"Web3D", "App3D", "iOSApp3D"}


def test_the_gate_stands_where_models_yaml_says(built):
    """200 x 100 x 300 cm, z up, 5 m east of the origin: from (5, 0, -1) to (7, 3, 0)."""
    _, work, _ = built
    gate = read_package(work / "package").tour.models[0]
    np.testing.assert_allclose(gate.bounds_min, [5, 0, -1], atol=1e-3)
    np.testing.assert_allclose(gate.bounds_max, [7, 3, 0], atol=1e-3)
    scene = read_scene(work / "package" / gate.derivatives[0].uri)
    corner = transform_points(matrix_from_columns(gate.world_from_model), scene.bounds)
    np.testing.assert_allclose(corner, [[5, 0, -1], [7, 3, 0]], atol=1e-3)


def test_what_was_left_out_and_what_is_not_known_is_said(built):
    _, work, output = built
    assert "models/broken.glb" in output and "models/stele.glb: models.yaml does not say" in output
    page = (work / "report.html").read_text()
    assert "Models made elsewhere" in page and "by its position" in page
    assert "not known: put at the site" in page


def test_a_second_build_has_nothing_to_do(built):
    captures, work, _ = built
    before = json.loads((work / "models" / "models.json").read_text())
    result = CliRunner().invoke(cli, ["build", str(captures), "--out", str(work), *QUICK])
    assert result.exit_code == 0 and "nothing to do" in result.output
    assert json.loads((work / "models" / "models.json").read_text()) == before


def test_a_new_title_makes_that_model_again_and_no_other(built):
    captures, work, _ = built
    before = {path: path.stat() for path in sorted((work / "models").rglob("*.glb"))}
    yaml = captures / "models" / "models.yaml"
    yaml.write_text(yaml.read_text().replace("Gate", "South gate"))
    result = CliRunner().invoke(cli, ["build", str(captures), "--out", str(work), *QUICK])
    assert result.exit_code == 0, result.output
    kept = {
        path.parent.name: path.stat().st_mtime_ns == stat.st_mtime_ns
        for path, stat in before.items()
    }
    assert kept == {"gate": False, "stele": True}
    assert read_package(work / "package").tour.models[0].title["en"] == "South gate"
    assert CliRunner().invoke(cli, ["validate", str(work)]).exit_code == 0


def test_captures_of_nothing_usable_end_in_one_line(tmp_path):
    (tmp_path / "in" / "models").mkdir(parents=True)
    (tmp_path / "in" / "models" / "a.glb").write_bytes(b"glTF\2\0\0\0")
    result = CliRunner().invoke(cli, ["build", str(tmp_path / "in"), "--out", str(tmp_path / "w")])
    assert result.exit_code == 2
    assert "no usable photo, panorama, scan or model" in result.output
    assert not (tmp_path / "w").exists()
