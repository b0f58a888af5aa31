import cloud_files as make
import numpy as np
import pytest
from click.testing import CliRunner
from sample_photos import write_photo

from vtour.capture.inventory import InventoryOptions, check_usable, list_captures, report_of
from vtour.cli.main import cli
from vtour.errors import CaptureError

QUICK = InventoryOptions(check_overlap=False)
PLACE = np.array([680_500.0, 2_417_850, 265])


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    return folder


def files(root):
    inventory = list_captures(root, QUICK)
    return inventory, {file.path.removeprefix("scans/"): file for file in inventory.files}


def test_scans_are_used_or_told_why_not(tmp_path, scans):
    good = make.write_las(scans / "a.las", PLACE + make.some_points(9), crs=32648)
    (scans / "copy of a.las").write_bytes(good.read_bytes())
    make.E57Writer(scans / "b.e57").scan(make.cartesian(make.some_points(9))).close()
    make.E57Writer(scans / "empty.e57").close()
    make.write_las(scans / "degrees.las", np.array([[106.7, 21.8, 260]]), crs=4326)
    (scans / "c.pts").write_text("2\n1 2 3\n4 5 6\n")
    (scans / "d.txt").write_text("1 2 3\n" * 200)
    (scans / "notes.txt").write_text("hello")
    (scans / "broken.laz").write_bytes(good.read_bytes()[:300])
    inventory, found = files(tmp_path)

    assert {name: file.status.value for name, file in found.items()} == {
        "a.las": "used", "copy of a.las": "ignored", "b.e57": "used", "empty.e57": "unusable",
        "degrees.las": "unusable", "c.pts": "used", "d.txt": "used", "notes.txt": "ignored",
        "broken.laz": "unusable",
    }  # fmt: skip
    assert (found["a.las"].points, found["a.las"].stations) == (9, 1)
    assert found["a.las"].crs == "EPSG:32648 WGS 84 / UTM zone 48N"
    assert found["copy of a.las"].duplicate_of == "scans/a.las"
    assert found["empty.e57"].reason == "0 points, expected a scan"
    assert found["degrees.las"].reason.startswith("latitude and longitude")
    assert found["broken.laz"].reason.startswith(("truncated", "damaged LAS header"))
    check_usable(tmp_path, inventory)
    measures = report_of(inventory).measures
    assert (measures["scans_usable"].value, measures["scans_unusable"].value) == (4, 3)


def test_damage_anywhere_in_an_e57_is_found_on_site(tmp_path, scans):
    path = make.E57Writer(scans / "a.e57").scan(make.cartesian(make.some_points(900))).close()
    data = bytearray(path.read_bytes())
    data[3000] ^= 1
    path.write_bytes(data)
    _, found = files(tmp_path)
    assert found["a.e57"].reason == "damaged E57 file, the checksum at byte 2,048 is wrong"
    with pytest.raises(CaptureError, match="1 unusable"):
        check_usable(tmp_path, list_captures(tmp_path, QUICK))


def test_bad_lines_and_files_without_a_point_are_found_on_site(tmp_path, scans):
    (scans / "a.xyz").write_text("1 2 3\n" * 99 + "1 2\n")
    make.write_ply(scans / "nan.ply", make.xyz_columns(np.full((20, 3), np.nan)))
    make.E57Writer(scans / "zeros.e57").scan(make.cartesian(np.zeros((30, 3)))).close()
    make.write_ply(scans / "good.ply", make.xyz_columns(make.some_points(9)))
    _, found = files(tmp_path)
    assert {name: file.reason for name, file in found.items()} == {
        "a.xyz": "a.xyz line 100: 2 values, expected 3 numbers",
        "nan.ply": "0 of 20 points can be used, expected a scan",
        "zeros.e57": "0 of 30 points can be used, expected a scan",
        "good.ply": None,
    }


def test_north_before_east_is_told_on_site(tmp_path, scans):
    make.write_las(scans / "a.las", PLACE[[1, 0, 2]] + make.some_points(9), crs=32648)
    _, found = files(tmp_path)
    assert found["a.las"].status == "used"
    assert any("x and y exchanged" in note for note in found["a.las"].notes)


def test_decimal_commas_are_told_on_site(tmp_path, scans):
    (scans / "a.csv").write_text("x;y;z\n" + "1,5;2,5;3,5\n" * 150)
    (scans / "b.csv").write_text("x y z\n" + "1,5 2,5 3\n" * 150)
    make.write_ply(scans / "good.ply", make.xyz_columns(make.some_points(9)))
    _, found = files(tmp_path)
    assert found["a.csv"].status == "unusable"
    assert found["b.csv"].reason == found["a.csv"].reason
    assert found["a.csv"].reason == "line 2: decimal commas, expected points"


def test_with_a_scan_the_scale_is_known(tmp_path, scans):
    for number in range(3):
        write_photo(tmp_path / "photos" / f"{number}.jpg", seed=number)
    assert any("scale unknown" in text for text in list_captures(tmp_path, QUICK).warnings)
    make.write_ply(scans / "a.ply", make.xyz_columns(make.some_points(9)))
    assert not any("scale unknown" in text for text in list_captures(tmp_path, QUICK).warnings)


def test_inspect_prints_points_stations_and_crs(tmp_path, scans):
    writer = make.E57Writer(scans / "b.e57").scan(make.cartesian(make.some_points(1200)))
    writer.scan(make.cartesian(make.some_points(34))).close()
    make.write_las(scans / "a.las", PLACE + make.some_points(9), crs=32648)
    text = CliRunner().invoke(cli, ["inspect", str(tmp_path)]).output
    assert "Scans     scans/a.las: 9 points, 1 station, EPSG:32648 WGS 84 / UTM zone 48N" in text
    assert "          scans/b.e57: 1,234 points, 2 stations, no CRS" in text
    assert "0 photos" not in text


TARGETS = {
    "no column": ("label,x,y,z\na,1,2,3\n", "line 1: no column station"),
    "no number": ("label,station,x,y,z\na,s,1,2,q\n", "line 2: z 'q', expected a number"),
    "twice": ("label,station,x,y,z\na,s,1,2,3\na,s,1,2,3\n", "line 3: a in s again"),
    "no station": ("label,station,x,y,z\na,,1,2,3\n", "line 2: no station"),
    "comma": ("label,station,x,y,z\na,s,1,5,2,3\n", "line 2: 6 values, expected 5"),
}


@pytest.mark.parametrize("what", TARGETS)
def test_a_bad_targets_file_is_found_on_site(tmp_path, scans, what):
    words, said = TARGETS[what]
    (tmp_path / "targets.csv").write_text(words)
    _, found = files(tmp_path)
    assert said in found["targets.csv"].reason


def test_targets_are_read(tmp_path, scans):
    (tmp_path / "targets.csv").write_text("label,station,x,y,z\na,st-1,1,2,3.5\na,st-2,4,5,6\n")
    _, found = files(tmp_path)
    assert found["targets.csv"].status == "used"
    result = CliRunner().invoke(cli, ["info", str(tmp_path / "targets.csv")])
    assert "targets   2" in result.output and "stations  2" in result.output
