import cloud_files as make
import numpy as np
import pytest

from vtour.capture.inventory import InventoryOptions, take_inventory
from vtour.clouds.store import PointStore
from vtour.errors import CaptureError, InputError, OptionError
from vtour.frames import matrix_from_columns
from vtour.scan.read import ScansOptions, read_scans, station_ids
from vtour.schema.scans import StationList
from vtour.workspace import Workspace

QUICK = InventoryOptions(check_overlap=False)
PLACE = np.array([680_500.0, 2_417_850, 265])  # UTM zone 48
TURNED = ((np.sqrt(0.5), 0, 0, np.sqrt(0.5)), (1, 2, 3))


@pytest.fixture
def site(tmp_path):
    """Captures, and a function that reads them."""
    folder = tmp_path / "captures" / "scans"
    folder.mkdir(parents=True)

    def build(options=None, name="work"):
        work = Workspace(tmp_path / name, captures=folder.parent)
        take_inventory(work, work, QUICK)
        report = read_scans(work, work, options or ScansOptions())
        stations = StationList.model_validate_json(work.scan_list.read_text()).stations
        return work, stations, report

    return folder, build


def test_a_folder_of_scans_becomes_stations(site):
    folder, build = site
    xyz = make.some_points(200)
    grid = make.cartesian(xyz) | {name: np.arange(200) for name in ("rowIndex", "columnIndex")}
    writer = make.E57Writer(folder / "b.e57").scan(grid, name="Sân", pose=TURNED)
    writer.scan(make.cartesian(xyz[:0]), name="empty").scan(grid, name="Cổng").close()
    make.write_las(folder / "a.laz", xyz[:150], rgb=np.full((150, 3), 65535, np.uint16))
    work, stations, report = build()

    assert [station.id for station in stations] == ["a", "san", "cong"]
    assert [station.scan for station in stations] == [0, 0, 2]
    assert [station.has_mirror for station in stations] == [False, True, True]
    assert np.allclose(matrix_from_columns(stations[1].file_from_station)[:3, 3], [1, 2, 3])
    assert stations[2].file_from_station is None
    store = PointStore.open(work.raw_scan("san"))
    assert store.columns == ("xyz",)
    assert np.allclose(store.column("xyz"), xyz, atol=1e-6)
    assert np.allclose(stations[1].bounds_min, xyz.min(0), atol=1e-6)
    assert PointStore.open(work.raw_scan("a")).columns == ("xyz", "rgb")
    assert not work.raw_scan("empty").exists()
    values = {name: measure.value for name, measure in report.measures.items()}
    assert values == {"stations_read": 3, "scan_points": 550, "scan_points_invalid": 0}
    assert "scans/b.e57: scan 1: no points to use" in report.warnings


def test_what_cannot_be_used_is_left_out_and_counted(site):
    folder, build = site
    xyz = make.some_points(300)
    xyz[:5] = np.array([np.nan, 1e30, -1e30, np.inf, 0])[:, None]
    xyz[5] = 1e-5  # in the mirror itself
    grid = make.cartesian(xyz, np.float64) | {
        n: np.arange(300) for n in ("rowIndex", "columnIndex")
    }
    make.E57Writer(folder / "a.e57").scan(grid).close()
    xyz[6] += [0, 0, 2e6]
    make.write_ply(folder / "b.ply", make.xyz_columns(xyz, np.float64))
    work, stations, _ = build()
    assert [station.points for station in stations] == [294, 294]
    assert [station.points_invalid for station in stations] == [6, 6]
    for station in stations:
        assert np.isfinite(station.bounds_min).all() and max(station.bounds_max) < 11
    assert np.isfinite(PointStore.open(work.raw_scan("a")).column("xyz")).all()


def test_many_lost_points_are_told_with_the_reason(site):
    folder, build = site
    xyz = make.some_points(100)
    xyz[:2], xyz[2:5], xyz[5:7] = np.nan, 0, (3e6, 0, 0)
    make.write_ply(folder / "a.ply", make.xyz_columns(xyz, np.float64))
    grid = make.cartesian(xyz[7:]) | {name: np.arange(93) for name in ("rowIndex", "columnIndex")}
    state = np.where(np.arange(93) < 40, 2, 0).astype(np.int8)
    make.E57Writer(folder / "sky.e57").scan(grid | {"cartesianInvalidState": state}).close()
    told = {station.id: station.warnings for station in build()[1]}
    lost = "7 of 100 points left out: 2 not finite, 3 at 0 0 0, 2 more than 1000 km off"
    assert told == {"a": [lost], "sky": []}


