import fnmatch
import json
import math
import shutil
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.tour.panorama_packages import (
    HEADINGS_DEG,
    NODES,
    SPOTS,
    spot_in_node,
    write_panorama_package,
)
from vtour.cli.main import cli
from vtour.errors import InputError, OptionError
from vtour.node import SCRIPTS
from vtour.tour.export import ExportOptions, Target, export_tour, read_manifest
from vtour.tour.exporters import marzipano, pannellum, psv
from vtour.tour.exporters.scenes import scenes_of_tour, text_in

needs_libraries = pytest.mark.usefixtures("viewer_libraries")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return write_panorama_package(tmp_path_factory.mktemp("exports") / "package", width=512)


@pytest.fixture(scope="module")
def exported(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    for target in Target:
        export_tour(package, folder / target, target)
    return folder


def read_data_js(folder):
    text = (folder / "data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("var APP_DATA = ").rstrip().removesuffix(";"))


def ray(yaw, pitch):
    return [math.cos(pitch) * math.sin(yaw), math.sin(pitch), -math.cos(pitch) * math.cos(yaw)]


def assert_shows_spot(at, node, spot):
    expected = spot_in_node(spot, node)
    np.testing.assert_allclose(at, expected / np.linalg.norm(expected), atol=1e-7)


def test_link_to_the_right_front_is_there(package):
    """From (0, 0) facing -Z, the node at (4, -3) lies atan(4 / 3) to the right."""
    tour = scenes_of_tour(read_manifest(package), "vi")

    (to_cong, _) = tour.scenes[0].links

    assert to_cong.target == "cong"
    assert to_cong.at.yaw_deg == pytest.approx(53.130102, abs=1e-5)
    assert to_cong.at.pitch_deg == pytest.approx(0, abs=1e-5)


def test_heading_is_that_of_the_middle_of_the_sphere(package):
    tour = scenes_of_tour(read_manifest(package), "vi")

    found = {scene.id: round(scene.heading_deg, 4) for scene in tour.scenes}

    assert found == HEADINGS_DEG


def test_nearest_limits_where_a_hotspot_is_shown(package):
    tour = scenes_of_tour(read_manifest(package), "vi", nearest=1)

    shown = {spot.id: scene.id for scene in tour.scenes for spot in scene.spots}

    # bia (2, -5) is 2.9 from cong (4, -3); mai (-1, -1.5) and nen (3, 1) are nearest to (0, 0).
    assert shown == {"bia": "cong", "mai": "san-truoc", "nen": "san-truoc"}


@pytest.mark.parametrize(("nearest", "bia"), [(0, {"gieng", "san-truoc"}), (1, {"gieng"})])
def test_nodes_without_a_place_show_no_hotspots(package, tmp_path, nearest, bia):
    manifest = json.loads((package / "tour.json").read_text())
    (cong,) = (node for node in manifest["nodes"] if node["id"] == "cong")
    cong["pose"]["placed_by"] = "order"
    (tmp_path / "tour.json").write_text(json.dumps(manifest))

    tour = scenes_of_tour(read_manifest(tmp_path), "vi", nearest=nearest)

    assert {s.id for s in tour.scenes if "bia" in [spot.id for spot in s.spots]} == bia
    (warning,) = tour.warnings
    assert warning.startswith("1 of 3 panoramas have no known place")
    assert "none of the 3 hotspots" in warning


def test_tour_begins_at_its_start(package, tmp_path):
    manifest = json.loads((package / "tour.json").read_text())
    manifest["start"] = {"position": [0, 0, 0], "target": [3, 1.6, -6], "node": "gieng"}
    (tmp_path / "tour.json").write_text(json.dumps(manifest))

    tour = scenes_of_tour(read_manifest(tmp_path), "vi")

    assert [scene.id for scene in tour.scenes] == ["gieng", "san-truoc", "cong"]
    assert tour.scenes[0].start.yaw_deg == pytest.approx(-110)  # east is at 90, the middle at -160


@pytest.mark.parametrize(
    ("language", "found"), [("zh-Hans", "Cổng"), ("en", "Gate"), ("vi", "Cổng")]
)
def test_texts_fall_back_to_vietnamese(language, found):
    assert text_in({"en": "Gate", "vi": "Cổng"}, language) == found


@needs_libraries
def test_pannellum_angles_are_ours_in_degrees(exported):
    config = json.loads((exported / "pannellum" / "tour.json").read_text())

    assert config["escapeHTML"] is True  # at the top: among the defaults it has no effect
    assert config["default"]["firstScene"] == "san-truoc"
    for node, scene in config["scenes"].items():
        assert scene["northOffset"] == pytest.approx(HEADINGS_DEG[node], abs=1e-5)
        for hotspot in scene["hotSpots"]:
            if hotspot["type"] == "info":
                angles = math.radians(hotspot["yaw"]), math.radians(hotspot["pitch"])
                assert_shows_spot(ray(*angles), node, hotspot["id"])
            else:
                assert hotspot["targetYaw"] == "sameAzimuth"


@needs_libraries
def test_marzipano_pitch_is_positive_downwards(exported):
    data = read_data_js(exported / "marzipano")

    for scene in data["scenes"]:
        for spot, hotspot in zip(SPOTS, scene["infoHotspots"], strict=True):
            assert_shows_spot(ray(hotspot["yaw"], -hotspot["pitch"]), scene["id"], spot)
    (above,) = (h for h in data["scenes"][0]["infoHotspots"] if h["title"].endswith("mai"))
    assert above["pitch"] < 0


@needs_libraries
def test_marzipano_begins_off_the_axes(exported):
    """At 0 the corners of tiles lie in the plane of the eye, and SwiftShader drops the tiles."""
    for scene in read_data_js(exported / "marzipano")["scenes"]:
        start = scene["initialViewParameters"]
        assert 0.0001 < abs(start["yaw"]) < 0.005
        assert 0.0001 < abs(start["pitch"]) < 0.005


@needs_libraries
def test_psv_directions_count_from_north(exported):
    tour = json.loads((exported / "psv" / "tour.json").read_text())

    for node in tour["nodes"]:
        for marker in node["markers"]:
            away = np.subtract(SPOTS[marker["id"]], NODES[node["id"]])
            at = marker["position"]
            np.testing.assert_allclose(
                ray(at["yaw"], at["pitch"]), away / np.linalg.norm(away), atol=1e-7
            )


@needs_libraries
def test_every_tile_that_a_configuration_promises_is_there(exported):
    config = json.loads((exported / "pannellum" / "tour.json").read_text())
    for node, scene in config["scenes"].items():
        shape = scene["multiRes"]
        for level in range(1, shape["maxLevel"] + 1):
            size = shape["cubeResolution"] / 2 ** (shape["maxLevel"] - level)
            tiles = math.ceil(size / shape["tileResolution"])
            for face in "fbudlr":
                for place in np.ndindex(tiles, tiles):
                    name = f"tiles/{node}/{level}/{face}{place[0]}_{place[1]}.jpg"
                    assert (exported / "pannellum" / name).is_file()
    for scene in read_data_js(exported / "marzipano")["scenes"]:
        tiles = exported / "marzipano" / "tiles" / scene["id"]
        with Image.open(tiles / "preview.jpg") as strip:
            assert strip.size == (scene["levels"][0]["size"], 6 * scene["levels"][0]["size"])
        for number, level in enumerate(scene["levels"][1:], start=1):
            count = level["size"] // level["tileSize"]
            assert level["size"] % level["tileSize"] == 0
            for face in "bdflru":
                for row, column in np.ndindex(count, count):
                    assert (tiles / f"{number}/{face}/{row}/{column}.jpg").is_file()


@needs_libraries
@pytest.mark.parametrize("target", list(Target))
def test_same_package_same_bytes(package, exported, tmp_path, target):
    export_tour(package, tmp_path / "again", target)

    names = sorted(p.relative_to(exported / target) for p in (exported / target).rglob("*.*"))
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (exported / target / name).read_bytes()
    assert (exported / target / "lib" / "LICENSES.txt").stat().st_size > 500


@needs_libraries
@pytest.mark.parametrize("target", list(Target))
def test_nothing_is_fetched_from_elsewhere(exported, target):
    ours = [p for p in (exported / target).iterdir() if p.suffix in (".html", ".js", ".json")]

    texts = "".join(path.read_text(encoding="utf-8") for path in ours)

    assert "http:" not in texts.replace("http(s)", "")
    assert "https:" not in texts
    assert "{{" not in (exported / target / "index.html").read_text()


def test_existing_folder_is_kept(package, tmp_path):
    (tmp_path / "mine.txt").write_text("x")

    with pytest.raises(InputError, match="exists and is not empty"):
        export_tour(package, tmp_path, Target.psv)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_package_without_panoramas_is_one_line(package, tmp_path):
    manifest = json.loads((package / "tour.json").read_text()) | {"nodes": []}
    (tmp_path / "tour.json").write_text(json.dumps(manifest))

    done = CliRunner().invoke(
        cli, ["export", str(tmp_path), "--to", "psv", "--out", str(tmp_path / "out")]
    )

    assert done.exit_code == 2
    assert "no panoramas in this tour" in done.output.splitlines()[-1]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("privacy", "said"),
    [
        (None, "blur review not signed, and nothing was looked for or blurred"),
        ({"proposed": 3, "blurred": 2, "reviewed": False}, "blur review not signed"),
    ],
)
def test_what_nobody_signed_for_is_not_exported(package, tmp_path, privacy, said):
    shutil.copytree(package, tmp_path / "package")
    manifest = json.loads((package / "tour.json").read_text())
    del manifest["privacy"]
    manifest |= {"privacy": privacy} if privacy else {}
    (tmp_path / "package" / "tour.json").write_text(json.dumps(manifest))
    words = ["export", str(tmp_path / "package"), "--to", "psv", "--out", str(tmp_path / "out")]

    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    errors = done.stderr.strip().splitlines()
    assert len(errors) == 1 and said in errors[0] and "--sign NAME" in errors[0]
    assert not (tmp_path / "out").exists()

    done = CliRunner().invoke(cli, [*words, "--unreviewed"])
    warning = f"Warning: {said}: do not publish this export"
    assert done.stderr.strip().splitlines()[0] == warning
    if (SCRIPTS / "node_modules" / "pannellum").is_dir():
        assert done.exit_code == 0 and (tmp_path / "out" / "index.html").is_file()
        assert done.stderr.strip() == warning


@needs_libraries
def test_nothing_is_left_of_an_export_that_fails(package, tmp_path):
    manifest = json.loads((package / "tour.json").read_text())
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "tour.json").write_text(json.dumps(manifest))

    with pytest.raises(InputError, match="expected a tile of the package"):
        export_tour(tmp_path / "package", tmp_path / "out", Target.pannellum)

    assert [path.name for path in tmp_path.iterdir()] == ["package"]


def test_psv_refuses_a_grid_that_is_no_power_of_two(package, tmp_path):
    manifest = json.loads((package / "tour.json").read_text())
    manifest["nodes"][0]["panorama"]["levels"] = [{"width": 1536, "cols": 3, "rows": 2}]
    (tmp_path / "tour.json").write_text(json.dumps(manifest))

    with pytest.raises(InputError, match="3 x 2 tiles, expected powers of two"):
        export_tour(tmp_path, tmp_path / "out", Target.psv)


def test_language_must_be_a_tag():
    with pytest.raises(OptionError, match="expected a language tag"):
        ExportOptions(lang="../vi")


def test_wheel_carries_what_exports_copy():
    """Artifacts of pyproject.toml are all that a wheel has of node_modules."""
    root = SCRIPTS.parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    patterns = project["tool"]["hatch"]["build"]["artifacts"]

    for module in (pannellum, marzipano, psv):
        for name in (*module.LIBRARY.values(), *module.LICENCES):
            path = f"vtour/nodejs/node_modules/{name}"
            assert any(fnmatch.fnmatch(path, pattern) for pattern in patterns), path
