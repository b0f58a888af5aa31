import cloud_files as make
import numpy as np
import pytest

from tests.scan.scan_scenes import pose, scan_room, world_of
from vtour.capture.inventory import InventoryOptions, take_inventory
from vtour.clouds.store import write_store
from vtour.scan import one_view
from vtour.scan.one_view import is_one_view
from vtour.scan.read import read_scans
from vtour.schema.scans import StationList
from vtour.workspace import Workspace

POSES = [pose([-3, 1.5, -2]), pose([3, 1.5, 2], 70)]
COLUMN = [(0, 0, 0.6, 0, 3)]
SCANS = [scan_room(POSES[i], 240, cylinders=COLUMN, seed=i)[0] for i in (0, 1)]
MERGED = np.concatenate([world_of(SCANS[i], POSES[i]) for i in (0, 1)])


def seen_from(origin):
    return ((MERGED - origin) @ pose(origin, 30)[:3, :3]).astype(np.float32)


def test_a_scan_is_one_view(tmp_path):
    assert is_one_view(write_store(tmp_path / "s", {"xyz": SCANS[0]}))


@pytest.mark.parametrize("origin", [(0, 0, 0), (0, 1.2, 1.5), (100, 1, 50)])
def test_scans_merged_are_not(tmp_path, origin, monkeypatch):
    assert not is_one_view(write_store(tmp_path / "s", {"xyz": seen_from(np.array(origin))}))
    monkeypatch.setattr(one_view, "MOST_POINTS", 20_000)
    assert not is_one_view(write_store(tmp_path / "t", {"xyz": seen_from(np.array(origin))}))


def test_a_pose_that_turns_a_merged_cloud_makes_no_mirror(tmp_path):
    (tmp_path / "captures/scans").mkdir(parents=True)
    writer = make.E57Writer(tmp_path / "captures/scans/a.e57")
    turned = ((np.sqrt(0.5), 0, 0, np.sqrt(0.5)), (1, 2, 3))
    writer.scan(make.cartesian(seen_from(np.zeros(3))), pose=turned, name="merged")
    writer.scan(make.cartesian(SCANS[0]), pose=turned, name="one").close()
    work = Workspace(tmp_path / "work", captures=tmp_path / "captures")
    take_inventory(work, work, InventoryOptions(check_overlap=False))
    report = read_scans(work, work)
    stations = StationList.model_validate_json(work.scan_list.read_text()).stations
    assert [station.has_mirror for station in stations] == [False, True]
    assert any("merged from several scans" in text for text in report.warnings)