def test_points_before_the_first_good_one_are_counted(site, monkeypatch):
    folder, build = site
    monkeypatch.setattr("vtour.clouds.ply.CHUNK_POINTS", 10)
    xyz = make.some_points(40)
    xyz[:25] = np.nan
    make.write_ply(folder / "a.ply", make.xyz_columns(xyz))
    (station,) = build()[1]
    assert (station.points, station.points_invalid) == (15, 25)


def test_two_files_of_one_map_share_their_anchor(site):
    folder, build = site

    make.write_las(folder / "a.las", PLACE + make.some_points(50), crs=32648)
    make.write_las(folder / "b.las", PLACE + make.some_points(50) + np.array([30, 0, 0]), crs=32648)
    make.write_las(
        folder / "c.las", PLACE + make.some_points(50) + np.array([0, 90_000, 0]), crs=32648
    )
    _, (a, b, c), _ = build()
    assert a.enu_anchor == b.enu_anchor != c.enu_anchor
    assert np.mean([b.bounds_min, b.bounds_max], 0)[0] - np.mean([a.bounds_min, a.bounds_max], 0)[
        0
    ] == pytest.approx(30, abs=1)
    assert a.crs == "EPSG:32648 WGS 84 / UTM zone 48N"


def test_black_colours_are_none(site):
    folder, build = site
    make.write_las(folder / "a.las", make.some_points(20), rgb=np.zeros((20, 3), np.uint16))
    work, (station,), _ = build()
    assert PointStore.open(work.raw_scan("a")).columns == ("xyz",)
    assert station.warnings == ["all its colours are black: left out"]


def test_every_third_point(site, monkeypatch):
    folder, build = site
    monkeypatch.setattr("vtour.clouds.ply.CHUNK_POINTS", 10)
    xyz = make.some_points(40)
    make.write_ply(folder / "a.ply", make.xyz_columns(xyz))
    work, _, _ = build(ScansOptions(every=3))
    assert np.allclose(PointStore.open(work.raw_scan("a")).column("xyz"), xyz[::3], atol=1e-6)
    with pytest.raises(OptionError):
        ScansOptions(every=0)


def test_same_files_same_bytes(site):
    folder, build = site
    make.write_las(folder / "a.laz", PLACE + make.some_points(500), crs=32648)
    one, two = build(name="one")[0], build(name="two")[0]
    files = [path.relative_to(one.root) for path in one.root.rglob("*") if path.is_file()]
    assert len(files) > 2
    for name in files:
        assert (one.root / name).read_bytes() == (two.root / name).read_bytes(), name


def test_no_points_at_all_stops_the_build(site):
    folder, build = site
    xyz = np.full((20, 3), np.nan)
    make.write_ply(folder / "a.ply", make.xyz_columns(xyz))
    with pytest.raises(CaptureError, match=r"scans/a\.ply: 0 of 20 points can be used, expected"):
        build()


@pytest.fixture
def damaged(site, monkeypatch):
    """A LAZ whose second part is damaged, which the inventory does not read."""
    folder, build = site
    monkeypatch.setattr("vtour.clouds.las.CHUNK_POINTS", 50_000)
    bright = np.full((60_000, 3), 9999, np.uint16)
    path = make.write_las(folder / "b.laz", make.some_points(60_000), rgb=bright)
    data = bytearray(path.read_bytes())
    data[-20_000:-2_000] = bytes(18_000)
    path.write_bytes(data)
    return folder, build


def test_a_damaged_scan_is_left_out_when_another_is_there(damaged):
    folder, build = damaged
    make.write_ply(folder / "a.ply", make.xyz_columns(make.some_points(9)))
    work, stations, report = build()
    assert [station.file for station in stations] == ["scans/a.ply"]
    (told,) = [text for text in report.warnings if "left out" in text]
    assert told.startswith("b.laz: ") and "points" in told
    assert not work.raw_scan("b").exists()


def test_a_damaged_scan_alone_leaves_no_list(damaged):
    folder, build = damaged
    with pytest.raises(InputError, match=r"^b\.laz: .*points"):
        build()
    assert not (folder.parents[1] / "work/scan/raw.json").exists()


def test_ids_are_names_when_they_tell_scans_apart():
    scans = [("s/a.e57", "Đình", 0), ("s/a.e57", "Scan 1", 1), ("s/b.e57", "Scan 1", 0),
             ("s/c.copc.laz", None, 0), ("s/测试.e57", None, 0), ("s/c.ply", None, 0)]  # fmt: skip
    assert station_ids(scans) == ["dinh", "a-2", "b", "c", "scan", "c-2"]
    assert station_ids([("a.e57", "x" * 90, 0), ("a.e57", None, 1)]) == ["x" * 64, "a-2"]
