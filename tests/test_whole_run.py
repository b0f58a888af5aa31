"""From photos to a package, on the sample site with its exact truth."""

import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.conftest import QUICK
from vtour.files import remove, tree_digest, write_json
from vtour.frames import matrix_from_columns
from vtour.package_check import check_glb, out_of_date
from vtour.pipeline import run_stage
from vtour.profiles import Profile, profile_options, with_settings
from vtour.schema.inventory import FileKind
from vtour.schema.report import StageReport
from vtour.schema.tour import Quality, Tour, Usage
from vtour.stages import BY_NAME, STAGES
from vtour.synthetic.compare import camera_errors
from vtour.synthetic.truth import load_truth
from vtour.tour.validate import validate_package
from vtour.workspace import Workspace

pytestmark = pytest.mark.slow
OPTIONS = with_settings(profile_options(Profile.preview), QUICK)


def measures(work, stage):
    report = StageReport.model_validate_json(work.report(stage).read_text())
    return {name: measure.value for name, measure in report.measures.items()}


def test_all_photos_are_registered_where_they_were(small_build, small_captures):
    found = measures(small_build, "sparse")
    assert found["photos_registered"] == found["photos_in"] == 24

    errors = camera_errors(small_build.sparse, load_truth(small_captures / "truth"))

    assert errors.centre_median_m < 0.03
    assert errors.rotation_median_deg < 0.2


def test_panoramas_stand_in_the_world_of_the_photos(small_build, small_captures):
    """Within 5 cm and 0.2 degrees of the truth; photos and panoramas were solved together."""
    truth = json.loads((small_captures / "truth" / "panoramas.json").read_text())["panoramas"]
    found = json.loads(small_build.standpoints.read_text())["standpoints"]
    true = {one["file"]: matrix_from_columns(one["world_from_pano"]) for one in truth}
    spheres = [one for one in found if one["source"] in true]
    assert len(spheres) == 3
    for one in spheres:
        world_from_pano = true[one["source"]]
        turn = Rotation.from_matrix(world_from_pano[:3, :3]).inv()
        off = (turn * Rotation.from_quat(one["rotation"])).magnitude()
        assert one["position"] == pytest.approx(world_from_pano[:3, 3], abs=0.05)
        assert np.degrees(off) < 0.2
        assert one["placed_by"] == "sfm"


def test_the_tour_walks_between_panoramas(small_build):
    tour = Tour.model_validate_json((small_build.package / "tour.json").read_text())
    assert {node.id for node in tour.nodes} == {"san-truoc", "thuy-dinh", "bia-da", "san-dong"}
    assert all(node.links for node in tour.nodes)
    assert tour.privacy is not None and not tour.privacy.reviewed


def test_a_package_that_is_out_of_date_is_told(small_build, tmp_path):
    """As after a place was added to the blur and no build followed."""
    assert out_of_date(small_build.package) == out_of_date(small_build.root) == ""
    work = tmp_path / "work"
    shutil.copytree(small_build.root, work)
    regions = work / "privacy" / "regions.json"
    regions.write_text(regions.read_text().replace('"regions"', ' "regions"'))
    assert "package is out of date: " in out_of_date(work / "package")
    assert "'blur'" in out_of_date(work)


def test_the_world_is_metric_and_upright(small_build, small_captures):
    world = json.loads(small_build.world.read_text())
    assert (world["scale"], world["scale_source"]) == ("metric", "scan")
    assert measures(small_build, "world")["check_residual"] < 0.05


def test_the_package_is_valid(small_build):
    report = validate_package(small_build.package, check_glb)
    assert report.errors == []


def test_the_manifest_names_the_versions_and_the_hotspots(small_build):
    tour = Tour.model_validate_json((small_build.package / "tour.json").read_text())
    web = [d for d in tour.models[0].derivatives if d.usage is Usage.web3d]
    order = list(Quality)
    assert [d.quality for d in web] == sorted((d.quality for d in web), key=order.index)
    assert web[0].quality is Quality.thumb
    assert web[-1].quality in (Quality.high, Quality.highest)
    assert all(d.error_m is not None and d.texel_m is not None for d in web)
    assert {spot.id for spot in tour.hotspots} == {
        "thuy-dinh",
        "lu-huong",
        "tuong",
        "bia-da",
        "cong",
    }
    assert tour.models[0].derivatives[0].bytes <= 200_000


def test_hotspots_stand_where_the_truth_has_them(small_build, small_captures):
    tour = Tour.model_validate_json((small_build.package / "tour.json").read_text())
    truth = json.loads((small_captures / "truth" / "targets.json").read_text())["hotspots"]
    from_node = next(node for node in tour.nodes if node.id == "bia-da").pose.position
    for spot in tour.hotspots:
        if spot.id == "bia-da":  # seen from a panorama; the small site's mesh lacks its stele
            found, true = (np.subtract(at, from_node) for at in (spot.position, truth[spot.id]))
            cosine = found @ true / np.linalg.norm(found) / np.linalg.norm(true)
            assert np.degrees(np.arccos(cosine)) < 1
            continue
        np.testing.assert_allclose(spot.position, truth[spot.id], atol=0.15, err_msg=spot.id)


def test_scans_and_photos_share_one_world(small_build, small_captures):
    """Stations to each other within 1 cm and 0.05 degrees; photos to the scan within 2 cm."""
    truth = json.loads((small_captures / "truth" / "stations.json").read_text())["stations"]
    found = json.loads(small_build.stations.read_text())["stations"]
    true = {one["id"]: matrix_from_columns(one["world_from_station"]) for one in truth}
    poses = {one["id"]: matrix_from_columns(one["world_from_station"]) for one in found}
    assert set(true) < set(poses)  # merged.las is a station of its own
    first = truth[0]["id"]
    for name, pose in true.items():
        off = np.linalg.inv(np.linalg.inv(true[first]) @ pose)
        off = off @ np.linalg.inv(poses[first]) @ poses[name]
        assert np.linalg.norm(off[:3, 3]) < 0.01, name
        assert np.degrees(np.arccos(min(1.0, (np.trace(off[:3, :3]) - 1) / 2))) < 0.05, name
        assert np.linalg.norm(pose[:3, 3] - poses[name][:3, 3]) < 0.05, name
    assert measures(small_build, "world")["scan_to_photos"] < 0.02


def test_the_points_of_the_scan_are_in_the_package(small_build):
    (points,) = Tour.model_validate_json((small_build.package / "tour.json").read_text()).points
    assert points.count == measures(small_build, "cloud")["cloud_points"] > 50_000
    assert points.has_colour and points.spacing_m > 0
    assert (small_build.package / points.uri).is_file()
    assert points.bounds_min[1] > -2 and points.bounds_max[1] < 20  # +Y is up


@pytest.mark.parametrize("stage", [s.name for s in STAGES if s.name not in ("inventory", "depth")])
def test_a_stage_gives_the_same_bytes_from_what_it_declares_to_read(small_build, tmp_path, stage):
    """A copy with only the declared inputs and captures: nothing else is read, nothing differs.

    The inventory's other lines are gone and the site has another name, unless the stage says that
    it reads them.
    """
    stage = BY_NAME[stage]
    copy = Workspace(tmp_path / "work", tmp_path / "captures")
    shutil.copytree(small_build.root / ".vtour" / "stages", copy.state / "stages")
    for name in stage.reads:
        source, target = small_build.root / name, copy.root / name
        if not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    inventory = small_build.files.model_copy(deep=True)
    kinds = {*stage.captures, *([FileKind.site] if stage.site_fields else [])}
    inventory.files = [file for file in inventory.files if file.kind in kinds]
    if FileKind.site not in stage.captures:
        inventory.site_id, inventory.folder = "another", "Another"
    for file in inventory.files:
        target = copy.captures / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(small_build.captures / file.path, target)
    write_json(copy.inventory, inventory.model_dump(mode="json"))

    run_stage(copy, stage, OPTIONS[stage.name])

    for name in stage.writes:
        assert (copy.root / name).exists() == (small_build.root / name).exists(), name
        if (copy.root / name).exists():
            assert tree_digest(copy.root / name) == tree_digest(small_build.root / name), name
    assert measures(copy, stage.name) == measures(small_build, stage.name)


def command(captures, work):
    settings = [part for setting in QUICK for part in ("--set", setting)]
    return [
        *(sys.executable, "-m", "vtour", "build", str(captures), "--out", str(work)),
        *("--profile", "preview", "--progress", "json", *settings),
    ]


KILLED = ("inventory", "features", "depth", "blur", "package")
"""The first and the last, and those that go on with what a killed run had made. That every stage
makes the same bytes again is tested above; what kills leave behind is the same for all others."""


@pytest.mark.parametrize("stage", KILLED)
def test_a_killed_build_goes_on_to_the_same_package(small_build, tmp_path, stage):
    """SIGKILL as soon as a stage tells progress, in a copy that lacks its result.

    Later stages are found valid only if the bytes made anew are those that they read.
    """
    work = tmp_path / "work"
    shutil.copytree(small_build.root, work)
    record = work / ".vtour" / "stages" / f"{stage}.json"
    record.unlink()
    for name in BY_NAME[stage].writes:
        remove(work / name)
    with subprocess.Popen(command(small_build.captures, work), stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            if json.loads(line).get("stage") == stage:  # the plan has none
                process.send_signal(signal.SIGKILL)
                break
        process.communicate()
    killed_inside = not record.exists()

    again = subprocess.run(
        command(small_build.captures, work), check=True, capture_output=True, text=True
    )

    events = [json.loads(line) for line in again.stdout.splitlines()]
    ran = [e["stage"] for e in events if e["event"] == "stage" and not e["cached"]]
    assert ran == ([stage] if killed_inside else [])
    assert tree_digest(work / "package") == tree_digest(small_build.package)
